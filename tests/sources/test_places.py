"""Line and column of *every* place, held against a slow and exact reading of the same text."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from apicheck.errors import ApicheckError
from apicheck.sources import Options, open_source
from apicheck.sources.documents import Document, alone


def beside(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


exact = beside(Path(__file__).parent / "exact.py")
corpus = beside(Path(__file__).parent.parent / "corpus.py")


def document(text):
    options = Options()
    return Document.parse(text.encode(), "api", "", alone(options, "a test"))


def differences(document):
    """The places that are told wrongly: pointer, what is told, what is right."""
    text = document.text
    right = exact.json_places(text) if document.json else exact.yaml_places(text)
    pointers = list(right)
    # No order of asking may matter.
    random.Random(7).shuffle(pointers)
    told = {each: document.span(each) for each in pointers}
    return [
        (pointer, place, right[pointer])
        for pointer, span in told.items()
        if (place := (span.line, span.column, span.end_column - span.column)) != right[pointer]
    ]


NAMES = st.text(st.sampled_from('ab/{}[]:,"\\ é\t😀-#&*'), max_size=4)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
GAPS = st.lists(st.sampled_from(["", " ", "\n", "\n  ", "\n    ", "\r\n", "\t"]), min_size=1)


def written(value, gaps):
    """The value as JSON with the given gaps between its tokens, in turn and over again."""
    count = 0

    def gap():
        nonlocal count
        count += 1
        return gaps[count % len(gaps)]

    def tokens(value):
        if type(value) is dict:
            inner = ",".join(
                f"{gap()}{json.dumps(name)}{gap()}:{gap()}{tokens(each)}{gap()}"
                for name, each in value.items()
            )
            return f"{{{inner}{gap()}}}"
        if type(value) is list:
            return f"[{','.join(f'{gap()}{tokens(each)}{gap()}' for each in value)}{gap()}]"
        return json.dumps(value, ensure_ascii=count % 2 == 0)

    return f"{gap()}{tokens(value)}{gap()}"


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(NAMES, VALUES) | st.lists(VALUES), GAPS)
def test_places_in_json_of_any_layout(value, gaps):
    found = document(written(value, gaps))
    assert found.json
    assert differences(found) == []


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, VALUES), st.sampled_from([None, 0, 2, 4, "\t"]), st.booleans())
def test_places_in_json_as_it_is_commonly_written(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert differences(document(text)) == []
    assert differences(document("\ufeff" + text)) == []
    assert differences(document(text.replace("\n", "\r\n"))) == []


INLINE = """{
  "enum": [
    "a", "b", "c",
    "d", {"x": 1}, "e"
  ], "hug": [{
    "x": 1
  }, {
    "x": 2, "y": [1,
    2]
  }],
"least": {
"x": "}",
      "deep": {"x": {
  "x": 3 }
}}, "last": 1
}
"""


def test_places_in_json_whose_lines_tell_nothing():
    found = document(INLINE)
    assert differences(found) == []
    assert found.span(("enum", 5)).line == 4
    assert found.span(("hug", 1, "y", 1)).line == 9


PLAIN = st.text(st.sampled_from("abc d:#'\"-\n[]{}é,"), max_size=30)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 99) | PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(PLAIN, TREES, min_size=1),
    st.sampled_from([True, False, None]),
    st.sampled_from([None, "'", '"', "|"]),
    st.sampled_from([5, 80]),
    st.sampled_from([2, 4, 7]),
)
def test_places_in_yaml_of_any_style(value, flow, style, width, indent):
    text = yaml.safe_dump(
        value,
        default_flow_style=flow,
        default_style=style,
        width=width,
        indent=indent,
        allow_unicode=True,
        sort_keys=False,
    )
    try:
        found = document(text)
    except ApicheckError:
        return  # a key over several lines, or two that differ in their type only
    assert differences(found) == []


YAMLS = {
    "quoted text that runs over lines as if it held members": """\
a: "one
b: two

