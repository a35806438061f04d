"""Two texts in, rule ids out; and trees of files in memory."""

from __future__ import annotations

import pytest

from apicheck import formats
from apicheck.errors import SourceError
from apicheck.sources import Document, Options, Tree, in_memory
from apicheck.sources.documents import bundle

THRIFT = formats.named("thrift")


def tree(files):
    """A tree of files that are given by path."""

    def read(path):
        if path not in files:
            raise SourceError(path, "there is no such file")
        return files[path].encode()

    return Tree(Options(), read, lambda path: path)


def built(given, entry="api.thrift"):
    """The contract of a text, or of the file ``entry`` among several (None: of the folder)."""
    if isinstance(given, str):
        return THRIFT.build(in_memory(given, entry))
    folder = tree(given)
    document = folder.document(entry) if entry else bundle(folder, "", sorted(given))
    assert isinstance(document, Document)
    return THRIFT.build(document)


@pytest.fixture(name="build")
def _build():
    return built


@pytest.fixture(name="changes")
def _changes():
    def changes(old, new, entry="api.thrift"):
        return list(THRIFT.compare(built(old, entry), built(new, entry), None))

    return changes


@pytest.fixture(name="rules")
def _rules(changes):
    def rules(old, new, entry="api.thrift"):
        found = changes(old, new, entry)
        return sorted(each.rule.id.removeprefix("thrift.") for each in found)

    return rules
