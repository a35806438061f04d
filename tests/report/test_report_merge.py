"""Reports read back from their JSON, and several of them joined into one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from apicheck.errors import ParseError
from apicheck.judge import summarise
from apicheck.model import Severity, Verdict, Waived
from apicheck.report import RenderOptions, named
from apicheck.report.json import as_data, render
from apicheck.report.merge import merge
from apicheck.report.read import read
from apicheck.sources import Options, open_source

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def back(tmp_path):
    """Reads a report, or any JSON, back from a file of its own."""

    def again(report):
        text = report if isinstance(report, str) else render(report, RenderOptions())
        (tmp_path / "report.json").write_text(text, encoding="utf-8")
        return read(open_source("report.json", Options(cwd=tmp_path)))

    return again


def joined(*reports, everywhere=()):
    return merge(
        reports, lambda found: summarise(found, identical=False), everywhere=frozenset(everywhere)
    )


def test_what_is_read_back_is_written_as_it_was(rich, make, back):
    for report in (rich, make.report(), make.report(make.finding(severity=Severity.INFO))):
        assert as_data(back(report)) == as_data(report)
        assert back(back(report)) == back(report)


def test_a_report_of_later_days_may_say_more(rich, back):
    data = as_data(rich)
    data["later"] = {"x": 1}
    data["findings"][0]["later"] = 1
    assert as_data(back(json.dumps(data))) == as_data(rich)


def test_a_report_of_earlier_days_may_say_less(rich, back):
    data = as_data(rich)
    for each in data["findings"]:
        each.pop("reason", None)
        for name in ("at", "undeclared", "shortened"):
            (each["witness"] or {}).pop(name, None)
    assert len(back(json.dumps(data)).findings) == len(rich.findings)


def broken(change):
    def broken(data):
        change(data)
        return json.dumps(data, indent=1)

    return broken


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda _data: "[]", "is no report"),
        (lambda _data: "{}", "is no report"),
        (broken(lambda data: data.update(schema="apicheck-report/2")), "another version"),
        (broken(lambda data: data.pop("findings")), "'findings' is a required property"),
        (broken(lambda data: data["findings"][0].update(severity="loud")), "'loud' is not one of"),
        (broken(lambda data: data["findings"][1].update(rule="no.such-rule")), "no.such-rule"),
        (broken(lambda data: data["summary"].update(error=-1)), "-1 is less than the minimum"),
        (lambda data: json.dumps(data)[:200], "not valid JSON"),
    ],
)
def test_what_is_no_report_is_refused_with_its_place(rich, back, spoil, words):
    with pytest.raises(ParseError, match=words) as caught:
        back(spoil(as_data(rich)))
    assert str(caught.value).startswith("report.json:")
    assert caught.value.hint


def test_the_place_is_that_of_the_wrong_value(rich, back):
    text = json.dumps(as_data(rich), indent=1).replace('"breaking": true', '"breaking": 3', 1)
    with pytest.raises(ParseError) as caught:
        back(text)
    assert '"breaking": 3' in text.splitlines()[caught.value.span.line - 1]


def test_a_finding_counts_once_for_each_contract(make):
    one = make.finding(fingerprint="0" * 16, contract="a.yaml")
    other = replace(one, contract="b.yaml")
    found = joined(make.report(one), make.report(one, other))
    assert [each.contract for each in found.findings] == ["a.yaml", "b.yaml"]
    assert found.summary.error == 2


def test_without_a_fingerprint_every_finding_counts(make):
    one = make.finding(fingerprint="")
    assert len(joined(make.report(one, one), make.report(one)).findings) == 3


def test_of_two_judgements_the_stricter_counts(make):
    strict = make.finding(fingerprint="1" * 16)
    waived = replace(strict, waived=Waived(reason="later"))
    quiet = replace(strict, severity=Severity.INFO)
    for pair in ((strict, waived), (waived, strict), (strict, quiet), (quiet, strict)):
        found = joined(*(make.report(each) for each in pair))
        assert found.findings == (strict,)
        assert found.summary.verdict is Verdict.BREAKING


def test_what_is_said_of_the_whole_run_must_be_said_by_all_that_compared(make):
    unused = make.finding(make.DESCRIPTION_CHANGED, fingerprint="2" * 16, values={})
    silent = make.report(make.finding(fingerprint="3" * 16))
    saying = make.report(unused)
    nothing = make.report()
    assert nothing.summary.verdict is Verdict.IDENTICAL
    rule = make.DESCRIPTION_CHANGED.id
    assert unused in joined(saying, saying, nothing, everywhere=[rule]).findings
    assert unused not in joined(saying, silent, nothing, everywhere=[rule]).findings
    assert unused in joined(saying, silent).findings


def test_sides_and_command_stay_where_all_agree(make):
    one = make.report(make.finding())
    assert (joined(one, one).command, joined(one, one).old) == (one.command, one.old)
    other = replace(one, command="other", old=None)
    assert (joined(one, other).command, joined(one, other).old) == ("report merge", None)


@pytest.mark.parametrize(("name", "ending"), [("text", "txt"), ("json", "json")])
def test_joined_reports_look_as_accepted(rich, back, accept, name, ending):
    half = len(rich.findings) // 2
    shards = [
        replace(rich, findings=rich.findings[: half + 2], notes=("shard 1 of 2",)),
        replace(rich, findings=rich.findings[half:], notes=("shard 2 of 2",)),
    ]
    found = named(name)(joined(*map(back, shards)), RenderOptions(width=100))
    path = GOLDEN / f"merged.{ending}"
    if accept:
        path.write_bytes(found.encode())
    assert found == path.read_bytes().decode(), "if the change is meant: pytest --accept"
