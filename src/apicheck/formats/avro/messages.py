"""The messages of a protocol: requests go in, responses and errors come out ("Protocols")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.avro.examples import schemas
from apicheck.formats.avro.records import compare_fields
from apicheck.formats.avro.remarks import remarks
from apicheck.formats.avro.types import compare_types
from apicheck.model import Direction, Effect, Rule, Use
from apicheck.walk import Fact, Pair, Root, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.avro.context import Context
    from apicheck.formats.avro.model import Message, Model

__all__ = ["RULES", "compare_messages"]


def _protocol(messages: str) -> str:
    return f'{{"protocol": "Mail", "types": [], "messages": {{{messages}}}}}'


_SEND = '"send": {"request": [], "response": "null"}'

MESSAGE_REMOVED = Rule(
    id="avro.message-removed",
    mirror="avro.message-added",
    effect=Effect.NARROWS,
    summary="A message was removed from a protocol.",
    message="message {name} was removed",
    why="Clients of the old version that send it are refused.",
    fix="Keep the message until no client sends it.",
    example=schemas(_protocol(_SEND), _protocol("")),
)
MESSAGE_ADDED = Rule(
    id="avro.message-added",
    mirror="avro.message-removed",
    effect=Effect.WIDENS,
    summary="A message was added to a protocol.",
    message="message {name} was added",
    why="No client of the old version sends it.",
    fix="Nothing needs to be done.",
    example=schemas(_protocol(""), _protocol(_SEND)),
)
ONE_WAY_CHANGED = Rule(
    id="avro.one-way-changed",
    effect=Effect.REPLACES,
    summary="A message is answered where it was not, or the other way round.",
    message="was {before}, is {after}",
    why="One side waits for an answer that the other does not send.",
    fix="Add another message.",
    example=schemas(
        _protocol(_SEND),
        _protocol('"send": {"request": [], "response": "null", "one-way": true}'),
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def compare_messages(old: Model, new: Model, context: Context) -> Iterator[Root]:
    """Everything that the messages of two protocols reach.

    A protocol of another name is another version of the same one if each side has one only.
    """
    before, after = dict(old.messages), dict(new.messages)
    spaces = [{name.partition(".")[0] for name in each} for each in (before, after)]
    if len(spaces[0]) == 1 == len(spaces[1]) and spaces[0] != spaces[1]:
        (space,) = spaces[1]
        before = {f"{space}.{each.name}": each for each in before.values()}
    for name, one in before.items():
        if name in after:
            yield from _message(one, after[name], context)
        else:
            near = next((each.node for each in after.values()), None)
            fact = Fact(MESSAGE_REMOVED, one.node, None, {"name": one.name}, near=near)
            yield Root(_use(one.name, "message", Direction.INBOUND), fact)
    for name, two in after.items():
        if name not in before:
            near = next((each.node for each in before.values()), None)
            fact = Fact(MESSAGE_ADDED, None, two.node, {"name": two.name}, near=near)
            yield Root(_use(two.name, "message", Direction.INBOUND), fact)


def _use(label: str, side: str, direction: Direction) -> Use:
    return Use(label=label, side=side, direction=direction)


def _message(old: Message, new: Message, context: Context) -> Iterator[Root]:
    request = _use(new.name, "request", Direction.INBOUND)
    if old.one_way != new.one_way:
        words = ["one-way" if each.one_way else "answered" for each in (old, new)]
        values = {"before": words[0], "after": words[1]}
        yield Root(request, Fact(ONE_WAY_CHANGED, old.node, new.node, values))
    raws = (old.node.value, new.node.value)
    for fact in remarks(old.node, new.node, Turn.KEEP, raws):
        yield Root(request, fact)
    for seen in compare_fields(Pair(old.request, new.request), context):
        yield Root(request, seen)
    if old.one_way or new.one_way:
        return
    response = _use(new.name, "response", Direction.OUTBOUND)
    for seen in compare_types(old.response, new.response, context):
        yield Root(response, seen)
    errors = _use(new.name, "error", Direction.OUTBOUND)
    for seen in compare_types(old.errors, new.errors, context):
        yield Root(errors, seen)
