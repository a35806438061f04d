"""Providers that are verified as functions: states, messages, and applications served for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("pact")

from sample_services.web.tokens import SAMPLE_SECRET, mint

from apicheck.cli import run

ROOT = Path(__file__).parents[2]
PROVIDERS = "tests/pact/providers"

ASGI = """
import json
LEVELS = {}
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    found = LEVELS.get(scope["path"])
    body = json.dumps({"level": found}).encode()
    await send({"type": "http.response.start", "status": 200 if found is not None else 404,
                "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})
"""
WSGI = """
import json
LEVELS = {}
def app(environ, start_response):
    found = LEVELS.get(environ["PATH_INFO"])
    status = "200 OK" if found is not None else "404 Not Found"
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps({"level": found}).encode()]
"""
STATES = """
import asyncio, pathlib, time
from shop import LEVELS
from apicheck.pact.hooks import state

LEFT = pathlib.Path("left")

@state("there is one", "there is a thing")
def there(level=1):
    LEVELS["/items/1"] = level
    yield
    LEVELS.clear()
    LEFT.write_text(LEFT.read_text() + "a" if LEFT.exists() else "a")

async def there_are_many(level, params):
    await asyncio.sleep(0)
    LEVELS["/items/1"] = level + len(params) * 100

def it_breaks():
    raise LookupError("no shelf")

def it_is_left_badly():
    yield
    raise OSError("stuck")

def it_takes_long():
    time.sleep(2)
"""


def item(description="an item", level=1, state="there is one", state_params=None, **more):
    return {
        "type": "Synchronous/HTTP",
        "description": description,
        "providerStates": [{"name": state, "params": state_params or {}}] if state else [],
        "request": {"method": "GET", "path": "/items/1"},
        "response": {
            "status": 200,
            "body": {"contentType": "application/json", "content": {"level": level}},
        },
        **more,
    }


def event(description="an event", content=None, metadata=None, **more):
    return {
        "type": "Asynchronous/Messages",
        "description": description,
        "contents": {"contentType": "application/json", "content": content or {"id": 1}},
        "metadata": metadata or {},
        **more,
    }


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder with an application and the functions of its states, in which we are."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.py").write_text(ASGI)
    (tmp_path / "shop_states.py").write_text(STATES)
    return tmp_path


def verified(capfd, *arguments, code, provider="shop"):
    given = ["pact", "verify", provider, "-f", "json"]
    if provider == "shop":
        given += ["--pacts", "pact.json"]
    found = run([*given, *arguments])
    out, err = capfd.readouterr()
    assert found == code, out + err
    return json.loads(out) if out else err


def rules(report):
    return [each["rule"] for each in report["findings"]]


def message_of(report):
    (finding,) = report["findings"]
    return finding["message"]


SHOP = ["--target", "shop:app", "--states", "shop_states.py"]


@pytest.mark.parametrize("source", [ASGI, WSGI], ids=["asgi", "wsgi"])
def test_states_change_what_the_application_reads_and_are_left_again(source, shop, pact, capfd):
    (shop / "shop.py").write_text(source)
    pact(
        item("one"),
        item("other", level=7, state="there is a thing", state_params={"level": 7}),
        item("many", level=103, state="there are many", state_params={"level": 3}),
        version=4,
    )
    report = verified(capfd, *SHOP, code=0)
    assert report["notes"] == ["3 of 3 interactions of 1 pacts hold"]
    assert (shop / "left").read_text() == "aa"


@pytest.mark.usefixtures("shop")
def test_a_state_that_cannot_be_had_is_why_nothing_is_verified(pact, capfd):
    wrong = {
        "there is none": ({}, "no function for the state 'there is none'; it has 'there is a th"),
        "there is one": ({"shelf": 3}, "there() takes no parameter 'shelf', which the pact gives"),
        "there are many": ({}, "there_are_many() needs 'level', which the pact does not give"),
        "it breaks": ({}, "LookupError: no shelf (shop_states.py:20)"),
        "it is left badly": ({}, "its state cannot be left: OSError: stuck (shop_states.py:24)"),
        "it takes long": ({}, "a state was not set within 1 s (--request-timeout)"),
    }
    items = [item(state=state, state_params=of) for state, (of, _) in wrong.items()]
    pact(*items, item("none", state=""), version=4)
    report = verified(capfd, *SHOP, "--request-timeout", "1", code=1)
    found = {each["location"]["path"][2]: each for each in report["findings"]}
    for state, (_, words) in wrong.items():
        assert found[f"an item (given {state})"]["rule"] == "pact.not-verified"
        assert words in found[f"an item (given {state})"]["message"]
    assert found["none"]["rule"] == "pact.verification-failed"  # the others were played


def test_a_state_asked_for_by_url_that_fails_is_told_at_once(shop, pact, capfd):
    # The verifier itself asks eight times in two minutes.
    pact(item(), version=4)
    (shop / "broken.py").write_text(
        "async def app(scope, receive, send):\n"
        "    await send({'type': 'http.response.start', 'status': 500, 'headers': []})\n"
        "    await send({'type': 'http.response.body'})\n"
    )
    from apicheck.serving import served

    with served("broken:app", extra="pact") as url:
        report = verified(capfd, "--target", "shop:app", "--state-url", f"{url}/states", code=1)
    assert message_of(report) == f"not verified: {url}/states answers 500"


MESSAGES = """
from apicheck.pact.hooks import Message, message

@message("an event")
async def made(states, description):
    return {"id": 1, "of": len(states)}, {"type": "A"}

@message("a text")
def text():
    return b"hello"

@message("a call")
def call(request, metadata):
    return Message(content={"id": request["q"]}, metadata=metadata)

def it_is_nothing():
    return object()

def it_is_empty():
    raise RuntimeError("no outbox")
"""


def test_messages_are_what_functions_make(shop, pact, capfd):
    (shop / "made.py").write_text(MESSAGES)
    call = {
        "type": "Synchronous/Messages",
        "description": "a call",
        "request": {"contents": {"contentType": "application/json", "content": {"q": 4}}},
        "response": [{"contents": {"contentType": "application/json", "content": {"id": 4}}}],
    }
    pact(
        event(content={"id": 1, "of": 1}, metadata={"type": "A"}, providerStates=[{"name": "s"}]),
        call,
        version=4,
    )
    report = verified(capfd, "--messages", "made", code=0)
    assert report["notes"] == ["2 of 2 interactions of 1 pacts hold"]


def test_a_message_that_does_not_fit_says_where(shop, pact, capfd):
    (shop / "made.py").write_text(MESSAGES)
    pact(event(content={"id": 2, "of": 0}, metadata={"type": "B"}), version=4)
    report = verified(capfd, "--messages", "made.py", code=1)
    found = {each["location"]["label"]: each["message"] for each in report["findings"]}
    assert found["an event message body > id"].startswith("id: expected 2, got 1")
    assert 'got "A"' in found["an event message metadata type"]
    assert all(each["location"]["old"]["line"] > 1 for each in report["findings"])


def test_a_message_that_is_not_made_is_not_taken_for_one(shop, pact, capfd):
    # The verifier looks at no status: an error would pass for a message without content.
    (shop / "made.py").write_text(MESSAGES)
    wrong = {
        "another": "made.py has no function for the message 'another'; it has 'a call', 'a te",
        "it is nothing": "what it_is_nothing() gives is no JSON",
        "it is empty": "RuntimeError: no outbox (made.py:20)",
    }
    pact(*({"type": "Asynchronous/Messages", "description": each} for each in wrong), version=4)
    report = verified(capfd, "--messages", "made.py", code=1)
    assert set(rules(report)) == {"pact.not-verified"}
    found = {each["location"]["label"]: each["message"] for each in report["findings"]}
    for description, words in wrong.items():
        assert words in found[description]


def test_a_provider_that_takes_the_process_along_is_told(shop, pact, capfd):
    (shop / "shop.py").write_text(
        "import os\nasync def app(scope, receive, send):\n    os._exit(3)\n"
    )
    pact(item(), version=4)
    told = verified(capfd, "--target", "shop:app", code=2)
    assert "shop:app: the process of provider and verifier ended with exit code 3" in told


def test_why_an_application_answers_500_is_told(shop, pact, capfd):
    (shop / "shop.py").write_text("def app(environ, start_response):\n    return {}['x']\n")
    pact(item(), version=4)
    report = verified(capfd, "--target", "shop:app", code=1)
    assert "the application says: KeyError: 'x'" in report["notes"]


def test_messages_of_version_3_and_two_of_one_description(shop, pact, capfd):
    (shop / "made.py").write_text(MESSAGES)
    fits = {"description": "an event", "contents": {"id": 1, "of": 0}}
    pact(fits, {**fits, "contents": {"id": 5, "of": 0}}, version=3)
    report = verified(capfd, "--messages", "made.py", code=1)
    assert message_of(report).startswith("id: expected 5, got 1")
    assert report["notes"] == ["1 of 2 interactions of 1 pacts hold"]


@pytest.mark.usefixtures("shop")
def test_what_nobody_was_asked_about_is_no_pass(pact, capfd):
    plugin = item("protobuf", state="", pluginConfiguration={"protobuf": {}})
    pact(item(), event(), plugin, version=4)
    report = verified(capfd, *SHOP, code=2)
    assert report["summary"]["verdict"] == "unknown"
    told = {each["location"]["label"]: each["message"] for each in report["findings"]}
    assert told["an event"] == "not asked: --messages does not say who makes the message"
    assert "plugins are not supported" in told["protobuf"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "no_such:app"], "no_such:app: cannot be loaded: ModuleNotFoundError"),
        (["--target", "shop:none"], "shop:none: cannot be loaded: AttributeError"),
        (
            ["--target", "late:app"],
            "late:app: the application does not start\n  hint: OSError: no db",
        ),
        (["--target", "http://127.0.0.1:1x"], "is not of the form http://HOST:PORT"),
        (["--target", "shop:app", "--states", "none.py"], "none.py: there is no such file"),
        (["--target", "shop:app", "--states", "bad.py"], "bad.py: failed when it was imported: Z"),
        (["--target", "shop:app", "--states", "empty.py"], "empty.py: has no functions"),
        ([], "give --target"),
        (["--target", "x", "--states", "a", "--state-url", "http://127.0.0.1"], "not both"),
    ],
)
def test_what_cannot_be_started_says_why(arguments, words, shop, pact, capfd):
    pact(item(), version=4)
    (shop / "bad.py").write_text("1 / 0\n")
    (shop / "empty.py").write_text("\n")
    starting = "    if scope['type'] == 'lifespan':\n        await receive()\n"
    told = "        await send({'type': 'lifespan.startup.failed', 'message': 'OSError: no db'})\n"
    late = f"async def app(scope, receive, send):\n{starting}{told}"
    (shop / "late.py").write_text(late)
    assert words in verified(capfd, *arguments, code=2)


def test_a_proxy_of_the_surroundings_is_not_asked(shop, pact, capfd, monkeypatch):
    (shop / "shop.py").write_text(WSGI.replace("LEVELS = {}", "LEVELS = {'/items/1': 1}"))
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    pact(item(state=""), version=4)
    verified(capfd, "--target", "shop:app", code=0)


@pytest.fixture
def token(monkeypatch):
    monkeypatch.chdir(ROOT)
    return f"Authorization: Bearer {mint(SAMPLE_SECRET, 'orders')}"


INVENTORY = [
    *("--target", "tests.pact.providers.inventory_provider:app", "--base-path", "/v2"),
    *("--states", f"{PROVIDERS}/inventory_provider.py"),
]


def test_the_inventory_keeps_the_pact_of_orders_in_its_states(token, capfd):
    report = verified(capfd, *INVENTORY, "--header", token, code=0, provider="inventory")
    assert report["notes"] == ["3 of 3 interactions of 1 pacts hold"]


def test_a_faulty_inventory_is_found_out_at_the_place(token, capfd, monkeypatch):
    monkeypatch.setenv("FAULT", "counts-as-text")
    report = verified(capfd, *INVENTORY, "--header", token, code=1, provider="inventory")
    (finding,) = report["findings"]
    assert finding["location"]["label"] == "POST /stock-levels/query response body > [].onHand"
    assert finding["message"].startswith('[0].onHand: expected 12, got "12"')
    assert finding["consumers"] == [
        {
            "name": "orders",
            "interactions": ["the stock levels of items (given TEA-100 is in stock)"],
        }
    ]
    values = {name: finding["values"][name] for name in ("state", "expected", "actual")}
    assert values == {"state": "TEA-100 is in stock", "expected": "12", "actual": '"12"'}


@pytest.mark.usefixtures("token")
def test_orders_makes_the_messages_that_notifications_reads(capfd):
    functions = f"{PROVIDERS}/orders_provider.py"
    arguments = ["--messages", functions, "--states", functions]
    report = verified(capfd, *arguments, code=0, provider="orders")
    assert report["notes"] == ["2 of 2 interactions of 1 pacts hold"]
