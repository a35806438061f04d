"""Pacts within what a contract allows are silent; what is read from matchers counts."""

from __future__ import annotations

import json

import pytest

from apicheck.errors import ParseError
from apicheck.pact.against import held_against

ITEM = {
    "type": "object",
    "required": ["sku", "name"],
    "properties": {
        "sku": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "name": {"type": "string"},
        "weight": {"type": ["number", "null"]},
        "state": {"enum": ["new", "old"]},
        "id": {"type": "string", "readOnly": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
SHOP = {
    "servers": [{"url": "https://shop.example.com/v1"}],
    "paths": {
        "/items": {
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9}},
                    {
                        "name": "tag",
                        "in": "query",
                        "schema": {"type": "array", "items": {"enum": ["a", "b"]}},
                    },
                ],
                "responses": {
                    "200": {
                        "description": "",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Item"},
                                }
                            }
                        },
                    },
                    "4XX": {"description": "", "content": {"application/problem+json": {}}},
                },
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Item"}}
                    },
                },
                "responses": {
                    "201": {"description": "", "headers": {"Location": {"required": True}}},
                    "default": {"description": ""},
                },
            },
        },
        "/items/special": {"get": {"responses": {"200": {"description": ""}}}},
        "/items/{sku}": {
            "parameters": [
                {"name": "sku", "in": "path", "required": True, "schema": ITEM["properties"]["sku"]}
            ],
            "get": {
                "responses": {
                    "200": {
                        "description": "",
                        "content": {
                            "application/*": {"schema": {"$ref": "#/components/schemas/Item"}}
                        },
                    }
                }
            },
        },
    },
    "components": {"schemas": {"Item": ITEM}},
}
JSON = {"Content-Type": "application/json"}


def get(path="/items/ABC", body=None, status=200, rules=None, **more):
    response = {"status": status, "headers": JSON, "matchingRules": rules or {}}
    if body is not None:
        response["body"] = body
    return {"request": {"method": "GET", "path": path, **more}, "response": response}


def post(body, **more):
    request = {"method": "POST", "path": "/items", "headers": JSON, "body": body, **more}
    return {"request": request, "response": {"status": 201}}


SILENT = {
    "a part of the item": get(body={"sku": "ABC"}),
    "the base path before it": get("/v1/items/ABC", {"sku": "ABC"}),
    "a list with one item": get("/items", [{"sku": "ABC", "name": "Tea"}]),
    "numbers in a query": get("/items", [], query="limit=3&tag=a&tag=b"),
    "a list with commas": get("/items", [], query="tag=a,b"),
    "the literal path wins": get("/items/special", None),
    "a member of a map": get(body={"labels": {"colour": "red"}}),
    "a class of statuses": get("/items", None, status=404),
    "what is meant to fail is not judged": get("/items", None, status=400, query="limit=many"),
    "a body without what the reader sets": post({"sku": "ABC", "name": "Tea"}),
    "the default response": {**post({"sku": "ABC", "name": "T"}), "response": {"status": 500}},
    "null stands for a matcher without example": get(
        body={"sku": None}, rules={"$.body.sku": {"match": "regex", "regex": "^[A-Z]+$"}}
    ),
    "a type that is promised": get(body={"name": "Tea"}, rules={"$.body.name": {"match": "type"}}),
    "a regex wider than the contract": get(
        body={"sku": "ABC"}, rules={"$.body.sku": {"match": "regex", "regex": "^[A-Z]+$"}}
    ),
    "an example where the contract allows more": get(body={"state": "new"}),
}


@pytest.mark.parametrize("interaction", SILENT.values(), ids=SILENT)
def test_what_the_contract_allows_is_silent(interaction, pact, contract):
    assert list(held_against([pact(interaction)], contract(SHOP))) == []


LOUD = {
    "an enum value that is none": (get(body={"state": "lost"}), "pact.content-unlike"),
    "a wrong type in a list": (get("/items", [{"sku": "ABC"}, {"sku": 1}]), "pact.content-unlike"),
    "a path parameter": (get("/items/abc", {"sku": "ABC"}), "pact.parameter-refused"),
    "an undeclared member deep in a list": (
        get("/items", [{"colour": 1}]),
        "pact.property-undeclared",
    ),
    "a method": (
        {**get(), "request": {"method": "DELETE", "path": "/items"}},
        "pact.operation-unknown",
    ),
    "a value that a map does not take": (get(body={"labels": {"a": 1}}), "pact.content-unlike"),
    "a required member is not sent": (post({"sku": "ABC"}), "pact.request-body-refused"),
    "null by a type matcher": (
        get(body={"weight": 1.5}, rules={"$.body": {"match": "type"}}),
        "pact.content-not-promised",
    ),
    "an integer where numbers are sent": (
        get(body={"weight": 1}, rules={"$.body.weight": {"match": "integer"}}),
        "pact.content-not-promised",
    ),
}


@pytest.mark.parametrize(("interaction", "rule"), LOUD.values(), ids=LOUD)
def test_what_it_does_not_allow_is_told_once(interaction, rule, pact, contract):
    found = list(held_against([pact(interaction)], contract(SHOP)))
    assert [each.rule.id for each in found] == [rule]


def test_a_witness_shows_what_the_matchers_refuse(pact, contract):
    (found,) = held_against([pact(LOUD["null by a type matcher"][0])], contract(SHOP))
    assert found.subject.witness.value["weight"] is None
    assert found.subject.witness.checked


