"""Pacts published, verified from the broker, and compared: what users type, over a real broker."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import ClassVar

import pytest
from tests.broker.conftest import running
from tests.broker.small_pacts import deploy, environment, pact, publish

from apicheck.broker import access
from apicheck.broker.client import Remote, Said
from apicheck.broker.fetching import Fetched
from apicheck.broker.telling import ProviderVersion, Result, tell
from apicheck.cli import run
from apicheck.cli.build import detected
from apicheck.errors import SourceError
from apicheck.serving import served

APP = """
import os
async def app(scope, receive, send):
    if scope["type"] == "http":
        status = int(os.environ.get("STATUS", "200"))
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body"})
"""
CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Stock", "version": "5"},
    "paths": {"/orders/{id}": {"get": {"responses": {"200": {"description": "one"}}}}},
}
pytestmark = pytest.mark.usefixtures("folder")
CI = ("GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "BUILDKITE", "CIRCLECI", "JENKINS_URL", "TRAVIS")


@pytest.fixture
def folder(tmp_path, monkeypatch, broker):
    """A folder with an application, a contract and a pact, where the broker is known."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    for each in CI:
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv("PACT_BROKER_BASE_URL", str(broker.base_url))
    (work / "stock.py").write_text(APP)
    (work / "contract.json").write_text(json.dumps(CONTRACT))
    (work / "pact.json").write_text(json.dumps(pact()))
    return work


def told(capfd, *arguments, code):
    found = run(list(arguments))
    out, err = capfd.readouterr()
    assert found == code, out + err
    return out, err


def verified(capfd, *arguments, code):
    pytest.importorskip("pact")
    given = ["pact", "verify", "stock", "--target", "stock:app", "-f", "json", *arguments]
    out, err = told(capfd, *given, code=code)
    return json.loads(out) if out else err


def results(broker, number="1"):
    found = broker.get(f"/verification-results/consumer/shop/version/{number}/latest").json()
    return found["_embedded"]["verificationResults"]


# Publishing


def test_publish_then_publish_again_then_other_content(folder, broker, capfd):
    given = ["pact", "publish", "pact.json", "--consumer-version", "1", "--branch", "main"]
    out, _ = told(capfd, *given, "--tag", "t", "--build-url", "https://ci/1", code=0)
    assert "published: shop 1 and stock  http" in out
    version = broker.get("/pacticipants/shop/versions/1").json()
    assert version["buildUrl"] == "https://ci/1"
    assert [each["name"] for each in version["_embedded"]["tags"]] == ["t"]
    assert "unchanged: shop 1 and stock" in told(capfd, *given, code=0)[0]
    (folder / "pact.json").write_text(json.dumps(pact(status=201)))
    out, _ = told(capfd, *given, code=1)
    assert "conflict: shop 1 and stock" in out
    assert "an order (given there is one) > response.status: 200 → 201" in out
    out, _ = told(capfd, *given, "--on-conflict", "overwrite", "-f", "json", code=1)
    (each,) = json.loads(out)["pacts"]
    assert (each["state"], len(each["differences"])) == ("conflict", 1)
    held = broker.get("/pacts/provider/stock/consumer/shop/version/1").json()
    assert held["interactions"][0]["response"]["status"] == 200


def test_a_broker_that_allows_it_lets_content_be_overwritten(folder, tmp_path, capfd):
    from apicheck.broker.calls import Settings

    with running(tmp_path / "other.db", Settings(modify=True)) as url:
        given = ["pact", "publish", "pact.json", "--consumer-version", "1", "--broker-url", url]
        told(capfd, *given, code=0)
        (folder / "pact.json").write_text(json.dumps(pact(status=201)))
        told(capfd, *given, code=1)  # refused by us, unless it is asked for
        out, _ = told(capfd, *given, "--on-conflict", "overwrite", code=0)
    assert "replaced: shop 1 and stock" in out


def test_a_dry_run_publishes_nothing(broker, capfd):
    given = ["pact", "publish", "pact.json", "--consumer-version", "1", "--dry-run"]
    out, _ = told(capfd, *given, code=0)
    assert "would be published: shop 1 and stock" in out
    assert broker.get("/pacticipants/shop").status_code == 404


