"""Operations on items and their stock."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sample_services.inventory.problems import DUPLICATE_SKU, IN_USE
from sample_services.inventory.store import DuplicateError, Item, Store
from sample_services.web import access, conditions, database
from sample_services.web.problems import NOT_FOUND, Problem
from sample_services.web.replies import Reply, answer, etag, nothing, representation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sample_services.web.calls import Call, Handler


class Items:
    """What is sold, and how much of it there is."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def handlers(self) -> Mapping[str, Handler]:
        """By operationId."""
        return {
            "listItems": self.list,
            "createItem": self.create,
            "getItem": self.get,
            "putItem": self.put,
            "changeItem": self.change,
            "deleteItem": self.delete,
            "getStock": self.stock,
            "setStock": self.set_stock,
            "queryStockLevels": self.levels,
        }

    def found(self, call: Call) -> Item:
        """The item of the path, or 404."""
        item = self.store.item(call.path["sku"])
        if item is None:
            raise Problem(404, NOT_FOUND)
        return item

    def level(self, item: Item) -> dict[str, Any]:
        """The stock of an item, as in the contract."""
        return {
            "sku": item.sku,
            "warehouse": item.warehouse,
            "onHand": item.on_hand,
            "reserved": self.store.reserved(item.sku),
        }

    async def list(self, call: Call) -> Reply:
        """GET /items, as JSON or CSV."""
        query = call.query
        items = self.store.items(query.get("after", ""), query.get("q", ""), query["limit"])
        shown = [each.shown() for each in items]
        if access.preferred(call) == "text/csv":
            text = io.StringIO()
            writer = csv.DictWriter(text, fieldnames=["sku", "name", "weight"])
            writer.writeheader()
            writer.writerows(shown)
            content = text.getvalue().encode()
            return Reply(status=200, content=content, media="text/csv").having(Vary="Accept")
        return answer(200, {"items": shown}, Vary="Accept")

    async def create(self, call: Call) -> Reply:
        """POST /items."""
        body = await call.body()
        item = new(body["sku"], body)
        try:
            self.store.add(item)
        except DuplicateError:
            raise Problem(409, DUPLICATE_SKU) from None
        return representation(item.shown(), status=201, Location=_place(call, item))

    async def get(self, call: Call) -> Reply:
        """GET /items/{sku}."""
        item = self.found(call)
        return representation(item.shown(), item.changed)

    async def put(self, call: Call) -> Reply:
        """PUT /items/{sku}: make or replace."""
        sku = call.path["sku"]
        body = await self._for_current(call)
        item = self.store.item(sku)
        if item is None:
            made = new(sku, body)
            self.store.add(made)
            return representation(made.shown(), status=201, Location=_place(call, made))
        self.store.describe(sku, body["name"], body.get("weight"))
        return representation(self.found(call).shown())

    async def change(self, call: Call) -> Reply:
        """PATCH /items/{sku}: a merge patch."""
        self.found(call)
        patch = await self._for_current(call)
        item = self.found(call)
        # RFC 7396: what is not named stays; null takes away, and a weight that is away is null.
        changed = {**item.shown(), **patch}
        self.store.describe(item.sku, changed["name"], changed["weight"])
        return representation(self.found(call).shown())

    async def delete(self, call: Call) -> Reply:
        """DELETE /items/{sku}."""
        item = self.found(call)
        conditions.for_writing(call.request, etag(item.shown()))
        if self.store.reserved(item.sku):
            raise Problem(409, IN_USE)
        self.store.remove(item.sku)
        return nothing(204)

    async def stock(self, call: Call) -> Reply:
        """GET /items/{sku}/stock."""
        return representation(self.level(self.found(call)))

    async def set_stock(self, call: Call) -> Reply:
        """PUT /items/{sku}/stock, against the level that the caller saw."""

        def seen() -> Item:
            item = self.found(call)
            conditions.for_writing(call.request, etag(self.level(item)), demanded=True)
            return item

        seen()
        body = await call.body()
        with database.transaction(self.store.database):
            # The content was waited for: somebody else may have counted in between.
            self.store.count(seen().sku, int(body["onHand"]))
        return representation(self.level(self.found(call)))

    async def levels(self, call: Call) -> Reply:
        """POST /stock-levels/query."""
        body = await call.body()
        items = [self.store.item(sku) for sku in body["skus"]]
        return answer(200, [self.level(each) for each in items if each is not None])

    async def _for_current(self, call: Call) -> Any:
        """The content, if the conditions of the request hold before it is read and after."""

        def check() -> None:
            item = self.store.item(call.path["sku"])
            conditions.for_writing(call.request, None if item is None else etag(item.shown()))

        check()
        body = await call.body()
        check()
        return body


def new(sku: str, body: Mapping[str, Any]) -> Item:
    """An item of which there is nothing yet."""
    return Item(
        sku=sku,
        name=body["name"],
        weight=body.get("weight"),
        warehouse="berlin",
        on_hand=0,
        changed=datetime.now(UTC),
    )


def _place(call: Call, item: Item) -> str:
    return f"{call.api.contract.base}/items/{item.sku}"
