"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): one effect per key."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

from sample_services.web.problems import KEY_IN_USE, KEY_REUSED, Problem
from sample_services.web.replies import Reply

if TYPE_CHECKING:
    import sqlite3

    from sample_services.web.calls import Call, Handler

SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    scope TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, since REAL NOT NULL,
    status INTEGER, headers TEXT, content BLOB, media TEXT,
    PRIMARY KEY (scope, key)
);
DELETE FROM keys WHERE status IS NULL;  -- being worked on when the process ended
"""
LIFETIME = 24 * 3600.0


class Keys:
    """The keys that were used, with the first answers."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def begin(self, scope: str, key: str, request: str) -> Reply | None:
        """The first answer, or None when this is the first request (which then is under way).

        A Problem when the key belongs to another request (422), or to one under way (409).
        """
        self.database.execute("DELETE FROM keys WHERE since < ?", (time.time() - LIFETIME,))
        row = self.database.execute(
            "SELECT * FROM keys WHERE scope = ? AND key = ?", (scope, key)
        ).fetchone()
        if row is None:
            self.database.execute(
                "INSERT INTO keys (scope, key, request, since) VALUES (?, ?, ?, ?)",
                (scope, key, request, time.time()),
            )
            return None
        if row["request"] != request:
            raise Problem(422, KEY_REUSED)
        if row["status"] is None:
            raise Problem(409, KEY_IN_USE, headers={"Retry-After": "1"})
        return Reply(
            status=row["status"],
            headers=json.loads(row["headers"]),
            content=row["content"],
            media=row["media"],
        )

    def finish(self, scope: str, key: str, reply: Reply) -> None:
        """Keep the answer."""
        self.database.execute(
            "UPDATE keys SET status = ?, headers = ?, content = ?, media = ?"
            " WHERE scope = ? AND key = ?",
            (reply.status, json.dumps(dict(reply.headers)), reply.content, reply.media, scope, key),
        )

    def forget(self, scope: str, key: str) -> None:
        """Nothing was done under this key."""
        self.database.execute("DELETE FROM keys WHERE scope = ? AND key = ?", (scope, key))


def fingerprint(value: Any) -> str:
    """The same for equal JSON values, however they were written."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def idempotent(keys: Keys, handler: Handler) -> Handler:
    """A handler that acts once per key. What it refused is not remembered."""

    async def once(call: Call) -> Reply:
        request = fingerprint(await call.body())
        scope = f"{call.operation.id} {call.caller.subject}"
        key = call.request.headers["Idempotency-Key"]
        first = keys.begin(scope, key, request)
        if first is not None:
            return first
        try:
            reply = await handler(call)
        except BaseException:
            keys.forget(scope, key)
            raise
        keys.finish(scope, key, reply)
        return reply

    return once
