"""Two Thrift contracts compared: the roots of the walk.

Services come first, since they say who sends what. What they do not reach, a struct that is stored
or sent by other means, is looked at from both sides: new readers of old data and old readers of
new data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.thrift import services
from apicheck.formats.thrift.context import Context
from apicheck.formats.thrift.definitions import (
    TYPEDEF_RENAMED,
    added,
    constants,
    data_uses,
    namespaces,
    parts,
    removed,
    source_use,
)
from apicheck.formats.thrift.describe import describe
from apicheck.formats.thrift.enums import enums
from apicheck.formats.thrift.model import bare
from apicheck.formats.thrift.structs import structs
from apicheck.formats.thrift.types import typedef
from apicheck.model import Direction, Use
from apicheck.walk import Fact, Root, Visit, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.thrift.model import Definition, Idl
    from apicheck.model import Change
    from apicheck.walk import Comparator

__all__ = ["compare"]

_COMPARATORS: dict[str, Comparator] = {"structs": structs, "enums": enums, "typedefs": typedef}


def compare(old: Idl, new: Idl) -> Iterator[Change]:
    """Every change from ``old`` to ``new``."""
    context = Context(old, new)
    yield from walk(_roots(context), context, same=context.same, describe=describe)


def _roots(context: Context) -> Iterator[Root]:
    # The walk takes these one by one and compares each before it asks for the next.
    old, new = context.old, context.new
    yield from namespaces(context)
    # First, since types are spelled with them.
    typedefs = dict(_matched(old, new, "typedefs"))
    yield from _renamed(context, typedefs)
    matched = dict(_matched(old, new, "services"))
    for key, other in matched.items():
        one, two = old.at("services", key), new.at("services", other)
        if not context.same(one, two):
            yield from services.services(context, one, two)
    for table, key in old.own:
        if table == "services" and key not in matched:
            fact = Fact(
                services.REMOVED, old.at(table, key), None, {"name": bare(key)}, near=new.root
            )
            yield Root(_service_use(key), fact)
    for table, key in new.own:
        if table == "services" and key not in matched.values():
            fact = Fact(
                services.ADDED, None, new.at(table, key), {"name": bare(key)}, near=old.root
            )
            yield Root(_service_use(key), fact)
    yield from _data(context, typedefs)
    yield from constants(context)


def _service_use(key: str) -> Use:
    return Use(label=f"service {bare(key)}", side="operation", direction=Direction.INBOUND)


def _data(context: Context, typedefs: dict[str, str]) -> Iterator[Root]:
    """Structs, enums and typedefs that were not met by way of a service."""
    old, new = context.old, context.new
    pairs: list[tuple[str, str, str]] = []
    gone: list[Definition] = []
    come: list[Definition] = []
    for table in ("typedefs", "structs", "enums"):
        matched = typedefs if table == "typedefs" else dict(_matched(old, new, table))
        pairs += [(table, *each) for each in matched.items()]
        gone += [each for each in old.own if each[0] == table and each[1] not in matched]
        known = set(matched.values())
        come += [each for each in new.own if each[0] == table and each[1] not in known]
    yield from _pairs(context, _tops(context, pairs))
    yield from _pairs(context, pairs)
    yield from _alike(context, gone, come)
    # A pair met under two names is a definition that was renamed: told where it was met.
    before = {(table, one) for table, one, _ in context.met}
    after = {(table, two) for table, _, two in context.met}
    used = parts(old)
    for table, key in gone:
        if (table, key) not in before:
            yield from removed(old.at(table, key), new.root, part=(table, key) in used)
    used = parts(new)
    for table, key in come:
        if (table, key) not in after:
            yield from added(new.at(table, key), old.root, part=(table, key) in used)


def _matched(old: Idl, new: Idl, table: str) -> Iterator[tuple[str, str]]:
    """Pairs of keys: the same key, or the same name where only one file has it."""
    before, after = old.data[table], new.data[table]
    keys = {key: None for kind, key in (*old.own, *new.own) if kind == table}
    names = [_by_name(table, each) for each in (old, new)]
    seen: set[str] = set()
    for key in keys:
        if key in before and key in after:
            yield key, key
            continue
        one = key if key in before else names[0].get(bare(key), "")
        two = key if key in after else names[1].get(bare(key), "")
        if one and two and one not in after and two not in before and one not in seen:
            seen.add(one)
            yield one, two


def _by_name(table: str, idl: Idl) -> dict[str, str]:
    """Bare name -> key, of names that one file alone has."""
    found: dict[str, str] = {}
    for key in idl.data[table]:
        found[bare(key)] = "" if bare(key) in found else key
    return found


def _pairs(context: Context, pairs: list[tuple[str, str, str]]) -> Iterator[Root]:
    for table, one, two in pairs:
        if (table, one, two) in context.met:
            continue
        before, after = context.old.at(table, one), context.new.at(table, two)
        if context.same(before, after):
            continue
        word = before.value["kind"] if table == "structs" else table.removesuffix("s")
        for use in data_uses(f"{word} {bare(two)}"):
            yield Root(use, Visit(before, after, _COMPARATORS[table]))


def _tops(context: Context, pairs: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The pairs that no other definition of data refers to: the messages themselves."""
    used = [
        {
            each
            for user, all_used in idl.edges.items()
            if user[0] != "services"
            for each in all_used
            if each != user
        }
        for idl in (context.old, context.new)
    ]
    return [
        (table, one, two)
        for table, one, two in pairs
        if (table, one) not in used[0] and (table, two) not in used[1]
    ]


