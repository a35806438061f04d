"""Faults: what a service can be started with that is wrong on purpose.

A fault takes the description of the clean service (an `Api`) and its parts, and gives another
description: a handler replaced, a step left out, something wrapped around. The clean code knows
nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from starlette.requests import Request

from sample_services.web import bodies
from sample_services.web.calls import Api, Around, Call, Handler, Proceed, Step
from sample_services.web.problems import Problem
from sample_services.web.replies import Reply, dumped, refused

P = TypeVar("P")
Change = Callable[[Request, Reply], Reply]
StandIn = Callable[[Call, Handler], Awaitable[Reply]]


def applied(
    faults: Mapping[str, Callable[[Api, P], Api]], name: str | None, api: Api, parts: P
) -> Api:
    """The service with the fault of that name, or as it is. LookupError: there is no such fault."""
    if name is None:
        return api
    if name not in faults:
        raise LookupError(f"{api.name} has no fault {name}; see faults.toml")
    return faults[name](api, parts)


# What a fault can get hold of


def operation(api: Api, request: Request) -> str:
    """The operation that a request is for; empty when it is for none."""
    found = api.contract.find(request.scope["path"])
    method = "GET" if request.method == "HEAD" else request.method
    known = found and found[0].operations.get(method)
    return known.id if known else ""


def around(make: Callable[[Api, Any], Around]) -> Callable[[Api, Any], Api]:
    """Something around the whole service, errors of the framework included."""
    return lambda api, parts: replace(api, around=(*api.around, make(api, parts)))


def answers(
    change: Change, *operations: str, status: Collection[int] = ()
) -> Callable[[Api, Any], Api]:
    """Change finished answers, of these operations and with these statuses (none named: of all)."""

    def make(api: Api, _: Any) -> Around:
        async def changing(request: Request, proceed: Proceed) -> Reply:
            reply = await proceed(request)
            named = not operations or operation(api, request) in operations
            return change(request, reply) if named and _has(reply, status) else reply

        return changing

    return around(make)


def requests(
    change: Callable[[Request], Request | Reply], *operations: str
) -> Callable[[Api, Any], Api]:
    """Change requests before the service sees them, or answer them at once."""

    def make(api: Api, _: Any) -> Around:
        async def changing(request: Request, proceed: Proceed) -> Reply:
            if operations and operation(api, request) not in operations:
                return await proceed(request)
            changed = change(request)
            return changed if isinstance(changed, Reply) else await proceed(changed)

        return changing

    return around(make)


def handling(make: Callable[[Any], StandIn], *operations: str) -> Callable[[Api, Any], Api]:
    """Something in the place of handlers, which may call them."""

    def fault(api: Api, parts: Any) -> Api:
        stand_in = make(parts)

        def standing(handler: Handler) -> Handler:
            return lambda call: stand_in(call, handler)

        replaced = {name: standing(api.handlers[name]) for name in operations}
        return replace(api, handlers={**api.handlers, **replaced})

    return fault


def raising(
    change: Callable[[Call, Problem], Reply], *operations: str
) -> Callable[[Api, Any], Api]:
    """Turn problems of handlers into something else."""

    def make(_: Any) -> StandIn:
        async def turned(call: Call, handler: Handler) -> Reply:
            try:
                return await handler(call)
            except Problem as problem:
                return change(call, problem)

        return turned

    return handling(make, *operations)


def contents(change: Callable[[Any], Any], *operations: str) -> Callable[[Api, Any], Api]:
    """Change the content that handlers read, after it was found valid."""

    def make(_: Any) -> StandIn:
        async def reading(call: Call, handler: Handler) -> Reply:
            async def read(inner: Call) -> Any:
                return change(await call.read(inner))

            return await handler(replace(call, read=read))

        return reading

    return handling(make, *operations)


def steps(step: Step, *others: Step) -> Callable[[Api, Any], Api]:
    """Other steps (or none) in the place of one."""

    def fault(api: Api, _: Any) -> Api:
        at = api.steps.index(step)
        return replace(api, steps=(*api.steps[:at], *others, *api.steps[at + 1 :]))

    return fault


def both(*faults: Callable[[Api, Any], Api]) -> Callable[[Api, Any], Api]:
    """Seams that one fault needs together."""

    def fault(api: Api, parts: Any) -> Api:
        for each in faults:
            api = each(api, parts)
        return api

    return fault


# Common changes


def become(status: int) -> Change:
    """An error of this status instead."""
    return lambda _, __: refused(Problem(status), "")


def dropping(*names: str) -> Change:
    """Without these headers."""
    return lambda _, reply: reply.without(*names)


def setting(**headers: str) -> Change:
    """With these headers."""
    return lambda _, reply: reply.having(**headers)


def status(code: int) -> Change:
    """The same answer under another status."""
    return lambda _, reply: replace(reply, status=code)


def member(**members: Any) -> Change:
    """With other members in its JSON object; None takes one away."""

    def change(_: Request, reply: Reply) -> Reply:
        shown = {**value(reply), **members}
        kept = {name: each for name, each in shown.items() if each is not None}
        return replace(reply, content=dumped(kept))

    return change


def value(reply: Reply) -> Any:
    """The JSON value of an answer; an empty object when it has no content."""
    return json.loads(reply.content) if reply.content else {}


def headers(request: Request, **changed: str | None) -> Request:
    """The request with other headers: `If_Match="*"`; None takes one away."""
    names = {name.replace("_", "-").lower().encode(): each for name, each in changed.items()}
    kept = [pair for pair in request.scope["headers"] if pair[0] not in names]
    added = [(name, each.encode()) for name, each in names.items() if each is not None]
    return Request({**request.scope, "headers": kept + added}, request.receive)


def unhandled(match: Callable[[Problem], bool]) -> Callable[[Api, Any], Api]:
    """A body that cannot be used is a crash (500) instead of a refusal."""

    def fault(api: Api, _: Any) -> Api:
        async def read(call: Call) -> Any:
            try:
                return await bodies.read(call)
            except Problem as problem:
                raise Problem(500) if match(problem) else problem from None

        return replace(api, read=read)

    return fault


def _has(reply: Reply, wanted: Collection[int]) -> bool:
    return not wanted or reply.status in wanted
