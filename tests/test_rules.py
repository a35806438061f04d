"""Laws of the catalogue, over every card there is."""

from __future__ import annotations

import importlib.util
import re
import string
from pathlib import Path

import pytest

from apicheck import api
from apicheck.model import Effect, Ground

_spec = importlib.util.spec_from_file_location("wrap", Path(__file__).parent / "wrap.py")
wrap = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(wrap)

CARDS = api.catalogue()
BY_ID = {rule.id: rule for rule in CARDS}
#: Cards that speak of settings, of the store or of older versions; their own tests fire them.
APART = {"policy", "store", "gate", "history", "pact", "http"}
#: These are said only where a proof finds them (tests/openapi/test_openapi_proofs.py).
FOUND = {Ground.ONLY_WITNESSED, Ground.ONLY_UNDECIDED}
FIRING = [r for r in CARDS if r.example.of not in APART and r.ground not in FOUND]
MIRRORED = {Effect.NARROWS: Effect.WIDENS, Effect.WIDENS: Effect.NARROWS}
#: A fault of one document: when it is mended there is nothing more to tell.
ONE_SIDED = {
    "asyncapi.part-ignored",
    "asyncapi.reference-unresolved",
    "document.part-ignored",
    "document.reference-unresolved",
    "schema.part-ignored",
    "schema.reference-unresolved",
    "operation.sunset-unreadable",
}
#: Cards that say more of something than their mirror's own mirror does.
SPECIAL = {
    "operation.removed-after-sunset",
    "thrift.field-inserted",
    "thrift.optional-field-inserted",
}


def each_card(cards=CARDS):
    return pytest.mark.parametrize("rule", cards, ids=lambda rule: rule.id)


def fired(rule, *, swapped=False):
    example = rule.example
    old = wrap.wrapped(example.old, example.of, example.direction)
    new = wrap.wrapped(example.new, example.of, example.direction)
    form = wrap.FORMATS.get(example.of, "openapi")
    return wrap.changes(*((new, old) if swapped else (old, new)), form=form)


@each_card()
def test_the_id_is_area_and_what_happened(rule):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*", rule.id)


@each_card()
def test_texts_are_sentences(rule):
    assert re.fullmatch(r"[A-Z\"].*[^.]\.", rule.summary), rule.summary
    assert ". " not in rule.summary, "one sentence"
    for text in (rule.why, rule.fix):
        assert text[0].isupper() or text.startswith("apicheck "), text
        assert text.endswith("."), text


@each_card()
def test_an_override_says_why(rule):
    assert bool(rule.override) == bool(rule.because)


@each_card(FIRING)
def test_the_mirror_exists_and_has_the_mirrored_effect(rule):
    mirror = BY_ID[rule.mirror or rule.id]
    if rule.effect is not Effect.KEEPS or mirror.effect is Effect.KEEPS:
        assert mirror.effect is MIRRORED.get(rule.effect, rule.effect)
    if rule.id not in SPECIAL:
        assert (mirror.mirror or mirror.id) == rule.id


@each_card()
def test_retired_ids_are_gone(rule):
    assert not set(rule.replaces) & BY_ID.keys()


@each_card(FIRING)
def test_the_example_fires_this_card_and_no_other(rule):
    found = fired(rule)
    assert [change.rule.id for change in found] == [rule.id]


@each_card(FIRING)
def test_the_message_says_the_values(rule):
    (change,) = fired(rule)
    fields = {name for _, name, _, _ in string.Formatter().parse(rule.message) if name}
    assert fields <= change.values.keys()
    assert "{" not in rule.message.format(**dict.fromkeys(change.values, "x"))


@each_card([rule for rule in FIRING if rule.id not in ONE_SIDED])
def test_the_example_reversed_fires_the_mirror(rule):
    assert [change.rule.id for change in fired(rule, swapped=True)] == [rule.mirror or rule.id]
