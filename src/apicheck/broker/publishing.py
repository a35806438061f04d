"""Pacts are published: a content for a version of a consumer, which never changes afterwards."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.broker import content, participants
from apicheck.broker.database import now
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["Published", "body", "get_pact", "pact_of", "publish", "publish_all", "select"]

#: All that is asked of a pact; what follows is a WHERE clause over p, v, k (content), c, q.
select = (
    "SELECT p.id, p.version, p.content, p.created_at, k.sha, v.number, c.name AS consumer,"
    " q.name AS provider, p.consumer AS consumer_id, p.provider AS provider_id"
    " FROM pacts p JOIN versions v ON v.id = p.version JOIN contents k ON k.id = p.content"
    " JOIN pacticipants c ON c.id = p.consumer JOIN pacticipants q ON q.id = p.provider "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of one pact: ``row`` as of ``select``; new to its version; content changed."""

    row: sqlite3.Row
    created: bool
    changed: bool


def body(db: sqlite3.Connection, pact: sqlite3.Row) -> dict[str, Any]:
    """The pact as it was published."""
    (text,) = db.execute("SELECT body FROM contents WHERE id = ?", (pact["content"],)).fetchone()
    found: dict[str, Any] = json.loads(text)
    return found


def pact_of(
    db: sqlite3.Connection, provider: str, consumer: str, number: str
) -> sqlite3.Row | None:
    """The pact between both that a version of the consumer has, or None."""
    row: sqlite3.Row | None = db.execute(
        select + "WHERE q.name = ? AND c.name = ? AND v.number = ?", (provider, consumer, number)
    ).fetchone()
    return row


def get_pact(db: sqlite3.Connection, provider: str, consumer: str, number: str) -> sqlite3.Row:
    """The pact between both that a version of the consumer has; ``Refused`` (404) if none."""
    row = pact_of(db, provider, consumer, number)
    if row is None:
        raise Refused(404, f"No pact between {consumer} ({number}) and {provider} found")
    return row


def publish(
    db: sqlite3.Connection,
    *,
    version: sqlite3.Row,
    provider: str,
    pact: dict[str, Any],
    merge: bool = False,
    modify: bool = False,
) -> Published:
    """Give a version of a consumer its pact with a provider.

    ``Refused`` (409) with the difference if the version already has one of other content, unless
    ``modify`` allows it: results of the old content do not count for the new.
    """
    consumer = participants.get(db, version["name"])
    other = participants.ensure(db, provider)
    held = pact_of(db, provider, version["name"], version["number"])
    sha = content.identity(pact)
    if held is not None:
        if held["sha"] == sha:
            return Published(row=held, created=False, changed=False)
        old = body(db, held)
        joined = content.merged(old, pact) if merge and modify else pact
        if not modify or joined is None:
            raise _conflict(version, provider, content.difference(old, pact))
        pact, sha = joined, content.identity(joined)
    time = now()
    last = db.execute(
        "SELECT k.sha FROM pacts p JOIN contents k ON k.id = p.content"
        " WHERE p.consumer = ? AND p.provider = ? ORDER BY p.version DESC LIMIT 1",
        (consumer["id"], other["id"]),
    ).fetchone()
    db.execute(
        "INSERT OR IGNORE INTO contents (consumer, provider, sha, body, created_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (consumer["id"], other["id"], sha, json.dumps(pact, ensure_ascii=False), time),
    )
    db.execute(
        "INSERT INTO pacts (consumer, provider, version, content, created_at)"
        " SELECT consumer, provider, ?, id, ? FROM contents"
        " WHERE consumer = ? AND provider = ? AND sha = ?"
        " ON CONFLICT (version, provider) DO UPDATE SET content = excluded.content",
        (version["id"], time, consumer["id"], other["id"], sha),
    )
    row = pact_of(db, provider, version["name"], version["number"])
    assert row is not None
    return Published(row=row, created=held is None, changed=last is None or last["sha"] != sha)


