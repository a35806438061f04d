"""The gate over plain files: each contract as it is now against the same file at the base."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck import api, formats, judge, sources
from apicheck.errors import ApicheckError, SourceError
from apicheck.gate.judging import Judging, Outcome
from apicheck.gate.reading import Sides, read_sides
from apicheck.model import Bump, Change, Direction, Place
from apicheck.release import let_pass
from apicheck.store import rules
from apicheck.store.lock import closure, reader
from apicheck.store.verify import whole
from apicheck.store.versions import bump_between, parse_version, raised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from apicheck.api import Settings
    from apicheck.gate.base import Base, Changed
    from apicheck.model import Finding, Rule

__all__ = ["Spec", "plain", "specs_of"]

Step = tuple[str, "Callable[[], Outcome]"]

_ENDINGS = (".yaml", ".yml", ".json")
#: A document that says of itself that it is OpenAPI, wherever the line stands.
_SAYS = re.compile(
    rb"""(?:^|[{,]\s*)["']?(?:openapi|swagger)["']?\s*:\s*["']?[23]\.""", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One contract file: where it was and where it is, "" where it does not exist."""

    old: str
    new: str

    @property
    def name(self) -> str:
        """The path that people know it by."""
        return self.new or self.old


def specs_of(
    base: Base, changed: Sequence[Changed], patterns: Sequence[str], known: Sequence[str]
) -> list[Spec]:
    """The contracts among the files of the work tree (``known``) and of the base.

    ``patterns`` are paths or globs, ``**`` for any folders; without any, files are told by their
    name, and by what they say of themselves.
    """
    wanted = [_pattern(each) for each in patterns]
    moved = {each.new: each for each in changed}
    read_now, read_then = reader(base.cwd), base.reader()
    found = []
    for path in known:
        spec = Spec(old=moved[path].old if path in moved else path, new=path)
        # A contract that no longer says what it is must not slip away by that.
        was = path in moved and spec.old and _chosen(spec.old, wanted, read_then)
        if was or _chosen(path, wanted, read_now):
            found.append(spec)
    gone = [each.old for each in changed if not each.new]
    return found + [Spec(old=path, new="") for path in gone if _chosen(path, wanted, read_then)]


def _chosen(path: str, wanted: list[re.Pattern[str]], read: Callable[[str], bytes]) -> bool:
    if wanted:
        return any(each.fullmatch(path) for each in wanted)
    if not path.endswith(_ENDINGS):
        return False
    try:
        return _SAYS.search(read(path)) is not None
    except SourceError:
        return False


def _pattern(glob: str) -> re.Pattern[str]:
    """A path, a folder or a glob, as .gitignore and pathlib read them: * stays in one folder."""
    text = glob.removeprefix("./").rstrip("/")
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", text)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(each, re.escape(each)) for each in parts) + "(?:/.*)?")


def plain(
    specs: Sequence[Spec],
    base: Base,
    changed: Sequence[Changed],
    judging: Judging,
    *,
    allow_major: bool,
) -> Iterator[Step]:
    """One step for each contract that differs, or refers to a file that does."""
    touched = {each.old for each in changed} | {each.new for each in changed}
    now, then = reader(base.cwd), base.reader()
    for spec in specs:
        files = {spec.old, spec.new} | _files(spec.new, now) | _files(spec.old, then)
        if (files - {""}) & touched:
            yield spec.name, _step(spec, base, judging, allow_major=allow_major)


def _files(path: str, read: Callable[[str], bytes]) -> set[str]:
    """A contract's file and all that it refers to; nothing where it does not exist."""
    if not path:
        return set()
    try:
        return {each for each, _ in closure([path], read)}
    except SourceError:
        return {path}


def _step(spec: Spec, base: Base, judging: Judging, *, allow_major: bool) -> Callable[[], Outcome]:
    def run() -> Outcome:
        settings = judging.settings
        if not spec.new:
            change = _gone(spec, base, settings)
            return Outcome(contract=spec.name, findings=judging.findings([change], spec.name))
        old = base.source(spec.old) if spec.old and base.commit else ""
        sides = read_sides(old, spec.new, settings)
        findings = judging.findings(sides.changes, spec.name)
        if not old:
            added = _about(rules.ADDED, spec, whole(spec.new), contract=spec.name)
            findings += judging.findings([added], spec.name)
        if sides.old is None or sides.new is None:
            return Outcome(contract=spec.name, findings=findings)
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


def _numbered(
    spec: Spec, sides: Sides, found: tuple[Finding, ...], judging: Judging, *, allow_major: bool
) -> Outcome:
    """The findings of a comparison, and whether info.version rose as they demand.

    Changes of wording alone demand nothing of a plain file.
    """
    old, new = sides.old, sides.new
    assert old is not None
    assert new is not None
    demanded = judge.summarise(found, identical=not found).bump
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


def _gone(spec: Spec, base: Base, settings: Settings) -> Change:
    """A contract whose file is gone: no break where every operation of it had its sunset."""
    source = base.source(spec.old)
    rule = rules.GONE
    try:
        old = api.load(source, settings)
        empty = sources.in_memory({**old.document.data, "paths": {}}, spec.old)
        without = formats.named(old.format).build(empty)
        told = {each.rule.id for each in api.candidates(old, without, settings.today)}
        if "operation.removed-after-sunset" in told and "operation.removed" not in told:
            rule = rules.GONE_AFTER_SUNSET
    except (ApicheckError, ExceptionGroup):
        pass  # it could not be read before either: that it is gone is all that can be said
    return Change(
        rule=rule,
        path=("document",),
        label=spec.old,
        direction=Direction.BOTH,
        old=whole(source),
        values={"contract": spec.old},
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
