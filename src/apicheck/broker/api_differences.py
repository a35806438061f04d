"""How one pact differs from another: the previous one of other content, or any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.broker import content, publishing
from apicheck.broker.addresses import by_content, pact_at
from apicheck.broker.api_pacts import pact_reply
from apicheck.broker.calls import Call, Reply, Route
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES"]


def _previous(
    db: sqlite3.Connection, provider: str, consumer: str, number: str
) -> tuple[sqlite3.Row, sqlite3.Row]:
    """A pact, and the newest one before it whose content is another."""
    row = publishing.get_pact(db, provider, consumer, number)
    before: sqlite3.Row | None = db.execute(
        publishing.select + "WHERE p.consumer = ? AND p.provider = ? AND p.version < ?"
        " AND p.content != ? ORDER BY p.version DESC LIMIT 1",
        (row["consumer_id"], row["provider_id"], row["version"], row["content"]),
    ).fetchone()
    if before is None:
        raise Refused(404, f"No pact of other content before version {number} of {consumer} found")
    return before, row


def _show_previous(
    call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str
) -> Reply:
    return pact_reply(call, db, _previous(db, provider, consumer, number)[0])


def _with_previous(
    call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str
) -> Reply:
    return _told(call, db, *_previous(db, provider, consumer, number))


def _between_versions(  # noqa: PLR0917 - the parameters of its path
    call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str, other: str
) -> Reply:
    one, two = (publishing.get_pact(db, provider, consumer, each) for each in (number, other))
    # Whichever was asked from, it reads from the older to the newer.
    old, new = (one, two) if one["version"] <= two["version"] else (two, one)
    return _told(call, db, old, new)


def _between_contents(  # noqa: PLR0917 - the parameters of its path
    call: Call, db: sqlite3.Connection, provider: str, consumer: str, sha: str, other: str
) -> Reply:
    one, two = (by_content(db, provider, consumer, each) for each in (sha, other))
    old, new = (one, two) if one["version"] <= two["version"] else (two, one)
    return _told(call, db, old, new)


def _told(call: Call, db: sqlite3.Connection, old: sqlite3.Row, new: sqlite3.Row) -> Reply:
    changes = content.difference(publishing.body(db, old), publishing.body(db, new))
    lines = [
        f"# Pact between {new['consumer']} and {new['provider']}",
        *(
            f"# {word} version {each['number']}, published {each['created_at']}:"
            f" {call.url(*pact_at(each), 'version', each['number'])}"
            for word, each in (("from", old), ("to", new))
        ),
        "",
        changes or "No interaction differs.",
    ]
    return Reply(body="\n".join(lines) + "\n", media="text/plain;charset=utf-8")


_PAIR = "/pacts/provider/{provider}/consumer/{consumer}"
_VERSION = _PAIR + "/version/{number}"
ROUTES = tuple(
    Route(method="GET", path=path, handler=handler, writes=False)
    for path, handler in (
        (_VERSION + "/previous-distinct", _show_previous),
        (_VERSION + "/diff/previous-distinct", _with_previous),
        (_VERSION + "/diff/version/{other}", _between_versions),
        (_PAIR + "/pact-version/{sha}/diff/pact-version/{other}", _between_contents),
    )
)