def test_files_of_the_same_two_parties_are_one_pact(folder, broker, capfd):
    (folder / "pacts").mkdir()
    for name in ("one", "two"):
        text = json.dumps(pact(descriptions=(name,)))
        (folder / "pacts" / f"{name}.json").write_text(text)
    told(capfd, "pact", "publish", "pacts", "--consumer-version", "1", code=0)
    held = broker.get("/pacts/provider/stock/consumer/shop/version/1").json()
    assert sorted(each["description"] for each in held["interactions"]) == ["one", "two"]
    (folder / "pacts" / "three.json").write_text(json.dumps(pact(status=418, descriptions=["one"])))
    _, err = told(capfd, "pact", "publish", "pacts", "--consumer-version", "2", code=2)
    assert "two.json" in err or "three.json" in err
    assert "says something else of an interaction than" in err


def test_files_of_other_versions_of_the_specification_are_no_one_pact(folder, capfd):
    other = pact(descriptions=("two",))
    other["metadata"]["pactSpecification"]["version"] = "2.0.0"
    (folder / "two.json").write_text(json.dumps(other))
    given = ["pact", "publish", "pact.json", "two.json", "--consumer-version", "1"]
    _, err = told(capfd, *given, code=2)
    assert "two.json: is of version 2 of the specification, and pact.json of 3" in err


class Deaf(Remote):
    """A broker that takes one result and then is heard of no more; ``asked`` counts."""

    asked: ClassVar[list[str]] = []

    def ask(self, method, at, data=None):  # noqa: ARG002 - as of any Remote
        self.asked.append(f"{method} {at}")
        if at == "/2":
            raise SourceError(self.url, "the broker cannot be reached: gone")
        return Said(status=400 if at == "/1" else 201, data={"errors": {"success": ["no"]}})


def test_each_result_that_a_broker_does_not_hear_of_is_named_and_it_is_asked_no_more():
    broker = Deaf(url="http://broker", headers={})
    results = [
        Result(
            of=Fetched(url="", name=f"pact {number}", data={}, results=f"/{number}"),
            success=True,
            tests=(),
        )
        for number in range(4)
    ]
    told, problem = tell(broker, ProviderVersion(provider="stock", number="5"), results)
    assert told == ["published: success of stock 5, pact 0"]
    assert str(problem).splitlines() == [
        "http://broker: 3 of 4 results were not published:",
        "    pact 1: success: no (400)",
        "    pact 2: the broker cannot be reached: gone",
        "    pact 3: the broker cannot be reached: gone",
    ]
    assert broker.asked == ["POST /0", "POST /1", "POST /2"]


@pytest.mark.parametrize("answer", ["[]", '{"_embedded": {"pacts": [7]}}', "<html>", "{}"])
def test_what_is_no_broker_is_told(answer, folder, capfd):
    page = (
        "async def app(scope, receive, send):\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        f"    await send({{'type': 'http.response.body', 'body': {answer.encode()!r}}})\n"
    )
    (folder / "page.py").write_text(page)
    with served("page:app", extra="pact") as url:
        given = ["pact", "verify", "stock", "--target", "stock:app", "--broker-url", url]
        _, err = told(capfd, *given, code=2)
    assert err.startswith(f"error: {url}: ")
    assert "broker" in err.lower()


def test_what_was_not_published_is_named(folder, monkeypatch, capfd):
    monkeypatch.setattr("time.sleep", lambda _: None)
    (folder / "two.json").write_text(json.dumps(pact(provider="bakery")))
    down = ["--broker-url", "http://127.0.0.1:9"]
    given = ["pact", "publish", "pact.json", "two.json", "--consumer-version", "1", *down]
    _, err = told(capfd, *given, code=2)
    assert "2 of 2 pacts were not published" in err
    assert "shop 1 and stock: the broker cannot be reached" in err
    assert "shop 1 and bakery: the broker cannot be reached" in err


