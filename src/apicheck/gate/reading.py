"""Reading the two sides of a contract under review, where either may be broken or new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck import api, lint
from apicheck.errors import ApicheckError, UnsupportedFeature
from apicheck.model import Change, Contract, Direction, Place, Span
from apicheck.store import rules
from apicheck.store.verify import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apicheck.api import Settings
    from apicheck.model import Rule

__all__ = ["Sides", "read_sides"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both sides, None where one is not there or cannot be read.

    ``changes`` say what is wrong with the new side; ``foreign`` that its format is none which
    can be compared yet.
    """

    old: Contract | None
    new: Contract | None
    changes: tuple[Change, ...] = ()
    foreign: bool = False


def read_sides(old: str, new: str, settings: Settings) -> Sides:
    """Read and lint; ``old`` is "" where there is nothing to compare with.

    A new side that cannot be read is a finding like any other, so that the report still tells of
    the other contracts.
    """
    try:
        after = api.load(new, settings)
    except UnsupportedFeature as problem:
        return _foreign(old, new, settings, problem)
    except ApicheckError as problem:
        return Sides(old=None, new=None, changes=(_unreadable(problem, new, rules.INVALID),))
    except ExceptionGroup as problems:
        found = tuple(_unreadable(each, new, rules.INVALID) for each in problems.exceptions)
        return Sides(old=None, new=None, changes=found)
    before = None
    changes: list[Change] = []
    if old:
        try:
            before = api.load(old, settings)
        except (ApicheckError, ExceptionGroup) as problem:
            changes.append(_unreadable(problem, old, rules.STILL_INVALID))
    wrong = list(lint.problems(after.document))
    known = list(lint.problems(before.document)) if wrong and before is not None else []
    changes += lint.changes(wrong, known)
    return Sides(old=before, new=after, changes=tuple(changes))


def _foreign(old: str, new: str, settings: Settings, problem: UnsupportedFeature) -> Sides:
    """A document of no format that is compared: it is linted as what it says that it is.

    Where the old side was of a known format, or it claims one itself, that is what is wrong.
    """
    from apicheck.sources import open_source

    document = open_source(new, settings.options)
    data = document.data
    claims = (
        type(data) is not dict
        or bool(document.members)
        or any(key in data for key in ("openapi", "swagger", "asyncapi"))
    )
    if claims or (old and _known(old, settings)):
        return Sides(old=None, new=None, changes=(_unreadable(problem, new, rules.INVALID),))
    return Sides(
        old=None,
        new=None,
        changes=tuple(lint.changes(lint.problems(document))),
        foreign=True,
    )


def _known(source: str, settings: Settings) -> bool:
    try:
        api.load(source, settings)
    except (ApicheckError, ExceptionGroup):
        return False
    return True


def _unreadable(problem: BaseException, source: str, rule: Rule) -> Change:
    span = getattr(problem, "span", None)
    text = str(problem).partition("\n")[0]
    place = whole(source) if span is None else Place(document=_Spot(span), pointer=())
    for prefix in (source, getattr(problem, "source", "")):
        if prefix and text.startswith(prefix):
            text = text.removeprefix(prefix).lstrip(":0123456789").strip()
    return Change(
        rule=rule,
        path=("document",),
        label="document",
        direction=Direction.BOTH,
        old=place if rule is rules.STILL_INVALID else None,
        new=place if rule is rules.INVALID else None,
        values={"problem": text},
    )


class _Spot:
    """The place that an error names, as a document that knows only that."""

    def __init__(self, span: Span) -> None:
        self.source = span.source
        self._span = span

    def span(self, _pointer: Sequence[str | int]) -> Span:
        """The place of the error."""
        return self._span
