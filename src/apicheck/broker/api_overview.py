"""Who uses whom, and how it stands: integrations, the dashboard, groups, labels."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from apicheck.broker import participants, results
from apicheck.broker.addresses import pact_link, result_url
from apicheck.broker.calls import Call, Reply, Route
from apicheck.broker.heads import Among, newest
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES"]

_STATUS = {None: "never", True: "success", False: "failed"}


def _last(db: sqlite3.Connection, pact: sqlite3.Row) -> tuple[sqlite3.Row | None, str]:
    """The last result of a pact, and the word the Pact Broker has for how that stands."""
    row: sqlite3.Row | None = db.execute(
        results.select + "WHERE r.content = ? ORDER BY r.id DESC LIMIT 1", (pact["content"],)
    ).fetchone()
    return row, _STATUS[None if row is None else bool(row["success"])]


def _integrations(call: Call, db: sqlite3.Connection) -> Reply:
    rows = newest(db, Among())
    first = {
        (row[0], row[1]): row[2]
        for row in db.execute(
            "SELECT consumer, provider, min(created_at) FROM contents GROUP BY consumer, provider"
        )
    }
    found = [
        {
            "consumer": {"name": each["consumer"]},
            "provider": {"name": each["provider"]},
            "verificationStatus": _last(db, each)[1],
            "createdAt": first[each["consumer_id"], each["provider_id"]],
            "_links": {
                "pb:dashboard": {"href": call.url("dashboard", *_pair(each))},
                "pb:matrix": {"href": call.url("matrix", *_pair(each))},
                "pb:group": {"href": call.url("groups", each["consumer"])},
            },
        }
        for each in rows
    ]
    return Reply(
        body={
            "_embedded": {"integrations": found},
            "_links": {"self": {"href": call.url("integrations")}},
        }
    )


def _pair(row: sqlite3.Row) -> tuple[str, ...]:
    return ("provider", row["provider"], "consumer", row["consumer"])


def _delete_integration(_call: Call, db: sqlite3.Connection, provider: str, consumer: str) -> Reply:
    """Forget all pacts between both, and their results; versions and deployments stay."""
    values = (participants.get(db, consumer)["id"], participants.get(db, provider)["id"])
    done = db.execute("DELETE FROM contents WHERE consumer = ? AND provider = ?", values)
    if done.rowcount == 0:
        raise Refused(404, f"No pact between {consumer} and {provider} found")
    return Reply(status=204)


def _dashboard(
    call: Call, db: sqlite3.Connection, provider: str | None = None, consumer: str | None = None
) -> Reply:
    found = newest(db, Among(provider=provider, consumer=consumer))
    return Reply(body={"items": [_item(call, db, each) for each in found]})


def _item(call: Call, db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    last, status = _last(db, row)
    provider: dict[str, Any] = {
        "name": row["provider"],
        "version": None if last is None else {"number": last["provider_version"]},
        "_links": {"self": {"href": call.url("pacticipants", row["provider"])}},
    }
    version = call.url("pacticipants", row["consumer"], "versions", row["number"])
    return {
        "consumer": {
            "name": row["consumer"],
            "version": {"number": row["number"], "_links": {"self": {"href": version}}},
            "_links": {"self": {"href": call.url("pacticipants", row["consumer"])}},
        },
        "provider": provider,
        "pact": {
            "createdAt": row["created_at"],
            "_links": {"self": {"href": pact_link(call, row)["href"]}},
        },
        "latestVerificationResult": None
        if last is None
        else {
            "success": bool(last["success"]),
            "verifiedAt": last["created_at"],
            "_links": {"self": {"href": result_url(call, last)}},
        },
        "verificationStatus": status,
        "_links": {
            "pb:webhook-status": {"href": call.url("pacts", *_pair(row), "webhooks", "status")}
        },
    }


def _edges(db: sqlite3.Connection) -> list[tuple[str, str]]:
    return [(each["consumer"], each["provider"]) for each in newest(db, Among())]


def _relationships(call: Call, db: sqlite3.Connection) -> Reply:
    found = [
        {
            "pacticipants": [
                {"name": name, "_links": {"self": {"href": call.url("pacticipants", name)}}}
                for name in pair
            ]
        }
        for pair in _edges(db)
    ]
    here = {"self": {"href": call.url("relationships")}}
    return Reply(body={"relationships": found, "_links": here})


def _group(_call: Call, db: sqlite3.Connection, name: str) -> Reply:
    """All that hang together with a pacticipant, as the CSV that the Pact Broker draws from."""
    participants.get(db, name)
    edges, group = _edges(db), {name}
    while True:
        more = {each for edge in edges if group & set(edge) for each in edge} - group
        if not more:
            break
        group |= more
    names = sorted(group)
    rows = []
    for index, each in enumerate(names, start=1):
        uses = [names.index(to) + 1 for of, to in edges if of == each]
        rows.append([index, each, 1, 1, 0, index, *uses])
    width = max(map(len, rows))
    out = io.StringIO()
    csv.writer(out).writerows([*row, *[0] * (width - len(row))] for row in rows)
    return Reply(body=out.getvalue(), media="text/csv;charset=utf-8")


def _labels(call: Call, db: sqlite3.Connection) -> Reply:
    names = [row[0] for row in db.execute("SELECT DISTINCT name FROM labels ORDER BY name")]
    return Reply(
        body={
            "_embedded": {"labels": [{"name": each} for each in names]},
            "_links": {
                "self": {"href": call.url("labels")},
                "pb:pacticipants-with-label": {
                    "href": call.url("pacticipants", "label") + "/{label}",
                    "templated": True,
                },
            },
        }
    )


_ONE = "/integrations/provider/{provider}/consumer/{consumer}"
ROUTES = (
    Route(method="DELETE", path=_ONE, handler=_delete_integration, writes=True),
    *(
        Route(method="GET", path=path, handler=handler, writes=False)
        for path, handler in (
            ("/integrations", _integrations),
            ("/dashboard", _dashboard),
            ("/dashboard/provider/{provider}/consumer/{consumer}", _dashboard),
            ("/relationships", _relationships),
            ("/groups/{name}", _group),
            ("/labels", _labels),
        )
    ),
)
