"""Webhooks: who wants to hear of what, and what is to be sent to them.

A delivery is written in the same transaction as what it tells of, and sent afterwards
(``delivery``): nothing is told that did not happen, and nothing that happened is forgotten.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from enum import Enum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from apicheck.broker import participants, publishing
from apicheck.broker.database import now
from apicheck.broker.facts import of_pact, of_provider, statuses
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from apicheck.broker.calls import Settings

__all__ = [
    "Event",
    "about",
    "check",
    "get",
    "meant",
    "save",
    "secrets",
    "shown",
    "tell_published",
    "tell_result",
    "trigger",
]


class Event(Enum):
    """What a webhook may ask to be told of."""

    PUBLISHED = "contract_published"
    CHANGED = "contract_content_changed"
    REQUIRING = "contract_requiring_verification_published"
    RESULT = "provider_verification_published"
    SUCCEEDED = "provider_verification_succeeded"
    FAILED = "provider_verification_failed"


_NAMES = {each.value for each in Event}
_PLACEHOLDER = re.compile(r"\$\{pactbroker\.([A-Za-z]+)\}")


def get(db: sqlite3.Connection, key: str) -> sqlite3.Row:
    """A webhook by its UUID; ``Refused`` (404) if there is none."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM webhooks WHERE uuid = ?", (key,)).fetchone()
    if row is None:
        raise Refused(404, f"No webhook with UUID '{key}' found")
    return row


def meant(
    db: sqlite3.Connection, *, consumer: str | None = None, provider: str | None = None
) -> list[sqlite3.Row]:
    """The webhooks that name these sides (or all, if none is given)."""
    found = []
    for row in db.execute("SELECT * FROM webhooks ORDER BY id"):
        sides = json.loads(row["definition"])
        if all(
            wanted is None or (sides.get(role) or {}).get("name") == wanted
            for role, wanted in (("consumer", consumer), ("provider", provider))
        ):
            found.append(row)
    return found


def about(
    db: sqlite3.Connection, *, consumer: str, provider: str, number: str | None = None
) -> list[sqlite3.Row]:
    """The last hundred deliveries about pacts between both (of one version), newest first."""
    sql = "SELECT * FROM triggered WHERE consumer = ? AND provider = ?"
    values = [consumer, provider]
    if number is not None:
        sql, values = sql + " AND number = ?", [*values, number]
    return db.execute(sql + " ORDER BY id DESC LIMIT 100", values).fetchall()


def save(
    db: sqlite3.Connection, data: dict[str, Any], settings: Settings, key: str | None = None
) -> tuple[sqlite3.Row, bool]:
    """Keep a webhook under its UUID; whether it is new. ``Refused`` (400) names what is wrong."""
    problems = dict(_problems(db, data, settings))
    if problems:
        raise Refused(400, errors={each: [text] for each, text in problems.items()})
    key = key or str(uuid.uuid4())
    held = {
        each: data[each]
        for each in ("description", "consumer", "provider", "events", "request")
        if data.get(each) is not None
    }
    old = db.execute("SELECT definition FROM webhooks WHERE uuid = ?", (key,)).fetchone()
    new = old is None
    if old is not None:
        held["request"] = _unhidden(held["request"], json.loads(old[0])["request"])
    db.execute(
        "INSERT INTO webhooks (uuid, definition, enabled, created_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (uuid) DO UPDATE SET definition = excluded.definition,"
        " enabled = excluded.enabled",
        (key, json.dumps(held), data.get("enabled", True) is not False, now()),
    )
    return get(db, key), new


def _problems(
    db: sqlite3.Connection, data: dict[str, Any], settings: Settings
) -> Iterator[tuple[str, str]]:
    events = data.get("events")
    if not isinstance(events, list) or not events:
        yield "events", "can't be blank"
    elif not all(isinstance(each, dict) and each.get("name") in _NAMES for each in events):
        yield "events", f"must be among {', '.join(sorted(_NAMES))}"
    for role in ("consumer", "provider"):
        side = data.get(role)
        if side is None:
            continue
        if not isinstance(side, dict) or not isinstance(side.get("name", side.get("label")), str):
            yield role, "must have a name or a label"
        elif "name" in side and participants.find(db, side["name"]) is None:
            yield f"{role}.name", "does not match an existing pacticipant"
    request = data.get("request")
    if not isinstance(request, dict):
        yield "request", "can't be blank"
        return
    headers = request.get("headers", {})
    if not isinstance(headers, dict) or not all(
        isinstance(each, str) and not re.search(r"[\r\n]", each)
        for pair in headers.items()
        for each in pair
    ):
        yield "request.headers", "must be texts of one line by name"
    for field in ("username", "password"):
        if not isinstance(request.get(field), str | None):
            yield f"request.{field}", "must be a text"
    if request.get("method") != "POST":
        yield "request.method", "must be POST"
    problem = check(request.get("url"), settings)
    if problem:
        yield "request.url", problem


def check(url: Any, settings: Settings) -> str:
    """Why the broker may not call that address; "" if it may.

    A broker stands where others cannot reach: it calls only hosts it was told to.
    """
    if not isinstance(url, str):
        return "can't be blank"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is not an address"
    if not host or "${" in parts.netloc or parts.username is not None:
        return "must name its host, without user or placeholder"
    if parts.scheme != "https" and not (settings.webhook_http and parts.scheme == "http"):
        return "scheme must be https"
    if not any(fnmatchcase(host, each.lower()) for each in settings.webhook_hosts):
        return f"host {host} is not allowed; the broker must be started with it (--webhook-host)"
    return ""


_HIDDEN = "**********"
_SECRET = re.compile(r"authorization|cookie|token|secret|password|api-?key", re.IGNORECASE)


