"""Files that include one another made into one document: who means what by a name.

Names of an included file are written ``program.Name``; only files included directly are seen
(``t_scope`` of the compiler). Includes are read from the tree of the contract alone, by a path
relative to the including file or, as with the ``-I`` of the compiler, from the top of the tree.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from apicheck.errors import ApicheckError, SourceError, UnsupportedFeature
from apicheck.formats.thrift.model import Definition, Idl
from apicheck.formats.thrift.parser import File, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.model import Span
    from apicheck.sources.documents import Document

__all__ = ["link"]

_ENDING = ".thrift"
#: Typedefs of typedefs, and parents of parents.
_MAX_LINE = 64


class _Program:
    """A parsed file in its place: ``includes`` by program name, ``prefix`` of its keys."""

    __slots__ = ("document", "file", "includes", "prefix")

    def __init__(self, document: Document) -> None:
        self.document = document
        self.file: File = parse(document.data, document.source)
        self.includes: list[tuple[str, _Program]] = []
        self.prefix = ""

    @property
    def stem(self) -> str:
        return _stem(self.document.path or self.document.source)

    def key(self, name: str) -> str:
        return f"{self.prefix}.{name}" if self.prefix else name

    def find(self, name: str, tables: Sequence[str]) -> Definition | None:
        """The definition that ``name`` means in this file."""
        for table in tables:
            if name in self.file.tables[table]:
                return table, self.key(name)
        head, dot, tail = name.rpartition(".")
        if dot:
            for stem, program in self.includes:
                if stem == head:
                    for table in tables:
                        if tail in program.file.tables[table]:
                            return table, program.key(tail)
        return None


def link(document: Document) -> Idl:
    """The model of a file or folder; ParseError where a text or a name is wrong."""
    entries = list(document.members) or [document]
    if any(type(each.data) is not str for each in entries):
        raise UnsupportedFeature("not a Thrift text", document.source)
    programs = _programs(entries)
    given = {id(each) for each in entries}
    _name(programs, alone=None if document.members else programs[0])
    data: dict[str, Any] = {
        "files": {},
        "structs": {},
        "enums": {},
        "typedefs": {},
        "services": {},
        "consts": {},
    }
    idl = Idl(document.source, data, document.raw, document, {}, {}, {}, {}, document.members)
    for program in programs:
        own = id(program.document) in given
        _enter(idl, program, own=own)
    for program in programs:
        for (table, name), uses in program.file.uses.items():
            found = set(_linked(program, uses))
            idl.edges[table, program.key(name)] = found
    _check_lines(idl)
    if len(programs) > len(entries):
        # Two contracts are alike only when what they include is alike.
        idl.raw = b"\0".join(each.document.raw for each in programs)
    return idl


def _programs(entries: Sequence[Document]) -> list[_Program]:
    """The files given and all that they include, each once, the including before the included."""
    known: dict[str, _Program] = {}
    order: list[_Program] = []
    for entry in entries:
        if entry.path in known:
            continue
        first = known[entry.path] = _Program(entry)
        order.append(first)
        # The way from the entry down to here: a program and the includes it still has to read.
        way = [(first, iter(first.file.includes))]
        while way:
            program, left = way[-1]
            included = next(left, None)
            if included is None:
                way.pop()
                continue
            written, at = included
            document = _included(program, written, at)
            for index, (above, _) in enumerate(way):
                if above.document.path == document.path:
                    raise _circle([each for each, _ in way[index:]], at)
            found = known.get(document.path)
            if found is None:
                found = known[document.path] = _Program(document)
                order.append(found)
                way.append((found, iter(found.file.includes)))
            program.includes.append((_stem(written), found))
    return order


def _included(program: _Program, written: str, at: int) -> Document:
    text = program.file.text
    if written.startswith("/") or "\\" in written or ":" in written:
        raise text.error(
            at,
            f"includes {written!r}, which is no relative path",
            hint="include files by a path relative to this one",
        )
    beside = posixpath.join(posixpath.dirname(program.document.path), written)
    problem: ApicheckError | None = None
    outside = True
    for path in (posixpath.normpath(beside), posixpath.normpath(written)):
        if path.startswith("../") or path == "..":
            continue
        outside = False
        try:
            found: Document = program.document.tree.document(path)
        except SourceError as error:
            problem = problem or error
            continue
        if type(found.data) is not str:
            raise text.error(at, f"includes {written!r}, which is no .thrift file")
        return found
    if outside:
        raise text.error(
            at,
            f"includes {written!r}, which leads out of the contract's folder",
            hint="move the file inside",
        )
    told = problem.problem if isinstance(problem, SourceError) else "cannot be read"
    raise text.error(
        at,
        f"includes {written!r}, but {told}",
        hint="paths are relative to the including file, or to the top of the tree",
    )


def _circle(way: list[_Program], at: int) -> ApicheckError:
    names = [posixpath.basename(each.document.source) for each in way]
    told = " includes ".join([*names, names[0]])
    first = way[0].file
    also = first.text.span(first.includes[0][1]) if len(way) > 1 else None
    if len(way) > 1:
        for stem, spot in first.includes:
            if _stem(stem) == way[1].stem:
                also = first.text.span(spot)
    return way[-1].file.text.error(
        at, f"includes go in a circle: {told}", also=also, hint="move what both need into a file"
    )


def _stem(path: str) -> str:
    return posixpath.basename(path).removesuffix(_ENDING)


def _name(programs: list[_Program], *, alone: _Program | None) -> None:
    """Give the programs their prefixes: none for a file given alone, else its name or path."""
    stems: dict[str, int] = {}
    for each in programs:
        stems[each.stem] = stems.get(each.stem, 0) + 1
    top = posixpath.dirname((alone or programs[0]).document.path) or "."
    for each in programs:
        if each is alone:
            continue
        each.prefix = each.stem
        if stems[each.stem] > 1:
            each.prefix = posixpath.relpath(each.document.path, top).removesuffix(_ENDING)


def _enter(idl: Idl, program: _Program, *, own: bool) -> None:
    file = program.file
    for table, definitions in file.tables.items():
        for name, value in definitions.items():
            key = program.key(name)
            idl.data[table][key] = value
            idl.texts[table, key] = file.text
            if own:
                idl.own[table, key] = None
    idl.spots.update(file.spots)
    if own:
        idl.data["files"][program.prefix] = {"namespaces": file.namespaces}
        idl.texts["files", program.prefix] = file.text


def _linked(program: _Program, uses: list[dict[str, Any]]) -> Iterator[Definition]:
    """Tell each named type what it means; yield what is mentioned."""
    for use in uses:
        if "ident" in use:
            yield from _constant(program, use)
            continue
        tables = ("services",) if use["kind"] == "service" else ("structs", "enums", "typedefs")
        found = program.find(use["name"], tables)
        if found is not None:
            use["to"] = list(found)
            yield found
        elif use["name"] == "uuid":
            # A base type since 0.18, unless the file has something else of the name.
            del use["name"]
            use["kind"] = "uuid"
        else:
            raise _unknown(program, use, tables)


def _constant(program: _Program, use: dict[str, Any]) -> Iterator[Definition]:
    """What a name in a constant means: another constant, or ``Enum.VALUE``."""
    name = use["ident"]
    found = program.find(name, ("consts",))
    if found is None:
        head, _, tail = name.rpartition(".")
        found = program.find(head, ("enums",)) if head else _member(program, name)
        if found is not None:
            use["member"] = tail
    if found is not None:
        use["to"] = list(found)
        yield found


def _member(program: _Program, name: str) -> Definition | None:
    """The one enum of this file with a value of that name: it needed no prefix before 0.5."""
    enums = program.file.tables["enums"]
    found = [key for key, enum in enums.items() if name in enum["values"]]
    return ("enums", program.key(found[0])) if len(found) == 1 else None


def _unknown(program: _Program, use: dict[str, Any], tables: Sequence[str]) -> ApicheckError:
    file = program.file
    name, at = use["name"], file.spots[id(use)]
    what = "service" if tables == ("services",) else "type"
    other = program.find(name, ("services", "structs", "enums", "typedefs"))
    if other is not None:
        also = _place(program, other)
        return file.text.error(at, f"{name!r} is no {what} but one of the {other[0]}", also=also)
    head, dot, _ = name.rpartition(".")
    seen = {stem for stem, _ in program.includes}
    if dot and head not in seen:
        hint = f'there is no include "{head}{_ENDING}" in this file'
        return file.text.error(at, f"unknown {what} {name!r}", hint=hint)
    import difflib

    names = [each for table in tables for each in file.tables[table]]
    names += [
        f"{stem}.{each}"
        for stem, included in program.includes
        for table in tables
        for each in included.file.tables[table]
    ]
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else ""
    return file.text.error(at, f"unknown {what} {name!r}", hint=hint)


def _place(program: _Program, found: Definition) -> Span | None:
    table, key = found
    for each in (program, *(included for _, included in program.includes)):
        for name, value in each.file.tables[table].items():
            if each.key(name) == key:
                return each.file.text.span(each.file.spots[id(value)])
    return None


def _check_lines(idl: Idl) -> None:
    """Typedefs and parents end somewhere, and before long: a contract needs no more."""
    for table, word in (("typedefs", "typedef"), ("services", "service")):
        depths: dict[str, int] = {}
        for key in idl.data[table]:
            _descend(idl, table, word, key, depths)


def _descend(idl: Idl, table: str, word: str, first: str, depths: dict[str, int]) -> None:
    """Find how many of its kind each definition below ``first`` leads through."""
    if first in depths:
        return
    way = {first: iter(_below(idl, table, first))}
    while way:
        here = next(reversed(way))
        following = next(way[here], None)
        if following is None:
            del way[here]
            depths[here] = 1 + max((depths[each] for each in _below(idl, table, here)), default=0)
            if depths[here] > _MAX_LINE:
                told = f"{word} {here!r} leads through more than {_MAX_LINE} others"
                raise idl.texts[table, here].error(_spot(idl, table, here), told)
        elif following in way:
            text = idl.texts[table, following]
            also = text.span(_spot(idl, table, following)) if here != following else None
            raise idl.texts[table, here].error(
                _spot(idl, table, here), f"{word} {here!r} leads back to itself", also=also
            )
        elif following not in depths:
            way[following] = iter(_below(idl, table, following))


def _below(idl: Idl, table: str, key: str) -> list[str]:
    return sorted(each for kind, each in idl.edges.get((table, key), ()) if kind == table)


def _spot(idl: Idl, table: str, key: str) -> int:
    return idl.spots[id(idl.data[table][key])]
