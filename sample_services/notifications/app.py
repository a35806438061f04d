"""Notifications as an application."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sample_services.events.bus import Bus, LocalBus
from sample_services.notifications import faults
from sample_services.notifications.consumer import Consumer
from sample_services.notifications.problems import BASE
from sample_services.notifications.resources import Notifications
from sample_services.notifications.store import Store
from sample_services.web import bodies, health, target
from sample_services.web.calls import Api
from sample_services.web.contract import load
from sample_services.web.dispatch import STEPS, application
from sample_services.web.faults import applied
from sample_services.web.tokens import SAMPLE_SECRET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

CONTRACT = "notifications/openapi/1.0.0.yaml"
GROUP = "notifications"
_CONFIRMATIONS = "orders.confirmations"  # where orders answers, by its contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How notifications is started."""

    database: str = ":memory:"
    secret: str = SAMPLE_SECRET
    fault: str | None = None


def build(settings: Settings, bus: Bus | None = None) -> ASGIApp:
    """Notifications, ready to be served. LookupError: there is no such fault."""
    bus = bus or LocalBus()
    store = Store(settings.database)
    notifications = Notifications(store, Consumer(store, partial(bus.ask, _CONFIRMATIONS)))

    async def neighbours_answer() -> bool:
        return store.database.execute("SELECT 1").fetchone() is not None and bus.connected()

    api = Api(
        name="notifications",
        contract=load(CONTRACT),
        problems=BASE,
        secret=settings.secret,
        handlers={
            **notifications.handlers(),
            "isLive": health.live,
            "isReady": health.ready(neighbours_answer),
        },
        steps=STEPS,
        check=target.check,
        read=bodies.read,
    )
    parts = faults.Parts(notifications=notifications)
    api = applied(faults.FAULTS, settings.fault, api, parts)

    @asynccontextmanager
    async def lifespan(_: ASGIApp) -> AsyncIterator[None]:
        # Asked for late, so that a fault may stand in for the consumer.
        await bus.subscribe(GROUP, notifications.consumer.take)
        yield
        store.database.close()

    return application(api, lifespan)
