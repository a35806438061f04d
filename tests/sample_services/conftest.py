"""The sample services on loopback ports, served by a loop in a thread of its own."""

import asyncio
import json
import os
import socket
import sys
import threading
import time
import uuid
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import httpx
import jsonschema
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[2]))  # the services are no installed package

from sample_services.events.bus import LocalBus
from sample_services.inventory import app as inventory
from sample_services.notifications import app as notifications
from sample_services.orders import app as orders
from sample_services.web import tokens
from sample_services.web.contract import STORE, load
from sample_services.web.schemas import FORMATS
from sample_services.web.serve import serving
from sample_services.web.tokens import SAMPLE_SECRET

SERVICES = {"orders": orders, "inventory": inventory, "notifications": notifications}
CUSTOMER = "7b0a1d5e-4d7f-4f0c-9a1e-0c5b7e7a1f11"
ORDER = {
    "customer": CUSTOMER,
    "items": [{"sku": "TEA-100", "quantity": 2}],
    "currency": "EUR",
}
RESERVATION = {
    "order": "0d2f3a64-58cf-4a0f-8d0e-5f0b7c1f9a01",
    "warehouse": "berlin",
    "lines": [{"sku": "TEA-100", "quantity": 2}],
}
EVENT = {
    "specversion": "1.0",
    "source": "/orders",
    "type": "OrderCancelled",
    "data": {"order": RESERVATION["order"], "customer": CUSTOMER, "reason": "late"},
}
SCOPES = ("orders:ship", "inventory:admin", "events:deliver")


class Service:
    """A running service, asked as somebody: alice (nobody special), bob, or the staff."""

    def __init__(self, name, address, *, faulty=False):
        self.name = name
        self.faulty = faulty
        self.base = address + load(SERVICES[name].CONTRACT).base
        self.client = httpx.Client(base_url=self.base, trust_env=False, timeout=10, verify=False)

    def __call__(self, method, path, *, to="staff", **more):
        headers = {"Authorization": f"Bearer {TOKENS[to]}"} if to else {}
        headers |= more.pop("headers", {})
        response = self.client.request(method, path, headers=headers, **more)
        if not self.faulty:
            keeps_contract(self.name, response)
        return response

    # What tests need before they can ask what they want to know.

    def order(self, *, to="staff", wait=True, **content):
        """Place an order; gives its path when it is confirmed (or at once the monitor's)."""
        accepted = self.post_order(to=to, **content)
        assert accepted.status_code == 202, accepted.text
        monitor = accepted.headers["Location"].removeprefix("/v2")
        if not wait:
            return monitor
        for _ in range(1000):
            seen = self("GET", monitor, to=to)
            if seen.status_code == 303:
                return seen.headers["Location"].removeprefix("/v2")
            time.sleep(0.01)
        raise AssertionError(seen.text)

    def post_order(self, *, to="staff", key=None, **content):
        """POST /orders with a valid order and whatever is to be different."""
        headers = {"Idempotency-Key": key or fresh()}
        return self("POST", "/orders", to=to, headers=headers, json={**ORDER, **content})

    def item(self, **content):
        """Make an item; gives its path."""
        made = self("POST", "/items", json={"sku": sku(), "name": "Tin", **content})
        assert made.status_code < 300, made.text
        return f"/items/{made.json()['sku']}"

    def post_reservation(self, *, key=None, **content):
        """POST /reservations with a valid one and whatever is to be different."""
        headers = {"Idempotency-Key": key or fresh()}
        return self("POST", "/reservations", headers=headers, json={**RESERVATION, **content})

    def reservation(self, **content):
        """Hold something back; gives the path."""
        return f"/reservations/{self.post_reservation(**content).json()['id']}"

    def event(self, **content):
        """POST /events with a valid event and whatever is to be different."""
        document = {**EVENT, "id": fresh(), **content}
        headers = {"Content-Type": "application/cloudevents+json"}
        return self("POST", "/events", headers=headers, content=json.dumps(document))

    def raw(self, data, *, until_closed=True):
        """Send bytes, and give all that comes back before the service hangs up."""
        host, _, port = self.base.removeprefix("http://").partition("/")[0].partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(data)
            received = b""
            while until_closed and (chunk := connection.recv(65536)):
                received += chunk
        return received

    def lines(self, method, target, *headers, to="staff"):
        """A request of one's own making; gives the status and the rest of the answer."""
        given = [f"{method} {target} HTTP/1.1", "Host: x", "Connection: close", *headers]
        if to:
            given.append(f"Authorization: Bearer {TOKENS[to]}")
        answer = self.raw("\r\n".join([*given, "", ""]).encode())
        return int(answer.split(b" ")[1]), answer


