"""What probes of all areas need: a breach in one line, and what a list shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.fuzz.model import Breach, Exchange

if TYPE_CHECKING:
    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.model import Card, Control

__all__ = ["breach", "listed"]


def breach(  # noqa: PLR0917 - they are always in this order
    card: Card,
    operation: Operation,
    probe: Exchange,
    expected: str,
    got: str = "",
    control: Control | Exchange | None = None,
) -> Breach:
    """A breach of ``card``, with what was got in words (the status, unless said)."""
    before = control if control is None or isinstance(control, Exchange) else control.exchange
    return Breach(
        card=card,
        operation=operation.label,
        probe=probe,
        expected=expected,
        got=got or probe.told,
        control=before,
    )


def listed(seen: Exchange) -> set[str]:
    """What a page lists, by identifiers."""
    value = seen.json
    lists = value.values() if isinstance(value, dict) else [value]
    return {
        str(next(iter(item.values()), "")) if "id" not in item else str(item["id"])
        for each in lists
        if isinstance(each, list)
        for item in each
        if isinstance(item, dict)
    }
