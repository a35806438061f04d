"""The broker for people: plain pages, readable without scripts."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from apicheck.broker import content, matrix, participants, publishing, results
from apicheck.broker.calls import HTML, Call, Reply, Route
from apicheck.broker.heads import Among, newest
from apicheck.broker.markup import Html, html, joined, page, table
from apicheck.broker.matrix import Asked, Selector, State
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES"]

_MANY = 200


def _page(call: Call, title: str, body: Html) -> Reply:
    links = joined(
        html('<a href="{}">{}</a>', call.url(*at), words)
        for at, words in (
            (("ui",), "Contracts"),
            (("ui", "pacticipants"), "Pacticipants"),
            (("ui", "network"), "Network"),
        )
    )
    return Reply(body=page(title, links, body), media=HTML)


def _a(call: Call, words: str, *at: str) -> Html:
    return html('<a href="{}">{}</a>', call.url("ui", *at), words)


def _verdict(success: Any) -> Html:
    kind, words = (
        ("unknown", "never verified")
        if success is None
        else (("yes", "verified") if success else ("no", "failed"))
    )
    return html('<span class="{}">{}</span>', kind, words)


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
                _a(call, each["consumer"], "pacticipants", each["consumer"]),
                _a(call, each["provider"], "pacticipants", each["provider"]),
                _a(call, each["number"], "pacts", *pair, each["number"]),
                each["created_at"],
                _verdict(None if last is None else last["success"]),
                last["provider_version"] if last is not None else "",
                _a(call, "matrix", "matrix", *pair),
            )
        )
    heads = ("Consumer", "Provider", "Newest pact", "Published", "Result", "By version", "")
    return _page(call, "Contracts", table(heads, rows))


def _pacticipants(call: Call, db: sqlite3.Connection) -> Reply:
    rows = []
    for each in db.execute("SELECT * FROM pacticipants ORDER BY name").fetchall():
        latest = participants.latest_version(db, each["name"])
        rows.append(
            (
                _a(call, each["name"], "pacticipants", each["name"]),
                each["main_branch"] or "",
                latest["number"] if latest is not None else "",
                _places(db, each["id"]),
            )
        )
    heads = ("Name", "Main branch", "Latest version", "Deployed or released")
    return _page(call, "Pacticipants", table(heads, rows))


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
                        _a(call, one["provider"], "pacts", one["provider"], name, each["number"])
                        for one in pacts
                    ),
                    ", ",
                ),
                each["created_at"],
            )
        )
    heads = ("Version", "Branches", "Tags", "Deployed or released", "Pacts with", "Since")
    return _page(call, name, table(heads, rows))


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
            _a(
                call,
                each.consumer_version,
                "pacts",
                each.provider,
                each.consumer,
                each.consumer_version,
            ),
            each.published,
            each.provider_version or "",
            _verdict(kinds[each.state]),
            each.result["created_at"] if each.result is not None else "",
        )
        for each in found.rows
        if each.consumer == consumer
    ]
    heads = (f"Version of {consumer}", "Published", f"Version of {provider}", "Result", "Verified")
    more = html("<p>These are the newest {} rows.</p>", _MANY)
    cut = more if len(found.rows) == _MANY else Html("")
    return _page(call, f"{consumer} and {provider}", html("{}{}", table(heads, rows), cut))


def _pact(call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str) -> Reply:
    row = publishing.pact_of(db, provider, consumer, number)
    if row is None:
        raise Refused(404, f"No pact between {consumer} ({number}) and {provider} found")
    known = db.execute(
        results.select + f"WHERE r.content = ? AND {results.LATEST} ORDER BY r.id DESC LIMIT 20",
        (row["content"],),
    ).fetchall()
    failed = _failures(known[0]) if known else {}
    parts = [
        html(
            '<p>Version {} of {}, published {}. <a href="{}">As JSON</a>, {}</p>',
            number,
            consumer,
            row["created_at"],
            call.url("pacts", "provider", provider, "consumer", consumer, "version", number),
            _a(call, "matrix", "matrix", provider, consumer),
        ),
        html("<h2>{}</h2>", "Latest results"),
        table(
            (f"Version of {provider}", "Result", "When", "Build"),
            [
                (
                    each["provider_version"],
                    _verdict(each["success"]),
                    each["created_at"],
                    each["build_url"] or "",
                )
                for each in known
            ],
        ),
        html("<h2>{}</h2>", "Interactions"),
    ]
    pact = content.identified(publishing.body(db, row))
    for name, each in content.interactions(pact):
        wrong = joined(html("<li>{}</li>", one) for one in failed.get(str(each.get("_id")), ()))
        parts.append(
            html(
                "<section><h3>{}</h3>{}{}</section>",
                name,
                html('<p class="no">failed:</p><ul>{}</ul>', wrong) if wrong else Html(""),
                _interaction(each),
            )
        )
    return _page(call, f"Pact between {consumer} and {provider}", joined(parts))


def _failures(result: sqlite3.Row) -> dict[str, list[str]]:
    """Interaction id -> what did not match, as the verifier said it."""
    found: dict[str, list[str]] = {}
    for test in json.loads(result["tests"]) or []:
        if not isinstance(test, dict) or test.get("success"):
            continue
        texts = [
            " ".join(
                str(one[key]) for key in ("attribute", "identifier", "description") if key in one
            )
            for one in test.get("mismatches") or []
            if isinstance(one, dict)
        ]
        found[str(test.get("interactionId"))] = texts or ["no details were published"]
    return found


def _interaction(each: dict[str, Any]) -> Html:
    """Request and response as one would write them on a line, then their bodies."""
    parts = []
    request, response = each.get("request"), each.get("response")
    if isinstance(request, dict) and "method" in request:
        parts.append(
            html(
                "<p>Upon <code>{} {}</code></p>{}",
                request.get("method", ""),
                request.get("path", ""),
                _rest(request, "method", "path"),
            )
        )
    if isinstance(response, dict) and "status" in response:
        parts.append(
            html(
                "<p>it answers <code>{}</code></p>{}", response["status"], _rest(response, "status")
            )
        )
    if not parts:
        parts.append(_rest(each, "description", "_id", "providerStates", "type"))
    return joined(parts)


def _rest(value: dict[str, Any], *but: str) -> Html:
    others = {key: held for key, held in value.items() if key not in but}
    if not others:
        return Html("")
    return html("<pre>{}</pre>", json.dumps(others, indent=2, ensure_ascii=False))


def _network(call: Call, db: sqlite3.Connection) -> Reply:
    pairs = db.execute(
        "SELECT DISTINCT c.name, q.name FROM pacts p JOIN pacticipants c ON c.id = p.consumer"
        " JOIN pacticipants q ON q.id = p.provider ORDER BY c.name, q.name"
    ).fetchall()
    names = sorted({name for pair in pairs for name in pair})
    said = table(
        ("Consumer", "Provider"),
        [
            (_a(call, one, "pacticipants", one), _a(call, other, "matrix", other, one))
            for one, other in pairs
        ],
    )
    drawn = _drawing(names, [(row[0], row[1]) for row in pairs]) if names else Html("")
    return _page(call, "Network", html("{}{}", drawn, said))


def _drawing(names: list[str], pairs: list[tuple[str, str]]) -> Html:
    """All pacticipants on a circle, an arrow from each consumer to each of its providers."""
    radius = max(120, 16 * len(names))
    middle = radius + 160
    at = {}
    for index, name in enumerate(names):
        angle = 2 * math.pi * index / len(names)
        at[name] = (middle + radius * math.cos(angle), middle + radius * math.sin(angle))
    arrows = joined(
        html(
            '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="currentColor" opacity="0.5"'
            ' marker-end="url(#tip)"/>',
            *(round(each, 1) for each in (*at[one], *_short(at[one], at[other]))),
        )
        for one, other in pairs
    )
    dots = joined(
        html(
            '<circle cx="{}" cy="{}" r="5" fill="currentColor"/>'
            '<text x="{}" y="{}" text-anchor="{}">{}</text>',
            round(x, 1),
            round(y, 1),
            round(x + (9 if x >= middle else -9), 1),
            round(y + 4, 1),
            "start" if x >= middle else "end",
            name,
        )
        for name, (x, y) in at.items()
    )
    return html(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}"><defs><marker id="tip" refX="8"'
        ' refY="4" markerWidth="9" markerHeight="8" orient="auto">'
        '<path d="M0 0 L9 4 L0 8 z" fill="currentColor"/></marker></defs>{}{}</svg>',
        2 * middle,
        2 * middle,
        "Who uses whom; the same as in the table below",
        arrows,
        dots,
    )


def _short(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """The end of an arrow a little before the dot it points to."""
    length = math.dist(one, other) or 1.0
    share = max(0.0, 1 - 7 / length)
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


ROUTES = tuple(
    Route(method="GET", path=path, handler=handler, writes=False)
    for path, handler in (
        ("/ui", _contracts),
        ("/ui/pacticipants", _pacticipants),
        ("/ui/pacticipants/{name}", _pacticipant),
        ("/ui/matrix/{provider}/{consumer}", _matrix),
        ("/ui/pacts/{provider}/{consumer}/{number}", _pact),
        ("/ui/network", _network),
    )
)
