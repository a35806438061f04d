"""Methods and paths: what is not there must be said to be not there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.lab import NotApplicable
from apicheck.fuzz.model import Card, Request, Retry
from apicheck.fuzz.probes.shared import breach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach, Control

__all__ = ["CARDS", "PROBES"]

METHOD = check(
    "method-not-refused",
    Force.SHOULD,
    "RFC 9110, 9.1 and 15.5.6",
    Retry.NEVER,
    summary="A method that a resource does not have was not answered with 405.",
    why="A client takes the resource for gone, or its request for done.",
    fix="Answer with 405 and Allow.",
    right="405",
    wrong="404",
)
ALLOW = check(
    "allow-wrong",
    Force.MUST,
    "RFC 9110, 10.2.1 and 15.5.6",
    Retry.NEVER,
    summary="Allow does not list the methods of the resource.",
    why="A client tries what can never work, or does not try what would.",
    fix="List in Allow exactly the methods that are served.",
    right="Allow: GET, HEAD, PUT",
    wrong="Allow: GET",
)
OPTIONS = check(
    "options-wrong",
    Force.SHOULD,
    "RFC 9110, 9.3.7 and 10.2.1",
    Retry.NEVER,
    summary="OPTIONS names methods that the resource does not have.",
    why="A client tries what can never work.",
    fix="List in Allow exactly the methods that are served.",
    right="Allow: GET, HEAD",
    wrong="Allow: GET, HEAD, DELETE",
)
UNKNOWN_METHOD = check(
    "unknown-method-served",
    Force.SHOULD,
    "RFC 9110, 9.1 and 15.6.2",
    Retry.NEVER,
    summary="A method that nobody knows was not refused.",
    why="A client believes that its extension method worked.",
    fix="Answer with 501 or 405.",
    right="501",
    wrong="200",
)
SAFE_ACTION = check(
    "action-by-get",
    Force.MUST,
    "RFC 9110, 9.2.1",
    Retry.NEVER,
    summary="GET on a path that only takes writes was not refused.",
    why="A crawler or a prefetch does what only a write may do.",
    fix="Answer GET with 405 and Allow.",
    right="405",
    wrong="200",
)
ROUTE = check(
    "unknown-path-found",
    Force.SHOULD,
    "RFC 9110, 15.5.5",
    Retry.NEVER,
    summary="A path that cannot exist was not answered with 404.",
    why="A client takes a wrong address for a right one.",
    fix="Answer with 404.",
    right="404",
    wrong="200",
)
HOSTS = check(
    "two-hosts-accepted",
    Force.MUST,
    "RFC 9112, 3.2",
    Retry.CHANGE,
    summary="A request with two Host fields was not refused.",
    why="A client that is tricked reaches another site than a proxy before it checked.",
    fix="Answer with 400; most servers have a setting for it.",
    right="400",
    wrong="200",
)
CODING = check(
    "transfer-coding-accepted",
    Force.SHOULD,
    "RFC 9112, 6.1",
    Retry.CHANGE,
    summary="A transfer coding that nobody knows was not refused.",
    why="A client and a service disagree on where a request ends.",
    fix="Answer with 501, or with 400 and close the connection.",
    right="501",
    wrong="200",
)
SLASH = check(
    "slash-moves-write",
    Force.HOUSE,
    "RFC 9110, 15.4.2",
    Retry.CHANGE,
    summary="A write to a path with a slash at its end was redirected as if it were a GET.",
    why="A client repeats the write as a GET and believes that it was done.",
    fix="Serve it, refuse it with 404, or redirect with 308.",
    right="404",
    wrong="301",
)
ESCAPE = check(
    "bad-escape-not-refused",
    Force.SHOULD,
    "RFC 9112, 3; RFC 3986, 2.1",
    Retry.CHANGE,
    summary="A broken percent-escape made the service fail.",
    why="A client repeats what can never succeed.",
    fix="Answer with 400 or 404.",
    right="400",
    wrong="500",
)
EXPECTATION = check(
    "expectation-failed-wrongly",
    Force.SHOULD,
    "RFC 9110, 10.1.1",
    Retry.CHANGE,
    summary="An expectation that nobody knows made the service fail.",
    why="A client takes the service for down.",
    fix="Answer with 417, or ignore it.",
    right="417",
    wrong="500",
)
TRACE = check(
    "trace-echoes",
    Force.HOUSE,
    "RFC 9110, 9.3.8",
    Retry.NEVER,
    summary="TRACE sent back the credentials of the request.",
    why="A script reads a token that it must not see.",
    fix="Answer TRACE with 405 or 501.",
    right="405",
    wrong="200 with Authorization in it",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))

_IMPLIED = {"HEAD", "OPTIONS"}
_TRIED = ("GET", "DELETE", "PUT", "PATCH", "POST")


def methods(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """405 with a right Allow for a method that a live resource lacks.

    Once per path, at its first operation; at one only of those that can but be read.
    """
    served = lab.service.by_path[operation.path]
    if next(iter(served.values())) is not operation:
        return
    if set(served) != {"GET"}:
        yield from _lacking(lab, operation)
        return
    among = lambda each: set(lab.service.by_path[each.path]) == {"GET"}  # noqa: E731 - short
    yield from lab.spread(operation, among, (lambda lab, each, _: _lacking(lab, each),))


def _lacking(lab: Lab, operation: Operation) -> Iterator[Breach]:
    bindings = lab.shared(operation)
    target = lab.target(operation.path, bindings)
    known = lab.service.methods(target)
    # GET first, where it would be an action: a DELETE that works spoils the resource.
    missing = next((each for each in _TRIED if each not in known), None)
    if missing is None:
        raise NotApplicable("the path has all methods")
    seen = lab.send(Request(method=missing, target=target))
    action = missing == "GET"
    if seen.status in {301, 302, 303, 307, 308, 401, 403, 501}:
        raise NotApplicable(
            f"{missing} is answered with {seen.status} before the path is looked at"
        )
    if seen.status != 405:
        if action and seen.ok:
            yield breach(SAFE_ACTION, operation, seen, "405")
        else:
            yield breach(METHOD, operation, seen, "405")
    elif seen.header("allow") is not None:
        yield from _allow(lab, operation, target, seen)


def _allow(lab: Lab, operation: Operation, target: str, seen: object) -> Iterator[Breach]:
    served = lab.service.by_path[operation.path]
    listed = _listed(seen.header("allow"))  # type: ignore[attr-defined]
    lost = sorted(served.keys() - listed)
    if lost:
        got = "Allow lacks documented methods"
        yield breach(ALLOW, operation, seen, "all methods in Allow", got)  # type: ignore[arg-type]
        return
    more = sorted(listed - lab.service.methods(target) - _IMPLIED)
    wrong = [each for each in more if _refused(lab, each, target)]
    if wrong:
        got = "Allow with methods that are refused"
        yield breach(ALLOW, operation, seen, "only what is served", got)  # type: ignore[arg-type]


def _listed(allow: str | None) -> set[str]:
    return {each.strip().upper() for each in (allow or "").split(",") if each.strip()}


def _refused(lab: Lab, method: str, target: str) -> bool:
    if method in {"TRACE", "CONNECT"}:
        return False
    return lab.send(Request(method=method, target=target)).status in {405, 501}


def paths(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """What servers and routers look at for all paths alike."""
    checks: tuple[Any, ...] = (
        _unknown_method,
        _unknown_path,
        _escapes,
        _expectation,
        _trace,
        _options,
    )
    # Servers differ here, and their users cannot mend it: only thorough runs tell of it.
    checks += (_hosts, _transfer) if lab.thorough else ()
    yield from lab.spread(operation, lambda each: each.method == "GET", checks)


def _unknown_method(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """501 or 405 (400 where a server refuses it) for a method that nobody knows."""
    seen = lab.send(Request(method="FROBNICATE", target=control.request.target))
    if seen.ok or seen.status == 500:
        yield breach(UNKNOWN_METHOD, operation, seen, "501 or 405", control=control)


def _unknown_path(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """404 for a path beside the known ones."""
    # The oracle sees to it that errors keep their form where HTML is accepted too.
    html = ("Accept", "text/html, application/json;q=0.9, */*;q=0.5")
    seen = lab.look(Request(method="GET", target="/no-such-place-7f3a/nowhere", headers=(html,)))
    if seen.status in {401, 403}:
        raise NotApplicable(f"what is not there is answered with {seen.status}, by policy")
    if seen.status not in {404, 410} and not (seen.ok and "html" in seen.media):
        yield breach(ROUTE, operation, seen, "404", control=control)


def _escapes(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """Broken percent-escapes in path and query are the client's fault."""
    base = control.request.target.partition("?")[0]
    targets = (f"{base}%zz", f"{base}?x=%", f"{base}%00", f"{base}?x=%ff")
    for target in targets if lab.thorough else (f"{base}%zz?x=%ff%00%",):
        seen = lab.send(Request(method="GET", target=target, who=control.request.who))
        if seen.status >= 500:
            yield breach(ESCAPE, operation, seen, "400 or 404", control=control)
            return


