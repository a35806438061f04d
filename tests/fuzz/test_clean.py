"""A correct service is accused of nothing, whatever the seed."""

import pytest


@pytest.mark.parametrize(
    ("name", "seed"), [("inventory", 0), ("inventory", 7), ("notifications", 0), ("orders", 0)]
)
def test_a_correct_service_has_no_findings(probe, name, seed):
    outcome, found = probe(name, seed=seed)
    assert found == []
    assert outcome.ended == ""
    assert outcome.requests > 5 * outcome.operations  # it did look
