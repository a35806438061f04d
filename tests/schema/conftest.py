"""Schemas compared without any contract around them."""

from __future__ import annotations

import pytest

from apicheck import schema
from apicheck.errors import UnresolvedReference
from apicheck.model import Direction, Use, breaks
from apicheck.nodes import Node
from apicheck.walk import Root, Visit, walk


class Memory:
    """A document that was never a text."""

    def __init__(self, data):
        self.data = data
        self.source = "memory"

    def span(self, _pointer):
        return None

    def follow(self, ref):
        if not ref.startswith("#"):
            raise UnresolvedReference(ref, self.source, "is not local")
        steps, value = [], self.data
        for step in ref[1:].split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            name = int(name) if isinstance(value, list) else name
            try:
                value = value[name]
            except (KeyError, IndexError, TypeError):
                raise UnresolvedReference(ref, self.source, "leads nowhere") from None
            steps.append(name)
        return self, tuple(steps)


class Bench:
    """Context of a comparison: what a format would bring."""

    def __init__(self, old, new, dialects):
        self.schemas = schema.Context(
            old=schema.Views(dialects[0]), new=schema.Views(dialects[1]), same=lambda _a, _b: False
        )
        self.roots = (Node(old, Memory(old), ()), Node(new, Memory(new), ()))


def compare_schemas(
    old,
    new,
    direction=Direction.INBOUND,
    dialects=(schema.OPENAPI_31, schema.OPENAPI_31),
    comparator=schema.compare_schemas,
):
    """Changes between two bare schemas, as ``(rule id, path, direction)``-like records."""
    bench = Bench(old, new, dialects)
    use = Use(label="use", side="request", direction=direction)
    visit = Visit(*bench.roots, comparator)

    def describe(one, two):
        path = tuple(map(str, (two or one).pointer))
        return path, "/".join(path)

    return list(walk([Root(use, visit)], bench, same=lambda _a, _b: False, describe=describe))


@pytest.fixture(name="compare")
def _compare():
    return compare_schemas


@pytest.fixture(name="rules")
def _rules():
    def rules(*arguments, **named):
        return sorted(change.rule.id for change in compare_schemas(*arguments, **named))

    return rules


@pytest.fixture(name="breaking")
def _breaking():
    """Ids of the changes that break by the table, before any override."""

    def breaking(*arguments, **named):
        return sorted(
            {
                change.rule.id
                for change in compare_schemas(*arguments, **named)
                if breaks(change.rule.effect, change.direction)
            }
        )

    return breaking
