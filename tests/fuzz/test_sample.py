"""Values made from schemas."""

from random import Random

import pytest

from apicheck.fuzz.sample import accepts, sampled
from apicheck.fuzz.spoiling import flawed


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{3,6}$"},
        {"type": "string", "pattern": r"^(a|b)\d+\.x?$"},
        {"type": "string", "minLength": 40, "maxLength": 41},
        {"type": "integer", "minimum": 3, "multipleOf": 3},
        {"type": "number", "exclusiveMinimum": 0},
        {"type": ["string", "null"], "format": "uuid"},
        {"type": "array", "minItems": 2, "items": {"enum": ["a"]}},
        {"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}}]},
        {"oneOf": [{"type": "integer"}, {"type": "string"}]},
        {"type": "object", "minProperties": 1, "properties": {"a": {"type": "boolean"}}},
    ],
    ids=lambda schema: str(schema)[:40],
)
def test_a_sample_fits_its_schema(schema):
    assert accepts(schema, sampled(schema, Random(1)))


def test_a_schema_that_cannot_be_used_accuses_nobody():
    assert accepts({"type": "string", "pattern": "("}, "x")


def test_hostile_schemas_cost_little():
    """Each of these would take hours or all memory if it were taken at its word."""
    nested = {"type": "string"}
    for _ in range(15):
        nested = {"type": "array", "minItems": 100, "items": nested}
    for schema in (
        nested,
        {"type": "string", "minLength": 10**10},
        {"type": "string", "pattern": "((((((a{9}){9}){9}){9}){9}){9})"},
        {"type": "string", "pattern": "^(a+)+$(?<!a)"},
    ):
        sampled(schema, Random(1), full=True)
    assert not accepts({"pattern": "^(a+)+$"}, "a" * 60 + "!")
    assert list(flawed({"type": "string", "maxLength": 10**12}, "x"))


def test_a_pattern_of_another_dialect_does_not_hide_the_rest():
    schema = {"type": "object", "properties": {"a": {"pattern": r"x\Z"}, "b": {"type": "integer"}}}
    assert accepts(schema, {"a": "y", "b": 1})
    assert not accepts(schema, {"a": "x", "b": "1"})
