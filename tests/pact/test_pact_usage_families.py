"""One hit and one near miss for each family of rules: who is named, and who is not."""

from __future__ import annotations

import copy

import pytest

from apicheck import api
from apicheck.judge.policy import policy_of
from apicheck.model import Severity
from apicheck.pact.sources import Folder
from apicheck.pact.usage import Usage


def ref(kind, name):
    return {"$ref": f"#/components/{kind}/{name}"}


def content(schema, kind="application/json"):
    return {"content": {kind: {"schema": schema}}}


PET = ref("schemas", "Pet")
OLD = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://shop.example.com/v1"}],
    "paths": {
        "/pets/{id}": {
            "parameters": [ref("parameters", "Id")],
            "get": {
                "parameters": [
                    ref("parameters", "Language"),
                    {
                        "name": "tag",
                        "in": "query",
                        "schema": {"type": "array", "items": {"enum": ["a", "b"]}},
                    },
                    {"name": "q1", "in": "query", "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {
                        "description": "",
                        "headers": {"X-Rate": ref("headers", "Rate")},
                        "content": {
                            "application/json": {"schema": PET},
                            "text/csv": {"schema": {"type": "string"}},
                        },
                        "links": {"next": {"operationId": "next"}},
                    },
                    "404": {"description": "", **content({"$ref": "#/components/schemas/Error"})},
                    "default": {"description": "", **content(ref("schemas", "Error"))},
                },
            },
            "post": {
                "requestBody": {
                    "content": {"application/json": {"schema": PET}, "application/xml": {}}
                },
                "responses": {str(each): {"description": ""} for each in (202, 204, 500)},
                "callbacks": {
                    "told": {
                        "{$request.body#/url}": {
                            "post": {
                                "requestBody": content({"properties": {"x": {"type": "string"}}}),
                                "responses": {"200": {"description": ""}},
                            }
                        }
                    }
                },
            },
        },
        "/other": {"get": {"responses": {"200": {"description": "", **content(PET)}}}},
    },
    "components": {
        "parameters": {
            "Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            "Language": {"name": "X-Lang", "in": "header", "schema": {"enum": ["en", "de"]}},
        },
        "headers": {"Rate": {"schema": {"type": "integer"}}},
        "schemas": {
            "Pet": {"oneOf": [ref("schemas", "Cat"), ref("schemas", "Dog")]},
            "Cat": {
                "type": "object",
                "required": ["kind"],
                "properties": {
                    "kind": {"const": "cat"},
                    "lives": {"type": ["integer", "string", "null"]},
                    "name": {"type": "string"},
                    "size": {"type": "string", "maxLength": 9},
                },
            },
            "Dog": {
                "allOf": [
                    ref("schemas", "Base"),
                    {
                        "type": "object",
                        "properties": {"kind": {"const": "dog"}, "bark": {"type": "string"}},
                    },
                ]
            },
            "Base": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "tags": {"type": "object", "additionalProperties": {"type": "string"}},
                    "friends": {"type": "array", "items": ref("schemas", "Friend")},
                },
            },
            "Friend": {"type": "object", "properties": {"name": {"type": "string"}}},
            "Error": {
                "type": "object",
                "properties": {"title": {"type": "string"}, "code": {"enum": [1, 2]}},
            },
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    },
}
JSON = {"Content-Type": "application/json"}


def reads(
    body=..., status=200, sent=None, query="", kind=None, rules=None, headers=None, path=None
):
    response = {"status": status, "headers": {**(headers or {})}}
    if body is not ...:
        response["headers"] |= {"Content-Type": kind or "application/json"}
        response |= {"body": body, "matchingRules": rules or {}}
    request = {"method": "GET", "path": path or "/pets/7", "query": query, "headers": sent or {}}
    return {"request": request, "response": response}


def sends(body=..., kind="application/json", rules=None, status=204):
    request = {"method": "POST", "path": "/pets/7", "matchingRules": rules or {}}
    if body is not ...:
        request |= {"headers": {"Content-Type": kind}, "body": body}
    return {"request": request, "response": {"status": status}}


def shared(kind, name, **more):
    return lambda new: new["components"][kind][name].update(more)


