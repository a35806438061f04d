"""What can-i-deploy says of each integration, of our broker and of the Pact Broker's answers."""

import json

import pytest
from tests.broker.small_pacts import deploy, environment, pact, publish, verify

from apicheck import cli
from apicheck.broker import answer
from apicheck.broker.answer import How, Target
from apicheck.broker.client import Said


@pytest.fixture
def run(broker, capsys, monkeypatch):
    monkeypatch.setenv("PACT_BROKER_BASE_URL", str(broker.base_url))

    def _run(*arguments):
        code = cli.run(["can-i-deploy", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return _run


SHOP = ("-a", "shop", "-e", "1")


def test_never_tested_and_no_contract_are_told_apart(run, broker):
    publish(broker)
    for name in ("stock", "prices"):
        broker.put(f"/pacticipants/{name}/versions/5", json={})
    code, said, _ = run(*SHOP, "-a", "stock", "-e", "5")
    assert (code, "never verified  the pact of shop 1 and stock" in said) == (3, True)
    code, said, _ = run(*SHOP, "-a", "prices", "-e", "5")
    assert code == 6
    assert said.startswith("not known: ")
    assert "no contract  prices has no contract with shop: nothing was compared" in said
    verify(broker, "5")
    code, said, _ = run(*SHOP, "-a", "stock", "-e", "5")
    assert (code, said.startswith("yes: ")) == (0, True)


def test_of_three_that_hang_together_none_is_a_stranger(run, broker):
    publish(broker)
    verify(broker, "5")
    publish(broker, version="5", contract=pact(consumer="stock", provider="prices"))
    verify(broker, "9", of="5", consumer="stock", provider="prices")
    code, said, _ = run(*SHOP, "-a", "stock", "-e", "5", "-a", "prices", "-e", "9")
    assert code == 0, said


def test_an_ignored_partner_is_shown_and_does_not_count(run, broker):
    publish(broker)
    where = environment(broker)
    verify(broker, "5", success=False)
    deploy(broker, where, "stock", "5")
    code, said, _ = run(*SHOP, "--to-environment", "production", "--ignore", "stock")
    assert (code, "ignored" in said) == (0, True)


def test_with_what_has_a_tag(run, broker):
    publish(broker)
    verify(broker, "5", success=False)
    verify(broker, "6")
    code, said, _ = run(*SHOP, "--to-tag", "prod")
    assert (code, "never verified with what is tagged prod" in said) == (3, True)
    broker.put("/pacticipants/stock/versions/6/tags/prod", json={})
    assert run(*SHOP, "--to-tag", "prod")[0] == 0
    broker.put("/pacticipants/stock/versions/5/tags/test", json={})
    assert run(*SHOP, "--to-tag", "test")[0] == 1


def test_with_the_newest_of_a_branch(run, broker):
    publish(broker)
    code, said, _ = run(*SHOP, "--to-branch", "release")
    assert (code, "no version of stock is on branch release" in said) == (4, True)
    verify(broker, "5", branch="release")
    assert run(*SHOP, "--to-branch", "release")[0] == 0
    verify(broker, "6", branch="release", success=False)
    assert run(*SHOP, "--to-branch", "release")[0] == 1
    # Newer, and never asked.
    broker.put("/pacticipants/stock/branches/release/versions/7", json={})
    assert run(*SHOP, "--to-branch", "release")[0] == 3
    assert run("-a", "shop", "-e", "77", "--to-branch", "release")[0] == 5
    # From a version that uses nobody any more nothing is required.
    broker.put("/pacticipants/shop/versions/2", json={})
    assert run("-a", "shop", "-e", "2", "--to-branch", "release")[0] == 0


def test_the_newest_of_a_branch_may_be_asked_about(run, broker):
    publish(broker, branch="feat/x")
    environment(broker)
    code, said, _ = run("-a", "shop", "--branch", "feat/x", "--to-environment", "production")
    assert (code, "not deployed" in said) == (4, True)
    code, said, _ = run("-a", "shop", "--branch", "nope", "--to-environment", "production")
    assert (code, "knows no version of shop on nope" in said) == (5, True)


def test_one_target_at_a_time(run):
    code, _, said = run(*SHOP, "--to-environment", "x", "--to-main")
    assert (code, "give one of" in said) == (2, True)


def test_it_asks_again_while_something_is_not_known(run, broker, monkeypatch):
    publish(broker)
    verify(broker, "4", branch="main", success=True)
    broker.put("/pacticipants/stock/branches/main/versions/5", json={})
    waited = []

    def wait(seconds):
        waited.append(seconds)
        if len(waited) == 2:
            verify(broker, "5")

    monkeypatch.setattr("apicheck.cli.commands.can_i_deploy.time.sleep", wait)
    more = ("--to-main", "--retry-while-unknown", "5", "--retry-interval", "3", "-f", "json")
    code, said, error = run(*SHOP, *more)
    assert (code, waited, json.loads(said)["deployable"]) == (0, [3.0, 3.0], True)
    assert "asking again in 3 s (1 of 5)" in error


class Recorded:
    """The Pact Broker's answers, which say less than ours where there is no result."""

    url = "http://broker"

    def __init__(self, **answers):
        self._answers = answers

    def ask(self, _method, at):
        found = next((data for key, data in self._answers.items() if key in at), None)
        return Said(status=404 if found is None else 200, data=found or {})

    def get(self, at):
        return self.ask("GET", at).data

    def well(self, said, _at):
        return said.data


ROW = {
    "consumer": {"name": "shop", "version": {"number": "1"}},
    "provider": {"name": "stock", "version": None},
    "verificationResult": None,
}
PRODUCTION = {"_embedded": {"environments": [{"name": "production", "uuid": "u"}]}}
TO = Target(environment="production")


def summary(deployable, *rows):
    return {"summary": {"deployable": deployable, "reason": "why"}, "matrix": list(rows)}


def test_a_provider_that_is_asked_about_is_not_called_undeployed():
    broker = Recorded(matrix=summary(None, ROW), environments=PRODUCTION, versions={})
    asked = [{"pacticipant": "stock", "version": "5"}]
    (found,) = answer.ask(broker, asked, TO).findings
    assert (found.how, found.provider_version) == (How.UNVERIFIED, "5")


def test_an_integration_without_a_row_is_found_by_the_links_of_the_version():
    links = [{"href": "http://broker/pacts/provider/a%2Fb/consumer/shop/version/1"}]
    version = {"number": "1", "_links": {"pb:pact-versions": links}}
    broker = Recorded(matrix=summary(None), versions=version, environments=PRODUCTION, currently={})
    found = answer.ask(broker, [{"pacticipant": "shop", "version": "1"}], TO)
    (one,) = found.findings
    assert (one.provider, one.how, found.code) == ("a/b", How.NOT_DEPLOYED, 4)


@pytest.mark.parametrize("data", [{}, {"summary": {"deployable": "yes"}}, {"summary": 7}])
def test_an_answer_that_is_no_matrix_is_not_a_yes(data):
    from apicheck.errors import SourceError

    broker = Recorded(matrix=data, environments=PRODUCTION)
    with pytest.raises(SourceError):
        answer.ask(broker, [{"pacticipant": "shop", "version": "1"}], TO)
