"""Each schema card: its example, its mirror, and the near misses that must stay silent."""

from __future__ import annotations

import json

import pytest

from apicheck import schema
from apicheck.model import Direction

OBJECT = {"type": "object"}
RULES = [rule for rule in schema.RULES if not rule.ground.name.startswith("ONLY")]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_example_of_a_card_fires_it_and_nothing_else(rule, rules):
    old, new = json.loads(rule.example.old), json.loads(rule.example.new)
    assert rules(old, new, rule.example.direction) == [rule.id]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_example_reversed_fires_the_mirror(rule, rules):
    if rule.id in {"schema.reference-unresolved", "schema.part-ignored"}:
        return  # a fault of one document: mended, it is either told or gone
    old, new = json.loads(rule.example.old), json.loads(rule.example.new)
    assert rules(new, old, rule.example.direction) == [rule.mirror or rule.id]


SILENT = {
    "key order": (
        {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}},
        {"properties": {"b": {}, "a": {"type": "string"}}, "type": "object"},
    ),
    "enum order": ({"enum": [1, 2]}, {"enum": [2, 1]}),
    "one value enum is a const": ({"enum": ["a"]}, {"const": "a"}),
    "1 and 1.0 are equal": ({"const": 1}, {"const": 1.0}),
    "allOf of one": ({"type": "string"}, {"allOf": [{"type": "string"}]}),
    "allOf split": (
        {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        {
            "allOf": [
                {"type": "object", "required": ["a"]},
                {"properties": {"a": {"type": "string"}}},
            ]
        },
    ),
    "oneOf of one": ({"type": "string"}, {"oneOf": [{"type": "string"}]}),
    "moved to a definition": (
        {"properties": {"a": {"type": "string", "maxLength": 3}}},
        {
            "properties": {"a": {"$ref": "#/$defs/A"}},
            "$defs": {"A": {"type": "string", "maxLength": 3}},
        },
    ),
    "definition renamed": (
        {"$ref": "#/$defs/A", "$defs": {"A": {"type": "string"}}},
        {"$ref": "#/$defs/B", "$defs": {"B": {"type": "string"}}},
    ),
    "type list or union": (
        {"type": ["string", "integer"]},
        {"oneOf": [{"type": "integer"}, {"type": "string"}]},
    ),
    "nullable as union": (
        {"type": ["string", "null"], "maxLength": 3},
        {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]},
    ),
    "enum as union of consts": (
        {"enum": ["a", "b"]},
        {"oneOf": [{"const": "b", "title": "B"}, {"const": "a"}]},
    ),
    "branches reordered": (
        {"oneOf": [{"type": "string", "minLength": 1}, {"type": "object", "required": ["a"]}]},
        {"oneOf": [{"type": "object", "required": ["a"]}, {"type": "string", "minLength": 1}]},
    ),
    "integer bounds": (
        {"type": "integer", "exclusiveMinimum": 0},
        {"type": "integer", "minimum": 1},
    ),
    "a length of an integer says nothing": (
        {"type": "integer"},
        {"type": "integer", "minLength": 3, "pattern": "^a"},
    ),
    "minLength 0 says nothing": ({"type": "string"}, {"type": "string", "minLength": 0}),
    "additionalProperties true is the default": (
        OBJECT,
        {"type": "object", "additionalProperties": True},
    ),
    "additionalProperties {} is the default": (OBJECT, {"additionalProperties": {}, **OBJECT}),
    "minProperties that required says already": (
        {"type": "object", "required": ["a", "b"]},
        {"type": "object", "required": ["b", "a"], "minProperties": 2},
    ),
    "description and example": (
        {"type": "string", "description": "a", "examples": ["x"]},
        {"type": "string", "description": "b", "title": "t"},
    ),
    "required order": ({"required": ["a", "b"]}, {"required": ["b", "a", "b"]}),
    "type narrowed by its enum": ({"enum": ["a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
}


@pytest.mark.parametrize(("old", "new"), SILENT.values(), ids=SILENT)
def test_what_means_the_same_is_silent(old, new, rules):
    assert rules(old, new, Direction.BOTH) == []
    assert rules(new, old, Direction.BOTH) == []


DIALECTS = {
    "nullable": ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
    "exclusive flag": (
        {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        {"type": "number", "exclusiveMinimum": 0},
    ),
    "byte": (
        {"type": "string", "format": "byte"},
        {"type": "string", "contentEncoding": "base64"},
    ),
    "siblings of $ref are ignored up to 3.0": (
        {"$ref": "#/$defs/A", "maxLength": 3, "$defs": {"A": {"type": "string"}}},
        {"type": "string"},
    ),
    "nullable around a reference": (
        {"allOf": [{"$ref": "#/$defs/A"}], "nullable": True, "$defs": {"A": OBJECT}},
        {"oneOf": [{"$ref": "#/$defs/A"}, {"type": "null"}], "$defs": {"A": OBJECT}},
    ),
}


@pytest.mark.parametrize(("old", "new"), DIALECTS.values(), ids=DIALECTS)
def test_30_and_31_say_the_same_in_their_own_words(old, new, rules):
    dialects = (schema.OPENAPI_30, schema.OPENAPI_31)
    assert rules(old, new, Direction.BOTH, dialects=dialects) == []
    assert rules(new, old, Direction.BOTH, dialects=dialects[::-1]) == []


def test_true_is_not_one(rules):
    assert rules({"const": True}, {"const": 1}) != []
    assert rules({"enum": [True, "a"]}, {"enum": [1, "a"]}) != []


FIRES = {
    "a constant joins another": ({"const": "a"}, {"enum": ["a", "b"]}, ["schema.enum-value-added"]),
    "plain becomes one of two": (
        {"type": "string", "maxLength": 3},
        {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "object", "required": ["a"]}]},
        ["schema.union-branch-added"],
    ),
    "one of two becomes plain": (
        {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "object", "required": ["a"]}]},
        {"type": "string", "maxLength": 3},
        ["schema.union-branch-removed"],
    ),
    "reference becomes nullable by a union": (
        {"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"enum": ["x"]}}},
        {
            "properties": {"a": {"oneOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}},
            "$defs": {"A": {"enum": ["x"]}},
        },
        ["schema.null-allowed"],
    ),
    "property in a map gets a schema of its own": (
        {"type": "object", "additionalProperties": {"type": "string"}},
        {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "additionalProperties": {"type": "string"},
        },
        ["schema.property-added", "schema.type-changed"],
    ),
    "required name without a property": (
        {"type": "object"},
        {"type": "object", "required": ["a"]},
        ["schema.property-made-required"],
    ),
    "tuple position": (
        {"prefixItems": [{"type": "string"}, {"type": "integer"}]},
        {"prefixItems": [{"type": "string"}, {"type": "boolean"}]},
        ["schema.type-changed"],
    ),
    "items closed behind a tuple": (
        {"prefixItems": [{"type": "string"}]},
        {"prefixItems": [{"type": "string"}], "items": False},
        ["schema.value-forbidden"],
    ),
    "inside then": (
        {"if": {"required": ["a"]}, "then": {"required": ["b"]}},
        {"if": {"required": ["a"]}, "then": {"required": ["b", "c"]}},
        ["schema.property-made-required"],
    ),
    "edited branch of equal constant": (
        {
            "oneOf": [
                {"properties": {"k": {"const": "a"}, "n": {"type": "integer"}}, "required": ["k"]},
                {"properties": {"k": {"const": "b"}}, "required": ["k"]},
            ]
        },
        {
            "oneOf": [
                {"properties": {"k": {"const": "b"}}, "required": ["k"]},
                {"properties": {"k": {"const": "a"}, "n": {"type": "string"}}, "required": ["k"]},
            ]
        },
        ["schema.type-changed"],
    ),
    "a list of values within the old bound": (
        {"type": "string", "maxLength": 5, "pattern": "^[a-z]+$"},
        {"type": "string", "enum": ["cat", "dog"]},
        ["schema.enum-introduced"],
    ),
    "a list of values beyond the old bound": (
        {"type": "string", "maxLength": 5},
        {"type": "string", "enum": ["cat", "elephant"]},
        ["schema.enum-introduced", "schema.limit-loosened"],
    ),
    "nothing but the type when the type changed": (
        {"type": "string", "maxLength": 3, "pattern": "a"},
        {"type": "object", "properties": {"a": {}}, "required": ["a"]},
        ["schema.type-changed"],
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), FIRES.values(), ids=FIRES)
def test_what_changed_is_named(old, new, expected, rules):
    assert rules(old, new) == expected


def test_inside_not_the_direction_turns(breaking):
    old = {"not": {"enum": ["a"]}}
    new = {"not": {"enum": ["a", "b"]}}
    assert breaking(old, new, Direction.INBOUND) == ["schema.enum-value-added"]
    assert breaking(old, new, Direction.OUTBOUND) == []


def test_read_only_properties_count_in_responses_only(rules):
    def schemas(**more):
        return {"properties": {"id": {"type": "string", "readOnly": True, **more}}}

    assert rules(schemas(), schemas(maxLength=3), Direction.INBOUND) == []
    assert rules(schemas(), schemas(maxLength=3), Direction.OUTBOUND) == ["schema.limit-tightened"]
    required = {**schemas(), "required": ["id"]}
    assert rules(schemas(), required, Direction.INBOUND) == []
    assert rules(schemas(), required, Direction.OUTBOUND) == ["schema.property-made-required"]


def test_write_only_properties_count_in_requests_only(rules):
    def schemas(**more):
        return {"properties": {"pin": {"type": "string", "writeOnly": True, **more}}}

    assert rules(schemas(), schemas(maxLength=3), Direction.OUTBOUND) == []
    assert rules(schemas(), schemas(maxLength=3), Direction.INBOUND) == ["schema.limit-tightened"]


def test_a_required_property_that_becomes_write_only_is_missed_by_readers(rules):
    old = {"properties": {"pin": {"type": "string"}}, "required": ["pin"]}
    new = {"properties": {"pin": {"type": "string", "writeOnly": True}}, "required": ["pin"]}
    assert rules(old, new, Direction.OUTBOUND) == [
        "schema.became-write-only",
        "schema.required-property-removed",
    ]


def test_text_makes_no_difference_between_12_and_its_digits(rules):
    text = {"comparator": schema.compare_text_schemas}
    assert rules({"type": "integer"}, {"type": "string"}, **text) == ["schema.type-widened"]
    assert rules({"type": "string"}, {"type": "integer"}, **text) == ["schema.type-narrowed"]
    limited = {"type": "string", "maxLength": 2}
    assert rules({"type": "integer"}, limited, **text) == ["schema.type-changed"]


def test_a_change_in_a_parent_is_told_once_for_all_its_children(compare):
    def schemas(kind):
        return {
            "properties": {
                "cat": {"allOf": [{"$ref": "#/$defs/Pet"}, {"required": ["lives"]}]},
                "dog": {"allOf": [{"$ref": "#/$defs/Pet"}, {"required": ["bark"]}]},
                "pet": {"$ref": "#/$defs/Pet"},
            },
            "$defs": {"Pet": {"type": "object", "properties": {"name": {"type": kind}}}},
        }

    changes = compare(schemas("string"), schemas("integer"))
    assert [(change.rule.id, change.path) for change in changes] == [
        ("schema.type-changed", ("$defs", "Pet", "properties", "name", "type"))
    ]


def test_required_in_a_parent_is_told_once(compare):
    def schemas(**pet):
        return {
            "properties": {
                "cat": {"allOf": [{"$ref": "#/$defs/Pet"}, {"required": ["lives"]}]},
                "dog": {"allOf": [{"$ref": "#/$defs/Pet"}, {"required": ["bark"]}]},
            },
            "$defs": {"Pet": {"type": "object", "properties": {"name": {}}, **pet}},
        }

    assert len(compare(schemas(), schemas(required=["name"]))) == 1


def test_a_dangling_reference_is_told_and_the_rest_compared(rules):
    old = {"properties": {"a": {"$ref": "#/$defs/A"}, "b": {"type": "string"}}}
    new = {"properties": {"a": {"$ref": "#/$defs/A"}, "b": {"type": "integer"}}}
    assert rules(old, new) == ["schema.reference-unresolved", "schema.type-changed"]


@pytest.mark.parametrize(
    "loop",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {"oneOf": [{"$ref": "#"}, {"type": "null"}]},
        {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}},
        {"allOf": [{"$ref": "#/$defs/A"}], "$defs": {"A": {"allOf": [{"$ref": "#"}]}}},
        {"properties": {"next": {"$ref": "#"}}, "type": "object"},
        {"anyOf": [{"items": {"$ref": "#"}}, {"properties": {"a": {"$ref": "#"}}}]},
    ],
)
def test_circles_end(loop, rules):
    assert set(rules(loop, loop)) <= {"schema.reference-unresolved"}
    rules(loop, {"type": "string"})
    rules({"type": "string"}, loop)


