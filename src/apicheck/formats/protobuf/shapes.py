"""How often a field stands: implicit, optional, required, repeated, map; and as part of a oneof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.protobuf.context import SOURCE_ONLY, WARNING
from apicheck.formats.protobuf.model import PACKABLE
from apicheck.model import Direction, Effect, Example, Rule, Severity, Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RULES", "cardinality", "membership"]

_ALL = frozenset(Surface)

PRESENCE_GAINED = Rule(
    id="protobuf.presence-gained",
    mirror="protobuf.presence-lost",
    effect=Effect.REPLACES,
    summary="A field now tells whether it was set.",
    message="{name} now tells whether it was set",
    why="Writers that were not upgraded leave out a zero or empty value: it now reads as not set.",
    fix="Take what is not set for zero, until all writers are upgraded.",
    example=Example(
        of="proto",
        old="message Order { int32 size = 1; }",
        new="message Order { optional int32 size = 1; }",
    ),
    surfaces=_ALL,
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.INFO},
    because="The value itself reads as before, only whether it was set is new.",
)
PRESENCE_LOST = Rule(
    id="protobuf.presence-lost",
    mirror="protobuf.presence-gained",
    effect=Effect.REPLACES,
    summary="A field no longer tells whether it was set.",
    message="{name} no longer tells whether it was set",
    why="A zero or empty value can no longer be told from none, and is no longer written.",
    fix='Keep "optional" on the field.',
    example=Example(
        of="proto",
        old="message Order { optional int32 size = 1; }",
        new="message Order { int32 size = 1; }",
    ),
    surfaces=_ALL,
    override=WARNING,
    because="The value itself reads as before, only whether it was set is lost.",
)
MADE_REQUIRED = Rule(
    id="protobuf.field-made-required",
    mirror="protobuf.field-no-longer-required",
    effect=Effect.NARROWS,
    summary="A field is now required.",
    message="{name} is now required",
    why="Everything written without it is refused.",
    fix="Keep it optional, and check for it in the application.",
    example=Example(
        of="proto",
        old='syntax = "proto2"; message Order { optional int32 size = 1; }',
        new='syntax = "proto2"; message Order { required int32 size = 1; }',
    ),
    surfaces=_ALL,
)
NO_LONGER_REQUIRED = Rule(
    id="protobuf.field-no-longer-required",
    mirror="protobuf.field-made-required",
    effect=Effect.WIDENS,
    summary="A field is no longer required.",
    message="{name} is no longer required",
    why="Readers that were not upgraded refuse everything written without it.",
    fix="Go on writing it until no such reader is left.",
    example=Example(
        of="proto",
        old='syntax = "proto2"; message Order { required int32 size = 1; }',
        new='syntax = "proto2"; message Order { optional int32 size = 1; }',
    ),
    surfaces=_ALL,
)
NUMBER_MADE_REPEATED = Rule(
    id="protobuf.number-made-repeated",
    mirror="protobuf.number-made-single",
    effect=Effect.REPLACES,
    summary="A single number became repeated.",
    message="{name} was a single {old} and is now repeated",
    why="Readers of a single number find none in a packed list, or only the last; in JSON a list"
    " is refused where a value is expected, and the other way round.",
    fix="Add a repeated field with a number of its own.",
    example=Example(
        of="proto",
        old="message Order { int32 size = 1; }",
        new="message Order { repeated int32 size = 1; }",
    ),
    surfaces=_ALL,
)
NUMBER_MADE_SINGLE = Rule(
    id="protobuf.number-made-single",
    mirror="protobuf.number-made-repeated",
    effect=Effect.REPLACES,
    summary="A repeated number became a single one.",
    message="{name} was repeated and is now a single {new}",
    why="A packed list is not found by a reader of a single number, of another only the last item;"
    " in JSON a list is refused where a value is expected.",
    fix="Add a single field with a number of its own.",
    example=Example(
        of="proto",
        old="message Order { repeated int32 size = 1; }",
        new="message Order { int32 size = 1; }",
    ),
    surfaces=_ALL,
)
MADE_REPEATED = Rule(
    id="protobuf.field-made-repeated",
    mirror="protobuf.field-made-single",
    effect=Effect.REPLACES,
    summary="A single string, bytes or message became repeated.",
    message="{name} was a single {old} and is now repeated",
    why="Readers of a single value take the last item (of messages, all merged into one); in JSON a"
    " list is refused where a value is expected, and the other way round.",
    fix="Add a repeated field with a number of its own.",
    example=Example(
        of="proto",
        old="message Order { string size = 1; }",
        new="message Order { repeated string size = 1; }",
    ),
    surfaces=_ALL,
)
MADE_SINGLE = Rule(
    id="protobuf.field-made-single",
    mirror="protobuf.field-made-repeated",
    effect=Effect.REPLACES,
    summary="A repeated string, bytes or message became a single one.",
    message="{name} was repeated and is now a single {new}",
    why="Of several items the last one is taken (of messages, all merged into one); in JSON a list"
    " is refused where a value is expected.",
    fix="Add a single field with a number of its own.",
    example=Example(
        of="proto",
        old="message Order { repeated string size = 1; }",
        new="message Order { string size = 1; }",
    ),
    surfaces=_ALL,
)
PACKING_CHANGED = Rule(
    id="protobuf.packing-changed",
    effect=Effect.KEEPS,
    summary="A repeated number is packed now, or no longer.",
    message="{name} is now written {new}",
    why="Nobody is hurt: parsers take both forms (encoding guide, packed repeated fields).",
    fix="Nothing to do.",
    example=Example(
        of="proto",
        old="message Order { repeated int32 size = 1; }",
        new="message Order { repeated int32 size = 1 [packed = false]; }",
    ),
)
INTO_NEW_ONEOF = Rule(
    id="protobuf.field-into-new-oneof",
    mirror="protobuf.field-out-of-lone-oneof",
    effect=Effect.REPLACES,
    summary="A field moved into a new oneof, alone of all that there were.",
    message="{name} moved into the new oneof {oneof}",
    why="Bytes and JSON are read as before; generated code has another form.",
    fix="Upgrade the code that uses it.",
    example=Example(
        of="proto",
        old="message Pay { optional string card = 1; }",
        new="message Pay { oneof by { string card = 1; } }",
    ),
    surfaces=SOURCE_ONLY,
)
OUT_OF_LONE_ONEOF = Rule(
    id="protobuf.field-out-of-lone-oneof",
    mirror="protobuf.field-into-new-oneof",
    effect=Effect.REPLACES,
    summary="A field moved out of a oneof that holds nothing else any more.",
    message="{name} moved out of oneof {oneof}",
    why="Bytes and JSON are read as before; generated code has another form.",
    fix="Upgrade the code that uses it.",
    example=Example(
        of="proto",
        old="message Pay { oneof by { string card = 1; } }",
        new="message Pay { optional string card = 1; }",
    ),
    surfaces=SOURCE_ONLY,
)
_APART = "message Pay { optional string card = 1; oneof by { string cash = 2; } }"
_TOGETHER = "message Pay { oneof by { string card = 1; string cash = 2; } }"
INTO_ONEOF = Rule(
    id="protobuf.field-into-oneof",
    mirror="protobuf.field-out-of-oneof",
    effect=Effect.NARROWS,
    summary="A field moved into a oneof with other fields that there were before.",
    message="{name} moved into oneof {oneof}, together with {others}",
    why="Of what was written with several of them set, all but the last are dropped.",
    fix="Leave fields that may be set together out of a oneof.",
    example=Example(of="proto", old=_APART, new=_TOGETHER),
    surfaces=_ALL,
)
OUT_OF_ONEOF = Rule(
    id="protobuf.field-out-of-oneof",
    mirror="protobuf.field-into-oneof",
    effect=Effect.WIDENS,
    summary="A field moved out of a oneof with other fields that are still there.",
    message="{name} moved out of oneof {oneof}, and may now be set together with {others}",
    why="Readers that were not upgraded drop all but the last of what is set together.",
    fix="Do not set them together until no such reader is left.",
    example=Example(of="proto", old=_TOGETHER, new=_APART),
    surfaces=_ALL,
)
BETWEEN_ONEOFS = Rule(
    id="protobuf.field-between-oneofs",
    effect=Effect.REPLACES,
    summary="A field moved from one oneof to another.",
    message="{name} moved from oneof {old} to oneof {new}",
    why="What may be set together is another thing for old and new readers: values are dropped.",
    fix="Leave it where it was.",
    example=Example(
        of="proto",
        old="message Pay { oneof by { string card = 1; string cash = 2; }"
        " oneof to { string shop = 3; } }",
        new="message Pay { oneof by { string cash = 2; }"
        " oneof to { string card = 1; string shop = 3; } }",
    ),
    surfaces=_ALL,
)
ONEOF_RENAMED = Rule(
    id="protobuf.oneof-renamed",
    effect=Effect.REPLACES,
    summary="A oneof has another name.",
    message="oneof {old} is now called {new}",
    why="Neither bytes nor JSON name a oneof; generated code does.",
    fix="Upgrade the code that uses it.",
    example=Example(
        of="proto",
        old="message Pay { oneof by { string card = 1; string cash = 2; } }",
        new="message Pay { oneof via { string card = 1; string cash = 2; } }",
    ),
    surfaces=SOURCE_ONLY,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_SINGLE = frozenset({"implicit", "explicit", "required"})


def cardinality(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Rule]:
    """The cards of a changed label; maps are a matter of types."""
    one, two = old["label"], new["label"]
    if one in _SINGLE and two == "repeated":
        yield NUMBER_MADE_REPEATED if new["type"] in PACKABLE else MADE_REPEATED
    elif one == "repeated" and two in _SINGLE:
        yield NUMBER_MADE_SINGLE if old["type"] in PACKABLE else MADE_SINGLE
    elif one != two and two == "required":
        yield MADE_REQUIRED
    elif one != two and one == "required":
        yield NO_LONGER_REQUIRED
    elif (one, two) == ("implicit", "explicit"):
        yield PRESENCE_GAINED
    elif (one, two) == ("explicit", "implicit"):
        yield PRESENCE_LOST
    elif one == two == "repeated" and old["packed"] != new["packed"] and old["type"] == new["type"]:
        yield PACKING_CHANGED


def membership(
    number: str, old: dict[str, Any], new: dict[str, Any]
) -> tuple[Rule, dict[str, str]] | None:
    """The card of a field, by its number in both messages, whose oneof is another; with values.

    A renamed oneof is told once, of the first of its members.
    """
    before, after = old["fields"][number]["oneof"], new["fields"][number]["oneof"]
    if before == after:
        return None
    if before is None:
        others = [each for each in _members(new, after) if each != number and each in old["fields"]]
        names = ", ".join(new["fields"][each]["name"] for each in others)
        rule = INTO_ONEOF if others else INTO_NEW_ONEOF
        return rule, {"oneof": after, "others": names}
    if after is None:
        others = [
            each for each in _members(old, before) if each != number and each in new["fields"]
        ]
        names = ", ".join(old["fields"][each]["name"] for each in others)
        rule = OUT_OF_ONEOF if others else OUT_OF_LONE_ONEOF
        return rule, {"oneof": before, "others": names}
    left = [each for each in _members(old, before) if each in new["fields"]]
    came = [each for each in _members(new, after) if each in old["fields"]]
    if left != came:
        return BETWEEN_ONEOFS, {"old": before, "new": after}
    return (ONEOF_RENAMED, {"old": before, "new": after}) if number == left[0] else None


def _members(message: dict[str, Any], oneof: str) -> list[str]:
    found = [number for number, each in message["fields"].items() if each["oneof"] == oneof]
    return sorted(found, key=int)
