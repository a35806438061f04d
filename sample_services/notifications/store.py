"""What was sent, and which events were handled, in SQLite."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sample_services.web import database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

SCHEMA = """
CREATE TABLE IF NOT EXISTS notifications (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, customer TEXT NOT NULL,
    "order" TEXT NOT NULL, content TEXT NOT NULL, sent TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS handled (
    source TEXT NOT NULL, id TEXT NOT NULL, event TEXT NOT NULL, PRIMARY KEY (source, id)
);
"""

# Somebody has ordered before: there is something to look at on the first day.
FIRST_CUSTOMER = "7b0a1d5e-4d7f-4f0c-9a1e-0c5b7e7a1f11"
FIRST_ORDER = "0d2f3a64-58cf-4a0f-8d0e-5f0b7c1f9a01"
FIRST = "c9a1f0a2-2f5b-4a57-9a53-8a8f6a1c7e01"
OPENING = datetime(2026, 1, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """Something that was sent to a customer."""

    id: str
    customer: str
    order: str
    about: str
    channel: str
    text: str
    sent: datetime
    copy_of: str | None = None

    def shown(self) -> dict[str, Any]:
        """As in the contract."""
        shown = {
            "id": self.id,
            "customer": self.customer,
            "order": self.order,
            "about": self.about,
            "channel": self.channel,
            "text": self.text,
            "sentAt": self.sent.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        return shown | ({"copyOf": self.copy_of} if self.copy_of else {})


def new(customer: str, order: str, about: str, text: str) -> Notification:
    """A notification by e-mail, now."""
    return Notification(
        id=str(uuid.uuid4()),
        customer=customer.lower(),
        order=order.lower(),
        about=about,
        channel="email",
        text=text,
        sent=datetime.now(UTC),
    )


class Store:
    """All that notifications knows."""

    def __init__(self, path: str) -> None:
        self.database = database.connect(path, SCHEMA)
        if self.get(FIRST) is None:
            first = new(FIRST_CUSTOMER, FIRST_ORDER, "shipped", "Your order is on its way.")
            self.add(replace(first, id=FIRST, sent=OPENING))

    def add(self, notification: Notification) -> None:
        """Keep what was sent."""
        content = {name: getattr(notification, name) for name in ("about", "channel", "text")}
        content["copy_of"] = notification.copy_of
        self.database.execute(
            'INSERT INTO notifications (id, customer, "order", content, sent)'
            " VALUES (?, ?, ?, ?, ?)",
            (
                notification.id,
                notification.customer,
                notification.order,
                json.dumps(content),
                notification.sent.isoformat(),
            ),
        )

    def get(self, name: str) -> Notification | None:
        """One of them."""
        row = self.database.execute(
            "SELECT * FROM notifications WHERE id = ?", (name.lower(),)
        ).fetchone()
        return None if row is None else _notification(row)

    def page(
        self, below: int, limit: int, filters: Mapping[str, Any]
    ) -> tuple[list[Notification], int | None]:
        """The newest below a row, and the row to go on below, if there are more."""
        customer, order = filters.get("customer"), filters.get("order")
        rows = self.database.execute(
            "SELECT * FROM notifications WHERE row < :below"
            " AND (:customer IS NULL OR customer = :customer)"
            ' AND (:order IS NULL OR "order" = :order) ORDER BY row DESC LIMIT :limit',
            {
                "below": below,
                "customer": customer and customer.lower(),
                "order": order and order.lower(),
                "limit": limit + 1,
            },
        ).fetchall()
        more = rows[limit - 1]["row"] if len(rows) > limit else None
        return [_notification(row) for row in rows[:limit]], more

    def told(self, order: str, about: str) -> bool:
        """Whether anything about it was sent for an order."""
        rows = self.database.execute(
            'SELECT content FROM notifications WHERE "order" = ?', (order.lower(),)
        )
        return any(json.loads(row["content"])["about"] == about for row in rows)

    def handled(self, source: str, name: str) -> str | None:
        """The fingerprint of an event that was handled."""
        row = self.database.execute(
            "SELECT event FROM handled WHERE source = ? AND id = ?", (source, name)
        ).fetchone()
        return None if row is None else row["event"]

    def handle(self, source: str, name: str, event: str, notification: Notification | None) -> None:
        """Remember an event and what was sent because of it, both or neither."""
        with database.transaction(self.database):
            self.database.execute(
                "INSERT INTO handled (source, id, event) VALUES (?, ?, ?)", (source, name, event)
            )
            if notification is not None:
                self.add(notification)


def _notification(row: sqlite3.Row) -> Notification:
    return Notification(
        id=row["id"],
        customer=row["customer"],
        order=row["order"],
        sent=datetime.fromisoformat(row["sent"]),
        **json.loads(row["content"]),
    )
