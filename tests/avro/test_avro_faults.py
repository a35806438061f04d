"""Schemas that are not valid: each fault is told with its place, all in one go."""

from __future__ import annotations

import json

import pytest

from apicheck import api
from apicheck.errors import ParseError
from apicheck.model import Direction


def record(*fields, **more):
    return {"type": "record", "name": "R", "fields": list(fields), **more}


def typed(type_, **more):
    return record({"name": "a", "type": type_, **more})


def enum(*symbols, **more):
    return {"type": "enum", "name": "E", "symbols": list(symbols), **more}


def decimal(**more):
    return {"type": "bytes", "logicalType": "decimal", **more}


FAULTS = {
    "a-name-with-a-dash": (record(name="a-b"), "'a-b' is no name"),
    "a-type-called-like-a-primitive": (record(name="string"), "'string' is no name"),
    "no-name": ({"type": "record", "name": None, "fields": []}, "a record without a name"),
    "a-namespace-of-spaces": (record(namespace="a b"), "namespace of 'R'"),
    "a-field-with-a-dash": (record({"name": "a-b", "type": "int"}), "'a-b' is no name"),
    "a-field-without-name": (record({"type": "int"}), "a field without a name"),
    "a-field-without-type": (record({"name": "a"}), "field 'a' has no type"),
    "no-fields": ({"type": "record", "name": "R"}, "no list 'fields'"),
    "a-field-twice": (
        record({"name": "a", "type": "int"}, {"name": "a", "type": "int"}),
        "field 'a' stands twice",
    ),
    "a-type-twice": (
        record({"name": "a", "type": enum("X")}, {"name": "b", "type": enum("X")}),
        "E is defined again",
    ),
    "a-branch-twice": (typed(["int", {"type": "int"}]), "two branches of one type"),
    "two-arrays-in-a-union": (
        typed([{"type": "array", "items": "int"}, {"type": "array", "items": "long"}]),
        "two branches of one type",
    ),
    "a-name-twice-in-a-union": (typed([enum("X"), "E"]), "two branches of one type"),
    "a-union-in-a-union": (typed([["int"], "null"]), "a union stands in a union"),
    "a-number-for-a-type": (typed(5), "5 is no Avro type"),
    "an-array-without-items": (typed({"type": "array"}), "an array without 'items'"),
    "a-map-without-values": (typed({"type": "map"}), "a map without 'values'"),
    "a-fixed-without-size": (typed({"type": "fixed", "name": "F"}), "no size in bytes"),
    "a-symbol-twice": (typed(enum("X", "X")), "symbol X stands twice"),
    "a-symbol-with-a-dash": (typed(enum("X-Y")), "'X-Y' is no enum symbol"),
    "an-enum-default-that-is-no-symbol": (typed(enum("X", default="Y")), "none of its symbols"),
    "null-in-quotes": (typed(["null", "int"], default="null"), "the default of field 'a'"),
    "a-default-of-another-type": (typed("int", default="0"), "the default of field 'a'"),
    "a-default-that-is-too-large": (typed("int", default=2**31), "the default of field 'a'"),
    "true-is-no-number": (typed("int", default=True), "the default of field 'a'"),
    "a-default-that-is-no-symbol": (typed(enum("X"), default="Y"), "the default of field 'a'"),
    "a-default-of-a-record-that-lacks-a-field": (
        typed({**record({"name": "x", "type": "int"}), "name": "S"}, default={}),
        "the default of field 'a'",
    ),
    "a-default-of-too-few-bytes": (
        typed({"type": "fixed", "name": "F", "size": 2}, default="x"),
        "the default of field 'a'",
    ),
    "a-decimal-without-precision": (typed(decimal()), "needs a precision"),
    "a-scale-over-the-precision": (typed(decimal(precision=2, scale=3)), "the scale of a decimal"),
    "a-decimal-too-long-for-its-fixed": (
        typed({"type": "fixed", "name": "F", "size": 2, "logicalType": "decimal", "precision": 5}),
        "holds decimals of 4 digits at most",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_place(tmp_path, fault):
    schema, problem = FAULTS[fault]
    file = tmp_path / "x.avsc"
    file.write_text(json.dumps(schema, indent=1))
    with pytest.raises(ParseError, match=r"x\.avsc:") as caught:
        api.load(str(file))
    assert problem in caught.value.problem
    assert caught.value.span.line > 1 or fault == "no-fields"


FINE = {
    "a-default-of-a-later-branch": typed(["null", "int"], default=5),  # allowed since 1.12
    "a-whole-number-for-a-double": typed("double", default=1),
    "bytes-as-code-points": typed("bytes", default="\u00ff"),
    "a-default-of-a-record-with-defaults": typed(
        {**record({"name": "x", "type": "int", "default": 1}), "name": "S"}, default={}
    ),
    "a-namespace-with-a-dash": record(namespace="com.my-shop"),
    "an-unknown-logical-type": typed({"type": "string", "logicalType": "url"}),
    "a-decimal-on-a-string-is-ignored": typed({"type": "string", "logicalType": "decimal"}),
    "a-type-around-a-type": typed({"type": {"type": "array", "items": "int"}}),
    "a-field-called-like-its-type": record({"name": "E", "type": enum("X")}),
}


@pytest.mark.parametrize("schema", FINE.values(), ids=FINE)
def test_what_others_accept_is_read(avro, schema):
    assert avro.rules(schema, schema) == []


def test_all_faults_are_told_at_once(avro):
    schema = record({"name": "a-b", "type": "int"}, {"name": "c", "type": "int", "default": "x"})
    with pytest.raises(ExceptionGroup) as caught:
        avro.contract(schema)
    assert len(caught.value.exceptions) == 2


def test_the_first_of_two_twins_is_shown(tmp_path):
    file = tmp_path / "x.avsc"
    file.write_text(
        '{"type": "record", "name": "R", "fields": [\n'
        '  {"name": "a", "type": "int"},\n  {"name": "a", "type": "int"}\n]}'
    )
    with pytest.raises(ParseError) as caught:
        api.load(str(file))
    assert caught.value.span.line == 3
    assert caught.value.also.line == 2


def test_a_type_that_only_one_version_lacks_cannot_be_compared(avro):
    with pytest.raises(ParseError, match=r"type x\.Gone is defined in none of the files"):
        avro.changes(typed("int"), typed("x.Gone"))


def test_a_type_of_another_contract_is_left_out_and_told(avro):
    old, new = typed("x.Other"), typed("x.Other", default=None)
    assert avro.rules(old, new) == ["avro.default-added", "avro.reference-unresolved"]


def test_nothing_is_proved_where_a_type_is_not_known(avro):
    other = {"name": "b", "type": "x.Other"}
    old, new = (
        record({"name": "a", "type": "int"}, other),
        record({"name": "a", "type": "long"}, other),
    )
    one, two = avro.contract(old), avro.contract(new)
    change = next(iter(avro.AVRO.compare(one, two, avro.TODAY)))
    assert change.rule.id == "avro.type-promoted"
    proof = avro.AVRO.prover(one, two)(change, Direction.OUTBOUND)
    assert (proof.kind, proof.reason) == ("unknown", "type x.Other is defined in no file")


@pytest.mark.parametrize(
    "data",
    [
        {"type": "object", "properties": {"type": {"type": "string"}}},
        {"type": "array", "items": {"type": "string"}},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "record", "name": "x"},
        {"type": "string"},
        [1, 2],
        [{"type": "string"}],
        {"protocol": "http"},
        "record",
        None,
    ],
)
def test_other_json_is_not_taken_for_avro(avro, data):
    from apicheck.sources import in_memory

    assert not avro.AVRO.detect(in_memory(data, "x.json"))


@pytest.mark.parametrize(
    "data",
    [
        record(),
        [record(), "R"],
        {"protocol": "P", "types": []},
        {"type": "error", "name": "E", "fields": []},
    ],
    ids=["record", "union", "protocol", "error"],
)
def test_avro_is_known_by_its_content(avro, data):
    from apicheck.sources import in_memory

    assert avro.AVRO.detect(in_memory(data, "x.json"))


def test_the_ending_decides_in_doubt(avro):
    from apicheck.sources import in_memory

    for data in ({"type": "array", "items": "string"}, ["null", "int"], "string"):
        assert avro.AVRO.detect(in_memory(data, "x.avsc"))
    found = avro.changes({"type": "array", "items": "int"}, {"type": "array", "items": "long"})
    assert [each.rule.id for each in found] == ["avro.type-promoted"]
