"""What is wrong with a request before anybody asks what it is about: its target and its headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from sample_services.web.problems import Problem, invalid

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

LONGEST_TARGET = 8 * 1024
MOST_HEADERS = 100
LARGEST_HEADERS = 32 * 1024

_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_HIDDEN = re.compile(rb"%(00|2[fF]|5[cC])")


def origin_form(scope: Scope) -> None:
    """Understand `GET http://host/path` as `GET /path` (RFC 9112, 3.2.2)."""
    for name, colon, slash in (("path", "://", "/"), ("raw_path", b"://", b"/")):
        target = scope.get(name)
        if target and not target.startswith(slash) and colon in target:
            _, found, rest = target.partition(colon)[2].partition(slash)
            scope[name] = found + rest if found else slash


def check(request: Request) -> None:
    """Refuse long targets (414), large headers (431) and broken escapes (400)."""
    raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope["query_string"]
    if len(raw_path) + len(query) > LONGEST_TARGET:
        raise Problem(414)
    headers = request.scope["headers"]
    if (
        len(headers) > MOST_HEADERS
        or sum(len(name) + len(value) for name, value in headers) > LARGEST_HEADERS
    ):
        raise Problem(431)
    for part in (raw_path, query):
        if _ESCAPE.search(part):
            raise invalid(400, "a percent sign without two hexadecimal digits")
        try:
            unquote_to_bytes(part).decode()
        except UnicodeDecodeError:
            raise invalid(400, "the target is not UTF-8") from None
    # A hidden slash is data, but servers and proxies decode it: nothing here has one in its name.
    if _HIDDEN.search(raw_path):
        raise invalid(400, "the path hides a slash or a NUL")
