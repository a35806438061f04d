"""What the judge makes of a schema change with proofs: shown by a payload, or let pass."""

from __future__ import annotations

import json

import jsonschema
import pytest

from apicheck import api
from apicheck.judge.policy import layer_of_flags
from apicheck.model import Direction, Severity, Verdict
from apicheck.schema import whole
from apicheck.sources import in_memory

DONE = {"204": {"description": "done"}}
REQUEST, RESPONSE = Direction.INBOUND, Direction.OUTBOUND


def body(schema, direction=REQUEST, **components):
    content = {"content": {"application/json": {"schema": schema}}}
    operation = {"requestBody": content, "responses": DONE}
    if direction is RESPONSE:
        operation = {"responses": {"200": {"description": "d", **content}}}
    return document({"post": operation}, **components)


def document(item, **components):
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/things": item},
        "components": {"schemas": components},
    }


def parameter(schema):
    parameters = [{"name": "q", "in": "query", "schema": schema}]
    return document({"get": {"parameters": parameters, "responses": DONE}})


def check(old, new, **settings):
    build = api.formats.named("openapi").build
    sides = (build(in_memory(old, "old")), build(in_memory(new, "new")))
    return api.check(*sides, api.Settings(**settings))


def loud(report):
    return {f.rule.id: f for f in report.findings if f.severity > Severity.INFO}


def the(report, rule):
    (found,) = [each for each in report.findings if each.rule.id == rule]
    return found


def closed(**properties):
    return {"type": "object", "properties": properties, "additionalProperties": False}


