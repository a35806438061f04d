"""The report for people at a terminal: what broke, for whom, where, and what to do."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.model import Severity, Verdict
from apicheck.report.coverage import headline, reasons, rows
from apicheck.report.groups import by_contract, by_place, each, folded, live, waived
from apicheck.report.reach import consumers, who
from apicheck.report.witness import claim, drawn
from apicheck.report.words import (
    amount,
    answer,
    enumerated,
    severity_counts,
    shorten,
    side_name,
    spot,
    visible,
    with_others,
)

if TYPE_CHECKING:
    from apicheck.model import Finding, Report
    from apicheck.report import RenderOptions
    from apicheck.report.groups import Entry, Group

__all__ = ["render"]

#: Errors and warnings told in full, unless all are asked for: about two screens.
ROWS = 30

_INDENT = " " * 11
_STYLES = {
    "error": "31;1",
    "warning": "33;1",
    "info": "36",
    "bold": "1",
    "dim": "2",
    "good": "32;1",
}

Paint = Callable[[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    paint: Paint
    width: int
    verbose: int
    #: The least severity told line by line.
    least: Severity
    #: Whether two things are compared, so that a place is of one of them.
    two: bool = True


def render(report: Report, options: RenderOptions) -> str:
    """The report as text for a terminal of ``options.width`` columns, ending in a newline."""
    least = Severity.ERROR if options.quiet else Severity.WARNING
    look = _Look(
        paint=_painted if options.colour else _plain,
        width=max(options.width, 40),
        verbose=options.verbose,
        least=Severity.INFO if options.verbose and not options.quiet else least,
        two=report.old is not None or report.new is None,
    )
    lines = [*_body(report, look)]
    if not options.quiet:
        lines += _waivers(waived(report.findings), look)
        for note in report.notes:
            lines += _wrapped(f"note: {visible(note)}", look.width, "", "      ")
        lines += _coverage(report, look, whole=options.coverage or options.verbose > 0)
        if report.notes or report.coverage:
            lines.append("")
    lines += _ending(report, look, quiet=options.quiet)
    return "\n".join(lines) + "\n"


def _body(report: Report, look: _Look) -> Iterator[str]:
    """The findings, contract by contract, each followed by an empty line."""
    findings = live(report.findings)
    contracts = {
        name: by_place(each(inside) if look.verbose > 1 else folded(inside))
        for name, inside in by_contract(findings).items()
    }
    told = _told(
        [entry for groups in contracts.values() for group in groups for entry in group.entries],
        look,
    )
    if not told:
        return
    if report.old is not None and report.new is not None:
        yield look.paint("dim", f"{side_name(report.old)} → {side_name(report.new)}")
        yield ""
    for name, groups in contracts.items():
        if not any(id(entry) in told for group in groups for entry in group.entries):
            continue  # the last line counts what is not told
        if name:
            counts = severity_counts(f for f in findings if f.contract == name)
            yield look.paint("bold", f"── {shorten(visible(name), 80)} ──  ") + counts
            yield ""
        for group in groups:
            entries = [entry for entry in group.entries if id(entry) in told]
            if entries:
                yield from _group(group, entries, look)
                yield ""
    yield from _rest(contracts, told, look)


def _told(entries: list[Entry], look: _Look) -> set[int]:
    """Identities of the entries that are told in full: errors before warnings."""
    loud = [entry for entry in entries if entry.first.severity >= look.least]
    if not look.verbose:
        loud = sorted(loud, key=lambda entry: -entry.first.severity)[:ROWS]
    return {id(entry) for entry in loud}


def _rest(contracts: dict[str, list[Group]], told: set[int], look: _Look) -> Iterator[str]:
    """What was left out to keep the report short, by severity and rule."""
    left: dict[Severity, Counter[str]] = {Severity.ERROR: Counter(), Severity.WARNING: Counter()}
    for groups in contracts.values():
        for group in groups:
            for entry in group.entries:
                if id(entry) not in told and look.least <= entry.first.severity != Severity.INFO:
                    left[entry.first.severity][entry.first.rule.id] += len(entry.findings)
    for severity, rules in left.items():
        if not rules:
            continue
        word = severity.name.lower()
        listed = enumerated((f"{rule} ({n:,})" for rule, n in rules.most_common()), 3, "rule")
        lines = _wrapped(
            f"{amount(rules.total(), word)} not shown: {listed}", look.width, "… ", "  "
        )
        yield from lines
    if any(left.values()):
        yield ""


def _group(group: Group, entries: list[Entry], look: _Look) -> Iterator[str]:
    """The title of a group with those whom all its findings concern, then its findings."""
    title = shorten(visible(group.title), 120) or "In several places"
    reaches = {who(entry.findings, group.title, _named(look)) for entry in entries}
    common = reaches.pop() if len(reaches) == 1 and group.title else ""
    if common and len(title) + len(common) + 4 <= look.width:
        yield f"{look.paint('bold', title)}  {look.paint('dim', f'({common})')}"
    else:
        yield look.paint("bold", title)
        if common:
            lines = _wrapped(common, look.width, "  ", "  ")
            yield from (look.paint("dim", line) for line in lines)
    for entry in entries:
        yield from _entry(entry, group.title, "" if common else None, look)
    quiet = Counter(e.first.severity for e in group.entries if e.first.severity < look.least)
    if quiet[Severity.INFO] and look.least is Severity.WARNING:
        number = sum(len(e.findings) for e in group.entries if e.first.severity is Severity.INFO)
        yield f"  {look.paint('info', 'info'.ljust(7))}  {look.paint('dim', f'{number:,} more')}"


def _entry(entry: Entry, title: str, reach: str | None, look: _Look) -> Iterator[str]:
    """One finding or several alike: message and rule, place, who is hurt, witness."""
    finding = entry.first
    word = finding.severity.name.lower()
    message = with_others(shorten(visible(finding.message), 300), entry.others)
    rule = f"[{finding.rule.id}]"
    lines = _wrapped(f"{message}  {rule}", look.width, _INDENT, _INDENT)
    lines[0] = f"  {look.paint(word, word.ljust(7))}  {lines[0].lstrip()}"
    lines[-1] = lines[-1].removesuffix(rule) + look.paint("dim", rule)
    yield from lines
    yield from _places(entry, look)
    if reach is None:
        yield from _wrapped(who(entry.findings, title, _named(look)), look.width, _INDENT, _INDENT)
    yield from _wrapped(consumers(finding), look.width, _INDENT, _INDENT)
    yield from _transcript(finding, look)
    if finding.witness is not None:
        drawing = drawn(finding, look.width - len(_INDENT) - 13)
        yield f"{_INDENT}for example  {drawing[0]}"
        yield from (f"{_INDENT}             {look.paint(word, line)}" for line in drawing[1:])
        yield from _wrapped(claim(finding.witness), look.width, _INDENT, _INDENT)
    elif finding.proof == "proved-safe":
        yield from _wrapped(f"proved harmless: {finding.reason}", look.width, _INDENT, _INDENT)
    elif finding.proof == "unknown" and finding.reason:
        yield from _wrapped(f"why: {visible(finding.reason)}", look.width, _INDENT, _INDENT)


def _transcript(finding: Finding, look: _Look) -> Iterator[str]:
    """What was asked and answered, where a service was; commands stay on one line, to be copied."""
    told = finding.values.get("transcript")
    if not isinstance(told, dict):
        return
    client = finding.values.get("client", "")
    yield from _wrapped(f"a client that believes this {client}", look.width, _INDENT, _INDENT)
    for name, text in told.items():
        if isinstance(text, str):  # more is for a replay
            yield f"{_INDENT}{name:14}  {visible(text)}"


def _named(look: _Look) -> int:
    """How many operations to name of each kind."""
    return (2, 10, 10_000)[min(look.verbose, 2)]


def _places(entry: Entry, look: _Look) -> Iterator[str]:
    """The places of findings alike, one a line, and how many were left out."""
    findings = entry.findings[:1] if entry.others else entry.findings
    places = list(dict.fromkeys(_where(finding, entry.title, look) for finding in findings))
    most = (3, 20, 10_000)[min(look.verbose, 2)]
    if len(places) > most + 1:
        places[most:] = [f"and {len(places) - most:,} more places"]
    for place in places:
        yield from _dim(place, look)


def _where(finding: Finding, title: str, look: _Look) -> str:
    """``request body > items[].sku  ·  old.yaml:12 → new.yaml:14``."""
    at = finding.location
    inside = at.label
    if title and inside.startswith(title):
        inside = inside.removeprefix(title).strip().removeprefix(">").strip()
    if at.old is not None and at.new is not None:
        # Among many places one file is enough to find each.
        spans = f"{spot(at.old)} → {spot(at.new)}" if title else spot(at.new)
    elif at.new is not None:
        spans = f"{spot(at.new)} (new)" if look.two else spot(at.new)
    elif at.old is not None:
        spans = f"{spot(at.old)} (old)" if look.two else spot(at.old)
    else:
        spans = ""
    # A line is broken between the files, not at a space in the name of one.
    spans = spans.replace(" ", "\u00a0").replace("\u00a0→", " →")
    inside = shorten(visible(inside), 160)
    return f"{inside}  ·\u00a0\u00a0{spans}" if inside and spans else inside or spans


def _dim(text: str, look: _Look) -> Iterator[str]:
    return (look.paint("dim", line) for line in _wrapped(text, look.width, _INDENT, _INDENT))


def _coverage(report: Report, look: _Look, *, whole: bool) -> Iterator[str]:
    """How many documented answers were seen; asked for, which, and why the others were not."""
    if not report.coverage:
        return
    text = f"note: {headline(report)}"
    yield from _wrapped(text if whole else f"{text} (--coverage says which)", look.width, "", "  ")
    if not whole:
        return
    table = [("", "seen", "never seen", "undocumented"), *rows(report.coverage)]
    wide = [max(len(row[column]) for row in table) for column in range(3)]
    yield ""
    for number, row in enumerate(table):
        cells = [cell.ljust(width) for cell, width in zip(row, wide, strict=False)]
        line = "  ".join(("", *cells, row[3])).rstrip()
        yield look.paint("dim", line) if not number else line
    told = list(reasons(report.coverage, _named(look)))
    if told:
        yield ""
        yield look.paint("dim", "  Never seen, and why")
    for status, why in told:
        yield from _wrapped(f"{status:7}  {why}", look.width, "  ", _INDENT)


def _waivers(findings: list[Finding], look: _Look) -> Iterator[str]:
    """With -v, what was let pass and why; without, the last line has their number."""
    if not findings or not look.verbose:
        return
    yield look.paint("bold", "Waived")
    for finding in findings:
        assert finding.waived is not None
        until = f" (until {finding.waived.until})" if finding.waived.until else ""
        place = " > ".join(
            filter(None, (visible(finding.contract), visible(finding.location.label)))
        )
        text = f"{shorten(visible(finding.message), 300)}  [{finding.rule.id}]"
        yield from _wrapped(text, look.width, "  ", _INDENT)
        yield from _dim(place, look)
        yield from _wrapped(
            f"because: {visible(finding.waived.reason)}{until}", look.width, _INDENT, _INDENT
        )
    yield ""


def _ending(report: Report, look: _Look, *, quiet: bool) -> Iterator[str]:
    """The verdict, the counts, the bump; and what to do next."""
    verdict, detail = answer(report)
    style = {Verdict.BREAKING: "error", Verdict.UNKNOWN: "warning"}.get(
        report.summary.verdict, "good"
    )
    text = f"{verdict}: {detail}" if detail else f"{verdict}."
    lines = _wrapped(text, look.width, "", "  ")
    lines[0] = look.paint(style, verdict) + lines[0].removeprefix(verdict)
    yield from lines
    if quiet:
        return
    hints = []
    rules = {f.rule.id for f in live(report.findings) if f.severity is Severity.ERROR}
    if rules:
        worst = next(f for f in live(report.findings) if f.severity is Severity.ERROR)
        hints.append(f"why and what to do: apicheck explain {worst.rule.id}")
    hidden = report.summary.info or len(waived(report.findings))
    if hidden and not look.verbose:
        hints.append("everything: -v")
    for line in _wrapped("   ".join(hints), look.width, "  ", "  "):
        yield look.paint("dim", line)


def _wrapped(text: str, width: int, first: str, others: str) -> list[str]:
    """Lines of at most ``width`` columns; none for an empty text; a long word is not cut."""
    # ``GET /orders`` and ``→ new.yaml:3`` stay together: no break at a no-break space.
    whole = text.replace(" /", "\u00a0/").replace("→ ", "→\u00a0")
    lines = textwrap.wrap(
        whole,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\u00a0", " ") for line in lines]


def _painted(style: str, text: str) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def _plain(_style: str, text: str) -> str:
    return text
