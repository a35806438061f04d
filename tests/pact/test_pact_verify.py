"""Providers that run held against pacts: results are findings, and nothing else is printed."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("pact")
sys.path.insert(0, str(Path(__file__).parents[2]))  # the services are no installed package

from sample_services.inventory import app as inventory
from sample_services.web.contract import load
from sample_services.web.serve import serving
from sample_services.web.tokens import SAMPLE_SECRET, mint

from apicheck.cli import run

STORED = Path(__file__).parents[2] / "contracts" / "pacts"


@contextmanager
def provider(answers):
    """A provider that gives one answer to everything, and remembers the states it was asked for."""
    states = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answers
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def do_POST(self):
            states.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", states
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def running_inventory(fault=None):
    ready, stop, found = threading.Event(), None, []

    async def serve():
        nonlocal stop
        stop = asyncio.Event()
        async with serving(inventory.build(inventory.Settings(fault=fault))) as address:
            found.append(address + load(inventory.CONTRACT).base)
            ready.set()
            await stop.wait()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(20)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


ITEM = {
    "description": "an item",
    "providerState": "there is one",
    "request": {"method": "GET", "path": "/items/1"},
    "response": {
        "status": 200,
        "body": {"id": 1},
        "matchingRules": {"$.body.id": {"match": "integer"}},
    },
}


def verified(capfd, target, *arguments, code):
    assert run(["pact", "verify", "shop", "--target", target, "-f", "json", *arguments]) == code
    out, err = capfd.readouterr()
    return json.loads(out) if code < 2 else err


def test_an_answer_that_fits_is_silent_and_states_are_asked_for(pact, tmp_path, capfd):
    pact(ITEM)
    with provider((200, {"id": 7})) as (url, states):
        report = verified(
            capfd, url, "--pacts", str(tmp_path), "--state-url", f"{url}/states", code=0
        )
    assert report["findings"] == []
    assert report["notes"] == ["1 of 1 interactions of 1 pacts hold"]
    assert [each["state"] for each in states] == ["there is one"]


def test_a_mismatch_is_a_finding_with_place_and_values(pact, tmp_path, capfd):
    pact(ITEM)
    with provider((200, {"id": "one"})) as (url, _):
        report = verified(capfd, url, "--pacts", str(tmp_path), code=1)
    (finding,) = report["findings"]
    assert finding["rule"] == "pact.verification-failed"
    assert finding["location"]["label"] == "GET /items/1 response body > id"
    assert finding["location"]["old"]["line"] > 1
    assert finding["consumers"] == [
        {"name": "web", "interactions": ["an item (given there is one)"]}
    ]


def test_a_member_that_is_missing_is_told_at_its_place(pact, tmp_path, capfd):
    body = {"id": 1, "a, b": {"c": [{"d": 2, "it's": 3}]}}
    pact({**ITEM, "response": {"status": 200, "body": body}})
    with provider((200, {"id": 1, "a, b": {"c": [{}]}})) as (url, _):
        report = verified(capfd, url, "--pacts", str(tmp_path), code=1)
    found = {each["location"]["label"]: each["message"] for each in report["findings"]}
    at = "GET /items/1 response body > a, b.c[]"
    assert found == {
        f"{at}.d": "a, b.c[0].d: expected 2, got nothing",
        f"{at}.it's": "a, b.c[0].it's: expected 3, got nothing",
    }


def test_every_version_of_the_specification_is_verified(pact, tmp_path, capfd):
    first = {"description": "one", "request": {"method": "get", "path": "/items/1"}}
    first |= {"provider_state": "s", "response": {"status": 200, "body": {"id": 2}}}
    pact(first, version=1, name="1.json", consumer="one")
    pact({**first, "description": "two"}, version=2, name="2.json", consumer="two")
    third = {**first, "providerStates": [{"name": "s"}]}
    pact(third, version=3, name="3.json", consumer="three")
    fourth = {**third, "type": "Synchronous/HTTP"}
    fourth["response"] = {"status": 200, "body": {"content": {"id": 2}}}
    pact(fourth, version=4, name="4.json", consumer="four")
    with provider((200, {"id": 1})) as (url, _):
        report = verified(capfd, url, "--pacts", str(tmp_path), code=1)
    names = [each["consumers"][0]["name"] for each in report["findings"]]
    assert sorted(names) == ["four", "one", "three", "two"]
    assert {each["message"] for each in report["findings"]} == {
        "id: expected 2, got 1 (Expected 1 (Integer) to be equal to 2 (Integer))"
    }


def test_a_pact_that_the_verifier_cannot_read_does_not_hide_the_others(pact, tmp_path, capfd):
    rules = {"body": {"$..[[": {"matchers": [{"match": "type"}]}}}
    response = {"status": 200, "body": {"content": {"id": 1}}, "matchingRules": rules}
    bad = {**ITEM, "type": "Synchronous/HTTP", "response": response}
    pact(bad, version=4, name="bad.json", consumer="bad")
    with provider((200, {"id": 1})) as (url, _):
        told = verified(capfd, url, "--pacts", str(tmp_path / "bad.json"), code=2)
        assert "bad.json - Expected either" in told
        pact(ITEM, name="good.json")
        report = verified(capfd, url, "--pacts", str(tmp_path), code=1)
    (finding,) = report["findings"]
    assert finding["consumers"][0]["name"] == "bad"
    assert "Failed to load pact it - Expected either" in finding["message"]
    assert report["notes"][0] == "1 of 2 interactions of 2 pacts hold"


def test_another_status_is_told_with_both(pact, tmp_path, capfd):
    pact(ITEM)
    with provider((404, {"id": 1})) as (url, _):
        report = verified(capfd, url, "--pacts", str(tmp_path), code=1)
    said = [each["message"] for each in report["findings"]]
    assert any(each.startswith("response status: expected 200, got 404") for each in said)


def test_what_is_pending_is_a_warning(pact, tmp_path, capfd):
    four = {**ITEM, "type": "Synchronous/HTTP", "pending": True, "response": {"status": 201}}
    pact(four, version=4)
    with provider((200, {"id": 1})) as (url, _):
        report = verified(capfd, url, "--pacts", str(tmp_path), code=0)
    assert [each["severity"] for each in report["findings"]] == ["warning"]
    assert report["findings"][0]["rule"] == "pact.pending-verification-failed"


def test_a_provider_that_is_not_there_is_told(pact, tmp_path, capfd):
    pact(ITEM)
    with provider((200, {})) as (url, _):
        pass
    report = verified(capfd, url, "--pacts", str(tmp_path), code=1)
    assert [each["rule"] for each in report["findings"]] == ["pact.not-verified"]


def test_a_provider_that_no_pact_names_cannot_be_verified(pact, tmp_path, capfd):
    pact(ITEM, provider="bakery")
    assert "they name: bakery" in verified(
        capfd, "http://127.0.0.1:9", "--pacts", str(tmp_path), code=2
    )


def test_the_inventory_keeps_the_pact_of_orders(capfd):
    token = mint(SAMPLE_SECRET, "orders")
    with running_inventory() as url:
        arguments = ["pact", "verify", "inventory", "--target", url, "--pacts", str(STORED)]
        code = run([*arguments, "--header", f"Authorization: Bearer {token}", "-f", "json"])
    out, _ = capfd.readouterr()
    assert (code, json.loads(out)["findings"]) == (0, [])
    assert json.loads(out)["notes"] == ["3 of 3 interactions of 1 pacts hold"]
