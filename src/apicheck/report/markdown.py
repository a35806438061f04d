"""The report as a comment on a pull request: GitHub Markdown, kept under its size limit.

Texts of a contract are written by strangers. They go through ``escape`` or ``code``, so
that none of them becomes a mention, a link, markup or a second cell.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.model import Severity
from apicheck.report import coverage
from apicheck.report.groups import by_contract, by_place, folded, live, waived
from apicheck.report.reach import consumers, who
from apicheck.report.witness import claim, drawn
from apicheck.report.words import (
    amount,
    answer,
    shorten,
    side_name,
    spot,
    visible,
    with_others,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from apicheck.model import Finding, Report, Rule
    from apicheck.report import RenderOptions
    from apicheck.report.groups import Entry

__all__ = ["code", "escape", "render"]

_PUNCTUATION = re.compile(r"([\\`*_\[\]#~$])")
#: What GitHub links or draws by itself, also in the middle of a word: mentions, addresses,
#: hosts, issue numbers, emoji. A zero-width space after the mark keeps it from being found.
_LINKED = re.compile(r"(@|:(?=//)|www(?=\.)|\\#(?=\d)|GH-(?=\d)|:(?=[\w\\+-]+:))", re.IGNORECASE)
_CLOSING = "\n</details>\n"
#: Room kept for the line that says what was left out.
_RESERVE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """A run of rows under a head; what does not fit is counted as ``noun``."""

    head: str
    rows: tuple[tuple[str, int], ...]
    noun: str
    tail: str = ""


def render(report: Report, options: RenderOptions) -> str:
    """The report as GitHub Markdown of at most ``options.limit`` characters (at least 1,000)."""
    limit = max(options.limit, 1000)
    text = _head(report, limit // 2)
    left: Counter[str] = Counter()
    for section in _sections(report, options):
        whole = _fitting(section, limit - _RESERVE - len(text), left)
        text += whole
    if left:
        missing = ", ".join(amount(number, noun) for noun, number in left.items())
        text += f"\n_Left out to fit: {missing}. Run apicheck locally to see everything._\n"
    return text


def _head(report: Report, room: int) -> str:
    verdict, detail = answer(report)
    lines = [f"**{verdict}**{': ' if detail else ''}{escape(shorten(detail, 300))}", ""]
    if report.old is not None and report.new is not None:
        sides = f"{code(side_name(report.old))} → {code(side_name(report.new))}"
        lines += [sides, ""] if len(sides) < room else []
    return "\n".join(lines)


def _sections(report: Report, options: RenderOptions) -> Iterator[_Section]:
    """What the report tells, the most important first."""
    findings = live(report.findings)
    errors = [f for f in findings if f.severity is Severity.ERROR]
    for name, inside in by_contract(errors).items():
        title = f"\n### {escape(shorten(name, 100))}\n" if name else ""
        yield _Section(head=f"{title}\n{_TABLE}", rows=_rows(inside), noun="error")
    if options.quiet:
        return
    yield from _advice(errors)
    for level in (Severity.WARNING, Severity.INFO):
        word = level.name.lower()
        chosen = [f for f in findings if f.severity is level]
        if chosen:
            head = _opening(amount(len(chosen), word)) + _TABLE
            yield _Section(head=head, rows=_rows(chosen), noun=word, tail=_CLOSING)
    passed = waived(report.findings)
    if passed:
        head = _opening(f"{len(passed):,} waived")
        rows = tuple((_waiver(finding), 1) for finding in passed)
        yield _Section(head=head, rows=rows, noun="waived finding", tail=_CLOSING)
    if report.coverage:
        head = f"{_opening(escape(coverage.headline(report)))}{_COVERAGE}"
        seen = tuple((_reached(row), 1) for row in coverage.rows(report.coverage))
        yield _Section(head=head, rows=seen, noun="operation", tail=_CLOSING)
    if report.notes:
        notes = tuple((f"- {escape(shorten(note, 500))}\n", 1) for note in report.notes)
        yield _Section(head=_opening("Notes"), rows=notes, noun="note", tail=_CLOSING)


_COVERAGE = "| Operation | Seen | Never seen | Undocumented |\n| --- | --- | --- | --- |\n"


def _reached(row: tuple[str, str, str, str]) -> str:
    return f"| {code(row[0])} | {' | '.join(map(escape, row[1:]))} |\n"


_TABLE = "| What | Where | For whom |\n| --- | --- | --- |\n"


def _opening(summary: str) -> str:
    return f"\n<details><summary>{summary}</summary>\n\n"


def _rows(findings: Iterable[Finding]) -> tuple[tuple[str, int], ...]:
    """Table rows with the number of findings that each tells."""
    several = len(by_contract(findings := list(findings))) > 1
    groups = by_place(folded(findings))
    return tuple(
        (_row(entry, several=several), len(entry.findings))
        for group in groups
        for entry in group.entries
    )


def _row(entry: Entry, *, several: bool) -> str:
    finding = entry.first
    what = escape(with_others(shorten(finding.message, 300), entry.others))
    what += f"<br>{code(finding.rule.id)}"
    if finding.witness is not None:
        # A table cell has one line: the marks under the value have no place here.
        what += f"<br>for example {code(drawn(finding)[0])}: {escape(claim(finding.witness))}"
    where = "<br>".join(_places(entry))
    if several and finding.contract:
        where = f"{escape(shorten(finding.contract, 100))}: {where}"
    whom = "<br>".join(filter(None, (_whom(entry), escape(consumers(finding)))))
    return f"| {what} | {where} | {whom} |\n"


def _whom(entry: Entry) -> str:
    return escape(shorten(who(entry.findings), 400))


def _places(entry: Entry) -> list[str]:
    """The places of an entry, at most three of them, each with its lines."""
    findings = entry.findings[:1] if entry.others else entry.findings
    places = list(dict.fromkeys(map(_place, findings)))
    if len(places) > 4:
        places[3:] = [f"and {len(places) - 3:,} more places"]
    return places


def _place(finding: Finding) -> str:
    at = finding.location
    spans = [code(shorten(spot(span), 200)) for span in (at.old, at.new) if span is not None]
    label = escape(shorten(at.label, 200))
    return f"{label}<br>{' → '.join(spans)}" if spans else label


def _waiver(finding: Finding) -> str:
    assert finding.waived is not None
    until = f" (until {escape(finding.waived.until)})" if finding.waived.until else ""
    contract = f"{escape(shorten(finding.contract, 100))}: " if finding.contract else ""
    return (
        f"- {contract}{escape(shorten(finding.location.label, 200))}: "
        f"{escape(shorten(finding.message, 300))} ({code(finding.rule.id)}), "
        f"because: {escape(shorten(finding.waived.reason, 300))}{until}\n"
    )


def _advice(findings: Iterable[Finding]) -> Iterator[_Section]:
    """What to do instead, once for each rule that has an error."""
    rules: dict[str, Rule] = {each.rule.id: each.rule for each in findings}
    rows = tuple(
        (f"- {code(rule.id)}: {escape(rule.why)} {escape(rule.fix)}\n", 1)
        for rule in rules.values()
    )
    if rows:
        yield _Section(
            head=_opening("Why, and what to do instead"),
            rows=rows,
            noun="explanation",
            tail=_CLOSING,
        )


def _fitting(section: _Section, room: int, left: Counter[str]) -> str:
    """The section with as many rows as fit; the rest is counted in ``left``."""
    text = section.head
    room -= len(section.head) + len(section.tail)
    shown = 0
    for row, number in section.rows:
        # Once a row has been left out, so are all after it: the order is the importance.
        if left[section.noun] == 0 and len(row) <= room:
            text += row
            room -= len(row)
            shown += 1
        else:
            left[section.noun] += number
    if not left[section.noun]:
        del left[section.noun]
    return text + section.tail if shown else ""


def escape(text: str) -> str:
    """The text as Markdown that shows exactly it, on one line, in a table cell or out of one."""
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    safe = _LINKED.sub("\\1\u200b", _PUNCTUATION.sub(r"\\\1", shown))
    if safe.startswith(("-", "+")):
        safe = f"\\{safe}"  # at the start of a line it would be an item of a list
    # Not a backslash: before a pipe it has another meaning in a cell than out of it.
    return safe.replace("|", "&#124;")


def code(text: str) -> str:
    """The text as code, on one line, in a table cell or out of one."""
    shown = visible(text)
    if not shown:
        return ""
    if "|" in shown:
        # A pipe ends a cell even in a code span, where nothing can be escaped.
        return f"<code>{escape(shown)}</code>"
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
