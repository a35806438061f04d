"""Our own commands against a broker: what they say and how they exit."""

import json
import re
import signal
import subprocess
import sys
import time

import pytest
from tests.broker.small_pacts import deploy, environment, publish, verify

from apicheck import cli


@pytest.fixture
def run(broker, capsys, monkeypatch):
    monkeypatch.setenv("PACT_BROKER_BASE_URL", str(broker.base_url))

    def _run(*arguments):
        code = cli.run(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return _run


ASK = ("can-i-deploy", "-a", "shop", "-e", "1", "--to-environment", "production")


def test_each_reason_has_its_own_words_and_exit_code(run, broker):
    publish(broker)
    where = environment(broker)
    code, said, _ = run(*ASK)
    assert (code, said.startswith("not known: shop 1 to production")) == (4, True)
    assert "not deployed  no version of stock is recorded in production" in said
    verify(broker, "5", success=False)
    broker.put("/pacticipants/stock/versions/6", json={})
    deploy(broker, where, "stock", "6")
    code, said, _ = run(*ASK)
    assert code == 3
    assert "never verified  the pact of shop 1 and stock was never verified by version 6" in said
    deploy(broker, where, "stock", "5")
    code, said, _ = run(*ASK)
    assert code == 1
    assert "/verification-results/1" in said
    verify(broker, "5")
    code, said, _ = run(*ASK)
    assert (code, said.startswith("yes: ")) == (0, True)


def test_no_contract_with_anybody_is_yes_and_says_so(run, broker):
    environment(broker)
    broker.put("/pacticipants/shop/versions/1", json={})
    code, said, _ = run(*ASK)
    assert code == 0
    assert "no contract with anybody there is known" in said


def test_a_version_that_nobody_published_is_told_apart(run, broker):
    environment(broker)
    broker.put("/pacticipants/shop/versions/2", json={})
    code, said, _ = run(*ASK)
    assert code == 5
    assert "knows no version 1 of shop" in said


@pytest.mark.parametrize("success", [True, False])
def test_json_exits_as_text_does(run, broker, success):
    publish(broker)
    where = environment(broker)
    verify(broker, "5", success=success)
    deploy(broker, where, "stock", "5")
    code, said, _ = run(*ASK, "--format", "json")
    data = json.loads(said)
    assert (code, data["deployable"], data["exit_code"]) == (0 if success else 1, success, code)
    assert data["integrations"][0]["provider"] == {"name": "stock", "version": "5"}


def test_what_cannot_be_asked_is_2(run, broker):
    publish(broker)
    assert run(*ASK)[0] == 2  # no such environment
    environment(broker)
    code, _, error = run("can-i-deploy", "-a", "nope", "-e", "1", "--to-environment", "production")
    assert (code, "Pacticipant nope not found" in error) == (2, True)
    assert run("can-i-deploy", "-a", "shop", "--to-environment", "production")[0] == 2


def test_a_broker_that_is_down_is_2_after_some_attempts(run, monkeypatch):
    monkeypatch.setattr("apicheck.broker.client.time.sleep", lambda _: None)
    code, _, error = run("environments", "--broker-url", "http://127.0.0.1:9")
    assert code == 2
    assert "cannot be reached" in error
    assert "nothing is known to be recorded" in error


def test_deployments_are_recorded_and_taken_back(run, broker):
    publish(broker)
    here = ("-a", "shop", "--environment", "production")
    assert run("environments", "--create", "production", "--production")[0] == 0
    assert run("environments")[1] == "production  (production)\n"
    assert run("record-deployment", "-e", "1", *here)[0] == 0
    version = broker.get("/pacticipants/shop/versions/1").json()
    assert [e["name"] for e in version["_links"]["pb:deployed-environments"]] == ["production"]
    assert run("record-undeployment", *here)[0] == 0
    assert run("record-undeployment", *here)[0] == 2
    assert run("record-release", "-e", "1", *here)[0] == 0
    version = broker.get("/pacticipants/shop/versions/1").json()
    assert version["_links"]["pb:deployed-environments"] == []
    assert len(version["_links"]["pb:released-environments"]) == 1
    assert run("record-deployment", "-e", "77", *here)[0] == 2


def served(data, *arguments):
    """A broker in a process of its own, and its address."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "apicheck",
            "broker",
            "serve",
            "--port",
            "0",
            "--data",
            str(data),
            *arguments,
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    line = process.stderr.readline()
    found = re.search(r"http://\S+:\d+", line)
    assert found, line + process.stderr.read()
    return process, found.group()


def test_serve_keeps_its_data_from_one_run_to_the_next(tmp_path):
    import httpx

    for expected in (404, 200):
        process, url = served(tmp_path / "b.db")
        with process, httpx.Client(base_url=url) as client:
            for _ in range(100):
                try:
                    status = client.get("/pacticipants/shop").status_code
                    break
                except httpx.ConnectError:
                    time.sleep(0.05)
            assert status == expected
            publish(client)
            process.send_signal(signal.SIGTERM)


def test_serve_refuses_to_stand_open_to_other_machines(run, tmp_path):
    code, _, error = run("broker", "serve", "--host", "0.0.0.0", "--data", str(tmp_path / "b.db"))
    assert code == 2
    assert "--auth FILE" in error


def test_a_file_that_is_no_database_is_refused(run, tmp_path):
    (tmp_path / "b.db").write_text("something else entirely, and long enough to be looked at\n" * 9)
    code, _, error = run("broker", "serve", "--data", str(tmp_path / "b.db"))
    assert code == 2
    assert "not usable as the broker's data" in error


def test_backup_copies_everything(run, tmp_path):
    import httpx
    from tests.broker.conftest import running

    with running(tmp_path / "a.db") as url, httpx.Client(base_url=url) as client:
        publish(client)
        arguments = ("broker", "backup", str(tmp_path / "c.db"), "--data", str(tmp_path / "a.db"))
        assert run(*arguments)[0] == 0
        assert run(*arguments)[0] == 2
    with running(tmp_path / "c.db") as url, httpx.Client(base_url=url) as client:
        assert (
            client.get("/pacts/latest").json()["pacts"][0]["_embedded"]["consumer"]["name"]
            == "shop"
        )
