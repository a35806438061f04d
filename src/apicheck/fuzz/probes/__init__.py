"""The probes, by area: generators over one operation that yield what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.fuzz.probes import (
    access,
    conditions,
    content,
    health,
    idempotency,
    resources,
    retry,
    routing,
    states,
    validation,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach, Card

    Probe = Callable[[Lab, Operation], Iterator[Breach]]

__all__ = ["AREAS", "CARDS"]

_MODULES = {
    # First, while nothing has been asked too often yet.
    "retry": retry,
    "access": access,
    "routing": routing,
    "content": content,
    "resources": resources,
    "validation": validation,
    "states": states,
    "conditions": conditions,
    "idempotency": idempotency,
    # Last, when it is known what is refused.
    "health": health,
}

#: Area -> its probes, in the order in which they are made.
AREAS: Mapping[str, tuple[Probe, ...]] = {name: each.PROBES for name, each in _MODULES.items()}

CARDS: tuple[Card, ...] = tuple(card for each in _MODULES.values() for card in each.CARDS)
