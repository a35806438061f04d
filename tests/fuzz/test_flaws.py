"""What a request breaks of its contract on the wire, and what only seems to."""

import json

import pytest

from apicheck import api
from apicheck.fuzz.contract import read
from apicheck.fuzz.flaws import flaws, routed
from apicheck.fuzz.model import Exchange, Request, Who
from apicheck.fuzz.verdict import verdict

THING = {
    "type": "object",
    "required": ["name", "id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "readOnly": True},
        "name": {"type": "string", "minLength": 2},
        "size": {"type": "integer", "maximum": 9},
        "price": {"type": "number", "multipleOf": 0.01},
        "of": {"allOf": [{"type": "object"}], "nullable": True},
    },
}


def parameter(name, place, schema, **more):
    return {"name": name, "in": place, "schema": schema, **more}


NUMBERED = parameter("id", "path", {"type": "integer"}, required=True)
NAMED = parameter("id", "path", {"type": "string", "format": "uuid"}, required=True)


def service(tmp_path, *parameters, media="application/json", path="/t/{id}", **more):
    entry = {
        "post": {
            "parameters": [
                *(() if parameters[:1] == (NAMED,) else (NUMBERED,)),
                *parameters,
            ],
            "requestBody": {"required": True, "content": {media: {"schema": THING}}},
            "responses": {"200": {"description": ""}},
            **more,
        }
    }
    file = tmp_path / "c.json"
    about = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {path: entry},
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "query", "name": "k"},
            }
        },
    }
    file.write_text(json.dumps(about))
    return read(api.load(str(file)).document)


def post(target="/t/1", value=None, *headers, body=b"", media="application/json"):
    content = body or json.dumps({"name": "ab"} if value is None else value).encode()
    kind = () if media is None else (("Content-Type", media),)
    return Request(method="POST", target=target, headers=(*headers, *kind), body=content)


NUMBER = {"type": "integer", "minimum": 1}
QUERY = (
    parameter("n", "query", NUMBER),
    parameter("on", "query", {"type": "boolean"}),
    parameter("word", "query", {"enum": ["a", "b", None]}),
    parameter("list", "query", {"type": "array", "items": NUMBER, "maxItems": 2}),
    parameter("deep", "query", {"type": "object", "required": ["x"]}, style="deepObject"),
    parameter("X-N", "header", NUMBER),
    parameter("c", "cookie", NUMBER),
    parameter("Accept", "header", {"enum": ["x/y"]}, required=True),
)


@pytest.mark.parametrize(
    "request_",
    [
        post("/t/1?n=5"),
        post("/t/1?n=5.0"),
        post("/t/1?n=0&n=5"),  # which of them counts is not said
        post("/t/1?n="),
        post("/t/1?on=false"),
        post("/t/1?on=1"),
        post("/t/1?word=null"),
        post("/t/1?list=1,2"),
        post("/t/1?list=1&list=2"),
        post("/t/1?list=7"),
        post("/t/1?list[]=7"),
        post("/t/1?deep[x]=1"),
        post("/t/1?deep=1"),
        post("/t/1?unknown=1"),
        post("/t/1?n=%ff"),  # no text in UTF-8
        post("/t/%31"),
        post("/t/1", None, ("X-N", " 5 ")),
        post("/t/1", None, ("Cookie", "c=5; d=0")),
        post("/t/1", {"name": "ab", "size": 5.0}),
        post("/t/1", {"name": "ab", "price": 0.07}),  # binary fractions
        post("/t/1", {"name": "ab", "of": None}),
        post("/t/1", body=b'{"name": "ab", "size": -' + b"9" * 5000 + b"}"),
        post("/t/1", body='{"name": "ab"}'.encode("utf-16"), media="application/json"),
        post("/t/1", media="application/json; charset=utf-8"),
        post("/t/1", media=None),
        post("/t/1", media="no type at all"),
    ],
)
def test_what_may_be_read_as_the_contract_says_is_no_flaw(tmp_path, request_):
    (operation,) = service(tmp_path, *QUERY).operations
    assert list(flaws(operation, request_, {"id": "1"})) == []


@pytest.mark.parametrize(
    ("request_", "place", "how"),
    [
        (post("/t/1?n=0"), "query", "for n"),
        (post("/t/1?n=5.5"), "query", "for n"),
        (post("/t/1?n=five"), "query", "for n"),
        (post("/t/1?on=2"), "query", "for on"),
        (post("/t/1?word=c"), "query", "for word"),
        (post("/t/1?list=1,2,3"), "query", "for list"),
        (post("/t/1?list=0"), "query", "for list"),
        (post("/t/1", None, ("X-N", "0")), "header", "for X-N"),
        (post("/t/1", None, ("Cookie", "c=x")), "cookie", "for c"),
        (post("/t/1", {}), "content", "where / breaks required"),
        (post("/t/1", {"name": "a"}), "content", "where /name breaks minLength"),
        (post("/t/1", {"name": "ab", "more": 1}), "content", "where / breaks additionalProperties"),
        (post("/t/1", body=b"{"), "syntax", "for content that is no JSON"),
        (post("/t/1", body=b'{"name": NaN}'), "syntax", "for content that is no JSON"),
        (post("/t/1", media="text/plain"), "type", "for text/plain"),
        (Request(method="POST", target="/t/1"), "absent", "without content"),
    ],
)
def test_what_cannot_be_read_so_is_one(tmp_path, request_, place, how):
    (operation,) = service(tmp_path, *QUERY).operations
    (found,) = flaws(operation, request_, {"id": "1"})
    assert (found.place, found.how) == (place, how)