def test_recursion_compares_what_changed_inside(rules):
    def tree(kind):
        return {
            "$ref": "#/$defs/T",
            "$defs": {
                "T": {
                    "type": "object",
                    "properties": {
                        "value": {"type": kind},
                        "children": {"type": "array", "items": {"$ref": "#/$defs/T"}},
                    },
                }
            },
        }

    assert rules(tree("string"), tree("integer")) == ["schema.type-changed"]


def test_a_tower_of_unions_does_not_explode(rules):
    def tower(leaf):
        definitions = {"L0": leaf}
        for level in range(1, 30):
            ref = {"$ref": f"#/$defs/L{level - 1}"}
            definitions[f"L{level}"] = {
                "oneOf": [
                    {"type": "array", "items": ref},
                    {"type": "object", "properties": {"a": ref}},
                ]
            }
        return {"$ref": "#/$defs/L29", "$defs": definitions}

    assert rules(tower({"type": "string"}), tower({"type": "integer"})) == ["schema.type-changed"]


def test_wrong_types_everywhere_are_passed_over(rules):
    odd = {
        "type": 3,
        "properties": ["a"],
        "required": True,
        "enum": "a",
        "allOf": {"a": 1},
        "oneOf": [],
        "items": 7,
        "maxLength": "ten",
        "pattern": None,
        "additionalProperties": "no",
        "$ref": 12,
    }
    rules(odd, {"type": "string"})
    assert "schema.part-ignored" in rules({"type": "string"}, odd)


