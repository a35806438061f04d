"""Reading the two sides of a contract under review, where either may be broken or new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck import api, lint
from apicheck.errors import ApicheckError, MissingExtra, UnsupportedFeature
from apicheck.model import Change, Contract, Direction, Place, Span
from apicheck.sources import open_files, open_source
from apicheck.store import rules
from apicheck.store.verify import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apicheck.api import Settings
    from apicheck.model import Rule
    from apicheck.sources import Document

__all__ = ["Sides", "Text", "read_sides"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Where one side is read from: what ``api.load`` takes, or some ``files`` of a folder."""

    source: str
    files: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """A file to point at where the place of a problem is not known."""
        return f"{self.source}/{self.files[0]}" if self.files else self.source

    def load(self, settings: Settings) -> Contract:
        """The contract; raises what ``api.load`` does."""
        if not self.files:
            return api.load(self.source, settings)
        return api.build(self.document(settings), settings)

    def document(self, settings: Settings) -> Document:
        """The document that it is read from."""
        options = api.reading(settings)
        if self.files:
            return open_files(self.source, self.files, options)
        return open_source(self.source, options)


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


def read_sides(old: Text | None, new: Text, settings: Settings) -> Sides:
    """Read and lint; ``old`` is None where there is nothing to compare with.

    A new side that cannot be read is a finding like any other, so that the report still tells of
    the other contracts. MissingExtra where there is nothing to read it with.
    """
    try:
        after = new.load(settings)
    except MissingExtra:
        raise  # that says nothing about the contract
    except UnsupportedFeature as problem:
        return _foreign(old, new, settings, problem)
    except ApicheckError as problem:
        return Sides(old=None, new=None, changes=(_unreadable(problem, new, rules.INVALID),))
    except ExceptionGroup as problems:
        found = tuple(_unreadable(each, new, rules.INVALID) for each in problems.exceptions)
        return Sides(old=None, new=None, changes=found)
    before = None
    changes: list[Change] = []
    if old is not None:
        try:
            before = old.load(settings)
        except (ApicheckError, ExceptionGroup) as problem:
            changes.append(_unreadable(problem, old, rules.STILL_INVALID))
    if before is not None and before.format != after.format:
        changes.append(_other_format(before, after))
        before = None
    wrong = list(lint.problems(after))
    known = list(lint.problems(before)) if wrong and before is not None else []
    changes += lint.changes(wrong, known)
    return Sides(old=before, new=after, changes=tuple(changes))


def _other_format(old: Contract, new: Contract) -> Change:
    """The two cannot be compared: whoever reads the one cannot read the other."""
    words = f"it is {new.format} now and was {old.format}: nothing of it could be compared"
    at = Place(document=new.document, pointer=())
    (change,) = lint.changes([lint.Problem(text=words, place=at)])
    return change


def _foreign(old: Text | None, new: Text, settings: Settings, problem: UnsupportedFeature) -> Sides:
    """A document of no format that is compared: it is linted as what it says that it is.

    Where the old side was of a known format, or it claims one itself, that is what is wrong.
    """
    try:
        data = new.document(settings).data
    except ApicheckError:
        data = None
    claims = type(data) is not dict or bool({"openapi", "swagger", "asyncapi"} & data.keys())
    if claims or (old is not None and _known(old, settings)):
        return Sides(old=None, new=None, changes=(_unreadable(problem, new, rules.INVALID),))
    return Sides(old=None, new=None, foreign=True)


def _known(source: Text, settings: Settings) -> bool:
    try:
        source.load(settings)
    except (ApicheckError, ExceptionGroup):
        return False
    return True


def _unreadable(problem: BaseException, side: Text, rule: Rule) -> Change:
    if isinstance(problem, ExceptionGroup):
        problem = problem.exceptions[0]
    span = getattr(problem, "span", None)
    source = side.source
    text = str(problem).partition("\n")[0]
    place = whole(side.first) if span is None else Place(document=_Spot(span), pointer=())
    for prefix in (span and span.source, getattr(problem, "source", ""), source):
        if prefix and text.startswith(f"{prefix}:"):
            text = text.removeprefix(prefix).lstrip(":0123456789").strip()
            break
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