def test_what_is_missing(tmp_path):
    needed = (
        parameter("n", "query", NUMBER, required=True),
        parameter("X-N", "header", NUMBER, required=True),
        parameter("list", "query", {"type": "array"}, required=True),
    )
    (operation,) = service(tmp_path, *needed).operations
    found = [each.how for each in flaws(operation, post(), {"id": "1"})]
    assert found == ["without n", "without X-N"]  # how a list is sent may differ


@pytest.mark.parametrize("path", ["/t/a%2Fb", "/t/..", "/t/%2e%2E", "/t//1", "/t/1;v=2", "/t/%ff"])
def test_paths_that_servers_take_for_different_ones(path):
    assert not routed(path)
    assert routed("/t/a%20b.c/..d")


def answered(request, status, **more):
    return Exchange(request=request, status=status, **more)


def told(service_, seen, *, bearer=False):
    found = verdict(seen, service_, bearer=bearer)[1]
    return found and (found.card.rule.id.removeprefix("http."), found.got)


def test_what_is_accepted_although_it_breaks_the_contract(tmp_path):
    ours = service(tmp_path, *QUERY, parameter("If-Match", "header", {}, required=True))
    match = ("If-Match", '"1"')
    bad = post("/t/1", {"name": "a"}, match)
    assert told(ours, answered(bad, 200)) == (
        "invalid-content-not-refused",
        "200 where /name breaks minLength",
    )
    assert told(ours, answered(bad, 500))[0] == "invalid-content-not-refused"
    assert told(ours, answered(bad, 422)) is None
    assert told(ours, answered(bad, 304)) is None
    assert told(ours, answered(post("/t/1?n=0", None, match), 200)) == (
        "invalid-parameter-not-refused",
        "200 for n",
    )
    assert told(ours, answered(post("/t/x", None, match), 500))[0] == "malformed-id-failed"
    assert told(ours, answered(post("/t/1"), 200))[0] == "unconditional-write-accepted"
    text = post("/t/1", None, match, media="text/plain")
    assert told(ours, answered(text, 201)) == ("media-type-not-refused", "201 for text/plain")


def test_a_format_in_the_path_names_a_failure_and_nothing_else(tmp_path):
    ours = service(tmp_path, NAMED)
    known = "/t/0d3b7a64-97a1-4c39-9a52-5f0a8f1f7d11"
    assert told(ours, answered(post("/t/null,null"), 500)) == ("malformed-id-failed", "500")
    assert told(ours, answered(post("/t/null,null"), 200)) is None
    assert told(ours, answered(post(known), 500)) is None  # the oracle tells of it
    assert told(ours, answered(post("/t/a%2Fb"), 500)) == ("malformed-id-failed", "500")


def test_a_refusal_of_what_is_allowed_is_wrong_unless_documented(tmp_path):
    responses = {"200": {"description": ""}, "422": {"description": ""}}
    ours = service(tmp_path, *QUERY, responses=responses)
    assert told(ours, answered(post("/t/1?n=5"), 400)) == (
        "status-undocumented",
        "400 for what the contract allows",
    )
    assert told(ours, answered(post("/t/1?n=5"), 422)) is None
    assert told(ours, answered(post("/t/1?n=5&odd=1"), 400)) is None  # nobody said it is allowed
    assert told(ours, answered(post("/t/1", {"name": "a\x00b"}), 400)) is None
    documented = service(
        tmp_path, responses={"200": {"description": ""}, "4XX": {"description": ""}}
    )
    assert told(documented, answered(post("/t/1"), 400)) is None


def test_an_outage_that_says_when_it_ends_is_honest(tmp_path):
    ours = service(tmp_path)
    wait = (("retry-after", "3"),)
    assert told(ours, answered(post(), 503, headers=wait)) is None
    assert told(ours, answered(post(), 503)) == ("status-undocumented", "503")
    assert told(ours, answered(post(), 505, headers=wait)) == ("status-undocumented", "505")
    said = service(tmp_path, responses={"503": {"description": ""}})
    assert told(said, answered(post(), 503)) is None


def test_methods_and_credentials(tmp_path):
    ours = service(tmp_path, security=[{"bearer": []}])
    removed = Request(method="DELETE", target="/t/1")
    assert told(ours, answered(removed, 200)) == ("method-not-refused", "200")
    assert told(ours, answered(removed, 404)) is None
    assert told(ours, answered(Request(method="OPTIONS", target="/t/1"), 200)) is None
    bare = Request(**{**_fields(post()), "who": Who.NOBODY})
    assert told(ours, answered(bare, 200), bearer=True) == (
        "missing-credentials-not-refused",
        "200",
    )
    assert told(ours, answered(bare, 200)) is None  # how else they are given is not known
    bad = bare.having(("Authorization", "Bearer no"))
    assert told(ours, answered(bad, 200), bearer=True)[0] == "bad-credentials-not-refused"
    assert told(ours, answered(post(), 200), bearer=True) is None
    other = service(tmp_path, security=[{"bearer": []}, {"key": []}])
    assert told(other, answered(bare, 200), bearer=True) is None


def _fields(request):
    return {name: getattr(request, name) for name in ("method", "target", "headers", "body")}