def shown(definition: dict[str, Any]) -> dict[str, Any]:
    """A definition as it may be shown: its secrets are kept to be sent, never to be read."""
    request = dict(definition["request"])
    if request.get("password"):
        request["password"] = _HIDDEN
    if request.get("headers"):
        request["headers"] = {
            name: _HIDDEN if _SECRET.search(name) else value
            for name, value in request["headers"].items()
        }
    return {**definition, "request": request}


def secrets(request: dict[str, Any]) -> list[str]:
    """The values in a request that nobody may read, the longest first."""
    headers = request.get("headers") or {}
    held = [str(value) for name, value in headers.items() if _SECRET.search(name)]
    # A scheme before the secret itself: a receiver may repeat the one without the other.
    held += [each.rpartition(" ")[2] for each in held]
    held.append(request.get("password") or "")
    return sorted({each for each in held if len(each) > 3}, key=len, reverse=True)


def _unhidden(request: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """A request in which what was only shown hidden is as it was before."""
    request = dict(request)
    if request.get("password") == _HIDDEN:
        request["password"] = held.get("password")
    if isinstance(request.get("headers"), dict):
        before = held.get("headers") or {}
        request["headers"] = {
            name: before.get(name, value) if value == _HIDDEN else value
            for name, value in request["headers"].items()
        }
    return request


def tell_published(db: sqlite3.Connection, base: str, done: publishing.Published) -> None:
    """A pact was published: put down who is to hear of it."""
    if not done.created and not done.changed:
        return
    facts = of_pact(db, base, done.row)
    trigger(db, Event.PUBLISHED, facts)
    if not done.changed:
        return
    trigger(db, Event.CHANGED, facts)
    for version in _requiring(db, done.row):
        trigger(db, Event.REQUIRING, {**facts, **of_provider(db, version)})


def _requiring(db: sqlite3.Connection, pact: sqlite3.Row) -> list[int]:
    """The provider versions that matter and have no result: main branch's head, and what runs."""
    return [
        row[0]
        for row in db.execute(
            "SELECT w.id FROM (SELECT max(bv.version) AS id FROM branch_versions bv"
            " JOIN branches b ON b.id = bv.branch JOIN pacticipants q ON q.id = b.pacticipant"
            " WHERE q.id = :provider AND b.name = q.main_branch"
            " UNION SELECT d.version FROM deployments d JOIN versions v ON v.id = d.version"
            " WHERE v.pacticipant = :provider AND d.ended_at IS NULL) w WHERE w.id IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM results r"
            " WHERE r.content = :content AND r.version = w.id)",
            {"provider": pact["provider_id"], "content": pact["content"]},
        )
    ]


def tell_result(
    db: sqlite3.Connection, base: str, pact: sqlite3.Row, result: sqlite3.Row, url: str
) -> None:
    """A result was published: put down who is to hear of it."""
    facts = {
        **of_pact(db, base, pact),
        **of_provider(db, result["version"]),
        "verificationResultUrl": url,
        **statuses(bool(result["success"])),
    }
    trigger(db, Event.RESULT, facts)
    trigger(db, Event.SUCCEEDED if result["success"] else Event.FAILED, facts)


def trigger(
    db: sqlite3.Connection, event: Event, facts: dict[str, str], only: sqlite3.Row | None = None
) -> None:
    """Put down a delivery for each webhook that wants it (or for the one to be tried out)."""
    hooks = [only] if only is not None else db.execute("SELECT * FROM webhooks WHERE enabled")
    for hook in hooks:
        definition = json.loads(hook["definition"])
        if only is None and not _wants(db, definition, event, facts):
            continue
        request = _filled(definition["request"], {**facts, "eventName": event.value})
        db.execute(
            "INSERT INTO triggered (uuid, webhook, event, request, status, attempts, due, log,"
            " created_at, consumer, provider, number)"
            " VALUES (?, ?, ?, ?, 'waiting', 0, ?, '', ?, ?, ?, ?)",
            (
                str(uuid.uuid4()),
                hook["id"],
                event.value,
                json.dumps(request),
                time.time(),
                now(),
                facts["consumerName"],
                facts["providerName"],
                facts["consumerVersionNumber"],
            ),
        )


def _wants(
    db: sqlite3.Connection, definition: dict[str, Any], event: Event, facts: dict[str, str]
) -> bool:
    if not any(each["name"] == event.value for each in definition["events"]):
        return False
    for role in ("consumer", "provider"):
        side, name = definition.get(role), facts[f"{role}Name"]
        if side is None:
            continue
        if "name" in side:
            if side["name"] != name:
                return False
        elif not db.execute(
            "SELECT 1 FROM labels l JOIN pacticipants p ON p.id = l.pacticipant"
            " WHERE p.name = ? AND l.name = ?",
            (name, side["label"]),
        ).fetchone():
            return False
    return True


def _filled(request: dict[str, Any], facts: dict[str, str]) -> dict[str, Any]:
    """The request with its placeholders filled in; in the address they are escaped."""

    def put(text: str, *, escaped: bool = False) -> str:
        return _PLACEHOLDER.sub(
            lambda m: quote(facts.get(m[1], ""), safe="") if escaped else facts.get(m[1], ""), text
        )

    def deep(value: Any) -> Any:
        if isinstance(value, str):
            return put(value)
        if isinstance(value, dict):
            return {key: deep(each) for key, each in value.items()}
        return [deep(each) for each in value] if isinstance(value, list) else value

    headers = {
        # A name or branch with a line break must not begin another header.
        key: re.sub(r"[\r\n]+", " ", put(value))
        for key, value in request.get("headers", {}).items()
    }
    return {
        "url": put(request["url"], escaped=True),
        "headers": headers,
        "body": deep(request.get("body")),
        "username": request.get("username"),
        "password": request.get("password"),
    }
