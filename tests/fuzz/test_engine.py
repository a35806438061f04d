"""What schemathesis makes of a contract, sent by our client and judged by our rules."""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from apicheck import api
from apicheck.fuzz.client import Client
from apicheck.fuzz.contract import read
from apicheck.fuzz.phases import Budget
from apicheck.fuzz.run import changes, run

OK = {"description": "done"}
ALL = ("examples", "coverage", "fuzzing", "stateful")


@pytest.fixture
def fuzz(tmp_path):
    """Fuzz an application of one function, ``answer(method, path, headers, body)``."""

    def fuzzed(paths, answer, *, phases=ALL, client=None, **how):
        path = tmp_path / "contract.json"
        about = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
        path.write_text(json.dumps(about))
        service = read(api.load(str(path)).document)
        with serving(answer) as base:
            outcome = run(
                service, Client(base=base, **(client or {})), phases=phases, examples=10, **how
            )
        return outcome, [
            (each.rule.id.removeprefix("http."), each.label)
            for each in changes(outcome.breaches, service)
        ]

    return fuzzed


@contextmanager
def serving(answer):
    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self):
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                return
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, headers, content = answer(self.command, self.path, self.headers, body)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def only(*methods):
    """An answer to what other methods ask."""
    return says(405, Allow=", ".join(methods))


def says(status, value=None, **headers):
    content = b"" if value is None else json.dumps(value).encode()
    kind = {} if value is None else {"Content-Type": "application/json"}
    return status, {**kind, **headers}, content


WORDS = {
    "/words": {
        "get": {
            "parameters": [{"name": "most", "in": "query", "schema": {"type": "integer"}}],
            "responses": {"200": OK, "400": OK},
        }
    }
}


def test_an_input_that_nobody_thought_of_makes_it_fail(fuzz):
    def answer(method, path, _headers, _body):
        most = path.partition("most=")[2].partition("&")[0]
        if method != "GET" or not re.fullmatch("-?[0-9]*", most):
            return says(400) if method == "GET" else only("GET")
        return says(500 if most[:1] == "-" else 200)

    outcome, found = fuzz(WORDS, answer)
    assert found == [("server-error", "GET /words")]
    assert "most=-" in outcome.breaches[0].probe.request.target
    assert outcome.reached["GET /words", 500] >= 1
    assert outcome.reached["GET /words", 200] > 1


def test_the_same_seed_asks_the_same(fuzz):
    def asked(seed):
        log = []

        def answer(method, path, _headers, body):
            log.append((method, path, body))
            return says(200)

        fuzz(WORDS, answer, seed=seed)
        return log

    assert asked(1) == asked(1) != asked(2)


def test_a_budget_ends_it_in_the_middle(fuzz):
    outcome, _ = fuzz(WORDS, lambda *_: says(200), budget=Budget(requests=7))
    assert outcome.requests == 7
    assert outcome.ended == "the budget of 7 requests was spent"


def test_nothing_is_left_behind_and_no_settings_are_found(fuzz, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemathesis.toml").write_text('seed = "no number at all"')
    before = {each.name for each in tmp_path.iterdir()}
    fuzz(WORDS, lambda *_: says(200))
    assert {each.name for each in tmp_path.iterdir()} == before | {"contract.json"}


THINGS = {
    "/things": {
        "post": {
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["size"],
                            "properties": {"size": {"type": "integer", "minimum": 1}},
                        }
                    }
                },
            },
            "responses": {"201": OK, "400": OK, "412": OK, "415": OK, "422": OK},
        }
    }
}


def strict(body):
    """What a service may say of a thing: 400, 422 or None."""
    try:
        value = json.loads(body)
    except ValueError:
        return 400
    size = value.get("size") if isinstance(value, dict) else None
    good = isinstance(size, int | float) and not isinstance(size, bool) and size == int(size) >= 1
    return None if good else 422


def things(method, _path, headers, body):
    if method != "POST":
        return only("POST")
    if headers.get("content-type", "").partition(";")[0] != "application/json":
        return says(415)
    return says(strict(body) or 201)


