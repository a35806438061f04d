"""Which files make one contract: a schema, a protocol, a folder of them, and what they import."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from apicheck.errors import ParseError, SourceError, UnresolvedReference
from apicheck.formats.avro.names import is_name

if TYPE_CHECKING:
    from apicheck import nodes, sources

__all__ = ["Part", "Parts", "is_avro", "is_protocol"]

_NAMED = frozenset({"record", "error", "enum", "fixed"})


def is_avro(document: nodes.Document) -> bool:
    """Whether the document is Avro, by content; the ending ``.avsc`` decides in doubt.

    A JSON Schema says ``type`` too, but has neither of the named types of Avro; ``array`` and
    ``string`` it shares.
    """
    if document.members:
        return all(is_avro(each) for each in document.members)
    data = document.data
    if document.source.endswith(".avdl"):
        return type(data) is str
    if document.source.endswith(".avsc"):
        return type(data) in {dict, list, str} and not is_json_schema(data)
    if type(data) is list:
        return any(map(_is_definition, data)) and all(type(each) in {dict, str} for each in data)
    return _is_definition(data) or is_protocol(data)


def is_idl(document: sources.Document) -> bool:
    """Whether the document is a text in Avro's own language, and not JSON."""
    return type(document.data) is str and (document.idl or document.source.endswith(".avdl"))


def is_json_schema(data: Any) -> bool:
    """Whether the document says of itself that it is a JSON Schema."""
    return type(data) is dict and "$schema" in data and not _is_definition(data)


def is_protocol(data: Any) -> bool:
    """Whether the JSON is that of a protocol."""
    return (
        type(data) is dict
        and type(data.get("protocol")) is str
        and (type(data.get("types")) is list or type(data.get("messages")) is dict)
    )


def _is_definition(data: Any) -> bool:
    if type(data) is not dict or type(data.get("type")) is not str:
        return False
    return data["type"] in _NAMED and type(data.get("name")) is str and "$schema" not in data


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One text to be read: a JSON document, or what an IDL says as one.

    ``main`` is whether its types are what the contract is about, or only of use to others.
    """

    document: nodes.Document
    main: bool


class Parts:
    """The files of one contract, each once; ``document`` is what the user named."""

    def __init__(self, document: nodes.Document) -> None:
        # Its files are read through the tree that only a real document has.
        self.document = cast("sources.Document", document)
        self.seen: dict[str, nodes.Document] = {}
        self.raws: list[bytes] = [self.document.raw]

    def named(self) -> list[Part]:
        """The texts that the user named, and the imports of those that are IDL."""
        found: list[Part] = []
        for each in self.document.members or (self.document,):
            self.seen[each.path] = each
            found += self._with_imports(each, main=True)
        return found

    def beside(self, name: str) -> list[Part]:
        """A file of that full or simple name in the same folder: a common way to keep schemas."""
        folder = posixpath.dirname((self.document.members or (self.document,))[0].path)
        if not self.document.path or not all(map(is_name, name.split("."))):
            return []
        for stem in dict.fromkeys((name, name.rpartition(".")[2])):
            path = posixpath.join(folder, f"{stem}.avsc")
            if path in self.seen:
                continue
            try:
                found = self.document.tree.document(path)
            except (SourceError, UnresolvedReference):
                continue
            self._took(path, found)
            return [Part(document=found, main=False)]
        return []

    def whole(self) -> sources.Document:
        """The document that stands for the contract; its bytes are those of all files read.

        Two contracts of the same bytes are taken for equal.
        """
        if len(self.raws) == 1:
            return self.document
        return replace(self.document, raw=b"\0".join(self.raws))

    def _took(self, path: str, document: sources.Document) -> None:
        self.seen[path] = document
        self.raws.append(document.raw)

    def _with_imports(self, document: sources.Document, *, main: bool) -> list[Part]:
        """Imports come first, as they would if written in place."""
        if not is_idl(document):
            return [Part(document=document, main=main)]
        from apicheck.formats.avro.idl import parse_idl

        idl = parse_idl(document.data, document.source)
        found: list[Part] = []
        for path, span in idl.imports:
            inside = posixpath.normpath(posixpath.join(posixpath.dirname(document.path), path))
            if inside.startswith(("../", "/")) or inside == "..":
                raise UnresolvedReference(
                    path,
                    document.source,
                    "leads out of the contract's folder",
                    span=span,
                    hint="move the file inside",
                )
            if inside in self.seen:
                continue
            try:
                other = document.tree.document(inside)
            except SourceError as problem:
                raise ParseError(
                    document.source,
                    f"import {path!r}: {problem.problem}",
                    span=span,
                    hint="imports are looked for relative to the importing file",
                ) from None
            self._took(inside, other)
            found += self._with_imports(other, main=False)
        return [*found, Part(document=idl, main=main)]
