"""Which branch of a reader's union takes what a writer's branch wrote ("Schema Resolution").

The specification takes the first branch that matches. We take the one that is the same type or has
the same full name, if there is one, as Java does: else a union of two records called alike in two
namespaces could not be read with its own schema. Where none is the same, it is the first match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.avro.model import (
    Array,
    Kind,
    Map,
    Primitive,
    Reference,
    is_named,
    resolved,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apicheck.nodes import Node

__all__ = ["INEXACT", "PROMOTIONS", "TEXT", "is_read", "select"]

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


def select(written: Node, readers: Sequence[Node]) -> int | None:
    """Index of the branch that reads the branch ``written``; None if there is none."""
    for test in (_is_same, is_read):
        for index, reader in enumerate(readers):
            if test(written, reader):
                return index
    return None


def _is_same(written: Node, reader: Node) -> bool:
    writes, reads = resolved(written).value, resolved(reader).value
    if type(writes) is not type(reads):
        return False
    if type(writes) is Primitive:
        return bool(writes.kind is reads.kind)
    if is_named(writes):
        return bool(writes.name == reads.name)
    if type(writes) is Reference:
        return bool(writes.name == reads.name)
    # An array and a map stand in a union once; whether their items match is told inside.
    return isinstance(writes, Array | Map)


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
    return _is_same(written, reader)
