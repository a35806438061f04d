"""What things cost, in cents of any currency: the shop is generous with exchange rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PRICES = {
    "CUP-200": 1450,
    "KET-300": 4990,
    "OUT-000": 49900,
    "POT-310": 6900,
    "TEA-100": 890,
    "TEA-101": 1290,
}


def total(items: Iterable[Mapping[str, Any]]) -> int:
    """The sum; KeyError for what has no price."""
    return sum(PRICES[each["sku"]] * each["quantity"] for each in items)
