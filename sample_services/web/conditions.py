"""Conditional requests (RFC 9110, 13)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from sample_services.web.problems import CHANGED, Problem
from sample_services.web.replies import Reply

if TYPE_CHECKING:
    from starlette.requests import Request

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def for_writing(request: Request, current: str | None, *, demanded: bool = False) -> None:
    """Go on only if the client has seen the current state, given by its ETag; None: there is none.

    Without If-Match where it is demanded: 428 (RFC 6585, 3). With another state: 412.
    """
    match = _joined(request, "If-Match")
    if match is None and demanded:
        raise Problem(428, CHANGED, "If-Match is missing")
    if match is not None and not _matches(match, current, weak=False):
        raise Problem(412, CHANGED, "If-Match names another state")
    unless = _joined(request, "If-None-Match")
    if unless is not None and _matches(unless, current, weak=True):
        raise Problem(412, CHANGED, "If-None-Match names the current state")


def for_reading(request: Request, reply: Reply) -> Reply:
    """A found representation, or 304 when the client has it, or 412 when it wants another."""
    current = reply.headers.get("ETag")
    if reply.status != 200 or current is None:
        return reply
    reply = reply.having(Cache_Control="private, no-cache")
    match = _joined(request, "If-Match")
    if match is not None and not _matches(match, current, weak=False):
        raise Problem(412, CHANGED, "If-Match names another state")
    unless = _joined(request, "If-None-Match")
    if unless is not None:
        # RFC 9110, 13.1.3: where If-None-Match is there, If-Modified-Since is not looked at.
        same = _matches(unless, current, weak=True)
    else:
        same = _not_since(request.headers.get("If-Modified-Since"), reply)
    if not same:
        return reply
    # RFC 9110, 15.4.5: what a 200 would have said about caching, and nothing of the content.
    return Reply(status=304, headers=reply.headers)


def _joined(request: Request, name: str) -> str | None:
    lines = request.headers.getlist(name)
    return ", ".join(lines) if lines else None


def _matches(listed: str, current: str | None, *, weak: bool) -> bool:
    """Is one of the listed tags the current one? `*` is any. Weak comparison ignores `W/`."""
    if current is None:
        return False
    if listed.strip() == "*":
        return True
    opaque = current.removeprefix("W/").strip('"')
    return any(tag == opaque and (weak or not mark) for mark, tag in _TAG.findall(listed))


def _not_since(since: str | None, reply: Reply) -> bool:
    changed = reply.headers.get("Last-Modified")
    if since is None or changed is None:
        return False
    try:
        given = parsedate_to_datetime(since)
    except (ValueError, OverflowError, IndexError, TypeError):
        return False  # RFC 9110, 13.1.3: not a valid date, not a condition
    if given.tzinfo is None:
        given = given.replace(tzinfo=UTC)
    return parsedate_to_datetime(changed) <= given <= datetime.now(UTC)
