"""Documents that look changed and are not, for any peer; and what only looks alike."""

from __future__ import annotations

import copy

import pytest

TEXT = {"type": "string"}


def silent(rules, old, new):
    assert rules(old, new) == []
    assert rules(new, old) == []


def path(name, parameter="id"):
    item = {
        "parameters": [{"name": parameter, "in": "path", "required": True, "schema": TEXT}],
        "get": {"responses": {"200": {"description": "one"}}},
    }
    return {"paths": {name: item}}


def test_a_path_parameter_renamed(rules, document):
    silent(rules, document(**path("/things/{id}")), document(**path("/things/{key}", "key")))


def test_a_parameter_moved_from_path_to_operation(rules, document):
    shared = {"name": "q", "in": "query", "schema": TEXT}
    get = {"responses": {"200": {"description": "all"}}}
    silent(
        rules,
        document(paths={"/things": {"parameters": [shared], "get": get}}),
        document(paths={"/things": {"get": {**get, "parameters": [shared]}}}),
    )


def test_a_parameter_moved_to_components(rules, operation):
    limit = {"name": "limit", "in": "query", "schema": TEXT}
    silent(
        rules,
        operation({"parameters": [limit]}),
        operation(
            {"parameters": [{"$ref": "#/components/parameters/Limit"}]},
            components={"parameters": {"Limit": limit}},
        ),
    )


def test_order_of_parameters_and_case_of_headers(rules, operation):
    one = {"name": "X-Trace", "in": "header", "schema": TEXT}
    two = {"name": "q", "in": "query", "schema": TEXT}
    lower = {**one, "name": "x-trace"}
    silent(rules, operation({"parameters": [one, two]}), operation({"parameters": [two, lower]}))


def test_defaults_of_style_and_explode_written_out(rules, operation):
    bare = {"name": "ids", "in": "query", "schema": {"type": "array", "items": TEXT}}
    written = {**bare, "style": "form", "explode": True, "required": False}
    silent(rules, operation({"parameters": [bare]}), operation({"parameters": [written]}))


def test_style_of_a_plain_value(rules, operation):
    bare = {"name": "id", "in": "query", "schema": {"type": "integer"}}
    silent(
        rules,
        operation({"parameters": [bare]}),
        operation({"parameters": [{**bare, "explode": False}]}),
    )


def test_header_parameters_that_say_nothing(rules, operation):
    accept = {"name": "Accept", "in": "header", "required": True, "schema": TEXT}
    silent(rules, operation({}), operation({"parameters": [accept]}))


def test_charset_of_a_media_type(rules, operation):
    def body(media):
        return operation({"requestBody": {"content": {media: {"schema": TEXT}}}})

    silent(rules, body("application/json"), body("application/json; charset=utf-8"))


def test_a_security_scheme_renamed(rules, operation):
    def secured(name):
        scheme = {"type": "http", "scheme": "bearer"}
        return operation({"security": [{name: []}]}, components={"securitySchemes": {name: scheme}})

    silent(rules, secured("token"), secured("bearerAuth"))


def test_global_security_written_at_the_operation(rules, operation):
    schemes = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "K"}}}
    silent(
        rules,
        operation({}, components=schemes, security=[{"key": []}]),
        operation({"security": [{"key": []}]}, components=schemes),
    )


def test_a_prefix_moved_from_the_servers_into_the_paths(rules, document):
    get = {"get": {"responses": {"204": {"description": "done"}}}}
    silent(
        rules,
        document(servers=[{"url": "https://a.example/v1"}], paths={"/things": get, "/other": get}),
        document(
            servers=[{"url": "https://a.example"}], paths={"/v1/things": get, "/v1/other": get}
        ),
    )


def test_a_status_taken_in_by_a_range(rules, operation):
    one = {"responses": {"200": {"description": "done"}, "404": {"description": "none"}}}
    two = {"responses": {"2XX": {"description": "done"}, "4XX": {"description": "none"}}}
    silent(rules, operation(one), operation(two))


def test_tags_descriptions_examples_and_extensions(rules, document):
    old = document(**path("/things/{id}"))
    new = copy.deepcopy(old)
    new["info"] = {"title": "Other", "version": "9", "description": "words"}
    new["tags"] = [{"name": "things"}]
    new["x-owner"] = "team"
    get = new["paths"]["/things/{id}"]["get"]
    get |= {"summary": "one", "description": "more", "x-internal": True}
    get["responses"]["200"]["description"] = "another"
    silent(rules, old, new)


