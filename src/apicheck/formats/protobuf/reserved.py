"""Numbers and names that may not be used again, and numbers given to extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.protobuf.context import INFO, WARNING, told
from apicheck.model import Effect, Example, Rule, Surface

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from apicheck.walk import Fact, Pair

__all__ = ["RULES", "extension_ranges", "reservations"]

_ALL = frozenset(Surface)
_NOTHING_YET = "Nothing is misread until the number or name is used again."

NUMBERS_FREED = Rule(
    id="protobuf.reserved-numbers-freed",
    mirror="protobuf.numbers-reserved",
    effect=Effect.REPLACES,
    summary="Numbers are no longer reserved.",
    message="{numbers} no longer reserved",
    why="They were reserved since they had a meaning once: whoever uses them again misreads data"
    " of that time.",
    fix="Keep them reserved for ever.",
    example=Example(
        of="proto",
        old="message Order { reserved 2 to 4; string id = 1; }",
        new="message Order { reserved 2; string id = 1; }",
    ),
    surfaces=_ALL,
    override=WARNING,
    because=_NOTHING_YET,
)
NUMBERS_RESERVED = Rule(
    id="protobuf.numbers-reserved",
    mirror="protobuf.reserved-numbers-freed",
    effect=Effect.REPLACES,
    summary="Numbers are reserved.",
    message="{numbers} now reserved",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="proto",
        old="message Order { reserved 2; string id = 1; }",
        new="message Order { reserved 2 to 4; string id = 1; }",
    ),
    override=INFO,
    because="It only forbids what nobody did.",
)
NAMES_FREED = Rule(
    id="protobuf.reserved-names-freed",
    mirror="protobuf.names-reserved",
    effect=Effect.REPLACES,
    summary="Names are no longer reserved.",
    message="{names} no longer reserved",
    why="They were reserved since they had a meaning once: whoever uses them again misreads JSON"
    " of that time.",
    fix="Keep them reserved for ever.",
    example=Example(
        of="proto",
        old='message Order { reserved "size"; string id = 1; }',
        new="message Order { string id = 1; }",
    ),
    surfaces=_ALL,
    override=WARNING,
    because=_NOTHING_YET,
)
NAMES_RESERVED = Rule(
    id="protobuf.names-reserved",
    mirror="protobuf.reserved-names-freed",
    effect=Effect.REPLACES,
    summary="Names are reserved.",
    message="{names} now reserved",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="proto",
        old="message Order { string id = 1; }",
        new='message Order { reserved "size"; string id = 1; }',
    ),
    override=INFO,
    because="It only forbids what nobody did.",
)
EXTENSIONS_CLOSED = Rule(
    id="protobuf.extension-numbers-removed",
    mirror="protobuf.extension-numbers-added",
    effect=Effect.REPLACES,
    summary="Numbers are no longer open for extensions.",
    message="{numbers} no longer open for extensions",
    why="Extensions with these numbers no longer compile, and what was written with them is"
    " unknown.",
    fix="Keep the range.",
    example=Example(
        of="proto",
        old='syntax = "proto2"; message Order { extensions 100 to 199; }',
        new='syntax = "proto2"; message Order { extensions 100 to 149; }',
    ),
    surfaces=_ALL,
    override=WARNING,
    because="Whether such extensions exist, the contract cannot say.",
)
EXTENSIONS_OPENED = Rule(
    id="protobuf.extension-numbers-added",
    mirror="protobuf.extension-numbers-removed",
    effect=Effect.REPLACES,
    summary="Numbers are open for extensions.",
    message="{numbers} now open for extensions",
    why="Nobody is hurt: what is not known is skipped.",
    fix="Nothing to do.",
    example=Example(
        of="proto",
        old='syntax = "proto2"; message Order { extensions 100 to 149; }',
        new='syntax = "proto2"; message Order { extensions 100 to 199; }',
    ),
    override=INFO,
    because="Readers skip what they do not know.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

Range = tuple[int, int]


def reservations(pair: Pair, gone: Iterable[int], came: Iterable[int]) -> Iterator[Fact]:
    """What is reserved in a message or enum; ``gone`` and ``came`` are numbers of its members.

    What was reserved for a member that was removed, or is used by one that was added, is told with
    the member.
    """
    old, new = pair.old.value, pair.new.value
    before, after = _union(old["reserved"]), _union(new["reserved"])
    told_of = _union([[each, each] for each in (*gone, *came)])
    freed = _without(_without(before, after), told_of)
    if freed:
        yield told(pair, NUMBERS_FREED, numbers=_are(freed))
    taken = _without(_without(after, before), told_of)
    if taken:
        yield told(pair, NUMBERS_RESERVED, numbers=_are(taken))
    one, two = set(old["reserved-names"]), set(new["reserved-names"])
    on_numbers = _told_names(pair, came)
    names = sorted(one - two - on_numbers)
    if names:
        yield told(pair, NAMES_FREED, names=_listed(names))
    names = sorted(two - one - {*_names(old)})
    if names:
        yield told(pair, NAMES_RESERVED, names=_listed(names))


def _told_names(pair: Pair, came: Iterable[int]) -> set[str]:
    """Names of new members whose number was reserved with them."""
    old, new = pair.old.value, pair.new.value
    numbers = {each for each in came if any(a <= each <= b for a, b in old["reserved"])}
    if "fields" in new:
        return {field["name"] for key, field in new["fields"].items() if int(key) in numbers}
    return {name for name, value in new["values"].items() if value["number"] in numbers}


def _names(holder: dict[str, object]) -> Iterator[str]:
    fields = holder.get("fields")
    if isinstance(fields, dict):
        yield from (each["name"] for each in fields.values())
    values = holder.get("values")
    if isinstance(values, dict):
        yield from values


def extension_ranges(pair: Pair) -> Iterator[Fact]:
    """The numbers of a message that are open for extensions."""
    before, after = (_union(side.value["extensions"]) for side in (pair.old, pair.new))
    closed, opened = _without(before, after), _without(after, before)
    if closed:
        yield told(pair, EXTENSIONS_CLOSED, numbers=_are(closed))
    if opened:
        yield told(pair, EXTENSIONS_OPENED, numbers=_are(opened))


def _union(ranges: Iterable[list[int]]) -> list[Range]:
    """Ranges, both ends included, in order and without overlap."""
    merged: list[Range] = []
    for start, end in sorted(map(tuple, ranges)):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _without(ranges: list[Range], others: list[Range]) -> list[Range]:
    """What is in ``ranges`` and in none of ``others``; both are in order."""
    left = []
    for start, end in ranges:
        at = start
        for low, high in others:
            if high < at or low > end:
                continue
            if low > at:
                left.append((at, low - 1))
            at = high + 1
        if at <= end:
            left.append((at, end))
    return left


def _are(ranges: list[Range]) -> str:
    shown = [str(start) if start == end else f"{start} to {end}" for start, end in ranges]
    one = len(ranges) == 1 and ranges[0][0] == ranges[0][1]
    return f"{'number' if one else 'numbers'} {', '.join(shown)} {'is' if one else 'are'}"


def _listed(names: list[str]) -> str:
    one = len(names) == 1
    return f"{'name' if one else 'names'} {', '.join(names)} {'is' if one else 'are'}"
