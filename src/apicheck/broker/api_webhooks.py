"""The resources of webhooks and of what became of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from apicheck.broker import participants, publishing, webhooks
from apicheck.broker.calls import Call, Reply, Route
from apicheck.broker.refusals import Refused
from apicheck.broker.webhooks import Event

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES"]


def _body(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    data = webhooks.shown(json.loads(row["definition"]))
    at = ("webhooks", row["uuid"])
    return {
        "uuid": row["uuid"],
        **data,
        "enabled": bool(row["enabled"]),
        "createdAt": row["created_at"],
        "_links": {
            "self": {"title": data.get("description", "Webhook"), "href": call.url(*at)},
            "pb:execute": {"href": call.url(*at, "execute")},
            "pb:webhooks": {"href": call.url("webhooks")},
            "pb:triggered-webhooks": {"href": call.url(*at, "triggered-webhooks")},
        },
    }


def _list(
    call: Call, db: sqlite3.Connection, provider: str | None = None, consumer: str | None = None
) -> Reply:
    for name in (provider, consumer):
        if name is not None:
            participants.get(db, name)
    rows = webhooks.meant(db, consumer=consumer, provider=provider)
    found = [_body(call, each) for each in rows]
    return Reply(
        body={
            "_embedded": {"webhooks": found},
            "_links": {
                "self": {"href": call.url("webhooks")},
                "pb:webhooks": [{"name": each["uuid"], **each["_links"]["self"]} for each in found],
            },
        }
    )


def _create(
    call: Call, db: sqlite3.Connection, provider: str | None = None, consumer: str | None = None
) -> Reply:
    sides = {
        role: {"name": name}
        for role, name in (("provider", provider), ("consumer", consumer))
        if name is not None
    }
    row, _ = webhooks.save(db, {**call.data, **sides}, call.settings)
    body = _body(call, row)
    return Reply(body=body, status=201, headers={"location": body["_links"]["self"]["href"]})


def _put(call: Call, db: sqlite3.Connection, key: str) -> Reply:
    row, new = webhooks.save(db, call.data, call.settings, key)
    return Reply(body=_body(call, row), status=201 if new else 200)


def _show(call: Call, db: sqlite3.Connection, key: str) -> Reply:
    return Reply(body=_body(call, webhooks.get(db, key)))


def _delete(_call: Call, db: sqlite3.Connection, key: str) -> Reply:
    db.execute("DELETE FROM webhooks WHERE id = ?", (webhooks.get(db, key)["id"],))
    return Reply(status=204)


def _execute(call: Call, db: sqlite3.Connection, key: str) -> Reply:
    """Try it out: with the newest pact there is, or with words that show what goes where."""
    hook = webhooks.get(db, key)
    pact = db.execute(publishing.select + "ORDER BY p.id DESC LIMIT 1").fetchone()
    if pact is None:
        raise Refused(400, "There is no pact yet to try the webhook with")
    facts = {
        "consumerName": pact["consumer"],
        "providerName": pact["provider"],
        "consumerVersionNumber": pact["number"],
        "pactUrl": call.url(
            *("pacts", "provider", pact["provider"], "consumer", pact["consumer"]),
            *("version", pact["number"]),
        ),
    }
    webhooks.trigger(db, Event.PUBLISHED, facts, only=hook)
    row = db.execute("SELECT * FROM triggered ORDER BY id DESC LIMIT 1").fetchone()
    return Reply(body=_triggered_body(call, row), status=201)


def _status(call: Call, db: sqlite3.Connection, provider: str, consumer: str) -> Reply:
    """How the last deliveries about pacts between both went."""
    rows = webhooks.about(db, consumer=consumer, provider=provider)
    last: dict[int, sqlite3.Row] = {}
    for each in rows:
        last.setdefault(each["webhook"], each)
    found = [_triggered_body(call, each) for each in last.values()]
    failed = sum(each["status"] == "failure" for each in found)
    return Reply(
        body={
            "summary": {"successful": len(found) - failed, "failed": failed},
            "_embedded": {"triggeredWebhooks": found},
        }
    )


def _about_version(
    call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str
) -> Reply:
    publishing.get_pact(db, provider, consumer, number)
    rows = webhooks.about(db, consumer=consumer, provider=provider, number=number)
    return Reply(
        body={"_embedded": {"triggeredWebhooks": [_triggered_body(call, r) for r in rows]}}
    )


def _triggered_body(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    return {
        "uuid": row["uuid"],
        "eventName": row["event"],
        "status": {"waiting": "retrying" if row["attempts"] else "not_run"}.get(
            row["status"], {"failed": "failure"}.get(row["status"], row["status"])
        ),
        "attemptsMade": row["attempts"],
        "createdAt": row["created_at"],
        "_links": {"pb:logs": {"href": call.url("triggered-webhooks", row["uuid"], "logs")}},
    }


def _triggered(call: Call, db: sqlite3.Connection, key: str) -> Reply:
    rows = db.execute(
        "SELECT * FROM triggered WHERE webhook = ? ORDER BY id DESC LIMIT 100",
        (webhooks.get(db, key)["id"],),
    ).fetchall()
    found = [_triggered_body(call, each) for each in rows]
    return Reply(body={"_embedded": {"triggeredWebhooks": found}})


def _logs(_call: Call, db: sqlite3.Connection, key: str) -> Reply:
    row = db.execute("SELECT log FROM triggered WHERE uuid = ?", (key,)).fetchone()
    if row is None:
        raise Refused(404, f"No triggered webhook with UUID '{key}' found")
    return Reply(body=row["log"], media="text/plain;charset=utf-8")


_PAIR = "/pacts/provider/{provider}/consumer/{consumer}"
ROUTES = tuple(
    Route(method=method, path=path, handler=handler, writes=method != "GET")
    for method, path, handler in (
        ("GET", "/webhooks", _list),
        ("POST", "/webhooks", _create),
        ("GET", "/webhooks/{key}", _show),
        ("PUT", "/webhooks/{key}", _put),
        ("DELETE", "/webhooks/{key}", _delete),
        ("POST", "/webhooks/{key}/execute", _execute),
        ("GET", "/webhooks/{key}/triggered-webhooks", _triggered),
        ("GET", "/triggered-webhooks/{key}/logs", _logs),
        ("GET", "/webhooks/provider/{provider}", _list),
        ("GET", "/webhooks/consumer/{consumer}", _list),
        ("GET", "/webhooks/provider/{provider}/consumer/{consumer}", _list),
        ("POST", "/webhooks/provider/{provider}", _create),
        ("POST", "/webhooks/consumer/{consumer}", _create),
        ("POST", "/webhooks/provider/{provider}/consumer/{consumer}", _create),
        ("GET", _PAIR + "/webhooks", _list),
        ("GET", _PAIR + "/webhooks/status", _status),
        ("GET", _PAIR + "/version/{number}/triggered-webhooks", _about_version),
    )
)