def in_schema(schema, /, *steps, gone=None, **more):
    def change(new):
        found = new["components"]["schemas"][schema]
        for step in steps:
            found = found[step]
        found.update(more)
        if gone is not None:
            found.pop(gone)

    return change


def get(new):
    return new["paths"]["/pets/{id}"]["get"]


def post(new):
    return new["paths"]["/pets/{id}"]["post"]


def tags_of_a(new):
    get(new)["parameters"][1]["schema"]["items"]["enum"] = ["a"]


def tags_with_pipes(new):
    get(new)["parameters"][1] |= {"style": "pipeDelimited", "explode": False}


def no_language(new):
    del get(new)["parameters"][0]


def no_headers(new):
    del get(new)["responses"]["200"]["headers"]


def no_csv(new):
    del get(new)["responses"]["200"]["content"]["text/csv"]


def no_xml(new):
    del post(new)["requestBody"]["content"]["application/xml"]


def body_needed(new):
    post(new)["requestBody"]["required"] = True


def no_body(new):
    del post(new)["requestBody"]


def no_204(new):
    del post(new)["responses"]["204"]


def no_links(new):
    del get(new)["responses"]["200"]["links"]


def own_error(new):
    own = copy.deepcopy(new["components"]["schemas"]["Error"])
    own["properties"]["title"] = {"type": "integer"}
    get(new)["responses"]["default"]["content"]["application/json"]["schema"] = own


def with_key(new):
    get(new)["security"] = [{"key": []}]


def other_base(new):
    new["servers"][0]["url"] = "https://shop.example.com/shop"


def other_callback(new):
    (told,) = post(new)["callbacks"]["told"].values()
    told["post"]["requestBody"] = content({"properties": {"x": {"type": "integer"}}})


def no_dogs(new):
    new["components"]["schemas"]["Pet"]["oneOf"].pop()


def no_other(new):
    del new["paths"]["/other"]


