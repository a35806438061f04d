"""Enums, constants and default values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Direction, Effect, Example, Ground, Rule, Severity
from apicheck.schema.values import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.schema.match import Match
    from apicheck.walk import Fact

__all__ = ["RULES", "defaults", "enums"]

ENUM_VALUE_REMOVED = Rule(
    id="schema.enum-value-removed",
    mirror="schema.enum-value-added",
    effect=Effect.NARROWS,
    summary="A value was taken out of an enum.",
    message="{value} is no longer allowed",
    why="A peer that still sends the value is now refused.",
    fix="Keep the value and mark it deprecated until no peer sends it.",
    example=Example(old='{"enum": ["cat", "dog"]}', new='{"enum": ["cat"]}'),
)
ENUM_VALUE_ADDED = Rule(
    id="schema.enum-value-added",
    mirror="schema.enum-value-removed",
    effect=Effect.WIDENS,
    summary="A value was added to an enum.",
    message="{value} is now allowed",
    why="A reader of the old contract that handles every known value meets one it does not know.",
    fix="Tell readers early that the list may grow, and send the new value only after they can.",
    example=Example(old='{"enum": ["cat"]}', new='{"enum": ["cat", "dog"]}'),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Lists of values are commonly grown; readers are told to expect unknown values.",
)
ENUM_INTRODUCED = Rule(
    id="schema.enum-introduced",
    mirror="schema.enum-dropped",
    effect=Effect.NARROWS,
    summary="A value that was free is now one of a list.",
    message="is now limited to {values}",
    why="A peer that sends any other value, valid until now, is refused.",
    fix="Accept other values still, and document the list as recommended.",
    example=Example(old='{"type": "string"}', new='{"type": "string", "enum": ["cat", "dog"]}'),
)
ENUM_DROPPED = Rule(
    id="schema.enum-dropped",
    mirror="schema.enum-introduced",
    effect=Effect.WIDENS,
    summary="A value that was one of a list is now free.",
    message="is no longer limited to {values}",
    why="A reader of the old contract handles the listed values only.",
    fix="Keep the list in what you send.",
    example=Example(old='{"type": "string", "enum": ["cat", "dog"]}', new='{"type": "string"}'),
)
CONST_CHANGED = Rule(
    id="schema.constant-changed",
    effect=Effect.REPLACES,
    summary="The only allowed value became another one.",
    message="the only allowed value changed from {old} to {new}",
    why="The value that peers send or expect is no longer the one in use.",
    fix="Accept both values until every peer has moved.",
    example=Example(old='{"const": "v1"}', new='{"const": "v2"}'),
)
DEFAULT_CHANGED = Rule(
    id="schema.default-changed",
    effect=Effect.REPLACES,
    summary="The value that stands for an absent one changed.",
    message="default changed from {old} to {new}",
    why="A peer that leaves the value out now gets another behaviour than before.",
    fix="Keep the old default, and let peers ask for the new behaviour.",
    example=Example(
        old='{"type": "integer", "default": 20}', new='{"type": "integer", "default": 50}'
    ),
    override={
        Direction.INBOUND: Severity.WARNING,
        Direction.OUTBOUND: Severity.INFO,
    },
    because="No message is refused; only behaviour changes, and in a response the value is sent.",
    ground=Ground.MEANING,
)
DEFAULT_ADDED = Rule(
    id="schema.default-added",
    mirror="schema.default-removed",
    effect=Effect.KEEPS,
    summary="A default was documented where none was.",
    message="default {value} added",
    why="Nobody is hurt: what happens when the value is absent is now said.",
    fix="Nothing to do.",
    example=Example(old='{"type": "integer"}', new='{"type": "integer", "default": 20}'),
)
DEFAULT_REMOVED = Rule(
    id="schema.default-removed",
    mirror="schema.default-added",
    effect=Effect.KEEPS,
    summary="A documented default was taken away.",
    message="default {value} removed",
    why="A peer that leaves the value out can no longer know what it gets.",
    fix="Keep documenting the default, or make the value required in a new version.",
    example=Example(old='{"type": "integer", "default": 20}', new='{"type": "integer"}'),
    override={Direction.INBOUND: Severity.WARNING},
    because="The behaviour for an absent value is no longer promised.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: So many values of an enum are written out in a message.
_SHOWN = 5


def enums(match: Match) -> Iterator[Fact]:
    """Compare the lists of allowed values."""
    old, new = match.old, match.new
    if old.enum is None and new.enum is None:
        return
    if old.enum is None:
        assert new.enum is not None
        yield match.gained(ENUM_INTRODUCED, new.enum_at, values=_shown(new.enum))
        return
    if new.enum is None:
        yield match.lost(ENUM_DROPPED, old.enum_at, values=_shown(old.enum))
        return
    lost = [text for text in old.enum if text not in new.enum and text != "null"]
    gained = [text for text in new.enum if text not in old.enum and text != "null"]
    if len(lost) == 1 == len(gained) and len(old.enum) == 1 == len(new.enum):
        yield match.moved(CONST_CHANGED, old.enum_at, new.enum_at, old=lost[0], new=gained[0])
        return
    # null in or out of an enum is told by the types.
    for text in lost:
        yield match.moved(ENUM_VALUE_REMOVED, old.enum_at, new.enum_at, value=text)
    for text in gained:
        yield match.moved(ENUM_VALUE_ADDED, old.enum_at, new.enum_at, value=text)


def _shown(values: dict[str, object]) -> str:
    texts = list(values)
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more


def defaults(match: Match) -> Iterator[Fact]:
    """Compare the values that stand for an absent one."""
    old, new = match.old.default, match.new.default
    if old is None and new is None:
        return
    if old is None:
        assert new is not None
        yield match.gained(DEFAULT_ADDED, new, value=canonical(new.value))
    elif new is None:
        yield match.lost(DEFAULT_REMOVED, old, value=canonical(old.value))
    elif canonical(old.value) != canonical(new.value):
        yield match.moved(
            DEFAULT_CHANGED, old, new, old=canonical(old.value), new=canonical(new.value)
        )