def _conflict(version: sqlite3.Row, provider: str, changes: str) -> Refused:
    text = (
        f"Cannot change the content of the pact for {version['name']} version {version['number']}"
        f" and provider {provider}, as race conditions will cause unreliable results for"
        " can-i-deploy. Each pact must be published with a unique consumer version number."
        f"\n{changes}"
    )
    return Refused(
        409, errors={"contracts": [text]}, more={"notices": [{"type": "error", "text": text}]}
    )


def publish_all(
    db: sqlite3.Connection, data: dict[str, Any], *, modify: bool = False
) -> tuple[sqlite3.Row, list[Published]]:
    """Do what ``POST /contracts/publish`` asks: the consumer's version, and its pacts.

    ``Refused`` (400) names each field that is wrong; nothing is written then.
    """
    name, number = data.get("pacticipantName"), data.get("pacticipantVersionNumber")
    branch, tags, contracts = data.get("branch"), data.get("tags"), data.get("contracts")
    errors: dict[str, list[str]] = {}
    for key, value in (("pacticipantName", name), ("pacticipantVersionNumber", number)):
        if not isinstance(value, str) or not value.strip():
            errors[key] = ["is missing" if value is None else "can't be blank"]
    if branch is not None and (not isinstance(branch, str) or not branch.strip()):
        errors["branch"] = ["can't be blank"]
    if tags is not None and not (
        isinstance(tags, list) and all(isinstance(each, str) and each.strip() for each in tags)
    ):
        errors["tags"] = ["must be a list of names"]
    url = data.get("buildUrl")
    if url is not None and not isinstance(url, str):
        errors["buildUrl"] = ["must be a string"]
    if not isinstance(contracts, list) or not contracts:
        errors["contracts"] = ["is missing" if contracts is None else "must be a list of contracts"]
        contracts = []
    pacts = []
    for index, each in enumerate(contracts):
        problems, pact = _contract(each, name)
        if problems:
            errors.setdefault("contracts", []).extend(f"{p} (at index {index})" for p in problems)
        pacts.append((each, pact))
    if errors:
        raise Refused(400, errors=errors)
    assert isinstance(name, str)
    assert isinstance(number, str)
    version = participants.ensure_version(db, name, number, url)
    if branch is not None:
        participants.on_branch(db, version, branch)
    for tag in tags or ():
        participants.tagged(db, version, tag)
    return version, [
        publish(
            db,
            version=version,
            provider=each["providerName"],
            pact=pact,
            merge=each.get("onConflict") == "merge",
            modify=modify,
        )
        for each, pact in pacts
    ]


def _contract(each: Any, consumer: Any) -> tuple[list[str], dict[str, Any]]:
    if not isinstance(each, dict):
        return ["must be an object"], {}
    problems = [
        f"{key} is missing"
        for key in ("consumerName", "providerName", "content", "contentType", "specification")
        if not isinstance(each.get(key), str) or not each[key].strip()
    ]
    if problems:
        return problems, {}
    if each["consumerName"] != consumer:
        problems.append(f"consumerName must be the pacticipantName ('{consumer}')")
    if each["specification"] != "pact":
        problems.append("specification must be 'pact'")
    try:
        raw = base64.b64decode(each["content"], validate=True)
    except (binascii.Error, ValueError):
        return [*problems, "content is not valid Base64"], {}
    try:
        pact = content.parsed(raw)
    except Refused as problem:
        found = problem.errors if isinstance(problem.errors, dict) else {}
        return [*problems, *found["contracts"]], {}
    return [*problems, *names(pact, each["consumerName"], each["providerName"])], pact


def names(pact: dict[str, Any], consumer: str, provider: str) -> list[str]:
    """What is wrong with the names in a pact, given those it is published under."""
    return [
        f"the {role} name in the pact ('{pact[role]['name']}') is not the one it is"
        f" published under ('{expected}')"
        for role, expected in (("consumer", consumer), ("provider", provider))
        if isinstance(pact.get(role), dict) and pact[role].get("name", expected) != expected
    ]
