"""The pacts of a provider that count, asked of any Pact Broker by its public API.

Those of the consumer versions that are deployed, released or the newest of their main branch; of
a consumer that has none of these, its newest pact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from apicheck.broker.client import path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.broker.client import Remote

__all__ = ["Published", "in_force", "providers", "published_since"]

_SELECTORS = [{"mainBranch": True}, {"deployedOrReleased": True}]
#: Pacts of one provider that are read at most when it is asked for those of many days.
_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One pact as the broker gives it; ``why`` says in its words why it counts."""

    consumer: str
    url: str
    why: str
    data: dict[str, Any]


def providers(broker: Remote) -> list[str]:
    """The names of all pacticipants."""
    found = broker.get("/pacticipants").get("_embedded", {}).get("pacticipants", [])
    return sorted({each["name"] for each in found if isinstance(each.get("name"), str)})


def in_force(broker: Remote, provider: str) -> Iterator[Published]:
    """The pacts that count now; none where no consumer has a pact with the provider."""
    asked = broker.ask(
        "POST",
        path("pacts", "provider", provider, "for-verification"),
        {"consumerVersionSelectors": _SELECTORS},
    )
    met = set()
    for each in _embedded(broker.well(asked, f"pacts of {provider}")):
        found = _read(broker, _href(each), str(each.get("shortDescription") or ""))
        met.add(found.consumer)
        yield found
    latest = broker.get(path("pacts", "provider", provider, "latest"))
    for url in _linked(latest):
        found = _read(broker, url, "latest")
        if found.consumer not in met:
            yield found


def published_since(broker: Remote, provider: str, since: datetime) -> list[Published] | None:
    """The pacts published since then, and of each consumer the newest one before.

    None where the broker has no pact of the provider that is as old, or does not say how old they
    are: then nothing is known of that time.
    """
    found: list[Published] = []
    reaches = False
    consumers = {
        _read(broker, each, "").consumer
        for each in _linked(broker.get(path("pacts", "provider", provider, "latest")))
    }
    for consumer in sorted(consumers):
        at = path("pacts", "provider", provider, "consumer", consumer, "versions")
        data = broker.get(at)
        listed = [(_created(each), _href(each)) for each in _embedded(data)]
        if listed and all(when is not None for when, _ in listed):
            listed.sort(key=lambda each: str(each[0]), reverse=True)
        else:
            # Only links: the newest comes first.
            listed = [(None, each) for each in _linked(data)]
        for when, url in listed:
            if len(found) >= _MOST:
                return None
            one = _read(broker, url, "")
            found.append(one)
            created = when or _created(one.data)
            if created is None:
                return None
            if created <= since:
                reaches = True
                break
    return found if reaches else None


def _embedded(data: dict[str, Any]) -> list[dict[str, Any]]:
    listed = data.get("_embedded", {}).get("pacts", [])
    return [each for each in listed if isinstance(each, dict) and _href(each)]


def _linked(data: dict[str, Any]) -> list[str]:
    links = data.get("_links", {})
    for name in ("pb:pact-versions", "pb:pacts", "pacts"):
        if isinstance(links.get(name), list):
            return [each["href"] for each in links[name] if isinstance(each.get("href"), str)]
    return [_href(each) for each in _embedded(data)]


def _href(resource: dict[str, Any]) -> str:
    said = resource.get("_links", {}).get("self", {})
    if isinstance(said, list):
        said = said[0] if said else {}
    return str(said.get("href") or "")


def _read(broker: Remote, url: str, why: str) -> Published:
    data = broker.get(url)
    party = data.get("consumer")
    name = party.get("name") if isinstance(party, dict) else None
    return Published(consumer=str(name or ""), url=url, why=why, data=data)


def _created(resource: dict[str, Any]) -> datetime | None:
    said = resource.get("createdAt")
    try:
        when = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