UUID = "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12})$"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("kind", "pattern", "rules"),
    [
        ("uuid", UUID, []),
        ("date-time", "^\\d{4}-\\d\\d-\\d\\dT", []),
        # Nobody says that dates are written so.
        ("date", "^\\d\\d/\\d\\d/\\d{4}$", ["pact.content-not-promised"]),
        # What such a text is like is known to nobody.
        ("ledger", "^L[0-9]+$", []),
    ],
)
def test_a_format_is_a_promise_in_every_version(version, kind, pattern, rules, pact, contract):
    thing = {"type": "object", "properties": {"at": {"type": "string", "format": kind}}}
    content = {"application/json": {"schema": thing}}
    answers = {"200": {"description": "", "content": content}}
    shop = {
        "openapi": version,
        "info": {"title": "Shop", "version": "1.0.0"},
        "paths": {"/things": {"get": {"responses": answers}}},
    }
    rule = {"$.body.at": {"match": "regex", "regex": pattern}}
    asked = get("/things", {"at": None}, rules=rule)
    found = list(held_against([pact(asked)], contract(shop)))
    assert [each.rule.id for each in found] == rules


def test_all_versions_of_the_specification_say_the_same(pact, contract):
    rules = {"$.weight": {"matchers": [{"match": "decimal"}]}}
    two = get(body={"weight": 1.5}, rules={"$.body.weight": {"match": "decimal"}})
    three = {**two, "response": {**two["response"], "matchingRules": {"body": rules}}}
    four = json.loads(json.dumps(three))
    four["type"] = "Synchronous/HTTP"
    four["response"]["headers"] = {"Content-Type": ["application/json"]}
    four["response"]["body"] = {"content": {"weight": 1.5}, "contentType": "application/json"}
    told = [
        [
            (each.rule.id, each.label)
            for each in held_against([pact(one, version=number)], contract(SHOP))
        ]
        for number, one in ((1, two), (2, two), (3, three), (4, four))
    ]
    assert told[0] == told[1] == told[2] == told[3] != []


EVENTS = {
    "asyncapi": "3.0.0",
    "channels": {
        "orders": {
            "address": "orders.{region}",
            "messages": {
                "placed": {
                    "name": "OrderPlaced",
                    "payload": {"type": "object", "properties": {"id": {"type": "integer"}}},
                },
                "gone": {
                    "name": "OrderGone",
                    "payload": {"type": "object", "properties": {"why": {"type": "string"}}},
                },
            },
        }
    },
    "operations": {"tell": {"action": "send", "channel": {"$ref": "#/channels/orders"}}},
}


@pytest.mark.parametrize(
    ("description", "metadata", "body", "rules"),
    [
        ("an order placed event", {}, {"id": 1}, []),
        ("x", {"channel": "orders.eu", "type": "OrderGone"}, {"why": "late"}, []),
        ("x", {"channel": "orders.eu"}, {"why": "late"}, []),
        (
            "x",
            {"type": "com.example.OrderPlaced"},
            {"specversion": "1.0", "type": "t", "data": {"id": 7}},
            [],
        ),
        ("x", {}, {"id": 1}, []),
        ("OrderPlaced", {}, {"id": "one"}, ["pact.content-unlike"]),
        ("OrderGone", {}, {"id": 1}, ["pact.property-undeclared"]),
        ("x", {}, {"else": 1}, ["pact.message-unknown"]),
    ],
)
def test_a_message_is_found_by_name_channel_or_content(
    description, metadata, body, rules, pact, contract
):
    one = {"description": description, "metadata": metadata, "contents": body}
    found = list(held_against([pact(one, version=3)], contract(EVENTS)))
    assert [each.rule.id for each in found] == rules


def test_a_schema_of_one_event_passes_over_the_others(pact, contract):
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "OrderPlaced",
        "type": "object",
        "properties": {"id": {"type": "integer"}},
    }
    other = {"description": "an order is gone", "contents": {"why": "late"}}
    wrong = {"description": "OrderPlaced", "contents": {"id": "7"}}
    found = list(held_against([pact(other, wrong, version=3)], contract(schema)))
    assert [(each.rule.id, each.path[2]) for each in found] == [
        ("pact.content-unlike", "OrderPlaced")
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[]", 1),
        ('{"consumer": {"name": "a"},\n "provider": {}, "interactions": []}', 2),
        ('{"consumer": {"name": "a"}, "provider": {"name": "b"}}', 1),
        (
            '{"consumer": {"name": "a"}, "provider": {"name": "b"},\n\n "interactions": [{"request": {}}]}',
            3,
        ),
        (
            '{"consumer": {"name": "a"}, "provider": {"name": "b"},\n "interactions": [\n {"description": "d",\n "request": {"method": "GET"}, "response": {}}]}',
            4,
        ),
        (
            '{"consumer": {"name": "a"}, "provider": {"name": "b"},\n "metadata": {"pactSpecification": {"version": "9"}}, "interactions": []}',
            2,
        ),
        ('{"consumer": {"name": "a"},\n', 2),
    ],
)
def test_a_broken_pact_is_told_with_its_line(text, line, tmp_path):
    from apicheck.pact.read import read_pact
    from apicheck.sources import Options

    (tmp_path / "pact.json").write_text(text)
    with pytest.raises(ParseError) as problem:
        read_pact(str(tmp_path / "pact.json"), Options())
    assert problem.value.span.line == line
