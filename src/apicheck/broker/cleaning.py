"""Old versions are deleted, and what nobody can be asked about any more.

What decides an answer stays: versions deployed or released, the newest of each branch, of each
tag and of each pacticipant, and for every pact that stays the provider versions by whose success
it is not pending. Rules say what stays beside it.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.broker.database import Store

__all__ = ["Gone", "Janitor", "Rules", "clean", "would_go"]

#: Versions deleted in one transaction: publishers wait for it.
_BATCH = 1000
_DAY = 24 * 60 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What stays: versions younger than so many days, with such tags, or on a main branch."""

    days: int
    tags: tuple[str, ...] = ()
    main: bool = False
    #: A branch (not the main one) without a new version for so many days is deleted; None: never.
    branch_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A version that goes, with the branches it was on, and when it was made."""

    pacticipant: str
    number: str
    branches: str
    made: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What went, or would go: ``kept`` counts the versions that stay, by the reason."""

    versions: tuple[Gone, ...]
    branches: tuple[tuple[str, str], ...]
    kept: dict[str, int]


def would_go(store: Store, rules: Rules) -> Cleaned:
    """What ``clean`` would delete now."""
    with store.reading() as db:
        return _chosen(db, rules, limit=-1)


def clean(store: Store, rules: Rules) -> Cleaned:
    """Delete what the rules do not keep; what was deleted when it was killed stays deleted."""
    versions: list[Gone] = []
    branches: list[tuple[str, str]] = []
    while True:
        with store.writing() as db:
            found = _chosen(db, rules, limit=_BATCH)
            db.execute("DELETE FROM branches WHERE id IN (SELECT id FROM temp.stale)")
            db.execute("DELETE FROM versions WHERE id IN (SELECT version FROM temp.gone)")
            db.execute("DELETE FROM contents WHERE id NOT IN (SELECT content FROM pacts)")
            db.execute(
                "DELETE FROM triggered WHERE status != 'waiting' AND created_at < ?",
                (_before(rules.days),),
            )
        versions += found.versions
        branches += found.branches
        if len(found.versions) < _BATCH:
            return Cleaned(versions=tuple(versions), branches=tuple(branches), kept=found.kept)


def _before(days: int) -> str:
    """The time so many days ago, as the broker writes times."""
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")


def _chosen(db: sqlite3.Connection, rules: Rules, *, limit: int) -> Cleaned:
    """Fill the temporary tables ``kept``, ``stale`` and ``gone``; the transaction takes them."""
    for table in ("kept", "stale", "gone"):
        db.execute(f"DROP TABLE IF EXISTS temp.{table}")
    db.execute("CREATE TEMP TABLE kept (version INTEGER PRIMARY KEY, reason TEXT NOT NULL)")
    db.execute("CREATE TEMP TABLE stale (id INTEGER PRIMARY KEY)")
    db.execute("CREATE TEMP TABLE gone (version INTEGER PRIMARY KEY)")
    if rules.branch_days is not None:
        db.execute(_STALE, (_before(rules.branch_days),))
    for reason, sql, values in _reasons(db, rules):
        # The first reason is the one that is told.
        db.execute(
            f"INSERT OR IGNORE INTO temp.kept SELECT version, ? FROM ({sql})",  # noqa: S608 - ours
            (reason, *values),
        )
    db.execute(
        "INSERT INTO temp.gone SELECT id FROM versions"
        " WHERE id NOT IN (SELECT version FROM temp.kept) ORDER BY id LIMIT ?",
        (limit,),
    )
    versions = db.execute(
        "SELECT p.name, v.number, v.created_at, (SELECT group_concat(b.name, ', ')"
        " FROM branch_versions bv JOIN branches b ON b.id = bv.branch WHERE bv.version = v.id)"
        " FROM temp.gone g JOIN versions v ON v.id = g.version"
        " JOIN pacticipants p ON p.id = v.pacticipant ORDER BY p.name, v.id"
    )
    branches = db.execute(
        "SELECT p.name, b.name FROM temp.stale s JOIN branches b ON b.id = s.id"
        " JOIN pacticipants p ON p.id = b.pacticipant ORDER BY p.name, b.name"
    )
    kept = db.execute("SELECT reason, count(*) FROM temp.kept GROUP BY reason ORDER BY 2 DESC")
    return Cleaned(
        versions=tuple(
            Gone(pacticipant=row[0], number=row[1], made=row[2], branches=row[3] or "")
            for row in versions
        ),
        branches=tuple((row[0], row[1]) for row in branches),
        kept={row[0]: row[1] for row in kept},
    )


