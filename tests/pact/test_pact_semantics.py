"""What static comparison of a pact with OpenAPI must get right: each meaning with its near miss.

The meanings are those that swagger-mock-validator and openapi-pact-comparator test.
"""

from __future__ import annotations

import pytest

from apicheck.pact.against import held_against

JSON = {"Content-Type": "application/json"}
OK = {"200": {"description": "ok"}}


def content(schema, kind="application/json"):
    return {"content": {kind: {"schema": schema}}}


def three(
    path, *, version="3.1.0", method="get", schemas=None, schemes=None, top=None, **operation
):
    return {
        "openapi": version,
        "info": {"title": "Shop", "version": "1"},
        "paths": {path: {method: {"responses": OK, **operation}}},
        "components": {"schemas": schemas or {}, "securitySchemes": schemes or {}},
        **(top or {}),
    }


def two(path, *, method="get", schemas=None, schemes=None, top=None, **operation):
    return {
        "swagger": "2.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": {path: {method: {"responses": OK, **operation}}},
        "definitions": schemas or {},
        "securityDefinitions": schemes or {},
        **(top or {}),
    }


def asks(path="/items", *, method="GET", query="", headers=None, body=..., status=200, kind=None):
    request = {"method": method, "path": path, "query": query, "headers": dict(headers or {})}
    if body is not ...:
        request["body"] = body
        request["headers"].setdefault("Content-Type", kind or "application/json")
    return {"request": request, "response": {"status": status}}


def sends(body, **more):
    return asks(method="POST", body=body, **more)


def reads(
    body=..., *, status=200, kind="application/json", headers=None, rules=None, path="/items"
):
    response = {"status": status, "headers": {"Content-Type": kind, **(headers or {})}}
    if body is not ...:
        response |= {"body": body, "matchingRules": rules or {}}
    return {"request": {"method": "GET", "path": path}, "response": response}


def answers(schema, version="3.1.0", key="200", kind="application/json", **more):
    responses = {key: {"description": "", **content(schema, kind)}}
    return three("/items", version=version, responses=responses, **more)


def takes(schema, version="3.1.0", *, required=False, **more):
    body = {"required": required, **content(schema)}
    return three("/items", version=version, method="post", requestBody=body, **more)


def parameter(where, name="p", *, required=False, path="/items", **more):
    schema = more.pop("schema", {"type": "string"})
    one = {"name": name, "in": where, "required": required, "schema": schema, **more}
    return three(path, parameters=[one])


def listed(where, path="/items", **more):
    one = {"name": "p", "in": where, "required": where == "path", "type": "array", **more}
    return two(path, parameters=[{"items": {"type": "integer"}, **one}])


NUMBERS = {"type": "array", "items": {"type": "integer"}}
CLOSED = {"type": "object", "properties": {"a": {}}, "additionalProperties": False}
OPEN = {"type": "object", "properties": {"a": {}}, "additionalProperties": True}
MAP = {"type": "object", "additionalProperties": {"type": "integer"}}
READ_ONLY = {
    "type": "object",
    "required": ["id", "a"],
    "properties": {"id": {"type": "string", "readOnly": True}, "a": {"type": "string"}},
}
SECRET = {
    "type": "object",
    "properties": {"key": {"type": "string", "writeOnly": True}, "a": {"type": "string"}},
}
PETS = {
    "Cat": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {}, "lives": {"type": "integer"}},
    },
    "Dog": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {}, "bark": {"type": "string"}},
    },
}
PET = {
    "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
    "discriminator": {"propertyName": "kind", "mapping": {"puppy": "#/components/schemas/Dog"}},
}
HEIRS = {
    "Base": {
        "type": "object",
        "properties": {"kind": {"type": "string"}},
        "discriminator": {
            "propertyName": "kind",
            "mapping": {"heiress": "#/components/schemas/Heir"},
        },
    },
    "Heir": {
        "allOf": [
            {"$ref": "#/components/schemas/Base"},
            {"properties": {"more": {"type": "string"}}},
        ]
    },
    "Other": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"else": {}}}]},
}
BOTH = {
    "allOf": [
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
        {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}},
    ]
}
BEARER = {"bearer": {"type": "http", "scheme": "bearer"}}
KEY = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
QUERY_KEY = {"key": {"type": "apiKey", "in": "query", "name": "key"}}
AUTH = {"Authorization": "Bearer x"}

