"""The pull-request job: every contract that differs from a base revision, in one report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from apicheck import judge
from apicheck.errors import ConfigError, SourceError
from apicheck.gate.base import Base, Changed, changed_files, default_base, find_base, unstaged
from apicheck.gate.judging import Judging, Outcome
from apicheck.gate.plain import plain, specs_of
from apicheck.gate.released import released, states
from apicheck.model import Bump, Report, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from apicheck.api import Settings
    from apicheck.judge.policy import Policy

__all__ = ["Request", "default_base", "gate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to check.

    ``base`` is the revision to compare with (None: the main branch); with ``staged``, the index
    is compared with HEAD. ``specs`` are paths or globs of plain contract files. ``shard`` (i, n)
    checks every n-th contract, the i-th of them first, from 1. ``allow_major`` lets breaking
    changes of a plain file pass where its info.version rises to a new major.
    """

    base: str | None = None
    staged: bool = False
    specs: tuple[str, ...] = ()
    shard: tuple[int, int] = (1, 1)
    allow_major: bool = False


def gate(
    request: Request, settings: Settings, policy_of: Callable[[str], Policy] | None = None
) -> Report:
    """Check every contract that differs; ``policy_of`` gives the policy of a service of the store.

    With a store, its new and changed versions are checked; without one, or where ``specs`` are
    named, plain files are. Raises SourceError where there is no git, no base, or (but for
    ``staged``) no contract at all.
    """
    cwd = settings.options.cwd.resolve()
    settings = replace(settings, options=replace(settings.options, cwd=cwd))
    base = find_base(request.base, cwd, settings.options.max_bytes, staged=request.staged)
    changed = changed_files(base, staged=request.staged)
    judging = Judging(settings=settings, policy_of=policy_of or (lambda _service: settings.policy))
    steps, known = _steps(request, base, changed, judging)
    shard, of = request.shard
    chosen = sorted(steps, key=lambda each: each[0])[shard - 1 :: of]
    outcomes = [run() for _, run in chosen]
    return _report(request, base, outcomes, known, judging)


def _steps(
    request: Request, base: Base, changed: Sequence[Changed], judging: Judging
) -> tuple[list[tuple[str, Callable[[], Outcome]]], int]:
    """What is to be done for each contract that differs, and how many contracts there are."""
    settings = judging.settings
    now, then = states(base, settings)
    steps: list[tuple[str, Callable[[], Outcome]]] = []
    known = 0
    if now is not None or then.contracts:
        here = now or replace(then, contracts=(), lock={})
        known = len({each.name for each in (*here.contracts, *then.contracts)})
        steps += released(here, then, judging)
    if (request.specs or not known) and not (request.staged and _harmless(changed)):
        store = settings.store.rstrip("/") + "/"
        files = [each for each in _work_tree(base) if not each.startswith(store)]
        outside = [each for each in changed if not (each.new or each.old).startswith(store)]
        specs = specs_of(base, outside, request.specs, files)
        if request.specs and not specs:
            raise ConfigError(
                "specs", ", ".join(request.specs), "matches no file here", "paths start here"
            )
        if not specs and not known and now is None and not request.staged:
            raise SourceError(
                ".",
                "there is no contract here: neither a store nor an OpenAPI document",
                "name files in the setting 'specs', or start a store with: apicheck init",
            )
        known += len(specs)
        steps += plain(specs, base, changed, judging, allow_major=request.allow_major)
    return steps, known


def _harmless(changed: Sequence[Changed]) -> bool:
    """Whether no contract can be concerned, so that a commit need not wait for a search."""
    names = [path for each in changed for path in (each.old, each.new)]
    return not any(path.endswith((".yaml", ".yml", ".json")) for path in names)


def _work_tree(base: Base) -> list[str]:
    """The files at and below the current folder that git knows or would add."""
    from apicheck.sources.git import git

    listed = git(["ls-files", "-z", "--cached", "--others", "--exclude-standard"], base.cwd)
    names = {each.decode("utf-8", "surrogateescape") for each in listed.split(b"\0") if each}
    return sorted(each for each in names if (base.cwd / each).is_file())


def _report(
    request: Request, base: Base, outcomes: list[Outcome], known: int, judging: Judging
) -> Report:
    findings = tuple(finding for each in outcomes for finding in each.findings)
    findings += judging.leftovers(compared=any(each.compared for each in outcomes))
    summary = judge.summarise(findings, identical=not outcomes)
    owed = max((each.bump for each in outcomes), default=Bump.NONE)
    notes = [f"compared with {base.shown}; {len(outcomes)} of {known} contracts differ"]
    if request.shard != (1, 1):
        notes[0] += f" in shard {request.shard[0]} of {request.shard[1]}"
    notes += [note for each in outcomes for note in each.notes]
    if judging.settings.usage is not None:
        notes += judging.settings.usage.notes(findings)
    if request.staged:
        also = sorted(unstaged(base.cwd).intersection(each.contract for each in outcomes))
        notes += [f"{path} has changes that are not staged; they were read too" for path in also]
    return Report(
        command="gate",
        old=Side(source=base.shown, format="", version=""),
        new=Side(source="the index" if request.staged else "the work tree", format="", version=""),
        summary=replace(summary, bump=owed),
        findings=findings,
        notes=tuple(notes),
    )
