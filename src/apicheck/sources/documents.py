"""Parsed documents, the tree of files that one side of a comparison may read, and references."""

from __future__ import annotations

import posixpath
import re
from codecs import BOM_UTF8
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apicheck.errors import ParseError, UnresolvedReference
from apicheck.model import Span
from apicheck.sources.limits import MAX_FILES, Options
from apicheck.sources.positions import Positions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["ENDINGS", "IDL", "Document", "Tree", "alone", "bundle", "in_memory"]

#: Endings of languages of their own: such a text is ``data`` as it is, for its format to parse.
IDL = (".proto", ".thrift", ".avdl")
#: Endings of files that can be contracts.
ENDINGS = (".yaml", ".yml", ".json", ".avsc", *IDL)

#: An index in a JSON Pointer (RFC 6901, section 4); no list is longer than a billion.
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")

#: The line with which git begins what it could not merge.
_CONFLICT = re.compile(rb"^<{7} [^\n]*", re.MULTILINE)

#: The text parsed last: (bytes, is it JSON, value).
_RECENT: list[tuple[bytes, bool, Any]] = []


def _outside(path: str) -> str:
    from apicheck.errors import SourceError

    raise SourceError(path, "leads out of the contract's folder", "move the file inside")


@dataclass(slots=True, eq=False)
class Tree:
    """The files of one side: a folder, a git revision, or nothing but the entry.

    ``read(path)`` gives the bytes of a file by its path in the tree (POSIX, relative to the top).
    ``name(path)`` is what people call that file. ``outside(path)`` gives a path that starts with
    ``..`` as it is to be read; SourceError where it leads out of all that may be read.
    """

    options: Options
    read: Callable[[str], bytes]
    name: Callable[[str], str]
    outside: Callable[[str], str] = _outside
    documents: dict[str, Document] = field(default_factory=dict)

    def document(self, path: str) -> Document:
        """The document at ``path``, parsed once; SourceError or ParseError if that fails."""
        if path not in self.documents:
            if len(self.documents) >= MAX_FILES:
                raise UnresolvedReference(path, path, f"is file number {MAX_FILES + 1}: too many")
            self.documents[path] = Document.parse(self.read(path), self.name(path), path, self)
        return self.documents[path]


