"""Held against the checker of Apache Avro for Python, on which Karapace builds its own.

The profile ``karapace`` must give its verdict, in both directions, but for what is argued here.
"""

from __future__ import annotations

import importlib.util
import json
import warnings
from pathlib import Path

import pytest
from avro.errors import AvroException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apicheck.errors import ApicheckError
from apicheck.judge.policy import Layer, Policy
from apicheck.judge.selectors import parse
from apicheck.judge.verdict import by_card
from apicheck.model import Direction, Severity, Use
from avro import compatibility
from avro import schema as apache

_spec = importlib.util.spec_from_file_location(
    "avro_stories", Path(__file__).parent / "test_avro_near_misses.py"
)
_stories = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_stories)
STORIES = _stories.STORIES
record, field = _stories.record, _stories.field


def policy(avro, name):
    rules = avro.AVRO.rules()
    profile = avro.AVRO.profiles()[name]
    levels = tuple((parse(key, rules, name), level) for key, level in profile.levels.items())
    return Policy(layers=(Layer(rules=levels),), surfaces=profile.surfaces)


def ours(avro, old, new, profile="karapace"):
    """The directions that break under a profile."""
    wishes = policy(avro, profile)
    found = set()
    for change in avro.changes(old, new):
        for side in avro.sides_of(change):
            said = wishes.severity(change, Use(label="", side="", direction=side))
            level = by_card(change.rule, side, wishes.surfaces) if said is None else said
            if level is Severity.ERROR:
                found.add(side)
    return found


def theirs(old, new):
    """The directions that break for Apache's checker; None where it does not take the schemas."""
    try:
        with warnings.catch_warnings():
            # It warns of logical types that it does not know.
            warnings.simplefilter("ignore")
            one, other = (apache.parse(json.dumps(each)) for each in (old, new))
    except (AvroException, AttributeError):
        return None
    found = set()
    for side, reader, writer in (
        (Direction.INBOUND, other, one),
        (Direction.OUTBOUND, one, other),
    ):
        checker = compatibility.ReaderWriterCompatibilityChecker()
        result = checker.get_compatibility(reader, writer)
        if result.compatibility is not compatibility.SchemaCompatibilityType.compatible:
            found.add(side)
    return found


IN, OUT = Direction.INBOUND, Direction.OUTBOUND


@pytest.mark.parametrize("story", STORIES)
def test_verdicts_of_stories_agree(avro, story):
    old, new, _, _ = STORIES[story]
    said = theirs(old, new)
    assert said is not None
    assert ours(avro, old, new) == said


#: Schemas where the checker is wrong, or reads the specification otherwise: ours, theirs.
ARGUED = {
    # An alias without a namespace is in that of its type ("Aliases"): n.Old is known. The checker
    # holds the bare "Old" against the full name, and refuses.
    "an-alias-relative-to-its-namespace": (
        record(name="n.Old"),
        record(name="n.New", aliases=["Old"]),
        {OUT},
        {IN, OUT},
    ),
    # One field of the writer's fills two of the reader's, b by an alias: for the checker. Fastavro
    # takes it for the field of that name and misses b; Java takes it for b, and the default for c.
    "an-alias-that-is-the-name-of-another-field": (
        record(field("b", aliases=["c"]), field("c", default=0)),
        record(field("c", default=0)),
        {OUT},
        set(),
    ),
    # A reader resolves a branch against the first that matches by name, not against whichever is
    # compatible all the way down ("Schema Resolution", unions): n.A is read as n.A, and fails for
    # its new field. The checker finds that m.A, called alike, would do.
    "the-branch-of-the-same-name-reads": (
        [record(field("x"), name="n.A"), record(name="m.A")],
        [record(field("x"), field("y"), name="n.A"), record(name="m.A")],
        {IN},
        set(),
    ),
}


@pytest.mark.parametrize("story", ARGUED)
def test_argued_disagreements_stay_as_they_are(avro, story):
    old, new, mine, other = ARGUED[story]
    assert ours(avro, old, new) == mine
    assert theirs(old, new) == other


def is_argued(avro, contracts):
    """Whether one of the reasons above applies."""
    return any(avro.is_ambiguous(each.model) or has_own_alias(each.model) for each in contracts)


def has_own_alias(model):
    """Whether a field has the name of another of its record for an alias."""
    for node in model.names.values():
        names = {each.value.name for each in getattr(node.value, "fields", ())}
        if any(set(each.value.aliases) & names for each in getattr(node.value, "fields", ())):
            return True
    return False


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 10**9))
def test_verdicts_of_schemas_by_chance_agree(avro, seed):
    old, new = avro.pair(seed)
    try:
        contracts = [avro.contract(each) for each in (old, new)]
        said = theirs(old, new)
        if said is None or is_argued(avro, contracts):
            return
        assert ours(avro, old, new) == said
    except (ApicheckError, ExceptionGroup):
        return


@pytest.mark.parametrize(
    ("old", "new", "broken"),
    [
        (record(field("a")), record(), {OUT}),
        (record(), record(field("a")), {IN}),
        (record(field("a", "bytes")), record(field("a", "string")), set()),
        (
            record(field("a", {"type": "long", "logicalType": "timestamp-millis"})),
            record(field("a", {"type": "long", "logicalType": "timestamp-micros"})),
            set(),
        ),
        (record(name="n.A"), record(name="m.A"), set()),
    ],
    ids=["field-removed", "field-added", "bytes-to-string", "unit", "namespace"],
)
@pytest.mark.parametrize("profile", ["avro", "confluent", "karapace"])
def test_profiles_say_what_the_specification_says(avro, profile, old, new, broken):
    assert ours(avro, old, new, profile) == broken


def test_registries_default_to_backward(avro):
    profiles = avro.AVRO.profiles()
    assert profiles["avro"].compatibility is Direction.BOTH
    assert profiles["confluent"].compatibility is Direction.INBOUND
    assert profiles["karapace"].compatibility is Direction.INBOUND
