"""Faults in conditional requests, HEAD and ranges."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.requests import Request

from sample_services.web.faults import answers, around, become, headers, operation, requests
from sample_services.web.replies import Reply

if TYPE_CHECKING:
    from sample_services.inventory.faults.parts import Faults
    from sample_services.web.calls import Api, Around, Proceed


def _head_bare(request: Request, reply: Reply) -> Reply:
    return reply.without("ETag") if request.method == "HEAD" else reply


def _one_strong_tag(request: Request) -> Request:
    given = request.headers.get("If-None-Match")
    if given is None or re.fullmatch(r'"[^"]*"|\*', given):
        return request
    return headers(request, If_None_Match=None)


def _put_304(api: Api, _: object) -> Around:
    async def shortened(request: Request, proceed: Proceed) -> Reply:
        if operation(api, request) != "putItem":
            return await proceed(request)
        as_get = Request({**request.scope, "method": "GET"}, request.receive)
        before = (await proceed(headers(as_get, If_Match=None, If_None_Match=None))).headers
        reply = await proceed(request)
        if reply.status == 200 and reply.headers.get("ETag") == before.get("ETag"):
            return Reply(status=304, headers=reply.headers)
        return reply

    return shortened


def _tag_by_time(_: Api, __: object) -> Around:
    """A tag that is new for every answer, though the item is not."""
    counter = itertools.count(1)

    async def tagged(request: Request, proceed: Proceed) -> Reply:
        for name in ("If-Match", "If-None-Match"):
            if given := request.headers.get(name):
                plain = re.sub(r'-\d+"', '"', given) if name == "If-Match" else given
                request = headers(request, **{name: plain})
        reply = await proceed(request)
        tag = reply.headers.get("ETag")
        if tag is None or "/stock" in request.scope["path"]:
            return reply
        return reply.having(ETag=f'{tag[:-1]}-{next(counter)}"')

    return tagged


def _wrong_bytes(request: Request, reply: Reply) -> Reply:
    found = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
    if found is None or reply.content is None or request.method != "GET":
        return reply
    first, last = int(found[1]), int(found[2])
    if last >= len(reply.content):
        return reply
    content = reply.content[first + 1 : last + 2]  # one too far
    said = f"bytes {first}-{last}/{len(reply.content)}"
    return replace(reply, status=206, content=content).having(Content_Range=said)


def _416_bare(request: Request, reply: Reply) -> Reply:
    found = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
    if found is None or reply.content is None or int(found[1]) < len(reply.content):
        return reply
    return become(416)(request, reply)


FAULTS: Faults = {
    "inventory.head-without-etag": answers(_head_bare, status={200}),
    "inventory.weak-tag-never-304": requests(_one_strong_tag),
    "inventory.star-overwrites": requests(
        lambda request: headers(request, If_None_Match=None), "putItem"
    ),
    "inventory.304-to-put": around(_put_304),
    "inventory.tag-by-time": around(_tag_by_time),
    "inventory.range-wrong-bytes": answers(_wrong_bytes, "listItems", status={200}),
    "inventory.range-416-bare": answers(_416_bare, "listItems", status={200}),
}
