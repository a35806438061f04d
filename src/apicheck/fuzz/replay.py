"""Requests that showed something wrong, kept in a report and sent again from it.

Credentials are no part of a request: who asks is kept, and gets its own when it is sent.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apicheck.fuzz.lab import NotApplicable
from apicheck.fuzz.model import Request, Skipped, Who
from apicheck.fuzz.probes.resources import GONE, LOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach, Exchange
    from apicheck.fuzz.watch import Watch

__all__ = ["Stored", "kept", "resent", "stored"]

#: Most bytes of content that are kept.
_LARGEST = 256 * 1024
#: Answers that say that what was asked about has changed since.
_PASSED = {404, 409, 410, 412, 428}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A finding of a report that can be tried again by its request.

    ``before`` is a request that has to come first, where time is what the finding is about.
    """

    rule: str
    label: str
    phase: str
    request: Request
    before: Request | None = None


def kept(breach: Breach) -> dict[str, Any] | None:
    """What a report keeps of a breach that no probe finds again; None where that is too much."""
    if len(breach.probe.request.body or b"") > _LARGEST:
        return None
    told: dict[str, Any] = {"phase": breach.phase, "request": _plain(breach.probe.request)}
    if breach.card in (GONE, LOST) and breach.control is not None:
        told["before"] = _plain(breach.control.request)
    return told


def _plain(request: Request) -> dict[str, Any]:
    body = request.body
    return {
        "method": request.method,
        "target": request.target,
        "headers": [[name, value] for name, value in request.headers],
        "body": None if body is None else base64.b64encode(body).decode(),
        "who": request.who.value,
    }


def stored(rule: str, label: str, told: Any) -> Stored | None:
    """What a report kept, read again; None where it kept nothing or is not to be understood."""
    try:
        before = told.get("before")
        return Stored(
            rule=rule,
            label=label,
            phase=str(told["phase"]),
            request=_request(told["request"]),
            before=None if before is None else _request(before),
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        return None


def _request(told: Any) -> Request:
    body = told["body"]
    return Request(
        method=str(told["method"]),
        target=str(told["target"]),
        headers=tuple((str(name), str(value)) for name, value in told["headers"]),
        body=None if body is None else base64.b64decode(body, validate=True),
        who=Who(told["who"]),
    )


def resent(lab: Lab, watch: Watch, each: Stored) -> Iterator[Skipped]:
    """Send it again, about a new resource where the old one is gone; tells where that is no test.

    What is wrong now is kept by ``watch``.
    """
    operation = next((one for one in lab.service.operations if one.label == each.label), None)
    if operation is None:
        yield _untried(each, "the contract does not have the operation any more")
        return
    try:
        if each.before is not None:
            seen = _in_time(lab, watch, operation, each)
        else:
            seen = lab.send(each.request)
            watch.fuzzed(seen, each.phase)
            if seen.status in _PASSED and not _again(watch, each):
                seen = _anew(lab, watch, operation, each)
    except NotApplicable as why:
        yield _untried(each, str(why))
        return
    finally:
        lab.sent.clear()
    if not _again(watch, each) and seen.status in {*_PASSED, 401, 429}:
        yield _untried(each, f"the answer is {seen.told} now")


def _untried(each: Stored, why: str) -> Skipped:
    return Skipped(check=each.rule, operation=each.label, why=why)


def _again(watch: Watch, each: Stored) -> bool:
    """Whether it was found again."""
    return any(one.card.rule.id == each.rule and one.operation == each.label for one in watch.found)


def _anew(lab: Lab, watch: Watch, operation: Operation, each: Stored) -> Exchange:
    """The same request about a new resource, with a tag and a key that are good now."""
    bindings = lab.bindings(operation)
    seen = lab.send(_about(lab, operation, bindings, each.request))
    watch.fuzzed(seen, each.phase)
    return seen


def _about(lab: Lab, operation: Operation, bindings: dict[str, str], old: Request) -> Request:
    query = urlsplit(old.target).query
    target = lab.target(operation.path, bindings) + (f"?{query}" if query else "")
    new = replace(old, target=target)
    if new.header("Idempotency-Key") is not None:
        new = new.having(("Idempotency-Key", lab.key()))
    if new.header("If-Match") is not None:
        new = new.having(("If-Match", lab.tag(operation, bindings)))
    return new


def _in_time(lab: Lab, watch: Watch, operation: Operation, each: Stored) -> Exchange:
    """Delete and read, or make and read, a resource of its own."""
    assert each.before is not None
    bindings = lab.bindings(operation)
    first = lab.send(_about(lab, operation, bindings, each.before))
    watch.fuzzed(first, each.phase)
    target = urlsplit(first.request.target).path
    if operation.method == "POST":
        place = first.header("location")
        found = None if place is None else lab.local(place)
        if found is None:
            raise NotApplicable(f"{operation.label} was answered with {first.told}")
        target = found
    seen = lab.send(replace(each.request, target=target))
    watch.fuzzed(seen, each.phase)
    return seen