def test_a_service_that_is_right_is_not_accused(fuzz):
    assert fuzz(THINGS, things)[1] == []

    def moody(method, path, headers, body):
        # What is within the contract may be refused for reasons that it names.
        found = things(method, path, headers, body)
        return says(412) if found[0] == 201 and b"7" in body else found

    assert fuzz(THINGS, moody)[1] == []


def test_content_that_breaks_the_contract_and_is_taken(fuzz):
    def lax(method, path, headers, body):
        found = things(method, path, headers, body)
        return says(201) if found[0] == 422 and b"size" in body else found

    outcome, found = fuzz(THINGS, lax)
    assert found == [("invalid-content-not-refused", "POST /things")]
    (breach,) = outcome.breaches
    assert strict(breach.probe.request.body) == 422
    assert strict(breach.control.request.body) is None
    assert breach.control.status == 201


def test_another_type_that_is_taken(fuzz):
    def any_type(method, path, headers, body):
        return (
            says(strict(body) or 201) if method == "POST" else things(method, path, headers, body)
        )

    assert fuzz(THINGS, any_type)[1] == [("media-type-not-refused", "POST /things")]


def test_values_that_are_only_wrong_before_they_are_sent(fuzz):
    loose = [
        {"name": "n", "in": "query", "schema": {"type": "string"}},
        {"name": "X-N", "in": "header", "schema": {"type": "string"}},
        {"name": "on", "in": "query", "schema": {"type": "boolean"}},
    ]
    paths = {
        "/words/{word}": {
            "get": {
                "parameters": [
                    *loose,
                    {"name": "word", "in": "path", "required": True, "schema": {"type": "string"}},
                ],
                "responses": {"200": OK},
            }
        }
    }

    def answer(method, path, *_):
        if method != "GET":
            return only("GET")
        on = path.partition("on=")[2].partition("&")[0].lower()
        known = on in {"", "true", "false", "1", "0"}
        return says(200 if known else 422)

    paths["/words/{word}"]["get"]["responses"]["422"] = OK
    assert fuzz(paths, answer)[1] == []


def test_what_comes_after_a_delete(fuzz):
    """What was deleted is there again, what was made is not: seen in chains of requests."""
    made, deleted = {}, set()

    def answer(method, path, _headers, body):
        if method == "POST" and path == "/things":
            if strict(body):
                return says(422)
            made[str(len(made))] = body
            where = str(len(made) - 1)
            return says(201, {"id": where}, Location=f"/things/{where}")
        identifier = path.rpartition("/")[2]
        if not path.startswith("/things/") or method not in {"GET", "DELETE"}:
            return says(405, Allow="GET, DELETE") if path.startswith("/things") else says(404)
        if identifier not in made:
            return says(404)
        if method == "DELETE":
            deleted.add(identifier)
            return says(204)
        return says(200, {"id": identifier})

    identified = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    one = {"200": {**OK, "content": {"application/json": {"schema": identified}}}, "404": OK}
    named = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    follow = {"operationId": "getThing", "parameters": {"id": "$response.body#/id"}}
    post = THINGS["/things"]["post"]
    links = {"get": follow, "delete": {**follow, "operationId": "deleteThing"}}
    paths = {
        "/things": {
            "post": {
                **post,
                "responses": {**post["responses"], "201": {**one["200"], "links": links}},
            }
        },
        "/things/{id}": {
            "get": {"operationId": "getThing", "parameters": named, "responses": one},
            "delete": {
                "operationId": "deleteThing",
                "parameters": named,
                "responses": {
                    "204": {
                        **OK,
                        "links": {"get": {**follow, "parameters": {"id": "$request.path.id"}}},
                    },
                    "404": OK,
                },
            },
        },
    }
    outcome, found = fuzz(paths, answer, phases=("stateful",))
    assert found == [("deleted-still-there", "DELETE /things/{id}")]
    assert outcome.breaches[0].control.request.method == "DELETE"
    assert outcome.breaches[0].phase == "stateful"
