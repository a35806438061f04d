"""Is a peer broken, and how loud are we about it: the table, the card, then the policy.

One change may reach many operations, in both directions. Settings may speak of some of them
only, so each is ruled on by itself and the worst counts: what is let pass in one place is not
let pass in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.model import Direction, Effect, Severity, Surface, Use, breaks

if TYPE_CHECKING:
    from apicheck.judge.policy import Policy
    from apicheck.model import Change, Rule

__all__ = ["Ruling", "by_card", "rule_on"]

_SIDES = {
    Direction.INBOUND: (Direction.INBOUND,),
    Direction.OUTBOUND: (Direction.OUTBOUND,),
    Direction.BOTH: (Direction.INBOUND, Direction.OUTBOUND),
}
#: The parts of a change where only directions matter.
_PARTS = {
    direction: tuple(Use(label="", side="", direction=side) for side in sides)
    for direction, sides in _SIDES.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The severity of a change where it is worst, and whether it breaks a peer there.

    ``parts`` are the operations and directions ruled on; ``counting`` are those of them that
    are louder than INFO (all, if none is): a waiver must cover every one of these.
    """

    severity: Severity
    breaking: bool
    parts: tuple[Use, ...]
    counting: tuple[Use, ...]


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


def rule_on(change: Change, policy: Policy) -> Ruling:
    """Rule on each part of a change; the last layer of the policy that speaks of a part wins."""
    parts = _parts(change, by_operation=policy.by_operation)
    levels = []
    for part in parts:
        said = policy.severity(change, part)
        levels.append(
            by_card(change.rule, part.direction, policy.surfaces) if said is None else said
        )
    ruled = tuple(zip(parts, levels, strict=True))
    return Ruling(
        severity=max(levels),
        breaking=any(
            level is Severity.ERROR and _can_break(change.rule, part.direction)
            for part, level in ruled
        ),
        parts=parts,
        counting=tuple(part for part, level in ruled if level > Severity.INFO) or parts,
    )


def _parts(change: Change, *, by_operation: bool) -> tuple[Use, ...]:
    if not by_operation or not change.uses:
        return _PARTS[change.direction]
    return tuple({(use.label, use.direction): use for use in change.uses}.values())


def _can_break(rule: Rule, side: Direction) -> bool:
    """Whether table or card says that a peer breaks.

    A user may make any rule an error, but an added operation breaks nobody for all that.
    """
    if rule.effect is Effect.KEEPS:
        return False
    return breaks(rule.effect, side) or rule.override.get(side) is Severity.ERROR
