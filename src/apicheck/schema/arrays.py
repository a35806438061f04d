"""Items of arrays: all of them, by position, and those that must be contained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Effect, Example, Rule
from apicheck.schema.view import absent
from apicheck.walk import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.nodes import Node
    from apicheck.schema.match import Match
    from apicheck.schema.view import View
    from apicheck.walk import Fact, Visit

__all__ = ["RULES", "arrays"]

CONTAINS_ADDED = Rule(
    id="schema.contains-added",
    mirror="schema.contains-removed",
    effect=Effect.NARROWS,
    summary="An array must contain certain items now.",
    message="must now contain items of a schema ({count})",
    why="A peer that sends an array without such items is now refused.",
    fix="Do not demand the items; handle their absence.",
    example=Example(old='{"type": "array"}', new='{"type": "array", "contains": {"const": "EUR"}}'),
)
CONTAINS_REMOVED = Rule(
    id="schema.contains-removed",
    mirror="schema.contains-added",
    effect=Effect.WIDENS,
    summary="An array need no longer contain certain items.",
    message="need no longer contain items of a schema ({count})",
    why="A reader of the old contract relies on such an item being there.",
    fix="Keep sending the item.",
    example=Example(old='{"type": "array", "contains": {"const": "EUR"}}', new='{"type": "array"}'),
)
CONTAINS_CHANGED = Rule(
    id="schema.contains-count-changed",
    effect=Effect.REPLACES,
    summary="The number of items that an array must contain changed.",
    message="must contain {new} items of a schema, was {old}",
    why="Arrays with the old number of such items may be refused, or be new to a reader.",
    fix="Keep the old numbers, or loosen them in what you accept only.",
    example=Example(
        old='{"type": "array", "contains": {"const": 1}}',
        new='{"type": "array", "contains": {"const": 1}, "minContains": 2}',
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def arrays(match: Match) -> Iterator[Fact | Visit]:
    """Compare items by position, then the rest, then ``contains``."""
    old, new = match.old, match.new
    if not (old.may_be("array") and new.may_be("array")):
        return
    for index in range(max(len(old.prefix), len(new.prefix))):
        step = ("prefixItems", index)
        yield match.visit(_item(old, index), _item(new, index), step=step)
    if old.items is not None or new.items is not None:
        yield match.visit(_rest(old), _rest(new), step=("items",))
    yield from _contains(match)


def _item(view: View, index: int) -> Node:
    return view.prefix[index] if index < len(view.prefix) else _rest(view)


def _rest(view: View) -> Node:
    return absent(view.node, "items") if view.items is None else view.items


def _contains(match: Match) -> Iterator[Fact | Visit]:
    before, after = match.old.contains, match.new.contains
    for (old, *counts_before), (new, *counts_after) in zip(before, after, strict=False):
        one, two = _shown(*counts_before), _shown(*counts_after)
        if one != two:
            yield match.moved(CONTAINS_CHANGED, old, new, old=one, new=two)
        # At most so many: a narrower schema then lets more arrays through.
        upper = counts_before[1] is not None or counts_after[1] is not None
        turn = Turn.BOTH if upper else Turn.KEEP
        yield match.visit(old, new, turn, step=("contains",))
    for old, *counts in before[len(after) :]:
        yield match.lost(CONTAINS_REMOVED, old, count=_shown(*counts))
    for new, *counts in after[len(before) :]:
        yield match.gained(CONTAINS_ADDED, new, count=_shown(*counts))


def _shown(low: float | None, high: float | None) -> str:
    return f"at least {low}" if high is None else f"{low} to {high}"
