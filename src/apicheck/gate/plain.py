"""The gate over plain files: each contract as it is now against the same file at the base."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck import api, formats, judge, sources
from apicheck.errors import ApicheckError, SourceError
from apicheck.gate.found import Found, contracts_in
from apicheck.gate.judging import Judging, Outcome
from apicheck.gate.reading import Sides, Text, read_sides
from apicheck.model import Bump, Change, Direction, Place
from apicheck.release import let_pass
from apicheck.store import rules
from apicheck.store.links import walk
from apicheck.store.lock import reader
from apicheck.store.verify import whole
from apicheck.store.versions import bump_between, parse_version, raised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from apicheck.api import Settings
    from apicheck.gate.base import Base, Changed
    from apicheck.model import Finding, Rule

__all__ = ["Spec", "plain", "specs_of"]

Step = tuple[str, "Callable[[], Outcome]"]

#: Formats whose documents must say their version.
_NUMBERED = frozenset({"openapi", "asyncapi"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One contract: what it was and what it is, None where it does not exist.

    ``concerned`` says whether it differs, or anything that it is made of.
    """

    old: Found | None
    new: Found | None
    concerned: bool

    @property
    def name(self) -> str:
        """The path that people know it by."""
        found = self.new or self.old
        assert found is not None
        return found.name


def specs_of(
    base: Base, changed: Sequence[Changed], patterns: Sequence[str], known: Sequence[str]
) -> list[Spec]:
    """The contracts among the files of the work tree (``known``) and of the base.

    ``patterns`` are paths or globs, ``**`` for any folders; without any, files are told by their
    name, and by what they say of themselves.
    """
    now = _remembering(reader(base.cwd))
    moved = {each.new: each.old for each in changed if each.new}
    before = sorted(
        {each for each in known if each not in moved} | {each.old for each in changed} - {""}
    )
    then = _remembering(_as_it_was(base, changed, now, set(before)))
    touched = {path for each in changed for path in (each.old, each.new)} - {""}
    here = contracts_in(known, patterns, now)
    gone = {each.name: each for each in contracts_in(before, patterns, then)}
    specs = []
    for each in here:
        alone = sum(_home(one) == _home(each) for one in here) == 1
        old = _before(each, gone, moved, before, alone=alone)
        if old is not None:
            gone.pop(old.name, None)
        differs = _touched(each, touched, now) or (old is not None and _touched(old, touched, then))
        specs.append(Spec(old=old, new=each, concerned=differs))
    # What was a contract, and is none or only part of another now, must not slip away by that.
    covered = {path for each in specs if each.old is not None for path in each.old.files}
    left = [each for each in gone.values() if not covered.issuperset(each.files)]
    for each in left:
        still = tuple(path for path in each.files if path in known)
        new = Found(name=each.name, files=still) if still else None
        specs.append(Spec(old=each, new=new, concerned=_touched(each, touched, then)))
    return specs


def _home(found: Found) -> str:
    return posixpath.dirname(found.files[0])


def _before(
    new: Found,
    gone: dict[str, Found],
    moved: dict[str, str],
    before: Sequence[str],
    *,
    alone: bool,
) -> Found | None:
    """What a contract was: the one of its name, or its files where they were then.

    A file that is ``alone`` in its folder is what is left of a contract of several.
    """
    there = set(before)
    files = tuple(sorted({moved.get(path, path) for path in new.files} & there))
    if new.name in gone and (new.folder or not files):
        return gone[new.name]
    if not files:
        return None
    if not new.folder:
        several = gone.get(posixpath.dirname(files[0]) or ".")
        if alone and several is not None and several.folder and files[0] in several.files:
            return several
        return Found(name=files[0], files=files)
    folders = sorted({posixpath.dirname(path) for path in files})
    for each in folders:
        if each in gone:
            return gone[each]
    return Found(name=folders[0] or ".", files=files) if len(folders) == 1 else None


def _as_it_was(
    base: Base, changed: Sequence[Changed], now: Callable[[str], bytes], there: set[str]
) -> Callable[[str], bytes]:
    """Files of the base; what did not change is read from the work tree, which is quicker."""
    touched = {path for each in changed for path in (each.old, each.new)}
    then = base.reader()

    def read(path: str) -> bytes:
        if path in there:
            return then(path) if path in touched else now(path)
        if path in touched:
            raise SourceError(path, "was not there")
        return then(path)

    return read


