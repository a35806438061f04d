"""Real contracts of many publishers: nothing crashes, nothing differs from itself, laws hold."""

from __future__ import annotations

import importlib.util
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from apicheck import api
from apicheck.model import breaks
from apicheck.sources.documents import Document
from apicheck.sources.yaml_events import Builder

_spec = importlib.util.spec_from_file_location("corpus", Path(__file__).parent.parent / "corpus.py")
corpus = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(corpus)

CHAINS = corpus.chains("openapi")
TODAY = date(2026, 11, 21)
MIRRORS = {rule.id: rule.mirror or rule.id for rule in api.catalogue()}
#: Told of one document, whichever side it is on.
FAULTS = ("part-ignored", "reference-unresolved")

pytestmark = [corpus.needed, pytest.mark.corpus]


def each_chain():
    return pytest.mark.parametrize("versions", [v for _, v in CHAINS], ids=[n for n, _ in CHAINS])


def faultless(changes):
    return [each for each in changes if not each.rule.id.endswith(FAULTS)]


def uncovered(changes):
    """Without what comes of comparing a removed fixed path with the template that answers now.

    That is done one way only: an added fixed path is not held against the template.
    """
    covered = {
        use.label
        for each in changes
        if each.rule.id == "operation.covered-by-template"
        for use in each.uses
    }
    return [
        each
        for each in changes
        if each.rule.id.endswith("-template")
        or not each.uses
        or any(use.label not in covered for use in each.uses)
    ]


@each_chain()
def test_a_document_does_not_differ_from_itself(versions):
    for _, path in versions:
        contract = api.load(str(path))
        one = contract.document
        # Another text of the same value, so that nothing is the same object or bytes.
        twin = Document.parse(one.raw + b"\n", one.source, one.path, one.tree)
        other = api.formats.named("openapi").build(twin)
        assert faultless(api.compare(contract, other, TODAY)) == []


@each_chain()
def test_steps_are_compared_and_their_mirror_agrees(versions):
    contracts = [api.load(str(path)) for _, path in versions]
    for old, new in pairwise(contracts):
        there = uncovered(faultless(api.compare(old, new, TODAY)))
        back = uncovered(faultless(api.compare(new, old, TODAY)))
        mirrored = Counter(MIRRORS[change.rule.id] for change in back)
        found = Counter(change.rule.id for change in there)
        # Ranges and ``default`` may pair a status otherwise the other way round: a handful.
        assert sum(((mirrored - found) + (found - mirrored)).values()) <= 4
        assert all(change.rule.message.format(**change.values) for change in there)
        assert all(change.uses for change in there if breaks(change.rule.effect, change.direction))


@each_chain()
def test_places_are_found(versions):
    old, new = (api.load(str(path)) for _, path in (versions[0], versions[-1]))
    for change in api.compare(old, new, TODAY):
        for place in (change.old, change.new):
            if place is not None:
                assert place.span().line >= 1


@each_chain()
def test_both_ways_of_reading_yaml_agree(versions):
    for _, path in versions:
        document = api.load(str(path)).document
        if not document.json and len(document.raw) < 1_000_000:
            assert Builder(document.text, "x").build() == document.data
