"""Patterns, formats and the content of strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Direction, Effect, Example, Ground, Rule, Severity
from apicheck.schema.finite import all_match

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.schema.match import Match
    from apicheck.walk import Fact

__all__ = ["RULES", "strings"]

PATTERN_ADDED = Rule(
    id="schema.pattern-added",
    mirror="schema.pattern-removed",
    effect=Effect.NARROWS,
    summary="A string must match a pattern now.",
    message="must now match the pattern {pattern}",
    why="A peer that sends a string outside the pattern, valid until now, is refused.",
    fix="Check what peers really send, and make the pattern accept all of it.",
    example=Example(old='{"type": "string"}', new='{"type": "string", "pattern": "^[a-z]+$"}'),
)
PATTERN_REMOVED = Rule(
    id="schema.pattern-removed",
    mirror="schema.pattern-added",
    effect=Effect.WIDENS,
    summary="A string need no longer match a pattern.",
    message="need no longer match the pattern {pattern}",
    why="A reader of the old contract may parse the string by the pattern.",
    fix="Keep what you send within the old pattern.",
    example=Example(old='{"type": "string", "pattern": "^[a-z]+$"}', new='{"type": "string"}'),
)
PATTERN_CHANGED = Rule(
    id="schema.pattern-changed",
    effect=Effect.REPLACES,
    summary="A string must match another pattern.",
    message="pattern changed from {old} to {new}",
    why="Strings that matched the old pattern may not match the new one, or the other way round.",
    fix="Make the new pattern accept all that the old one accepted.",
    example=Example(
        old='{"type": "string", "pattern": "^[a-f]+$"}',
        new='{"type": "string", "pattern": "^[g-z]+$"}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Two patterns look different and may still accept the same; it only may break.",
    ground=Ground.SUSPICION,
)
FORMAT_ADDED = Rule(
    id="schema.format-added",
    mirror="schema.format-removed",
    effect=Effect.NARROWS,
    summary="A format was given to a value that had none.",
    message="format {format} added",
    why="A receiver that checks formats now refuses values of another form.",
    fix="Make sure that every peer sends the format already.",
    example=Example(old='{"type": "string"}', new='{"type": "string", "format": "date"}'),
    override={Direction.INBOUND: Severity.WARNING},
    because="A format is an annotation unless a receiver asserts it (2020-12 validation, 7.2).",
    ground=Ground.MEANING,
)
FORMAT_REMOVED = Rule(
    id="schema.format-removed",
    mirror="schema.format-added",
    effect=Effect.WIDENS,
    summary="A format was taken from a value.",
    message="format {format} removed",
    why="A reader of the old contract may parse the value by its format.",
    fix="Keep sending values of the old format.",
    example=Example(old='{"type": "string", "format": "date"}', new='{"type": "string"}'),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="A format is an annotation unless a receiver asserts it (2020-12 validation, 7.2).",
    ground=Ground.MEANING,
)
FORMAT_CHANGED = Rule(
    id="schema.format-changed",
    effect=Effect.REPLACES,
    summary="A value has another format.",
    message="format changed from {old} to {new}",
    why="A peer that writes or parses the old format fails on the new one.",
    fix="Add a new property with the new format beside the old one.",
    example=Example(
        old='{"type": "string", "format": "date"}', new='{"type": "string", "format": "date-time"}'
    ),
    ground=Ground.MEANING,
)
FORMAT_NARROWED = Rule(
    id="schema.format-narrowed",
    mirror="schema.format-widened",
    effect=Effect.NARROWS,
    summary="A format was replaced by one that allows less.",
    message="format narrowed from {old} to {new}",
    why="Values that fitted the old format do not all fit the new one.",
    fix="Keep accepting the wider format.",
    example=Example(
        old='{"type": "integer", "format": "int64"}', new='{"type": "integer", "format": "int32"}'
    ),
    ground=Ground.MEANING,
)
FORMAT_WIDENED = Rule(
    id="schema.format-widened",
    mirror="schema.format-narrowed",
    effect=Effect.WIDENS,
    summary="A format was replaced by one that allows more.",
    message="format widened from {old} to {new}",
    why="A reader of the old contract made room for the narrower format and overflows.",
    fix="Keep what you send within the old format.",
    example=Example(
        old='{"type": "integer", "format": "int32"}', new='{"type": "integer", "format": "int64"}'
    ),
    ground=Ground.MEANING,
)
CONTENT_CHANGED = Rule(
    id="schema.content-changed",
    effect=Effect.REPLACES,
    summary="The encoding or media type inside a string changed.",
    message="{keyword} changed from {old} to {new}",
    why="A peer that encodes or decodes the string the old way gets garbage.",
    fix="Add a new property with the new encoding beside the old one.",
    example=Example(
        old='{"type": "string", "contentEncoding": "base64"}',
        new='{"type": "string", "contentEncoding": "base16"}',
    ),
    ground=Ground.MEANING,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: (narrower, wider): OpenAPI format registry and RFC 3986/3987, RFC 5321/6531.
_WITHIN = {
    ("int32", "int64"),
    ("float", "double"),
    ("uri", "iri"),
    ("uri", "uri-reference"),
    ("iri", "iri-reference"),
    ("email", "idn-email"),
    ("hostname", "idn-hostname"),
}
#: Formats that say nothing of the values on the wire.
_MUTE = frozenset({"password", "textarea", "markdown", "html", "string", "number", "integer"})


def strings(match: Match) -> Iterator[Fact]:
    """Compare patterns, formats and content keywords."""
    old, new = match.old, match.new
    finite = old.enum is not None and new.enum is not None
    if not finite:
        yield from _patterns(match)
        yield from _formats(match)
    for keyword in sorted(old.content.keys() | new.content.keys()):
        before, after = old.content.get(keyword), new.content.get(keyword)
        if before is not None and after is not None and before[0] != after[0]:
            yield match.moved(
                CONTENT_CHANGED, before[1], after[1], keyword=keyword, old=before[0], new=after[0]
            )
        elif before is not None and after is None and not _binary(before[0]):
            yield match.lost(CONTENT_CHANGED, before[1], keyword=keyword, old=before[0], new="none")
        elif after is not None and before is None and not _binary(after[0]):
            yield match.gained(CONTENT_CHANGED, after[1], keyword=keyword, old="none", new=after[0])


def _binary(content: str) -> bool:
    """Raw bytes: OpenAPI 3.1 says them by leaving the schema out, 3.0 by ``format: binary``."""
    return content == "application/octet-stream"


def _patterns(match: Match) -> Iterator[Fact]:
    old, new = match.old, match.new
    if not (old.may_be("string") and new.may_be("string")):
        return
    lost = [text for text in old.patterns if text not in new.patterns]
    gained = [text for text in new.patterns if text not in old.patterns]
    if len(lost) == 1 == len(gained):
        before, after = lost[0], gained[0]
        yield match.moved(
            PATTERN_CHANGED, old.patterns[before], new.patterns[after], old=before, new=after
        )
        return
    # A list of values says more than a pattern that all of them match.
    for text in lost:
        if old.enum is None and not all_match(new, text):
            yield match.lost(PATTERN_REMOVED, old.patterns[text], pattern=text)
    for text in gained:
        if new.enum is None and not all_match(old, text):
            yield match.gained(PATTERN_ADDED, new.patterns[text], pattern=text)


def _formats(match: Match) -> Iterator[Fact]:
    old, new = match.old, match.new
    lost = [text for text in old.formats if text not in new.formats and text not in _MUTE]
    gained = [text for text in new.formats if text not in old.formats and text not in _MUTE]
    if len(lost) == 1 == len(gained):
        before, after = lost[0], gained[0]
        rule = FORMAT_CHANGED
        if (before, after) in _WITHIN:
            rule = FORMAT_WIDENED
        elif (after, before) in _WITHIN:
            rule = FORMAT_NARROWED
        yield match.moved(rule, old.formats[before], new.formats[after], old=before, new=after)
        return
    for text in lost:
        yield match.lost(FORMAT_REMOVED, old.formats[text], format=text)
    for text in gained:
        yield match.gained(FORMAT_ADDED, new.formats[text], format=text)
