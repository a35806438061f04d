"""What can be wrong with the inventory on purpose. Told of in `faults.toml`."""

from __future__ import annotations

from sample_services.inventory.faults import documents, requests, resources, validators
from sample_services.inventory.faults.parts import Parts

FAULTS = {**requests.FAULTS, **resources.FAULTS, **validators.FAULTS, **documents.FAULTS}

__all__ = ["FAULTS", "Parts"]
