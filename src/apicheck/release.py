"""Releasing versions into the store: checked, copied whole, and locked."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from apicheck import api, judge, lint
from apicheck.errors import ConfigError, SourceError, UnsupportedFeature
from apicheck.model import Bump, Change, Direction, Place, Report, Severity, Waived
from apicheck.sources import open_source
from apicheck.store import rules
from apicheck.store.difference import told
from apicheck.store.layout import Release, Stored, arrange, contracts, find_contract, find_release
from apicheck.store.lock import Locked, closure, digest, read_lock, reader, write_lock, write_whole
from apicheck.store.versions import Version, bump_between, parse_version, raised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from apicheck.api import Settings
    from apicheck.model import Contract, Finding, Rule
    from apicheck.sources import Document

__all__ = ["Added", "add", "announce", "bump_too_small", "first", "let_pass", "lock", "mismatch"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: Cards that keep a version out of the store, unless it is forced.
_REFUSED = {rules.INVALID.id, rules.BUMP_TOO_SMALL.id, rules.DECREASED.id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What came of adding a version: the report, and the path written (None if refused)."""

    report: Report
    path: Path | None


def add(
    spec: str,
    service: str,
    settings: Settings,
    *,
    kind: str = "",
    version: str = "",
    force: bool = False,
) -> Added:
    """Release ``spec`` as a version of a contract of ``service``.

    ``kind`` is ``openapi`` and the like by the document itself, or ``events/NAME``, ``idl/NAME``;
    ``version`` is what the document says unless given. Refused are an invalid contract and a step
    smaller than the changes demand (unless ``force``), and always another content for a version
    that is there. Raises ApicheckError where the contract or the store cannot be read or written.
    """
    document, contract = _read(spec, settings, kind)
    place = _folder(service, kind or (contract.format if contract else ""))
    number = _version(version or (contract.version if contract else ""), spec)
    root = settings.options.cwd / settings.store
    files = _files(document, f"{place}/{number}", spec)
    known = contracts(root) if root.is_dir() else ()
    stored = next((each for each in known if each.name == place), None)
    same = _there(stored, number)
    if same is not None:
        return _again(same, files, root, document, settings)
    before = None if stored is None else stored.before(number)
    at = Place(document=document, pointer=("info", "version"))
    changes = [*lint.changes(lint.problems(document))]
    changes += mismatch(place, number, contract.version if contract else "", at)
    report = None
    if before is not None and contract is not None:
        report = api.check(api.load(str(root / before.entry), settings), contract, settings)
        demanded = report.summary.bump
        changes += bump_too_small(before, number, demanded, at)
        if demanded <= bump_between(before.version, number):
            reason = f"released as {number}, a new major beside {before.version}"
            report = replace(report, findings=let_pass(report.findings, reason))
    elif before is None:
        changes.append(first(stored, place, number, at))
    report = _joined(report, changes, settings)
    refused = any(f.rule.id in _REFUSED and f.severity is Severity.ERROR for f in report.findings)
    if refused and not force:
        return Added(report=report, path=None)
    return Added(report=report, path=_write(root, files, f"{place}@{number}"))


def _read(spec: str, settings: Settings, kind: str) -> tuple[Document, Contract | None]:
    document = open_source(spec, settings.options)
    if kind and not _known(document, settings):
        return document, None  # kept and locked, never compared
    try:
        contract = api.load(spec, settings) if spec != "-" else _built(document)
    except UnsupportedFeature as problem:
        hint = "say what it is, for example: --kind events/OrderPlaced"
        raise UnsupportedFeature(problem.feature, spec, hint=hint) from None
    return document, contract


def _known(document: Document, settings: Settings) -> bool:
    """Whether the contract is of a format that can be compared."""
    from apicheck import formats

    if settings.as_format:
        return True
    try:
        formats.detect(document)
    except UnsupportedFeature:
        return False
    return True


