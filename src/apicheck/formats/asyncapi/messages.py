"""Messages: which of an operation answers to which, and what each says beside its payload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.asyncapi.bindings import bindings
from apicheck.formats.asyncapi.context import Seen
from apicheck.formats.asyncapi.operations import SOURCE
from apicheck.formats.asyncapi.payloads import headers, leads_on, payload, payloads
from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.schema.values import canonical
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apicheck.formats.asyncapi.context import Context, Told
    from apicheck.formats.asyncapi.model import Message
    from apicheck.formats.asyncapi.normal import Application
    from apicheck.model import Use
    from apicheck.nodes import Node

__all__ = ["RULES", "messages"]

_TWO = (
    '{"messages": {"placed": {"payload": {"type": "object"}},'
    ' "paid": {"payload": {"type": "string"}}}}'
)
_ONE = '{"messages": {"placed": {"payload": {"type": "object"}}}}'

REMOVED = Rule(
    id="asyncapi.message-removed",
    mirror="asyncapi.message-added",
    effect=Effect.NARROWS,
    summary="One of the messages of an operation was removed.",
    message="message {name} was removed",
    why="A producer that still sends it is not understood; a consumer gets it no more.",
    fix="Keep the message, marked deprecated, until nobody sends or awaits it.",
    example=Example(of="asyncapi-channel", old=_TWO, new=_ONE),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="No consumer meets anything new, but some may wait for the message.",
)
ADDED = Rule(
    id="asyncapi.message-added",
    mirror="asyncapi.message-removed",
    effect=Effect.WIDENS,
    summary="An operation has a further message.",
    message="message {name} was added",
    why="A consumer of the old contract meets a message that it does not know.",
    fix="Make sure that consumers skip unknown messages, or use a channel of its own.",
    example=Example(of="asyncapi-channel", old=_ONE, new=_TWO, direction=Direction.OUTBOUND),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Consumers should skip what they do not know, and many do.",
)
RENAMED = Rule(
    id="asyncapi.message-renamed",
    effect=Effect.REPLACES,
    summary="One of several messages got another name, by which they are told apart.",
    message="the message is now named {new} instead of {old}",
    why="A peer that tells messages apart by name takes it for an unknown one.",
    fix="Keep the name, or send the message under both names for a while.",
    example=Example(
        of="asyncapi-channel",
        old='{"messages": {"a": {"name": "Placed", "payload": {"type": "object"}},'
        ' "b": {"name": "Paid", "payload": {"type": "string"}}}}',
        new='{"messages": {"a": {"name": "OrderPlaced", "payload": {"type": "object"}},'
        ' "b": {"name": "Paid", "payload": {"type": "string"}}}}',
    ),
)
KEY_CHANGED = Rule(
    id="asyncapi.message-key-changed",
    effect=Effect.REPLACES,
    summary="A message got another key or name; nothing on the wire changed.",
    message="the message is now called {new} instead of {old}",
    why="Code generated from the document calls it by another name.",
    fix="Keep the key if code is generated from the document.",
    example=Example(
        of="asyncapi-channel",
        old='{"messages": {"placed": {"payload": {"type": "object"}}}}',
        new='{"messages": {"orderPlaced": {"payload": {"type": "object"}}}}',
    ),
    surfaces=SOURCE,
)
CONTENT_TYPE_CHANGED = Rule(
    id="asyncapi.content-type-changed",
    effect=Effect.REPLACES,
    summary="The payload is encoded as another content type.",
    message="the content type changed from {old} to {new}",
    why="A peer that decodes by the old content type cannot read the message.",
    fix="Offer the new content type as a message of its own beside the old one.",
    example=Example(
        of="asyncapi-message",
        old='{"contentType": "application/json"}',
        new='{"contentType": "application/cbor"}',
    ),
)
CONTENT_TYPE_SAID = Rule(
    id="asyncapi.content-type-said",
    mirror="asyncapi.content-type-unsaid",
    effect=Effect.KEEPS,
    summary="The content type of a message is now documented.",
    message="the content type {value} is now said",
    why="Nobody is hurt, if it is what was sent all along.",
    fix="Make sure that it is what peers send and expect.",
    example=Example(of="asyncapi-message", old="{}", new='{"contentType": "application/json"}'),
)
CONTENT_TYPE_UNSAID = Rule(
    id="asyncapi.content-type-unsaid",
    mirror="asyncapi.content-type-said",
    effect=Effect.KEEPS,
    summary="The content type of a message is no longer documented.",
    message="the content type {value} is no longer said",
    why="Peers can no longer know how to decode the message.",
    fix="Keep the content type in the document.",
    example=Example(of="asyncapi-message", old='{"contentType": "application/json"}', new="{}"),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Nothing need change on the wire, but nothing is promised any more.",
)
CORRELATION_MOVED = Rule(
    id="asyncapi.correlation-id-moved",
    effect=Effect.REPLACES,
    summary="The correlation id stands at another place of the message.",
    message="the correlation id moved from {old} to {new}",
    why="A peer that looks for it at the old place can no longer match messages.",
    fix="Send the id at both places until no peer reads the old one.",
    example=Example(
        of="asyncapi-message",
        old='{"correlationId": {"location": "$message.header#/id"}}',
        new='{"correlationId": {"location": "$message.payload#/id"}}',
    ),
)
CORRELATION_REMOVED = Rule(
    id="asyncapi.correlation-id-removed",
    mirror="asyncapi.correlation-id-added",
    effect=Effect.NARROWS,
    summary="A message no longer has a correlation id.",
    message="the correlation id at {value} was removed",
    why="Peers can no longer match the message with the one it belongs to.",
    fix="Keep sending and reading the id.",
    example=Example(
        of="asyncapi-message",
        old='{"correlationId": {"location": "$message.header#/id"}}',
        new="{}",
    ),
    override={Direction.OUTBOUND: Severity.ERROR},
    because="Consumers that match messages by the id find none.",
)
CORRELATION_ADDED = Rule(
    id="asyncapi.correlation-id-added",
    mirror="asyncapi.correlation-id-removed",
    effect=Effect.WIDENS,
    summary="A message has a correlation id now.",
    message="a correlation id at {value} was added",
    why="Nobody is hurt: whether the place must be filled is said by the schema.",
    fix="Nothing to do.",
    example=Example(
        of="asyncapi-message",
        old="{}",
        new='{"correlationId": {"location": "$message.header#/id"}}',
    ),
    override={Direction.OUTBOUND: Severity.INFO},
    because="Consumers that do not know of the id do not look for it.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

Uses = "Callable[[str], tuple[Use, ...]]"


def messages(
    context: Context,
    old: tuple[Message, ...],
    new: tuple[Message, ...],
    near: tuple[Node, Node],
    uses: Callable[[str], tuple[Use, ...]],
) -> Iterator[Seen | Told]:
    """Compare the messages of two operations, or of their replies.

    ``near`` is where on each side a reader looks for them; ``uses`` gives those of a message.
    """
    several = len(old) > 1 or len(new) > 1
    found, lost, gained = _paired(context, old, new)
    for one in lost:
        fact = Fact(REMOVED, one.node, None, {"name": one.label}, near=near[1])
        yield Seen(uses=uses(one.label), seen=fact)
    for two in gained:
        fact = Fact(ADDED, None, two.node, {"name": two.label}, near=near[0])
        yield Seen(uses=uses(two.label), seen=fact)
    for one, two in found:
        yield from _names(one, two, uses(two.label), several=several)
        if not context.same(one.node, two.node) or leads_on(context.new, two):
            yield from _message(context, one, two, uses(two.label))


def _paired(
    context: Context, old: tuple[Message, ...], new: tuple[Message, ...]
) -> tuple[list[tuple[Message, Message]], list[Message], list[Message]]:
    if len(old) == 1 == len(new):
        return [(old[0], new[0])], [], []
    left, right = list(old), list(new)
    found: list[tuple[Message, Message]] = []
    ranks: list[Callable[[Message, Application], str]] = [
        lambda each, _, rank=rank: each.names[rank]  # type: ignore[misc]
        for rank in range(4)
    ]
    for rank in (*ranks, _signature):
        after: dict[str, list[Message]] = {}
        for each in right:
            after.setdefault(rank(each, context.new), []).append(each)
        for one in list(left):
            key = rank(one, context.old)
            others = after.get(key) if key else None
            if others:
                two = others.pop(0)
                left.remove(one)
                right.remove(two)
                found.append((one, two))
    return found, left, right


def _signature(message: Message, application: Application) -> str:
    """The payload as it is written: what is left where names do not help."""
    found = payload(application, message)
    return "" if found is None else canonical(found.node.value)


def _names(old: Message, new: Message, uses: tuple[Use, ...], *, several: bool) -> Iterator[Seen]:
    one, two = old.names, new.names
    if one[0] and two[0] and one[0] != two[0]:
        at = (old.fields.get("name") or old.node, new.fields.get("name") or new.node)
        rule = RENAMED if several else KEY_CHANGED
        yield Seen(uses=uses, seen=Fact(rule, *at, {"old": one[0], "new": two[0]}))
    elif one[1] and two[1] and one[1] != two[1]:
        values = {"old": one[1], "new": two[1]}
        yield Seen(uses=uses, seen=Fact(KEY_CHANGED, old.node, new.node, values))


def _message(
    context: Context, old: Message, new: Message, uses: tuple[Use, ...]
) -> Iterator[Seen | Told]:
    yield from _content_type(context, old, new, uses)
    yield from _correlation(context, old, new, uses)
    sides = (old.node, new.node)
    found = payload(context.old, old), payload(context.new, new)
    yield from payloads(context, uses, sides, found, default=True)
    # Headers are always a map (AsyncAPI 3.0.0, Message Object, headers).
    found = headers(context.old, old), headers(context.new, new)
    yield from payloads(context, uses, sides, found, default={"type": "object"})
    yield from bindings(context, "message", old.fields, new.fields, near=sides, uses=uses)


def _content_type(
    context: Context, old: Message, new: Message, uses: tuple[Use, ...]
) -> Iterator[Seen]:
    (one, at_one), (two, at_two) = (
        _read_content_type(application, message)
        for application, message in ((context.old, old), (context.new, new))
    )
    if _normal(one) == _normal(two):
        return
    if one is None:
        yield Seen(uses=uses, seen=Fact(CONTENT_TYPE_SAID, at_one, at_two, {"value": two}))
    elif two is None:
        yield Seen(uses=uses, seen=Fact(CONTENT_TYPE_UNSAID, at_one, at_two, {"value": one}))
    else:
        values = {"old": one, "new": two}
        yield Seen(uses=uses, seen=Fact(CONTENT_TYPE_CHANGED, at_one, at_two, values))


def _read_content_type(application: Application, message: Message) -> tuple[str | None, Node]:
    node = message.fields.get("contentType")
    said = application.reader.text(node)
    if node is not None and said is not None:
        return said, node
    default = application.reader.spec.content_type
    if default is not None:
        return default, application.reader.spec.root.step("defaultContentType")
    return None, message.node


def _normal(said: str | None) -> str | None:
    """A content type without what makes no difference: case, blanks, charset=utf-8."""
    if said is None:
        return None
    head, *rest = (part.strip().lower() for part in said.split(";"))
    return ";".join([head, *sorted(each for each in rest if each and each != "charset=utf-8")])


def _correlation(
    context: Context, old: Message, new: Message, uses: tuple[Use, ...]
) -> Iterator[Seen]:
    (one, at_one), (two, at_two) = (
        _location(application, message)
        for application, message in ((context.old, old), (context.new, new))
    )
    if one == two:
        return
    values: dict[str, Any]
    if one is None:
        values, rule = {"value": two}, CORRELATION_ADDED
    elif two is None:
        values, rule = {"value": one}, CORRELATION_REMOVED
    else:
        values, rule = {"old": one, "new": two}, CORRELATION_MOVED
    yield Seen(uses=uses, seen=Fact(rule, at_one, at_two, values))


def _location(application: Application, message: Message) -> tuple[str | None, Node]:
    node = application.reader.part(message.fields.get("correlationId"), dict)
    location = None if node is None else node.get("location")
    said = application.reader.text(location)
    return said, location or node or message.node
