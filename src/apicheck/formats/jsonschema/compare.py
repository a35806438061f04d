"""Two contracts of JSON Schemas compared, message by message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck import schema
from apicheck.formats.jsonschema.constants import own_constants, settled
from apicheck.formats.jsonschema.files import Family
from apicheck.formats.jsonschema.messages import pairs
from apicheck.model import Change, Direction, Effect, Example, Rule, Severity, Use
from apicheck.nodes import Node
from apicheck.schema.names import with_schema
from apicheck.schema.sameness import Sameness
from apicheck.walk import Fact, Root, Visit, survey, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apicheck.formats.jsonschema.messages import Message, Messages
    from apicheck.nodes import Steps
    from apicheck.schema import Dialect
    from apicheck.walk import Describe

__all__ = ["RULES", "compare"]

MESSAGE_REMOVED = Rule(
    id="jsonschema.message-removed",
    mirror="jsonschema.message-added",
    effect=Effect.NARROWS,
    summary="The schema of a message was removed.",
    message="message {name} was removed",
    why="Messages of this kind that are still on their way, or stored, can no longer be checked.",
    fix="Keep the schema, marked deprecated, until no such message is left.",
    example=Example(
        of="json-schemas",
        old='{"placed.json": {"title": "Placed", "properties": {"id": {}}},'
        ' "paid.json": {"title": "Paid", "properties": {"id": {}}}}',
        new='{"placed.json": {"title": "Placed", "properties": {"id": {}}}}',
    ),
)
MESSAGE_ADDED = Rule(
    id="jsonschema.message-added",
    mirror="jsonschema.message-removed",
    effect=Effect.WIDENS,
    summary="The schema of a further message was added.",
    message="message {name} was added",
    why="Nobody is hurt, unless it is sent where old readers look and they stop at what is new.",
    fix="Send it on a channel of its own, or make sure that readers skip what they do not know.",
    example=Example(
        of="json-schemas",
        old='{"placed.json": {"title": "Placed", "properties": {"id": {}}}}',
        new='{"placed.json": {"title": "Placed", "properties": {"id": {}}},'
        ' "paid.json": {"title": "Paid", "properties": {"id": {}}}}',
    ),
    override={Direction.OUTBOUND: Severity.INFO},
    because="A schema does not say where its messages are sent.",
)
DIALECT_CHANGED = Rule(
    id="jsonschema.dialect-changed",
    effect=Effect.KEEPS,
    summary="The schema is written in another draft of JSON Schema.",
    message="the draft changed from {old} to {new}",
    why="Nobody is hurt by the draft itself; what keywords mean there was compared.",
    fix="Make sure that the validators in use know the draft.",
    example=Example(
        of="json-schema",
        old='{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}',
        new='{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}',
    ),
)
VERSION_CONSTANT_CHANGED = Rule(
    id="jsonschema.version-constant-changed",
    effect=Effect.KEEPS,
    summary="The constant by which a message names its own version follows the new version.",
    message="messages now name their version as {new} instead of {old}",
    why="A reader that picks the schema by this constant finds the right one.",
    fix="Nothing to do.",
    example=Example(
        of="json-schema",
        old='{"$id": "/placed/1.0.0", "properties": {"$schema": {"const": "/placed/1.0.0"}}}',
        new='{"$id": "/placed/1.1.0", "properties": {"$schema": {"const": "/placed/1.1.0"}}}',
    ),
)

RULES = (
    *(each for each in list(vars().values()) if isinstance(each, Rule)),
    *schema.RULES,
)


@dataclass(slots=True, eq=False)
class Context:
    """What ``compare_schemas`` asks of a format."""

    schemas: schema.Context


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matched:
    label: str
    old: Node
    new: Node
    dialects: tuple[Dialect, Dialect]
    #: The version constants of both sides, by place.
    constants: dict[Steps, tuple[str, str]]


def compare(old: Messages, new: Messages) -> Iterator[Change]:
    """Every change from ``old`` to ``new``."""
    families = (Family(old.documents), Family(new.documents))
    found, lost, gained = pairs((*old.messages, *old.parts), (*new.messages, *new.parts))
    roots: list[Root] = [
        *(root for one in lost if one in old.messages for root in _removed(one, new)),
        *(root for one in gained if one in new.messages for root in _added(one, old)),
    ]
    main = {id(one) for one in (*old.messages, *new.messages)}
    matched = [_matched(one, two, families) for one, two in found if {id(one), id(two)} & main]
    for each in matched:
        roots += _remarks(each)
    groups: dict[tuple[str, str], list[_Matched]] = {}
    for each in matched:
        one, two = each.dialects
        groups.setdefault((one.name, two.name), []).append(each)
    labels = {
        (id(node.document), node.pointer): each.label
        for each in matched
        for node in (each.old, each.new)
    }
    for message in (*lost, *gained):
        labels[id(message.document), message.pointer] = message.label
    describe = _describer(labels, alone=len(matched) == 1 == len(old.messages))
    yield from walk(roots, None, same=Sameness(), describe=describe)
    for group in groups.values():
        one, two = group[0].dialects
        same = Sameness(comparable=one.name == two.name)
        context = Context(schema.Context(old=schema.Views(one), new=schema.Views(two), same=same))
        roots = [root for each in group for root in _schemas(each)]
        walked = survey(roots, context, same=same, describe=describe)
        changes = list(walked.changes())
        yield from changes
        yield from schema.unnamed(walked, changes, context.schemas)


def _uses(label: str) -> tuple[Use, Use]:
    """A schema does not say who sends: old data meet new readers, and new data old readers."""
    return (
        Use(label=label, side="old data", direction=Direction.INBOUND),
        Use(label=label, side="old readers", direction=Direction.OUTBOUND),
    )


def _removed(message: Message, new: Messages) -> Iterator[Root]:
    at = _root(message)
    near = Node(None, new.documents[0], ()) if new.documents else None
    for use in _uses(message.label):
        yield Root(use, Fact(MESSAGE_REMOVED, at, None, {"name": message.label}, near=near))


def _added(message: Message, old: Messages) -> Iterator[Root]:
    at = _root(message)
    near = Node(None, old.documents[0], ()) if old.documents else None
    for use in _uses(message.label):
        yield Root(use, Fact(MESSAGE_ADDED, None, at, {"name": message.label}, near=near))


def _root(message: Message) -> Node:
    return _at(Node(message.document.data, message.document, ()), message.pointer)


def _matched(old: Message, new: Message, families: tuple[Family, Family]) -> _Matched:
    before, after = (
        family.of(each.document) for family, each in zip(families, (old, new), strict=True)
    )
    one, two = own_constants(before.inner.data), own_constants(after.inner.data)
    constants = {
        place: (one[place], two[place])
        for place in one.keys() & two.keys()
        if one[place] != two[place]
    }
    if constants:
        before.data = settled(before.data, sorted(constants, key=repr))
        after.data = settled(after.data, sorted(constants, key=repr))
    return _Matched(
        label=new.label,
        old=_at(before.root, old.pointer),
        new=_at(after.root, new.pointer),
        dialects=(old.dialect, new.dialect),
        constants=constants,
    )


def _remarks(matched: _Matched) -> Iterator[Root]:
    """What is told of a message beside its schema."""
    old, new = (Node(each.document.data, each.document, ()) for each in (matched.old, matched.new))
    one, two = matched.dialects
    for use in _uses(matched.label):
        if one.name != two.name:
            said = {"old": one.name, "new": two.name}
            before, after = (each.get("$schema") or each for each in (old, new))
            yield Root(use, Fact(DIALECT_CHANGED, before, after, said))
        told = set()
        for place, values in sorted(matched.constants.items(), key=repr):
            if place[:-1] not in told:
                told.add(place[:-1])
                said = {"old": values[0], "new": values[1]}
                fact = Fact(VERSION_CONSTANT_CHANGED, _at(old, place), _at(new, place), said)
                yield Root(use, fact)


def _at(node: Node, steps: Steps) -> Node:
    for step in steps:
        node = node.step(step)
    return node


def _schemas(matched: _Matched) -> Iterator[Root]:
    for use in _uses(matched.label):
        yield Root(use, Visit(matched.old, matched.new, schema.compare_schemas))


def _describer(labels: Mapping[tuple[int, Steps], str], *, alone: bool) -> Describe:
    """Names for places: by the message whose schema is at the top of the file."""

    def describe(old: Node | None, new: Node | None) -> tuple[tuple[str, ...], str]:
        node = old if new is None else new
        assert node is not None
        steps, names = node.pointer, tuple(map(str, node.pointer))
        document = id(node.document)
        if (document, steps[:2]) in labels:
            head, inner = labels[document, steps[:2]], steps[2:]
        else:
            head, inner = labels.get((document, ()), node.document.source), steps
            if inner[:1] in {("$defs",), ("definitions",)} and len(inner) > 1:
                head, inner = f"{head} definition {inner[1]}", inner[2:]
        return names if alone else (head, *names), with_schema(head, inner)

    return describe
