"""What an answer says wrongly about what was sent: the judgement of inputs that nobody chose.

A request within the contract may be refused with what the contract names for it; one that breaks
it on the wire may not be taken for good. This stands in the place of schemathesis's checks
``negative_data_rejection``, ``positive_data_acceptance`` and ``missing_required_header``, which go
by what was meant; of ``ignored_auth`` and ``unsupported_method``, whose requests are seen here too;
and of ``not_a_server_error``, for which every 503 is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from apicheck.fuzz.documented import STATUS_UNDOCUMENTED
from apicheck.fuzz.flaws import flaws, formed, plain, routed
from apicheck.fuzz.headers import waiting_time
from apicheck.fuzz.model import Breach, Who
from apicheck.fuzz.probes.access import BAD, NOBODY
from apicheck.fuzz.probes.conditions import UNCONDITIONAL
from apicheck.fuzz.probes.content import (
    CODING,
    DEEP,
    DUPLICATE,
    GET_CONTENT,
    HEADERS_LARGE,
    SIZE,
    SYNTAX,
    TARGET_LONG,
    TYPE,
    TYPE_MISSING,
)
from apicheck.fuzz.probes.idempotency import ABSENT as KEY_ABSENT
from apicheck.fuzz.probes.resources import MALFORMED
from apicheck.fuzz.probes.routing import ESCAPE, EXPECTATION, METHOD, SAFE_ACTION
from apicheck.fuzz.probes.validation import INVALID, PARAMETER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apicheck.fuzz.contract import Operation, Service
    from apicheck.fuzz.flaws import Flaw
    from apicheck.fuzz.model import Card, Exchange

__all__ = ["allowed", "shaped", "verdict"]

#: Card, what was expected, what was got.
Told = tuple["Card", str, str]

_WRITES = {"POST", "PUT", "PATCH", "DELETE"}
#: What a server or framework says of itself; undocumented, they refuse what the contract allows.
_REFUSALS = {400, 405, 415}


#: Checks of requests so odd that no other request fails for the same reason.
_SHAPED = (
    *(BAD, NOBODY, CODING, DEEP, DUPLICATE, GET_CONTENT, HEADERS_LARGE, SIZE, SYNTAX, TARGET_LONG),
    *(TYPE, TYPE_MISSING, ESCAPE, EXPECTATION, INVALID, PARAMETER, MALFORMED, KEY_ABSENT),
)


def shaped(breach: Breach) -> bool:
    """Whether a breach is about the very shape of its request, and explains no other failure."""
    return any(breach.card is each for each in _SHAPED)


def verdict(seen: Exchange, service: Service, *, bearer: bool) -> tuple[bool, Breach | None]:
    """Whether the request kept the contract as far as is known, and what is wrong with the answer.

    ``bearer`` says that a good token is known, so that other requests are known to lack one.
    """
    path, method = urlsplit(seen.request.target).path, seen.request.method
    fitting = list(service.fitting(path))
    if not fitting:
        return False, None
    method = "GET" if method == "HEAD" else method
    asked = next(((t, b) for t, b in fitting if method in service.by_path[t]), None)
    if asked is None:
        # Probes speak of the first one too.
        first = next(iter(service.by_path[fitting[0][0]].values()))
        told = _undeclared(seen) if routed(seen.request.target) else None
        return False, _breach(first, seen, told)
    operation, bindings = service.by_path[asked[0]][method], asked[1]
    if not routed(seen.request.target):
        odd = seen.status == 500 and operation.names
        return False, _breach(operation, seen, (MALFORMED, "404", seen.told) if odd else None)
    broken = list(flaws(operation, seen.request, bindings))
    lacking = _lacking(seen, operation, service) if bearer else None
    told = lacking or next(_told(seen, operation, bindings, broken), None)
    return not broken, _breach(operation, seen, told)


def allowed(seen: Exchange, service: Service) -> bool:
    """Whether a request is within its contract beyond doubt."""
    method, path = seen.request.method, urlsplit(seen.request.target).path
    for template, bindings in service.fitting(path):
        operation = service.get(method, template)
        if operation is not None:
            return (
                routed(seen.request.target)
                and next(flaws(operation, seen.request, bindings), None) is None
                and plain(operation, seen.request, bindings)
            )
    return False


def _breach(operation: Operation, seen: Exchange, told: Told | None) -> Breach | None:
    if told is None:
        return None
    card, expected, got = told
    return Breach(card=card, operation=operation.label, probe=seen, expected=expected, got=got)


def _undeclared(seen: Exchange) -> Told | None:
    """A method that the path lacks and that did something."""
    if not seen.ok or seen.request.method not in {"GET", *_WRITES}:
        return None
    return SAFE_ACTION if seen.request.method == "GET" else METHOD, "405", seen.told


def _lacking(seen: Exchange, operation: Operation, service: Service) -> Told | None:
    """A success without good credentials, where they could only stand in Authorization."""
    request = seen.request
    if not seen.ok or not operation.secured or request.who is not Who.NOBODY:
        return None
    schemes = [service.schemes.get(name) for group in operation.security for name in group]
    if not all(each is not None and each.field == "Authorization" for each in schemes):
        return None
    if request.header("Authorization") is not None:
        return BAD, "401", "taken for good"
    return None if request.header("Cookie") is not None else (NOBODY, "401", seen.told)


def _told(
    seen: Exchange, operation: Operation, bindings: Mapping[str, str], broken: list[Flaw]
) -> Iterator[Told]:
    request, status = seen.request, seen.status
    if broken and (seen.ok or status == 500):
        yield _accepted(seen, broken[0])
    if status == 500 and not formed(operation, bindings):
        yield MALFORMED, "404", seen.told
    if status > 500 and status != 501 and operation.answer(status) is None and not _honest(seen):
        yield STATUS_UNDOCUMENTED, f"one of {', '.join(operation.answers)}", f"{status}"
    if (
        status in _REFUSALS
        and operation.answers
        and operation.answer(status) is None
        and not broken
        and plain(operation, request, bindings)
    ):
        got = f"{status} for what the contract allows"
        yield STATUS_UNDOCUMENTED, f"one of {', '.join(operation.answers)}", got


def _honest(seen: Exchange) -> bool:
    """Whether it is an outage that says when it ends (RFC 9110, 15.6.4)."""
    seconds = waiting_time(seen.header("retry-after") or "")
    return seen.status in {502, 503, 504} and seconds is not None and seconds > 0


def _accepted(seen: Exchange, flaw: Flaw) -> Told:
    """The check that is about such a flaw, as probes name it."""
    if flaw.place == "type":
        return TYPE, "415", f"{seen.told} {flaw.how}"
    if flaw.place == "syntax":
        return SYNTAX, "400", f"{seen.told} {flaw.how}"
    if flaw.place in {"absent", "content"}:
        return INVALID, "422", f"{seen.told} {flaw.how}"
    if flaw.place == "path" and not seen.ok:
        return MALFORMED, "404", seen.told
    if flaw.place == "header" and flaw.how.startswith("without"):
        if flaw.name.lower() == "idempotency-key":
            return KEY_ABSENT, "400", seen.told
        if flaw.name.lower() == "if-match":
            return UNCONDITIONAL, "428", seen.told
    return PARAMETER, "400", f"{seen.told} {flaw.how}"
