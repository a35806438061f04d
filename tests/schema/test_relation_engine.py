"""Stories of containment: what an engine gets wrong unless somebody has thought of it."""

from __future__ import annotations

import pytest

from apicheck.errors import UnsupportedFeature
from apicheck.nodes import Node
from apicheck.schema import OPENAPI_2, OPENAPI_30
from apicheck.schema.logic.resolve import Memory
from apicheck.schema.relation import Proved, Prover, Reading, Refuted, Unknown, contains


def behind(reference, **made):
    return {"$ref": f"#/$defs/{reference}", "$defs": made}


# What a sender declares.


def test_a_declared_member_keeps_what_its_schema_says():
    old = {"properties": {"from": {"type": "string"}, "tenant": {"type": "string"}}}
    new = {"properties": {"from": {"type": "string"}}}
    for a, b in ((old, new), (new, old)):
        assert isinstance(contains(a, b, reading=Reading.DECLARED), Proved)
    assert isinstance(contains(new, old), Refuted)


def test_the_declared_reading_looks_into_every_branch():
    old = {"anyOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {}}}]}
    new = {"properties": {"a": {"type": "string"}, "c": {"type": "integer"}}}
    answer = contains(old, new, reading=Reading.DECLARED)
    assert isinstance(answer, Proved)
    shut = {"properties": {"a": {"type": "string"}}, "additionalProperties": False}
    answer = contains(old, shut, reading=Reading.DECLARED)
    assert isinstance(answer, Refuted)
    assert set(answer.witness) == {"b"}


def test_what_a_branch_sends_inside_an_array_counts_as_well():
    one = {"type": "array", "items": {"properties": {"a": {"type": "integer"}}}}
    other = {"type": "array", "items": {"type": "object", "properties": {"b": True}}}
    either = {"anyOf": [one, other]}
    # The second branch lets a text pass as "a", but nobody who writes by it sends one.
    reader = {"items": {"properties": {"a": {"type": "integer"}}}}
    assert isinstance(contains(either, reader, reading=Reading.DECLARED), Proved)
    assert isinstance(contains(either, reader), Refuted)


def test_a_union_is_not_forgotten_because_of_what_follows_from_it():
    either = {
        "anyOf": [
            {"type": "object", "properties": {"c": True}},
            {"type": "object", "properties": {"a": True}},
        ]
    }
    reader = {"type": "object", "properties": {"c": True}, "required": ["c"]}
    answer = contains(either, reader, reading=Reading.DECLARED)
    assert isinstance(answer, Refuted)
    assert answer.witness == {}


# Recursion.


def test_what_leaned_on_a_search_that_found_something_is_forgotten():
    """Both properties meet the same pair; the first meets it while the root is assumed."""
    a = behind(
        "A",
        A={
            "type": "object",
            "properties": {"x": {"$ref": "#/$defs/B"}, "y": {"$ref": "#/$defs/B"}},
        },
        B={"type": "object", "properties": {"up": {"$ref": "#/$defs/A"}, "n": {"type": "integer"}}},
    )
    b = behind(
        "A",
        A={"type": "object", "properties": {"x": True, "y": {"$ref": "#/$defs/B"}}},
        B={"type": "object", "properties": {"up": {"$ref": "#/$defs/A"}, "n": {"minimum": 0}}},
    )
    answer = contains(a, b)
    assert isinstance(answer, Refuted)
    assert "y" in answer.witness


def test_a_knot_of_types_is_contained_in_itself_unrolled():
    tree = behind("T", T={"type": "object", "properties": {"l": {"$ref": "#/$defs/T"}}})
    once = {
        "type": "object",
        "properties": {"l": {"$ref": "#/$defs/T"}},
        "$defs": tree["$defs"],
    }
    assert isinstance(contains(tree, once), Proved)
    assert isinstance(contains(once, tree), Proved)


def test_two_ways_to_write_one_recursive_type_are_equal():
    even = behind(
        "E",
        E={"anyOf": [{"type": "null"}, {"type": "array", "items": {"$ref": "#/$defs/O"}}]},
        O={"anyOf": [{"type": "null"}, {"type": "array", "items": {"$ref": "#/$defs/E"}}]},
    )
    plain = behind("L", L={"anyOf": [{"type": "null"}, {"type": "array", "items": {"$ref": "#/$defs/L"}}]})  # fmt: skip
    assert isinstance(contains(even, plain), Proved)
    assert isinstance(contains(plain, even), Proved)


def test_a_type_that_no_finite_value_has_is_empty():
    endless = behind("E", E={"type": "object", "properties": {"e": {"$ref": "#/$defs/E"}}, "required": ["e"]})  # fmt: skip
    assert isinstance(contains(endless, False), Proved)


# References that mean the same, or only look so.


@pytest.mark.parametrize("name", ["title", "description", "default", "x-a", "$id", "$ref", "b"])
def test_names_that_look_like_annotations_are_names(name):
    one = behind("x", x={"dependentRequired": {name: ["p"]}})
    other = behind("x", x={"dependentRequired": {name: ["q"]}})
    assert isinstance(contains(one, other), Refuted)
    one = behind("x", x={"properties": {name: {"type": "string"}}})
    other = behind("x", x={"properties": {name: {"type": "integer"}}})
    assert isinstance(contains(one, other), Refuted)
    one, other = behind("x", x={"const": {name: 1}}), behind("x", x={"const": {name: 2}})
    assert isinstance(contains(one, other), Refuted)


def test_what_leads_nowhere_on_both_sides_is_the_same_unknown():
    broken = {"type": "object", "properties": {"a": {"$ref": "#/gone"}, "n": {"type": "integer"}}}
    other = {**broken, "title": "the same", "minProperties": 0}
    assert isinstance(contains(broken, other), Proved)


def test_a_witness_that_avoids_what_is_broken_is_one_and_one_that_rests_on_it_is_none():
    broken = {"type": "object", "properties": {"a": {"$ref": "#/gone"}, "n": {"type": "integer"}}}
    answer = contains(broken, {"type": "object", "properties": {"n": {"type": "string"}}})
    assert isinstance(answer, Refuted)
    assert set(answer.witness) == {"n"}
    assert isinstance(contains(broken, {"properties": {"a": {"type": "string"}}}), Unknown)
    empty = {"properties": {"a": {"oneOf": []}, "n": {"maximum": 1}}}
    assert isinstance(contains({}, empty), Refuted)
    assert isinstance(contains({"properties": {"n": False}}, empty), Unknown)


def test_a_relative_reference_that_leads_nowhere_is_not_the_same_in_two_places():
    one = {"allOf": [{"$ref": "other.json"}, {"type": "integer"}]}
    assert isinstance(contains(one, {"$ref": "other.json"}), Unknown)


# What is refused honestly.


def test_a_dynamic_reference_with_a_choice_is_refused_and_one_without_is_followed():
    tree = {
        "$id": "https://example.test/tree",
        "$dynamicAnchor": "node",
        "properties": {"children": {"items": {"$dynamicRef": "#node"}}},
    }
    strict = {
        "$id": "https://example.test/strict",
        "$dynamicAnchor": "node",
        "$ref": "tree",
        "unevaluatedProperties": False,
        "$defs": {"tree": tree},
    }
    answer = contains(strict, {"type": ["object", "array"]})
    assert not isinstance(answer, Proved)
    assert isinstance(contains(strict, {"maxProperties": 0}), Unknown | Refuted)
    alone = {
        "type": "array",
        "items": {"$dynamicRef": "#item"},
        "$defs": {"it": {"$dynamicAnchor": "item", "type": "string"}},
    }
    assert isinstance(contains(alone, {"items": {"type": "string"}}), Proved)


def test_a_format_is_an_annotation_unless_asserted():
    dated = {"type": "string", "format": "date"}
    assert isinstance(contains({"type": "string"}, dated), Proved)
    assert isinstance(contains({"type": "string"}, dated, formats=True), Refuted | Unknown)
    assert isinstance(contains(dated, {**dated, "minLength": 0}, formats=True), Proved)


def test_a_dialect_is_known_by_its_name_however_it_is_spelled():
    for said in (
        "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft-07/schema",
    ):
        tupled = {"$schema": said, "items": [{"type": "integer"}], "additionalItems": False}
        assert isinstance(contains(tupled, {"$schema": said, "maxItems": 1}), Proved)
        assert isinstance(contains(tupled, {"$schema": said, "maxItems": 0}), Refuted)
    with pytest.raises(UnsupportedFeature):
        contains({"$schema": "https://example.test/mine"}, {})


def test_keywords_that_openapi_lacks_are_nobody_s_guess():
    prover = Prover(OPENAPI_2, OPENAPI_2)
    plain, composed = {"type": "string"}, {"type": "string", "not": {"minLength": 3}}
    one, other = (Node(each, Memory(each), ()) for each in (plain, composed))
    assert not isinstance(prover.contains(one, other), Proved)


def test_null_beside_an_enum_counts_in_openapi_3_0():
    prover = Prover(OPENAPI_30, OPENAPI_30)
    old, new = {"enum": ["a"], "nullable": True}, {"enum": ["a"]}
    one, other = (Node(each, Memory(each), ()) for each in (old, new))
    answer = prover.contains(one, other)
    assert isinstance(answer, Refuted)
    assert answer.witness is None
    assert isinstance(prover.contains(other, one, a_side="new"), Proved)


# Exact numbers.


@pytest.mark.parametrize(
    ("a", "b", "holds"),
    [
        ({"type": "number", "multipleOf": 0.3}, {"multipleOf": 0.1}, True),
        ({"type": "number", "multipleOf": 0.1}, {"multipleOf": 0.3}, False),
        ({"type": "integer"}, {"multipleOf": 0.5}, True),
        ({"const": 0.3}, {"multipleOf": 0.1}, True),
        ({"type": "number", "minimum": 0.1, "maximum": 0.1}, {"const": 0.1}, True),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1e-300}, {"type": "integer"}, False),
        ({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, False, True),
        ({"type": "integer", "minimum": 2**53, "maximum": 2**53}, {"const": 9007199254740992}, True),
        ({"type": "integer", "minimum": 2**53, "maximum": 2**53 + 1}, {"const": 2**53}, False),
        ({"enum": [1, 1.0]}, {"const": 1}, True),
        ({"const": True}, {"const": 1}, False),
        ({"const": -0.0}, {"const": 0}, True),
        ({"type": "integer", "multipleOf": 6}, {"allOf": [{"multipleOf": 2}, {"multipleOf": 3}]}, True),
        ({"allOf": [{"multipleOf": 2}, {"multipleOf": 3}], "type": "integer"}, {"multipleOf": 6}, True),
        ({"type": "integer", "minimum": 1, "maximum": 9, "not": {"multipleOf": 2}}, {"enum": [1, 3, 5, 7, 9]}, True),
    ],
)  # fmt: skip
def test_numbers_are_decimals_as_they_are_written(a, b, holds):
    assert isinstance(contains(a, b), Proved if holds else Refuted)


