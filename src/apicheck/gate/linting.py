"""Linting contracts on their own, without a base to compare with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from apicheck import judge
from apicheck.gate.reading import Text, read_sides
from apicheck.model import Bump, Report

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apicheck.api import Settings
    from apicheck.model import Finding

__all__ = ["lint_all"]


def lint_all(paths: Iterable[str], settings: Settings) -> Report:
    """What is wrong with each of some contracts, in one report; unreadable ones included."""
    findings: tuple[Finding, ...] = ()
    notes: list[str] = []
    count = 0
    for path in paths:
        count += 1
        sides = read_sides(None, Text(source=path), settings)
        if sides.foreign:
            notes.append(f"{path} is of no format that can be checked")
        findings += judge.judge(
            sides.changes,
            settings.policy,
            settings.today,
            baseline=settings.baseline,
            contract=path,
        )
    return Report(
        command="contracts lint",
        old=None,
        new=None,
        # Nothing was compared, so no step is demanded.
        summary=replace(judge.summarise(findings, identical=False), bump=Bump.NONE),
        findings=findings,
        notes=(f"{count - len(notes)} contracts checked", *notes),
    )
