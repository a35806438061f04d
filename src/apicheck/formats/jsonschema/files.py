"""The files of one contract, and references among them by ``$id``.

JSON Schema 2020-12 core, section 8.2: a reference is resolved against the ``$id`` of the schema
that it stands in. Where the contract has a schema of that name, it is meant; else the reference
is a path from the file, which is how most repositories of schemas use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from apicheck.model import Span
    from apicheck.nodes import Document, Steps

__all__ = ["Family", "Resource", "embedded_ids"]


class Family:
    """The documents of one side, each wrapped once so that references among them are found."""

    __slots__ = ("_wrapped", "ids")

    def __init__(self, documents: Iterable[Document]) -> None:
        self._wrapped: dict[int, Resource] = {}
        #: ``$id`` -> the document that has it, and where.
        self.ids: dict[str, tuple[Resource, Steps]] = {}
        for each in documents:
            self.of(each)

    def of(self, document: Document) -> Resource:
        """The wrapped document."""
        known = self._wrapped.get(id(document))
        if known is None:
            known = self._wrapped[id(document)] = Resource(document, self)
            for name, at in embedded_ids(document.data):
                self.ids.setdefault(name.rstrip("#"), (known, at))
        return known


class Resource:
    """A document of a family; follows references by ``$id`` as well."""

    __slots__ = ("_base", "_family", "data", "inner", "members")

    def __init__(self, inner: Document, family: Family) -> None:
        self.inner = inner
        self.data: Any = inner.data
        self.members: Sequence[Document] = ()
        self._family = family
        self._base = _own_id(inner.data)

    @property
    def source(self) -> str:
        """The name people know the text by."""
        return self.inner.source

    @property
    def root(self) -> Node:
        """The whole document as a place."""
        return Node(self.data, self, ())

    def span(self, pointer: Sequence[str | int]) -> Span | None:
        """Line and column of the value at ``pointer``."""
        return self.inner.span(pointer)

    def follow(self, ref: str) -> tuple[Document, Steps]:
        """Where a reference leads; see ``nodes.Document``."""
        target, _, fragment = ref.partition("#")
        found = self._by_id(target) if target else None
        if found is None:
            document, steps = self.inner.follow(ref)
            return self._family.of(document), steps
        resource, at = found
        if fragment and not fragment.startswith("/"):
            return resource, resource.inner.follow(f"#{fragment}")[1]
        _, steps = resource.inner.follow(_fragment(at) + fragment)
        return resource, steps

    def _by_id(self, target: str) -> tuple[Resource, Steps] | None:
        if not self._family.ids:
            return None
        from urllib.parse import urljoin

        for name in (urljoin(self._base, target), target):
            found = self._family.ids.get(name)
            if found is not None:
                return found
        return None


def _fragment(at: Steps) -> str:
    """A pointer as the fragment of a reference (RFC 6901 section 6)."""
    from urllib.parse import quote

    escaped = (quote(str(step).replace("~", "~0").replace("/", "~1"), safe="~") for step in at)
    return "#" + "".join(f"/{step}" for step in escaped)


def _own_id(data: Any) -> str:
    if type(data) is not dict:
        return ""
    said = data.get("$id", data.get("id"))
    return said if type(said) is str else ""


def embedded_ids(data: Any) -> Iterator[tuple[str, Steps]]:
    """Every ``$id`` (``id`` in draft 4) that names a schema, and where it stands."""
    own = _own_id(data)
    if own and not own.startswith("#"):
        yield own, ()
    if type(data) is not dict:
        return
    from urllib.parse import urljoin

    # Compound documents keep the schemas they bring along in $defs (2020-12 core, section 9.3).
    for section in ("$defs", "definitions"):
        inner = data.get(section)
        for name, each in inner.items() if type(inner) is dict else ():
            said = each.get("$id") if type(each) is dict else None
            if type(said) is str and not said.startswith("#"):
                yield urljoin(own, said), (section, name)
