"""Rules on status codes that need only the document."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.model import Card, Retry
from apicheck.model import Change, Direction, Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Body, Operation, Service

__all__ = ["CARDS", "changes"]

#: Status codes that IANA knows (the registry of RFC 9110, 16.2.1).
REGISTERED = frozenset(int(each) for each in HTTPStatus) | {104, 421, 425, 451, 508, 510, 511}

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

UNREGISTERED = check(
    "unregistered-status-documented",
    Force.SHOULD,
    "RFC 9110, 15; RFC 9205, 4.6",
    Retry.NEVER,
    summary="A contract tells of a status that nobody registered.",
    why="Clients and what stands between take a code that they do not know for x00 of its class.",
    fix="Use a registered code, and say what is special in the content.",
    right="409",
    wrong="460",
)
SUCCESS = check(
    "success-undocumented",
    Force.HOUSE,
    "OpenAPI, Responses Object",
    Retry.NOTHING,
    summary="A contract does not tell how an operation succeeds.",
    why="A client does not know what to expect where all is well.",
    fix="Document the 2xx or 3xx.",
    right="200 and 404",
    wrong="404 alone",
)
CREATED = check(
    "created-documented-for-reading",
    Force.HOUSE,
    "RFC 9110, 15.3.2",
    Retry.NOTHING,
    summary="A contract tells of 201 for an operation that makes nothing.",
    why="A client believes that something was made.",
    fix="Use 200 or 204.",
    right="200 to GET",
    wrong="201 to GET",
)
MAKES = check(
    "creation-documented-as-plain-success",
    Force.HOUSE,
    "RFC 9110, 9.3.3 and 15.3.2",
    Retry.NOTHING,
    summary="A POST that adds to a collection succeeds with 200 by its contract, not with 201.",
    why="A client cannot tell something new from something that was there.",
    fix="Answer with 201 and Location.",
    right="201",
    wrong="200",
)
BODYLESS = check(
    "content-refused-where-none-is-taken",
    Force.HOUSE,
    "RFC 9110, 15.5.14 and 15.5.16",
    Retry.CHANGE,
    summary="A contract tells of 413 or 415 for an operation that takes no content.",
    why="A client has nothing to change.",
    fix="Take the response away, or document the content.",
    right="404 to GET",
    wrong="415 to GET",
)
PUBLIC = check(
    "unauthorized-documented-for-public",
    Force.HOUSE,
    "RFC 9110, 15.5.2; OpenAPI, Security Requirement",
    Retry.AUTHENTICATE,
    summary="A contract tells of 401 for an operation that needs no credentials by its security.",
    why="A client does not know whether to send credentials, or which.",
    fix="Declare the security, or take 401 away.",
    right="security, and 401",
    wrong="security: [], and 401",
)
METHOD = check(
    "method-refusal-documented",
    Force.HOUSE,
    "RFC 9110, 15.5.6",
    Retry.NEVER,
    summary="A contract tells of 405 for an operation that it has.",
    why="Status 405 says that there is no such method here; a client gives up for good.",
    fix="Use 400 or 422 for wrong content, 409 for a wrong state, 403 where it is not allowed.",
    right="422",
    wrong="405",
)
PLANNED = check(
    "not-implemented-documented",
    Force.HOUSE,
    "RFC 9110, 15.6.2",
    Retry.NEVER,
    summary="A contract tells of 501 for an operation that it has.",
    why="A client is promised an operation that may not be there.",
    fix="Leave the operation out until it is served.",
    right="200",
    wrong="501",
)
READING = check(
    "content-documented-for-reading",
    Force.SHOULD,
    "RFC 9110, 9.3.1 and 9.3.2",
    Retry.NOTHING,
    summary="A contract takes content with GET or HEAD.",
    why="Clients, caches and gateways drop it, and the request means something else.",
    fix="Use parameters, or POST.",
    right="a query parameter",
    wrong="a request body of GET",
)
REDIRECT = check(
    "redirect-target-undocumented",
    Force.HOUSE,
    "RFC 9110, 15.4",
    Retry.CHANGE,
    summary="A contract tells of a redirect and not of Location.",
    why="A client does not know where to go.",
    fix="Document Location, and send it.",
    right="303 with Location",
    wrong="303 alone",
)
UPGRADE = check(
    "upgrade-undocumented",
    Force.HOUSE,
    "RFC 9110, 15.5.22",
    Retry.CHANGE,
    summary="A contract tells of 426 and not of Upgrade.",
    why="A client does not know what to upgrade to.",
    fix="Document Upgrade, and send it.",
    right="426 with Upgrade",
    wrong="426 alone",
)
PRECONDITION = check(
    "failed-condition-undocumented",
    Force.HOUSE,
    "RFC 9110, 13.1.1 and 15.5.13",
    Retry.CHANGE,
    summary="A write takes a condition, and its contract does not tell of 412.",
    why="A client has no branch for what was changed by somebody else.",
    fix="Document 412.",
    right="If-Match and 412",
    wrong="If-Match alone",
)
UNCHANGED = check(
    "not-modified-undocumented",
    Force.HOUSE,
    "RFC 9110, 13.1.2 and 15.4.5",
    Retry.NOTHING,
    summary="Reading takes a condition, and its contract does not tell of 304.",
    why="A client has no branch for what it has already.",
    fix="Document 304.",
    right="If-None-Match and 304",
    wrong="If-None-Match alone",
)
PARTIAL = check(
    "range-undocumented",
    Force.HOUSE,
    "RFC 9110, 14.2 and 15.3.7",
    Retry.NOTHING,
    summary="A contract tells of 206 or 416 and not of Range, or of Range and not of 206.",
    why="A client does not know whether it may ask for a part.",
    fix="Document the header Range, 206 and 416 together.",
    right="Range, 206 and 416",
    wrong="416 alone",
)
MEDIA = check(
    "type-refusal-undocumented",
    Force.HOUSE,
    "RFC 9110, 15.5.16",
    Retry.CHANGE,
    summary="An operation takes content and does not tell of 415, as others of its contract do.",
    why="A client has no branch for a type that is not taken.",
    fix="Document 415.",
    right="415 documented",
    wrong="a request body, and no 415",
)

FAILURE = check(
    "failure-documented-as-success",
    Force.HOUSE,
    "RFC 9110, 15.3; RFC 9205, 4.6",
    Retry.NOTHING,
    summary="The content of a success has members that tell of failure.",
    why="A client that goes by the status, and all that stands between, takes it for done.",
    fix="Answer with the 4xx or 5xx that says what went wrong.",
    right="422 with the error",
    wrong='200 {"ok": false, "error": "…"}',
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))


def changes(service: Service) -> Iterator[Change]:
    """What is to be said of each operation's statuses."""
    taking = [each for each in service.operations if each.bodies]
    refuses = 2 * sum(each.documents(415) for each in taking) > len(taking)
    for operation in service.operations:
        for card, expected, got in (
            *_of(operation),
            *_success(operation, service),
            *_requests(operation, refuses=refuses),
        ):
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
                uses=(Use(label=operation.label, side="answer", direction=Direction.OUTBOUND),),
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


