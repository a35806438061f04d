"""The resources of verification results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from apicheck.broker import participants, publishing, results, webhooks
from apicheck.broker.addresses import by_content, marks, result_url
from apicheck.broker.calls import Call, Reply, Route
from apicheck.broker.heads import Among, one_newest
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES"]


def _result(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    facts = {
        "providerName": row["provider"],
        "providerApplicationVersion": row["provider_version"],
        "success": bool(row["success"]),
        "verificationDate": row["created_at"],
        "kind": row["kind"],
        "buildUrl": row["build_url"],
        "testResults": json.loads(row["tests"]),
        "verifiedBy": json.loads(row["verified_by"]),
    }
    provider = {"name": row["provider"], "number": row["provider_version"]}
    pact = call.url(
        *("pacts", "provider", row["provider"], "consumer", row["consumer"]),
        *("pact-version", row["sha"]),
    )
    return {
        **{key: value for key, value in facts.items() if value is not None},
        "_links": {
            "self": {"title": "Verification result", "href": result_url(call, row)},
            "pb:pact-version": {"title": "Pact", "href": pact},
            "pb:provider-version": {
                "name": provider["number"],
                "href": call.url("pacticipants", provider["name"], "versions", provider["number"]),
            },
        },
    }


def _publish_result(  # noqa: PLR0917 - the parameters of its path
    call: Call,
    db: sqlite3.Connection,
    provider: str,
    consumer: str,
    sha: str,
    metadata: str = "",
) -> Reply:
    pact = by_content(db, provider, consumer, sha, metadata)
    held = db.execute("SELECT * FROM contents WHERE id = ?", (pact["content"],)).fetchone()
    wip = ("w", "true") in marks(metadata)
    row = results.publish(db, held, provider, call.data, wip=wip)
    url = result_url(call, row)
    webhooks.tell_result(db, call.base, pact, row, url)
    return Reply(body=_result(call, row), status=201, headers={"location": url})


def _show_result(  # noqa: PLR0917 - the parameters of its path
    call: Call,
    db: sqlite3.Connection,
    provider: str,
    consumer: str,
    sha: str,
    number: str,
    metadata: str = "",
) -> Reply:
    pact = by_content(db, provider, consumer, sha, metadata)
    if number == "latest":
        return _latest(call, db, pact)
    row = db.execute(
        results.select + "WHERE r.content = ? AND r.number = ?", (pact["content"], number)
    ).fetchone()
    if row is None:
        raise Refused(404, f"No verification result {number} of this pact found")
    return Reply(body=_result(call, row))


def _latest(call: Call, db: sqlite3.Connection, pact: sqlite3.Row) -> Reply:
    row = db.execute(
        results.select + "WHERE r.content = ? ORDER BY r.id DESC LIMIT 1", (pact["content"],)
    ).fetchone()
    if row is None:
        raise Refused(404, "This pact was never verified")
    return Reply(body=_result(call, row))


def _latest_of_version(
    call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str
) -> Reply:
    return _latest(call, db, publishing.get_pact(db, provider, consumer, number))


def _latest_of_latest(
    call: Call, db: sqlite3.Connection, provider: str, consumer: str, tag: str | None = None
) -> Reply:
    return _latest(call, db, one_newest(db, Among(provider=provider, consumer=consumer, tag=tag)))


def _results_of(call: Call, db: sqlite3.Connection, consumer: str, number: str) -> Reply:
    """The latest results of all pacts of a consumer version, and what they come to."""
    made = participants.get_version(db, consumer, number)
    rows = [
        db.execute(
            results.select + "WHERE r.content = ? ORDER BY r.id DESC LIMIT 1", (each["content"],)
        ).fetchone()
        for each in db.execute("SELECT content FROM pacts WHERE version = ?", (made["id"],))
    ]
    found = [each for each in rows if each is not None]
    return Reply(
        body={
            "success": len(found) == len(rows) and all(each["success"] for each in found),
            "_embedded": {"verificationResults": [_result(call, each) for each in found]},
            "_links": {
                "self": {
                    "title": f"Latest results for {consumer} {number}",
                    "href": call.url(
                        "verification-results", "consumer", consumer, "version", number, "latest"
                    ),
                }
            },
        }
    )


_PAIR = "/pacts/provider/{provider}/consumer/{consumer}"
_CONTENT = _PAIR + "/pact-version/{sha}"
_MARKED = _CONTENT + "/metadata/{metadata}"
ROUTES = tuple(
    Route(method=method, path=path, handler=handler, writes=method != "GET")
    for method, path, handler in (
        ("POST", _CONTENT + "/verification-results", _publish_result),
        ("POST", _MARKED + "/verification-results", _publish_result),
        ("GET", _CONTENT + "/verification-results/{number}", _show_result),
        ("GET", _MARKED + "/verification-results/{number}", _show_result),
        ("GET", _PAIR + "/version/{number}/verification-results/latest", _latest_of_version),
        ("GET", _PAIR + "/latest/verification-results/latest", _latest_of_latest),
        ("GET", _PAIR + "/latest/{tag}/verification-results/latest", _latest_of_latest),
        ("GET", "/verification-results/consumer/{consumer}/version/{number}/latest", _results_of),
    )
)
