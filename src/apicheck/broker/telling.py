"""Verification results told to a broker: by whom, of which pact, and whether it heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck import __version__
from apicheck.broker.client import path
from apicheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apicheck.broker.client import Remote
    from apicheck.broker.fetching import Fetched

__all__ = ["ProviderVersion", "Result", "tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderVersion:
    """The version of a provider that was verified."""

    provider: str
    number: str
    branch: str = ""
    tags: tuple[str, ...] = ()
    build_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was found of one pact.

    ``tests`` are by interaction, as brokers keep them. A ``static`` one comes of comparing the
    pact with a contract; nothing ran. ``withheld`` says why it may not be published.
    """

    of: Fetched
    success: bool
    tests: tuple[dict[str, Any], ...]
    static: bool = False
    withheld: str = ""

    def body(self, version: ProviderVersion) -> dict[str, Any]:
        """The result as brokers take it."""
        data: dict[str, Any] = {
            "success": self.success,
            "providerApplicationVersion": version.number,
            "testResults": list(self.tests),
            "verifiedBy": {
                "implementation": "apicheck",
                "version": __version__,
                **({"comparison": "static"} if self.static else {}),
            },
        }
        if version.build_url:
            data["buildUrl"] = version.build_url
        if self.static:
            data["kind"] = "static"
        return data


def tell(
    broker: Remote, version: ProviderVersion, results: Sequence[Result]
) -> tuple[list[str], SourceError | None]:
    """Publish results: the sentences to say of it, and an error that names each that was not.

    The version's branch and tags are recorded first, so that no result stands without them.
    """
    published: list[str] = []
    missing = [f"{each.of.name}: {each.withheld}" for each in results if each.withheld]
    ready = [each for each in results if not each.withheld]
    unheard = ""
    try:
        if ready:
            _introduce(broker, version)
    except SourceError as error:
        unheard = error.problem
    for each in ready:
        # A broker that cannot be reached was asked several times already: not again for each.
        problem = unheard or _told(broker, version, each)
        if problem:
            missing.append(f"{each.of.name}: {problem}")
            unheard = problem if "cannot be reached" in problem else unheard
        else:
            word = "success" if each.success else "failure"
            word = f"static {word}" if each.static else word
            of = f"{version.provider} {version.number}"
            published.append(f"published: {word} of {of}, {each.of.name}")
    if not missing:
        return published, None
    words = f"{len(missing)} of {len(results)} results were not published:"
    return published, SourceError(broker.url, "\n    ".join([words, *missing]))


def _introduce(broker: Remote, version: ProviderVersion) -> None:
    name, number = version.provider, version.number
    places = [path("pacticipants", name, "versions", number, "tags", each) for each in version.tags]
    if version.branch:
        places.insert(0, path("pacticipants", name, "branches", version.branch, "versions", number))
    for at in places:
        broker.well(broker.ask("PUT", at, {}), at)


def _told(broker: Remote, version: ProviderVersion, result: Result) -> str:
    """Publish one result; why it was not, or ""."""
    if not result.of.results:
        return "the broker gives no address for results"
    try:
        said = broker.ask("POST", result.of.results, result.body(version))
    except SourceError as problem:
        return problem.problem
    if said.status not in {200, 201}:
        return f"{said.problem} ({said.status})"
    return ""
