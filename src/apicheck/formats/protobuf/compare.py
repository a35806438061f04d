"""Two Protobuf contracts compared: the roots of the walk, and names for places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.protobuf.context import Context
from apicheck.formats.protobuf.enums import compare_enums
from apicheck.formats.protobuf.files import definitions, files, stored
from apicheck.formats.protobuf.messages import compare_messages
from apicheck.formats.protobuf.services import exchanges, services
from apicheck.walk import Root, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from apicheck.formats.protobuf.model import Model
    from apicheck.model import Change
    from apicheck.nodes import Node

__all__ = ["compare"]

#: Kind of definition and its name.
_Key = tuple[str, str]


def compare(old: Model, new: Model) -> Iterator[Change]:
    """Every change from ``old`` to ``new``."""
    context = Context.of(old, new)
    yield from walk(_roots(context), context, same=context.same, describe=describe)


def _roots(context: Context) -> Iterator[Root]:
    yield from files(context)
    yield from definitions(context)
    yield from services(context)
    edges = _edges(context)
    sent = [("messages", one) for one, two in exchanges(context) if _answers(context, one, two)]
    reached = _reached(sent, edges)
    for kind, name in _tops(context, edges, reached):
        other = context.renamed(kind, name)
        compare = compare_messages if kind == "messages" else compare_enums
        for use in stored(name):
            yield Root(use, context.visit(kind, name, other, compare))


def _answers(context: Context, one: str, two: str) -> bool:
    return context.renamed("messages", one) == two


def _edges(context: Context) -> dict[_Key, list[_Key]]:
    """Which old definitions lead to which, along fields that lead to their counterparts now."""
    edges: dict[_Key, list[_Key]] = {}
    for name, message in context.old.data["messages"].items():
        other = context.new.data["messages"].get(context.renamed("messages", name))
        if other is None:
            continue
        fields = [(message["fields"], other["fields"])]
        if name in context.old.data["extensions"]:
            fields.append(
                (
                    context.old.data["extensions"][name],
                    context.new.data["extensions"].get(context.renamed("messages", name), {}),
                )
            )
        edges["messages", name] = [
            target for one, two in fields for target in _targets(context, one, two)
        ]
    return edges


def _targets(context: Context, one: dict[str, Any], two: dict[str, Any]) -> Iterator[_Key]:
    for number, field in one.items():
        ref = field["ref"]
        if ref is None or number not in two:
            continue
        kind = "enums" if field["type"] == "enum" else "messages"
        if context.renamed(kind, ref) == two[number]["ref"]:
            yield kind, ref


def _reached(start: Iterable[_Key], edges: dict[_Key, list[_Key]]) -> set[_Key]:
    found = set(start)
    pending = list(found)
    while pending:
        for each in edges.get(pending.pop(), ()):
            if each not in found:
                found.add(each)
                pending.append(each)
    return found


def _tops(context: Context, edges: dict[_Key, list[_Key]], reached: set[_Key]) -> Iterator[_Key]:
    """Definitions that no method leads to: the fewest that lead to all the others."""
    concerned: set[_Key] = set()
    for side in (context.old, context.new):
        for key, home in side.homes.items():
            if home in side.own and key[0] in {"messages", "enums", "extensions"}:
                # What the contract extends is its business, wherever that is defined.
                kind = "messages" if key[0] == "extensions" else str(key[0])
                concerned.add((kind, str(key[1])))
    rest: list[_Key] = [
        (kind, name)
        for kind in ("messages", "enums")
        for name in context.old.data[kind]
        if (kind, name) not in reached
        and (kind, name) in concerned
        and context.renamed(kind, name) in context.new.data[kind]
    ]
    inner = {target for key in rest for target in edges.get(key, ()) if target != key}
    covered = set(reached)
    # First what nothing leads to; what is left then are circles, entered at their first member.
    for key in sorted(rest, key=lambda each: each in inner):
        if key not in covered:
            yield key
            covered |= _reached([key], edges)


def describe(old: Node | None, new: Node | None) -> tuple[tuple[str, ...], str]:
    """Path by names and label of a change; the new place names it, where there is one."""
    node = old if new is None else new
    assert node is not None
    steps = [str(each) for each in node.pointer]
    kind, name = steps[0], steps[1]
    if kind == "files":
        return tuple(steps), f"file {name}"
    # Which part of a field is concerned, the rule says.
    del steps[3 if kind == "extensions" else 4 :]
    if kind == "extensions":
        field = node.document.data["extensions"][name][steps[2]]
        return tuple(steps), f"{name} > ({field['name']})"
    if len(steps) < 4:
        return tuple(steps), f"{_KINDS[kind]} {name}"
    if kind == "services":
        return tuple(steps), f"rpc {name}/{steps[3]}"
    if steps[2] == "fields":
        field = node.document.data["messages"][name]["fields"][steps[3]]
        return tuple(steps), f"message {name} > {field['name']}"
    return tuple(steps), f"{_KINDS[kind]} {name} > {steps[3]}"


_KINDS = {"messages": "message", "enums": "enum", "services": "service"}
