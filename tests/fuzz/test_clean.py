"""A correct service is accused of nothing, whatever the seed."""

import pytest


@pytest.mark.parametrize(
    ("name", "seed"), [("inventory", 0), ("inventory", 7), ("notifications", 0), ("orders", 0)]
)
def test_a_correct_service_has_no_findings(probe, name, seed):
    outcome, found = probe(name, seed=seed)
    assert outcome.requests < 14 * outcome.operations  # asking is dear
    assert found == []
    assert outcome.ended == ""
    assert outcome.requests > 5 * outcome.operations  # it did look


@pytest.mark.parametrize("name", ["inventory", "notifications", "orders"])
def test_a_correct_service_has_none_however_thoroughly_it_is_asked(probe, name):
    outcome, found = probe(name, thorough=True)
    assert found == []
    assert outcome.requests > 14 * outcome.operations
