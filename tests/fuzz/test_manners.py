"""Correct services of other manners than ours: a framework's defaults, keys in cookies, PUT alone.

Each is accused of nothing but what its framework does wrongly.
"""

import json
from itertools import count

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.fuzz.test_bad_services import service

from apicheck import api
from apicheck.fuzz.client import Client
from apicheck.fuzz.contract import read
from apicheck.fuzz.model import Key, Who
from apicheck.fuzz.run import changes, run

NOTE = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 100}},
}
SHOWN = {"200": {"description": "", "content": {"application/json": {"schema": NOTE}}}}
TAKEN = {"required": True, "content": {"application/json": {"schema": NOTE}}}
BY_ID = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]


def answers(*codes):
    return {code: {"description": ""} for code in codes}


def document(paths, **more):
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, **more}


@pytest.fixture
def asked(start_app, tmp_path):
    """The rules that an application breaks, and the outcome of its run."""

    def ask(app, contract, **client):
        path = tmp_path / "openapi.json"
        path.write_text(json.dumps(contract))
        described = read(api.load(str(path)).document)
        with start_app(app) as base:
            outcome = run(described, Client(base=base, **client), thorough=True)
        return [each.rule.id for each in changes(outcome.breaches, described)], outcome

    return ask


def checked(body, *, framework=False):
    """The value of a note, or what is wrong with it (422 for everything, as FastAPI has it)."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None, 422 if framework else 400
    text = value.get("text") if isinstance(value, dict) else None
    good = isinstance(text, str) and 1 <= len(text) <= 100
    return (value, 0) if good else (None, 422)


def notes(*, framework=False):
    """A collection by POST, GET and DELETE; with a route for each method, or one for all."""
    kept, numbers = {}, count(1)

    async def make(request):
        if request.headers.get("content-type") != "application/json":
            return JSONResponse({"detail": "JSON, please"}, 415)
        if request.headers.get("content-encoding"):
            return JSONResponse({"detail": "no such coding"}, 415)
        value, wrong = checked(await request.body(), framework=framework)
        if wrong:
            return JSONResponse({"detail": [{"loc": ["body", "text"], "msg": "is wrong"}]}, wrong)
        number = str(next(numbers))
        kept[number] = value
        made = {"id": number, **value}
        return JSONResponse(made, 201, headers={"Location": f"/notes/{number}"})

    async def show(request):
        value = kept.get(request.path_params["id"])
        return JSONResponse(value) if value else JSONResponse({"detail": "Not Found"}, 404)

    async def drop(request):
        gone = kept.pop(request.path_params["id"], None)
        return Response(status_code=204) if gone else JSONResponse({"detail": "Not Found"}, 404)

    async def both(request):
        return await (drop if request.method == "DELETE" else show)(request)

    one = [
        Route("/notes/{id}", show, methods=["GET"]),
        Route("/notes/{id}", drop, methods=["DELETE"]),
    ]
    if not framework:
        one = [Route("/notes/{id}", both, methods=["GET", "DELETE"])]
    return Starlette(routes=[Route("/notes", make, methods=["POST"]), *one])


NOTES = document(
    {
        "/notes": {"post": {"requestBody": TAKEN, "responses": answers("201", "400", "422")}},
        "/notes/{id}": {
            "parameters": BY_ID,
            "get": {"responses": {**SHOWN, **answers("404")}},
            "delete": {"responses": answers("204", "404")},
        },
    }
)


def test_a_plain_service_is_accused_of_nothing(asked):
    rules, outcome = asked(notes(), NOTES)
    assert rules == []
    assert {("DELETE /notes/{id}", 204), ("POST /notes", 415)} <= outcome.reached.keys()


def test_of_a_framework_s_defaults_only_the_allow_of_one_method_is_wrong(asked):
    rules, _ = asked(notes(framework=True), NOTES)
    assert rules == ["http.allow-wrong"]


def documents():
    """What PUT makes and replaces; nobody can POST."""
    kept = {}

    async def one(request):
        number = request.path_params["id"]
        if request.method == "PUT":
            if request.headers.get("content-type") != "application/json":
                return JSONResponse({"detail": "JSON, please"}, 415)
            if request.headers.get("content-encoding"):
                return JSONResponse({"detail": "no such coding"}, 415)
            value, wrong = checked(await request.body())
            if wrong:
                return JSONResponse({"detail": "no note"}, wrong)
            new = number not in kept
            kept[number] = value
            return JSONResponse(value, 201 if new else 200)
        if number not in kept:
            return JSONResponse({"detail": "no such note"}, 404)
        return JSONResponse(kept[number])

    return Starlette(routes=[Route("/documents/{id}", one, methods=["GET", "PUT"])])


def test_a_service_where_only_put_makes_things_is_asked_by_put(asked):
    contract = document(
        {
            "/documents/{id}": {
                "parameters": BY_ID,
                "get": {"responses": {**SHOWN, **answers("404")}},
                "put": {"requestBody": TAKEN, "responses": {**SHOWN, **answers("201", "422")}},
            }
        }
    )
    rules, outcome = asked(documents(), contract)
    assert rules == []
    put = "PUT /documents/{id}"
    assert {(put, 201), (put, 200), (put, 422)} <= outcome.reached.keys()


def pictures():
    """Pages of what is there; read only, with a key in a cookie."""
    names = [f"picture-{number}" for number in range(7)]

    async def several(request):
        if request.cookies.get("key") != "good":
            return JSONResponse({"detail": "log in"}, 401, headers={"WWW-Authenticate": "Cookie"})
        try:
            limit = int(request.query_params.get("limit", "3"))
            first = int(request.query_params.get("cursor", "0"))
        except ValueError:
            return JSONResponse({"detail": "no such page"}, 400)
        if not 1 <= limit <= 50 or not 0 <= first <= len(names):
            return JSONResponse({"detail": "no such page"}, 400)
        page = {"items": [{"id": each} for each in names[first : first + limit]]}
        if first + limit < len(names):
            page["next"] = str(first + limit)
        return JSONResponse(page)

    return Starlette(routes=[Route("/pictures", several, methods=["GET"])])


def test_a_read_only_service_of_pages_behind_a_cookie_is_accused_of_nothing(asked):
    schemes = {"securitySchemes": {"key": {"type": "apiKey", "in": "cookie", "name": "key"}}}
    whole = {"type": "integer", "minimum": 1, "maximum": 50}
    query = [
        {"name": "limit", "in": "query", "schema": whole},
        {"name": "cursor", "in": "query", "schema": {"type": "string"}},
    ]
    shown = {"200": {"description": "", "content": {"application/json": {"schema": {}}}}}
    paths = {"/pictures": {"get": {"parameters": query, "responses": shown | answers("400")}}}
    contract = document(paths, components=schemes, security=[{"key": []}])
    keys = {Who.FIRST: (Key(place="cookie", name="key", value="good"),)}
    rules, outcome = asked(pictures(), contract, keys=keys, tokens={Who.FIRST: ""})
    assert rules == []
    assert ("GET /pictures", 401) in outcome.reached
    assert ("objects", "it has no ETag") not in {(e.check, e.why) for e in outcome.skipped}
    assert ("tags", "it has no ETag") in {(e.check, e.why) for e in outcome.skipped}


def lists(*, strict):
    """Entries below lists; one who is not strict finds an entry below any list."""
    kept, numbers = {}, count(100)

    async def make(_):
        number = str(next(numbers))
        kept[number] = {}
        return JSONResponse({"id": number}, 201, headers={"Location": f"/lists/{number}"})

    async def show(request):
        number = request.path_params["list"]
        found = number in kept
        return JSONResponse({"id": number} if found else {"detail": "no"}, 200 if found else 404)

    async def add(request):
        number, entry = request.path_params["list"], str(next(numbers))
        if number not in kept:
            return JSONResponse({"detail": "no such list"}, 404)
        kept[number][entry] = {"id": entry, "list": number}
        where = f"/lists/{number}/entries/{entry}"
        return JSONResponse(kept[number][entry], 201, headers={"Location": where})

    async def entry(request):
        own = [kept.get(request.path_params["list"], {})]
        places = own if strict or request.path_params["list"] not in kept else kept.values()
        found = [
            each[request.path_params["id"]] for each in places if request.path_params["id"] in each
        ]
        return JSONResponse(found[0] if found else {"detail": "no"}, 200 if found else 404)

    return Starlette(
        routes=[
            Route("/lists", make, methods=["POST"]),
            Route("/lists/{list}", show, methods=["GET"]),
            Route("/lists/{list}/entries", add, methods=["POST"]),
            Route("/lists/{list}/entries/{id}", entry, methods=["GET"]),
        ]
    )


@pytest.mark.parametrize(("strict", "expected"), [(True, []), (False, ["http.child-of-another"])])
def test_what_is_below_one_parent_is_not_below_another(asked, strict, expected):
    parent = [{**BY_ID[0], "name": "list"}]
    shown = {"200": {"description": "", "content": {"application/json": {"schema": {}}}}}
    shown |= answers("404")
    paths = {
        "/lists": {"post": {"responses": answers("201")}},
        "/lists/{list}": {"parameters": parent, "get": {"responses": shown}},
        "/lists/{list}/entries": {
            "parameters": parent,
            "post": {"responses": answers("201", "404")},
        },
        "/lists/{list}/entries/{id}": {"parameters": parent + BY_ID, "get": {"responses": shown}},
    }
    rules, outcome = asked(lists(strict=strict), document(paths))
    assert rules == expected
    assert ("GET /lists/{list}/entries/{id}", 200) in outcome.reached


def test_existence_may_be_hidden_and_methods_be_refused_by_policy(asked):
    def reply(handler):
        number = handler.path.removeprefix("/things/").partition("?")[0]
        status = 200 if handler.command in {"GET", "HEAD"} and number == "1" else 403
        body = json.dumps({"text": "x"} if status == 200 else {"detail": "no"}).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    by_id = [{**BY_ID[0], "example": "1"}]
    get = {"get": {"parameters": by_id, "responses": {**SHOWN, **answers("403", "404")}}}
    rules, _ = asked(reply, document({"/things/{id}": get}))
    # The one thing said is of its server: what is told apart by Host is not looked at.
    assert rules == ["http.two-hosts-accepted", "http.transfer-coding-accepted"]


@pytest.fixture
def start_app(start):
    """An ASGI application, or a function of the standard library's handlers, on a free port."""
    from contextlib import contextmanager

    @contextmanager
    def opened(app):
        if isinstance(app, Starlette):
            with start.app(app) as base:
                yield base
        else:
            with service(app) as (base, _):
                yield base

    return opened
