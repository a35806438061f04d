"""Real AsyncAPI documents: nothing crashes, nothing differs from itself, conversions are silent."""

from __future__ import annotations

import importlib.util
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from apicheck import api, formats
from apicheck.errors import UnsupportedFeature
from apicheck.model import breaks
from apicheck.sources.documents import Document

_spec = importlib.util.spec_from_file_location("corpus", Path(__file__).parent.parent / "corpus.py")
corpus = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(corpus)

CHAINS = corpus.chains("asyncapi")
TODAY = date(2026, 11, 21)
MIRRORS = {rule.id: rule.mirror or rule.id for rule in api.catalogue()}
#: Examples of the specification that say the same in every version from 2.1 to 3.1.
CONVERTED = {
    "anyof",
    "application-headers",
    "correlation-id",
    "mercure",
    "not",
    "oneof",
    "simple",
    "slack-rtm",
    "streetlights-mqtt",
}

pytestmark = [corpus.needed, pytest.mark.corpus]


def each_chain(chains):
    return pytest.mark.parametrize("versions", [v for _, v in chains], ids=[n for n, _ in chains])


def loaded(versions):
    """One list of contracts for each document of a chain; 1.x is left out."""
    files = [sorted(p.rglob("asyncapi.yaml")) if p.is_dir() else [p] for _, p in versions]
    for column in zip(*files, strict=True):
        found = []
        for path in column:
            try:
                found.append(api.load(str(path)))
            except UnsupportedFeature as problem:
                if "asyncapi 1." not in problem.feature:
                    raise
        yield found


@each_chain(CHAINS)
def test_a_document_does_not_differ_from_itself(versions):
    for contracts in loaded(versions):
        for contract in contracts:
            one = contract.document
            twin = Document.parse(one.raw + b"\n", one.source, one.path, one.tree)
            found = api.compare(contract, formats.named("asyncapi").build(twin), TODAY)
            assert [each for each in found if not each.rule.unknown] == []
            assert all(each.values.get("both") for each in found)


@each_chain(CHAINS)
def test_steps_are_compared_and_the_way_back_fires_the_mirrors(versions):
    for contracts in loaded(versions):
        for old, new in pairwise(contracts):
            there, back = api.compare(old, new, TODAY), api.compare(new, old, TODAY)
            assert sorted(
                MIRRORS[each.rule.id] for each in there if not each.rule.unknown
            ) == sorted(each.rule.id for each in back if not each.rule.unknown)
            for change in there:
                assert change.rule.message.format(**change.values)
                assert change.uses or not breaks(change.rule.effect, change.direction)
                for place in (change.old, change.new):
                    assert place is None or place.span().line >= 1


@each_chain([each for each in CHAINS if each[0].removeprefix("asyncapi-example-") in CONVERTED])
def test_examples_of_the_specification_say_the_same_in_every_version(versions):
    for contracts in loaded([each for each in versions if each[0] != "2.0.0"]):
        for old, new in [*pairwise(contracts), (contracts[0], contracts[-1])]:
            assert api.compare(old, new, TODAY) == ()
