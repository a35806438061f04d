"""Judging changes: severity by table, card and policy; waivers, baseline, bump and verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from apicheck.judge import waivers
from apicheck.judge.baseline import REASON
from apicheck.judge.fingerprint import fingerprint
from apicheck.judge.policy import Policy
from apicheck.judge.verdict import Ruling, rule_on
from apicheck.model import (
    Bump,
    Change,
    Direction,
    Effect,
    Finding,
    Location,
    Severity,
    Summary,
    Verdict,
    Waived,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from apicheck.judge.verdict import Prove
    from apicheck.model import Consumer

    #: The known consumers that a change concerns; None where nothing is known.
    Users = Callable[[Change], tuple[Consumer, ...] | None]

__all__ = ["RETIRED", "RULES", "UNUSED", "Policy", "judge", "leftovers", "summarise", "worst"]

RULES = waivers.RULES


def judge(
    changes: Iterable[Change],
    policy: Policy,
    today: date,
    *,
    baseline: frozenset[str] = frozenset(),
    contract: str = "",
    used: set[int] | None = None,
    places_from: Severity = Severity.INFO,
    prove: Prove | None = None,
    users: Users | None = None,
) -> tuple[Finding, ...]:
    """Findings of the changes, the worst first; what the policy switches off is left out.

    ``prove`` says what is known of a change beyond its rule, with a value that shows it.

    ``users`` gives the known consumers that a change breaks, or None where nothing is known of
    them. Where the policy lets breaks pass that no known consumer uses (``unused_breaks``), such a
    finding is no louder than that, and its ``reason`` says so.

    Line and column cost a scan of the documents: they are found from ``places_from`` on.

    ``used`` gathers the indexes of waivers that matched, over several calls (see ``leftovers``).
    """
    matched = set() if used is None else used
    seen: dict[str, int] = {}
    findings = []
    for change in changes:
        ruling = rule_on(change, policy, prove)
        if ruling.severity is Severity.OFF:
            continue
        consumers = None
        if users is not None and ruling.severity > Severity.INFO:
            consumers = users(change)
            ruling = _unless_unused(change, ruling, consumers, policy)
        name = fingerprint(change, contract)
        twin = seen.get(name, 0)
        seen[name] = twin + 1
        if twin:
            name = fingerprint(change, contract, twin)
        waived = waivers.waived(change, ruling, name, policy.waivers, today=today, used=matched)
        if waived is None and name in baseline:
            waived = Waived(reason=REASON)
        if ruling.severity < places_from:
            change = replace(change, old=None, new=None)  # noqa: PLW2901
        found = _finding(change, ruling, name, waived=waived, contract=contract)
        findings.append(found if consumers is None else replace(found, consumers=consumers))
    findings.sort(key=lambda each: (-each.severity, each.location.path, each.rule.id, each.message))
    return tuple(findings)


#: What a finding says that the policy lets pass because nobody uses what it breaks.
UNUSED = "no known consumer uses this"


#: The same of what was deprecated and had a sunset, which is not reached yet.
RETIRED = "its sunset was announced, and no known consumer uses this any more"


def _unless_unused(
    change: Change, ruling: Ruling, consumers: tuple[Consumer, ...] | None, policy: Policy
) -> Ruling:
    """A break that hurts no known consumer, as loud as the policy wants such a one to be.

    What has an announced sunset may go before it where nobody uses it any more.
    """
    announced = "sunset" in change.values
    level = Severity.WARNING if announced else None
    if policy.unused_breaks is not None:
        level = policy.unused_breaks
    if consumers != () or not ruling.breaking or level is None or ruling.severity <= level:
        return ruling
    proof = replace(ruling.proof, reason=RETIRED if announced else UNUSED)
    return replace(ruling, severity=level, breaking=False, proof=proof)


def _finding(
    change: Change, ruling: Ruling, name: str, *, waived: Waived | None, contract: str
) -> Finding:
    return Finding(
        rule=change.rule,
        severity=ruling.severity,
        direction=change.direction,
        message=change.rule.message.format(**change.values),
        location=Location(
            path=change.path,
            label=change.label,
            old=None if change.old is None else change.old.span(),
            new=None if change.new is None else change.new.span(),
            uses=change.uses,
        ),
        breaking=ruling.breaking,
        hurts=frozenset(part.direction for part in ruling.counting),
        values=change.values,
        fingerprint=name,
        witness=ruling.proof.witness,
        proof="unknown" if _is_unknown(change) else ruling.proof.kind,
        reason=ruling.proof.reason,
        waived=waived,
        contract=contract,
    )


def _is_unknown(change: Change) -> bool:
    """Whether the change says that something could not be compared and may have changed."""
    return change.rule.unknown and not change.values.get("both")


def leftovers(policy: Policy, today: date, used: set[int]) -> tuple[Finding, ...]:
    """Findings on the waivers themselves: those expired, and those that matched nothing."""
    found = []
    for index, waiver in enumerate(policy.waivers):
        values: dict[str, Any] = {"waiver": waiver.shown}
        rule = None
        if waiver.until is not None and waiver.until < today:
            rule, values = waivers.WAIVER_EXPIRED, {**values, "until": str(waiver.until)}
        elif index not in used:
            rule = waivers.WAIVER_UNUSED
        if rule is None:
            continue
        change = Change(
            rule=rule,
            path=(waiver.source, "waivers", str(index)),
            label=waiver.source or "settings",
            direction=Direction.INBOUND,
            values=values,
        )
        ruling = rule_on(change, policy)
        if ruling.severity is not Severity.OFF:
            found.append(_finding(change, ruling, fingerprint(change), waived=None, contract=""))
    return tuple(found)


def summarise(findings: Iterable[Finding], *, identical: bool) -> Summary:
    """Counts, verdict and bump; waived findings do not count.

    ``identical`` says that the two sides hold the same bytes or values.
    """
    counted = [each for each in findings if each.waived is None]
    by_level = dict.fromkeys(Severity, 0)
    for each in counted:
        by_level[each.severity] += 1
    broken = any(each.breaking for each in counted)
    unproved = sum(each.proof == "unknown" for each in counted)
    if broken:
        verdict = Verdict.BREAKING
    elif unproved:
        verdict = Verdict.UNKNOWN
    else:
        verdict = Verdict.IDENTICAL if identical else Verdict.COMPATIBLE
    return Summary(
        verdict=verdict,
        bump=_bump(counted, broken=broken, identical=identical),
        error=by_level[Severity.ERROR],
        warning=by_level[Severity.WARNING],
        info=by_level[Severity.INFO],
        unproved=unproved,
    )


def _bump(findings: list[Finding], *, broken: bool, identical: bool) -> Bump:
    if broken:
        return Bump.MAJOR
    if any(each.rule.effect is not Effect.KEEPS for each in findings):
        return Bump.MINOR
    return Bump.NONE if identical else Bump.PATCH


def worst(findings: Iterable[Finding]) -> Severity:
    """The loudest finding that counts."""
    return max((each.severity for each in findings if each.waived is None), default=Severity.OFF)
