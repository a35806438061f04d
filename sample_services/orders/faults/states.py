"""Faults in what requests do: resources, states, repetition."""

from __future__ import annotations

import asyncio
import sys
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sample_services.orders.problems import BASE, DUPLICATE_REFERENCE
from sample_services.orders.resources import content_of, merged
from sample_services.orders.states import Status
from sample_services.web import parameters
from sample_services.web.faults import (
    StandIn,
    answers,
    around,
    become,
    contents,
    dropping,
    handling,
    headers,
    raising,
    requests,
    setting,
    status,
    value,
)
from sample_services.web.keys import Keys, idempotent
from sample_services.web.problems import Problem
from sample_services.web.replies import Reply, answer, dumped, refused, representation

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from sample_services.orders.faults.parts import Faults, Parts
    from sample_services.web.calls import Api, Around, Call, Handler, Proceed


def _absent(_: Call, problem: Problem) -> Reply:
    if problem.status != 404:
        raise problem
    return answer(200, None)


def _absent_400(_: Call, problem: Problem) -> Reply:
    raise Problem(400, problem.kind) if problem.status == 404 else problem


def _malformed_500(call: Call) -> Call:
    try:
        return parameters.checked(call)
    except Problem as problem:
        raise Problem(500) if problem.status == 404 else problem from None


def _running(_: Request, __: Reply) -> Reply:
    content = {"id": str(uuid.UUID(int=0)), "state": "running"}
    return answer(200, content, Retry_After="1")


def _stored_anyway(parts: Parts) -> StandIn:
    async def create(call: Call, handler: Handler) -> Reply:
        try:
            return await handler(call)
        except Problem as problem:
            if problem.status == 409 and problem.kind is not None:
                content = content_of(await call.body())
                content.pop("reference", None)
                parts.orders.store.place(call.caller.subject, content)
            raise

    return create


def _changed_anyway(parts: Parts) -> StandIn:
    async def change(call: Call, handler: Handler) -> Reply:
        try:
            return await handler(call)
        except Problem as problem:
            if problem.status == 412:
                order = parts.orders.found(call)
                content = merged(order.content, await call.body())
                parts.orders.store.save(replace(order, content=content))
            raise

    return change


def _whole(patch: Any) -> Any:
    return {"note": None, "reference": None, "delivery": None, **patch}


def _without_nulls(patch: Any) -> Any:
    return {name: each for name, each in patch.items() if each is not None}


def _get_cancels(_: Api, parts: Parts) -> Around:
    async def cancelling(request: Request, proceed: Proceed) -> Reply:
        reply = await proceed(request)
        path = request.scope["path"]
        if reply.status != 405 or request.method != "GET" or not path.endswith("/cancellation"):
            return reply
        order = parts.orders.store.order(path.split("/")[-2])
        if order is None:
            return reply
        cancelled = parts.orders.store.save(replace(order, status=Status.CANCELLED))
        return representation(cancelled.shown())

    return cancelling


def _reading_counts(parts: Parts) -> StandIn:
    async def get(call: Call, handler: Handler) -> Reply:
        order = parts.orders.found(call)
        seen = {**order.content, "note": f"{order.content.get('note', '')}."[-500:]}
        parts.orders.store.save(replace(order, content=seen))
        return await handler(call)

    return get


def _duplicate_taken(_: Parts) -> StandIn:
    async def create(call: Call, handler: Handler) -> Reply:
        async def nameless(inner: Call) -> Any:
            body = await call.read(inner)
            return {name: each for name, each in body.items() if name != "reference"}

        try:
            return await handler(call)
        except Problem as problem:
            if problem.kind is not DUPLICATE_REFERENCE:
                raise
            return await handler(replace(call, read=nameless))

    return create


def _duplicate_500(_: Call, problem: Problem) -> Reply:
    raise Problem(500) if problem.kind is DUPLICATE_REFERENCE else problem


def _cancelled_anyway(parts: Parts) -> StandIn:
    async def cancel(call: Call, handler: Handler) -> Reply:
        try:
            return await handler(call)
        except Problem as problem:
            if problem.status != 409:
                raise
            return representation(parts.orders.found(call).shown())

    return cancel


def _success_false(_: Call, problem: Problem) -> Reply:
    if problem.status != 409:
        raise problem
    return answer(200, {"success": False, "error": problem.detail})


def _ship_again_409(parts: Parts) -> StandIn:
    async def ship(call: Call, handler: Handler) -> Reply:
        order = parts.orders.found(call)
        if parts.orders.store.shipment(order.id) is not None:
            raise Problem(409)
        return await handler(call)

    return ship


# Idempotency-Key


def _keys(make: Callable[[Keys], Keys]) -> Callable[[Api, Parts], Api]:
    def fault(api: Api, parts: Parts) -> Api:
        handler = idempotent(make(parts.orders.keys), parts.orders.create)
        return replace(api, handlers={**api.handlers, "createOrder": handler})

    return fault


