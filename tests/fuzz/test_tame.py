"""What makes values from a contract is not made to choke on it."""

import pytest

from apicheck.fuzz.tame import is_wild, tamed


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^((a|aa)+)+b?$", "^(x*)*$(?<!x)", r"^(\d+)*[^\d]$", "^(a|a)*$"]
)
def test_a_pattern_that_takes_for_ever_is_wild(pattern):
    assert is_wild(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "^[A-Z]{3}-[0-9]+$",
        r"^([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,63}$",
        "^(foo|bar)$",
        r"^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$",
        "(",
    ],
)
def test_patterns_of_everyday_are_not(pattern):
    assert not is_wild(pattern)


def test_what_is_endless_is_left_out_and_the_rest_is_kept():
    schema = {
        "type": "object",
        "minProperties": 10**9,
        "patternProperties": {"^(a+)+$": {}},
        "properties": {
            "pattern": {"type": "string", "pattern": "^a+$", "minLength": 10**9},
            "list": {"type": "array", "minItems": 10**6, "items": {"pattern": "^(a+)+$"}},
            "few": {"type": "array", "minItems": 2},
        },
    }
    assert tamed(schema) == {
        "type": "object",
        "properties": {
            "pattern": {"type": "string", "pattern": "^a+$"},
            "list": {"type": "array", "items": {}},
            "few": {"type": "array", "minItems": 2},
        },
    }
