"""The report as SARIF 2.1.0 (OASIS), for code scanning.

Section numbers are those of the standard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import apicheck
from apicheck.model import Direction, Severity, breaks
from apicheck.report.files import artifact
from apicheck.report.plain import write
from apicheck.report.reach import consumers, who
from apicheck.report.words import sentence

if TYPE_CHECKING:
    from apicheck.model import Finding, Report, Rule, Span
    from apicheck.report import RenderOptions

__all__ = ["render"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
    Severity.OFF: "none",
}


def render(report: Report, options: RenderOptions) -> str:
    """The report as one run of SARIF 2.1.0, ending in a newline."""
    findings = [each for each in report.findings if each.severity is not Severity.OFF]
    rules = {each.rule.id: each.rule for each in findings}
    index = {name: number for number, name in enumerate(sorted(rules))}
    notes = [{"level": "note", "message": {"text": note}} for note in report.notes]
    return write(
        {
            "$schema": _SCHEMA,
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {
                        "driver": {
                            "name": "apicheck",
                            "version": apicheck.__version__,
                            "rules": [_descriptor(rules[name]) for name in index],
                        }
                    },
                    "invocations": [
                        {"executionSuccessful": True, "toolExecutionNotifications": notes}
                    ],
                    # 3.14.14: without a "uri", each machine has its own root.
                    "originalUriBaseIds": {
                        _ROOT: {"description": {"text": "The folder that the check was run in."}}
                    },
                    "columnKind": "unicodeCodePoints",
                    "results": [_result(each, index, report, options.root) for each in findings],
                }
            ],
        }
    )


def _descriptor(rule: Rule) -> dict[str, Any]:
    """A reportingDescriptor (3.49) out of a card."""
    words = rule.id.replace(".", "-").split("-")
    example = rule.example
    descriptor: dict[str, Any] = {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in words),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.fix}\n\nBefore:\n{example.old}\n\nAfter:\n{example.new}\n",
            "markdown": (
                f"{rule.why}\n\n**What to do:** {rule.fix}\n\nBefore:\n\n{_block(example.old)}\n"
                f"After:\n\n{_block(example.new)}"
            ),
        },
        "defaultConfiguration": {"level": _default_level(rule)},
        "properties": {
            "tags": [rule.id.partition(".")[0]],
            "effect": rule.effect.value,
            "surfaces": sorted(each.value for each in rule.surfaces),
            "since": rule.since,
        },
    }
    if rule.replaces:
        descriptor["deprecatedIds"] = list(rule.replaces)
    return descriptor


def _block(text: str) -> str:
    return f"```\n{text.strip()}\n```\n"


def _default_level(rule: Rule) -> str:
    """The loudest that the rule is in any direction."""
    levels = (
        rule.override[direction]
        if direction in rule.override
        else Severity.ERROR
        if breaks(rule.effect, direction)
        else Severity.INFO
        for direction in (Direction.INBOUND, Direction.OUTBOUND)
    )
    return _LEVELS[max(levels)]


def _result(finding: Finding, index: dict[str, int], report: Report, root: str) -> dict[str, Any]:
    """A result (3.27): found in the new contract, or in the old where the place is gone."""
    at = finding.location
    primary = at.new or at.old
    properties: dict[str, Any] = {
        "breaking": finding.breaking,
        "direction": finding.direction.value,
        "proof": finding.proof,
    }
    if finding.contract:
        properties["contract"] = finding.contract
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": index[finding.rule.id],
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [
            {
                **_physical(primary, report, root),
                "logicalLocations": [_logical(finding)],
            }
        ],
        "properties": properties,
    }
    if finding.fingerprint:
        result["partialFingerprints"] = {"apicheck/v1": finding.fingerprint}
    if at.old is not None and at.new is not None:
        result["relatedLocations"] = [
            {
                "id": 1,
                "message": {"text": f"in the old contract, {at.old.source}"},
                **_physical(at.old, report, root),
            }
        ]
    if finding.waived is not None:
        until = f" (until {finding.waived.until})" if finding.waived.until else ""
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{finding.waived.reason}{until}",
            }
        ]
    return result


def _message(finding: Finding) -> str:
    told = (sentence(finding), who([finding], finding.location.label), consumers(finding))
    # 3.11.6: [text](target) is a link, also in a plain text message; a stranger wrote this.
    return "; ".join(filter(None, told)).replace("](", "] (")


def _physical(span: Span | None, report: Report, root: str) -> dict[str, Any]:
    """The physicalLocation (3.29) of a span; that of the whole new contract without one."""
    if span is None:
        if report.new is None:
            return {}
        return {"physicalLocation": {"artifactLocation": _artifact(report.new.source, root)}}
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(span.source, root),
            "region": region,
        }
    }


def _artifact(source: str, root: str) -> dict[str, str]:
    found = artifact(source, root)
    return {"uri": found.uri, "uriBaseId": _ROOT} if found.based else {"uri": found.uri}


def _logical(finding: Finding) -> dict[str, str]:
    """The logicalLocation (3.33): the place by names, as a JSON pointer (RFC 6901)."""
    path = finding.location.path
    steps = (step.replace("~", "~0").replace("/", "~1") for step in path)
    named = {
        "name": path[-1] if path else finding.location.label,
        "fullyQualifiedName": "".join(f"/{step}" for step in steps),
        "decoratedName": finding.location.label,
    }
    return {key: text for key, text in named.items() if text}
