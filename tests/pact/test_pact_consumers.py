"""What the sample services need of each other, as pacts (``--accept`` stores them)."""

from __future__ import annotations

import asyncio
import copy
import json
import sys
from pathlib import Path

import orjson
import pytest

pytest.importorskip("pact")
sys.path.insert(0, str(Path(__file__).parents[2]))  # the services are no installed package

from sample_services.events.event import read as read_event
from sample_services.notifications.consumer import Consumer
from sample_services.notifications.store import Store
from sample_services.orders.stock import Stock, client
from sample_services.web.tokens import SAMPLE_SECRET

from apicheck import api
from apicheck.pact.against import held_against
from apicheck.pact.lint import remarks
from apicheck.pact.read import read_pact
from apicheck.pact.testing import PactError, Recorder
from apicheck.pact.traps import traps
from apicheck.sources import Options
from pact import generate, match

STORED = Path(__file__).parents[2] / "contracts" / "pacts"
CONTRACTS = STORED.parent
ORDER = "0d2f3a64-58cf-4a0f-8d0e-5f0b7c1f9a01"
CUSTOMER = "7b0a1d5e-4d7f-4f0c-9a1e-0c5b7e7a1f11"
RESERVATION = "5b7e2f0a-93c1-4be5-8f6d-2a4c1d9e7b30"
SKU = "^[A-Z]{3}-[0-9]{3,6}$"
BEARER = match.regex("Bearer a.b.c", regex=r"^Bearer [\w-]+\.[\w-]+\.[\w-]+$")


def stock(url, ask):
    """Ask the inventory at an address, as orders does."""

    async def asked():
        async with client(url) as connection:
            return await ask(Stock(base=url, secret=SAMPLE_SECRET, client=connection))

    return asyncio.run(asked())


def levels_of_items(recorder):
    level = {
        "sku": match.regex("TEA-100", regex=SKU),
        "warehouse": match.str("berlin"),
        "onHand": match.int(12),
        "reserved": match.int(2),
    }
    (
        recorder.http("the stock levels of items", given="TEA-100 is in stock")
        .with_request("POST", "/stock-levels/query")
        .with_header("Authorization", BEARER)
        .with_body({"skus": ["TEA-100"]}, "application/json")
        .will_respond_with(200)
        .with_body(match.each_like(level, min=1), "application/json")
    )
    with recorder.served() as url:
        assert stock(url, lambda each: each.levels(["TEA-100"])) == {"TEA-100": ("berlin", 10)}


def items_are_reserved(recorder):
    lines = [{"sku": "TEA-100", "quantity": 2}]
    (
        recorder.http("items are reserved", given="TEA-100 is in stock")
        .with_request("POST", "/reservations")
        .with_header("Authorization", BEARER)
        .with_header("Idempotency-Key", f"{ORDER}-berlin")
        .with_body({"order": ORDER, "warehouse": "berlin", "lines": lines}, "application/json")
        .will_respond_with(201)
        .with_body({"id": match.uuid(RESERVATION)}, "application/json")
    )
    with recorder.served() as url:
        assert stock(url, lambda each: each.reserve(ORDER, "berlin", lines)) == RESERVATION


def an_unknown_reservation_is_settled(recorder):
    (
        recorder.http("an unknown reservation is shipped")
        .with_request("PUT", f"/reservations/{RESERVATION}/state")
        .with_header("Authorization", BEARER)
        .with_body({"state": "shipped"}, "application/json")
        .will_respond_with(404)
        .with_body({"status": 404}, "application/problem+json")
    )
    with recorder.served() as url:
        assert stock(url, lambda each: each.settle(RESERVATION, "shipped")) is False


def event(kind, **data):
    """A CloudEvent of orders, with matchers on what notifications only reads."""
    return {
        "specversion": "1.0",
        "id": match.str("9f1c"),
        "source": "/orders",
        "type": kind,
        "data": {"order": match.uuid(ORDER), "customer": match.uuid(CUSTOMER), **data},
    }


TOTAL = {"amount": match.int(1250), "currency": match.regex("EUR", regex="^[A-Z]{3}$")}


def told(content):
    """What a customer is told of an event, by the consumer as it is."""
    return Consumer(Store(":memory:")).told(read_event(content))


