"""The interface as such: who may, what is refused and how, names that need escaping, pages of lists."""

import base64

import httpx
import pytest
from tests.broker.conftest import running
from tests.broker.small_pacts import pact, publication, publish, verify

from apicheck.broker.access import from_file
from apicheck.broker.calls import Settings


def test_links_of_the_index_lead_somewhere(broker):
    publish(broker)
    names = {"pacticipant": "shop", "provider": "stock", "consumer": "shop", "version": "1",
             "consumerApplicationVersion": "1", "branch": "main", "tag": "t", "uuid": "none"}  # fmt: skip
    links = broker.get("/").json()["_links"]
    for rel, link in links.items():
        if rel in {"self", "curies"}:
            continue
        href = link["href"]
        for key, value in names.items():
            href = href.replace("{" + key + "}", value)
        answer = broker.get(href)
        known = {200, 400, 404, 405}
        assert answer.status_code in known, rel
        assert '"Not found"' not in answer.text, rel


def test_names_with_slashes_and_spaces(broker):
    publish(broker, consumer="Example App", provider="a/b", branch="feat/x y")
    assert broker.get("/pacticipants/Example%20App/branches/feat%2Fx%20y").status_code == 200
    at = "/pacts/provider/a%2Fb/consumer/Example%20App/latest"
    href = broker.get(at).json()["_links"]["self"]["href"]
    assert broker.get(href).status_code == 200
    assert broker.get("/pacticipants/a/b").status_code == 404


def test_repeated_accept_headers_are_joined(broker):
    headers = [("accept", "application/hal+json"), ("accept", "application/json")]
    answer = broker.get("/", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/hal+json")


def test_unknown_names_are_404_and_wrong_methods_405(broker):
    for at in (
        "/pacticipants/nope",
        "/pacts/provider/a/consumer/b/latest",
        "/environments/x",
        "/x/y",
    ):
        answer = broker.get(at)
        assert (answer.status_code, bool(answer.json()["error"])) == (404, True)
    assert broker.delete("/pacts/latest").status_code == 405


@pytest.mark.parametrize(
    "raw", [b"{", b"[1]", b'{"a": ' * 100_000, b'"x"', b"\xff"], ids=lambda raw: str(raw[:9])
)
def test_broken_bodies_are_400(broker, raw):
    answer = broker.post(
        "/contracts/publish", content=raw, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400


def test_forms_of_foreign_pages_change_nothing(broker):
    answer = broker.post("/pacticipants", data={"name": "x"})
    assert answer.status_code == 415
    foreign = broker.put("/pacticipants/x", json={}, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert broker.get("/pacticipants/x").status_code == 404


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"pacticipantName": None}, "pacticipantName", "is missing"),
        ({"pacticipantVersionNumber": " "}, "pacticipantVersionNumber", "can't be blank"),
        ({"contracts": None}, "contracts", "is missing"),
        ({"tags": "dev"}, "tags", "list of names"),
        ({"pacticipantName": "other"}, "contracts", "must be the pacticipantName"),
    ],
)
def test_a_wrong_publication_names_the_field_and_leaves_nothing(broker, change, field, words):
    answer = broker.post("/contracts/publish", json={**publication(), **change})
    assert answer.status_code == 400
    assert any(words in each for each in answer.json()["errors"][field])
    assert broker.get("/pacticipants").json()["pacticipants"] == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("%%%", "not valid Base64"),
        (base64.b64encode(b"{]").decode(), "not valid JSON"),
        (base64.b64encode(b'{"interactions": 7}').decode(), "interactions must be a list"),
        (
            base64.b64encode(b'{"consumer": {"name": "x"}}').decode(),
            "the consumer name in the pact",
        ),
        (base64.b64encode(b'{"a": NaN}').decode(), "NaN is not JSON"),
    ],
)
def test_a_broken_pact_is_refused_with_the_reason(broker, content, words):
    data = publication()
    data["contracts"][0]["content"] = content
    answer = broker.post("/contracts/publish", json=data)
    assert answer.status_code == 400
    assert words in answer.json()["errors"]["contracts"][0]


def test_put_of_a_pact_is_checked_against_its_address(broker):
    at = "/pacts/provider/stock/consumer/shop/version/1"
    assert broker.put(at, json=pact(consumer="kiosk")).status_code == 400
    assert broker.put(at, json=pact()).status_code == 201
    assert broker.put(at, json=pact()).status_code == 200
    answer = broker.put(at, json=pact(status=500))
    assert answer.status_code == 409
    assert "$.response.status: 200 -> 500" in answer.json()["errors"]["contracts"][0]
    assert answer.json()["notices"][0]["type"] == "error"