_STALE = (
    "INSERT INTO temp.stale SELECT b.id FROM branches b JOIN pacticipants p"
    " ON p.id = b.pacticipant WHERE b.name IS NOT p.main_branch"
    " AND coalesce((SELECT max(bv.created_at) FROM branch_versions bv WHERE bv.branch = b.id),"
    " b.created_at) < ? AND NOT EXISTS (SELECT 1 FROM branch_versions bv JOIN deployments d"
    " ON d.version = bv.version AND d.ended_at IS NULL WHERE bv.branch = b.id)"
)


_OF_BRANCH = (
    "SELECT max(version) AS version FROM branch_versions"
    " WHERE branch NOT IN (SELECT id FROM temp.stale) GROUP BY branch"
)
_OF_TAG = (
    "SELECT max(t.version) AS version FROM tags t JOIN versions v ON v.id = t.version"
    " GROUP BY v.pacticipant, t.name"
)
_ON_MAIN = (
    "SELECT bv.version FROM branch_versions bv JOIN branches b ON b.id = bv.branch"
    " JOIN pacticipants p ON p.id = b.pacticipant AND b.name = p.main_branch"
)
# Without these, pacts that stay would be pending again.
_VERIFIED = (
    "SELECT max(r.version) AS version FROM results r"
    " LEFT JOIN branch_versions bv ON bv.version = r.version"
    " WHERE r.success AND NOT r.wip"
    " AND (bv.branch IS NULL OR bv.branch NOT IN (SELECT id FROM temp.stale))"
    " AND r.content IN (SELECT content FROM pacts WHERE version IN"
    " (SELECT version FROM temp.kept)) GROUP BY r.content, bv.branch"
)


def _reasons(db: sqlite3.Connection, rules: Rules) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Why versions stay, each as a query of their ids and its parameters; the strongest first."""
    yield "deployed or released", "SELECT version FROM deployments WHERE ended_at IS NULL", ()
    yield "newest of a branch", _OF_BRANCH, ()
    yield "newest with a tag", _OF_TAG, ()
    yield "newest", "SELECT max(id) AS version FROM versions GROUP BY pacticipant", ()
    if rules.main:
        yield "on the main branch", _ON_MAIN, ()
    names = [row[0] for row in db.execute("SELECT DISTINCT name FROM tags").fetchall()]
    for name in names:
        if any(fnmatchcase(name, each) for each in rules.tags):
            yield f"tagged {name}", "SELECT version FROM tags WHERE name = ?", (name,)
    young = "SELECT id AS version FROM versions WHERE created_at >= ?"
    yield f"younger than {rules.days} days", young, (_before(rules.days),)
    yield "verified what stays", _VERIFIED, ()


class Janitor:
    """A thread that cleans now and then every day, until it is stopped."""

    def __init__(self, store: Store, rules: Rules, pause: float = _DAY) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(store, rules, pause), name="clean", daemon=True
        )
        self._thread.start()

    def _run(self, store: Store, rules: Rules, pause: float) -> None:
        while True:
            # A disk that is full now may not be so tomorrow.
            with suppress(sqlite3.Error):
                clean(store, rules)
            if self._stop.wait(pause):
                return

    def stop(self) -> None:
        """End after the batch at hand."""
        self._stop.set()
        self._thread.join()
