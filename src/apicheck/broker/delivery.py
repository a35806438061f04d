"""Webhooks are delivered: from the file, one by one, again and later if it does not succeed."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apicheck.broker import webhooks

if TYPE_CHECKING:
    from apicheck.broker.calls import Settings
    from apicheck.broker.database import Store

__all__ = ["Courier", "deliver_due"]

_TIMEOUT = 10.0
_SHOWN = 2000


def deliver_due(store: Store, settings: Settings) -> int:
    """Deliver what is due now; how many deliveries were attempted.

    A delivery counts as attempted only once its outcome is written: killed in between, the
    broker sends it again. Receivers may hear of something twice, but never not at all.
    """
    with store.reading() as db:
        due = db.execute(
            "SELECT * FROM triggered WHERE status = 'waiting' AND due <= ? ORDER BY due LIMIT 100",
            (time.time(),),
        ).fetchall()
    for each in due:
        request = json.loads(each["request"])
        well, said = _sent(request, settings)
        for secret in webhooks.secrets(request):
            # What was sent may come back in an answer, and the log is for everybody.
            said = said.replace(secret, "**********")
        attempts = each["attempts"] + 1
        waits = settings.webhook_retries
        if well:
            status, next_time = "success", 0.0
        elif attempts <= len(waits):
            status, next_time = "waiting", time.time() + waits[attempts - 1]
        else:
            status, next_time = "failed", 0.0
        with store.writing() as db:
            db.execute(
                "UPDATE triggered SET status = ?, attempts = ?, due = ?, log = log || ?"
                " WHERE id = ?",
                (status, attempts, next_time, f"attempt {attempts}: {said}\n", each["id"]),
            )
    return len(due)


def _sent(request: dict[str, Any], settings: Settings) -> tuple[bool, str]:
    """Whether it was taken (2xx), and what to put into the log. Redirects are not followed."""
    problem = webhooks.check(request["url"], settings)
    if problem:
        return False, f"not sent: {problem}"
    parts = urlsplit(request["url"])
    body, headers = request["body"], dict(request["headers"])
    if body is not None and not isinstance(body, str):
        body = json.dumps(body)
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "application/json"
    if request.get("username"):
        pair = f"{request['username']}:{request.get('password') or ''}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = kind(parts.netloc, timeout=_TIMEOUT)
    try:
        where = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request("POST", where, body=(body or "").encode(), headers=headers)
        answer = line.getresponse()
        text = answer.read(_SHOWN).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return False, f"{request['url']}: {error!r}"
    finally:
        line.close()
    return 200 <= answer.status < 300, f"{request['url']}: HTTP {answer.status} {text}"


class Courier:
    """A thread that delivers what is due, until it is stopped."""

    def __init__(self, store: Store, settings: Settings, pause: float = 1.0) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(store, settings, pause), name="webhooks", daemon=True
        )
        self._thread.start()

    def _run(self, store: Store, settings: Settings, pause: float) -> None:
        while not self._stop.wait(pause):
            # A disk that is full now may not be so later: what is due stays due.
            with contextlib.suppress(sqlite3.Error):
                deliver_due(store, settings)

    def stop(self) -> None:
        """End after the delivery at hand."""
        self._stop.set()
        self._thread.join()
