"""The official command line (pact-python-cli) against our broker: outcomes and exit statuses."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.broker.conftest import running
from tests.broker.small_pacts import deploy, environment, pact, publish, verify

from apicheck.broker.calls import Settings

PACT = shutil.which("pact", path=str(Path(sys.executable).parent)) or shutil.which("pact")
pytestmark = pytest.mark.skipif(PACT is None, reason="pact-python-cli is not installed")


@pytest.fixture
def run(broker):
    def _run(*arguments, at=None):
        done = subprocess.run(
            [PACT, "broker", *arguments, "-b", at or str(broker.base_url)],
            env={**os.environ, "PACT_DO_NOT_TRACK": "true"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)

    return _run


@pytest.fixture
def pact_file(tmp_path):
    def _write(**values):
        path = tmp_path / "pact.json"
        path.write_text(json.dumps(pact(**values)))
        return str(path)

    return _write


def test_publish_a_pact_with_branch_and_tag(run, broker, pact_file):
    code, said = run("publish", pact_file(), "-a", "1.0", "--branch", "feat/x", "--tag", "dev")
    assert code == 0, said
    version = broker.get("/pacticipants/shop/versions/1.0").json()
    assert [each["name"] for each in version["_embedded"]["branchVersions"]] == ["feat/x"]
    assert [each["name"] for each in version["_embedded"]["tags"]] == ["dev"]


def test_publishing_the_same_again_is_well_and_other_content_is_refused(run, pact_file):
    assert run("publish", pact_file(), "-a", "1.0", "--branch", "main")[0] == 0
    assert run("publish", pact_file(), "-a", "1.0", "--branch", "main")[0] == 0
    code, said = run("publish", pact_file(status=201), "-a", "1.0", "--branch", "main")
    assert code == 1
    assert "$.response.status: 200 -> 201" in said


def test_pacticipants_branches_versions_and_tags(run, broker):
    publish(broker)
    assert run("create-or-update-pacticipant", "--name", "stock", "--main-branch", "main")[0] == 0
    code, said = run("list-pacticipants")
    assert (code, "shop" in said, "stock" in said) == (0, True, True)
    code, said = run("describe-pacticipant", "--name", "stock")
    assert (code, "Main Branch: main" in said) == (0, True)
    assert run("create-or-update-version", "-a", "stock", "-e", "5", "--branch", "main")[0] == 0
    assert run("create-version-tag", "-a", "stock", "-e", "5", "--tag", "t1")[0] == 0
    code, said = run("describe-version", "-a", "stock", "-e", "5")
    assert (code, "t1" in said) == (0, True)
    assert run("describe-version", "-a", "stock", "--latest")[0] == 0
    assert run("delete-version-tag", "-a", "stock", "-e", "5", "--tag", "t1")[0] == 0
    assert broker.get("/pacticipants/stock/versions/5/tags/t1").status_code == 404
    assert run("delete-branch", "-a", "stock", "--branch", "main")[0] == 0
    assert broker.get("/pacticipants/stock/branches/main").status_code == 404


def test_lists_and_downloads_of_pacts(run, broker, tmp_path):
    publish(broker)
    code, said = run("list-latest-pact-versions")
    assert (code, "shop" in said) == (0, True)
    code, _ = run(
        "get-pacts", "--provider", "stock", "--download", "--download-dir", str(tmp_path / "d")
    )
    assert code == 0
    (held,) = (tmp_path / "d").iterdir()
    assert json.loads(held.read_text())["consumer"]["name"] == "shop"
    code, said = run("provider-states", "list", "--provider", "stock")
    assert (code, "there is one" in said) == (0, True)


def test_environments(run, broker):
    assert run("create-environment", "--name", "test", "--production")[0] == 0
    code, said = run("create-environment", "--name", "test", "--production")
    assert (code, "already used" in said) == (1, True)
    code, said = run("list-environments")
    assert (code, "test" in said) == (0, True)
    uuid = broker.get("/environments").json()["_embedded"]["environments"][0]["uuid"]
    assert run("describe-environment", "--uuid", uuid)[0] == 0
    assert run("update-environment", "--uuid", uuid, "--name", "qa", "--production")[0] == 0
    assert broker.get(f"/environments/{uuid}").json()["name"] == "qa"
    assert run("delete-environment", "--uuid", uuid)[0] == 0
    assert broker.get(f"/environments/{uuid}").status_code == 404


def test_deployments_and_releases(run, broker):
    publish(broker)
    where = environment(broker)
    here = ("-a", "shop", "-e", "1", "--environment", "production")
    now = f"/environments/{where}/deployed-versions/currently-deployed"
    assert run("record-deployment", *here)[0] == 0
    (held,) = broker.get(now).json()["_embedded"]["deployedVersions"]
    assert held["_embedded"]["version"]["number"] == "1"
    assert run("record-undeployment", "-a", "shop", "--environment", "production")[0] == 0
    assert broker.get(now).json()["_embedded"]["deployedVersions"] == []
    now = f"/environments/{where}/released-versions/currently-supported"
    assert run("record-release", *here)[0] == 0
    assert len(broker.get(now).json()["_embedded"]["releasedVersions"]) == 1
    assert run("record-support-ended", *here)[0] == 0
    assert broker.get(now).json()["_embedded"]["releasedVersions"] == []
    assert run("record-deployment", "-a", "shop", "-e", "9", "--environment", "production")[0] == 1


def test_can_i_deploy_before_and_after_each_step(run, broker):
    publish(broker)
    where = environment(broker)
    ask = ("can-i-deploy", "-a", "shop", "-e", "1", "--to-environment", "production")
    code, said = run(*ask)
    assert code == 1
    assert "no version is currently recorded as deployed" in said
    verify(broker, "5")
    deploy(broker, where, "stock", "5")
    assert run(*ask)[0] == 0
    verify(broker, "6", success=False)
    deploy(broker, where, "stock", "6", instance="blue")
    code, said = run(*ask)
    assert code == 1
    assert "version 6 of stock failed" in said


def test_can_i_deploy_of_what_is_not_known(run, broker):
    publish(broker)
    environment(broker)
    to = ("--to-environment", "production")
    for name, version in (("nope", "1"), ("shop", "9")):
        assert run("can-i-deploy", "-a", name, "-e", version, *to)[0] == 1
    assert run("can-i-deploy", "-a", "shop", "-e", "1", "--to-environment", "nowhere")[0] == 1


def test_can_i_merge_compares_with_the_main_branch(run, broker):
    publish(broker)
    verify(broker, "5", branch="main")
    assert run("can-i-merge", "-a", "shop", "-e", "1")[0] == 0
    verify(broker, "6", branch="main", success=False)
    assert run("can-i-merge", "-a", "shop", "-e", "1")[0] == 1


def test_webhooks(run, broker, tmp_path):
    publish(broker)
    # This broker was told of no host that it may call.
    make = ("create-webhook", "https://hooks.example.com/x", "-X", "POST", "--contract-published")
    code, said = run(*make)
    assert (code, "is not allowed" in said) == (1, True)
    settings = Settings(webhook_hosts=("hooks.example.com",))
    with running(tmp_path / "hooks.db", settings) as url:
        assert run(*make, at=url)[0] == 0
        (held,) = httpx.get(f"{url}/webhooks").json()["_embedded"]["webhooks"]
        again = (
            "create-or-update-webhook",
            *make[1:],
            "--uuid",
            held["uuid"],
            "--description",
            "d",
        )
        assert run(*again, at=url)[0] == 0
        assert httpx.get(f"{url}/webhooks/{held['uuid']}").json()["description"] == "d"


def test_what_is_where_by_environment_and_instance(run, broker):
    publish(broker)
    where = environment(broker)
    here = ("-a", "shop", "--environment", "production")
    blue = ("--application-instance", "blue")
    for more in ((), blue):
        assert run("record-deployment", "-e", "1", *here, *more)[0] == 0
    code, said = run("describe-version", *here)
    assert (code, "Deployed" in said, "blue" in said) == (0, True, True)
    assert run("record-undeployment", *here, *blue)[0] == 0
    now = broker.get(f"/environments/{where}/deployed-versions/currently-deployed").json()
    assert ["applicationInstance" in e for e in now["_embedded"]["deployedVersions"]] == [False]
    code, said = run("describe-version", "-a", "shop", "--environment", "nowhere")
    assert (code, "not found" in said) == (1, True)


def test_a_webhook_is_tried_out_and_deleted(run, tmp_path):
    settings = Settings(webhook_hosts=("127.0.0.1",), webhook_http=True)
    with running(tmp_path / "hooks.db", settings) as url, httpx.Client(base_url=url) as client:
        publish(client)
        make = ("create-webhook", "http://127.0.0.1:9/x", "-X", "POST", "--contract-published")
        assert run(*make, at=url)[0] == 0
        (held,) = client.get("/webhooks").json()["_embedded"]["webhooks"]
        code, said = run("test-webhook", "--uuid", held["uuid"], at=url)
        assert (code, '"eventName":"contract_published"' in said) == (0, True)
        assert run("delete-webhook", "--uuid", held["uuid"], at=url)[0] == 0
        assert client.get("/webhooks").json()["_embedded"]["webhooks"] == []


def test_can_i_deploy_by_tag_branch_pair_and_without_a_partner(run, broker):
    publish(broker, tags=("dev",))
    where = environment(broker)
    verify(broker, "5", branch="main")
    ask = ("can-i-deploy", "-a", "shop")
    assert run(*ask, "-e", "1", "--to", "prod")[0] == 1
    broker.put("/pacticipants/stock/versions/5/tags/prod", json={})
    assert run(*ask, "-e", "1", "--to", "prod")[0] == 0
    assert run(*ask, "-e", "1", "-a", "stock", "-e", "5")[0] == 0
    to = ("--to-environment", "production")
    assert run(*ask, "--branch", "main", *to)[0] == 1
    assert run(*ask, "-e", "1", *to, "--ignore", "stock")[0] == 0
    deploy(broker, where, "stock", "5")
    assert run(*ask, "--branch", "main", *to)[0] == 0


def test_the_json_of_can_i_deploy_passes_always_and_ours_does_not(run, broker, capsys):
    """Why there is a command of our own: this client ends with 0 whatever the broker says."""
    from apicheck import cli

    publish(broker)
    environment(broker)
    ask = ("can-i-deploy", "-a", "shop", "-e", "1", "--to-environment", "production")
    code, said = run(*ask, "-o", "json")
    assert (code, json.loads(said)["summary"]["deployable"]) == (0, None)
    assert cli.run([*ask, "--format", "json", "--broker-url", str(broker.base_url)]) == 4
    assert json.loads(capsys.readouterr().out)["deployable"] is None


def test_what_is_not_there_is_an_error_at_once(run, broker):
    publish(broker)
    assert run("describe-pacticipant", "--name", "none")[0] == 1
    gone = ("delete-branch", "-a", "shop", "--branch", "none")
    assert run(*gone, "--error-when-not-found", "true")[0] == 1
    assert run(*gone)[0] == 0
    assert run("describe-version", "-a", "shop", "-e", "77")[0] == 1


def test_names_with_spaces_and_slashes(run, broker):
    make = ("create-or-update-pacticipant", "--name", "x y/z")
    assert run(*make, "--main-branch", "trunk", "--display-name", "X")[0] == 0
    tag = ("create-version-tag", "-a", "x y/z", "-e", "1/2", "--tag", "a b")
    assert run(*tag, "--auto-create-version")[0] == 0
    assert broker.get("/pacticipants/x%20y%2Fz/versions/1%2F2/tags/a%20b").status_code == 200
    code, said = run("describe-pacticipant", "--name", "x y/z")
    assert (code, "Main Branch: trunk" in said) == (0, True)
