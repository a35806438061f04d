"""Requests and responses: what is compared with what, and in which words it travels."""

from __future__ import annotations

import pytest

TEXT, NUMBER, THING = {"type": "string"}, {"type": "integer"}, {"type": "object"}


def answer(schema):
    return {"description": "d", "content": {"application/json": {"schema": schema}}}


def query(**parts):
    return {"name": "q", "in": "query", **parts}


@pytest.mark.parametrize("more", [{}, {"deprecated": True}])
def test_a_shared_schema_of_a_parameter_is_text_however_it_is_reached(more, changes, operation):
    def api(schema, **parts):
        ref = {"$ref": "#/components/schemas/Limit"}
        parameters = [query(schema=ref, **parts)]
        return operation({"parameters": parameters}, components={"schemas": {"Limit": schema}})

    found = [each.rule.id for each in changes(api(NUMBER), api(TEXT, **more))]
    assert "schema.type-widened" in found
    assert "schema.type-changed" not in found


@pytest.mark.parametrize(
    ("cover", "status"), [("default", "404"), ("2XX", "201"), ("4XX", "404"), ("5XX", "503")]
)
def test_a_status_told_apart_answers_as_what_covered_it(cover, status, changes, operation):
    def api(**more):
        responses = {"200": answer(TEXT), cover: answer(THING), **more}
        return operation({"responses": responses})

    assert changes(api(), api(**{status: answer(THING)})) == []
    (change,) = changes(api(), api(**{status: answer(TEXT)}))
    assert change.rule.id == "schema.type-changed"
    assert [use.side for use in change.uses] == [f"response {status}"]
    (back,) = changes(api(**{status: answer(TEXT)}), api())
    assert back.rule.id == "schema.type-changed"


def test_default_alone_is_the_success_and_says_nothing_of_errors(rules, operation):
    old = operation({"responses": {"default": answer(THING)}})
    new = operation({"responses": {"200": answer(THING), "404": answer(TEXT)}})
    assert rules(old, new) == []


@pytest.mark.parametrize("name", ["paid", "x-paid"])
def test_names_of_maps_may_look_like_extensions(name, rules, document, operation):
    done = {"post": {"responses": {"204": {"description": "d"}}}}
    callback = operation({"callbacks": {name: {"{$request.body#/url}": done}}})
    assert rules(callback, operation({})) == ["callback.removed"]
    assert rules(document(webhooks={name: done}), document()) == ["webhook.removed"]

    def link(**links):
        return operation({"responses": {"200": {"description": "d", "links": links}}})

    assert rules(link(**{name: {"operationId": "a"}}), link()) == ["response.link-removed"]


def test_extensions_beside_the_entries_of_a_map_are_none(rules, document):
    hooks = {"paid": {"post": {"responses": {"204": {"description": "d"}}}}}
    assert rules(document(webhooks=hooks), document(webhooks={**hooks, "x-note": "later"})) == []


LIST = {"type": "array", "items": TEXT}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # Style and explode matter only where a list or an object may be written.
        (query(schema={}), query(schema=TEXT), ["schema.type-narrowed"]),
        (query(schema=LIST), query(schema=TEXT), ["schema.type-changed"]),
        (query(schema=TEXT), query(schema=TEXT, explode=False), []),
        (query(schema=LIST), query(schema=LIST, style="form", explode=True), []),
        (
            query(schema=LIST),
            query(schema=LIST, explode=False),
            ["parameter.serialisation-changed"],
        ),
        (
            query(schema=THING, style="deepObject"),
            query(schema=THING, style="deepObject", explode=True),
            [],
        ),
        # Without a schema any value will do.
        (query(), query(schema=TEXT), ["schema.type-narrowed"]),
        (query(schema=TEXT), query(), ["schema.type-widened"]),
        (
            query(schema=TEXT),
            query(content={"application/json": {"schema": TEXT}}),
            ["parameter.serialisation-changed"],
        ),
        (
            query(content={"application/json": {"schema": TEXT}}),
            query(content={"Application/JSON; charset=utf-8": {"schema": TEXT}}),
            [],
        ),
        (
            query(schema=TEXT, allowReserved=True),
            query(schema=TEXT),
            ["parameter.reserved-disallowed"],
        ),
        (
            query(schema=TEXT),
            query(schema=TEXT, allowReserved=True),
            ["parameter.reserved-allowed"],
        ),
        # What is not as the specification has it is told, and not guessed at.
        (query(schema=TEXT), query(schema=TEXT, required="yes"), ["document.part-ignored"]),
        (query(schema=TEXT), query(schema=TEXT, required=None), []),
    ],
)
def test_how_a_parameter_is_written(old, new, expected, rules, operation):
    assert rules(operation({"parameters": [old]}), operation({"parameters": [new]})) == expected


def test_of_two_parameters_with_one_name_the_first_counts(changes, operation):
    old = operation({"parameters": [query(schema=TEXT)]})
    new = operation({"parameters": [query(schema=TEXT), query(schema=NUMBER)]})
    (change,) = changes(old, new)
    assert change.rule.id == "document.part-ignored"
    assert change.values["part"] == "a second query parameter q"


