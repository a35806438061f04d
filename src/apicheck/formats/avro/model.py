"""The frozen model of an Avro schema: types, fields, names, messages.

Every part of it stands in a ``Node`` that knows its file and pointer; the node's value is one of
the records below. Words as in the Avro specification 1.12, "Schema Declaration".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apicheck.nodes import Node

__all__ = [
    "ABSENT",
    "PRIMITIVES",
    "Array",
    "Enumeration",
    "Field",
    "Fixed",
    "Kind",
    "Logical",
    "Map",
    "Message",
    "Model",
    "Name",
    "Named",
    "Primitive",
    "Record",
    "Reference",
    "Type",
    "Union",
    "branches",
    "is_named",
    "resolved",
    "shown",
]


class Kind(Enum):
    """The primitive types."""

    NULL = "null"
    BOOLEAN = "boolean"
    INT = "int"
    LONG = "long"
    FLOAT = "float"
    DOUBLE = "double"
    BYTES = "bytes"
    STRING = "string"


PRIMITIVES: Mapping[str, Kind] = {each.value: each for each in Kind}


class _Absent(Enum):
    """A default that is not there, which is not the default ``null``."""

    ABSENT = "absent"


ABSENT = _Absent.ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A full name; ``namespace`` is "" where there is none."""

    simple: str
    namespace: str

    @property
    def full(self) -> str:
        """Namespace and simple name with a dot between."""
        return f"{self.namespace}.{self.simple}" if self.namespace else self.simple


@dataclass(frozen=True, slots=True, kw_only=True)
class Logical:
    """A known logical type on a type that it may annotate, with valid attributes.

    Others are ignored, as the specification demands ("Logical Types"), and stay attributes.
    """

    name: str
    precision: int = 0
    scale: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Primitive:
    """A primitive type. ``raw`` has the attributes written with it."""

    kind: Kind
    logical: Logical | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """An array of ``items``."""

    items: Node
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """A map from strings to ``values``."""

    values: Node
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Union:
    """A union; references among the branches are not followed."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a record or a parameter of a message; ``default`` is a JSON value or ABSENT."""

    name: str
    aliases: tuple[str, ...]
    type: Node
    default: Any
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record or an error; ``fields`` are nodes of ``Field``. Aliases are full names."""

    name: Name
    aliases: frozenset[str]
    fields: tuple[Node, ...]
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration:
    """An enum; ``default`` is the symbol that stands for unknown ones, or None."""

    name: Name
    aliases: frozenset[str]
    symbols: tuple[str, ...]
    default: str | None
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A fixed of ``size`` bytes."""

    name: Name
    aliases: frozenset[str]
    size: int
    logical: Logical | None
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A named type by its full name; ``table`` has what is defined, when all is read."""

    name: str
    table: Mapping[str, Node]


Named = Record | Enumeration | Fixed
Type = Primitive | Array | Map | Union | Named | Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of a protocol: ``request`` is a record of its parameters, ``errors`` a union.

    ``response`` is a null primitive for a one-way message.
    """

    name: str
    node: Node
    request: Node
    response: Node
    errors: Node
    one_way: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """All that one contract says. ``roots`` are the types that data may be of, by their labels.

    ``names`` has every definition; ``unresolved`` the first place of each name that has none.
    """

    roots: Mapping[str, Node]
    messages: Mapping[str, Message]
    names: Mapping[str, Node]
    unresolved: Mapping[str, Node]


def is_named(value: object) -> TypeGuard[Named]:
    """Whether the value is a definition of a named type."""
    return isinstance(value, Record | Enumeration | Fixed)


def resolved(node: Node) -> Node:
    """The definition that a reference leads to; the node itself where it is none, or unknown."""
    value = node.value
    if type(value) is Reference:
        return value.table.get(value.name, node)
    return node


def branches(node: Node) -> tuple[Node, ...]:
    """The branches of a union; any other type is its only branch."""
    value = node.value
    return value.branches if type(value) is Union else (node,)


def shown(node: Node) -> str:
    """A type in the words of people: ``long (timestamp-millis)``, ``array of Line``."""
    value = node.value
    if type(value) is Primitive:
        return _annotated(value.kind.value, value.logical)
    if type(value) is Reference:
        return value.name.rpartition(".")[2]
    if type(value) is Array:
        return f"array of {_inner(value.items)}"
    if type(value) is Map:
        return f"map of {_inner(value.values)}"
    if type(value) is Union:
        return f"union of {', '.join(map(shown, value.branches))}" if value.branches else "union"
    if type(value) is Fixed:
        return _annotated(value.name.simple, value.logical)
    assert is_named(value)
    return value.name.simple


def _inner(node: Node) -> str:
    text = shown(node)
    return f"({text})" if type(node.value) is Union else text


def _annotated(text: str, logical: Logical | None) -> str:
    if logical is None:
        return text
    if logical.name == "decimal":
        return f"{text} (decimal {logical.precision},{logical.scale})"
    return f"{text} ({logical.name})"
