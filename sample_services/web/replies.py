"""What a handler gives back, before it is bytes on a wire."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sample_services.web.problems import Problem

JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A status, headers (names as they are written in the RFCs) and content, if there is any."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    media: str = JSON

    def having(self, **headers: str) -> Reply:
        """The same with more headers: `Retry_After="1"` is Retry-After."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})

    def without(self, *names: str) -> Reply:
        """The same without these headers."""
        lower = {name.lower() for name in names}
        kept = {name: value for name, value in self.headers.items() if name.lower() not in lower}
        return replace(self, headers=kept)


def dumped(value: Any) -> bytes:
    """JSON, always the same bytes for equal values."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def answer(status: int, value: Any, **headers: str) -> Reply:
    """A JSON value."""
    return Reply(status=status, content=dumped(value)).having(**headers)


def nothing(status: int, **headers: str) -> Reply:
    """No content."""
    return Reply(status=status).having(**headers)


def etag(value: Any) -> str:
    """A strong entity tag (RFC 9110, 8.8.3): the same for equal representations only."""
    return f'"{hashlib.sha256(dumped(value)).hexdigest()[:20]}"'


def representation(
    value: Any, changed: datetime | None = None, status: int = 200, **headers: str
) -> Reply:
    """The state of a resource, with what a client needs for conditional requests.

    A date of change within the running second is left out: another change might share it, and a
    client that asked with it would be told that nothing is new (RFC 9110, 8.8.2.2).
    """
    reply = answer(status, value, ETag=etag(value), **headers)
    if changed is not None and datetime.now(UTC) - changed > timedelta(seconds=2):
        return reply.having(
            Last_Modified=format_datetime(changed.replace(microsecond=0), usegmt=True)
        )
    return reply


def refused(problem: Problem, base: str) -> Reply:
    """A problem as an answer. Nobody may keep it for others (RFC 9111, 3)."""
    content = dumped(problem.document(base))
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Reply(status=problem.status, headers=headers, content=content, media=PROBLEM)