def test_a_token_that_may_only_read_publishes_nothing(tmp_path, capfd):
    known = access.Access(known=(access.Credential(scheme="bearer", secret="r", writes=False),))
    with running(tmp_path / "closed.db", access=known) as url:
        given = ["pact", "publish", "pact.json", "--consumer-version", "1", "--broker-url", url]
        _, err = told(capfd, *given, code=2)
        assert "shop 1 and stock: GET needs other rights (401)" in err
        _, err = told(capfd, *given, "--broker-token", "r", code=2)
        assert "shop 1 and stock: POST needs other rights (401)" in err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "pact.json:1:2"),
        ("[]", "is no pact"),
        ('{"consumer": {"name": "a"}, "provider": {}}', "provider.name is not a text"),
    ],
)
def test_what_is_no_pact_is_not_published(text, words, folder, capfd):
    (folder / "pact.json").write_text(text)
    _, err = told(capfd, "pact", "publish", "pact.json", "--consumer-version", "1", code=2)
    assert words in err


# Whose build it is


@pytest.mark.parametrize(
    ("variables", "version", "branch", "url"),
    [
        (
            "GITHUB_ACTIONS=1 GITHUB_SHA=abc GITHUB_REF=refs/heads/feat/x GITHUB_RUN_ID=7 GITHUB_SERVER_URL=https://gh GITHUB_REPOSITORY=o/r",
            *("abc", "feat/x", "https://gh/o/r/actions/runs/7"),
        ),
        (
            "GITHUB_ACTIONS=true GITHUB_SHA=abc GITHUB_REF=refs/pull/3/merge GITHUB_HEAD_REF=fix",
            *("abc", "fix", ""),
        ),
        ("GITHUB_ACTIONS=true GITHUB_SHA=abc GITHUB_REF=refs/tags/v1", "abc", "", ""),
        (
            "GITLAB_CI=true CI_COMMIT_SHA=abc CI_COMMIT_BRANCH=main CI_JOB_URL=https://gl/1",
            "abc",
            "main",
            "https://gl/1",
        ),
        (
            "JENKINS_URL=https://j GIT_COMMIT=abc GIT_BRANCH=origin/main BUILD_URL=https://j/1",
            "abc",
            "main",
            "https://j/1",
        ),
        (
            "TF_BUILD=True BUILD_SOURCEVERSION=abc BUILD_SOURCEBRANCH=refs/heads/a/b",
            "abc",
            "a/b",
            "",
        ),
        ("CIRCLECI=true CIRCLE_SHA1=abc CIRCLE_BRANCH=main", "abc", "main", ""),
        ("BUILDKITE=true BUILDKITE_COMMIT=abc BUILDKITE_BRANCH=main", "abc", "main", ""),
    ],
)
def test_a_build_is_known_by_its_service(variables, version, branch, url, tmp_path):
    found = detected(dict(each.split("=", 1) for each in variables.split()), tmp_path)
    assert (found.version, found.branch, found.url) == (version, branch, url)


def test_without_a_service_git_says_it_and_else_nobody(capfd, monkeypatch):
    _, err = told(capfd, "pact", "publish", "pact.json", code=2)
    assert "give --consumer-version" in err
    monkeypatch.setenv("CIRCLECI", "true")
    monkeypatch.setenv("CIRCLE_SHA1", "abc")
    monkeypatch.setenv("CIRCLE_BRANCH", "feat")
    out, _ = told(capfd, "pact", "publish", "pact.json", code=0)
    assert out.startswith("publishing as version abc, branch feat, as CircleCI says\n")


# Verifying


def test_pacts_of_a_broker_are_verified_and_the_result_counts(broker, capfd):
    publish(broker)
    where = environment(broker)
    report = verified(
        capfd, "--publish", "--provider-version", "5", "--branch", "main", "--tag", "t", code=0
    )
    assert report["findings"] == []
    assert report["notes"][-1] == "published: success of stock 5, Pact between shop (1) and stock"
    version = broker.get("/pacticipants/stock/versions/5").json()["_embedded"]
    assert [each["name"] for each in version["branchVersions"]] == ["main"]
    assert [each["name"] for each in version["tags"]] == ["t"]
    (result,) = results(broker)
    assert (result["success"], result["verifiedBy"]["implementation"]) == (True, "apicheck")
    held = broker.get("/pacts/provider/stock/consumer/shop/version/1").json()
    assert result["testResults"][0]["interactionId"] == held["interactions"][0]["_id"]
    deploy(broker, where, "stock", "5")
    out, _ = told(
        capfd, "can-i-deploy", "-a", "shop", "-e", "1", "--to-environment", "production", code=0
    )
    assert "is verified" in out


