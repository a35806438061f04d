"""The broker for people: plain pages, readable without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.broker import deployments, matrix, participants, publishing, results
from apicheck.broker.asked import Asked, Selector
from apicheck.broker.calls import Call, Reply, Route
from apicheck.broker.frame import link, shown, verdict
from apicheck.broker.heads import Among, newest
from apicheck.broker.markup import Html, html, joined, table, when
from apicheck.broker.matrix import Answer, State

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES"]

_MANY = 200


def _last(db: sqlite3.Connection, pact: int) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        results.select + "WHERE r.content = ? ORDER BY r.id DESC LIMIT 1", (pact,)
    ).fetchone()
    return row


def _contracts(call: Call, db: sqlite3.Connection) -> Reply:
    rows = []
    for each in newest(db, Among()):
        last = _last(db, each["content"])
        pair = (each["provider"], each["consumer"])
        rows.append(
            (
                link(call, each["consumer"], "pacticipants", each["consumer"]),
                link(call, each["provider"], "pacticipants", each["provider"]),
                verdict(None if last is None else last["success"]),
                link(call, each["number"], "pacts", *pair, each["number"]),
                last["provider_version"] if last is not None else "",
                when(each["created_at"]),
                link(call, "matrix", "matrix", *pair),
            )
        )
    heads = ("Consumer", "Provider", "Result", "Newest pact", "Verified by", "Published", "")
    return shown(call, "Contracts", table("Newest pact of each integration", heads, rows))


def _pacticipants(call: Call, db: sqlite3.Connection) -> Reply:
    rows = []
    for each in db.execute("SELECT * FROM pacticipants ORDER BY name").fetchall():
        latest = participants.latest_version(db, each["name"])
        rows.append(
            (
                link(call, each["name"], "pacticipants", each["name"]),
                each["main_branch"] or "",
                latest["number"] if latest is not None else "",
                _places(db, each["id"]),
            )
        )
    heads = ("Name", "Main branch", "Latest version", "Deployed or released")
    return shown(call, "Pacticipants", table("All pacticipants", heads, rows))


def _places(db: sqlite3.Connection, pacticipant: int) -> str:
    return ", ".join(
        f"{row[0]}: {row[1]}{' (' + row[2] + ')' if row[2] else ''}"
        for row in db.execute(
            "SELECT e.name, v.number, d.instance FROM deployments d"
            " JOIN versions v ON v.id = d.version JOIN environments e ON e.id = d.environment"
            " WHERE v.pacticipant = ? AND d.ended_at IS NULL ORDER BY e.name, d.id",
            (pacticipant,),
        )
    )


def _pacticipant(call: Call, db: sqlite3.Connection, name: str) -> Reply:
    owner = participants.get(db, name)
    rows = []
    for each in db.execute(
        "SELECT v.*, (SELECT group_concat(b.name, ', ') FROM branch_versions bv"
        " JOIN branches b ON b.id = bv.branch WHERE bv.version = v.id) AS branches,"
        " (SELECT group_concat(t.name, ', ') FROM tags t WHERE t.version = v.id) AS tags,"
        " (SELECT group_concat(DISTINCT e.name) FROM deployments d"
        " JOIN environments e ON e.id = d.environment"
        " WHERE d.version = v.id AND d.ended_at IS NULL) AS places"
        " FROM versions v WHERE v.pacticipant = ? ORDER BY v.id DESC LIMIT ?",
        (owner["id"], _MANY),
    ):
        pacts = db.execute(publishing.select + "WHERE p.version = ?", (each["id"],)).fetchall()
        rows.append(
            (
                each["number"],
                each["branches"] or "",
                each["tags"] or "",
                each["places"] or "",
                joined(
                    (
                        link(call, one["provider"], "pacts", one["provider"], name, each["number"])
                        for one in pacts
                    ),
                    ", ",
                ),
                when(each["created_at"]),
            )
        )
    heads = ("Version", "Branches", "Tags", "Deployed or released", "Pacts with", "Since")
    return shown(call, name, table(f"Versions of {name}", heads, rows))


def _matrix(call: Call, db: sqlite3.Connection, provider: str, consumer: str) -> Reply:
    found = matrix.ask(
        db,
        Asked(
            selectors=(Selector(pacticipant=consumer), Selector(pacticipant=provider)),
            limit=_MANY,
        ),
    )
    kinds = {State.PASSED: True, State.FAILED: False, State.UNVERIFIED: None, State.ABSENT: None}
    rows = [
        (
            link(
                call,
                each.consumer_version,
                "pacts",
                each.provider,
                each.consumer,
                each.consumer_version,
            ),
            when(each.published),
            each.provider_version or "",
            verdict(kinds[each.state]),
            when(each.result["created_at"]) if each.result is not None else "",
        )
        for each in found.rows
        if each.consumer == consumer
    ]
    heads = (f"Version of {consumer}", "Published", f"Version of {provider}", "Result", "Verified")
    said = table(f"Results of {consumer} with {provider}", heads, rows)
    more = html("<p>These are the newest {} rows.</p>", _MANY)
    cut = more if len(found.rows) == _MANY else Html("")
    return shown(call, f"{consumer} and {provider}", html("{}{}", said, cut))


def _why(found: Answer) -> Html:
    """Whether a version fits, and what speaks against it, folded away."""
    word = verdict(found.deployable, "fits", "does not fit", "not known")
    against = [text for kind, text in found.reasons if kind == "error"]
    if not against:
        return word
    items = joined(html("<li>{}</li>", each) for each in against)
    return html("<details><summary>{}</summary><ul>{}</ul></details>", word, items)


def _environments(call: Call, db: sqlite3.Connection) -> Reply:
    """Each environment with what is there, and whether that passed with all it meets there."""
    parts = []
    for where in db.execute("SELECT * FROM environments ORDER BY name").fetchall():
        rows = []
        for each in db.execute(
            deployments.select + "WHERE d.environment = ? AND d.ended_at IS NULL"
            " ORDER BY p.name, d.id",
            (where["id"],),
        ).fetchall():
            found = matrix.answer(db, each["name"], each["number"], where["name"])
            rows.append(
                (
                    link(call, each["name"], "pacticipants", each["name"]),
                    each["number"],
                    "released" if each["kind"] == "released" else each["instance"] or "deployed",
                    when(each["created_at"]),
                    _why(found),
                )
            )
        name = where["display_name"] or where["name"]
        parts.append(
            html(
                "<h2>{}{}</h2>{}",
                name,
                html(' <span class="badge">{}</span>', "production")
                if where["production"]
                else Html(""),
                table(
                    f"Versions in {name}",
                    ("Pacticipant", "Version", "Instance", "Since", "With the others there"),
                    rows,
                ),
            )
        )
    if not parts:
        hint = "No environment yet. Make one: apicheck environments --create production"
        parts.append(html('<p class="none">{}</p>', hint))
    return shown(call, "Environments", joined(parts))


ROUTES = tuple(
    Route(method="GET", path=path, handler=handler, writes=False)
    for path, handler in (
        ("/ui", _contracts),
        ("/ui/pacticipants", _pacticipants),
        ("/ui/pacticipants/{name}", _pacticipant),
        ("/ui/matrix/{provider}/{consumer}", _matrix),
        ("/ui/environments", _environments),
    )
)
