"""Media types, codings, syntax and size of content."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.lab import NotApplicable
from apicheck.fuzz.model import Card, Retry
from apicheck.fuzz.probes.shared import breach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach, Control

__all__ = ["CARDS", "PROBES"]

TYPE = check(
    "media-type-not-refused",
    Force.SHOULD,
    "RFC 9110, 15.5.16",
    Retry.CHANGE,
    summary="Content of a type that the operation does not take was not answered with 415.",
    why="A client is never told that it sends the wrong type, until a stricter version breaks it.",
    fix="Answer with 415.",
    right="415",
    wrong="201",
)
TYPE_MISSING = check(
    "untyped-content-failed",
    Force.HOUSE,
    "RFC 9110, 8.3",
    Retry.CHANGE,
    summary="Content without a type made the service fail.",
    why="A client repeats it instead of sending the header.",
    fix="Answer with 415, or take it as the default type.",
    right="415",
    wrong="500",
)
CODING = check(
    "coding-not-refused",
    Force.HOUSE,
    "RFC 9110, 8.4, 12.5.3 and 15.5.16",
    Retry.CHANGE,
    summary="A content coding that nobody knows was not answered with 415.",
    why="A client's compressed content is taken for something else.",
    fix="Answer with 415 and Accept-Encoding.",
    right="415",
    wrong="201",
)
ACCEPT = check(
    "accept-failed",
    Force.SHOULD,
    "RFC 9110, 12.5.1 and 15.5.7",
    Retry.CHANGE,
    summary="An Accept that cannot be met was answered wrongly.",
    why="A client repeats it instead of asking for another type.",
    fix="Answer with 406, or with a documented type all the same.",
    right="406",
    wrong="500",
)
VARY = check(
    "vary-missing",
    Force.SHOULD,
    "RFC 9110, 12.5.5",
    Retry.NOTHING,
    summary="An answer that depends on Accept does not say so in Vary.",
    why="A client gets another type out of a cache than it asked for.",
    fix="Send Vary: Accept.",
    right="Vary: Accept",
    wrong="no Vary",
)
SYNTAX = check(
    "syntax-not-refused",
    Force.SHOULD,
    "RFC 9110, 15.5.1",
    Retry.CHANGE,
    summary="Content that is no JSON was not answered with 400.",
    why="A client sends the same broken content again, or believes that it was read.",
    fix="Answer with 400.",
    right="400",
    wrong="500",
)
DUPLICATE = check(
    "duplicate-name-failed",
    Force.HOUSE,
    "RFC 8259, 4",
    Retry.CHANGE,
    summary="A name that is there twice in an object made the service fail.",
    why="A client repeats what can never succeed.",
    fix="Answer with 400, or take the last value.",
    right="400",
    wrong="500",
)
DEEP = check(
    "deep-content-failed",
    Force.HOUSE,
    "RFC 8259, 9",
    Retry.CHANGE,
    summary="Deeply nested content made the service fail.",
    why="Anybody can make the service fail.",
    fix="Answer with 400 or 413.",
    right="400",
    wrong="500",
)
SIZE = check(
    "large-content-failed",
    Force.SHOULD,
    "RFC 9110, 15.5.14",
    Retry.CHANGE,
    summary="Large content made the service fail.",
    why="A client repeats what can never succeed.",
    fix="Answer with 413.",
    right="413",
    wrong="500",
)
BODYLESS = check(
    "bodyless-request-refused",
    Force.HOUSE,
    "RFC 9110, 15.5.14 and 15.5.16",
    Retry.CHANGE,
    summary="A request without content was refused for its content.",
    why="A client whose library always sends Content-Type cannot read at all.",
    fix="Look at Content-Type only where there is content.",
    right="200",
    wrong="415",
)
GET_CONTENT = check(
    "get-with-content-failed",
    Force.SHOULD,
    "RFC 9110, 9.3.1 and 15.6.1",
    Retry.CHANGE,
    summary="A GET with content made the service fail.",
    why="A client sees the service as down when a proxy or library adds content.",
    fix="Ignore the content, or answer with 400.",
    right="200",
    wrong="500",
)
TARGET_LONG = check(
    "long-target-failed",
    Force.MUST,
    "RFC 9112, 3; RFC 9110, 15.5.15",
    Retry.CHANGE,
    summary="A long target made the service fail.",
    why="A client waits for a repair of what can never succeed.",
    fix="Answer with 414.",
    right="414",
    wrong="500",
)
HEADERS_LARGE = check(
    "large-headers-failed",
    Force.MUST,
    "RFC 9110, 5.4; RFC 6585, 5",
    Retry.CHANGE,
    summary="Many or large headers made the service fail.",
    why="A client waits for a repair of what can never succeed.",
    fix="Answer with 431.",
    right="431",
    wrong="500",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))


def _writes_json(operation: Operation) -> bool:
    return any(each.media.endswith("json") for each in operation.bodies)


def _reads(operation: Operation) -> bool:
    return operation.method == "GET"


def _writing(lab: Lab, operation: Operation) -> Control:
    """A control with content."""
    if lab.body(operation) is None:
        raise NotApplicable("it takes no content")
    return lab.control(operation)


def _takes(operation: Operation) -> set[str]:
    return {each.media for each in operation.bodies}


def types(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Valid bytes under another media type; once for each method and type, unless thorough."""
    control = _writing(lab, operation)
    alike = (
        e for e in lab.chosen if e.method == operation.method and _takes(e) == _takes(operation)
    )
    if not lab.thorough and next(alike) is not operation:
        return
    if any(each.media in {"*/*", "text/*", "text/plain"} for each in operation.bodies):
        raise NotApplicable("it takes text/plain")
    seen = lab.send(lab.again(operation, control).having(("Content-Type", "text/plain")))
    if seen.ok or seen.status in {400, 422, 500}:
        yield breach(TYPE, operation, seen, "415", control=control)


