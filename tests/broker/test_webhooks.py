"""Webhooks: who hears of what, with what in it, how often it is tried, and where it may not go."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from tests.broker.conftest import running
from tests.broker.small_pacts import deploy, environment, publish, verify

from apicheck.broker.calls import Settings
from apicheck.broker.database import Store
from apicheck.broker.delivery import deliver_due

SETTINGS = Settings(webhook_hosts=("127.0.0.1",), webhook_http=True, webhook_retries=(0, 0))
EVENTS = (
    "contract_published",
    "contract_content_changed",
    "contract_requiring_verification_published",
    "provider_verification_published",
    "provider_verification_succeeded",
    "provider_verification_failed",
)


class Listener:
    def __init__(self, url):
        self.url = url
        self.heard = []
        self.status = 200
        self.location = None


@pytest.fixture
def listener():
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            found.heard.append((self.path, dict(self.headers), body.decode()))
            self.send_response(found.status)
            if found.location:
                self.send_header("location", found.location)
            answer = self.headers.get("Authorization", "").encode()
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    found = Listener(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


class Deliveries:
    """What the broker does by itself once a second, here when a test says so."""

    def __init__(self, path):
        self._store = Store(path)

    def now(self):
        return deliver_due(self._store, SETTINGS)

    def close(self):
        self._store.close()


@pytest.fixture
def client(tmp_path):
    with running(tmp_path / "b.db", SETTINGS) as url, httpx.Client(base_url=url) as found:
        yield found


@pytest.fixture
def deliveries(client, tmp_path):  # noqa: ARG001 - the broker makes the file first
    found = Deliveries(tmp_path / "b.db")
    yield found
    found.close()


def hook(client, url, *events, **more):
    data = {
        "description": "tell",
        "events": [{"name": each} for each in events or EVENTS],
        "request": {
            "method": "POST",
            "url": url + "/hook?by=${pactbroker.consumerName}",
            "headers": {"X-Event": "${pactbroker.eventName}"},
            "body": {
                "version": "${pactbroker.providerVersionNumber}",
                "pact": "${pactbroker.pactUrl}",
            },
        },
        **more,
    }
    return client.post("/webhooks", json=data)


def heard(listener):
    names = [headers["X-Event"] for _, headers, _ in listener.heard]
    listener.heard.clear()
    return sorted(names)


def test_each_event_is_told_when_it_happens(client, deliveries, listener):
    assert hook(client, listener.url).status_code == 201
    publish(client)
    deliveries.now()
    assert heard(listener) == ["contract_content_changed", "contract_published"]
    publish(client, version="2")  # the same content
    deliveries.now()
    assert heard(listener) == ["contract_published"]
    publish(client, version="2")  # nothing new at all
    deliveries.now()
    assert heard(listener) == []
    verify(client, "5", branch="main")
    deploy(client, environment(client), "stock", "5")
    deliveries.now()
    assert heard(listener) == ["provider_verification_published", "provider_verification_succeeded"]
    publish(client, version="3", status=404)
    deliveries.now()
    assert heard(listener) == [
        "contract_content_changed",
        "contract_published",
        "contract_requiring_verification_published",
    ]
    verify(client, "6", of="3", success=False)
    deliveries.now()
    assert heard(listener) == ["provider_verification_failed", "provider_verification_published"]


def test_the_message_carries_what_the_template_says(client, deliveries, listener):
    publish(client, consumer="a b&c")
    hook(client, listener.url, "provider_verification_published")
    verify(client, "5", consumer="a%20b%26c")
    deliveries.now()
    ((path, headers, body),) = listener.heard
    assert path == "/hook?by=a%20b%26c"
    assert headers["Content-Type"] == "application/json"
    data = json.loads(body)
    assert data["version"] == "5"
    assert client.get(data["pact"]).json()["consumer"]["name"] == "a b&c"


def test_a_listener_that_fails_is_asked_again_then_given_up(client, deliveries, listener):
    uuid = hook(client, listener.url, "contract_published").json()["uuid"]
    listener.status = 500
    publish(client)
    assert [deliveries.now() for _ in range(4)] == [1, 1, 1, 0]
    (found,) = client.get(f"/webhooks/{uuid}/triggered-webhooks").json()["_embedded"][
        "triggeredWebhooks"
    ]
    assert (found["status"], found["attemptsMade"]) == ("failure", 3)
    assert "attempt 3: " in client.get(found["_links"]["pb:logs"]["href"]).text
    assert "webhook_deliveries_failed 1\n" in client.get("/metrics").text


def test_only_those_meant_are_told(client, deliveries, listener):
    publish(client)
    publish(client, consumer="kiosk", version="k1")
    client.put("/pacticipants/kiosk/labels/team-a", json={})
    hook(client, listener.url, "contract_published", consumer={"label": "team-a"})
    hook(client, listener.url, "contract_published", provider={"name": "shop"})
    off = hook(client, listener.url, "contract_published", enabled=False)
    assert off.json()["enabled"] is False
    publish(client, version="2")
    deliveries.now()
    assert listener.heard == []
    publish(client, consumer="kiosk", version="k2")
    deliveries.now()
    assert len(listener.heard) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1/x", "scheme must be https"),
        ("https://169.254.169.254/latest", "is not allowed"),
        ("https://hooks.example.com.evil.org/", "is not allowed"),
        ("https://example.com/", "is not allowed"),
        ("https://hooks.example.com@evil.org/", "without user"),
        ("https://${pactbroker.consumerName}/", "placeholder"),
        ("file:///etc/passwd", "must name its host"),
        (None, "can't be blank"),
    ],
)
def test_where_a_webhook_may_not_go(tmp_path, url, words):
    settings = Settings(webhook_hosts=("*.example.com",))
    with running(tmp_path / "b.db", settings) as broker, httpx.Client(base_url=broker) as client:
        data = {"events": [{"name": EVENTS[0]}], "request": {"method": "POST", "url": url}}
        answer = client.post("/webhooks", json=data)
        assert answer.status_code == 400
        assert words in answer.json()["errors"]["request.url"][0]
        data["request"]["url"] = "https://hooks.example.com/x"
        assert client.post("/webhooks", json=data).status_code == 201


def test_passwords_are_not_shown(client, listener):
    request = {"method": "POST", "url": listener.url, "username": "u", "password": "secret"}
    made = client.post("/webhooks", json={"events": [{"name": EVENTS[0]}], "request": request})
    assert "secret" not in made.text
    assert "secret" not in client.get("/webhooks").text


def test_a_webhook_is_changed_tried_and_deleted(client, deliveries, listener):
    publish(client)
    uuid = hook(client, listener.url, "contract_published").json()["uuid"]
    changed = {"events": [{"name": EVENTS[1]}], "request": {"method": "POST", "url": listener.url}}
    assert client.put(f"/webhooks/{uuid}", json=changed).status_code == 200
    assert client.get(f"/webhooks/{uuid}").json()["events"] == [{"name": EVENTS[1]}]
    assert client.post(f"/webhooks/{uuid}/execute", json={}).status_code == 201
    deliveries.now()
    assert len(listener.heard) == 1
    assert client.delete(f"/webhooks/{uuid}").status_code == 204
    assert client.get(f"/webhooks/{uuid}").status_code == 404


def test_a_redirect_is_not_followed(client, deliveries, listener):
    uuid = hook(client, listener.url, "contract_published").json()["uuid"]
    listener.status, listener.location = 302, "http://169.254.169.254/latest/meta-data"
    publish(client)
    assert [deliveries.now() for _ in range(4)] == [1, 1, 1, 0]
    assert {path for path, _, _ in listener.heard} == {"/hook?by=shop"}
    (found,) = client.get(f"/webhooks/{uuid}/triggered-webhooks").json()["_embedded"][
        "triggeredWebhooks"
    ]
    log = client.get(found["_links"]["pb:logs"]["href"]).text
    assert (found["status"], "HTTP 302" in log) == ("failure", True)
    status = client.get("/pacts/provider/stock/consumer/shop/webhooks/status").json()
    assert status["summary"] == {"successful": 0, "failed": 1}


def test_secrets_are_sent_and_neither_shown_nor_logged(client, deliveries, listener):
    request = {
        "method": "POST",
        "url": listener.url,
        "headers": {"Authorization": "Bearer hunter2", "X-Api-Key": "swordfish", "X-Plain": "p"},
    }
    data = {"events": [{"name": EVENTS[0]}], "request": request}
    uuid = client.post("/webhooks", json=data).json()["uuid"]
    shown = client.get(f"/webhooks/{uuid}").json()
    assert "hunter2" not in json.dumps(shown)
    # Putting back what was shown keeps the secrets.
    assert client.put(f"/webhooks/{uuid}", json=shown).status_code == 200
    publish(client)
    deliveries.now()
    ((_, headers, _),) = listener.heard
    assert (headers["Authorization"], headers["X-Api-Key"]) == ("Bearer hunter2", "swordfish")
    found = client.get(f"/webhooks/{uuid}/triggered-webhooks").json()["_embedded"]
    log = client.get(found["triggeredWebhooks"][0]["_links"]["pb:logs"]["href"]).text
    assert ("HTTP 200" in log, "hunter2" in log) == (True, False)


def test_templates_know_labels_what_runs_and_the_words_of_each_forge(client, deliveries, listener):
    publish(client)
    verify(client, "5")
    deploy(client, environment(client), "stock", "5")
    client.put("/pacticipants/shop/labels/team-a", json={})
    names = ("consumerLabels", "currentlyDeployedProviderVersionNumber", "gitlabVerificationStatus",
             "bitbucketVerificationStatus", "azureDevOpsVerificationStatus", "noSuchThing")  # fmt: skip
    body = {name: "${pactbroker." + name + "}" for name in names}
    request = {"method": "POST", "url": listener.url, "body": body}
    client.post("/webhooks", json={"events": [{"name": EVENTS[5]}], "request": request})
    verify(client, "6", success=False)
    deliveries.now()
    ((_, _, said),) = listener.heard
    assert list(json.loads(said).values()) == ["team-a", "5", "failed", "FAILED", "failed", ""]
