"""A card's example made into two whole documents of its format."""

from __future__ import annotations

import functools
import json
from datetime import date

from apicheck import formats
from apicheck.errors import SourceError
from apicheck.model import Direction, Ground
from apicheck.sources import Document, Options, Tree, in_memory
from apicheck.sources.documents import bundle

TODAY = date(2026, 11, 21)
#: The directions that a change is to be asked about.
SIDES = {
    Direction.INBOUND: (Direction.INBOUND,),
    Direction.OUTBOUND: (Direction.OUTBOUND,),
    None: (Direction.INBOUND, Direction.OUTBOUND),
}
DONE = {"204": {"description": "done"}}


def document(**parts):
    """A whole document; what is not given is filled in."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1.0.0"},
        "paths": {"/things": {"get": {"responses": DONE}}},
        **parts,
    }


class Texts(dict):
    """Files of a language of its own, by their paths; one file is a contract by itself."""


def wrapped(text, of, direction):
    """The document around a fragment of the kind ``of``."""
    if of == "proto":
        return proto(text)
    value = json.loads(text)
    if of == "proto-files":
        return Texts(value)
    if of == "document":
        return document(**value)
    if of == "path":
        return document(paths={"/things": value})
    if of == "operation":
        return document(paths={"/things": {"post": value}})
    if of == "parameter":
        return document(paths={"/things": {"get": {"parameters": [value], "responses": DONE}}})
    assert of == "schema", of
    content = {"application/json": {"schema": value}}
    if direction is Direction.INBOUND:
        operation = {"requestBody": {"content": content}, "responses": DONE}
    else:
        operation = {"responses": {"200": {"description": "done", "content": content}}}
    return document(paths={"/things": {"post": operation}})


def proto(text):
    """A .proto file around definitions; one that names its syntax is whole already."""
    if not text.startswith(("syntax", "edition")):
        text = f'syntax = "proto3"; package shop; {text}'
    return Texts({"shop.proto": text})


def changes(old, new, today=TODAY):
    """What the format finds between two documents given as values."""
    before, after = built(old, "old"), built(new, "new")
    chosen = formats.named(before.format)
    found = list(chosen.compare(before, after, today))
    return said(found, chosen.prover(before, after)) if before.format == "openapi" else found


def built(value, source):
    """The contract of a document given as a value, or of texts."""
    if isinstance(value, Texts):
        return _of_texts(tuple(value.items()))
    return formats.named("openapi").build(in_memory(value, source))


@functools.cache
def _of_texts(files):
    texts = dict(files)

    def read(path):
        if path not in texts:
            raise SourceError(path, "there is no such file")
        return texts[path].encode()

    tree = Tree(Options(), read, str)
    if len(texts) == 1:
        (path,) = texts
        whole = tree.document(path)
    else:
        whole = bundle(tree, "", sorted(texts))
    assert isinstance(whole, Document)
    return formats.detect(whole).build(whole)


def said(found, prove):
    """The changes without those that only a proof could bring up, and none did."""
    kept = []
    for change in found:
        kinds = {prove(change, side).kind for side in SIDES.get(change.direction, SIDES[None])}
        wanted = {Ground.ONLY_WITNESSED: "witnessed", Ground.ONLY_UNDECIDED: "unknown"}
        if wanted.get(change.rule.ground) in {None, *kinds}:
            kept.append(change)
    return kept