def test_30_and_31_of_the_same_api(rules, operation):
    def version(number, schema):
        return operation(
            {"requestBody": {"content": {"application/json": {"schema": schema}}}}, openapi=number
        )

    silent(
        rules,
        version(
            "3.0.3",
            {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "nullable": True},
                    "size": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
                    "blob": {"type": "string", "format": "byte"},
                },
            },
        ),
        version(
            "3.1.0",
            {
                "type": "object",
                "properties": {
                    "name": {"type": ["string", "null"]},
                    "size": {"type": "integer", "exclusiveMinimum": 0},
                    "blob": {"type": "string", "contentEncoding": "base64"},
                },
            },
        ),
    )


SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "Things", "version": "1.0.0"},
    "host": "a.example",
    "basePath": "/v1",
    "schemes": ["https"],
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    "security": [{"key": []}],
    "definitions": {
        "Thing": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string"},
                "size": {"type": "integer", "format": "int32"},
            },
        }
    },
    "paths": {
        "/things": {
            "get": {
                "parameters": [
                    {"name": "ids", "in": "query", "type": "array", "items": {"type": "string"}},
                    {"name": "limit", "in": "query", "type": "integer", "maximum": 100},
                ],
                "responses": {
                    "200": {
                        "description": "all",
                        "headers": {"X-Total": {"type": "integer"}},
                        "schema": {"type": "array", "items": {"$ref": "#/definitions/Thing"}},
                    }
                },
            },
            "post": {
                "parameters": [
                    {
                        "name": "body",
                        "in": "body",
                        "required": True,
                        "schema": {"$ref": "#/definitions/Thing"},
                    }
                ],
                "responses": {"201": {"description": "made"}},
            },
        }
    },
}
THING = {"$ref": "#/components/schemas/Thing"}
OPENAPI = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "version": "1.0.0"},
    "servers": [{"url": "https://a.example/v1"}],
    "security": [{"key": []}],
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "schemas": SWAGGER["definitions"],
    },
    "paths": {
        "/things": {
            "get": {
                "parameters": [
                    {
                        "name": "ids",
                        "in": "query",
                        "explode": False,
                        "schema": {"type": "array", "items": {"type": "string"}},
                    },
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                ],
                "responses": {
                    "200": {
                        "description": "all",
                        "headers": {"X-Total": {"schema": {"type": "integer"}}},
                        "content": {
                            "application/json": {"schema": {"type": "array", "items": THING}}
                        },
                    }
                },
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": THING}},
                },
                "responses": {"201": {"description": "made"}},
            },
        }
    },
}


def test_swagger_and_openapi_of_the_same_api(rules):
    silent(rules, SWAGGER, OPENAPI)


def test_swagger_and_openapi_differ_in_what_changed_only(rules):
    new = copy.deepcopy(OPENAPI)
    new["components"]["schemas"]["Thing"]["required"] = ["id", "size"]
    del new["paths"]["/things"]["get"]["parameters"][1]
    assert rules(SWAGGER, new) == ["parameter.removed", "schema.property-made-required"]


def test_a_change_in_a_shared_component_is_one_with_all_its_uses(changes):
    new = copy.deepcopy(OPENAPI)
    new["components"]["schemas"]["Thing"]["properties"]["id"] = {"type": "integer"}
    (change,) = changes(OPENAPI, new)
    assert change.label == "schema Thing > id"
    assert {(use.label, use.side, use.direction.value) for use in change.uses} == {
        ("GET /things", "response 200", "outbound"),
        ("POST /things", "request", "inbound"),
    }
    assert change.direction.value == "both"


def test_a_webhook_is_sent_by_the_provider(changes, document):
    def hook(**schema):
        content = {"application/json": {"schema": {"type": "object", **schema}}}
        return document(webhooks={"paid": {"post": {"requestBody": {"content": content}}}})

    (change,) = changes(hook(required=["id"]), hook())
    assert change.rule.id == "schema.property-made-optional"
    assert change.direction.value == "outbound"


def test_a_callback_is_sent_by_the_provider(changes, operation):
    def back(**schema):
        content = {"application/json": {"schema": {"type": "object", **schema}}}
        item = {"post": {"requestBody": {"content": content}, "responses": {}}}
        return operation({"callbacks": {"paid": {"{$request.body#/url}": item}}})

    (change,) = changes(back(), back(required=["id"]))
    assert change.direction.value == "outbound"


