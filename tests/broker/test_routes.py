"""Every address that the Pact Broker 2.120 has, on one small data set, and what it says."""

import httpx
import pytest
from tests.broker.conftest import running
from tests.broker.small_pacts import deploy, environment, pact, publish, verify

from apicheck.broker.calls import Settings

PAIR = "/pacts/provider/a%2Fb/consumer/Example%20App"


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """Names with a slash and a space; two contents, results, a place, labels and a webhook."""
    path = tmp_path_factory.mktemp("broker") / "b.db"
    settings = Settings(webhook_hosts=("hooks.example.com",))
    with running(path, settings) as url, httpx.Client(base_url=url, timeout=30) as client:
        names = {"consumer": "Example App", "provider": "a/b"}
        publish(client, version="1", branch="main", tags=("dev",), **names)
        publish(client, version="2", branch="feat/x", status=404, **names)
        client.put("/pacticipants/a%2Fb/branches/main/versions/5", json={})
        for of, success in (("1", True), ("2", False)):
            at = f"{PAIR}/version/{of}"
            verify_at = client.get(at).json()["_links"]["pb:publish-verification-results"]["href"]
            data = {"providerApplicationVersion": "5", "success": success}
            assert client.post(verify_at, json=data).status_code == 201
        client.put("/pacticipants/a%2Fb/versions/5/tags/prod", json={})
        client.put("/pacticipants/a%2Fb/labels/team%20a", json={})
        client.uuid = environment(client)
        client.deployed = deploy(client, client.uuid, "a%2Fb", "5")["uuid"]
        hook = {
            "events": [{"name": "contract_published"}],
            "request": {"method": "POST", "url": "https://hooks.example.com/"},
        }
        made = client.post("/webhooks/provider/a%2Fb/consumer/Example%20App", json=hook)
        assert made.status_code == 201, made.text
        assert made.status_code == 201, made.text
        client.hook = made.json()["uuid"]
        client.sha = client.get(f"{PAIR}/version/1").json()["_links"]["pb:pact-version"]["href"]
        client.sha = client.sha.rpartition("/")[2]
        yield client


