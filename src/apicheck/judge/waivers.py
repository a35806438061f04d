"""Findings that the user lets pass, with a reason and until a date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.errors import ConfigError
from apicheck.judge.selectors import Selector, parse, places_match
from apicheck.judge.settings import at, nearest
from apicheck.model import Direction, Effect, Example, Rule, Severity, Waived

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from apicheck.judge.verdict import Ruling
    from apicheck.model import Change, Use

__all__ = ["RULES", "WAIVER_EXPIRED", "WAIVER_UNUSED", "Waiver", "read", "waived"]

WAIVER_EXPIRED = Rule(
    id="waiver.expired",
    effect=Effect.KEEPS,
    summary="A waiver is past its date and no longer lets anything pass.",
    message="the waiver of {waiver} expired on {until}",
    why="What it let pass counts again; the break that was to be temporary is still there.",
    fix="Mend the break and delete the waiver, or give it a new date and say why.",
    example=Example(of="policy", old="", new='until = "2001-01-01"'),
    override={Direction.BOTH: Severity.WARNING, Direction.INBOUND: Severity.WARNING},
    because="It breaks nobody by itself; what it let pass is told apart.",
)
WAIVER_UNUSED = Rule(
    id="waiver.unused",
    effect=Effect.KEEPS,
    summary="A waiver lets nothing pass.",
    message="the waiver of {waiver} matches nothing",
    why="A waiver that is left lying about may hide a later break that nobody meant.",
    fix="Delete the waiver.",
    example=Example(of="policy", old="", new='rule = "operation.removed"'),
    override={Direction.BOTH: Severity.WARNING, Direction.INBOUND: Severity.WARNING},
    because="It breaks nobody by itself.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_KEYS = ("rule", "path", "fingerprint", "reason", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One entry: at least one of rule, path and fingerprint, and a reason."""

    reason: str
    rule: Selector | None = None
    path: str = ""
    fingerprint: str = ""
    until: date | None = None
    source: str = ""

    def matches(self, change: Change, part: Use, fingerprint: str) -> bool:
        """Whether the finding is meant, for one operation and direction that it reaches."""
        if self.rule is not None and not self.rule.matches(change.rule, part.direction):
            return False
        if self.path and not places_match(self.path, change, part):
            return False
        return not self.fingerprint or fingerprint == self.fingerprint

    @property
    def shown(self) -> str:
        """The waiver in a few words."""
        rule = "" if self.rule is None else self.rule.pattern
        return " at ".join(each for each in (rule or self.fingerprint, self.path) if each)

    @property
    def mark(self) -> Waived:
        """What a finding that was let pass carries."""
        return Waived(reason=self.reason, until=None if self.until is None else str(self.until))


def waived(
    change: Change,
    ruling: Ruling,
    fingerprint: str,
    waivers: Iterable[Waiver],
    *,
    today: date,
    used: set[int],
) -> Waived | None:
    """The mark of a finding that is let pass: waivers cover it wherever it counts.

    A waiver of one operation does not let pass what the same change does to another; several
    waivers may cover it together. ``used`` gathers the indexes of those that meant the finding.
    """
    uncovered = dict.fromkeys(ruling.counting)
    marks: list[Waived] = []
    for index, waiver in enumerate(waivers):
        met = [part for part in ruling.parts if waiver.matches(change, part, fingerprint)]
        if not met:
            continue
        used.add(index)
        if waiver.until is not None and waiver.until < today:
            continue
        before = len(uncovered)
        for part in met:
            uncovered.pop(part, None)
        if len(uncovered) < before:
            marks.append(waiver.mark)
    return None if uncovered else _joined(marks)


def _joined(marks: list[Waived]) -> Waived:
    """One mark of several: all reasons, and the first date on which one of them ends."""
    reasons = dict.fromkeys(mark.reason for mark in marks)
    dates = [mark.until for mark in marks if mark.until is not None]
    return Waived(reason="; ".join(reasons), until=min(dates, default=None))


def read(tables: Iterable[dict[str, Any]], catalogue: Iterable[Rule], path: str) -> list[Waiver]:
    """Check and read ``[[waivers]]``; ConfigError says what is wrong with which."""
    rules = tuple(catalogue)
    return [_read(table, rules, path) for table in tables]


def _read(table: dict[str, Any], rules: tuple[Rule, ...], path: str) -> Waiver:
    for key in table:
        if key not in _KEYS:
            raise ConfigError(
                at(path, key), f"waivers.{key}", "no such setting", nearest(key, _KEYS)
            )
    for key in ("rule", "path", "fingerprint", "reason"):
        if key in table and not isinstance(table[key], str):
            raise ConfigError(at(path, key), f"waivers.{key}", f"takes a text, not {table[key]!r}")
    if not any(table.get(key) for key in ("rule", "path", "fingerprint")):
        raise ConfigError(
            at(path, "waivers"), "waivers", "a waiver needs a rule, a path or a fingerprint"
        )
    if not str(table.get("reason", "")).strip():
        raise ConfigError(
            at(path, "waivers"),
            "waivers.reason",
            "a waiver needs a reason",
            "say why the break may pass",
        )
    rule = table.get("rule")
    return Waiver(
        reason=table["reason"].strip(),
        rule=None if rule is None else parse(rule, rules, path),
        path=table.get("path", ""),
        fingerprint=table.get("fingerprint", ""),
        until=_date(table.get("until"), path),
        source=path,
    )


def _date(value: Any, path: str) -> date | None:
    from datetime import date

    if value is None or (isinstance(value, date) and type(value) is date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ConfigError(
            at(path, str(value)),
            "waivers.until",
            f"{value!r} is no date",
            'write it as "2027-01-31"',
        ) from None
