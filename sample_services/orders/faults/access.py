"""Faults in who may do what, and in which order that is asked."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sample_services.orders.resources import STAFF
from sample_services.web import access, bodies
from sample_services.web.faults import StandIn, answers, around, handling, operation, steps
from sample_services.web.problems import FORBIDDEN, INVALID, NOT_FOUND, UNAUTHENTICATED, Problem
from sample_services.web.replies import Reply, refused
from sample_services.web.schemas import broken
from sample_services.web.tokens import Caller

if TYPE_CHECKING:
    from starlette.requests import Request

    from sample_services.orders.faults.parts import Faults, Parts
    from sample_services.web.calls import Api, Around, Call, Handler, Proceed


def _no_token_403(request: Request, reply: Reply) -> Reply:
    if "Authorization" in request.headers:
        return reply
    return refused(Problem(403, FORBIDDEN), "https://orders.example.com/problems/")


def _trusting(call: Call) -> Call:
    """Reads the claims of a token and never looks at its signature or its end."""
    try:
        return access.authenticated(call)
    except Problem:
        token = call.request.headers.get("Authorization", "").partition(" ")[2]
        try:
            part = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
            caller = Caller(subject=claims["sub"], scopes=frozenset(claims["scope"].split()))
        except (ValueError, LookupError, TypeError, AttributeError):
            caller = None
        if caller is None:
            raise
        return replace(call, caller=caller)


def _forbidden_401(_: Request, __: Reply) -> Reply:
    challenge = {"WWW-Authenticate": 'Bearer realm="orders"'}
    problem = Problem(401, UNAUTHENTICATED, headers=challenge)
    return refused(problem, "https://orders.example.com/problems/")


def _scope_unnamed(_: Request, reply: Reply) -> Reply:
    return reply.having(WWW_Authenticate='Bearer realm="orders"')


def _anybody(_: Parts) -> StandIn:
    async def get(call: Call, handler: Handler) -> Reply:
        seeing = Caller(subject=call.caller.subject, scopes=call.caller.scopes | {STAFF})
        return await handler(replace(call, caller=seeing))

    return get


def _absence_first(api: Api, parts: Parts) -> Around:
    async def told(request: Request, proceed: Proceed) -> Reply:
        reply = await proceed(request)
        if reply.status != 401 or operation(api, request) != "getOrder":
            return reply
        if parts.orders.store.order(request.scope["path"].split("/")[3]) is not None:
            return reply
        return refused(Problem(404, NOT_FOUND), api.problems)

    return told


def _content_first(api: Api, _: Any) -> Around:
    async def told(request: Request, proceed: Proceed) -> Reply:
        reply = await proceed(request)
        if reply.status != 401 or operation(api, request) != "createOrder":
            return reply
        found = api.contract.find(request.scope["path"])
        assert found is not None
        schema = found[0].operations["POST"].bodies["application/json"]
        try:
            valid = not broken(schema, bodies.parsed(await request.body()))
        except Problem:
            valid = False
        return reply if valid else refused(Problem(422, INVALID), api.problems)

    return told


FAULTS: Faults = {
    "orders.no-token-403": answers(_no_token_403, status={401}),
    "orders.token-not-verified": steps(access.authenticated, _trusting),
    "orders.forbidden-401": answers(_forbidden_401, status={403}),
    "orders.scope-unnamed": answers(_scope_unnamed, status={403}),
    "orders.scope-ignored": steps(access.authorised),
    "orders.others-orders-shown": handling(_anybody, "getOrder"),
    "orders.404-before-401": around(_absence_first),
    "orders.422-before-401": around(_content_first),
}
