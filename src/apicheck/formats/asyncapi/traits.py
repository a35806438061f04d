"""Traits merged into the operation or message that names them.

2.x: traits are merged into the object by JSON Merge Patch, in their order, so a trait wins
(AsyncAPI 2.6.0, Operation Object, ``traits``). 3.x: the object's own value wins (AsyncAPI 3.0.0,
Traits Merge Mechanism). Both are a pile of layers of which the upper ones win.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from apicheck.model import Span
    from apicheck.nodes import Document, Steps

__all__ = ["Fields", "Merged"]


class Fields:
    """The members of an object after its traits are merged, each where it was written.

    ``layers`` are object nodes, the strongest last.
    """

    __slots__ = ("_known", "_layers", "_resolve")

    def __init__(self, layers: Sequence[Node], resolve: Callable[[Node], Node | None]) -> None:
        self._layers = layers
        self._resolve = resolve
        self._known: dict[str, Node | None] = {}

    def get(self, name: str) -> Node | None:
        """A member; None if it is absent or null. The same node each time it is asked for."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> Node | None:
        pile: list[Node] = []
        for layer in reversed(self._layers):
            if type(layer.value) is not dict or name not in layer.value:
                continue
            node = layer.step(name)
            if node.value is None and len(self._layers) > 1:
                break  # RFC 7396: null takes away what lies below
            found = self._resolve(node) if len(self._layers) > 1 else node
            if found is None or type(found.value) is not dict:
                if not pile:
                    pile.append(node)
                break
            pile.append(found)
        if not pile:
            return None
        if len(pile) == 1:
            return pile[0] if pile[0].value is not None else None
        document = Merged(pile)
        return Node(document.data, document, ())


class Merged:
    """A value put together from several places, the strongest first, as a document of its own."""

    __slots__ = ("_homes", "_layers", "data", "members", "source")

    def __init__(self, layers: Sequence[Node]) -> None:
        self._layers = layers
        self.source = layers[0].document.source
        self.members: Sequence[Document] = ()
        self.data: Any = {}
        #: Reference -> the document that it stands in.
        self._homes: dict[str, Document] = {}
        for layer in reversed(layers):
            self.data = _patched(self.data, layer.value)
        for layer in layers:
            for ref in _references(layer.value):
                self._homes.setdefault(ref, layer.document)

    @property
    def home(self) -> Node:
        """The strongest of the places that the value was put together from."""
        return self._layers[0]

    def span(self, pointer: Sequence[str | int]) -> Span | None:
        """Where the value that won was written."""
        for layer in self._layers:
            if _reaches(layer.value, pointer):
                return layer.document.span((*layer.pointer, *pointer))
        return self._layers[0].document.span(self._layers[0].pointer)

    def follow(self, ref: str) -> tuple[Document, Steps]:
        """Where a reference leads, from the document that it was written in."""
        return self._homes.get(ref, self._layers[0].document).follow(ref)


def _patched(target: Any, patch: Any) -> Any:
    """JSON Merge Patch (RFC 7396)."""
    if type(patch) is not dict:
        return patch
    result = dict(target) if type(target) is dict else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _patched(result.get(name), value)
    return result


def _references(value: Any) -> Iterator[str]:
    pending = [value]
    while pending:
        each = pending.pop()
        if type(each) is dict:
            if type(each.get("$ref")) is str:
                yield each["$ref"]
            pending.extend(each.values())
        elif type(each) is list:
            pending.extend(each)


def _reaches(value: Any, pointer: Sequence[str | int]) -> bool:
    for step in pointer:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True
