"""Whether a version may be deployed: yes, no, or not known, and never yes by oversight."""

import pytest
from tests.broker.small_pacts import can_i_deploy, deploy, environment, pact, publish, verify


@pytest.fixture
def production(broker):
    return environment(broker)


def test_every_deployed_provider_version_counts_not_only_the_newest(broker, production):
    publish(broker)
    verify(broker, "5", success=False)
    verify(broker, "6")
    deploy(broker, production, "stock", "5", instance="blue")
    deploy(broker, production, "stock", "6", instance="green")
    assert can_i_deploy(broker, "shop", "1")["deployable"] is False


def test_a_deployed_provider_version_without_result_is_not_known(broker, production):
    publish(broker)
    verify(broker, "6")
    broker.put("/pacticipants/stock/versions/7", json={})
    deploy(broker, production, "stock", "6", instance="blue")
    deploy(broker, production, "stock", "7", instance="green")
    assert can_i_deploy(broker, "shop", "1")["deployable"] is None


def test_a_provider_must_suit_every_deployed_consumer_and_no_other(broker, production):
    publish(broker)
    publish(broker, version="2", status=202)
    verify(broker, "6")
    deploy(broker, production, "shop", "1")
    assert can_i_deploy(broker, "stock", "6")["deployable"] is True
    deploy(broker, production, "shop", "2", instance="canary")
    assert can_i_deploy(broker, "stock", "6")["deployable"] is None
    verify(broker, "6", of="2", success=False)
    assert can_i_deploy(broker, "stock", "6")["deployable"] is False


@pytest.mark.usefixtures("production")
def test_a_provider_may_go_first(broker):
    publish(broker)
    verify(broker, "6")
    assert can_i_deploy(broker, "stock", "6")["deployable"] is True


def test_a_provider_that_the_version_no_longer_uses_is_not_asked_for(broker, production):
    publish(broker)
    publish(broker, version="2", contract=pact(provider="prices"))
    verify(broker, "9", of="2", provider="prices")
    deploy(broker, production, "prices", "9")
    assert can_i_deploy(broker, "shop", "2")["deployable"] is True
    assert can_i_deploy(broker, "shop", "1")["deployable"] is None


def test_only_the_last_result_of_a_version_counts(broker, production):
    publish(broker)
    verify(broker, "5", success=False)
    deploy(broker, production, "stock", "5")
    assert can_i_deploy(broker, "shop", "1")["deployable"] is False
    verify(broker, "5", success=True)
    assert can_i_deploy(broker, "shop", "1")["deployable"] is True


def test_a_comparison_with_the_contract_does_not_outdo_a_real_verification(broker, production):
    publish(broker)
    at = broker.get("/pacts/provider/stock/consumer/shop/version/1").json()["_links"]
    url = at["pb:publish-verification-results"]["href"]
    static = {"providerApplicationVersion": "5", "success": True, "kind": "static"}
    assert broker.post(url, json=static).status_code == 201
    deploy(broker, production, "stock", "5")
    assert can_i_deploy(broker, "shop", "1")["deployable"] is True
    verify(broker, "5", success=False)
    assert broker.post(url, json=static).status_code == 201
    assert can_i_deploy(broker, "shop", "1")["deployable"] is False


def test_equal_content_is_verified_already(broker, production):
    publish(broker, descriptions=("a", "b"))
    verify(broker, "5")
    deploy(broker, production, "stock", "5")
    publish(broker, version="2", descriptions=("b", "a"))
    assert can_i_deploy(broker, "shop", "2")["deployable"] is True
    publish(broker, version="3", descriptions=("b", "c"))
    assert can_i_deploy(broker, "shop", "3")["deployable"] is None


def test_what_was_undeployed_or_replaced_no_longer_counts(broker, production):
    publish(broker)
    verify(broker, "5", success=False)
    verify(broker, "6")
    deploy(broker, production, "stock", "5")
    deploy(broker, production, "stock", "6")
    assert can_i_deploy(broker, "shop", "1")["deployable"] is True


