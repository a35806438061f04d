"""JSON: exact numbers, duplicate keys, depth, and errors that name the place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apicheck.errors import ParseError
from apicheck.sources.json import parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.sampled_from([(",", ":"), (", ", " : "), (",\n", ":\t"), (" ,", " \n:")]))
def test_any_json_is_read_as_it_is(value, separators):
    text = json.dumps(value, separators=separators).encode()
    assert parse_json(text, "x") == value


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=6), VALUES, VALUES, st.sampled_from([":", " :", "\t: "]))
def test_a_key_that_stands_twice_is_refused(key, one, two, colon):
    name = json.dumps(key)
    text = f'{{"other": [1, "\\":"], {name}{colon}{json.dumps(one)},\n{name}:{json.dumps(two)}}}'
    with pytest.raises(ParseError, match="duplicate key") as caught:
        parse_json(text.encode(), "x")
    assert caught.value.also.line == 1
    assert caught.value.span.line == 2 + text[: text.rindex(name)].count("\n") - 1


@pytest.mark.parametrize(
    "text", [b'{"a\\":": 1, "b": "\\\\"}', b'{"a\\\\": 1, "a": 2}', b'{"\\u0022:": 1}']
)
def test_what_looks_like_a_twin_is_none(text):
    assert parse_json(text, "x") == json.loads(text)


def test_long_integers_stay_exact():
    assert parse_json(b'{"maximum": 12345678901234567890123}', "x") == {
        "maximum": 12345678901234567890123
    }


@pytest.mark.parametrize("depth", [300, 100_000])
def test_depth_is_bounded(depth):
    with pytest.raises(ParseError, match="nested more than"):
        parse_json(b"[" * depth + b"]" * depth, "x")


@pytest.mark.parametrize(
    ("text", "line"), [(b'{"a": 1,}', 1), (b'{\n"a": tru\n}', 2), (b'{"a": NaN}', 1), (b'{"a"', 1)]
)
def test_errors_name_the_line(text, line):
    with pytest.raises(ParseError, match="not valid JSON") as caught:
        parse_json(text, "api.json")
    assert caught.value.span.line == line
    assert "^" in str(caught.value)
