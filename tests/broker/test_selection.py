"""Which pacts a provider is given to verify, and which of them may fail its build."""

import pytest
from tests.broker.small_pacts import deploy, environment, publish, verify


def chosen(broker, *selectors, **asked):
    answer = broker.post(
        "/pacts/provider/stock/for-verification",
        json={"consumerVersionSelectors": list(selectors), **asked},
    )
    assert answer.status_code == 200, answer.text
    found = []
    for each in answer.json()["_embedded"]["pacts"]:
        name = each["_links"]["self"]["name"]
        properties = each["verificationProperties"]
        flags = [key for key in ("pending", "wip") if properties.get(key)]
        found.append((name.partition("(")[2].partition(")")[0], *flags))
    return found


@pytest.fixture
def several(broker):
    """Versions 1 and 2 on main, 3 on feat/x, 4 on main again; each of other content."""
    for number, branch in ((1, "main"), (2, "main"), (3, "feat/x"), (4, "main")):
        publish(
            broker, version=str(number), branch=branch, status=200 + number, tags=[f"t{number % 2}"]
        )
    return environment(broker)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"mainBranch": True}, ["4"]),
        ({"branch": "feat/x"}, ["3"]),
        ({"branch": True}, ["3", "4"]),
        ({"branch": "none"}, []),
        ({"branch": "none", "fallbackBranch": "feat/x"}, ["3"]),
        ({"branch": "main", "fallbackBranch": "feat/x"}, ["4"]),
        ({"latest": True}, ["4"]),
        ({"tag": "t1"}, ["1", "3"]),
        ({"tag": "t1", "latest": True}, ["3"]),
        ({"tag": "t9", "latest": True, "fallbackTag": "t0"}, ["4"]),
        ({"mainBranch": True, "consumer": "another"}, []),
        ({"deployed": True}, []),
    ],
    ids=str,
)
@pytest.mark.usefixtures("several")
def test_selectors(broker, selector, expected):
    assert sorted(each[0] for each in chosen(broker, selector)) == expected


def test_deployed_and_released_by_environment(broker, several):
    deploy(broker, several, "shop", "2")
    at = f"/pacticipants/shop/versions/1/released-versions/environment/{several}"
    broker.post(at, json={})
    assert chosen(broker, {"deployed": True}) == [("2",)]
    assert chosen(broker, {"released": True}) == [("1",)]
    assert chosen(broker, {"environment": "production"}) == [("2",), ("1",)]
    assert chosen(broker, {"deployedOrReleased": True, "environment": "test"}) == []
    # Without selectors: the main branch, and whatever is out there.
    assert sorted(chosen(broker)) == [("1",), ("2",), ("4",)]


@pytest.mark.usefixtures("several")
def test_the_matching_branch_is_that_of_the_provider(broker):
    selector = {"matchingBranch": True}
    assert chosen(broker, selector, providerVersionBranch="feat/x") == [("3",)]


def test_equal_content_is_one_pact_with_every_reason(broker):
    publish(broker, version="1", branch="main")
    publish(broker, version="2", branch="feat/x")
    answer = broker.post(
        "/pacts/provider/stock/for-verification",
        json={"consumerVersionSelectors": [{"mainBranch": True}, {"branch": "feat/x"}]},
    )
    (found,) = answer.json()["_embedded"]["pacts"]
    assert (
        found["shortDescription"] == "latest from main branch 'main', latest from branch 'feat/x'"
    )


@pytest.mark.usefixtures("several")
def test_pending_until_a_version_of_this_branch_passed(broker):
    main = {"providerVersionBranch": "main", "includePendingStatus": True}
    assert chosen(broker, {"mainBranch": True}, **main) == [("4", "pending")]
    verify(broker, "p1", of="4", branch="other")
    assert chosen(broker, {"mainBranch": True}, **main) == [("4", "pending")]
    verify(broker, "p2", of="4", branch="main", success=False)
    assert chosen(broker, {"mainBranch": True}, **main) == [("4", "pending")]
    verify(broker, "p3", of="4", branch="main")
    assert chosen(broker, {"mainBranch": True}, **main) == [("4",)]
    assert chosen(broker, {"mainBranch": True}, providerVersionBranch="new") == [("4",)]


