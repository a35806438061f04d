"""What of the inventory its faults get hold of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sample_services.web.calls import Api

if TYPE_CHECKING:
    from sample_services.inventory.items import Items
    from sample_services.inventory.reservations import Reservations


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The clean service."""

    items: Items
    reservations: Reservations


Faults = dict[str, Callable[[Api, Parts], Api]]
