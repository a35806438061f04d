"""Properties of objects: added, removed, required, and what stands for the names not listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Direction, Effect, Example, Ground, Rule, Severity
from apicheck.schema.senders import flow, senders, sent
from apicheck.schema.view import absent
from apicheck.walk import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.nodes import Node
    from apicheck.schema.match import Match
    from apicheck.schema.view import View
    from apicheck.walk import Fact, Visit

__all__ = ["RULES", "objects"]

PROPERTY_ADDED = Rule(
    id="schema.property-added",
    mirror="schema.property-removed",
    effect=Effect.WIDENS,
    summary="An optional property was added to an object.",
    message="property {name} added",
    why="Nobody is hurt: senders may leave it out, and readers skip names they do not know.",
    fix="Nothing to do.",
    example=Example(
        old='{"type": "object", "properties": {"id": {}}}',
        new='{"type": "object", "properties": {"id": {}, "note": {}}}',
    ),
    override={Direction.OUTBOUND: Severity.INFO},
    because="The old schema accepts names that it does not list, so the new data still fits.",
)
PROPERTY_REMOVED = Rule(
    id="schema.property-removed",
    mirror="schema.property-added",
    effect=Effect.NARROWS,
    summary="An optional property was removed from an object.",
    message="property {name} removed",
    why="What a peer sends under this name is now ignored, and a reader no longer finds it.",
    fix="Mark the property deprecated and keep it until no peer uses it.",
    example=Example(
        old='{"type": "object", "properties": {"id": {}, "note": {}}}',
        new='{"type": "object", "properties": {"id": {}}}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="No message is refused: the property was optional, and unknown names are accepted.",
    ground=Ground.MEANING,
)
CLOSED_PROPERTY_REMOVED = Rule(
    id="schema.closed-property-removed",
    mirror="schema.closed-property-added",
    effect=Effect.NARROWS,
    summary="A property was removed from an object that allows no names it does not list.",
    message="property {name} removed, and names that are not listed are refused",
    why="A peer that still sends the property is now refused.",
    fix="Keep the property, marked deprecated, until no peer sends it.",
    example=Example(
        old='{"properties": {"id": {}, "note": {}}, "additionalProperties": false}',
        new='{"properties": {"id": {}}, "additionalProperties": false}',
    ),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Nothing that is sent is new, but a reader no longer finds the property.",
)
CLOSED_PROPERTY_ADDED = Rule(
    id="schema.closed-property-added",
    mirror="schema.closed-property-removed",
    effect=Effect.WIDENS,
    summary="A property was added to an object that allowed no names it did not list.",
    message="property {name} added where names that are not listed were refused",
    why="A reader that checks messages against the old contract refuses those with the new name.",
    fix="Allow unknown names first (no additionalProperties: false), then add properties.",
    example=Example(
        old='{"properties": {"id": {}}, "additionalProperties": false}',
        new='{"properties": {"id": {}, "note": {}}, "additionalProperties": false}',
    ),
)
REQUIRED_PROPERTY_ADDED = Rule(
    id="schema.required-property-added",
    mirror="schema.required-property-removed",
    effect=Effect.NARROWS,
    summary="A property that must be present was added.",
    message="required property {name} added",
    why="A peer that does not know the property leaves it out and is refused.",
    fix="Make the property optional, with a default that keeps the old behaviour.",
    example=Example(
        old='{"type": "object", "properties": {"id": {}}}',
        new='{"type": "object", "properties": {"id": {}, "sku": {}}, "required": ["sku"]}',
    ),
)
REQUIRED_PROPERTY_REMOVED = Rule(
    id="schema.required-property-removed",
    mirror="schema.required-property-added",
    effect=Effect.WIDENS,
    summary="A property that was always present was removed.",
    message="required property {name} removed",
    why="A reader of the old contract relies on the property and no longer finds it.",
    fix="Keep sending the property until no reader uses it.",
    example=Example(
        old='{"type": "object", "properties": {"id": {}, "sku": {}}, "required": ["sku"]}',
        new='{"type": "object", "properties": {"id": {}}}',
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="Requests that carry it are still accepted, but what it said is ignored.",
)
PROPERTY_MADE_REQUIRED = Rule(
    id="schema.property-made-required",
    mirror="schema.property-made-optional",
    effect=Effect.NARROWS,
    summary="An optional property must be present now.",
    message="property {name} is now required",
    why="A peer that leaves the property out, as it was allowed to, is refused.",
    fix="Keep it optional, with a default that keeps the old behaviour.",
    example=Example(
        old='{"type": "object", "properties": {"sku": {}}}',
        new='{"type": "object", "properties": {"sku": {}}, "required": ["sku"]}',
    ),
)
PROPERTY_MADE_OPTIONAL = Rule(
    id="schema.property-made-optional",
    mirror="schema.property-made-required",
    effect=Effect.WIDENS,
    summary="A required property may be absent now.",
    message="property {name} is no longer required",
    why="A reader of the old contract relies on the property and fails where it is absent.",
    fix="Keep sending the property always.",
    example=Example(
        old='{"type": "object", "properties": {"sku": {}}, "required": ["sku"]}',
        new='{"type": "object", "properties": {"sku": {}}}',
    ),
)
EXTRAS_REFUSED = Rule(
    id="schema.extra-properties-refused",
    mirror="schema.extra-properties-accepted",
    effect=Effect.NARROWS,
    summary="Names that are not listed are refused now.",
    message="properties that are not listed are now refused",
    why="A peer that sends further names, ignored until now, is refused.",
    fix="Leave the object open; ignore what is not known.",
    example=Example(
        old='{"type": "object", "properties": {"id": {}}}',
        new='{"type": "object", "properties": {"id": {}}, "additionalProperties": false}',
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="It hurts only peers that send names which the contract never listed.",
)
EXTRAS_ACCEPTED = Rule(
    id="schema.extra-properties-accepted",
    mirror="schema.extra-properties-refused",
    effect=Effect.WIDENS,
    summary="Names that are not listed are no longer refused.",
    message="properties that are not listed are no longer refused",
    why="A reader that checks messages against the old contract would refuse further names.",
    fix="Send only the names that the contract lists.",
    example=Example(
        old='{"type": "object", "properties": {"id": {}}, "additionalProperties": false}',
        new='{"type": "object", "properties": {"id": {}}}',
    ),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="It hurts only if names are sent which the contract does not list.",
)
MAP_CLOSED = Rule(
    id="schema.map-closed",
    mirror="schema.map-opened",
    effect=Effect.NARROWS,
    summary="An object that took any name as a key takes only listed names now.",
    message="names of one's own choice are no longer accepted as keys",
    why="A peer that fills the map with its own keys is now refused.",
    fix="Keep the map, or add a new property for the listed names.",
    example=Example(
        old='{"type": "object", "additionalProperties": {"type": "string"}}',
        new='{"type": "object", "additionalProperties": false}',
    ),
)
MAP_OPENED = Rule(
    id="schema.map-opened",
    mirror="schema.map-closed",
    effect=Effect.WIDENS,
    summary="An object that took only listed names takes any name as a key now.",
    message="names of one's own choice are now accepted as keys",
    why="A reader of the old contract knows the listed names only.",
    fix="Put the map under a new property.",
    example=Example(
        old='{"type": "object", "additionalProperties": false}',
        new='{"type": "object", "additionalProperties": {"type": "string"}}',
    ),
)
EXTRAS_RESTRICTED = Rule(
    id="schema.extra-properties-restricted",
    mirror="schema.extra-properties-freed",
    effect=Effect.NARROWS,
    summary="Names that are not listed must satisfy a schema now.",
    message="properties that are not listed must now satisfy a schema",
    why="A peer that sends further names with other values, ignored until now, is refused.",
    fix="Leave further names free; ignore what is not known.",
    example=Example(
        old='{"type": "object"}',
        new='{"type": "object", "additionalProperties": {"type": "string"}}',
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="It hurts only peers that send names which the contract never listed.",
)
EXTRAS_FREED = Rule(
    id="schema.extra-properties-freed",
    mirror="schema.extra-properties-restricted",
    effect=Effect.WIDENS,
    summary="Names that are not listed need no longer satisfy a schema.",
    message="properties that are not listed need no longer satisfy a schema",
    why="A reader of the old contract knows what stands under every name.",
    fix="Keep the schema for further names in what you send.",
    example=Example(
        old='{"type": "object", "additionalProperties": {"type": "string"}}',
        new='{"type": "object"}',
    ),
)
PATTERN_PROPERTIES_ADDED = Rule(
    id="schema.pattern-properties-added",
    mirror="schema.pattern-properties-removed",
    effect=Effect.NARROWS,
    summary="Names that match a pattern must satisfy a schema now.",
    message="properties that match {pattern} must now satisfy a schema",
    why="A peer that sends such names with other values is now refused.",
    fix="Make the schema accept what peers send under such names.",
    example=Example(
        old='{"type": "object"}',
        new='{"type": "object", "patternProperties": {"^x-": {"type": "string"}}}',
    ),
)
PATTERN_PROPERTIES_REMOVED = Rule(
    id="schema.pattern-properties-removed",
    mirror="schema.pattern-properties-added",
    effect=Effect.WIDENS,
    summary="Names that match a pattern need no longer satisfy a schema.",
    message="properties that match {pattern} need no longer satisfy a schema",
    why="A reader of the old contract knows what stands under such names.",
    fix="Keep what you send under such names as it was.",
    example=Example(
        old='{"type": "object", "patternProperties": {"^x-": {"type": "string"}}}',
        new='{"type": "object"}',
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def objects(match: Match) -> Iterator[Fact | Visit]:
    """Compare two objects' properties, name by name, and the rest."""
    old, new = match.old, match.new
    if not (old.may_be("object") and new.may_be("object")):
        return
    yield from _names(match)
    yield from _required(match)
    yield from _patterns(match)
    yield from _rest(match)