REFUSED, UNLIKE = "pact.parameter-refused", "pact.content-unlike"
BODY, UNDECLARED = "pact.request-body-refused", "pact.property-undeclared"
#: Meaning -> (contract, interaction, rules that it breaks).
MEANINGS = {
    "path": (three("/items"), asks("/items"), []),
    "path that is none": (three("/items"), asks("/items/7"), ["pact.operation-unknown"]),
    "method that is none": (three("/items"), asks(method="PUT"), ["pact.operation-unknown"]),
    "trailing slash": (three("/items"), asks("/items/"), ["pact.operation-unknown"]),
    "escaped path": (three("/a b"), asks("/a%20b"), []),
    "part of a segment": (three("/items/{id}.json"), asks("/items/7.json"), []),
    "part of a segment that differs": (
        three("/items/{id}.json"),
        asks("/items/7.xml"),
        ["pact.operation-unknown"],
    ),
    "head of what can be got": (three("/items"), asks(method="HEAD"), []),
    # Base paths
    "base path": (two("/items", top={"basePath": "/v1"}), asks("/v1/items"), []),
    "base path left out": (two("/items", top={"basePath": "/v1"}), asks("/items"), []),
    "another base path": (
        two("/items", top={"basePath": "/v1"}),
        asks("/v2/items"),
        ["pact.operation-unknown"],
    ),
    "path of a server": (
        three("/items", top={"servers": [{"url": "https://a.example/shop/"}]}),
        asks("/shop/items"),
        [],
    ),
    "variables of a server": (
        three(
            "/items",
            top={
                "servers": [
                    {
                        "url": "https://{host}/{stage}/v1",
                        "variables": {
                            "host": {"default": "a"},
                            "stage": {"default": "live", "enum": ["live", "test"]},
                        },
                    }
                ]
            },
        ),
        asks("/test/v1/items"),
        [],
    ),
    "a value that the variable has not": (
        three(
            "/items",
            top={
                "servers": [
                    {
                        "url": "/{stage}",
                        "variables": {"stage": {"default": "live", "enum": ["live", "test"]}},
                    }
                ]
            },
        ),
        asks("/beta/items"),
        ["pact.operation-unknown"],
    ),
    "server of the operation": (
        three("/items", servers=[{"url": "https://files.example/files"}]),
        asks("/files/items"),
        [],
    ),
    # Statuses
    "status": (three("/items"), reads(status=200), []),
    "status that is none": (three("/items"), reads(status=201), ["pact.status-undeclared"]),
    "range of statuses": (
        three("/items", responses={"2XX": {"description": ""}}),
        reads(status=204),
        [],
    ),
    "another range": (
        three("/items", responses={"2XX": {"description": ""}}),
        reads(status=304),
        ["pact.status-undeclared"],
    ),
    "default response": (answers({"type": "object"}, key="default"), reads({}, status=503), []),
    "body of the default response": (
        answers({"type": "object"}, key="default"),
        reads([], status=503),
        [UNLIKE],
    ),
    "status before its range": (
        three(
            "/items",
            responses={
                "200": {"description": "", **content({"type": "string"})},
                "2XX": {"description": "", **content({"type": "integer"})},
            },
        ),
        reads("a"),
        [],
    ),
    # Members that are not declared
    "closed object": (answers(CLOSED), reads({"a": 1}), []),
    "further member of a closed object": (answers(CLOSED), reads({"b": 1}), [UNLIKE]),
    "further member of an open object": (answers(OPEN), reads({"b": 1}), []),
    "further member where nothing is said": (
        answers({"type": "object", "properties": {"a": {}}}),
        reads({"b": 1}),
        [UNDECLARED],
    ),
    "object without any member": (answers({"type": "object"}), reads({"b": 1}), []),
    "map": (answers(MAP), reads({"b": 1}), []),
    "map of other values": (answers(MAP), reads({"b": "c"}), [UNLIKE]),
    "further member that is sent": (takes({"properties": {"a": {}}}), sends({"b": 1}), []),
    "further member sent to a closed object": (takes(CLOSED), sends({"b": 1}), [BODY]),
    "a part of what is required": (answers(BOTH), reads({"a": "x"}), []),
    # Parameters
    "required query": (parameter("query", required=True), asks(query="p=1"), []),
    "required query left out": (
        parameter("query", required=True),
        asks(),
        ["pact.parameter-missing"],
    ),
    "required header": (parameter("header", "X-A", required=True), asks(headers={"x-a": "1"}), []),
    "required header left out": (
        parameter("header", "X-A", required=True),
        asks(headers={"X-B": "1"}),
        ["pact.parameter-missing", "pact.header-undeclared"],
    ),
    "required cookie": (
        parameter("cookie", required=True),
        asks(headers={"Cookie": "p=1; q=2"}),
        [],
    ),
    "required cookie left out": (
        parameter("cookie", required=True),
        asks(headers={"Cookie": "q=2"}),
        ["pact.parameter-missing"],
    ),
    "query that is none": (three("/items"), asks(query="q=1"), ["pact.query-undeclared"]),
    "header that is none": (
        three("/items"),
        asks(headers={"X-Q": "1"}),
        ["pact.header-undeclared"],
    ),
    "header of HTTP": (three("/items"), asks(headers={"User-Agent": "x", "Host": "y"}), []),
    "number in a query": (parameter("query", schema={"type": "integer"}), asks(query="p=7"), []),
    "no number in a query": (
        parameter("query", schema={"type": "integer"}),
        asks(query="p=x"),
        [REFUSED],
    ),
    "number as text": (parameter("query", schema={"type": "string"}), asks(query="p=7"), []),
    "boolean in a query": (
        parameter("query", schema={"type": "boolean"}),
        asks(query="p=true"),
        [],
    ),
    "no boolean": (parameter("query", schema={"type": "boolean"}), asks(query="p=1"), [REFUSED]),
    "enum of a header": (
        parameter("header", "X-A", schema={"enum": ["a"]}),
        asks(headers={"X-A": "a"}),
        [],
    ),
    "no value of the enum": (
        parameter("header", "X-A", schema={"enum": ["a"]}),
        asks(headers={"X-A": "b"}),
        [REFUSED],
    ),
    "path parameter": (
        parameter("path", required=True, path="/i/{p}", schema={"type": "integer"}),
        asks("/i/7"),
        [],
    ),
    "no such path parameter": (
        parameter("path", required=True, path="/i/{p}", schema={"type": "integer"}),
        asks("/i/x"),
        [REFUSED],
    ),
    "path parameter with an escaped slash": (
        parameter("path", required=True, path="/i/{p}", schema={"pattern": "^a/b$"}),
        asks("/i/a%2Fb"),
        [],
    ),
    # Lists in parameters
    "list in a path": (
        parameter("path", required=True, path="/i/{p}", schema=NUMBERS),
        asks("/i/1,2"),
        [],
    ),
    "wrong list in a path": (
        parameter("path", required=True, path="/i/{p}", schema=NUMBERS),
        asks("/i/1,x"),
        [REFUSED],
    ),
    "list in a path with dots": (
        parameter(
            "path", required=True, path="/i/{p}", schema=NUMBERS, style="label", explode=True
        ),
        asks("/i/.1.2"),
        [],
    ),
    "wrong list in a path with dots": (
        parameter(
            "path", required=True, path="/i/{p}", schema=NUMBERS, style="label", explode=True
        ),
        asks("/i/.1.x"),
        [REFUSED],
    ),
    "list in a path with semicolons": (
        parameter(
            "path", required=True, path="/i/{p}", schema=NUMBERS, style="matrix", explode=True
        ),
        asks("/i/;p=1;p=2"),
        [],
    ),
    "wrong list in a path with semicolons": (
        parameter("path", required=True, path="/i/{p}", schema=NUMBERS, style="matrix"),
        asks("/i/;p=1,x"),
        [REFUSED],
    ),
    "list of a query": (parameter("query", schema=NUMBERS), asks(query="p=1&p=2"), []),
    "wrong list of a query": (parameter("query", schema=NUMBERS), asks(query="p=1&p=x"), [REFUSED]),
    "list with pipes": (
        parameter("query", schema=NUMBERS, style="pipeDelimited", explode=False),
        asks(query="p=1|2"),
        [],
    ),
    "wrong list with pipes": (
        parameter("query", schema=NUMBERS, style="pipeDelimited", explode=False),
        asks(query="p=1|x"),
        [REFUSED],
    ),
    "list in a header": (
        parameter("header", "X-A", schema=NUMBERS),
        asks(headers={"X-A": "1, 2"}),
        [],
    ),
    "wrong list in a header": (
        parameter("header", "X-A", schema=NUMBERS),
        asks(headers={"X-A": "1, x"}),
        [REFUSED],
    ),
    "csv": (listed("query"), asks(query="p=1,2"), []),
    "csv with pipes": (listed("query"), asks(query="p=1|2"), [REFUSED]),
    "ssv": (listed("query", collectionFormat="ssv"), asks(query="p=1%202"), []),
    "ssv with commas": (listed("query", collectionFormat="ssv"), asks(query="p=1,2"), [REFUSED]),
    "tsv": (listed("query", collectionFormat="tsv"), asks(query="p=1%092"), []),
    "tsv with spaces": (listed("query", collectionFormat="tsv"), asks(query="p=1%202"), [REFUSED]),
    "pipes": (listed("query", collectionFormat="pipes"), asks(query="p=1|2"), []),
    "pipes with commas": (
        listed("query", collectionFormat="pipes"),
        asks(query="p=1,2"),
        [REFUSED],
    ),
    "multi": (listed("query", collectionFormat="multi"), asks(query="p=1&p=2"), []),
    "multi with commas": (
        listed("query", collectionFormat="multi"),
        asks(query="p=1,2"),
        [REFUSED],
    ),
    "pipes in a path": (listed("path", "/i/{p}", collectionFormat="pipes"), asks("/i/1|2"), []),
    "object of a query": (
        parameter("query", style="deepObject", schema={"type": "object", "properties": {"a": {}}}),
        asks(query="p[a]=1"),
        [],
    ),
    # Bodies
    "required body": (takes({"type": "object"}, required=True), sends({}), []),
    "required body left out": (
        takes({"type": "object"}, required=True),
        asks(method="POST"),
        ["pact.request-body-missing"],
    ),
    "body that may be left out": (takes({"type": "object"}), asks(method="POST"), []),
    "required member of a body": (takes(BOTH), sends({"a": "x", "b": "y"}), []),
    "required member left out": (takes(BOTH), sends({"a": "x"}), [BODY]),
    "body where none is": (
        three("/items", method="post"),
        sends({"a": 1}),
        ["pact.request-body-undeclared"],
    ),
    "body that nobody promised": (
        three("/items"),
        reads({"a": 1}),
        ["pact.response-body-undeclared"],
    ),
    "body of version 2": (
        two(
            "/items",
            method="post",
            parameters=[{"in": "body", "name": "b", "schema": {"type": "object"}}],
        ),
        sends([]),
        [BODY],
    ),
    "form of version 2": (
        two(
            "/items",
            method="post",
            consumes=["application/x-www-form-urlencoded"],
            parameters=[{"in": "formData", "name": "a", "type": "string", "required": True}],
        ),
        sends("a=1", kind="application/x-www-form-urlencoded"),
        [],
    ),
    # readOnly and writeOnly
    "what only the reader gets is not sent": (takes(READ_ONLY), sends({"a": "x"}), []),
    "what must be sent": (takes(READ_ONLY), sends({"id": "7"}), [BODY]),
    "what only the reader gets is read": (answers(READ_ONLY), reads({"id": "7", "a": "x"}), []),
    "what is only sent is sent": (takes(SECRET), sends({"key": "x"}), []),
    "what is only sent is read": (answers(SECRET), reads({"key": "x"}), [UNDECLARED]),
    # Null
    "nullable": (answers({"type": "string", "nullable": True}, "3.0.3"), reads(None), []),
    "nullable of 3.0 in 3.1": (
        answers({"properties": {"a": {"type": "string", "nullable": True}}}),
        reads({"a": None}),
        [UNLIKE],
    ),
    "null in a nullable member": (
        answers({"properties": {"a": {"type": "string", "nullable": True}}}, "3.0.3"),
        reads({"a": None}),
        [],
    ),
    "null in a member": (
        answers({"properties": {"a": {"type": "string"}}}, "3.0.3"),
        reads({"a": None}),
        [UNLIKE],
    ),
    "nullable enum": (
        takes(
            {"properties": {"a": {"type": "string", "enum": ["x", None], "nullable": True}}},
            "3.0.3",
        ),
        sends({"a": None}),
        [],
    ),
    "nullable reference": (
        answers(
            {
                "properties": {
                    "a": {"nullable": True, "allOf": [{"$ref": "#/components/schemas/A"}]}
                }
            },
            "3.0.3",
            schemas={"A": {"type": "object", "nullable": True}},
        ),
        reads({"a": None}),
        [],
    ),
    "type null": (
        answers({"properties": {"a": {"type": ["string", "null"]}}}),
        reads({"a": None}),
        [],
    ),
    "x-nullable of version 2": (
        two(
            "/items",
            responses={
                "200": {
                    "description": "",
                    "schema": {"properties": {"a": {"type": "string", "x-nullable": True}}},
                }
            },
        ),
        reads({"a": None}),
        [],
    ),
    # Composition
    "all of": (answers(BOTH), reads({"a": "x", "b": "y"}), []),
    "all of, and more": (answers(BOTH), reads({"a": "x", "c": "y"}), [UNDECLARED]),
    "all of, each closed": (
        answers({"allOf": [CLOSED, {"properties": {"b": {}}, "additionalProperties": False}]}),
        reads({"a": 1}),
        [UNLIKE],
    ),
    "one of": (answers({"oneOf": [{"type": "string"}, {"type": "integer"}]}), reads(7), []),
    "none of": (answers({"oneOf": [{"type": "string"}, {"type": "integer"}]}), reads([]), [UNLIKE]),
    "one of in a request": (
        takes({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
        sends({"a": 1}),
        [],
    ),
    "two of one of in a request": (
        takes({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
        sends({"a": 1, "b": 1}),
        [BODY],
    ),
    "any of": (answers({"anyOf": [CLOSED, MAP]}), reads({"z": 1}), []),
    "not": (answers({"not": {"type": "string"}}), reads("a"), [UNLIKE]),
    "discriminator": (answers(PET, schemas=PETS), reads({"kind": "Cat", "lives": 9}), []),
    "discriminator with a mapping": (
        answers(PET, schemas=PETS),
        reads({"kind": "puppy", "bark": "x"}),
        [],
    ),
    "member of another kind": (
        answers(PET, schemas=PETS),
        reads({"kind": "Cat", "bark": "x"}),
        [UNDECLARED],
    ),
    "wrong member of the kind": (
        answers(PET, schemas=PETS),
        reads({"kind": "Cat", "lives": "nine"}),
        [UNLIKE],
    ),
    "member of an heir": (
        answers({"$ref": "#/components/schemas/Base"}, "3.0.3", schemas=HEIRS),
        reads({"kind": "Heir", "more": "x"}),
        [],
    ),
    "member of another heir": (
        answers({"$ref": "#/components/schemas/Base"}, "3.0.3", schemas=HEIRS),
        reads({"kind": "Other", "more": "x"}),
        [UNDECLARED],
    ),
    "member of an heir under another name": (
        answers({"$ref": "#/components/schemas/Base"}, "3.0.3", schemas=HEIRS),
        reads({"kind": "heiress", "more": "x"}),
        [],
    ),
    "wrong member of an heir": (
        answers({"$ref": "#/components/schemas/Base"}, "3.0.3", schemas=HEIRS),
        reads({"kind": "Heir", "more": 7}),
        [UNLIKE],
    ),
    # Media types
    "media type with a parameter": (
        answers(MAP),
        reads({"a": "x"}, kind="application/json; charset=utf-8"),
        [UNLIKE],
    ),
    "media type of any kind": (answers(MAP, kind="*/*"), reads({"a": "x"}), [UNLIKE]),
    "media type of a group": (answers(MAP, kind="application/*"), reads({"a": "x"}), [UNLIKE]),
    "media type in capitals": (answers(MAP, kind="Application/JSON"), reads({"a": "x"}), [UNLIKE]),
    "media type with a suffix": (
        answers(MAP, kind="application/problem+json"),
        reads({"a": "x"}, kind="application/problem+json;charset=utf-8"),
        [UNLIKE],
    ),
    "version as a parameter": (
        answers(MAP, kind="application/json;v=1"),
        reads({"a": "x"}, kind="application/json;v=1"),
        [UNLIKE],
    ),
    "another media type": (
        answers(MAP),
        reads("a,b", kind="text/csv"),
        ["pact.response-media-type-undeclared"],
    ),
    "another media type sent": (
        takes(MAP),
        sends("a", kind="text/csv"),
        ["pact.media-type-refused"],
    ),
    "produces of version 2": (
        two(
            "/items",
            produces=["text/csv"],
            responses={"200": {"description": "", "schema": {"type": "string"}}},
        ),
        reads("a,b", kind="text/csv"),
        [],
    ),
    "what is asked for is offered": (
        answers(MAP),
        asks(headers={"Accept": "text/csv, application/*;q=0.5"}),
        [],
    ),
    "what is asked for is not offered": (
        answers(MAP),
        asks(headers={"Accept": "text/csv"}),
        ["pact.accept-not-offered"],
    ),
    "an error is offered as another type": (
        three(
            "/items",
            responses={
                "200": {"description": "", **content(MAP)},
                "404": {"description": "", **content(MAP, "application/problem+json")},
            },
        ),
        asks(headers={"Accept": "application/json"}, status=404),
        [],
    ),
    # Credentials
    "credentials": (
        three("/items", security=[{"bearer": []}], schemes=BEARER),
        asks(headers=AUTH),
        [],
    ),
    "no credentials": (
        three("/items", security=[{"bearer": []}], schemes=BEARER),
        asks(),
        ["pact.credentials-missing"],
    ),
    "key in a header": (
        three("/items", security=[{"key": []}], schemes=KEY),
        asks(headers={"x-key": "1"}),
        [],
    ),
    "key in another header": (
        three("/items", security=[{"key": []}], schemes=KEY),
        asks(headers={"X-Other": "1"}),
        ["pact.header-undeclared", "pact.credentials-missing"],
    ),
    "key in the query": (
        three("/items", security=[{"key": []}], schemes=QUERY_KEY),
        asks(query="key=1"),
        [],
    ),
    "one of two ways": (
        three("/items", security=[{"bearer": []}, {"key": []}], schemes=BEARER | KEY),
        asks(headers={"X-Key": "1"}),
        [],
    ),
    "both ways at once": (
        three("/items", security=[{"bearer": [], "key": []}], schemes=BEARER | KEY),
        asks(headers={"X-Key": "1", **AUTH}),
        [],
    ),
    "one where both are needed": (
        three("/items", security=[{"bearer": [], "key": []}], schemes=BEARER | KEY),
        asks(headers={"X-Key": "1"}),
        ["pact.credentials-missing"],
    ),
    "open to everybody": (
        three("/items", security=[{}, {"key": []}], schemes=KEY),
        asks(),
        [],
    ),
    "open against the rule of the whole": (
        three("/items", security=[], schemes=KEY, top={"security": [{"key": []}]}),
        asks(),
        [],
    ),
    "the rule of the whole": (
        three("/items", schemes=KEY, top={"security": [{"key": []}]}),
        asks(),
        ["pact.credentials-missing"],
    ),
    # Headers of the response
    "header that is promised": (
        three(
            "/items",
            responses={
                "200": {"description": "", "headers": {"X-A": {"schema": {"type": "integer"}}}}
            },
        ),
        reads(headers={"x-a": "7"}),
        [],
    ),
    "header that is promised otherwise": (
        three(
            "/items",
            responses={
                "200": {"description": "", "headers": {"X-A": {"schema": {"type": "integer"}}}}
            },
        ),
        reads(headers={"x-a": "x"}),
        ["pact.header-not-promised"],
    ),
    "header that nobody promised": (
        three("/items"),
        reads(headers={"X-A": "7"}),
        ["pact.header-not-promised"],
    ),
}


@pytest.mark.parametrize("meaning", MEANINGS)
def test_a_meaning_of_the_contract(meaning, pact, contract):
    data, interaction, rules = MEANINGS[meaning]
    found = list(held_against([pact(interaction)], contract(data)))
    assert [each.rule.id for each in found] == rules
