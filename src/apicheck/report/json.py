"""The report for programs: the contract ``apicheck-report/1``.

Its JSON Schema is ``report-1.schema.json`` beside this module. A later version of
apicheck may add members; what is there keeps its name and its meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import apicheck
from apicheck.model import Severity
from apicheck.report.plain import plain, write

if TYPE_CHECKING:
    from apicheck.model import Finding, Location, Reached, Report, Rule, Side, Span, Use, Witness
    from apicheck.report import RenderOptions

__all__ = ["as_data", "render"]

SCHEMA = "apicheck-report/1"


def render(report: Report, _options: RenderOptions) -> str:
    """The report as indented JSON, in the order of its findings, ending in a newline."""
    return write(as_data(report))


def as_data(report: Report) -> dict[str, Any]:
    """The report as the plain values that ``render`` writes."""
    findings = [each for each in report.findings if each.severity is not Severity.OFF]
    rules = {each.rule.id: each.rule for each in findings}
    summary = report.summary
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "tool": {"name": "apicheck", "version": apicheck.__version__},
        "command": report.command,
        "old": _side(report.old),
        "new": _side(report.new),
        "summary": {
            "verdict": summary.verdict.value,
            "bump": summary.bump.name.lower(),
            "error": summary.error,
            "warning": summary.warning,
            "info": summary.info,
            "unproved": summary.unproved,
        },
        "findings": [_finding(each) for each in findings],
        "rules": [_card(rules[name]) for name in sorted(rules)],
        "notes": list(report.notes),
    }
    if report.coverage is not None:
        data["coverage"] = [_reached(each) for each in report.coverage]
    return data


def _side(side: Side | None) -> dict[str, str] | None:
    if side is None:
        return None
    return {"source": side.source, "format": side.format, "version": side.version}


def _finding(finding: Finding) -> dict[str, Any]:
    waived = finding.waived
    data: dict[str, Any] = {
        "rule": finding.rule.id,
        "severity": finding.severity.name.lower(),
        "effect": finding.rule.effect.value,
        "direction": finding.direction.value,
        "breaking": finding.breaking,
        "message": finding.message,
        "location": _location(finding.location),
        "values": plain(finding.values),
        "witness": _witness(finding.witness),
        "proof": finding.proof,
        "reason": finding.reason,
        "consumers": None
        if finding.consumers is None
        else [
            {"name": each.name, "interactions": list(each.interactions)}
            for each in finding.consumers
        ],
        "waived": None
        if waived is None
        else {
            "reason": waived.reason,
            "until": waived.until,
        },
        "fingerprint": finding.fingerprint,
        "hurts": None if finding.hurts is None else sorted(each.value for each in finding.hurts),
    }
    if finding.contract:
        data["contract"] = finding.contract
    return data


def _reached(reached: Reached) -> dict[str, Any]:
    return {
        "operation": reached.operation,
        "status": reached.status,
        "documented": reached.documented,
        "seen": reached.seen,
        "why": reached.why,
        "at": _span(reached.at),
    }


def _location(location: Location) -> dict[str, Any]:
    return {
        "path": list(location.path),
        "label": location.label,
        "old": _span(location.old),
        "new": _span(location.new),
        "operations": [_use(use) for use in location.uses],
    }


def _use(use: Use) -> dict[str, str]:
    return {"label": use.label, "side": use.side, "direction": use.direction.value}


def _span(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    return {
        "source": span.source,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _witness(witness: Witness | None) -> dict[str, Any] | None:
    if witness is None:
        return None
    return {
        "value": plain(witness.value),
        "accepted_by": witness.accepted_by,
        "rejected_by": witness.rejected_by,
        "purpose": witness.purpose,
        "checked": witness.checked,
        "at": list(witness.at),
        "undeclared": witness.undeclared,
        "shortened": witness.shortened,
        "misread": witness.misread,
        "shown": list(witness.shown),
    }


def _card(rule: Rule) -> dict[str, str]:
    return {
        "id": rule.id,
        "effect": rule.effect.value,
        "summary": rule.summary,
        "why": rule.why,
        "fix": rule.fix,
    }
