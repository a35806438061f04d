"""Faults in conditional requests and HEAD."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sample_services.web.faults import answers, around, become, headers, operation, requests
from sample_services.web.problems import Problem
from sample_services.web.replies import Reply, refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from sample_services.orders.faults.parts import Faults
    from sample_services.web.calls import Api, Around, Proceed


def _head_405(request: Request) -> Request | Reply:
    if request.method != "HEAD":
        return request
    return refused(Problem(405, headers={"Allow": "GET, OPTIONS, POST"}), "")


def _head_hides(request: Request, reply: Reply) -> Reply:
    return Reply(status=200) if request.method == "HEAD" and reply.status == 404 else reply


def _any_tag(request: Request) -> Request:
    return headers(request, If_None_Match="*") if "If-None-Match" in request.headers else request


def _any_match(request: Request) -> Request:
    return headers(request, If_Match="*") if "If-Match" in request.headers else request


def _match_made_up(request: Request) -> Request:
    return request if "If-Match" in request.headers else headers(request, If_Match="*")


def _one_tag(api: Api, _: object) -> Around:
    """The tag names the order and not its state."""

    async def tagged(request: Request, proceed: Proceed) -> Reply:
        named = operation(api, request)
        if named not in {"getOrder", "changeOrder", "cancelOrder"}:
            return await proceed(request)
        tag = f'"{request.scope["path"].split("/")[3][:8]}"'
        if request.headers.get("If-Match") == tag:
            request = headers(request, If_Match="*")
        seen = request.headers.get("If-None-Match") == tag
        reply = await proceed(headers(request, If_None_Match=None))
        if "ETag" not in reply.headers:
            return reply
        reply = reply.having(ETag=tag)
        return Reply(status=304, headers=reply.headers) if seen and named == "getOrder" else reply

    return tagged


FAULTS: Faults = {
    "orders.head-405": requests(_head_405),
    "orders.head-hides-404": answers(_head_hides),
    "orders.never-304": requests(lambda request: headers(request, If_None_Match=None), "getOrder"),
    "orders.304-for-any-tag": requests(_any_tag, "getOrder"),
    "orders.stale-match-taken": requests(_any_match, "changeOrder"),
    "orders.stale-match-409": answers(become(409), "cancelOrder", status={412}),
    "orders.unconditional-taken": requests(_match_made_up, "cancelOrder"),
    "orders.one-tag-for-ever": around(_one_tag),
}