TOKENS = {
    "alice": tokens.mint(SAMPLE_SECRET, "alice"),
    "bob": tokens.mint(SAMPLE_SECRET, "bob"),
    "staff": tokens.mint(SAMPLE_SECRET, "staff", SCOPES),
    "expired": tokens.mint(SAMPLE_SECRET, "alice", SCOPES, lifetime=-60),
    "forged": tokens.mint("another secret", "alice", SCOPES),
    "garbled": "not.a.token",
}


@pytest.fixture(scope="session")
def start():
    """`with start("orders", fault="orders.x", inventory=url) as service:` on a free port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    ending = []

    def begin(awaitable):
        return asyncio.run_coroutine_threadsafe(awaitable, loop)

    @contextmanager
    def started(name, *, bus=None, **settings):
        with ExitStack() as stack:
            if name == "orders":
                settings.setdefault("delay", 0.01)
            if name == "orders" and "inventory" not in settings:
                settings["inventory"] = stack.enter_context(started("inventory")).base
            module = SERVICES[name]
            more = {} if name == "inventory" else {"bus": bus or LocalBus()}
            app = module.build(module.Settings(**settings), **more)
            block = serving(app)
            service = Service(
                name, begin(block.__aenter__()).result(15), faulty="fault" in settings
            )
            try:
                yield service
            finally:
                service.client.close()
                ending.append(begin(block.__aexit__(None, None, None)))  # takes its time

    yield started
    for each in ending:
        each.result(15)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="module")
def shop(start):
    """All three, clean and connected, for the tests of one module."""
    bus = LocalBus()
    with (
        start("inventory") as stock,
        start("notifications", bus=bus) as told,
        start("orders", bus=bus, inventory=stock.base, delay=0.01) as ordered,
    ):
        yield {"orders": ordered, "inventory": stock, "notifications": told}


def fresh():
    """A new name, for keys and references."""
    return str(uuid.uuid4())


def sku():
    """A new SKU."""
    return f"ZZZ-{uuid.uuid4().int % 10**6:06}"


@cache
def contract(name):
    """The contract as it is written."""
    return yaml.safe_load((STORE / SERVICES[name].CONTRACT).read_text())


def keeps_contract(name, response):
    """Fail when an answer to a documented operation is not as documented."""
    document = contract(name)
    found = load(SERVICES[name].CONTRACT).find(response.request.url.path)
    if found is None:
        return
    method = response.request.method.replace("HEAD", "GET")
    operation = document["paths"][found[0].template].get(method.lower())
    if operation is None:
        return
    where = f"{method} {found[0].template} {response.status_code}"
    assert str(response.status_code) in operation["responses"], f"{where} is not documented"
    told = operation["responses"][str(response.status_code)]
    if "$ref" in told:
        told = document["components"]["responses"][told["$ref"].rpartition("/")[2]]
    for header, each in told.get("headers", {}).items():
        assert not each.get("required") or header in response.headers, f"{where} lacks {header}"
    if response.request.method == "HEAD" or not response.content:
        return
    media = response.headers["Content-Type"].partition(";")[0]
    assert media in told.get("content", {}), f"{where} is {media}"
    if media.endswith("json"):
        schema = {**told["content"][media]["schema"], "components": document["components"]}
        jsonschema.Draft202012Validator(schema, format_checker=FORMATS).validate(response.json())


@pytest.fixture
def order():
    """A valid new order."""
    return dict(ORDER)


@pytest.fixture
def mint():
    """A token of the staff."""
    return TOKENS["staff"]


@pytest.fixture
def broker():
    """The address of a RabbitMQ: it must be there in CI, and may be missing elsewhere."""
    url = os.environ.get("SAMPLE_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672/")
    port = url.rpartition("@")[2].partition("/")[0].partition(":")[2] or "5672"
    try:
        socket.create_connection(("127.0.0.1", int(port)), 2).close()
    except OSError:
        if os.environ.get("CI"):
            pytest.fail(f"no RabbitMQ answers at {url}: start one, or set SAMPLE_RABBITMQ")
        pytest.skip(f"no RabbitMQ answers at {url}")
    return url
