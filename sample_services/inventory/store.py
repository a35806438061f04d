"""Items, stock and reservations in SQLite.

Counts are kept as decimal text: the contract sets no maximum, and SQLite's integers have one.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sample_services.web import database, keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA = (
    keys.SCHEMA
    + """
CREATE TABLE IF NOT EXISTS items (
    sku TEXT PRIMARY KEY, name TEXT NOT NULL, weight TEXT NOT NULL, warehouse TEXT NOT NULL,
    on_hand TEXT NOT NULL DEFAULT '0', changed TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS reservations (
    id TEXT PRIMARY KEY, "order" TEXT NOT NULL, state TEXT NOT NULL, expires TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS lines (
    reservation TEXT NOT NULL REFERENCES reservations (id), sku TEXT NOT NULL,
    quantity INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS lines_by_reservation ON lines (reservation);
CREATE INDEX IF NOT EXISTS lines_by_sku ON lines (sku);
"""
)

# What the shop sells on its first day. `OUT-000` is never there.
ASSORTMENT = (
    ("CUP-200", "Cup, stoneware", 0.31, "berlin", 10**9),
    ("KET-300", "Kettle, 1.2 l", 1.4, "leeds", 10**9),
    ("OUT-000", "Samovar, sold out", 6.5, "berlin", 0),
    ("POT-310", "Teapot, cast iron", 1.9, "leeds", 10**9),
    ("TEA-100", "Assam, 100 g", 0.1, "berlin", 10**9),
    ("TEA-101", "Darjeeling, 100 g", 0.1, "berlin", 10**9),
)
OPENING = datetime(2026, 1, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something that is sold."""

    sku: str
    name: str
    weight: float | None
    warehouse: str
    on_hand: int
    changed: datetime

    def shown(self) -> dict[str, Any]:
        """As in the contract."""
        return {"sku": self.sku, "name": self.name, "weight": self.weight}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Items held back for an order, all in one warehouse."""

    id: str
    order: str
    lines: tuple[Mapping[str, Any], ...]
    state: str
    expires: datetime

    def shown(self) -> dict[str, Any]:
        """As in the contract."""
        return {
            "id": self.id,
            "order": self.order,
            "lines": [dict(each) for each in self.lines],
            "state": self.state,
            "expiresAt": self.expires.isoformat().replace("+00:00", "Z"),
        }


class DuplicateError(Exception):
    """There is one already."""


class Store:
    """All that the inventory knows."""

    def __init__(self, path: str) -> None:
        self.database = database.connect(path, SCHEMA)
        if not self.items():
            for sku, name, weight, warehouse, on_hand in ASSORTMENT:
                self.add(
                    Item(
                        sku=sku,
                        name=name,
                        weight=weight,
                        warehouse=warehouse,
                        on_hand=on_hand,
                        changed=OPENING,
                    )
                )

    def items(self, after: str = "", part: str = "", limit: int = -1) -> list[Item]:
        """Items by SKU, from the one after `after`, whose name has `part` in it."""
        rows = self.database.execute(
            "SELECT * FROM items WHERE sku > ? AND instr(lower(name), lower(?))"
            " ORDER BY sku LIMIT ?",
            (after, part, limit),
        )
        return [_item(row) for row in rows]

    def item(self, sku: str) -> Item | None:
        """One item."""
        row = self.database.execute("SELECT * FROM items WHERE sku = ?", (sku,)).fetchone()
        return None if row is None else _item(row)

    def add(self, item: Item) -> None:
        """A new item; DuplicateError when its SKU is taken."""
        try:
            self.database.execute(
                "INSERT INTO items (sku, name, weight, warehouse, on_hand, changed)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    item.sku,
                    item.name,
                    json.dumps(item.weight),
                    item.warehouse,
                    str(item.on_hand),
                    item.changed.isoformat(),
                ),
            )
        except sqlite3.IntegrityError:
            raise DuplicateError from None

    def describe(self, sku: str, name: str, weight: float | None) -> None:
        """Other words for an item."""
        self.database.execute(
            "UPDATE items SET name = ?, weight = ?, changed = ? WHERE sku = ?",
            (name, json.dumps(weight), datetime.now(UTC).isoformat(), sku),
        )

    def count(self, sku: str, on_hand: int) -> None:
        """Another level of stock."""
        self.database.execute("UPDATE items SET on_hand = ? WHERE sku = ?", (str(on_hand), sku))

    def remove(self, sku: str) -> None:
        """An item that is no longer sold."""
        self.database.execute("DELETE FROM items WHERE sku = ?", (sku,))

    def reserved(self, sku: str) -> int:
        """How much of an item is held back now."""
        (quantity,) = self.database.execute(
            "SELECT coalesce(sum(quantity), 0) FROM lines JOIN reservations ON reservation = id"
            " WHERE sku = ? AND state = 'held' AND expires > ?",
            (sku, datetime.now(UTC).isoformat()),
        ).fetchone()
        return int(quantity)

    def hold(self, order: str, lines: Iterable[Mapping[str, Any]], seconds: int) -> Reservation:
        """Hold items back. The caller has seen, in the same transaction, that there is enough."""
        made = Reservation(
            id=str(uuid.uuid4()),
            order=order,
            lines=tuple(lines),
            state="held",
            expires=datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds),
        )
        self.database.execute(
            'INSERT INTO reservations (id, "order", state, expires) VALUES (?, ?, ?, ?)',
            (made.id, order, made.state, made.expires.isoformat()),
        )
        self.database.executemany(
            "INSERT INTO lines (reservation, sku, quantity) VALUES (?, ?, ?)",
            [(made.id, line["sku"], line["quantity"]) for line in made.lines],
        )
        return made

    def reservation(self, name: str) -> Reservation | None:
        """One reservation. That it expired is seen when somebody looks."""
        row = self.database.execute(
            "SELECT * FROM reservations WHERE id = ?", (name.lower(),)
        ).fetchone()
        if row is None:
            return None
        lines = self.database.execute(
            "SELECT sku, quantity FROM lines WHERE reservation = ? ORDER BY rowid", (row["id"],)
        )
        expires = datetime.fromisoformat(row["expires"])
        over = row["state"] == "held" and expires <= datetime.now(UTC)
        return Reservation(
            id=row["id"],
            order=row["order"],
            lines=tuple(dict(line) for line in lines),
            state="expired" if over else row["state"],
            expires=expires,
        )

    def settle(self, reservation: Reservation, state: str) -> None:
        """End a reservation. What was shipped is no longer on hand."""
        with database.transaction(self.database):
            self.database.execute(
                "UPDATE reservations SET state = ? WHERE id = ?", (state, reservation.id)
            )
            for line in reservation.lines if state == "shipped" else ():
                item = self.item(line["sku"])
                if item is not None:
                    self.count(item.sku, max(0, item.on_hand - line["quantity"]))


def _item(row: sqlite3.Row) -> Item:
    return Item(
        sku=row["sku"],
        name=row["name"],
        weight=json.loads(row["weight"]),
        warehouse=row["warehouse"],
        on_hand=int(row["on_hand"]),
        changed=datetime.fromisoformat(row["changed"]),
    )
