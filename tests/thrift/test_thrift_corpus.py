"""Real contracts over their years: all parse, none differs from itself, steps mirror and prove."""

from __future__ import annotations

import importlib.util
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from apicheck import api, formats
from apicheck.model import Direction
from apicheck.sources.documents import Document

_spec = importlib.util.spec_from_file_location("corpus", Path(__file__).parent.parent / "corpus.py")
corpus = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(corpus)

CHAINS = corpus.chains("thrift")
TODAY = date(2026, 11, 21)
THRIFT = formats.named("thrift")
MIRRORS = {rule.id: rule.mirror or rule.id for rule in THRIFT.rules()}

pytestmark = [corpus.needed, pytest.mark.corpus]


def each_chain():
    return pytest.mark.parametrize("versions", [v for _, v in CHAINS], ids=[n for n, _ in CHAINS])


def counted(rules):
    return Counter(each.replace("inserted", "added") for each in rules)


@each_chain()
def test_a_document_does_not_differ_from_itself(versions):
    for _, path in versions:
        one = api.load(str(path))
        given = one.model.given
        twin = Document.parse(given.raw + b"\n# more\n", given.source, given.path, given.tree)
        assert api.compare(one, THRIFT.build(twin), TODAY) == ()


@each_chain()
def test_every_file_beside_the_entry_parses_too(versions):
    for _, path in versions:
        for file in sorted(path.parent.rglob("*.thrift")):
            api.load(str(file))


@each_chain()
def test_steps_are_compared_mirrored_and_proved(versions):
    contracts = [api.load(str(path)) for _, path in versions]
    for old, new in [*pairwise(contracts), (contracts[0], contracts[-1])]:
        there, back = api.compare(old, new, TODAY), api.compare(new, old, TODAY)
        assert counted(c.rule.id for c in there) == counted(MIRRORS[c.rule.id] for c in back)
        prove = THRIFT.prover(old, new)
        for change in there:
            assert change.rule.message.format(**change.values)
            assert change.uses
            for place in (change.old, change.new):
                assert place is None or place.span().line >= 1
            for side in (Direction.INBOUND, Direction.OUTBOUND):
                if change.direction in {side, Direction.BOTH}:
                    assert prove(change, side).kind in {"witnessed", "rule", "proved-safe"}
