"""The resources of pacticipants and their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.broker import participants
from apicheck.broker.calls import Call, Reply, Route, paged
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES", "pacticipant"]


def pacticipant(call: Call, db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """A pacticipant as HAL."""
    name = row["name"]
    at = ("pacticipants", name)
    here = call.url(*at)
    labels = [
        each[0]
        for each in db.execute(
            "SELECT name FROM labels WHERE pacticipant = ? ORDER BY name", (row["id"],)
        )
    ]
    embedded: dict[str, Any] = {
        "labels": [
            {"name": each, "_links": {"self": {"href": call.url(*at, "labels", each)}}}
            for each in labels
        ]
    }
    latest = participants.latest_version(db, name)
    if latest is not None:
        embedded["latestVersion"] = {
            "number": latest["number"],
            "_links": {"self": {"href": call.url(*at, "versions", latest["number"])}},
        }
    return {
        **_facts(row),
        "_embedded": embedded,
        "_links": {
            "self": {"href": here},
            "pb:versions": {"href": f"{here}/versions"},
            "pb:version": {"href": f"{here}/versions/{{version}}", "templated": True},
            "pb:version-tag": {
                "href": f"{here}/versions/{{version}}/tags/{{tag}}",
                "templated": True,
            },
            "pb:branches": {"href": f"{here}/branches"},
            "pb:branch": {"href": f"{here}/branches/{{branch}}", "templated": True},
            "pb:branch-version": {
                "href": f"{here}/branches/{{branch}}/versions/{{version}}",
                "templated": True,
            },
            "pb:label": {"href": f"{here}/labels/{{label}}", "templated": True},
            "pb:latest-version": {"href": f"{here}/latest-version"},
            "pb:can-i-deploy-badge": {
                "href": f"{here}/branches/{{branch}}/latest-version/can-i-deploy"
                "/to-environment/{environment}/badge",
                "templated": True,
            },
        },
    }


def _facts(row: sqlite3.Row) -> dict[str, Any]:
    facts = {
        "name": row["name"],
        "displayName": row["display_name"] or row["name"],
        "mainBranch": row["main_branch"],
        "repositoryUrl": row["repository_url"],
        "createdAt": row["created_at"],
    }
    return {key: value for key, value in facts.items() if value is not None}


def _list(call: Call, db: sqlite3.Connection, label: str | None = None) -> Reply:
    sql, values = "SELECT p.* FROM pacticipants p", ()
    at: tuple[str, ...] = ("pacticipants",)
    if label is not None:
        sql += " JOIN labels l ON l.pacticipant = p.id AND l.name = ?"
        values, at = (label,), ("pacticipants", "label", label)  # type: ignore[assignment]
    rows, more, links = paged(call, db, sql + " ORDER BY p.name", values, *at)
    found = [pacticipant(call, db, each) for each in rows]
    here = [{"title": each["name"], **each["_links"]["self"]} for each in found]
    return Reply(
        body={
            # Both places are read, by clients of different ages.
            "pacticipants": found,
            "_embedded": {"pacticipants": found},
            "_links": {
                "self": {"href": call.url(*at)},
                "pb:pacticipants": here,
                "pacticipants": here,
                "pb:pacticipants-with-label": {
                    "href": call.url("pacticipants", "label") + "/{label}",
                    "templated": True,
                },
                **links,
            },
            **more,
        }
    )


def _create(call: Call, db: sqlite3.Connection) -> Reply:
    row = participants.create(db, call.data)
    body = pacticipant(call, db, row)
    return Reply(body=body, status=201, headers={"location": body["_links"]["self"]["href"]})


def _show(call: Call, db: sqlite3.Connection, name: str) -> Reply:
    return Reply(body=pacticipant(call, db, participants.get(db, name)))


def _put(call: Call, db: sqlite3.Connection, name: str) -> Reply:
    new = participants.find(db, name) is None
    participants.ensure(db, name)
    row = participants.update(db, name, call.data, whole=not new)
    return Reply(body=pacticipant(call, db, row), status=201 if new else 200)


def _patch(call: Call, db: sqlite3.Connection, name: str) -> Reply:
    new = participants.find(db, name) is None
    participants.ensure(db, name)
    row = participants.update(db, name, call.data)
    return Reply(body=pacticipant(call, db, row), status=201 if new else 200)


def _delete(_call: Call, db: sqlite3.Connection, name: str) -> Reply:
    db.execute("DELETE FROM pacticipants WHERE id = ?", (participants.get(db, name)["id"],))
    return Reply(status=204)


def _label(call: Call, db: sqlite3.Connection, name: str, label: str) -> Reply:
    owner = participants.get(db, name)
    if not db.execute(
        "SELECT 1 FROM labels WHERE pacticipant = ? AND name = ?", (owner["id"], label)
    ).fetchone():
        raise Refused(404, f"No label '{label}' of pacticipant '{name}' found")
    here = call.url("pacticipants", name, "labels", label)
    return Reply(body={"name": label, "_links": {"self": {"href": here}}})


def _put_label(call: Call, db: sqlite3.Connection, name: str, label: str) -> Reply:
    done = db.execute(
        "INSERT OR IGNORE INTO labels VALUES (?, ?)", (participants.get(db, name)["id"], label)
    )
    return Reply(body=_label(call, db, name, label).body, status=201 if done.rowcount == 1 else 200)


def _delete_label(call: Call, db: sqlite3.Connection, name: str, label: str) -> Reply:
    _label(call, db, name, label)
    owner = participants.get(db, name)
    db.execute("DELETE FROM labels WHERE pacticipant = ? AND name = ?", (owner["id"], label))
    return Reply(status=204)


_ONE = "/pacticipants/{name}"
ROUTES = tuple(
    Route(method=method, path=path, handler=handler, writes=method != "GET")
    for method, path, handler in (
        ("GET", "/pacticipants", _list),
        ("POST", "/pacticipants", _create),
        ("GET", "/pacticipants/label/{label}", _list),
        ("GET", _ONE, _show),
        ("PUT", _ONE, _put),
        ("PATCH", _ONE, _patch),
        ("DELETE", _ONE, _delete),
        ("GET", _ONE + "/labels/{label}", _label),
        ("PUT", _ONE + "/labels/{label}", _put_label),
        ("DELETE", _ONE + "/labels/{label}", _delete_label),
    )
)
