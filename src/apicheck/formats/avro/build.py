"""Documents made into a model: which types data may be of, and what is defined nowhere."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from apicheck.formats.avro.files import Parts, is_protocol
from apicheck.formats.avro.model import Model, Reference, Union, is_named, resolved, shown
from apicheck.formats.avro.read import Reader
from apicheck.model import Contract

if TYPE_CHECKING:
    from apicheck.formats.avro.files import Part
    from apicheck.nodes import Document, Node

__all__ = ["contract_of"]


def contract_of(document: Document) -> Contract:
    """Read a contract and all the files it needs; ParseError or an ExceptionGroup of them."""
    parts = Parts(document)
    reader = Reader()
    tops: list[Node] = []
    for part in parts.named():
        tops += _read(reader, part)
    _look_beside(reader, parts)
    reader.finish()
    model = Model(
        roots=_roots(tops, reader, document),
        messages=reader.messages,
        names=reader.names,
        unresolved={name: node for name, node in reader.uses.items() if name not in reader.names},
    )
    return Contract(format="avro", version="", model=model, document=parts.whole())


def _read(reader: Reader, part: Part) -> list[Node]:
    """The types that the text is about; none of a file that is only imported."""
    document, data = part.document, part.document.data
    if is_protocol(data):
        found = reader.protocol(document, (), data)
    elif type(data) is dict and type(data.get("types")) is list and "type" not in data:
        found = _library(reader, document, data)
    else:
        found = [reader.schema(document, (), data)]
    return found if part.main else []


def _library(reader: Reader, document: Document, data: dict[str, Any]) -> list[Node]:
    """An IDL without a protocol: named types, and perhaps the one that it is about."""
    space = data.get("namespace", "")
    found = [
        reader.schema(document, ("types", index), each, space)
        for index, each in enumerate(data["types"])
    ]
    if "schema" in data:
        return [reader.schema(document, ("schema",), data["schema"], space)]
    return found


def _look_beside(reader: Reader, parts: Parts) -> None:
    """Read files that are called by names which are still unknown, and so on from there."""
    asked: set[str] = set()
    while True:
        missing = [name for name in reader.uses if name not in reader.names and name not in asked]
        if not missing:
            return
        for name in missing:
            asked.add(name)
            for part in parts.beside(name):
                _read(reader, part)


def _roots(tops: list[Node], reader: Reader, document: Document) -> dict[str, Node]:
    """What data may be of: the types at the top that are no part of others.

    Where each is part of another (files that refer to one another in a circle), and no message
    says what is sent, all.
    """
    free = [each for each in tops if _label(each) not in reader.inner]
    roots: dict[str, Node] = {}
    if not free and not reader.messages:
        free = tops
    for each in free:
        node = resolved(each)
        label = _label(node) or _title(node, document)
        roots.setdefault(label, node)
    return roots


def _label(node: Node) -> str:
    if is_named(node.value):
        return node.value.name.full
    return node.value.name if type(node.value) is Reference else ""


def _title(node: Node, document: Document) -> str:
    """What to call a message that has no name: by its file in a folder, else by its type."""
    if document.members:
        return posixpath.basename(node.document.source)
    return "union" if type(node.value) is Union else shown(node)
