"""A short name of a finding that survives reordering, rewording and moved lines."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apicheck.model import Change

__all__ = ["fingerprint"]


def fingerprint(change: Change, contract: str = "", twin: int = 0) -> str:
    """16 hexadecimal digits of rule, path by names, direction, values and contract.

    ``twin`` tells findings apart that are alike in all of these.
    """
    told: list[object] = [
        change.rule.id,
        list(change.path),
        change.direction.value,
        {name: str(value) for name, value in sorted(change.values.items())},
        contract,
    ]
    if twin:
        told.append(twin)
    text = json.dumps(told, ensure_ascii=False)
    return hashlib.blake2s(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
