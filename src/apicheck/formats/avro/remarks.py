"""What does not change how data is read: documentation and attributes of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.avro.examples import fields
from apicheck.model import Effect, Rule
from apicheck.walk import Fact, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apicheck.nodes import Node

__all__ = ["RULES", "remarks"]

DOC_CHANGED = Rule(
    id="avro.doc-changed",
    effect=Effect.KEEPS,
    summary="The documentation was changed.",
    message="the documentation changed",
    why="Data is read as before; the words may tell of a change that the schema does not show.",
    fix="Nothing needs to be done.",
    example=fields(
        '{"name": "a", "type": "int", "doc": "in cm"}',
        '{"name": "a", "type": "int", "doc": "in mm"}',
    ),
)
ATTRIBUTE_CHANGED = Rule(
    id="avro.attribute-changed",
    effect=Effect.KEEPS,
    summary="An attribute that Avro itself does not know was changed.",
    message="attribute {name} was {before}, is {after}",
    why="Avro ignores it; tools that know it (code generators, registries) may not.",
    fix="Check what reads the attribute.",
    example=fields(
        '{"name": "a", "type": "int", "pii": true}', '{"name": "a", "type": "int", "pii": false}'
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: What the comparison itself looks at.
_READ = frozenset(
    {
        "type", "name", "namespace", "aliases", "doc", "fields", "symbols", "size", "items",
        "values", "default", "order", "logicalType", "precision", "scale", "request", "response",
        "errors", "one-way",
    }
)  # fmt: skip
_LOGICAL = ("logicalType", "precision", "scale")


def remarks(
    old: Node,
    new: Node,
    turn: Turn,
    raws: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None,
    *,
    logical: bool = False,
) -> Iterator[Fact]:
    """Differences between the attributes of two types, fields or messages.

    ``logical`` says that logical types are compared elsewhere; else they are attributes that no
    reader heeds.
    """
    one, two = raws or (old.value.raw, new.value.raw)
    if one == two:
        return
    if one.get("doc") != two.get("doc"):
        yield Fact(DOC_CHANGED, old, new, {}, turn)
    names = [each for each in dict.fromkeys((*one, *two)) if each not in _READ]
    if not logical:
        names += [each for each in _LOGICAL if each in one or each in two]
    for name in names:
        before, after = one.get(name, _NONE), two.get(name, _NONE)
        if before != after:
            values = {"name": name, "before": _shown(before), "after": _shown(after)}
            yield Fact(ATTRIBUTE_CHANGED, old, new, values, turn)


_NONE = object()


def _shown(value: object) -> str:
    if value is _NONE:
        return "not there"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
