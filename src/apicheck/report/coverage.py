"""What a run saw of a contract's answers: a line for everybody, a table for who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.report.words import amount, enumerated, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.model import Reached, Report

__all__ = ["headline", "reasons", "rows"]


def headline(report: Report) -> str:
    """``41 of 96 documented answers seen, and 2 undocumented``; "" if none asked."""
    if report.coverage is None:
        return ""
    documented = [each for each in report.coverage if each.documented]
    seen = sum(each.seen > 0 for each in documented)
    other = len(report.coverage) - len(documented)
    text = f"{seen:,} of {amount(len(documented), 'documented answer')} seen"
    return f"{text}, and {other:,} undocumented" if other else text


def rows(coverage: Sequence[Reached]) -> Iterator[tuple[str, str, str, str]]:
    """For each operation: its name, the statuses seen, never seen, and seen undocumented."""
    by: dict[str, list[Reached]] = {}
    for each in coverage:
        by.setdefault(each.operation, []).append(each)
    for operation, answers in by.items():
        yield (
            visible(operation),
            _listed(each for each in answers if each.documented and each.seen),
            _listed(each for each in answers if not each.seen),
            _listed(each for each in answers if not each.documented),
        )


def _listed(answers: Iterator[Reached]) -> str:
    return " ".join(visible(each.status) for each in answers) or "-"


def reasons(coverage: Sequence[Reached], most: int = 3) -> Iterator[tuple[str, str]]:
    """Statuses never seen with the reason, and where it holds; one line for a reason."""
    by: dict[tuple[str, str], list[str]] = {}
    for each in coverage:
        if not each.seen and each.why:
            by.setdefault((each.status, each.why), []).append(each.operation)
    for (status, why), operations in sorted(by.items(), key=lambda item: item[0]):
        where = enumerated(map(visible, operations), most, "operation")
        yield visible(status), f"{visible(why)} ({where})"