def test_a_knot_of_compositions_costs_no_more_than_its_size(rules):
    def knot(leaf):
        definitions = {"N40": leaf}
        for number in range(40):
            down, back = ({"$ref": f"#/$defs/N{each}"} for each in (number + 1, number * 7 % 40))
            definitions[f"N{number}"] = {"oneOf": [down, {"allOf": [down, back]}]}
        return {"$ref": "#/$defs/N0", "$defs": definitions}

    assert rules(knot({"type": "string"}), knot({"type": "integer"})) != []


def test_a_tower_of_compositions_ends_in_a_word(rules):
    def tower(leaf):
        definitions = {
            f"N{number}": {"allOf": [{"$ref": f"#/$defs/N{number + 1}"}]} for number in range(5000)
        }
        return {"$ref": "#/$defs/N0", "$defs": {**definitions, "N5000": leaf}}

    found = rules(tower({"type": "string"}), tower({"type": "integer"}))
    assert set(found) == {"schema.reference-unresolved"}


def test_a_union_of_hundreds_is_matched(rules):
    def union(*more):
        return {
            "oneOf": [*more, *({"properties": {f"p{n}": {"type": "string"}}} for n in range(400))]
        }

    assert rules(union({"type": "integer"}), union()) == ["schema.union-branch-removed"]
