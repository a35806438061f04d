"""Which files a ``.proto`` contract is made of, and under which names protoc is to find them.

An import names a file from some root that the contract does not tell: protoc gets its roots from
the command line (``-I``). Here they are searched: ``google/protobuf/*`` ships with protoc; else the
folder of the importing file and its parents up to the top of the tree; in a folder that is one
contract, any of its files whose path ends so; and last the folders of the setting ``roots``.
Everything is read through the tree of the document, or, for ``roots``, within those folders.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apicheck.errors import ParseError, SourceError
from apicheck.model import Span
from apicheck.sources.limits import MAX_FILES
from apicheck.sources.paths import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apicheck.sources import Document

__all__ = ["File", "Layout", "imports_of", "layout"]

#: Comments and string literals are passed over; an import statement is taken with its string.
_TOKENS = re.compile(
    r"""(?sx)
    //[^\n]* | /\*.*?(?:\*/|\Z)
  | (?P<import>\bimport\s+(?:(?:public|weak|option)\s+)?(?P<quote>["'])(?P<name>[^"'\n]*)(?P=quote))
  | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
    """
)
#: Names under which protoc may be given a file: no way out of the folder, no drive, no option.
_PLAIN = re.compile(r"(?!-)(?!.*(?:^|/)\.\.?(?:/|$))(?!/)[^\x00-\x1f\\:*?\"<>|]+\Z")
#: All files of one contract together.
MAX_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file as protoc is to see it: ``name`` is what import statements call it.

    ``source`` is what people call it; ``own`` says that it is part of the contract, and not only
    imported. ``text`` is None for a file that ships with protoc.
    """

    name: str
    source: str
    text: bytes | None
    own: bool


@dataclass(slots=True, eq=False)
class Layout:
    """The files by their names; ``entry`` is the one that was named, if it was a file."""

    files: dict[str, File] = field(default_factory=dict)
    entry: str | None = None

    @property
    def own(self) -> list[str]:
        """Names of the contract's own files."""
        return [each.name for each in self.files.values() if each.own]


def imports_of(text: str) -> Iterator[tuple[str, int]]:
    """The imports of a ``.proto`` text, each with the offset of its statement."""
    for match in _TOKENS.finditer(text):
        if match["import"] is not None:
            yield match["name"], match.start()


def layout(document: Document, shipped: Path) -> Layout:
    """Find every file that the document needs; ParseError at an import that no file answers to.

    ``shipped`` is the folder of the files that come with protoc.
    """
    members = document.members or (document,)
    search = _Search(document, {each.path: each for each in members}, shipped)
    names = search.names()
    found = Layout()
    if not document.members:
        found.entry = names[document.path]
    pending = []
    for path, member in search.members.items():
        name = names[path]
        if _PLAIN.match(name) is None or name in found.files:
            # Never asked for by this name, so any that protoc takes will do.
            name = f"{len(found.files)}.proto"
            found.entry = name if found.entry is not None else None
        found.files[name] = File(name=name, source=member.source, text=_utf8(member), own=True)
        pending.append((member.text, member.source, member.path))
    size = sum(len(each.raw) for each in members)
    while pending:
        text, source, path = pending.pop()
        for name, offset in imports_of(text):
            if name in found.files:
                continue
            other, place = search.find(name, text, offset, source, path)
            found.files[name] = other
            size += len(other.text or b"")
            if len(found.files) > MAX_FILES or size > MAX_BYTES:
                raise SourceError(
                    document.source,
                    f"needs more than {MAX_FILES} files or {MAX_BYTES} bytes with its imports",
                    "name fewer files",
                )
            if other.text is not None and place is not None:
                pending.append((other.text.decode("utf-8", "replace"), other.source, place))
    return found


def _utf8(document: Document) -> bytes:
    # protoc reads UTF-8 only, after at most a byte order mark.
    return document.text.encode()


@dataclass(slots=True, eq=False)
class _Search:
    document: Document
    members: dict[str, Document]
    shipped: Path
    #: Roots by which an import was found: protoc has one list of them for all files.
    roots: list[str] = field(default_factory=list)

    def names(self) -> dict[str, str]:
        """What each file of the contract is called: as others import it, or else from the root."""
        asked: dict[str, str] = {}
        for member in self.members.values():
            for name, _ in imports_of(member.text):
                if name.startswith("google/protobuf/") or _PLAIN.match(name) is None:
                    continue
                for path in self._candidates(name, member.path):
                    if path in self.members:
                        asked.setdefault(path, name)
                    elif not self._readable(path):
                        continue
                    self._remember(path, name)
                    break
        home = (
            self.document.path if self.document.members else posixpath.dirname(self.document.path)
        )
        return {
            path: asked.get(path) or _within(path, self.roots) or _within(path, [home])
            for path in self.members
        }

    def _remember(self, path: str, name: str) -> None:
        root = path.removesuffix(name).rstrip("/")
        if root not in self.roots:
            self.roots.append(root)

    def find(
        self, name: str, text: str, offset: int, source: str, path: str
    ) -> tuple[File, str | None]:
        """The file that an import means, and its path if imports of its own are to be followed."""
        if _PLAIN.match(name) is None:
            raise self._missing(name, text, offset, source, "is no plain path from an import root")
        if name.startswith("google/protobuf/") and (self.shipped / name).is_file():
            return File(name=name, source=name, text=None, own=False), None
        for candidate in self._candidates(name, path):
            member = self.members.get(candidate)
            if member is not None:
                # Known under another name already: protoc will say that it is defined twice.
                return File(name=name, source=member.source, text=_utf8(member), own=True), None
            if not self._readable(candidate):
                continue
            other = self.document.tree.document(candidate)
            self._remember(candidate, name)
            return File(name=name, source=other.source, text=_utf8(other), own=False), candidate
        for root in self.document.tree.options.roots:
            folder = (self.document.tree.options.cwd / root).resolve()
            file = (folder / name).resolve()
            if file.is_relative_to(folder) and file.is_file():
                raw = read_file(file, str(root / name), self.document.tree.options)
                return File(name=name, source=str(root / name), text=raw, own=False), path
        if (self.shipped / name).is_file():
            return File(name=name, source=name, text=None, own=False), None
        raise self._missing(name, text, offset, source, "was not found")

    def _candidates(self, name: str, path: str) -> Iterator[str]:
        """Paths in the tree that the import may mean: from a root known already, or the nearest."""
        upwards = _upwards(posixpath.dirname(path))
        for folder in dict.fromkeys([*self.roots, *upwards]):
            yield posixpath.normpath(posixpath.join(folder, name))
        ends = sorted((each for each in self.members if f"/{each}".endswith(f"/{name}")), key=len)
        yield from ends[:1]

    def _readable(self, path: str) -> bool:
        if not path.endswith(".proto"):
            return False
        try:
            self.document.tree.document(path)
        except (SourceError, ParseError):
            return False
        return True

    def _missing(self, name: str, text: str, offset: int, source: str, problem: str) -> ParseError:
        line = text.count("\n", 0, offset) + 1
        start = text.rfind("\n", 0, offset) + 1
        column = offset - start + 1
        return ParseError(
            source,
            f'import "{name}" {problem}',
            span=Span(
                source=source, line=line, column=column, end_line=line, end_column=column + 6
            ),
            excerpt=text[start:].split("\n", 1)[0].rstrip(),
            hint="put the file where the import has it, give the folder that imports start from,"
            " or name that folder in the setting 'roots'",
        )


def _upwards(folder: str) -> Iterator[str]:
    while folder not in {"", "."}:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _within(path: str, roots: list[str]) -> str:
    """The path from the innermost of the roots that it is in; "" if it is in none."""
    for root in sorted(roots, key=len, reverse=True):
        if root in {"", "."}:
            return path
        if path.startswith(f"{root}/"):
            return path[len(root) + 1 :]
    return ""
