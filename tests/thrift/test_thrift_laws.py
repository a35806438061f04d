"""Laws over random contracts: silence, mirrors, independence, and no crash on what parses."""

from __future__ import annotations

import importlib.util
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apicheck import formats
from apicheck.errors import ApicheckError

_spec = importlib.util.spec_from_file_location(
    "contracts", Path(__file__).with_name("contracts.py")
)
contracts = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(contracts)

MIRRORS = {
    rule.id.removeprefix("thrift."): (rule.mirror or rule.id).removeprefix("thrift.")
    for rule in formats.named("thrift").rules()
}
CALM = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def counted(found, name=lambda rule: rule):
    """How often each rule fired; an id below others is an added one.

    What stands on one side only may be met beside two things of the other: that is one.
    """
    seen = set()
    for index, change in enumerate(found):
        rule = name(change.rule.id.removeprefix("thrift.")).replace("inserted", "added")
        alone = rule.endswith(("added", "removed"))
        seen.add((rule, change.path if alone else index))
    return Counter(rule for rule, _ in seen)


@pytest.mark.parametrize("seed", range(60))
def test_a_contract_does_not_differ_from_itself_however_it_is_written(rules, seed):
    text = contracts.contract(random.Random(seed))
    assert rules(text, text) == []
    assert rules(text, re.sub(r"\s+", "\n", text).replace(",", " , ")) == []
    lines = text.split("\n")
    random.Random(seed).shuffle(lines)
    assert rules(text, "\n".join(lines)) == []


@pytest.mark.parametrize("seed", range(150))
def test_the_swapped_pair_fires_the_mirrors(changes, seed):
    chance = random.Random(seed)
    old, new = contracts.contract(chance), contracts.contract(chance)
    assert counted(changes(old, new)) == counted(changes(new, old), MIRRORS.__getitem__)


@pytest.mark.parametrize("seed", range(30))
def test_a_service_more_changes_no_other_finding(changes, seed):
    chance = random.Random(seed)
    old, new = contracts.contract(chance), contracts.contract(chance)
    more = "\nstruct Apart { 1: i32 a } service Unrelated { Apart f(1: Apart a) }"

    def told(one, two):
        return [(each.rule.id, each.path, each.direction) for each in changes(one, two)]

    assert told(old + more, new + more) == told(old, new)


@pytest.mark.parametrize("seed", range(30))
def test_one_change_fires_what_it_is(rules, seed):
    chance = random.Random(seed)
    text = contracts.contract(chance)
    number = chance.randrange(4)
    head = re.search(rf"(struct|union|exception) S{number} {{", text)
    added = {"union": "union-field-added"}.get(head[1], "optional-field-added")
    new = text.replace(head[0], f"{head[0]} 99: optional i32 zz,")
    assert rules(text, new) == [added]


@pytest.mark.parametrize("seed", range(30))
def test_renaming_every_type_hurts_nobody_on_the_wire(changes, seed):
    text = contracts.contract(random.Random(seed))
    for change in changes(text, re.sub(r"\b([SE])(\d)\b", r"\1\2Renamed", text)):
        assert {each.value for each in change.rule.surfaces} == {"source"}, change.rule.id


TEXTS = st.integers(0, 10**6).map(lambda seed: contracts.contract(random.Random(seed), size=2))


@CALM
@given(TEXTS, st.data())
def test_a_broken_text_gives_an_error_and_no_crash(changes, text, data):
    words = text.split(" ")
    at = data.draw(st.integers(0, len(words) - 1))
    other = data.draw(st.sampled_from([*words, "", "}", "S0", "T1", "required", "1:", "list<"]))
    broken = " ".join([*words[:at], other, *words[at + 1 :]])
    try:
        found = changes(text, broken)
    except ApicheckError:
        return
    for change in found:
        assert change.rule.message.format(**change.values)
        assert change.uses
        for place in (change.old, change.new):
            assert place is None or place.span().line >= 1


def test_a_knot_of_structs_is_compared_in_its_size(rules):
    def text(kind):
        names = [f"S{number}" for number in range(120)]
        body = ", ".join(
            f"{number + 1}: optional {name} f{number}" for number, name in enumerate(names)
        )
        structs = " ".join(f"struct {name} {{ {body}, 999: {kind} x }}" for name in names)
        methods = " ".join(f"{name} f{name}(1: {name} a)" for name in names)
        return f"{structs} service V {{ {methods} }}"

    assert rules(text("i32"), text("i64")) == ["field-type-changed"] * 120
