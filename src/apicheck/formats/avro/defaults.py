"""Whether a default is a value of its type (specification 1.12, "Records", `default`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.avro.model import (
    ABSENT,
    Array,
    Enumeration,
    Fixed,
    Kind,
    Map,
    Primitive,
    Record,
    Reference,
    Union,
    resolved,
)

if TYPE_CHECKING:
    from collections.abc import Hashable

    from apicheck.nodes import Node

__all__ = ["fits"]

#: Levels of a default; no real one has as many.
_DEEPEST = 100
_LIMITS = {Kind.INT: 2**31, Kind.LONG: 2**63}
#: Default values written as text; Java reads them, and so do we.
_SPECIAL = frozenset({"NaN", "Infinity", "-Infinity", "INF", "-INF"})


def fits(value: Any, node: Node) -> bool:
    """Whether the JSON value may be the default of a field of that type.

    Any branch of a union will do: so says 1.12. Until 1.11 it had to be the first, and a reader
    that still demands this refuses the schema, not the data; that is not a matter of evolution.
    """
    return _Check().fits(value, node)


class _Check:
    """One question is answered once: records in unions in records ask it again and again.

    Terminates since each step goes down in the value, or from a union to a branch.
    """

    def __init__(self) -> None:
        self.known: dict[Hashable, bool] = {}
        self.depth = 0

    def fits(self, value: Any, node: Node) -> bool:
        node = resolved(node)
        kind = node.value
        if type(kind) is Primitive:
            return _primitive(value, kind.kind)
        if type(kind) is Enumeration:
            return type(value) is str and value in kind.symbols
        if type(kind) is Fixed:
            return _is_bytes(value) and len(value) == kind.size
        if type(kind) is Reference:
            return True  # nobody knows the type; that is told elsewhere
        key = (id(value), node.key)
        if key not in self.known:
            self.depth += 1
            self.known[key] = self.depth <= _DEEPEST and self._inside(value, kind)
            self.depth -= 1
        return self.known[key]

    def _inside(self, value: Any, kind: Any) -> bool:
        if type(kind) is Union:
            return any(self.fits(value, each) for each in kind.branches)
        if type(kind) is Array:
            return type(value) is list and all(self.fits(each, kind.items) for each in value)
        if type(kind) is Map:
            return type(value) is dict and all(
                self.fits(each, kind.values) for each in value.values()
            )
        assert type(kind) is Record
        return type(value) is dict and all(self._field(value, each) for each in kind.fields)

    def _field(self, value: dict[str, Any], node: Node) -> bool:
        """Whether the default of a record has the field, or the field its own default."""
        field = node.value
        if field.name not in value:
            return field.default is not ABSENT
        return self.fits(value[field.name], field.type)


def _primitive(value: Any, kind: Kind) -> bool:
    if kind is Kind.NULL:
        return value is None
    if kind is Kind.BOOLEAN:
        return type(value) is bool
    if kind in _LIMITS:
        return type(value) is int and -_LIMITS[kind] <= value < _LIMITS[kind]
    if kind is Kind.STRING:
        return type(value) is str
    if kind is Kind.BYTES:
        return _is_bytes(value)
    return type(value) in {int, float} or (type(value) is str and value in _SPECIAL)


def _is_bytes(value: Any) -> bool:
    """Code points 0-255 stand for bytes."""
    return type(value) is str and all(ord(each) < 256 for each in value)
