"""Rules on status codes that need only the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.model import Card, Retry
from apicheck.model import Change, Direction, Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Operation, Service

__all__ = ["CARDS", "changes"]

UNAUTHORIZED = check(
    "unauthorized-undocumented",
    Force.HOUSE,
    "RFC 9110, 15.5.2",
    Retry.AUTHENTICATE,
    summary="An operation needs credentials, and its contract does not tell of 401.",
    why="A client has no branch for credentials that have expired.",
    fix="Document 401 with WWW-Authenticate.",
    right="401 documented",
    wrong="security, and no 401",
)
NOT_FOUND = check(
    "not-found-undocumented",
    Force.HOUSE,
    "RFC 9110, 15.5.5",
    Retry.NEVER,
    summary="An operation is about one resource, and its contract does not tell of 404.",
    why="A client has no branch for what is gone.",
    fix="Document 404.",
    right="404 documented",
    wrong="a path parameter, and no 404",
)
INVALID = check(
    "invalid-content-undocumented",
    Force.HOUSE,
    "RFC 9110, 15.5.1 and 15.5.21",
    Retry.CHANGE,
    summary="An operation takes content, and its contract does not tell how it refuses it.",
    why="A client cannot tell its user what to correct.",
    fix="Document 400 or 422.",
    right="422 documented",
    wrong="a request body, and neither 400 nor 422",
)
FORBIDDEN = check(
    "forbidden-without-unauthorized",
    Force.HOUSE,
    "RFC 9110, 15.5.4",
    Retry.AUTHENTICATE,
    summary="A contract tells of 403 and not of 401.",
    why="A client gives up where it should authenticate.",
    fix="Document 401 too.",
    right="401 and 403",
    wrong="403 alone",
)
WAITING = check(
    "waiting-time-undocumented",
    Force.HOUSE,
    "RFC 9110, 10.2.3; RFC 6585, 4",
    Retry.LATER,
    summary="A contract tells of 429 or 503 and not of Retry-After.",
    why="A client does not know how long to wait.",
    fix="Document Retry-After, and send it.",
    right="503 with Retry-After",
    wrong="503 alone",
)
LOCATION = check(
    "location-undocumented",
    Force.HOUSE,
    "RFC 9110, 15.3.2 and 15.3.3",
    Retry.NOTHING,
    summary="A contract tells of 201 or 202 to a POST and not of Location.",
    why="A client cannot find what it made.",
    fix="Document Location, and send it.",
    right="201 with Location",
    wrong="201 alone",
)
EMPTY = check(
    "no-content-with-content",
    Force.MUST,
    "RFC 9110, 15.3.5",
    Retry.NOTHING,
    summary="A contract promises content where there can be none.",
    why="A client waits for content that never comes.",
    fix="Use 200, or take the content away.",
    right="204 without content",
    wrong="204 with content",
)
UNSAFE = check(
    "not-modified-documented-for-write",
    Force.MUST,
    "RFC 9110, 15.4.5",
    Retry.NOTHING,
    summary="A contract tells of 304 for a request that is neither GET nor HEAD.",
    why="A client takes it for an answer of its cache.",
    fix="Use 412.",
    right="412",
    wrong="304 to PUT",
)
CONDITION = check(
    "condition-undocumented",
    Force.HOUSE,
    "RFC 9110, 13.1.1; RFC 6585, 3",
    Retry.CHANGE,
    summary="A contract tells of 428 and not of If-Match.",
    why="A client does not know what to send.",
    fix="Document the header If-Match.",
    right="428 and If-Match",
    wrong="428 alone",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))


def changes(service: Service) -> Iterator[Change]:
    """What is to be said of each operation's statuses."""
    for operation in service.operations:
        for card, expected, got in _of(operation):
            yield Change(
                rule=card.rule,
                path=("paths", operation.path, operation.method),
                label=operation.label,
                direction=Direction.OUTBOUND,
                new=operation.node.place,
                values={
                    "expected": expected,
                    "got": got,
                    "reference": card.reference,
                    "client": card.retry.value,
                },
                uses=(Use(label=operation.label, side="answers", direction=Direction.OUTBOUND),),
            )


def _of(operation: Operation) -> Iterator[tuple[Card, str, str]]:
    answers = operation.answers
    told = answers.keys()
    any_of = bool({"default", "4XX"} & told)
    if operation.secured and "401" not in told and not any_of:
        if "403" in told:
            yield FORBIDDEN, "401 beside 403", "403 alone"
        else:
            yield UNAUTHORIZED, "401", "security without it"
    if operation.names and "404" not in told and not any_of:
        yield NOT_FOUND, "404", "a path parameter without it"
    if operation.bodies and not {"400", "422"} & told and not any_of:
        yield INVALID, "400 or 422", "a request body without either"
    for status in ("429", "503"):
        if status in told and "retry-after" not in answers[status].headers:
            yield WAITING, f"Retry-After with {status}", "none"
    for status in ("201", "202"):
        if operation.method == "POST" and status in told:  # noqa: SIM102 - two questions
            if "location" not in answers[status].headers:
                yield LOCATION, f"Location with {status}", "none"
    for status in ("204", "205", "304"):
        if status in told and answers[status].content:
            yield EMPTY, f"no content with {status}", "content"
    if "304" in told and operation.method not in {"GET", "HEAD"}:
        yield UNSAFE, "412", f"304 to {operation.method}"
    if "428" in told and operation.parameter("If-Match") is None:
        yield CONDITION, "If-Match", "428 without it"
