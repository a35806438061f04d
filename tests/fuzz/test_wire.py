"""How values stand in a request: parameters by their style, content by its media type."""

import json

import pytest

from apicheck.fuzz.contract import MISSING, Body, Parameter
from apicheck.fuzz.wire import in_cookie, in_header, in_path, in_query, written

LIST, MAP = [3, "a b"], {"x": 1, "y": "é"}


def parameter(style, *, explode=False, name="id", place="query"):
    return Parameter(
        name=name,
        place=place,
        required=True,
        schema=True,
        example=MISSING,
        style=style,
        explode=explode,
    )


@pytest.mark.parametrize(
    ("style", "explode", "value", "text"),
    [
        ("simple", False, "a/b", "a%2Fb"),
        ("simple", False, LIST, "3,a%20b"),
        ("simple", False, MAP, "x,1,y,%C3%A9"),
        ("simple", True, MAP, "x=1,y=%C3%A9"),
        ("label", False, 5, ".5"),
        ("label", False, LIST, ".3,a%20b"),
        ("label", True, LIST, ".3.a%20b"),
        ("label", True, MAP, ".x=1.y=%C3%A9"),
        ("matrix", False, 5, ";id=5"),
        ("matrix", False, LIST, ";id=3,a%20b"),
        ("matrix", True, LIST, ";id=3;id=a%20b"),
        ("matrix", True, MAP, ";x=1;y=%C3%A9"),
    ],
)
def test_a_path_parameter(style, explode, value, text):
    assert in_path(parameter(style, explode=explode, place="path"), value) == text


@pytest.mark.parametrize(
    ("style", "explode", "value", "text"),
    [
        ("form", True, True, "id=true"),
        ("form", True, LIST, "id=3&id=a%20b"),
        ("form", False, LIST, "id=3,a%20b"),
        ("form", True, MAP, "x=1&y=%C3%A9"),
        ("form", False, MAP, "id=x,1,y,%C3%A9"),
        ("spaceDelimited", False, LIST, "id=3%20a%20b"),
        ("pipeDelimited", False, LIST, "id=3%7Ca%20b"),
        ("deepObject", True, MAP, "id[x]=1&id[y]=%C3%A9"),
        ("json", False, {"a": 1}, "id=%7B%22a%22%3A%201%7D"),
    ],
)
def test_a_query_parameter(style, explode, value, text):
    assert in_query(parameter(style, explode=explode), value) == text


def test_headers_are_not_escaped_and_cookies_are():
    assert in_header(parameter("simple", explode=True), MAP) == "x=1,y=é"
    assert in_header(parameter("simple"), LIST) == "3,a b"
    assert in_cookie(parameter("form"), "a;b c") == "id=a%3Bb%20c"


def body(media, *, schema=True):
    return Body(media=media, example=MISSING, written=lambda: schema)


def test_forms_have_a_field_for_each_item():
    media, content = written(
        body("application/x-www-form-urlencoded"), {"a": [1, 2], "b": "x y", "c": {"d": 1}}
    )
    assert media == "application/x-www-form-urlencoded"
    assert content == b"a=1&a=2&b=x+y&c=%7B%22d%22%3A+1%7D"


def test_parts_say_what_is_a_file_and_what_is_json():
    schema = {"properties": {"photo": {"type": "string", "format": "binary"}}}
    media, content = written(
        body("multipart/form-data", schema=schema),
        {"photo": "abc", "tags": ["x", "y"], "more": {"a": 1}},
    )
    boundary = media.partition("boundary=")[2].encode()
    parts = [each.strip(b"\r\n") for each in content.split(b"--" + boundary)]
    assert (
        b'name="photo"; filename="probe.bin"\r\nContent-Type: application/octet-stream' in parts[1]
    )
    assert [each.rpartition(b"\r\n\r\n")[2] for each in parts[2:4]] == [b"x", b"y"]
    assert b"Content-Type: application/json" in parts[4]
    assert parts[5] == b"--"


def test_text_is_sent_as_it_is_and_anything_takes_json():
    assert written(body("text/plain"), "hi") == ("text/plain", b"hi")
    media, content = written(body("*/*"), {"a": 1})
    assert media == "application/json"
    assert json.loads(content) == {"a": 1}
