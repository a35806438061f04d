"""Who is concerned by a finding: the operations that reach its place, told in few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Severity, breaks
from apicheck.report.words import amount, enumerated, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from apicheck.model import Finding, Use

__all__ = ["consumers", "hurt", "who"]


#: Sides of a message of which it is not said who sends it.
_OPEN = frozenset({"old data", "old readers"})


def hurt(finding: Finding) -> tuple[Use, ...]:
    """The uses that the finding breaks; all uses where it breaks none.

    A place that is narrowed hurts those who send to it and not those who read it, though
    both reach it: the finding is one, the hurt is by use.
    """
    uses = finding.location.uses
    if not finding.breaking:
        return uses
    if finding.hurts is not None:
        uses = tuple(use for use in uses if use.direction in finding.hurts) or uses
    override = finding.rule.override
    return (
        tuple(
            use
            for use in uses
            if (
                override[use.direction] is Severity.ERROR
                if use.direction in override
                else breaks(finding.rule.effect, use.direction)
            )
        )
        # Made an error by the user's settings: the table still knows whose it is.
        or tuple(use for use in uses if breaks(finding.rule.effect, use.direction))
        or uses
    )


def who(findings: Sequence[Finding], title: str = "", most: int = 2) -> str:
    """``breaks requests of POST /a, PUT /b, and 12 more operations; responses of GET /a``.

    The findings, at least one, either all break or all do not. At most ``most`` operations
    are named for each kind of use. Under a heading ``title`` that is the only operation
    concerned, its name is not said again. "" without uses.
    """
    kinds: dict[str, dict[str, None]] = {}
    for finding in findings:
        for use in hurt(finding):
            # ``response 200`` and ``response 404`` are one kind; the label says which it is.
            kind = use.side if use.side in _OPEN else use.side.partition(" ")[0]
            kinds.setdefault(kind, {})[use.label] = None
    if kinds.keys() == {"answer"}:
        return _seen(list(kinds["answer"]), title, most)
    told = "; ".join(
        filter(None, (_kind(kind, labels, title, most) for kind, labels in kinds.items()))
    )
    if not told:
        return ""
    return f"{'breaks' if findings[0].breaking else 'reaches'} {told}"


def _seen(labels: list[str], title: str, most: int) -> str:
    """Where a service answered so; "" if the title says it."""
    if labels == [title]:
        return ""
    return f"seen at {enumerated(map(visible, labels), most, 'operation')}"


def _kind(kind: str, labels: Iterable[str], title: str, most: int) -> str:
    names = list(labels)
    # The side of an operation that is concerned as a whole is called ``operation``.
    whole = kind in ("", "operation")
    several = visible(kind) if kind in _OPEN else f"{visible(kind)}s"
    # ``message Order`` is the place of what is written and read as ``Order``.
    if len(names) == 1 and (title == names[0] or title.endswith(f" {names[0]}")):
        return "" if whole else several
    listed = enumerated(map(visible, names), most, "operation")
    return listed if whole else f"{several} of {listed}"


def consumers(finding: Finding, most: int = 4) -> str:
    """``consumers that use this: web (2 interactions), mobile``; "" where nobody has looked.

    One interaction of one consumer is named.
    """
    if finding.consumers is None:
        return ""
    if not finding.consumers:
        told = "no known consumer uses this"
        # What the judge let pass for it has a reason that says so, and maybe more.
        return finding.reason if told in finding.reason else told
    if len(finding.consumers) == 1 and len(finding.consumers[0].interactions) == 1:
        (only,) = finding.consumers
        return f"consumers that use this: {visible(only.name)}: {visible(only.interactions[0])}"
    names = (
        f"{visible(each.name)} ({amount(len(each.interactions), 'interaction')})"
        if each.interactions
        else visible(each.name)
        for each in finding.consumers
    )
    return f"consumers that use this: {enumerated(names, most, 'consumer')}"
