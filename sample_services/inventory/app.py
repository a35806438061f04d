"""The inventory as an application."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sample_services.inventory import faults
from sample_services.inventory.items import Items
from sample_services.inventory.problems import BASE
from sample_services.inventory.reservations import Reservations
from sample_services.inventory.store import Store
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

CONTRACT = "inventory/openapi/2.1.0.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an inventory is started."""

    database: str = ":memory:"
    secret: str = SAMPLE_SECRET
    fault: str | None = None


def build(settings: Settings) -> ASGIApp:
    """An inventory that is ready to be served. LookupError: there is no such fault."""
    store = Store(settings.database)
    items, reservations = Items(store), Reservations(store, Keys(store.database))

    async def database_answers() -> bool:
        return store.database.execute("SELECT 1").fetchone() is not None

    api = Api(
        name="inventory",
        contract=load(CONTRACT),
        problems=BASE,
        secret=settings.secret,
        handlers={
            **items.handlers(),
            **reservations.handlers(),
            "isLive": health.live,
            "isReady": health.ready(database_answers),
        },
        steps=STEPS,
        check=target.check,
        read=bodies.read,
    )
    parts = faults.Parts(items=items, reservations=reservations)
    api = applied(faults.FAULTS, settings.fault, api, parts)

    @asynccontextmanager
    async def lifespan(_: ASGIApp) -> AsyncIterator[None]:
        yield
        store.database.close()

    return application(api, lifespan)