class _Forgetful(Keys):
    """Does not see that a request is under way."""

    def begin(self, scope: str, key: str, request: str) -> Reply | None:
        try:
            return super().begin(scope, key, request)
        except Problem as problem:
            if problem.status == 409:
                return None
            raise


def _both_slowly(api: Api, parts: Parts) -> Api:
    """Time enough for two requests to be under way together."""
    keys = _Forgetful(parts.orders.keys.database)

    async def create(call: Call) -> Reply:
        await asyncio.sleep(0.1)
        return await parts.orders.create(call)

    return replace(api, handlers={**api.handlers, "createOrder": idempotent(keys, create)})


class _Careless(Keys):
    """Looks at the key and not at what it was sent with."""

    def begin(self, scope: str, key: str, request: str) -> Reply | None:  # noqa: ARG002
        return super().begin(scope, key, "")


class _Final(Keys):
    """Takes a failure for the answer, for ever."""

    def forget(self, scope: str, key: str) -> None:
        error = sys.exception()  # forget is called while it is handled
        if not isinstance(error, Problem) or error.status < 500:
            super().forget(scope, key)
            return
        self.finish(scope, key, refused(error, BASE))


class _Downgrading(Keys):
    """Answers a repetition with 200 instead of the first status."""

    def begin(self, scope: str, key: str, request: str) -> Reply | None:
        first = super().begin(scope, key, request)
        return first and replace(first, status=200)


def _own(kind: type[Keys]) -> Callable[[Keys], Keys]:
    return lambda keys: kind(keys.database)


def _key_ignored(api: Api, parts: Parts) -> Api:
    return replace(api, handlers={**api.handlers, "createOrder": parts.orders.create})


def _key_made_up(request: Request) -> Request:
    if "Idempotency-Key" in request.headers:
        return request
    return headers(request, Idempotency_Key=str(uuid.uuid4()))


def _same_page_again(_: Request, reply: Reply) -> Reply:
    page = value(reply)
    return answer(200, {"next": "cm93IDEwMDAwMDA=", **page} if page.get("orders") else page)


def _amount_as_text(_: Request, reply: Reply) -> Reply:
    shown = value(reply)
    total = {**shown["total"], "amount": str(shown["total"]["amount"])}
    return replace(reply, content=dumped({**shown, "total": total}))


FAULTS: Faults = {
    "orders.absent-200": raising(_absent, "getOrder"),
    "orders.absent-400": raising(_absent_400, "cancelOrder"),
    "orders.malformed-id-500": lambda api, _: replace(
        api,
        steps=tuple(_malformed_500 if each is parameters.checked else each for each in api.steps),
    ),
    "orders.accepted-without-monitor": answers(dropping("Location"), "createOrder", status={202}),
    "orders.monitor-runs-for-ever": answers(_running, "getMonitor", status={303}),
    "orders.monitor-leads-nowhere": answers(
        setting(Location=f"/v2/orders/{uuid.UUID(int=0)}"), "getMonitor", status={303}
    ),
    "orders.monitor-303-without-location": answers(
        dropping("Location"), "getMonitor", status={303}
    ),
    "orders.monitor-201": answers(status(201), "getMonitor", status={200}),
    "orders.refused-but-stored": handling(_stored_anyway, "createOrder"),
    "orders.refused-change-applied": handling(_changed_anyway, "changeOrder"),
    "orders.patch-wipes": contents(_whole, "changeOrder"),
    "orders.patch-ignores-null": contents(_without_nulls, "changeOrder"),
    "orders.get-cancels": around(_get_cancels),
    "orders.reading-counts": handling(_reading_counts, "getOrder"),
    "orders.duplicate-reference-500": raising(_duplicate_500, "createOrder"),
    "orders.duplicate-reference-taken": handling(_duplicate_taken, "createOrder"),
    "orders.shipped-cancelled-200": handling(_cancelled_anyway, "cancelOrder"),
    "orders.conflict-success-false": raising(_success_false, "cancelOrder"),
    "orders.unshippable-400": answers(become(400), "shipOrder", status={409}),
    "orders.ship-again-409": handling(_ship_again_409, "shipOrder"),
    "orders.ship-again-201": answers(status(201), "shipOrder", status={200}),
    "orders.key-ignored": _key_ignored,
    "orders.key-replay-200": _keys(_own(_Downgrading)),
    "orders.key-mismatch-replayed": _keys(_own(_Careless)),
    "orders.key-optional": requests(_key_made_up, "createOrder"),
    "orders.key-in-flight-twice": _both_slowly,
    "orders.key-remembers-503": _keys(_own(_Final)),
    "orders.last-page-goes-on": answers(_same_page_again, "listOrders", status={200}),
    "orders.total-as-text": answers(_amount_as_text, "getOrder", status={200}),
}