def _names(match: Match) -> Iterator[Fact | Visit]:
    old, new = match.old, match.new
    before, after = old.shape.names, new.shape.names
    for name, at in before.items():
        if name in after:
            yield from _kept(match, name, at, after[name])
        else:
            yield from _removed(match, name, at)
    for name, at in after.items():
        if name not in before:
            yield from _added(match, name, at)


def _kept(match: Match, name: str, old: Node, new: Node) -> Iterator[Fact | Visit]:
    schemas = match.outer.schemas
    if schemas.same(old, new):
        return
    before = schemas.old.of(schemas.old.resolve(old))
    after = schemas.new.of(schemas.new.resolve(new))
    yield from senders(match, name, before, after)
    if name in match.old.required and after.write_only and not before.write_only:
        yield match.lost(REQUIRED_PROPERTY_REMOVED, old, Turn.ONLY_OUTBOUND, name=name)
    yield match.visit(old, new, flow(before, after), step=("properties", name))


def _removed(match: Match, name: str, at: Node) -> Iterator[Fact | Visit]:
    old, new = match.old, match.new
    schemas = match.outer.schemas
    view = schemas.old.of(schemas.old.resolve(at))
    turn = sent(view)
    rest = new.shape.rest
    if view.never:
        # A name that was refused is now one of those that are not listed.
        if not _closed(new):
            rest = rest or absent(new.node, "additionalProperties")
            yield match.visit(at, rest, turn, step=("properties", name))
        return
    if rest is not None and _is_schema(rest) and not new.shape.patterns:
        # The name is now one of the map's.
        yield match.visit(at, rest, turn, step=("properties", name))
    if _closed(new):
        yield match.lost(CLOSED_PROPERTY_REMOVED, at, turn, name=name)
        if name in old.required:
            yield match.lost(REQUIRED_PROPERTY_REMOVED, at, turn, name=name)
    elif name in old.required and name not in new.required:
        yield match.lost(REQUIRED_PROPERTY_REMOVED, at, turn, name=name)
    else:
        yield match.lost(PROPERTY_REMOVED, at, turn, name=name)


