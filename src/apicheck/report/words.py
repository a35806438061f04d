"""The sentences that several reports share: counts, verdicts, and text made safe to show."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from apicheck.model import Bump, Severity, Verdict
from apicheck.report.plain import compact, well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from apicheck.model import Finding, Report, Side, Span

__all__ = [
    "amount",
    "answer",
    "enumerated",
    "quoted",
    "sentence",
    "severity_counts",
    "shorten",
    "side_name",
    "spot",
    "visible",
    "with_others",
]

#: Unicode categories that a terminal obeys instead of showing: controls, formats
#: (bidirectional overrides, zero width), line and paragraph separators.
_UNSEEN = {"Cc", "Cf", "Zl", "Zp"}


def visible(text: str) -> str:
    """The text on one line, with everything that a terminal would obey written out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_seen, well_formed(text)))


def _seen(character: str) -> str:
    if character in "\n\r\t":
        return " "
    if unicodedata.category(character) in _UNSEEN:
        code = ord(character)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return character


def shorten(text: str, most: int) -> str:
    """The text, or as much of it as fits in ``most`` characters with an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def quoted(value: Any, most: int = 40) -> str:
    """A value inside a sentence: strings in quotes, all else as JSON; cut when long."""
    text = f"'{value}'" if isinstance(value, str) else compact(value)
    return shorten(visible(text), most)


def amount(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``, ``2 info``."""
    plural = noun if number == 1 or noun == "info" else f"{noun}s"
    return f"{number:,} {plural}"


def enumerated(names: Iterable[str], most: int, noun: str) -> str:
    """``a, b, and 12 more operations``: the first ``most`` names and how many are left.

    A single name too many is shown, since counting it would take as much room.
    """
    known = list(names)
    if len(known) <= most + 1:
        return ", ".join(known)
    left = len(known) - most
    return f"{', '.join(known[:most])}, and {left:,} more{f' {noun}s' if noun else ''}"


def severity_counts(findings: Iterable[Finding]) -> str:
    """``2 errors, 1 warning, 3 info``, leaving out what there is none of."""
    counts = dict.fromkeys((Severity.ERROR, Severity.WARNING, Severity.INFO), 0)
    for finding in findings:
        counts[finding.severity] += 1
    return ", ".join(amount(n, level.name.lower()) for level, n in counts.items() if n)


def answer(report: Report) -> tuple[str, str]:
    """The verdict of a report in one word for people, and what stands behind it."""
    summary = report.summary
    if summary.verdict is Verdict.IDENTICAL:
        return "No changes", _between(report)
    counts = (("error", summary.error), ("warning", summary.warning), ("info", summary.info))
    facts = [amount(n, word) for word, n in counts if n] or ["no findings"]
    if summary.unproved:
        facts.append(f"{summary.unproved:,} unproved")
    waived = sum(finding.waived is not None for finding in report.findings)
    if waived:
        facts.append(f"{waived:,} waived")
    detail = ", ".join(facts)
    if summary.bump is not Bump.NONE:
        detail += f"; suggested version bump: {summary.bump.name.lower()}"
    if summary.error and summary.verdict is Verdict.COMPATIBLE:
        # No peer is broken, but something else is an error: a version number, an invalid document.
        return "Refused", f"{detail} (no peer breaks)"
    good, bad = _ANSWERS.get(report.command, ("", ""))
    if good and summary.verdict is not Verdict.UNKNOWN:
        wrong = summary.error or (summary.warning and report.command == "fuzz")
        return bad if wrong else good, detail
    return summary.verdict.value.capitalize(), detail


#: What commands that compare no versions say where nothing, and where something, is wrong.
_ANSWERS = {
    "fuzz": ("No wrong answers", "Wrong answers"),
    "pact diff": ("The pact changed", "The pact changed"),
    "pact compare": ("Within the contract", "Beyond the contract"),
    "pact lint": ("Nothing to mend", "To be mended"),
    "pact verify": ("Verified", "Not verified"),
}


def _between(report: Report) -> str:
    if report.old is None or report.new is None:
        return ""
    return f"{side_name(report.old)} and {side_name(report.new)} make the same promises"


def side_name(side: Side) -> str:
    """``api.yaml (1.4.0)``."""
    name = shorten(visible(side.source), 120)
    return f"{name} ({shorten(visible(side.version), 30)})" if side.version else name


def spot(span: Span) -> str:
    """``api.yaml:12``."""
    source = "<stdin>" if span.source == "-" else visible(span.source)
    return f"{source}:{span.line}"


def sentence(finding: Finding) -> str:
    """``schema Pet > name: null is no longer allowed``: where and what, on one line."""
    label, message = finding.location.label, finding.message
    return visible(message if not label or message.startswith(label) else f"{label}: {message}")


def with_others(message: str, others: Sequence[Any]) -> str:
    """The message of one finding, with the values in which further ones differ from it."""
    if not others:
        return message
    listed = [quoted(value) for value in others[:5]]
    if len(others) > len(listed):
        listed.append("…")
    return f"{message}; and {len(others):,} more like it: {', '.join(listed)}"
