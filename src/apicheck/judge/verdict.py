"""Is a peer broken, and how loud are we about it: the table, the card, then the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Direction, Severity, Surface, breaks

if TYPE_CHECKING:
    from apicheck.judge.policy import Policy
    from apicheck.model import Change, Rule

__all__ = ["by_card", "severity_of"]

_SIDES = {
    Direction.INBOUND: (Direction.INBOUND,),
    Direction.OUTBOUND: (Direction.OUTBOUND,),
    Direction.BOTH: (Direction.INBOUND, Direction.OUTBOUND),
}


def by_card(rule: Rule, direction: Direction, surfaces: frozenset[Surface]) -> Severity:
    """What the table and the card say; of two directions, the worse.

    A break that hurts only surfaces which the policy does not count is INFO.
    """
    worst = Severity.OFF
    for side in _SIDES[direction]:
        default = Severity.ERROR if breaks(rule.effect, side) else Severity.INFO
        worst = max(worst, rule.override.get(side, default))
    if worst > Severity.INFO and not rule.surfaces & surfaces:
        return Severity.INFO
    return worst


def severity_of(change: Change, policy: Policy) -> Severity:
    """The severity of a change under a policy: the last layer that speaks of it wins."""
    said = policy.severity(change)
    return by_card(change.rule, change.direction, policy.surfaces) if said is None else said
