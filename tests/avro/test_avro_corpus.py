"""Real Avro schemas in several versions: nothing crashes, nothing differs from itself."""

from __future__ import annotations

import importlib.util
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from apicheck import api
from apicheck.model import breaks
from apicheck.sources.documents import Document

_spec = importlib.util.spec_from_file_location("corpus", Path(__file__).parent.parent / "corpus.py")
corpus = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(corpus)

CHAINS = corpus.chains("avro")

pytestmark = [corpus.needed, pytest.mark.corpus]


def each_chain():
    return pytest.mark.parametrize("versions", [v for _, v in CHAINS], ids=[n for n, _ in CHAINS])


def known(changes):
    """Without the types of other files: both versions lack them."""
    return [each for each in changes if each.rule.id != "avro.reference-unresolved"]


@each_chain()
def test_a_document_does_not_differ_from_itself(avro, versions):
    for _, path in versions:
        contract = api.load(str(path))
        assert contract.format == "avro"
        one = contract.document
        twin = Document.parse(one.raw + b"\n", one.source, one.path, one.tree)
        assert known(api.compare(contract, avro.AVRO.build(twin), avro.TODAY)) == []


@each_chain()
def test_steps_are_compared_their_mirror_agrees_and_breaks_are_shown(avro, versions):
    mirrors = {rule.id: rule.mirror or rule.id for rule in avro.AVRO.rules()}
    contracts = [api.load(str(path)) for _, path in versions]
    for old, new in [*pairwise(contracts), (contracts[0], contracts[-1])]:
        there = list(api.compare(old, new, avro.TODAY))
        back = Counter(mirrors[each.rule.id] for each in api.compare(new, old, avro.TODAY))
        assert Counter(each.rule.id for each in there) == back
        prove = avro.AVRO.prover(old, new)
        for change in there:
            assert change.rule.message.format(**change.values)
            for place in (change.old, change.new):
                assert place is None or place.span().line >= 1
            for side in avro.sides_of(change):
                proof = prove(change, side)
                if old.model.unresolved or not breaks(change.rule.effect, side):
                    continue  # no data of a type that nobody knows
                if avro.is_break(change, side):
                    masked = "another change" in proof.reason
                    assert masked or proof.witness.checked, (change.rule.id, proof)
