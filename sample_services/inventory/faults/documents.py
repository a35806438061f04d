"""Faults in what answers say of themselves: errors as documents, statuses, deprecation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sample_services.web.faults import answers, dropping, member, setting, value
from sample_services.web.replies import Reply, dumped

if TYPE_CHECKING:
    from starlette.requests import Request

    from sample_services.inventory.faults.parts import Faults


def _as_html(request: Request, reply: Reply) -> Reply:
    if "text/html" not in request.headers.get("Accept", "") or reply.status < 400:
        return reply
    content = f"<html><body><h1>Error {reply.status}</h1></body></html>".encode()
    return replace(reply, content=content, media="text/html")


def _router_text(request: Request, reply: Reply) -> Reply:
    routed = request.scope["path"].removeprefix("/v2").strip("/").split("/")[0]
    if routed in {"items", "reservations", "stock-levels", "health"}:
        return reply
    return replace(reply, content=b"Not Found", media="text/plain")


def _460(_: Request, reply: Reply) -> Reply:
    return replace(reply, status=460, content=dumped({**value(reply), "status": 460}))


def _weight_zero(_: Request, reply: Reply) -> Reply:
    shown = value(reply)
    return replace(reply, content=dumped({**shown, "weight": shown["weight"] or 0}))


def _typed_empty(_: Request, reply: Reply) -> Reply:
    return reply.having(Content_Type="application/json")


_SQL = (
    "sqlite3.IntegrityError: UNIQUE constraint failed: items.sku [SQL: INSERT INTO items (sku) …]"
)

FAULTS: Faults = {
    "inventory.errors-as-html": answers(_as_html),
    "inventory.list-without-vary": answers(dropping("Vary"), "listItems"),
    "inventory.problem-status-differs": answers(member(status=400), status={422}),
    "inventory.router-404-as-text": answers(_router_text, status={404}),
    "inventory.sql-shown": answers(member(detail=_SQL), "createItem", status={409}),
    "inventory.made-up-status": answers(_460, "deleteItem", status={409}),
    "inventory.no-weight-is-zero": answers(_weight_zero, "getItem", status={200}),
    "inventory.deprecation-untold": answers(dropping("Deprecation", "Link"), "releaseReservation"),
    "inventory.sunset-not-a-date": answers(setting(Sunset="2027-12-31"), "releaseReservation"),
    "inventory.204-with-type": answers(_typed_empty, "deleteItem", status={204}),
}