def told_late(ask):
    """What a customer is told when the first that is heard of an order is its shipment."""

    async def asked(question):
        return ask(dict(question))

    store = Store(":memory:")
    data = {"order": ORDER, "customer": CUSTOMER, "carrier": "dhl", "trackingCode": "JD0123"}
    shipped = {"specversion": "1.0", "id": "1", "source": "/orders", "type": "OrderShipped"}
    asyncio.run(Consumer(store, asked).take(read_event({**shipped, "data": data})))
    found, _ = store.page(1_000_000, 10, {"order": ORDER})
    return [each.about for each in found if each.text != "Your order is on its way."]


def an_order_is_confirmed(recorder):
    message = recorder.message("an order is confirmed")
    message.with_body(event("OrderConfirmed", total=TOTAL), "application/json")
    message.with_metadata(type="OrderConfirmed")
    found = recorder.handled(lambda content, _: told(content))
    assert (found.about, found.customer) == ("confirmed", CUSTOMER)
    assert "12.50 EUR" in found.text


def a_confirmation_is_asked_for_again(recorder):
    (
        recorder.call(
            "the confirmation of an order, asked for again", given="the order is confirmed"
        )
        .with_body({"order": ORDER}, "application/json")
        .will_respond_with()
        .with_body(event("OrderConfirmed", total=TOTAL), "application/json")
    )
    assert recorder.called(told_late) == ["shipped", "confirmed"]


PACTS = {
    ("orders", "inventory"): (
        levels_of_items,
        items_are_reserved,
        an_unknown_reservation_is_settled,
    ),
    ("notifications", "orders"): (an_order_is_confirmed, a_confirmation_is_asked_for_again),
}


@pytest.mark.parametrize(
    ("between", "tests"), PACTS.items(), ids=["orders-inventory", "notifications-orders"]
)
def test_the_stored_pacts_are_what_the_consumers_do(between, tests, tmp_path, accept):
    recorder = Recorder(*between, tmp_path)
    for each in tests:
        each(recorder)
    stored = STORED / f"{'-'.join(between)}.json"
    recorder.finish(stored, accept=accept)
    pact = read_pact(str(stored), Options())
    assert [each.rule.id for each in remarks(pact)] == []
    assert len(pact.interactions) == len(tests)


@pytest.mark.parametrize(
    ("pact", "contract"),
    [
        ("orders-inventory", "inventory/openapi/2.1.0.yaml"),
        ("notifications-orders", "orders/events/OrderConfirmed/1.0.0.json"),
    ],
)
def test_the_stored_pacts_are_within_the_contracts(pact, contract):
    found = held_against(
        [read_pact(str(STORED / f"{pact}.json"), Options())], api.load(str(CONTRACTS / contract))
    )
    assert [(each.rule.id, each.label) for each in found] == []


UUID = match.uuid("0d2f3a64-58cf-4a0f-8d0e-5f0b7c1f9a01")
BARE = "is a generator and no value"
NONE = "has no example"


@pytest.mark.parametrize(
    ("say", "words"),
    [
        (lambda each: each.with_body({"id": generate.uuid()}), f"id: Uuid {BARE}"),
        (
            lambda each: each.with_body({"a": [{"b": generate.int()}]}),
            rf"a\[\].b: RandomInt {BARE}",
        ),
        (lambda each: each.with_body({"id": match.int()}), f"id: the matcher 'integer' {NONE}"),
        (lambda each: each.with_body(match.each_like(match.uuid())), f"the matcher 'regex' {NONE}"),
        (lambda each: each.with_body(match.int() & match.int()), "none of the matchers joined"),
        (lambda each: each.with_header("X", match.uuid()), NONE),
        (lambda each: each.with_query_parameter("q", match.int()), NONE),
        (lambda each: each.with_request("GET", match.regex(regex="/a")), NONE),
    ],
)
def test_silent_traps_are_refused(say, words, tmp_path):
    recorder = Recorder("web", "shop", tmp_path)
    asked = recorder.http("an item").with_request("GET", "/items/1")
    with pytest.raises(PactError, match=words):
        say(asked)
    assert not recorder.path.exists()


@pytest.mark.parametrize(
    "value",
    [
        *(match.int(7), UUID, match.none(), match.type("a"), {}),
        *(match.array_containing([1, UUID]), match.each_like(UUID, min=1), match.int(1) & UUID),
    ],
)
def test_what_is_meant_is_let_pass(value):
    assert list(traps({"a": [value]})) == []


