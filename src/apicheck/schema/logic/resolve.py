"""Where references of JSON Schema lead: ``$id``, anchors, and the meta-schemas.

A document that uses no ``$id`` is left to ``Node.follow``; the rest is JSON Schema 2020-12
core, sections 8.2 and 9, and what ``$id`` meant in older drafts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.errors import ApicheckError, UnresolvedReference
from apicheck.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.model import Span
    from apicheck.nodes import Document, Steps
    from apicheck.schema.dialects import Dialect

__all__ = ["Memory", "Resolver", "dialect_uri", "global_name", "names_dialect"]

#: Keywords whose value is data, not schemas.
_DATA = frozenset({"enum", "const", "default", "example", "examples", "required", "type"})
#: Keywords whose members are schemas by names.
_NAMES = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"}
)
_META = {
    "draft-4": "http://json-schema.org/draft-04/schema",
    "draft-6": "http://json-schema.org/draft-06/schema",
    "draft-7": "http://json-schema.org/draft-07/schema",
    "2019-09": "https://json-schema.org/draft/2019-09/schema",
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
    "openapi-3.1": "https://json-schema.org/draft/2020-12/schema",
}


def dialect_uri(name: str) -> str:
    """What ``$schema`` says in a schema of this dialect; "" for one that has no such keyword."""
    return _META.get(name, "")


def names_dialect(said: str, name: str) -> bool:
    """Whether ``said``, the value of a ``$schema``, names the dialect ``name``.

    Many write ``https`` where the older drafts say ``http``, and with or without a last ``#``.
    """
    uri = dialect_uri(name)
    return bool(uri) and said.rstrip("#").partition("://")[2] == uri.partition("://")[2]


def global_name(ref: str) -> bool:
    """Whether a reference means the same wherever its document lies."""
    return ref.startswith("#") or "://" in ref


class Memory:
    """A document of a bare schema that was never a text."""

    __slots__ = ("data", "members", "source")

    def __init__(self, data: Any, source: str = "schema") -> None:
        self.data = data
        self.source = source
        self.members: tuple[Document, ...] = ()

    def span(self, _pointer: Sequence[str | int]) -> Span | None:
        """Nothing: there is no text."""
        return None

    def follow(self, ref: str) -> tuple[Document, Steps]:
        """Local references only; UnresolvedReference for any other."""
        if not ref.startswith("#"):
            raise UnresolvedReference(ref, self.source, "leads out of a bare schema")
        steps = _walk(self.data, (), ref[1:])
        if steps is None:
            raise UnresolvedReference(ref, self.source, "leads nowhere")
        return self, steps


class Resolver:
    """References of one side of a comparison."""

    __slots__ = ("_keyword", "_old", "_tables", "dialect")

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        keywords = dialect.keywords
        self._keyword = "$id" if "$id" in keywords else "id" if "id" in keywords else ""
        #: Up to draft 7 an ``$id`` beside ``$ref`` is ignored, and ``#name`` is an anchor.
        self._old = not dialect.ref_siblings
        self._tables: dict[int, _Table] = {}

    def target(self, node: Node, ref: str) -> Node | None:
        """The schema that ``ref`` in ``node`` leads to, or None where it cannot be found."""
        try:
            return self._target(node, ref)
        except (ApicheckError, KeyError, IndexError, TypeError, ValueError):
            return None

    def _target(self, node: Node, ref: str) -> Node | None:
        at, base = self.base(node)
        head, _, fragment = ref.partition("#")
        if not head and not at and (not fragment or fragment.startswith("/")):
            return node.follow(ref)
        document = node.document
        if head:
            from urllib.parse import urljoin

            uri = urljoin(base, head)
            place = self.table(document).resources.get(uri)
            if place is None:
                return self._meta(uri, fragment) or node.follow(ref)
            at = place
        if fragment and not fragment.startswith("/"):
            return _at(document, self.table(document).anchors.get((at, fragment)))
        value = _at(document, at)
        return None if value is None else _at(document, _walk(value.value, at, fragment))

    def _meta(self, uri: str, fragment: str) -> Node | None:
        """The meta-schema of our own dialect, which a schema may refer to."""
        # The newer ones extend themselves by dynamic references.
        if self.dialect.ref_siblings or uri != dialect_uri(self.dialect.name):
            return None
        from jsonschema_specifications import REGISTRY

        document = Memory(REGISTRY.contents(uri), uri)
        steps = _walk(document.data, (), fragment)
        return None if steps is None else _at(document, steps)

    def base(self, node: Node) -> tuple[Steps, str]:
        """The nearest ``$id`` at or above ``node``: where it stands, and the URI so far."""
        if not self._keyword:
            return (), ""
        at: Steps = ()
        uri = ""
        value: Any = node.document.data
        for depth in range(len(node.pointer) + 1):
            found = self._identifier(value)
            if found and not found.startswith("#"):
                uri = _joined(uri, found)
                at = node.pointer[:depth]
            if depth < len(node.pointer):
                value = value[node.pointer[depth]]
        return at, uri

    def _identifier(self, value: Any) -> str | None:
        if type(value) is not dict or (self._old and "$ref" in value):
            return None
        found = value.get(self._keyword)
        return found if type(found) is str else None

    def table(self, document: Document) -> _Table:
        """All resources and anchors of a document."""
        known = self._tables.get(id(document))
        if known is None:
            known = self._tables[id(document)] = _Table(document)
            for at, base, value in self._schemas(document.data, (), (), ""):
                self._enter(known, at, base, value)
        return known

    def _enter(self, table: _Table, at: Steps, base: tuple[Steps, str], value: Any) -> None:
        found = self._identifier(value)
        if found and found.startswith("#"):
            table.anchors.setdefault((base[0], found[1:]), at)
        elif found:
            table.resources.setdefault(base[1], at)
        for keyword in ("$anchor", "$dynamicAnchor"):
            name = value.get(keyword)
            if type(name) is str:
                table.anchors.setdefault((base[0], name), at)
                if keyword == "$dynamicAnchor":
                    table.dynamic.setdefault(name, []).append(at)
        if value.get("$recursiveAnchor") is True:
            table.recursive.append(at)
        for keyword in ("$dynamicRef", "$recursiveRef"):
            if keyword in value:
                table.dynamic_refs.append(str(value[keyword]))

    def scoped(self, document: Document) -> bool:
        """Whether a dynamic reference in a document may lead to different places.

        2020-12 core, section 8.2.3.2; 2019-09 core, section 8.2.4.2. One resource with one
        such anchor leaves no choice, unless another document refers to it, as only a bare
        schema can exclude.
        """
        if not self.dialect.ref_siblings:
            return False
        raw = getattr(document, "raw", None)
        if raw and b"$dynamicRef" not in raw and b"$recursiveRef" not in raw:
            return False
        table = self.table(document)
        if not table.dynamic_refs:
            return False
        if not isinstance(document, Memory) or any(table.resources.values()):
            return True
        return table.recursive not in ([], [()]) or any(
            not ref.startswith("#") or len(table.dynamic.get(ref[1:], ())) > 1
            for ref in table.dynamic_refs
        )

    def _schemas(
        self, value: Any, at: Steps, home: Steps, uri: str, *, names: bool = False
    ) -> Iterator[tuple[Steps, tuple[Steps, str], dict[str, Any]]]:
        """Every schema of a document, with the resource that it belongs to.

        ``names`` says that the members of ``value`` are names of schemas, not keywords.
        """
        if type(value) is list:
            for index, each in enumerate(value):
                yield from self._schemas(each, (*at, index), home, uri)
            return
        if type(value) is not dict:
            return
        if not names:
            found = self._identifier(value)
            if found and not found.startswith("#"):
                home, uri = at, _joined(uri, found)
            yield at, (home, uri), value
        for name, each in value.items():
            if names or self._holds_schemas(name):
                inner = not names and name in _NAMES
                yield from self._schemas(each, (*at, name), home, uri, names=inner)

    def _holds_schemas(self, name: str) -> bool:
        # An OpenAPI document keeps its schemas under other names than those of JSON Schema.
        known = name in self.dialect.keywords or self.dialect.name.startswith("openapi")
        return known and name not in _DATA


class _Table:
    """What stands where in one document, which it keeps alive."""

    __slots__ = ("anchors", "document", "dynamic", "dynamic_refs", "recursive", "resources")

    def __init__(self, document: Document) -> None:
        self.document = document
        self.resources: dict[str, Steps] = {}
        #: (place of the resource, name) -> place
        self.anchors: dict[tuple[Steps, str], Steps] = {}
        self.dynamic: dict[str, list[Steps]] = {}
        self.dynamic_refs: list[str] = []
        self.recursive: list[Steps] = []


def _joined(base: str, found: str) -> str:
    from urllib.parse import urljoin

    return urljoin(base, found).rstrip("#")


def _at(document: Document, steps: Steps | None) -> Node | None:
    if steps is None:
        return None
    value = document.data
    for step in steps:
        value = value[step]
    return Node(value, document, steps)


def _walk(value: Any, start: Steps, fragment: str) -> Steps | None:
    """The steps from ``start`` by a JSON Pointer as it stands in a URI fragment (RFC 6901)."""
    if "%" in fragment:
        from urllib.parse import unquote

        fragment = unquote(fragment)
    if fragment and not fragment.startswith("/"):
        return None
    steps = list(start)
    for part in fragment.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if type(value) is dict and name in value:
            value = value[name]
            steps.append(name)
        elif type(value) is list and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
            steps.append(int(name))
        else:
            return None
    return tuple(steps)
