"""Who sends a property: readOnly ones belong to responses, writeOnly ones to requests.

OpenAPI 3.0.4 section 4.7.24.2; JSON Schema 2020-12 validation, section 9.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Direction, Effect, Example, Ground, Rule, Severity
from apicheck.walk import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.schema.match import Match
    from apicheck.schema.view import View
    from apicheck.walk import Fact

__all__ = ["RULES", "flow", "senders", "sent"]

BECAME_READ_ONLY = Rule(
    id="schema.became-read-only",
    mirror="schema.no-longer-read-only",
    effect=Effect.NARROWS,
    summary="A property may no longer be sent in requests.",
    message="property {name} is now read-only",
    why="What a client sends here is now ignored or refused.",
    fix="Keep accepting the property until no client sends it.",
    example=Example(
        old='{"type": "object", "properties": {"code": {"type": "string"}}}',
        new='{"type": "object", "properties": {"code": {"type": "string", "readOnly": true}}}',
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="A read-only property in a request SHOULD NOT be sent; servers mostly ignore it.",
    ground=Ground.MEANING,
)
NO_LONGER_READ_ONLY = Rule(
    id="schema.no-longer-read-only",
    mirror="schema.became-read-only",
    effect=Effect.WIDENS,
    summary="A property may now be sent in requests too.",
    message="property {name} is no longer read-only",
    why="Nobody is hurt: it may be sent now, and is still returned.",
    fix="Nothing to do.",
    example=Example(
        old='{"type": "object", "properties": {"code": {"type": "string", "readOnly": true}}}',
        new='{"type": "object", "properties": {"code": {"type": "string"}}}',
    ),
    override={Direction.OUTBOUND: Severity.INFO},
    because="Responses do not change.",
)
BECAME_WRITE_ONLY = Rule(
    id="schema.became-write-only",
    mirror="schema.no-longer-write-only",
    effect=Effect.WIDENS,
    summary="A property is no longer returned in responses.",
    message="property {name} is now write-only",
    why="A client that reads the property no longer finds it.",
    fix="Keep returning the property until no client reads it.",
    example=Example(
        old='{"type": "object", "properties": {"code": {"type": "string"}}}',
        new='{"type": "object", "properties": {"code": {"type": "string", "writeOnly": true}}}',
        direction=Direction.OUTBOUND,
    ),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Like an optional property that was removed; told apart where it was required.",
    ground=Ground.MEANING,
)
NO_LONGER_WRITE_ONLY = Rule(
    id="schema.no-longer-write-only",
    mirror="schema.became-write-only",
    effect=Effect.NARROWS,
    summary="A property is now returned in responses too.",
    message="property {name} is no longer write-only",
    why="Nobody is hurt: it is accepted as before, and may be returned now.",
    fix="Make sure that it is no secret.",
    example=Example(
        old='{"type": "object", "properties": {"code": {"type": "string", "writeOnly": true}}}',
        new='{"type": "object", "properties": {"code": {"type": "string"}}}',
        direction=Direction.OUTBOUND,
    ),
    override={Direction.INBOUND: Severity.INFO},
    because="Requests do not change.",
)
RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def sent(view: View) -> Turn:
    """The directions in which a property of this schema occurs at all."""
    if view.read_only:
        return Turn.ONLY_OUTBOUND
    return Turn.ONLY_INBOUND if view.write_only else Turn.KEEP


def flow(old: View, new: View) -> Turn:
    """The directions in which a property occurs on both sides."""
    turns = {sent(old), sent(new)} - {Turn.KEEP}
    # readOnly here and writeOnly there: what remains to compare is told by ``senders``.
    return turns.pop() if turns else Turn.KEEP


def senders(match: Match, name: str, old: View, new: View) -> Iterator[Fact]:
    """Compare who may send a property that both sides have."""
    if old.read_only is None and new.read_only is not None:
        yield match.gained(BECAME_READ_ONLY, new.read_only, Turn.ONLY_INBOUND, name=name)
    elif old.read_only is not None and new.read_only is None:
        yield match.lost(NO_LONGER_READ_ONLY, old.read_only, Turn.ONLY_INBOUND, name=name)
    if old.write_only is None and new.write_only is not None:
        yield match.gained(BECAME_WRITE_ONLY, new.write_only, Turn.ONLY_OUTBOUND, name=name)
    elif old.write_only is not None and new.write_only is None:
        yield match.lost(NO_LONGER_WRITE_ONLY, old.write_only, Turn.ONLY_OUTBOUND, name=name)