def _remembering(read: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """The same, each path once; files are read many times over while contracts are looked for."""
    known: dict[str, bytes | SourceError] = {}

    def remembered(path: str) -> bytes:
        if path not in known:
            try:
                known[path] = read(path)
            except SourceError as problem:
                known[path] = problem
        found = known[path]
        if isinstance(found, SourceError):
            raise found
        return found

    return remembered


def _touched(found: Found, touched: set[str], read: Callable[[str], bytes]) -> bool:
    """Whether a file of it differs, or one that it leads to, or one that it looked for in vain."""
    return any(each.path in touched for each in walk(found.files, read))


def plain(
    specs: Sequence[Spec], base: Base, judging: Judging, *, allow_major: bool
) -> Iterator[Step]:
    """One step for each contract that differs, or refers to a file that does."""
    for spec in specs:
        if spec.concerned:
            yield spec.name, _step(spec, base, judging, allow_major=allow_major)


def _step(spec: Spec, base: Base, judging: Judging, *, allow_major: bool) -> Callable[[], Outcome]:
    def run() -> Outcome:
        settings = judging.settings
        old = _side(spec.old, base) if spec.old is not None and base.commit else None
        if spec.new is None:
            assert spec.old is not None
            change = _gone(spec.old, base, settings)
            return Outcome(contract=spec.name, findings=judging.findings([change], spec.name))
        sides = read_sides(old, _side(spec.new, None), settings)
        findings = judging.findings(sides.changes, spec.name)
        if old is None:
            added = _about(rules.ADDED, spec, whole(spec.new.files[0]), contract=spec.name)
            findings += judging.findings([added], spec.name)
        if sides.old is None or sides.new is None:
            foreign = f"{spec.name} was not compared: it is of no known format"
            notes = (foreign,) if sides.foreign else ()
            return Outcome(contract=spec.name, findings=findings, notes=notes)
        changes = api.candidates(sides.old, sides.new, settings.today)
        found = judging.findings(changes, spec.name, sides=(sides.old, sides.new))
        outcome = _numbered(spec, sides, found, judging, allow_major=allow_major)
        return Outcome(
            contract=spec.name,
            findings=findings + outcome.findings,
            bump=outcome.bump,
            compared=True,
        )

    return run


def _side(found: Found, base: Base | None) -> Text:
    """Where one side is read from: the work tree, or the base."""
    source = found.name if base is None else base.source(found.name)
    files = tuple(posixpath.relpath(each, found.name) for each in found.files)
    return Text(source=source, files=files if found.folder else ())


def _numbered(
    spec: Spec, sides: Sides, found: tuple[Finding, ...], judging: Judging, *, allow_major: bool
) -> Outcome:
    """The findings of a comparison, and whether the version rose as they demand.

    Changes of wording alone demand nothing of a plain file, nor does a contract that says no
    version: many formats have no place for one.
    """
    old, new = sides.old, sides.new
    assert old is not None
    assert new is not None
    demanded = judge.summarise(found, identical=not found).bump
    if new.format not in _NUMBERED and not (old.version and new.version):
        return Outcome(contract=spec.name, findings=found, bump=demanded)
    before, after = parse_version(old.version), parse_version(new.version)
    given = bump_between(before, after) if before and after else None
    if given is None and old.version != new.version:
        return Outcome(contract=spec.name, findings=found, bump=demanded)
    if demanded >= Bump.MINOR and (given or Bump.NONE) < demanded:
        needed = raised(before, demanded) if before else ""
        change = _about(
            rules.NOT_BUMPED,
            spec,
            Place(document=new.document, pointer=("info", "version")),
            old=old.version or "none",
            new=new.version or "none",
            demanded=demanded.name.lower(),
            needed=f" ({needed} or higher)" if needed else "",
        )
        found += judging.findings([change], spec.name)
    elif allow_major and given is Bump.MAJOR:
        found = let_pass(found, f"info.version rose to {new.version}, a new major")
    return Outcome(contract=spec.name, findings=found, bump=demanded)


def _gone(found: Found, base: Base, settings: Settings) -> Change:
    """A contract whose files are gone: no break where every operation of it had its sunset."""
    source = base.source(found.files[0])
    rule = rules.GONE
    try:
        old = _side(found, base).load(settings)
        if old.format == "openapi":
            empty = sources.in_memory({**old.document.data, "paths": {}}, found.name)
            without = formats.named(old.format).build(empty)
            told = {each.rule.id for each in api.candidates(old, without, settings.today)}
            if "operation.removed-after-sunset" in told and "operation.removed" not in told:
                rule = rules.GONE_AFTER_SUNSET
    except (ApicheckError, ExceptionGroup):
        pass  # it could not be read before either: that it is gone is all that can be said
    return Change(
        rule=rule,
        path=("document",),
        label=found.name,
        direction=Direction.BOTH,
        old=whole(source),
        values={"contract": found.name},
    )


def _about(rule: Rule, spec: Spec, at: Place, **values: str) -> Change:
    return Change(
        rule=rule,
        path=("document",),
        label=spec.name,
        direction=Direction.BOTH,
        new=at,
        values=values,
    )
