"""Whether a running service says the right thing when a request is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apicheck.model import Rule

__all__ = ["rules"]


def rules() -> tuple[Rule, ...]:
    """Every card ``http.*``."""
    from apicheck.fuzz import oracle, probes, static

    return tuple(card.rule for card in (*oracle.CARDS, *probes.CARDS, *static.CARDS))
