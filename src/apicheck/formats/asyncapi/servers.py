"""Servers: where this application and its peers meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.asyncapi.bindings import bindings
from apicheck.formats.asyncapi.channels import values_schema
from apicheck.formats.asyncapi.context import Seen
from apicheck.formats.asyncapi.operations import SOURCE
from apicheck.formats.asyncapi.payloads import schemas
from apicheck.formats.asyncapi.security import security
from apicheck.formats.asyncapi.uses import of_server
from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.asyncapi.context import Context
    from apicheck.formats.asyncapi.model import Server
    from apicheck.model import Use
    from apicheck.nodes import Node

__all__ = ["RULES", "pairs", "servers"]

_MAIN = '"main": {"host": "broker.example.com", "protocol": "kafka"}'
_SPARE = '"spare": {"host": "spare.example.com", "protocol": "kafka"}'


def _main(**changed: str) -> str:
    values = {"host": "broker.example.com", "protocol": "kafka", **changed}
    inner = ", ".join(f'"{name}": "{value}"' for name, value in values.items())
    return f'{{"servers": {{"main": {{{inner}}}}}}}'


REMOVED = Rule(
    id="asyncapi.server-removed",
    mirror="asyncapi.server-added",
    effect=Effect.NARROWS,
    summary="A server was removed.",
    message="server {name} at {host} was removed",
    why="Peers that are connected to it reach nobody there.",
    fix="Keep the server until no peer uses it.",
    example=Example(
        of="asyncapi",
        old=f'{{"servers": {{{_MAIN}, {_SPARE}}}}}',
        new=f'{{"servers": {{{_MAIN}}}}}',
    ),
)
ADDED = Rule(
    id="asyncapi.server-added",
    mirror="asyncapi.server-removed",
    effect=Effect.WIDENS,
    summary="A server was added.",
    message="server {name} at {host} was added",
    why="Nobody is hurt: the other servers are still there.",
    fix="Nothing to do.",
    example=Example(
        of="asyncapi",
        old=f'{{"servers": {{{_MAIN}}}}}',
        new=f'{{"servers": {{{_MAIN}, {_SPARE}}}}}',
    ),
)
KEY_CHANGED = Rule(
    id="asyncapi.server-key-changed",
    effect=Effect.REPLACES,
    summary="A server got another key at the same address.",
    message="the server is now called {new} instead of {old}",
    why="Code generated from the document, or its configuration, calls it by another name.",
    fix="Keep the key if code is generated from the document.",
    example=Example(
        of="asyncapi",
        old=f'{{"servers": {{{_MAIN}}}}}',
        new=f'{{"servers": {{{_MAIN.replace("main", "production")}}}}}',
    ),
    surfaces=SOURCE,
)
HOST_CHANGED = Rule(
    id="asyncapi.server-host-changed",
    effect=Effect.REPLACES,
    summary="A server has another host or port.",
    message="the host changed from {old} to {new}",
    why="Peers that still connect to the old host reach nobody there.",
    fix="Keep the old host as a server of its own until no peer uses it.",
    example=Example(of="asyncapi", old=_main(), new=_main(host="broker.example.org")),
)
PROTOCOL_CHANGED = Rule(
    id="asyncapi.server-protocol-changed",
    effect=Effect.REPLACES,
    summary="A server speaks another protocol.",
    message="the protocol changed from {old} to {new}",
    why="Peers that speak the old protocol cannot connect.",
    fix="Add a server with the new protocol beside the old one.",
    example=Example(of="asyncapi", old=_main(), new=_main(protocol="kafka-secure")),
)
PATH_CHANGED = Rule(
    id="asyncapi.server-path-changed",
    effect=Effect.REPLACES,
    summary="A server has another path.",
    message="the path changed from {old} to {new}",
    why="Peers that still use the old path reach something else, or nothing.",
    fix="Serve both paths until no peer uses the old one.",
    example=Example(of="asyncapi", old=_main(pathname="/v1"), new=_main(pathname="/v2")),
)
PROTOCOL_VERSION_CHANGED = Rule(
    id="asyncapi.server-protocol-version-changed",
    effect=Effect.REPLACES,
    summary="A server speaks another version of its protocol.",
    message="the version of the protocol changed from {old} to {new}",
    why="Peers with older client libraries may not be able to connect.",
    fix="Make sure that the clients in use know the version.",
    example=Example(
        of="asyncapi", old=_main(protocolVersion="2.8"), new=_main(protocolVersion="3.2")
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Most brokers speak several versions.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def pairs(context: Context) -> tuple[list[tuple[Server, Server]], list[Server], list[Server]]:
    """Servers that answer to each other, by name, then by address; and what is left over."""
    left, right = list(context.old.servers), list(context.new.servers)
    found = []
    for key in (_name, _address):
        after = {key(each): each for each in reversed(right)}
        for one in list(left):
            two = after.pop(key(one), None)
            if two is not None:
                found.append((one, two))
                left.remove(one)
                right.remove(two)
    return found, left, right


def _name(server: Server) -> object:
    return server.name


def _address(server: Server) -> object:
    return (server.host, server.path, server.protocol)


def servers(context: Context) -> Iterator[Seen]:
    """Compare the servers of two documents."""
    found, lost, gained = pairs(context)
    roots = (context.old.reader.spec.root, context.new.reader.spec.root)
    near = tuple(root.get("servers") or root for root in roots)
    unreadable = tuple(_unreadable(root.get("servers")) for root in roots)
    for one in lost:
        if one.name not in unreadable[1]:
            values = {"name": one.name, "host": one.host}
            yield Seen(
                uses=(of_server(one.name),),
                seen=Fact(REMOVED, one.node, None, values, near=near[1]),
            )
    for two in gained:
        if two.name not in unreadable[0]:
            values = {"name": two.name, "host": two.host}
            yield Seen(
                uses=(of_server(two.name),), seen=Fact(ADDED, None, two.node, values, near=near[0])
            )
    for one, two in found:
        yield from _server(context, one, two, (of_server(two.name),))


def _unreadable(servers: object) -> set[str]:
    """Names whose place is taken by what is no server."""
    value = getattr(servers, "value", None)
    if type(value) is not dict:
        return set()
    return {name for name, each in value.items() if type(each) is not dict or "$ref" in each}


def _server(context: Context, old: Server, new: Server, uses: tuple[Use, ...]) -> Iterator[Seen]:
    places = (old.node, new.node)
    if old.name != new.name:
        values = {"old": old.name, "new": new.name}
        yield Seen(uses=uses, seen=Fact(KEY_CHANGED, *places, values))
    for rule, one, two, key in (
        (HOST_CHANGED, old.host, new.host, "host"),
        (PROTOCOL_CHANGED, old.protocol, new.protocol, "protocol"),
        (PATH_CHANGED, old.path, new.path, "pathname"),
    ):
        if one != two:
            at = (_at(old.node, key), _at(new.node, key))
            yield Seen(uses=uses, seen=Fact(rule, *at, {"old": one or "/", "new": two or "/"}))
    versions = tuple(
        None if (said := each.get("protocolVersion")) is None else str(said.value)
        for each in places
    )
    if versions[0] != versions[1]:
        values = {"old": versions[0] or "any", "new": versions[1] or "any"}
        at = (_at(old.node, "protocolVersion"), _at(new.node, "protocolVersion"))
        yield Seen(uses=uses, seen=Fact(PROTOCOL_VERSION_CHANGED, *at, values))
    before, after = (
        {name: node for name, _, node in application.reader.entries(each.get("variables"))}
        for each, application in zip(places, (context.old, context.new), strict=True)
    )
    for name in sorted(before.keys() & after.keys()):
        if not context.same(before[name], after[name]):
            yield from schemas(
                uses, values_schema(before[name]), values_schema(after[name]), text=True
            )
    ways = tuple(each.get("security") for each in places)
    yield from security(context, ways[0], ways[1], places, uses)
    yield from bindings(context, "server", old.node, new.node, near=places, uses=uses)


def _at(node: Node, key: str) -> Node:
    return node.get(key) or node.get("url") or node
