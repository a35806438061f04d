"""The gate over a store: what was released stays, and what is new is held against it."""

from __future__ import annotations

import posixpath
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from apicheck import api, formats, judge
from apicheck.errors import ApicheckError
from apicheck.gate.judging import Judging, Outcome
from apicheck.gate.reading import Text, read_sides
from apicheck.model import Bump, Change, Place, Severity
from apicheck.release import bump_too_small, first, let_pass, mismatch
from apicheck.store.verify import State, on_disk, state_of, verify, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apicheck.api import Settings
    from apicheck.gate.base import Base
    from apicheck.model import Contract, Finding
    from apicheck.store.layout import Release, Stored

__all__ = ["released", "states"]

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


def _fresh(stored: Stored, release: Release, fresh: list[Release], judging: Judging) -> Outcome:
    """A version that is new: readable, correct, and numbered as its changes demand."""
    settings = judging.settings
    before = stored.before(release.version)
    source = _source(release, settings.store)
    old = None if before is None else Text(source=_source(before, settings.store))
    sides = read_sides(old, Text(source=source), settings)
    changes = [*sides.changes]
    if sides.new is not None:
        at = _said(sides.new)
        changes += mismatch(stored.name, release.version, sides.new.version, at)
    if before is None:
        others = tuple(each for each in stored.releases if each not in fresh)
        known = replace(stored, releases=others)
        changes.append(first(known, stored.name, release.version, whole(source)))
    findings = judging.findings(changes, stored.name, stored.service)
    if before is None:
        return Outcome(contract=stored.name, findings=findings)
    if sides.old is None or sides.new is None:
        notes = (f"{release.name} was not compared: no such format yet",) if sides.foreign else ()
        return Outcome(contract=stored.name, findings=findings, notes=notes)
    found = judging.findings(
        api.candidates(sides.old, sides.new, settings.today),
        stored.name,
        stored.service,
        (sides.old, sides.new),
    )
    found += _against_older(stored, release, sides.new, found, judging)
    outcome = _numbered(before, release, found, _said(sides.new), judging)
    return Outcome(
        contract=stored.name,
        findings=findings + outcome.findings,
        bump=outcome.bump,
        compared=True,
        notes=outcome.notes,
    )


def _against_older(
    stored: Stored,
    release: Release,
    new: Contract,
    found: tuple[Finding, ...],
    judging: Judging,
) -> tuple[Finding, ...]:
    """What the versions before the last one show, and the last step alone does not.

    Numbers that are used anew and, where every version counts, breaks of older ones.
    """
    settings = judging.settings
    before = [each for each in stored.releases if each.version < release.version]
    reused = formats.named(new.format).reused
    transitive = judging.policy_of(stored.service).transitive
    if len(before) < 2 or not (reused or transitive):
        return ()
    older = []
    for each in before:
        with suppress(ApicheckError, ExceptionGroup):  # told where it was released
            contract = api.load(_source(each, settings.store), settings)
            older += [(each, contract)] if contract.format == new.format else []
    more: tuple[Finding, ...] = ()
    if reused is not None:
        changes = list(reused([contract for _, contract in older], new))
        more += judging.findings(changes, stored.name, stored.service)
    if transitive:
        known = {each.fingerprint for each in found}
        for each, contract in reversed(older[:-1]):
            changes = list(api.candidates(contract, new, settings.today))
            sides = (contract, new)
            for one in judging.findings(changes, stored.name, stored.service, sides):
                if one.fingerprint not in known and one.severity > Severity.INFO:
                    known.add(one.fingerprint)
                    label = f"{one.location.label} (against {each.version})"
                    more += (replace(one, location=replace(one.location, label=label)),)
    return more


def _said(contract: Contract) -> Place:
    """Where a document says its version."""
    return Place(document=contract.document, pointer=("info", "version"))


def _numbered(
    before: Release,
    release: Release,
    found: tuple[Finding, ...],
    at: Place,
    judging: Judging,
) -> Outcome:
    """The findings of a comparison, and what they say of the new version's number."""
    name = release.contract
    demanded = judge.summarise(found, identical=not found).bump
    small = list(bump_too_small(before, release.version, demanded, at))
    if small:
        found = judging.findings(small, name, name.partition("/")[0]) + found
    else:
        found = let_pass(
            found, f"released as {release.version}, a new major beside {before.version}"
        )
    note = f"{release.name} follows {before.version}: {demanded.name.lower()} changes"
    owed = demanded if small else Bump.NONE
    return Outcome(contract=name, findings=found, bump=owed, notes=(note,))


def _source(release: Release, folder: str) -> str:
    return posixpath.join(folder, release.entry)


def _own_sunset(then: State, settings: Settings) -> Callable[[Release], str]:
    """The sunset that a removed version announced itself, as ``x-sunset`` or in ``info``."""

    def sunset(release: Release) -> str:
        try:
            data = api.load(then.name(release.entry), settings).document.data
        except (ApicheckError, ExceptionGroup):
            return ""
        if type(data) is not dict:
            return ""
        info = data.get("info")
        said = data.get("x-sunset") or (info.get("x-sunset") if type(info) is dict else None)
        text = str(said or "")[:10]
        return text if len(text) == 10 and text[4] == text[7] == "-" else ""

    return sunset