ADDRESSES = """
/ /? /metrics /integrations /dashboard /relationships /labels /groups/Example%20App
/dashboard/provider/a%2Fb/consumer/Example%20App /diagnostic/status/heartbeat
/pacts/latest /pacts/latest/dev /pacts/branch/feat%2Fx/latest /pacts/main-branch/latest
/pacts/provider/a%2Fb /pacts/provider/a%2Fb/latest /pacts/provider/a%2Fb/latest/dev
/pacts/provider/a%2Fb/tag/dev /pacts/provider/a%2Fb/branch /pacts/provider/a%2Fb/branch/main
/pacts/provider/a%2Fb/branch/latest /pacts/provider/a%2Fb/branch/main/latest
/pacts/provider/a%2Fb/for-verification /pacts/provider/a%2Fb/provider-states
/pacts/provider/a%2Fb/provider-states/branch/main
/pacts/provider/a%2Fb/provider-states/environment/{uuid}
PAIR/versions PAIR/version/1 PAIR/versions/1 PAIR/tag/dev PAIR/branch/main
PAIR/latest PAIR/latest/dev PAIR/latest-untagged PAIR/branch/main/latest PAIR/branch/latest
PAIR/pact-version/{sha} PAIR/pact-version/{sha}/metadata/Y3Y9MQ
PAIR/version/2/previous-distinct PAIR/version/2/diff/previous-distinct
PAIR/version/1/diff/version/2 PAIR/pact-version/{sha}/diff/pact-version/{sha}
PAIR/pact-version/{sha}/verification-results/1
PAIR/pact-version/{sha}/verification-results/latest
PAIR/pact-version/{sha}/metadata/Y3Y9MQ/verification-results/1
PAIR/version/1/verification-results/latest PAIR/latest/verification-results/latest
PAIR/latest/dev/verification-results/latest PAIR/version/1/triggered-webhooks
/verification-results/consumer/Example%20App/version/1/latest
PAIR/webhooks PAIR/webhooks/status
PAIR/latest/badge PAIR/latest/badge.svg PAIR/latest/dev/badge PAIR/latest-untagged/badge
/pacticipants /pacticipants/label/team%20a /pacticipants/a%2Fb
/pacticipants/a%2Fb/labels/team%20a /pacticipants/a%2Fb/versions /pacticipants/a%2Fb/versions/5
/pacticipants/a%2Fb/versions/5/tags/prod /pacticipants/a%2Fb/tags/prod/versions
/pacticipants/a%2Fb/latest-version /pacticipants/a%2Fb/latest-version/prod
/pacticipants/a%2Fb/branches /pacticipants/a%2Fb/branches/main
/pacticipants/Example%20App/branches/feat%2Fx
/pacticipants/a%2Fb/branches/main/versions /pacticipants/a%2Fb/branches/main/versions/5
/pacticipants/a%2Fb/branches/main/latest-version
/pacticipants/a%2Fb/branches/main/latest-version/can-i-deploy/to-environment/production
/pacticipants/a%2Fb/branches/main/latest-version/can-i-deploy/to-environment/production/badge
/pacticipants/a%2Fb/main-branch/can-i-merge/badge
/pacticipants/Example%20App/latest-version/dev/can-i-deploy/to/prod
/pacticipants/Example%20App/latest-version/dev/can-i-deploy/to/prod/badge
/pacticipants/a%2Fb/versions/5/deployed-versions/environment/{uuid}
/pacticipants/a%2Fb/versions/5/released-versions/environment/{uuid}
/environments /environments/{uuid} /environments/{uuid}/deployed-versions/currently-deployed
/environments/{uuid}/released-versions/currently-supported /deployed-versions/{deployed}
/matrix?q[][pacticipant]=Example+App&q[][version]=1&latestby=cvpv&environment=production
/matrix/provider/a%2Fb/consumer/Example%20App
/matrix/provider/a%2Fb/latest/prod/consumer/Example%20App/latest/dev/badge
/can-i-deploy?pacticipant=Example%20App&version=1&environment=production
/can-i-deploy?pacticipant=Example%20App&version=1&to=prod
/webhooks /webhooks/{hook} /webhooks/{hook}/triggered-webhooks /webhooks/provider/a%2Fb
/webhooks/consumer/Example%20App /webhooks/provider/a%2Fb/consumer/Example%20App
"""
ROUTES = ADDRESSES.split()


def at(client, route):
    for name in ("uuid", "sha", "deployed", "hook"):
        route = route.replace("{" + name + "}", getattr(client, name))
    return route.replace("PAIR", PAIR)


@pytest.mark.parametrize("route", ROUTES)
def test_each_address_answers(full, route):
    answer = full.get(at(full, route))
    assert answer.status_code == 200, answer.text
    head = full.head(at(full, route))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.content))
    options = full.options(at(full, route))
    assert "GET" in options.headers["allow"]


def links(value):
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "href" and isinstance(each, str):
                yield each, value.get("templated", False)
            else:
                yield from links(each)
    elif isinstance(value, list):
        for each in value:
            yield from links(each)


def test_every_link_in_every_answer_leads_somewhere(full):
    allowed = set()
    for route in ROUTES:
        answer = full.get(at(full, route))
        if "json" not in answer.headers["content-type"]:
            continue
        allowed |= {(answer.url.path, *each) for each in links(answer.json())}
    checked = {}
    for where, link, templated in sorted(allowed):
        href = link.replace("{", "x").replace("}", "x") if templated else link
        if "/doc/" in href:
            continue
        if href not in checked:
            options = full.options(href)
            checked[href] = options.status_code
        assert checked[href] == 200, (where, href)
        if not templated and "GET" in full.options(href).headers["allow"]:
            assert full.get(href).status_code in {200, 404}, (where, href)
    assert len(checked) > 80


