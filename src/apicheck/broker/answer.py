"""May it be deployed: the matrix of any broker, told apart integration by integration."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from apicheck.broker.client import environment_named, path, versions_there
from apicheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.broker.client import Remote

__all__ = ["CODES", "Finding", "How", "Verdict", "ask"]


class How(Enum):
    """How a version stands with one partner."""

    PASSED = "verified"
    FAILED = "failed"
    NO_VERSION = "no such version"
    UNVERIFIED = "never verified"
    NOT_DEPLOYED = "not deployed"
    IGNORED = "ignored"


#: The exit code of each, the gravest first; 0 is yes, 2 that the broker could not be asked.
CODES = {How.FAILED: 1, How.NO_VERSION: 5, How.UNVERIFIED: 3, How.NOT_DEPLOYED: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One integration: both sides (version None if there is none) and how it stands."""

    how: How
    consumer: str
    consumer_version: str | None
    provider: str
    provider_version: str | None
    text: str
    url: str | None = None
    #: Of one that failed: what did not fit, as far as its result says.
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The whole answer; ``deployable`` is None if something is not known."""

    deployable: bool | None
    findings: tuple[Finding, ...]
    reason: str

    @property
    def code(self) -> int:
        """The exit code: that of the gravest finding; never 0 unless the broker says yes."""
        if self.deployable:
            return 0
        hows = {each.how for each in self.findings}
        found = next((code for how, code in CODES.items() if how in hows), None)
        if found is not None:
            return found
        return 1 if self.deployable is False else 3


def ask(
    broker: Remote,
    selectors: list[dict[str, str]],
    *,
    environment: str | None = None,
    ignored: tuple[str, ...] = (),
    main: bool = False,
) -> Verdict:
    """Ask for the versions that ``selectors`` name, in an environment or for the main branches."""
    query = [(f"q[][{key}]", value) for each in selectors for key, value in each.items()]
    query += [("ignore[][pacticipant]", each) for each in ignored]
    if environment is not None:
        query += [("latestby", "cvpv"), ("environment", environment)]
    else:
        query += [("latestby", "cvp")]
        if main:
            query += [("mainBranch", "true"), ("latest", "true")]
        elif len(selectors) == 1:
            query += [("latest", "true")]
    text = "&".join(f"{key}={quote(value, safe='')}" for key, value in query)
    said = broker.ask("GET", f"/matrix?{text}")
    if said.status >= 300:
        raise SourceError(broker.url, said.problem)
    summary = said.data.get("summary")
    if not isinstance(summary, dict) or "deployable" not in summary:
        raise SourceError(broker.url, "the answer is not that of a Pact Broker's matrix")
    deployable = summary["deployable"]
    if deployable not in {True, False, None}:
        raise SourceError(broker.url, f"deployable is {deployable!r}")
    where = environment_named(broker, environment) if environment is not None else None
    findings = [_finding(broker, row, where) for row in said.data.get("matrix", [])]
    if deployable is not True:
        findings += _missing(broker, selectors)
    return Verdict(
        deployable=deployable, findings=tuple(findings), reason=str(summary.get("reason", ""))
    )


def _finding(broker: Remote, row: dict[str, Any], where: dict[str, Any] | None) -> Finding:
    consumer, provider = row["consumer"], row["provider"]
    of, by = consumer.get("version") or {}, provider.get("version") or {}
    result = row.get("verificationResult")
    pair = f"{consumer['name']} {of.get('number', '?')} and {provider['name']}"
    url: str | None = None
    details: tuple[str, ...] = ()
    if row.get("ignored"):
        how, text = How.IGNORED, f"{pair} is ignored, as asked"
    elif result is not None:
        how = How.PASSED if result.get("success") else How.FAILED
        text = f"the pact of {pair} {by.get('number', '?')} {_how(result)}"
        url = result.get("_links", {}).get("self", {}).get("href")
        if how is How.FAILED and url:
            details = tuple(_details(broker, url))
    elif by:
        how = How.UNVERIFIED
        text = f"the pact of {pair} was never verified by version {by.get('number')}"
    elif where is not None and not (
        there := [_number(each) for each in versions_there(broker, where, provider["name"])]
    ):
        how = How.NOT_DEPLOYED
        text = f"no version of {provider['name']} is recorded in {where['name']}: deploy it first"
    elif where is not None:
        how = How.UNVERIFIED
        text = f"the pact of {pair} was never verified by what is there: {', '.join(there)}"
    else:
        how, text = How.UNVERIFIED, f"the pact of {pair} was never verified"
    return Finding(
        how=how,
        consumer=consumer["name"],
        consumer_version=of.get("number"),
        provider=provider["name"],
        provider_version=by.get("number"),
        text=text,
        url=url,
        details=details,
    )


def _details(broker: Remote, url: str) -> Iterator[str]:
    """What did not fit, interaction by interaction; nothing where the result does not say."""
    tests = broker.ask("GET", url).data.get("testResults")
    for test in tests if isinstance(tests, list) else ():
        if not isinstance(test, dict) or test.get("success") is not False:
            continue
        name = str(test.get("interactionDescription") or test.get("interactionId") or "?")
        told = 0
        for key in ("mismatches", "exceptions"):
            for each in test.get(key) or ():
                if isinstance(each, dict):
                    told += 1
                    yield f"{name}: {_mismatch(each)}"
        if not told:
            yield name


def _mismatch(each: dict[str, Any]) -> str:
    words = str(each.get("description") or each.get("message") or "")
    where = str(each.get("identifier") or each.get("attribute") or "")
    place, _, inner = where.partition(" > ")
    where = place if inner and words.startswith(inner) else where
    return f"{where}: {words}" if where else words


def _how(result: dict[str, Any]) -> str:
    """How a result came to be: a service was asked, or its contract was read."""
    if result.get("kind") == "static":
        return (
            "is within its contract (compared, not run)"
            if result.get("success")
            else "is not within its contract (compared, not run)"
        )
    return "is verified" if result.get("success") else "was verified, and failed"


def _number(deployed: dict[str, Any]) -> str:
    return str(deployed.get("_embedded", {}).get("version", {}).get("number", "?"))


def _missing(broker: Remote, selectors: list[dict[str, str]]) -> list[Finding]:
    """The versions named that the broker has never heard of."""
    found = []
    for each in selectors:
        name, number = each["pacticipant"], each.get("version")
        if number is None:
            continue
        if broker.ask("GET", path("pacticipants", name, "versions", number)).status == 404:
            found.append(
                Finding(
                    how=How.NO_VERSION,
                    consumer=name,
                    consumer_version=number,
                    provider="",
                    provider_version=None,
                    text=f"the broker knows no version {number} of {name}: nothing was published",
                )
            )
    return found