# Arrays whose items must differ, repeat, or be few of a kind.


@pytest.mark.parametrize(
    ("a", "b", "holds"),
    [
        ({"items": {"type": "boolean"}, "uniqueItems": True}, {"maxItems": 2}, True),
        ({"items": {"enum": [1, 2, 3]}, "uniqueItems": True}, {"maxItems": 2}, False),
        (
            {"prefixItems": [{"enum": [1, 2]}, {"enum": [1, 2]}, {"enum": [1, 2]}], "uniqueItems": True},
            {"maxItems": 2},
            True,
        ),
        (
            {"prefixItems": [{"enum": [1, 2]}, {"const": 1}], "uniqueItems": True, "minItems": 2},
            {"prefixItems": [{"const": 2}]},
            True,
        ),
        ({"contains": {"type": "string"}, "maxContains": 1}, {"not": {"prefixItems": [{"type": "string"}, {"type": "string"}], "minItems": 2}}, True),
        ({"contains": True, "minContains": 3}, {"minItems": 3}, True),
        ({"contains": {"minimum": 5}, "minContains": 2, "maxItems": 2}, {"items": {"minimum": 5}}, True),
        ({"contains": {"minimum": 5}, "items": {"type": "integer"}, "maxContains": 1, "minItems": 2}, {"contains": {"maximum": 4}}, True),
        ({"contains": {"const": None}, "maxContains": 1}, {"uniqueItems": True}, False),
        ({"items": {"const": 1}}, {"uniqueItems": True}, False),
        ({"items": False}, {"uniqueItems": True}, True),
        ({"maxItems": 0}, {"const": []}, True),
        ({"items": {"type": "null"}, "maxItems": 1}, {"enum": [[], [None]]}, True),
        ({"items": {"type": "null"}, "maxItems": 2}, {"enum": [[], [None]]}, False),
    ],
)  # fmt: skip
def test_items_are_counted(a, b, holds):
    a = {"type": "array", **a}
    answer = contains(a, b)
    assert isinstance(answer, Proved if holds else Refuted), answer


