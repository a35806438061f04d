"""What happens to an order after it was accepted: reserved and confirmed, or given up."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from sample_services.events.event import Event, happened
from sample_services.orders.problems import BASE, OUT_OF_STOCK
from sample_services.orders.states import Status
from sample_services.orders.stock import SilentError, Stock
from sample_services.orders.store import Order, Store, text
from sample_services.web.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sample_services.events.bus import Bus

log = logging.getLogger("sample_services.orders")

TRIES = 4
PAUSE = 0.3  # seconds before the inventory is asked again, growing


class Placing:
    """Work on orders in the background, and tell of it."""

    def __init__(self, store: Store, stock: Stock, bus: Bus, delay: float = 0.0) -> None:
        self.store = store
        self.stock = stock
        self.bus = bus
        self._delay = delay
        self._running: set[asyncio.Task[None]] = set()
        self._told = asyncio.Lock()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def begin(self, order: Order) -> None:
        """Go on with an order without waiting for it."""
        task = asyncio.create_task(self._work(order.id))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def resume(self) -> None:
        """Go on where the process was stopped."""
        for order in self.store.pending():
            self.begin(order)

    async def stop(self) -> None:
        """Leave orders as they are; `resume` finds them."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def alone(self, order: str) -> asyncio.Lock:
        """Held by whoever is about to change an order: nobody else does meanwhile."""
        return self._locks.setdefault(order, asyncio.Lock())

    async def cancel(self, order: Order, reason: str) -> Order:
        """Give the items back and cancel; the order is as before when the inventory is silent."""
        for each in order.reservations:
            await self.stock.settle(each, "released")
        return await self._cancelled(order, reason)

    async def ship(self, order: Order, shipment: Mapping[str, Any]) -> bool:
        """The items left the warehouse; False when they are held back no longer."""
        for each in order.reservations:
            if not await self.stock.settle(each, "shipped"):
                return False
        event = _event(
            order,
            "OrderShipped",
            carrier=shipment["carrier"],
            trackingCode=shipment["trackingCode"],
        )
        self.store.ship(order.id, shipment)
        self.store.save(replace(order, status=Status.SHIPPED), [event])
        await self.tell()
        return True

    async def tell(self) -> None:
        """Send the events that wait. What the bus cannot take now waits for the next time."""
        async with self._told:
            for row, event in self.store.unsent():
                try:
                    await self.bus.publish(event)
                except ConnectionError:
                    log.warning("the bus does not take events now")
                    return
                self.store.sent(row)

    async def _work(self, name: str) -> None:
        await asyncio.sleep(self._delay)
        try:
            await self._reserve(name)
        except Exception:
            log.exception("order %s was given up", name)
            await self._give_up(name, Problem(500), "unavailable")

    async def _reserve(self, name: str) -> None:
        made: list[str] = []
        for tries in range(TRIES):
            order = self.store.order(name)
            if order is None or order.status is not Status.PENDING:
                break  # cancelled meanwhile
            try:
                made = await self._held(order)
                break
            except SilentError as error:
                if tries == TRIES - 1:
                    await self._give_up(name, error.problem(), "unavailable")
                    return
                await asyncio.sleep(PAUSE * 2**tries)
            except Problem as problem:
                await self._give_up(name, problem, "out-of-stock")
                return
        async with self.alone(name):
            order = self.store.order(name)
            if order is not None and order.status is Status.PENDING:
                await self._confirmed(replace(order, reservations=tuple(made)))
                return
        await self._give_back(made)

    async def _held(self, order: Order) -> list[str]:
        """A reservation in each warehouse that has some of the items, all or none."""
        items = order.content["items"]
        levels = await self.stock.levels({each["sku"] for each in items})
        if any(each["sku"] not in levels for each in items):
            raise Problem(409, OUT_OF_STOCK)
        made: list[str] = []
        try:
            for warehouse in sorted({where for where, _ in levels.values()}):
                lines = [each for each in items if levels[each["sku"]][0] == warehouse]
                made.append(await self.stock.reserve(order.id, warehouse, lines))
        except Problem:
            await self._give_back(made)
            raise
        return made

    async def _give_back(self, reservations: Iterable[str]) -> None:
        for each in reservations:
            with suppress(SilentError):  # then it expires by itself
                await self.stock.settle(each, "released")

    async def _confirmed(self, order: Order) -> None:
        event = confirmation(order)
        self.store.save(replace(order, status=Status.CONFIRMED), [event])
        self.store.end(order.id)
        await self.tell()

    async def _cancelled(self, order: Order, reason: str) -> Order:
        content = {**order.content, "cancelledAt": text(datetime.now(UTC))}
        event = _event(order, "OrderCancelled", reason=reason)
        saved = self.store.save(replace(order, status=Status.CANCELLED, content=content), [event])
        self.store.end(order.id)
        await self.tell()
        return saved

    async def _give_up(self, name: str, problem: Problem, reason: str) -> None:
        async with self.alone(name):
            order = self.store.order(name)
            if order is not None and order.status is Status.PENDING:
                self.store.end(name, problem.document(BASE))
                await self._cancelled(order, reason)


def confirmation(order: Order) -> Event:
    """What is told of an order whose items are reserved."""
    return _event(order, "OrderConfirmed", total=order.content["total"])


def _event(order: Order, kind: str, **data: object) -> Event:
    about = {"order": order.id, "customer": order.content["customer"]}
    return happened("/orders", kind, order.id, {**about, **data})