def test_a_failure_is_published_too_and_can_i_deploy_says_why(broker, capfd, monkeypatch):
    publish(broker)
    deploy(broker, environment(broker), "shop", "1")
    monkeypatch.setenv("STATUS", "500")
    report = verified(capfd, "--publish", "--provider-version", "5", code=1)
    (finding,) = report["findings"]
    assert finding["message"].startswith("response status: expected 200, got 500")
    assert results(broker)[0]["success"] is False
    out, _ = told(
        capfd, "can-i-deploy", "-a", "stock", "-e", "5", "--to-environment", "production", code=1
    )
    assert "an order (given there is one): status: expected 200 but was 500" in out


def test_pending_and_work_in_progress_do_not_fail_the_run(broker, capfd, monkeypatch):
    publish(broker)
    verified(capfd, "--publish", "--provider-version", "4", "--branch", "main", code=0)
    publish(broker, version="2", branch="feat/new", status=201)
    asked = ["--branch", "main", "--enable-pending"]
    assert verified(capfd, *asked, "--selector", "mainBranch", code=0)["findings"] == []
    wip = verified(
        capfd, *asked, "--selector", "mainBranch", "--include-wip-since", "2020-01-01", code=0
    )
    assert [each["rule"] for each in wip["findings"]] == ["pact.pending-verification-failed"]
    assert wip["findings"][0]["severity"] == "warning"
    assert any("a work in progress, pending" in each for each in wip["notes"])
    branch = verified(capfd, *asked, "--selector", "consumer=shop,branch=feat/new", code=0)
    assert [each["severity"] for each in branch["findings"]] == ["warning"]
    without = verified(capfd, "--branch", "main", "--selector", "branch=feat/new", code=1)
    assert [each["severity"] for each in without["findings"]] == ["error"]
    # What was verified with success once is no longer pending.
    monkeypatch.setenv("STATUS", "500")
    verified(capfd, *asked, "--selector", "mainBranch", code=1)


def test_two_versions_of_one_consumer_are_told_apart(broker, capfd):
    publish(broker, status=201)
    publish(broker, version="2", branch="feat/x")
    selected = ["--selector", "mainBranch", "--selector", "branch=feat/x"]
    report = verified(capfd, "--publish", "--provider-version", "5", *selected, code=1)
    assert len(report["findings"]) == 1
    assert results(broker, "1")[0]["success"] is False
    assert results(broker, "2")[0]["success"] is True


def test_what_cannot_be_published_fails_the_run(tmp_path, capfd):
    known = tuple(
        access.Credential(scheme="bearer", secret=secret, writes=secret == "w")
        for secret in ("r", "w")
    )
    with running(tmp_path / "closed.db", access=access.Access(known=known)) as url:
        there = ["--broker-url", url, "--broker-token"]
        told(capfd, "pact", "publish", "pact.json", "--consumer-version", "1", *there, "w", code=0)
        verified(capfd, *there, "r", "--selector", "latest", code=0)
        given = ["--publish", "--provider-version", "5", "--branch", "main", "-f", "text"]
        pytest.importorskip("pact")
        out, err = told(
            capfd,
            *("pact", "verify", "stock", "--target", "stock:app", "--selector", "latest"),
            *(*there, "r", *given),
            code=2,
        )
    assert "1 of 1 interactions of 1 pacts hold" in out
    assert "1 of 1 results were not published" in err
    assert "Pact between shop (1) and stock: PUT needs other rights (401)" in err


