"""Buses: within the process by default, RabbitMQ by one setting."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from sample_services.events.event import Event

log = logging.getLogger("sample_services.events")

Consumer = Callable[[Event], Awaitable[None]]
#: From a question, a JSON document, to the answer.
Answerer = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class Bus(Protocol):
    """Carries events at least once, to every group of consumers."""

    async def publish(self, event: Event) -> None:
        """Hand over; ConnectionError when the bus cannot take it now."""

    async def subscribe(self, group: str, consumer: Consumer) -> None:
        """Call a consumer with every event from now on. ValueError: not to be tried again."""

    async def answer(self, address: str, answerer: Answerer) -> None:
        """Answer the questions that are put to an address from now on."""

    async def ask(self, address: str, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put a question; ConnectionError when nobody answers in time."""

    def connected(self) -> bool:
        """Whether it can carry anything now."""


class LocalBus:
    """Calls the consumers in this process, one after the other."""

    def __init__(self) -> None:
        self._consumers: list[Consumer] = []
        self._answerers: dict[str, Answerer] = {}

    async def publish(self, event: Event) -> None:
        """Deliver. What a consumer cannot use is dropped with a line in the log."""
        for consumer in self._consumers:
            try:
                await consumer(event)
            except ValueError as error:
                log.warning("event %s was refused: %s", event.id, error)

    async def subscribe(self, group: str, consumer: Consumer) -> None:  # noqa: ARG002
        """Add a consumer; a group has one process here, so its name does not matter."""
        self._consumers.append(consumer)

    async def answer(self, address: str, answerer: Answerer) -> None:
        """Answer questions at an address."""
        self._answerers[address] = answerer

    async def ask(self, address: str, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask whoever answers there."""
        if address not in self._answerers:
            raise ConnectionError(f"nobody answers at {address}")
        return await self._answerers[address](question)

    def connected(self) -> bool:
        """Always."""
        return True


@asynccontextmanager
async def bus(setting: str) -> AsyncIterator[Bus]:
    """The bus of a setting: `local`, or the amqp:// address of a RabbitMQ."""
    if setting == "local":
        yield LocalBus()
        return
    if not setting.startswith(("amqp://", "amqps://")):
        raise LookupError(f"--events takes local or amqp://…, not {setting}")
    from sample_services.events.amqp import connected

    async with connected(setting) as made:
        yield made
