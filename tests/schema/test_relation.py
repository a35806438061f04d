"""Containment of schemas: never proved wrongly, never refuted without a value that shows it."""

from __future__ import annotations

import copy
import random

import pytest
from jsonschema import Draft202012Validator

from apicheck.schema.relation import Proved, Reading, Refuted, contains

VALUES = [
    None, True, False, 0, 1, 2, 3, -1, 0.5, 1.5, "", "a", "b", "ab", "abc", "1",
    [], [1], [1, 2], ["a"], [1, 1], [None], [[]],
    {}, {"a": 1}, {"a": "a"}, {"b": 1}, {"a": 1, "b": 2}, {"a": None}, {"c": 1}, {"a": {}}, {"a": [1]},
]  # fmt: skip

HOLDS = {
    "integer in number": ({"type": "integer"}, {"type": "number"}),
    "enum in type": ({"enum": ["a"]}, {"type": "string"}),
    "branches reordered": (
        {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        {"anyOf": [{"type": "integer"}, {"type": "string"}]},
    ),
    "pattern in pattern": (
        {"type": "string", "pattern": "^a+$"},
        {"type": "string", "pattern": "^a*$"},
    ),
    "closed and composed": (
        {"properties": {"a": {"type": "integer"}}, "required": ["a"], "type": "object"},
        {
            "allOf": [
                {"type": "object"},
                {"required": ["a"]},
                {"properties": {"a": {"type": "number"}}},
            ]
        },
    ),
    "required by another branch": (
        {"allOf": [{"required": ["a", "b"]}], "type": "object"},
        {"type": "object", "required": ["b"]},
    ),
    "recursive": (
        {"$ref": "#/$defs/T", "$defs": {"T": {"type": "array", "items": {"$ref": "#/$defs/T"}}}},
        {"$ref": "#/$defs/U", "$defs": {"U": {"items": {"$ref": "#/$defs/U"}, "type": "array"}}},
    ),
}
FAILS = {
    "number in integer": ({"type": "number"}, {"type": "integer"}),
    "length": ({"type": "string", "maxLength": 5}, {"type": "string", "maxLength": 3}),
    "required": ({"type": "object"}, {"type": "object", "required": ["a"]}),
    "items": (
        {"type": "array", "items": {"type": "integer"}},
        {"type": "array", "items": {"type": "string"}},
    ),
    "one of two that overlap": (
        {"anyOf": [{"minimum": 0}, {"maximum": 9}]},
        {"oneOf": [{"minimum": 0}, {"maximum": 9}]},
    ),
    "not": ({"type": "integer"}, {"not": {"const": 7}}),
}


@pytest.mark.parametrize(("a", "b"), HOLDS.values(), ids=HOLDS)
def test_what_holds_is_proved(a, b):
    assert isinstance(contains(a, b), Proved)


@pytest.mark.parametrize(("a", "b"), FAILS.values(), ids=FAILS)
def test_what_does_not_hold_is_shown(a, b):
    answer = contains(a, b)
    assert isinstance(answer, Refuted)
    assert Draft202012Validator(a).is_valid(answer.witness)
    assert not Draft202012Validator(b).is_valid(answer.witness)


def test_what_was_assumed_of_a_recursive_pair_is_not_believed_elsewhere():
    """The pair on which a checker errs that keeps a result found under an assumption."""
    inner = {
        "type": "object",
        "properties": {"a": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/A"}]}},
    }
    writer = {
        "$ref": "#/$defs/A",
        "$defs": {"A": {"type": "object", "properties": {"b": inner}, "required": ["b"]}},
    }
    first = {
        "type": "object",
        "properties": {"b": {"$ref": "#/$defs/B"}, "x": {"type": "integer"}},
        "required": ["b", "x"],
    }
    second = {
        "type": "object",
        "properties": {"c": {"$ref": "#/$defs/B"}},
        "required": ["c"],
    }
    reader = {
        "anyOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/C"}],
        "$defs": {"A": first, "C": second, "B": inner},
    }
    answer = contains(writer, reader)
    assert isinstance(answer, Refuted)
    assert not Draft202012Validator(reader).is_valid(answer.witness)


