"""A Thrift contract as one document of plain values: its file and what that includes, linked.

``data`` holds the tables of ``parser`` with a key for each definition: the bare name in the file
that the user gave, ``program.Name`` in an included file (and in every file of a folder). A named
type that was found has ``to: [table, key]``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apicheck.errors import UnresolvedReference
from apicheck.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apicheck.formats.thrift.scanner import Text
    from apicheck.model import Span
    from apicheck.nodes import Document

__all__ = ["Definition", "Idl", "bare"]

#: Table and key of a definition.
Definition = tuple[str, str]


@dataclass(slots=True, eq=False)
class Idl:
    """The document that comparison, reports and the prover see."""

    source: str
    data: dict[str, Any]
    raw: bytes
    #: What the user gave: the file, or the folder.
    given: Document
    #: The text that each definition stands in, and that of each file's namespaces.
    texts: dict[Definition, Text]
    #: Id of a value -> index of the word it starts at.
    spots: dict[int, int]
    #: Definition -> those it mentions.
    edges: dict[Definition, set[Definition]]
    #: Definitions of the files that the user gave, in their order.
    own: dict[Definition, None]
    members: Sequence[Document] = field(default_factory=tuple)

    @property
    def root(self) -> Node:
        """The whole document."""
        return Node(self.data, self, ())

    def at(self, *pointer: str | int) -> Node:
        """The place at ``pointer``, which must exist."""
        value: Any = self.data
        for step in pointer:
            value = value[step]
        return Node(value, self, pointer)

    def span(self, pointer: Sequence[str | int]) -> Span | None:
        """Line and column of the innermost value on the way to ``pointer`` that has a place."""
        text = self.texts.get((str(pointer[0]), str(pointer[1]))) if len(pointer) > 1 else None
        if text is None:
            return next((each.span(0) for each in self.texts.values()), None)
        spot = 0
        value: Any = self.data
        for step in pointer:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                break
            spot = self.spots.get(id(value), spot)
        return text.span(spot)

    def follow(self, ref: str) -> tuple[Document, tuple[str | int, ...]]:
        """Where ``table/key`` leads; named types are followed by ``target``."""
        table, _, key = ref.partition("/")
        if key not in self.data.get(table, {}):
            raise UnresolvedReference(ref, self.source, "leads nowhere")
        return self, (table, key)

    def target(self, kind: Node) -> Node:
        """The definition that a named type names."""
        table, key = kind.value["to"]
        return Node(self.data[table][key], self, (table, key))

    def resolved(self, kind: Node) -> Node:
        """The type behind typedefs: a base type, a container, or one that names a definition."""
        # names.py refuses typedefs that lead back to themselves.
        while kind.value["kind"] == "named" and kind.value["to"][0] == "typedefs":
            kind = self.target(kind).step("type")
        return kind


def bare(key: str) -> str:
    """The name of a definition without its program."""
    return key.rpartition(".")[2]
