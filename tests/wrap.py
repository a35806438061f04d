"""A card's example made into two whole documents."""

from __future__ import annotations

import json
from datetime import date

from apicheck import formats
from apicheck.model import Direction
from apicheck.sources import in_memory

TODAY = date(2026, 11, 21)
DONE = {"204": {"description": "done"}}


def document(**parts):
    """A whole document; what is not given is filled in."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1.0.0"},
        "paths": {"/things": {"get": {"responses": DONE}}},
        **parts,
    }


def wrapped(text, of, direction):
    """The document around a fragment of the kind ``of``."""
    value = json.loads(text)
    if of == "avro":
        return value
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


def changes(old, new, today=TODAY):
    """What their format finds between two documents given as values."""
    chosen = formats.detect(in_memory(old))
    before, after = chosen.build(in_memory(old, "old")), chosen.build(in_memory(new, "new"))
    return list(chosen.compare(before, after, today))
