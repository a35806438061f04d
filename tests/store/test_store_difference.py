"""What is said of a released file that was changed."""

from __future__ import annotations

import pytest

from apicheck.store.difference import told

OLD = b"info: {title: Orders, version: 1.0.0}\npaths: {/a: {get: {tags: [x, y]}}}\n"


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (OLD.replace(b"Orders", b"Others"), "info.title changed"),
        (OLD.replace(b", y]", b"]"), "paths./a.get.tags.1 removed"),
        (OLD + b"servers: []\n", "servers added"),
        (b"# a comment\n" + OLD, "only its layout differs"),
        (b"a: 1\nb: 2\nc: 3\n", "everything changed"),
        (b"broken: [", ""),
    ],
)
def test_told(new, words):
    assert told(OLD, new) == words