def _added(match: Match, name: str, at: Node) -> Iterator[Fact | Visit]:
    old, new = match.old, match.new
    schemas = match.outer.schemas
    view = schemas.new.of(schemas.new.resolve(at))
    turn = sent(view)
    rest = old.shape.rest
    if view.never:
        if not _closed(old):
            rest = rest or absent(old.node, "additionalProperties")
            yield match.visit(rest, at, turn, step=("properties", name))
        return
    if rest is not None and _is_schema(rest) and not old.shape.patterns:
        yield match.visit(rest, at, turn, step=("properties", name))
    if _closed(old):
        yield match.gained(CLOSED_PROPERTY_ADDED, at, turn, name=name)
        if name in new.required:
            yield match.gained(REQUIRED_PROPERTY_ADDED, at, turn, name=name)
    elif name in new.required and name not in old.required:
        yield match.gained(REQUIRED_PROPERTY_ADDED, at, turn, name=name)
    else:
        yield match.gained(PROPERTY_ADDED, at, turn, name=name)


def _required(match: Match) -> Iterator[Fact]:
    old, new = match.old, match.new
    before, after = old.shape.names, new.shape.names
    schemas = match.outer.schemas
    for name, at in new.required.items():
        if name in old.required or (name in after and name not in before):
            continue  # told as an added property
        turn = Turn.KEEP
        if name in after:
            turn = sent(schemas.new.of(schemas.new.resolve(after[name])))
        yield match.gained(PROPERTY_MADE_REQUIRED, at, turn, name=name)
    for name, at in old.required.items():
        if name in new.required or (name in before and name not in after):
            continue  # told as a removed property
        turn = Turn.KEEP
        if name in before:
            turn = sent(schemas.old.of(schemas.old.resolve(before[name])))
        yield match.lost(PROPERTY_MADE_OPTIONAL, at, turn, name=name)