CAT, DOG = {"kind": "cat"}, {"kind": "dog"}
LIVES = in_schema("Cat", "properties", lives={"type": ["integer", "null"]})
ANY = {"match": "type"}
#: Name -> (change, rule, who is hurt, who is not).
FAMILIES = {
    "path parameter": (
        shared("parameters", "Id", schema={"type": "string", "pattern": "^a"}),
        "schema.pattern-added",
        reads(),
        reads(path="/other"),
    ),
    "header parameter by reference": (
        shared("parameters", "Language", schema={"enum": ["en"]}),
        "schema.enum-value-removed",
        reads(sent={"X-Lang": "de"}),
        reads(sent={"X-Lang": "en"}),
    ),
    "header parameter made required": (
        shared("parameters", "Language", required=True),
        "parameter.made-required",
        reads(),
        reads(sent={"x-lang": "en"}),
    ),
    "header parameter removed": (
        no_language,
        "parameter.removed",
        reads(sent={"X-Lang": "de"}),
        reads(query="q1=x"),
    ),
    "items of a query parameter": (
        tags_of_a,
        "schema.enum-value-removed",
        reads(query="tag=a&tag=b"),
        reads(query="tag=a"),
    ),
    "serialisation of a query parameter": (
        tags_with_pipes,
        "parameter.serialisation-changed",
        reads(query="tag=a&tag=b"),
        reads(query="tag1=x&q1=2"),
    ),
    "type of a response header by reference": (
        shared("headers", "Rate", schema={"type": "string"}),
        "schema.type-widened",
        reads(CAT, headers={"X-Rate": "7"}),
        reads(CAT, headers={"X-Other": "7"}),
    ),
    "response header removed": (
        no_headers,
        "response.header-removed",
        reads(headers={"x-rate": "7"}),
        reads(CAT),
    ),
    "media type of a response": (
        no_csv,
        "media-type.removed",
        reads("a,b", kind="text/csv"),
        reads(CAT),
    ),
    "media type that is asked for": (
        no_csv,
        "media-type.removed",
        reads(sent={"Accept": "text/csv;q=0.5, text/plain"}),
        reads(sent={"Accept": "application/json"}),
    ),
    "media type of a request": (
        no_xml,
        "media-type.removed",
        sends("<pet/>", "application/xml"),
        sends(CAT),
    ),
    "request body made required": (
        body_needed,
        "request-body.made-required",
        sends(),
        sends(CAT),
    ),
    "request body removed": (no_body, "request-body.removed", sends(CAT), sends()),
    "success status removed": (
        no_204,
        "response.success-removed",
        sends(),
        sends(status=500),
    ),
    "body of the default response": (
        own_error,
        "schema.type-changed",
        reads({"title": "a"}, status=500),
        reads({"title": "a"}, status=404),
    ),
    "link": (no_links, "response.link-removed", reads(), reads(status=404)),
    "security": (with_key, "security.credentials-insufficient", reads(), sends(CAT)),
    "base path": (other_base, "server.base-path-changed", reads(path="/other"), None),
    "callback": (other_callback, "schema.type-changed", sends(DOG), reads(DOG)),
    "operation": (no_other, "operation.removed", reads(path="/other"), reads()),
    "property of one kind of pet": (
        in_schema("Dog", "allOf", 1, "properties", gone="bark"),
        "schema.property-removed",
        reads({**DOG, "bark": "loud"}),
        reads({**CAT, "name": "Tom"}),
    ),
    "property that two kinds have": (
        in_schema("Cat", "properties", name={"type": "integer"}),
        "schema.type-changed",
        sends({**CAT, "name": "Tom"}),
        sends({**DOG, "name": "Rex"}),
    ),
    "kind that a matcher leaves open": (
        in_schema("Cat", "properties", name={"type": "integer"}),
        "schema.type-changed",
        sends({**DOG, "name": "Rex"}, rules={"$.body.kind": ANY}),
        sends({**DOG, "name": "Rex"}, rules={"$.body.name": ANY}),
    ),
    "property of the parent": (
        in_schema("Base", "properties", name={"type": "integer"}),
        "schema.type-changed",
        reads({**DOG, "name": "Rex"}),
        reads({**DOG, "friends": [{"name": "Rex"}]}),
    ),
    "property of the items of a list": (
        in_schema("Friend", "properties", name={"type": "integer"}),
        "schema.type-changed",
        reads({**DOG, "friends": [{"name": "Rex"}]}),
        reads({**DOG, "name": "Rex", "friends": []}),
    ),
    "values of a map": (
        in_schema("Base", "properties", "tags", additionalProperties={"type": "integer"}),
        "schema.type-changed",
        reads({**DOG, "tags": {"colour": "red"}}),
        reads({**DOG, "tags": {}}),
    ),
    "branch of a union that is sent": (
        no_dogs,
        "schema.union-branch-removed",
        sends(DOG),
        sends(CAT),
    ),
    "constant": (
        in_schema("Cat", "properties", kind={"const": "feline"}),
        "schema.constant-changed",
        reads(CAT),
        reads(DOG),
    ),
    "no further members taken": (
        in_schema("Cat", additionalProperties=False),
        "schema.extra-properties-refused",
        sends({**CAT, "colour": "red"}),
        sends({**CAT, "name": "Tom"}),
    ),
    "property that must be sent": (
        in_schema("Cat", required=["kind", "lives"]),
        "schema.property-made-required",
        sends(CAT),
        sends({**CAT, "lives": 9}),
    ),
    "property that may be left out": (
        in_schema("Cat", gone="required"),
        "schema.property-made-optional",
        reads(CAT),
        reads({"lives": 9}),
    ),
    "type that is no longer taken": (
        LIVES,
        "schema.type-narrowed",
        sends({**CAT, "lives": "nine"}),
        sends({**CAT, "lives": 9}),
    ),
    "type that a matcher leaves open": (
        LIVES,
        "schema.type-narrowed",
        sends({**CAT, "lives": 9}, rules={"$.body.lives": ANY}),
        sends(CAT),
    ),
    "null that is no longer taken": (
        in_schema("Cat", "properties", lives={"type": ["integer", "string"]}),
        "schema.null-disallowed",
        sends({**CAT, "lives": None}),
        sends({**CAT, "lives": 9}),
    ),
    "type that is read": (
        in_schema("Cat", "properties", name={"type": ["string", "integer"]}),
        "schema.type-widened",
        reads({**CAT, "name": "Tom"}, rules={"$.body.name": ANY}),
        reads(CAT),
    ),
    "limit": (
        in_schema("Cat", "properties", size={"type": "string", "maxLength": 5}),
        "schema.limit-tightened",
        sends({**CAT, "size": "big"}),
        sends(CAT),
    ),
    "enum value in an error": (
        in_schema("Error", "properties", code={"enum": [1, 2, 3]}),
        "schema.enum-value-added",
        reads({"code": 1}, status=404),
        reads({"title": "a"}, status=404),
    ),
    "body that is not looked into": (
        in_schema("Cat", "properties", gone="name"),
        "schema.property-removed",
        reads("<cat/>", kind="application/problem"),
        reads("a,b", kind="text/csv"),
    ),
}