ONE_OF_TWO = {
    "properties": {"a": {"const": 1}, "b": {"const": 2}},
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}


@pytest.mark.parametrize(
    ("a", "b", "holds"),
    [
        ({"additionalProperties": False}, {"const": {}}, True),
        ({}, {"const": {}}, False),
        ({"properties": {"a": {"type": "null"}}, "additionalProperties": False}, {"enum": [{}, {"a": None}]}, True),
        (ONE_OF_TWO, {"enum": [{"a": 1}]}, False),
        (ONE_OF_TWO, {"enum": [{"a": 1}, {"b": 2}]}, True),
        ({"propertyNames": {"enum": ["x", "y"]}}, {"maxProperties": 2}, True),
        ({"propertyNames": {"pattern": "^[ab]$"}}, {"maxProperties": 1}, False),
        ({"propertyNames": {"pattern": "^[ab]$"}}, {"maxProperties": 2}, True),
        ({"patternProperties": {"^a": False}, "required": ["ab"]}, False, True),
        ({"required": ["a"], "dependentRequired": {"a": ["b"], "b": ["c"]}}, {"required": ["c"]}, True),
        ({"properties": {"a": {"const": 1}}, "unevaluatedProperties": False}, {"maxProperties": 1}, True),
    ],
)  # fmt: skip
def test_members_are_counted(a, b, holds):
    assert isinstance(contains({"type": "object", **a}, b), Proved if holds else Refuted)


def test_a_table_of_many_rows_is_a_witness_as_well():
    rows = {
        "type": "array",
        "minItems": 30_000,
        "items": {"type": "array", "items": {"type": "integer"}},
    }
    answer = contains(rows, {"maxItems": 29_999})
    assert isinstance(answer, Refuted)
    assert len(answer.witness) == 30_000