def _expectation(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """417, or ignored."""
    seen = lab.send(control.request.having(("Expect", "200-maybe")))
    if seen.status >= 500:
        yield breach(EXPECTATION, operation, seen, "417 or no matter", control=control)


def _trace(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """TRACE must not show what was sent with it."""
    secret = "Bearer do-not-echo-5519"  # noqa: S105 - it is nobody's
    headers = (("Authorization", secret),)
    seen = lab.send(Request(method="TRACE", target=control.request.target, headers=headers))
    if seen.ok and secret.encode() in seen.body:
        yield breach(TRACE, operation, seen, "405 or 501", "credentials sent back", control)


def _hosts(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """A request with two Host fields."""
    host = urlsplit(lab.client.base).netloc
    headers = (*control.request.headers, ("Host", host), ("Host", "other.example"))
    seen = lab.send(replace(control.request, headers=headers))
    if seen.ok:
        yield breach(HOSTS, operation, seen, "400", control=control)


def _transfer(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """A transfer coding that nobody knows, and no content."""
    request = control.request.having(("Transfer-Encoding", "frob"))
    seen = lab.send(request, deadline=2.0)
    if seen.ok:
        yield breach(CODING, operation, seen, "501 or 400", control=control)


def _options(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """OPTIONS names what is served."""
    target = control.request.target.partition("?")[0]
    asked = lab.send(Request(method="OPTIONS", target=target))
    if asked.ok and asked.header("allow") is not None:
        more = _listed(asked.header("allow")) - lab.service.methods(target) - _IMPLIED
        # A method may be served and not documented: only what is refused was claimed wrongly.
        if any(_refused(lab, each, target) for each in sorted(more)):
            got = "methods that are refused"
            yield breach(OPTIONS, operation, asked, "the methods served", got)


def slashes(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """A slash at the end must not turn a POST into a GET."""
    among = lambda each: each.method == "POST" and not each.names  # noqa: E731 - short
    yield from lab.spread(operation, among, (_slash,))


def _slash(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    request = lab.again(operation, control)
    seen = lab.send(replace(request, target=f"{request.target}/"))
    if seen.status in {301, 302, 303}:
        yield breach(SLASH, operation, seen, "404, or 308", control=control)


PROBES = (methods, paths, slashes)