def test_metadata_and_replies_are_looked_at_too(tmp_path):
    recorder = Recorder("web", "shop", tmp_path)
    with pytest.raises(PactError, match=NONE):
        recorder.message("an event").with_metadata(key=match.uuid())
    with pytest.raises(PactError, match=BARE):
        recorder.call("a call").with_body({}).will_respond_with().with_body(generate.int())


def test_two_tests_that_replace_each_other_are_refused(tmp_path):
    for value in (1, 1, 2):
        recorder = Recorder("web", "shop", tmp_path)
        recorder.message("an event").with_body({"id": value}, "application/json")
        if value == 1:  # the same again is a second run
            recorder.handled(lambda content, _: content["id"])
        else:
            with pytest.raises(PactError, match="has this interaction with other content"):
                recorder.handled(lambda content, _: content["id"])
    pact = read_pact(str(recorder.path), Options())
    assert pact.interactions[0].response.body.value == {"id": 1}


def test_a_handler_that_does_not_look_is_refused(tmp_path):
    recorder = Recorder("web", "shop", tmp_path)
    recorder.message("an event").with_body({"id": 1}, "application/json")
    with pytest.raises(PactError, match="the handler takes an empty message too"):
        recorder.handled(lambda _content, _metadata: None)
    assert not recorder.path.exists()
    other = Recorder("web", "shop", tmp_path)
    asked = other.call("a call").with_body({"q": 1}, "application/json").will_respond_with()
    asked.with_body({"id": 1}, "application/json")
    with pytest.raises(PactError, match="the consumer takes an empty message too"):
        other.called(lambda ask: ask({"q": 1}) and None)


@pytest.mark.parametrize(
    "handler",
    [
        lambda content: content["a"]["b"],
        lambda content: content.get("a"),
        lambda content: [*content],
        lambda content: {**content},
        json.dumps,
        lambda content: copy.deepcopy(content) == {"a": {"b": [1]}} or 1 / 0,
        lambda content: match_case(content) or True,
        # Read by C, unseen: that it minds an empty one shows that it looks.
        lambda content: orjson.loads(orjson.dumps(content))["a"],
    ],
)
def test_a_handler_that_looks_is_taken(handler, tmp_path):
    recorder = Recorder("web", "shop", tmp_path)
    recorder.message("an event").with_body({"a": {"b": [1]}}, "application/json")
    recorder.handled(lambda content, _: handler(content))
    assert recorder.path.exists()


def match_case(content):
    match content:
        case {"a": {"b": [number]}}:
            return number
    raise ValueError(content)


def test_a_second_description_is_refused(tmp_path):
    recorder = Recorder("web", "shop", tmp_path)
    recorder.message("an event").with_body({"id": 1}, "application/json")
    with pytest.raises(PactError, match="described twice"):
        recorder.message("an event")


def test_a_handler_that_cannot_parse_writes_nothing(tmp_path):
    recorder = Recorder("web", "shop", tmp_path)
    recorder.message("an event").with_body({"id": "seven"}, "application/json")
    with pytest.raises(ValueError, match="seven"):
        recorder.handled(lambda content, _: int(content["id"]))
    assert not recorder.path.exists()


def test_a_pact_that_is_not_what_is_stored_says_where(tmp_path):
    recorder = Recorder("web", "shop", tmp_path / "one")
    recorder.message("an event").with_body({"id": 1}, "application/json")
    recorder.handled(lambda content, _: content["id"])
    recorder.finish(tmp_path / "stored.json", accept=True)
    other = Recorder("web", "shop", tmp_path / "two")
    other.message("an event").with_body({"id": 2}, "application/json")
    other.handled(lambda content, _: content["id"])
    with pytest.raises(PactError, match=r"contents\.content\.id: 1 → 2"):
        other.finish(tmp_path / "stored.json")


def test_what_is_described_and_not_used_is_missed(tmp_path):
    recorder = Recorder("web", "shop", tmp_path)
    recorder.message("one").with_body({"id": 1}, "application/json")
    recorder.handled(lambda content, _: content["id"])
    recorder.message("two").with_body({"id": 2}, "application/json")
    with pytest.raises(PactError, match="not used to the end: two"):
        recorder.finish(tmp_path / "stored.json", accept=True)
