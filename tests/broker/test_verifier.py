"""pact-python's Verifier, in a process of its own, against our broker: the right pacts, kept results."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from tests.broker.small_pacts import can_i_deploy, deploy, environment, publish, verify

pytest.importorskip("pact_ffi", reason="pact-python is not installed")

#: Runs one verification and prints its results as JSON on the last line.
CHILD = """
import json, sys
from pact import Verifier
broker, target, asked = json.loads(sys.argv[1])
verifier = Verifier("stock", host="127.0.0.1").add_transport(url=target)
verifier.state_handler(lambda state, action, parameters: None, teardown=True)
source = verifier.broker_source(broker, selector=True)
for each in asked.get("selectors", ()):
    source.consumer_version(**each)
if asked.get("branch"):
    source.provider_branch(asked["branch"])
if asked.get("pending"):
    source.include_pending()
if asked.get("wip"):
    source.include_wip_since(asked["wip"])
source.build()
if asked.get("publish"):
    verifier.set_publish_options(asked["publish"], branch=asked.get("branch"), tags=["t"])
raised = False
try:
    verifier.verify()
except RuntimeError:
    raised = True
print()
print(json.dumps([raised, verifier.results]))
"""


@pytest.fixture
def provider():
    """A provider that answers 200 to everything but /orders/2."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run(broker, provider):
    def _run(**asked):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                CHILD,
                json.dumps([str(broker.base_url).rstrip("/"), provider, asked]),
            ],
            env={"PACT_DO_NOT_TRACK": "true", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        raised, results = json.loads(done.stdout.splitlines()[-1])
        names = [(e["consumer"], e["result"]) for e in results["interactionResults"]]
        return raised, sorted(names), results

    return _run


def test_the_pacts_selected_are_verified_and_results_published(run, broker):
    publish(broker)
    publish(broker, consumer="kiosk", branch="feat/x", version="k1")
    where = environment(broker)
    raised, names, _ = run(
        selectors=[{"main_branch": True}, {"branch": "feat/x"}], branch="main", publish="5"
    )
    assert (raised, names) == (False, [("kiosk", "OK"), ("shop", "OK")])
    version = broker.get("/pacticipants/stock/versions/5").json()["_embedded"]
    assert [e["name"] for e in version["branchVersions"]] == ["main"]
    assert [e["name"] for e in version["tags"]] == ["t"]
    deploy(broker, where, "stock", "5")
    assert can_i_deploy(broker, "shop", "1")["deployable"] is True
    at = "/pacts/provider/stock/consumer/shop/version/1"
    held = broker.get(broker.get(at).json()["_links"]["pb:latest-verification-results"]["href"])
    (test,) = held.json()["testResults"]
    assert test["interactionId"] == broker.get(at).json()["interactions"][0]["_id"]


def test_a_failure_is_published_with_what_was_wrong(run, broker):
    publish(broker, status=418)
    raised, names, _ = run(selectors=[{"latest": True}], branch="main", publish="5")
    assert (raised, names) == (True, [("shop", "Error")])
    held = broker.get("/verification-results/consumer/shop/version/1/latest").json()
    assert held["success"] is False
    (result,) = held["_embedded"]["verificationResults"]
    assert result["testResults"][0]["mismatches"][0]["attribute"] == "status"


def test_a_pending_pact_does_not_fail_the_build_until_it_passed_once(run, broker):
    publish(broker, status=418)
    raised, _, results = run(selectors=[{"latest": True}], branch="main", pending=True)
    assert (raised, len(results["pendingErrors"])) == (False, 1)
    verify(broker, "4", branch="main")
    raised, _, results = run(selectors=[{"latest": True}], branch="main", pending=True)
    assert (raised, len(results["errors"])) == (True, 1)


def test_work_in_progress_comes_along_without_failing_the_build(run, broker):
    publish(broker)
    verify(broker, "4", branch="main")
    publish(broker, version="2", branch="feat/new", status=418)
    raised, names, results = run(
        selectors=[{"main_branch": True}], branch="main", pending=True, wip="2020-01-01"
    )
    assert (raised, names) == (False, [("shop", "Error"), ("shop", "OK")])
    assert len(results["pendingErrors"]) == 1
    _, names, _ = run(
        selectors=[{"main_branch": True}], branch="main", pending=True, wip="2099-01-01"
    )
    assert names == [("shop", "OK")]


def test_no_selected_pact_is_an_error_of_the_client(run, broker):
    publish(broker)
    raised, names, _ = run(selectors=[{"branch": "none"}], branch="main")
    assert (raised, names) == (True, [])
