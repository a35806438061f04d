"""Pacts that a broker gives a provider to verify: which ones, and all that belongs to them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.broker.client import path
from apicheck.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.broker.client import Remote

__all__ = ["Fetched", "Question", "fetch", "fetch_one", "selectors"]

_FLAGS = ("mainBranch", "matchingBranch", "deployedOrReleased", "deployed", "released", "latest")
_NAMES = ("branch", "tag", "environment", "consumer", "fallbackBranch", "fallbackTag")
_PLAIN = {re.sub("[^a-z]", "", each.lower()): each for each in (*_FLAGS, *_NAMES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which pacts are wanted; without selectors, what the broker takes for granted.

    ``wip_since`` is a date; ``branch`` and ``tags`` are those of the provider's version.
    """

    provider: str
    selectors: tuple[dict[str, Any], ...] = ()
    pending: bool = False
    wip_since: str = ""
    branch: str = ""
    tags: tuple[str, ...] = ()

    def asked(self) -> dict[str, Any]:
        """The question as brokers take it."""
        data: dict[str, Any] = {
            "consumerVersionSelectors": list(self.selectors),
            "includePendingStatus": self.pending,
        }
        if self.branch:
            data["providerVersionBranch"] = self.branch
        if self.tags:
            data["providerVersionTags"] = list(self.tags)
        if self.wip_since:
            data["includeWipPactsSince"] = self.wip_since
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A pact of a broker: its content without the broker's links, and where results of it go.

    ``notices`` are ``(when, text)``. ``why`` are the broker's words on why it was chosen.
    """

    url: str
    name: str
    data: dict[str, Any]
    results: str
    pending: bool = False
    wip: bool = False
    why: str = ""
    notices: tuple[tuple[str, str], ...] = ()

    def said(self, when: str) -> Iterator[str]:
        """What the broker says before the verification, or after one that went so."""
        for at, text in self.notices:
            if at == when:
                yield " ".join(text.split())


def fetch(broker: Remote, question: Question) -> tuple[Fetched, ...]:
    """All pacts that are to be verified; SourceError with the broker's words if it refuses."""
    at = path("pacts", "provider", question.provider, "for-verification")
    said = broker.ask("POST", at, question.asked())
    if said.status == 404:
        raise SourceError(
            broker.url,
            f"it knows no provider {question.provider!r}: {said.problem}",
            "a provider is known once a pact with it is published",
        )
    listed = _object(broker.well(said, at).get("_embedded")).get("pacts")
    if not isinstance(listed, list):
        raise SourceError(broker.url, "the answer is not that of a Pact Broker", f"asked: {at}")
    return tuple(_fetched(broker, each) for each in listed)


def _fetched(broker: Remote, entry: Any) -> Fetched:
    link = _object(_object(_object(entry).get("_links")).get("self"))
    facts = _object(_object(entry).get("verificationProperties"))
    listed = facts.get("notices")
    notices = tuple(
        (str(each.get("when", "")), str(each.get("text", "")))
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict)
    )
    at = str(link.get("href") or "")
    if not at:
        raise SourceError(broker.url, "the broker names a pact without its address")
    return _read(
        broker,
        at,
        broker.get(at),
        name=str(link.get("name") or at),
        pending=facts.get("pending") is True,
        wip=facts.get("wip") is True,
        why=str(_object(entry).get("shortDescription") or ""),
        notices=notices,
    )


def fetch_one(broker: Remote, consumer: str, provider: str, version: str) -> Fetched | None:
    """The pact that a version of a consumer has with a provider; None if it has none."""
    at = path("pacts", "provider", provider, "consumer", consumer, "version", version)
    said = broker.ask("GET", at)
    if said.status == 404:
        return None
    name = f"Pact between {consumer} ({version}) and {provider}"
    return _read(broker, broker.url + at, broker.well(said, at), name=name)


def _read(broker: Remote, at: str, data: dict[str, Any], **facts: Any) -> Fetched:
    link = _object(data.get("_links")).get("pb:publish-verification-results")
    results = _object(link).get("href") or ""
    if not isinstance(data.get("consumer"), dict):
        raise SourceError(broker.url, f"what stands at {at} is no pact")
    return Fetched(
        # The metadata of an address say why it was chosen; people have no use for them.
        url=at.partition("/metadata/")[0],
        data={key: each for key, each in data.items() if key not in {"_links", "createdAt"}},
        results=str(results),
        **facts,
    )


def _object(value: Any) -> dict[str, Any]:
    """An object of an answer; whatever else stands there is none."""
    return value if isinstance(value, dict) else {}


def selectors(texts: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    """Consumer version selectors of the command line; ConfigError for what is none.

    Each is JSON, or short: ``mainBranch``, ``deployed-or-released``, ``branch=main``,
    ``tag=prod,latest``, ``consumer=web,branch=main``.
    """
    return tuple(each for text in texts for each in _selector(text.strip()))


def _selector(text: str) -> Iterator[dict[str, Any]]:
    if text.startswith(("{", "[")):
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as problem:
            raise ConfigError("--selector", text, f"is no JSON: {problem}") from None
        listed = data if isinstance(data, list) else [data]
        if not all(isinstance(each, dict) for each in listed):
            raise ConfigError("--selector", text, "is neither an object nor a list of objects")
        yield from listed
        return
    found: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        key = _PLAIN.get(re.sub("[^a-z]", "", name.lower()))
        if key is None or (equals and not value) or (key in _NAMES and not equals):
            raise ConfigError(
                "--selector",
                text,
                f"{part.strip()!r} is not understood",
                f"flags: {', '.join(_FLAGS)}; with a value: {', '.join(f'{e}=…' for e in _NAMES)};"
                " or JSON",
            )
        if key in _FLAGS and equals and value.lower() not in {"true", "false"}:
            raise ConfigError("--selector", text, f"{key} is true or false")
        found[key] = value if key in _NAMES else value.lower() != "false"
    if found.keys() == {"consumer"}:
        # Brokers refuse a consumer alone; what is meant is not in doubt.
        found["latest"] = True
    yield found
