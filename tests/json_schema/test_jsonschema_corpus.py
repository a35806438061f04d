"""Event schemas of real publishers: nothing crashes, nothing differs from itself, bumps agree."""

from __future__ import annotations

import importlib.util
import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from apicheck import api, formats
from apicheck.errors import ParseError
from apicheck.judge.verdict import by_card
from apicheck.model import Direction, Severity, Surface
from apicheck.sources.documents import Document

_spec = importlib.util.spec_from_file_location("corpus", Path(__file__).parent.parent / "corpus.py")
corpus = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(corpus)

CHAINS = corpus.chains("json-schema")
TODAY = date(2026, 11, 21)
MIRRORS = {rule.id: rule.mirror or rule.id for rule in api.catalogue()}
SURFACES = frozenset({Surface.WIRE, Surface.JSON})

pytestmark = [corpus.needed, pytest.mark.corpus]


def loaded(path):
    """A contract; None for the two files that hold a key twice."""
    try:
        return api.load(str(path))
    except ParseError as problem:
        if "duplicate key" not in problem.problem:
            raise
        return None


def test_nothing_differs_from_itself_and_every_place_is_found():
    for _, versions in CHAINS:
        contracts = [each for each in (loaded(path) for _, path in versions) if each is not None]
        for contract in contracts:
            one = contract.document
            assert contract.format == "jsonschema"
            twin = Document.parse(one.raw + b"\n", one.source, one.path, one.tree)
            assert api.compare(contract, formats.named("jsonschema").build(twin), TODAY) == ()
        for old, new in pairwise(contracts):
            there, back = api.compare(old, new, TODAY), api.compare(new, old, TODAY)
            assert sorted(MIRRORS[each.rule.id] for each in there) == sorted(
                each.rule.id for each in back
            )
            for change in there:
                assert change.rule.message.format(**change.values)
                assert change.uses
                for place in (change.old, change.new):
                    assert place is None or place.span().line >= 1


def test_old_data_stay_readable_where_the_publisher_says_so():
    """SchemaVer's MODEL and semver's major promise nothing; the other steps promise just this."""
    index = json.loads((corpus.FOLDER / "index.json").read_text(encoding="utf-8"))
    agreed = steps = 0
    for chain in index["chains"]:
        if chain["format"] != "json-schema" or chain["provider"] != "Snowplow":
            continue
        contracts = [loaded(corpus.FOLDER / each["file"]) for each in chain["versions"]]
        for (old, new), step in zip(pairwise(contracts), chain["steps"], strict=True):
            if old is None or new is None:
                continue
            levels = [
                by_card(change.rule, Direction.INBOUND, SURFACES)
                for change in api.compare(old, new, TODAY)
                if change.direction is not Direction.OUTBOUND
            ]
            steps += 1
            agreed += (Severity.ERROR in levels) == (step["bump"] == "model")
    # The rest was looked at: limits and required names slipped in as additions.
    assert agreed / steps > 0.9
