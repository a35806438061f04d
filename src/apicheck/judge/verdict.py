"""Is a peer broken, and how loud are we about it: the table, the card, then the policy.

One change may reach many operations, in both directions. Settings may speak of some of them
only, so each is ruled on by itself and the worst counts: what is let pass in one place is not
let pass in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.model import Direction, Effect, Ground, Proof, Severity, Surface, Use, breaks

if TYPE_CHECKING:
    from collections.abc import Callable

    from apicheck.judge.policy import Policy
    from apicheck.model import Change, Rule

__all__ = ["Prove", "Ruling", "by_card", "rule_on"]

if TYPE_CHECKING:
    #: What is known of a change in one direction, beyond its rule.
    Prove = Callable[[Change, Direction], Proof]


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


#: Nothing is known beyond the rule.
_NOTHING = Proof()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The severity of a change where it is worst, and whether it breaks a peer there.

    ``proof`` is what is known of it there beyond the rule.

    ``parts`` are the operations and directions ruled on; ``counting`` are those of them that
    are louder than INFO (all, if none is): a waiver must cover every one of these.
    """

    severity: Severity
    breaking: bool
    parts: tuple[Use, ...]
    counting: tuple[Use, ...]
    proof: Proof = _NOTHING


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


def rule_on(change: Change, policy: Policy, prove: Prove | None = None) -> Ruling:
    """Rule on each part of a change; the last layer of the policy that speaks of a part wins.

    ``prove`` is asked in each direction in which the change is louder than INFO.
    """
    parts = _parts(change, by_operation=policy.by_operation)
    is_open = bool(change.uses) and all(use.side in OPEN_SIDES for use in change.uses)
    proofs: dict[Direction, Proof] = {}
    levels = []
    for part in parts:
        side = part.direction
        said = policy.severity(change, part)
        level = by_card(change.rule, side, policy.surfaces) if said is None else said
        if is_open and policy.compatibility is not None and side not in policy.compatibility:
            levels.append(_unproved(change.rule, min(level, Severity.INFO)))
            continue
        if side not in proofs and _to_ask(change.rule, side, level):
            proofs[side] = _NOTHING if prove is None else prove(change, side)
        if policy.imitates:
            levels.append(_unproved(change.rule, level))
        else:
            levels.append(_proved(change.rule, side, proofs.get(side, _NOTHING), level, said))
    ruled = tuple(zip(parts, levels, strict=True))
    shown = [proofs[part.direction] for part, level in ruled if part.direction in proofs]
    return Ruling(
        severity=max(levels),
        breaking=any(
            level is Severity.ERROR
            and (
                change.rule.effect is not Effect.KEEPS
                if policy.imitates
                else _can_break(change.rule, part.direction)
                and not _excused(proofs.get(part.direction))
            )
            for part, level in ruled
        ),
        proof=max(shown, key=lambda each: _TELLING[each.kind], default=_NOTHING),
        parts=parts,
        counting=tuple(part for part, level in ruled if level > Severity.INFO) or parts,
    )


#: Sides of uses where the contract does not say who sends: whether data written before must still
#: be read, and whether readers that were not upgraded must read what is written now.
OPEN_SIDES = frozenset({"old data", "old readers"})


def _to_ask(rule: Rule, side: Direction, level: Severity) -> bool:
    if rule.ground in _SILENT:
        return level > Severity.OFF
    return level > Severity.INFO and breaks(rule.effect, side)


def _unproved(rule: Rule, level: Severity) -> Severity:
    """The severity where no proof is heeded."""
    return Severity.OFF if rule.ground in _SILENT else level


def _proved(
    rule: Rule, side: Direction, proof: Proof, level: Severity, said: Severity | None
) -> Severity:
    """The severity of a part in the light of a proof."""
    if rule.ground is Ground.ONLY_WITNESSED and proof.kind != "witnessed":
        return Severity.OFF
    if rule.ground is Ground.ONLY_UNDECIDED:
        return level if proof.kind == "unknown" else Severity.OFF
    if proof.kind == "proved-safe":
        return min(level, Severity.INFO)
    if proof.kind == "witnessed":
        if _excused(proof):
            return min(level, Severity.WARNING)
        if rule.ground is Ground.SUSPICION and said is None and breaks(rule.effect, side):
            return Severity.ERROR
    return level


def _excused(proof: Proof | None) -> bool:
    """Whether only those are hurt who send what no schema declares, or nobody is."""
    if proof is None or proof.kind == "rule":
        return False
    return proof.kind == "proved-safe" or (proof.witness is not None and proof.witness.undeclared)


#: Of the proofs in two directions, the one to show.
_TELLING = {"rule": 1, "proved-safe": 0, "unknown": 2, "witnessed": 3}
_SILENT = frozenset({Ground.ONLY_WITNESSED, Ground.ONLY_UNDECIDED})


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
