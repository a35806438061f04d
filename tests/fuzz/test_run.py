"""How a run goes when things are not as they should be."""

import pytest
from tests.fuzz.conftest import STAFF, described

from apicheck import judge
from apicheck.errors import SourceError
from apicheck.fuzz import run as running
from apicheck.fuzz.client import Client
from apicheck.fuzz.lab import Lab
from apicheck.fuzz.model import Breach, Exchange, Request
from apicheck.fuzz.phases import Budget
from apicheck.fuzz.probes.validation import INVALID
from apicheck.judge.policy import Policy
from apicheck.model import Severity


def test_the_budget_ends_a_run(probe):
    outcome, _ = probe("inventory", budget=Budget(requests=40))
    assert outcome.requests == 40
    assert "budget of 40 requests" in outcome.ended
    assert not outcome.died


def test_401_on_everything_asks_for_credentials(start):
    with start("inventory") as base, pytest.raises(SourceError, match="answered with 401"):
        running.run(described("inventory"), Client(base=base))


def test_another_contract_is_noticed(start):
    with start("inventory") as base, pytest.raises(SourceError, match="none of the paths"):
        running.run(described("inventory"), Client(base=f"{base}/elsewhere"))


def test_a_service_that_dies_midway_leaves_what_was_learnt(start, monkeypatch):
    ask = Client.send
    left = [100]

    def dying(self, request, **_):
        left[0] -= 1
        if left[0] < 0:
            return Exchange(request=request, status=0, failure="ConnectionRefusedError: refused")
        return ask(self, request)

    monkeypatch.setattr(Client, "send", dying)
    with start("inventory", fault="inventory.allow-first-only") as base:
        client = Client(base=base, headers=(("Authorization", f"Bearer {STAFF}"),))
        outcome = running.run(described("inventory"), client)
    assert outcome.died
    assert "went away" in outcome.ended
    assert [each.rule.id for each in running.changes(outcome.breaches, described("inventory"))] == [
        "http.allow-wrong"
    ]


def test_a_resource_is_found_through_its_monitor(start):
    with start("orders") as base:
        lab = Lab(
            described("orders"), Client(base=base, headers=(("Authorization", f"Bearer {STAFF}"),))
        )
        (order,) = lab.fresh("/orders/{orderId}/shipment").values()
        (other,) = lab.fresh("/orders/{orderId}").values()
    assert order != other


def test_what_cannot_be_checked_says_why(probe):
    outcome, _ = probe("notifications", operations=["isLive"])
    assert ("tags", "it has no ETag") in {(each.check, each.why) for each in outcome.skipped}


@pytest.mark.parametrize(
    ("status", "severity"),
    [(500, Severity.ERROR), (400, Severity.WARNING), (201, Severity.WARNING)],
)
def test_what_is_only_advised_against_is_an_error_where_the_service_fails(status, severity):
    asked = Exchange(request=Request(method="POST", target="/items"), status=status)
    breach = Breach(
        card=INVALID, operation="POST /items", probe=asked, expected="422", got=f"{status}"
    )
    (change,) = running.changes([breach], described("inventory"))
    (found,) = judge.judge([change], Policy(), None)
    assert (found.rule.id, found.severity) == (INVALID.rule.id, severity)