def _success(operation: Operation, service: Service) -> Iterator[tuple[Card, str, str]]:
    """What is said of success, of redirects, and of codes that mean something else."""
    told = operation.answers.keys()
    for status in sorted(told):
        if status.isdecimal() and int(status) not in REGISTERED:
            yield UNREGISTERED, "a registered status", status
    if told and not any(each[0] in "123d" for each in told):
        yield SUCCESS, "2xx or 3xx", "errors only"
    if "201" in told and operation.method in {"GET", "HEAD", "DELETE", "OPTIONS"}:
        yield CREATED, "200 or 204", f"201 to {operation.method}"
    if _adds(operation, service) and "200" in told and not {"201", "202", "204", "2XX"} & told:
        yield MAKES, "201", "200"
    for status in ("301", "302", "303", "307", "308"):
        if status in told and "location" not in operation.answers[status].headers:
            yield REDIRECT, f"Location with {status}", "none"
    if any(map(_tells_of_failure, _contents(operation))):
        yield FAILURE, "success only", "ok or success beside error"
    if "405" in told:
        yield METHOD, "another status", "405"
    if "501" in told:
        yield PLANNED, "the operation", "501"
    if "426" in told and "upgrade" not in operation.answers["426"].headers:
        yield UPGRADE, "Upgrade with 426", "none"


