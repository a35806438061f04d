"""Orders as an application."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sample_services.events.bus import Bus, LocalBus
from sample_services.orders import again, faults
from sample_services.orders.placing import Placing
from sample_services.orders.problems import BASE
from sample_services.orders.resources import Orders
from sample_services.orders.stock import Stock, client
from sample_services.orders.store import Store
from sample_services.web import bodies, health, target
from sample_services.web.calls import Api
from sample_services.web.contract import load
from sample_services.web.dispatch import STEPS, application
from sample_services.web.faults import applied
from sample_services.web.keys import Keys
from sample_services.web.tokens import SAMPLE_SECRET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

CONTRACT = "orders/openapi/2.1.0.yaml"
_RELAY = 1.0  # seconds between two looks for events that could not be sent at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How orders is started. `inventory` is a base URL, with the path of its version."""

    inventory: str
    database: str = ":memory:"
    secret: str = SAMPLE_SECRET
    deadline: float = 2.0  # seconds for an answer of the inventory
    delay: float = 0.05  # seconds before an accepted order is worked on
    fault: str | None = None


def build(settings: Settings, bus: Bus | None = None) -> ASGIApp:
    """Orders, ready to be served. LookupError: there is no such fault."""
    bus = bus or LocalBus()
    store = Store(settings.database)
    stock = Stock(
        base=settings.inventory,
        secret=settings.secret,
        deadline=settings.deadline,
        client=client(settings.inventory),
    )
    placing = Placing(store, stock, bus, settings.delay)
    orders = Orders(store, Keys(store.database), stock, placing)

    async def database_answers() -> bool:
        return store.database.execute("SELECT 1").fetchone() is not None

    api = Api(
        name="orders",
        contract=load(CONTRACT),
        problems=BASE,
        secret=settings.secret,
        handlers={
            **orders.handlers(),
            "isLive": health.live,
            "isReady": health.ready(database_answers, stock.ready),
        },
        steps=STEPS,
        check=target.check,
        read=bodies.read,
    )
    api = applied(faults.FAULTS, settings.fault, api, faults.Parts(orders=orders))

    async def relay() -> None:
        while True:
            await asyncio.sleep(_RELAY)
            await placing.tell()

    @asynccontextmanager
    async def lifespan(_: ASGIApp) -> AsyncIterator[None]:
        await bus.answer(again.ADDRESS, again.answerer(store))
        placing.resume()
        relaying = asyncio.create_task(relay())
        yield
        relaying.cancel()
        await placing.stop()
        await stock.client.aclose()
        store.database.close()

    return application(api, lifespan)