def forms(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """What servers and frameworks look at: types, codings, syntax, depth and size of content."""
    checks = (
        _truncated,
        _untyped,
        _coded,
        _latin,
        _twice,
        _deep,
        _large,
        *((_empty, _doubled) if lab.thorough else ()),
    )
    yield from lab.spread(operation, _writes_json, checks)


def _untyped(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    seen = lab.send(lab.again(operation, control).without("Content-Type"))
    if seen.status >= 500:
        yield breach(TYPE_MISSING, operation, seen, "415, or taken", control=control)


def _coded(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    seen = lab.send(lab.again(operation, control).having(("Content-Encoding", "x-none")))
    if seen.ok or seen.status >= 500:
        yield breach(CODING, operation, seen, "415", control=control)


def _truncated(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    return _broken(lab, operation, control, lambda whole: whole[:-1])


def _doubled(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    return _broken(lab, operation, control, lambda whole: whole + b"]")


def _latin(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    return _broken(lab, operation, control, lambda whole: b"\xff\xfe" + whole)


def _empty(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    if not operation.body_required:
        return iter(())
    return _broken(lab, operation, control, lambda _: b"")


def _broken(
    lab: Lab, operation: Operation, control: Control, breaking: Callable[[bytes], bytes]
) -> Iterator[Breach]:
    """Content that is no JSON. 422 is what several frameworks say; it tells a client the same."""
    request = lab.again(operation, control)
    seen = lab.send(replace(request, body=breaking(request.body or b"")))
    if seen.ok or seen.status >= 500:
        yield breach(SYNTAX, operation, seen, "400", control=control)


def _twice(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """A name that is there twice."""
    request = lab.again(operation, control)
    value = json.loads(request.body or b"null")
    if not isinstance(value, dict) or not value:
        return
    name = next(iter(value))
    twice = f"{json.dumps(name)}: {json.dumps(value[name])}, "
    body = b"{" + twice.encode() + (request.body or b"").lstrip()[1:]
    seen = lab.send(replace(request, body=body))
    if seen.status >= 500:
        yield breach(DUPLICATE, operation, seen, "400, or taken", control=control)


def _deep(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    body = b"[" * 50_000 + b"]" * 50_000
    seen = lab.send(replace(lab.again(operation, control), body=body))
    if seen.status >= 500:
        yield breach(DEEP, operation, seen, "400 or 413", control=control)


def _large(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """4 MiB of content must not make the service fail; it may be taken, refused, or cut off."""
    body = b'{"padding": "' + b"x" * (4 * 1024 * 1024) + b'"}'
    seen = lab.send(replace(lab.again(operation, control), body=body))
    if seen.status >= 500:
        yield breach(SIZE, operation, seen, "413", control=control)


def accepts(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Vary where two types are offered."""
    offered = {m for s, a in operation.answers.items() if s[0] == "2" for m in a.content}
    if operation.method != "GET" or len(offered) < 2:
        return
    control = lab.control(operation)
    each_of = {
        media: lab.send(control.request.having(("Accept", media)))
        for media in sorted(offered - {control.exchange.media})
    }
    each_of[control.exchange.media] = control.exchange
    if len({each.media for each in each_of.values() if each.ok}) > 1:
        for each in each_of.values():
            if "accept" not in (each.header("vary") or "").lower():
                yield breach(VARY, operation, each, "Vary: Accept", "no Vary", control)
                return


def reads(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """What servers and frameworks look at when they are asked to read."""
    checks = (_unacceptable, _untaken, _with_content, _far, _many)
    yield from lab.spread(operation, _reads, (*checks, *((_html,) if lab.thorough else ())))


def _unacceptable(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """406 only where it is documented; a failure never."""
    seen = lab.send(control.request.having(("Accept", "application/x-nothing")))
    if seen.status >= 500:
        yield breach(ACCEPT, operation, seen, "406 or 200", control=control)
    elif seen.ok and seen.body and operation.documents(406):
        yield breach(ACCEPT, operation, seen, "406 as documented", control=control)


def _html(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """An error keeps its form where HTML is accepted too; the oracle looks at it."""
    request = control.request
    if operation.names:
        request = replace(request, target=lab.target(operation.path, lab.absent(operation)))
    else:
        request = replace(request, target=f"{operation.path}-no-such-place")
    lab.send(request.having(("Accept", "text/html, application/json;q=0.9, */*;q=0.5")))
    yield from ()


def _untaken(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """A Content-Type without content is no matter, nor an upgrade that is offered.

    The oracle looks at a 426.
    """
    offer = (("Connection", "Upgrade, close"), ("Upgrade", "frob/9"))
    seen = lab.send(control.request.having(("Content-Type", "application/json"), *offer))
    if seen.status in {413, 415}:
        yield breach(BODYLESS, operation, seen, f"{control.exchange.status}", control=control)


def _with_content(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """Content with GET."""
    request = control.request.having(("Content-Type", "application/json"))
    seen = lab.send(replace(request, body=b'{"ignored": true}'))
    if seen.status >= 500:
        yield breach(GET_CONTENT, operation, seen, "no matter, or 400", control=control)


def _far(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """A target of 20,000 bytes; a server may close the connection before."""
    joined = "&" if "?" in control.request.target else "?"
    target = f"{control.request.target}{joined}{'x' * 20_000}=1"
    seen = lab.send(replace(control.request, target=target))
    if seen.status >= 500:
        yield breach(TARGET_LONG, operation, seen, "414", control=control)


def _many(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """150 headers."""
    many = tuple((f"X-Probe-{number}", "x") for number in range(150))
    seen = lab.send(control.request.having(*many))
    if seen.status >= 500:
        yield breach(HEADERS_LARGE, operation, seen, "431", control=control)


PROBES = (types, accepts, forms, reads)
