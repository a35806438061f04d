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
    from apicheck.nodes import Node

__all__ = ["fits"]

_LIMITS = {Kind.INT: 2**31, Kind.LONG: 2**63}
#: Default values written as text; Java reads them, and so do we.
_SPECIAL = frozenset({"NaN", "Infinity", "-Infinity", "INF", "-INF"})


def fits(value: Any, node: Node) -> bool:
    """Whether the JSON value may be the default of a field of that type.

    Any branch of a union will do: so says 1.12. Until 1.11 it had to be the first, and a reader
    that still demands this refuses the schema, not the data; that is not a matter of evolution.
    Terminates since each step goes down in the value, or from a union to a branch.
    """
    known = resolved(node).value
    if type(known) is Primitive:
        return _primitive(value, known.kind)
    if type(known) is Union:
        return any(fits(value, each) for each in known.branches)
    if type(known) is Array:
        return type(value) is list and all(fits(each, known.items) for each in value)
    if type(known) is Map:
        return type(value) is dict and all(fits(each, known.values) for each in value.values())
    if type(known) is Enumeration:
        return type(value) is str and value in known.symbols
    if type(known) is Fixed:
        return _is_bytes(value) and len(value) == known.size
    if type(known) is Record:
        return type(value) is dict and all(_field(value, each) for each in known.fields)
    assert type(known) is Reference
    return True  # nobody knows the type; that is told elsewhere


def _field(value: dict[str, Any], node: Node) -> bool:
    """Whether the default of a record has the field, or the field its own default."""
    field = node.value
    if field.name not in value:
        return field.default is not ABSENT
    return fits(value[field.name], field.type)


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
