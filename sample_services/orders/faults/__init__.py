"""What can be wrong with orders on purpose. Told of in `faults.toml`."""

from __future__ import annotations

from sample_services.orders.faults import (
    access,
    conditions,
    documents,
    neighbours,
    requests,
    states,
)
from sample_services.orders.faults.parts import Parts

FAULTS = {
    **requests.FAULTS,
    **states.FAULTS,
    **conditions.FAULTS,
    **access.FAULTS,
    **documents.FAULTS,
    **neighbours.FAULTS,
}

__all__ = ["FAULTS", "Parts"]
