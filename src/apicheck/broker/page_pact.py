"""The page of one pact: what the consumer expects, and where the last result saw it fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from apicheck.broker import content, publishing, results
from apicheck.broker.calls import Call, Reply, Route
from apicheck.broker.frame import link, shown, verdict
from apicheck.broker.markup import Html, html, joined, table, when

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

__all__ = ["ROUTES"]


def _pact(call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str) -> Reply:
    row = publishing.get_pact(db, provider, consumer, number)
    known = db.execute(
        results.select + f"WHERE r.content = ? AND {results.LATEST} ORDER BY r.id DESC LIMIT 20",
        (row["content"],),
    ).fetchall()
    failed = _failures(known[0]) if known else {}
    interactions = [
        (name, each, failed.get(str(each.get("_id"))))
        for name, each in content.interactions(content.identified(publishing.body(db, row)))
    ]
    parts = [
        html(
            '<p>Version {} of {}, published {}. <a href="{}">As JSON</a>, {}</p>',
            number,
            link(call, consumer, "pacticipants", consumer),
            when(row["created_at"]),
            call.url("pacts", "provider", provider, "consumer", consumer, "version", number),
            link(call, "matrix", "matrix", provider, consumer),
        ),
        html("<h2>{}</h2>", "Latest results"),
        _results(provider, known),
        html("<h2>Interactions ({})</h2>", len(interactions)),
        _jumps(interactions),
        *(_section(index, each) for index, each in enumerate(interactions)),
    ]
    return shown(call, f"Pact between {consumer} and {provider}", joined(parts))


def _results(provider: str, known: list[sqlite3.Row]) -> Html:
    rows = [
        (
            each["provider_version"],
            verdict(each["success"]),
            "compared with the contract" if each["kind"] == "static" else "the provider ran",
            when(each["created_at"]),
            _build(each["build_url"] or ""),
        )
        for each in known
    ]
    heads = (f"Version of {provider}", "Result", "How", "When", "Build")
    return table("Latest results by provider version", heads, rows)


def _build(url: str) -> Html:
    """Only addresses of the web become links: the text came from whoever published."""
    if url.startswith(("https://", "http://")):
        return html('<a rel="noreferrer" href="{}">{}</a>', url, url)
    return html("{}", url)


_Interaction = tuple[str, dict[str, Any], "list[str] | None"]


def _jumps(interactions: list[_Interaction]) -> Html:
    """Links to those that failed: the one that matters may be the hundredth."""
    found = [
        html('<li><a href="#i{}">{}</a></li>', index, name)
        for index, (name, _, wrong) in enumerate(interactions)
        if wrong is not None
    ]
    return (
        html('<p class="no">failed in the last result:</p><ul>{}</ul>', joined(found))
        if (found)
        else Html("")
    )


def _failures(result: sqlite3.Row) -> dict[str, list[str]]:
    """Interaction id -> what did not match, as the verifier said it."""
    found: dict[str, list[str]] = {}
    tests = json.loads(result["tests"])
    for test in tests if isinstance(tests, list) else ():
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


def _section(index: int, interaction: _Interaction) -> Html:
    name, each, wrong = interaction
    said = Html("")
    if wrong is not None:
        items = joined(html("<li>{}</li>", one) for one in wrong)
        said = html('<p class="no">failed:</p><ul>{}</ul>', items)
    return html(
        '<section id="i{}"{}><h3>{}</h3>{}{}{}</section>',
        index,
        Html(' class="bad"') if wrong is not None else Html(""),
        name,
        said,
        joined(_sides(each)),
        _rules(each),
    )


def _sides(each: dict[str, Any]) -> Iterator[Html]:
    """Request and response as they go over the wire, or the contents of a message."""
    request, response = each.get("request"), each.get("response")
    if isinstance(request, dict) and "method" in request:
        yield html("<p>{}</p><pre>{}</pre>", "Upon", _request(request))
        if isinstance(response, dict):
            yield html("<p>{}</p><pre>{}</pre>", "it answers", _answer(response))
        return
    if "contents" in each:
        yield html("<p>{}</p><pre>{}</pre>", "The message", _message(each))
        return
    for words, held in (("Upon the message", request), ("it answers", response)):
        for one in held if isinstance(held, list) else [held]:
            if isinstance(one, dict):
                yield html("<p>{}</p><pre>{}</pre>", words, _message(one))


def _request(request: dict[str, Any]) -> str:
    query = request.get("query") or ""
    if isinstance(query, dict):
        query = urlencode(query, doseq=True)
    line = f"{request.get('method')} {request.get('path', '')}{'?' if query else ''}{query}"
    return _lines(line, request.get("headers"), request.get("body"))


def _answer(response: dict[str, Any]) -> str:
    status = str(response.get("status", ""))
    return _lines(status, response.get("headers"), response.get("body"))


def _message(message: dict[str, Any]) -> str:
    about = message.get("metadata") or message.get("metaData")
    return _lines("", about, message.get("contents")).lstrip("\n")


def _lines(first: str, headers: Any, body: Any) -> str:
    lines = [first]
    for name, value in headers.items() if isinstance(headers, dict) else ():
        values = value if isinstance(value, list) else [value]
        lines.append(f"{name}: {', '.join(map(str, values))}")
    # Version 4 of the specification tells the body's type beside it.
    if isinstance(body, dict) and "contentType" in body and "content" in body:
        body = body["content"]
    if body is not None:
        text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
        lines += ["", text]
    return "\n".join(lines)


def _rules(each: dict[str, Any]) -> Html:
    """What need not be as in the example, folded away: a line for each place."""
    lines = []
    for side in ("request", "response", ""):
        held = each.get(side) if side else each
        rules = held.get("matchingRules") if isinstance(held, dict) else None
        if isinstance(rules, dict):
            lines += [f"{side} {line}".strip() for line in _flat(rules)]
    if not lines:
        return Html("")
    words = f"matching rules ({len(lines)}): elsewhere the values themselves count"
    text = "\n".join(lines)
    return html("<details><summary>{}</summary><pre>{}</pre></details>", words, text)


def _flat(rules: dict[str, Any], at: str = "", depth: int = 0) -> Iterator[str]:
    if depth > 3:
        return  # no version of the specification nests them so
    for key, value in rules.items():
        if not isinstance(value, dict):
            continue
        place = f"{at} {key}".strip()
        matchers = value.get("matchers", [value] if "match" in value else None)
        if isinstance(matchers, list):
            joint = f" {value.get('combine', 'AND')} "
            yield f"{place}: {joint.join(_matcher(each) for each in matchers)}"
        else:
            yield from _flat(value, place, depth + 1)


def _matcher(each: Any) -> str:
    if not isinstance(each, dict):
        return str(each)
    more = ", ".join(f"{key} {value}" for key, value in each.items() if key != "match")
    word = str(each.get("match", "type"))
    return f"{word} ({more})" if more else word


ROUTES = (
    Route(
        method="GET", path="/ui/pacts/{provider}/{consumer}/{number}", handler=_pact, writes=False
    ),
)