def test_a_discriminator_tells_which_kind_is_used(pact, contract):
    change, rule = FAMILIES["property that two kinds have"][:2]

    old = copy.deepcopy(OLD)
    old["components"]["schemas"]["Pet"]["discriminator"] = {"propertyName": "kind"}
    old["components"]["schemas"]["Cat"]["properties"]["kind"] = {"type": "string"}
    hit, miss = ({"kind": kind, "name": "Tom"} for kind in ("Cat", "Dog"))
    assert named(change, rule, sends(hit), pact, contract, old)[0] == {("web",)}
    assert named(change, rule, sends(miss), pact, contract, old)[0] == {()}


def named(change, rule, interaction, pact, contract, old=OLD):
    """The severities and the consumers of the findings of a rule."""
    new = copy.deepcopy(old)
    change(new)
    settings = api.Settings(
        usage=Usage(source=Folder(pacts=(pact({"description": "d", **interaction}),)))
    )
    report = api.check(contract(old, "old.json"), contract(new, "new.json"), settings)
    found = [each for each in report.findings if each.rule.id == rule]
    assert found, [each.rule.id for each in report.findings]
    return {
        each.consumers and tuple(one.name for one in each.consumers)
        for each in found
        if each.severity > Severity.INFO
    }, {each.severity for each in found}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_change_names_who_uses_it_and_nobody_else(family, pact, contract):
    change, rule, hit, miss = FAMILIES[family]
    consumers, severities = named(change, rule, hit, pact, contract)
    if max(severities) is Severity.INFO:
        pytest.fail(f"{rule} is no louder than info here: nobody is named")
    assert consumers == {("web",)}
    if miss is not None:
        assert named(change, rule, miss, pact, contract)[0] == {()}


EVENTS = {
    "asyncapi": "3.0.0",
    "info": {"title": "Orders", "version": "1.0.0"},
    "channels": {
        "placed": {
            "address": "orders.placed",
            "messages": {"OrderPlaced": {"$ref": "#/components/messages/OrderPlaced"}},
        },
        "gone": {
            "address": "orders.gone",
            "messages": {
                "OrderGone": {"payload": {"properties": {"why": {"type": "string"}}}},
            },
        },
        "asked": {
            "address": "orders.asked",
            "messages": {"Ask": {"payload": {"properties": {"order": {"type": "string"}}}}},
        },
        "told": {
            "address": "orders.told",
            "messages": {"Answer": {"payload": {"properties": {"state": {"type": "string"}}}}},
        },
    },
    "operations": {
        "tell": {"action": "send", "channel": {"$ref": "#/channels/placed"}},
        "lose": {"action": "send", "channel": {"$ref": "#/channels/gone"}},
        "answer": {
            "action": "receive",
            "channel": {"$ref": "#/channels/asked"},
            "reply": {"channel": {"$ref": "#/channels/told"}},
        },
    },
    "components": {
        "messages": {
            "OrderPlaced": {"payload": {"$ref": "#/components/schemas/Order"}},
        },
        "schemas": {
            "Order": {
                "properties": {
                    "id": {"type": "string"},
                    "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
                }
            },
            "Line": {"properties": {"sku": {"type": "string"}, "count": {"type": "integer"}}},
        },
    },
}


