"""AsyncAPI 2.x and 3.x as one model: what this application sends and receives, and where.

The records hold places (nodes), not values, so that findings point to where a thing is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apicheck.formats.asyncapi.traits import Fields
    from apicheck.nodes import Node

__all__ = [
    "PARAMETER",
    "Action",
    "Channel",
    "Message",
    "Operation",
    "Payload",
    "Reply",
    "Server",
    "template",
]

PARAMETER = re.compile(r"\{[^{}]*\}")


def template(address: str | None) -> str:
    """The address with its parameters by position."""
    return "" if address is None else PARAMETER.sub("{}", address)


class Action(Enum):
    """What this application does with a channel; CARRY where the document does not say."""

    SEND = "send"
    RECEIVE = "receive"
    CARRY = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The schema of a payload (or of headers).

    ``family`` is ``json`` for everything that is compared as JSON Schema, in ``dialect``; else the
    name of a format (``avro``, ``protobuf``), or what the document calls it.
    """

    node: Node
    family: str
    dialect: str
    #: Where and as what the format is declared.
    said: str
    at: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; ``names`` identify it, the best first ("" where it has no such name).

    They are: name, key (``messageId`` in 2.x), name of the component, title.
    """

    node: Node
    fields: Fields
    names: tuple[str, str, str, str]

    @property
    def label(self) -> str:
        """What people call it."""
        return next((each for each in self.names if each), "a message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel. ``address`` is None where it is known at run time only."""

    key: str
    address: str | None
    node: Node
    #: Names of the servers it is available on; None for all.
    servers: tuple[str, ...] | None

    @property
    def label(self) -> str:
        """Its address, or its key."""
        return self.key if self.address is None else self.address

    @property
    def identity(self) -> str:
        """What makes it the same one: its address, or its key where that is not known."""
        return f"#{self.key}" if self.address is None else template(self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What comes back. ``channel`` is None where the request says it."""

    node: Node
    location: Node | None
    channel: Channel | None
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that this application does; ``key`` is "" where the operation has no name."""

    key: str
    action: Action
    channel: Channel
    node: Node
    fields: Fields
    messages: tuple[Message, ...]
    reply: Reply | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server; the address taken to pieces as 3.x has them."""

    name: str
    node: Node
    host: str
    path: str
    protocol: str
