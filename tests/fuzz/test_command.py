"""The command: exit codes, the report, and trying again what a report tells of."""

import json
import sys
from pathlib import Path

import jsonschema
from tests.fuzz.conftest import ALICE, ROOT, STAFF

import apicheck.report
from apicheck import cli

CONTRACT = str(ROOT / "contracts" / "inventory" / "openapi" / "2.1.0.yaml")
WHO = ("--token", STAFF, "--second-token", ALICE)


def fuzz(*arguments):
    return cli.run(["fuzz", *arguments, "--contract", CONTRACT])


def test_a_fault_is_reported_replayed_and_gone_when_mended(start, tmp_path, capsys):
    path = tmp_path / "report.json"
    only = ("--area", "access", "--operation", "listItems")
    with start("inventory", fault="inventory.bad-token-500") as base:
        assert fuzz(base, *WHO, *only, "--output", f"json={path}") == 1
    told = capsys.readouterr().out
    assert (
        "Credentials that are not valid were not answered with 401: expected 401, got 500" in told
    )
    assert "[http.bad-credentials-not-refused]" in told
    assert "curl -i --path-as-is -X GET" in told
    assert STAFF not in told
    report = json.loads(path.read_text())
    schema = Path(apicheck.report.__file__).with_name("report-1.schema.json")
    jsonschema.validate(report, json.loads(schema.read_text()))
    with start("inventory", fault="inventory.bad-token-500") as base:
        assert fuzz(base, *WHO, "--replay", str(path)) == 1
    with start("inventory") as base:
        assert fuzz(base, *WHO, "--replay", str(path)) == 0
    assert "of 1 recorded, 1 no longer occur" in capsys.readouterr().out


def test_fingerprints_are_the_same_on_another_run(start, tmp_path, capsys):
    prints = []
    for number in ("1", "2"):
        path = tmp_path / f"{number}.json"
        with start("inventory", fault="inventory.wrong-type-400") as base:
            fuzz(
                base,
                *WHO,
                "--area",
                "content",
                "--operation",
                "createItem",
                "--output",
                f"json={path}",
                "--seed",
                number,
            )
        prints.append([each["fingerprint"] for each in json.loads(path.read_text())["findings"]])
    capsys.readouterr()
    assert prints[0] == prints[1] != []


def test_what_cannot_be_done_says_so_and_is_two(start, capsys, tmp_path):
    assert fuzz() == 2
    assert fuzz("http://203.0.113.7") == 2
    assert fuzz(f"{sys.executable} -c pass") == 2
    assert fuzz("http://127.0.0.1:1", "--operation", "nothingLikeIt") == 2
    assert fuzz("http://127.0.0.1:1", "--area", "nowhere") == 2
    assert fuzz("http://127.0.0.1:1", "--replay", str(tmp_path / "none.json")) == 2
    with start("inventory") as base:
        assert fuzz(base) == 2
    told = capsys.readouterr().err
    for words in (
        "TARGET",
        "--allow-host 203.0.113.7",
        "ended with exit code",
        "is not in the contract",
        "no such area",
        "none.json",
        "--token",
    ):
        assert words in told


def test_only_the_document(capsys):
    assert fuzz("--static") == 0
    assert "only the document was looked at" in capsys.readouterr().out
