"""Faults in what requests do: making, replacing, removing, repeating."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sample_services.inventory.items import new
from sample_services.inventory.problems import DUPLICATE_SKU
from sample_services.web import bodies, conditions
from sample_services.web.faults import (
    StandIn,
    answers,
    become,
    contents,
    dropping,
    handling,
    raising,
    status,
    value,
)
from sample_services.web.keys import Keys, idempotent
from sample_services.web.problems import Problem
from sample_services.web.replies import Reply, answer, etag, nothing, representation

if TYPE_CHECKING:
    from starlette.requests import Request

    from sample_services.inventory.faults.parts import Faults, Parts
    from sample_services.web.calls import Api, Call, Handler

_PAUSE = 0.1  # seconds between looking and acting: room for a race


def _not_removed(parts: Parts) -> StandIn:
    async def delete(call: Call, _: Handler) -> Reply:
        parts.items.found(call)
        return nothing(204)

    return delete


def _absent_500(_: Call, problem: Problem) -> Reply:
    raise Problem(500) if problem.status == 404 else problem


def _still_listed(api: Api, parts: Parts) -> Api:
    gone: dict[str, Any] = {}
    delete, listed = api.handlers["deleteItem"], api.handlers["listItems"]

    async def deleting(call: Call) -> Reply:
        item = parts.items.store.item(call.path["sku"])
        reply = await delete(call)
        if item is not None:
            gone[item.sku] = item.shown()
        return reply

    async def listing(call: Call) -> Reply:
        reply = await listed(call)
        if reply.media != "application/json":
            return reply
        return answer(200, {"items": [*value(reply)["items"], *gone.values()]}, Vary="Accept")

    handlers = {**api.handlers, "deleteItem": deleting, "listItems": listing}
    return replace(api, handlers=handlers)


def _elsewhere(_: Request, reply: Reply) -> Reply:
    return reply.having(Location=reply.headers["Location"].replace("/items/", "/item/"))


def _made_anyway(api: Api, parts: Parts) -> Api:
    async def read(call: Call) -> Any:
        try:
            return await bodies.read(call)
        except Problem as problem:
            wrong = [each["pointer"] for each in problem.members.get("errors", [])]
            if call.operation.id == "createItem" and wrong == ["/weight"]:
                body = bodies.parsed(await bodies.content(call))
                parts.items.store.add(new(body["sku"], {"name": body["name"]}))
            raise

    return replace(api, read=read)


def _counted_anyway(parts: Parts) -> StandIn:
    async def count(call: Call, handler: Handler) -> Reply:
        try:
            return await handler(call)
        except Problem as problem:
            if problem.status == 412:
                body = await call.body()
                parts.items.store.count(call.path["sku"], int(body["onHand"]))
            raise

    return count


def _added_up(parts: Parts) -> StandIn:
    async def count(call: Call, handler: Handler) -> Reply:
        before = parts.items.found(call).on_hand

        async def read(inner: Call) -> Any:
            body = await call.read(inner)
            return {**body, "onHand": before + int(body["onHand"])}

        return await handler(replace(call, read=read))

    return count


def _kept(parts: Parts) -> StandIn:
    async def put(call: Call, handler: Handler) -> Reply:
        item = parts.items.store.item(call.path["sku"])

        async def read(inner: Call) -> Any:
            body = await call.read(inner)
            return body if item is None else {**item.shown(), **body}

        return await handler(replace(call, read=read))

    return put


def _overwritten(parts: Parts) -> StandIn:
    async def create(call: Call, handler: Handler) -> Reply:
        try:
            return await handler(call)
        except Problem as problem:
            if problem.kind is not DUPLICATE_SKU:
                raise
            body = await call.body()
            parts.items.store.remove(body["sku"])
            return await handler(call)

    return create


def _released_anyway(_: Call, problem: Problem) -> Reply:
    if problem.status != 409:
        raise problem
    return nothing(204)


def _late_look(parts: Parts) -> StandIn:
    async def create(call: Call, handler: Handler) -> Reply:
        body = await call.body()
        there = parts.items.store.item(body["sku"]) is not None
        await asyncio.sleep(_PAUSE)
        if not there and parts.items.store.item(body["sku"]) is not None:
            parts.items.store.remove(body["sku"])  # "it was not there, so it is mine"
        return await handler(call)

    return create


def _late_count(parts: Parts) -> StandIn:
    async def count(call: Call, _: Handler) -> Reply:
        item = parts.items.found(call)
        conditions.for_writing(call.request, etag(parts.items.level(item)), demanded=True)
        body = await call.body()
        await asyncio.sleep(_PAUSE)
        parts.items.store.count(item.sku, int(body["onHand"]))
        return representation(parts.items.level(parts.items.found(call)))

    return count


class _PerBody(Keys):
    """Takes key and content together for the key."""

    def begin(self, scope: str, key: str, request: str) -> Reply | None:
        return super().begin(f"{scope} {request}", key, request)

    def finish(self, scope: str, key: str, reply: Reply) -> None:
        super().finish(self._under_way(scope, key), key, reply)

    def forget(self, scope: str, key: str) -> None:
        super().forget(self._under_way(scope, key), key)

    def _under_way(self, scope: str, key: str) -> str:
        (found,) = self.database.execute(
            "SELECT scope FROM keys WHERE scope LIKE ? AND key = ? AND status IS NULL",
            (f"{scope} %", key),
        ).fetchone()
        return str(found)


def _key_per_body(api: Api, parts: Parts) -> Api:
    keys = _PerBody(parts.reservations.keys.database)
    handler = idempotent(keys, parts.reservations.create)
    return replace(api, handlers={**api.handlers, "createReservation": handler})


def _key_missing_500(request: Request, reply: Reply) -> Reply:
    return reply if "Idempotency-Key" in request.headers else become(500)(request, reply)


def _replayed_bare(api: Api, parts: Parts) -> Api:
    class Bare(Keys):
        def begin(self, scope: str, key: str, request: str) -> Reply | None:
            first = super().begin(scope, key, request)
            return first and first.without("Location")

    handler = idempotent(Bare(parts.reservations.keys.database), parts.reservations.create)
    return replace(api, handlers={**api.handlers, "createReservation": handler})


FAULTS: Faults = {
    "inventory.deleted-still-there": handling(_not_removed, "deleteItem"),
    "inventory.second-delete-500": raising(_absent_500, "deleteItem"),
    "inventory.deleted-still-listed": _still_listed,
    "inventory.created-200": answers(status(200), "createItem", status={201}),
    "inventory.created-without-location": answers(
        dropping("Location"), "createReservation", status={201}
    ),
    "inventory.location-elsewhere": answers(_elsewhere, "createItem", status={201}),
    "inventory.delete-201": answers(status(201), "deleteItem", status={204}),
    "inventory.refused-item-made": _made_anyway,
    "inventory.refused-count-stored": handling(_counted_anyway, "setStock"),
    "inventory.counts-added-up": handling(_added_up, "setStock"),
    "inventory.put-keeps-old": handling(_kept, "putItem"),
    "inventory.put-made-200": answers(status(200), "putItem", status={201}),
    "inventory.patch-wipes-weight": contents(lambda patch: {"weight": None, **patch}, "changeItem"),
    "inventory.duplicate-overwrites": handling(_overwritten, "createItem"),
    "inventory.shipped-released": raising(_released_anyway, "releaseReservation"),
    "inventory.race-two-made": handling(_late_look, "createItem"),
    "inventory.race-both-counted": handling(_late_count, "setStock"),
    "inventory.key-per-body": _key_per_body,
    "inventory.key-missing-500": answers(_key_missing_500, "createReservation", status={400}),
    "inventory.replay-without-location": _replayed_bare,
}
