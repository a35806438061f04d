"""The operations on orders, shipments and monitors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sample_services.orders import prices
from sample_services.orders.problems import (
    DUPLICATE_REFERENCE,
    NOT_CANCELLABLE,
    NOT_CHANGEABLE,
    NOT_SHIPPABLE,
    OUT_OF_STOCK,
)
from sample_services.orders.states import Status, is_open, may_become
from sample_services.orders.stock import SilentError, Stock
from sample_services.orders.store import DuplicateError, Order, Store
from sample_services.web import conditions, pages
from sample_services.web.keys import Keys, idempotent
from sample_services.web.problems import INVALID, NOT_FOUND, Problem, invalid
from sample_services.web.replies import Reply, answer, etag, nothing, representation
from sample_services.web.schemas import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sample_services.orders.placing import Placing
    from sample_services.web.calls import Call, Handler

STAFF = "orders:ship"


class Orders:
    """Orders of the callers, each seen by its owner and the staff only."""

    def __init__(self, store: Store, keys: Keys, stock: Stock, placing: Placing) -> None:
        self.store = store
        self.keys = keys
        self.stock = stock
        self.placing = placing

    def handlers(self) -> Mapping[str, Handler]:
        """By operationId."""
        return {
            "listOrders": self.list,
            "createOrder": idempotent(self.keys, self.create),
            "getOrder": self.get,
            "changeOrder": self.change,
            "cancelOrder": self.cancel,
            "getShipment": self.shipment,
            "shipOrder": self.ship,
            "getMonitor": self.monitor,
        }

    def found(self, call: Call) -> Order:
        """The order of the path, or 404: also when it is somebody else's, who need not be told."""
        order = self.store.order(call.path["orderId"])
        if order is None or not (order.owner == call.caller.subject or STAFF in call.caller.scopes):
            raise Problem(404, NOT_FOUND)
        return order

    async def list(self, call: Call) -> Reply:
        """GET /orders."""
        query = call.query
        if {"placedFrom", "placedTo"} <= query.keys() and (
            moment(query["placedFrom"]) > moment(query["placedTo"])
        ):
            raise invalid(400, "placedFrom is after placedTo")
        below = pages.row(query.get("cursor"))
        orders, more = self.store.page(call.caller.subject, below, query["limit"], query)
        page: dict[str, Any] = {"orders": [each.shown() for each in orders]}
        if more is not None:
            page["next"] = pages.cursor(more)
        return answer(200, page)

    async def create(self, call: Call) -> Reply:
        """POST /orders: accept, and go on in the background."""
        body = await call.body()
        content = content_of(body)
        levels = await self._asked({each["sku"] for each in content["items"]})
        for index, each in enumerate(content["items"]):
            if each["sku"] not in levels:
                raise invalid(422, "unknown SKUs", f"/items/{index}/sku")
        wanted: dict[str, int] = {}
        for each in content["items"]:
            wanted[each["sku"]] = wanted.get(each["sku"], 0) + each["quantity"]
        if any(quantity > levels[sku][1] for sku, quantity in wanted.items()):
            raise Problem(409, OUT_OF_STOCK)
        try:
            order, monitor = self.store.place(call.caller.subject, content)
        except DuplicateError:
            raise Problem(409, DUPLICATE_REFERENCE) from None
        self.placing.begin(order)
        place = f"{call.api.contract.base}/monitors/{monitor.id}"
        return answer(202, monitor.shown(), Location=place, Retry_After="1")

    async def get(self, call: Call) -> Reply:
        """GET /orders/{orderId}."""
        order = self.found(call)
        return representation(order.shown(), order.changed)

    async def change(self, call: Call) -> Reply:
        """PATCH /orders/{orderId}: a merge patch of what the customer may still change."""
        self._current(call)
        patch = await call.body()
        async with self.placing.alone(self.found(call).id):
            order = self._current(call)  # somebody may have changed it while the content came
            content = merged(order.content, patch)
            _check_delivery(content)
            if not is_open(order.status):
                raise Problem(409, NOT_CHANGEABLE, f"it is {order.status}")
            try:
                saved = self.store.save(replace(order, content=content))
            except DuplicateError:
                raise Problem(409, DUPLICATE_REFERENCE) from None
        return representation(saved.shown())

    async def cancel(self, call: Call) -> Reply:
        """PUT /orders/{orderId}/cancellation. A cancelled order stays as it is."""
        self._current(call)
        reason = (await call.body())["reason"]
        async with self.placing.alone(self.found(call).id):
            order = self._current(call)
            if order.status is not Status.CANCELLED:
                if not may_become(order.status, Status.CANCELLED):
                    raise Problem(409, NOT_CANCELLABLE, f"it is {order.status}")
                try:
                    order = await self.placing.cancel(order, reason)
                except SilentError as error:
                    raise error.problem() from None
        return representation(order.shown())

    async def shipment(self, call: Call) -> Reply:
        """GET /orders/{orderId}/shipment."""
        shipment = self.store.shipment(self.found(call).id)
        if shipment is None:
            raise Problem(404, NOT_FOUND)
        return representation(shipment)

    async def ship(self, call: Call) -> Reply:
        """PUT /orders/{orderId}/shipment: shipped the first time, then delivered."""
        self._shipment_current(call)
        shipment = {"delivered": False, **await call.body()}
        shipment = {name: shipment[name] for name in ("carrier", "trackingCode", "delivered")}
        async with self.placing.alone(self.found(call).id):
            order = self._shipment_current(call)
            before = self.store.shipment(order.id)
            if before is None:
                if not may_become(order.status, Status.SHIPPED):
                    raise Problem(409, NOT_SHIPPABLE, f"it is {order.status}")
                try:
                    shipped = await self.placing.ship(order, shipment)
                except SilentError as error:
                    raise error.problem() from None
                if not shipped:
                    raise Problem(409, NOT_SHIPPABLE, "its items are held back no longer")
                order = replace(order, status=Status.SHIPPED)
            elif before["delivered"] and not shipment["delivered"]:
                raise Problem(409, NOT_SHIPPABLE, "it is delivered")
            self.store.ship(order.id, shipment)
            if shipment["delivered"] and may_become(order.status, Status.DELIVERED):
                self.store.save(replace(order, status=Status.DELIVERED))
        if before is not None:
            return representation(shipment)
        place = f"{call.api.contract.base}/orders/{order.id}/shipment"
        return representation(shipment, status=201, Location=place)

    async def monitor(self, call: Call) -> Reply:
        """GET /monitors/{monitorId}: running, failed, or see the order (303)."""
        monitor = self.store.monitor(call.path["monitorId"])
        if monitor is None or monitor.owner != call.caller.subject:
            raise Problem(404, NOT_FOUND)
        if monitor.done:
            return nothing(303, Location=f"{call.api.contract.base}/orders/{monitor.order}")
        reply = answer(200, monitor.shown())
        return reply if monitor.problem else reply.having(Retry_After="1")

    def _current(self, call: Call) -> Order:
        order = self.found(call)
        conditions.for_writing(call.request, etag(order.shown()), demanded=True)
        return order

    def _shipment_current(self, call: Call) -> Order:
        order = self.found(call)
        shipment = self.store.shipment(order.id)
        conditions.for_writing(call.request, None if shipment is None else etag(shipment))
        return order

    async def _asked(self, skus: set[str]) -> dict[str, tuple[str, int]]:
        try:
            return await self.stock.levels(skus)
        except SilentError as error:
            raise error.problem() from None


def content_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """What of a new order is kept and shown; 422 where it makes no sense."""
    items = [{"sku": each["sku"], "quantity": int(each["quantity"])} for each in body["items"]]
    unknown = [
        {"pointer": f"/items/{index}/sku", "detail": "is not sold"}
        for index, each in enumerate(items)
        if each["sku"] not in prices.PRICES
    ]
    if unknown:
        raise Problem(422, INVALID, "unknown SKUs", errors=unknown)
    _check_delivery(body)
    return {
        "customer": body["customer"].lower(),
        "items": items,
        "total": {"amount": prices.total(items), "currency": body["currency"]},
        **{name: body[name] for name in ("note", "reference", "delivery") if name in body},
    }


def _check_delivery(content: Mapping[str, Any]) -> None:
    delivery = content.get("delivery", {})
    if {"earliest", "latest"} <= delivery.keys() and delivery["earliest"] > delivery["latest"]:
        raise invalid(422, "earliest is after latest", "/delivery/latest")


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396, 2."""
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = merged(made.get(name), value)
    return made