def test_an_operation_overrides_a_parameter_of_its_path(rules, document):
    def api(of_path, *own):
        post = {"parameters": list(own), "responses": {"204": {"description": "d"}}}
        return document(paths={"/things": {"parameters": [of_path], "post": post}})

    same = query(schema=TEXT)
    assert rules(api(query(schema=NUMBER), same), api(query(schema=TEXT), same)) == []
    assert rules(api(query(schema=NUMBER)), api(query(schema=THING), query(schema=NUMBER))) == []


def test_headers_are_written_and_typed_like_parameters(rules, operation):
    def api(**header):
        return operation({"responses": {"200": {"description": "d", "headers": {"X-A": header}}}})

    assert rules(api(schema=LIST), api(schema=LIST, explode=True)) == []
    assert rules(api(schema=THING), api(schema=THING, explode=True)) == [
        "parameter.serialisation-changed"
    ]
    assert rules(api(schema=TEXT), api()) == ["schema.type-widened"]


def test_a_file_of_swagger_is_a_binary_string(rules, operation):
    swagger = {
        "swagger": "2.0",
        "info": {"title": "Things", "version": "1.0.0"},
        "produces": ["application/pdf"],
        "paths": {
            "/things": {
                "post": {"responses": {"200": {"description": "d", "schema": {"type": "file"}}}}
            }
        },
    }
    content = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
    new = operation({"responses": {"200": {"description": "d", "content": content}}})
    assert rules(swagger, {**new, "openapi": "3.0.3"}) == []


def form(encoding=None, media="multipart/form-data"):
    body = {"schema": {"type": "object"}, **({"encoding": {"p": encoding}} if encoding else {})}
    return {"requestBody": {"content": {media: body}}}


URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            form({"contentType": "image/png"}),
            form({"contentType": "image/jpeg, image/PNG"}),
            ["media-type.part-type-added"],
        ),
        (
            form({"contentType": "image/png, image/jpeg"}),
            form({"contentType": "image/jpeg"}),
            ["media-type.part-type-removed"],
        ),
        (
            form({"contentType": "image/png"}),
            form({"contentType": "image/*"}),
            ["media-type.part-type-added"],
        ),
        (form({"contentType": "image/png"}), form(), []),
        (
            form(None, URLENCODED),
            form({"explode": False}, URLENCODED),
            ["media-type.encoding-changed"],
        ),
        (form(None, URLENCODED), form({"style": "form", "explode": True}, URLENCODED), []),
        (form({"style": "x"}, "text/csv"), form({"style": "y"}, "text/csv"), []),
    ],
)
def test_how_a_field_of_a_form_is_written(old, new, expected, rules, operation):
    assert rules(operation(old), operation(new)) == expected


@pytest.mark.parametrize("key", ["schema", "itemSchema"])
def test_a_stream_has_a_schema_and_one_for_its_items(key, rules, operation):
    def api(schema):
        media = {"schema": {"type": "array"}, "itemSchema": TEXT, key: schema}
        response = {"description": "d", "content": {"application/jsonl": media}}
        return operation({"responses": {"200": response}}, openapi="3.2.0")

    assert rules(api(THING), api(NUMBER)) == ["schema.type-changed"]
    assert rules(api(THING), api(THING)) == []


def test_a_link_leads_to_an_operation_whatever_its_name(rules, document):
    def api(name, path="/lists/{id}", parameter="$response.body#/id"):
        link = {"operationId": name, "parameters": {"id": parameter}}
        response = {"200": {"description": "d", "links": {"next": link}}}
        return document(
            paths={
                "/things": {"get": {"responses": response}},
                path: {"get": {"operationId": name, "responses": {"204": {"description": "d"}}}},
            }
        )

    assert rules(api("list"), api("show", "/lists/{key}")) == ["operation.id-changed"]
    assert rules(api("list"), api("list", parameter="$response.body#/key")) == [
        "response.link-changed"
    ]
    # Where the operation itself moved, that is told once, and not again of every link to it.
    assert rules(api("list"), api("list", "/others/{id}")) == [
        "operation.added",
        "operation.removed",
    ]


@pytest.mark.parametrize(
    ("schema", "later", "expected"),
    [
        (NUMBER, NUMBER, []),
        (THING, NUMBER, ["schema.type-changed"]),
        (THING, THING, ["media-type.encoding-changed"]),
    ],
)
def test_the_style_of_a_field_matters_for_lists_and_objects_only(
    schema, later, expected, rules, operation
):
    def api(field, encoding):
        body = {"schema": {"type": "object", "properties": {"p": field}}, "encoding": encoding}
        return operation({"requestBody": {"content": {URLENCODED: body}}})

    deep = {"p": {"style": "deepObject", "explode": True}}
    assert rules(api(schema, deep), api(later, {})) == expected
