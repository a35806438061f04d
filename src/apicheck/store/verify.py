"""Immutability: nothing that was released may change or go before its time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apicheck.model import Change, Direction, Place, Span
from apicheck.store import rules
from apicheck.store.difference import told
from apicheck.store.layout import Release, Stored, arrange, paths_below
from apicheck.store.lock import NAME, Locked, digest, parse_lock, read_lock, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

__all__ = ["State", "on_disk", "state_of", "verify", "whole"]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A store at one moment: in the work tree, or in the base revision.

    ``read`` gives the bytes of a file by its path below the store's folder and ``name`` what
    people call it; both may touch the disk or git, so digests are taken only when needed.
    """

    contracts: tuple[Stored, ...]
    lock: Mapping[str, Locked]
    read: Callable[[str], bytes]
    name: Callable[[str], str]
    _digests: dict[str, str] = field(default_factory=dict)

    @property
    def releases(self) -> dict[str, Release]:
        """Every version by its name in the lock file."""
        return {each.name: each for stored in self.contracts for each in stored.releases}

    def digest(self, release: Release) -> str:
        """The fingerprint of a release, computed once."""
        if release.name not in self._digests:
            self._digests[release.name] = digest(release, self.read)
        return self._digests[release.name]


def on_disk(root: Path, shown: str = "") -> State:
    """The store in a folder; ``shown`` is what people call that folder."""
    label = shown or str(root)
    return State(
        contracts=arrange(paths_below(root)),
        lock=read_lock(root),
        read=reader(root),
        name=lambda path: f"{label}/{path}",
    )


def state_of(
    paths: Iterable[str], read: Callable[[str], bytes], name: Callable[[str], str]
) -> State:
    """The store that some files make up, wherever they are; paths are relative to its folder."""
    found = list(paths)
    lock = {}
    if NAME in found:
        lock = parse_lock(read(NAME).decode("utf-8", "replace"), name(NAME))
    return State(contracts=arrange(found), lock=lock, read=read, name=name)


def verify(
    now: State,
    base: State | None,
    today: date,
    own_sunset: Callable[[Release], str] = lambda _release: "",
) -> Iterator[Change]:
    """What was released and is no longer so, is gone before its sunset, or is not locked.

    ``base`` is the store before the change under review (None: only the lock file is held
    against the files). What counts as announced is the sunset in *its* lock file, or the one
    ``own_sunset`` finds in the removed version itself (ISO date or ""): one change may not both
    announce and remove.
    """
    here = now.releases
    before = {} if base is None else base.releases
    promised = now.lock if base is None else {**now.lock, **base.lock}
    for name in sorted({*before, *promised, *here}):
        release = here.get(name)
        if release is None:
            gone = before.get(name)
            line = promised.get(name)
            sunset = line.sunset if line is not None else ""
            if not sunset and gone is not None:
                sunset = own_sunset(gone)
            place = whole((base or now).name(gone.first)) if gone else None
            yield _gone(name, sunset, today, place, whole(now.name(NAME)))
        elif not _unchanged(release, now, base):
            yield _change(rules.CHANGED, now, release, what=_what(release, now, base))
        elif name not in now.lock:
            yield _change(rules.NOT_LOCKED, now, release, lock=now.name(NAME))
    if base is not None:
        yield from _sunsets(now, base, today)


def _what(release: Release, now: State, base: State | None) -> str:
    """``: info.title changed`` where the base still has the file as it was."""
    known = None if base is None else base.releases.get(release.name)
    if base is None or known is None:
        return ""
    found = told(base.read(known.first), now.read(release.first))
    return f": {found}" if found else ""


def _unchanged(release: Release, now: State, base: State | None) -> bool:
    name = release.name
    expected = []
    if base is not None and name in base.lock:
        expected.append(base.lock[name].sha256)
    elif base is not None and name in base.releases:
        expected.append(base.digest(base.releases[name]))
    if name in now.lock:
        expected.append(now.lock[name].sha256)
    return all(each == now.digest(release) for each in expected)


def _gone(name: str, sunset: str, today: date, old: Place | None, new: Place) -> Change:
    contract, _, version = name.rpartition("@")
    passed = bool(sunset) and sunset <= today.isoformat()
    words = f"its sunset is {sunset}" if sunset else "no sunset was announced for it"
    return Change(
        rule=rules.RETIRED if passed else rules.REMOVED,
        path=(contract, version),
        label=name,
        direction=Direction.BOTH,
        old=old,
        new=new,
        values={
            "contract": contract,
            "version": version,
            "sunset": sunset if passed else words,
        },
    )


def _sunsets(now: State, base: State, today: date) -> Iterator[Change]:
    """A sunset that was announced may be moved away, but not nearer; a new one lies ahead."""
    for name, line in sorted(now.lock.items()):
        release = now.releases.get(name)
        known = base.lock[name].sunset if name in base.lock else ""
        if release is None or not line.sunset or line.sunset == known:
            continue
        if known and line.sunset < known:
            was = f"was {known}"
        elif not known and name in base.releases and line.sunset <= today.isoformat():
            was = "none was announced"
        else:
            continue
        yield _change(
            rules.SUNSET_SHORTENED, now, release, at=now.name(NAME), new=line.sunset, old=was
        )


def _change(rule: Any, state: State, release: Release, at: str = "", **values: str) -> Change:
    version = str(release.version)
    return Change(
        rule=rule,
        path=(release.contract, version),
        label=release.name,
        direction=Direction.BOTH,
        new=whole(at or state.name(release.first)),
        values={"contract": release.contract, "version": version, **values},
    )


class _Whole:
    """A file as a whole, for findings that concern no place in it."""

    def __init__(self, source: str) -> None:
        self.source = source

    def span(self, _pointer: Sequence[str | int]) -> Span:
        """The first line."""
        return Span(source=self.source, line=1, column=1, end_line=1, end_column=1)


def whole(source: str) -> Place:
    """A place that stands for all of a file."""
    return Place(document=_Whole(source), pointer=())
