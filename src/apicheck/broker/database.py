"""The SQLite file: opened in WAL mode, migrated by ``user_version``, written by one at a time.

A commit is on the disk before it is acknowledged (``synchronous = FULL``), so neither a killed
process nor a power cut loses it. Readers never wait for the writer.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apicheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Store", "now"]

_FIRST = """
CREATE TABLE pacticipants (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, display_name TEXT, main_branch TEXT,
  repository_url TEXT, created_at TEXT NOT NULL);
CREATE TABLE labels (
  pacticipant INTEGER NOT NULL REFERENCES pacticipants ON DELETE CASCADE, name TEXT NOT NULL,
  PRIMARY KEY (pacticipant, name)) WITHOUT ROWID;
-- AUTOINCREMENT: the id is the order of creation, which is the order of versions.
CREATE TABLE versions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pacticipant INTEGER NOT NULL REFERENCES pacticipants ON DELETE CASCADE,
  number TEXT NOT NULL, build_url TEXT, created_at TEXT NOT NULL, UNIQUE (pacticipant, number));
CREATE TABLE branches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pacticipant INTEGER NOT NULL REFERENCES pacticipants ON DELETE CASCADE,
  name TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE (pacticipant, name));
CREATE TABLE branch_versions (
  branch INTEGER NOT NULL REFERENCES branches ON DELETE CASCADE,
  version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
  created_at TEXT NOT NULL, PRIMARY KEY (branch, version)) WITHOUT ROWID;
CREATE INDEX branch_of_version ON branch_versions (version);
CREATE TABLE tags (
  version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE, name TEXT NOT NULL,
  created_at TEXT NOT NULL, PRIMARY KEY (version, name)) WITHOUT ROWID;
CREATE INDEX tag_by_name ON tags (name, version);
CREATE TABLE contents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  consumer INTEGER NOT NULL REFERENCES pacticipants ON DELETE CASCADE,
  provider INTEGER NOT NULL REFERENCES pacticipants ON DELETE CASCADE,
  sha TEXT NOT NULL, body TEXT NOT NULL, created_at TEXT NOT NULL,
  UNIQUE (consumer, provider, sha));
CREATE TABLE pacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  consumer INTEGER NOT NULL REFERENCES pacticipants ON DELETE CASCADE,
  provider INTEGER NOT NULL REFERENCES pacticipants ON DELETE CASCADE,
  version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
  content INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE,
  created_at TEXT NOT NULL, UNIQUE (version, provider));
CREATE INDEX pact_by_provider ON pacts (provider, consumer, version);
CREATE INDEX pact_by_consumer ON pacts (consumer, provider, version);
CREATE INDEX pact_by_content ON pacts (content);
CREATE TABLE results (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  content INTEGER NOT NULL REFERENCES contents ON DELETE CASCADE,
  version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
  number INTEGER NOT NULL, success INTEGER NOT NULL, wip INTEGER NOT NULL DEFAULT 0,
  kind TEXT NOT NULL DEFAULT 'pact', build_url TEXT, tests TEXT, verified_by TEXT,
  created_at TEXT NOT NULL, UNIQUE (content, number));
CREATE INDEX result_by_pair ON results (content, version, id);
CREATE INDEX result_by_version ON results (version);
CREATE TABLE environments (
  id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE,
  display_name TEXT, production INTEGER NOT NULL, contacts TEXT,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
-- kind: 'deployed', of which the next one of the same instance ends the last, or 'released'.
CREATE TABLE deployments (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
  environment INTEGER NOT NULL REFERENCES environments ON DELETE CASCADE,
  instance TEXT NOT NULL DEFAULT '', created_at TEXT NOT NULL, ended_at TEXT);
CREATE INDEX deployment_now ON deployments (environment, version) WHERE ended_at IS NULL;
CREATE INDEX deployment_by_version ON deployments (version);
CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, definition TEXT NOT NULL,
  enabled INTEGER NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE triggered (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE,
  webhook INTEGER NOT NULL REFERENCES webhooks ON DELETE CASCADE,
  event TEXT NOT NULL, request TEXT NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL,
  due REAL NOT NULL, log TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE INDEX triggered_due ON triggered (due) WHERE status = 'waiting';
"""

#: The newest version of a pacticipant, without sorting all of them; what a delivery is about.
_SECOND = """
CREATE INDEX version_by_pacticipant ON versions (pacticipant);
ALTER TABLE triggered ADD COLUMN consumer TEXT;
ALTER TABLE triggered ADD COLUMN provider TEXT;
ALTER TABLE triggered ADD COLUMN number TEXT;
CREATE INDEX triggered_about ON triggered (consumer, provider, id);
"""

#: Each brings the file one step on; never edit one that was released, append.
_MIGRATIONS = (_FIRST, _SECOND)


def now() -> str:
    """The time as the broker writes it: UTC, whole seconds, ``+00:00``."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Store:
    """The file at ``path``, made if it is not there; safe to share among threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._readers = threading.local()
        self._all: list[sqlite3.Connection] = []
        try:
            self._writer = self._connect()
            self._migrate()
        except sqlite3.Error as problem:
            self.close()
            raise SourceError(
                str(path), f"not usable as the broker's data: {problem}", "name another --data FILE"
            ) from None
        except SourceError:
            self.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        # autocommit: transactions are begun and ended by hand, below.
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        db.row_factory = sqlite3.Row
        self._all.append(db)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "busy_timeout = 30000",
            "cache_size = -32000",
        ):
            db.execute(f"PRAGMA {pragma}")
        return db

    def _migrate(self) -> None:
        db = self._writer
        db.execute("BEGIN IMMEDIATE")
        try:
            (done,) = db.execute("PRAGMA user_version").fetchone()
            if done > len(_MIGRATIONS):
                raise SourceError(  # noqa: TRY301 - the transaction ends in one place
                    str(self.path), "written by a newer apicheck", "upgrade apicheck to read it"
                )
            for number, script in enumerate(_MIGRATIONS[done:], start=done + 1):
                # executescript would commit first: a half-made schema must never be seen.
                for statement in script.split(";\n"):
                    if statement.strip():
                        db.execute(statement)
                db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is committed at the end, or undone if the block raises."""
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One unchanging view of the data."""
        db: sqlite3.Connection | None = getattr(self._readers, "db", None)
        if db is None:
            db = self._readers.db = self._connect()
        db.execute("BEGIN")
        try:
            yield db
        finally:
            db.execute("ROLLBACK")

    def backup(self, target: Path) -> None:
        """Copy the data as they are now into another file, while others go on."""
        with self.reading() as db, sqlite3.connect(target) as other:
            db.backup(other)

    def close(self) -> None:
        """Close the file; nothing is lost when this is never called."""
        for db in self._all:
            db.close()
