"""What messages a contract of JSON Schemas speaks of, and which version it says it is."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.formats.jsonschema.dialects import DECLARED, SHAPED, dialect_of, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from apicheck.nodes import Document, Steps
    from apicheck.schema import Dialect

__all__ = ["Message", "Messages", "pairs", "read", "version_of"]

#: A version inside an $id: ``/error/1.0.0``, ``order-1.2.json``, ``orders/v2``.
_VERSION = re.compile(
    r"(?:(?<=[/._:-])|^)(?:v?(\d+(?:[.-]\d+){1,2}(?:-[0-9A-Za-z.]+)?)|v(\d+))(?=$|[/.#_-])"
)
_ENDINGS = re.compile(r"(?:\.schema)?\.(?:json|ya?ml)$")
#: What a file says when it is a schema by itself, not only a place to keep definitions.
_SAYS_NOTHING = frozenset(
    {"$schema", "$id", "id", "$defs", "definitions", "title", "description", "$comment", "self",
     "version", "$anchor", "$vocabulary", "examples", "meta"}
)  # fmt: skip
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One kind of message: the schema at ``pointer`` of a document.

    ``keys`` are names that identify it among versions, the best first; "" where it has no such.
    """

    label: str
    document: Document
    pointer: Steps
    dialect: Dialect
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """One contract: its messages, the version it says it is, and all its documents."""

    messages: tuple[Message, ...]
    #: Schemas that only serve others; matched with messages, never told as added or removed.
    parts: tuple[Message, ...]
    documents: tuple[Document, ...]
    version: str


def read(document: Document) -> Messages:
    """The messages of one file, or of a folder of files that are one contract together."""
    if not document.members:
        return Messages(
            messages=tuple(_of_file(document, "", alone=True)),
            parts=(),
            documents=(document,),
            version=version_of(document.data),
        )
    files = [each for each in document.members if kind_of(each) in {DECLARED, SHAPED}]
    found = [
        one
        for each in files
        for one in _of_file(each, posixpath.relpath(_path(each), _path(document)), alone=False)
    ]
    used = _referred_to(files)
    messages = [each for each in found if id(each.document) not in used] or found
    versions = {version_of(each.document.data) for each in found}
    return Messages(
        messages=tuple(messages),
        parts=tuple(each for each in found if each not in messages),
        documents=tuple(files),
        version=versions.pop() if len(versions) == 1 else "",
    )


def _path(document: Document) -> str:
    path: str = getattr(document, "path", "") or "."
    return path


def _of_file(document: Document, path: str, *, alone: bool) -> Iterator[Message]:
    data, dialect = document.data, dialect_of(document)
    if type(data) is dict and data.keys() <= _SAYS_NOTHING and alone:
        # Nothing but definitions: each is a message.
        for section in ("$defs", "definitions"):
            inner = data.get(section)
            for name in inner if type(inner) is dict else ():
                yield Message(
                    label=name,
                    document=document,
                    pointer=(section, name),
                    dialect=dialect,
                    keys=(name,),
                )
        return
    own = _identity(data)
    title = _title(data)
    stem = _ENDINGS.sub("", posixpath.basename(document.source))
    label = _short(own) if own.startswith("self:") else title or _short(own) or stem
    yield Message(
        label=label or "the message",
        document=document,
        pointer=(),
        dialect=dialect,
        keys=(own, path, title),
    )


def _title(data: Any) -> str:
    said = data.get("title") if type(data) is dict else None
    return said.strip() if type(said) is str and len(said) <= _LONGEST else ""


def _identity(data: Any) -> str:
    """The name of a schema without its version: Iglu's ``self``, or its ``$id``."""
    if type(data) is not dict:
        return ""
    self = data.get("self")
    if type(self) is dict and type(self.get("name")) is str:
        return f"self:{self.get('vendor')}/{self['name']}"
    said = data.get("$id", data.get("id"))
    if type(said) is not str:
        return ""
    return _VERSION.sub("", _ENDINGS.sub("", said.rstrip("#"))).rstrip("/-._:")


def _short(identity: str) -> str:
    """The last part of an identity, for people."""
    name = identity.removeprefix("self:").rpartition("/")[2]
    return name.rpartition(":")[2]


def version_of(data: Any) -> str:
    """The version that a schema says it is, "" if it does not."""
    if type(data) is not dict:
        return ""
    self = data.get("self")
    if type(self) is dict and type(self.get("version")) is str:
        return str(self["version"])
    said = data.get("$id", data.get("id"))
    if type(said) is str:
        found = list(_VERSION.finditer(_ENDINGS.sub("", said.rstrip("#"))))
        if found:
            return found[-1][1] or found[-1][2]
    for holder in (data, data.get("meta"), data.get("info")):
        for key in ("version", "schemaVersion", "x-version"):
            plain = holder.get(key) if type(holder) is dict else None
            if type(plain) in {str, int, float}:
                return str(plain)
    return ""


def _referred_to(files: Iterable[Document]) -> set[int]:
    """The documents that another document of the contract refers to."""
    from apicheck.errors import ApicheckError
    from apicheck.formats.jsonschema.files import Family

    listed = tuple(files)
    family = Family(listed)
    inner = {id(family.of(each)): each for each in listed}
    found = set()
    for each in listed:
        wrapped = family.of(each)
        for ref in set(_references(each.data)):
            if ref.startswith("#"):
                continue
            try:
                target, _ = wrapped.follow(ref)
            except ApicheckError:
                continue
            if target is not wrapped and id(target) in inner:
                found.add(id(inner[id(target)]))
    return found


def _references(data: Any) -> Iterator[str]:
    pending = [data]
    while pending:
        value = pending.pop()
        if type(value) is dict:
            ref = value.get("$ref")
            if type(ref) is str:
                yield ref
            pending.extend(value.values())
        elif type(value) is list:
            pending.extend(value)


def pairs(
    old: tuple[Message, ...], new: tuple[Message, ...]
) -> tuple[list[tuple[Message, Message]], list[Message], list[Message]]:
    """Messages that answer to each other, by the best key that is unique on both sides."""
    if len(old) == 1 == len(new):
        return [(old[0], new[0])], [], []
    left, right = list(old), list(new)
    found: list[tuple[Message, Message]] = []
    for rank in range(3):
        before, after = _unique(left, rank), _unique(right, rank)
        for key, one in before.items():
            two = after.get(key)
            if two is not None:
                found.append((one, two))
                left.remove(one)
                right.remove(two)
    return found, left, right


def _unique(messages: Iterable[Message], rank: int) -> dict[str, Message]:
    found: dict[str, Message | None] = {}
    for each in messages:
        key = each.keys[rank] if rank < len(each.keys) else ""
        if key:
            found[key] = None if key in found else each
    return {name: each for name, each in found.items() if each is not None}
