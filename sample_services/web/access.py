"""Who may come in (RFC 9110, 11; RFC 6750), and which media types they take (RFC 9110, 12)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sample_services.web.problems import FORBIDDEN, UNAUTHENTICATED, Problem
from sample_services.web.tokens import BadTokenError, verify

if TYPE_CHECKING:
    from sample_services.web.calls import Call

_RANGE = re.compile(r"([\w!#$&^.+*-]+)/([\w!#$&^.+*-]+)\s*((?:;[^,]*)?)")
_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.\d{0,3})?)", re.IGNORECASE)


def authenticated(call: Call) -> Call:
    """Credentials, or 401 with a challenge."""
    if not call.operation.secured:
        return call
    challenge = f'Bearer realm="{call.api.name}"'
    scheme, _, token = call.request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer":
        # RFC 6750, 3.1: without credentials of this scheme, no error code.
        raise Problem(401, UNAUTHENTICATED, headers={"WWW-Authenticate": challenge})
    try:
        caller = verify(call.api.secret, token.strip())
    except BadTokenError as error:
        challenge += f', error="invalid_token", error_description="{error}"'
        headers = {"WWW-Authenticate": challenge}
        raise Problem(401, UNAUTHENTICATED, str(error), headers=headers) from None
    return replace(call, caller=caller)


def authorised(call: Call) -> Call:
    """The scopes that the operation asks for, or 403."""
    if missing := call.operation.scopes - call.caller.scopes:
        scope = " ".join(sorted(call.operation.scopes))
        challenge = f'Bearer realm="{call.api.name}", error="insufficient_scope", scope="{scope}"'
        detail = f"the token lacks {', '.join(sorted(missing))}"
        raise Problem(403, FORBIDDEN, detail, headers={"WWW-Authenticate": challenge})
    return call


def acceptable(call: Call) -> Call:
    """At least one offered media type is wanted, or 406. Errors are problems whatever is wanted."""
    if call.operation.offers and preferred(call) is None:
        raise Problem(406, detail=f"offers {', '.join(call.operation.offers)}")
    return call


def preferred(call: Call) -> str | None:
    """The offered media type that the client likes best; without Accept, the first offered."""
    accept = ", ".join(call.request.headers.getlist("Accept"))
    ranges = _RANGE.findall(accept)
    if not ranges:
        return call.operation.offers[0]
    best = max(call.operation.offers, key=lambda offer: _quality(ranges, offer))
    return best if _quality(ranges, best) > 0 else None


def _quality(ranges: list[tuple[str, str, str]], offer: str) -> float:
    """The weight of the most specific range that an offer is in (RFC 9110, 12.5.1)."""
    main, _, sub = offer.partition("/")
    quality, rank = 0.0, -1
    for wanted_main, wanted_sub, parameters in ranges:
        if (wanted_main, wanted_sub) == ("*", "*"):
            specific = 0
        elif wanted_main.lower() == main and wanted_sub == "*":
            specific = 1
        elif (wanted_main.lower(), wanted_sub.lower()) == (main, sub):
            specific = 2
        else:
            continue
        if specific > rank:
            found = _QUALITY.search(parameters)
            quality, rank = float(found[1]) if found else 1.0, specific
    return quality
