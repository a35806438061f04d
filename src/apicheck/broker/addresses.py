"""The addresses of pacts and results, and which pact an address means."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from apicheck.broker import publishing
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

    from apicheck.broker.calls import Call

__all__ = ["by_content", "marked", "marks", "pact_at", "pact_link", "result_url"]


def pact_at(row: sqlite3.Row) -> tuple[str, ...]:
    """The segments under which all pacts between the two of ``row`` stand."""
    return ("pacts", "provider", row["provider"], "consumer", row["consumer"])


def pact_link(call: Call, row: sqlite3.Row) -> dict[str, str]:
    """A link to the pact of a consumer version (a row of ``publishing.select``)."""
    return {
        "title": "Pact",
        "name": f"Pact between {row['consumer']} ({row['number']}) and {row['provider']}",
        "href": call.url(*pact_at(row), "version", row["number"]),
    }


def result_url(call: Call, row: sqlite3.Row) -> str:
    """The address of a verification result (a row of ``results.select``)."""
    return call.url(
        *("pacts", "provider", row["provider"], "consumer", row["consumer"]),
        *("pact-version", row["sha"], "verification-results", str(row["number"])),
    )


def by_content(
    db: sqlite3.Connection, provider: str, consumer: str, sha: str, metadata: str = ""
) -> sqlite3.Row:
    """The newest pact of that content, or the one that the metadata of its address names."""
    rows = db.execute(
        publishing.select + "WHERE q.name = ? AND c.name = ? AND k.sha = ? ORDER BY p.version DESC",
        (provider, consumer, sha),
    ).fetchall()
    if not rows:
        raise Refused(404, f"No pact between {consumer} and {provider} with content {sha} found")
    meant = {value for key, value in marks(metadata) if key == "cv"}
    found: sqlite3.Row = next((each for each in rows if str(each["version"]) in meant), rows[0])
    return found


def marked(facts: list[tuple[str, str]]) -> str:
    """Facts as the last segment of a pact's address, which comes back with its results."""
    return base64.urlsafe_b64encode(urlencode(facts).encode()).decode().rstrip("=")


def marks(text: str) -> list[tuple[str, str]]:
    """What ``marked`` was given; nothing if the text is no such thing."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return []
    return parse_qsl(raw)
