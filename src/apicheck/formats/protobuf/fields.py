"""Fields that come, go, and change their name or number: on the wire the number is the field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.protobuf.context import INFO, SOURCE_ONLY, WARNING, WIRE_ONLY
from apicheck.model import Direction, Effect, Example, Rule, Severity, Surface

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RULES", "addition", "removal", "within"]

_JSON_AND_SOURCE = frozenset({Surface.JSON, Surface.SOURCE})
_ALL = frozenset(Surface)
_SKIPPED = "Readers skip fields that they do not know (encoding guide, updating a message type)."
_PRACTICE = (
    "To delete a field and reserve what it used is the way that the language guide gives; what it"
    " carried is lost all the same."
)

REMOVED = Rule(
    id="protobuf.field-removed",
    mirror="protobuf.field-added",
    effect=Effect.REPLACES,
    summary="A field was removed and its number left free.",
    message="field {name} = {number} was removed, and its number is not reserved",
    why="Its value is passed over by the one side and missed by the other; whoever uses the number"
    " again will misread what was written before.",
    fix='Write "reserved" with the number and the name of the field in its place.',
    example=Example(
        of="proto",
        old="message Order { string id = 1; int32 size = 2; }",
        new="message Order { string id = 1; }",
    ),
    surfaces=_ALL,
    override=WARNING,
    because="Bytes with the field are still read (it is kept as unknown), only the value is lost.",
)
ADDED = Rule(
    id="protobuf.field-added",
    mirror="protobuf.field-removed",
    effect=Effect.REPLACES,
    summary="A field was added.",
    message="field {name} = {number} was added",
    why="Nobody is hurt on the wire; a JSON reader that does not ignore unknown fields refuses it.",
    fix="Nothing to do; let JSON readers ignore unknown fields.",
    example=Example(
        of="proto",
        old="message Order { string id = 1; }",
        new="message Order { string id = 1; int32 size = 2; }",
    ),
    override=INFO,
    because=_SKIPPED,
)
REMOVED_NAME_FREE = Rule(
    id="protobuf.field-removed-name-free",
    mirror="protobuf.field-added-on-reserved-number",
    effect=Effect.REPLACES,
    summary="A field was removed, its number reserved but not its name.",
    message="field {name} = {number} was removed; its number is reserved, its name is not",
    why="The value is passed over by the one side and missed by the other; a later field of this"
    " name would be taken for it in JSON.",
    fix="Reserve the name too.",
    example=Example(
        of="proto",
        old="message Order { string id = 1; int32 size = 2; }",
        new="message Order { string id = 1; reserved 2; }",
    ),
    surfaces=_ALL,
    override={Direction.INBOUND: Severity.INFO, Direction.OUTBOUND: Severity.WARNING},
    because=_PRACTICE,
)
ADDED_ON_NUMBER = Rule(
    id="protobuf.field-added-on-reserved-number",
    mirror="protobuf.field-removed-name-free",
    effect=Effect.REPLACES,
    summary="A field was added with a number that was reserved.",
    message="field {name} was added with number {number}, which was reserved",
    why="The number was reserved since it had another meaning: bytes of that time are misread.",
    fix="Take a number that was never used.",
    example=Example(
        of="proto",
        old="message Order { string id = 1; reserved 2; }",
        new="message Order { string id = 1; int32 size = 2; }",
    ),
)
REMOVED_RESERVED = Rule(
    id="protobuf.field-removed-reserved",
    mirror="protobuf.field-added-on-reserved",
    effect=Effect.REPLACES,
    summary="A field was removed, its number and name reserved.",
    message="field {name} = {number} was removed; its number and name are reserved",
    why="The value is passed over by the one side and missed by the other.",
    fix="Make sure that nobody needs the value any more; deprecate a field before it goes.",
    example=Example(
        of="proto",
        old="message Order { string id = 1; int32 size = 2; }",
        new='message Order { string id = 1; reserved 2; reserved "size"; }',
    ),
    surfaces=_ALL,
    override={Direction.INBOUND: Severity.INFO, Direction.OUTBOUND: Severity.WARNING},
    because=_PRACTICE,
)
ADDED_ON_RESERVED = Rule(
    id="protobuf.field-added-on-reserved",
    mirror="protobuf.field-removed-reserved",
    effect=Effect.REPLACES,
    summary="A field was added with a number and a name that were reserved.",
    message="field {name} = {number} was added, though number and name were reserved",
    why="Both were reserved since they had another meaning: data of that time is misread.",
    fix="Take a number and a name that were never used.",
    example=Example(
        of="proto",
        old='message Order { string id = 1; reserved 2; reserved "size"; }',
        new="message Order { string id = 1; int32 size = 2; }",
    ),
)
REQUIRED_ADDED = Rule(
    id="protobuf.required-field-added",
    mirror="protobuf.required-field-removed",
    effect=Effect.NARROWS,
    summary="A required field was added.",
    message="required field {name} = {number} was added",
    why="Everything written without it is refused: a parser fails on a missing required field.",
    fix="Add an optional field, and check for it in the application.",
    example=Example(
        of="proto",
        old='syntax = "proto2"; message Order { optional string id = 1; }',
        new='syntax = "proto2"; message Order { optional string id = 1; required int32 size = 2; }',
    ),
)
REQUIRED_REMOVED = Rule(
    id="protobuf.required-field-removed",
    mirror="protobuf.required-field-added",
    effect=Effect.WIDENS,
    summary="A required field was removed.",
    message="required field {name} = {number} was removed",
    why="Readers that were not upgraded refuse everything that is written without it.",
    fix="Keep it; a required field can never go.",
    example=Example(
        of="proto",
        old='syntax = "proto2"; message Order { optional string id = 1; required int32 size = 2; }',
        new='syntax = "proto2"; message Order { optional string id = 1; }',
    ),
)
RENAMED = Rule(
    id="protobuf.field-renamed",
    effect=Effect.REPLACES,
    summary="A field has another name under the same number.",
    message="field {number} was called {old} and is now {new}",
    why="Bytes are read as before, but JSON peers look for the old name, and generated code has the"
    " new one.",
    fix="Keep the name, or at least its json_name.",
    example=Example(
        of="proto",
        old="message Order { string id = 1; }",
        new="message Order { string key = 1; }",
    ),
    surfaces=_JSON_AND_SOURCE,
)
RENAMED_JSON_KEPT = Rule(
    id="protobuf.field-renamed-json-kept",
    effect=Effect.REPLACES,
    summary="A field has another name, but is called the same in JSON.",
    message="field {number} was called {old} and is now {new}; in JSON it is still {json}",
    why="Generated code has the new name; JSON is refused only from writers of original names.",
    fix="Upgrade the code that uses it.",
    example=Example(
        of="proto",
        old="message Order { string order_id = 1; }",
        new="message Order { string orderId = 1; }",
    ),
    surfaces=SOURCE_ONLY,
)
JSON_NAME_CHANGED = Rule(
    id="protobuf.json-name-changed",
    effect=Effect.REPLACES,
    summary="The JSON name of a field changed.",
    message="field {name} was {old} in JSON and is now {new}",
    why="JSON peers look for the old name.",
    fix="Keep the json_name.",
    example=Example(
        of="proto",
        old="message Order { string id = 1; }",
        new='message Order { string id = 1 [json_name = "key"]; }',
    ),
    surfaces=frozenset({Surface.JSON}),
)
REASSIGNED = Rule(
    id="protobuf.number-reassigned",
    effect=Effect.REPLACES,
    summary="The number of a field now belongs to another field of a like type.",
    message="number {number} was {old} and is now {new}{also}",
    why="What was written as the one is read as the other, and nobody notices.",
    fix="Numbers are for ever: give the new field a number of its own.",
    example=Example(
        of="proto",
        old="message Name { string given = 1; string family = 2; }",
        new="message Name { string given = 2; string family = 1; }",
    ),
    surfaces=WIRE_ONLY,
)
REUSED = Rule(
    id="protobuf.number-reused",
    effect=Effect.REPLACES,
    summary="The number of a field now belongs to another field of another type.",
    message="number {number} was {old} ({before}) and is now {new} ({after})",
    why="What was written as the one is misread or lost where the other is expected.",
    fix="Reserve the number and give the new field one of its own.",
    example=Example(
        of="proto",
        old="message Order { string id = 1; }",
        new="message Order { double price = 1; }",
    ),
    surfaces=_ALL,
)
RENUMBERED = Rule(
    id="protobuf.field-renumbered",
    effect=Effect.REPLACES,
    summary="A field has another number under the same name.",
    message="field {name} had number {old} and now has {new}",
    why="On the wire a field is its number: the value is not found by the other side.",
    fix="Keep the number.",
    example=Example(
        of="proto",
        old="message Order { string id = 1; }",
        new="message Order { string id = 2; }",
    ),
    surfaces=WIRE_ONLY,
)
_MEMBER_LOST = "The oneof reads as not set where the member was, and its value is lost."
MEMBER_REMOVED = Rule(
    id="protobuf.oneof-member-removed",
    mirror="protobuf.oneof-member-added",
    effect=Effect.REPLACES,
    summary="A member of a oneof was removed and its number left free.",
    message="member {name} = {number} of oneof {oneof} was removed; its number is not reserved",
    why=_MEMBER_LOST,
    fix='Keep the member and deprecate it, or write "reserved" with its number and name.',
    example=Example(
        of="proto",
        old="message Pay { oneof by { string card = 1; string cash = 2; } }",
        new="message Pay { oneof by { string card = 1; } }",
    ),
    surfaces=_ALL,
    override=WARNING,
    because="Bytes with the member are still read, only which member was set is lost.",
)
MEMBER_ADDED = Rule(
    id="protobuf.oneof-member-added",
    mirror="protobuf.oneof-member-removed",
    effect=Effect.REPLACES,
    summary="A oneof has a new member.",
    message="oneof {oneof} has a new member, {name} = {number}",
    why="A reader that was not upgraded sees the oneof as not set where the new member is.",
    fix="Upgrade the readers first, and let them cope with a oneof that is not set.",
    example=Example(
        of="proto",
        old="message Pay { oneof by { string card = 1; } }",
        new="message Pay { oneof by { string card = 1; string cash = 2; } }",
    ),
    override={Direction.INBOUND: Severity.INFO, Direction.OUTBOUND: Severity.WARNING},
    because="It can be read; whether a oneof that is not set is handled, the contract cannot say.",
)
MEMBER_REMOVED_NAME_FREE = Rule(
    id="protobuf.oneof-member-removed-name-free",
    mirror="protobuf.oneof-member-added-on-reserved-number",
    effect=Effect.REPLACES,
    summary="A member of a oneof was removed, its number reserved but not its name.",
    message="member {name} = {number} of oneof {oneof} was removed; its name is not reserved",
    why=_MEMBER_LOST,
    fix="Reserve the name too, and make sure that nobody needs the member any more.",
    example=Example(
        of="proto",
        old="message Pay { oneof by { string card = 1; string cash = 2; } }",
        new="message Pay { reserved 2; oneof by { string card = 1; } }",
    ),
    surfaces=_ALL,
    override=WARNING,
    because="Bytes with the member are still read, only which member was set is lost.",
)
MEMBER_ADDED_ON_NUMBER = Rule(
    id="protobuf.oneof-member-added-on-reserved-number",
    mirror="protobuf.oneof-member-removed-name-free",
    effect=Effect.REPLACES,
    summary="A oneof has a new member with a number that was reserved.",
    message="oneof {oneof} has a new member, {name}, with number {number}, which was reserved",
    why="The number was reserved since it had another meaning: bytes of that time are misread.",
    fix="Take a number that was never used.",
    example=Example(
        of="proto",
        old="message Pay { reserved 2; oneof by { string card = 1; } }",
        new="message Pay { oneof by { string card = 1; string cash = 2; } }",
    ),
)
MEMBER_REMOVED_RESERVED = Rule(
    id="protobuf.oneof-member-removed-reserved",
    mirror="protobuf.oneof-member-added-on-reserved",
    effect=Effect.REPLACES,
    summary="A member of a oneof was removed, its number and name reserved.",
    message="member {name} = {number} of oneof {oneof} was removed; number and name are reserved",
    why=_MEMBER_LOST,
    fix="Make sure that nobody needs the member any more; deprecate it before it goes.",
    example=Example(
        of="proto",
        old="message Pay { oneof by { string card = 1; string cash = 2; } }",
        new='message Pay { reserved 2; reserved "cash"; oneof by { string card = 1; } }',
    ),
    surfaces=_ALL,
    override=WARNING,
    because="Bytes with the member are still read, only which member was set is lost.",
)
MEMBER_ADDED_ON_RESERVED = Rule(
    id="protobuf.oneof-member-added-on-reserved",
    mirror="protobuf.oneof-member-removed-reserved",
    effect=Effect.REPLACES,
    summary="A oneof has a new member with a number and a name that were reserved.",
    message="oneof {oneof} has a new member, {name} = {number}, though both were reserved",
    why="Both were reserved since they had another meaning: data of that time is misread.",
    fix="Take a number and a name that were never used.",
    example=Example(
        of="proto",
        old='message Pay { reserved 2; reserved "cash"; oneof by { string card = 1; } }',
        new="message Pay { oneof by { string card = 1; string cash = 2; } }",
    ),
)
EXTENSION_REMOVED = Rule(
    id="protobuf.extension-removed",
    mirror="protobuf.extension-added",
    effect=Effect.REPLACES,
    summary="An extension was removed.",
    message="extension {name} = {number} was removed",
    why="Its value is passed over by the one side and missed by the other.",
    fix="Keep it and mark it deprecated.",
    example=Example(
        of="proto",
        old='syntax = "proto2"; message Order { extensions 100 to 199; }'
        " extend Order { optional string note = 100; }",
        new='syntax = "proto2"; message Order { extensions 100 to 199; }',
    ),
    surfaces=_ALL,
    override=WARNING,
    because="Bytes with the extension are still read, only its value is lost.",
)
EXTENSION_ADDED = Rule(
    id="protobuf.extension-added",
    mirror="protobuf.extension-removed",
    effect=Effect.REPLACES,
    summary="An extension was added.",
    message="extension {name} = {number} was added",
    why="Nobody is hurt: what is not known is skipped.",
    fix="Nothing to do.",
    example=Example(
        of="proto",
        old='syntax = "proto2"; message Order { extensions 100 to 199; }',
        new='syntax = "proto2"; message Order { extensions 100 to 199; }'
        " extend Order { optional string note = 100; }",
    ),
    override=INFO,
    because=_SKIPPED,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_REMOVALS = {
    (False, 0): REMOVED,
    (False, 1): REMOVED_NAME_FREE,
    (False, 2): REMOVED_RESERVED,
    (True, 0): MEMBER_REMOVED,
    (True, 1): MEMBER_REMOVED_NAME_FREE,
    (True, 2): MEMBER_REMOVED_RESERVED,
}
_ADDITIONS = {
    (False, 0): ADDED,
    (False, 1): ADDED_ON_NUMBER,
    (False, 2): ADDED_ON_RESERVED,
    (True, 0): MEMBER_ADDED,
    (True, 1): MEMBER_ADDED_ON_NUMBER,
    (True, 2): MEMBER_ADDED_ON_RESERVED,
}


def within(number: int, ranges: Iterable[list[int]]) -> bool:
    """Whether a number is in one of the ranges, both ends included."""
    return any(start <= number <= end for start, end in ranges)


def removal(field: dict[str, Any], number: str, holder: dict[str, Any], *, member: bool) -> Rule:
    """The card of a field that ``holder``, the new message, lacks."""
    if field["label"] == "required":
        return REQUIRED_REMOVED
    return _REMOVALS[member, _reserved(field, number, holder)]


def addition(field: dict[str, Any], number: str, holder: dict[str, Any], *, member: bool) -> Rule:
    """The card of a field that ``holder``, the old message, lacked."""
    if field["label"] == "required":
        return REQUIRED_ADDED
    return _ADDITIONS[member, _reserved(field, number, holder)]


def _reserved(field: dict[str, Any], number: str, holder: dict[str, Any]) -> int:
    if not within(int(number), holder["reserved"]):
        return 0
    return 2 if field["name"] in holder["reserved-names"] else 1
