"""Several reports as one: those of the shards of a run, or of runs over several contracts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from apicheck.model import Finding, Report, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from apicheck.model import Reached, Summary

__all__ = ["merge"]


def merge(
    reports: Sequence[Report],
    summarise: Callable[[Iterable[Finding]], Summary],
    everywhere: frozenset[str] = frozenset(),
) -> Report:
    """The findings of all reports, each once; ``summarise`` counts them anew.

    ``everywhere`` are ids of rules that speak of the whole run, such as that a waiver matched
    nothing: what they say holds only where every report says it that compared anything.
    """
    first = reports[0]
    findings = tuple(_united(reports, everywhere))
    return Report(
        command=first.command if len({each.command for each in reports}) == 1 else "report merge",
        old=first.old if len({each.old for each in reports}) == 1 else None,
        new=first.new if len({each.new for each in reports}) == 1 else None,
        summary=summarise(findings),
        findings=findings,
        notes=tuple(dict.fromkeys(note for each in reports for note in each.notes)),
        coverage=_covered(reports),
    )


def _covered(reports: Sequence[Report]) -> tuple[Reached, ...] | None:
    """The answers of all runs, each once: how often they gave it together."""
    known: dict[tuple[str, str], Reached] = {}
    told = [each.coverage for each in reports if each.coverage is not None]
    for each in (each for coverage in told for each in coverage):
        key = (each.operation, each.status)
        before = known.get(key, each)
        seen = each.seen if before is each else before.seen + each.seen
        known[key] = replace(before, seen=seen, why="" if seen else before.why)
    return tuple(known.values()) if told else None


def _united(reports: Sequence[Report], everywhere: frozenset[str]) -> Iterable[Finding]:
    """The findings by contract, in the order of the reports; those of no contract come last."""
    known: dict[Hashable, Finding] = {}
    holders: dict[Hashable, set[int]] = {}
    for number, report in enumerate(reports):
        for index, finding in enumerate(report.findings):
            # Without a fingerprint nothing says that two findings are the same one.
            name = finding.fingerprint or (number, index)
            key = (finding.contract, name)
            holders.setdefault(key, set()).add(number)
            if key not in known or _loudness(finding) > _loudness(known[key]):
                known[key] = finding
    voters = {n for n, each in enumerate(reports) if each.summary.verdict is not Verdict.IDENTICAL}
    kept = [
        finding
        for key, finding in known.items()
        if finding.rule.id not in everywhere or voters <= holders[key]
    ]
    kept.sort(key=lambda each: (not each.contract, each.contract))
    return kept


def _loudness(finding: Finding) -> tuple[bool, int]:
    """Of two reports that judge one finding differently, the stricter one counts."""
    return finding.waived is None, finding.severity
