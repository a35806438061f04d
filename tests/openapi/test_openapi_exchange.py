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
