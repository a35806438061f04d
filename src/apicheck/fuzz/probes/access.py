"""Who may ask: no credentials, bad ones, good ones that do not suffice, somebody else's."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.contract import MISSING
from apicheck.fuzz.lab import NotApplicable, as_nobody
from apicheck.fuzz.model import Card, Retry, Who
from apicheck.fuzz.probes.shared import breach, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach, Control, Exchange, Request

__all__ = ["CARDS", "PROBES"]

NOBODY = check(
    "missing-credentials-not-refused",
    Force.MUST,
    "RFC 9110, 15.5.2",
    Retry.AUTHENTICATE,
    summary="A request without credentials was not answered with 401.",
    why="A client gives up instead of authenticating, or anybody is let in.",
    fix="Answer with 401 and WWW-Authenticate.",
    right="401",
    wrong="403",
)
BAD = check(
    "bad-credentials-not-refused",
    Force.MUST,
    "RFC 9110, 15.5.2; RFC 6750, 3.1",
    Retry.AUTHENTICATE,
    summary="Credentials that are not valid were not answered with 401.",
    why="A client does not get a new token, or anybody is whom he says he is.",
    fix='Answer with 401 and error="invalid_token".',
    right="401",
    wrong="200",
)
UNNAMED = check(
    "invalid-token-unnamed",
    Force.SHOULD,
    "RFC 6750, 3",
    Retry.AUTHENTICATE,
    summary="Status 401 to a bad token did not say invalid_token.",
    why="A client does not know that a new token would help.",
    fix='Send WWW-Authenticate: Bearer error="invalid_token".',
    right='401 Bearer error="invalid_token"',
    wrong="401 Bearer",
)
FORBIDDEN = check(
    "missing-scope-unauthorized",
    Force.SHOULD,
    "RFC 9110, 15.5.4; RFC 6750, 3.1",
    Retry.NEVER,
    summary="Good credentials that do not suffice were answered with 401 instead of 403.",
    why="A client logs in again and again.",
    fix="Answer with 403.",
    right="403",
    wrong="401",
)
SHUT_OUT = check(
    "good-credentials-unauthorized",
    Force.SHOULD,
    "RFC 9110, 15.5.2",
    Retry.LATER,
    summary="Credentials that are good for another operation were answered with 401.",
    why="A client logs in again and again, though its credentials are good.",
    fix="Answer with 403 where they do not suffice, and with 503 where a neighbour failed.",
    right="503",
    wrong="401",
)
SCOPE = check(
    "missing-scope-unnamed",
    Force.SHOULD,
    "RFC 6750, 3.1",
    Retry.NEVER,
    summary="Status 403 for a missing scope did not say insufficient_scope.",
    why="A client cannot ask for the right scope.",
    fix='Send WWW-Authenticate: Bearer error="insufficient_scope", scope="…".',
    right='403 Bearer error="insufficient_scope"',
    wrong="403",
)
FUNCTION = check(
    "missing-scope-accepted",
    Force.MUST,
    "OpenAPI, Security Requirement; OWASP API5",
    Retry.NEVER,
    summary="An operation was open to credentials without the scope that its contract demands.",
    why="Anybody may do what is for some.",
    fix="Answer with 403.",
    right="403",
    wrong="200",
)
OBJECT = check(
    "foreign-resource-shown",
    Force.MUST,
    "RFC 9110, 15.5.4; OWASP API1",
    Retry.NEVER,
    summary="A resource that is listed for its owner only was shown to somebody else.",
    why="Anybody reads what belongs to others.",
    fix="Answer with 404 or 403.",
    right="404",
    wrong="200",
)
ORDER = check(
    "checked-before-credentials",
    Force.HOUSE,
    "RFC 9110, 15.5.2",
    Retry.AUTHENTICATE,
    summary="A request without credentials was told what else is wrong with it.",
    why="A caller without credentials finds out what is there.",
    fix="Look at credentials first, and answer with 401.",
    right="401",
    wrong="404",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))

_FORGED = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiJwcm9iZSIsImV4cCI6NDEwMjQ0NDgwMCwic2NvcGUiOiIifQ.Zm9yZ2Vk"
)


def _secured(lab: Lab, operation: Operation) -> None:
    if not operation.secured:
        raise NotApplicable("it needs no credentials")
    if not lab.has(Who.FIRST):
        raise NotApplicable("no credentials are given: --token")


def without(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """No credentials: 401, whatever else is wrong with the request; then bad ones."""
    if not operation.secured:
        return
    _secured(lab, operation)
    try:
        control = lab.control(operation)
    except NotApplicable:
        yield from _shut_out(lab, operation)
        raise
    # What is refused for its credentials alone is refused for them first.
    seen = lab.send(as_nobody(_worst(lab, operation, control)))
    if seen.status != 401:
        plain = lab.send(as_nobody(lab.again(operation, control)))
        if plain.status != 401:
            yield breach(NOBODY, operation, plain, "401", control=control)
        else:
            what = "what is not there" if operation.names else "invalid content"
            yield breach(ORDER, operation, seen, "401", f"{seen.told} for {what}", control)
        return
    checks = (_altered, _garbled, *((_forged,) if lab.thorough else ()))
    yield from lab.spread(operation, lambda each: each.secured, checks)


def _shut_out(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Credentials that are good elsewhere, for the same schemes and scopes, are good here."""
    seen = lab.refused.get(operation.label)
    if seen is None or seen.status != 401 or seen.request.who is not Who.FIRST:
        return
    for each in lab.service.operations:
        same = each.security == operation.security and each.scopes == operation.scopes
        if each.secured and same and each is not operation and each.method == "GET":
            with suppress(NotApplicable):
                yield breach(SHUT_OUT, operation, seen, "no 401", control=lab.control(each))
                return


