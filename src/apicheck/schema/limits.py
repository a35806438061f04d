"""Bounds of numbers, lengths and counts; multiples; uniqueness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Effect, Example, Rule
from apicheck.schema.finite import all_within
from apicheck.schema.view import LIMITS
from apicheck.walk import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from apicheck.schema.match import Match
    from apicheck.schema.view import Limit, View
    from apicheck.walk import Fact

__all__ = ["RULES", "limits"]

LIMIT_TIGHTENED = Rule(
    id="schema.limit-tightened",
    mirror="schema.limit-loosened",
    effect=Effect.NARROWS,
    summary="A bound was set or drawn closer.",
    message="{keyword} {change}",
    why="A value that was within the old bound is now refused.",
    fix="Keep the old bound, or reject only what could never have worked.",
    example=Example(
        old='{"type": "string", "maxLength": 64}', new='{"type": "string", "maxLength": 32}'
    ),
)
LIMIT_LOOSENED = Rule(
    id="schema.limit-loosened",
    mirror="schema.limit-tightened",
    effect=Effect.WIDENS,
    summary="A bound was lifted or moved outwards.",
    message="{keyword} {change}",
    why="A reader of the old contract made room for values within the old bound only.",
    fix="Keep what you send within the old bound.",
    example=Example(
        old='{"type": "string", "maxLength": 32}', new='{"type": "string", "maxLength": 64}'
    ),
)
MULTIPLE_CHANGED = Rule(
    id="schema.multiple-changed",
    effect=Effect.REPLACES,
    summary="Numbers must be multiples of another number now.",
    message="multipleOf changed from {old} to {new}",
    why="Numbers that fitted the old step do not fit the new one, and the other way round.",
    fix="Choose a step that divides the old one.",
    example=Example(
        old='{"type": "integer", "multipleOf": 2}', new='{"type": "integer", "multipleOf": 3}'
    ),
)
UNIQUENESS_REQUIRED = Rule(
    id="schema.uniqueness-required",
    mirror="schema.uniqueness-dropped",
    effect=Effect.NARROWS,
    summary="The items of an array must be unique now.",
    message="items must be unique now",
    why="A peer that sends the same item twice is now refused.",
    fix="Drop duplicates in the receiver instead of refusing them.",
    example=Example(old='{"type": "array"}', new='{"type": "array", "uniqueItems": true}'),
)
UNIQUENESS_DROPPED = Rule(
    id="schema.uniqueness-dropped",
    mirror="schema.uniqueness-required",
    effect=Effect.WIDENS,
    summary="The items of an array need no longer be unique.",
    message="items need no longer be unique",
    why="A reader of the old contract relies on there being no duplicates.",
    fix="Keep what you send free of duplicates.",
    example=Example(old='{"type": "array", "uniqueItems": true}', new='{"type": "array"}'),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def limits(match: Match) -> Iterator[Fact]:
    """Compare every bound of both schemas, by the one table of keywords."""
    old, new = match.old, match.new
    if old.enum is not None and new.enum is not None:
        return  # both lists of values are finite; what bounds them is told by the lists
    for keyword, (sign, kind) in LIMITS.items():
        before, after = old.limits.get(keyword), new.limits.get(keyword)
        if before is None and after is None:
            continue
        if not (old.may_be(kind) and new.may_be(kind)):
            continue
        if keyword == "minProperties":
            before, after = _told(before, old), _told(after, new)
        # A list of values says more than a bound that all of them keep.
        if new.enum is not None:
            after = None
            before = None if before and all_within(new, keyword, sign, before) else before
        if old.enum is not None:
            before = None
            after = None if after and all_within(old, keyword, sign, after) else after
        if (fact := _limit(match, keyword, sign, before, after)) is not None:
            yield fact
    yield from _multiples(match)
    yield from _uniqueness(match)


def _told(limit: Limit | None, view: View) -> Limit | None:
    """``minProperties`` says nothing beyond as many required names."""
    return None if limit is None or limit.value <= len(view.required) else limit


def _limit(
    match: Match, keyword: str, sign: int, before: Limit | None, after: Limit | None
) -> Fact | None:
    if before is None and after is None:
        return None
    if before is None:
        assert after is not None
        return match.gained(
            LIMIT_TIGHTENED, after.at, keyword=keyword, change=f"set to {_shown(after)}"
        )
    if after is None:
        return match.lost(
            LIMIT_LOOSENED, before.at, keyword=keyword, change=f"dropped (was {_shown(before)})"
        )
    one, two = (before.value * sign, before.exclusive), (after.value * sign, after.exclusive)
    if one == two:
        return None
    rule = LIMIT_TIGHTENED if two > one else LIMIT_LOOSENED
    verb = "raised" if after.value > before.value else "lowered"
    if after.value == before.value:
        verb = "changed"
    return match.moved(
        rule,
        before.at,
        after.at,
        keyword=keyword,
        change=f"{verb} from {_shown(before)} to {_shown(after)}",
    )


def _shown(limit: Limit) -> str:
    return f"{limit.value} (exclusive)" if limit.exclusive else f"{limit.value}"


def _multiples(match: Match) -> Iterator[Fact]:
    old, new = match.old, match.new
    if not (old.may_be("number") and new.may_be("number")):
        return
    before = {_exact(each): each for each in old.multiples}
    after = {_exact(each): each for each in new.multiples}
    lost = [each for value, each in before.items() if value not in after]
    gained = [each for value, each in after.items() if value not in before]
    if not lost and not gained:
        return
    if len(lost) == 1 == len(gained):
        one, two = _exact(lost[0]), _exact(gained[0])
        rule = MULTIPLE_CHANGED
        values: dict[str, float | str] = {"old": lost[0].value, "new": gained[0].value}
        if (two / one).denominator == 1 or (one / two).denominator == 1:
            rule = LIMIT_TIGHTENED if two > one else LIMIT_LOOSENED
            change = f"changed from {lost[0].value} to {gained[0].value}"
            values = {"keyword": "multipleOf", "change": change}
        yield match.moved(rule, lost[0].at, gained[0].at, Turn.KEEP, **values)
        return
    for each in lost:
        yield match.lost(
            LIMIT_LOOSENED, each.at, keyword="multipleOf", change=f"dropped (was {each.value})"
        )
    for each in gained:
        yield match.gained(
            LIMIT_TIGHTENED, each.at, keyword="multipleOf", change=f"set to {each.value}"
        )


def _exact(limit: Limit) -> Fraction:
    """The number as it was written: 0.1 is a tenth."""
    from fractions import Fraction

    return Fraction(str(limit.value))


def _uniqueness(match: Match) -> Iterator[Fact]:
    old, new = match.old.unique, match.new.unique
    if old is None and new is not None and match.old.may_be("array"):
        yield match.gained(UNIQUENESS_REQUIRED, new)
    if old is not None and new is None and match.new.may_be("array"):
        yield match.lost(UNIQUENESS_DROPPED, old)
