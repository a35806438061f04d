"""What CI servers read: JUnit XML, GitHub's workflow commands, GitLab's code quality."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apicheck.model import Consumer, Severity, Waived
from apicheck.report import RenderOptions, named


def render(name, report, **options):
    return named(name)(report, RenderOptions(**options))


# JUnit


def test_junit_has_a_suite_for_each_contract_and_failures_for_errors(rich):
    root = ET.fromstring(render("junit", rich))
    assert [(s.get("name"), s.get("tests"), s.get("failures"), s.get("skipped")) for s in root] == [
        ("orders", "15", "2", "0"),
        ("inventory", "3", "2", "1"),
    ]
    assert root.get("tests") == "18"
    for suite in root:
        assert len(suite.findall("testcase")) == int(suite.get("tests"))
        assert len(suite.findall("testcase/failure")) == int(suite.get("failures"))
    assert root.find("testsuite/testcase/failure").get("type") == "schema.enum-value-removed"


def test_junit_of_nothing_is_one_passing_case(make):
    (suite,) = ET.fromstring(render("junit", make.report()))
    (case,) = suite.findall("testcase")
    assert len(case) == 0


def test_junit_skips_what_is_waived(make):
    report = make.report(make.finding(waived=Waived(reason="agreed")))
    assert (
        ET.fromstring(render("junit", report)).find(".//skipped").get("message") == "waived: agreed"
    )


@given(st.text(st.characters(), min_size=1, max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_junit_is_well_formed_whatever_the_texts(make, text):
    report = make.report(make.finding(label=text, message=text, contract=text))
    root = ET.fromstring(render("junit", report).encode())
    kept = [c for c in text if c in "\t\n\r" or c.isprintable()]
    message = root.find(".//failure").get("message")
    assert all(c in message for c in kept)


# GitHub


def parse(line):
    """Read a workflow command the way the runner does."""
    command, properties, message = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line).groups()

    def text(escaped):
        for code, char in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            escaped = escaped.replace(code, char)
        return escaped

    named_values = dict(each.split("=", 1) for each in properties.split(",") if each)
    return command, {key: text(value) for key, value in named_values.items()}, text(message)


def test_github_annotates_the_new_line(make):
    found = render("github", make.report(make.finding(new=make.span("my, api/v2:1.yaml", 33, 5))))
    command, place, message = parse(found.splitlines()[0])
    assert command == "error"
    assert place == {
        "file": "my, api/v2:1.yaml",
        "line": "33",
        "endLine": "33",
        "col": "5",
        "endColumn": "11",
        "title": "apicheck: schema.enum-value-removed",
    }
    assert (
        message.splitlines()[0]
        == "POST /orders request body > items[].sku: 'express' is no longer allowed"
    )


def test_github_names_no_line_of_an_old_revision_and_no_file_where_there_is_none(make):
    gone = parse(
        render(
            "github", make.report(make.finding(old=make.span("git:main:api.yaml", 9), new=None))
        ).splitlines()[0]
    )
    assert gone[1] == {"file": "api.yaml", "title": "apicheck: schema.enum-value-removed"}
    for nowhere in (
        make.finding(old=None, new=None),
        make.finding(old=None, new=make.span("-", 3)),
    ):
        assert "file" not in parse(render("github", make.report(nowhere)).splitlines()[0])[1]


def test_github_sends_ten_of_each_level_the_worst_first_and_counts_the_rest(make):
    findings = [
        make.finding(
            label=f"GET /{n}", message=f"message {n}", values={"a": n, "b": n}, severity=severity
        )
        for severity in (Severity.WARNING, Severity.INFO, Severity.ERROR)
        for n in range(25)
    ]
    lines = render("github", make.report(*findings), verbose=1).splitlines()
    commands = [line for line in lines if line.startswith("::")]
    levels = [parse(line)[0] for line in commands]
    assert levels == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    assert "46 more findings in the log of this step" in commands[-1]
    assert len([line for line in lines if not line.startswith("::")]) == 46


def test_github_tells_info_only_when_asked(make):
    info = make.report(make.finding(make.DESCRIPTION_CHANGED, values={}, severity=Severity.INFO))
    assert len(render("github", info).splitlines()) == 1
    assert len(render("github", info, verbose=1).splitlines()) == 2


@pytest.mark.parametrize("number", [1, 15])
def test_github_lets_no_text_become_a_command(make, number):
    text = "x\n::set-output name=a::b\r\n::error::c %0A"
    findings = (
        make.finding(
            label=f"{n}{text}",
            message=text,
            contract=text,
            new=make.span(text, 3),
            values={"a": n, "b": n},
        )
        for n in range(number)
    )
    lines = re.split(r"[\r\n]+", render("github", make.report(*findings)).strip())
    assert len(lines) == number + 1
    assert all(line.startswith(("::error file=", "error: ", "::notice title=")) for line in lines)


# GitLab


def test_gitlab_has_what_gitlab_demands(rich):
    issues = json.loads(render("gitlab", rich))
    assert len(issues) == 17
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["path"]
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_gitlab_ranks_a_break_by_who_is_known_to_be_hurt(make):
    findings = (
        make.finding(consumers=(Consumer(name="web"),)),
        make.finding(),
        make.finding(breaking=False),
        make.finding(severity=Severity.WARNING),
        make.finding(severity=Severity.INFO),
    )
    issues = json.loads(render("gitlab", make.report(*findings)))
    assert [issue["severity"] for issue in issues] == [
        "blocker",
        "critical",
        "major",
        "minor",
        "info",
    ]


def test_gitlab_keeps_findings_without_or_with_equal_fingerprints_apart(make):
    findings = [
        make.finding(fingerprint=""),
        make.finding(fingerprint=""),
        make.finding(),
        make.finding(),
    ]
    issues = json.loads(render("gitlab", make.report(*findings)))
    assert len({issue["fingerprint"] for issue in issues}) == 4
