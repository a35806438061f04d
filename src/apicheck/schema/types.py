"""Types, null, and schemas that accept everything or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Effect, Example, Rule
from apicheck.schema.values import ALL_TYPES, shown_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.schema.match import Match
    from apicheck.schema.view import View
    from apicheck.walk import Fact

__all__ = ["RULES", "types"]

TYPE_CHANGED = Rule(
    id="schema.type-changed",
    effect=Effect.REPLACES,
    summary="A value changed from one type to quite another.",
    message="type changed from {old} to {new}",
    why="No value of the old type is valid any more, and no peer expects one of the new type.",
    fix="Add a new property or parameter of the new type beside the old one, and retire the old.",
    example=Example(old='{"type": "string"}', new='{"type": "integer"}'),
)
TYPE_NARROWED = Rule(
    id="schema.type-narrowed",
    mirror="schema.type-widened",
    effect=Effect.NARROWS,
    summary="Some types that a value could have are no longer allowed.",
    message="no longer allows {types}; allows {new}",
    why="A peer that still sends the type is now refused.",
    fix="Keep accepting the type until no peer sends it.",
    example=Example(old='{"type": ["string", "integer"]}', new='{"type": "string"}'),
)
TYPE_WIDENED = Rule(
    id="schema.type-widened",
    mirror="schema.type-narrowed",
    effect=Effect.WIDENS,
    summary="A value may now have types that it could not have before.",
    message="now also allows {types}; allowed {old}",
    why="A reader of the old contract does not expect the new type and fails on it.",
    fix="Send the new type in a new property, or only to peers that ask for it.",
    example=Example(old='{"type": "string"}', new='{"type": ["string", "integer"]}'),
)
NULL_DISALLOWED = Rule(
    id="schema.null-disallowed",
    mirror="schema.null-allowed",
    effect=Effect.NARROWS,
    summary="Null is no longer allowed.",
    message="null is no longer allowed",
    why="A peer that still sends null is now refused.",
    fix="Keep accepting null, and treat it as absent.",
    example=Example(old='{"type": ["string", "null"]}', new='{"type": "string"}'),
)
NULL_ALLOWED = Rule(
    id="schema.null-allowed",
    mirror="schema.null-disallowed",
    effect=Effect.WIDENS,
    summary="Null is now allowed.",
    message="null is now allowed",
    why="A reader of the old contract relies on a value and fails on null.",
    fix="Leave the property out rather than sending null, if it is optional; else send a value.",
    example=Example(old='{"type": "string"}', new='{"type": ["string", "null"]}'),
)
VALUE_FORBIDDEN = Rule(
    id="schema.value-forbidden",
    mirror="schema.value-permitted",
    effect=Effect.NARROWS,
    summary="No value at all is accepted here any more.",
    message="nothing is accepted here any more (schema is false)",
    why="Whatever a peer sends here is now refused.",
    fix="Keep a schema that accepts what peers send.",
    example=Example(
        old='{"type": "object", "properties": {"note": {"type": "string"}}}',
        new='{"type": "object", "properties": {"note": false}}',
    ),
)
VALUE_PERMITTED = Rule(
    id="schema.value-permitted",
    mirror="schema.value-forbidden",
    effect=Effect.WIDENS,
    summary="Values are accepted where none was before.",
    message="a value is accepted here now (schema was false)",
    why="A reader of the old contract was promised that nothing stands here.",
    fix="Use a new name for the new value.",
    example=Example(
        old='{"type": "object", "properties": {"note": false}}',
        new='{"type": "object", "properties": {"note": {"type": "string"}}}',
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def types(match: Match) -> Iterator[Fact]:
    """Compare the types; one coarse fact when they have nothing in common."""
    old, new = match.old, match.new
    before = ALL_TYPES if old.types is None else old.types
    after = ALL_TYPES if new.types is None else new.types
    lost, gained = before - after, after - before
    if not lost and not gained:
        return
    at = (old.types_at, new.types_at)
    if (old.types_derived or new.types_derived) and not disjoint(old, new):
        return  # told branch by branch
    if match.text and _as_text(before, new):
        lost = lost & {"null"}
    elif match.text and _as_text(after, old):
        gained = gained & {"null"}
    if disjoint(old, new) and lost and gained:
        yield match.moved(TYPE_CHANGED, *at, old=shown_types(old.types), new=shown_types(new.types))
        lost, gained = lost & {"null"}, gained & {"null"}
    if lost - {"null"}:
        yield match.moved(
            TYPE_NARROWED, *at, types=shown_types(lost - {"null"}), new=shown_types(new.types)
        )
    if gained - {"null"}:
        yield match.moved(
            TYPE_WIDENED, *at, types=shown_types(gained - {"null"}), old=shown_types(old.types)
        )
    if "null" in lost and before != ALL_TYPES:
        yield match.moved(NULL_DISALLOWED, *at)
    if "null" in gained and after != ALL_TYPES:
        yield match.moved(NULL_ALLOWED, *at)


def disjoint(old: View, new: View) -> bool:
    """Whether two views have no type in common but null."""
    if old.types is None or new.types is None:
        return False
    return bool(old.types) and bool(new.types) and not (old.types & new.types) - {"null"}


def _as_text(types: frozenset[str], other: View) -> bool:
    """Whether scalars of ``types``, written as text, fit a free string on the other side."""
    return (
        types <= {"integer", "fraction", "boolean", "string", "null"}
        and other.types is not None
        and "string" in other.types
        and other.enum is None
        and not (other.patterns or other.formats or other.limits or other.content)
    )
