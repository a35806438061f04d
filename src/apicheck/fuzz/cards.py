"""How a check is declared: its rule, its section, its retry class, and how strongly it is meant."""

from __future__ import annotations

from enum import Enum

from apicheck.fuzz.model import Card, Retry
from apicheck.model import Direction, Effect, Example, Rule, Severity

__all__ = ["Force", "check"]


class Force(Enum):
    """What a check rests on, and so how loud it is."""

    #: A MUST of a specification, or what the contract itself promises: an error.
    MUST = "must"
    #: A SHOULD of a specification: a warning.
    SHOULD = "should"
    #: Good practice: told for information.
    HOUSE = "house"


_QUIETER = {Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING}


def check(
    name: str,
    force: Force,
    reference: str,
    retry: Retry,
    *,
    summary: str,
    why: str,
    fix: str,
    right: str,
    wrong: str,
) -> Card:
    """A card ``http.<name>``. ``right`` and ``wrong`` are answers, as an example of each."""
    return Card(
        rule=Rule(
            id=f"http.{name}",
            effect=Effect.REPLACES if force is Force.MUST else Effect.KEEPS,
            summary=summary,
            message=f"{summary.rstrip('.')}: expected {{expected}}, got {{got}}",
            why=f"{why} ({reference}.)".replace(". (", " (").replace(".)", ")") + ".",
            fix=fix,
            example=Example(of="http", old=right, new=wrong, direction=Direction.OUTBOUND),
            override=dict(_QUIETER) if force is Force.SHOULD else {},
            because="The specification says SHOULD: there may be a good reason."
            if force is Force.SHOULD
            else "",
        ),
        reference=reference,
        retry=retry,
    )
