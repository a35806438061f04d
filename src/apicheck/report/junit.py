"""The report as JUnit XML, in the dialect that CI servers read: a suite for each contract."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from apicheck.model import Severity
from apicheck.report.groups import by_contract
from apicheck.report.plain import well_formed
from apicheck.report.reach import consumers, who
from apicheck.report.words import answer, sentence, spot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.model import Finding, Report
    from apicheck.report import RenderOptions

__all__ = ["render"]

#: Characters that XML 1.0 (section 2.2) has no way to write.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, _options: RenderOptions) -> str:
    """One ``testcase`` for each finding: errors fail, waived ones are skipped, all else passes.

    A suite without findings has one passing case, since some servers refuse an empty one.
    """
    findings = [each for each in report.findings if each.severity is not Severity.OFF]
    suites = by_contract(findings) or {"": []}
    counts = f'tests="{sum(max(len(s), 1) for s in suites.values())}" {_counts(findings)}'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="apicheck" {counts}>']
    for name, inside in suites.items():
        lines += _suite(name or f"apicheck {report.command}", inside, report)
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _counts(findings: Sequence[Finding]) -> str:
    failures = sum(_fails(each) for each in findings)
    skipped = sum(each.waived is not None for each in findings)
    return f'failures="{failures}" errors="0" skipped="{skipped}"'


def _fails(finding: Finding) -> bool:
    return finding.waived is None and finding.severity is Severity.ERROR


def _suite(name: str, findings: Sequence[Finding], report: Report) -> Iterator[str]:
    counts = f'tests="{max(len(findings), 1)}" {_counts(findings)}'
    yield f"  <testsuite name={_quoted(name)} {counts}>"
    yield "    <properties>"
    for key, value in _properties(report):
        yield f"      <property name={_quoted(key)} value={_quoted(value)}/>"
    yield "    </properties>"
    if not findings:
        passed = ": ".join(filter(None, answer(report)))
        yield f'    <testcase classname="apicheck" name={_quoted(passed)}/>'
    for finding in findings:
        yield from _case(finding)
    yield "  </testsuite>"


def _properties(report: Report) -> Iterator[tuple[str, str]]:
    yield "verdict", report.summary.verdict.value
    yield "bump", report.summary.bump.name.lower()
    for key, side in (("old", report.old), ("new", report.new)):
        if side is not None:
            yield key, side.source
            yield f"{key}-version", side.version


def _case(finding: Finding) -> Iterator[str]:
    name = _quoted(sentence(finding))
    opening = f"    <testcase classname={_quoted(finding.rule.id)} name={name}"
    span = finding.location.new or finding.location.old
    if span is not None:
        opening += f' file={_quoted(span.source)} line="{span.line}"'
    yield f"{opening}>"
    if finding.waived is not None:
        yield f"      <skipped message={_quoted(f'waived: {finding.waived.reason}')}/>"
    elif _fails(finding):
        yield (
            f"      <failure type={_quoted(finding.rule.id)} message={_quoted(finding.message)}>"
            f"{_text(_details(finding))}</failure>"
        )
    else:
        word = finding.severity.name.lower()
        yield f"      <system-out>{_text(f'{word}: {_details(finding)}')}</system-out>"
    yield "    </testcase>"


def _details(finding: Finding) -> str:
    at = finding.location
    spans = " → ".join(spot(span) for span in (at.old, at.new) if span is not None)
    rule = finding.rule
    lines = (
        finding.message,
        at.label,
        spans,
        who([finding]),
        consumers(finding),
        rule.why,
        rule.fix,
    )
    return "\n".join(filter(None, lines))


def _quoted(value: str) -> str:
    """The value as an attribute; a line break would be read as a space (XML 1.0, 3.3.3)."""
    text = _text(value).replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")
    return f'"{text}"'


def _text(value: str) -> str:
    return escape(_FORBIDDEN.sub("", well_formed(value)), quote=True)
