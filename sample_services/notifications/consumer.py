"""Events in, notifications out: once for each event, however often it is delivered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sample_services.events.event import read
from sample_services.notifications.store import Notification, Store, new
from sample_services.web.contract import STORE
from sample_services.web.keys import fingerprint
from sample_services.web.schemas import broken, compiled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sample_services.events.event import Event

    #: Puts a question to orders; ConnectionError when nobody answers.
    Ask = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]

TEXTS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str]]] = {
    "OrderConfirmed": (
        "confirmed",
        lambda data: (
            f"We have your order. It costs {data['total']['amount'] // 100}."
            f"{data['total']['amount'] % 100:02} {data['total']['currency']}."
        ),
    ),
    "OrderCancelled": ("cancelled", lambda data: f"Your order is cancelled: {data['reason']}."),
    "OrderShipped": (
        "shipped",
        lambda data: f"Your order is on its way: {data['carrier']} {data['trackingCode']}.",
    ),
}
_VERSION = "1.0.0.json"


class DiffersError(ValueError):
    """An event with the id of another one."""


class BadDataError(ValueError):
    """Data that break the contract of their event; `errors` says where."""

    def __init__(self, kind: str, errors: list[dict[str, str]]) -> None:
        super().__init__(f"the data break the contract of {kind}")
        self.errors = [{**each, "pointer": f"/data{each['pointer']}"} for each in errors]


async def _nobody(_: Mapping[str, Any]) -> Mapping[str, Any]:
    raise ConnectionError("there is nobody to ask")


class Consumer:
    """Called by the bus, and by `POST /events`."""

    def __init__(self, store: Store, ask: Ask = _nobody) -> None:
        self.store = store
        self._ask = ask
        self._schemas = {
            kind: compiled(
                json.loads((STORE / "orders" / "events" / kind / _VERSION).read_text("utf-8"))
            )
            for kind in TEXTS
        }

    async def take(self, event: Event) -> None:
        """Tell the customer, unless that was done. ValueError: the event will never be right."""
        content = fingerprint([event.type, dict(event.data)])
        before = self.store.handled(event.source, event.id)
        if before == content:
            return
        if before is not None:
            raise DiffersError("another event with this id and source was handled")
        if event.type == "OrderShipped" and not self.broken(event):
            await self._missed(event.data["order"])
        self.store.handle(event.source, event.id, content, self.told(event))

    async def _missed(self, order: str) -> None:
        """Ask for the confirmation of an order that is shipped already, if none came."""
        if self.store.told(order, "confirmed"):
            return
        try:
            found = read(await self._ask({"order": order}))
        except (ConnectionError, ValueError):
            return  # nobody to ask, or it never was confirmed: what we came for can be told
        if found.type == "OrderConfirmed":
            await self.take(found)

    def broken(self, event: Event) -> list[dict[str, str]]:
        """Where the data of an event break its contract."""
        return broken(self._schemas[event.type], dict(event.data))

    def told(self, event: Event) -> Notification | None:
        """What is to be sent; nothing for types that are not ours."""
        if event.type not in TEXTS:
            return None
        if errors := self.broken(event):
            raise BadDataError(event.type, errors)
        about, text = TEXTS[event.type]
        return new(event.data["customer"], event.data["order"], about, text(event.data)[:500])