def _patterns(match: Match) -> Iterator[Fact | Visit]:
    before, after = match.old.shape.patterns, match.new.shape.patterns
    for text, at in before.items():
        if text in after:
            yield match.visit(at, after[text], step=("patternProperties", text))
        elif at.value is not True:
            yield match.lost(PATTERN_PROPERTIES_REMOVED, at, pattern=text)
    for text, at in after.items():
        if text not in before and at.value is not True:
            yield match.gained(PATTERN_PROPERTIES_ADDED, at, pattern=text)


def _rest(match: Match) -> Iterator[Fact | Visit]:
    """What holds for the names that are not listed; absent means anything."""
    before, after = match.old.shape.rest, match.new.shape.rest
    if before is None and after is None:
        return
    closed_before, closed_after = _closed(match.old), _closed(match.new)
    if closed_before and closed_after:
        return
    if closed_after:
        assert after is not None
        rule = EXTRAS_REFUSED if before is None or not _is_map(match.old) else MAP_CLOSED
        yield match.gained(rule, after)
    elif closed_before:
        assert before is not None
        rule = EXTRAS_ACCEPTED if after is None or not _is_map(match.new) else MAP_OPENED
        yield match.lost(rule, before)
    elif before is None:
        assert after is not None
        if _is_schema(after):
            yield match.gained(EXTRAS_RESTRICTED, after)
    elif after is None:
        if _is_schema(before):
            yield match.lost(EXTRAS_FREED, before)
    else:
        yield match.visit(before, after, step=("additionalProperties",))


def _is_map(view: View) -> bool:
    """Whether further names were invited, not merely not refused."""
    return view.shape.rest is not None and view.shape.rest.value is not False


def _is_schema(rest: Node) -> bool:
    """Whether the rest says something: not ``true``, not ``false``, not ``{}``."""
    return rest.value not in (True, False) and rest.value != {}


def _closed(view: View) -> bool:
    rest = view.shape.rest
    return rest is not None and any(each.value is False for each in (rest.parts or (rest,)))
