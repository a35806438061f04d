"""How fast the embedded broker answers: 10,000 pact versions of 50 pacticipants.

Prints the 95th percentile of the questions that builds wait for, over HTTP on this machine;
then the same where one pair has all the versions, on a thousand branches.
Run: python benchmarks/broker.py [VERSIONS]
"""

import contextlib
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import uvicorn

from apicheck.broker import deployments, participants, publishing, results
from apicheck.broker.app import application
from apicheck.broker.database import Store
from apicheck.broker.listening import address, listen

SERVICES = [f"service-{number}" for number in range(50)]
ENVIRONMENTS = ("test", "production")


def pact(consumer, provider, content):
    return {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": [
            {
                "description": f"request {number} of content {content}",
                "request": {"method": "GET", "path": f"/things/{number}"},
                "response": {"status": 200, "body": {"id": number, "content": content}},
            }
            for number in range(5)
        ],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }


def fill(store, versions):
    """Each service uses the three after it; a content lives for about four versions."""
    chance = random.Random(7)
    rounds = -(-versions // (len(SERVICES) * 3))
    with store.writing() as db:
        where = [
            deployments.create(db, {"name": n, "production": n != "test"}) for n in ENVIRONMENTS
        ]
        for turn in range(rounds):
            for index, consumer in enumerate(SERVICES):
                made = participants.ensure_version(db, consumer, f"1.{turn}")
                branch = "main" if turn % 3 else f"feat/{turn}"
                participants.on_branch(db, made, branch)
                for step in (1, 2, 3):
                    provider = SERVICES[(index + step) % len(SERVICES)]
                    text = pact(consumer, provider, turn // 4)
                    publishing.publish(db, version=made, provider=provider, pact=text)
            for provider in SERVICES:
                made = participants.ensure_version(db, provider, f"1.{turn}")
                contents = db.execute(
                    "SELECT DISTINCT k.* FROM contents k JOIN pacts p ON p.content = k.id"
                    " JOIN versions v ON v.id = p.version"
                    " WHERE k.provider = ? AND v.number IN (?, ?, ?)",
                    (made["pacticipant"], f"1.{turn}", f"1.{turn - 1}", f"1.{turn - 2}"),
                ).fetchall()
                for each in contents:
                    good = chance.random() < 0.97
                    data = {"providerApplicationVersion": made["number"], "success": good}
                    results.publish(db, each, provider, data)
                if turn % 2:
                    for each in where:
                        deployments.record(db, deployments.Kind.DEPLOYED, made, each)
    return rounds


def fill_one_pair(store, versions):
    """Every other version on a feature branch; the last content verified by everybody."""
    with store.writing() as db:
        where = deployments.create(db, {"name": "production", "production": True})
        for turn in range(versions):
            made = participants.ensure_version(db, "web", f"1.{turn}")
            participants.on_branch(db, made, "main" if turn % 2 else f"feat/{turn // 10}")
            last = turn == versions - 1
            text = pact("web", "api", "last" if last else turn // 3)
            done = publishing.publish(db, version=made, provider="api", pact=text)
            held = db.execute("SELECT * FROM contents WHERE id = ?", (done.row["content"],))
            content = held.fetchone()
            for number in range(0, versions, 4) if last else [turn][: turn % 2]:
                data = {"providerApplicationVersion": f"2.{number}", "success": turn % 7 > 0}
                results.publish(db, content, "api", data)
                if not last:
                    provider = participants.get_version(db, "api", f"2.{number}")
                    participants.on_branch(db, provider, "main")
            if turn % 100 == 1 or last:
                deployments.record(db, deployments.Kind.DEPLOYED, made, where)
                provider = participants.latest_version(db, "api")
                deployments.record(db, deployments.Kind.DEPLOYED, provider, where)


@contextlib.contextmanager
def served(store):
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(application(store), log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield address(listening)
    server.should_exit = True
    thread.join()


def measured(name, ask, times=200):
    taken = []
    for number in range(times):
        start = time.perf_counter()
        answer = ask(number)
        taken.append((time.perf_counter() - start) * 1000)
        assert answer.status_code == 200, answer.text
    p95 = statistics.quantiles(taken, n=20)[-1]
    print(f"{name:42} median {statistics.median(taken):7.1f} ms   p95 {p95:7.1f} ms")


def main():
    versions = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "broker.db")
        start = time.perf_counter()
        rounds = fill(store, versions)
        with store.reading() as db:
            counts = {
                name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                for name in ("pacts", "contents", "results", "versions", "pacticipants")
            }
        print(f"filled in {time.perf_counter() - start:.1f} s:", counts)
        last = rounds - 1
        selectors = [{"mainBranch": True}, {"deployedOrReleased": True}, {"matchingBranch": True}]
        asked = {
            "consumerVersionSelectors": selectors,
            "providerVersionBranch": "main",
            "includePendingStatus": True,
            "includeWipPactsSince": "2020-01-01",
        }

        def name(number):
            return SERVICES[number % len(SERVICES)]

        with served(store) as url, httpx.Client(base_url=url, timeout=60) as client:
            matrix = "/matrix?q[][pacticipant]={}&q[][version]=1.{}&latestby=cvpv"
            measured(
                "matrix, one version to an environment",
                lambda n: client.get(matrix.format(name(n), last) + "&environment=production"),
            )
            history = "/matrix?q[][pacticipant]={}&q[][pacticipant]={}"
            measured(
                "matrix, history of two services (100 rows)",
                lambda n: client.get(history.format(name(n), name(n + 1))),
            )
            measured(
                "matrix, their whole history",
                lambda n: client.get(history.format(name(n), name(n + 1)) + "&limit=10000"),
            )
            measured(
                "pacts for verification, main and deployed",
                lambda n: client.post(
                    f"/pacts/provider/{name(n)}/for-verification",
                    json={"consumerVersionSelectors": selectors[:2]},
                ),
            )
            measured(
                "pacts for verification, pending and WIP",
                lambda n: client.post(f"/pacts/provider/{name(n)}/for-verification", json=asked),
            )
            measured("list of pacticipants", lambda _: client.get("/pacticipants"), 50)
        store.close()
        store = Store(Path(folder) / "pair.db")
        fill_one_pair(store, versions)
        print(f"one pair with {versions} versions:")
        with served(store) as url, httpx.Client(base_url=url, timeout=60) as client:
            matrix = f"/matrix?q[][pacticipant]=web&q[][version]=1.{versions - 1}"
            last, at = "&latestby=cvpv&environment=production", "/pacts/provider/api"
            measured("matrix, one version to an environment", lambda _: client.get(matrix + last))
            measured("matrix, history", lambda _: client.get(history.format("web", "api")))
            data = {"consumerVersionSelectors": selectors[:2]}
            at += "/for-verification"
            measured(
                "pacts for verification, main and deployed", lambda _: client.post(at, json=data)
            )
            measured(
                "pacts for verification, pending and WIP", lambda _: client.post(at, json=asked)
            )
        store.close()


if __name__ == "__main__":
    main()
