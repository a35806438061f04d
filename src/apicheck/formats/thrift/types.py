"""Types compared by what they are on the wire; the cards name the place that a type stands at.

Source: the binary protocol specification (a field is its type code and id; what follows is read
by that code alone) and, for readers, the generated code of Apache Thrift: a field of another type
code is skipped like an unknown id, while elements of containers are read without a look at it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.model import Direction, Effect, Example, Rule, Severity, Surface
from apicheck.walk import Fact, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.thrift.context import Context
    from apicheck.nodes import Node
    from apicheck.walk import Comparator, Pair

__all__ = [
    "RULES",
    "argument_type",
    "exception_type",
    "field_type",
    "return_type",
    "typedef",
]

_BOTH = {Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING}
_SOURCE = frozenset({Surface.SOURCE})


def _struct(kind: str, more: str = "") -> str:
    return f"{more}struct S {{ 1: optional {kind} a }}"


FIELD_TYPE_CHANGED = Rule(
    id="thrift.field-type-changed",
    effect=Effect.REPLACES,
    summary="The type of a field changed to one that is encoded otherwise.",
    message="type changed from {old} to {new}",
    why="A reader skips a field whose type code is not the one it expects: the value is lost,"
    " and a required field counts as missing.",
    fix="Add a field with a new id and the new type; keep the old one until nobody reads it.",
    example=Example(of="thrift", old=_struct("i32"), new=_struct("i64")),
)
ARGUMENT_TYPE_CHANGED = Rule(
    id="thrift.argument-type-changed",
    effect=Effect.REPLACES,
    summary="The type of an argument changed to one that is encoded otherwise.",
    message="the type of the argument changed from {old} to {new}",
    why="The server skips what old clients send, since the type code is not the one it expects,"
    " and calls the method without the argument.",
    fix="Add an argument with a new id, or a method with another name.",
    example=Example(
        of="thrift",
        old="service T { void f(1: i32 a) }",
        new="service T { void f(1: string a) }",
    ),
)
RETURN_TYPE_CHANGED = Rule(
    id="thrift.return-type-changed",
    effect=Effect.REPLACES,
    summary="A method returns a type that is encoded otherwise.",
    message="the method returns {new}, it returned {old}",
    why="An old client skips the result, since its type code is not the one it expects, and"
    " fails with 'missing result'.",
    fix="Add a method with another name that returns the new type.",
    example=Example(of="thrift", old="service T { i32 f() }", new="service T { string f() }"),
)
EXCEPTION_TYPE_CHANGED = Rule(
    id="thrift.exception-type-changed",
    effect=Effect.REPLACES,
    summary="A declared exception has a type that is encoded otherwise.",
    message="the type of the exception changed from {old} to {new}",
    why="An old client skips what it is told and fails with 'missing result', or takes the"
    " failure for a success where the method returns nothing.",
    fix="Declare the new exception under a new id.",
    example=Example(
        of="thrift",
        old="exception E {} service T { void f() throws (1: E e) }",
        new="exception E {} service T { void f() throws (1: list<E> e) }",
    ),
)
ELEMENT_TYPE_CHANGED = Rule(
    id="thrift.element-type-changed",
    effect=Effect.REPLACES,
    summary="The elements of a container, or the keys of a map, are encoded otherwise.",
    message="the type of the elements changed from {old} to {new}",
    why="Most readers read elements by the type they expect and not by the one announced: they"
    " read wrong values and lose their place in the message, which then fails as a whole.",
    fix="Add a field with a new id and the new type.",
    example=Example(of="thrift", old=_struct("list<i32>"), new=_struct("list<i64>")),
)
TYPEDEF_CHANGED = Rule(
    id="thrift.typedef-changed",
    effect=Effect.REPLACES,
    summary="A typedef stands for a type that is encoded otherwise.",
    message="the typedef stands for {new}, it stood for {old}",
    why="Every field of this type changes its type code: readers skip it or fail.",
    fix="Add a typedef with another name, and fields with new ids that use it.",
    example=Example(
        of="thrift",
        old=_struct("T", "typedef i32 T "),
        new=_struct("T", "typedef i64 T "),
    ),
)
INTEGER_BECAME_ENUM = Rule(
    id="thrift.integer-became-enum",
    mirror="thrift.enum-became-integer",
    effect=Effect.NARROWS,
    summary="An i32 became an enum.",
    message="the type changed from {old} to enum {new}",
    why="Both are an i32 on the wire, but numbers without a name are unknown now: some languages"
    " refuse them or read none, others keep the number.",
    fix="Make sure that peers send only numbers that the enum names.",
    example=Example(
        of="thrift",
        old=_struct("i32", "enum E { A } struct U { 1: E e } "),
        new=_struct("E", "enum E { A } struct U { 1: E e } "),
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="Only numbers without a name are hurt, and the contract cannot say which are sent.",
)
ENUM_BECAME_INTEGER = Rule(
    id="thrift.enum-became-integer",
    mirror="thrift.integer-became-enum",
    effect=Effect.WIDENS,
    summary="An enum became an i32.",
    message="the type changed from enum {old} to {new}",
    why="Both are an i32 on the wire, but old readers know only the numbers that the enum names.",
    fix="Send only the numbers of the enum until every reader is upgraded.",
    example=Example(
        of="thrift",
        old=_struct("E", "enum E { A } struct U { 1: E e } "),
        new=_struct("i32", "enum E { A } struct U { 1: E e } "),
    ),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Only numbers without a name are hurt, and the contract cannot say which are sent.",
)
STRING_BECAME_BINARY = Rule(
    id="thrift.string-became-binary",
    mirror="thrift.binary-became-string",
    effect=Effect.REPLACES,
    summary="A string became binary.",
    message="the type changed from string to binary",
    why="Binary protocols encode both alike, but bytes need not be UTF-8 as old readers expect,"
    " and TJSONProtocol writes binary in base64.",
    fix="Send only UTF-8 until every reader is upgraded; with JSON, add a field with a new id.",
    example=Example(of="thrift", old=_struct("string"), new=_struct("binary")),
    override=_BOTH,
    because="On binary protocols texts still pass; which protocol is used is not in the contract.",
)
BINARY_BECAME_STRING = Rule(
    id="thrift.binary-became-string",
    mirror="thrift.string-became-binary",
    effect=Effect.REPLACES,
    summary="A binary became a string.",
    message="the type changed from binary to string",
    why="Binary protocols encode both alike, but new readers expect UTF-8 where old peers may"
    " send any bytes, and TJSONProtocol writes binary in base64.",
    fix="Make sure that only UTF-8 is sent; with JSON, add a field with a new id.",
    example=Example(of="thrift", old=_struct("binary"), new=_struct("string")),
    override=_BOTH,
    because="On binary protocols texts still pass; which protocol is used is not in the contract.",
)
SPELLING_CHANGED = Rule(
    id="thrift.type-spelling-changed",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="A type is written with another typedef, or without one, and is the same on the wire.",
    message="the type is written {new}, it was written {old}",
    why="Nothing changes on the wire; some languages make a type of its own of each typedef.",
    fix="Nothing to do, unless clients are compiled against the typedef.",
    example=Example(
        of="thrift",
        old=_struct("i64", "typedef i64 T "),
        new=_struct("T", "typedef i64 T "),
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_Seen = Fact | Visit


def field_type(pair: Pair, context: Context) -> Iterator[_Seen]:
    """The types of a field."""
    return _placed(pair, context, FIELD_TYPE_CHANGED, _field_inside)


def argument_type(pair: Pair, context: Context) -> Iterator[_Seen]:
    """The types of an argument."""
    return _placed(pair, context, ARGUMENT_TYPE_CHANGED, _argument_inside)


def return_type(pair: Pair, context: Context) -> Iterator[_Seen]:
    """What a method returns."""
    return _placed(pair, context, RETURN_TYPE_CHANGED, _return_inside)


def exception_type(pair: Pair, context: Context) -> Iterator[_Seen]:
    """The types of a declared exception."""
    return _placed(pair, context, EXCEPTION_TYPE_CHANGED, _exception_inside)


def typedef(pair: Pair, context: Context) -> Iterator[_Seen]:
    """What two typedefs of one name stand for: told once, however many fields use them."""
    old, new = pair.old, pair.new
    context.met.add(("typedefs", str(old.pointer[1]), str(new.pointer[1])))
    yield from _placed(pair.step("type"), context, TYPEDEF_CHANGED, _typedef_inside)


def element_type(pair: Pair, context: Context) -> Iterator[_Seen]:
    """The elements of a container."""
    return _types(pair, context, ELEMENT_TYPE_CHANGED, element_type)


# Behind a typedef on one side only: the card of the place, but no word on the spelling.
def _field_inside(pair: Pair, context: Context) -> Iterator[_Seen]:
    return _types(pair, context, FIELD_TYPE_CHANGED, _field_inside)


def _argument_inside(pair: Pair, context: Context) -> Iterator[_Seen]:
    return _types(pair, context, ARGUMENT_TYPE_CHANGED, _argument_inside)


def _return_inside(pair: Pair, context: Context) -> Iterator[_Seen]:
    return _types(pair, context, RETURN_TYPE_CHANGED, _return_inside)


def _exception_inside(pair: Pair, context: Context) -> Iterator[_Seen]:
    return _types(pair, context, EXCEPTION_TYPE_CHANGED, _exception_inside)


def _typedef_inside(pair: Pair, context: Context) -> Iterator[_Seen]:
    return _types(pair, context, TYPEDEF_CHANGED, _typedef_inside)


def _placed(pair: Pair, context: Context, card: Rule, inside: Comparator) -> Iterator[_Seen]:
    old, new = context.spelled(pair.old), context.spelled(pair.new)
    if old != new:
        meant = context.meant(pair.old)
        if meant is not None and meant == context.meant(pair.new):
            yield pair.change(SPELLING_CHANGED, old=old, new=new)
    yield from _types(pair, context, card, inside)


def _types(pair: Pair, context: Context, card: Rule, inside: Comparator) -> Iterator[_Seen]:
    """Compare two types; ``inside`` goes on where a typedef was followed."""
    old, new = pair.old, pair.new
    before, after = old.value, new.value
    if before["kind"] == "named" == after["kind"]:
        one, two = context.target(old), context.target(new)
        if before["to"][0] == "typedefs" == after["to"][0] and _one_name(context, one, two):
            yield Visit(one, two, typedef)
            return
    one, two = context.resolved(old), context.resolved(new)
    if one.key != old.key or two.key != new.key:
        # Met again for every use: a pair of its own, so that it is looked at once.
        yield Visit(one, two, inside)
        return
    kinds = context.wire(old), context.wire(new)
    values: dict[str, Any] = {"old": context.spelled(old), "new": context.spelled(new)}
    if kinds[0] == kinds[1]:
        yield from _alike(pair, context, kinds[0])
    elif kinds == ("i32", "enum"):
        yield pair.change(INTEGER_BECAME_ENUM, **values)
    elif kinds == ("enum", "i32"):
        yield pair.change(ENUM_BECAME_INTEGER, **values)
    elif kinds == ("string", "binary"):
        yield pair.change(STRING_BECAME_BINARY, **values)
    elif kinds == ("binary", "string"):
        yield pair.change(BINARY_BECAME_STRING, **values)
    else:
        yield pair.change(card, **values)


def _one_name(context: Context, old: Node, new: Node) -> bool:
    before, after = str(old.pointer[1]), str(new.pointer[1])
    if context.renamed.get(before) == after:
        return True
    return before.rpartition(".")[2] == after.rpartition(".")[2]


def _alike(pair: Pair, context: Context, kind: str) -> Iterator[_Seen]:
    """What is inside two types of one kind."""
    from apicheck.formats.thrift.enums import enums
    from apicheck.formats.thrift.structs import structs

    if kind == "struct":
        yield Visit(context.target(pair.old), context.target(pair.new), structs)
    elif kind == "enum":
        yield Visit(context.target(pair.old), context.target(pair.new), enums)
    elif kind == "map":
        yield pair.into(element_type, "key")
        yield pair.into(element_type, "value")
    elif kind in {"list", "set"}:
        yield pair.into(element_type, "of")
