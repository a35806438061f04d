"""Remarks on a pact by itself, and the difference of two pacts."""

from __future__ import annotations

import json

import pytest

from apicheck.pact import diff, lint


def interactions(text):
    found = json.loads(text)
    return found if isinstance(found, list) else [found]


KNOWN = frozenset({"an item exists"})


@pytest.mark.parametrize("rule", lint.RULES, ids=lambda rule: rule.id)
def test_the_example_fires_and_mended_is_silent(rule, pact):
    bad = list(lint.remarks(pact(*interactions(rule.example.new)), KNOWN))
    assert [each.rule.id for each in bad] == [rule.id]
    assert bad[0].rule.message.format(**bad[0].values)
    assert list(lint.remarks(pact(*interactions(rule.example.old)), KNOWN)) == []


@pytest.mark.parametrize("rule", diff.RULES, ids=lambda rule: rule.id)
def test_the_example_of_a_difference_fires_forth_and_its_mirror_back(rule, pact):
    old = pact(*interactions(rule.example.old), name="old.json")
    new = pact(*interactions(rule.example.new), name="new.json")
    assert [each.rule.id for each in diff.changes(old, new)] == [rule.id]
    assert [each.rule.id for each in diff.changes(new, old)] == [rule.mirror or rule.id]
    assert list(diff.changes(old, old)) == []


def one(body, rules=None, **more):
    return {
        "request": {"method": "GET", "path": "/"},
        "response": {"status": 200, "body": body, "matchingRules": rules or {}},
        **more,
    }


@pytest.mark.parametrize(
    "interaction",
    [
        one({"format": "pdf"}),
        one({"price": {"min": 1.5, "max": 2.5}, "n": 1}, {"$.body.n": {"match": "type"}}),
        one({"box": {"size": 3}}),
        one({"range": {"min": 1, "max": 5}, "n": 1}, {"$.body.n": {"match": "type"}}),
        one({"note": None}, {"$.body": {"match": "type"}}),
        one({"id": 7}),
        one({"at": "2026-01-05"}),
        one({"type": "Date", "of": "birth", "a": 1, "b": 2}, {"$.body.a": {"match": "type"}}),
        {
            **one({"title": "no", "status": 404}),
            "response": {"status": 404, "body": {"a": 1, "b": 2}},
        },
    ],
    ids=[
        "a format of its own",
        "a range of prices",
        "a size",
        "a range of numbers",
        "null by type",
        "one value",
        "a day",
        "a type of its own",
        "an error",
    ],
)
def test_near_misses_are_silent(interaction, pact):
    assert list(lint.remarks(pact(interaction))) == []


def test_a_state_nearly_right_gets_a_suggestion(pact):
    (found,) = lint.remarks(pact({**one(1), "providerState": "an item exist"}), KNOWN)
    assert found.values["hint"] == "; did you mean 'an item exists'?"


def test_the_same_description_in_another_state_is_no_duplicate(pact):
    pair = [{**one(1), "providerState": "a"}, {**one(2), "providerState": "b"}]
    assert list(lint.remarks(pact(*pair))) == []


def test_a_difference_names_the_place_and_what_came_and_went(pact):
    old = pact(one({"a": 1, "b": [1, 2]}), name="old.json")
    new = pact(one({"a": "1", "b": [1], "c": 3}), name="new.json")
    told = {(each.values["what"], each.values["change"]) for each in diff.changes(old, new)}
    assert told == {
        ("response.body.a", '1 → "1"'),
        ("response.body.b[1]", "2 is gone"),
        ("response.body.c", "3 is new"),
    }


def test_what_no_verification_notices_is_no_difference(pact):
    old, new = one(1, comments={"text": ["a"]}), one(1, comments={"text": ["b"]}, key="k")
    assert list(diff.changes(pact(old, name="a.json"), pact(new, name="b.json"))) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"providerState": "one"}, {"providerState": "two"}, [("providerState", '"one" → "two"')]),
        ({}, {"description": "renamed"}, [("description", '"an interaction" → "renamed"')]),
    ],
)
def test_an_interaction_that_is_called_otherwise_is_still_the_same(old, new, told, pact):
    sides = (
        pact({**one({"a": 1}), **each}, name=f"{name}.json")
        for name, each in (("old", old), ("new", new))
    )
    found = list(diff.changes(*sides))
    assert [each.rule.id for each in found] == ["pact.interaction-changed"]
    assert [(each.values["what"], each.values["change"]) for each in found] == told


def test_another_name_and_another_content_is_another_interaction(pact):
    old = pact(one({"a": 1}), name="old.json")
    new = pact({**one({"a": 2}), "description": "another"}, name="new.json")
    assert [each.rule.id for each in diff.changes(old, new)] == [
        "pact.interaction-removed",
        "pact.interaction-added",
    ]


@pytest.mark.parametrize(
    ("body", "volatile"),
    [
        ({"placedAt": 1767607872}, True),
        ({"expires_at": 1767607872123}, True),
        ({"phone": 1767607872}, False),
        ({"timeout": 30}, False),
        ({"flat": 1767607872}, False),
    ],
)
def test_a_number_is_a_time_if_its_name_says_so(body, volatile, pact):
    found = [each.rule.id for each in lint.remarks(pact(one(body)))]
    assert ("pact.volatile-value" in found) is volatile


@pytest.mark.parametrize(
    ("headers", "rules", "volatile"),
    [
        ({"Date": "Mon, 05 Jan 2026 10:11:12 GMT"}, {}, True),
        ({"X-Request-Id": "7b0a1d5e-4d7f-4f0c-9a1e-0c5b7e7a1f11"}, {}, True),
        (
            {"X-Request-Id": "7b0a1d5e-4d7f-4f0c-9a1e-0c5b7e7a1f11"},
            {"$.headers.X-Request-Id": {"match": "regex", "regex": "[0-9a-f-]+"}},
            False,
        ),
        ({"ETag": '"7"'}, {}, False),
    ],
)
def test_headers_of_the_moment_are_told_unless_a_matcher_stands_there(
    headers, rules, volatile, pact
):
    response = {"status": 200, "headers": headers, "matchingRules": rules}
    interaction = {"request": {"method": "GET", "path": "/a"}, "response": response}
    found = [each.rule.id for each in lint.remarks(pact(interaction))]
    assert ("pact.volatile-value" in found) is volatile
