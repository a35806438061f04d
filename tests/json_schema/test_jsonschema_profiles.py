"""What Confluent's registry says of open and closed schemas, with our findings."""

from __future__ import annotations

import pytest

from apicheck import api, formats
from apicheck.judge.policy import Layer, Policy
from apicheck.judge.selectors import parse
from apicheck.judge.verdict import by_card
from apicheck.model import Direction, Severity, Use

PROFILES = formats.named("jsonschema").profiles()
CATALOGUE = api.catalogue()
TEXT = {"type": "string"}
#: (closed, change, strict, lenient) as in Confluent's table for BACKWARD.
TABLE = [
    (False, "optional added", True, False),
    (True, "optional added", False, False),
    (False, "required added", True, True),
    (True, "required added", True, True),
    (False, "removed", False, False),
    (True, "removed", True, False),
    (False, "closed", True, False),
    (False, "made required", True, True),
    (False, "made optional", False, False),
    (False, "format added", False, False),
    (False, "pattern changed", True, True),
    (False, "default changed", False, False),
]


def schema(closed, **more):
    value = {"type": "object", "properties": {"id": TEXT}, **more}
    return {**value, "additionalProperties": False} if closed else value


def sides(closed, what):
    two = {"properties": {"id": TEXT, "sku": TEXT}}
    plain = schema(closed)

    def typed(**keywords):
        return schema(closed, properties={"id": {**TEXT, **keywords}})

    return {
        "optional added": (plain, schema(closed, **two)),
        "required added": (plain, schema(closed, **two, required=["sku"])),
        "removed": (schema(closed, **two), plain),
        "closed": (plain, schema(closed=True)),
        "made required": (plain, schema(closed, required=["id"])),
        "made optional": (schema(closed, required=["id"]), plain),
        "format added": (plain, typed(format="email")),
        "pattern changed": (typed(pattern="^a"), typed(pattern="^b")),
        "default changed": (typed(default="a"), typed(default="b")),
    }[what]


def refused(changes, profile, direction):
    rows = tuple((parse(name, CATALOGUE, "profile"), each) for name, each in profile.levels.items())
    policy = Policy(layers=(Layer(rules=rows),), surfaces=profile.surfaces)
    part = Use(label="", side="", direction=direction)
    return any(
        Severity.ERROR
        is (policy.severity(each, part) or by_card(each.rule, direction, policy.surfaces))
        for each in changes
        if each.direction in {direction, Direction.BOTH}
    )


@pytest.mark.parametrize(("closed", "what", "strict", "lenient"), TABLE, ids=str)
def test_backward_is_inbound_and_forward_is_outbound_of_the_swapped_pair(
    changes, closed, what, strict, lenient
):
    old, new = sides(closed, what)
    for name, expected in (
        ("confluent", strict),
        ("confluent-lenient", lenient),
        ("karapace", strict),
    ):
        profile = PROFILES[name]
        assert refused(changes(old, new), profile, Direction.INBOUND) == expected
        assert refused(changes(new, old), profile, Direction.OUTBOUND) == expected


def test_profiles_say_which_direction_counts():
    assert {each.compatibility for each in PROFILES.values()} == {Direction.INBOUND}