def test_modification_is_possible_where_it_is_allowed_and_needs_a_new_verification(tmp_path):
    settings = Settings(modify=True)
    with running(tmp_path / "b.db", settings) as url, httpx.Client(base_url=url) as client:
        publish(client)
        verify(client, "5")
        at = "/pacts/provider/stock/consumer/shop/version/1"
        more = client.patch(at, json=pact(descriptions=("another",)))
        assert len(more.json()["interactions"]) == 2
        assert "pb:latest-verification-results" not in more.json()["_links"]


def test_problem_details_for_those_who_accept_them(broker):
    answer = broker.post(
        "/environments", json={"name": "a b"}, headers={"accept": "application/problem+json"}
    )
    assert answer.headers["content-type"].startswith("application/problem+json")
    data = answer.json()
    assert {each["pointer"] for each in data["errors"]} == {"/name", "/production"}
    assert (data["status"], data["instance"]) == (400, "/environments")


def test_lists_come_in_pages(broker):
    for number in range(5):
        broker.put(f"/pacticipants/p{number}", json={})
    data = broker.get("/pacticipants?pageNumber=2&pageSize=2").json()
    assert [each["name"] for each in data["pacticipants"]] == ["p2", "p3"]
    assert data["page"] == {"number": 2, "size": 2, "totalElements": 5, "totalPages": 3}
    assert broker.get(data["_links"]["next"]["href"]).json()["page"]["number"] == 3
    assert broker.get("/pacticipants?pageNumber=x&pageSize=-1").status_code == 200


def test_metrics_count(broker):
    publish(broker)
    said = broker.get("/metrics").text
    assert "apicheck_broker_pacts 1\n" in said
    assert "apicheck_broker_pacticipants 2\n" in said


def test_deleting_a_pacticipant_takes_all_of_its_own(broker):
    publish(broker)
    verify(broker, "5")
    assert broker.delete("/pacticipants/stock").status_code == 204
    assert broker.get("/pacts/latest").json()["pacts"] == []
    assert broker.get("/pacticipants/shop").status_code == 200


@pytest.fixture
def guarded(tmp_path):
    path = tmp_path / "auth"
    path.write_text("# who\nwrite ann:secret\nread bob:pass:word\nwrite-token T1\nread-token T2\n")
    with running(tmp_path / "b.db", access=from_file(path)) as url:
        yield url


@pytest.mark.parametrize(
    ("who", "reads", "writes"),
    [
        ({}, 401, 401),
        ({"auth": ("ann", "secret")}, 200, 201),
        ({"auth": ("bob", "pass:word")}, 200, 401),
        ({"auth": ("ann", "wrong")}, 401, 401),
        ({"headers": {"authorization": "Bearer T1"}}, 200, 201),
        ({"headers": {"authorization": "Bearer T2"}}, 200, 401),
        ({"headers": {"authorization": "Basic T1"}}, 401, 401),
        ({"headers": {"authorization": "Bearer ann:secret"}}, 401, 401),
    ],
    ids=str,
)
def test_who_may_read_and_who_may_write(guarded, who, reads, writes):
    with httpx.Client(base_url=guarded, **who) as client:
        answer = client.get("/pacticipants")
        assert answer.status_code == reads
        if reads == 401:
            assert answer.headers["www-authenticate"].startswith("Basic")
        assert client.post("/pacticipants", json={"name": "x"}).status_code == writes
        asked = client.post("/pacts/provider/x/for-verification", json={})
        assert asked.status_code in ({401} if reads == 401 else {200, 404})
        assert client.get("/diagnostic/status/heartbeat").status_code == 200


def test_a_body_too_large_is_refused(tmp_path):
    settings = Settings(largest=1000)
    with running(tmp_path / "b.db", settings) as url, httpx.Client(base_url=url) as client:
        answer = client.post("/contracts/publish", json=publication(descriptions=("x" * 2000,)))
        assert answer.status_code == 413


def test_a_host_that_is_none_does_not_get_into_links(broker):
    answer = broker.get("/", headers={"host": 'evil"><script>'})
    assert "script" not in answer.text


def test_very_deep_pacts_are_kept_compared_and_shown(broker):
    def deep(leaf):
        contract = pact()
        body = leaf
        for _ in range(900):
            body = {"a": body}
        contract["interactions"][0]["response"]["body"] = body
        contract["interactions"][0]["response"]["matchingRules"] = body
        return contract

    at = "/pacts/provider/stock/consumer/shop/version/1"
    assert broker.put(at, json=deep(1)).status_code in {201, 400}
    assert broker.put(at, json=deep(2)).status_code in {409, 400}
    assert broker.get("/ui/pacts/stock/shop/1").status_code in {200, 404}
