"""Laws of whole documents: no crash on any JSON, termination, silence of rewrites."""

from __future__ import annotations

import copy
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CALM = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SCALARS = st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["", "a", "{id}", "2XX"])
WORDS = st.sampled_from([
    "paths", "get", "post", "parameters", "responses", "200", "default", "content", "schema",
    "application/json", "requestBody", "headers", "in", "name", "query", "path", "$ref", "components",
    "schemas", "A", "security", "servers", "url", "callbacks", "webhooks", "required", "type", "items",
    "properties", "allOf", "oneOf", "/a", "/a/{id}", "consumes", "definitions", "x-sunset",
])  # fmt: skip
REFS = st.sampled_from(["#/components/schemas/A", "#", "#/paths/~1a", "nowhere.yaml", "#/x/0"])
ANY = st.recursive(
    SCALARS | REFS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=25,
)


@CALM
@given(ANY, ANY, st.sampled_from(["2.0", "3.0.3", "3.1.0", "3.2.0"]))
def test_no_json_crashes_a_comparison(changes, one, two, version):
    key = "swagger" if version == "2.0" else "openapi"

    def dressed(value):
        parts = value if isinstance(value, dict) else {"paths": value}
        return {**parts, key: version}

    for change in changes(dressed(one), dressed(two)):
        assert change.rule.message.format(**change.values)


def api(chance, size=6):
    """A document with shared, nested and recursive parts."""

    def schema(depth=0, *, ref=True):
        if ref and (depth > 2 or chance.random() < 0.3):
            return {"$ref": f"#/components/schemas/S{chance.randrange(size)}"}
        kind = chance.choice(["object", "array", "string", "union", "all"])
        if kind == "object":
            names = chance.sample("abcd", 2)
            return {
                "type": "object",
                "properties": {name: schema(depth + 1) for name in names},
                "required": names[:1],
            }
        if kind == "array":
            return {"type": "array", "items": schema(depth + 1), "maxItems": chance.randrange(9)}
        if kind == "string":
            return {"type": "string", "maxLength": chance.randrange(9)}
        return {"oneOf" if kind == "union" else "allOf": [schema(depth + 1), schema(depth + 1)]}

    def content():
        return {"content": {"application/json": {"schema": schema()}}}

    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {
            f"/p{number}": {
                "post": {
                    "parameters": [{"name": "q", "in": "query", "schema": schema()}],
                    "requestBody": content(),
                    "responses": {"200": {"description": "d", **content()}},
                }
            }
            for number in range(3)
        },
        "components": {"schemas": {f"S{number}": schema(ref=False) for number in range(size)}},
    }


@pytest.mark.parametrize("seed", range(25))
def test_silence_of_rewrites(rules, seed):
    chance = random.Random(seed)
    old = api(chance)
    assert rules(old, copy.deepcopy(old)) == []
    inlined = copy.deepcopy(old)
    for item in inlined["paths"].values():
        body = item["post"].pop("requestBody")
        inlined["components"].setdefault("requestBodies", {})["B"] = body
        item["post"]["requestBody"] = copy.deepcopy(body)
    assert rules(old, inlined) == []
    renamed = json.loads(json.dumps(old).replace("schemas/S", "schemas/T"))
    renamed["components"]["schemas"] = {
        name.replace("S", "T"): each for name, each in renamed["components"]["schemas"].items()
    }
    assert rules(old, renamed) == []


@pytest.mark.parametrize("seed", range(10))
def test_an_operation_more_changes_no_other_finding(changes, seed):
    chance = random.Random(seed)
    old, new = api(chance), api(chance)
    before = [(each.rule.id, each.path, each.direction) for each in changes(old, new)]
    done = {"get": {"responses": {"204": {"description": "done"}}}}
    more = [copy.deepcopy(each) for each in (old, new)]
    for each in more:
        each["paths"]["/unrelated"] = done
    assert [(each.rule.id, each.path, each.direction) for each in changes(*more)] == before


def test_an_exponential_looking_document_is_compared_in_its_size(rules):
    def document(leaf):
        schemas = {"S0": leaf}
        for level in range(1, 60):
            ref = {"$ref": f"#/components/schemas/S{level - 1}"}
            schemas[f"S{level}"] = {"type": "object", "properties": {"a": ref, "b": ref, "c": ref}}
        top = {"$ref": "#/components/schemas/S59"}
        body = {"content": {"application/json": {"schema": top}}}
        item = {"post": {"requestBody": body, "responses": {}}}
        paths = {f"/p{number}": item for number in range(50)}
        return {"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}}

    assert rules(document({"type": "string"}), document({"type": "integer"})) == [
        "schema.type-changed"
    ]
