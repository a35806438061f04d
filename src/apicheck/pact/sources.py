"""Where the pacts of a provider's consumers come from: a folder, or what the caller asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from apicheck.errors import ApicheckError, SourceError
from apicheck.pact.read import read_pact
from apicheck.sources import Options
from apicheck.sources.git import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from apicheck.pact.model import Pact

__all__ = ["Folder", "Source"]

_MOST_COMMITS = 200
_MOST_FILES = 2_000


class Source(Protocol):
    """What is known of pacts. ``meant`` tells by its name whether a provider is asked for."""

    def current(self, meant: Callable[[str], bool]) -> tuple[Pact, ...]:
        """The pacts that count now."""

    def former(self, meant: Callable[[str], bool], since: date) -> tuple[Pact, ...] | None:
        """Those that counted at some time since a day; None where that is not known."""

    def shown(self, pact: Pact) -> str:
        """The consumer, and which version of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The pacts of a folder (or file). What they were before is read from its git history.

    Without ``spec`` nothing is known of the past.
    """

    pacts: tuple[Pact, ...]
    spec: str = ""
    options: Options = field(default_factory=Options)

    def current(self, meant: Callable[[str], bool]) -> tuple[Pact, ...]:
        """The pacts that lie there."""
        return tuple(each for each in self.pacts if meant(each.provider))

    def former(self, meant: Callable[[str], bool], since: date) -> tuple[Pact, ...] | None:
        """What was committed since that day, and what lay there on it."""
        if not self.spec:
            return None
        try:
            found = list(self._committed(since))
        except SourceError:
            return None
        return tuple(each for each in found if meant(each.provider)) if found else None

    def shown(self, pact: Pact) -> str:
        """The consumer: files know no version of it."""
        return pact.consumer

    def _committed(self, since: date) -> Iterator[Pact]:
        """The pacts of all commits that count; none where git does not know that day."""
        here = self.options.cwd
        asked = ["rev-list", "--first-parent", "HEAD"]
        first = _lines([*asked, "-1", f"--before={since}T00:00:00", "--", self.spec], self.options)
        if not first:
            return
        later = _lines([*asked, f"--since={since}T00:00:00", "--", self.spec], self.options)
        if len(later) > _MOST_COMMITS:
            raise SourceError(self.spec, f"has more than {_MOST_COMMITS} commits since {since}")
        blobs: dict[str, str] = {}
        for commit in (*first, *later):
            listed = git(["ls-tree", "-r", "-z", commit, "--", self.spec], here)
            for line in filter(None, listed.decode("utf-8", "surrogateescape").split("\0")):
                facts, _, path = line.partition("\t")
                if path.endswith(".json"):
                    blobs.setdefault(facts.split()[2], f"git:{commit}:{path}")
        if len(blobs) > _MOST_FILES:
            raise SourceError(self.spec, f"has more than {_MOST_FILES} versions since {since}")
        for source in blobs.values():
            try:
                yield read_pact(source, self.options)
            except ApicheckError:
                # A file that was no pact then.
                continue


def _lines(arguments: list[str], options: Options) -> list[str]:
    return git(arguments, options.cwd).decode().split()
