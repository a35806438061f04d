"""What of orders its faults get hold of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sample_services.web.calls import Api

if TYPE_CHECKING:
    from sample_services.orders.resources import Orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The clean service."""

    orders: Orders


Faults = dict[str, Callable[[Api, Parts], Api]]