def _built(document: Document) -> Contract:
    """Standard input can be read only once."""
    from apicheck import formats

    return formats.detect(document).build(document)


def _folder(service: str, kind: str) -> str:
    parts = [service, *kind.split("/")]
    for part in parts:
        if not _NAME.fullmatch(part):
            raise ConfigError("--service or --kind", part, "is not a name that a folder can have")
    if service == "pacts":
        raise ConfigError("--service", service, "is where pacts are kept", "take another name")
    folder = "/".join(parts)
    if not arrange([f"{folder}/1.0.0.json"]):
        raise ConfigError(
            "--kind", kind, "is no kind of contract", "openapi, asyncapi, events/NAME or idl/NAME"
        )
    return folder


def _version(text: str, spec: str) -> Version:
    if not text:
        raise SourceError(spec, "does not say its version", "give --version")
    version = parse_version(text)
    if version is None:
        raise SourceError(
            spec,
            f"{text!r} is no version that can be ordered",
            "give --version, for example 1.4.0, v2 or 2026-11-21",
        )
    return version


def _files(document: Document, target: str, spec: str) -> dict[str, bytes]:
    """The files of the version by their path in the store, those it refers to included."""
    if not document.path:  # standard input or the web: one document
        return {f"{target}{_ending(document)}": document.raw}
    found = dict(closure([document.path], document.tree.read))
    if len(found) == 1:
        return {f"{target}{_ending(document)}": document.raw}
    home = posixpath.dirname(document.path)
    inside = {posixpath.relpath(path, home or "."): text for path, text in found.items()}
    outside = [path for path in inside if path.startswith("..")]
    if outside:
        raise SourceError(
            spec,
            f"refers to files outside of its folder: {outside[0]}",
            "a released version is kept whole: bundle it, or move its files into one folder",
        )
    files = {f"{target}/{path}": text for path, text in inside.items()}
    (stored,) = arrange(files)
    if stored.releases[0].entry != f"{target}/{posixpath.basename(document.path)}":
        raise SourceError(
            spec, "has several files beside it", "call the one to open openapi.yaml (or .json)"
        )
    return files


def _ending(document: Document) -> str:
    ending = posixpath.splitext(document.path)[1]
    known = {".yaml", ".yml", ".json", ".avsc", ".avdl", ".proto", ".thrift"}
    return ending if ending in known else (".json" if document.json else ".yaml")


def _there(stored: Stored | None, number: Version) -> Release | None:
    releases = () if stored is None else stored.releases
    return next((each for each in releases if each.version == number), None)


def _again(
    release: Release,
    files: dict[str, bytes],
    root: Path,
    document: Document,
    settings: Settings,
) -> Added:
    """A version that is there already: the same again is nothing new, anything else is refused."""
    read = reader(root)
    if {path: read(path) for path in release.files} == files:
        note = f"{release.name} is there already, with the same content"
        return Added(report=_joined(None, [], settings, note), path=root / release.path)
    at = Place(document=document, pointer=())
    version = str(release.version)
    found = told((root / (release.entry or release.path)).read_bytes(), document.raw)
    what = f": {found}" if found else ""
    change = _about(
        rules.CHANGED, release.contract, release.version, at, version=version, what=what
    )
    return Added(report=_joined(None, [change], settings), path=None)


def bump_too_small(before: Release, number: Version, demanded: Bump, at: Place) -> Iterator[Change]:
    """Says so where the step from ``before`` to ``number`` is less than the changes demand."""
    given = bump_between(before.version, number)
    if given < demanded:
        needed = raised(before.version, demanded)
        yield _about(
            rules.BUMP_TOO_SMALL,
            before.contract,
            number,
            at,
            old=str(before.version),
            new=str(number),
            given=given.name.lower(),
            demanded=demanded.name.lower() + (f" ({needed} or higher)" if needed else ""),
        )


