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
        ("response.body.a", "1 → '1'"),
        ("response.body.b[]", "2 went"),
        ("response.body.c", "3 came"),
    }


def test_what_no_verification_notices_is_no_difference(pact):
    old, new = one(1, comments={"text": ["a"]}), one(1, comments={"text": ["b"]}, key="k")
    assert list(diff.changes(pact(old, name="a.json"), pact(new, name="b.json"))) == []
