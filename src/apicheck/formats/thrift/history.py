"""Ids and numbers that come back with another meaning, held against every older version.

Thrift has no reserved ids: a field that was removed leaves a gap, and who fills it years later
cannot see what stood there. The store of older contracts can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.thrift.describe import describe
from apicheck.formats.thrift.model import bare
from apicheck.model import Change, Direction, Effect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.formats.thrift.model import Idl
    from apicheck.model import Contract
    from apicheck.nodes import Node

__all__ = ["RULES", "reused"]

ID_REUSED = Rule(
    id="thrift.removed-id-reused",
    effect=Effect.REPLACES,
    summary="A field has an id that belonged to another field in an older version.",
    message="id {id} of {name} belonged to {old} in {version}",
    why="Data of that version, and peers that still use it, have the old field under this id: it"
    " is taken for the new one, or skipped.",
    fix="Give the new field an id that was never used.",
    example=Example(
        of="history",
        old="struct S { 1: i32 a, 2: string b }",
        new="struct S { 1: i32 a, 2: i64 c }",
    ),
)
NUMBER_REUSED = Rule(
    id="thrift.removed-number-reused",
    effect=Effect.REPLACES,
    summary="A value of an enum has a number that belonged to another one in an older version.",
    message="number {id} of {name} belonged to {old} in {version}",
    why="Data of that version, and peers that still use it, mean the old value by this number.",
    fix="Give the new value a number that was never used.",
    example=Example(of="history", old="enum E { A = 1, B = 2 }", new="enum E { A = 1, C = 2 }"),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: A list of fields or values, by the names that lead to it.
_Place = tuple[str, ...]


def reused(older: Sequence[Contract], new: Contract) -> Iterator[Change]:
    """Ids and numbers of ``new`` that meant something else in ``older`` (oldest first).

    What the last of ``older`` still has is no business of this: comparing it with ``new`` tells.
    The newest version in which the old meaning stood is named.
    """
    if not older:
        return
    last = dict(_lists(older[-1].model))
    models: list[tuple[Contract, dict[_Place, Node]]] = [
        (each, dict(_lists(each.model))) for each in reversed(older[:-1])
    ]
    for place, node in _lists(new.model):
        still = last[place].value if place in last else {}
        current = _meanings(node)
        for key, (name, wire, here) in current.items():
            if key in _meanings_of(still, place):
                continue
            for contract, lists in models:
                then = lists.get(place)
                was = None if then is None else _meanings(then).get(key)
                if was is None:
                    continue
                old_name, old_wire, there = was
                if name == old_name and wire == old_wire:
                    # It came back as it was.
                    break
                path, label = describe(there, here)
                yield Change(
                    rule=NUMBER_REUSED if place[0] == "enums" else ID_REUSED,
                    path=path,
                    label=label,
                    direction=Direction.BOTH,
                    old=there.place,
                    new=here.place,
                    values={
                        "id": key,
                        "name": name,
                        "old": old_name,
                        "version": contract.version or contract.document.source,
                    },
                )
                break


def _lists(idl: Idl) -> Iterator[tuple[_Place, Node]]:
    """Every list of fields of a contract, and every enum."""
    for key in idl.data["structs"]:
        yield ("structs", bare(key)), idl.at("structs", key, "fields")
    for key in idl.data["enums"]:
        yield ("enums", bare(key)), idl.at("enums", key, "values")
    for key, service in idl.data["services"].items():
        for method in service["methods"]:
            for part in ("arguments", "throws"):
                at = ("services", key, "methods", method, part)
                yield ("services", bare(key), method, part), idl.at(*at)


def _meanings(node: Node) -> dict[str, tuple[str, str, Node]]:
    """Id or number -> name, encoding, and where it stands."""
    idl: Any = node.document
    found = {}
    for key, each in node.members():
        if node.pointer[0] == "enums":
            found[str(each.value["number"])] = (key, "", each)
        else:
            found[key] = (each.value["name"], _wire(idl, each.step("type")), each)
    return found


def _meanings_of(value: Any, place: _Place) -> set[str]:
    if place[0] == "enums":
        return {str(each["number"]) for each in value.values()}
    return set(value)


def _wire(idl: Idl, kind: Node) -> str:
    kind = idl.resolved(kind)
    word = str(kind.value["kind"])
    if word == "named":
        return "i32" if kind.value["to"][0] == "enums" else "struct"
    return "string" if word == "binary" else word
