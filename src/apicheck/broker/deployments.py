"""Environments, and which versions are deployed or released there."""

from __future__ import annotations

import json
import uuid
from enum import Enum
from typing import TYPE_CHECKING, Any

from apicheck.broker.database import now
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = [
    "Kind",
    "change",
    "create",
    "delete",
    "end",
    "environment",
    "named",
    "record",
    "select",
]


class Kind(Enum):
    """A deployment replaces the one before it; releases stand side by side."""

    DEPLOYED = "deployed"
    RELEASED = "released"


select = (
    "SELECT d.*, v.number, p.name, e.uuid AS environment_uuid, e.name AS environment_name"
    " FROM deployments d JOIN versions v ON v.id = d.version"
    " JOIN pacticipants p ON p.id = v.pacticipant JOIN environments e ON e.id = d.environment "
)


def environment(db: sqlite3.Connection, key: str) -> sqlite3.Row:
    """The environment of that UUID; ``Refused`` (404) if there is none."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM environments WHERE uuid = ?", (key,)
    ).fetchone()
    if row is None:
        raise Refused(404, f"No environment with UUID '{key}' found")
    return row


def named(db: sqlite3.Connection, name: str) -> sqlite3.Row | None:
    """The environment of that name, or None."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM environments WHERE name = ?", (name,)
    ).fetchone()
    return row


def create(db: sqlite3.Connection, data: dict[str, Any], key: str | None = None) -> sqlite3.Row:
    """A new environment; ``Refused`` (400) names each field that is wrong."""
    _check(db, data, None)
    key = key or str(uuid.uuid4())
    time = now()
    db.execute(
        "INSERT INTO environments (uuid, name, display_name, production, contacts, created_at,"
        " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            key,
            data["name"],
            data.get("displayName"),
            data["production"],
            json.dumps(data.get("contacts")),
            time,
            time,
        ),
    )
    return environment(db, key)


def change(db: sqlite3.Connection, key: str, data: dict[str, Any]) -> sqlite3.Row:
    """Give an environment other properties."""
    row = environment(db, key)
    data = {"name": row["name"], "production": bool(row["production"]), **data}
    _check(db, data, key)
    db.execute(
        "UPDATE environments SET name = ?, display_name = ?, production = ?, contacts = ?,"
        " updated_at = ? WHERE uuid = ?",
        (
            data["name"],
            data.get("displayName"),
            data["production"],
            json.dumps(data.get("contacts")),
            now(),
            key,
        ),
    )
    return environment(db, key)


def _check(db: sqlite3.Connection, data: dict[str, Any], key: str | None) -> None:
    errors = {}
    name, production = data.get("name"), data.get("production")
    if not isinstance(name, str) or not name.strip():
        errors["name"] = ["can't be blank"]
    elif any(each.isspace() for each in name):
        errors["name"] = ["cannot contain spaces"]
    else:
        other = named(db, name)
        if other is not None and other["uuid"] != key:
            errors["name"] = [f"name '{name}' is already used by another environment"]
    if not isinstance(production, bool):
        errors["production"] = ["is missing" if production is None else "must be true or false"]
    if not isinstance(data.get("displayName"), str | None):
        errors["displayName"] = ["must be a string"]
    if errors:
        raise Refused(400, errors=errors)


def delete(db: sqlite3.Connection, key: str) -> None:
    """Forget an environment and what was recorded for it."""
    db.execute("DELETE FROM environments WHERE id = ?", (environment(db, key)["id"],))


def record(
    db: sqlite3.Connection,
    kind: Kind,
    version: sqlite3.Row,
    where: sqlite3.Row,
    instance: str = "",
) -> tuple[sqlite3.Row, bool]:
    """Record that a version is deployed to, or released in, an environment; whether it is new.

    A deployment ends the one before it of the same pacticipant and application instance.
    """
    held = db.execute(
        select + "WHERE d.kind = ? AND d.version = ? AND d.environment = ? AND d.instance = ?"
        " AND d.ended_at IS NULL",
        (kind.value, version["id"], where["id"], instance),
    ).fetchone()
    if held is not None:
        return held, False
    time = now()
    if kind is Kind.DEPLOYED:
        db.execute(
            "UPDATE deployments SET ended_at = ? WHERE kind = ? AND environment = ?"
            " AND instance = ? AND ended_at IS NULL"
            " AND version IN (SELECT id FROM versions WHERE pacticipant = ?)",
            (time, kind.value, where["id"], instance, version["pacticipant"]),
        )
    done = db.execute(
        "INSERT INTO deployments (uuid, kind, version, environment, instance, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (str(uuid.uuid4()), kind.value, version["id"], where["id"], instance, time),
    )
    return db.execute(select + "WHERE d.id = ?", (done.lastrowid,)).fetchone(), True


def end(db: sqlite3.Connection, key: str, kind: Kind) -> sqlite3.Row:
    """Record that a version is no longer deployed, or a release no longer supported."""
    db.execute(
        "UPDATE deployments SET ended_at = ? WHERE uuid = ? AND kind = ? AND ended_at IS NULL",
        (now(), key, kind.value),
    )
    row: sqlite3.Row | None = db.execute(
        select + "WHERE d.uuid = ? AND d.kind = ?", (key, kind.value)
    ).fetchone()
    if row is None:
        raise Refused(404, f"No {kind.value} version with UUID '{key}' found")
    return row
