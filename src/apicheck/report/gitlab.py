"""The report as GitLab's code quality artifact: a JSON array of issues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.model import Severity
from apicheck.report.files import file_path
from apicheck.report.groups import live
from apicheck.report.plain import write
from apicheck.report.reach import consumers, who
from apicheck.report.words import sentence

if TYPE_CHECKING:
    from apicheck.model import Finding, Report
    from apicheck.report import RenderOptions

__all__ = ["render"]


def render(report: Report, options: RenderOptions) -> str:
    """One issue for each finding that is not waived, in the order of the report.

    GitLab knows an issue by its fingerprint and drops a second one with the same, so a
    number is added to those that come again.
    """
    issues: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for finding in live(report.findings):
        fingerprint = finding.fingerprint or _fingerprint(finding)
        number = seen[fingerprint] = seen.get(fingerprint, 0) + 1
        issues.append(
            {
                "description": _description(finding),
                "check_name": finding.rule.id,
                "fingerprint": fingerprint if number == 1 else f"{fingerprint}-{number}",
                "severity": _severity(finding),
                "location": _location(finding, report, options.root),
            }
        )
    return write(issues)


def _description(finding: Finding) -> str:
    told = (sentence(finding), who([finding], finding.location.label), consumers(finding))
    contract = f"{finding.contract}: " if finding.contract else ""
    return contract + "; ".join(filter(None, told))


def _severity(finding: Finding) -> str:
    if finding.severity is Severity.ERROR:
        if finding.consumers:
            return "blocker"
        return "critical" if finding.breaking else "major"
    return "minor" if finding.severity is Severity.WARNING else "info"


def _location(finding: Finding, report: Report, root: str) -> dict[str, Any]:
    """A file and a line, which GitLab demands of every issue."""
    span = finding.location.new or finding.location.old
    source = span.source if span is not None else report.new.source if report.new else ""
    return {
        "path": file_path(source, root) or finding.contract or "stdin",
        "lines": {"begin": span.line if span is not None else 1},
    }


def _fingerprint(finding: Finding) -> str:
    """A name for a finding that was given none."""
    from hashlib import sha256

    facts = (finding.contract, finding.rule.id, finding.direction.value, *finding.location.path)
    return sha256("\0".join(facts).encode("utf-8", "backslashreplace")).hexdigest()[:16]
