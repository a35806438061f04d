"""Orders, their monitors and shipments, and the events that are still to be sent, in SQLite."""

from __future__ import annotations

import json
import sqlite3
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sample_services.events.event import Event, read
from sample_services.orders.states import Status
from sample_services.web import database, keys
from sample_services.web.schemas import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA = (
    keys.SCHEMA
    + """
CREATE TABLE IF NOT EXISTS orders (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL,
    status TEXT NOT NULL, reference TEXT, placed REAL NOT NULL, changed TEXT NOT NULL,
    content TEXT NOT NULL, reservations TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS references_of_open_orders
    ON orders (owner, reference) WHERE status IN ('pending', 'confirmed');
CREATE TABLE IF NOT EXISTS monitors (
    id TEXT PRIMARY KEY, "order" TEXT NOT NULL REFERENCES orders (id), owner TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0, problem TEXT
);
CREATE TABLE IF NOT EXISTS shipments (
    "order" TEXT PRIMARY KEY REFERENCES orders (id), content TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS outbox (row INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL);
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order; `content` is what only clients look at (customer, items, total, note …)."""

    id: str
    owner: str
    status: Status
    content: Mapping[str, Any]
    changed: datetime
    reservations: tuple[str, ...] = ()

    def shown(self) -> dict[str, Any]:
        """As in the contract."""
        return {"id": self.id, **self.content, "status": self.status.value}

    @property
    def reference(self) -> str | None:
        """The caller's own name for it."""
        return self.content.get("reference")


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """How far an accepted order is: running, done, or failed with a problem."""

    id: str
    order: str
    owner: str
    done: bool
    problem: Mapping[str, Any] | None

    def shown(self) -> dict[str, Any]:
        """As in the contract; a monitor that is done is not shown but leads to the order."""
        if self.problem is None:
            return {"id": self.id, "state": "running"}
        return {"id": self.id, "state": "failed", "problem": dict(self.problem)}


class DuplicateError(Exception):
    """Another open order has the reference."""


class Store:
    """All that orders knows."""

    def __init__(self, path: str) -> None:
        self.database = database.connect(path, SCHEMA)

    def place(self, owner: str, content: Mapping[str, Any]) -> tuple[Order, Monitor]:
        """A new order and its monitor; DuplicateError when the reference is taken."""
        now = datetime.now(UTC)
        order = Order(
            id=str(uuid.uuid4()),
            owner=owner,
            status=Status.PENDING,
            content={**content, "placedAt": text(now)},
            changed=now,
        )
        monitor = Monitor(
            id=str(uuid.uuid4()), order=order.id, owner=owner, done=False, problem=None
        )
        with database.transaction(self.database), _unique():
            self.database.execute(
                "INSERT INTO orders (id, owner, status, reference, placed, changed, content,"
                " reservations) VALUES (?, ?, ?, ?, ?, ?, ?, '[]')",
                (
                    order.id,
                    owner,
                    order.status,
                    order.reference,
                    now.timestamp(),
                    now.isoformat(),
                    json.dumps(order.content),
                ),
            )
            self.database.execute(
                'INSERT INTO monitors (id, "order", owner) VALUES (?, ?, ?)',
                (monitor.id, order.id, owner),
            )
        return order, monitor

    def order(self, name: str) -> Order | None:
        """One order."""
        row = self.database.execute("SELECT * FROM orders WHERE id = ?", (name.lower(),)).fetchone()
        return None if row is None else _order(row)

    def page(
        self, owner: str, below: int, limit: int, filters: Mapping[str, Any]
    ) -> tuple[list[Order], int | None]:
        """The newest orders below a row, and the row to go on below, if there are more."""
        since, until = filters.get("placedFrom"), filters.get("placedTo")
        rows = self.database.execute(
            "SELECT * FROM orders WHERE owner = ? AND row < ? AND (?3 IS NULL OR status = ?3)"
            " AND placed >= ? AND placed <= ? ORDER BY row DESC LIMIT ?",
            (
                owner,
                below,
                filters.get("status"),
                moment(since).timestamp() if since else 0.0,
                moment(until).timestamp() if until else 1e18,
                limit + 1,
            ),
        ).fetchall()
        more = rows[limit - 1]["row"] if len(rows) > limit else None
        return [_order(row) for row in rows[:limit]], more

    def pending(self) -> list[Order]:
        """Orders whose items are not reserved yet."""
        rows = self.database.execute("SELECT * FROM orders WHERE status = 'pending' ORDER BY row")
        return [_order(row) for row in rows]

    def save(self, order: Order, events: Iterable[Event] = ()) -> Order:
        """The new state of an order, with the events that tell of it. DuplicateError: see place."""
        saved = replace(order, changed=datetime.now(UTC))
        with database.transaction(self.database), _unique():
            self.database.execute(
                "UPDATE orders SET status = ?, reference = ?, changed = ?, content = ?,"
                " reservations = ? WHERE id = ?",
                (
                    saved.status,
                    saved.reference,
                    saved.changed.isoformat(),
                    json.dumps(saved.content),
                    json.dumps(saved.reservations),
                    saved.id,
                ),
            )
            self.database.executemany(
                "INSERT INTO outbox (event) VALUES (?)",
                [(json.dumps(each.document()),) for each in events],
            )
        return saved

    def monitor(self, name: str) -> Monitor | None:
        """One monitor."""
        row = self.database.execute(
            "SELECT * FROM monitors WHERE id = ?", (name.lower(),)
        ).fetchone()
        if row is None:
            return None
        return Monitor(
            id=row["id"],
            order=row["order"],
            owner=row["owner"],
            done=bool(row["done"]),
            problem=json.loads(row["problem"]) if row["problem"] else None,
        )

    def end(self, order: str, problem: Mapping[str, Any] | None = None) -> None:
        """The monitor of an order is done, or failed; only the first end counts."""
        self.database.execute(
            "UPDATE monitors SET done = ?, problem = ?"
            ' WHERE "order" = ? AND NOT done AND problem IS NULL',
            (problem is None, json.dumps(problem) if problem else None, order),
        )

    def shipment(self, order: str) -> dict[str, Any] | None:
        """How an order was sent."""
        row = self.database.execute(
            'SELECT content FROM shipments WHERE "order" = ?', (order,)
        ).fetchone()
        return None if row is None else json.loads(row["content"])

    def ship(self, order: str, content: Mapping[str, Any]) -> None:
        """Say how an order was sent."""
        self.database.execute(
            'INSERT OR REPLACE INTO shipments ("order", content) VALUES (?, ?)',
            (order, json.dumps(content)),
        )

    def unsent(self) -> list[tuple[int, Event]]:
        """Events that nobody was told yet, the oldest first."""
        rows = self.database.execute("SELECT row, event FROM outbox ORDER BY row LIMIT 100")
        return [(row["row"], read(json.loads(row["event"]))) for row in rows]

    def sent(self, row: int) -> None:
        """An event was told."""
        self.database.execute("DELETE FROM outbox WHERE row = ?", (row,))


class _unique:  # noqa: N801 - reads as the condition that it is
    """Turn SQLite's complaint about the unique index into ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.IntegrityError) and "orders.reference" in str(error):
            raise DuplicateError from None


def _order(row: sqlite3.Row) -> Order:
    return Order(
        id=row["id"],
        owner=row["owner"],
        status=Status(row["status"]),
        content=json.loads(row["content"]),
        changed=datetime.fromisoformat(row["changed"]),
        reservations=tuple(json.loads(row["reservations"])),
    )


def text(when: datetime) -> str:
    """A date-time as in the contract."""
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
