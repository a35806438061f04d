"""What can be wrong with notifications on purpose. Told of in `faults.toml`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sample_services.notifications.consumer import Consumer, DiffersError
from sample_services.web import access
from sample_services.web.faults import (
    answers,
    become,
    dropping,
    headers,
    requests,
    setting,
    steps,
    unhandled,
)
from sample_services.web.limits import limited
from sample_services.web.replies import Reply, nothing

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from sample_services.events.event import Event
    from sample_services.notifications.resources import Notifications
    from sample_services.web.calls import Api, Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The clean service."""

    notifications: Notifications


def _delete_claimed(_: Request, reply: Reply) -> Reply:
    methods = {*reply.headers["Allow"].split(", "), "DELETE"}
    return reply.having(Allow=", ".join(sorted(methods)))


def _options_claims(request: Request, reply: Reply) -> Reply:
    if request.method != "OPTIONS":
        return reply
    return reply.having(Allow="GET, HEAD, OPTIONS, PATCH, POST, PUT")


def _echoed(request: Request) -> Request | Reply:
    if request.method != "TRACE":
        return request
    lines = [f"TRACE {request.scope['path']} HTTP/1.1"]
    lines += [f"{name.decode()}: {value.decode('latin-1')}" for name, value in request.headers.raw]
    return Reply(status=200, content="\r\n".join(lines).encode("latin-1"), media="message/http")


def _typeless_500(request: Request, reply: Reply) -> Reply:
    return reply if "Content-Type" in request.headers else become(500)(request, reply)


def _past_end_404(request: Request, reply: Reply) -> Reply:
    empty = reply.content == b'{"notifications":[]}' and "cursor" in request.query_params
    return become(404)(request, reply) if empty else reply


def _date_first(request: Request) -> Request:
    both_there = {"if-none-match", "if-modified-since"} <= set(request.headers.keys())
    return headers(request, If_None_Match=None) if both_there else request


def _unnamed(_: Request, reply: Reply) -> Reply:
    return reply.having(WWW_Authenticate='Bearer realm="notifications"')


def _live_secured(call: Call) -> Call:
    if call.operation.id == "isLive":
        call = replace(call, operation=replace(call.operation, secured=True))
    return access.authenticated(call)


def _unavailable(request: Request, reply: Reply) -> Reply:
    return become(503)(request, reply).having(Retry_After=reply.headers["Retry-After"])


def _early(api: Api, parts: Parts) -> Api:
    handler = limited(5, 60.0, parts.notifications.copy)
    api = replace(api, handlers={**api.handlers, "sendCopy": handler})
    return answers(setting(Retry_After="1"), "sendCopy", status={429})(api, parts)


def _shared(api: Api, parts: Parts) -> Api:
    inner = limited(5, 2.0, parts.notifications.copy)

    async def for_all(call: Call) -> Reply:
        return await inner(replace(call, caller=replace(call.caller, subject="everybody")))

    return replace(api, handlers={**api.handlers, "sendCopy": for_all})


def _html_405(_: Request, reply: Reply) -> Reply:
    return replace(reply, content=b"<h1>405 Method Not Allowed</h1>", media="text/html")


def _reflected(request: Request, reply: Reply) -> Reply:
    content = f"<p>Nothing at {request.scope['path']}</p>".encode()
    return replace(reply, content=content, media="text/html")


def _redirected(_: Request, reply: Reply) -> Reply:
    return nothing(302, Location=reply.headers["Location"])


def _told_again(api: Api, parts: Parts) -> Api:
    class Repeating(Consumer):
        async def take(self, event: Event) -> None:
            # A name of its own for each delivery: nothing is ever known.
            await super().take(replace(event, source=f"{event.source}#{uuid.uuid4()}"))

    parts.notifications.consumer = Repeating(parts.notifications.store)
    return api


def _differing_taken(api: Api, parts: Parts) -> Api:
    class Careless(Consumer):
        async def take(self, event: Event) -> None:
            try:
                await super().take(event)
            except DiffersError:
                return

    parts.notifications.consumer = Careless(parts.notifications.store)
    return api


def _bad_data_taken(api: Api, parts: Parts) -> Api:
    class Silent(Consumer):
        async def take(self, event: Event) -> None:
            try:
                await super().take(event)
            except DiffersError:
                raise
            except ValueError:
                return

    parts.notifications.consumer = Silent(parts.notifications.store)
    return api


FAULTS: dict[str, Callable[[Api, Parts], Api]] = {
    "notifications.allow-claims-delete": answers(_delete_claimed, status={405}),
    "notifications.options-claims-more": answers(_options_claims, status={204}),
    "notifications.trace-echoes": requests(_echoed),
    "notifications.type-missing-500": answers(_typeless_500, status={415}),
    "notifications.duplicate-names-500": unhandled(
        lambda problem: "a name occurs twice" in problem.detail
    ),
    "notifications.past-end-404": answers(_past_end_404, "listNotifications", status={200}),
    "notifications.304-without-etag": answers(dropping("ETag"), status={304}),
    "notifications.date-before-tag": requests(_date_first, "getNotification"),
    "notifications.date-never-304": requests(
        lambda request: headers(request, If_Modified_Since=None), "getNotification"
    ),
    "notifications.invalid-token-unnamed": answers(_unnamed, status={401}),
    "notifications.live-needs-token": steps(access.authenticated, _live_secured),
    "notifications.too-many-503": answers(_unavailable, "sendCopy", status={429}),
    "notifications.429-without-retry-after": answers(dropping("Retry-After"), status={429}),
    "notifications.retry-after-in-the-past": answers(
        setting(Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"), status={429}
    ),
    "notifications.retry-after-too-early": _early,
    "notifications.limit-shared": _shared,
    "notifications.405-as-html": answers(_html_405, status={405}),
    "notifications.path-reflected": answers(_reflected, status={404}),
    "notifications.copy-302": answers(_redirected, "sendCopy", status={201}),
    "notifications.told-twice": _told_again,
    "notifications.differing-event-taken": _differing_taken,
    "notifications.bad-data-taken": _bad_data_taken,
}
