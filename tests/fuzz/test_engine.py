"""What schemathesis makes of a contract, sent by our client and judged by our rules."""

import base64
import json
import re
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import configuration
from hypothesis.internal import charmap
from tests.fuzz.conftest import STAFF, described

from apicheck import api, cli
from apicheck.fuzz import engine, phases
from apicheck.fuzz.client import Client
from apicheck.fuzz.contract import read
from apicheck.fuzz.model import Who
from apicheck.fuzz.phases import Budget
from apicheck.fuzz.run import changes, run

OK = {"description": "done"}
ALL = ("examples", "coverage", "fuzzing", "stateful")


@pytest.fixture
def contract(tmp_path):
    """A contract with these paths, as a file."""

    def written(paths):
        path = tmp_path / "contract.json"
        about = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
        path.write_text(json.dumps(about))
        return str(path)

    return written


@pytest.fixture
def fuzz(contract):
    """Fuzz an application of one function, ``answer(method, path, headers, body)``."""

    def fuzzed(paths, answer, *, phases=ALL, client=None, examples=10, **how):
        service = read(api.load(contract(paths)).document)
        with serving(answer) as base:
            outcome = run(
                service,
                Client(base=base, **(client or {})),
                phases=phases,
                examples=examples,
                **how,
            )
        return outcome, [
            (each.rule.id.removeprefix("http."), each.label)
            for each in changes(outcome.breaches, service)
        ]

    return fuzzed


@contextmanager
def serving(answer, listening=None):
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
            with suppress(ConnectionError):  # who asks may have waited long enough
                self.wfile.write(content)
            self.close_connection = True

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if listening is not None:
            listening.append(server)
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


def command(*arguments):
    return cli.run(["fuzz", *arguments])


def test_a_finding_is_kept_with_its_request_and_tried_again(contract, tmp_path, capsys):
    path, report = contract(THINGS), tmp_path / "report.json"
    secret = "s3cr3t-t0ken"

    def lax(method, path, headers, body):
        found = things(method, path, headers, body)
        return says(201) if found[0] == 422 and b"size" in body else found

    how = ("--contract", path, "--token", secret, "--max-examples", "5")
    phases = ("--phases", "coverage,fuzzing")
    with serving(lax) as base:
        assert command(base, *how, *phases, "--output", f"json={report}", "--fail-on", "info") == 1
        told = capsys.readouterr().out
        assert "[http.invalid-content-not-refused]" in told
        assert "phase           coverage" in told
        text = report.read_text()
        assert secret not in text
        (finding,) = json.loads(text)["findings"]
        kept = finding["values"]["transcript"]["stored"]["POST /things"]
        assert strict(base64.b64decode(kept["request"]["body"])) == 422
        again = (*how, "--replay", str(report), "--fail-on", "info")
        assert command(base, *again) == 1
        assert "of 1 recorded, 0 no longer occur" in capsys.readouterr().out
    with serving(things) as base:
        assert command(base, *again) == 0
        assert "of 1 recorded, 1 no longer occur" in capsys.readouterr().out
    with serving(lambda *_: says(404)) as base:
        assert command(base, *again) in {0, 2}
        assert "could not be tried again: the answer is 404" in capsys.readouterr().out


def test_redirects_are_not_followed_elsewhere(fuzz):
    asked = []

    def other(*request):
        asked.append(request)
        return says(200)

    with serving(other) as elsewhere:

        def answer(method, path, *_):
            if method != "GET":
                return only("GET")
            return says(200) if path == "/plain" else says(302, Location=f"{elsewhere}/words")

        moved = {"get": {"responses": {"200": OK, "302": OK}}}
        outcome, _ = fuzz({"/plain": moved, "/words": moved}, answer, phases=("fuzzing",))
    assert outcome.reached["GET /words", 302] > 0
    assert asked == []


def test_bodies_without_an_end_are_cut(fuzz):
    class Endless(bytes):
        def __len__(self):
            return 1 << 40

    def answer(*_):
        return 200, {}, Endless(b"x" * 3_000_000)

    outcome, _ = fuzz({"/words": {"get": {"responses": {"200": OK}}}}, answer, phases=("fuzzing",))
    assert outcome.reached["GET /words", 200] > 1
    assert not outcome.died


def test_a_service_that_hangs_is_left_alone(fuzz):
    def answer(method, path, *_):
        if "most=-" in path:
            threading.Event().wait(0.4)
        return says(200) if method == "GET" else only("GET")

    outcome, found = fuzz(WORDS, answer, client={"deadline": 0.2}, phases=("fuzzing",))
    assert ("answer-missing", "GET /words") in found
    assert not outcome.died


