"""The sample services on loopback ports, clean or with one fault, and what probing them finds."""

import asyncio
import sys
import threading
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # the services are no installed package

from sample_services.events.bus import LocalBus
from sample_services.inventory import app as inventory
from sample_services.notifications import app as notifications
from sample_services.orders import app as orders
from sample_services.web import tokens
from sample_services.web.serve import serving
from sample_services.web.tokens import SAMPLE_SECRET

from apicheck import api
from apicheck.fuzz.client import Client
from apicheck.fuzz.contract import read
from apicheck.fuzz.model import Who
from apicheck.fuzz.run import changes, run

ROOT = Path(__file__).parents[2]
SERVICES = {"orders": orders, "inventory": inventory, "notifications": notifications}
STAFF = tokens.mint(SAMPLE_SECRET, "staff", ("orders:ship", "inventory:admin", "events:deliver"))
ALICE = tokens.mint(SAMPLE_SECRET, "alice")


@cache
def described(name):
    """The operations of a service's contract."""
    path = ROOT / "contracts" / SERVICES[name].CONTRACT
    return read(api.load(str(path)).document)


@pytest.fixture(scope="session")
def start():
    """`with start("orders", fault="orders.x") as base:` on a free port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    ending = []

    def begin(awaitable):
        return asyncio.run_coroutine_threadsafe(awaitable, loop)

    @contextmanager
    def started(name, **settings):
        with ExitStack() as stack:
            if name == "orders":
                settings = {
                    "delay": 0.01,
                    "inventory": stack.enter_context(started("inventory")),
                } | settings
            module = SERVICES[name]
            more = {} if name == "inventory" else {"bus": LocalBus()}
            block = serving(module.build(module.Settings(**settings), **more))
            address = begin(block.__aenter__()).result(15)
            try:
                yield address + described(name).base
            finally:
                ending.append(begin(block.__aexit__(None, None, None)))  # takes its time

    @contextmanager
    def served(app):
        block = serving(app)
        address = begin(block.__aenter__()).result(15)
        try:
            yield address
        finally:
            ending.append(begin(block.__aexit__(None, None, None)))

    started.app = served
    yield started
    for each in ending:
        each.result(15)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="session")
def probe(start):
    """Probe a service; gives the outcome and (rule, operation) of each finding."""

    def probed(name, fault=None, settings=None, **how):
        service = described(name)
        with start(name, **({"fault": fault} if fault else {}), **(settings or {})) as base:
            bearers = {Who.FIRST: f"Bearer {STAFF}", Who.SECOND: f"Bearer {ALICE}"}
            outcome = run(service, Client(base=base, tokens=bearers), **how)
        return outcome, [(each.rule.id, each.label) for each in changes(outcome.breaches, service)]

    return probed