def event(contents, said="OrderPlaced", **metadata):
    metadata = {**({"type": said} if said else {}), **metadata}
    return {"description": "an event", "contents": contents, "metadata": metadata}


def asks(request, response):
    return {
        "type": "Synchronous/Messages",
        "description": "Ask",
        "request": {"contents": {"content": request, "contentType": "application/json"}},
        "response": [{"contents": {"content": response, "contentType": "application/json"}}],
    }


def payload(channel, message, **properties):
    def change(new):
        new["channels"][channel]["messages"][message]["payload"]["properties"] |= properties

    return change


def line(new):
    new["components"]["schemas"]["Line"]["properties"]["sku"] = {"type": "integer"}


def no_gone(new):
    del new["channels"]["gone"], new["operations"]["lose"]


NUMBER = {"type": "integer"}
SKU = {"lines": [{"sku": "TEA"}]}
MESSAGES = {
    "member of the items": (line, event(SKU), event({"lines": [{"count": 1}]})),
    "the same member in no item": (line, event(SKU), event({"id": "7", "lines": []})),
    "another message": (line, event(SKU), event({"why": "late"}, "OrderGone")),
    "in the data of a CloudEvent": (
        line,
        event({"specversion": "1.0", "type": "OrderPlaced", "data": SKU}, ""),
        event({"specversion": "1.0", "type": "OrderPlaced", "data": {"id": "7"}}, ""),
    ),
    "another channel": (
        line,
        event(SKU, "", channel="orders.placed"),
        event({"why": "late"}, "", channel="orders.gone"),
    ),
    "an operation that is gone": (no_gone, event({"why": "late"}, "OrderGone"), event(SKU)),
    "what is asked": (
        payload("asked", "Ask", order=NUMBER),
        asks({"order": "7"}, {"state": "new"}),
        asks({}, {"state": "new"}),
    ),
    "what comes back": (
        payload("told", "Answer", state=NUMBER),
        asks({"order": "7"}, {"state": "new"}),
        asks({"order": "7"}, {}),
    ),
}


def of_messages(old, change, interaction, pact, contract, **table):
    new = copy.deepcopy(old)
    change(new)
    version = 4 if "type" in interaction else 3
    one = pact(interaction, version=version, provider="orders")
    settings = api.Settings(
        usage=Usage(source=Folder(pacts=(one,)), provider="orders"),
        policy=policy_of([({"unused-breaks": "warning", **table}, "apicheck.toml")], ()),
    )
    report = api.check(contract(old, "old.json"), contract(new, "new.json"), settings)
    return [each for each in report.findings if each.severity > Severity.INFO]


@pytest.mark.parametrize("case", MESSAGES)
def test_messages_are_told_apart_by_name_channel_and_member(case, pact, contract):
    change, hit, miss = MESSAGES[case]
    found = of_messages(EVENTS, change, hit, pact, contract)
    assert {each.consumers[0].name for each in found if each.consumers} == {"web"}
    assert found[0].severity is Severity.ERROR
    for each in of_messages(EVENTS, change, miss, pact, contract):
        assert (each.consumers, each.severity) == ((), Severity.WARNING)


SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://example.com/order-placed",
    "title": "OrderPlaced",
    "type": "object",
    "properties": {"id": {"type": "string"}, "line": {"$ref": "https://example.com/line"}},
    "$defs": {
        "line": {
            "$id": "https://example.com/line",
            "type": "object",
            "properties": {"sku": {"type": "string"}},
        }
    },
}
AVRO = {
    "type": "record",
    "name": "OrderPlaced",
    "fields": [{"name": "id", "type": "string"}, {"name": "note", "type": "string"}],
}


def other_sku(new):
    new["$defs"]["line"]["properties"]["sku"] = {"type": "integer"}


def other_note(new):
    new["fields"][1]["type"] = "int"


