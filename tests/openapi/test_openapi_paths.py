"""Fixed paths beside templated ones, and prefixes that move."""

from __future__ import annotations

import pytest

TEXT, NUMBER, THING = {"type": "string"}, {"type": "integer"}, {"type": "object"}


def get(schema, *parameters):
    content = {"application/json": {"schema": schema}}
    return {
        "get": {
            "parameters": list(parameters),
            "responses": {"200": {"description": "d", "content": content}},
        }
    }


def by_id(schema):
    return get(THING, {"name": "id", "in": "path", "required": True, "schema": schema})


def test_an_endpoint_added_beside_a_template_breaks_nobody(changes, document):
    old = document(paths={"/things/{id}": by_id(TEXT)})
    new = document(paths={"/things/{id}": by_id(TEXT), "/things/count": get(NUMBER)})
    (change,) = changes(old, new)
    assert change.rule.id == "operation.split-from-template"
    assert change.label == "GET /things/count"


def test_a_fixed_path_left_to_a_template_is_compared_with_it(changes, document):
    old = document(paths={"/things/{id}": by_id(TEXT), "/things/count": get(NUMBER)})
    new = document(paths={"/things/{id}": by_id(TEXT)})
    found = {change.rule.id: change for change in changes(old, new)}
    assert found.keys() == {"operation.covered-by-template", "schema.type-changed"}
    uses = {use.label for change in found.values() for use in change.uses}
    assert uses == {"GET /things/count"}


@pytest.mark.parametrize(
    ("schema", "path", "covered"),
    [
        (TEXT, "/things/count", True),
        ({}, "/things/count", True),
        (NUMBER, "/things/count", False),
        (NUMBER, "/things/12", True),
        ({"type": "boolean"}, "/things/true", True),
        ({"type": "boolean"}, "/things/12", False),
        ({"type": "string", "enum": ["a", "count"]}, "/things/count", True),
        ({"type": "string", "enum": ["a", "b"]}, "/things/count", False),
    ],
)
def test_a_template_answers_only_for_values_that_it_takes(schema, path, covered, rules, document):
    old = document(paths={"/things/{id}": by_id(schema), path: get(THING)})
    new = document(paths={"/things/{id}": by_id(schema)})
    gone = "operation.covered-by-template" if covered else "operation.removed"
    come = "operation.split-from-template" if covered else "operation.added"
    assert rules(old, new) == [gone]
    assert rules(new, old) == [come]


def test_a_prefix_moves_into_the_paths_while_a_parameter_is_renamed(rules, document):
    done = {"get": {"responses": {"204": {"description": "d"}}}}
    old = document(servers=[{"url": "https://a.example/v1"}], paths={"/things/{a}": done})
    new = document(servers=[{"url": "https://a.example"}], paths={"/v1/things/{b}": done})
    assert rules(old, new) == []
