"""What can be wrong with any answer by itself: looked at for every exchange of a run."""

from __future__ import annotations

import json
import re
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.headers import http_date, waiting_time
from apicheck.fuzz.model import Breach, Card, Retry
from apicheck.fuzz.sample import first_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Operation, Service
    from apicheck.fuzz.model import Exchange, Request

__all__ = ["CARDS", "Oracle"]

ANSWER_MISSING = check(
    "answer-missing",
    Force.MUST,
    "RFC 9112, 9.6",
    Retry.NEVER,
    summary="A request was not answered.",
    why="A client cannot know whether its request had an effect.",
    fix="Answer each request, with 5xx where it cannot be served.",
    right="400",
    wrong="the connection is closed without an answer",
)
STATUS_UNKNOWN = check(
    "status-unknown",
    Force.SHOULD,
    "RFC 9110, 15; RFC 9205, 4.6",
    Retry.NEVER,
    summary="A status code is one that nobody registered.",
    why="A client takes a code that it does not know for x00 of its class.",
    fix="Use a registered code, or document your own.",
    right="409",
    wrong="460",
)
SERVER_ERROR = check(
    "server-error",
    Force.MUST,
    "RFC 9110, 15.6.1",
    Retry.NEVER,
    summary="A request made the service fail with 500.",
    why="A client takes the service for broken and repeats what can never succeed.",
    fix="Answer with the 4xx code that says what is wrong with the request.",
    right="422",
    wrong="500",
)
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
ERROR_CACHEABLE = check(
    "error-cacheable",
    Force.HOUSE,
    "RFC 9111, 3 and 5.2.2",
    Retry.AUTHENTICATE,
    summary="An error that concerns one caller or one moment may be kept by shared caches.",
    why="A client is refused after the reason has gone.",
    fix="Send Cache-Control: no-store with 401, 403, 429 and 5xx.",
    right="401 with Cache-Control: no-store",
    wrong="401 with Cache-Control: public, max-age=600",
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
LEAK = check(
    "internals-shown",
    Force.HOUSE,
    "RFC 9457, 5",
    Retry.CHANGE,
    summary="An error shows the insides of the service.",
    why="An attacker learns about code, files or tables.",
    fix="Log such details, and send an identifier of the log entry.",
    right='{"title": "invalid"}',
    wrong='{"detail": "Traceback (most recent call last)…"}',
)
REFLECTED = check(
    "input-reflected-as-html",
    Force.HOUSE,
    "RFC 9457, 5",
    Retry.NEVER,
    summary="An error shows what the client sent as HTML.",
    why="A script that somebody put into a link is run.",
    fix="Send problem documents; never put input into HTML unescaped.",
    right="404 application/problem+json",
    wrong="404 text/html with the path in it",
)
ERROR_TYPE_ASKED = check(
    "error-in-undocumented-type",
    Force.HOUSE,
    "RFC 9110, 15.5",
    Retry.CHANGE,
    summary="An error came in another form because another type was accepted too.",
    why="A client parses HTML as JSON and crashes.",
    fix="Send the documented problem document whatever Accept says.",
    right="404 application/problem+json",
    wrong="404 text/html",
)
PROBLEM_MISSING = check(
    "problem-missing",
    Force.HOUSE,
    "RFC 9457, 3",
    Retry.CHANGE,
    summary="An error is no problem document, though the service's errors are.",
    why="A client cannot read why it was refused.",
    fix="Give the errors of router, framework and server the same form.",
    right="404 application/problem+json",
    wrong="404 text/plain",
)
PROBLEM_TYPE = check(
    "problem-mistyped",
    Force.MUST,
    "RFC 9457, 3",
    Retry.CHANGE,
    summary="A problem document came under another media type.",
    why="A client does not recognise the problem document.",
    fix="Send it as application/problem+json.",
    right="application/problem+json",
    wrong="application/json",
)
PROBLEM_STATUS = check(
    "problem-status-differs",
    Force.MUST,
    "RFC 9457, 3.1.2",
    Retry.CHANGE,
    summary="The status in a problem document is not that of the answer.",
    why="A client decides by the wrong status.",
    fix="Use the status of the answer.",
    right='422 {"status": 422}',
    wrong='422 {"status": 400}',
)
PROBLEM_TITLE = check(
    "problem-title-varies",
    Force.SHOULD,
    "RFC 9457, 3.1.3",
    Retry.CHANGE,
    summary="The title of one type of problem differs from one occurrence to the next.",
    why="A client cannot tell or group errors by their title.",
    fix="Put what differs into detail.",
    right='"title": "Not found"',
    wrong='"title": "No order 17"',
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
TAG_STUCK = check(
    "tag-unchanged",
    Force.MUST,
    "RFC 9110, 8.8.1",
    Retry.NOTHING,
    summary="The ETag stayed the same though the resource changed.",
    why="A client never sees the change, and overwrites those of others.",
    fix="Make the tag of the representation.",
    right="another ETag after a write",
    wrong="the same ETag after a write",
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

_KNOWN = {int(each) for each in HTTPStatus} | {104, 421, 425, 451, 508, 510, 511}
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
_SERVERS = {408, 411, 413, 414, 417, 421, 431, 505}
_LEAKS = (
    ("a stack trace", re.compile(r'Traceback \(most recent|File "[^"]+", line \d+|\tat [\w.$]+\(')),
    ("SQL", re.compile(r"\b(INSERT INTO|DELETE FROM|SELECT .{1,80} FROM|UPDATE \w+ SET)\b")),
    ("a file of the service", re.compile(r"(/usr/|/home/|/srv/|/app/|site-packages)[\w./-]*\.py")),
)
#: An address that only machines inside a network reach.
_INNER = re.compile(
    r"https?://(localhost|127\.\d|10\.\d|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)[\w.:/-]*"
)


class Oracle:
    """Looks at answers; remembers titles of problems, which must stay the same.

    ``host`` is that of the service.
    """

    def __init__(self, service: Service, host: str = "") -> None:
        self._service = service
        self._host = host
        self._titles: dict[str, tuple[str, Exchange]] = {}
        self._tagged: dict[tuple[Request, str], bytes] = {}
        documented = [
            media
            for each in service.operations
            for status, answer in each.answers.items()
            if status[:1] in "45"
            for media in answer.content
        ]
        problems = sum("problem+json" in media for media in documented)
        #: Whether the service tells its errors as problem documents.
        self.problems = problems > len(documented) / 2

    def judge(self, seen: Exchange, control: Exchange | None = None) -> Iterator[Breach]:
        """What is wrong with one exchange; the first is the cause, as far as can be told."""
        operation = self.operation(seen)
        label = operation.label if operation else self._label(seen)
        for card, expected, got in self._faults(seen, operation):
            yield Breach(
                card=card, operation=label, probe=seen, expected=expected, got=got, control=control
            )

    def _label(self, seen: Exchange) -> str:
        """What was asked, though it is no operation: by the template, where the path fits one."""
        found = self._service.find(urlsplit(seen.request.target).path)
        return f"{seen.request.method} {found[0] if found else _short_path(seen)}"

    def operation(self, seen: Exchange) -> Operation | None:
        """The operation that was asked, if it was one."""
        # HEAD is served by what serves GET (RFC 9110, 9.3.2).
        method = seen.request.method.replace("HEAD", "GET")
        return self._service.asked(method, urlsplit(seen.request.target).path)

    def _faults(
        self, seen: Exchange, operation: Operation | None
    ) -> Iterator[tuple[Card, str, str]]:
        status = seen.status
        if not status:
            yield ANSWER_MISSING, "an answer", _why(seen.failure)
            return
        documented = operation.answer(status) if operation else None
        if status not in _KNOWN and documented is None:
            yield STATUS_UNKNOWN, "a registered status", f"{status}"
        yield from _by_status(seen, operation)
        if status >= 400:
            yield from self._error(seen)
        if seen.ok:
            yield from _success(seen, operation)
        if operation is not None:
            yield from _documented(seen, operation)
        yield from self._same(seen)

    def _same(self, seen: Exchange) -> Iterator[tuple[Card, str, str]]:
        """One strong ETag is for the same bytes each time (RFC 9110, 8.8.1)."""
        tag = seen.header("etag") or ""
        if seen.status == 200 and seen.request.method == "GET" and tag.startswith('"'):
            before = self._tagged.setdefault((seen.request, tag), seen.body)
            if before != seen.body and not seen.cut:
                yield TAG_STUCK, "another ETag", "the same for other content"

    def _error(self, seen: Exchange) -> Iterator[tuple[Card, str, str]]:
        status = seen.status
        text = seen.body[:20_000].decode("utf-8", "replace")
        for what, pattern in _LEAKS:
            if pattern.search(text):
                yield LEAK, "an error without internals", f"{status} that shows {what}"
                break
        else:
            inner = {each[0] for each in _INNER.finditer(text)}
            if self._host and any(_foreign(each, self._host, seen) for each in inner):
                got = f"{status} that shows an address inside the network"
                yield LEAK, "an error without internals", got
        cache = (seen.header("cache-control") or "").lower()
        if (status in {401, 403, 429} or status >= 500) and re.search(
            r"public|s-maxage=[1-9]", cache
        ):
            yield ERROR_CACHEABLE, "an error that nobody keeps", f"{status} with {cache}"
        if status == 500:
            yield SERVER_ERROR, "a status that says what is wrong", "500"
        yield from self._document(seen, text)

    def _document(self, seen: Exchange, text: str) -> Iterator[tuple[Card, str, str]]:
        if not self.problems or seen.request.method == "HEAD":
            return
        value, status = seen.json, seen.status
        if "problem+json" not in seen.media:
            accept = seen.request.header("accept") or ""
            last = unquote(urlsplit(seen.request.target).path.rstrip("/").rpartition("/")[2])
            if "html" in seen.media and last and last in text:
                yield REFLECTED, "a problem document", "HTML with the path that was asked for"
            elif isinstance(value, dict) and {"title", "status"} <= value.keys():
                yield PROBLEM_TYPE, "application/problem+json", seen.media or "no type"
            elif "html" in accept and "html" in seen.media:
                yield ERROR_TYPE_ASKED, "a problem document", f"{seen.media}"
            elif status not in _SERVERS:
                yield PROBLEM_MISSING, "a problem document", f"{seen.status} {seen.media or 'bare'}"
        elif isinstance(value, dict):
            yield from self._problem(seen, value)

    def _problem(self, seen: Exchange, value: dict[str, Any]) -> Iterator[tuple[Card, str, str]]:
        said = value.get("status")
        if isinstance(said, int) and said != seen.status:
            yield PROBLEM_STATUS, f"status {seen.status} in the problem", f"{said}"
        kind, title = value.get("type", "about:blank"), value.get("title")
        if kind != "about:blank" and isinstance(title, str) and isinstance(kind, str):
            first, _ = self._titles.setdefault(kind, (title, seen))
            if first != title and _language(seen) == "":
                yield PROBLEM_TITLE, f"one title for {kind}", "another one each time"


def _foreign(url: str, own: str, seen: Exchange) -> bool:
    """Whether an address is neither the service's own nor what was sent to it."""
    request = seen.request
    sent = " ".join((request.target, *(value for _, value in request.headers)))
    host = urlsplit(url).netloc
    return host != own and host not in sent and host.encode() not in (request.body or b"")


def _language(seen: Exchange) -> str:
    return seen.header("content-language") or ""


def _by_status(seen: Exchange, operation: Operation | None) -> Iterator[tuple[Card, str, str]]:
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


def _success(seen: Exchange, operation: Operation | None) -> Iterator[tuple[Card, str, str]]:
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


def _documented(seen: Exchange, operation: Operation) -> Iterator[tuple[Card, str, str]]:
    status = seen.status
    answer = operation.answer(status)
    if answer is None:
        known = status in _ANYWHERE or status >= 500 or _conditional(seen)
        if operation.answers and not known:
            yield STATUS_UNDOCUMENTED, f"one of {', '.join(operation.answers)}", f"{status}"
        return
    if status in _SERVERS and answer is operation.answers.get("default"):
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


def _why(failure: str) -> str:
    return "none within the deadline" if "deadline" in failure else "the connection closed"


def _short_path(seen: Exchange) -> str:
    path = urlsplit(seen.request.target).path
    return path if len(path) < 60 else f"{path[:60]}…"