@pytest.mark.usefixtures("several")
def test_wip_are_the_heads_nobody_selected_and_this_branch_never_passed(broker):
    asked = {
        "providerVersionBranch": "main",
        "includePendingStatus": True,
        "includeWipPactsSince": "2020-01-01",
    }
    assert chosen(broker, {"mainBranch": True}, **asked) == [("4", "pending")]  # no branch yet
    verify(broker, "p1", of="4", branch="main")
    assert chosen(broker, {"mainBranch": True}, **asked) == [("4",), ("3", "pending", "wip")]
    late = {**asked, "includeWipPactsSince": "2099-01-01"}
    assert chosen(broker, {"mainBranch": True}, **late) == [("4",)]
    verify(broker, "p2", of="3", branch="main")
    assert chosen(broker, {"mainBranch": True}, **asked) == [("4",)]


@pytest.mark.usefixtures("several")
def test_a_wip_result_does_not_end_wip(broker):
    verify(broker, "p1", of="4", branch="main")
    asked = {
        "consumerVersionSelectors": [{"mainBranch": True}],
        "providerVersionBranch": "main",
        "includePendingStatus": True,
        "includeWipPactsSince": "2020-01-01",
    }
    at = "/pacts/provider/stock/for-verification"
    wip = broker.post(at, json=asked).json()["_embedded"]["pacts"][1]
    pact = broker.get(wip["_links"]["self"]["href"]).json()
    broker.post(
        pact["_links"]["pb:publish-verification-results"]["href"],
        json={"providerApplicationVersion": "p1", "success": True},
    )
    again = broker.post(at, json=asked).json()["_embedded"]["pacts"]
    assert [each["verificationProperties"].get("wip") for each in again] == [None, True]


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"includeWipPactsSince": "soon", "providerVersionBranch": "m"}, "includeWipPactsSince", "must be a date"),
        ({"includeWipPactsSince": "2020-01-01"}, "includeWipPactsSince", "needs providerVersionBranch"),
        ({"consumerVersionSelectors": [{}]}, "consumerVersionSelectors", "must specify one of"),
        ({"consumerVersionSelectors": [{"tag": "t", "branch": "b"}]}, "consumerVersionSelectors", "tag together with branch"),
        ({"consumerVersionSelectors": [{"mainBranch": True, "deployed": True}]}, "consumerVersionSelectors", "deployed together with mainBranch"),
        ({"consumerVersionSelectors": [{"latest": True}, {"matchingBranch": True}]}, "consumerVersionSelectors", "(at index 1)"),
        ({"consumerVersionSelectors": [{"tag": "t", "fallbackTag": "u"}]}, "consumerVersionSelectors", "fallbackTag needs"),
        ({"consumerVersionSelectors": [{"mainbranch": True}]}, "consumerVersionSelectors", "mainbranch is not a known"),
        ({"consumerVersionSelectors": "main"}, "consumerVersionSelectors", "must be a list"),
        ({"includePendingStatus": "yes"}, "includePendingStatus", "true or false"),
    ],
    ids=lambda value: str(value)[:50],
)  # fmt: skip
@pytest.mark.usefixtures("several")
def test_wrong_questions_are_refused_by_field(broker, asked, field, words):
    answer = broker.post("/pacts/provider/stock/for-verification", json=asked)
    assert answer.status_code == 400
    assert any(words in each for each in answer.json()["errors"][field])


@pytest.mark.usefixtures("several")
def test_the_older_form_by_get_answers_too(broker):
    answer = broker.get("/pacts/provider/stock/for-verification")
    assert len(answer.json()["_embedded"]["pacts"]) == 1
    assert broker.get("/pacts/provider/nobody/for-verification").status_code == 404
