"""Old versions go; nothing that an answer depends on does."""

import sqlite3

import pytest
from tests.broker.small_pacts import can_i_deploy, deploy, environment, pact, publish, verify

from apicheck import cli
from apicheck.broker.cleaning import Janitor, Rules
from apicheck.broker.database import Store


@pytest.fixture
def path(broker, tmp_path):  # noqa: ARG001 - the broker makes the file first
    return tmp_path / "broker.db"


@pytest.fixture
def run(path, capsys):
    def _run(*arguments):
        code = cli.run(["broker", "clean", "--data", str(path), *arguments])
        assert code == 0
        return capsys.readouterr().out

    return _run


def age(path, days, tables=("versions", "branch_versions", "branches"), where="1"):
    """Make what is there older than it is."""
    db = sqlite3.connect(path)
    for table in tables:
        db.execute(
            f"UPDATE {table} SET created_at ="
            f" strftime('%Y-%m-%dT%H:%M:%S+00:00', created_at, '-{days} days') WHERE {where}"
        )
    db.commit()
    db.close()


def numbers(client, name="shop"):
    found = client.get(f"/pacticipants/{name}/versions").json()["_embedded"]["versions"]
    return [each["number"] for each in found]


def test_old_versions_go_and_the_newest_of_each_branch_and_tag_stay(run, broker, path):
    for number, branch, tags in (
        ("1", "main", ()),
        ("2", "main", ("prod",)),
        ("3", "feat/x", ()),
        ("4", "feat/x", ()),
        ("5", "main", ()),
    ):
        publish(broker, version=number, branch=branch, tags=tags, status=200 + int(number))
    said = run("--keep-days", "30")
    assert said.startswith("deleted 0 versions")
    age(path, 31)
    said = run("--keep-days", "30", "--dry-run")
    assert "  shop 1 (" in said
    assert "would delete 2 versions" in said
    assert numbers(broker) == ["5", "4", "3", "2", "1"]
    assert "deleted 2 versions" in run("--keep-days", "30")
    assert numbers(broker) == ["5", "4", "2"]
    assert broker.get("/pacts/provider/stock/consumer/shop/version/1").status_code == 404
    assert "apicheck_broker_pact_contents 3\n" in broker.get("/metrics").text


def test_what_is_deployed_or_released_stays_and_answers_as_before(run, broker, path):
    where = environment(broker)
    for number in "123":
        publish(broker, version=number, status=200 + int(number))
        verify(broker, f"s{number}", of=number, branch="main")
    deploy(broker, where, "stock", "s1")
    deploy(broker, where, "shop", "1")
    at = f"/pacticipants/shop/versions/2/released-versions/environment/{where}"
    broker.post(at, json={})
    before = [can_i_deploy(broker, *each) for each in (("shop", "1"), ("stock", "s3"))]
    age(path, 400)
    run("--keep-days", "30")
    assert numbers(broker) == ["3", "2", "1"]
    after = [can_i_deploy(broker, *each) for each in (("shop", "1"), ("stock", "s3"))]
    assert after == before
    # s2 is nowhere, but it is why the pact of 2 is not pending.
    assert numbers(broker, "stock") == ["s3", "s2", "s1"]


def test_what_stays_does_not_become_pending(run, broker, path):
    publish(broker)
    for number in ("s1", "s2", "s3"):
        verify(broker, number, branch="main", success=number != "s3")
    broker.put("/pacticipants/stock/branches/main/versions/s4", json={})
    age(path, 400)
    assert "1 verified what stays" in run()
    assert numbers(broker, "stock") == ["s4", "s2"]
    asked = {"includePendingStatus": True, "providerVersionBranch": "main"}
    found = broker.post("/pacts/provider/stock/for-verification", json=asked).json()
    assert found["_embedded"]["pacts"][0]["verificationProperties"]["pending"] is False


def test_more_is_kept_by_tag_and_main_branch(run, broker, path):
    for number, branch, tag in (
        ("1", "main", "release-1"),
        ("2", "x", "release-1"),
        ("3", "x", "t"),
    ):
        publish(broker, version=number, branch=branch, tags=(tag,), status=200 + int(number))
    publish(broker, version="4", branch="main")
    age(path, 400)
    said = run("--keep-tag", "release-*", "--dry-run")
    assert "would delete 0 versions" in said
    assert "1 tagged release-1" in said
    assert "  shop 1 (" in run("--dry-run")
    assert "would delete 0 versions" in run("--keep-main", "--dry-run")


def test_stale_branches_end_but_neither_main_nor_deployed_ones(run, broker, path):
    for number, branch in enumerate(("main", "old", "live", "young"), start=1):
        publish(broker, version=str(number), branch=branch, status=200 + number)
    deploy(broker, environment(broker), "shop", "3")
    age(path, 60, where="rowid > 0 AND 1", tables=("versions",))
    age(path, 60, tables=("branches", "branch_versions"))
    publish(broker, version="5", branch="young", status=299)
    said = run("--keep-days", "30", "--stale-branches", "45")
    assert "branch old of shop" in said
    branches = broker.get("/pacticipants/shop/branches").json()["_embedded"]["branches"]
    assert {each["name"] for each in branches} == {"main", "live", "young"}
    assert numbers(broker) == ["5", "3", "1"]


def test_a_broker_cleans_by_itself(broker, path):
    publish(broker, version="1")
    publish(broker, version="2", contract=pact(status=404))
    age(path, 400)
    store = Store(path)
    janitor = Janitor(store, Rules(days=30))
    janitor.stop()
    store.close()
    assert numbers(broker) == ["2"]
