"""The catalogue of rules as text, JSON and Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from apicheck.judge.verdict import by_card
from apicheck.model import Direction, Severity, Surface

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apicheck.model import Rule

__all__ = ["as_json", "as_markdown", "as_text", "card", "severity_in"]

_ALL = frozenset(Surface)
_COUNTED = frozenset({Surface.WIRE, Surface.JSON})


def severity_in(rule: Rule, direction: Direction) -> str:
    """The default severity of a rule in one direction, in lower case."""
    return by_card(rule, direction, _COUNTED).name.lower()


def card(rule: Rule) -> dict[str, Any]:
    """A rule as plain values."""
    return {
        "id": rule.id,
        "summary": rule.summary,
        "effect": rule.effect.value,
        "request": severity_in(rule, Direction.INBOUND),
        "response": severity_in(rule, Direction.OUTBOUND),
        "surfaces": sorted(each.value for each in rule.surfaces),
        "why": rule.why,
        "fix": rule.fix,
        "because": rule.because,
        "mirror": rule.mirror or rule.id,
        "since": rule.since,
        "replaces": list(rule.replaces),
        "example": {"of": rule.example.of, "old": rule.example.old, "new": rule.example.new},
    }


def as_text(rules: Iterable[Rule]) -> str:
    """One line a rule: id, severity in requests and responses, summary."""
    rows = [
        (
            rule.id,
            severity_in(rule, Direction.INBOUND),
            severity_in(rule, Direction.OUTBOUND),
            rule.summary,
        )
        for rule in rules
    ]
    if not rows:
        return "no such rule\n"
    width = max(len(row[0]) for row in rows)
    head = f"{'rule':{width}}  {'request':8} {'response':8} summary\n"
    body = "".join(f"{a:{width}}  {b:8} {c:8} {d}\n" for a, b, c, d in rows)
    return head + body


def as_json(rules: Iterable[Rule]) -> str:
    """A list of cards."""
    return json.dumps([card(rule) for rule in rules], indent=2, ensure_ascii=False) + "\n"


def as_markdown(rules: Iterable[Rule]) -> str:
    """A section a rule: what the documentation page is made of."""
    parts = ["# Rules\n"]
    for rule in rules:
        request, response = (
            severity_in(rule, Direction.INBOUND),
            severity_in(rule, Direction.OUTBOUND),
        )
        parts.append(
            f"## `{rule.id}`\n\n{rule.summary} "
            f"Request: **{request}**, response: **{response}**.\n\n"
            f"{rule.why}\n\nInstead: {rule.fix}\n"
        )
        if rule.because:
            parts.append(f"Why not what the table says: {rule.because}\n")
        if rule.example.old or rule.example.new:
            parts.append(f"```diff\n- {rule.example.old}\n+ {rule.example.new}\n```\n")
    return "\n".join(parts)


def as_page(rule: Rule) -> str:
    """What ``apicheck explain`` prints."""
    lines = [f"{rule.id}: {rule.summary}", ""]
    for direction, words in (
        (Direction.INBOUND, "where peers send (a request)"),
        (Direction.OUTBOUND, "where peers read (a response)"),
    ):
        severity = by_card(rule, direction, _COUNTED)
        breaks = "breaks" if severity is Severity.ERROR else "does not break"
        lines.append(f"  {words:30} {severity.name.lower():8} {breaks}")
    lines += ["", f"Why it matters:  {rule.why}", f"What to do:      {rule.fix}"]
    if rule.because:
        lines.append(f"Severity:        {rule.because}")
    if rule.surfaces == frozenset({Surface.SOURCE}):
        lines.append("Surface:         only code generated from the contract is hurt")
    if rule.mirror:
        lines.append(f"The other way:   {rule.mirror}")
    if rule.example.old or rule.example.new:
        lines += [
            "",
            f"Example ({rule.example.of}):",
            f"- {rule.example.old}",
            f"+ {rule.example.new}",
        ]
    lines += [
        "",
        "To change how loud it is, in apicheck.toml:",
        "",
        "[rules]",
        f'"{rule.id}" = "warning"',
    ]
    return "\n".join(lines) + "\n"
