"""Who sends and who is hurt: the uses of an operation, and the sentence of each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.asyncapi.model import Action
from apicheck.model import Direction, Severity, Use, breaks

if TYPE_CHECKING:
    from apicheck.formats.asyncapi.model import Operation
    from apicheck.model import Change

__all__ = ["label_of", "of_message", "of_operation", "of_reply", "of_server", "story"]

_IN, _OUT = Direction.INBOUND, Direction.OUTBOUND
#: Kind of side -> what is told of it: NAME is the message, AT the address.
_STORIES = {
    ("SEND", "consumer"): "you send {name} on {at}; consumers read",
    ("SEND", "replay"): "you send {name} on {at}; consumers replay what is kept",
    ("SEND", "responder"): "you ask on {at}; responders answer with {name}",
    ("RECEIVE", "producer"): "you receive {name} on {at}; producers send",
    ("RECEIVE", "requester"): "you answer with {name} to requests on {at}; requesters read",
    ("CHANNEL", "consumer"): "consumers read {name} on {at}",
    ("CHANNEL", "producer"): "producers send {name} on {at}",
    ("CHANNEL", "client"): "clients connect to {at}",
    ("SEND", "client"): "clients connect to {at}",
    ("RECEIVE", "client"): "clients connect to {at}",
}
_TOLD = 2


def label_of(operation: Operation) -> str:
    """``SEND orders.placed``: by this, settings name the operation."""
    return f"{operation.action.value.upper()} {operation.channel.label}"


def _use(operation: Operation, side: str, name: str, direction: Direction) -> Use:
    return Use(
        label=label_of(operation), side=f"{side} of {name}" if name else side, direction=direction
    )


def of_message(operation: Operation, name: str = "", *, retained: bool = False) -> tuple[Use, ...]:
    """The sides of an operation that data flow on.

    What is sent is read by consumers of the old contract; where it is kept, consumers of the new
    one read what was sent under the old one as well.
    """
    if operation.action is Action.RECEIVE:
        return (_use(operation, "producer", name, _IN),)
    consumer = _use(operation, "consumer", name, _OUT)
    if operation.action is Action.CARRY:
        return (consumer, _use(operation, "producer", name, _IN))
    return (consumer, _use(operation, "replay", name, _IN)) if retained else (consumer,)


def of_operation(operation: Operation) -> tuple[Use, ...]:
    """The sides of an operation as a whole."""
    return of_message(operation)


def of_reply(operation: Operation, name: str = "") -> tuple[Use, ...]:
    """The side that the replies of an operation flow on: the other way round."""
    if operation.action is Action.SEND:
        return (_use(operation, "responder", name, _IN),)
    return (_use(operation, "requester", name, _OUT),)


def of_handshake(operation: Operation) -> tuple[Use, ...]:
    """Those who connect to a channel (WebSocket): their request must be accepted."""
    return (_use(operation, "client", "", _IN),)


def of_server(name: str) -> Use:
    """Everybody who meets at a server."""
    return Use(label=f"SERVER {name}", side="operation", direction=_IN)


def story(change: Change) -> str:
    """``you send OrderPlaced on orders.placed; consumers read``, of those who are hurt first."""
    told = dict.fromkeys(
        sentence
        for use in sorted(change.uses, key=lambda use: not _hurts(change, use))
        if (sentence := _sentence(use))
    )
    listed = list(told)
    more = f", and {len(listed) - _TOLD} more" if len(listed) > _TOLD else ""
    return ", and ".join(listed[:_TOLD]) + more


def _hurts(change: Change, use: Use) -> bool:
    level = change.rule.override.get(use.direction)
    if level is not None:
        return level is not Severity.INFO
    return breaks(change.rule.effect, use.direction)


def _sentence(use: Use) -> str:
    action, _, at = use.label.partition(" ")
    side, _, name = use.side.partition(" of ")
    pattern = _STORIES.get((action, side))
    return "" if pattern is None else pattern.format(name=name or "messages", at=at)
