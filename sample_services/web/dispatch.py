"""From a request to an answer: route, check, handle, and say what went wrong."""

from __future__ import annotations

import logging
import sqlite3
from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Router

from sample_services.web import access, bodies, conditions, parameters, target
from sample_services.web.calls import Api, Around, Call, Proceed
from sample_services.web.problems import NOT_FOUND, UNAVAILABLE, Problem
from sample_services.web.replies import Reply, nothing, refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger("sample_services")

# RFC 9110, 9.1: methods that are known but not served are 405, others are 501.
KNOWN = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"}

STEPS = (
    access.authenticated,
    access.authorised,
    parameters.checked,
    access.acceptable,
    bodies.announced,
)


def application(
    api: Api, lifespan: Callable[[ASGIApp], AbstractAsyncContextManager[None]] | None = None
) -> ASGIApp:
    """The service as an ASGI application."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # nothing here speaks WebSocket; the server refuses it
        target.origin_form(scope)
        request = Request(scope, receive)
        reply = await replied(api, request)
        await _rendered(request, reply)(scope, receive, send)

    return Router(default=serve, redirect_slashes=False, lifespan=lifespan)


async def replied(api: Api, request: Request) -> Reply:
    """The answer, with errors as problems; whatever is wrapped around the service included."""
    proceed: Proceed = partial(_problems_told, api)
    for each in reversed(api.around):
        proceed = _wrapped(each, proceed)
    return await proceed(request)


def _wrapped(around: Around, proceed: Proceed) -> Proceed:
    return lambda request: around(request, proceed)


async def _problems_told(api: Api, request: Request) -> Reply:
    try:
        return await _handled(api, request)
    except Problem as problem:
        return refused(problem, api.problems)
    except sqlite3.OperationalError:
        log.exception("the database does not answer")
        return refused(Problem(503, UNAVAILABLE, headers={"Retry-After": "1"}), api.problems)
    except Exception:
        log.exception("%s %s failed", request.method, request.url.path)
        return refused(Problem(500), api.problems)


async def _handled(api: Api, request: Request) -> Reply:
    api.check(request)
    if request.method not in KNOWN:
        raise Problem(501)
    found = api.contract.find(request.scope["path"])
    if found is None:
        raise Problem(404, NOT_FOUND)
    resource, values = found
    if request.method == "OPTIONS":
        return nothing(204, Allow=resource.allowed)
    operation = resource.operations.get("GET" if request.method == "HEAD" else request.method)
    if operation is None:
        raise Problem(405, headers={"Allow": resource.allowed})
    call = Call(
        api=api,
        request=request,
        resource=resource,
        operation=operation,
        path=values,
        read=api.read,
    )
    for step in api.steps:
        call = step(call)
    reply = await api.handlers[operation.id](call)
    if operation.method == "GET":
        reply = conditions.for_reading(request, reply)
    return reply


def _rendered(request: Request, reply: Reply) -> Response:
    headers = {"Cache-Control": "no-store", **reply.headers}
    content = reply.content
    if content is None:
        return Response(status_code=reply.status, headers=headers)
    if request.method == "HEAD":
        # RFC 9110, 9.3.2: the headers of GET, its length included, and no content.
        headers["Content-Length"] = str(len(content))
        content = b""
    return Response(content, status_code=reply.status, headers=headers, media_type=reply.media)
