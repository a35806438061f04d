"""Enums: numbers on the wire, names in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.protobuf.context import INFO, SOURCE_ONLY, WIRE_ONLY, gained, lost, told
from apicheck.formats.protobuf.fields import within
from apicheck.formats.protobuf.options import deprecation, json_format
from apicheck.formats.protobuf.reserved import reservations
from apicheck.model import Direction, Effect, Example, Rule, Severity, Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.protobuf.context import Context
    from apicheck.walk import Fact, Pair

__all__ = ["RULES", "compare_enums"]

_ALL = frozenset(Surface)
_GONE = {Direction.OUTBOUND: Severity.INFO}
_GONE_BECAUSE = "What is no longer written cannot be misread."
_NEW = {Direction.INBOUND: Severity.INFO, Direction.OUTBOUND: Severity.WARNING}
_NEW_BECAUSE = (
    "An unknown number is kept by readers of open enums and set aside by those of closed ones;"
    " whether they cope, the contract cannot say."
)
_UNKNOWN = (
    "The number has no name for the new readers (of a closed enum it is set aside as unknown), and"
    " in JSON the name is refused."
)
_LATE = (
    "Readers that were not upgraded meet a number without a name (of a closed enum the field reads"
    " as not set), and refuse the name in JSON."
)
_TWO = "enum Size { ANY = 0; LARGE = 1; }"

VALUE_REMOVED = Rule(
    id="protobuf.enum-value-removed",
    mirror="protobuf.enum-value-added",
    effect=Effect.REPLACES,
    summary="A value of an enum was removed and its number left free.",
    message="{name} = {number} was removed, and its number is not reserved",
    why=_UNKNOWN,
    fix='Keep the value and deprecate it, or write "reserved" with its number and name.',
    example=Example(of="proto", old=_TWO, new="enum Size { ANY = 0; }"),
    surfaces=_ALL,
    override=_GONE,
    because=_GONE_BECAUSE,
)
VALUE_ADDED = Rule(
    id="protobuf.enum-value-added",
    mirror="protobuf.enum-value-removed",
    effect=Effect.REPLACES,
    summary="An enum has a new value.",
    message="{name} = {number} was added",
    why=_LATE,
    fix="Upgrade the readers first, and let them cope with values that they do not know.",
    example=Example(of="proto", old="enum Size { ANY = 0; }", new=_TWO),
    override=_NEW,
    because=_NEW_BECAUSE,
)
VALUE_REMOVED_NAME_FREE = Rule(
    id="protobuf.enum-value-removed-name-free",
    mirror="protobuf.enum-value-added-on-reserved-number",
    effect=Effect.REPLACES,
    summary="A value of an enum was removed, its number reserved but not its name.",
    message="{name} = {number} was removed; its number is reserved, its name is not",
    why=_UNKNOWN,
    fix="Reserve the name too; keep and deprecate a value that may still be written.",
    example=Example(of="proto", old=_TWO, new="enum Size { ANY = 0; reserved 1; }"),
    surfaces=_ALL,
    override=_GONE,
    because=_GONE_BECAUSE,
)
VALUE_ADDED_ON_NUMBER = Rule(
    id="protobuf.enum-value-added-on-reserved-number",
    mirror="protobuf.enum-value-removed-name-free",
    effect=Effect.REPLACES,
    summary="An enum has a new value with a number that was reserved.",
    message="{name} was added with number {number}, which was reserved",
    why="The number was reserved since it had another meaning: bytes of that time are misread.",
    fix="Take a number that was never used.",
    example=Example(of="proto", old="enum Size { ANY = 0; reserved 1; }", new=_TWO),
)
VALUE_REMOVED_RESERVED = Rule(
    id="protobuf.enum-value-removed-reserved",
    mirror="protobuf.enum-value-added-on-reserved",
    effect=Effect.REPLACES,
    summary="A value of an enum was removed, its number and name reserved.",
    message="{name} = {number} was removed; its number and name are reserved",
    why=_UNKNOWN,
    fix="Keep and deprecate a value that may still be written.",
    example=Example(
        of="proto", old=_TWO, new='enum Size { ANY = 0; reserved 1; reserved "LARGE"; }'
    ),
    surfaces=_ALL,
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.INFO},
    because="To delete a value and reserve what it used is the way that the language guide gives;"
    " data with it can still be read, but for its meaning.",
)
VALUE_ADDED_ON_RESERVED = Rule(
    id="protobuf.enum-value-added-on-reserved",
    mirror="protobuf.enum-value-removed-reserved",
    effect=Effect.REPLACES,
    summary="An enum has a new value with a number and a name that were reserved.",
    message="{name} = {number} was added, though number and name were reserved",
    why="Both were reserved since they had another meaning: data of that time is misread.",
    fix="Take a number and a name that were never used.",
    example=Example(
        of="proto", old='enum Size { ANY = 0; reserved 1; reserved "LARGE"; }', new=_TWO
    ),
)
VALUE_RENAMED = Rule(
    id="protobuf.enum-value-renamed",
    effect=Effect.REPLACES,
    summary="A value of an enum has another name under the same number.",
    message="{number} was called {old} and is now {new}",
    why="JSON peers write and expect the name; generated code has the new one.",
    fix="Keep the old name as an alias (allow_alias).",
    example=Example(of="proto", old=_TWO, new="enum Size { ANY = 0; BIG = 1; }"),
    surfaces=frozenset({Surface.JSON, Surface.SOURCE}),
)
VALUE_RENUMBERED = Rule(
    id="protobuf.enum-value-renumbered",
    effect=Effect.REPLACES,
    summary="A value of an enum has another number under the same name.",
    message="{name} was {old} and is now {new}",
    why="On the wire a value is its number: it is read as none that is known.",
    fix="Keep the number.",
    example=Example(of="proto", old=_TWO, new="enum Size { ANY = 0; LARGE = 2; }"),
    surfaces=WIRE_ONLY,
)
NUMBER_REASSIGNED = Rule(
    id="protobuf.enum-number-reassigned",
    effect=Effect.REPLACES,
    summary="A value of an enum has another number, and its own now stands for another value.",
    message="{name} was {old} and is now {new}; {old} now stands for {other}",
    why="On the wire a value is its number: it is read as the other one, and nobody notices.",
    fix="Keep the numbers.",
    example=Example(
        of="proto",
        old="enum Size { ANY = 0; SMALL = 1; LARGE = 2; }",
        new="enum Size { ANY = 0; SMALL = 2; LARGE = 1; }",
    ),
    surfaces=WIRE_ONLY,
)
ALIAS_REMOVED = Rule(
    id="protobuf.enum-alias-removed",
    mirror="protobuf.enum-alias-added",
    effect=Effect.NARROWS,
    summary="One of the names of an enum value was removed.",
    message="{number} is no longer called {name} as well",
    why="JSON written with that name is refused; generated code lacks it.",
    fix="Keep the alias and mark it deprecated.",
    example=Example(
        of="proto",
        old="enum Size { option allow_alias = true; ANY = 0; LARGE = 1; BIG = 1; }",
        new="enum Size { ANY = 0; LARGE = 1; }",
    ),
    surfaces=frozenset({Surface.JSON, Surface.SOURCE}),
)
ALIAS_ADDED = Rule(
    id="protobuf.enum-alias-added",
    mirror="protobuf.enum-alias-removed",
    effect=Effect.WIDENS,
    summary="A value of an enum got a second name.",
    message="{number} is now called {name} as well",
    why="JSON readers that were not upgraded refuse the name, should it be written.",
    fix="Leave the name that is written the first of the two.",
    example=Example(
        of="proto",
        old="enum Size { ANY = 0; LARGE = 1; }",
        new="enum Size { option allow_alias = true; ANY = 0; LARGE = 1; BIG = 1; }",
    ),
    surfaces=frozenset({Surface.JSON, Surface.SOURCE}),
    override=INFO,
    because="JSON is written with the first name of a number.",
)
OPENED = Rule(
    id="protobuf.enum-opened",
    mirror="protobuf.enum-closed",
    effect=Effect.REPLACES,
    summary="A closed enum is open now: unknown numbers are kept as values.",
    message="{name} is open now",
    why="Values that read as not set before now read as numbers without a name, and can be"
    " written.",
    fix="Let code that uses it cope with unknown numbers.",
    example=Example(
        of="proto",
        old='edition = "2023"; enum Size { option features.enum_type = CLOSED; ANY = 0; }',
        new='edition = "2023"; enum Size { ANY = 0; }',
    ),
    surfaces=_ALL,
    override={Direction.INBOUND: Severity.INFO, Direction.OUTBOUND: Severity.WARNING},
    because="Known values read as before.",
)
CLOSED = Rule(
    id="protobuf.enum-closed",
    mirror="protobuf.enum-opened",
    effect=Effect.REPLACES,
    summary="An open enum is closed now: unknown numbers are set aside.",
    message="{name} is closed now",
    why="Numbers without a name, which were kept, now read as not set.",
    fix="Keep the enum open.",
    example=Example(
        of="proto",
        old='edition = "2023"; enum Size { ANY = 0; }',
        new='edition = "2023"; enum Size { option features.enum_type = CLOSED; ANY = 0; }',
    ),
    surfaces=_ALL,
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.INFO},
    because="Known values read as before.",
)
REORDERED = Rule(
    id="protobuf.enum-first-value-changed",
    effect=Effect.REPLACES,
    summary="An enum starts with another value.",
    message="{name} started with {old} and now starts with {new}",
    why="Where a field has no default of its own, the first value is its default; fields that are"
    " concerned are told of themselves.",
    fix="Keep the first value.",
    example=Example(
        of="proto",
        old='syntax = "proto2"; enum Size { SMALL = 1; LARGE = 2; }',
        new='syntax = "proto2"; enum Size { LARGE = 2; SMALL = 1; }',
    ),
    surfaces=SOURCE_ONLY,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_REMOVALS = (VALUE_REMOVED, VALUE_REMOVED_NAME_FREE, VALUE_REMOVED_RESERVED)
_ADDITIONS = (VALUE_ADDED, VALUE_ADDED_ON_NUMBER, VALUE_ADDED_ON_RESERVED)


def compare_enums(pair: Pair, _context: Context) -> Iterator[Fact]:
    """Everything about two enums that answer to each other."""
    old, new = pair.old.value, pair.new.value
    name = str(pair.new.pointer[1])
    if old["closed"] != new["closed"]:
        yield told(pair, CLOSED if new["closed"] else OPENED, name=name)
    yield from deprecation(pair, name)
    yield from json_format(pair, name)
    first, now = next(iter(old["values"])), next(iter(new["values"]))
    if old["values"][first]["number"] != new["values"][now]["number"]:
        yield told(pair, REORDERED, "values", now, name=name, old=first, new=now)
    yield from _values(pair)
    before, after = _by_number(old), _by_number(new)
    yield from reservations(pair, before.keys() - after.keys(), after.keys() - before.keys())


def _values(pair: Pair) -> Iterator[Fact]:
    old, new = pair.old.value, pair.new.value
    before, after = _by_number(old), _by_number(new)
    moved = {
        name
        for name, value in old["values"].items()
        if name in new["values"] and new["values"][name]["number"] != value["number"]
    }
    for name in old["values"]:
        if name in moved:
            if not _told_already(old, new, name):
                yield _renumbered(pair, name, after)
        elif name in new["values"]:
            value = pair.step("values", name)
            yield from deprecation(value, name)
    for number, names in before.items():
        gone = [each for each in names if each not in new["values"]]
        if number not in after:
            if gone:
                rule = _REMOVALS[_reserved(number, gone, new)]
                yield lost(pair, rule, "values", gone[0], name=", ".join(gone), number=number)
            continue
        came = [each for each in after[number] if each not in old["values"]]
        kept = [each for each in names if each in after[number]]
        if gone and came and not kept:
            values = {"number": number, "old": ", ".join(gone), "new": ", ".join(came)}
            yield _other(pair, VALUE_RENAMED, (gone[0], came[0]), **values)
            continue
        # Where no name was kept, the number went to a value that is told of as renumbered.
        for each in gone if kept else ():
            yield lost(pair, ALIAS_REMOVED, "values", each, number=number, name=each)
        for each in came if kept else ():
            yield gained(pair, ALIAS_ADDED, "values", each, number=number, name=each)
    for number, names in after.items():
        came = [each for each in names if each not in old["values"]]
        if number not in before and came:
            rule = _ADDITIONS[_reserved(number, came, old)]
            yield gained(pair, rule, "values", came[0], name=", ".join(came), number=number)


def _told_already(old: dict[str, Any], new: dict[str, Any], name: str) -> bool:
    """Whether a value swapped numbers with one that stands before it."""
    before, after = old["values"], new["values"]
    for other, value in before.items():
        if other == name:
            return False
        if (
            other in after
            and value["number"] == after[name]["number"]
            and after[other]["number"] == before[name]["number"]
        ):
            return True
    return False


def _renumbered(pair: Pair, name: str, after: dict[int, list[str]]) -> Fact:
    old = pair.old.value["values"][name]["number"]
    values = {"name": name, "old": old, "new": pair.new.value["values"][name]["number"]}
    if old in after:
        other = ", ".join(after[old])
        return told(pair, NUMBER_REASSIGNED, "values", name, other=other, **values)
    return told(pair, VALUE_RENUMBERED, "values", name, **values)


def _other(pair: Pair, rule: Rule, names: tuple[str, str], **values: Any) -> Fact:
    """A fact of two values of different names."""
    fact = told(pair, rule, **values)
    fact.old = pair.old.step("values").step(names[0])
    fact.new = pair.new.step("values").step(names[1])
    return fact


def _by_number(enum: dict[str, Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for name, value in enum["values"].items():
        found.setdefault(value["number"], []).append(name)
    return found


def _reserved(number: int, names: list[str], holder: dict[str, Any]) -> int:
    if not within(number, holder["reserved"]):
        return 0
    return 2 if all(each in holder["reserved-names"] for each in names) else 1