def _contents(operation: Operation) -> Iterator[Any]:
    """The schemas of success in JSON."""
    for status, answer in operation.answers.items():
        if status.startswith("2"):
            yield from (each for media, each in answer.content.items() if media.endswith("json"))


def _tells_of_failure(schema: Any) -> bool:
    """Whether an object says both that all is well or not, and what is wrong."""
    names: set[str] = set()
    for each in _branches(schema, 0):
        known = each.get("properties")
        for name, child in known.items() if isinstance(known, dict) else ():
            fine = isinstance(child, dict) and child.get("enum", [False]) != [True]
            names |= {name} if fine and child.get("const") is not True else set()
    return bool(names & {"ok", "success"}) and bool(names & {"error", "errors"})


def _branches(schema: Any, depth: int) -> Iterator[dict[str, Any]]:
    """An object and what it is made of, but for what is inside of it."""
    if isinstance(schema, dict) and depth < 4:
        yield schema
        for word in ("allOf", "anyOf", "oneOf"):
            for each in schema.get(word) or ():
                yield from _branches(each, depth + 1)


def _adds(operation: Operation, service: Service) -> bool:
    """Whether it is a POST of content to a collection whose members can be read."""
    if operation.method != "POST" or not operation.bodies:
        return False
    return any(
        path.rpartition("/")[0] == operation.path
        and path.rpartition("/")[2].startswith("{")
        and "GET" in methods
        for path, methods in service.by_path.items()
    )


def _requests(operation: Operation, *, refuses: bool) -> Iterator[tuple[Card, str, str]]:
    """What is said of requests, beside what is said of answers to them."""
    told = operation.answers.keys()
    open_ended = bool({"default", "4XX"} & told)
    reads = operation.method in {"GET", "HEAD"}
    known = {each.name.lower() for each in operation.parameters if each.place == "header"}
    for status in ("413", "415"):
        if status in told and not operation.bodies and operation.method != "POST":
            yield BODYLESS, "content", f"{status} without any"
    if reads and (operation.body_required or any(map(_says_something, operation.bodies))):
        yield READING, "no content", f"content with {operation.method}"
    if "401" in told and operation.open and not operation.bodies and "authorization" not in known:
        yield PUBLIC, "security beside 401", "security: []"
    if refuses and operation.bodies and "415" not in told and not open_ended:
        yield MEDIA, "415", "a request body without it"
    if known & {"if-match", "if-unmodified-since"} and not reads:  # noqa: SIM102 - two questions
        if "412" not in told and not open_ended:
            yield PRECONDITION, "412", "a condition without it"
    if known & {"if-none-match", "if-modified-since"} and reads:  # noqa: SIM102 - two questions
        if "304" not in told and not {"default", "3XX"} & told:
            yield UNCHANGED, "304", "a condition without it"
    if {"206", "416"} & told and "range" not in known:
        yield PARTIAL, "the header Range", "a status of it alone"
    elif "range" in known and "206" not in told and not {"default", "2XX"} & told:
        yield PARTIAL, "206", "Range without it"


def _says_something(body: Body) -> bool:
    """Whether content may be more than an empty form, which generators write for GET."""
    schema = body.schema
    return schema is not True and (not isinstance(schema, dict) or schema.get("properties") != {})
