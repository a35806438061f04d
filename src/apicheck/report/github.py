"""The report as workflow commands of GitHub Actions: annotations on the lines of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Severity
from apicheck.report.files import file_path
from apicheck.report.groups import by_value, live
from apicheck.report.plain import well_formed
from apicheck.report.reach import consumers, who
from apicheck.report.words import amount, answer, sentence, spot, visible, with_others

if TYPE_CHECKING:
    from apicheck.model import Finding, Report
    from apicheck.report import RenderOptions
    from apicheck.report.groups import Entry

__all__ = ["render"]

#: GitHub shows this many annotations of each level from one step, and drops the rest.
MOST = 10

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, options: RenderOptions) -> str:
    """One command a line, the worst first, and a notice with the verdict at the end.

    Of each level as many as GitHub shows are commands; further errors and warnings are
    plain lines of the log. Info findings are told with -v only.
    """
    lines: list[str] = []
    hidden = 0
    findings = live(report.findings)
    for level in (Severity.ERROR, Severity.WARNING, Severity.INFO):
        chosen = [f for f in findings if f.severity is level]
        if (level is Severity.INFO and not options.verbose) or (
            level is not Severity.ERROR and options.quiet
        ):
            continue
        # The last notice is the verdict.
        most = MOST - 1 if level is Severity.INFO else MOST
        entries = by_value(chosen)
        lines += (_command(each, options.root) for each in entries[:most])
        lines += (_plain(each) for each in entries[most:])
        hidden += sum(len(each.findings) for each in entries[most:])
    verdict, detail = answer(report)
    text = f"{verdict}: {detail}" if detail else verdict
    if hidden:
        text += f"; {amount(hidden, 'more finding')} in the log of this step"
    lines.append(f"::notice title=apicheck::{_data(text)}")
    return "\n".join(lines) + "\n"


def _command(entry: Entry, root: str) -> str:
    """``::error file=api.yaml,line=3,title=RULE::MESSAGE``."""
    finding = entry.first
    properties = {**_place(finding, root), "title": f"apicheck: {finding.rule.id}"}
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    lines = [
        finding.contract and visible(f"[{finding.contract}]"),
        with_others(sentence(finding), entry.others),
        who(entry.findings, finding.location.label),
        consumers(finding),
        f"see: apicheck explain {finding.rule.id}",
    ]
    message = "\n".join(filter(None, lines))
    return f"::{_COMMANDS[finding.severity]} {told}::{_data(message)}"


def _place(finding: Finding, root: str) -> dict[str, str]:
    """The file and lines in the new revision; of an old place only the file, if there is one."""
    span = finding.location.new or finding.location.old
    path = None if span is None else file_path(span.source, root)
    if span is None or path is None:
        return {}
    if finding.location.new is None:
        # The line belongs to the old revision, which the change no longer shows.
        return {"file": path}
    place = {"file": path, "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:
        # GitHub takes columns only within one line, and includes the last.
        place["col"] = str(span.column)
        place["endColumn"] = str(max(span.column, span.end_column - 1))
    return place


def _plain(entry: Entry) -> str:
    """A line of the log that cannot be taken for a command: it begins with a word of ours."""
    finding = entry.first
    span = finding.location.new or finding.location.old
    where = f" ({spot(span)})" if span is not None else ""
    text = with_others(sentence(finding), entry.others) + where
    return f"{_COMMANDS[finding.severity]}: {text} [{finding.rule.id}]"


def _data(text: str) -> str:
    """The escape of a message, as in the toolkit's ``escapeData``."""
    escaped = well_formed(text).replace("%", "%25").replace("\r", "%0D")
    return escaped.replace("\n", "%0A")


def _property(text: str) -> str:
    """The escape of a property, as in the toolkit's ``escapeProperty``."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
