"""Bindings compared field by field, as the table of fields says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.asyncapi.binding_fields import FIELDS, PROTOCOLS, Field, Kind
from apicheck.formats.asyncapi.context import Seen
from apicheck.formats.asyncapi.payloads import looks_avro, schemas
from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.nodes import Node
from apicheck.schema.values import canonical
from apicheck.walk import Fact, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.asyncapi.context import Context
    from apicheck.formats.asyncapi.normal import Application
    from apicheck.formats.asyncapi.traits import Fields
    from apicheck.model import Use

__all__ = ["RULES", "bindings", "is_retained"]

_DANGEROUS = {Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING}


def _topic(value: str) -> str:
    return f'{{"bindings": {{"kafka": {{"topicConfiguration": {{{value}}}}}}}}}'


CHANGED = Rule(
    id="asyncapi.binding-changed",
    effect=Effect.REPLACES,
    summary="A part of a binding changed that both sides must agree on.",
    message="{field} changed from {old} to {new}",
    why="The broker refuses those who still declare it the old way, or peers miss each other.",
    fix="Use a new channel with the new binding beside the old one.",
    example=Example(
        of="asyncapi-channel",
        old='{"bindings": {"amqp": {"is": "queue", "queue": {"durable": true}}}}',
        new='{"bindings": {"amqp": {"is": "queue", "queue": {"durable": false}}}}',
    ),
)
BEHAVIOUR_CHANGED = Rule(
    id="asyncapi.binding-behaviour-changed",
    effect=Effect.REPLACES,
    summary="A part of a binding changed that decides how messages are delivered.",
    message="{field} changed from {old} to {new}",
    why="Peers may get messages later, twice or not at all.",
    fix="Tell peers, and change it while nobody depends on the old behaviour.",
    example=Example(
        of="asyncapi-operation",
        old='{"bindings": {"amqp": {"ack": true}}}',
        new='{"bindings": {"amqp": {"ack": false}}}',
    ),
    override=_DANGEROUS,
    because="No message is refused; what peers make of the new behaviour is not known.",
)
SETTING_CHANGED = Rule(
    id="asyncapi.binding-setting-changed",
    effect=Effect.KEEPS,
    summary="A part of a binding changed that peers do not notice.",
    message="{field} changed from {old} to {new}",
    why="Nobody is hurt: it concerns this application or the broker alone.",
    fix="Nothing to do.",
    example=Example(
        of="asyncapi-channel",
        old='{"bindings": {"kafka": {"replicas": 2}}}',
        new='{"bindings": {"kafka": {"replicas": 3}}}',
    ),
)
SAID = Rule(
    id="asyncapi.binding-said",
    mirror="asyncapi.binding-unsaid",
    effect=Effect.KEEPS,
    summary="A part of a binding is now documented.",
    message="{field} is now said to be {value}",
    why="Nobody is hurt, if it was so all along.",
    fix="Make sure that the broker has it so already.",
    example=Example(
        of="asyncapi-channel",
        old='{"bindings": {"amqp": {"is": "queue"}}}',
        new='{"bindings": {"amqp": {"is": "queue", "queue": {"durable": true}}}}',
    ),
)
UNSAID = Rule(
    id="asyncapi.binding-unsaid",
    mirror="asyncapi.binding-said",
    effect=Effect.KEEPS,
    summary="A part of a binding is no longer documented.",
    message="{field} was {value} and is no longer said",
    why="Peers can no longer know how to declare or use the channel.",
    fix="Keep it in the document.",
    example=Example(
        of="asyncapi-channel",
        old='{"bindings": {"amqp": {"is": "queue", "queue": {"durable": true}}}}',
        new='{"bindings": {"amqp": {"is": "queue"}}}',
    ),
)
NOT_COMPARED = Rule(
    id="asyncapi.binding-not-compared",
    effect=Effect.KEEPS,
    summary="A part of a binding changed of which it is not known what it means.",
    message="{fields} of the {protocol} binding changed and was not compared",
    why="Whether the change breaks anyone is not known.",
    fix="Look at the change; see the documentation of the binding.",
    example=Example(
        of="asyncapi-channel",
        old='{"bindings": {"solace": {"queueName": "a"}}}',
        new='{"bindings": {"solace": {"queueName": "b"}}}',
    ),
    override=_DANGEROUS,
    because="Nothing is known to break, but nothing is known to hold either.",
    unknown=True,
)
PARTITIONS_RAISED = Rule(
    id="asyncapi.partitions-raised",
    mirror="asyncapi.partitions-lowered",
    effect=Effect.REPLACES,
    summary="A topic has more partitions.",
    message="the partitions were raised from {old} to {new}",
    why="Keys move to other partitions: the order of messages with one key is lost once.",
    fix="Raise it while the topic is empty, or move to a new topic.",
    example=Example(
        of="asyncapi-channel",
        old='{"bindings": {"kafka": {"partitions": 3}}}',
        new='{"bindings": {"kafka": {"partitions": 6}}}',
    ),
    override=_DANGEROUS,
    because="It hurts only peers that rely on the order of messages with one key.",
)
PARTITIONS_LOWERED = Rule(
    id="asyncapi.partitions-lowered",
    mirror="asyncapi.partitions-raised",
    effect=Effect.REPLACES,
    summary="A topic has fewer partitions.",
    message="the partitions were lowered from {old} to {new}",
    why="Kafka cannot do it: the topic must be made anew, and what is in it is gone.",
    fix="Move to a new topic, and keep the old one until it is read to the end.",
    example=Example(
        of="asyncapi-channel",
        old='{"bindings": {"kafka": {"partitions": 6}}}',
        new='{"bindings": {"kafka": {"partitions": 3}}}',
    ),
)
CLEANUP_CHANGED = Rule(
    id="asyncapi.cleanup-policy-changed",
    effect=Effect.REPLACES,
    summary="Old messages of a topic are cleaned up in another way.",
    message="cleanup.policy changed from {old} to {new}",
    why="Compaction keeps only the last message of a key, and refuses messages without one.",
    fix="Move to a new topic with the new policy.",
    example=Example(
        of="asyncapi-channel",
        old=_topic('"cleanup.policy": ["delete"]'),
        new=_topic('"cleanup.policy": ["compact"]'),
    ),
)
RETENTION_LOWERED = Rule(
    id="asyncapi.retention-lowered",
    mirror="asyncapi.retention-raised",
    effect=Effect.NARROWS,
    summary="Messages are kept for a shorter time, or fewer of them.",
    message="{field} was lowered from {old} to {new}",
    why="A consumer that was away for longer misses messages.",
    fix="Keep messages as long as the slowest consumer may be away.",
    example=Example(
        of="asyncapi-channel",
        old=_topic('"retention.ms": 86400000'),
        new=_topic('"retention.ms": 3600000'),
    ),
    override={Direction.INBOUND: Severity.INFO, Direction.OUTBOUND: Severity.WARNING},
    because="Producers do not notice; it hurts only consumers that are away for long.",
)
RETENTION_RAISED = Rule(
    id="asyncapi.retention-raised",
    mirror="asyncapi.retention-lowered",
    effect=Effect.WIDENS,
    summary="Messages are kept for a longer time, or more of them.",
    message="{field} was raised from {old} to {new}",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="asyncapi-channel",
        old=_topic('"retention.ms": 3600000'),
        new=_topic('"retention.ms": 86400000'),
    ),
    override={Direction.OUTBOUND: Severity.INFO},
    because="Consumers find more messages of the kind they know.",
)
SIZE_LOWERED = Rule(
    id="asyncapi.size-limit-lowered",
    mirror="asyncapi.size-limit-raised",
    effect=Effect.NARROWS,
    summary="Messages may no longer be as large as they were.",
    message="{field} was lowered from {old} to {new}",
    why="A producer that sends a larger message is refused.",
    fix="Keep the limit until no producer sends larger messages.",
    example=Example(
        of="asyncapi-channel",
        old=_topic('"max.message.bytes": 1000000'),
        new=_topic('"max.message.bytes": 1000'),
    ),
)
SIZE_RAISED = Rule(
    id="asyncapi.size-limit-raised",
    mirror="asyncapi.size-limit-lowered",
    effect=Effect.WIDENS,
    summary="Messages may be larger than they were.",
    message="{field} was raised from {old} to {new}",
    why="A consumer whose own limit is lower stops at a larger message.",
    fix="Raise the limits of consumers first.",
    example=Example(
        of="asyncapi-channel",
        old=_topic('"max.message.bytes": 1000'),
        new=_topic('"max.message.bytes": 1000000'),
    ),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="It hurts only consumers with a limit of their own.",
)
QUALITY_LOWERED = Rule(
    id="asyncapi.qos-lowered",
    mirror="asyncapi.qos-raised",
    effect=Effect.WIDENS,
    summary="Delivery is promised less surely.",
    message="{field} was lowered from {old} to {new}",
    why="A consumer may miss messages, or get them twice.",
    fix="Keep the quality of service that consumers were promised.",
    example=Example(
        of="asyncapi-operation",
        old='{"bindings": {"mqtt": {"qos": 2}}}',
        new='{"bindings": {"mqtt": {"qos": 1}}}',
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="What this application gets less surely may be missed by producers.",
)
QUALITY_RAISED = Rule(
    id="asyncapi.qos-raised",
    mirror="asyncapi.qos-lowered",
    effect=Effect.NARROWS,
    summary="Delivery is promised more surely.",
    message="{field} was raised from {old} to {new}",
    why="The broker delivers with the lower of both sides' qualities.",
    fix="Raise the quality of producers as well.",
    example=Example(
        of="asyncapi-operation",
        old='{"bindings": {"mqtt": {"qos": 1}}}',
        new='{"bindings": {"mqtt": {"qos": 2}}}',
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="Producers that send with less are still heard.",
)
KEY_ADDED = Rule(
    id="asyncapi.key-added",
    mirror="asyncapi.key-removed",
    effect=Effect.REPLACES,
    summary="Messages have a key now.",
    message="a message key was added",
    why="Messages go to other partitions, and compaction may drop some.",
    fix="Move to a new topic.",
    example=Example(
        of="asyncapi-message",
        old="{}",
        new='{"bindings": {"kafka": {"key": {"type": "string"}}}}',
    ),
)
KEY_REMOVED = Rule(
    id="asyncapi.key-removed",
    mirror="asyncapi.key-added",
    effect=Effect.REPLACES,
    summary="Messages no longer have a key.",
    message="the message key was removed",
    why="Messages that belong together are no longer in order, and compaction fails.",
    fix="Keep the key.",
    example=Example(
        of="asyncapi-message",
        old='{"bindings": {"kafka": {"key": {"type": "string"}}}}',
        new="{}",
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_PLAIN = {
    Kind.CONTRACT: CHANGED,
    Kind.BEHAVIOUR: BEHAVIOUR_CHANGED,
    Kind.SETTING: SETTING_CHANGED,
    Kind.CLEANUP: CLEANUP_CHANGED,
}
#: Kind -> (card where the number went down, where it went up).
_NUMBERS = {
    Kind.PARTITIONS: (PARTITIONS_LOWERED, PARTITIONS_RAISED),
    Kind.RETENTION: (RETENTION_LOWERED, RETENTION_RAISED),
    Kind.SIZE: (SIZE_LOWERED, SIZE_RAISED),
    Kind.QUALITY: (QUALITY_LOWERED, QUALITY_RAISED),
}
_SCHEMAS = {Kind.SCHEMA: Turn.KEEP, Kind.HANDSHAKE: Turn.KEEP, Kind.KEY: Turn.BOTH}
#: What an absent schema stands for.
_ANY: dict[Kind, Any] = {Kind.SCHEMA: {"type": "object"}, Kind.HANDSHAKE: {"type": "object"}}

Leaves = dict[tuple[str, ...], Node]


def bindings(
    context: Context,
    kind: str,
    old: Fields | Node,
    new: Fields | Node,
    *,
    near: tuple[Node, Node],
    uses: tuple[Use, ...],
    handshake: tuple[Use, ...] = (),
) -> Iterator[Seen]:
    """Compare the bindings of two objects of one kind: server, channel, operation or message.

    ``near`` is where a reader looks for them; ``handshake`` are the uses of whoever connects.
    """
    before, after = _read(context.old, old), _read(context.new, new)
    for name in sorted(before.keys() | after.keys()):
        if name.startswith("x-"):
            continue
        one, two = before.get(name), after.get(name)
        table = FIELDS.get((PROTOCOLS.get(name, ""), kind), {})
        leaves = [
            {} if each is None else _leaves(each, table, application)
            for each, application in ((one, context.old), (two, context.new))
        ]
        places = (one or near[0], two or near[1])
        unknown = []
        for path in sorted(leaves[0].keys() | leaves[1].keys()):
            if path[0].startswith("x-") or path[0] == "bindingVersion":
                continue
            pair = leaves[0].get(path), leaves[1].get(path)
            field = table.get(path)
            if field is not None and field.kind is Kind.ADDRESS:
                continue
            if field is not None:
                told = f"{name} {'.'.join(path)}"
                if field.kind in _SCHEMAS:
                    who = handshake if field.kind is Kind.HANDSHAKE and handshake else uses
                    yield from _schema(context, field, pair, near=places, told=told, uses=who)
                else:
                    yield from _field(field, pair, near=places, told=told, uses=uses)
            elif _value(pair[0]) != _value(pair[1]):
                unknown.append(path)
        if unknown:
            values = {"protocol": name, "fields": ", ".join(".".join(each) for each in unknown)}
            yield Seen(uses=uses, seen=Fact(NOT_COMPARED, *places, values))


def _read(application: Application, holder: Fields | Node) -> dict[str, Node]:
    """The bindings of an object by protocol."""
    reader = application.reader
    node = reader.part(holder.get("bindings"), dict)
    return {name: found for name, _, found in reader.entries(node)}


def _leaves(binding: Node, table: dict[tuple[str, ...], Field], application: Application) -> Leaves:
    """The fields of a binding, inner ones by their path."""
    inner = {path[:-1] for path in table if len(path) > 1}
    found: Leaves = {}
    pending: list[tuple[tuple[str, ...], Node]] = [((), binding)]
    while pending:
        path, node = pending.pop()
        for name, each in node.members():
            at = (*path, name)
            value = each
            if at in inner and name != "channel":
                resolved = application.reader.resolve(each)
                value = each if resolved is None else resolved
            if at in inner and type(value.value) is dict:
                pending.append((at, value))
            elif each.value is not None:
                found[at] = each
    return found


def _value(node: Node | None) -> str | None:
    return None if node is None else canonical(node.value)


def _field(
    field: Field,
    pair: tuple[Node | None, Node | None],
    *,
    near: tuple[Node, Node],
    told: str,
    uses: tuple[Use, ...],
) -> Iterator[Seen]:
    one, two = (field.default if each is None else each.value for each in pair)
    if field.kind is Kind.CLEANUP:
        one, two = _listed(one), _listed(two)
    if canonical(one) == canonical(two):
        return
    places = (pair[0] or near[0], pair[1] or near[1])
    rule: Rule
    if one is None or two is None:
        rule = SAID if one is None else UNSAID
        values = {"field": told, "value": _shown(two if one is None else one)}
    elif field.kind in _NUMBERS and _number(one) and _number(two):
        rule = _NUMBERS[field.kind][_amount(field, two) > _amount(field, one)]
        values = {"field": told, "old": _shown(one), "new": _shown(two)}
    else:
        rule = _PLAIN.get(field.kind, BEHAVIOUR_CHANGED)
        values = {"field": told, "old": _shown(one), "new": _shown(two)}
    yield Seen(uses=uses, seen=Fact(rule, *places, values))


def _listed(value: Any) -> Any:
    """``compact,delete`` and ``[delete, compact]`` are the same policy."""
    if type(value) is str:
        value = [each.strip() for each in value.split(",")]
    return sorted(map(str, value)) if type(value) is list else value


def _number(value: Any) -> bool:
    return type(value) in {int, float}


def _amount(field: Field, value: float) -> float:
    # Kafka, retention.ms and retention.bytes: -1 is without a limit.
    return float("inf") if field.kind is Kind.RETENTION and value == -1 else value


def _shown(value: Any) -> str:
    return value if type(value) is str else canonical(value)


def _schema(
    context: Context,
    field: Field,
    pair: tuple[Node | None, Node | None],
    *,
    near: tuple[Node, Node],
    told: str,
    uses: tuple[Use, ...],
) -> Iterator[Seen]:
    one, two = pair
    if field.kind is Kind.KEY:
        if one is None or two is None:
            rule = KEY_ADDED if one is None else KEY_REMOVED
            yield Seen(uses=uses, seen=Fact(rule, one or near[0], two or near[1], {}))
            return
        if looks_avro(one.value) or looks_avro(two.value):
            # An Avro key is the same or it is not: partitions go by its bytes.
            if _value(one) != _value(two):
                values = {"field": told, "old": _shown(one.value), "new": _shown(two.value)}
                yield Seen(uses=uses, seen=Fact(CHANGED, one, two, values))
            return
    scalar = [each for each in pair if each is not None and type(each.value) is not dict]
    if scalar:
        # Some fields are a schema or a plain value.
        yield from _field(Field(Kind.CONTRACT), pair, near=near, told=told, uses=uses)
        return
    absent = _ANY.get(field.kind, True)
    old, new = (
        Node(absent, place.document, place.pointer) if each is None else each
        for each, place in zip(pair, near, strict=True)
    )
    if context.same(old, new):
        return
    yield from schemas(uses, old, new, turn=_SCHEMAS[field.kind], text=field.text)


def is_retained(application: Application, *holders: Fields | Node) -> bool:
    """Whether messages are kept, so that what old versions sent is read by new consumers.

    A compacted topic, one without a limit of time, or what says so itself by ``x-retained``.
    """
    for holder in holders:
        said = holder.get("x-retained")
        if said is not None and said.value is True:
            return True
        kafka = _read(application, holder).get("kafka")
        topic = None if kafka is None else kafka.get("topicConfiguration")
        if topic is None or type(topic.value) is not dict:
            continue
        policy = _listed(topic.value.get("cleanup.policy"))
        if type(policy) is list and "compact" in policy:
            return True
        if topic.value.get("retention.ms") == -1:
            return True
    return False
