"""Witnesses as they are shown: whole, with long texts and lists cut, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apicheck.model import Finding, Report

__all__ = ["CHOICES", "cut", "with_witnesses"]

CHOICES = ("none", "short", "full")
#: Characters of a text, and items of a list, that are shown in short.
_TEXT = 80
_ITEMS = 8


def with_witnesses(report: Report, choice: str) -> Report:
    """The report with witnesses as chosen: ``none``, ``short`` or ``full``."""
    if choice == "full":
        return report
    return replace(report, findings=tuple(_with(each, choice) for each in report.findings))


def _with(finding: Finding, choice: str) -> Finding:
    witness = finding.witness
    if witness is None:
        return finding
    if choice == "none":
        return replace(finding, witness=None)
    value = cut(witness.value)
    if value is witness.value:
        return finding
    return replace(finding, witness=replace(witness, value=value, shortened=True))


def cut(value: Any) -> Any:
    """The value with long texts and lists cut; itself where there are none."""
    if isinstance(value, str) and len(value) > _TEXT:
        return f"{value[: _TEXT // 2]}… ({len(value):,} characters)"
    if isinstance(value, list):
        items = [cut(each) for each in value[:_ITEMS]]
        if len(value) > _ITEMS:
            return [*items[: _ITEMS // 2], f"… {len(value) - _ITEMS // 2:,} more"]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    if isinstance(value, dict):
        members = {name: cut(each) for name, each in value.items()}
        return value if all(members[name] is value[name] for name in value) else members
    return value
