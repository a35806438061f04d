"""Real contracts of many publishers: nothing crashes, nothing differs from itself, laws hold."""

from __future__ import annotations

import importlib.util
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from apicheck import api, formats
from apicheck.errors import ParseError
from apicheck.model import Direction, breaks
from apicheck.sources import Options

_spec = importlib.util.spec_from_file_location("corpus", Path(__file__).parent.parent / "corpus.py")
corpus = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(corpus)

SETTINGS = api.Settings(options=Options(roots=(corpus.FOLDER / "protobuf/_imports",)))
MIRRORS = {rule.id: rule.mirror or rule.id for rule in api.catalogue()}
#: Cards that pair what has no pair of its own, and may do so otherwise the other way round.
MATCHED = ("number-", "field-renumbered", "field-added", "field-removed", "enum-", "field-renamed")

SIDES = {
    Direction.INBOUND: (Direction.INBOUND,),
    Direction.OUTBOUND: (Direction.OUTBOUND,),
    Direction.BOTH: (Direction.INBOUND, Direction.OUTBOUND),
}

pytestmark = [corpus.needed, pytest.mark.corpus]
each_chain = pytest.mark.parametrize("chain", [name for name, _ in corpus.chains("protobuf")])


def contracts(chain):
    for path in corpus.files("protobuf", chain):
        try:
            yield api.load(str(path), SETTINGS)
        except ParseError as problem:
            # Two of them import files that nobody has any more.
            if "was not found" not in problem.problem:
                raise


@each_chain
def test_a_contract_does_not_differ_from_itself(chain):
    for one in contracts(chain):
        two = formats.named("protobuf").build(one.document)
        assert list(formats.named("protobuf").compare(one, two, SETTINGS.today)) == []


@each_chain
def test_steps_are_compared_and_their_mirror_agrees(chain):
    for old, new in pairwise(contracts(chain)):
        there, back = api.compare(old, new), api.compare(new, old)
        found = Counter(change.rule.id for change in there)
        mirrored = Counter(MIRRORS[change.rule.id] for change in back)
        apart = (mirrored - found) + (found - mirrored)
        assert not [
            rule for rule in apart if not rule.removeprefix("protobuf.").startswith(MATCHED)
        ]
        for change in there:
            assert change.uses
            assert change.rule.message.format(**change.values)
            assert (change.new or change.old).span().line >= 1


@each_chain
def test_witnesses_are_found_for_breaks_of_fields(chain):
    for old, new in pairwise(contracts(chain)):
        prove = formats.named("protobuf").prover(old, new)
        for change in api.compare(old, new):
            for side in SIDES[change.direction]:
                proof = prove(change, side)
                if proof.witness is not None:
                    assert proof.witness.checked
                if change.rule.id == "protobuf.field-type-changed" and breaks(
                    change.rule.effect, side
                ):
                    assert proof.witness is not None
