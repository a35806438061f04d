"""Rules that need only the document; and what a document must be."""

import json

import pytest

from apicheck import api
from apicheck.fuzz.contract import read
from apicheck.fuzz.static import changes

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
            {"security": [{"b": []}], "responses": {"403": {}}},
            "forbidden-without-unauthorized",
        ),
        ("/a/{id}", "get", {"responses": {"200": {}}}, "not-found-undocumented"),
        (
            "/a",
            "put",
            {"requestBody": {"content": {"application/json": {}}}, "responses": {}},
            "invalid-content-undocumented",
        ),
        ("/a", "get", {"responses": {"503": {}}}, "waiting-time-undocumented"),
        ("/a", "post", {"responses": {"201": {}}}, "location-undocumented"),
        ("/a", "delete", {"responses": {"204": PROBLEM}}, "no-content-with-content"),
        ("/a", "put", {"responses": {"304": {}}}, "not-modified-documented-for-write"),
        ("/a", "put", {"responses": {"428": {}}}, "condition-undocumented"),
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
