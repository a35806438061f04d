"""Where contracts come from: files, folders, git revisions, stdin and the web."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from apicheck.errors import SourceError
from apicheck.sources.documents import ENDINGS, Document, Tree, alone, bundle, in_memory
from apicheck.sources.limits import MAX_FILES, Options, read_bounded
from apicheck.sources.paths import ENTRIES, Folder, entry_of, files_below, kind_of, read_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Document", "Options", "Tree", "in_memory", "open_source"]

_HERE = Options()
_FORMS = "give a file, a folder, REV:PATH or NAME@VERSION"


def open_source(spec: str, options: Options = _HERE) -> Document:
    """Read and parse one contract.

    ``spec`` is a file, a folder with one contract in it, ``git:REV:PATH`` or ``REV:PATH``, ``-``
    for stdin, or a web address where ``options.allow_network`` says so. Raises SourceError or
    ParseError.
    """
    if spec == "-":
        return _standard_input(options)
    if not spec:
        raise SourceError("a contract", "is named by an empty text", _FORMS)
    if spec.startswith(("http://", "https://")):
        return _web(spec, options)
    path = options.cwd / spec
    if spec.startswith("git:"):
        rev, colon, inside = spec[4:].partition(":")
        if not colon or not inside:
            raise SourceError(spec, "is not of the form git:REV:PATH", _FORMS)
        return _revision(rev, inside, options)
    kind = kind_of(path, spec)
    if kind:
        return _file(path, spec, options, folder=kind == "folder")
    rev, colon, inside = spec.partition(":")
    if "://" in spec:
        raise SourceError(spec, "is not an http or https address", _FORMS)
    if inside and not (len(rev) == 1 and inside[0] in "/\\"):
        return _revision(rev, inside, options)
    raise SourceError(spec, "there is no such file", _FORMS)


def _file(path: Path, spec: str, options: Options, *, folder: bool) -> Document:
    entry = entry_of(path) if folder else path
    if entry is None:
        return _folder(path, spec, options)
    # The entry itself may be a link to anywhere: the user named it.
    absolute = entry.parent.resolve() / entry.name
    files = Folder(absolute, options)
    tree = Tree(options, files.read, files.name, files.outside)
    inside = files.path_of(absolute)
    if absolute.is_symlink():
        text = read_file(absolute.resolve(), files.name(inside), options)
        document = Document.parse(text, files.name(inside), inside, tree)
        tree.documents[inside] = document
        return document
    return tree.document(inside)


def _folder(path: Path, spec: str, options: Options) -> Document:
    """A folder of files that are one contract together."""
    absolute = path.resolve()
    folder = Folder(absolute / "entry", options)
    files = [folder.path_of(each) for each in files_below(absolute)]
    if not files:
        raise SourceError(spec, "is a folder without a contract", "name the file itself")
    return bundle(
        Tree(options, folder.read, folder.name, folder.outside), folder.path_of(absolute), files
    )


def _revision(rev: str, path: str, options: Options) -> Document:
    from apicheck.sources.git import Revision

    revision = Revision(rev, options.cwd.resolve(), options.max_bytes)
    inside = revision.within(path)
    tree = Tree(options, revision.read, revision.name, revision.outside)
    try:
        return tree.document(inside)
    except SourceError as problem:
        if "is a folder" not in problem.problem:
            raise
    files = [each for each in revision.files(inside) if each.endswith(ENDINGS)]
    entries = {
        posixpath.normpath(posixpath.join(inside, name + ending))
        for name in ENTRIES
        for ending in (".yaml", ".yml", ".json")
    }
    found = [each for each in files if each in entries] or files
    if not found or len(files) > MAX_FILES:
        what = "without a contract" if not found else "of too many files"
        raise SourceError(revision.name(inside), f"is a folder {what}", "name the file itself")
    return tree.document(found[0]) if len(found) == 1 else bundle(tree, inside, sorted(found))


def _standard_input(options: Options) -> Document:
    import sys

    if sys.stdin is None or sys.stdin.closed:
        raise SourceError("<stdin>", "is closed", "pipe the contract in, or give a file")
    text = read_bounded(sys.stdin.buffer, options.max_bytes)
    if len(text) > options.max_bytes:
        raise SourceError(
            "<stdin>",
            f"has more than the limit of {options.max_bytes} bytes",
            "raise the limit with --max-bytes",
        )
    return Document.parse(text, "<stdin>", "", alone(options, "a contract on stdin"))


def _web(url: str, options: Options) -> Document:
    from apicheck.sources.http import fetch

    return Document.parse(fetch(url, options), url, url, alone(options, "a contract from the web"))
