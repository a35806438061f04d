"""The model as one JSON schema again: full names, each type defined where it comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.avro.model import (
    ABSENT,
    Array,
    Enumeration,
    Fixed,
    Map,
    Primitive,
    Record,
    Reference,
    Union,
    resolved,
)

if TYPE_CHECKING:
    from apicheck.formats.avro.model import Logical
    from apicheck.nodes import Node

__all__ = ["Unwritable", "plain"]

_DEEPEST = 100


class Unwritable(Exception):
    """The schema is too deep for other tools, or a type of it is not known."""


def plain(node: Node, clashes: frozenset[str] = frozenset()) -> Any:
    """The JSON of a type with all that it needs; raises Unwritable.

    A name without a namespace is put into one called ``none``: within a namespace a reference
    could not lead out of it. Readers match unqualified names, so that changes nothing. Simple names
    in ``clashes`` have their kind put before them.
    """
    return _Writer(clashes).type(node, 0)


class _Writer:
    def __init__(self, clashes: frozenset[str]) -> None:
        self.seen: set[str] = set()
        self.clashes = clashes

    def type(self, node: Node, depth: int) -> Any:
        if depth > _DEEPEST:
            raise Unwritable(f"types nested more than {_DEEPEST} deep")
        value = resolved(node).value
        if type(value) is Primitive:
            kind = value.kind.value
            return kind if value.logical is None else {"type": kind, **_logical(value.logical)}
        if type(value) is Array:
            return {"type": "array", "items": self.type(value.items, depth + 1)}
        if type(value) is Map:
            return {"type": "map", "values": self.type(value.values, depth + 1)}
        if type(value) is Union:
            return [self.type(each, depth + 1) for each in value.branches]
        if type(value) is Reference:
            raise Unwritable(f"type {value.name} is not known")
        return self.named(value, depth)

    def named(self, value: Any, depth: int) -> Any:
        name = self.full(value.name.full, value)
        if name in self.seen:
            return name
        self.seen.add(name)
        found: dict[str, Any] = {"name": name}
        if value.aliases:
            found["aliases"] = sorted(self.full(each, value) for each in value.aliases)
        if type(value) is Enumeration:
            found |= {"type": "enum", "symbols": list(value.symbols)}
            if value.default is not None:
                found["default"] = value.default
        elif type(value) is Fixed:
            found |= {"type": "fixed", "size": value.size}
            if value.logical is not None:
                found |= _logical(value.logical)
        elif type(value) is Record:
            found |= {"type": "record"}
            found["fields"] = [self.field(each, depth + 1) for each in value.fields]
        return found

    def full(self, name: str, value: Any) -> str:
        space, _, simple = name.rpartition(".")
        if simple in self.clashes:
            simple = f"{type(value).__name__}__{simple}"
        return f"{space or 'none'}.{simple}"

    def field(self, node: Node, depth: int) -> dict[str, Any]:
        field = node.value
        found = {"name": field.name, "type": self.type(field.type, depth)}
        if field.aliases:
            found["aliases"] = list(field.aliases)
        if field.default is not ABSENT:
            found["default"] = field.default
        return found


def _logical(logical: Logical) -> dict[str, Any]:
    found: dict[str, Any] = {"logicalType": logical.name}
    if logical.name == "decimal":
        found |= {"precision": logical.precision, "scale": logical.scale}
    return found
