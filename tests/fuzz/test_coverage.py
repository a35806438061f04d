"""Which documented answers a run saw, which it never did, and why not."""

import json

import pytest

from apicheck import api
from apicheck.fuzz.contract import read
from apicheck.fuzz.coverage import PROVOKED, covered
from apicheck.fuzz.model import Skipped
from apicheck.fuzz.probes import AREAS

PUT = {
    "security": [{"key": []}],
    "requestBody": {"content": {"application/json": {"schema": {}}}},
    "responses": {each: {} for each in ("200", "4XX", "404", "409", "429", "503")},
}


@pytest.fixture
def told(tmp_path):
    def found(reached, skipped=(), others=(), **how):
        document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}}
        document["paths"] = {"/a/{id}": {"put": PUT}}
        file = tmp_path / "c.json"
        file.write_text(json.dumps(document))
        service = read(api.load(str(file)).document)
        label = service.operations[0].label
        reached = dict(others) | {(label, status): number for status, number in reached.items()}
        gaps = [Skipped(check=check, operation=label, why=why) for check, why in skipped]
        return {each.status: each for each in covered(service.operations, reached, gaps, **how)}

    return found


def test_a_status_counts_for_the_response_that_names_it_best(told):
    seen = told({200: 3, 404: 2, 422: 1, 500: 1})
    assert {status: each.seen for status, each in seen.items()} == {
        "200": 3,
        "404": 2,
        "409": 0,
        "429": 0,
        "4XX": 1,
        "503": 0,
        "500": 1,
    }
    assert [each.status for each in seen.values() if not each.documented] == ["500"]
    assert seen["200"].at.line == 1
    assert seen["500"].at is None


def test_each_that_was_never_seen_says_why(told):
    skipped = [("limits", "there was no limit"), ("types", "of no concern here")]
    seen = told({200: 1}, skipped)
    assert seen["429"].why == "there was no limit"
    assert "failing neighbour" in seen["503"].why
    assert seen["404"].why == "no probe led to it"
    assert told({200: 1}, areas=("content",))["409"].why.startswith("only with --area ")
    assert told({}, ended="the budget was spent")["200"].why.endswith("the budget was spent")
    refused = told({400: 1}, [("types", "no valid request of it was accepted: 400")])
    assert refused["200"].why == "no valid request of it was accepted: 400"


def test_what_stands_for_it_is_named(told):
    other = {("PUT /b", 404): 1, ("PUT /b", 409): 1}
    seen = told({200: 1}, others=other)
    assert "such as PUT /b" in seen["404"].why
    assert seen["409"].why == "no probe led to it"


def test_every_probe_that_is_said_to_lead_somewhere_is_there():
    known = {probe.__name__ for probes in AREAS.values() for probe in probes}
    assert {name for names in PROVOKED.values() for name in names} <= known