def _worst(lab: Lab, operation: Operation, control: Control) -> Request:
    """The request about what is not there, with content that is invalid."""
    bindings = lab.absent(operation) if operation.names else {}
    request = lab.request(_unconditional(operation), bindings)
    if control.request.body is None:
        return request
    return replace(request, body=b"{}").having(("Content-Type", operation.bodies[0].media))


def _unconditional(operation: Operation) -> Operation:
    """Without If-Match, whose value would have to be asked for."""
    kept = tuple(p for p in operation.parameters if p.name.lower() != "if-match")
    return replace(operation, parameters=kept)


def _altered(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """The good token with another signature; no longer good, whatever it is."""
    good = lab.client.tokens[Who.FIRST].partition(" ")[2]
    head, dot, _ = good.rpartition(".")
    return _bad(lab, operation, control, f"{head}{dot}AAAA" if dot else "AAAA")


def _garbled(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """A token that is none."""
    return _bad(lab, operation, control, "not.a.token")


def _forged(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """A token that somebody else has signed."""
    return _bad(lab, operation, control, _FORGED)


def _bad(lab: Lab, operation: Operation, control: Control, token: str) -> Iterator[Breach]:
    headers = (("Authorization", f"Bearer {token}"),)
    seen = lab.send(lab.again(operation, control).having(*headers))
    if seen.status != 401:
        got = seen.told if seen.status >= 500 or not seen.status else "taken for good"
        yield breach(BAD, operation, seen, "401", got, control)
        return
    challenge = seen.header("www-authenticate") or ""
    if challenge.lower().startswith("bearer") and "invalid_token" not in challenge:
        yield breach(UNNAMED, operation, seen, "invalid_token", "401 without a reason", control)


def scopes(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """The second identity, proved good elsewhere, at an operation whose scope it lacks."""
    if not operation.secured or not operation.scopes:
        return
    _secured(lab, operation)
    if not lab.has(Who.SECOND):
        raise NotApplicable("no second identity is given: --second-token")
    if not lab.lacks(Who.SECOND, operation.scopes):
        raise NotApplicable("the second identity has the scope")
    control = lab.control(operation)
    seen = lab.send(replace(lab.again(operation, control), who=Who.SECOND))
    if seen.status == 404:
        # It may be somebody else's: ask again for one of its own.
        own = replace(control, bindings=_own(lab, operation))
        seen = lab.send(replace(_again(lab, operation, own), who=Who.SECOND))
    if seen.ok:
        yield breach(FUNCTION, operation, seen, "403", control=control)
    elif seen.status == 401:
        _second_is_good(lab)
        yield breach(FORBIDDEN, operation, seen, "403", control=control)
    elif seen.status == 403:
        challenge = seen.header("www-authenticate") or ""
        documented = operation.answers.get("403")
        promised = documented is not None and "www-authenticate" in documented.headers
        if promised and "insufficient_scope" not in challenge:
            yield breach(SCOPE, operation, seen, "insufficient_scope", "403 without it", control)


def _own(lab: Lab, operation: Operation) -> dict[str, str]:
    """A resource of the second identity."""
    return lab.shared(operation, Who.SECOND)


def _again(lab: Lab, operation: Operation, control: Control) -> Request:
    body = lab.body(operation)
    value = MISSING if body is None else control.value
    return lab.request(operation, dict(control.bindings), value, body)


def _second_is_good(lab: Lab) -> None:
    """Whether the second identity's credentials are accepted anywhere."""
    if not lab.has(Who.SECOND):
        raise NotApplicable("no second identity is given: --second-token")
    for each in lab.service.operations:
        if each.method == "GET" and each.secured and not each.scopes and not each.names:  # noqa: SIM102 - two questions
            if lab.control(each, who=Who.SECOND):
                return
    raise NotApplicable("the second identity is accepted nowhere")


def objects(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """What the first identity sees in its list, and the second does not see in its own."""
    if operation.method != "GET" or len(operation.names) != 1 or not operation.path.endswith("}"):
        return
    collection = operation.path.rpartition("/")[0]
    listing = lab.service.get("GET", collection)
    if listing is None or not operation.secured:
        return
    _second_is_good(lab)
    control = lab.control(operation)
    (identifier,) = control.bindings.values()
    kept = (lab.control(listing, who=each).exchange for each in (Who.FIRST, Who.SECOND))
    if set.intersection(*map(listed, kept)):
        raise NotApplicable("what it shows is listed for everybody")
    first, second = (lab.look(lab.request(listing, {}, who=w)) for w in (Who.FIRST, Who.SECOND))
    if not _lists(first, identifier) or _lists(second, identifier):
        raise NotApplicable("what it shows is not listed for its owner only")
    seen = lab.send(replace(control.request, who=Who.SECOND))
    if seen.ok and identifier.encode() in seen.body:
        yield breach(OBJECT, operation, seen, "404 or 403", control=control)


def _lists(seen: Exchange, identifier: str) -> bool:
    return f'"{identifier}"'.encode() in seen.body


PROBES = (without, scopes, objects)
