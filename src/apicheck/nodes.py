"""A place in a parsed document: its value, its document and its pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from apicheck.model import Place

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from apicheck.model import Span

__all__ = ["Document", "Node", "Steps"]

Steps = tuple[str | int, ...]


class Document(Protocol):
    """One parsed text. ``data`` is plain JSON values; keys are always strings.

    The text of an interface description language (``.proto``, ``.thrift``, ``.avdl``) is ``data``
    as it is: its format parses it, into a document of its own.
    """

    @property
    def source(self) -> str:
        """The name people know the text by: a path, ``git:REV:PATH`` or ``-``."""

    @property
    def data(self) -> Any:
        """The root value."""

    @property
    def members(self) -> Sequence[Document]:
        """The files of a folder that is one contract; empty for a file."""

    def span(self, pointer: Sequence[str | int]) -> Span | None:
        """Line and column of the value at ``pointer`` (of its key, in an object), found lazily."""

    def follow(self, ref: str) -> tuple[Document, Steps]:
        """The document and pointer that a reference in this document leads to.

        Follows *one* reference and does not look whether that place holds another.
        Raises UnresolvedReference.
        """


class Node:
    """A value together with where it stands; immutable by convention.

    ``key`` identifies the place within one side of a comparison. ``parts`` is empty but
    for a value that stands in several places at once (what ``allOf`` says of one property
    in two branches): then the node itself points to the first of them.
    """

    __slots__ = ("document", "parts", "pointer", "value")

    def __init__(
        self, value: Any, document: Document, pointer: Steps, parts: tuple[Node, ...] = ()
    ) -> None:
        self.value = value
        self.document = document
        self.pointer = pointer
        self.parts = parts

    @property
    def key(self) -> Hashable:
        """Hashable identity of the place."""
        if self.parts:
            return tuple(each.key for each in self.parts)
        return (id(self.document), self.pointer)

    @property
    def place(self) -> Place:
        """The place as reports know it."""
        return Place(document=self.document, pointer=self.pointer)

    def step(self, name: str | int) -> Node:
        """The member ``name`` (object) or the item (array); KeyError or IndexError if absent."""
        return Node(self.value[name], self.document, (*self.pointer, name))

    def get(self, name: str) -> Node | None:
        """The member ``name``, or None where this is no object or lacks it."""
        value = self.value
        if type(value) is dict and name in value:
            return Node(value[name], self.document, (*self.pointer, name))
        return None

    def members(self) -> Iterator[tuple[str, Node]]:
        """The members of an object; nothing for any other value."""
        if type(self.value) is dict:
            for name, value in self.value.items():
                yield name, Node(value, self.document, (*self.pointer, name))

    def items(self) -> Iterator[Node]:
        """The items of an array; nothing for any other value."""
        if type(self.value) is list:
            for index, value in enumerate(self.value):
                yield Node(value, self.document, (*self.pointer, index))

    def follow(self, ref: str) -> Node:
        """The node that ``ref``, standing in this node's document, leads to (one step)."""
        document, pointer = self.document.follow(ref)
        value = document.data
        for step in pointer:
            value = value[step]
        return Node(value, document, pointer)

    def __repr__(self) -> str:
        return f"Node({self.document.source}#/{'/'.join(map(str, self.pointer))})"
