"""Verification results: of a content, by a version of its provider."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from apicheck.broker import participants
from apicheck.broker.database import now
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["LATEST", "publish", "select"]

select = (
    "SELECT r.*, v.number AS provider_version, q.name AS provider, c.name AS consumer, k.sha"
    " FROM results r JOIN versions v ON v.id = r.version JOIN contents k ON k.id = r.content"
    " JOIN pacticipants q ON q.id = k.provider JOIN pacticipants c ON c.id = k.consumer "
)
#: Only the last result of each content and provider version counts; over ``results r``.
LATEST = (
    "r.id = (SELECT max(o.id) FROM results o WHERE o.content = r.content AND o.version = r.version)"
)


def publish(
    db: sqlite3.Connection,
    content: sqlite3.Row,
    provider: str,
    data: dict[str, Any],
    *,
    wip: bool = False,
) -> sqlite3.Row:
    """Keep the result that a verifier sends; ``Refused`` (400) names what is missing in it."""
    errors = {}
    number, success = data.get("providerApplicationVersion"), data.get("success")
    if not isinstance(number, str) or not number.strip():
        errors["providerApplicationVersion"] = ["can't be blank"]
    if not isinstance(success, bool):
        errors["success"] = ["can't be blank" if success is None else "must be boolean"]
    url = data.get("buildUrl")
    if url is not None and not isinstance(url, str):
        errors["buildUrl"] = ["must be a string"]
    if errors:
        raise Refused(400, errors=errors)
    assert isinstance(number, str)
    version = participants.ensure_version(db, provider, number)
    (last,) = db.execute(
        "SELECT coalesce(max(number), 0) FROM results WHERE content = ?", (content["id"],)
    ).fetchone()
    kind = data.get("kind")
    done = db.execute(
        "INSERT INTO results (content, version, number, success, wip, kind, build_url, tests,"
        " verified_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            content["id"],
            version["id"],
            last + 1,
            success,
            wip,
            "static" if kind == "static" else "pact",
            url,
            json.dumps(data.get("testResults"), ensure_ascii=False),
            json.dumps(data.get("verifiedBy"), ensure_ascii=False),
            now(),
        ),
    )
    row: sqlite3.Row = db.execute(select + "WHERE r.id = ?", (done.lastrowid,)).fetchone()
    return row
