"""Channels: the parameters of their addresses, and the servers they are available on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.asyncapi.context import Seen
from apicheck.formats.asyncapi.model import PARAMETER, template
from apicheck.formats.asyncapi.operations import SOURCE
from apicheck.formats.asyncapi.payloads import schemas
from apicheck.formats.asyncapi.uses import of_operation
from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.nodes import Node
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apicheck.formats.asyncapi.context import Context
    from apicheck.formats.asyncapi.model import Channel
    from apicheck.formats.asyncapi.normal import Application
    from apicheck.formats.asyncapi.operations import Matched

__all__ = ["RULES", "parameters", "servers_of", "values_schema"]

PARAMETER_RENAMED = Rule(
    id="asyncapi.parameter-renamed",
    effect=Effect.REPLACES,
    summary="A parameter of an address got another name at the same place.",
    message="the parameter is now called {new} instead of {old}",
    why="Code generated from the document calls it by another name.",
    fix="Keep the name if code is generated from the document.",
    example=Example(
        of="asyncapi-channel",
        old='{"address": "orders.{id}", "parameters": {"id": {}}}',
        new='{"address": "orders.{order}", "parameters": {"order": {}}}',
    ),
    surfaces=SOURCE,
)
PARAMETER_LOCATION_CHANGED = Rule(
    id="asyncapi.parameter-location-changed",
    effect=Effect.REPLACES,
    summary="The value of an address parameter is taken from another place of the message.",
    message="the value of parameter {name} is taken from {new} instead of {old}",
    why="Messages of one thing may go to another address than before.",
    fix="Make sure that both places hold the same value.",
    example=Example(
        of="asyncapi-channel",
        old='{"address": "orders.{id}", "parameters":'
        ' {"id": {"location": "$message.payload#/id"}}}',
        new='{"address": "orders.{id}", "parameters":'
        ' {"id": {"location": "$message.payload#/order"}}}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="It hurts only if the two places differ in value.",
)
SERVER_REMOVED = Rule(
    id="asyncapi.channel-server-removed",
    mirror="asyncapi.channel-server-added",
    effect=Effect.NARROWS,
    summary="A channel is no longer available on a server.",
    message="the channel is no longer on server {server}",
    why="Those who use the channel on that server reach nobody.",
    fix="Keep the channel on the server until nobody uses it there.",
    example=Example(
        of="asyncapi",
        old='{"servers": {"a": {"host": "a", "protocol": "kafka"}, "b": {"host": "b", "protocol":'
        ' "kafka"}}, "channels": {"placed": {"address": "placed"}}}',
        new='{"servers": {"a": {"host": "a", "protocol": "kafka"}, "b": {"host": "b", "protocol":'
        ' "kafka"}}, "channels": {"placed": {"address": "placed", "servers":'
        ' [{"$ref": "#/servers/a"}]}}}',
    ),
    override={Direction.OUTBOUND: Severity.ERROR},
    because="No message is refused, but consumers wait for messages that no longer come.",
)
SERVER_ADDED = Rule(
    id="asyncapi.channel-server-added",
    mirror="asyncapi.channel-server-removed",
    effect=Effect.WIDENS,
    summary="A channel is available on a further server.",
    message="the channel is now on server {server} too",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="asyncapi",
        old=SERVER_REMOVED.example.new,
        new=SERVER_REMOVED.example.old,
    ),
    override={Direction.OUTBOUND: Severity.INFO},
    because="Consumers elsewhere get what they always got.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def parameters(context: Context, pair: Matched) -> Iterator[Seen]:
    """Compare the parameters of two addresses, by position."""
    old, new = pair.old.channel, pair.new.channel
    if template(old.address) != template(new.address) or old.address is None:
        return  # told as another address
    names = (_names(old.address), _names(new.address or ""))
    held = (_parameters(context.old, old), _parameters(context.new, new))
    uses = of_operation(pair.new)
    plain = context.old.reader.spec.major != context.new.reader.spec.major
    for one, two in zip(*names, strict=True):
        before, after = held[0].get(one), held[1].get(two)
        places = (before or old.node, after or new.node)
        if one != two:
            values = {"old": one, "new": two}
            yield Seen(uses=uses, seen=Fact(PARAMETER_RENAMED, *places, values))
        locations = tuple(
            None if node is None else application.reader.text(node.get("location"))
            for node, application in ((before, context.old), (after, context.new))
        )
        if locations[0] != locations[1]:
            values = {
                "name": two,
                "old": locations[0] or "nowhere",
                "new": locations[1] or "nowhere",
            }
            yield Seen(uses=uses, seen=Fact(PARAMETER_LOCATION_CHANGED, *places, values))
        schema_before, schema_after = (
            values_schema(node or place, plain=plain)
            for node, place in zip((before, after), places, strict=True)
        )
        if schema_before.value != schema_after.value or "$ref" in str(schema_after.value):
            yield from schemas(uses, schema_before, schema_after, text=True)


def _names(address: str) -> list[str]:
    return [each[1:-1] for each in PARAMETER.findall(address)]


def _parameters(application: Application, channel: Channel) -> dict[str, Node]:
    return {
        name: node for name, _, node in application.reader.entries(channel.node.get("parameters"))
    }


def values_schema(parameter: Node, *, plain: bool = False) -> Node:
    """What values a parameter or a variable may have, as a schema.

    2.x has a schema; 3.x has strings with ``enum`` and ``default``. ``plain`` leaves out what only
    2.x can say, so that the two can be compared.
    """
    schema = parameter.get("schema")
    if schema is not None and not plain:
        return schema
    holder = parameter if schema is None else schema
    value: dict[str, Any] = {"type": "string"}
    for keyword in ("enum", "default"):
        said = holder.get(keyword)
        if said is not None:
            value[keyword] = said.value
    return Node(value, holder.document, holder.pointer)


def servers_of(pair: Matched, names: Mapping[str, str]) -> Iterator[Seen]:
    """Compare where a channel is available; ``names`` are the servers on both sides, old to new."""
    old, new = pair.old.channel, pair.new.channel
    before = set(names.values()) if old.servers is None else {names.get(s) for s in old.servers}
    after = set(names.values()) if new.servers is None else set(new.servers)
    uses = of_operation(pair.new)
    at = (old.node.get("servers") or old.node, new.node.get("servers") or new.node)
    for server in sorted(names.values()):
        if (server in before) == (server in after):
            continue
        rule = SERVER_REMOVED if server in before else SERVER_ADDED
        yield Seen(uses=uses, seen=Fact(rule, *at, {"server": server}))
