"""Which other files a contract's text leads to: references, imports and includes.

They are found in the text, without parsing it: what looks like one and is a file counts. Where a
text may mean one of several paths, they are tried in the order in which its format tries them.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Link", "Seen", "closure", "links", "walk"]

#: A reference to another file in JSON or YAML text. Wide on purpose: what is no file is dropped.
_REFERENCE = re.compile(
    rb"""(?x) ["']? (?: \$ref | \$dynamicRef | operationRef | externalValue ) ["']? [ \t]* :
    \s* (?: [>|][+-]? \s+ )? ["']? (?P<target> [^"'\#\s,}]+ )"""
)
#: A discriminator's mapping refers to files as well, but by any key.
_MAPPED = re.compile(rb"""["':\s](?P<target>\.{1,2}/[^"'#\s,}]+\.(?:yaml|yml|json))""")
#: Imports of Protobuf and Avro IDL, includes of Thrift; comments and other strings are passed over.
_IMPORT = re.compile(
    rb"""(?sx)
    //[^\n]* | \#[^\n]* | /\*.*?(?:\*/|\Z)
  | \b(?:import|include|cpp_include)\s+
    (?:(?:public|weak|option|idl|protocol|schema)\s+)?
    (?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)')
  | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
    """
)
#: What may be the full name of an Avro type, whose file is called by it.
_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_IMPORTING = (".proto", ".thrift", ".avdl")
_AVRO = (".avsc", ".avpr", ".avdl")
#: Types that a schema may be of without naming one, and words of every schema.
_COMMON = frozenset(
    b"null boolean int long float double bytes string record enum array map fixed error type name"
    b" namespace fields symbols items values default doc aliases order size logicalType".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a text says of another file, and the paths that may be meant, the likeliest first."""

    said: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A path that was looked for: its ``text``, None where there is no such file.

    ``root`` is the folder that the import which led here starts from ("" is the top); None where
    it starts from the importing file, or there was none.
    """

    path: str
    text: bytes | None
    root: str | None = None


def links(path: str, text: bytes) -> Iterator[Link]:
    """Everything that the file ``path`` refers to; paths as that one is given, POSIX."""
    folder = posixpath.dirname(path)
    if path.endswith(_IMPORTING):
        for said in dict.fromkeys(_imports(text)):
            yield Link(said=said, candidates=tuple(_imported(path, folder, said)))
    else:
        for said in dict.fromkeys(_references(text)):
            yield Link(said=said, candidates=(_joined(folder, said),))
    if path.endswith(_AVRO):
        # A type that is not defined here may have a file of its own beside this one.
        for name in dict.fromkeys(_NAME.findall(text)):
            if name not in _COMMON:
                full = name.decode()
                stems = dict.fromkeys((full, full.rpartition(".")[2]))
                found = (_joined(folder, f"{stem}.avsc") for stem in stems)
                yield Link(said=full, candidates=tuple(each for each in found if each != path))


def walk(paths: Iterable[str], read: Callable[[str], bytes]) -> Iterator[Seen]:
    """Some files and all that they lead to, over any number of steps, each path once.

    Paths that were looked for in vain come too: a file that appears there is another answer.
    """
    start = sorted(set(paths))
    known: dict[str, bytes | None] = {}
    pending: list[tuple[str, str | None]] = [(each, None) for each in reversed(start)]
    while pending:
        path, root = pending.pop()
        if path in known:
            continue
        known[path] = text = _read(path, read)
        yield Seen(path=path, text=text, root=root)
        for link in links(path, text) if text is not None else ():
            for candidate in link.candidates:
                if candidate not in known:
                    there = _read(candidate, read)
                    if there is not None:
                        pending.append((candidate, _root(candidate, link.said, path)))
                        break
                    known[candidate] = None
                    yield Seen(path=candidate, text=None)
                elif known[candidate] is not None:
                    break


def closure(paths: Iterable[str], read: Callable[[str], bytes]) -> Iterator[tuple[str, bytes]]:
    """Some files and all that they refer to, over any number of steps, with their contents.

    SourceError where one of ``paths`` itself is not there.
    """
    start = set(paths)
    for each in walk(start, read):
        if each.text is not None:
            yield each.path, each.text
        elif each.path in start:
            read(each.path)


def _read(path: str, read: Callable[[str], bytes]) -> bytes | None:
    try:
        return read(path)
    except SourceError:
        return None


def _root(path: str, said: str, importing: str) -> str | None:
    """The folder that an import starts from, where that is not the importing file's own."""
    if not importing.endswith(_IMPORTING) or f"/{path}".removesuffix(f"/{said}") == f"/{path}":
        return None
    root = path.removesuffix(said).rstrip("/")
    return None if root == posixpath.dirname(importing) else root


def _imported(path: str, folder: str, said: str) -> Iterator[str]:
    """Relative to the file; or for Protobuf and Thrift, from a folder that imports start from."""
    yield _joined(folder, said)
    if path.endswith(".proto"):
        while folder:
            folder = posixpath.dirname(folder)
            yield _joined(folder, said)
    elif path.endswith(".thrift"):
        yield posixpath.normpath(said)


def _joined(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))


def _imports(text: bytes) -> Iterator[str]:
    for match in _IMPORT.finditer(text):
        said = (match["double"] or match["single"] or b"").decode("utf-8", "replace")
        if said and "\0" not in said and not said.startswith("/"):
            yield said


def _references(text: bytes) -> Iterator[str]:
    from urllib.parse import unquote

    for pattern in (_REFERENCE, _MAPPED):
        for match in pattern.finditer(text):
            target = unquote(match["target"].decode("utf-8", "replace"))
            if ":" not in target and not target.startswith("/"):
                yield target
