"""The straight line, written down: load, compare, judge.

settings = Settings()
report = check(load("old.yaml", settings), load("new.yaml", settings), settings)
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from apicheck import formats, judge, sources
from apicheck.errors import UnsupportedFeature
from apicheck.judge.policy import Policy, with_profile
from apicheck.model import Report, Severity, Side
from apicheck.sources import Options
from apicheck.sources.paths import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from apicheck.judge import Users
    from apicheck.judge.verdict import Prove
    from apicheck.model import Change, Contract, Direction, Finding, Proof, Rule
    from apicheck.sources import Document

#: A reference to another file, or an import of one, which may have changed behind an equal text.
_FOREIGN = re.compile(rb"""\$ref["']?\s*:\s*["']?[^"'\s#]|\bimport\s+[\w\s]*["']""")

#: Modules with the cards of parts that build on this one.
AREAS = ("apicheck.pact.rules", "apicheck.fuzz.rules")

__all__ = [
    "AREAS",
    "Settings",
    "Usage",
    "build",
    "candidates",
    "catalogue",
    "check",
    "compare",
    "load",
    "policy_for",
    "profile_names",
    "prover",
    "reading",
    "side_of",
    "today",
]


def today() -> date:
    """The current date, for waivers and sunsets."""
    from datetime import date

    return date.today()  # noqa: DTZ011 - the user's own calendar


class Usage(Protocol):
    """What is known of the consumers of contracts."""

    def users(self, old: Contract, new: Contract, service: str, policy: Policy) -> Users | None:
        """What gives the consumers that a change concerns; None where no consumer is known."""

    def notes(self, findings: Iterable[Finding]) -> Iterator[str]:
        """What a report must say of what was known, and of what it let pass for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to read, judge and name contracts."""

    policy: Policy = field(default_factory=Policy)
    options: Options = field(default_factory=Options)
    as_format: str | None = None
    today: date = field(default_factory=today)
    baseline: frozenset[str] = frozenset()
    #: Line and column are looked up for findings of this severity and above.
    places_from: Severity = Severity.INFO
    #: What says which known consumers a change concerns, given both sides and the service.
    usage: Usage | None = None
    #: Folder of the store, relative to ``options.cwd``.
    store: str = "contracts"


def load(spec: str, settings: Settings | None = None) -> Contract:
    """Read one contract: FILE, DIR, git:REV:PATH, REV:PATH, NAME@VERSION, - or a web address."""
    settings = settings or Settings()
    return build(sources.open_source(_located(spec, settings), reading(settings)), settings)


def reading(settings: Settings) -> Options:
    """How files are read: those of a format with a language of its own as texts, where asked."""
    if not settings.as_format:
        return settings.options
    return replace(settings.options, language=formats.named(settings.as_format).language)


def build(document: Document, settings: Settings) -> Contract:
    """The contract of a document that was read, of the format asked for or by its content."""
    chosen = formats.named(settings.as_format) if settings.as_format else formats.detect(document)
    return chosen.build(document)


def _located(spec: str, settings: Settings) -> str:
    """The file of NAME@VERSION in the store; anything else as it is."""
    name, at, version = spec.rpartition("@")
    plain = at and name and version and ":" not in spec
    if plain and not kind_of(settings.options.cwd / spec, spec):
        from apicheck.store.layout import find

        return str(find(settings.options.cwd / settings.store, name, version))
    return spec


def compare(old: Contract, new: Contract, when: date | None = None) -> tuple[Change, ...]:
    """Every change from ``old`` to ``new``; UnsupportedFeature where the formats differ.

    ``when`` is the date that sunsets are held against (today if not given).
    """
    return _compared(old, new, when or today(), formats.named(old.format).compare)


def candidates(old: Contract, new: Contract, when: date | None = None) -> tuple[Change, ...]:
    """The same, and what is a change only if the prover finds it so: all that is to be judged."""
    chosen = formats.named(old.format)
    return _compared(old, new, when or today(), chosen.candidates or chosen.compare)


def _compared(
    old: Contract,
    new: Contract,
    when: date,
    compared: Callable[[Contract, Contract, date], Iterator[Change]],
) -> tuple[Change, ...]:
    if old.format != new.format:
        raise UnsupportedFeature(
            f"cannot compare {old.format} with {new.format}",
            new.document.source,
            hint="compare two versions of one contract",
        )
    if old.document.raw == new.document.raw and not _FOREIGN.search(old.document.raw):
        return ()
    return tuple(compared(old, new, when))


def prover(old: Contract, new: Contract) -> Prove | None:
    """What proves or refutes the changes between two contracts, for ``judge``; made on first use.

    It remembers what it was asked: use one for one pair.
    """
    made: list[Prove] = []
    prepare = formats.named(old.format).prover
    if prepare is None:
        return None

    def prove(change: Change, direction: Direction) -> Proof:
        if not made:
            made.append(prepare(old, new))
        return made[0](change, direction)

    return prove


def policy_for(contract: Contract, policy: Policy) -> Policy:
    """The policy with the profiles that it asks for, as far as the contract's format has them."""
    profiles = formats.named(contract.format).profiles
    if not policy.profiles or profiles is None:
        return policy
    known = profiles()
    for name in policy.profiles:
        if name in known:
            policy = with_profile(policy, known[name])
    return policy


def profile_names() -> tuple[str, ...]:
    """The profiles of all formats."""
    made = (formats.named(name).profiles for name in formats.KNOWN)
    return tuple(sorted({name for each in made if each is not None for name in each()}))


def check(
    old: Contract, new: Contract, settings: Settings | None = None, command: str = "diff"
) -> Report:
    """Compare and judge: the report of one pair of contracts."""
    settings = settings or Settings()
    used: set[int] = set()
    changes = candidates(old, new, settings.today)
    usage = settings.usage
    findings = judge.judge(
        changes,
        policy_for(new, settings.policy),
        settings.today,
        baseline=settings.baseline,
        used=used,
        places_from=settings.places_from,
        prove=prover(old, new),
        users=None if usage is None else usage.users(old, new, "", settings.policy),
    )
    findings += judge.leftovers(settings.policy, settings.today, used)
    identical = not findings and old.document.data == new.document.data
    gone = len(settings.baseline.difference(each.fingerprint for each in findings))
    return Report(
        command=command,
        old=side_of(old),
        new=side_of(new),
        summary=judge.summarise(findings, identical=identical),
        findings=findings,
        notes=(
            *((f"findings in the baseline that no longer occur: {gone}",) if gone else ()),
            *(usage.notes(findings) if usage is not None else ()),
        ),
    )


def side_of(contract: Contract) -> Side:
    """How a report names one side."""
    return Side(source=contract.document.source, format=contract.format, version=contract.version)


def catalogue() -> tuple[Rule, ...]:
    """Every card there is: of formats, judging, the store and fuzzing; sorted by id."""
    cards = {rule.id: rule for rule in judge.RULES}
    for name in formats.KNOWN:
        cards.update((rule.id, rule) for rule in formats.named(name).rules())
    from apicheck import store

    cards.update((rule.id, rule) for rule in store.RULES)
    # Parts above this one, which bring cards of their own: imported by name, when asked for.
    for area in AREAS:
        cards.update((rule.id, rule) for rule in importlib.import_module(area).RULES)
    return tuple(cards[key] for key in sorted(cards))
