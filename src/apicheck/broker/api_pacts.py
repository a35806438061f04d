"""The resources of single pacts: publishing and reading them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from apicheck.broker import content, participants, publishing, results, webhooks
from apicheck.broker.addresses import by_content, pact_at, pact_link, result_url
from apicheck.broker.api_participants import pacticipant, version, version_link
from apicheck.broker.calls import Call, Reply, Route
from apicheck.broker.heads import Among, newest
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES"]


def _pact(call: Call, db: sqlite3.Connection, row: sqlite3.Row, metadata: str = "") -> Reply:
    """A pact as HAL: the pact itself with links beside its own properties."""
    content_at = (*pact_at(row), "pact-version", row["sha"])
    own = (*content_at, "metadata", metadata) if metadata else content_at
    here = own if metadata else (*pact_at(row), "version", row["number"])
    pact = content.identified(publishing.body(db, row))
    latest = db.execute(
        results.select + "WHERE r.content = ? ORDER BY r.id DESC LIMIT 1", (row["content"],)
    ).fetchone()
    consumer = {"name": row["consumer"], "number": row["number"]}
    links: dict[str, Any] = {
        "self": {**pact_link(call, row), "href": call.url(*here)},
        "pb:consumer": {
            "title": "Consumer",
            "name": row["consumer"],
            "href": call.url("pacticipants", row["consumer"]),
        },
        "pb:consumer-version": {
            "title": "Consumer version",
            "name": row["number"],
            "href": call.url("pacticipants", row["consumer"], "versions", row["number"]),
        },
        "pb:provider": {
            "title": "Provider",
            "name": row["provider"],
            "href": call.url("pacticipants", row["provider"]),
        },
        "pb:pact-version": {"title": "Pact content version", "href": call.url(*content_at)},
        "pb:latest-pact-version": {"href": call.url(*pact_at(row), "latest")},
        "pb:all-pact-versions": {"href": call.url(*pact_at(row), "versions")},
        "pb:tag-version": {
            "href": call.url("pacticipants", consumer["name"], "versions", consumer["number"])
            + "/tags/{tag}",
            "templated": True,
        },
        "pb:matrix-for-consumer-version": {
            "href": call.url(
                "matrix",
                query=urlencode(
                    [
                        ("q[][pacticipant]", consumer["name"]),
                        ("q[][version]", consumer["number"]),
                        ("latestby", "cvpv"),
                    ]
                ),
            )
        },
        "pb:publish-verification-results": {
            "title": "Publish verification results",
            "href": call.url(*own, "verification-results"),
        },
    }
    if latest is not None:
        links["pb:latest-verification-results"] = {"href": result_url(call, latest)}
    return Reply(body={**pact, "createdAt": row["created_at"], "_links": links})


def _publish_all(call: Call, db: sqlite3.Connection) -> Reply:
    made, pacts = publishing.publish_all(db, call.data, modify=call.settings.modify)
    owner = participants.get(db, made["name"])
    notices = []
    for each in pacts:
        webhooks.tell_published(db, call.base, each)
        row = each.row
        words = "published" if each.created else "already published"
        change = " (content changed)" if each.changed else " (content as before)"
        notices.append(
            {
                "type": "success",
                "text": f"Pact successfully {words} for {row['consumer']} version {row['number']}"
                f" and provider {row['provider']}{change if each.created else ''}.",
            }
        )
        notices.append(
            {"type": "debug", "text": f"View the published pact at {pact_link(call, row)['href']}"}
        )
    if call.data.get("branch") is None:
        notices.append(
            {
                "type": "prompt",
                "text": "No branch was given: configure one, so that selectors can find the pact.",
            }
        )
    tags = call.data.get("tags") or []
    return Reply(
        body={
            "notices": notices,
            "logs": [
                {"level": "info", "message": each["text"], "deprecationWarning": "see notices"}
                for each in notices
            ],
            "_embedded": {
                "pacticipant": pacticipant(call, db, owner),
                "version": version(call, db, made),
            },
            "_links": {
                "pb:pacticipant": {
                    "title": "Pacticipant",
                    "name": made["name"],
                    "href": call.url("pacticipants", made["name"]),
                },
                "pb:pacticipant-version": version_link(call, made),
                "pb:pacticipant-version-tags": [
                    {
                        "title": "Tag",
                        "name": tag,
                        "href": version_link(call, made)["href"] + "/tags/" + tag,
                    }
                    for tag in tags
                ],
                "pb:contracts": [pact_link(call, each.row) for each in pacts],
            },
        }
    )


def _put(call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str) -> Reply:
    return _one(call, db, provider, consumer, number, merge=False)


def _merge(call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str) -> Reply:
    return _one(call, db, provider, consumer, number, merge=True)


def _one(
    call: Call,
    db: sqlite3.Connection,
    provider: str,
    consumer: str,
    number: str,
    *,
    merge: bool,
) -> Reply:
    pact = content.parsed(call.raw, "pact")
    wrong = publishing.names(pact, consumer, provider)
    if wrong:
        raise Refused(400, errors={"pact": wrong})
    made = participants.ensure_version(db, consumer, number)
    done = publishing.publish(
        db,
        version=made,
        provider=provider,
        pact=pact,
        merge=merge,
        modify=call.settings.modify,
    )
    webhooks.tell_published(db, call.base, done)
    return Reply(body=_pact(call, db, done.row).body, status=201 if done.created else 200)


def _show(call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str) -> Reply:
    row = publishing.pact_of(db, provider, consumer, number)
    if row is None:
        raise Refused(404, f"No pact between {consumer} ({number}) and {provider} found")
    return _pact(call, db, row)


def _delete(
    _call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str
) -> Reply:
    row = publishing.pact_of(db, provider, consumer, number)
    if row is None:
        raise Refused(404, f"No pact between {consumer} ({number}) and {provider} found")
    db.execute("DELETE FROM pacts WHERE id = ?", (row["id"],))
    return Reply(status=204)


def _show_content(  # noqa: PLR0917 - the parameters of its path
    call: Call,
    db: sqlite3.Connection,
    provider: str,
    consumer: str,
    sha: str,
    metadata: str = "",
) -> Reply:
    return _pact(call, db, by_content(db, provider, consumer, sha, metadata), metadata)


def _latest(  # noqa: PLR0917 - the parameters of its path
    call: Call,
    db: sqlite3.Connection,
    provider: str,
    consumer: str,
    tag: str | None = None,
    branch: str | None = None,
) -> Reply:
    rows = newest(db, Among(provider=provider, consumer=consumer, tag=tag, branch=branch))
    if not rows:
        raise Refused(404, f"No such pact between {consumer} and {provider} found")
    return _pact(call, db, rows[0])


def _latest_main(call: Call, db: sqlite3.Connection, provider: str, consumer: str) -> Reply:
    main = participants.get(db, consumer)["main_branch"]
    if main is None:
        raise Refused(404, f"Pacticipant '{consumer}' has no main branch")
    return _latest(call, db, provider, consumer, branch=main)


_PAIR = "/pacts/provider/{provider}/consumer/{consumer}"
_VERSION = _PAIR + "/version/{number}"
_CONTENT = _PAIR + "/pact-version/{sha}"
ROUTES = tuple(
    Route(method=method, path=path, handler=handler, writes=method != "GET")
    for method, path, handler in (
        ("POST", "/contracts/publish", _publish_all),
        ("GET", _VERSION, _show),
        ("PUT", _VERSION, _put),
        ("PATCH", _VERSION, _merge),
        ("DELETE", _VERSION, _delete),
        ("GET", _CONTENT, _show_content),
        ("GET", _CONTENT + "/metadata/{metadata}", _show_content),
        ("GET", _PAIR + "/latest", _latest),
        ("GET", _PAIR + "/latest/{tag}", _latest),
        ("GET", _PAIR + "/branch/{branch}/latest", _latest),
        ("GET", _PAIR + "/branch/latest", _latest_main),
    )
)
