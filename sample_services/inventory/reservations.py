"""Operations on reservations: held, then shipped or released; expired when nobody cares."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sample_services.inventory.problems import ALREADY_SETTLED, OUT_OF_STOCK
from sample_services.web import conditions, database
from sample_services.web.keys import Keys, idempotent
from sample_services.web.problems import INVALID, NOT_FOUND, Problem
from sample_services.web.replies import Reply, etag, nothing, representation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sample_services.inventory.store import Reservation, Store
    from sample_services.web.calls import Call, Handler

# RFC 9745: since when DELETE is deprecated (2026-09-01). RFC 8594: when it goes.
DEPRECATED = {
    "Deprecation": "@1788220800",
    "Sunset": "Fri, 31 Dec 2027 23:59:59 GMT",
    "Link": '<https://inventory.example.com/docs/releasing>; rel="deprecation"; type="text/html"',
}


class Reservations:
    """What is held back."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self.store = store
        self.keys = keys

    def handlers(self) -> Mapping[str, Handler]:
        """By operationId."""
        return {
            "createReservation": idempotent(self.keys, self.create),
            "getReservation": self.get,
            "settleReservation": self.settle,
            "releaseReservation": self.release,
        }

    def found(self, call: Call) -> Reservation:
        """The reservation of the path, or 404."""
        reservation = self.store.reservation(call.path["reservationId"])
        if reservation is None:
            raise Problem(404, NOT_FOUND)
        return reservation

    async def create(self, call: Call) -> Reply:
        """POST /reservations: all or nothing."""
        body = await call.body()
        wanted: Counter[str] = Counter()
        for line in body["lines"]:
            wanted[line["sku"]] += int(line["quantity"])
        unknown = [
            {"pointer": f"/lines/{index}/sku", "detail": "is not sold"}
            for index, line in enumerate(body["lines"])
            if self.store.item(line["sku"]) is None
        ]
        if unknown:
            raise Problem(422, INVALID, "unknown SKUs", errors=unknown)
        with database.transaction(self.store.database):
            missing = [
                {"sku": sku, "quantity": min(1000, quantity - free)}
                for sku, quantity in wanted.items()
                if (free := self._free(sku, body["warehouse"])) < quantity
            ]
            if missing:
                raise Problem(409, OUT_OF_STOCK, missing=missing)
            lines = [
                {"sku": line["sku"], "quantity": int(line["quantity"])} for line in body["lines"]
            ]
            made = self.store.hold(body["order"], lines, int(body.get("holdFor", 3600)))
        place = f"{call.api.contract.base}/reservations/{made.id}"
        return representation(made.shown(), status=201, Location=place)

    async def get(self, call: Call) -> Reply:
        """GET /reservations/{reservationId}."""
        return representation(self.found(call).shown())

    async def settle(self, call: Call) -> Reply:
        """PUT /reservations/{reservationId}/state."""
        conditions.for_writing(call.request, etag(self.found(call).shown()))
        wanted = (await call.body())["state"]
        reservation = self.found(call)
        if reservation.state == "held":
            self.store.settle(reservation, wanted)
        elif reservation.state != wanted:
            raise Problem(409, ALREADY_SETTLED, f"it is {reservation.state}")
        return representation(self.found(call).shown())

    async def release(self, call: Call) -> Reply:
        """DELETE /reservations/{reservationId}, the deprecated way to release."""
        reservation = self.found(call)
        if reservation.state == "held":
            self.store.settle(reservation, "released")
        elif reservation.state != "released":
            headers = dict(DEPRECATED)
            raise Problem(409, ALREADY_SETTLED, f"it is {reservation.state}", headers=headers)
        return nothing(204, **DEPRECATED)

    def _free(self, sku: str, warehouse: str) -> int:
        item = self.store.item(sku)
        if item is None or item.warehouse != warehouse:
            return 0
        return max(0, item.on_hand - self.store.reserved(sku))
