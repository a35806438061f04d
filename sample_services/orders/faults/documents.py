"""Faults in errors as documents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sample_services.web.faults import answers, member, setting, value
from sample_services.web.replies import Reply, dumped

if TYPE_CHECKING:
    from starlette.requests import Request

    from sample_services.orders.faults.parts import Faults

_TRACE = """Traceback (most recent call last):
  File "/srv/orders/orders/resources.py", line 118, in create
    content = content_of(body)
KeyError: 'sku'"""


def _titled(request: Request, reply: Reply) -> Reply:
    problem = value(reply)
    title = f"{problem['title']} ({request.scope['path'].split('/')[3]})"
    return replace(reply, content=dumped({**problem, "title": title}))


def _plain(_: Request, reply: Reply) -> Reply:
    return replace(reply, media="application/json")


def _teapot(_: Request, reply: Reply) -> Reply:
    return replace(reply, status=418, content=dumped({**value(reply), "status": 418}))


FAULTS: Faults = {
    "orders.problem-as-json": answers(_plain, status={400, 422}),
    "orders.title-varies": answers(_titled, "getOrder", "getMonitor", status={404}),
    "orders.trace-shown": answers(member(detail=_TRACE), "createOrder", status={422}),
    "orders.undocumented-418": answers(_teapot, "changeOrder", status={409}),
    "orders.errors-cacheable": answers(setting(Cache_Control="public, max-age=600"), status={401}),
}
