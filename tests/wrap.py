"""A card's example made into two whole documents of its format."""

from __future__ import annotations

import functools
import json
from datetime import date

from apicheck import formats
from apicheck.errors import SourceError
from apicheck.model import Direction, Ground
from apicheck.sources import in_memory
from apicheck.sources.documents import Document, Tree, bundle
from apicheck.sources.limits import Options

TODAY = date(2026, 11, 21)
#: The directions that a change is to be asked about.
SIDES = {
    Direction.INBOUND: (Direction.INBOUND,),
    Direction.OUTBOUND: (Direction.OUTBOUND,),
    None: (Direction.INBOUND, Direction.OUTBOUND),
}
DONE = {"204": {"description": "done"}}
#: Kind of fragment -> the format it belongs to, where that is not OpenAPI.
FORMATS = {
    "thrift": "thrift",
    "json-schema": "jsonschema",
    "json-schemas": "jsonschema",
    "proto": "protobuf",
    "proto-files": "protobuf",
    "avro": "avro",
    **dict.fromkeys(
        (
            "asyncapi",
            "asyncapi-server",
            "asyncapi-channel",
            "asyncapi-operation",
            "asyncapi-message",
        ),
        "asyncapi",
    ),
}


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
    if of == "thrift":
        return in_memory(text, "example.thrift")
    value = json.loads(text)
    if of == "proto-files":
        return Texts(value)
    if of in {"json-schema", "avro"}:
        return value
    if of == "json-schemas":
        return folder(value)
    if of.startswith("asyncapi"):
        return asyncapi(value, of.removeprefix("asyncapi-"), direction)
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


def asyncapi(value, of="asyncapi", direction=Direction.OUTBOUND):
    """An AsyncAPI 3.0 document around a fragment: an application with one operation."""
    head = {"asyncapi": "3.0.0", "info": {"title": "Orders", "version": "1.0.0"}}
    if of == "asyncapi":
        return {**head, **value}
    if of == "server":
        return {**head, "servers": {"main": {"host": "a", "protocol": "kafka", **value}}}
    channel = {"address": "orders.placed", "messages": {"placed": {"name": "Placed"}}}
    operation = {
        "action": "send" if direction is Direction.OUTBOUND else "receive",
        "channel": {"$ref": "#/channels/placed"},
    }
    if of == "channel":
        channel = {**channel, **value}
    elif of == "operation":
        operation = {**operation, **value}
    else:
        assert of == "message", of
        channel["messages"] = {"placed": {"name": "Placed", **value}}
    replies = {key: {"address": f"orders.{key}", "messages": {}} for key in ("replies", "answers")}
    return {
        **head,
        "channels": {"placed": channel, **(replies if of == "operation" else {})},
        "operations": {"place": operation},
    }


def folder(files):
    """A folder of files, given as values by their paths."""

    def read(path):
        from apicheck.errors import SourceError

        if path not in files:
            raise SourceError(path, "there is no such file")
        return json.dumps(files[path]).encode()

    return bundle(Tree(Options(), read, lambda path: path), "", sorted(files))


def changes(old, new, today=TODAY, form="openapi"):
    """What the format finds between two documents given as values (or as documents)."""
    before, after = built(old, "old", form), built(new, "new", form)
    chosen = formats.named(before.format)
    found = list((chosen.candidates or chosen.compare)(before, after, today))
    # Only some formats have changes that a proof has to bring up.
    return said(found, chosen.prover(before, after)) if chosen.candidates else found


def built(value, source, form="openapi"):
    """The contract of a document, of a value, or of texts."""
    if isinstance(value, Texts):
        return _of_texts(tuple(value.items()))
    whole = value if isinstance(value, Document) else in_memory(value, source)
    return formats.named(form).build(whole)


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
