"""YAML as contracts mean it, by the fast way and the exact way alike."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apicheck.errors import ParseError
from apicheck.sources.yaml import parse_yaml
from apicheck.sources.yaml_events import Builder

MEANING = {
    "200:\n  a: b\n": {"200": {"a": "b"}},
    "on: yes\noff: no\n": {"on": "yes", "off": "no"},
    "1.10: x\n": {"1.10": "x"},
    "true: x\n~: y\n": {"true": "x", "~": "y"},
    "200: w\ntrue: x\n~: y\n1.10: z\n": {"200": "w", "true": "x", "~": "y", "1.10": "z"},
    "0200: x\n": {"0200": "x"},
    "day: 2020-01-01\nat: 12:30:00\n": {"day": "2020-01-01", "at": "12:30:00"},
    "a: 0o14\nb: 0x1f\nc: 010\nd: +1\n": {"a": 12, "b": 31, "c": 10, "d": 1},
    "a: 0b1\nb: 1_000\nc: 1:30\n": {"a": "0b1", "b": "1_000", "c": "1:30"},
    "a: True\nb: FALSE\nc: y\n": {"a": True, "b": False, "c": "y"},
    "a: ~\nb:\nc: NULL\nd: 'null'\n": {"a": None, "b": None, "c": None, "d": "null"},
    "a: 1e3\nb: .5\nc: 1.0\n": {"a": 1000.0, "b": 0.5, "c": 1.0},
    "a: !!str 1\nb: !!int '2'\n": {"a": "1", "b": 2},
    "a: &x {p: 1}\nb: *x\n": {"a": {"p": 1}, "b": {"p": 1}},
    "a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n": {"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3}},
    "a: &x\n  p: 1\nb: [*x, *x]\n": {"a": {"p": 1}, "b": [{"p": 1}, {"p": 1}]},
    "'<<': 1\na: {\"<<\": {b: 1}, c: 2}\n": {"<<": 1, "a": {"<<": {"b": 1}, "c": 2}},
    "- &x {p: 1}\n- *x\n": [{"p": 1}, {"p": 1}],
    "a: 12345678901234567890123\n": {"a": 12345678901234567890123},
    "%YAML 1.2\n---\na: 1\n": {"a": 1},
    "{a: 1, b: [x, 2]}\n": {"a": 1, "b": ["x", 2]},
    "- a\n- b: 1\n": ["a", {"b": 1}],
    "a: |\n  x: 1\n  # no comment\n": {"a": "x: 1\n# no comment\n"},
    "": None,
}


@pytest.mark.parametrize(("text", "meaning"), MEANING.items())
def test_meaning(text, meaning):
    assert parse_yaml(text, "x") == meaning
    assert Builder(text, "x").build() == meaning
    assert repr(parse_yaml(text, "x")) == repr(Builder(text, "x").build())


TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=12)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(TEXT, PLAIN, min_size=1, max_size=4))
def test_json_is_yaml_and_both_ways_agree(value):
    text = json.dumps(value, ensure_ascii=False)
    assert Builder(text, "x").build() == value
    assert parse_yaml(text, "x") == value


REFUSED = {
    "a: 1\nb: 2\na: 3\n": (3, "duplicate key 'a'"),
    "a: {x: 1, x: 2}\n": (1, "duplicate key 'x'"),
    "200: a\n'200': b\n": (2, "duplicate key '200'"),
    "a: 1\n---\nb: 2\n": (2, "more than one YAML document"),
    "a: *x\n": (1, "stands for nothing"),
    "a: &x [*x]\n": (1, "stands for nothing"),
    "a: &x\n  p: 1\n  q:\n    - *x\nb: 2\n": (4, "stands for nothing"),
    "a: &x\n  p: 1\n\n  # b\n  q: *x\nb: *x\n": (5, "stands for nothing"),
    "a: !thing x\n": (1, "unknown YAML tag"),
    "a:\n\tb: 1\n": (2, "not valid YAML"),
    "? [a]\n: b\n": (1, "plain word"),
    "a: [1\n": (2, "not valid YAML"),
    "b:\n  <<: 3\n": (2, "merge key"),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.items())
def test_refused_with_the_place(text, expected):
    line, words = expected
    with pytest.raises(ParseError, match=words) as caught:
        parse_yaml(text, "api.yaml")
    assert caught.value.span.line == line
    assert str(caught.value).startswith(f"api.yaml:{line}:")


def test_both_places_of_a_duplicate_key():
    with pytest.raises(ParseError) as caught:
        parse_yaml("paths:\n  /a: 1\n  /b: 2\n  /a: 3\n", "api.yaml")
    assert (caught.value.also.line, caught.value.span.line) == (2, 4)
    assert "first seen at api.yaml:2:3" in str(caught.value)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_a_deep_document_is_refused(opening):
    with pytest.raises(ParseError):
        parse_yaml("a: " + opening * 100_000, "x")


def test_a_deep_block_is_refused():
    with pytest.raises(ParseError, match="nested more than"):
        parse_yaml("".join(" " * level + "a:\n" for level in range(1000)), "x")


def test_an_alias_bomb_is_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(ParseError, match="aliases expand"):
        parse_yaml("\n".join(lines), "x")
