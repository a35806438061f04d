"""Methods: what is sent, what comes back, and whether anything does.

Source: the RPC part of the binary protocol specification. Arguments are a struct, and so is the
result: field 0 is what the method returns, the others are its declared exceptions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.thrift.fields import common, listed, presence
from apicheck.formats.thrift.lifecycle import deprecation
from apicheck.formats.thrift.matching import Fate
from apicheck.formats.thrift.types import argument_type, exception_type, return_type
from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.walk import Fact, Pair, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.thrift.context import Context
    from apicheck.formats.thrift.matching import Met

__all__ = ["RULES", "arguments", "result", "whole"]


def _f(method: str, more: str = "") -> str:
    return f"{more}service T {{ {method} }}"


_E = "exception E { 1: string why } "

ONEWAY_CHANGED = Rule(
    id="thrift.oneway-changed",
    effect=Effect.REPLACES,
    summary="A method became oneway, or is no longer so.",
    message="{method} is {new}, it was {old}",
    why="An old client of a method that became oneway waits for an answer that never comes; of"
    " one that no longer is, it takes the answer for that of its next call.",
    fix="Add a method with another name.",
    example=Example(of="thrift", old=_f("void f()"), new=_f("oneway void f()")),
)
ARGUMENT_REMOVED = Rule(
    id="thrift.argument-removed",
    mirror="thrift.argument-added",
    effect=Effect.WIDENS,
    summary="An argument was removed from a method.",
    message="argument {id}: {name} was removed",
    why="Calls still work: the server skips what old clients send under this id.",
    fix="Never give the id to another argument.",
    example=Example(of="thrift", old=_f("void f(1: i32 a)"), new=_f("void f()")),
)
ARGUMENT_ADDED = Rule(
    id="thrift.argument-added",
    mirror="thrift.argument-removed",
    effect=Effect.NARROWS,
    summary="An argument was added to a method.",
    message="argument {id}: {name} was added",
    why="Calls of old clients come without it: the method gets its default, a zero or nothing,"
    " and in many languages cannot tell that from a value that was sent.",
    fix="Give it a default that means 'not said', or add a method with another name.",
    example=Example(of="thrift", old=_f("void f()"), new=_f("void f(1: i32 a)")),
    override={Direction.INBOUND: Severity.WARNING},
    because="The call still reaches the method; whether it can do without, only its code knows.",
)
REQUIRED_ARGUMENT_REMOVED = Rule(
    id="thrift.required-argument-removed",
    mirror="thrift.required-argument-added",
    effect=Effect.WIDENS,
    summary="A required argument was removed from a method.",
    message="required argument {id}: {name} was removed",
    why="Calls still work: the server skips what old clients send under this id.",
    fix="Never give the id to another argument.",
    example=Example(of="thrift", old=_f("void f(1: required i32 a)"), new=_f("void f()")),
)
REQUIRED_ARGUMENT_ADDED = Rule(
    id="thrift.required-argument-added",
    mirror="thrift.required-argument-removed",
    effect=Effect.NARROWS,
    summary="A required argument was added to a method.",
    message="required argument {id}: {name} was added",
    why="The server refuses every call of an old client, which comes without it.",
    fix="Add the argument without the word required, or a method with another name.",
    example=Example(of="thrift", old=_f("void f()"), new=_f("void f(1: required i32 a)")),
)
RETURN_ADDED = Rule(
    id="thrift.return-added",
    mirror="thrift.return-dropped",
    effect=Effect.NARROWS,
    summary="A method that returned nothing returns a value.",
    message="the method returns {new}, it returned nothing",
    why="Nobody is hurt: old clients skip the value.",
    fix="Nothing to do.",
    example=Example(of="thrift", old=_f("void f()"), new=_f("i32 f()")),
)
RETURN_DROPPED = Rule(
    id="thrift.return-dropped",
    mirror="thrift.return-added",
    effect=Effect.WIDENS,
    summary="A method that returned a value returns nothing.",
    message="the method returns nothing, it returned {old}",
    why="Old clients wait for the value and fail with 'missing result'.",
    fix="Go on returning a value, or add a method with another name.",
    example=Example(of="thrift", old=_f("i32 f()"), new=_f("void f()")),
)
EXCEPTION_REMOVED = Rule(
    id="thrift.exception-removed",
    mirror="thrift.exception-added",
    effect=Effect.NARROWS,
    summary="A method that returns a value no longer declares an exception.",
    message="exception {id}: {name} is no longer declared",
    why="Nobody is hurt on the wire; what the method threw comes as a general error now, which"
    " clients do not catch by this type.",
    fix="Keep the declaration while the method may throw it.",
    example=Example(of="thrift", old=_f("i32 f() throws (1: E e)", _E), new=_f("i32 f()", _E)),
)
EXCEPTION_ADDED = Rule(
    id="thrift.exception-added",
    mirror="thrift.exception-removed",
    effect=Effect.WIDENS,
    summary="A method that returns a value declares another exception.",
    message="exception {id}: {name} is declared",
    why="Old clients skip it, find neither a value nor an exception that they know, and fail with"
    " 'missing result' instead of the reason.",
    fix="Throw it only to clients that know it, or a declared one with another reason.",
    example=Example(of="thrift", old=_f("i32 f()", _E), new=_f("i32 f() throws (1: E e)", _E)),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="The call fails either way; only the reason is lost.",
)
EXCEPTION_REMOVED_FROM_VOID = Rule(
    id="thrift.exception-removed-from-void",
    mirror="thrift.exception-added-to-void",
    effect=Effect.NARROWS,
    summary="A method that returns nothing no longer declares an exception.",
    message="exception {id}: {name} is no longer declared",
    why="Nobody is hurt on the wire; what the method threw comes as a general error now, which"
    " clients do not catch by this type.",
    fix="Keep the declaration while the method may throw it.",
    example=Example(of="thrift", old=_f("void f() throws (1: E e)", _E), new=_f("void f()", _E)),
)
EXCEPTION_ADDED_TO_VOID = Rule(
    id="thrift.exception-added-to-void",
    mirror="thrift.exception-removed-from-void",
    effect=Effect.WIDENS,
    summary="A method that returns nothing declares another exception.",
    message="exception {id}: {name} is declared",
    why="Old clients skip it, and since they wait for no value they take the failure for a"
    " success.",
    fix="Throw it only to clients that know it, or a declared one with another reason.",
    example=Example(of="thrift", old=_f("void f()", _E), new=_f("void f() throws (1: E e)", _E)),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def whole(pair: Pair, _context: Context) -> Iterator[Fact | Visit]:
    """What a method says of itself."""
    name = str(pair.new.pointer[-1])
    yield from deprecation(pair, f"method {name}")
    before, after = pair.old.value["oneway"], pair.new.value["oneway"]
    if before != after:
        words = {True: "oneway", False: "answered"}
        yield pair.change(ONEWAY_CHANGED, method=name, old=words[before], new=words[after])


def arguments(pair: Pair, context: Context) -> Iterator[Fact | Visit]:
    """What clients send."""
    for met in listed(pair, context, "arguments"):
        if met.fate is Fate.REMOVED:
            field = pair.old.step("arguments").step(str(met.old))
            required = field.value["presence"] == "required"
            card = REQUIRED_ARGUMENT_REMOVED if required else ARGUMENT_REMOVED
            values = {"id": met.old, "name": field.value["name"]}
            yield Fact(card, field, None, values, near=pair.new)
        elif met.fate is Fate.ADDED:
            field = pair.new.step("arguments").step(str(met.new))
            required = field.value["presence"] == "required"
            card = REQUIRED_ARGUMENT_ADDED if required else ARGUMENT_ADDED
            values = {"id": met.new, "name": field.value["name"]}
            yield Fact(card, None, field, values, near=pair.old)
        else:
            matched = _matched(pair, met, "arguments")
            yield from common(matched, context, met, argument_type)
            if met.fate in {Fate.KEPT, Fate.RENAMED}:
                yield from presence(matched)


def result(pair: Pair, context: Context) -> Iterator[Fact | Visit]:
    """What servers answer."""
    one, two = pair.old.value["returns"], pair.new.value["returns"]
    if one is not None and two is not None:
        yield pair.into(return_type, "returns")
    elif one is not None:
        told = context.spelled(pair.old.step("returns"))
        yield Fact(RETURN_DROPPED, pair.old.step("returns"), None, {"old": told}, near=pair.new)
    elif two is not None:
        told = context.spelled(pair.new.step("returns"))
        yield Fact(RETURN_ADDED, None, pair.new.step("returns"), {"new": told}, near=pair.old)
    for met in listed(pair, context, "throws"):
        if met.fate is Fate.REMOVED:
            field = pair.old.step("throws").step(str(met.old))
            card = EXCEPTION_REMOVED_FROM_VOID if two is None else EXCEPTION_REMOVED
            values = {"id": met.old, "name": field.value["name"]}
            yield Fact(card, field, None, values, near=pair.new)
        elif met.fate is Fate.ADDED:
            field = pair.new.step("throws").step(str(met.new))
            # What becomes of the old client depends on what it waits for.
            card = EXCEPTION_ADDED_TO_VOID if one is None else EXCEPTION_ADDED
            values = {"id": met.new, "name": field.value["name"]}
            yield Fact(card, None, field, values, near=pair.old)
        else:
            yield from common(_matched(pair, met, "throws"), context, met, exception_type)


def _matched(pair: Pair, met: Met, part: str) -> Pair:
    return Pair(pair.old.step(part).step(str(met.old)), pair.new.step(part).step(str(met.new)))
