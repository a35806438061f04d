"""Enums by their numbers: that is all of them that is written.

Source: Thrift IDL, 'Enum'; an enum is an i32 in every protocol. What a reader does with a number
that it has no name for depends on its language: C++, Go and C# keep it, Java, Rust and most
others drop or refuse it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.thrift.lifecycle import deprecation
from apicheck.formats.thrift.model import bare
from apicheck.model import Direction, Effect, Example, Rule, Severity, Surface
from apicheck.walk import Fact, Pair, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.thrift.context import Context

__all__ = ["RULES", "enums"]

_SOURCE = frozenset({Surface.SOURCE})


def _e(values: str) -> str:
    return f"enum E {{ {values} }}"


VALUE_REMOVED = Rule(
    id="thrift.enum-value-removed",
    mirror="thrift.enum-value-added",
    effect=Effect.NARROWS,
    summary="A value was taken out of an enum.",
    message="{name} = {number} was removed",
    why="New readers have no name for the number that old peers and stored data still hold: some"
    " languages refuse the message or read no value.",
    fix="Keep the value and mark it deprecated.",
    example=Example(of="thrift", old=_e("A = 1, B = 2"), new=_e("A = 1")),
)
VALUE_ADDED = Rule(
    id="thrift.enum-value-added",
    mirror="thrift.enum-value-removed",
    effect=Effect.WIDENS,
    summary="A value was added to an enum.",
    message="{name} = {number} was added",
    why="Old readers meet a number that they have no name for: some languages refuse the message"
    " or read no value, others hand the number on to code that may not expect it.",
    fix="Upgrade readers first, or send the value only to those that know it.",
    example=Example(of="thrift", old=_e("A = 1"), new=_e("A = 1, B = 2")),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Only peers that are sent the new value are hurt, and what they do depends on their"
    " language.",
)
VALUE_RENUMBERED = Rule(
    id="thrift.enum-value-renumbered",
    effect=Effect.REPLACES,
    summary="A value of an enum has another number.",
    message="{name} is {new}, it was {old}",
    why="Only the number is written: each side takes the other's value for another one, or has no"
    " name for it.",
    fix="Give the value its old number back, and write all numbers out.",
    example=Example(of="thrift", old=_e("A = 1, B = 2"), new=_e("A = 1, B = 3")),
)
VALUE_RENAMED = Rule(
    id="thrift.enum-value-renamed",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="A value of an enum has another name under the same number.",
    message="{number} is called {new} now, it was {old}",
    why="Nothing changes on the wire, where only the number is written; generated code has other"
    " names. If the number means something else now, every peer takes it for the old thing.",
    fix="Keep the name; give a new meaning a new number.",
    example=Example(of="thrift", old=_e("A = 1"), new=_e("B = 1")),
)
ENUM_RENAMED = Rule(
    id="thrift.enum-renamed",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="An enum has another name, or stands in another file.",
    message="enum {old} is {new} now",
    why="Nothing changes on the wire; generated code has another name or place.",
    fix="Keep name and file where clients are compiled from them.",
    example=Example(
        of="thrift",
        old="enum D { A } struct S { 1: D a }",
        new="enum E { A } struct S { 1: E a }",
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def enums(pair: Pair, context: Context) -> Iterator[Fact | Visit]:
    """Two enums: names and numbers."""
    old, new = pair.old, pair.new
    keys = str(old.pointer[1]), str(new.pointer[1])
    context.met.add(("enums", *keys))
    if keys[0] != keys[1]:
        yield pair.change(ENUM_RENAMED, old=keys[0], new=keys[1])
    yield from deprecation(pair, f"enum {bare(keys[1])}")
    before, after = old.value["values"], new.value["values"]
    for name in before:
        if name not in after:
            continue
        if before[name]["number"] != after[name]["number"]:
            values = {"old": before[name]["number"], "new": after[name]["number"]}
            yield pair.change(VALUE_RENUMBERED, "values", name, name=name, **values)
        else:
            yield from deprecation(pair.step("values", name), name)
    one, two = _by_number(before), _by_number(after)
    for number in {**one, **two}:
        mine = [name for name in one.get(number, ()) if name not in after]
        theirs = [name for name in two.get(number, ()) if name not in before]
        if number not in two:
            # All its names went; of one that moved to another number that was told above.
            yield from _gone(pair, mine, number)
        elif number not in one:
            yield from _come(pair, theirs, number)
        elif mine or theirs:
            yield from _renamed(pair, one[number], two[number], number)


def _by_number(values: dict[str, Any]) -> dict[int, list[str]]:
    """Number -> its names: two names may have one number."""
    found: dict[int, list[str]] = {}
    for name, value in values.items():
        found.setdefault(value["number"], []).append(name)
    return found


def _gone(pair: Pair, names: list[str], number: int) -> Iterator[Fact]:
    if names:
        place = pair.old.step("values").step(names[0])
        values = {"name": ", ".join(names), "number": number}
        yield Fact(VALUE_REMOVED, place, None, values, near=pair.new)


def _come(pair: Pair, names: list[str], number: int) -> Iterator[Fact]:
    if names:
        place = pair.new.step("values").step(names[0])
        values = {"name": ", ".join(names), "number": number}
        yield Fact(VALUE_ADDED, None, place, values, near=pair.old)


def _renamed(pair: Pair, old: list[str], new: list[str], number: int) -> Iterator[Fact]:
    one = pair.old.step("values").step(old[0])
    two = pair.new.step("values").step(new[0])
    values = {"number": number, "old": ", ".join(old), "new": ", ".join(new)}
    yield Fact(VALUE_RENAMED, one, two, values)