def _renamed(context: Context, matched: dict[str, str]) -> Iterator[Root]:
    """Typedefs that went and came with the same meaning, in their order; and those that moved."""
    old, new = context.old, context.new
    known = set(matched.values())
    left: dict[str | None, list[str]] = {}
    for table, key in new.own:
        if table == "typedefs" and key not in known:
            left.setdefault(context.meant(new.at(table, key, "type")), []).append(key)
    left.pop(None, None)
    for table, key in old.own:
        if table == "typedefs" and key not in matched:
            others = left.get(context.meant(old.at(table, key, "type")), [])
            if others:
                matched[key] = others.pop(0)
    for key, other in matched.items():
        if key != other:
            context.renamed[key] = other
            one, two = old.at("typedefs", key), new.at("typedefs", other)
            fact = Fact(TYPEDEF_RENAMED, one, two, {"old": key, "new": other})
            yield Root(source_use(f"typedef {bare(key)}"), fact)


def _alike(context: Context, gone: list[Definition], come: list[Definition]) -> Iterator[Root]:
    """Messages that went and came with the same fields: the same message under a new name."""
    ones = {one for table, one, _ in context.met if table == "structs"}
    twos = {two for table, _, two in context.met if table == "structs"}
    left: dict[str, list[str]] = {}
    for table, key in come:
        if table == "structs" and key not in twos:
            left.setdefault(_text(context.new, key), []).append(key)
    for table, key in gone:
        if table != "structs" or key in ones:
            continue
        value = context.old.data[table][key]
        others = left.get(_text(context.old, key), [])
        if others and value["fields"]:
            other = others.pop(0)
            for use in data_uses(f"{value['kind']} {bare(other)}"):
                one, two = context.old.at(table, key), context.new.at(table, other)
                yield Root(use, Visit(one, two, structs))


def _text(idl: Idl, key: str) -> str:
    """A struct as a text without the names of types: these may have been renamed with it."""
    node = idl.at("structs", key)
    fields = []
    for number, field in node.step("fields").members():
        kind = idl.resolved(field.step("type")).value["kind"]
        fields.append((number, field.value["name"], field.value["presence"], kind))
    return f"{node.value['kind']} {sorted(fields)}"
