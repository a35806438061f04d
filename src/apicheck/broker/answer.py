"""May it be deployed: the matrix of any broker, told apart integration by integration.

Only what every Pact Broker answers is asked: ``/matrix``, versions, environments, integrations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from apicheck.broker.client import environment_named, path, versions_there
from apicheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.broker.client import Remote

__all__ = ["CODES", "Finding", "How", "Target", "Verdict", "ask"]


class How(Enum):
    """How a version stands with one partner."""

    PASSED = "verified"
    FAILED = "failed"
    NO_VERSION = "no such version"
    UNVERIFIED = "never verified"
    NOT_DEPLOYED = "not deployed"
    NO_CONTRACT = "no contract"
    IGNORED = "ignored"


#: The exit code of each, the gravest first; 0 is yes, 2 that the broker could not be asked.
CODES = {
    How.FAILED: 1,
    How.NO_VERSION: 5,
    How.UNVERIFIED: 3,
    How.NOT_DEPLOYED: 4,
    How.NO_CONTRACT: 6,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to: at most one of these; with none, those that were named are held together."""

    environment: str | None = None
    tag: str | None = None
    branch: str | None = None
    main: bool = False

    def __str__(self) -> str:
        if self.environment is not None:
            return f"to {self.environment}"
        if self.tag is not None:
            return f"with what is tagged {self.tag}"
        if self.branch is not None:
            return f"with branch {self.branch}"
        return "with the main branches" if self.main else ""


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
    target: Target,
    ignored: tuple[str, ...] = (),
) -> Verdict:
    """Ask for the versions that ``selectors`` name; ``SourceError`` if the broker does not say."""
    if target.branch is not None:
        return _with_branch(broker, selectors, target.branch, ignored)
    query = [(f"q[][{key}]", value) for each in selectors for key, value in each.items()]
    query += [("ignore[][pacticipant]", each) for each in ignored]
    if target.environment is not None:
        query += [("latestby", "cvpv"), ("environment", target.environment)]
    else:
        query += [("latestby", "cvp")]
        if target.tag is not None:
            query += [("tag", target.tag), ("latest", "true")]
        elif target.main:
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
    if deployable is not None and not isinstance(deployable, bool):
        raise SourceError(broker.url, f"deployable is {deployable!r}")
    where = None
    if target.environment is not None:
        where = environment_named(broker, target.environment)
    asked = _Asked(broker=broker, selectors=selectors, target=target, where=where)
    findings = [_finding(asked, row) for row in said.data.get("matrix", [])]
    if deployable is not True:
        findings += _no_version(asked)
        findings += _unsaid(asked, findings, ignored)
    if not str(target):
        strangers = _strangers(selectors, findings, ignored)
        findings += strangers
        deployable = None if strangers and deployable else deployable
    return Verdict(
        deployable=deployable, findings=tuple(findings), reason=str(summary.get("reason", ""))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question, and what is known of it: ``where`` is the environment's resource."""

    broker: Remote
    selectors: list[dict[str, str]]
    target: Target
    where: dict[str, Any] | None

    def version(self, name: str) -> str | None:
        """The version of a pacticipant that was asked about by its number, or None."""
        found = (each for each in self.selectors if each["pacticipant"] == name)
        return next((each.get("version") for each in found), None)

    def named(self, name: str) -> bool:
        return any(each["pacticipant"] == name for each in self.selectors)


def _finding(asked: _Asked, row: dict[str, Any]) -> Finding:
    consumer, provider = row["consumer"], row["provider"]
    of, by = consumer.get("version") or {}, provider.get("version") or {}
    result = row.get("verificationResult")
    pair = f"{consumer['name']} {of.get('number', '?')} and {provider['name']}"
    number = by.get("number")
    url: str | None = None
    details: tuple[str, ...] = ()
    if row.get("ignored"):
        how, text = How.IGNORED, f"{pair} is ignored, as asked"
    elif result is not None:
        how = How.PASSED if result.get("success") else How.FAILED
        text = f"the pact of {pair} {number or '?'} {_how(result)}"
        url = result.get("_links", {}).get("self", {}).get("href")
        if how is How.FAILED and url:
            details = tuple(_details(asked.broker, url))
    else:
        # The Pact Broker leaves out the version of a provider that has no result.
        number = number or asked.version(provider["name"])
        how, text = _unverified(asked, pair, provider["name"], number)
    return Finding(
        how=how,
        consumer=consumer["name"],
        consumer_version=of.get("number"),
        provider=provider["name"],
        provider_version=number,
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


def _unverified(asked: _Asked, pair: str, provider: str, number: str | None) -> tuple[How, str]:
    """Why a pact has no result: nobody verified it, or there is nobody there who could."""
    if number is not None:
        return How.UNVERIFIED, f"the pact of {pair} was never verified by version {number}"
    if asked.where is None or asked.named(provider):
        target = f" {asked.target}" if str(asked.target) else ""
        return How.UNVERIFIED, f"the pact of {pair} was never verified{target}"
    there = [_number(each) for each in versions_there(asked.broker, asked.where, provider)]
    place = asked.where["name"]
    if not there:
        text = f"no version of {provider} is recorded in {place}: deploy it first"
        return How.NOT_DEPLOYED, text
    versions = ", ".join(there)
    return How.UNVERIFIED, f"the pact of {pair} was never verified by what is there: {versions}"


def _number(deployed: dict[str, Any]) -> str:
    return str(deployed.get("_embedded", {}).get("version", {}).get("number", "?"))


def _no_version(asked: _Asked) -> Iterator[Finding]:
    """The versions named that the broker has never heard of."""
    for each in asked.selectors:
        name, number, branch = each["pacticipant"], each.get("version"), each.get("branch")
        if _found(asked.broker, each) is not None:
            continue
        what = f"version {number} of {name}" if number else f"version of {name} on {branch}"
        yield Finding(
            how=How.NO_VERSION,
            consumer=name,
            consumer_version=number,
            provider="",
            provider_version=None,
            text=f"the broker knows no {what}: nothing was published",
        )


def _found(broker: Remote, each: dict[str, str]) -> dict[str, Any] | None:
    """The version that a selector means, or None if there is none."""
    name = each["pacticipant"]
    if "version" in each:
        at = path("pacticipants", name, "versions", each["version"])
    else:
        at = path("pacticipants", name, "branches", each["branch"], "latest-version")
    said = broker.ask("GET", at)
    return None if said.status == 404 else broker.well(said, at)


def _unsaid(asked: _Asked, findings: list[Finding], ignored: tuple[str, ...]) -> Iterator[Finding]:
    """Providers that a version has a pact with, and of which the matrix has no row."""
    for each in asked.selectors:
        held = _found(asked.broker, each)
        links = (held or {}).get("_links", {}).get("pb:pact-versions", [])
        for provider in sorted({_provider(link["href"]) for link in links} - {""}):
            said = any(
                (one.consumer, one.provider) == (each["pacticipant"], provider) for one in findings
            )
            if said or provider in ignored or not (str(asked.target) or asked.named(provider)):
                continue
            number = str((held or {}).get("number", "?"))
            pair = f"{each['pacticipant']} {number} and {provider}"
            how, text = _unverified(asked, pair, provider, asked.version(provider))
            yield Finding(
                how=how,
                consumer=each["pacticipant"],
                consumer_version=number,
                provider=provider,
                provider_version=asked.version(provider),
                text=text,
            )


def _provider(href: str) -> str:
    """The provider in a pact's address, which every broker makes alike; "" if it is another."""
    parts = urlsplit(href).path.split("/")
    at = parts.index("provider") if "provider" in parts else len(parts)
    return unquote(parts[at + 1]) if at + 1 < len(parts) and parts[at - 1] == "pacts" else ""


def _strangers(
    selectors: list[dict[str, str]], findings: list[Finding], ignored: tuple[str, ...]
) -> list[Finding]:
    """Those of several named that have a contract with none of the others."""
    names = [each["pacticipant"] for each in selectors if each["pacticipant"] not in ignored]
    met = {name for each in findings for name in (each.consumer, each.provider)}
    return [
        Finding(
            how=How.NO_CONTRACT,
            consumer=each["pacticipant"],
            consumer_version=each.get("version"),
            provider="",
            provider_version=None,
            text=f"{each['pacticipant']} has no contract with {' or '.join(others)}:"
            " nothing was compared",
        )
        for each in selectors
        if (others := [name for name in names if name != each["pacticipant"]])
        and each["pacticipant"] in names
        and each["pacticipant"] not in met
    ]


def _with_branch(
    broker: Remote, selectors: list[dict[str, str]], branch: str, ignored: tuple[str, ...]
) -> Verdict:
    """Hold each version against the newest ones of a branch: partner by partner.

    The Pact Broker has a question for all main branches at once, but none for other branches.
    """
    at = "/integrations"
    pairs = [
        (each["consumer"]["name"], each["provider"]["name"])
        for each in broker.get(at).get("_embedded", {}).get("integrations", [])
    ]
    verdicts = []
    for each in selectors:
        name = each["pacticipant"]
        if _found(broker, each) is None:
            verdicts.append(ask(broker, [each], Target(), ignored))
            continue
        partners = {one for pair in pairs if name in pair for one in pair} - {name, *ignored}
        for other in sorted(partners):
            newest = {"pacticipant": other, "branch": branch, "latest": "true"}
            if _found(broker, newest) is not None:
                held = ask(broker, [each, newest], Target(), ignored)
                # A version that no longer uses its partner needs nothing of it.
                rest = tuple(one for one in held.findings if one.how is not How.NO_CONTRACT)
                gone = len(rest) < len(held.findings) and not rest
                verdicts.append(
                    replace(held, findings=rest, deployable=True if gone else held.deployable)
                )
            elif (name, other) in pairs:
                text = f"no version of {other} is on branch {branch}"
                verdicts.append(
                    Verdict(
                        deployable=None,
                        reason=text,
                        findings=(
                            Finding(
                                how=How.NOT_DEPLOYED,
                                consumer=name,
                                consumer_version=each.get("version"),
                                provider=other,
                                provider_version=None,
                                text=text,
                            ),
                        ),
                    )
                )
    answers = {each.deployable for each in verdicts}
    return Verdict(
        deployable=False if False in answers else None if None in answers else True,
        findings=tuple(one for each in verdicts for one in each.findings),
        reason="\n".join(each.reason for each in verdicts if not each.deployable),
    )