@pytest.mark.parametrize(
    ("old", "change", "interaction", "consumers", "severity"),
    [
        (SCHEMA, other_sku, event({"line": {"sku": "TEA"}}), ["web"], Severity.ERROR),
        (SCHEMA, other_sku, event({"id": "7"}), [], Severity.WARNING),
        # Another name and another content: another event of this provider.
        (SCHEMA, other_sku, event({"why": "late"}, "OrderGone"), [], Severity.WARNING),
        # Another name and a content that fits: it may be this one.
        (SCHEMA, other_sku, event({"id": "7"}, "OrderGone"), None, Severity.ERROR),
        (AVRO, other_note, event({"id": "7", "note": "a"}), ["web"], Severity.ERROR),
        # A reply may be an event too.
        (
            SCHEMA,
            other_sku,
            asks({"order": "7"}, {"line": {"sku": "TEA"}}),
            ["web"],
            Severity.ERROR,
        ),
        # What is read of a content that is not JSON is not known.
        (AVRO, other_note, event({"id": "7"}, "OrderGone"), None, Severity.ERROR),
    ],
)
def test_schemas_of_events(old, change, interaction, consumers, severity, pact, contract):
    (found,) = of_messages(old, change, interaction, pact, contract)
    names = None if found.consumers is None else [each.name for each in found.consumers]
    assert (names, found.severity) == (consumers, severity)


OLDER = {
    "swagger": "2.0",
    "info": {"title": "Shop API", "version": "1"},
    "consumes": ["application/json"],
    "paths": {
        "/items": {
            "post": {
                "parameters": [
                    {"in": "body", "name": "item", "schema": {"$ref": "#/definitions/Item"}}
                ],
                "responses": {
                    "200": {
                        "description": "",
                        "schema": {"$ref": "#/definitions/Item"},
                        "headers": {"X-Rate": {"type": "integer"}},
                    }
                },
            }
        },
        "/forms": {
            "post": {
                "consumes": ["application/x-www-form-urlencoded"],
                "parameters": [{"in": "formData", "name": "a", "type": "string"}],
                "responses": {"200": {"description": ""}},
            }
        },
    },
    "definitions": {
        "Item": {"type": "object", "properties": {"name": {"type": "string"}, "n": {}}}
    },
}


def posts(path, sent, read=..., kind="application/json", headers=None):
    response = {"status": 200, "headers": headers or {}}
    response |= {} if read is ... else {"body": read}
    request = {"method": "POST", "path": path, "headers": {"Content-Type": kind}, "body": sent}
    return {"request": request, "response": response}


def other_name(new):
    new["definitions"]["Item"]["properties"]["name"] = {"type": "integer"}


def other_rate(new):
    new["paths"]["/items"]["post"]["responses"]["200"]["headers"]["X-Rate"]["type"] = "string"


def other_form(new):
    new["paths"]["/forms"]["post"]["parameters"][0]["type"] = "integer"


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("change", "rule", "hit", "miss"),
    [
        (other_name, "schema.type-changed", posts("/items", {"name": "a"}), posts("/items", {})),
        (
            other_name,
            "schema.type-changed",
            posts("/items", {"n": 1}, {"name": "a"}),
            posts("/items", {"n": 1}, {"n": 1}),
        ),
        (
            other_rate,
            "schema.type-widened",
            posts("/items", {}, headers={"x-rate": "7"}),
            posts("/items", {}),
        ),
        (
            other_form,
            "schema.type-changed",
            posts("/forms", "a=1", kind=FORM),
            posts("/items", {"name": "a"}),
        ),
    ],
)
def test_version_2(change, rule, hit, miss, pact, contract):
    assert named(change, rule, hit, pact, contract, OLDER)[0] == {("web",)}
    assert named(change, rule, miss, pact, contract, OLDER)[0] == {()}


@pytest.mark.parametrize(
    ("provider", "known"),
    [("shop", True), ("Shop Service", True), ("shop-api", True), ("shopping", False)],
)
def test_a_provider_is_known_by_its_name_in_other_words(provider, known, pact, contract):
    one = pact({"description": "d", **posts("/items", {})}, provider=provider)
    new = copy.deepcopy(OLDER)
    other_name(new)
    settings = api.Settings(usage=Usage(source=Folder(pacts=(one,))))
    report = api.check(contract(OLDER, "old.json"), contract(new, "new.json"), settings)
    assert (report.findings[0].consumers is not None) is known
