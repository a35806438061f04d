"""Which branch of a reader's union takes what a writer's branch wrote ("Schema Resolution").

The specification takes the first branch that matches. We take the one that is the same type or has
the same full name, if there is one, as Java does: else a union of two records called alike in two
namespaces could not be read with its own schema. Where none is the same, it is the first match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.avro.model import (
    Kind,
    Primitive,
    Reference,
    is_named,
    resolved,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from apicheck.nodes import Node

__all__ = ["INEXACT", "PROMOTIONS", "TEXT", "Readers", "is_read"]

#: (written, read) that a reader promotes.
PROMOTIONS = frozenset(
    {
        (Kind.INT, Kind.LONG),
        (Kind.INT, Kind.FLOAT),
        (Kind.INT, Kind.DOUBLE),
        (Kind.LONG, Kind.FLOAT),
        (Kind.LONG, Kind.DOUBLE),
        (Kind.FLOAT, Kind.DOUBLE),
    }
)
#: Those of them that lose digits: 24 bits hold no int, 53 no long.
INEXACT = frozenset({(Kind.INT, Kind.FLOAT), (Kind.LONG, Kind.FLOAT), (Kind.LONG, Kind.DOUBLE)})
#: The two that are read for each other.
TEXT = frozenset({(Kind.STRING, Kind.BYTES), (Kind.BYTES, Kind.STRING)})


class Readers:
    """The branches of a reader's union, found without a search: a union may have thousands."""

    def __init__(self, branches: Sequence[Node]) -> None:
        #: What makes a branch the same as a writer's -> its index; the first counts.
        self._same: dict[Hashable, int] = {}
        #: Unqualified names and aliases, with the type of definition.
        self._alike: dict[Hashable, int] = {}
        self._primitives: list[int] = []
        self._branches = branches
        for index, branch in enumerate(branches):
            value = resolved(branch).value
            self._same.setdefault(_identity(value), index)
            if is_named(value):
                kind, size = type(value), getattr(value, "size", 0)
                self._alike.setdefault((kind, size, value.name.simple), index)
                for alias in value.aliases:
                    self._alike.setdefault((kind, size, "alias", alias), index)
            elif type(value) is Primitive:
                self._primitives.append(index)

    def select(self, written: Node) -> int | None:
        """Index of the branch that reads the branch ``written``; None if there is none."""
        value = resolved(written).value
        found = self._same.get(_identity(value))
        if found is not None:
            return found
        if is_named(value):
            kind, size = type(value), getattr(value, "size", 0)
            known = (
                self._alike.get((kind, size, value.name.simple)),
                self._alike.get((kind, size, "alias", value.name.full)),
            )
            return min((each for each in known if each is not None), default=None)
        if type(value) is Primitive:
            for index in self._primitives:
                if is_read(written, self._branches[index]):
                    return index
        return None


def _identity(value: Any) -> Hashable:
    """What two types have in common that are the same, whatever changed in them."""
    if type(value) is Primitive:
        return value.kind
    if is_named(value):
        return (type(value), value.name)
    # An array and a map stand in a union once; whether their items match is told inside.
    return (Reference, value.name) if type(value) is Reference else (type(value),)


def is_read(written: Node, reader: Node) -> bool:
    """Whether the reader's type, no union, matches the writer's; parts are not looked into."""
    writes, reads = resolved(written).value, resolved(reader).value
    if type(writes) is Primitive and type(reads) is Primitive:
        pair = (writes.kind, reads.kind)
        return writes.kind is reads.kind or pair in PROMOTIONS or pair in TEXT
    if is_named(writes) and type(writes) is type(reads):
        # Unqualified names; an alias is a full name of the writer's ("Aliases").
        alike = writes.name.simple == reads.name.simple or writes.name.full in reads.aliases
        return alike and getattr(writes, "size", 0) == getattr(reads, "size", 0)
    return _identity(writes) == _identity(reads)
