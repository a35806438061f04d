"""Stories of change: a folder each, with two documents and the exact findings.

``old.yaml``, ``new.yaml`` and ``expected.json``; the slug of the folder tells the story. From each
case follow three more checks: each side is silent against itself, and the swapped pair fires the
mirrored cards. ``pytest --accept`` rewrites the expectations.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from apicheck import api

HERE = Path(__file__).parent
TODAY = date(2026, 11, 21)
SETTINGS = api.Settings(today=TODAY)
CASES = sorted(file.parent for file in HERE.glob("*/*/old.yaml"))
MIRRORS = {rule.id: rule.mirror or rule.id for rule in api.catalogue()}

each_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}"
)


def told(case, old="old.yaml", new="new.yaml"):
    report = api.check(
        api.load(str(case / old), SETTINGS), api.load(str(case / new), SETTINGS), SETTINGS
    )
    return [
        {
            "rule": each.rule.id,
            "severity": each.severity.name.lower(),
            "direction": each.direction.value,
            "at": each.location.label,
            "uses": sorted({f"{use.label} {use.side}" for use in each.location.uses}),
            "message": each.message,
        }
        for each in report.findings
    ]


@each_case
def test_the_findings_are_exactly_these(case, accept):
    file = case / "expected.json"
    found = told(case)
    if accept:
        file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(file.read_text(encoding="utf-8"))


@each_case
@pytest.mark.parametrize("side", ["old.yaml", "new.yaml"])
def test_each_side_is_silent_against_itself(case, side, tmp_path):
    twin = tmp_path / "twin.yaml"
    twin.write_text((case / side).read_text(encoding="utf-8") + "\n# the same\n", encoding="utf-8")
    one, two = api.load(str(case / side)), api.load(str(twin))
    assert api.compare(one, two, TODAY) == ()


@each_case
def test_the_swapped_pair_fires_the_mirrors(case):
    there = Counter(each["rule"] for each in told(case))
    back = Counter(MIRRORS[each["rule"]] for each in told(case, "new.yaml", "old.yaml"))
    assert there == back


def test_there_are_cases():
    assert len(CASES) >= 10
