"""Every card ``http.*`` as a rule."""

from __future__ import annotations

from apicheck.fuzz import oracle, probes, static

__all__ = ["RULES"]

RULES = tuple(card.rule for card in (*oracle.CARDS, *probes.CARDS, *static.CARDS))
