"""Which known consumers a change of a contract concerns, by what their pacts send and read.

Where a pact does not show whether a consumer is concerned, it is taken to be: to name one too many
costs a look, to name one too few breaks somebody. A provider is known by its name in the pacts:
that of the service, or the title of its contract, or what the user says it is called.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from apicheck.api import today
from apicheck.judge import RETIRED, UNUSED
from apicheck.model import Consumer
from apicheck.pact.model import Kind
from apicheck.pact.usage_http import Operations
from apicheck.pact.usage_messages import Foreign, Messages, messaging_of
from apicheck.report.words import amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from apicheck.judge import Policy, Users
    from apicheck.model import Change, Contract, Finding
    from apicheck.pact.model import Interaction, Pact
    from apicheck.pact.sources import Source

__all__ = ["Usage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the pacts of some consumers show; ``provider`` is its name if it has another one."""

    source: Source
    provider: str = ""
    today: date = field(default_factory=today)
    #: What is to be told, in the order it was learnt, each once.
    _told: dict[str, None] = field(default_factory=dict)
    #: Breaks that nobody uses now and somebody used before.
    _before: dict[str, None] = field(default_factory=dict)

    def users(self, old: Contract, new: Contract, service: str, policy: Policy) -> Users | None:
        """What gives the consumers that a change concerns; None where no consumer is known.

        Where the policy lets unused breaks pass, it asks for more: consumers that must be known,
        and pacts of the past that must not use it either.
        """
        names = _names(old, new, service, self.provider)
        shown = service or _title(new) or next(_folders(new), new.document.source)

        def meant(provider: str) -> bool:
            plain = _plain(provider)
            return plain in names or (not self.provider and _bare(plain) in names)

        pacts = self._relevant(self.source.current(meant), old.format, shown)
        if not pacts:
            return None
        listed = ", ".join(sorted({self.source.shown(each) for each in pacts}))
        self._tell(f"consumers of {shown} by their pacts: {listed}")
        concerns = _concerning(old, new)
        lost = [i for each in pacts for i in each.interactions if not concerns.places(i)]
        if lost:
            self._tell(_unplaced(len(lost), old.format, shown))
        missing = self._missing(pacts, policy, shown)
        former = self._former(meant, policy, shown)

        def users(change: Change) -> tuple[Consumer, ...] | None:
            found = _named(change, pacts, concerns)
            if found:
                return found
            if lost or missing or former is None or not concerns.tells(change):
                return None
            if _named(change, former, concerns):
                self._before[f"{change.rule.id} {change.label}"] = None
                return None
            return ()

        return users

    def _relevant(self, pacts: tuple[Pact, ...], style: str, shown: str) -> tuple[Pact, ...]:
        """The pacts with interactions of the kind that the contract is about."""
        http = style == "openapi"
        found = tuple(
            each for each in pacts if any((i.kind is Kind.HTTP) is http for i in each.interactions)
        )
        if not found:
            what = f"no pact names {shown} as its provider"
            if pacts:
                what = f"no pact {'asks' if http else 'reads messages of'} {shown}"
                what += " over HTTP" if http else ""
            self._tell(f"{what}: nothing is known of who uses it")
        return found

    def _tell(self, line: str) -> None:
        self._told[line] = None

    def _missing(self, pacts: tuple[Pact, ...], policy: Policy, shown: str) -> list[str]:
        """The consumers that must be known and are not."""
        there = {each.consumer for each in pacts}
        missing = [each for each in policy.known_consumers if each not in there]
        if missing:
            self._tell(
                f"no pact with {shown} of {', '.join(missing)} (known-consumers): nothing is taken"
                " to be unused"
            )
        return missing

    def _former(
        self, meant: Callable[[str], bool], policy: Policy, shown: str
    ) -> tuple[Pact, ...] | None:
        """The pacts of the days that the policy looks back; None where they are not known."""
        if not policy.unused_days:
            return ()
        since = self.today - timedelta(days=policy.unused_days)
        found = self.source.former(meant, since)
        self._tell(
            f"nothing is known of pacts with {shown} on {since} (unused-days ="
            f" {policy.unused_days}): nothing is taken to be unused"
            if found is None
            else f"pacts with {shown} are looked at since {since} (unused-days ="
            f" {policy.unused_days}): {len(found)} versions"
        )
        return found

    def notes(self, findings: Iterable[Finding]) -> Iterator[str]:
        """What was known of consumers, and how many breaks were let pass for that."""
        yield from self._told
        if self._before:
            yield (
                f"{amount(len(self._before), 'change')} about what no pact uses now and one used in"
                " the days that count: not taken to be unused"
            )
        passed = sum(1 for each in findings if each.reason in {UNUSED, RETIRED})
        if passed:
            yield (
                f"{amount(passed, 'breaking change')} told as less, since none of these consumers"
                " uses what is broken (unused-breaks, or a sunset)"
            )


def _named(change: Change, pacts: Iterable[Pact], concerns: Concerns) -> tuple[Consumer, ...]:
    found: dict[str, dict[str, None]] = {}
    for pact in pacts:
        for each in pact.interactions:
            if concerns(change, each):
                found.setdefault(pact.consumer, {})[each.label] = None
    return tuple(Consumer(name=name, interactions=tuple(of)) for name, of in sorted(found.items()))


def _unplaced(count: int, style: str, shown: str) -> str:
    why = {
        "openapi": f"of operations that {shown} has in neither version",
        "asyncapi": f"maybe about messages of {shown} under another name",
        "jsonschema": f"maybe about messages of {shown} under another name",
    }.get(style, f"told apart by name only, since {shown} is {style}")
    return (
        f"{amount(count, 'interaction')} {why}: what is used is not known, so that nothing is taken"
        " to be unused"
    )


def _names(old: Contract, new: Contract, service: str, said: str) -> set[str]:
    names = {said} if said else {service, _title(old), _title(new), *_folders(old), *_folders(new)}
    plain = {_plain(each) for each in names}
    more = set(map(_bare, plain)) if not said else set()
    return (plain | more) - {""}


def _bare(plain: str) -> str:
    return re.sub(r"(api|service)$", "", plain)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _title(contract: Contract) -> str:
    data = contract.document.data
    info = data.get("info") if type(data) is dict else None
    title = info.get("title") if type(info) is dict else None
    return title if type(title) is str else ""


def _folders(contract: Contract) -> Iterator[str]:
    """The service of the store that a contract lies in (``SERVICE/openapi/1.0.0.yaml``)."""
    steps = contract.document.source.split("/")
    for index, step in enumerate(steps[1:], 1):
        if step in {"openapi", "asyncapi", "events", "idl"}:
            yield steps[index - 1]


def _concerning(old: Contract, new: Contract) -> Concerns:
    """What tells whether a change concerns an interaction, and which interactions have no place."""
    if old.format == "openapi":
        return Operations(old.model, new.model)
    if old.format in {"asyncapi", "jsonschema"}:
        return Messages(messaging_of(old))
    return Foreign()


class Concerns(Protocol):
    """Which interactions a change concerns."""

    def places(self, interaction: Interaction) -> bool:
        """Whether it can be told at all what an interaction uses."""

    def tells(self, change: Change) -> bool:
        """Whether interactions can show who uses what a change is about."""

    def __call__(self, change: Change, interaction: Interaction) -> bool:
        """Whether a change concerns an interaction."""
