"""Bearer tokens: JSON Web Tokens signed with a shared secret (RFC 7519, HS256)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

SAMPLE_SECRET = "for-samples-only-change-me"  # noqa: S105 - a sample's default, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and what for."""

    subject: str
    scopes: frozenset[str]


class BadTokenError(Exception):
    """Why a token is not valid, in words for its holder."""


def mint(secret: str, subject: str, scopes: Iterable[str] = (), lifetime: float = 3600) -> str:
    """A token; with a negative lifetime (seconds) one that has expired."""
    header = _packed({"alg": "HS256", "typ": "JWT"})
    claims = {"sub": subject, "scope": " ".join(scopes), "exp": int(time.time() + lifetime)}
    signed = f"{header}.{_packed(claims)}"
    return f"{signed}.{_text(_signature(secret, signed))}"


def verify(secret: str, token: str) -> Caller:
    """Whose token it is; BadTokenError when it is malformed, forged or expired."""
    try:
        signed, _, signature = token.rpartition(".")
        header, claims = (_unpacked(part) for part in signed.split("."))
        given = _bytes(signature)
    except (ValueError, binascii.Error, RecursionError):
        raise BadTokenError("the token is malformed") from None
    # RFC 8725, 3.1: never let the token choose the algorithm.
    if header.get("alg") != "HS256" or not hmac.compare_digest(given, _signature(secret, signed)):
        raise BadTokenError("the token is not signed by us")
    subject, scope, expires = claims.get("sub"), claims.get("scope", ""), claims.get("exp")
    if not isinstance(subject, str) or not subject or not isinstance(scope, str):
        raise BadTokenError("the token names nobody")
    if not isinstance(expires, int) or expires <= time.time():
        raise BadTokenError("the token expired")
    return Caller(subject=subject, scopes=frozenset(scope.split()))


def _signature(secret: str, signed: str) -> bytes:
    return hmac.digest(secret.encode(), signed.encode(), hashlib.sha256)


def _packed(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _unpacked(part: str) -> dict[str, Any]:
    value = json.loads(_bytes(part))
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 - caught above with its siblings
    return value


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
