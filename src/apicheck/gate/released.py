"""The gate over a store: what was released stays, and what is new is held against it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from apicheck import api, judge
from apicheck.errors import ApicheckError
from apicheck.gate.judging import Judging, Outcome, let_pass
from apicheck.gate.reading import read_sides
from apicheck.model import Bump, Change, Direction
from apicheck.store import rules
from apicheck.store.verify import State, on_disk, state_of, verify, whole
from apicheck.store.versions import bump_between, parse_version, raised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apicheck.api import Settings
    from apicheck.gate.base import Base
    from apicheck.model import Finding, Rule
    from apicheck.store.layout import Release, Stored

__all__ = ["previous", "released", "states"]

Step = tuple[str, "Callable[[], Outcome]"]


def states(base: Base, settings: Settings) -> tuple[State | None, State]:
    """The store now and at the base revision; None for now if there is no such folder."""
    folder = settings.store
    root = settings.options.cwd / folder
    read = base.reader()
    paths = [posixpath.relpath(each, folder) for each in base.files(folder)]
    then = state_of(
        paths,
        lambda path: read(posixpath.join(folder, path)),
        lambda path: base.source(posixpath.join(folder, path)),
    )
    return (on_disk(root, folder) if root.is_dir() else None), then


def released(now: State, then: State, judging: Judging) -> Iterator[Step]:
    """One step for each contract with new versions or something wrong with its old ones."""
    wrong: dict[str, list[Change]] = {}
    settings = judging.settings
    for change in verify(now, then, settings.today, _own_sunset(then, settings)):
        wrong.setdefault(change.path[0], []).append(change)
    known = then.releases
    for stored in now.contracts:
        fresh = [each for each in stored.releases if each.name not in known]
        changes = wrong.pop(stored.name, [])
        if fresh or changes:
            yield stored.name, _step(stored, fresh, changes, judging)
    for name, changes in sorted(wrong.items()):
        yield name, _gone(name, changes, judging)


def _gone(name: str, changes: list[Change], judging: Judging) -> Callable[[], Outcome]:
    def run() -> Outcome:
        service = name.partition("/")[0]
        return Outcome(contract=name, findings=judging.findings(changes, name, service))

    return run


def _step(
    stored: Stored, fresh: list[Release], changes: list[Change], judging: Judging
) -> Callable[[], Outcome]:
    def run() -> Outcome:
        findings = judging.findings(changes, stored.name, stored.service)
        owed, compared = Bump.NONE, False
        notes: list[str] = []
        for release in fresh:
            outcome = _fresh(stored, release, fresh, judging)
            findings += outcome.findings
            owed = max(owed, outcome.bump)
            notes += outcome.notes
            compared = compared or outcome.compared
        return Outcome(
            contract=stored.name,
            findings=findings,
            bump=owed,
            compared=compared,
            notes=tuple(notes),
        )

    return run


def previous(stored: Stored, release: Release) -> Release | None:
    """The version that a release is held against: the highest below it.

    A pre-release is not held against by a plain version, since it promised nothing.
    """
    lower = [each for each in stored.releases if each.version < release.version]
    if not release.version.prerelease:
        lower = [each for each in lower if not each.version.prerelease]
    return lower[-1] if lower else None


def _fresh(stored: Stored, release: Release, fresh: list[Release], judging: Judging) -> Outcome:
    """A version that is new: readable, correct, and numbered as its changes demand."""
    settings = judging.settings
    before = previous(stored, release)
    old = "" if before is None else _source(before, settings.store)
    sides = read_sides(old, _source(release, settings.store), settings)
    changes = [*sides.changes]
    if sides.new is not None:
        changes += _mismatch(release, sides.new.version, settings.store)
    if before is None:
        changes.append(_first(stored, release, fresh, settings.store))
    findings = judging.findings(changes, stored.name, stored.service)
    if before is None:
        return Outcome(contract=stored.name, findings=findings)
    if sides.old is None or sides.new is None:
        notes = (f"{release.name} was not compared: no such format yet",) if sides.foreign else ()
        return Outcome(contract=stored.name, findings=findings, notes=notes)
    found = judging.findings(
        api.compare(sides.old, sides.new, settings.today), stored.name, stored.service
    )
    outcome = _numbered(before, release, found, judging)
    return Outcome(
        contract=stored.name,
        findings=findings + outcome.findings,
        bump=outcome.bump,
        compared=True,
        notes=outcome.notes,
    )


def _numbered(
    before: Release, release: Release, found: tuple[Finding, ...], judging: Judging
) -> Outcome:
    """The findings of a comparison, and what they say of the new version's number."""
    name = release.contract
    demanded = judge.summarise(found, identical=not found).bump
    given = bump_between(before.version, release.version)
    owed = Bump.NONE
    if given < demanded:
        owed = demanded
        needed = raised(before.version, demanded)
        change = _about(
            rules.BUMP_TOO_SMALL,
            release,
            judging.settings.store,
            old=str(before.version),
            new=str(release.version),
            given=given.name.lower(),
            demanded=demanded.name.lower() + (f" ({needed} or higher)" if needed else ""),
        )
        found = judging.findings([change], name, name.partition("/")[0]) + found
    elif demanded is Bump.MAJOR:
        found = let_pass(
            found, f"released as {release.version}, a new major beside {before.version}"
        )
    note = f"{release.name} follows {before.version}: {demanded.name.lower()} changes"
    return Outcome(contract=name, findings=found, bump=owed, notes=(note,))


def _first(stored: Stored, release: Release, fresh: list[Release], folder: str) -> Change:
    others = [each for each in stored.releases if each not in fresh]
    if not others:
        return _about(rules.ADDED, release, folder)
    old = str(others[0].version)
    return _about(rules.DECREASED, release, folder, new=str(release.version), old=old)


def _mismatch(release: Release, said: str, folder: str) -> Iterator[Change]:
    told = parse_version(said)
    if said and (told is None or told != release.version):
        version = str(release.version)
        yield _about(rules.MISMATCHED, release, folder, version=version, said=said)


def _about(rule: Rule, release: Release, folder: str, **values: str) -> Change:
    return Change(
        rule=rule,
        path=(release.contract, str(release.version)),
        label=release.name,
        direction=Direction.BOTH,
        new=whole(_source(release, folder)),
        values={"contract": release.contract, **values},
    )


def _source(release: Release, folder: str) -> str:
    return posixpath.join(folder, release.entry or release.path)


def _own_sunset(then: State, settings: Settings) -> Callable[[Release], str]:
    """The sunset that a removed version announced itself, as ``x-sunset`` or in ``info``."""

    def sunset(release: Release) -> str:
        try:
            data = api.load(then.name(release.entry), settings).document.data
        except ApicheckError:
            return ""
        info = data.get("info")
        said = data.get("x-sunset") or (info.get("x-sunset") if type(info) is dict else None)
        text = str(said or "")[:10]
        return text if len(text) == 10 and text[4] == text[7] == "-" else ""

    return sunset