@dataclass(slots=True, eq=False)
class Document:
    """One parsed text: ``data`` is its value; ``path`` its place in the tree.

    A folder of several files that are one contract has them as ``members``; its ``data`` has the
    values of the members by their paths from the folder.
    """

    source: str
    data: Any
    raw: bytes
    json: bool
    path: str
    tree: Tree
    members: tuple[Document, ...] = ()
    _positions: Positions | None = None
    _anchors: dict[str, tuple[str | int, ...]] | None = None
    _followed: dict[str, tuple[Document, tuple[str | int, ...]]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: bytes, source: str, path: str, tree: Tree) -> Document:
        """Parse JSON or YAML, told apart by content (a JSON text starts with a bracket)."""
        if source.endswith(IDL):
            return cls(source, _decoded(text, source), text, False, path, tree)
        for raw, json, data in _RECENT:
            if raw == text:
                # The other side of a comparison, often enough: values are never changed.
                return cls(source, data, text, json, path, tree)
        try:
            document = cls._parse(text, source, path, tree)
        except ParseError:
            _refuse_conflict(text, source)
            raise
        _RECENT[:] = [(text, document.json, document.data)]
        return document

    @classmethod
    def _parse(cls, text: bytes, source: str, path: str, tree: Tree) -> Document:
        head = text[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if head in {b"{", b"["}:
            from apicheck.sources.json import parse_json

            try:
                data = parse_json(text.removeprefix(BOM_UTF8), source)
            except ParseError as problem:
                if "duplicate" in problem.problem or "nested" in problem.problem:
                    raise
                return cls._flow_yaml(text, source, path, tree, problem)
            return cls(source, data, text, True, path, tree)
        from apicheck.sources.yaml import parse_yaml

        return cls(source, parse_yaml(_decoded(text, source), source), text, False, path, tree)

    @classmethod
    def _flow_yaml(
        cls, text: bytes, source: str, path: str, tree: Tree, problem: ParseError
    ) -> Document:
        """YAML may start with a bracket too; if it is neither, the JSON error is the better one."""
        if source.endswith(".json"):
            raise problem
        from apicheck.sources.yaml import parse_yaml

        try:
            data = parse_yaml(_decoded(text, source), source)
        except ParseError:
            raise problem from None
        return cls(source, data, text, False, path, tree)

    @property
    def text(self) -> str:
        """The text that the document was parsed from."""
        return _decoded(self.raw, self.source)

    def span(self, pointer: Sequence[str | int]) -> Span | None:
        """Line and column of the place, or of the nearest place above it that is written out."""
        if type(self.data) is str and self.source.endswith(IDL):
            return Span(source=self.source, line=1, column=1, end_line=1, end_column=1)
        for member in self.members:
            if pointer and self.inside(member) == pointer[0]:
                return member.span(pointer[1:])
        if self.members:
            return self.members[0].span(())
        if self._positions is None:
            text = self.raw.removeprefix(BOM_UTF8) if self.json else self.text
            self._positions = Positions(text, self.data, self.source)
        return self._positions.span(pointer)

    def inside(self, member: Document) -> str:
        """The path of a member from this folder."""
        return posixpath.relpath(member.path, self.path or ".")

    def follow(self, ref: str) -> tuple[Document, tuple[str | int, ...]]:
        """Where a reference leads: RFC 3986 URI reference with an RFC 6901 JSON Pointer."""
        known = self._followed.get(ref)
        if known is not None:
            return known
        target, _, fragment = ref.partition("#")
        document = self if not target else self._other(ref, target)
        found = (document, document._place(ref, _unquoted(fragment), self))  # noqa: SLF001
        self._followed[ref] = found
        return found

    def _other(self, ref: str, target: str) -> Document:
        if self.path.startswith(("http://", "https://")):
            # A document from the web refers to the web (RFC 3986, section 5.1.3), never to files.
            from urllib.parse import urljoin

            try:
                return self._remote(ref, urljoin(self.path, target))
            except ValueError:
                raise self._unresolved(ref, "is no valid address") from None
        head = target.partition(":")[0]
        if ":" in target and "/" not in head:
            return self._remote(ref, target)
        if target.startswith("/") or "\\" in target:
            raise self._unresolved(
                ref, "is an absolute path", "refer to files by a path relative to this one"
            )
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), _unquoted(target)))
        from apicheck.errors import SourceError

        if path.startswith("../") or path == "..":
            try:
                path = self.tree.outside(path)
            except SourceError as problem:
                raise self._unresolved(ref, problem.problem, problem.hint) from None
        try:
            return self.tree.document(path)
        except SourceError as problem:
            raise self._unresolved(
                ref, f"cannot be read: {problem.problem}", problem.hint
            ) from None

    def _remote(self, ref: str, target: str) -> Document:
        if target.split(":", 1)[0] not in {"http", "https"}:
            raise self._unresolved(ref, "is not a relative path or a web address", "")
        if not self.tree.options.allow_network:
            raise self._unresolved(
                ref,
                "is remote, and the network is not to be used",
                "copy the document beside the contract, or pass --allow-network",
            )
        from apicheck.errors import SourceError
        from apicheck.sources.http import fetch

        if target not in self.tree.documents:
            try:
                text = fetch(target, self.tree.options)
            except SourceError as problem:
                raise self._unresolved(ref, f"cannot be read: {problem.problem}", "") from None
            self.tree.documents[target] = Document.parse(text, target, target, self.tree)
        return self.tree.documents[target]

    def _place(self, ref: str, fragment: str, asked: Document) -> tuple[str | int, ...]:
        if not fragment:
            return ()
        if not fragment.startswith("/"):
            return self._anchor(ref, fragment, asked)
        steps: list[str | int] = []
        value = self.data
        for part in fragment[1:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if type(value) is dict and name in value:
                value = value[name]
                steps.append(name)
            elif type(value) is list and _INDEX.fullmatch(name) and int(name) < len(value):
                value = value[int(name)]
                steps.append(int(name))
            else:
                where = "/".join(map(str, steps)) or "the top"
                raise asked._unresolved(ref, f"leads nowhere: there is no {name!r} at {where}")
        return tuple(steps)

    def _anchor(self, ref: str, name: str, asked: Document) -> tuple[str | int, ...]:
        """``$anchor`` (2020-12 core, section 8.2.2) and ``$id: #name`` of older drafts."""
        if self._anchors is None:
            self._anchors = dict(_anchors(self.data))
        if name not in self._anchors:
            raise asked._unresolved(ref, f"leads nowhere: no $anchor is called {name!r}")
        return self._anchors[name]

    def _unresolved(self, ref: str, problem: str, hint: str = "") -> UnresolvedReference:
        return UnresolvedReference(ref, self.source, problem, hint=hint)


def _unquoted(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


def _anchors(data: Any) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    pending: list[tuple[Any, tuple[str | int, ...]]] = [(data, ())]
    while pending:
        value, at = pending.pop()
        if type(value) is dict:
            for keyword in ("$anchor", "$dynamicAnchor"):
                if type(value.get(keyword)) is str:
                    yield value[keyword], at
            for keyword in ("$id", "id"):
                name = value.get(keyword)
                if type(name) is str and name.startswith("#"):
                    yield name[1:], at
            pending += [(each, (*at, name)) for name, each in value.items()]
        elif type(value) is list:
            pending += [(each, (*at, index)) for index, each in enumerate(value)]


def _refuse_conflict(text: bytes, source: str) -> None:
    """ParseError if a text that is broken is so by a merge that git could not do."""
    mark = _CONFLICT.search(text)
    if mark is not None:
        line = text.count(b"\n", 0, mark.start()) + 1
        raise ParseError(
            source,
            "holds a merge conflict",
            span=Span(source=source, line=line, column=1, end_line=line, end_column=8),
            excerpt=mark[0].decode("utf-8", "replace").rstrip("\r"),
            hint="resolve it, then ask again",
        ) from None


def _decoded(text: bytes, source: str) -> str:
    encoding = "utf-8-sig"
    if text[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encoding = "utf-16"
    try:
        plain = text.decode(encoding)
    except UnicodeDecodeError as problem:
        line = text.count(b"\n", 0, problem.start) + 1
        raise ParseError(
            source,
            f"not a text in UTF-8 (byte {problem.start})",
            span=Span(source=source, line=line, column=1, end_line=line, end_column=2),
            hint="is this really a contract? save it as UTF-8",
        ) from None
    if "\x00" in plain:
        raise ParseError(source, "binary data, not JSON or YAML", hint="is this a contract?")
    return plain


def bundle(tree: Tree, folder: str, paths: Sequence[str]) -> Document:
    """A folder of files that are one contract; ``paths`` are those files, in the tree."""
    members = tuple(tree.document(each) for each in paths)
    found = Document(tree.name(folder), {}, b"", False, folder, tree, members)
    found.data = {found.inside(each): each.data for each in members}
    found.raw = b"".join(
        b"%s\0%d\0%s" % (found.inside(each).encode(), len(each.raw), each.raw) for each in members
    )
    return found


def alone(options: Options, what: str) -> Tree:
    """The tree of a text that is no file: it refers to none. ``what`` names its kind."""

    def refuse(path: str) -> Any:
        from apicheck.errors import SourceError

        raise SourceError(path, f"{what} cannot refer to files", "put it in a file of its own")

    return Tree(options, refuse, lambda path: path, refuse)


def in_memory(data: Any, source: str = "memory") -> Document:
    """A document of a value that was never a text."""
    import json

    raw = data if type(data) is str and source.endswith(IDL) else json.dumps(data)
    tree = alone(Options(), "a value in memory")
    return Document(source, data, raw.encode("utf-8", "surrogatepass"), True, "", tree)
