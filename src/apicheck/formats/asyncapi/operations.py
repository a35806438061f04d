"""Operations and channels: which answers to which, and what is left over.

Identity is the action and the *address*, with its parameters by position: keys and ids are names
for code generators only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from apicheck.formats.asyncapi.context import Seen
from apicheck.formats.asyncapi.model import Action, template
from apicheck.formats.asyncapi.uses import label_of, of_operation
from apicheck.model import Direction, Effect, Example, Rule, Severity, Surface
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from apicheck.formats.asyncapi.context import Context
    from apicheck.formats.asyncapi.model import Operation
    from apicheck.formats.asyncapi.normal import Application

__all__ = ["RULES", "Matched", "matched", "remarks"]

SOURCE = frozenset({Surface.SOURCE})

_SEND = '"placed": {"action": "send", "channel": {"$ref": "#/channels/placed"}}'
_CHANNELS = (
    '"channels": {"placed": {"address": "orders.placed"}, "paid": {"address": "orders.paid"}}'
)
_PAID = '"paid": {"action": "send", "channel": {"$ref": "#/channels/paid"}}'

REMOVED = Rule(
    id="asyncapi.operation-removed",
    mirror="asyncapi.operation-added",
    effect=Effect.NARROWS,
    summary="This application no longer sends to, or receives from, a channel.",
    message="{operation} was removed",
    why="Consumers wait for messages that no longer come; what producers send is no longer read.",
    fix="Keep the operation until nobody is left on the channel.",
    example=Example(
        of="asyncapi",
        old=f'{{{_CHANNELS}, "operations": {{{_SEND}, {_PAID}}}}}',
        new='{"channels": {"placed": {"address": "orders.placed"}},'
        f' "operations": {{{_SEND}}}}}',
    ),
    override={Direction.OUTBOUND: Severity.ERROR},
    because="No message is refused, but consumers wait for messages that no longer come.",
)
ADDED = Rule(
    id="asyncapi.operation-added",
    mirror="asyncapi.operation-removed",
    effect=Effect.WIDENS,
    summary="This application sends to, or receives from, a further channel.",
    message="{operation} was added",
    why="Nobody is hurt: nobody was on the channel before.",
    fix="Nothing to do.",
    example=Example(
        of="asyncapi",
        old='{"channels": {"placed": {"address": "orders.placed"}},'
        f' "operations": {{{_SEND}}}}}',
        new=f'{{{_CHANNELS}, "operations": {{{_SEND}, {_PAID}}}}}',
    ),
    override={Direction.OUTBOUND: Severity.INFO},
    because="A consumer that does not know the channel does not read from it.",
)
FLIPPED = Rule(
    id="asyncapi.action-flipped",
    effect=Effect.REPLACES,
    summary="This application receives where it sent before, or the other way round.",
    message="the action changed from {old} to {new}",
    why="Those on the other side wait for messages, or send them, in vain.",
    fix="Use a channel of its own for the other direction.",
    example=Example(of="asyncapi-operation", old='{"action": "send"}', new='{"action": "receive"}'),
)
ADDRESS_CHANGED = Rule(
    id="asyncapi.address-changed",
    effect=Effect.REPLACES,
    summary="An operation uses a channel at another address.",
    message="the address changed from {old} to {new}",
    why="Those who still use the old address reach nobody, mostly without any error.",
    fix="Serve both addresses until nobody uses the old one.",
    example=Example(
        of="asyncapi-channel",
        old='{"address": "orders.placed"}',
        new='{"address": "orders.placed.v2"}',
    ),
)
OPERATION_KEY_CHANGED = Rule(
    id="asyncapi.operation-key-changed",
    effect=Effect.REPLACES,
    summary="An operation got another id; nothing on the wire changed.",
    message="the operation is now called {new} instead of {old}",
    why="Code generated from the document calls it by another name.",
    fix="Keep the id if code is generated from the document.",
    example=Example(
        of="asyncapi",
        old=f'{{{_CHANNELS}, "operations": {{{_SEND}, {_PAID}}}}}',
        new=f'{{{_CHANNELS}, "operations": {{{_SEND}, {_PAID.replace("paid", "pay", 1)}}}}}',
    ),
    surfaces=SOURCE,
)
CHANNEL_KEY_CHANGED = Rule(
    id="asyncapi.channel-key-changed",
    effect=Effect.REPLACES,
    summary="A channel got another key at the same address.",
    message="the channel is now called {new} instead of {old}",
    why="Code generated from the document calls it by another name.",
    fix="Keep the key if code is generated from the document.",
    example=Example(
        of="asyncapi",
        old=f'{{"channels": {{"placed": {{"address": "orders"}}}}, "operations": {{{_SEND}}}}}',
        new='{"channels": {"orders": {"address": "orders"}}, "operations": {"placed":'
        ' {"action": "send", "channel": {"$ref": "#/channels/orders"}}}}',
    ),
    surfaces=SOURCE,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """An operation and its counterpart."""

    old: Operation
    new: Operation


def matched(context: Context) -> Iterator[Matched | Seen]:
    """Operations of both sides that answer to each other; what is left over as facts."""
    old, new = list(context.old.operations), list(context.new.operations)
    keys: tuple[Callable[[Operation], object], ...] = (
        lambda each: _place(each) and (*_place(each), each.key),
        _place,
        # Without an address, or at another one, the names are all there is.
        lambda each: each.key and (each.action, each.key),
        lambda each: each.channel.key and (each.action, each.channel.key),
    )
    for key in keys:
        for one, two in _paired(old, new, key):
            yield Matched(old=one, new=two)
    yield from _met_undirected(context, old, new)
    yield from _moved(old, new)
    for one, two in _paired(old, new, _flipped):
        at = (one.node.get("action") or one.node, two.node.get("action") or two.node)
        values = {"old": one.action.value, "new": two.action.value}
        yield Seen(uses=(*of_operation(one), *of_operation(two)), seen=Fact(FLIPPED, *at, values))
    yield from _left_over(context, old, new)


def _paired(
    old: list[Operation], new: list[Operation], key: Callable[[Operation], object]
) -> Iterator[tuple[Operation, Operation]]:
    """Pair what has one and the same key, in order, and take it off both lists."""
    after: dict[object, list[Operation]] = {}
    for each in new:
        after.setdefault(key(each), []).append(each)
    for one in list(old):
        found = after.get(key(one)) if key(one) else None
        if found:
            two = found.pop(0)
            old.remove(one)
            new.remove(two)
            yield one, two


def _flipped(operation: Operation) -> object:
    if operation.action is Action.CARRY:
        return ""
    return operation.key or template(operation.channel.address)


def _place(operation: Operation) -> tuple[object, ...]:
    address = operation.channel.address
    return () if address is None else (operation.action, template(address))


def _met_undirected(
    context: Context, old: list[Operation], new: list[Operation]
) -> Iterator[Matched | Seen]:
    """A channel of which nothing says who sends there on one side: the other side says it."""
    for one, two in _across(old, new):
        old.remove(one)
        new.remove(two)
        yield Matched(old=replace(one, action=two.action), new=two)
        if not _there(context.old, two):
            yield _added(context, two)
    for two, one in _across(new, old):
        old.remove(one)
        new.remove(two)
        yield Matched(old=one, new=replace(two, action=one.action))
        if not _there(context.new, one):
            yield _removed(context, one)


def _across(
    undirected: Iterable[Operation], others: Iterable[Operation]
) -> list[tuple[Operation, Operation]]:
    """Channels without an operation, each with the first operation on it on the other side."""
    found: list[tuple[Operation, Operation]] = []
    free: dict[str, list[Operation]] = {}
    for each in others:
        if each.action is not Action.CARRY:
            free.setdefault(each.channel.identity, []).append(each)
    for each in undirected:
        there = free.get(each.channel.identity) if each.action is Action.CARRY else None
        if there:
            found.append((each, there.pop(0)))
    return found


def _moved(old: list[Operation], new: list[Operation]) -> Iterator[Matched]:
    """Operations with the very same messages at another address, where there is no doubt."""
    after: dict[object, list[Operation]] = {}
    before: dict[object, list[Operation]] = {}
    for held, operations in ((before, old), (after, new)):
        for each in operations:
            names = frozenset(message.label for message in each.messages if any(message.names))
            if names and each.action is not Action.CARRY:
                held.setdefault((each.action, names), []).append(each)
    for key, ones in before.items():
        twos = after.get(key, [])
        if len(ones) == 1 == len(twos):
            old.remove(ones[0])
            new.remove(twos[0])
            yield Matched(old=ones[0], new=twos[0])


def _left_over(
    context: Context, old: Iterable[Operation], new: Iterable[Operation]
) -> Iterator[Seen]:
    for one in old:
        if not _there(context.new, one):
            yield _removed(context, one)
    for two in new:
        if not _there(context.old, two):
            yield _added(context, two)


def _removed(context: Context, operation: Operation) -> Seen:
    values = {"operation": label_of(operation)}
    fact = Fact(REMOVED, operation.node, None, values, near=context.new.reader.spec.root)
    return Seen(uses=of_operation(operation), seen=fact)


def _added(context: Context, operation: Operation) -> Seen:
    values = {"operation": label_of(operation)}
    fact = Fact(ADDED, None, operation.node, values, near=context.old.reader.spec.root)
    return Seen(uses=of_operation(operation), seen=fact)


def _there(application: Application, operation: Operation) -> bool:
    """Whether it is there after all: unreadable, or a channel that serves something else now."""
    channel = operation.channel
    names = {"*", operation.key, channel.key, channel.address or ""} - {""}
    if names & application.hidden:
        return True
    return operation.action is Action.CARRY and channel.identity in application.channels


def remarks(pair: Matched) -> Iterator[Seen]:
    """Address and names of two operations that answer to each other."""
    old, new = pair.old, pair.new
    uses = of_operation(new)
    before, after = old.channel, new.channel
    if template(before.address) != template(after.address):
        one = before.node.get("address") or before.node
        two = after.node.get("address") or after.node
        values = {"old": before.address or "unknown", "new": after.address or "unknown"}
        yield Seen(uses=uses, seen=Fact(ADDRESS_CHANGED, one, two, values))
    if old.key and new.key and old.key != new.key:
        values = {"old": old.key, "new": new.key}
        yield Seen(uses=uses, seen=Fact(OPERATION_KEY_CHANGED, old.node, new.node, values))
    if before.key and after.key and before.key != after.key:
        values = {"old": before.key, "new": after.key}
        yield Seen(uses=uses, seen=Fact(CHANNEL_KEY_CHANGED, before.node, after.node, values))
