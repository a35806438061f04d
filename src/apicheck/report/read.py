"""A report back from its JSON: what ``apicheck-report/1`` says, as a ``Report``.

What the JSON does not say of a rule (its example, who replaces it) is left empty.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apicheck.errors import ParseError
from apicheck.model import (
    Bump,
    Consumer,
    Direction,
    Effect,
    Example,
    Finding,
    Location,
    Reached,
    Report,
    Rule,
    Severity,
    Side,
    Span,
    Summary,
    Use,
    Verdict,
    Waived,
    Witness,
)
from apicheck.report.json import SCHEMA

if TYPE_CHECKING:
    from apicheck.sources import Document

__all__ = ["read"]

_AGAIN = "give what 'apicheck ... --format json' wrote, whole and as it was"


def read(document: Document) -> Report:
    """The report in a document; ParseError, with the place, if it is none."""
    _validate(document)
    data = document.data
    rules = {each["id"]: _rule(each) for each in data["rules"]}
    for index, each in enumerate(data["findings"]):
        if each["rule"] not in rules:
            raise ParseError(
                document.source,
                f"a finding names the rule {each['rule']!r}, which is not among the rules",
                span=document.span(("findings", index, "rule")),
                hint=_AGAIN,
            )
    summary = data["summary"]
    return Report(
        command=data["command"],
        old=_side(data["old"]),
        new=_side(data["new"]),
        summary=Summary(
            verdict=Verdict(summary["verdict"]),
            bump=Bump[summary["bump"].upper()],
            error=summary["error"],
            warning=summary["warning"],
            info=summary["info"],
            unproved=summary["unproved"],
        ),
        findings=tuple(_finding(each, rules[each["rule"]]) for each in data["findings"]),
        notes=tuple(data["notes"]),
        coverage=None if data.get("coverage") is None else tuple(map(_reached, data["coverage"])),
    )


def _validate(document: Document) -> None:
    """Hold the document against the JSON Schema beside this module."""
    data = document.data
    name = data.get("schema") if type(data) is dict else None
    if name != SCHEMA:
        other = type(name) is str and name.startswith("apicheck-report/")
        raise ParseError(
            document.source,
            f"is a report of another version, {name}" if other else f"is no report ({SCHEMA})",
            span=document.span(("schema",)),
            hint=f"this version of apicheck reads {SCHEMA}" if other else _AGAIN,
        )
    from jsonschema import Draft202012Validator

    schema = json.loads(Path(__file__).with_name("report-1.schema.json").read_bytes())
    for error in Draft202012Validator(schema).iter_errors(data):
        place = tuple(error.absolute_path)
        shown = "/".join(map(str, place)) or "the top"
        raise ParseError(
            document.source,
            f"is no report ({SCHEMA}): {error.message[:200]} (at {shown})",
            span=document.span(place),
            hint=_AGAIN,
        )


def _reached(data: dict[str, Any]) -> Reached:
    return Reached(
        operation=data["operation"],
        status=data["status"],
        documented=data["documented"],
        seen=data["seen"],
        why=data["why"],
        at=_span(data["at"]),
    )


def _side(data: dict[str, str] | None) -> Side | None:
    if data is None:
        return None
    return Side(source=data["source"], format=data["format"], version=data["version"])


def _rule(data: dict[str, str]) -> Rule:
    return Rule(
        id=data["id"],
        effect=Effect(data["effect"]),
        summary=data["summary"],
        message="",
        why=data["why"],
        fix=data["fix"],
        example=Example(old="", new=""),
    )


def _finding(data: dict[str, Any], rule: Rule) -> Finding:
    consumers, waived = data["consumers"], data["waived"]
    return Finding(
        rule=rule,
        severity=Severity[data["severity"].upper()],
        direction=Direction(data["direction"]),
        message=data["message"],
        location=_location(data["location"]),
        breaking=data["breaking"],
        hurts=None if data.get("hurts") is None else frozenset(map(Direction, data["hurts"])),
        values=data["values"],
        fingerprint=data["fingerprint"],
        witness=_witness(data["witness"]),
        proof=data["proof"],
        reason=data.get("reason", ""),
        consumers=None
        if consumers is None
        else tuple(
            Consumer(name=each["name"], interactions=tuple(each["interactions"]))
            for each in consumers
        ),
        waived=None if waived is None else Waived(reason=waived["reason"], until=waived["until"]),
        contract=data.get("contract", ""),
    )


def _location(data: dict[str, Any]) -> Location:
    return Location(
        path=tuple(data["path"]),
        label=data["label"],
        old=_span(data["old"]),
        new=_span(data["new"]),
        uses=tuple(
            Use(label=each["label"], side=each["side"], direction=Direction(each["direction"]))
            for each in data["operations"]
        ),
    )


def _span(data: dict[str, Any] | None) -> Span | None:
    if data is None:
        return None
    return Span(
        source=data["source"],
        line=data["line"],
        column=data["column"],
        end_line=data["end_line"],
        end_column=data["end_column"],
    )


def _witness(data: dict[str, Any] | None) -> Witness | None:
    if data is None:
        return None
    return Witness(
        value=data["value"],
        accepted_by=data["accepted_by"],
        rejected_by=data["rejected_by"],
        purpose=data["purpose"],
        checked=data["checked"],
        at=tuple(data.get("at", ())),
        undeclared=data.get("undeclared", False),
        shortened=data.get("shortened", False),
        misread=data.get("misread", False),
        shown=tuple(data.get("shown", ())),
    )
