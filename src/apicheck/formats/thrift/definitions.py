"""Whole definitions that came or went: which of them are messages, and which only names in code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.thrift.constants import canonical, written
from apicheck.formats.thrift.model import bare
from apicheck.model import Direction, Effect, Example, Rule, Severity, Surface, Use
from apicheck.walk import Fact, Pair, Root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.thrift.context import Context
    from apicheck.formats.thrift.model import Definition, Idl
    from apicheck.nodes import Node

__all__ = [
    "RULES",
    "TYPEDEF_RENAMED",
    "added",
    "constants",
    "data_uses",
    "namespaces",
    "parts",
    "removed",
    "source_use",
]

_SOURCE = frozenset({Surface.SOURCE})
_S = "struct S { 1: i32 a } "

STRUCT_REMOVED = Rule(
    id="thrift.struct-removed",
    mirror="thrift.struct-added",
    effect=Effect.NARROWS,
    summary="A struct that nothing else refers to was removed.",
    message="{kind} {name} was removed",
    why="Such a struct is a message of its own: new readers can no longer read what old peers"
    " write, and what was stored before.",
    fix="Keep it, marked deprecated, until no such message is left.",
    example=Example(of="thrift", old=_S + "struct U { 1: i32 a, 2: i64 b }", new=_S),
)
STRUCT_ADDED = Rule(
    id="thrift.struct-added",
    mirror="thrift.struct-removed",
    effect=Effect.WIDENS,
    summary="A struct that nothing else refers to was added.",
    message="{kind} {name} was added",
    why="Nobody is hurt: nobody reads such messages yet.",
    fix="Nothing to do.",
    example=Example(of="thrift", old=_S, new=_S + "struct U { 1: i32 a, 2: i64 b }"),
    override={Direction.OUTBOUND: Severity.INFO},
    because="A peer that does not know the message has not asked for it.",
)
TYPE_REMOVED = Rule(
    id="thrift.type-removed",
    mirror="thrift.type-added",
    effect=Effect.NARROWS,
    surfaces=_SOURCE,
    summary="An exception, or a struct that was part of something else, was removed.",
    message="{kind} {name} was removed",
    why="What used it changed as well, and that is a finding of its own; clients compiled from"
    " this file lose the class.",
    fix="Nothing to do beyond the other findings.",
    example=Example(
        of="thrift",
        old=_S + "exception E { 1: string why }",
        new=_S,
    ),
)
TYPE_ADDED = Rule(
    id="thrift.type-added",
    mirror="thrift.type-removed",
    effect=Effect.WIDENS,
    surfaces=_SOURCE,
    summary="An exception, or a struct that is part of something else, was added.",
    message="{kind} {name} was added",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="thrift",
        old=_S,
        new=_S + "exception E { 1: string why }",
    ),
)
ENUM_REMOVED = Rule(
    id="thrift.enum-removed",
    mirror="thrift.enum-added",
    effect=Effect.NARROWS,
    surfaces=_SOURCE,
    summary="An enum was removed.",
    message="enum {name} was removed",
    why="What used it changed as well, and that is a finding of its own; clients compiled from"
    " this file lose the names.",
    fix="Nothing to do beyond the other findings.",
    example=Example(of="thrift", old=_S + "enum E { A }", new=_S),
)
ENUM_ADDED = Rule(
    id="thrift.enum-added",
    mirror="thrift.enum-removed",
    effect=Effect.WIDENS,
    surfaces=_SOURCE,
    summary="An enum was added.",
    message="enum {name} was added",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(of="thrift", old=_S, new=_S + "enum E { A }"),
)
TYPEDEF_REMOVED = Rule(
    id="thrift.typedef-removed",
    mirror="thrift.typedef-added",
    effect=Effect.NARROWS,
    surfaces=_SOURCE,
    summary="A typedef was removed.",
    message="typedef {name} was removed",
    why="Nothing changes on the wire; clients compiled from this file lose the name.",
    fix="Keep the typedef where clients use its name.",
    example=Example(of="thrift", old=_S + "typedef i64 T", new=_S),
)
TYPEDEF_ADDED = Rule(
    id="thrift.typedef-added",
    mirror="thrift.typedef-removed",
    effect=Effect.WIDENS,
    surfaces=_SOURCE,
    summary="A typedef was added.",
    message="typedef {name} was added",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(of="thrift", old=_S, new=_S + "typedef i64 T"),
)
TYPEDEF_RENAMED = Rule(
    id="thrift.typedef-renamed",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="A typedef has another name, or stands in another file.",
    message="typedef {old} is {new} now",
    why="Nothing changes on the wire, where typedefs leave no trace.",
    fix="Keep the name where clients use it.",
    example=Example(of="thrift", old=_S + "typedef i64 T", new=_S + "typedef i64 U"),
)
CONST_REMOVED = Rule(
    id="thrift.const-removed",
    mirror="thrift.const-added",
    effect=Effect.NARROWS,
    surfaces=_SOURCE,
    summary="A constant was removed.",
    message="constant {name} was removed",
    why="Nothing changes on the wire; clients compiled from this file lose the name.",
    fix="Keep the constant where clients use it.",
    example=Example(of="thrift", old=_S + "const i32 C = 1", new=_S),
)
CONST_ADDED = Rule(
    id="thrift.const-added",
    mirror="thrift.const-removed",
    effect=Effect.WIDENS,
    surfaces=_SOURCE,
    summary="A constant was added.",
    message="constant {name} was added",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(of="thrift", old=_S, new=_S + "const i32 C = 1"),
)
CONST_CHANGED = Rule(
    id="thrift.const-changed",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="A constant has another value or type.",
    message="constant {name} is {new}, it was {old}",
    why="Clients have the old value compiled in until they are built anew; apicheck cannot know"
    " whether both sides must agree on it.",
    fix="Give the new value a new name if peers must agree on it.",
    example=Example(of="thrift", old=_S + "const i32 C = 1", new=_S + "const i32 C = 2"),
)
NAMESPACE_CHANGED = Rule(
    id="thrift.namespace-changed",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="The namespace for a language changed.",
    message="the namespace for {language} is {new}, it was {old}",
    why="Nothing changes on the wire; generated code has another package or module.",
    fix="Keep the namespace where clients are compiled from this file.",
    example=Example(of="thrift", old="namespace py a " + _S, new="namespace py b " + _S),
)
NAMESPACE_REMOVED = Rule(
    id="thrift.namespace-removed",
    mirror="thrift.namespace-added",
    effect=Effect.NARROWS,
    surfaces=_SOURCE,
    summary="The namespace for a language was removed.",
    message="the namespace for {language} was removed",
    why="Nothing changes on the wire; generated code has another package or module.",
    fix="Keep the namespace where clients are compiled from this file.",
    example=Example(of="thrift", old="namespace py a " + _S, new=_S),
)
NAMESPACE_ADDED = Rule(
    id="thrift.namespace-added",
    mirror="thrift.namespace-removed",
    effect=Effect.WIDENS,
    surfaces=_SOURCE,
    summary="A namespace was given for a language.",
    message="the namespace for {language} is {new}",
    why="Nothing changes on the wire; code generated for this language has another package or"
    " module.",
    fix="Nothing to do, unless clients of this language are compiled from this file.",
    example=Example(of="thrift", old=_S, new="namespace py a " + _S),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def source_use(label: str) -> Use:
    """The use of what only code sees."""
    return Use(label=label, side="operation", direction=Direction.INBOUND)


def data_uses(label: str) -> tuple[Use, Use]:
    """The uses of a message of which the contract does not say who sends it."""
    return (
        Use(label=label, side="old data", direction=Direction.INBOUND),
        Use(label=label, side="old readers", direction=Direction.OUTBOUND),
    )


def parts(idl: Idl) -> set[Definition]:
    """Definitions that something else than a constant refers to."""
    return {
        each
        for user, used in idl.edges.items()
        if user[0] != "consts"
        for each in used
        if each != user
    }


def removed(node: Node, near: Node, *, part: bool) -> Iterator[Root]:
    """A struct, enum or typedef of the old side that the new side has not."""
    cards = (STRUCT_REMOVED, TYPE_REMOVED, ENUM_REMOVED, TYPEDEF_REMOVED)
    yield from _went(node, near, cards, part=part)


def added(node: Node, near: Node, *, part: bool) -> Iterator[Root]:
    """A struct, enum or typedef of the new side that the old side has not."""
    cards = (STRUCT_ADDED, TYPE_ADDED, ENUM_ADDED, TYPEDEF_ADDED)
    for root in _went(node, near, cards, part=part):
        assert isinstance(root.seen, Fact)
        fact = root.seen
        yield Root(root.use, Fact(fact.rule, None, fact.old, fact.values, near=near))


def _went(node: Node, near: Node, cards: tuple[Rule, ...], *, part: bool) -> Iterator[Root]:
    table, key = str(node.pointer[0]), str(node.pointer[1])
    values = {"name": bare(key)}
    if table == "enums":
        yield Root(source_use(f"enum {bare(key)}"), Fact(cards[2], node, None, values, near=near))
    elif table == "typedefs":
        label = f"typedef {bare(key)}"
        yield Root(source_use(label), Fact(cards[3], node, None, values, near=near))
    else:
        kind = node.value["kind"]
        label = f"{kind} {bare(key)}"
        values["kind"] = kind
        if part or kind == "exception":
            fact = Fact(cards[1], node, None, values, near=near)
            yield Root(source_use(label), fact)
        else:
            fact = Fact(cards[0], node, None, values, near=near)
            for use in data_uses(label):
                yield Root(use, fact)


def constants(context: Context) -> Iterator[Root]:
    """The constants of the files that the user gave."""
    old, new = context.old, context.new
    for table, key in old.own:
        if table != "consts":
            continue
        one, use = old.at(table, key), source_use(f"constant {bare(key)}")
        if key not in new.data[table]:
            values = {"name": bare(key)}
            yield Root(use, Fact(CONST_REMOVED, one, None, values, near=new.root))
            continue
        two = new.at(table, key)
        if context.same(one, two):
            continue
        pair = Pair(one, two)
        told = [written(each.value["value"]) for each in (one, two)]
        kinds = [context.spelled(each.step("type")) for each in (one, two)]
        if kinds[0] != kinds[1]:
            told = [f"{kind} {text}" for kind, text in zip(kinds, told, strict=True)]
        elif canonical(old, one.value["value"], one.step("type")) == canonical(
            new, two.value["value"], two.step("type")
        ):
            continue
        yield Root(use, pair.change(CONST_CHANGED, name=bare(key), old=told[0], new=told[1]))
    for table, key in new.own:
        if table == "consts" and key not in old.data[table]:
            fact = Fact(CONST_ADDED, None, new.at(table, key), {"name": bare(key)}, near=old.root)
            yield Root(source_use(f"constant {bare(key)}"), fact)


def namespaces(context: Context) -> Iterator[Root]:
    """The namespaces of the files that the user gave, file by file."""
    for name, file in context.old.root.step("files").members():
        other = context.new.root.step("files").get(name)
        if other is None:
            continue
        one, two = file.step("namespaces"), other.step("namespaces")
        for language in {**one.value, **two.value}:
            use = source_use(f"namespace {language}")
            before, after = one.get(language), two.get(language)
            values = {"language": "every language" if language == "*" else language}
            if before is None:
                assert after is not None
                values["new"] = after.value["name"]
                yield Root(use, Fact(NAMESPACE_ADDED, None, after, values, near=one))
            elif after is None:
                yield Root(use, Fact(NAMESPACE_REMOVED, before, None, values, near=two))
            elif before.value["name"] != after.value["name"]:
                values |= {"old": before.value["name"], "new": after.value["name"]}
                yield Root(use, Fact(NAMESPACE_CHANGED, before, after, values))
