"""What schemathesis makes of a contract, sent by our client and judged by our rules."""

import json
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
    def answer(_method, path, _headers, _body):
        return says(500 if "most=-" in path else 200)

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
