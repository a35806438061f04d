"""A card's example made into two whole OpenAPI documents."""

from __future__ import annotations

import json
from datetime import date

from apicheck import formats
from apicheck.model import Direction, Ground
from apicheck.sources import Document, in_memory

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


def wrapped(text, of, direction):
    """The document around a fragment of the kind ``of``."""
    if of == "thrift":
        return in_memory(text, "example.thrift")
    value = json.loads(text)
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
    """What the format finds between two documents, given as values or ready-made."""
    if isinstance(old, Document):
        format_ = formats.detect(new)
        return list(format_.compare(format_.build(old), format_.build(new), today))
    openapi = formats.named("openapi")
    before, after = openapi.build(in_memory(old, "old")), openapi.build(in_memory(new, "new"))
    found = list(openapi.compare(before, after, today))
    return said(found, openapi.prover(before, after))


def said(found, prove):
    """The changes without those that only a proof could bring up, and none did."""
    kept = []
    for change in found:
        kinds = {prove(change, side).kind for side in SIDES.get(change.direction, SIDES[None])}
        wanted = {Ground.ONLY_WITNESSED: "witnessed", Ground.ONLY_UNDECIDED: "unknown"}
        if wanted.get(change.rule.ground) in {None, *kinds}:
            kept.append(change)
    return kept