def test_an_operation_may_go_after_its_sunset_only(rules, document):
    def paths(**put):
        done = {"responses": {"204": {"description": "done"}}}
        return document(
            paths={"/things": {"get": done, **({"put": {**done, **put}} if put else {})}}
        )

    gone = paths()
    assert rules(paths(deprecated=True), gone) == ["operation.removed"]
    announced = {"deprecated": True, "x-sunset": "2026-11-20"}
    assert rules(paths(**announced), gone) == ["operation.removed-after-sunset"]
    later = {"deprecated": True, "x-sunset": "2026-11-22"}
    assert rules(paths(**later), gone) == ["operation.removed"]
    http_date = {"deprecated": True, "x-sunset": "Sat, 31 Oct 2026 23:59:59 GMT"}
    assert rules(paths(**http_date), gone) == ["operation.removed-after-sunset"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([{}], [{"key": []}], ["security.credentials-insufficient"]),
        ([{"key": []}], [{}, {"key": []}], ["security.credentials-accepted"]),
        ([{"key": []}], [{"key": [], "basic": []}], ["security.credentials-insufficient"]),
        ([{"key": []}, {"basic": []}], [{"basic": []}, {"key": []}], []),
        ([{"key": ["read"]}], [{"key": ["read", "write"]}], ["security.credentials-insufficient"]),
        ([{"key": ["read", "write"]}], [{"key": ["read"]}], ["security.credentials-accepted"]),
    ],
)
def test_security_alternatives_are_or_and_requirements_and(old, new, expected, rules, operation):
    schemes = {
        "key": {"type": "apiKey", "in": "header", "name": "K"},
        "basic": {"type": "http", "scheme": "basic"},
    }
    parts = {"components": {"securitySchemes": schemes}}
    found = rules(operation({"security": old}, **parts), operation({"security": new}, **parts))
    assert [each for each in found if each in expected] == expected
    assert [each for each in found if each not in expected] in (
        [],
        ["security.credentials-accepted"],
    )


def test_a_global_security_change_is_one_finding(changes, document):
    schemes = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "K"}}}
    get = {"get": {"responses": {"204": {"description": "done"}}}}
    paths = {"/a": get, "/b": get, "/c": get}
    found = changes(
        document(paths=paths, components=schemes, security=[]),
        document(paths=paths, components=schemes, security=[{"key": []}]),
    )
    told = [change for change in found if change.rule.id == "security.credentials-insufficient"]
    assert len(told) == 1
    assert len(told[0].uses) == 3


def test_media_ranges(rules, operation):
    def body(media):
        return operation({"requestBody": {"content": {media: {"schema": TEXT}}}})

    assert rules(body("application/json"), body("application/*")) == ["media-type.added"]
    assert rules(body("application/*"), body("application/json")) == ["media-type.removed"]


def test_32_has_query_and_further_methods(rules, document):
    done = {"responses": {"204": {"description": "done"}}}

    def paths(item):
        return document(openapi="3.2.0", paths={"/things": {"get": done, **item}})

    assert rules(paths({"query": done}), paths({})) == ["operation.removed"]
    assert rules(paths({"additionalOperations": {"COPY": done}}), paths({})) == [
        "operation.removed"
    ]


def test_a_reference_that_leads_nowhere_is_told_and_the_rest_compared(rules, operation):
    broken = [{"$ref": "#/components/parameters/Gone"}]
    more = [*broken, {"name": "q", "in": "query", "schema": TEXT}]
    found = rules(operation({"parameters": broken}), operation({"parameters": more}))
    assert found == ["document.reference-unresolved", "parameter.added"]


@pytest.mark.parametrize("odd", [None, [], "x", 7, {"/things": None}, {"/things": {"get": 3}}])
def test_documents_of_the_wrong_shape_do_not_crash(odd, rules, document):
    rules(document(), document(paths=odd))
    rules(document(paths=odd), document())
    rules(document(paths=odd), document(paths=odd))


@pytest.mark.parametrize("mapping", [None, {"cat": "#/components/schemas/Cat"}, {"cat": "Cat"}])
def test_a_subtype_that_only_a_discriminator_names_is_compared(changes, mapping):
    def pets(kind):
        discriminator = {"propertyName": "kind", **({"mapping": mapping} if mapping else {})}
        pet = {"$ref": "#/components/schemas/Pet"}
        body = {"content": {"application/json": {"schema": pet}}}
        schemas = {
            "Pet": {
                "type": "object",
                "required": ["kind"],
                "properties": {"kind": {"type": "string"}},
                "discriminator": discriminator,
            },
            "Cat": {
                "allOf": [pet, {"type": "object", "properties": {"lives": {"type": kind}}}],
            },
        }
        return {
            "openapi": "3.0.3",
            "info": {"title": "Pets", "version": "1"},
            "paths": {"/pets": {"post": {"requestBody": body, "responses": {}}}},
            "components": {"schemas": schemas},
        }

    (change,) = changes(pets("integer"), pets("string"))
    assert (change.rule.id, change.label) == ("schema.type-changed", "schema Cat > lives")
    assert [use.label for use in change.uses] == ["POST /pets"]


def test_a_dynamic_reference_is_not_taken_for_anything_goes(rules, operation):
    def body(ref):
        schema = {"type": "object", "properties": {"node": {"$dynamicRef": ref}}}
        return operation({"requestBody": {"content": {"application/json": {"schema": schema}}}})

    assert set(rules(body("#a"), body("#b"))) == {"schema.reference-unresolved"}
