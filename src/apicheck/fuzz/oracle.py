"""What can be wrong with any answer by itself: looked at for every exchange of a run."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from apicheck.fuzz import documented, statuses
from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.model import Breach, Card, Retry

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

CARDS = (
    *(each for each in list(vars().values()) if isinstance(each, Card)),
    *statuses.CARDS,
    *documented.CARDS,
)

_KNOWN = {int(each) for each in HTTPStatus} | {104, 421, 425, 451, 508, 510, 511}
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
        promised = operation.answer(status) if operation else None
        if status not in _KNOWN and promised is None:
            yield STATUS_UNKNOWN, "a registered status", f"{status}"
        yield from statuses.by_status(seen, operation)
        if status >= 400:
            yield from self._error(seen)
        if seen.ok:
            yield from statuses.success(seen, operation)
        if operation is not None:
            yield from documented.documented(seen, operation)
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
            elif status not in documented.SERVERS:
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


def _why(failure: str) -> str:
    return "none within the deadline" if "deadline" in failure else "the connection closed"


def _short_path(seen: Exchange) -> str:
    path = urlsplit(seen.request.target).path
    return path if len(path) < 60 else f"{path[:60]}…"
