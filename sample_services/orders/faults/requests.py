"""Faults in how a request is taken: routing, methods, types, syntax."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sample_services.web import bodies
from sample_services.web.dispatch import KNOWN
from sample_services.web.faults import (
    answers,
    become,
    both,
    contents,
    dropping,
    member,
    requests,
    steps,
    unhandled,
)
from sample_services.web.problems import Problem
from sample_services.web.replies import Reply, nothing, refused

if TYPE_CHECKING:
    from sample_services.orders.faults.parts import Faults
    from sample_services.web.calls import Api, Call


def _as_get(request: Request) -> Request:
    method = request.method if request.method in KNOWN else "GET"
    return Request({**request.scope, "method": method}, request.receive)


def _without_slash(request: Request) -> Request | Reply:
    path = request.scope["path"]
    if path.endswith("/") and len(path) > 1:
        return nothing(301, Location=path.rstrip("/"))
    return request


def _typed_get(call: Call) -> Call:
    if call.operation.method == "GET" and "Content-Type" in call.request.headers:
        raise Problem(415)
    return bodies.announced(call)


def _any_type(api: Api, _: Any) -> Api:
    """The type of the content is not looked at: text/plain makes orders."""

    async def read(call: Call) -> Any:
        taken = next(iter(call.operation.bodies))
        scope = {**call.request.scope, "headers": [(b"content-type", taken.encode())]}
        return await bodies.read(replace(call, request=Request(scope, call.request.receive)))

    return replace(api, read=read)


def _zero_taken(api: Api, _: Any) -> Api:
    async def read(call: Call) -> Any:
        try:
            return await bodies.read(call)
        except Problem as problem:
            errors = problem.members.get("errors", [{"pointer": "", "detail": ""}])
            if any(
                not each["pointer"].endswith("/quantity") or "minimum" not in each["detail"]
                for each in errors
            ):
                raise
            return bodies.parsed(await bodies.content(call))

    return replace(api, read=read)


def _turned(body: Any) -> Any:
    delivery = body.get("delivery") or {}
    if {"earliest", "latest"} <= delivery.keys() and all(delivery.values()):
        earliest, latest = sorted([delivery["earliest"], delivery["latest"]])
        return {**body, "delivery": {"earliest": earliest, "latest": latest}}
    return body


def _crashes_on_body(request: Request) -> Request | Reply:
    if request.method in {"GET", "HEAD"} and request.headers.get("Content-Length", "0") != "0":
        return refused(Problem(500), "")
    return request


def _crashes_on_nul(body: Any) -> Any:
    if "\0" in (body.get("note") or ""):
        raise Problem(500)
    return body


def _crossed_range(_: Request, reply: Reply) -> Reply:
    return refused(Problem(500), "") if b"placedFrom" in (reply.content or b"") else reply


FAULTS: Faults = {
    "orders.undeclared-method-404": answers(become(404), status={405}),
    "orders.405-without-allow": answers(dropping("Allow"), status={405}),
    "orders.unknown-method-as-get": requests(_as_get),
    "orders.slash-moves-posts": requests(_without_slash),
    "orders.long-target-500": answers(become(500), status={414}),
    "orders.get-with-type-415": steps(bodies.announced, _typed_get),
    "orders.any-type-taken": both(steps(bodies.announced), _any_type),
    "orders.unacceptable-500": answers(become(500), status={406}),
    "orders.broken-json-500": unhandled(lambda problem: problem.status == 400),
    "orders.zero-quantity-taken": _zero_taken,
    "orders.errors-without-place": answers(member(errors=None), "createOrder", status={422}),
    "orders.crossed-dates-turned": contents(_turned, "createOrder"),
    "orders.crossed-range-500": answers(_crossed_range, "listOrders", status={400}),
    "orders.get-body-500": requests(_crashes_on_body),
    "orders.nul-500": contents(_crashes_on_nul, "createOrder"),
    "orders.bad-cursor-500": answers(
        lambda _, reply: (
            refused(Problem(500), "") if b"cursor is not" in (reply.content or b"") else reply
        ),
        "listOrders",
        status={400},
    ),
}
