"""A broker is read through the interface that every Pact Broker has, into a ``Bundle``."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from apicheck.broker import content
from apicheck.broker.bundle import Bundle
from apicheck.broker.client import path
from apicheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apicheck.broker.client import Remote

__all__ = ["SIDES", "deployed_in", "export", "paged", "results_of"]

_HIDDEN = re.compile(r"\*{3,}")
SIDES = (
    ("deployed", "pb:currently-deployed-deployed-versions", "deployedVersions"),
    ("released", "pb:currently-supported-released-versions", "releasedVersions"),
)


def export(broker: Remote, say: Callable[[str], None]) -> Bundle:
    """Everything a broker holds; ``say`` is told how far it is. ``SourceError`` if it cannot be."""
    found = Bundle()
    found.pacticipants.extend(_pacticipants(broker))
    for number, each in enumerate(found.pacticipants, start=1):
        say(f"{number} of {len(found.pacticipants)} pacticipants: {each['name']}")
        found.versions.extend(_versions(broker, each["name"], found))
    say(f"results of {len(found.contents)} pact contents")
    found.results.extend(_results(broker, found))
    environments = broker.get("/environments").get("_embedded", {}).get("environments", [])
    for each in environments:
        found.environments.append(_kept(each, "name", "displayName", "production", "contacts"))
        found.deployments.extend(deployed_in(broker, each))
    found.webhooks.extend(_webhooks(broker))
    # The broker's own addresses were only needed on the way.
    for each in found.pacts:
        del each["href"]
    return found


def _kept(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: data[key] for key in keys if data.get(key) is not None}


def paged(broker: Remote, at: str, key: str) -> Iterator[dict[str, Any]]:
    """The items of a list, page after page; a broker without pages sends all at once."""
    following: str | None = f"{at}?pageNumber=1&pageSize=100"
    seen = set()
    while following is not None:
        if following in seen:
            raise SourceError(broker.url, f"the pages of {at} never end")
        seen.add(following)
        data = broker.get(following)
        yield from data.get("_embedded", {}).get(key) or data.get(key) or []
        following = data.get("_links", {}).get("next", {}).get("href")


def _pacticipants(broker: Remote) -> Iterator[dict[str, Any]]:
    names = {each["name"] for each in paged(broker, "/pacticipants", "pacticipants")}
    for name in sorted(names):
        data = broker.get(path("pacticipants", name))
        labels = sorted(each["name"] for each in data.get("_embedded", {}).get("labels", []))
        facts = _kept(data, "name", "displayName", "mainBranch", "repositoryUrl")
        yield {**facts, "labels": labels}


def _versions(broker: Remote, name: str, found: Bundle) -> Iterator[dict[str, Any]]:
    """The versions of a pacticipant, oldest first; their pacts are put into ``found``."""
    at = path("pacticipants", name, "versions")
    listed = list(paged(broker, at, "versions"))
    # Newest first in every broker.
    for each in reversed(listed):
        whole = each
        if "pb:pact-versions" not in each["_links"] or "branchVersions" not in each["_embedded"]:
            whole = broker.get(f"{at}/{path(each['number'])[1:]}")
        held = whole.get("_embedded", {})
        yield {
            "pacticipant": name,
            "number": whole["number"],
            **_kept(whole, "buildUrl"),
            "branches": sorted(one["name"] for one in held.get("branchVersions", [])),
            "tags": sorted(one["name"] for one in held.get("tags", [])),
        }
        links = whole["_links"].get("pb:pact-versions", [])
        for link in sorted(links, key=lambda one: str(one["href"])):
            found.pacts.append(_pact(broker, name, whole["number"], link["href"], found))


def _pact(broker: Remote, consumer: str, number: str, href: str, found: Bundle) -> dict[str, Any]:
    data = broker.get(href)
    links = data.pop("_links", {})
    data.pop("createdAt", None)
    for _, each in content.interactions(data):
        each.pop("_id", None)
    provider = links.get("pb:provider", {}).get("name") or _segment(href, "provider")
    text = json.dumps([consumer, provider, data], sort_keys=True).encode()
    key = hashlib.sha256(text).hexdigest()[:40]
    found.contents.setdefault(key, data)
    latest = links.get("pb:latest-verification-results", {}).get("href")
    return {
        "consumer": consumer,
        "version": number,
        "provider": provider,
        "content": key,
        "href": latest,
    }


def _segment(href: str, after: str) -> str:
    parts = urlsplit(href).path.split("/")
    return unquote(parts[parts.index(after) + 1])


def _results(broker: Remote, found: Bundle) -> Iterator[dict[str, Any]]:
    latest = {each["content"]: each for each in found.pacts if each["href"]}
    for key, pact in latest.items():
        for each in results_of(broker, pact["href"]):
            side = {"consumer": pact["consumer"], "provider": pact["provider"]}
            yield {**side, "content": key, **each}


def results_of(broker: Remote, latest: str) -> Iterator[dict[str, Any]]:
    """All results of a content in their order, from the address of the last one.

    They are numbered from 1; one that was deleted is passed over.
    """
    last = broker.get(latest)
    start, _, number = last["_links"]["self"]["href"].rpartition("/")
    if not number.isdigit():
        raise SourceError(broker.url, f"the result at {latest} has no number")
    for each in range(1, int(number) + 1):
        said = broker.ask("GET", f"{start}/{each}")
        if said.status == 404:
            continue
        data = broker.well(said, f"{start}/{each}")
        yield {
            "version": data["providerApplicationVersion"],
            **_kept(data, "success", "buildUrl", "testResults", "verifiedBy", "kind"),
        }


def deployed_in(broker: Remote, environment: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What is deployed to, or released in, an environment now."""
    for kind, rel, key in SIDES:
        href = environment.get("_links", {}).get(rel, {}).get("href")
        if href is None:
            continue
        found = broker.get(href).get("_embedded", {}).get(key, [])
        yield from sorted(
            (
                {
                    "kind": kind,
                    "environment": environment["name"],
                    "pacticipant": each["_embedded"]["pacticipant"]["name"],
                    "version": each["_embedded"]["version"]["number"],
                    "instance": each.get("applicationInstance") or each.get("target") or "",
                }
                for each in found
            ),
            key=lambda one: (one["pacticipant"], one["instance"], one["version"]),
        )


def _webhooks(broker: Remote) -> Iterator[dict[str, Any]]:
    said = broker.ask("GET", "/webhooks")
    if said.status in {403, 404}:
        return  # not everybody may see them
    links = broker.well(said, "/webhooks").get("_links", {}).get("pb:webhooks", [])
    for link in sorted(links, key=lambda one: str(one["href"])):
        data = broker.get(link["href"])
        uuid = data.get("uuid") or urlsplit(link["href"]).path.rpartition("/")[2]
        request = {key: value for key, value in data["request"].items() if value is not None}
        withheld = ["password"] if request.pop("password", None) else []
        headers = request.get("headers") or {}
        for name in [each for each, value in headers.items() if _HIDDEN.fullmatch(str(value))]:
            withheld.append(f"headers.{name}")
            del headers[name]
        sides = {
            role: _kept(data[role], "name", "label")
            for role in ("consumer", "provider")
            if data.get(role)
        }
        yield {
            "uuid": uuid,
            **_kept(data, "description"),
            "enabled": data.get("enabled", True),
            "events": [{"name": each["name"]} for each in data["events"]],
            **sides,
            "request": request,
            **({"withheld": sorted(withheld)} if withheld else {}),
        }
