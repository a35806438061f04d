"""Pacts given to a broker, one by one, so that each has an answer of its own."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from apicheck.broker import content
from apicheck.broker.fetching import fetch_one
from apicheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.broker.client import Remote, Said
    from apicheck.broker.fetching import Fetched

__all__ = ["ConsumerVersion", "How", "OnConflict", "Sending", "Sent", "joined", "send"]


class How(Enum):
    """What became of a pact."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"
    CONFLICT = "conflict"
    REFUSED = "refused"
    UNHEARD = "not published"


class OnConflict(Enum):
    """What to do where the version has a pact of other content already."""

    REFUSE = "refuse"
    OVERWRITE = "overwrite"
    MERGE = "merge"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerVersion:
    """The version that all the pacts are of."""

    number: str
    branch: str = ""
    tags: tuple[str, ...] = ()
    build_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One pact to publish, from ``source``; ``specification`` is the version it is written in."""

    consumer: str
    provider: str
    specification: int
    data: dict[str, Any]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of one: ``held`` is what the broker had, ``problem`` the broker's words."""

    sending: Sending
    how: How
    url: str = ""
    held: Fetched | None = None
    problem: str = ""
    notices: tuple[str, ...] = ()


def joined(pacts: Sequence[Sending]) -> tuple[Sending, ...]:
    """The pacts with those of the same two parties made one, as test suites write them apart.

    SourceError where two files say different things of the same interaction.
    """
    found: dict[tuple[str, str], Sending] = {}
    for each in pacts:
        key = each.consumer, each.provider
        held = found.get(key)
        if held is None:
            found[key] = each
            continue
        if held.specification != each.specification:
            raise SourceError(
                each.source,
                f"is of version {each.specification} of the specification, and {held.source} of"
                f" {held.specification}: they cannot be one pact",
            )
        both = content.merged(held.data, each.data)
        if both is None:
            raise SourceError(
                each.source,
                f"says something else of an interaction than {held.source}",
                "see: apicheck pact diff",
            )
        found[key] = Sending(
            consumer=each.consumer,
            provider=each.provider,
            specification=each.specification,
            data=both,
            source=f"{held.source}, {each.source}",
        )
    return tuple(found.values())


def send(
    broker: Remote,
    version: ConsumerVersion,
    pacts: Sequence[Sending],
    *,
    on_conflict: OnConflict = OnConflict.REFUSE,
    only_look: bool = False,
) -> Iterator[Sent]:
    """Publish pacts, or ``only_look`` at what would become of them.

    A broker that cannot be reached is asked several times for the first pact, and not again.
    """
    unheard = ""
    for each in pacts:
        if unheard:
            yield Sent(sending=each, how=How.UNHEARD, problem=unheard)
            continue
        try:
            yield _sent(broker, version, each, on_conflict, only_look=only_look)
        except SourceError as problem:
            unheard = problem.problem
            yield Sent(sending=each, how=How.UNHEARD, problem=unheard)


def _sent(
    broker: Remote,
    version: ConsumerVersion,
    pact: Sending,
    on_conflict: OnConflict,
    *,
    only_look: bool,
) -> Sent:
    held = fetch_one(broker, pact.consumer, pact.provider, version.number)
    same = held is not None and content.identity(held.data) == content.identity(pact.data)
    how = How.PUBLISHED if held is None else How.UNCHANGED if same else How.REPLACED
    if how is How.REPLACED and on_conflict is OnConflict.REFUSE:
        return Sent(sending=pact, how=How.CONFLICT, held=held)
    if only_look:
        return Sent(sending=pact, how=how, held=held)
    said = broker.ask("POST", "/contracts/publish", _publication(version, pact, on_conflict))
    notices = tuple(_notices(said))
    if said.status == 409:
        return Sent(sending=pact, how=How.CONFLICT, held=held, problem=said.problem)
    if said.status >= 300:
        problem = f"{said.problem} ({said.status})"
        return Sent(sending=pact, how=How.REFUSED, problem=problem, notices=notices)
    return Sent(sending=pact, how=how, url=_url(said), held=held, notices=notices)


def _url(said: Said) -> str:
    links = said.data.get("_links")
    listed = links.get("pb:contracts") if isinstance(links, dict) else None
    first = listed[0] if isinstance(listed, list) and listed else None
    return str(first.get("href") or "") if isinstance(first, dict) else ""


def _notices(said: Said) -> Iterator[str]:
    """What the broker wants people to read; that it worked they learn from us."""
    listed = said.data.get("notices")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and each.get("type") in {"prompt", "warning", "danger"}:
            yield " ".join(str(each.get("text", "")).split())


def _publication(
    version: ConsumerVersion, pact: Sending, on_conflict: OnConflict
) -> dict[str, Any]:
    contract = {
        "consumerName": pact.consumer,
        "providerName": pact.provider,
        "specification": "pact",
        "contentType": "application/json",
        "content": base64.b64encode(json.dumps(pact.data).encode()).decode(),
        "onConflict": "merge" if on_conflict is OnConflict.MERGE else "overwrite",
    }
    data: dict[str, Any] = {
        "pacticipantName": pact.consumer,
        "pacticipantVersionNumber": version.number,
        "tags": list(version.tags),
        "contracts": [contract],
    }
    if version.branch:
        data["branch"] = version.branch
    if version.build_url:
        data["buildUrl"] = version.build_url
    return data
