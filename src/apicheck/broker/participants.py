"""Pacticipants and their versions, branches, tags and labels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from apicheck.broker.database import now
from apicheck.broker.refusals import Refused, missing

if TYPE_CHECKING:
    import sqlite3

__all__ = [
    "MAIN_BRANCHES",
    "branch",
    "create",
    "ensure",
    "ensure_version",
    "find",
    "find_version",
    "get",
    "get_version",
    "latest_version",
    "on_branch",
    "remove_branch",
    "tagged",
    "update",
]

#: A branch of one of these names becomes the main branch of a pacticipant that has none.
MAIN_BRANCHES = ("develop", "main", "master")
#: How long after its creation a version may get its branch from its first tag.
_FRESH = timedelta(seconds=10)
_FIELDS = {
    "displayName": "display_name",
    "mainBranch": "main_branch",
    "repositoryUrl": "repository_url",
}


def find(db: sqlite3.Connection, name: str) -> sqlite3.Row | None:
    """The pacticipant of that name, or None."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM pacticipants WHERE name = ?", (name,)
    ).fetchone()
    return row


def get(db: sqlite3.Connection, name: str) -> sqlite3.Row:
    """The pacticipant of that name; ``Refused`` (404) if there is none."""
    row = find(db, name)
    if row is None:
        raise missing("pacticipant", name)
    return row


def create(db: sqlite3.Connection, data: dict[str, Any]) -> sqlite3.Row:
    """A new pacticipant; ``Refused`` 400 without a name, 409 if the name is taken."""
    name = data.get("name")
    if not isinstance(name, str) or not name.strip():
        raise Refused(400, errors={"name": ["can't be blank"]})
    if find(db, name) is not None:
        raise Refused(409, errors={"name": [f"'{name}' is already used by another pacticipant"]})
    ensure(db, name)
    return update(db, name, data)


def ensure(db: sqlite3.Connection, name: str) -> sqlite3.Row:
    """The pacticipant of that name, made if there is none."""
    row = find(db, name)
    if row is None:
        if not name.strip():
            raise Refused(400, errors={"name": ["can't be blank"]})
        db.execute("INSERT INTO pacticipants (name, created_at) VALUES (?, ?)", (name, now()))
        row = get(db, name)
    return row


def update(
    db: sqlite3.Connection, name: str, data: dict[str, Any], *, whole: bool = False
) -> sqlite3.Row:
    """Set what ``data`` names; with ``whole`` unset what it does not name."""
    row = get(db, name)
    for key, column in _FIELDS.items():
        if key not in data and not whole:
            continue
        value = data.get(key)
        if value is not None and not isinstance(value, str):
            raise Refused(400, errors={key: ["must be a string"]})
        if key == "mainBranch" and value and (not value.strip() or " " in value):
            raise Refused(400, errors={key: ["cannot contain whitespace"]})
        db.execute(f"UPDATE pacticipants SET {column} = ? WHERE id = ?", (value, row["id"]))  # noqa: S608
    return get(db, name)


def find_version(db: sqlite3.Connection, name: str, number: str) -> sqlite3.Row | None:
    """That version of a pacticipant, or None."""
    row: sqlite3.Row | None = db.execute(
        "SELECT v.*, p.name FROM versions v JOIN pacticipants p ON p.id = v.pacticipant"
        " WHERE p.name = ? AND v.number = ?",
        (name, number),
    ).fetchone()
    return row


def get_version(db: sqlite3.Connection, name: str, number: str) -> sqlite3.Row:
    """That version of a pacticipant; ``Refused`` (404) if there is none."""
    row = find_version(db, name, number)
    if row is None:
        get(db, name)
        raise Refused(404, f"No version {number} of pacticipant '{name}' found")
    return row


def ensure_version(
    db: sqlite3.Connection, name: str, number: str, build_url: str | None = None
) -> sqlite3.Row:
    """That version of a pacticipant, made with the pacticipant if there is none."""
    if not number.strip():
        raise Refused(400, errors={"version": ["can't be blank"]})
    row = find_version(db, name, number)
    if row is None:
        db.execute(
            "INSERT INTO versions (pacticipant, number, build_url, created_at) VALUES (?, ?, ?, ?)",
            (ensure(db, name)["id"], number, build_url, now()),
        )
    elif build_url is not None:
        db.execute("UPDATE versions SET build_url = ? WHERE id = ?", (build_url, row["id"]))
    return get_version(db, name, number)


