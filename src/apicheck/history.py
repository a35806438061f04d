"""The history of one contract: its steps, and which versions can talk to which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck import api, judge
from apicheck.errors import SourceError, UnsupportedFeature
from apicheck.model import Bump, Severity, Verdict
from apicheck.store.versions import bump_between

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from apicheck.api import Settings
    from apicheck.model import Contract, Summary
    from apicheck.store.layout import Release, Stored

__all__ = ["Cell", "Step", "matrix", "steps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From one version to the next: what its number says (``given``) and what its changes do."""

    old: str
    new: str
    verdict: Verdict
    given: Bump
    demanded: Bump
    breaking: int
    warning: int
    info: int

    @property
    def kept(self) -> bool:
        """Whether the number promised no less than what was done."""
        return self.given >= self.demanded


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Whether a client made for one version can talk to a service of another.

    ``breaking`` counts what the client would stumble over, ``warning`` what it may.
    """

    client: str
    service: str
    verdict: Verdict
    breaking: int
    warning: int


def steps(stored: Stored, settings: Settings) -> list[Step]:
    """Every step of the history, the oldest first."""
    load = _loader(settings)
    found = []
    for before, after in zip(stored.releases, stored.releases[1:], strict=False):
        summary, breaking = _compared(load(before), load(after), settings)
        found.append(
            Step(
                old=str(before.version),
                new=str(after.version),
                verdict=summary.verdict,
                given=bump_between(before.version, after.version),
                demanded=summary.bump,
                breaking=breaking,
                warning=summary.warning,
                info=summary.info,
            )
        )
    return found


def matrix(releases: Sequence[Release], settings: Settings) -> list[list[Cell]]:
    """A row for each version of the client, a column for each version of the service.

    A client writes requests and reads responses as its own version says; the service does so by
    its version. That is the comparison from the client's version to the service's, whichever of
    the two is older.
    """
    load = _loader(settings)
    return [[_cell(row, column, load, settings) for column in releases] for row in releases]


def _cell(
    row: Release, column: Release, load: Callable[[Release], Contract], settings: Settings
) -> Cell:
    if row is column:
        verdict, breaking, warning = Verdict.IDENTICAL, 0, 0
    else:
        summary, breaking = _compared(load(row), load(column), settings)
        verdict, warning = summary.verdict, summary.warning
    return Cell(
        client=str(row.version),
        service=str(column.version),
        verdict=verdict,
        breaking=breaking,
        warning=warning,
    )


def _compared(old: Contract, new: Contract, settings: Settings) -> tuple[Summary, int]:
    """What a comparison comes to."""
    changes = api.candidates(old, new, settings.today)
    findings = judge.judge(
        changes,
        api.policy_for(new, settings.policy),
        settings.today,
        baseline=settings.baseline,
        places_from=Severity.ERROR,
        prove=api.prover(old, new),
    )
    breaking = sum(each.breaking and each.waived is None for each in findings)
    return judge.summarise(findings, identical=not findings), breaking


def _loader(settings: Settings) -> Callable[[Release], Contract]:
    root = settings.options.cwd / settings.store
    known: dict[str, Contract] = {}

    def load(release: Release) -> Contract:
        if release.name not in known:
            if not release.entry:
                raise SourceError(release.path, "is a folder without an entry file")
            try:
                known[release.name] = api.load(str(root / release.entry), settings)
            except UnsupportedFeature as problem:
                raise UnsupportedFeature(
                    f"{release.contract} is of no format that can be compared yet",
                    problem.source,
                ) from None
        return known[release.name]

    return load