c: three"
d: 'x
b: y'
b: {x: "
c: 1", y: [1,
2
, 3]
}
c: 1
""",
    "collections in brackets, over lines, with comments": """\
a:
  b: [ x,   # first
    {p: 1,
  q: [1, 2]}, [], {}
    ]
  c: {"p": 1,
'q': 2, r: , s}
d: []
""",
    "comments and blank lines everywhere": """\
# a: 1

a:   # b: 2
# c: 3
  # d: 4

  b:
      # deeper

    c: 1
# at the left
    d:   # nothing

  e: 2
f:
- # an item
  x: 1

# between
-
  - y
  -
""",
    "lists below their keys and within each other": """\
a:
- b:
  - c: 1
    d: 2
  - - x
    - - y
      - z
  e:
  - 1
- - q
f:
  - g: 1

  - h:
    i: 2
""",
    "anchors, aliases, tags and merge keys": """\
base: &base
  a: 1
  b: !!str 2
list: &list
- &item {x: 1}
- *item
- !!map
  y: 2
use:
  <<: *base
  c: *list
  d: &deep
    - 1
more: *base
&key named: 1
""",
    "explicit keys": """\
? a
: b: 1
? c
: - 1
  - 2
d: 3
""",
    "block text that looks like members": """\
a: |
  b: 1
  - c
   d: 2
b: >-

    # no comment
  # a comment after all
c: |2
    x: 1
  y: 2
d: plain text
  that goes:on, here
""",
    "odd keys": """\
"a b": 1
'it''s': 1
"\\x41\\"": 1
/a/{b}: 1
a#b: 1
-x: 1
?y: 1
:z: 1
a:b: 1
200 : 1
x  y :   1
"q" : 1
1.10: 1
~: 1
""",
    "a marked document": "%YAML 1.2\n# c\n---\n# d\na:\n  b: 1\n...\n# e\n",
    "a document behind its marker": "--- {a: 1, b: [x]}\n",
    "a list on top": "\n- a\n-  b: 1\n   c: 2\n-\n - d\n",
    "lines that end as on Windows": "a:\r\n  b: 1\r\n\r\n  c:\r\n  - d\r\n  - e: 1\r\n    f: 2\r\n",
    "separators of lines that are none in an editor": 'a: "x\u2028y"\nb:\n  c: "x\u2029 y"\n  d: 1\n',
    "wide characters": "é😀: {ü: 1, 😀: [😀, x]}\nb: 1\n",
    "nothing behind the last key": "a:\n  b:\n  c:",
}


@pytest.mark.parametrize("text", YAMLS.values(), ids=YAMLS.keys())
def test_places_in_yaml_where(text):
    found = document(text)
    assert not found.json
    assert differences(found) == []


def test_places_that_exist_through_an_alias_are_told_as_the_alias():
    found = document("a: &x\n  p: {q: 1}\nb: *x\nc:\n  <<: *x\n  r: 1\n")
    assert found.span(("b", "p", "q")).line == 3
    assert found.span(("c", "p", "q")).line == 4
    assert found.span(("c", "r")).line == 6


def test_places_in_utf_16():
    options = Options()
    text = "a:\n  b: é\n  c: 1\n"
    found = Document.parse(text.encode("utf-16"), "api", "", alone(options, "a test"))
    assert (found.span(("a", "c")).line, found.span(("a", "c")).column) == (3, 3)


@corpus.needed
@pytest.mark.corpus
@pytest.mark.parametrize("part", range(4))
def test_every_place_of_real_contracts(part):
    files = [
        each
        for ending in ("json", "yaml", "avsc")
        for each in sorted(corpus.FOLDER.rglob(f"*.{ending}"))
        if each.stat().st_size < 150_000
    ]
    wrong = {}
    for each in files[part * 7 :: 28]:
        try:
            found = open_source(str(each))
        except ApicheckError:
            continue
        if differences(found):
            wrong[each] = differences(found)[:3]
    assert wrong == {}
