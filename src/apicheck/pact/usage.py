"""Which known consumers a change of a contract concerns, by what their pacts send and read.

Where a pact does not show whether a consumer is concerned, it is taken to be: to name one too many
costs a look, to name one too few breaks somebody. A provider is known by its name in the pacts:
that of the service, or the title of its contract, or what the user says it is called.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from apicheck.judge import UNUSED
from apicheck.model import Consumer
from apicheck.pact.usage_http import Operations
from apicheck.pact.usage_messages import Foreign, Messages, messaging_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from apicheck.judge import Users
    from apicheck.model import Change, Contract, Finding
    from apicheck.pact.model import Interaction, Pact

__all__ = ["Usage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the pacts of some consumers show; ``provider`` is its name if it has another one."""

    pacts: tuple[Pact, ...]
    provider: str = ""
    #: Names of contracts that no pact speaks of, and of those that some do: for the notes.
    _silent: dict[str, None] = field(default_factory=dict)
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: What is said of interactions that have no place in the contract.
    _lost: dict[str, str] = field(default_factory=dict)

    def users(self, old: Contract, new: Contract, service: str = "") -> Users | None:
        """What gives the consumers that a change concerns; None where no consumer is known."""
        names = _names(old, new, service, self.provider)
        pacts = [each for each in self.pacts if _plain(each.provider) in names]
        shown = service or _title(new) or new.document.source
        if not pacts:
            self._silent[shown] = None
            return None
        self._known[shown] = tuple(sorted({each.consumer for each in pacts}))
        concerns = _concerning(old, new)
        lost = sum(not concerns.places(each) for pact in pacts for each in pact.interactions)
        if lost:
            why = (
                f"ask for operations that {shown} has in neither version"
                if old.format == "openapi"
                else f"may be about messages of {shown} under another name"
            )
            self._lost[shown] = f"{lost} interactions {why}"

        def users(change: Change) -> tuple[Consumer, ...] | None:
            found: dict[str, list[str]] = {}
            for pact in pacts:
                for interaction in pact.interactions:
                    if concerns(change, interaction):
                        found.setdefault(pact.consumer, []).append(interaction.label)
            if not found and (lost or not concerns.tells(change)):
                # Somebody asks for something that is in neither version: it may be this.
                return None
            return tuple(
                Consumer(name=name, interactions=tuple(dict.fromkeys(told)))
                for name, told in sorted(found.items())
            )

        return users

    def notes(self, findings: Iterable[Finding]) -> Iterator[str]:
        """What was known of consumers, and how many breaks were let pass for that."""
        for name, consumers in self._known.items():
            yield f"consumers of {name} by their pacts: {', '.join(consumers)}"
        for told in self._lost.values():
            yield f"{told}: what they use is not known, so that nothing is taken to be unused"
        for name in self._silent:
            yield f"no pact names {name} as its provider: nothing is known of who uses it"
        passed = sum(1 for each in findings if each.reason == UNUSED)
        if passed:
            yield (
                f"{passed} breaking changes are told as less, since none of these consumers uses"
                " what they break (unused-breaks)"
            )


def _names(old: Contract, new: Contract, service: str, said: str) -> set[str]:
    names = {said} if said else {service, _title(old), _title(new), *_folders(old), *_folders(new)}
    plain = {_plain(each) for each in names}
    more = {re.sub(r"(api|service)$", "", each) for each in plain} if not said else set()
    return (plain | more) - {""}


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
