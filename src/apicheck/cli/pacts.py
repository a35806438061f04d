"""Where the pacts come from that say whom a change breaks: a folder or a broker."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from apicheck.broker.client import Remote
    from apicheck.broker.in_force import Published
    from apicheck.pact.model import Pact
    from apicheck.pact.sources import Source
    from apicheck.sources import Options

__all__ = ["source_of"]


def source_of(given: str, home: Path, options: Options) -> Source:
    """The pacts of a folder, relative to ``home``, or of the broker at an address.

    Credentials for the broker come from the environment, as the official clients read them.
    """
    if given.startswith(("http://", "https://")):
        from apicheck.broker.client import remote

        said = os.environ.get
        return _Broker(
            broker=remote(
                given,
                username=said("PACT_BROKER_USERNAME"),
                password=said("PACT_BROKER_PASSWORD"),
                token=said("PACT_BROKER_TOKEN"),
            )
        )
    from apicheck.pact.read import read_pacts
    from apicheck.pact.sources import Folder

    spec = given if home == Path.cwd() else str(home / given)
    return Folder(pacts=read_pacts(spec, options), spec=spec, options=options)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Broker:
    """The pacts of a broker, each provider asked for once."""

    broker: Remote
    #: The names of all pacticipants, once they are asked for.
    _names: list[str] = field(default_factory=list)
    _known: dict[str, tuple[Pact, ...]] = field(default_factory=dict)
    _why: dict[int, str] = field(default_factory=dict)

    def current(self, meant: Callable[[str], bool]) -> tuple[Pact, ...]:
        """Those of what is deployed, released or on a main branch."""
        from apicheck.broker.in_force import in_force

        found: list[Pact] = []
        for name in filter(meant, self._all_names()):
            if name not in self._known:
                self._known[name] = self._read(in_force(self.broker, name))
            found += self._known[name]
        return tuple(found)

    def former(self, meant: Callable[[str], bool], since: date) -> tuple[Pact, ...] | None:
        """Those published since that day, and what was the newest on it."""
        from apicheck.broker.in_force import published_since

        when = datetime.combine(since, time(), UTC)
        found: list[Pact] = []
        for name in filter(meant, self._all_names()):
            listed = published_since(self.broker, name, when)
            if listed is None:
                return None
            found += self._read(listed)
        return tuple(found)

    def shown(self, pact: Pact) -> str:
        """The consumer, and why this pact of it counts."""
        why = self._why.get(id(pact))
        return f"{pact.consumer} ({why})" if why else pact.consumer

    def _all_names(self) -> list[str]:
        from apicheck.broker.in_force import providers

        if not self._names:
            self._names.extend(providers(self.broker))
        return self._names

    def _read(self, listed: Iterable[Published]) -> tuple[Pact, ...]:
        from apicheck.pact.read import pact_of
        from apicheck.sources.documents import in_memory

        found = []
        for each in listed:
            pact = pact_of(in_memory(each.data, each.url))
            self._why[id(pact)] = each.why
            found.append(pact)
        return tuple(found)