def test_the_difference_of_two_pacts_names_what_changed(full):
    for route in ("/version/2/diff/previous-distinct", "/version/2/diff/version/1"):
        text = full.get(PAIR + route).text
        assert "~ $.response.status: 200 -> 404" in text
    assert full.get(f"{PAIR}/version/1/diff/previous-distinct").status_code == 404


def test_the_overviews_say_how_it_stands(full):
    (one,) = full.get("/integrations").json()["_embedded"]["integrations"]
    assert (one["consumer"]["name"], one["verificationStatus"]) == ("Example App", "failed")
    (item,) = full.get("/dashboard").json()["items"]
    assert item["provider"]["version"] == {"number": "5"}
    assert item["latestVerificationResult"]["success"] is False
    assert full.get("/groups/a%2Fb").text.splitlines() == [
        "1,Example App,1,1,0,1,2",
        "2,a/b,1,1,0,2,0",
    ]
    assert full.get("/labels").json()["_embedded"]["labels"] == [{"name": "team a"}]
    counts = full.get("/metrics", headers={"accept": "application/json"}).json()
    assert counts["pacts"] == {"count": 2}


def test_provider_states_by_branch_and_place(full):
    wanted = [{"name": "there is one", "params": {}, "consumers": ["Example App"]}]
    base = "/pacts/provider/a%2Fb/provider-states"
    assert full.get(base).json()["providerStates"] == wanted
    assert full.get(f"{base}/branch/nope").json()["providerStates"] == []
    # The consumer is not there, only the provider.
    assert full.get(at(full, base + "/environment/{uuid}")).json()["providerStates"] == []


def test_provider_states_are_those_of_the_main_branch(broker):
    contract = pact()
    publish(broker, version="1", branch="main", contract=contract)
    contract["interactions"][0]["providerStates"] = [{"name": "only tried out"}]
    publish(broker, version="2", branch="feat/x", contract=contract)
    base = "/pacts/provider/stock/provider-states"
    names = [each["name"] for each in broker.get(base).json()["providerStates"]]
    assert names == ["there is one"]
    tried = broker.get(base + "/branch/feat%2Fx").json()["providerStates"]
    assert [each["name"] for each in tried] == ["only tried out"]


def test_a_branch_of_pacts_is_deleted_truly_or_not_found(broker):
    publish(broker, version="1", branch="main")
    publish(broker, version="2", branch="feat/x", status=404)
    pair = "/pacts/provider/stock/consumer/shop"
    assert broker.delete(f"{pair}/branch/feat%2Fx").status_code == 204
    assert broker.get(f"{pair}/version/2").status_code == 404
    assert broker.get(f"{pair}/version/1").status_code == 200
    assert broker.delete(f"{pair}/branch/feat%2Fx").status_code == 404


def test_branches_are_deleted_but_for_the_main_one_and_those_excluded(broker):
    for number, branch in enumerate(("main", "old", "kept")):
        publish(broker, version=str(number), branch=branch)
    said = broker.delete("/pacticipants/shop/branches?exclude[]=kept").json()
    assert said["notices"][0]["text"] == "1 branches of shop deleted: old"
    left = broker.get("/pacticipants/shop/branches").json()["_embedded"]["branches"]
    assert {each["name"] for each in left} == {"main", "kept"}


def test_an_integration_is_deleted_with_its_results(broker):
    publish(broker)
    verify(broker, "5")
    assert broker.delete("/integrations/provider/stock/consumer/shop").status_code == 204
    assert broker.get("/integrations").json()["_embedded"]["integrations"] == []
    assert "apicheck_broker_verification_results 0\n" in broker.get("/metrics").text
    assert broker.get("/pacticipants/shop/versions/1").status_code == 200
    assert broker.delete("/integrations/provider/stock/consumer/shop").status_code == 404


def test_a_wrong_method_is_told_which_are_right(broker):
    answer = broker.delete("/pacts/latest")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert broker.options("/nothing/here/at/all").status_code == 404
