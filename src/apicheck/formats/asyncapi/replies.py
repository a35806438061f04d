"""Replies: what comes back to a request, and where."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from apicheck.formats.asyncapi.context import Seen
from apicheck.formats.asyncapi.messages import messages
from apicheck.formats.asyncapi.model import template
from apicheck.formats.asyncapi.uses import of_reply
from apicheck.model import Effect, Example, Rule
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.asyncapi.context import Context, Told
    from apicheck.formats.asyncapi.model import Reply
    from apicheck.formats.asyncapi.normal import Application
    from apicheck.formats.asyncapi.operations import Matched
    from apicheck.nodes import Node

__all__ = ["RULES", "replies"]

_ASKED = '{"action": "receive", "reply": {"channel": {"$ref": "#/channels/REPLY"}}}'

ADDED = Rule(
    id="asyncapi.reply-added",
    mirror="asyncapi.reply-removed",
    effect=Effect.NARROWS,
    summary="An operation has a reply now.",
    message="a reply was added",
    why="Those who are asked must answer now; those who ask may ignore the answer.",
    fix="Make the asking side do without an answer until all peers send one.",
    example=Example(
        of="asyncapi-operation",
        old='{"action": "receive"}',
        new=_ASKED.replace("REPLY", "replies"),
    ),
)
REMOVED = Rule(
    id="asyncapi.reply-removed",
    mirror="asyncapi.reply-added",
    effect=Effect.WIDENS,
    summary="An operation no longer has a reply.",
    message="the reply was removed",
    why="Those who ask wait for an answer that no longer comes.",
    fix="Keep answering until nobody asks.",
    example=Example(
        of="asyncapi-operation",
        old=_ASKED.replace("REPLY", "replies"),
        new='{"action": "receive"}',
    ),
)
ADDRESS_CHANGED = Rule(
    id="asyncapi.reply-address-changed",
    effect=Effect.REPLACES,
    summary="Replies go to another address.",
    message="replies go to {new} instead of {old}",
    why="Those who wait at the old address get no answer.",
    fix="Answer at both addresses until nobody waits at the old one.",
    example=Example(
        of="asyncapi-operation",
        old=_ASKED.replace("REPLY", "replies"),
        new=_ASKED.replace("REPLY", "answers"),
    ),
)
LOCATION_CHANGED = Rule(
    id="asyncapi.reply-location-changed",
    effect=Effect.REPLACES,
    summary="The place of a request that says where to reply changed.",
    message="where to reply is read from {new} instead of {old}",
    why="The address that a peer writes at the old place is not found.",
    fix="Read both places until no peer uses the old one.",
    example=Example(
        of="asyncapi-operation",
        old='{"action": "receive", "reply": {"address": {"location": "$message.header#/to"}}}',
        new='{"action": "receive", "reply": {"address": {"location": "$message.header#/reply"}}}',
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def replies(context: Context, pair: Matched) -> Iterator[Seen | Told]:
    """Compare what comes back."""
    old, new = pair.old.reply, pair.new.reply
    uses = of_reply(pair.new)
    if old is None or new is None:
        if old is None and new is not None and _readable(context.old, pair.old.node):
            yield Seen(uses=uses, seen=Fact(ADDED, None, new.node, {}, near=pair.old.node))
        elif old is not None and new is None and _readable(context.new, pair.new.node):
            yield Seen(uses=uses, seen=Fact(REMOVED, old.node, None, {}, near=pair.new.node))
        return
    yield from _addresses(context, pair, old, new)
    yield from messages(
        context, old.messages, new.messages, (old.node, new.node), partial(of_reply, pair.new)
    )


def _readable(application: Application, operation: Node) -> bool:
    """Whether the operation surely has no reply: one that cannot be read was not removed."""
    node = operation.get("reply")
    return node is None or node.value is None or application.reader.part(node, dict) is not None


def _addresses(context: Context, pair: Matched, old: Reply, new: Reply) -> Iterator[Seen]:
    uses = of_reply(pair.new)
    one, two = (
        application.reader.text(each.location)
        for each, application in ((old, context.old), (new, context.new))
    )
    if one != two:
        at = (old.location or old.node, new.location or new.node)
        values = {"old": one or "nowhere", "new": two or "nowhere"}
        yield Seen(uses=uses, seen=Fact(LOCATION_CHANGED, *at, values))
    before, after = (None if each.channel is None else each.channel.address for each in (old, new))
    if template(before) != template(after):
        at = (old.node.get("channel") or old.node, new.node.get("channel") or new.node)
        unknown = "an address that the request says"
        values = {"old": before or unknown, "new": after or unknown}
        yield Seen(uses=uses, seen=Fact(ADDRESS_CHANGED, *at, values))
