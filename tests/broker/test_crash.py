"""kill -9 while eight publish at once: whatever was acknowledged is there afterwards."""

import sqlite3
import threading
import time

import httpx
from tests.broker.small_pacts import pact, publication
from tests.broker.test_commands import served


def test_nothing_acknowledged_is_lost(tmp_path):
    data = tmp_path / "b.db"
    process, url = served(data)
    acknowledged = []
    stop = threading.Event()

    def publisher(number):
        with httpx.Client(base_url=url, timeout=10) as client:
            for count in range(10_000):
                if stop.is_set():
                    return
                body = publication(
                    version=f"{number}.{count}",
                    contract=pact(consumer=f"c{number}", descriptions=[f"{number} {count}"]),
                )
                try:
                    answer = client.post("/contracts/publish", json=body)
                except httpx.HTTPError:
                    return
                assert answer.status_code == 200
                acknowledged.append((f"c{number}", f"{number}.{count}"))

    threads = [threading.Thread(target=publisher, args=(each,)) for each in range(8)]
    for each in threads:
        each.start()
    deadline = time.monotonic() + 30
    while len(acknowledged) < 80 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()  # in the midst of it: nobody was told to stop
    stop.set()
    for each in threads:
        each.join()
    process.wait()
    process.stderr.close()
    assert len(acknowledged) >= 80

    again, url = served(data)
    try:
        with httpx.Client(base_url=url, timeout=10) as client:
            for consumer, version in acknowledged:
                at = f"/pacts/provider/stock/consumer/{consumer}/version/{version}"
                answer = client.get(at)
                assert answer.status_code == 200, at
                assert answer.json()["interactions"][0]["description"] == version.replace(".", " ")
    finally:
        again.terminate()
        again.wait()
        again.stderr.close()
    db = sqlite3.connect(data)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    # All or nothing: no version without its pact was left behind.
    assert db.execute(
        "SELECT count(*) FROM versions WHERE id NOT IN (SELECT version FROM pacts)"
    ).fetchone() == (0,)
    db.close()