def test_a_pact_that_was_not_verified_whole_has_no_result(broker, capfd):
    contract = pact()
    contract["metadata"]["pactSpecification"]["version"] = "4.0"
    contract["interactions"][0]["type"] = "Synchronous/HTTP"
    message = {"type": "Asynchronous/Messages", "description": "an event"}
    contract["interactions"].append(message)
    publish(broker, contract=contract)
    pytest.importorskip("pact")
    given = ["pact", "verify", "stock", "--target", "stock:app", "--publish"]
    _, err = told(capfd, *given, "--provider-version", "5", code=2)
    assert "1 interactions were not asked about" in err
    assert results(broker) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--selector", "sometimes"], "'sometimes' is not understood"),
        (["--selector", "{"], "is no JSON"),
        (["--selector", "branch"], "'branch' is not understood"),
        (["--selector", '{"branch": "a", "tag": "b"}'], "cannot specify tag together with branch"),
        (["--selector", "matchingBranch"], "providerVersionBranch"),
        (["--include-wip-since", "yesterday"], "is no date"),
        (["--include-wip-since", "2020-01-01"], "give --branch"),
        (["--selector", "branch=none"], "no pacts of the provider 'stock' that are asked for"),
        (
            ["--pacts", "pact.json", "--publish", "--provider-version", "5"],
            "results go to a broker",
        ),
        (["--pacts", "pact.json", "--selector", "latest"], "is a question to a broker"),
        (["--publish"], "--publish needs the version"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(arguments, words, broker, capfd):
    publish(broker)
    assert words in verified(capfd, *arguments, code=2)


def test_a_broker_that_is_down_is_asked_four_times_and_no_more(monkeypatch, capfd):
    waits, sleep, ours = [], time.sleep, threading.get_ident()

    def waiting(seconds):
        # Threads that earlier tests left wait as they did: their sleeps are none of ours.
        if threading.get_ident() == ours:
            waits.append(seconds)
        else:
            sleep(seconds)

    monkeypatch.setattr("time.sleep", waiting)
    given = ["pact", "verify", "stock", "--target", "stock:app"]
    _, err = told(capfd, *given, "--broker-url", "http://127.0.0.1:9", code=2)
    assert len(waits) == 3
    assert "http://127.0.0.1:9: the broker cannot be reached" in err
    assert "tried 4 times" in err
    assert sum(waits) < 5


def test_an_unknown_provider_and_none_to_verify(broker, capfd):
    given = ["pact", "verify", "bakery", "--target", "stock:app"]
    _, err = told(capfd, *given, code=2)
    assert "it knows no provider 'bakery'" in err
    publish(broker)
    _, err = told(
        capfd,
        "pact",
        "verify",
        "stock",
        "--target",
        "stock:app",
        "--selector",
        "branch=x",
        "--ignore-no-pacts",
        code=0,
    )
    assert "nothing to verify" in err


# Comparing


def test_a_comparison_answers_can_i_deploy_both_ways(folder, broker, capfd):
    where = environment(broker)
    told(
        capfd, "pact", "publish", "pact.json", "--consumer-version", "1", "--branch", "main", code=0
    )
    of_shop = ["can-i-deploy", "-a", "shop", "-e", "1", "--to-environment", "production"]
    broker.put("/pacticipants/stock/versions/5", json={})
    deploy(broker, where, "stock", "5")
    out, _ = told(capfd, *of_shop, code=3)
    assert "was never verified by version 5" in out
    # The consumer holds its pact against the contract of what is deployed.
    given = [
        "pact",
        "compare",
        "pact.json",
        "contract.json",
        "--publish",
        "--provider-version",
        "5",
    ]
    out, _ = told(capfd, *given, "--consumer-version", "1", code=0)
    assert "published: static success of stock 5" in out
    assert results(broker)[0]["kind"] == "static"
    out, _ = told(capfd, *of_shop, code=0)
    assert "is within its contract (compared, not run)" in out
    # The provider holds its next contract against the pacts of who is deployed.
    deploy(broker, where, "shop", "1")
    changed = {
        **CONTRACT,
        "paths": {"/orders/{id}": {"get": {"responses": {"204": {"description": "-"}}}}},
    }
    (folder / "contract.json").write_text(json.dumps(changed))
    given = ["pact", "compare", "contract.json", "--provider", "stock", "--publish"]
    told(capfd, *given, "--provider-version", "6", "--selector", "deployed", code=1)
    of_stock = ["can-i-deploy", "-a", "stock", "-e", "6", "--to-environment", "production"]
    out, _ = told(capfd, *of_stock, code=1)
    assert "is not within its contract (compared, not run)" in out
    assert "an order (given there is one): GET /orders/{id} response 200" in out


def test_the_official_client_counts_a_comparison_too(folder, broker, capfd):
    client = Path(sys.executable).with_name("pact")
    if not client.is_file():
        pytest.skip("pact-python-cli is not installed")
    publish(broker)
    for version, contract in (("5", CONTRACT), ("6", {**CONTRACT, "paths": {}})):
        (folder / "contract.json").write_text(json.dumps(contract))
        given = ["pact", "compare", "contract.json", "--provider", "stock", "--publish"]
        code = 0 if version == "5" else 1
        told(capfd, *given, "--provider-version", version, "--selector", "latest", code=code)
        deploy(broker, environment(broker, f"e{version}"), "stock", version)
        asked = [
            "broker",
            "can-i-deploy",
            "-a",
            "shop",
            "-e",
            "1",
            "--to-environment",
            f"e{version}",
        ]
        done = subprocess.run([client, *asked], capture_output=True, timeout=60, check=False)
        assert done.returncode == code, done.stdout.decode()


def test_a_run_outweighs_a_comparison(broker, capfd, monkeypatch):
    publish(broker)
    broker.put("/pacticipants/stock/versions/5", json={})
    deploy(broker, environment(broker), "stock", "5")
    compare = ["pact", "compare", "contract.json", "--provider", "stock", "--publish"]
    monkeypatch.setenv("STATUS", "500")
    verified(capfd, "--publish", "--provider-version", "5", code=1)
    told(capfd, *compare, "--provider-version", "5", "--selector", "latest", code=0)
    out, _ = told(
        capfd, "can-i-deploy", "-a", "shop", "-e", "1", "--to-environment", "production", code=1
    )
    assert "was verified, and failed" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pact.json", "contract.json", "--publish"], "--publish needs --provider-version"),
        (
            ["pact.json", "contract.json", "--publish", "--provider-version", "5"],
            "--publish needs --consumer-version",
        ),
        (
            [
                "pact.json",
                "contract.json",
                "--publish",
                "--provider-version",
                "5",
                "--consumer-version",
                "9",
            ],
            "shop 9 and stock: the broker has no such pact: apicheck pact publish",
        ),
        (
            [
                "other.json",
                "contract.json",
                "--publish",
                "--provider-version",
                "5",
                "--consumer-version",
                "1",
            ],
            "the broker has it with other content",
        ),
        (["contract.json"], "give --broker-url and --provider"),
        (["pact.json", "contract.json", "--selector", "latest"], "leave PACT out"),
        (
            [
                "two",
                "contract.json",
                "--publish",
                "--provider-version",
                "5",
                "--consumer-version",
                "1",
            ],
            "say whose contract it is",
        ),
    ],
)
def test_a_comparison_that_cannot_be_kept_says_why(arguments, words, folder, broker, capfd):
    publish(broker)
    (folder / "other.json").write_text(json.dumps(pact(descriptions=("another",))))
    (folder / "two").mkdir()
    for name in ("stock", "bakery"):
        (folder / "two" / f"{name}.json").write_text(json.dumps(pact(provider=name)))
    _, err = told(capfd, "pact", "compare", *arguments, code=2)
    assert words in err
    assert results(broker) == []


def test_messages_are_not_passed_by_a_contract_that_has_none(broker, capfd):
    contract = {
        **{key: each for key, each in pact().items() if key != "interactions"},
        "messages": [{"description": "an event", "contents": {"id": 1}}],
    }
    publish(broker, contract=contract)
    given = ["pact", "compare", "contract.json", "--provider", "stock", "--publish"]
    _, err = told(capfd, *given, "--provider-version", "5", "--selector", "latest", code=2)
    assert "1 interactions cannot be held against a contract of openapi" in err
    assert results(broker) == []