def test_a_service_that_dies_leaves_what_was_learnt(contract, capsys):
    count = []
    listening = []

    def answer(_method, _path, *_):
        count.append(1)
        if len(count) == 30:
            listening[0].shutdown()
            listening[0].server_close()
        return says(500)

    with serving(answer, listening) as base:
        assert command(base, "--contract", contract(THINGS), "--phases", "coverage,fuzzing") == 2
    told = capsys.readouterr().out
    assert "the service went away" in told
    assert "[http." in told


def test_without_schemathesis_there_are_probes(contract, capsys, monkeypatch):
    monkeypatch.setattr(phases, "find_spec", lambda _: None)
    with serving(things) as base:
        assert command(base, "--contract", contract(THINGS)) == 2
        assert "pip install 'apicheck-toolkit[fuzz]'" in capsys.readouterr().err
        assert command(base, "--contract", contract(THINGS), "--phases", "probes") in {0, 1}


def test_a_version_that_is_not_known_is_refused(contract, capsys, monkeypatch):
    monkeypatch.setattr(phases, "version", lambda _: "5.0.1")
    assert command("http://127.0.0.1:1", "--contract", contract(THINGS)) == 2
    assert "schemathesis 5.0.1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"), [("7", "7 requests"), ("2s", "2 seconds"), ("5m", "300 seconds")]
)
def test_budgets(text, told):
    assert str(Budget.of(text)) == told


@pytest.mark.parametrize("text", ["0", "0s", "-1", "1h", "", "s", "1.5s"])
def test_what_is_no_budget(text, contract, capsys):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        Budget.of(text)
    assert command("http://127.0.0.1:1", "--contract", contract(THINGS), f"--budget={text}") == 2
    assert "is no budget" in capsys.readouterr().err


def test_seconds_are_a_budget_too(fuzz):
    outcome, _ = fuzz(WORDS, lambda *_: says(200), budget=Budget(seconds=0.3), examples=10_000)
    assert outcome.ended == "the budget of 0.3 seconds was spent"


def test_orders_is_not_accused(start):
    with start("orders") as base:
        client = Client(base=base, tokens={Who.FIRST: f"Bearer {STAFF}"})
        outcome = run(described("orders"), client, phases=ALL, examples=3, seed=4)
    assert [(each.card.rule.id, each.got) for each in outcome.breaches] == []
    assert outcome.reached["POST /orders", 202] > 0
    assert outcome.reached["POST /orders", 422] > 0


def test_what_hypothesis_is_told_of_utf8_is_what_it_would_find_out(tmp_path, monkeypatch):
    monkeypatch.setattr(configuration, "__hypothesis_home_directory", tmp_path / "told")
    engine._what_utf8_can_say(tmp_path / "told")
    known = charmap.intervals_from_codec.__wrapped__("utf-8")
    assert not (tmp_path / "told" / "tmp").exists()  # it was read, not made
    assert known[0].intervals == ((0, 0xD7FF), (0xE000, 0x10FFFF))
    assert not known[1].intervals


def test_a_contract_of_several_files_is_fuzzed_too(tmp_path):
    sized = {"type": "integer", "minimum": 1}
    thing = {"type": "object", "required": ["size"], "properties": {"size": {"$ref": "#/Size"}}}
    (tmp_path / "parts.json").write_text(
        json.dumps({"Size": sized, "Thing": thing, "Path": THINGS["/things"]})
    )
    post = {**THINGS["/things"]["post"]}
    post["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "parts.json#/Thing"}}},
    }
    about = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
    about["paths"] = {"/first": {"$ref": "parts.json#/Path"}, "/things": {"post": post}}
    (tmp_path / "contract.json").write_text(json.dumps(about))
    service = read(api.load(str(tmp_path / "contract.json")).document)
    with serving(things) as base:
        outcome = run(service, Client(base=base), phases=("coverage",))
    assert outcome.breaches == ()
    assert outcome.skipped == ()
    for path in ("/first", "/things"):
        assert outcome.reached[f"POST {path}", 201] > 0
        assert outcome.reached[f"POST {path}", 422] > 0


def test_an_odd_failure_does_not_hide_a_plain_one(fuzz):
    def answer(method, path, headers, body):
        if method == "POST" and body.startswith(b"[[[["):
            return says(500)
        found = things(method, path, headers, body)
        return says(500) if found[0] == 201 and 1 < json.loads(body)["size"] < 60 else found

    found = fuzz(THINGS, answer, phases=("probes", *ALL), examples=30)[1]
    assert ("deep-content-failed", "POST /things") in found
    assert ("server-error", "POST /things") in found

    def only_odd(method, path, headers, body):
        odd = method == "POST" and (b"9" * 18 in body or body.startswith(b"[[[["))
        return says(500) if odd else things(method, path, headers, body)

    found = fuzz(THINGS, only_odd, phases=("probes", *ALL), examples=30)[1]
    assert "server-error" not in [rule for rule, _ in found]
