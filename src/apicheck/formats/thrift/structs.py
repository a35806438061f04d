"""Structs, unions and exceptions: one thing on the wire, three to those who read it.

Source: Thrift IDL, 'Struct', 'Union', 'Exception'; all three are encoded as a struct. A union has
one field set at a time, and readers of most languages hand over an empty one when they know none
of the fields that were sent (Rust refuses it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.thrift.fields import common, listed, struct_fields
from apicheck.formats.thrift.lifecycle import deprecation
from apicheck.formats.thrift.matching import Fate
from apicheck.formats.thrift.model import bare
from apicheck.formats.thrift.types import field_type
from apicheck.model import Direction, Effect, Example, Rule, Severity, Surface
from apicheck.walk import Fact, Pair, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.thrift.context import Context

__all__ = ["RULES", "structs"]

_SOURCE = frozenset({Surface.SOURCE})

UNION_FIELD_REMOVED = Rule(
    id="thrift.union-field-removed",
    mirror="thrift.union-field-added",
    effect=Effect.NARROWS,
    summary="A field of a union was removed.",
    message="{id}: {name} was removed from the union",
    why="When an old peer, or stored data, has this field set, new readers see a union with"
    " nothing in it: the value is lost, or refused.",
    fix="Keep the field and mark it deprecated.",
    example=Example(of="thrift", old="union U { 1: i32 a, 2: i32 b }", new="union U { 1: i32 a }"),
)
UNION_FIELD_ADDED = Rule(
    id="thrift.union-field-added",
    mirror="thrift.union-field-removed",
    effect=Effect.WIDENS,
    summary="A field was added to a union.",
    message="{id}: {name} was added to the union",
    why="When it is set, old readers see a union with nothing in it: the value is lost, or"
    " refused.",
    fix="Upgrade readers first, or set the new field only for those that know it.",
    example=Example(of="thrift", old="union U { 1: i32 a }", new="union U { 1: i32 a, 2: i32 b }"),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Only peers that are sent the new field are hurt, and what they do with an empty union"
    " depends on their language and code.",
)
BECAME_UNION = Rule(
    id="thrift.became-union",
    mirror="thrift.no-longer-union",
    effect=Effect.NARROWS,
    summary="A struct or exception became a union.",
    message="{name} is a union, it was {old}",
    why="Old peers may set several fields or none, which readers of a union do not expect: they"
    " keep the last, or refuse the message.",
    fix="Add the union as a type of its own and a field with a new id that uses it.",
    example=Example(of="thrift", old="struct S { 1: i32 a }", new="union S { 1: i32 a }"),
)
NO_LONGER_UNION = Rule(
    id="thrift.no-longer-union",
    mirror="thrift.became-union",
    effect=Effect.WIDENS,
    summary="A union became a struct or exception.",
    message="{name} is {new}, it was a union",
    why="New peers may set several fields or none, which old readers of the union do not expect:"
    " they keep the last, or refuse the message.",
    fix="Set exactly one field until every reader is upgraded.",
    example=Example(of="thrift", old="union S { 1: i32 a }", new="struct S { 1: i32 a }"),
)
BECAME_EXCEPTION = Rule(
    id="thrift.became-exception",
    mirror="thrift.no-longer-exception",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="A struct became an exception.",
    message="{name} is an exception, it was a struct",
    why="Nothing changes on the wire; generated code makes another kind of class of it.",
    fix="Nothing to do, unless clients are compiled from this file.",
    example=Example(of="thrift", old="struct S { 1: i32 a }", new="exception S { 1: i32 a }"),
)
NO_LONGER_EXCEPTION = Rule(
    id="thrift.no-longer-exception",
    mirror="thrift.became-exception",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="An exception became a struct.",
    message="{name} is a struct, it was an exception",
    why="Nothing changes on the wire; code that catches it no longer compiles.",
    fix="Nothing to do, unless clients are compiled from this file.",
    example=Example(of="thrift", old="exception S { 1: i32 a }", new="struct S { 1: i32 a }"),
)
TYPE_RENAMED = Rule(
    id="thrift.type-renamed",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="A struct, union or exception has another name, or stands in another file.",
    message="{old} is {new} now",
    why="Nothing changes on the wire, where types have no names; generated code has another name"
    " or place.",
    fix="Keep name and file where clients are compiled from them.",
    example=Example(
        of="thrift",
        old="struct A { 1: i32 x } struct S { 1: A a }",
        new="struct B { 1: i32 x } struct S { 1: B a }",
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_ARTICLES = {"struct": "a struct", "union": "a union", "exception": "an exception"}


def structs(pair: Pair, context: Context) -> Iterator[Fact | Visit]:
    """Two structs, unions or exceptions."""
    keys = str(pair.old.pointer[1]), str(pair.new.pointer[1])
    context.met.add(("structs", *keys))
    if keys[0] != keys[1]:
        yield pair.change(TYPE_RENAMED, old=keys[0], new=keys[1])
    before, after = pair.old.value["kind"], pair.new.value["kind"]
    if before != after:
        yield from _kinds(pair, before, after)
    yield from deprecation(pair, f"{after} {bare(keys[1])}")
    if before == "union" == after:
        yield from _union_fields(pair, context)
    else:
        yield from struct_fields(pair, context, bare="union" in {before, after})


def _kinds(pair: Pair, before: str, after: str) -> Iterator[Fact]:
    values: dict[str, Any] = {
        "name": bare(str(pair.new.pointer[1])),
        "old": _ARTICLES[before],
        "new": _ARTICLES[after],
    }
    if after == "union":
        yield pair.change(BECAME_UNION, **values)
    elif before == "union":
        yield pair.change(NO_LONGER_UNION, **values)
    else:
        card = BECAME_EXCEPTION if after == "exception" else NO_LONGER_EXCEPTION
        yield pair.change(card, **values)


def _union_fields(pair: Pair, context: Context) -> Iterator[Fact | Visit]:
    one, two = pair.old.step("fields"), pair.new.step("fields")
    for met in listed(pair, context, "fields"):
        if met.fate is Fate.REMOVED:
            field = one.step(str(met.old))
            values = {"id": met.old, "name": field.value["name"]}
            yield Fact(UNION_FIELD_REMOVED, field, None, values, near=pair.new)
        elif met.fate is Fate.ADDED:
            field = two.step(str(met.new))
            values = {"id": met.new, "name": field.value["name"]}
            yield Fact(UNION_FIELD_ADDED, None, field, values, near=pair.old)
        else:
            matched = Pair(one.step(str(met.old)), two.step(str(met.new)))
            yield from common(matched, context, met, field_type)
