"""The resources of environments, deployed versions and released versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from apicheck.broker import deployments, participants
from apicheck.broker.api_versions import version
from apicheck.broker.calls import Call, Handler, Reply, Route
from apicheck.broker.deployments import Kind
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES", "environment"]

_NOW = {Kind.DEPLOYED: "currentlyDeployed", Kind.RELEASED: "currentlySupported"}


def environment(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    """An environment as HAL."""
    at = ("environments", row["uuid"])
    facts = {
        "uuid": row["uuid"],
        "name": row["name"],
        "displayName": row["display_name"] or row["name"],
        "production": bool(row["production"]),
        "contacts": json.loads(row["contacts"] or "null"),
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }
    return {
        **{key: value for key, value in facts.items() if value is not None},
        "_links": {
            "self": {"title": "Environment", "name": row["name"], "href": call.url(*at)},
            "pb:environments": {"href": call.url("environments")},
            "pb:currently-deployed-deployed-versions": {
                "href": call.url(*at, "deployed-versions", "currently-deployed")
            },
            "pb:currently-supported-released-versions": {
                "href": call.url(*at, "released-versions", "currently-supported")
            },
        },
    }


def _list(call: Call, db: sqlite3.Connection) -> Reply:
    rows = db.execute("SELECT * FROM environments ORDER BY name").fetchall()
    if call.asked("name"):
        rows = [each for each in rows if each["name"] == call.asked("name")]
    return Reply(
        body={
            "_embedded": {"environments": [environment(call, each) for each in rows]},
            "_links": {
                "self": {"href": call.url("environments")},
                "pb:environments": [
                    {
                        "title": "Environment",
                        "name": each["name"],
                        "href": call.url("environments", each["uuid"]),
                    }
                    for each in rows
                ],
            },
        }
    )


def _create(call: Call, db: sqlite3.Connection) -> Reply:
    body = environment(call, deployments.create(db, call.data))
    return Reply(body=body, status=201, headers={"location": body["_links"]["self"]["href"]})


def _show(call: Call, db: sqlite3.Connection, uuid: str) -> Reply:
    return Reply(body=environment(call, deployments.environment(db, uuid)))


def _put(call: Call, db: sqlite3.Connection, uuid: str) -> Reply:
    known = db.execute("SELECT 1 FROM environments WHERE uuid = ?", (uuid,)).fetchone()
    if known is None:
        return Reply(body=environment(call, deployments.create(db, call.data, uuid)), status=201)
    return Reply(body=environment(call, deployments.change(db, uuid, call.data)))


def _delete(_call: Call, db: sqlite3.Connection, uuid: str) -> Reply:
    deployments.delete(db, uuid)
    return Reply(status=204)


def _body(call: Call, db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    kind = Kind(row["kind"])
    facts = {
        "uuid": row["uuid"],
        _NOW[kind]: row["ended_at"] is None,
        "createdAt": row["created_at"],
    }
    if row["instance"]:
        facts["applicationInstance"] = facts["target"] = row["instance"]
    if row["ended_at"]:
        ended = "undeployedAt" if kind is Kind.DEPLOYED else "supportEndedAt"
        facts[ended] = row["ended_at"]
    where = deployments.environment(db, row["environment_uuid"])
    of = participants.get_version(db, row["name"], row["number"])
    return {
        **facts,
        "_embedded": {
            "pacticipant": {
                "name": row["name"],
                "_links": {"self": {"href": call.url("pacticipants", row["name"])}},
            },
            "version": version(call, db, of),
            "environment": environment(call, where),
        },
        "_links": {
            "self": {
                "title": f"{kind.value.capitalize()} version",
                "href": call.url(f"{kind.value}-versions", row["uuid"]),
            },
            "pb:pacticipant": {"href": call.url("pacticipants", row["name"])},
            "pb:version": {
                "href": call.url("pacticipants", row["name"], "versions", row["number"])
            },
            "pb:environment": {"href": call.url("environments", row["environment_uuid"])},
        },
    }


_Rows = tuple[tuple[str, str, Handler], ...]


def _of(kind: Kind) -> _Rows:
    """The routes of one kind; both are alike but for their words."""
    words = f"{kind.value}-versions"
    rel = "deployedVersions" if kind is Kind.DEPLOYED else "releasedVersions"
    now = "currently-deployed" if kind is Kind.DEPLOYED else "currently-supported"

    def record(call: Call, db: sqlite3.Connection, name: str, number: str, uuid: str) -> Reply:
        instance = call.data.get("applicationInstance") or call.data.get("target") or ""
        if not isinstance(instance, str):
            raise Refused(400, errors={"applicationInstance": ["must be a string"]})
        row, new = deployments.record(
            db,
            kind,
            participants.get_version(db, name, number),
            deployments.environment(db, uuid),
            instance if kind is Kind.DEPLOYED else "",
        )
        body = _body(call, db, row)
        return Reply(
            body=body,
            status=201 if new or kind is Kind.DEPLOYED else 200,
            headers={"location": body["_links"]["self"]["href"]},
        )

    def of_version(call: Call, db: sqlite3.Connection, name: str, number: str, uuid: str) -> Reply:
        rows = db.execute(
            deployments.select + "WHERE d.kind = ? AND d.version = ? AND e.uuid = ?",
            (kind.value, participants.get_version(db, name, number)["id"], uuid),
        ).fetchall()
        return _many(call, db, rows)

    def _many(call: Call, db: sqlite3.Connection, rows: list[sqlite3.Row]) -> Reply:
        return Reply(
            body={
                "_embedded": {rel: [_body(call, db, each) for each in rows]},
                "_links": {
                    f"pb:{words}": [
                        {"name": each["name"], "href": call.url(words, each["uuid"])}
                        for each in rows
                    ]
                },
            }
        )

    def current(call: Call, db: sqlite3.Connection, uuid: str) -> Reply:
        deployments.environment(db, uuid)
        rows = db.execute(
            deployments.select + "WHERE d.kind = ? AND e.uuid = ? AND d.ended_at IS NULL"
            " ORDER BY p.name, d.id",
            (kind.value, uuid),
        ).fetchall()
        for key, column in (("pacticipant", "name"), ("version", "number")):
            wanted = call.asked(key)
            rows = [each for each in rows if wanted is None or each[column] == wanted]
        if call.asked("applicationInstance"):
            rows = [each for each in rows if each["instance"] == call.asked("applicationInstance")]
        return _many(call, db, rows)

    def show(call: Call, db: sqlite3.Connection, uuid: str) -> Reply:
        row = db.execute(
            deployments.select + "WHERE d.uuid = ? AND d.kind = ?", (uuid, kind.value)
        ).fetchone()
        if row is None:
            raise Refused(404, f"No {kind.value} version with UUID '{uuid}' found")
        return Reply(body=_body(call, db, row))

    def patch(call: Call, db: sqlite3.Connection, uuid: str) -> Reply:
        if call.data.get(_NOW[kind]) is not False:
            raise Refused(400, errors={_NOW[kind]: ["must be false; record a new one instead"]})
        return Reply(body=_body(call, db, deployments.end(db, uuid, kind)))

    one = "/pacticipants/{name}/versions/{number}/" + words + "/environment/{uuid}"
    return (
        ("POST", one, record),
        ("GET", one, of_version),
        ("GET", "/environments/{uuid}/" + words + "/" + now, current),
        ("GET", "/" + words + "/{uuid}", show),
        ("PATCH", "/" + words + "/{uuid}", patch),
    )


_TABLE: _Rows = (
    ("GET", "/environments", _list),
    ("POST", "/environments", _create),
    ("GET", "/environments/{uuid}", _show),
    ("PUT", "/environments/{uuid}", _put),
    ("PATCH", "/environments/{uuid}", _put),
    ("DELETE", "/environments/{uuid}", _delete),
    *_of(Kind.DEPLOYED),
    *_of(Kind.RELEASED),
)
ROUTES = tuple(
    Route(method=method, path=path, handler=handler, writes=method != "GET")
    for method, path, handler in _TABLE
)
