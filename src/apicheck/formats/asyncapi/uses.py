"""Who sends and who is hurt: the uses of an operation, and the sentence of each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.asyncapi.model import Action
from apicheck.model import Direction, Severity, Use, breaks

if TYPE_CHECKING:
    from apicheck.formats.asyncapi.model import Operation
    from apicheck.model import Change

__all__ = [
    "Stories",
    "label_of",
    "of_handshake",
    "of_message",
    "of_operation",
    "of_reply",
    "of_server",
]

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


class Stories:
    """The sentences that findings begin with, each made once for a set of uses."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        #: Uses and the directions that hurt -> (the uses, so that they live on, and the sentence).
        self._made: dict[object, tuple[tuple[Use, ...], str]] = {}

    def of(self, change: Change) -> str:
        """``you send OrderPlaced on orders.placed; consumers read``: those who are hurt, if any."""
        hurt = frozenset(side for side in (_IN, _OUT) if _hurts(change, side))
        key = (id(change.uses), hurt)
        if key not in self._made:
            self._made[key] = (change.uses, _story(change.uses, hurt))
        return self._made[key][1]


def _story(uses: tuple[Use, ...], hurt: frozenset[Direction]) -> str:
    concerned = [use for use in uses if use.direction in hurt] or uses
    listed = list(dict.fromkeys(filter(None, map(_sentence, concerned))))
    more = f", and {len(listed) - _TOLD} more" if len(listed) > _TOLD else ""
    return ", and ".join(listed[:_TOLD]) + more


def _hurts(change: Change, side: Direction) -> bool:
    level = change.rule.override.get(side)
    if level is not None:
        return level is not Severity.INFO
    return breaks(change.rule.effect, side)


def _sentence(use: Use) -> str:
    action, _, at = use.label.partition(" ")
    side, _, name = use.side.partition(" of ")
    pattern = _STORIES.get((action, side))
    return "" if pattern is None else pattern.format(name=name or "messages", at=at)
