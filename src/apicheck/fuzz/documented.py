"""Answers held against what the contract says of them: status, media type, content, headers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.model import Card, Retry
from apicheck.fuzz.sample import first_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.model import Exchange

__all__ = ["CARDS", "SERVERS", "documented"]

STATUS_UNDOCUMENTED = check(
    "status-undocumented",
    Force.MUST,
    "OpenAPI, Responses Object",
    Retry.NEVER,
    summary="A status is not in the contract.",
    why="A client has no branch for it.",
    fix="Answer as documented, or document it.",
    right="409",
    wrong="418",
)
TYPE_UNDOCUMENTED = check(
    "type-undocumented",
    Force.MUST,
    "OpenAPI, Response Object",
    Retry.NEVER,
    summary="Content has a type that is not in the contract.",
    why="A client cannot read it.",
    fix="Answer as documented, or document it.",
    right="application/json",
    wrong="text/html",
)
CONTENT_UNDOCUMENTED = check(
    "content-breaks-contract",
    Force.MUST,
    "OpenAPI, Response Object",
    Retry.NEVER,
    summary="Content breaks the schema of the contract.",
    why="A client fails to read it, or reads it wrongly.",
    fix="Answer as documented, or document it.",
    right='{"amount": 1}',
    wrong='{"amount": "1"}',
)
HEADER_UNDOCUMENTED = check(
    "header-missing",
    Force.MUST,
    "OpenAPI, Header Object",
    Retry.NEVER,
    summary="A header that the contract requires is missing.",
    why="A client that relies on it fails.",
    fix="Send it, or do not require it.",
    right="200 with ETag",
    wrong="200 without ETag",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))

#: What a server, a gateway or a router may answer to anything; no contract lists all of it.
_ANYWHERE = {
    400,
    401,
    403,
    405,
    406,
    408,
    411,
    413,
    414,
    415,
    416,
    417,
    421,
    425,
    426,
    428,
    429,
    431,
}
#: What only comes to those that sent one of these headers.
_ASKED_BY = {
    206: {"range"},
    304: {"if-none-match", "if-modified-since"},
    412: {"if-match", "if-none-match", "if-unmodified-since"},
    416: {"range"},
}
#: What a server answers before its application is asked.
SERVERS = {408, 411, 413, 414, 417, 421, 431, 505}


def documented(seen: Exchange, operation: Operation) -> Iterator[tuple[Card, str, str]]:
    """What of an answer the contract does not promise: the card, what it does, what there was."""
    status = seen.status
    answer = operation.answer(status)
    if answer is None:
        known = status in _ANYWHERE or status >= 500 or _conditional(seen)
        if operation.answers and not known:
            yield STATUS_UNDOCUMENTED, f"one of {', '.join(operation.answers)}", f"{status}"
        return
    if status in SERVERS and answer is operation.answers.get("default"):
        return  # ``default`` speaks of the application, and it never saw the request
    for name, required in answer.headers.items():
        if required and seen.header(name) is None:
            yield HEADER_UNDOCUMENTED, f"{status} with {name}", f"{status} without {name}"
    if not seen.body or seen.cut or not answer.content or seen.request.method == "HEAD":
        return
    if seen.media not in answer.content:
        if not any(_covers(each, seen.media) for each in answer.content):
            told = ", ".join(answer.content)
            yield TYPE_UNDOCUMENTED, told, f"{status} {seen.media or 'without a type'}"
        return
    if seen.media.endswith("json"):
        try:
            value = json.loads(seen.body)
        except (ValueError, RecursionError):
            yield CONTENT_UNDOCUMENTED, "JSON", f"{status} with content that is no JSON"
            return
        error = first_error(answer.content[seen.media], value)
        if error is not None:
            yield CONTENT_UNDOCUMENTED, "content as documented", f"{status} where {error}"


def _conditional(seen: Exchange) -> bool:
    """Whether the request asked for this very status by a condition or a range (RFC 9110, 13)."""
    names = {name.lower() for name, _ in seen.request.headers}
    return bool(names & _ASKED_BY.get(seen.status, set()))


def _covers(pattern: str, media: str) -> bool:
    return pattern == "*/*" or (pattern.endswith("/*") and media.startswith(pattern[:-1]))
