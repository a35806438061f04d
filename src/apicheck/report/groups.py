"""Order findings for people: by contract, by operation or component, and folded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.model import Finding, Severity
from apicheck.report.plain import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "Entry",
    "Group",
    "by_contract",
    "by_place",
    "by_value",
    "each",
    "folded",
    "live",
    "waived",
]

#: From how many on findings that differ in one value are told as one, and from how many
#: places on what is said in the same words is told apart from its places.
FOLD = 3
SPREAD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a report for people tells as one: a finding, or several alike.

    ``title`` is the operation or component it stands in, "" for many of them. ``others``
    are the values in which the further findings differ from the first; without them,
    several findings say the same and differ in their place.
    """

    findings: tuple[Finding, ...]
    title: str
    others: tuple[Any, ...] = ()

    @property
    def first(self) -> Finding:
        """The finding that stands for all."""
        return self.findings[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The entries of one operation or one shared component ("": of many), worst first."""

    title: str
    entries: tuple[Entry, ...]


def live(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that count: neither waived nor switched off."""
    return [f for f in findings if f.waived is None and f.severity is not Severity.OFF]


def waived(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that were let pass."""
    return [f for f in findings if f.waived is not None]


def by_contract(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Findings by the contract they belong to, in the order first met."""
    contracts: dict[str, list[Finding]] = {}
    for finding in findings:
        contracts.setdefault(finding.contract, []).append(finding)
    return contracts


def title_of(finding: Finding) -> str:
    """The operation that a finding stands in, or the first part of its label.

    ``POST /orders request body > items[]`` stands in ``POST /orders`` if that is one of
    the operations that reach it, and else in ``POST /orders request body``.
    """
    head = finding.location.label.partition(" > ")[0]
    for use in finding.location.uses:
        if use.label and (head == use.label or head.startswith(f"{use.label} ")):
            return use.label
    return head


def by_place(entries: Iterable[Entry]) -> list[Group]:
    """Entries by operation or component; the groups with the worst findings first."""
    gathered: dict[str, list[Entry]] = {}
    for entry in entries:
        gathered.setdefault(entry.title, []).append(entry)
    groups = [
        Group(title=title, entries=tuple(sorted(inside, key=lambda each: -each.first.severity)))
        for title, inside in gathered.items()
    ]
    return sorted(groups, key=lambda group: -group.entries[0].first.severity)


def each(findings: Iterable[Finding]) -> list[Entry]:
    """One entry for each finding: nothing folded."""
    return [Entry(findings=(finding,), title=title_of(finding)) for finding in findings]


def folded(findings: Iterable[Finding]) -> list[Entry]:
    """Findings told as few entries: see ``Entry`` for what is told as one."""
    return _by_words(by_value(findings))


def by_value(findings: Iterable[Finding]) -> list[Entry]:
    """Tell findings of one rule in one place that differ in one value as one entry."""
    alike: dict[object, list[Finding]] = {}
    for finding in findings:
        key = (*_manner(finding), _stem(finding), tuple(finding.values))
        alike.setdefault(key, []).append(finding)
    entries: list[Entry] = []
    for same in alike.values():
        others = _difference(same) if len(same) >= FOLD else None
        if others is None:
            entries.extend(each(same))
        else:
            entries.append(Entry(findings=tuple(same), title=title_of(same[0]), others=others))
    return entries


def _by_words(entries: Iterable[Entry]) -> list[Entry]:
    """Tell what a rule says in the same words of several places as one entry."""
    alike: dict[object, list[Entry]] = {}
    for entry in entries:
        alone = entry.others or entry.first.witness is not None
        key = id(entry) if alone else (*_manner(entry.first), entry.first.message)
        alike.setdefault(key, []).append(entry)
    told: list[Entry] = []
    for same in alike.values():
        titles: dict[str, list[Entry]] = {}
        for entry in same:
            titles.setdefault(entry.title, []).append(entry)
        if len(titles) >= SPREAD:
            titles = {"": same}
        for title, inside in titles.items():
            findings = tuple(finding for entry in inside for finding in entry.findings)
            told.append(Entry(findings=findings, title=title, others=inside[0].others))
    return told


def _stem(finding: Finding) -> str:
    """The label without a value of the finding that it ends with: ``schema Pet > `` of ``name``."""
    label = finding.location.label
    for value in finding.values.values():
        if isinstance(value, str) and value and label.endswith(value):
            return label.removesuffix(value)
    return label


def _manner(finding: Finding) -> tuple[object, ...]:
    return (
        finding.contract,
        finding.rule.id,
        finding.severity,
        finding.direction,
        finding.breaking,
        finding.waived,
        finding.consumers,
    )


def _difference(findings: Sequence[Finding]) -> tuple[Any, ...] | None:
    """The one value by which the findings differ, for all but the first; None if not one."""
    differing = [name for name in findings[0].values if len(set(_written(findings, name))) > 1]
    if len(differing) != 1:
        return None
    return tuple(finding.values[differing[0]] for finding in findings[1:])


def _written(findings: Sequence[Finding], name: str) -> Iterator[str]:
    # As JSON, since 1 and true are equal in Python, and lists are not hashable.
    return (compact(finding.values[name]) for finding in findings)
