"""Rules that need only the document; and what a document must be."""

import json
from pathlib import Path

import pytest

from apicheck import api
from apicheck.fuzz.contract import read
from apicheck.fuzz.static import CARDS, changes

PROBLEM = {"content": {"application/problem+json": {}}}


@pytest.fixture
def told(tmp_path):
    def found(path, method, operation, **more):
        document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, **more}
        document["paths"] = {path: {method: operation}}
        file = tmp_path / "c.json"
        file.write_text(json.dumps(document))
        return [
            each.rule.id.removeprefix("http.")
            for each in changes(read(api.load(str(file)).document))
        ]

    return found


TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}}
JSON = {"content": {"application/json": {}}}


def header(name):
    return {"name": name, "in": "header", "schema": {"type": "string"}}


def saying(*names, **more):
    known = {name: {"type": "boolean"} for name in names} | more
    return {"content": {"application/json": {"schema": {"type": "object", "properties": known}}}}


@pytest.mark.parametrize(
    ("path", "method", "operation", "rule"),
    [
        (
            "/a",
            "get",
            {"security": [{"b": []}], "responses": {"200": {}}},
            "unauthorized-undocumented",
        ),
        (
            "/a",
            "get",
            {"security": [{"b": []}], "responses": {"200": {}, "403": {}}},
            "forbidden-without-unauthorized",
        ),
        ("/a/{id}", "get", {"responses": {"200": {}}}, "not-found-undocumented"),
        (
            "/a",
            "put",
            {"requestBody": {"content": {"application/json": {}}}, "responses": {"200": {}}},
            "invalid-content-undocumented",
        ),
        ("/a", "get", {"responses": {"200": {}, "503": {}}}, "waiting-time-undocumented"),
        ("/a", "post", {"responses": {"201": {}}}, "location-undocumented"),
        ("/a", "delete", {"responses": {"204": PROBLEM}}, "no-content-with-content"),
        ("/a", "put", {"responses": {"200": {}, "304": {}}}, "not-modified-documented-for-write"),
        ("/a", "put", {"responses": {"200": {}, "428": {}}}, "condition-undocumented"),
        ("/a", "get", {"responses": {"200": {}, "460": {}}}, "unregistered-status-documented"),
        ("/a", "get", {"responses": {"200": {}, "99": {}}}, "unregistered-status-documented"),
        ("/a", "get", {"responses": {"400": {}}}, "success-undocumented"),
        ("/a", "get", {"responses": {"201": {}}}, "created-documented-for-reading"),
        (
            "/a",
            "delete",
            {"responses": {"204": {}, "415": {}}},
            "content-refused-where-none-is-taken",
        ),
        (
            "/a",
            "get",
            {"security": [], "responses": {"200": {}, "401": {}}},
            "unauthorized-documented-for-public",
        ),
        ("/a", "get", {"responses": {"200": {}, "405": {}}}, "method-refusal-documented"),
        ("/a", "get", {"responses": {"200": {}, "501": {}}}, "not-implemented-documented"),
        (
            "/a",
            "get",
            {"requestBody": TEXT, "responses": {"default": {}}},
            "content-documented-for-reading",
        ),
        ("/a", "get", {"responses": {"303": {}}}, "redirect-target-undocumented"),
        ("/a", "get", {"responses": {"200": {}, "426": {}}}, "upgrade-undocumented"),
        (
            "/a",
            "put",
            {"parameters": [header("If-Match")], "responses": {"200": {}}},
            "failed-condition-undocumented",
        ),
        (
            "/a",
            "get",
            {"parameters": [header("If-None-Match")], "responses": {"200": {}}},
            "not-modified-undocumented",
        ),
        ("/a", "get", {"responses": {"200": {}, "416": {}}}, "range-undocumented"),
        (
            "/a",
            "get",
            {"parameters": [header("Range")], "responses": {"200": {}}},
            "range-undocumented",
        ),
        (
            "/a",
            "get",
            {"responses": {"200": saying("ok", "error")}},
            "failure-documented-as-success",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value else "",
)
def test_a_document_that_forgets_an_answer(told, path, method, operation, rule):
    assert told(path, method, operation) == [rule]


def test_near_misses_say_nothing(told):
    waits = {"headers": {"Retry-After": {"schema": {"type": "integer"}}}}
    assert told("/a", "get", {"responses": {"200": {}, "503": waits}}) == []
    assert told("/a/{id}", "get", {"responses": {"default": {}}}) == []
    assert told("/a", "get", {"security": [{}, {"b": []}], "responses": {"200": {}}}) == []


@pytest.mark.parametrize(
    ("method", "operation"),
    [
        ("get", {"responses": {"200": {}, "451": {}, "4XX": {}, "x-note": {}}}),
        ("get", {"responses": {"303": {"headers": {"Location": {}}}}}),
        ("post", {"responses": {"201": {"headers": {"location": {}}}, "415": {}}}),
        (
            "post",
            {"security": [], "requestBody": JSON, "responses": {"200": {}, "401": {}, "422": {}}},
        ),
        ("get", {"responses": {"200": {}, "401": {}}}),
        (
            "get",
            {
                "requestBody": {"content": {"x/form": {"schema": {"properties": {}}}}},
                "responses": {"default": {}},
            },
        ),
        ("put", {"parameters": [header("If-Match")], "responses": {"200": {}, "412": {}}}),
        ("get", {"parameters": [header("If-None-Match")], "responses": {"200": {}, "304": {}}}),
        ("get", {"parameters": [header("Range")], "responses": {"200": {}, "206": {}, "416": {}}}),
        ("get", {"responses": {"200": saying("ok")}}),
        ("get", {"responses": {"200": saying("error", ok={"const": True})}}),
        ("get", {"responses": {"400": saying("ok", "error"), "200": {}}}),
    ],
    ids=str,
)
def test_what_only_looks_like_it_is_silent(told, method, operation):
    assert told("/a", method, operation) == []


def test_what_others_of_the_contract_say_is_missed(tmp_path):
    def put(*statuses):
        return {"requestBody": JSON, "responses": {key: {} for key in ("200", "422", *statuses)}}

    paths = {"/a": {"put": put("415")}, "/b": {"put": put("415")}, "/c": {"put": put()}}
    assert labels(tmp_path, paths, "type-refusal-undocumented") == ["PUT /c"]
    paths["/a"] = {"put": put()}
    assert labels(tmp_path, paths, "type-refusal-undocumented") == []


def test_a_post_to_a_collection_that_can_be_read(tmp_path):
    def post(status):
        return {"post": {"requestBody": JSON, "responses": {status: {}, "422": {}}}}

    one = {"get": {"responses": {"200": {}, "404": {}}}}
    rule = "creation-documented-as-plain-success"
    assert labels(tmp_path, {"/a": post("200"), "/a/{id}": one}, rule) == ["POST /a"]
    assert labels(tmp_path, {"/a": post("202"), "/a/{id}": one}, rule) == []
    assert labels(tmp_path, {"/a/search": post("200"), "/a/{id}": one}, rule) == []


def labels(tmp_path, paths, rule):
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}
    file = tmp_path / "c.json"
    file.write_text(json.dumps(document))
    found = changes(read(api.load(str(file)).document))
    return [each.label for each in found if each.rule.id == f"http.{rule}"]


def test_every_card_has_a_case():
    cases = Path(__file__).read_text()
    assert not [each.rule.id for each in CARDS if each.rule.id.removeprefix("http.") not in cases]


def test_a_recursive_schema_comes_to_an_end(tmp_path):
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {
            "/a": {
                "put": {
                    "requestBody": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Node"}}
                        }
                    },
                    "responses": {},
                }
            }
        },
        "components": {"schemas": {"Node": node}},
    }
    file = tmp_path / "c.json"
    file.write_text(json.dumps(document))
    (operation,) = read(api.load(str(file)).document).operations
    assert operation.bodies[0].schema == {"type": "object", "properties": {"next": True}}
