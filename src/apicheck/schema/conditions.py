"""``not``, ``if``/``then``/``else``, names, dependencies and what is left unevaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.schema.view import absent
from apicheck.walk import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.nodes import Node, Steps
    from apicheck.schema.match import Match
    from apicheck.walk import Fact, Visit

__all__ = ["RULES", "conditions"]

CONDITION_ADDED = Rule(
    id="schema.condition-added",
    mirror="schema.condition-removed",
    effect=Effect.NARROWS,
    summary="A condition was put on a value.",
    message="a condition was added: {keyword}",
    why="A value that was valid and does not meet the condition is now refused.",
    fix="Make sure that all that was accepted before meets the condition.",
    example=Example(
        old='{"type": "object"}', new='{"type": "object", "not": {"required": ["a", "b"]}}'
    ),
)
CONDITION_REMOVED = Rule(
    id="schema.condition-removed",
    mirror="schema.condition-added",
    effect=Effect.WIDENS,
    summary="A condition on a value was dropped.",
    message="a condition was removed: {keyword}",
    why="A reader of the old contract relies on the condition.",
    fix="Keep what you send within the condition.",
    example=Example(
        old='{"type": "object", "not": {"required": ["a", "b"]}}', new='{"type": "object"}'
    ),
)
DEPENDENCY_ADDED = Rule(
    id="schema.dependency-added",
    mirror="schema.dependency-removed",
    effect=Effect.NARROWS,
    summary="A property now requires another one.",
    message="property {name} now requires {other}",
    why="A peer that sends the one without the other is now refused.",
    fix="Accept the one alone, with a default for the other.",
    example=Example(
        old='{"type": "object"}',
        new='{"type": "object", "dependentRequired": {"card": ["expiry"]}}',
    ),
)
DEPENDENCY_REMOVED = Rule(
    id="schema.dependency-removed",
    mirror="schema.dependency-added",
    effect=Effect.WIDENS,
    summary="A property no longer requires another one.",
    message="property {name} no longer requires {other}",
    why="A reader of the old contract relies on both being there.",
    fix="Keep sending both.",
    example=Example(
        old='{"type": "object", "dependentRequired": {"card": ["expiry"]}}',
        new='{"type": "object"}',
    ),
)
UNEVALUATED_REFUSED = Rule(
    id="schema.unevaluated-refused",
    mirror="schema.unevaluated-accepted",
    effect=Effect.NARROWS,
    summary="What no other keyword speaks of is restricted now.",
    message="{keyword} now restricts what no other keyword speaks of",
    why="A peer that sends more than the contract lists is now refused.",
    fix="Leave the schema open; ignore what is not known.",
    example=Example(
        old='{"type": "object"}', new='{"type": "object", "unevaluatedProperties": false}'
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="It hurts only peers that send what the contract never listed.",
)
UNEVALUATED_ACCEPTED = Rule(
    id="schema.unevaluated-accepted",
    mirror="schema.unevaluated-refused",
    effect=Effect.WIDENS,
    summary="What no other keyword speaks of is no longer restricted.",
    message="{keyword} no longer restricts what no other keyword speaks of",
    why="A reader that checks messages against the old contract would refuse more.",
    fix="Send only what the contract lists.",
    example=Example(
        old='{"type": "object", "unevaluatedProperties": false}', new='{"type": "object"}'
    ),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="It hurts only if more is sent than the contract lists.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def conditions(match: Match) -> Iterator[Fact | Visit]:
    """Compare the keywords that put further conditions on a value."""
    yield from _listed(match, "not", match.old.nots, match.new.nots, Turn.FLIP)
    if match.old.may_be("object") and match.new.may_be("object"):
        before, after = match.old.property_names, match.new.property_names
        yield from _listed(match, "propertyNames", before, after, Turn.KEEP, ("propertyNames",))
        yield from _dependent(match)
    yield from _if(match)
    yield from _unevaluated(match)


def _listed(  # noqa: PLR0917 - what is listed, and how to go on from it
    match: Match,
    keyword: str,
    before: list[Node],
    after: list[Node],
    turn: Turn,
    step: Steps = (),
) -> Iterator[Fact | Visit]:
    for old, new in zip(before, after, strict=False):
        yield match.visit(old, new, turn, step=step)
    for old in before[len(after) :]:
        yield match.lost(CONDITION_REMOVED, old, keyword=keyword)
    for new in after[len(before) :]:
        yield match.gained(CONDITION_ADDED, new, keyword=keyword)


def _if(match: Match) -> Iterator[Fact | Visit]:
    before, after = match.old.conditions, match.new.conditions
    for old, new in zip(before, after, strict=False):
        yield match.visit(_part(old, "if"), _part(new, "if"), Turn.BOTH)
        yield match.visit(_part(old, "then"), _part(new, "then"))
        yield match.visit(_part(old, "else"), _part(new, "else"))
    for old in before[len(after) :]:
        yield match.lost(CONDITION_REMOVED, old.step("if"), keyword="if")
    for new in after[len(before) :]:
        yield match.gained(CONDITION_ADDED, new.step("if"), keyword="if")


def _part(node: Node, keyword: str) -> Node:
    return node.get(keyword) or absent(node, keyword)


def _dependent(match: Match) -> Iterator[Fact | Visit]:
    old, new = match.old, match.new
    for name in {**old.dependent_required, **new.dependent_required}:
        before, after = old.dependent_required.get(name, {}), new.dependent_required.get(name, {})
        for other, at in before.items():
            if other not in after and other not in new.required:
                yield match.lost(DEPENDENCY_REMOVED, at, name=name, other=other)
        for other, at in after.items():
            if other not in before and other not in old.required:
                yield match.gained(DEPENDENCY_ADDED, at, name=name, other=other)
    for name in {**old.dependent_schemas, **new.dependent_schemas}:
        first, second = old.dependent_schemas.get(name, []), new.dependent_schemas.get(name, [])
        yield from _listed(match, f"dependentSchemas of {name}", first, second, Turn.KEEP)


def _unevaluated(match: Match) -> Iterator[Fact | Visit]:
    old, new = match.old, match.new
    for keyword, before, after in (
        ("unevaluatedItems", old.unevaluated_items, new.unevaluated_items),
        ("unevaluatedProperties", old.unevaluated_properties, new.unevaluated_properties),
    ):
        if before is not None and after is not None:
            yield match.visit(before, after, step=(keyword,))
        elif before is not None and before.value is not True:
            yield match.lost(UNEVALUATED_ACCEPTED, before, keyword=keyword)
        elif after is not None and after.value is not True:
            yield match.gained(UNEVALUATED_REFUSED, after, keyword=keyword)
