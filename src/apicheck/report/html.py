"""The report as one web page: nothing is loaded, nothing runs, and it prints.

Texts of a contract are written by strangers: each goes through ``_safe``. The page forbids scripts
and addresses of others by its own policy, should one slip through.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from apicheck.model import Severity, Verdict
from apicheck.report.coverage import headline, rows
from apicheck.report.groups import by_contract, by_place, folded, live, waived
from apicheck.report.page import STYLE
from apicheck.report.reach import consumers, who
from apicheck.report.witness import claim, drawn
from apicheck.report.words import amount, answer, shorten, side_name, spot, visible, with_others

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.model import Finding, Report
    from apicheck.report import RenderOptions
    from apicheck.report.groups import Entry, Group

__all__ = ["render"]

_LEVELS = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def render(report: Report, options: RenderOptions) -> str:
    """The report as an HTML document that stands by itself."""
    least = Severity.ERROR if options.quiet else Severity.INFO
    return "\n".join(_page(report, least, quiet=options.quiet)) + "\n"


def _page(report: Report, least: Severity, *, quiet: bool) -> Iterator[str]:
    verdict, detail = answer(report)
    style = {Verdict.BREAKING: "error", Verdict.UNKNOWN: "warning"}
    tone = style.get(report.summary.verdict, "warning" if report.summary.error else "good")
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield (
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )
    yield f"<title>apicheck {_safe(report.command)}: {_safe(verdict)}</title>"
    yield f"<style>{STYLE}</style></head><body>"
    yield f'<header class="{tone}"><p class="command">apicheck {_safe(report.command)}</p>'
    yield f"<h1>{_safe(verdict)}</h1><p>{_safe(detail)}</p>"
    sides = [f"<code>{_safe(side_name(s))}</code>" for s in (report.old, report.new) if s]
    if sides:
        yield f"<p>{' → '.join(sides)}</p>"
    yield "</header>"
    yield from _filters(report)
    yield "<main>"
    shown = [each for each in live(report.findings) if each.severity >= least]
    for name, inside in by_contract(shown).items():
        if name:
            yield f"<h2>{_safe(name)}</h2>"
        for group in by_place(folded(inside)):
            yield from _group(group)
    if not shown:
        yield "<p>Nothing was found.</p>"
    if not quiet:
        yield from _waived(waived(report.findings))
        yield from _coverage(report)
        yield from _notes(report)
    yield "</main></body></html>"


def _filters(report: Report) -> Iterator[str]:
    """A box for each severity that is there; the style hides what is not ticked."""
    counts = (report.summary.error, report.summary.warning, report.summary.info)
    for level, number in zip(_LEVELS, counts, strict=True):
        word = level.name.lower()
        if number:
            yield f'<input type="checkbox" id="{word}" class="filter" checked>'
            yield f'<label for="{word}" class="{word}">{_safe(amount(number, word))}</label>'


def _group(group: Group) -> Iterator[str]:
    worst = group.entries[0].first.severity.name.lower()
    levels = {each.first.severity.name.lower() for each in group.entries}
    yield f'<section class="{" ".join(f"has-{level}" for level in sorted(levels))}">'
    yield f'<h3 class="{worst}">{_safe(shorten(group.title, 200)) or "In several places"}</h3>'
    for entry in group.entries:
        yield from _entry(entry, group.title)
    yield "</section>"


def _entry(entry: Entry, title: str) -> Iterator[str]:
    """What is wrong on one line, and behind it where, for whom, why, and what to do."""
    finding = entry.first
    word = finding.severity.name.lower()
    message = _safe(with_others(shorten(finding.message, 400), entry.others))
    opened = " open" if finding.severity is Severity.ERROR else ""
    yield f'<details class="finding {word}"{opened}><summary><b>{word}</b> {message} '
    yield f'<code class="rule">{_safe(finding.rule.id)}</code></summary><dl>'
    yield from _fact("where", "<br>".join(_places(entry)))
    yield from _fact("for whom", _safe(who(entry.findings, title, 10)))
    yield from _fact("consumers", _safe(consumers(finding, 20)))
    if finding.witness is not None:
        yield from _fact("for example", f"<pre>{_drawn(finding)}</pre>")
        yield from _fact("", _safe(claim(finding.witness)))
    elif finding.proof == "proved-safe":
        yield from _fact("proved harmless", _safe(finding.reason))
    elif finding.proof == "unknown":
        yield from _fact("not decided", _safe(finding.reason))
    told = finding.values.get("transcript")
    if isinstance(told, dict):
        yield from _fact("the client", _safe(str(finding.values.get("client", ""))))
        for name, text in told.items():
            if isinstance(text, str):  # more is for a replay
                yield from _fact(_safe(str(name)), f"<pre>{_safe(text)}</pre>")
    yield from _fact("why", _safe(finding.rule.why))
    yield from _fact("what to do", _safe(finding.rule.fix))
    yield "</dl></details>"


def _fact(name: str, text: str) -> Iterator[str]:
    if text:
        yield f"<dt>{name}</dt><dd>{text}</dd>"


def _drawn(finding: Finding) -> str:
    """The value of the witness with the place that matters marked."""
    line, *below = drawn(finding, 2000)
    marks = below[0] if below else ""
    if "^" not in marks or marks.strip(" ^"):
        return _safe("\n".join((line, *below)))
    start, end = marks.index("^"), marks.rindex("^") + 1
    return f"{_safe(line[:start])}<mark>{_safe(line[start:end])}</mark>{_safe(line[end:])}"


def _places(entry: Entry) -> list[str]:
    findings = entry.findings[:1] if entry.others else entry.findings
    places = list(dict.fromkeys(map(_place, findings)))
    if len(places) > 21:
        places[20:] = [f"and {len(places) - 20:,} more places"]
    return places


def _place(finding: Finding) -> str:
    at = finding.location
    spans = [f"<code>{_safe(spot(each))}</code>" for each in (at.old, at.new) if each is not None]
    return " ".join(filter(None, (_safe(at.label), " → ".join(spans))))


def _waived(findings: list[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield f"<details><summary>{len(findings):,} waived</summary><ul>"
    for each in findings:
        assert each.waived is not None
        until = f" (until {each.waived.until})" if each.waived.until else ""
        place = ": ".join(filter(None, (each.contract, each.location.label)))
        yield (
            f"<li>{_safe(place)}: {_safe(each.message)} <code>{_safe(each.rule.id)}</code>, "
            f"because: {_safe(each.waived.reason)}{_safe(until)}</li>"
        )
    yield "</ul></details>"


def _coverage(report: Report) -> Iterator[str]:
    """Which documented answers a service was seen to give."""
    if not report.coverage:
        return
    yield f"<details><summary>{_safe(headline(report))}</summary><table>"
    yield "<tr><th>operation</th><th>seen</th><th>never seen</th><th>not documented</th></tr>"
    for row in rows(report.coverage):
        yield f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>"
    yield "</table></details>"


def _notes(report: Report) -> Iterator[str]:
    if report.notes:
        yield f"<ul class=notes>{''.join(f'<li>{_safe(each)}</li>' for each in report.notes)}</ul>"


def _safe(text: str) -> str:
    """The text as HTML that shows exactly it, in an element or an attribute."""
    return "\n".join(escape(visible(line)) for line in text.split("\n"))
