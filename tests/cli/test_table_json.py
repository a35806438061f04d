"""The tables of ``contracts`` as JSON: in the envelope that every report has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from apicheck import cli, report

SCHEMA = json.loads(Path(report.__file__).with_name("report-1.schema.json").read_bytes())
API = """\
openapi: 3.0.3
info: {{title: T, version: "{version}"}}
paths:
  /a: {{get: {{responses: {{"200": {{description: d}}}}}}}}
{more}"""
MORE = '  /b: {get: {responses: {"200": {description: d}}}}\n'


@pytest.fixture
def table(tmp_path, monkeypatch, capsys):
    """A table of three versions as JSON: the second one grows, the third one breaks."""
    for version, more in (("1.0.0", ""), ("1.1.0", MORE), ("2.0.0", "")):
        file = tmp_path / "contracts" / "orders" / "openapi" / f"{version}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(API.format(version=version, more=more))
    monkeypatch.chdir(tmp_path)

    def table(*arguments):
        assert cli.run(["contracts", *arguments, "orders", "--format", "json"]) == 0
        data = json.loads(capsys.readouterr().out)
        Draft202012Validator(SCHEMA).validate(data)
        assert data["contract"] == "orders/openapi"
        assert data["findings"] == []
        return data

    return table


def test_the_log_is_a_report_with_steps(table):
    data = table("log")
    assert data["command"] == "contracts log"
    assert [(each["new"], each["verdict"], each["demanded"]) for each in data["steps"]] == [
        ("1.1.0", "compatible", "minor"),
        ("2.0.0", "breaking", "major"),
    ]
    assert (data["summary"]["verdict"], data["summary"]["bump"]) == ("breaking", "major")


def test_the_matrix_is_a_report_with_cells(table):
    data = table("matrix")
    assert data["command"] == "contracts matrix"
    assert len(data["cells"]) == 9
    assert data["summary"]["verdict"] == "breaking"
    assert table("matrix", "--last", "1")["summary"]["verdict"] == "identical"
