"""The store: contracts on disk, version by version."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apicheck.model import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = ()
