"""Which files of a repository without a store are contracts, and which files are one together.

A file is told by its ending and by what it says of itself. The files of one Protobuf package in one
folder are one contract, for that is what others import. A schema or an interface description that
only serves others which import it is part of those, unless it is named or has a service.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.errors import ApicheckError, SourceError
from apicheck.sources import ENDINGS, IDL
from apicheck.store.links import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Read = Callable[[str], bytes]

__all__ = ["Found", "contracts_in", "may_be_contract", "pattern_of"]

_DATA = (".yaml", ".yml", ".json")
#: Endings that say enough: nothing else is called so.
_TELLING = (".avsc", ".avpr", *IDL)
#: A document that says of itself that it is OpenAPI or AsyncAPI, wherever the line stands.
_SAYS = re.compile(
    rb"""(?:^|[{,]\s*)["']?(?:openapi|swagger|asyncapi)["']?\s*:\s*["']?[123]\.""", re.MULTILINE
)
#: JSON Schema's own metaschemas and Iglu's; ``$schema`` names the schema of settings files as well.
_SCHEMA = re.compile(
    rb"""["']?\$schema["']?\s*:\s*["']?"""
    rb"""(?:(?:https?:)?//json-schema\.org/|[^"'\s]*/schema/jsonschema/\d+-\d+-\d+)""",
    re.IGNORECASE,
)
_PACKAGE = re.compile(rb"^[ \t]*package\s+([\w.]+)\s*;", re.MULTILINE)
_DEFINES = re.compile(rb"^(?:message|enum|service)\s+(\w+)", re.MULTILINE)
_SERVICE = re.compile(rb"^[ \t]*service\s+\w+", re.MULTILINE)
_MESSAGES = re.compile(rb'"messages"\s*:')


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One contract: its ``name``, a file or a folder, and the files that it is made of."""

    name: str
    files: tuple[str, ...]

    @property
    def folder(self) -> bool:
        """Whether the files of a folder are the contract together."""
        return self.files != (self.name,)


def may_be_contract(path: str) -> bool:
    """Whether a file can be a contract, or part of one, by its ending."""
    return path.endswith(ENDINGS)


def pattern_of(glob: str) -> re.Pattern[str]:
    """A path, a folder or a glob, as .gitignore and pathlib read them: * stays in one folder."""
    text = glob.removeprefix("./").rstrip("/")
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", text)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(each, re.escape(each)) for each in parts) + "(?:/.*)?")


def contracts_in(paths: Sequence[str], patterns: Sequence[str], read: Read) -> list[Found]:
    """The contracts among some files, by name.

    ``patterns`` are paths or globs; without any, files are told by what they say. A file that is
    named itself is a contract of its own.
    """
    wanted = [pattern_of(each) for each in patterns]
    exact = {each.removeprefix("./") for each in patterns}
    named, rest = [], []
    for path in paths:
        if path in exact:
            named.append(Found(name=path, files=(path,)))
        elif any(each.fullmatch(path) for each in wanted) if wanted else _says(path, read):
            rest.append(path)
    together = [each for each in rest if each.endswith(".proto")]
    single = [Found(name=each, files=(each,)) for each in rest if not each.endswith(".proto")]
    found = [*single, *_packages(together, read)]
    if not wanted:
        found = _leading(found, read)
    return sorted([*named, *found], key=lambda each: each.name)


def _says(path: str, read: Read) -> bool:
    if path.endswith(_TELLING):
        return True
    if not path.endswith(_DATA):
        return False
    try:
        text = read(path)
    except SourceError:
        return False
    if _SAYS.search(text) is not None:
        return True
    return _SCHEMA.search(text) is not None and _is_schema(text, path)


def _is_schema(text: bytes, path: str) -> bool:
    """Whether ``$schema`` stands at the top, and not in an example or a schema inside."""
    from apicheck.sources import Document, Options
    from apicheck.sources.documents import alone

    try:
        data = Document.parse(text, path, "", alone(Options(), "a schema")).data
    except ApicheckError:
        return True  # it was one, or is to become one: what is wrong with it is to be told
    said = data.get("$schema") if type(data) is dict else None
    return type(said) is str and _SCHEMA.search(b'"$schema": "%s"' % said.encode()) is not None


def _packages(paths: Iterable[str], read: Read) -> Iterator[Found]:
    """The files of one package in one folder together, unless they define the same twice."""
    groups: dict[tuple[str, bytes], list[str]] = {}
    texts: dict[str, bytes] = {}
    for path in paths:
        try:
            texts[path] = read(path)
        except SourceError:
            texts[path] = b""
        package = _PACKAGE.search(texts[path])
        key = posixpath.dirname(path), package[1] if package else b""
        groups.setdefault(key, []).append(path)
    folders = [folder for folder, _ in groups]
    for (folder, _), files in groups.items():
        names = [name for each in files for name in set(_DEFINES.findall(texts[each]))]
        alone = len(files) == 1 or len(names) != len(set(names)) or folders.count(folder) > 1
        if alone:
            yield from (Found(name=each, files=(each,)) for each in files)
        else:
            yield Found(name=folder or ".", files=tuple(sorted(files)))


def _leading(found: Sequence[Found], read: Read) -> list[Found]:
    """Those that are more than parts of others.

    First what nothing else leads to; what is then left are circles, entered at their first member.
    """
    leads = {
        each.name: {
            seen.path
            for seen in walk(each.files, read)
            if seen.text is not None and seen.path not in each.files
        }
        for each in found
    }
    inner = {path for targets in leads.values() for path in targets}
    covered: set[str] = set()
    kept = []
    for each in sorted(found, key=lambda one: (inner.issuperset(one.files), one.name)):
        if covered.issuperset(each.files) and not _has_service(each, read):
            continue
        kept.append(each)
        covered |= leads[each.name]
    return kept


def _has_service(found: Found, read: Read) -> bool:
    """Whether it is called by itself, or is a whole API, whoever imports it."""
    for path in found.files:
        try:
            text = read(path)
        except SourceError:
            continue
        if path.endswith(_DATA):
            if _SAYS.search(text) is not None:
                return True
        elif (_MESSAGES if path.endswith(".avpr") else _SERVICE).search(text) is not None:
            return True
    return False
