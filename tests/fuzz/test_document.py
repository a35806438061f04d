"""From documents of all OpenAPI versions to the same operations."""

import json

import pytest
from tests import corpus

from apicheck.errors import UnsupportedFeature
from apicheck.fuzz.contract import read
from apicheck.fuzz.static import changes
from apicheck.sources import Options, open_source

INFO = {"title": "T", "version": "1"}


@pytest.fixture
def service(tmp_path):
    def made(document):
        path = tmp_path / "c.json"
        path.write_text(json.dumps({"info": INFO, **document}))
        return read(open_source(str(path), Options()))

    return made


OLD = {
    "swagger": "2.0",
    "basePath": "/v1/",
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "securityDefinitions": {
        "basic": {"type": "basic"},
        "key": {"type": "apiKey", "in": "query", "name": "k"},
    },
    "security": [{"key": []}],
    "definitions": {"Pet": {"type": "object", "x-nullable": True, "required": ["name"]}},
    "paths": {
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "type": "integer"}],
            "put": {
                "parameters": [
                    {
                        "name": "pet",
                        "in": "body",
                        "required": True,
                        "schema": {"$ref": "#/definitions/Pet"},
                    },
                    {
                        "name": "tag",
                        "in": "query",
                        "type": "array",
                        "items": {"type": "string"},
                        "collectionFormat": "multi",
                    },
                ],
                "responses": {
                    "200": {
                        "description": "",
                        "schema": {"$ref": "#/definitions/Pet"},
                        "headers": {"ETag": {"type": "string"}},
                    }
                },
            },
            "post": {
                "security": [{"basic": []}],
                "parameters": [
                    {"name": "photo", "in": "formData", "required": True, "type": "file"},
                    {"name": "note", "in": "formData", "type": "string", "maxLength": 9},
                ],
                "responses": {"default": {"description": ""}},
            },
        }
    },
}


def test_openapi_two(service):
    found = service(OLD)
    assert found.base == "/v1"
    put, post = found.operations
    assert [(each.name, each.place, each.style, each.explode) for each in put.parameters] == [
        ("id", "path", "simple", False),
        ("tag", "query", "form", True),
    ]
    assert put.parameters[0].schema == {"type": "integer"}
    assert put.body_required
    assert put.bodies[0].media == "application/json"
    assert put.bodies[0].schema["type"] == ["object", "null"]
    assert put.answers["200"].content["application/json"]["required"] == ["name"]
    assert put.answers["200"].headers == {"etag": False}
    assert post.bodies[0].media == "multipart/form-data"
    assert post.bodies[0].schema == {
        "type": "object",
        "properties": {
            "photo": {"type": "string", "format": "binary"},
            "note": {"type": "string", "maxLength": 9},
        },
        "required": ["photo"],
    }
    assert (put.security, post.security) == ((("key",),), (("basic",),))
    assert (found.schemes["key"].place, found.schemes["key"].field) == ("query", "k")
    assert found.schemes["basic"].kind == "basic"


@pytest.mark.parametrize(
    ("servers", "base"),
    [
        ([{"url": "https://example.com/api/v2/"}], "/api/v2"),
        ([{"url": "/v3"}], "/v3"),
        ([{"url": "./v3"}], "/v3"),
        (
            [
                {
                    "url": "https://{host}/{base}",
                    "variables": {"host": {"default": "x"}, "base": {"default": "v4"}},
                }
            ],
            "/v4",
        ),
        ([{"url": "https://x/{unknown}"}], ""),
        ([{"url": "http://[oops"}], ""),
        ([], ""),
        ("nonsense", ""),
    ],
)
def test_the_path_of_the_first_server(service, servers, base):
    assert (
        service({"openapi": "3.1.0", "servers": servers, "paths": {"/a": {"get": {}}}}).base == base
    )


def test_openapi_three_two_has_more_methods(service):
    found = service(
        {
            "openapi": "3.2.0",
            "paths": {"/a": {"query": {}, "additionalOperations": {"COPY": {}}}},
        }
    )
    assert [each.label for each in found.operations] == ["QUERY /a", "COPY /a"]


def test_a_parameter_may_be_written_as_json(service):
    filtered = {
        "name": "f",
        "in": "query",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    (operation,) = service(
        {"openapi": "3.1.0", "paths": {"/a": {"get": {"parameters": [filtered]}}}}
    ).operations
    assert operation.parameters[0].style == "json"
    assert operation.parameters[0].schema == {"type": "object"}


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"asyncapi": "3.0.0"}, "it is AsyncAPI"),
        ({"openapi": "1.2", "paths": {}}, "it is none"),
        ({"openapi": "3.1.0", "webhooks": {"a": {"post": {}}}}, "webhooks only"),
        ({"swagger": "2.0", "paths": {}}, "there is no operation in it"),
    ],
)
def test_what_cannot_be_probed_says_what_it_is(service, document, why):
    with pytest.raises(UnsupportedFeature, match=why):
        service(document)


def test_a_contract_of_strange_shape_makes_no_trouble(service):
    odd = [None, 1, "x", [], {}, [None], {"a": None}, True]
    for each in odd:
        operation = {
            "parameters": each,
            "requestBody": each,
            "responses": each,
            "security": each,
            "description": each,
            "operationId": each,
        }
        schema = {
            "properties": each,
            "required": each,
            "items": each,
            "allOf": each,
            "enum": each,
            "pattern": each,
            "minLength": each,
            "type": each,
            "additionalProperties": each,
        }
        body = {"content": {"application/json": {"schema": schema, "examples": each, "example": 1}}}
        found = service(
            {
                "openapi": "3.1.0",
                "servers": each,
                "security": each,
                "components": each,
                "paths": {
                    "/a": {"get": operation, "parameters": each},
                    "/b": {
                        "put": {
                            "requestBody": body,
                            "responses": {"200": {"headers": each, **body}, "404": each},
                            "parameters": [
                                {"name": "x", "in": "query", "schema": schema, "style": each}
                            ],
                        }
                    },
                    "/c": each,
                },
            }
        )
        put = found.get("PUT", "/b")
        assert put.bodies[0].schema is not None
        assert put.answers["200"].content["application/json"] is not None


def test_references_that_lead_nowhere_promise_nothing(service):
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/None"}}}}
    (operation,) = service(
        {"openapi": "3.1.0", "paths": {"/a": {"put": {"requestBody": body}}}}
    ).operations
    assert operation.bodies[0].schema == {}


def test_a_knot_of_schemas_costs_what_is_looked_at(service):
    """Each of a hundred schemas refers to all others."""
    names = [f"S{number}" for number in range(100)]
    schemas = {
        name: {"properties": {each: {"$ref": f"#/components/schemas/{each}"} for each in names}}
        for name in names
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}}
    found = service(
        {
            "openapi": "3.1.0",
            "components": {"schemas": schemas},
            "paths": {f"/{name}": {"put": {"requestBody": body}} for name in names},
        }
    )
    assert len(json.dumps(found.operations[0].bodies[0].schema)) < 500_000


@corpus.needed
@pytest.mark.parametrize(
    "path",
    [versions[-1][1] for _, versions in corpus.chains("openapi")],
    ids=lambda path: path.parent.name,
)
def test_real_contracts_are_read(path):
    document = open_source(str(path), Options())
    if not document.data.get("paths"):
        pytest.skip("webhooks only")
    service = read(document)
    assert len(list(changes(service))) < 3 * len(service.operations)
    for operation in service.operations:
        assert operation.answers or not operation.node.value.get("responses")
