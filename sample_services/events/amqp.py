"""Events over RabbitMQ: a topic exchange, for each group a durable queue, and dead letters."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aio_pika

from sample_services.events.event import Event, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractRobustConnection

    from sample_services.events.bus import Answerer, Consumer

log = logging.getLogger("sample_services.events")

EXCHANGE = "sample.events"
DEAD = "sample.dead"
_PATIENCE = 2.0  # seconds for the broker to confirm
_PAUSE = 0.5  # seconds before an event that could not be handled now is offered again


class RabbitBus:
    """Publishes with confirms, consumes with acknowledgements: at least once, both ways."""

    def __init__(self, connection: AbstractRobustConnection, channel: AbstractChannel) -> None:
        self._connection = connection
        self._channel = channel

    async def publish(self, event: Event) -> None:
        """Hand over, and wait until the broker has it."""
        message = aio_pika.Message(
            json.dumps(event.document()).encode(),
            content_type="application/cloudevents+json",
            message_id=event.id,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        if not self.connected():  # the channel would wait for the broker, and our client for us
            raise ConnectionError("the broker is not there")
        try:
            async with asyncio.timeout(_PATIENCE):
                exchange = await self._channel.get_exchange(EXCHANGE)
                await exchange.publish(message, routing_key=event.type)
        except (aio_pika.exceptions.AMQPError, TimeoutError, RuntimeError) as error:
            # RuntimeError: aio-pika's word for a channel that was closed meanwhile.
            raise ConnectionError(str(error)) from error

    async def subscribe(self, group: str, consumer: Consumer) -> None:
        """Consume a queue that all processes of the group share."""
        queue = await self._channel.declare_queue(
            f"sample.{group}", durable=True, arguments={"x-dead-letter-exchange": DEAD}
        )
        await queue.bind(EXCHANGE, routing_key="#")

        async def handle(message: AbstractIncomingMessage) -> None:
            try:
                await consumer(read(json.loads(message.body)))
            except (ValueError, AttributeError) as error:
                # It will never be right: to the dead letters, where somebody can look at it.
                log.warning("event %s was refused: %s", message.message_id, error)
                await message.reject(requeue=False)
            except Exception:
                log.exception("event %s could not be handled now", message.message_id)
                await asyncio.sleep(_PAUSE)
                await message.nack(requeue=True)
            else:
                await message.ack()

        await queue.consume(handle)

    async def answer(self, address: str, answerer: Answerer) -> None:
        """Answer what comes to a queue, to where each question wants it."""
        queue = await self._channel.declare_queue(f"sample.{address}", durable=True)

        async def handle(message: AbstractIncomingMessage) -> None:
            async with message.process(requeue=False):
                if not message.reply_to:
                    return
                reply = aio_pika.Message(
                    json.dumps(await answerer(json.loads(message.body))).encode(),
                    content_type="application/json",
                    correlation_id=message.correlation_id,
                )
                where = self._channel.default_exchange
                await where.publish(reply, routing_key=message.reply_to, mandatory=False)

        await queue.consume(handle)

    async def ask(self, address: str, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put a question to a queue, and wait for the answer at one of our own."""
        name = str(uuid.uuid4())
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def handle(message: AbstractIncomingMessage) -> None:
            # An answer to somebody else, or a second one, is none of ours.
            if message.correlation_id == name and not answered.done():
                answered.set_result(message.body)

        if not self.connected():
            raise ConnectionError("the broker is not there")
        try:
            async with asyncio.timeout(_PATIENCE):
                queue = await self._channel.declare_queue(exclusive=True, auto_delete=True)
                await queue.consume(handle, no_ack=True)
                asked = aio_pika.Message(
                    json.dumps(dict(question)).encode(),
                    content_type="application/json",
                    correlation_id=name,
                    reply_to=queue.name,
                    expiration=_PATIENCE,  # nobody wants the answer later
                )
                # It comes back as an error when there is no such queue.
                where = self._channel.default_exchange
                await where.publish(asked, routing_key=f"sample.{address}")
                try:
                    answer: Mapping[str, Any] = json.loads(await answered)
                finally:
                    await queue.delete(if_unused=False, if_empty=False)
                return answer
        except (aio_pika.exceptions.AMQPError, TimeoutError, RuntimeError) as error:
            raise ConnectionError(f"nobody answers at {address}: {error}") from error

    def connected(self) -> bool:
        """Whether the broker is there."""
        return not self._connection.is_closed and self._connection.connected.is_set()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[RabbitBus]:
    """A bus over the broker at this address; ConnectionError (an OSError) when there is none."""
    connection = await aio_pika.connect_robust(url, timeout=5)
    async with connection:
        channel = await connection.channel(publisher_confirms=True)
        await channel.set_qos(prefetch_count=16)
        await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        await channel.declare_exchange(DEAD, aio_pika.ExchangeType.FANOUT, durable=True)
        dead = await channel.declare_queue(DEAD, durable=True)
        await dead.bind(DEAD)
        yield RabbitBus(connection, channel)
