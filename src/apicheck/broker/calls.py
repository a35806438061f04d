"""A request as the handlers see it, their replies, and the links in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    import sqlite3

__all__ = ["HAL", "HTML", "SVG", "Call", "Handler", "Reply", "Route", "Settings", "paged"]

HAL = "application/hal+json;charset=utf-8"
HTML = "text/html;charset=utf-8"
SVG = "image/svg+xml;charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the one who runs a broker decides."""

    #: The address people reach the broker at; None takes it from each request.
    public_url: str | None = None
    #: Hosts that webhooks may call, ``*.example.com`` allowed; none means no webhooks.
    webhook_hosts: tuple[str, ...] = ()
    webhook_http: bool = False
    #: Seconds to wait before each further attempt to deliver a webhook.
    webhook_retries: tuple[float, ...] = (10, 60, 120, 300, 600, 1200)
    #: Whether a published pact may be given other content.
    modify: bool = False
    #: The largest request body, in bytes.
    largest: int = 32 * 1024 * 1024


@lru_cache(maxsize=8192)
def _segment(text: str) -> str:
    # An answer has the same few names in hundreds of links: escaping them took most of its time.
    return quote(text, safe="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: ``base`` is the broker's address without the last slash."""

    base: str
    settings: Settings
    query: tuple[tuple[str, str], ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    raw: bytes = b""
    #: All ``Accept`` headers in one.
    accept: str = ""
    #: The address that was asked, without its query.
    here: str = ""

    def url(self, *segments: str, query: str = "") -> str:
        """An address of this broker; each segment is escaped, slashes too."""
        path = "/".join(map(_segment, segments))
        return f"{self.base}/{path}{'?' + query if query else ''}"

    def asked(self, key: str) -> str | None:
        """The last value of a query parameter, or None; an empty one counts as none."""
        found = [value for name, value in self.query if name == key]
        return (found[-1] or None) if found else None

    def flag(self, key: str) -> bool:
        """Whether a query parameter is ``true``."""
        return self.asked(key) == "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is sent back: ``body`` is JSON (dict or list), text, or None for nothing."""

    body: Any = None
    status: int = 200
    media: str = HAL
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[..., Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method, a path whose ``{name}`` segments are parameters, and who answers.

    ``writes`` says whether it changes anything: that needs a transaction and the right to write.
    """

    method: str
    path: str
    handler: Handler
    writes: bool


def paged(
    call: Call, db: sqlite3.Connection, sql: str, values: tuple[Any, ...], *segments: str
) -> tuple[list[sqlite3.Row], dict[str, Any], dict[str, Any]]:
    """The rows of a page (all if none was asked for), and what to add to body and links."""
    number, size = call.asked("pageNumber"), call.asked("pageSize")
    if number is None and size is None:
        return db.execute(sql, values).fetchall(), {}, {}
    page = max(1, int(number)) if number and number.isascii() and number.isdigit() else 1
    many = max(1, int(size)) if size and size.isascii() and size.isdigit() else 100
    page, many = min(page, 10**9), min(many, 1000)
    (total,) = db.execute(f"SELECT count(*) FROM ({sql})", values).fetchone()  # noqa: S608
    rows = db.execute(sql + " LIMIT ? OFFSET ?", (*values, many, (page - 1) * many)).fetchall()
    pages = -(-total // many)
    links = {}
    for rel, other in (("next", page + 1), ("previous", page - 1)):
        if 1 <= other <= pages:
            query = f"pageNumber={other}&pageSize={many}"
            links[rel] = {"href": call.url(*segments, query=query)}
    facts = {"number": page, "size": many, "totalElements": total, "totalPages": pages}
    return rows, {"page": facts}, links
