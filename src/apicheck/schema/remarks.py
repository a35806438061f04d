"""What a schema says beside which values are valid: deprecation, XML, unknown keywords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Direction, Effect, Example, Ground, Rule, Severity
from apicheck.schema.values import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.schema.match import Match
    from apicheck.walk import Fact

__all__ = ["RULES", "remarks"]

DEPRECATED = Rule(
    id="schema.deprecated",
    mirror="schema.undeprecated",
    effect=Effect.KEEPS,
    summary="A value was marked deprecated.",
    message="is now deprecated",
    why="Nobody is hurt yet; peers are told to move away.",
    fix="Say in the description what to use instead.",
    example=Example(old='{"type": "string"}', new='{"type": "string", "deprecated": true}'),
)
UNDEPRECATED = Rule(
    id="schema.undeprecated",
    mirror="schema.deprecated",
    effect=Effect.KEEPS,
    summary="A value is no longer marked deprecated.",
    message="is no longer deprecated",
    why="Nobody is hurt; peers need no longer move away.",
    fix="Nothing to do.",
    example=Example(old='{"type": "string", "deprecated": true}', new='{"type": "string"}'),
)
XML_CHANGED = Rule(
    id="schema.xml-changed",
    effect=Effect.REPLACES,
    summary="The way a value is written in XML changed.",
    message="xml changed from {old} to {new}",
    why="Peers that exchange XML no longer find the value under its name.",
    fix="Keep the XML names, or offer a new media type.",
    example=Example(
        old='{"type": "string", "xml": {"name": "id"}}',
        new='{"type": "string", "xml": {"name": "key"}}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="It matters only where the media type is XML.",
    ground=Ground.MEANING,
)
KEYWORD_UNKNOWN = Rule(
    id="schema.unknown-keyword-changed",
    effect=Effect.KEEPS,
    summary="A keyword that the dialect does not know was added, removed or changed.",
    message="unknown keyword {keyword} changed; validators ignore it",
    why="It says nothing by the specification, though some tool may read it.",
    fix="Use a keyword of the dialect, or an extension that starts with x-.",
    example=Example(old='{"type": "string"}', new='{"type": "string", "maximumLength": 3}'),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def remarks(match: Match) -> Iterator[Fact]:
    """Compare deprecation, XML form and unknown keywords."""
    old, new = match.old, match.new
    if old.deprecated is None and new.deprecated is not None:
        yield match.gained(DEPRECATED, new.deprecated)
    elif old.deprecated is not None and new.deprecated is None:
        yield match.lost(UNDEPRECATED, old.deprecated)
    before = None if old.xml is None else canonical(old.xml.value)
    after = None if new.xml is None else canonical(new.xml.value)
    if before != after:
        place = match.new.node if new.xml is None else new.xml
        origin = match.old.node if old.xml is None else old.xml
        yield match.moved(
            XML_CHANGED, origin, place, old=before or "nothing", new=after or "nothing"
        )
    yield from _unknown(match)


def _unknown(match: Match) -> Iterator[Fact]:
    """The same keyword may be known to one dialect and unknown to the other: that is no change."""
    schemas = match.outer.schemas
    before, after = match.old.unknown, match.new.unknown
    for keyword in sorted(before.keys() | after.keys()):
        old, new = before.get(keyword), after.get(keyword)
        if old is not None and new is not None:
            if canonical(old.value) != canonical(new.value):
                yield match.moved(KEYWORD_UNKNOWN, old, new, keyword=keyword)
        elif old is not None and keyword not in schemas.new.dialect.keywords:
            yield match.lost(KEYWORD_UNKNOWN, old, keyword=keyword)
        elif new is not None and keyword not in schemas.old.dialect.keywords:
            yield match.gained(KEYWORD_UNKNOWN, new, keyword=keyword)
