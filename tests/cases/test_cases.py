"""Stories of change: a folder each, with two documents and the exact findings.

``old.yaml``, ``new.yaml`` and ``expected.json``; the slug of the folder tells the story. The two
may have any ending that a contract can have, or be folders of several files. From each case follow
three more checks: each side is silent against itself, and the swapped pair fires the mirrored
cards. ``pytest --accept`` rewrites the expectations.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from apicheck import api

HERE = Path(__file__).parent
TODAY = date(2026, 11, 21)
SETTINGS = api.Settings(today=TODAY)
CASES = sorted(file.parent for file in HERE.glob("*/*/expected.json"))
MIRRORS = {rule.id: rule.mirror or rule.id for rule in api.catalogue()}

each_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}"
)


def side_of(case, side):
    """The file or folder of one side: ``old`` or ``new``, whatever its ending."""
    (found,) = (each for each in case.iterdir() if each.stem == side)
    return found


def told(case, old="old", new="new"):
    report = api.check(
        api.load(str(side_of(case, old)), SETTINGS),
        api.load(str(side_of(case, new)), SETTINGS),
        SETTINGS,
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
@pytest.mark.parametrize("side", ["old", "new"])
def test_each_side_is_silent_against_itself(case, side, tmp_path):
    origin = side_of(case, side)
    twin = tmp_path / origin.name
    (shutil.copytree if origin.is_dir() else shutil.copyfile)(origin, twin)
    for file in [twin] if twin.is_file() else twin.rglob("*.*"):
        comment = "// the same" if file.suffix == ".proto" else "# the same"
        file.write_text(file.read_text(encoding="utf-8") + f"\n{comment}\n", encoding="utf-8")
    one, two = api.load(str(origin)), api.load(str(twin))
    assert api.compare(one, two, TODAY) == ()


@each_case
def test_the_swapped_pair_fires_the_mirrors(case):
    there = Counter(each["rule"] for each in told(case))
    back = Counter(MIRRORS[each["rule"]] for each in told(case, "new", "old"))
    assert there == back


def test_there_are_cases():
    assert len(CASES) >= 10