def mismatch(contract: str, number: Version, said: str, at: Place) -> Iterator[Change]:
    """Says so where a document calls itself another version than ``number``."""
    told = parse_version(said)
    if said and (told is None or told != number):
        yield _about(rules.MISMATCHED, contract, number, at, version=str(number), said=said)


def first(stored: Stored | None, contract: str, number: Version, at: Place) -> Change:
    """What is to be said of a version that no released one precedes."""
    if stored is None or not stored.releases:
        return _about(rules.ADDED, contract, number, at)
    old = str(stored.releases[0].version)
    return _about(rules.DECREASED, contract, number, at, new=str(number), old=old)


def let_pass(findings: Iterable[Finding], reason: str) -> tuple[Finding, ...]:
    """The findings with those that break marked as meant."""
    return tuple(
        replace(each, waived=Waived(reason=reason))
        if each.breaking and each.waived is None
        else each
        for each in findings
    )


def _about(rule: Rule, contract: str, number: Version, at: Place, **values: str) -> Change:
    return Change(
        rule=rule,
        path=(contract, str(number)),
        label=f"{contract}@{number}",
        direction=Direction.BOTH,
        new=at,
        values={"contract": contract, **values},
    )


def _joined(
    report: Report | None, changes: list[Change], settings: Settings, note: str = ""
) -> Report:
    """The report of the comparison, if there was one, with what is said of the version itself."""
    found = judge.judge(changes, settings.policy, settings.today)
    demanded = Bump.NONE
    if report is not None:
        found += report.findings
        demanded = report.summary.bump
    return Report(
        command="contracts add",
        old=None if report is None else report.old,
        new=None if report is None else report.new,
        summary=replace(judge.summarise(found, identical=False), bump=demanded),
        findings=found,
        notes=(note,) if note else (),
    )


def _write(root: Path, files: dict[str, bytes], name: str) -> Path:
    lines = read_lock(root)
    for path, text in sorted(files.items()):
        write_whole(root / path, text)
    (stored,) = arrange(files)
    (release,) = stored.releases
    lines[name] = Locked(sha256=digest(release, reader(root)))
    write_lock(root, lines)
    return root / release.path


def lock(settings: Settings, names: tuple[str, ...] = ()) -> list[str]:
    """Lock every version that is not locked yet, and those named (NAME@VERSION) anew.

    Gives the names of the lines that were written.
    """
    root = settings.options.cwd / settings.store
    known = contracts(root)
    again = {_named(known, each).name for each in names}
    lines = read_lock(root)
    read = reader(root)
    written = []
    for release in (each for stored in known for each in stored.releases):
        if release.name in lines and release.name not in again:
            continue
        old = lines.get(release.name)
        fresh = Locked(sha256=digest(release, read), sunset=old.sunset if old else "")
        if fresh != old:
            lines[release.name] = fresh
            written.append(release.name)
    write_lock(root, lines)
    return written


def announce(settings: Settings, name: str, day: str) -> str:
    """Write the sunset of NAME@VERSION into the lock file; "" takes it back.

    ``day`` is an ISO date. Gives the full name of the version.
    """
    from datetime import date

    root = settings.options.cwd / settings.store
    release = _named(contracts(root), name)
    lines = read_lock(root)
    if day:
        try:
            day = date.fromisoformat(day).isoformat()
        except ValueError:
            raise ConfigError("DATE", day, "is no date", "write it as 2027-01-31") from None
    if release.name not in lines:
        raise SourceError(release.name, "is not locked", "run: apicheck contracts lock")
    lines[release.name] = Locked(sha256=lines[release.name].sha256, sunset=day)
    write_lock(root, lines)
    return release.name


def _named(known: tuple[Stored, ...], name: str) -> Release:
    contract, at, version = name.rpartition("@")
    if not at:
        raise ConfigError("NAME@VERSION", name, "names no version", f"write {name}@1.0.0")
    return find_release(find_contract(known, contract), version)
