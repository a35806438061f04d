"""References to places that the specification does not name, and what is reached by them."""

from __future__ import annotations

import pytest

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def body(schema):
    return {"200": {"description": "d", "content": {"application/json": {"schema": schema}}}}


@pytest.mark.parametrize(
    ("ref", "parts"),
    [
        ("#/x-defs/Foo", lambda schema: {"x-defs": {"Foo": schema}}),
        ("#/$defs/Foo", lambda schema: {"$defs": {"Foo": schema}}),
        ("#/x-foo", lambda schema: {"x-foo": schema}),
        ("#/x-deep/a/b/Foo", lambda schema: {"x-deep": {"a": {"b": {"Foo": schema}}}}),
        ("#/x-list/0", lambda schema: {"x-list": [schema]}),
    ],
)
def test_a_change_behind_a_reference_to_an_odd_place_is_found(ref, parts, rules, operation):
    def api(schema):
        return operation({"responses": body({"$ref": ref})}, **parts(schema))

    assert rules(api(TEXT), api(NUMBER)) == ["schema.type-changed"]
    assert rules(api(TEXT), api(TEXT)) == []


def test_a_change_is_found_behind_two_references(changes, operation):
    def api(schema):
        return operation(
            {"responses": body({"$ref": "#/components/schemas/Box"})},
            components={
                "schemas": {
                    "Box": {"type": "object", "properties": {"a": {"$ref": "#/x-defs/Foo"}}}
                }
            },
            **{"x-defs": {"Foo": {"type": "object", "properties": {"b": schema}}}},
        )

    (change,) = changes(api(TEXT), api(NUMBER))
    assert change.label == "x-defs Foo > b"
    assert [use.label for use in change.uses] == ["POST /things"]


def test_a_reference_that_leads_nowhere_on_both_sides_hides_nothing_else(rules, operation):
    def api(schema):
        both = {"type": "object", "properties": {"a": {"$ref": "#/x-gone/Foo"}, "b": schema}}
        return operation({"responses": body(both)})

    assert "schema.type-changed" in rules(api(TEXT), api(NUMBER))


@pytest.mark.parametrize("odd", [["no", "operation"], None, "x", 7])
def test_an_operation_that_cannot_be_read_is_not_taken_for_removed(odd, rules, document):
    done = {"responses": {"204": {"description": "d"}}}
    old = document(paths={"/a": {"get": done, "put": done}})
    new = document(paths={"/a": {"get": odd}})
    assert rules(old, new) == ["document.part-ignored", "operation.removed"]
    assert rules(new, old) == ["document.part-ignored", "operation.added"]


def test_faulty_parts_do_not_keep_a_change_from_being_found(rules, document):
    def api(limit, **parts):
        query = {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": limit}}
        done = {"responses": {"204": {"description": "d"}}}
        gone = {"$ref": "#/components/parameters/Gone"}
        get = {**done, "parameters": [{**query, **parts}]}
        return document(paths={"/a": {"parameters": [gone], "get": get}})

    assert rules(api(100), api(50, required="no")) == [
        "document.part-ignored",
        "document.reference-unresolved",
        "schema.limit-tightened",
    ]


def holding(part):
    """What of POST /things, or of the document, each kind of part stands in."""
    done = {"204": {"description": "d"}}
    return {
        "body": lambda: ({"requestBody": part}, {}),
        "media": lambda: ({"requestBody": {"content": {"text/csv": part}}}, {}),
        "response": lambda: ({"responses": {"200": part, **done}}, {}),
        "responses": lambda: ({"responses": part}, {}),
        "header": lambda: (
            {"responses": {"200": {"description": "d", "headers": {"X": part}}}},
            {},
        ),
        "link": lambda: ({"responses": {"200": {"description": "d", "links": {"l": part}}}}, {}),
        "parameter": lambda: ({"parameters": [part]}, {}),
        "callback": lambda: ({"callbacks": {"c": part}}, {}),
        "webhook": lambda: ({}, {"webhooks": {"w": part}}),
    }


GOOD = {
    "body": {"required": True, "content": {"text/csv": {}}},
    "media": {"schema": TEXT},
    "response": {"description": "d"},
    "responses": {"200": {"description": "d"}},
    "header": {"required": True, "schema": TEXT},
    "link": {"operationId": "a"},
    "parameter": {"name": "q", "in": "query", "required": True, "schema": TEXT},
    "callback": {"{$url}": {"post": {"responses": {"204": {"description": "d"}}}}},
    "webhook": {"post": {"responses": {"204": {"description": "d"}}}},
}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("odd", [{"$ref": "https://b.example/part.yaml"}, ["of", "a", "list"]])
def test_what_cannot_be_read_was_neither_removed_nor_added(kind, odd, rules, operation):
    def api(part):
        inside, around = holding(part)[kind]()
        return operation(inside, **around)

    told = "document.reference-unresolved" if type(odd) is dict else "document.part-ignored"
    assert rules(api(GOOD[kind]), api(odd)) == [told]
    assert rules(api(odd), api(GOOD[kind])) == [told]


def test_paths_that_cannot_be_read_were_not_removed(rules, document):
    assert rules(document(), document(paths=["/things"])) == ["document.part-ignored"]
    assert rules(document(paths=["/things"]), document()) == ["document.part-ignored"]
