"""The file of a broker: older ones are brought on, newer ones refused, copies taken while in use."""

import sqlite3
import threading
import time

import httpx
import pytest
from tests.broker.conftest import running
from tests.broker.small_pacts import publish, verify

from apicheck.broker import database
from apicheck.broker.database import Store
from apicheck.errors import SourceError


@pytest.fixture
def old(tmp_path, monkeypatch):
    """A file as the first release wrote it, with a pact and a result in it."""
    with monkeypatch.context() as patch:
        patch.setattr(database, "_MIGRATIONS", database._MIGRATIONS[:1])
        store = Store(tmp_path / "b.db")
        with store.writing() as db:
            # As the program of that time did, which knew no other columns.
            for each in ("shop", "stock"):
                db.execute(
                    "INSERT INTO pacticipants (name, created_at) VALUES (?, '2020')", (each,)
                )
            db.execute("INSERT INTO versions VALUES (1, 1, '1', NULL, '2020-01-01T00:00:00+00:00')")
            db.execute("INSERT INTO contents VALUES (1, 1, 2, 'sha', '{}', '2020')")
            db.execute("INSERT INTO pacts VALUES (1, 1, 2, 1, 1, '2020')")
        store.close()
    return tmp_path / "b.db"


def version(path):
    db = sqlite3.connect(path)
    (found,) = db.execute("PRAGMA user_version").fetchone()
    db.close()
    return found


def test_an_older_file_is_brought_on_with_all_that_is_in_it(old):
    assert version(old) == 1
    with running(old) as url, httpx.Client(base_url=url) as client:
        assert client.get("/pacts/provider/stock/consumer/shop/version/1").status_code == 200
        publish(client, version="2")
        verify(client, "5", of="2")
    assert version(old) == len(database._MIGRATIONS)


def test_a_step_that_fails_leaves_the_file_as_it_was(old, monkeypatch):
    broken = (*database._MIGRATIONS, "CREATE TABLE x (y);\nCREATE TABLE x (y);\n")
    monkeypatch.setattr(database, "_MIGRATIONS", broken)
    with pytest.raises(SourceError):
        Store(old)
    assert version(old) == 1
    monkeypatch.undo()
    Store(old).close()
    assert version(old) == len(database._MIGRATIONS)


def test_a_file_of_a_newer_apicheck_is_refused(old):
    db = sqlite3.connect(old)
    db.execute("PRAGMA user_version = 999")
    db.close()
    with pytest.raises(SourceError, match="newer apicheck"):
        Store(old)


def test_a_copy_taken_while_others_publish_is_whole(tmp_path):
    with running(tmp_path / "b.db") as url, httpx.Client(base_url=url, timeout=30) as client:
        stop, done = threading.Event(), []

        def publisher():
            with httpx.Client(base_url=url, timeout=30) as own:
                while not stop.is_set():
                    publish(own, version=str(len(done) + 1), status=200 + len(done) % 50)
                    done.append(1)

        thread = threading.Thread(target=publisher)
        thread.start()
        store = Store(tmp_path / "b.db")
        try:
            while len(done) < 5:
                time.sleep(0.01)
            before = len(done)
            store.backup(tmp_path / "copy.db")
        finally:
            stop.set()
            thread.join()
            store.close()
        assert client.get("/pacts/latest").status_code == 200
    db = sqlite3.connect(tmp_path / "copy.db")
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    (held,) = db.execute("SELECT count(*) FROM pacts").fetchone()
    (bare,) = db.execute(
        "SELECT count(*) FROM versions WHERE id NOT IN (SELECT version FROM pacts)"
    ).fetchone()
    db.close()
    assert (held >= before, bare) == (True, 0)
