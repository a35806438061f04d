"""What a status, or a date beside it, must come with, and where it is the wrong one."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.headers import http_date, waiting_time
from apicheck.fuzz.model import Card, Retry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.model import Exchange

__all__ = ["CARDS", "by_status", "success"]

NOT_IMPLEMENTED = check(
    "declared-operation-not-implemented",
    Force.MUST,
    "RFC 9110, 15.6.2",
    Retry.NEVER,
    summary="An operation of the contract is answered with 501.",
    why="A client was promised an operation that is not there.",
    fix="Serve the operation, or take it out of the contract.",
    right="200",
    wrong="501",
)
UNAUTHORIZED_PUBLIC = check(
    "public-operation-unauthorized",
    Force.MUST,
    "OpenAPI, Security Requirement",
    Retry.AUTHENTICATE,
    summary="An operation that needs no credentials by its contract is answered with 401.",
    why="A caller that has no credentials is shut out of what was promised to it.",
    fix="Serve it without credentials, or declare its security.",
    right="200",
    wrong="401",
)
CHALLENGE_MISSING = check(
    "challenge-missing",
    Force.MUST,
    "RFC 9110, 15.5.2 and 11.6.1",
    Retry.AUTHENTICATE,
    summary="Status 401 came without WWW-Authenticate.",
    why="A client does not know how to authenticate.",
    fix='Send WWW-Authenticate with the scheme, such as Bearer realm="…".',
    right="401 with WWW-Authenticate",
    wrong="401 without it",
)
ALLOW_MISSING = check(
    "allow-missing",
    Force.MUST,
    "RFC 9110, 15.5.6",
    Retry.NEVER,
    summary="Status 405 came without Allow.",
    why="A client cannot find out which methods there are.",
    fix="List the methods of the resource in Allow.",
    right="405 with Allow: GET, HEAD",
    wrong="405 without Allow",
)
UPGRADE_MISSING = check(
    "upgrade-missing",
    Force.MUST,
    "RFC 9110, 15.5.22",
    Retry.CHANGE,
    summary="Status 426 came without Upgrade.",
    why="A client does not know what to upgrade to.",
    fix="Name the protocol in Upgrade.",
    right="426 with Upgrade",
    wrong="426 without Upgrade",
)
LENGTH_UNKNOWN = check(
    "range-length-missing",
    Force.SHOULD,
    "RFC 9110, 15.5.17",
    Retry.CHANGE,
    summary="Status 416 came without the length of the whole in Content-Range.",
    why="A client cannot find out which ranges there are.",
    fix="Send Content-Range: bytes */LENGTH.",
    right="416 with Content-Range: bytes */120",
    wrong="416 without Content-Range",
)
ACCEPT_PATCH_MISSING = check(
    "accepted-types-missing",
    Force.SHOULD,
    "RFC 5789, 2.2",
    Retry.CHANGE,
    summary="Status 415 to a PATCH did not say which patch documents are taken.",
    why="A client does not know what to send instead.",
    fix="Send Accept-Patch with the media types that are taken.",
    right="415 with Accept-Patch",
    wrong="415 without Accept-Patch",
)
CREATED_ELSEWHERE = check(
    "created-by-reading",
    Force.HOUSE,
    "RFC 9110, 15.3.2",
    Retry.NOTHING,
    summary="Status 201 was the answer to a request that makes nothing.",
    why="A client believes that something was made.",
    fix="Answer with 200 or 204.",
    right="200",
    wrong="201",
)
NOT_MODIFIED_UNSAFE = check(
    "not-modified-to-write",
    Force.MUST,
    "RFC 9110, 13.1.2 and 15.4.5",
    Retry.NOTHING,
    summary="Status 304 was the answer to a request that is neither GET nor HEAD.",
    why="A client takes it for an answer of its cache.",
    fix="Answer with 200 or 204, or with 412 where a precondition failed.",
    right="200",
    wrong="304",
)
EMPTY_TYPED = check(
    "no-content-typed",
    Force.HOUSE,
    "RFC 9110, 15.3.5",
    Retry.NOTHING,
    summary="Status 204 claimed a type for content that it cannot have.",
    why="A client tries to parse content that is not there.",
    fix="Leave Content-Type out of 204.",
    right="204",
    wrong="204 with Content-Type",
)
LOCATION_MISSING = check(
    "redirect-without-location",
    Force.SHOULD,
    "RFC 9110, 15.4",
    Retry.CHANGE,
    summary="A redirect did not say where to.",
    why="A client cannot follow it.",
    fix="Send Location.",
    right="303 with Location",
    wrong="303 without Location",
)
WRITE_REDIRECTED = check(
    "write-redirected",
    Force.SHOULD,
    "RFC 9110, 15.4.2 and 15.4.3",
    Retry.CHANGE,
    summary="A write was redirected with a code that lets clients change its method.",
    why="A client repeats the write as a GET and believes that it was done.",
    fix="Use 307 or 308, or answer at once.",
    right="308",
    wrong="301",
)
CREATED_LOCATION = check(
    "created-without-location",
    Force.SHOULD,
    "RFC 9110, 15.3.2 and 9.3.3",
    Retry.NOTHING,
    summary="Status 201 to a POST did not say where the new resource is.",
    why="A client cannot find what it made.",
    fix="Send Location.",
    right="201 with Location",
    wrong="201 without Location",
)
CREATED_STATUS = check(
    "created-not-said",
    Force.SHOULD,
    "RFC 9110, 9.3.3",
    Retry.NOTHING,
    summary="A POST that makes something by its contract was not answered with 201.",
    why="A client does not know that there is something new.",
    fix="Answer with 201 and Location.",
    right="201",
    wrong="200",
)
MONITOR_MISSING = check(
    "accepted-without-monitor",
    Force.SHOULD,
    "RFC 9110, 15.3.3, and the contract",
    Retry.LATER,
    summary="Status 202 did not lead to its status monitor, which the contract promises.",
    why="A client never learns what became of its request.",
    fix="Send the Location of the monitor.",
    right="202 with Location",
    wrong="202 without Location",
)
RETRY_AFTER_MISSING = check(
    "retry-after-missing",
    Force.SHOULD,
    "RFC 9110, 10.2.3, and the contract",
    Retry.LATER,
    summary="An answer that asks to wait did not say how long, as the contract promises.",
    why="A client repeats at once, or never.",
    fix="Send Retry-After in seconds.",
    right="429 with Retry-After: 2",
    wrong="429 without Retry-After",
)
RETRY_AFTER_SENSELESS = check(
    "retry-after-senseless",
    Force.SHOULD,
    "RFC 9110, 10.2.3",
    Retry.LATER,
    summary="Retry-After is no time to wait.",
    why="A client repeats at once, and makes things worse.",
    fix="Send seconds (more than 0), or an HTTP-date in the future.",
    right="Retry-After: 2",
    wrong="Retry-After: soon",
)
SUCCESS_WITH_ERROR = check(
    "error-with-success",
    Force.HOUSE,
    "RFC 9110, 15.3",
    Retry.CHANGE,
    summary="A success status came with content that tells of an error.",
    why="A client that looks at the status believes that it worked.",
    fix="Answer with the 4xx or 5xx code that fits.",
    right="409",
    wrong='200 {"success": false}',
)
DEPRECATION_UNTOLD = check(
    "deprecation-untold",
    Force.SHOULD,
    "RFC 9745, 2",
    Retry.NOTHING,
    summary="A deprecated operation does not say so, though its contract promises it.",
    why="A client is surprised when the operation goes.",
    fix="Send Deprecation: @SECONDS.",
    right="204 with Deprecation",
    wrong="204 without Deprecation",
)
SUNSET_UNREADABLE = check(
    "sunset-unreadable",
    Force.MUST,
    "RFC 8594, 3",
    Retry.NOTHING,
    summary="Sunset is no HTTP-date.",
    why="A client cannot read when the resource goes.",
    fix="Send an HTTP-date such as Fri, 31 Dec 2027 23:59:59 GMT.",
    right="Sunset: Fri, 31 Dec 2027 23:59:59 GMT",
    wrong="Sunset: 2027-12-31",
)
SUNSET_EARLY = check(
    "sunset-before-deprecation",
    Force.MUST,
    "RFC 9745, 4",
    Retry.NOTHING,
    summary="A resource is to go before it is deprecated.",
    why="A client that plans by one of the two dates is late by the other.",
    fix="Let Sunset be no earlier than Deprecation.",
    right="Deprecation: @1767225600 and Sunset: Thu, 31 Dec 2026 00:00:00 GMT",
    wrong="Deprecation: @1798675200 and Sunset: Thu, 01 Jan 2026 00:00:00 GMT",
)
DEPRECATION_UNREADABLE = check(
    "deprecation-unreadable",
    Force.MUST,
    "RFC 9745, 2.1",
    Retry.NOTHING,
    summary="Deprecation is no date in the form of a structured field.",
    why="A client cannot read since when the resource is deprecated.",
    fix="Send @ and the seconds since 1970, such as @1767225600.",
    right="Deprecation: @1767225600",
    wrong="Deprecation: true",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))


def by_status(seen: Exchange, operation: Operation | None) -> Iterator[tuple[Card, str, str]]:
    """What is wrong with a status: the card, what was to be expected, and what there was."""
    status, method = seen.status, seen.request.method
    if status == 401:
        if operation is not None and not operation.secured and not operation.documents(401):
            yield UNAUTHORIZED_PUBLIC, "an answer without credentials", "401"
        elif not seen.header("www-authenticate"):
            yield CHALLENGE_MISSING, "401 with WWW-Authenticate", "401 without it"
    if status == 405 and seen.header("allow") is None:
        yield ALLOW_MISSING, "405 with Allow", "405 without Allow"
    if status == 426 and not seen.header("upgrade"):
        yield UPGRADE_MISSING, "426 with Upgrade", "426 without Upgrade"
    if status == 416 and not (seen.header("content-range") or "").startswith("bytes */"):
        yield LENGTH_UNKNOWN, "416 with Content-Range: bytes */LENGTH", "416 without it"
    if (
        status == 415
        and method == "PATCH"
        and not seen.header("accept-patch")
        and seen.request.header("content-encoding") is None
    ):
        yield ACCEPT_PATCH_MISSING, "415 with Accept-Patch", "415 without it"
    coded = seen.request.header("transfer-encoding") is not None  # RFC 9112, 6.1
    if status == 501 and operation is not None and not operation.documents(501) and not coded:
        yield NOT_IMPLEMENTED, "the operation", "501"
    if status in {429, 503}:
        yield from _waiting(seen, operation)
    if status == 304 and method not in {"GET", "HEAD"}:
        yield NOT_MODIFIED_UNSAFE, "another status than 304", "304"
    if status == 201 and method in {"GET", "HEAD", "DELETE"}:  # noqa: SIM102 - two questions
        if operation is None or not operation.documents(201):
            yield CREATED_ELSEWHERE, "200 or 204", "201"
    if status in {301, 302, 303, 307, 308}:
        if not seen.header("location"):
            yield LOCATION_MISSING, f"{status} with Location", f"{status} without Location"
        elif status in {301, 302} and method not in {"GET", "HEAD", "OPTIONS"}:  # noqa: SIM102 - two questions
            if operation is None or not operation.documents(status):
                yield WRITE_REDIRECTED, "an answer, 307 or 308", f"{status}"


def _waiting(seen: Exchange, operation: Operation | None) -> Iterator[tuple[Card, str, str]]:
    said = seen.header("retry-after")
    answer = operation.answers.get(str(seen.status)) if operation else None
    if said is None:
        if answer is not None and "retry-after" in answer.headers:
            yield RETRY_AFTER_MISSING, f"{seen.status} with Retry-After", "no Retry-After"
        return
    seconds = waiting_time(said)
    if seconds is None:
        yield RETRY_AFTER_SENSELESS, "seconds or an HTTP-date", "neither"
    elif seconds <= 0:
        yield RETRY_AFTER_SENSELESS, "a time to come", "a time that is over"
    elif seconds > 86_400:
        yield RETRY_AFTER_SENSELESS, "a time within a day", "more than a day"


def success(seen: Exchange, operation: Operation | None) -> Iterator[tuple[Card, str, str]]:
    """The same of an answer with success."""
    status, method = seen.status, seen.request.method
    if status == 204 and seen.header("content-type"):
        yield EMPTY_TYPED, "204 without Content-Type", "204 with Content-Type"
    if operation is None:
        return
    answer = operation.answers.get(str(status))
    promised = answer is not None and "location" in answer.headers
    if status == 201 and method == "POST" and promised and not seen.header("location"):
        yield CREATED_LOCATION, "201 with Location", "201 without Location"
    if status == 202 and promised and not seen.header("location"):
        yield MONITOR_MISSING, "202 with Location", "202 without Location"
    if method == "POST" and status in {200, 204} and operation.documents(201):  # noqa: SIM102 - two questions
        if not operation.documents(status):
            yield CREATED_STATUS, "201", f"{status}"
    value = seen.json
    if isinstance(value, dict):
        declared: Any = next(iter(answer.content.values()), {}) if answer else {}
        names = declared.get("properties", {}) if isinstance(declared, dict) else {}
        bad = value.get("success") is False and "success" not in names
        bad |= bool(value.get("error") or value.get("errors")) and not {"error", "errors"} & set(
            names
        )
        code = value.get("status")
        bad |= isinstance(code, int) and 400 <= code < 600 and "status" not in names
        if bad:
            yield SUCCESS_WITH_ERROR, "a 4xx or 5xx status", f"{status} with an error in it"
    if operation.deprecated and answer and "deprecation" in answer.headers:  # noqa: SIM102 - two questions
        if not seen.header("deprecation"):
            yield DEPRECATION_UNTOLD, "Deprecation", "no Deprecation"
    yield from _ending(seen)


def _ending(seen: Exchange) -> Iterator[tuple[Card, str, str]]:
    """The dates from which a resource is deprecated, and gone."""
    sunset, deprecation = seen.header("sunset"), seen.header("deprecation")
    if sunset is not None and not http_date(sunset):
        yield SUNSET_UNREADABLE, "an HTTP-date in Sunset", "something else"
        return
    since = None if deprecation is None else re.match(r"@(-?[0-9]{1,15})\s*(;|$)", deprecation)
    if deprecation is not None and since is None:
        yield DEPRECATION_UNREADABLE, "@ and seconds in Deprecation", "something else"
    elif since is not None and sunset is not None:
        left = waiting_time(sunset)
        if left is not None and time.time() + left < int(since[1]) - 1:
            yield SUNSET_EARLY, "Sunset after Deprecation", "Sunset before Deprecation"
