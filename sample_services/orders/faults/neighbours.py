"""Faults in what is answered when the inventory is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sample_services.orders.states import Status
from sample_services.web.faults import StandIn, answers, become, dropping, handling, setting
from sample_services.web.problems import UNAVAILABLE, Problem
from sample_services.web.replies import Reply, answer
from sample_services.web.tokens import mint

if TYPE_CHECKING:
    from sample_services.orders.faults.parts import Faults, Parts
    from sample_services.web.calls import Call, Handler


def _live_asks(parts: Parts) -> StandIn:
    async def live(call: Call, handler: Handler) -> Reply:
        if not await parts.orders.stock.ready():
            raise Problem(503, UNAVAILABLE, headers={"Retry-After": "1"})
        return await handler(call)

    return live


def _always_ready(_: Parts) -> StandIn:
    async def ready(_: Call, __: Handler) -> Reply:
        return answer(200, {"status": "ok"})

    return ready


def _refusal_relayed(parts: Parts) -> StandIn:
    async def create(call: Call, handler: Handler) -> Reply:
        try:
            return await handler(call)
        except Problem as problem:
            if problem.status != 503:
                raise
            stock = parts.orders.stock
            token = mint(stock.secret, "orders")
            response = await stock.client.get(
                f"{stock.base}/items", headers={"Authorization": f"Bearer {token}"}
            )
            if response.status_code != 401:
                raise
            challenge = response.headers["WWW-Authenticate"]
            raise Problem(401, headers={"WWW-Authenticate": challenge}) from None

    return create


def _address_shown(parts: Parts) -> StandIn:
    async def create(call: Call, handler: Handler) -> Reply:
        try:
            return await handler(call)
        except Problem as problem:
            if problem.status == 503:
                problem.detail = f"ConnectError: POST {parts.orders.stock.base}/stock-levels/query"
            raise

    return create


def _half_cancelled(parts: Parts) -> StandIn:
    async def cancel(call: Call, handler: Handler) -> Reply:
        try:
            return await handler(call)
        except Problem as problem:
            if problem.status in {503, 504}:
                order = parts.orders.found(call)
                parts.orders.store.save(replace(order, status=Status.CANCELLED))
            raise

    return cancel


FAULTS: Faults = {
    "orders.neighbour-down-500": answers(become(500), "createOrder", status={503}),
    "orders.neighbour-late-400": answers(become(400), "createOrder", status={504}),
    "orders.neighbour-401-relayed": handling(_refusal_relayed, "createOrder"),
    "orders.neighbour-address-shown": handling(_address_shown, "createOrder"),
    "orders.half-cancelled": handling(_half_cancelled, "cancelOrder"),
    "orders.503-without-retry-after": answers(dropping("Retry-After"), status={503}),
    "orders.retry-after-soon": answers(setting(Retry_After="soon"), status={503}),
    "orders.live-needs-neighbour": handling(_live_asks, "isLive"),
    "orders.ready-without-neighbour": handling(_always_ready, "isReady"),
}