def latest_version(
    db: sqlite3.Connection, name: str, *, tag: str | None = None, branch: str | None = None
) -> sqlite3.Row | None:
    """The version made last, of all, of those with a tag or of those on a branch."""
    owner = find(db, name)
    if owner is None:
        return None
    # CROSS JOIN makes SQLite walk the index from its newest end, and stop at the first.
    if branch is not None:
        of = (
            "branches b CROSS JOIN branch_versions bv ON bv.branch = b.id"
            " CROSS JOIN versions v ON v.id = bv.version"
            " WHERE b.pacticipant = ? AND b.name = ? ORDER BY bv.version"
        )
    elif tag is not None:
        of = (
            "tags t CROSS JOIN versions v ON v.id = t.version AND v.pacticipant = ?"
            " WHERE t.name = ? ORDER BY t.version"
        )
    else:
        of = "versions v WHERE v.pacticipant = ? ORDER BY v.id"
    chosen = branch if branch is not None else tag
    row: sqlite3.Row | None = db.execute(
        f"SELECT v.*, ? AS name FROM {of} DESC LIMIT 1",  # noqa: S608 - our own words
        (name, owner["id"], *([] if chosen is None else [chosen])),
    ).fetchone()
    return row


def branch(db: sqlite3.Connection, name: str, wanted: str) -> sqlite3.Row:
    """A branch of a pacticipant; ``Refused`` (404) if there is none."""
    owner = get(db, name)
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM branches WHERE pacticipant = ? AND name = ?", (owner["id"], wanted)
    ).fetchone()
    if row is None:
        raise Refused(404, f"No branch '{wanted}' of pacticipant '{name}' found")
    return row


def on_branch(db: sqlite3.Connection, version: sqlite3.Row, name: str) -> bool:
    """Put a version on a branch; whether it was not there before."""
    if not name.strip():
        raise Refused(400, errors={"branch": ["can't be blank"]})
    time = now()
    db.execute(
        "INSERT OR IGNORE INTO branches (pacticipant, name, created_at) VALUES (?, ?, ?)",
        (version["pacticipant"], name, time),
    )
    done = db.execute(
        "INSERT OR IGNORE INTO branch_versions (branch, version, created_at)"
        " SELECT id, ?, ? FROM branches WHERE pacticipant = ? AND name = ?",
        (version["id"], time, version["pacticipant"], name),
    )
    if name in MAIN_BRANCHES:
        db.execute(
            "UPDATE pacticipants SET main_branch = ? WHERE id = ? AND main_branch IS NULL",
            (name, version["pacticipant"]),
        )
    return done.rowcount == 1


def remove_branch(db: sqlite3.Connection, name: str, wanted: str) -> None:
    """Delete a branch; the versions that were on it stay."""
    db.execute("DELETE FROM branches WHERE id = ?", (branch(db, name, wanted)["id"],))


def tagged(db: sqlite3.Connection, version: sqlite3.Row, name: str) -> bool:
    """Give a version a tag; whether it did not have it before."""
    done = db.execute(
        "INSERT OR IGNORE INTO tags (version, name, created_at) VALUES (?, ?, ?)",
        (version["id"], name, now()),
    )
    # Clients of before branches: the first tag of a version without one is its branch.
    has = db.execute("SELECT 1 FROM branch_versions WHERE version = ?", (version["id"],)).fetchone()
    environment = db.execute("SELECT 1 FROM environments WHERE name = ?", (name,)).fetchone()
    fresh = datetime.now(UTC) - datetime.fromisoformat(version["created_at"]) < _FRESH
    if done.rowcount == 1 and has is None and environment is None and fresh:
        others = db.execute(
            "SELECT count(*) FROM tags WHERE version = ?", (version["id"],)
        ).fetchone()
        if others[0] == 1:
            on_branch(db, version, name)
    return done.rowcount == 1