def test_releases_stand_side_by_side(broker, production):
    publish(broker)
    for version, success in (("5", False), ("6", True)):
        verify(broker, version, success=success)
        at = f"/pacticipants/stock/versions/{version}/released-versions/environment/{production}"
        assert broker.post(at, json={}).status_code == 201
    assert can_i_deploy(broker, "shop", "1")["deployable"] is False


def test_another_environment_is_another_matter(broker, production):
    publish(broker)
    verify(broker, "5")
    deploy(broker, production, "stock", "5")
    environment(broker, "test")
    assert can_i_deploy(broker, "shop", "1")["deployable"] is True
    assert can_i_deploy(broker, "shop", "1", "test")["deployable"] is None


@pytest.mark.usefixtures("production")
def test_a_version_that_does_not_exist_is_no(broker):
    publish(broker)
    found = can_i_deploy(broker, "shop", "9")
    assert found["deployable"] is False
    assert "version 9 of shop" in found["reason"]


def ask(broker, query):
    answer = broker.get(f"/matrix?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_two_versions_are_held_against_each_other(broker):
    publish(broker)
    verify(broker, "5")
    verify(broker, "6", success=False)
    both = "q[][pacticipant]=shop&q[][version]=1&q[][pacticipant]=stock&q[][version]="
    assert ask(broker, both + "5")["summary"]["deployable"] is True
    assert ask(broker, both + "6")["summary"]["deployable"] is False
    broker.put("/pacticipants/stock/versions/7", json={})
    assert ask(broker, both + "7")["summary"]["deployable"] is None


@pytest.mark.usefixtures("production")
def test_ignored_partners_are_shown_and_not_counted(broker):
    publish(broker)
    query = "q[][pacticipant]=shop&q[][version]=1&latestby=cvpv&environment=production"
    assert ask(broker, query)["summary"]["deployable"] is None
    found = ask(broker, query + "&ignore[][pacticipant]=stock")
    assert (found["summary"]["deployable"], found["summary"]["ignored"]) == (True, 1)
    assert found["matrix"][0]["ignored"] is True


def test_brackets_may_be_escaped_and_tags_are_surroundings_too(broker):
    publish(broker, tags=["dev"])
    verify(broker, "5")
    broker.put("/pacticipants/stock/versions/5/tags/dev", json={})
    query = "q%5B%5D%5Bpacticipant%5D=shop&q%5B%5D%5Btag%5D=dev&q%5B%5D%5Blatest%5D=true&tag=dev"
    found = ask(broker, query)
    assert found["summary"]["deployable"] is True
    assert found["matrix"][0]["provider"]["version"]["tags"][0]["name"] == "dev"


def test_unknown_names_are_a_list_of_errors(broker):
    answer = broker.get("/matrix?q[][pacticipant]=nope&environment=nowhere")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        "Pacticipant nope not found",
        "Environment with name 'nowhere' does not exist",
    ]


def test_badges_are_pictures_of_our_own(broker, production):
    publish(broker)
    at = "/pacticipants/shop/branches/main/latest-version/can-i-deploy/to-environment/production/badge"
    assert "can-i-deploy to production: unknown" in broker.get(at).text
    verify(broker, "5")
    deploy(broker, production, "stock", "5")
    answer = broker.get(at)
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "can-i-deploy to production: yes" in answer.text
    assert "verified" in broker.get("/pacts/provider/stock/consumer/shop/latest/badge.svg").text
    assert "http" not in answer.text.replace("http://www.w3.org/2000/svg", "")


def test_a_history_cut_short_is_never_a_yes(broker):
    for number in "123":
        publish(broker, version=number)
    verify(broker, "5")
    both = "/matrix?q[][pacticipant]=shop&q[][pacticipant]=stock"
    whole = broker.get(both).json()
    assert (len(whole["matrix"]), whole["summary"]["deployable"]) == (3, True)
    cut = broker.get(both + "&limit=2").json()
    assert [each["consumer"]["version"]["number"] for each in cut["matrix"]] == ["3", "2"]
    assert cut["summary"]["deployable"] is None
    assert cut["notices"][-1]["type"] == "warning"
    assert broker.get(both + "&limit=0").status_code == 400
