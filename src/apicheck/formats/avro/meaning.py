"""Logical types: the bytes are read as before, and taken for something else.

Resolution ignores logical types (specification 1.12, "Logical Types"; only two decimals are said to
match by precision and scale, which no implementation enforces). So nothing fails, and amounts are
off by a power of ten. Java gives the bytes the meaning of the reader's schema, fastavro that of the
writer's: with the one the value is wrong, with the other the type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.avro.examples import types
from apicheck.formats.avro.logical import FAMILIES
from apicheck.model import Direction, Effect, Rule, Severity
from apicheck.walk import Fact, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.avro.model import Logical
    from apicheck.nodes import Node

__all__ = ["RULES", "meanings"]

_BOTH_WARN = {Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING}

LOGICAL_TYPE_CHANGED = Rule(
    id="avro.logical-type-changed",
    effect=Effect.REPLACES,
    summary="A value is given another meaning.",
    message="was a {before}, is a {after}",
    why="The bytes are read without an error and taken for something else.",
    fix="Add a field of the new type beside the old one.",
    example=types(
        '{"type": "long", "logicalType": "timestamp-millis"}',
        '{"type": "long", "logicalType": "time-micros"}',
    ),
)
LOGICAL_TYPE_ADDED = Rule(
    id="avro.logical-type-added",
    mirror="avro.logical-type-removed",
    effect=Effect.REPLACES,
    summary="A plain value is given a meaning.",
    message="{base} is a {after} now",
    why="Right if the values were of that kind all along; else they are misread without an error.",
    fix="Check what has been written so far, in this unit and form.",
    example=types('"long"', '{"type": "long", "logicalType": "timestamp-millis"}'),
    override=_BOTH_WARN,
    because="Whether the values always had that meaning is not to be seen in the schemas.",
)
LOGICAL_TYPE_REMOVED = Rule(
    id="avro.logical-type-removed",
    mirror="avro.logical-type-added",
    effect=Effect.REPLACES,
    summary="The meaning of a value is no longer told.",
    message="was a {before}, is a plain {base}",
    why="Readers get the bare number or bytes where they had a date, a decimal or the like.",
    fix="Keep the logical type.",
    example=types('{"type": "long", "logicalType": "timestamp-millis"}', '"long"'),
    override=_BOTH_WARN,
    because="Whether the values keep that meaning is not to be seen in the schemas.",
)
TIMESTAMP_UNIT_CHANGED = Rule(
    id="avro.timestamp-unit-changed",
    effect=Effect.REPLACES,
    summary="A time is counted in another unit.",
    message="was counted in {before}, is in {after}",
    why="The number is read without an error and taken for another time, by a factor of 1000.",
    fix="Add a field of the new unit beside the old one.",
    example=types(
        '{"type": "long", "logicalType": "timestamp-millis"}',
        '{"type": "long", "logicalType": "timestamp-micros"}',
    ),
)
DECIMAL_SCALE_CHANGED = Rule(
    id="avro.decimal-scale-changed",
    effect=Effect.REPLACES,
    summary="The decimal point of a decimal was moved.",
    message="had {before} digits after the point, has {after}",
    why="The digits are read without an error and taken for another amount, by a power of ten.",
    fix="Add a field of the new scale beside the old one.",
    example=types(
        '{"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}',
        '{"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 4}',
    ),
)
DECIMAL_PRECISION_NARROWED = Rule(
    id="avro.decimal-precision-narrowed",
    mirror="avro.decimal-precision-widened",
    effect=Effect.NARROWS,
    summary="A decimal may have fewer digits.",
    message="had up to {before} digits, has up to {after}",
    why="Longer decimals that were written before are refused or rounded by a reader.",
    fix="Keep the precision.",
    example=types(
        '{"type": "bytes", "logicalType": "decimal", "precision": 9}',
        '{"type": "bytes", "logicalType": "decimal", "precision": 5}',
    ),
)
DECIMAL_PRECISION_WIDENED = Rule(
    id="avro.decimal-precision-widened",
    mirror="avro.decimal-precision-narrowed",
    effect=Effect.WIDENS,
    summary="A decimal may have more digits.",
    message="had up to {before} digits, has up to {after}",
    why="Readers of the old version refuse or round the longer decimals that are written now.",
    fix="Upgrade the readers first.",
    example=types(
        '{"type": "bytes", "logicalType": "decimal", "precision": 5}',
        '{"type": "bytes", "logicalType": "decimal", "precision": 9}',
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def meanings(
    old: Node,
    new: Node,
    logicals: tuple[Logical | None, Logical | None],
    turn: Turn,
    base: str,
) -> Iterator[Fact]:
    """What changed between two logical types on types that are read for each other."""
    before, after = logicals
    if before == after:
        return

    def fact(rule: Rule, was: object, now: object) -> Fact:
        values = {"before": was, "after": now, "base": base}
        return Fact(rule, old, new, values, turn, subject=(old, new))

    if before is None or after is None:
        rule = LOGICAL_TYPE_ADDED if before is None else LOGICAL_TYPE_REMOVED
        yield fact(rule, before and before.name, after and after.name)
    elif before.name != after.name:
        family = FAMILIES.get(before.name)
        if family is not None and family == FAMILIES.get(after.name):
            units = (each.name.rpartition("-")[2] for each in (before, after))
            yield fact(TIMESTAMP_UNIT_CHANGED, *units)
        else:
            yield fact(LOGICAL_TYPE_CHANGED, before.name, after.name)
    else:
        if before.scale != after.scale:
            yield fact(DECIMAL_SCALE_CHANGED, before.scale, after.scale)
        if before.precision != after.precision:
            narrowed = after.precision < before.precision
            rule = DECIMAL_PRECISION_NARROWED if narrowed else DECIMAL_PRECISION_WIDENED
            yield fact(rule, before.precision, after.precision)
