"""The states of an order, and which follows which."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """As in the contract."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


FOLLOWS = {
    Status.PENDING: {Status.CONFIRMED, Status.CANCELLED},
    Status.CONFIRMED: {Status.SHIPPED, Status.CANCELLED},
    Status.SHIPPED: {Status.DELIVERED},
    Status.DELIVERED: set[Status](),
    Status.CANCELLED: set[Status](),
}


def may_become(status: Status, wanted: Status) -> bool:
    """Whether that is a step that an order can take."""
    return wanted in FOLLOWS[status]


def is_open(status: Status) -> bool:
    """Not sent yet, so it can still be changed."""
    return status in {Status.PENDING, Status.CONFIRMED}
