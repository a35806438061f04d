"""Errors as problem details (RFC 9457)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of problem: the last part of its URI, and the one title that it always has."""

    slug: str
    title: str


INVALID = Kind("invalid-request", "The request is not valid")
UNAUTHENTICATED = Kind("unauthenticated", "A valid token is needed")
FORBIDDEN = Kind("forbidden", "The token does not allow this")
NOT_FOUND = Kind("not-found", "There is no such thing")
CHANGED = Kind("changed", "The state is not what the request was made for")
KEY_REUSED = Kind("key-reused", "The Idempotency-Key was used for another request")
KEY_IN_USE = Kind("key-in-use", "A request with this Idempotency-Key is being worked on")
TOO_MANY = Kind("too-many", "Too many requests")
UNAVAILABLE = Kind("unavailable", "The service cannot answer now")


class Problem(Exception):
    """An answer that is an error. Without a kind, the status says it all (`about:blank`)."""

    def __init__(
        self,
        status: int,
        kind: Kind | None = None,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(f"{status} {kind.slug if kind else ''} {detail}".strip())
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def document(self, base: str) -> dict[str, Any]:
        """The body; `base` is the URI below which the service documents its kinds of problems."""
        if self.kind is None:
            # RFC 9457, 4.2.1: the title of about:blank is the phrase of the status.
            shown: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(self.status).phrase}
        else:
            shown = {"type": base + self.kind.slug, "title": self.kind.title}
        shown["status"] = self.status
        if self.detail:
            shown["detail"] = self.detail
        return shown | self.members


def invalid(status: int, detail: str, pointer: str | None = None) -> Problem:
    """A request that is malformed (400) or breaks a rule (422), at most at one place."""
    if pointer is None:
        return Problem(status, INVALID, detail)
    return Problem(status, INVALID, detail, errors=[{"pointer": pointer, "detail": detail}])