def opened(**properties):
    return {"type": "object", "properties": properties}


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
HARMLESS = {
    "an enum moved behind a reference": (
        body({"enum": ["a", "b"]}),
        body({"$ref": "#/components/schemas/E"}, E={"enum": ["b", "a"]}),
    ),
    "oneOf in another order": (
        body({"oneOf": [opened(k={"const": 1}), TEXT]}),
        body({"oneOf": [TEXT, opened(k={"const": 1})]}),
    ),
    "integer to number in a request": (body(NUMBER), body({"type": "number"})),
    "required by another branch already": (
        body({"allOf": [{**opened(a=TEXT), "required": ["a"]}, opened(b=TEXT)]}),
        body(
            {
                "allOf": [
                    {**opened(a=TEXT), "required": ["a"]},
                    {**opened(b=TEXT), "required": ["a"]},
                ]
            }
        ),
    ),
    "an alternative that another covers": (
        body({"anyOf": [TEXT, {"enum": ["x"]}]}),
        body({"anyOf": [TEXT, {"enum": ["y"]}]}),
    ),
    "a pattern written in another way": (
        body({"type": "string", "pattern": "^[0-9]+$"}),
        body({"type": "string", "pattern": "^[0-9][0-9]*$"}),
    ),
    "a limit that a constant cannot reach": (
        body({"type": "integer", "enum": [1, 2], "maximum": 9}),
        body({"type": "integer", "enum": [1, 2], "maximum": 5}),
    ),
    "a new alternative of oneOf that leaves the others alone": (
        body({"oneOf": [TEXT]}),
        body({"oneOf": [TEXT, NUMBER]}),
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_suspicion_that_proves_harmless_breaks_nobody(name):
    report = check(*HARMLESS[name])
    assert loud(report) == {}
    assert report.summary.verdict is Verdict.COMPATIBLE


BREAKING = {
    "a value of an enum gone": (body({"enum": ["a", "b"]}), body({"enum": ["a"]}), "b"),
    "a member made required": (
        body(opened(a=TEXT, b=TEXT)),
        body({**opened(a=TEXT, b=TEXT), "required": ["b"]}),
        {},
    ),
    "deep inside, through references": (
        body(
            {"$ref": "#/components/schemas/A"},
            A=opened(b={"items": {"$ref": "#/components/schemas/C"}}),
            C=TEXT,
        ),
        body(
            {"$ref": "#/components/schemas/A"},
            A=opened(b={"items": {"$ref": "#/components/schemas/C"}}),
            C={**TEXT, "maxLength": 2},
        ),
        {"b": ["aaa"]},
    ),
    "a pattern that lets less through": (
        body({"type": "string", "pattern": "^[0-9]+$"}),
        body({"type": "string", "pattern": "^[0-8]+$"}),
        "9",
    ),
    "what a response promised": (
        body({**opened(a=NUMBER), "required": ["a"]}, RESPONSE),
        body(opened(a=NUMBER), RESPONSE),
        {},
    ),
    "within not": (
        body({"type": "integer", "not": {"minimum": 9}}),
        body({"type": "integer", "not": {"minimum": 8}}),
        8,
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_break_is_shown_by_a_payload(name):
    old, new, value = BREAKING[name]
    report = check(old, new)
    (found,) = loud(report).values()
    assert found.severity is Severity.ERROR
    assert found.proof == "witnessed"
    assert found.witness.checked
    assert found.witness.value == value
    inbound = "requestBody" in old["paths"]["/things"]["post"]
    assert found.witness.accepted_by == ("old" if inbound else "new")
    assert found.witness.rejected_by == ("new" if inbound else "old")


def test_the_payload_is_whole_and_shows_just_this_finding():
    def order(**changed):
        item = {**opened(sku=TEXT, count={"type": "integer", "minimum": 0}), "required": ["sku"]}
        item["properties"].update(changed)
        return body({**opened(id=TEXT, items={"type": "array", "items": item}), "required": ["id"]})

    old = order()
    new = order(sku={**TEXT, "maxLength": 5}, count={"type": "integer", "minimum": 1})
    report = check(old, new)
    first, second = (f for f in report.findings if f.severity is Severity.ERROR)
    shown = {
        first.values["keyword"]: first.witness.value,
        second.values["keyword"]: second.witness.value,
    }
    assert shown["maxLength"] == {"id": "", "items": [{"sku": "aaaaaa"}]}
    assert shown["minimum"] == {"id": "", "items": [{"count": 0, "sku": ""}]}
    schemas = [
        d["paths"]["/things"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        for d in (old, new)
    ]
    for value in shown.values():
        jsonschema.validate(value, schemas[0])
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(value, schemas[1])


def test_two_findings_of_one_schema_have_a_payload_each():
    old = body({"type": "string", "minLength": 1, "maxLength": 9})
    new = body({"type": "string", "minLength": 2, "maxLength": 5})
    values = {f.values["keyword"]: f.witness.value for f in check(old, new).findings}
    assert values == {"minLength": "a", "maxLength": "aaaaaa"}


def test_what_only_undeclared_members_break_is_a_warning_of_its_own():
    report = check(body(opened(a=TEXT)), body(closed(a=TEXT)))
    (found,) = loud(report).values()
    assert found.severity is Severity.WARNING
    assert found.witness.undeclared
    assert set(found.witness.value) - {"a"}
    assert report.summary.verdict is Verdict.COMPATIBLE


@pytest.mark.parametrize(("mark", "direction"), [("readOnly", REQUEST), ("writeOnly", RESPONSE)])
def test_what_is_not_sent_is_no_matter_of_that_direction(mark, direction):
    old = opened(id={**TEXT, mark: True})
    new = {**opened(id={**NUMBER, mark: True}), "required": ["id"]}
    assert loud(check(body(old, direction), body(new, direction))) == {}
    other = RESPONSE if direction is REQUEST else REQUEST
    assert loud(check(body(old, other), body(new, other)))


def test_a_break_that_no_rule_names_is_reported_with_its_payload():
    example = whole.NOT_CONTAINED.example
    report = check(body(json.loads(example.old)), body(json.loads(example.new)))
    found = the(report, "schema.not-contained")
    assert found.severity is Severity.ERROR
    assert found.witness.value == "a"
    assert report.summary.verdict is Verdict.BREAKING


def test_an_unnamed_break_that_takes_undeclared_members_is_a_warning():
    old = {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}
    new = {"oneOf": [*old["oneOf"], {"required": ["c"]}]}
    found = the(check(body(old), body(new)), "schema.not-contained")
    assert found.severity is Severity.WARNING
    assert found.witness.undeclared


def test_an_explicitly_open_object_may_get_a_property():
    old = {**opened(a=TEXT), "additionalProperties": True}
    new = {**opened(a=TEXT, b=TEXT), "additionalProperties": True}
    assert loud(check(body(old), body(new))) == {}


def test_what_could_not_be_decided_is_said_once_and_makes_the_verdict_unknown():
    example = whole.NOT_DECIDED.example
    item = {"post": body(json.loads(example.old))["paths"]["/things"]["post"]}
    assert item
    sides = []
    for text in (example.old, example.new):
        ref = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}}
        each = {"requestBody": ref, "responses": DONE}
        sides.append(document({"post": each, "put": each}, S=json.loads(text)))
    report = check(*sides)
    found = the(report, "schema.not-decided")
    assert found.proof == "unknown"
    assert {use.label for use in found.location.uses} == {"POST /things", "PUT /things"}
    assert report.summary.verdict is Verdict.UNKNOWN


def test_a_rule_that_was_silenced_stays_silent():
    old, new = body({"enum": ["a", "b"]}), body({"enum": ["a"]})
    rules = api.catalogue()
    layers = (layer_of_flags(("schema.enum-value-removed=info",), rules),)
    report = check(old, new, policy=api.Policy(layers=layers))
    assert loud(report) == {}


def test_text_that_may_be_read_in_another_way_is_no_proof():
    report = check(parameter({"type": "string"}), parameter({"type": ["integer", "string"]}))
    assert loud(report) == {}
    report = check(parameter({"enum": ["10", "x"]}), parameter({"enum": [10]}))
    (found,) = loud(report).values()
    assert found.witness.value == "x"


def test_a_masked_change_of_one_place_still_breaks_in_another():
    def two(inner):
        masked = {"anyOf": [TEXT, {"$ref": "#/components/schemas/E"}]}
        plain = {"$ref": "#/components/schemas/E"}
        contents = [{"content": {"application/json": {"schema": each}}} for each in (masked, plain)]
        return document(
            {
                "post": {"requestBody": contents[0], "responses": DONE},
                "put": {"requestBody": contents[1], "responses": DONE},
            },
            E=inner,
        )

    report = check(two({"enum": ["a", "b"]}), two({"enum": ["a"]}))
    (found,) = loud(report).values()
    assert found.witness.purpose.startswith("PUT /things")


def test_a_schema_that_is_none_ends_no_proof():
    old = {"allOf": [{"properties": -1}], "unevaluatedProperties": False, "maxProperties": 3}
    report = check(body(old), body({**old, "maxProperties": 2}))
    assert set(loud(report)) == {"schema.part-ignored"}


def test_a_style_that_is_no_word_is_passed_over():
    def styled(style, schema):
        parameters = [{"name": "q", "in": "query", "style": style, "schema": schema}]
        return document({"get": {"parameters": parameters, "responses": DONE}})

    report = check(styled({"type": "string"}, TEXT), styled({"type": "string"}, NUMBER))
    assert "schema.type-narrowed" in {each.rule.id for each in report.findings}
