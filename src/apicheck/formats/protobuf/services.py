"""Services and their methods: who sends what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.protobuf.context import INFO, SOURCE_ONLY, WARNING, gained, lost, told
from apicheck.formats.protobuf.messages import compare_messages, reads_alike
from apicheck.formats.protobuf.options import deprecation
from apicheck.model import Direction, Effect, Example, Rule, Surface, Use
from apicheck.walk import Fact, Pair, Root, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.protobuf.context import Context

__all__ = ["RULES", "exchanges", "services"]

_ALL = frozenset(Surface)
_M = "message A { string id = 1; } message B { string id = 1; } "
_ONE = _M + "service Shop { rpc Get(A) returns (B); rpc Put(B) returns (B); }"
_LESS = _M + "service Shop { rpc Get(A) returns (B); }"

SERVICE_REMOVED = Rule(
    id="protobuf.service-removed",
    mirror="protobuf.service-added",
    effect=Effect.NARROWS,
    summary="A service was removed.",
    message="service {name} was removed",
    why="Every call to it is answered with UNIMPLEMENTED.",
    fix="Mark it deprecated, and remove it when nobody calls it any more.",
    example=Example(of="proto", old=_LESS, new=_M),
    surfaces=_ALL,
)
SERVICE_ADDED = Rule(
    id="protobuf.service-added",
    mirror="protobuf.service-removed",
    effect=Effect.WIDENS,
    summary="A service was added.",
    message="service {name} was added",
    why="Nobody is hurt: nobody called it before.",
    fix="Nothing to do.",
    example=Example(of="proto", old=_M, new=_LESS),
    surfaces=_ALL,
)
RPC_REMOVED = Rule(
    id="protobuf.rpc-removed",
    mirror="protobuf.rpc-added",
    effect=Effect.NARROWS,
    summary="A method was removed.",
    message="rpc {name} was removed",
    why="Every call to it is answered with UNIMPLEMENTED.",
    fix="Mark it deprecated, and remove it when nobody calls it any more.",
    example=Example(of="proto", old=_ONE, new=_LESS),
    surfaces=_ALL,
)
RPC_ADDED = Rule(
    id="protobuf.rpc-added",
    mirror="protobuf.rpc-removed",
    effect=Effect.WIDENS,
    summary="A method was added.",
    message="rpc {name} was added",
    why="Nobody is hurt: nobody called it before.",
    fix="Nothing to do.",
    example=Example(of="proto", old=_LESS, new=_ONE),
    surfaces=_ALL,
)
_C = "message A { string id = 1; } message B { int32 id = 1; } "
REQUEST_CHANGED = Rule(
    id="protobuf.rpc-request-type-changed",
    effect=Effect.REPLACES,
    summary="A method takes another message, which is written otherwise.",
    message="rpc {name} took {old} and now takes {new}, which is written otherwise",
    why="Requests of callers that were not upgraded are misread or refused.",
    fix="Add a method for the new request.",
    example=Example(
        of="proto",
        old=_C + "service Shop { rpc Get(A) returns (A); }",
        new=_C + "service Shop { rpc Get(B) returns (A); }",
    ),
    surfaces=_ALL,
)
RESPONSE_CHANGED = Rule(
    id="protobuf.rpc-response-type-changed",
    effect=Effect.REPLACES,
    summary="A method answers with another message, which is written otherwise.",
    message="rpc {name} answered with {old} and now with {new}, which is written otherwise",
    why="Callers that were not upgraded misread or refuse the answer.",
    fix="Add a method for the new response.",
    example=Example(
        of="proto",
        old=_C + "service Shop { rpc Get(A) returns (A); }",
        new=_C + "service Shop { rpc Get(A) returns (B); }",
    ),
    surfaces=_ALL,
)
REQUEST_RENAMED = Rule(
    id="protobuf.rpc-request-type-renamed",
    effect=Effect.REPLACES,
    summary="A method takes a message of another name, which reads alike.",
    message="rpc {name} took {old} and now takes {new}, which reads alike",
    why="Calls do not name the message; generated code does.",
    fix="Upgrade the code that uses it.",
    example=Example(
        of="proto",
        old=_M + "service Shop { rpc Get(A) returns (A); }",
        new=_M + "service Shop { rpc Get(B) returns (A); }",
    ),
    surfaces=SOURCE_ONLY,
)
RESPONSE_RENAMED = Rule(
    id="protobuf.rpc-response-type-renamed",
    effect=Effect.REPLACES,
    summary="A method answers with a message of another name, which reads alike.",
    message="rpc {name} answered with {old} and now with {new}, which reads alike",
    why="Calls do not name the message; generated code does.",
    fix="Upgrade the code that uses it.",
    example=Example(
        of="proto",
        old=_M + "service Shop { rpc Get(A) returns (A); }",
        new=_M + "service Shop { rpc Get(A) returns (B); }",
    ),
    surfaces=SOURCE_ONLY,
)
_UNARY = _M + "service Shop { rpc Get(A) returns (B); }"
_CLIENT = _M + "service Shop { rpc Get(stream A) returns (B); }"
_SERVER = _M + "service Shop { rpc Get(A) returns (stream B); }"
CLIENT_STREAMING_ADDED = Rule(
    id="protobuf.client-streaming-added",
    mirror="protobuf.client-streaming-removed",
    effect=Effect.REPLACES,
    summary="A method takes a stream of requests now.",
    message="rpc {name} takes a stream of requests now",
    why="Over gRPC, the one request of an old caller is a stream of one; other protocols (Connect,"
    " gateways to JSON) tell streams apart. Generated code has another form.",
    fix="Add a method for the stream.",
    example=Example(of="proto", old=_UNARY, new=_CLIENT),
    surfaces=_ALL,
    override=WARNING,
    because="A call of an old caller still works over gRPC itself.",
)
CLIENT_STREAMING_REMOVED = Rule(
    id="protobuf.client-streaming-removed",
    mirror="protobuf.client-streaming-added",
    effect=Effect.REPLACES,
    summary="A method no longer takes a stream of requests.",
    message="rpc {name} takes a single request now",
    why="A caller that sends none, or more than one, is refused.",
    fix="Add a method for the single request.",
    example=Example(of="proto", old=_CLIENT, new=_UNARY),
    surfaces=_ALL,
)
SERVER_STREAMING_ADDED = Rule(
    id="protobuf.server-streaming-added",
    mirror="protobuf.server-streaming-removed",
    effect=Effect.REPLACES,
    summary="A method answers with a stream now.",
    message="rpc {name} answers with a stream now",
    why="A caller that expects a single answer fails on the second one, or on none.",
    fix="Add a method for the stream.",
    example=Example(of="proto", old=_UNARY, new=_SERVER),
    surfaces=_ALL,
)
SERVER_STREAMING_REMOVED = Rule(
    id="protobuf.server-streaming-removed",
    mirror="protobuf.server-streaming-added",
    effect=Effect.REPLACES,
    summary="A method no longer answers with a stream.",
    message="rpc {name} gives a single answer now",
    why="Over gRPC, a single answer is a stream of one to an old caller; other protocols (Connect,"
    " gateways to JSON) tell streams apart. Generated code has another form.",
    fix="Add a method for the single answer.",
    example=Example(of="proto", old=_SERVER, new=_UNARY),
    surfaces=_ALL,
    override=WARNING,
    because="A call of an old caller still works over gRPC itself.",
)
_IDEMPOTENT = (
    _M + "service Shop { rpc Get(A) returns (B) { option idempotency_level = IDEMPOTENT; } }"
)
IDEMPOTENCY_WEAKENED = Rule(
    id="protobuf.idempotency-weakened",
    mirror="protobuf.idempotency-strengthened",
    effect=Effect.REPLACES,
    summary="A method promises less of what a repeated call does.",
    message="rpc {name} was marked {old} and is now {new}",
    why="Callers and proxies that retry or cache (Connect sends GET where there are no side"
    " effects) go on doing so.",
    fix="Keep the promise, or add a method without it.",
    example=Example(of="proto", old=_IDEMPOTENT, new=_UNARY),
    surfaces=_ALL,
    override=WARNING,
    because="Whether anybody relies on it, the contract cannot say.",
)
IDEMPOTENCY_STRENGTHENED = Rule(
    id="protobuf.idempotency-strengthened",
    mirror="protobuf.idempotency-weakened",
    effect=Effect.REPLACES,
    summary="A method promises more of what a repeated call does.",
    message="rpc {name} was marked {old} and is now {new}",
    why="Nobody is hurt: callers may retry or cache now.",
    fix="Make sure that it is true.",
    example=Example(of="proto", old=_UNARY, new=_IDEMPOTENT),
    surfaces=_ALL,
    override=INFO,
    because="It only adds to what callers may do.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_LEVELS = ("unknown", "idempotent", "no side effects")


def services(context: Context) -> Iterator[Root]:
    """The roots that services give: facts of their own, and visits of what is sent."""
    old, new = context.old, context.new
    answered = set()
    for name, service in old.data["services"].items():
        if old.homes["services", name] not in old.own:
            continue
        other = context.renamed("services", name)
        if other not in new.data["services"]:
            node = context.definition(old, "services", name)
            fact = Fact(SERVICE_REMOVED, node, None, {"name": name})
            for method in service["methods"] or ("*",):
                yield Root(_use(name, method, "rpc", Direction.INBOUND), fact)
            continue
        answered.add(other)
        pair = Pair(
            context.definition(old, "services", name), context.definition(new, "services", other)
        )
        yield from _methods(pair, context)
    for name, service in new.data["services"].items():
        if name in answered or new.homes["services", name] not in new.own:
            continue
        fact = Fact(SERVICE_ADDED, None, context.definition(new, "services", name), {"name": name})
        for method in service["methods"] or ("*",):
            yield Root(_use(name, method, "rpc", Direction.INBOUND), fact)


def exchanges(context: Context) -> Iterator[tuple[str, str]]:
    """Old and new message of every request and response of methods that go on."""
    for name, service in context.old.data["services"].items():
        other = context.new.data["services"].get(context.renamed("services", name))
        for method, old in service["methods"].items():
            new = other["methods"].get(method) if other is not None else None
            if new is not None:
                yield old["request"], new["request"]
                yield old["response"], new["response"]


def _use(service: str, method: str, side: str, direction: Direction) -> Use:
    return Use(label=f"{service}/{method}", side=side, direction=direction)


def _methods(pair: Pair, context: Context) -> Iterator[Root]:
    name = str(pair.new.pointer[1])
    old, new = pair.old.value["methods"], pair.new.value["methods"]
    for fact in deprecation(pair, name):
        yield Root(_use(name, "*", "rpc", Direction.INBOUND), fact)
    for method in old:
        use = _use(name, method, "rpc", Direction.INBOUND)
        if method not in new:
            fact = lost(pair, RPC_REMOVED, "methods", method, name=f"{name}/{method}")
            yield Root(use, fact)
        else:
            for fact in _method(pair.step("methods", method), f"{name}/{method}"):
                yield Root(use, fact)
            for side, direction in (
                ("request", Direction.INBOUND),
                ("response", Direction.OUTBOUND),
            ):
                use = _use(name, method, side, direction)
                for seen in _sent(pair.step("methods", method), side, f"{name}/{method}", context):
                    yield Root(use, seen)
    for method in new:
        if method not in old:
            fact = gained(pair, RPC_ADDED, "methods", method, name=f"{name}/{method}")
            yield Root(_use(name, method, "rpc", Direction.INBOUND), fact)


def _method(pair: Pair, name: str) -> Iterator[Fact]:
    old, new = pair.old.value, pair.new.value
    if old["client-streaming"] != new["client-streaming"]:
        added = new["client-streaming"]
        yield told(pair, CLIENT_STREAMING_ADDED if added else CLIENT_STREAMING_REMOVED, name=name)
    if old["server-streaming"] != new["server-streaming"]:
        added = new["server-streaming"]
        yield told(pair, SERVER_STREAMING_ADDED if added else SERVER_STREAMING_REMOVED, name=name)
    one, two = old["idempotency"], new["idempotency"]
    if one != two:
        weaker = _LEVELS.index(two) < _LEVELS.index(one)
        rule = IDEMPOTENCY_WEAKENED if weaker else IDEMPOTENCY_STRENGTHENED
        yield told(pair, rule, "idempotency", name=name, old=one, new=two)
    yield from deprecation(pair, name)


def _sent(pair: Pair, side: str, name: str, context: Context) -> Iterator[Fact | Visit]:
    """What is sent one way by a method that goes on."""
    one, two = pair.old.value[side], pair.new.value[side]
    values: dict[str, Any] = {"name": name, "old": one, "new": two}
    if context.renamed("messages", one) != two:
        asked = side == "request"
        if not reads_alike(context, "messages", one, two):
            yield told(pair, REQUEST_CHANGED if asked else RESPONSE_CHANGED, side, **values)
            return
        yield told(pair, REQUEST_RENAMED if asked else RESPONSE_RENAMED, side, **values)
    yield context.visit("messages", one, two, compare_messages)
