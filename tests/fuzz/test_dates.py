"""When a resource is deprecated and when it goes, by its headers."""

import json

import pytest

from apicheck import api
from apicheck.fuzz.contract import read
from apicheck.fuzz.model import Exchange, Request
from apicheck.fuzz.oracle import Oracle

LATE, EARLY = "Thu, 31 Dec 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:00 GMT"


@pytest.fixture
def judged(tmp_path):
    """The rules that an answer with these headers breaks."""
    path = tmp_path / "openapi.json"
    get = {"deprecated": True, "responses": {"200": {"description": ""}}}
    info = {"title": "t", "version": "1"}
    path.write_text(json.dumps({"openapi": "3.1.0", "info": info, "paths": {"/old": {"get": get}}}))
    service = read(api.load(str(path)).document)

    def judge(headers):
        seen = Exchange(
            request=Request(method="GET", target="/old"), status=200, headers=tuple(headers.items())
        )
        return [each.card.rule.id for each in Oracle(service).judge(seen)]

    return judge


@pytest.mark.parametrize(
    ("headers", "rule"),
    [
        ({"deprecation": "true"}, "deprecation-unreadable"),
        ({"deprecation": EARLY}, "deprecation-unreadable"),
        ({"deprecation": "@1790000000", "sunset": EARLY}, "sunset-before-deprecation"),
        ({"sunset": "2026-12-31"}, "sunset-unreadable"),
    ],
)
def test_dates_that_nobody_can_read_or_believe(judged, headers, rule):
    assert judged(headers) == [f"http.{rule}"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"deprecation": "@1767225600"},
        {"deprecation": "@1767225600", "sunset": LATE},
        {"deprecation": "@1767225600", "sunset": EARLY},  # the same moment
    ],
)
def test_dates_as_they_are_to_be(judged, headers):
    assert judged(headers) == []
