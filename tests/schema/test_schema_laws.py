"""Laws that hold of every pair of schemas, tried on schemas nobody chose."""

from __future__ import annotations

import copy
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apicheck import schema
from apicheck.model import Direction, Effect, breaks

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "x", "y", "long text"])
)
JSON = st.recursive(
    SCALARS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])


def _keywords(inner):
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "enum": st.lists(SCALARS, min_size=1, max_size=3),
            "minimum": st.integers(-3, 3),
            "exclusiveMaximum": st.integers(-3, 3),
            "maxLength": st.integers(0, 4),
            "minLength": st.integers(0, 4),
            "pattern": st.sampled_from(["^a", "b$", "[0-9]+"]),
            "format": st.sampled_from(["date", "uuid"]),
            "items": inner,
            "prefixItems": st.lists(inner, max_size=2),
            "maxItems": st.integers(0, 3),
            "uniqueItems": st.booleans(),
            "contains": inner,
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "required": st.lists(NAMES, max_size=2),
            "additionalProperties": inner,
            "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=1), max_size=1),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=3),
            "anyOf": st.lists(inner, min_size=1, max_size=3),
            "not": inner,
            "readOnly": st.booleans(),
            "writeOnly": st.booleans(),
            "default": SCALARS,
            "deprecated": st.booleans(),
            "description": st.text(max_size=3),
        },
    )


SCHEMAS = st.recursive(st.booleans() | _keywords(st.booleans()), _keywords, max_leaves=6)
CALM = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FLIP = {Effect.NARROWS: Effect.WIDENS, Effect.WIDENS: Effect.NARROWS}
MIRRORS = {rule.id: rule.mirror or rule.id for rule in schema.RULES}


@CALM
@given(SCHEMAS)
def test_silence_of_a_schema_against_itself(rules, value):
    assert rules(value, copy.deepcopy(value), Direction.BOTH) == []


def _shuffled(value, shuffle):
    if isinstance(value, dict):
        names = list(value)
        shuffle(names)
        return {name: _shuffled(value[name], shuffle) for name in names}
    if isinstance(value, list):
        return [_shuffled(each, shuffle) for each in value]
    return value


@CALM
@given(SCHEMAS, st.randoms(use_true_random=False))
def test_silence_of_another_order_of_keys(rules, value, chance):
    assert rules(value, _shuffled(value, chance.shuffle), Direction.BOTH) == []


@CALM
@given(SCHEMAS)
def test_silence_of_allof_of_one(rules, value):
    assert rules(value, {"allOf": [value]}, Direction.BOTH) == []
    assert rules({"allOf": [value]}, value, Direction.BOTH) == []


@CALM
@given(SCHEMAS)
def test_silence_of_what_moved_to_a_definition(rules, value):
    moved = {"properties": {"p": {"$ref": "#/$defs/D"}}, "$defs": {"D": value}}
    assert rules({"properties": {"p": value}}, moved, Direction.BOTH) == []
    assert rules(moved, {"properties": {"p": value}}, Direction.BOTH) == []


@CALM
@given(SCHEMAS, SCHEMAS)
def test_mirror(compare, one, two):
    """What breaks requests one way breaks responses the other way, under mirrored rules.

    readOnly and writeOnly stand for one direction whichever way one looks: they are left out.
    """
    one, two = _undirected(one), _undirected(two)
    there = compare(one, two, Direction.INBOUND)
    back = compare(two, one, Direction.OUTBOUND)
    assert _broken(there) == sorted(MIRRORS[each] for each in _broken(back))


def _undirected(value):
    if isinstance(value, dict):
        named = {"readOnly", "writeOnly"}
        return {name: _undirected(each) for name, each in value.items() if name not in named}
    return [_undirected(each) for each in value] if isinstance(value, list) else value


def _broken(changes):
    return sorted(
        change.rule.id for change in changes if breaks(change.rule.effect, change.direction)
    )


@CALM
@given(SCHEMAS, SCHEMAS)
def test_every_mirror_has_the_mirrored_effect(compare, one, two):
    effects = {rule.id: rule.effect for rule in schema.RULES}
    for change in compare(one, two, Direction.BOTH):
        effect = change.rule.effect
        assert effects[MIRRORS[change.rule.id]] is FLIP.get(effect, effect)


@CALM
@given(JSON, JSON)
def test_no_json_value_crashes_the_comparison(rules, one, two):
    rules(one, two, Direction.BOTH)
    rules({"properties": one, "allOf": two}, {"oneOf": one, "items": two}, Direction.BOTH)


@pytest.mark.parametrize("seed", range(5))
def test_termination_on_knots_of_references(rules, seed):
    chance = random.Random(seed)

    def knot(size):
        definitions = {}
        for index in range(size):
            refs = [{"$ref": f"#/$defs/N{chance.randrange(size)}"} for _ in range(4)]
            definitions[f"N{index}"] = chance.choice(
                [
                    {"allOf": refs[:2], "properties": {"a": refs[2]}},
                    {"oneOf": [*refs[:3], {"type": "null"}]},
                    {"type": "object", "properties": {"a": refs[0], "b": refs[1]}},
                    {"anyOf": refs[:2], "not": refs[2], "type": "object"},
                    {"type": "array", "items": refs[0], "contains": refs[1]},
                ]
            )
        return {"$ref": "#/$defs/N0", "$defs": definitions}

    rules(knot(40), knot(40), Direction.BOTH)