def test_undeclared_names_count_in_the_strict_reading_only():
    old = {"type": "object", "properties": {"a": {"type": "integer"}}}
    new = {**old, "additionalProperties": False}
    assert isinstance(contains(old, new, reading=Reading.STRICT), Refuted)
    assert isinstance(contains(old, new, reading=Reading.DECLARED), Proved)


class Maker:
    """Random schemas, small enough that trying values refutes most wrong proofs."""

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def schema(self, depth=0):
        pick, chance = self.chance.choice, self.chance.random
        if depth > 2 or chance() < 0.15:
            return pick([True, {}, {"type": "string"}, {"type": "integer"}, {"const": 1}])
        kind = pick(["type", "enum", "number", "string", "object", "array", "union", "not", "if"])
        if kind == "type":
            return {
                "type": pick(["string", "integer", "number", "null", "array", ["string", "null"]])
            }
        if kind == "enum":
            return {"enum": self.chance.sample([1, 2, "a", "b", None, True, [1], {"a": 1}], 2)}
        if kind == "number":
            keyword = pick(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"])
            return {"type": pick(["integer", "number"]), keyword: self.chance.randint(-1, 3)}
        if kind == "string":
            keyword = pick(["minLength", "maxLength"])
            pattern = {"pattern": pick(["^a", "b$", "^[ab]*$"])} if chance() < 0.3 else {}
            return {"type": "string", keyword: self.chance.randint(0, 3), **pattern}
        if kind == "object":
            names = self.chance.sample("abc", self.chance.randint(0, 2))
            made = {
                "type": "object",
                "properties": {name: self.schema(depth + 1) for name in names},
            }
            if chance() < 0.5:
                made["required"] = self.chance.sample("abc", 1)
            if chance() < 0.3:
                made["additionalProperties"] = pick([False, self.schema(depth + 1)])
            return made
        if kind == "array":
            made = {"type": "array", pick(["items", "contains"]): self.schema(depth + 1)}
            made[pick(["minItems", "maxItems"])] = self.chance.randint(0, 2)
            return made
        if kind == "union":
            return {
                pick(["anyOf", "oneOf", "allOf"]): [self.schema(depth + 1), self.schema(depth + 1)]
            }
        if kind == "not":
            return {"not": self.schema(depth + 1)}
        return {word: self.schema(depth + 1) for word in ("if", "then", "else")}

    def edited(self, schema):
        made = copy.deepcopy(schema)
        if isinstance(made, dict) and made and self.chance.random() < 0.6:
            if self.chance.random() < 0.5:
                made.pop(self.chance.choice(list(made)))
            else:
                more = self.schema(1)
                made.update(more if isinstance(more, dict) else {})
            return made
        return self.schema()


@pytest.mark.parametrize("seed", range(4))
def test_no_proof_is_wrong_and_every_witness_is_one(seed):
    maker, proved, refuted = Maker(seed), 0, 0
    for _ in range(1000):
        a = maker.schema()
        b = maker.edited(a)
        answer = contains(a, b)
        one, two = Draft202012Validator(a), Draft202012Validator(b)
        if isinstance(answer, Proved):
            proved += 1
            assert [v for v in VALUES if one.is_valid(v) and not two.is_valid(v)] == [], (a, b)
        elif isinstance(answer, Refuted):
            refuted += 1
            assert one.is_valid(answer.witness), (a, b)
            assert not two.is_valid(answer.witness), (a, b)
    assert proved + refuted >= 990
    assert min(proved, refuted) >= 300


@pytest.mark.parametrize("seed", range(3))
def test_laws_of_the_order(seed):
    maker = Maker(100 + seed)
    for _ in range(150):
        a, b, c = maker.schema(), maker.schema(), maker.schema()
        assert isinstance(contains(a, a), Proved)
        assert not isinstance(contains(a, {"anyOf": [a, b]}), Refuted)
        assert not isinstance(contains({"allOf": [a, b]}, a), Refuted)
        if isinstance(contains(a, b), Proved) and isinstance(contains(b, c), Proved):
            assert not isinstance(contains(a, c), Refuted)
