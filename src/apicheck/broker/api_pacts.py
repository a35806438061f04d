"""The resources of single pacts: publishing and reading them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from apicheck.broker import content, participants, publishing, results, webhooks
from apicheck.broker.addresses import by_content, pact_at, pact_link, result_url
from apicheck.broker.api_participants import pacticipant
from apicheck.broker.api_versions import version, version_link
from apicheck.broker.calls import Call, Reply, Route
from apicheck.broker.heads import Among, one_newest
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES", "pact_reply"]


def pact_reply(call: Call, db: sqlite3.Connection, row: sqlite3.Row, metadata: str = "") -> Reply:
    """A pact as HAL: the pact itself with links beside its own properties."""
    pact = content.identified(publishing.body(db, row))
    latest = db.execute(
        results.select + "WHERE r.content = ? ORDER BY r.id DESC LIMIT 1", (row["content"],)
    ).fetchone()
    links = {**_around(call, row), **_of_content(call, row, metadata)}
    if latest is not None:
        links["pb:latest-verification-results"] = {"href": result_url(call, latest)}
    return Reply(body={**pact, "createdAt": row["created_at"], "_links": links})


def _around(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    """Links from a pact to its sides, and to other pacts between them."""
    pair, consumer, number = pact_at(row), row["consumer"], row["number"]
    version = ("pacticipants", consumer, "versions", number)
    made = {"title": "Consumer version", "name": number, "href": call.url(*version)}
    asked = [("q[][pacticipant]", consumer), ("q[][version]", number), ("latestby", "cvpv")]
    return {
        **{
            f"pb:{role}": {
                "title": role.capitalize(),
                "name": row[role],
                "href": call.url("pacticipants", row[role]),
            }
            for role in ("consumer", "provider")
        },
        "pb:consumer-version": made,
        "pb:consumer-versions": [made],
        "pb:latest-pact-version": {"href": call.url(*pair, "latest")},
        "pb:latest-untagged-pact-version": {"href": call.url(*pair, "latest-untagged")},
        "pb:latest-tagged-pact-version": {
            "href": call.url(*pair, "latest") + "/{tag}",
            "templated": True,
        },
        "pb:all-pact-versions": {"href": call.url(*pair, "versions")},
        "pb:pact-webhooks": {"href": call.url("webhooks", *pair[1:])},
        "pb:tag-version": {"href": call.url(*version) + "/tags/{tag}", "templated": True},
        "pb:tag-prod-version": {"href": call.url(*version, "tags", "prod")},
        "pb:matrix-for-consumer-version": {"href": call.url("matrix", query=urlencode(asked))},
    }


def _of_content(call: Call, row: sqlite3.Row, metadata: str) -> dict[str, Any]:
    """Links from a pact to itself, its content, what it was before, and where results go."""
    pair, by_version = pact_at(row), (*pact_at(row), "version", row["number"])
    by_sha = (*pair, "pact-version", row["sha"])
    own = (*by_sha, "metadata", metadata) if metadata else by_sha
    here = own if metadata else by_version
    return {
        "self": {**pact_link(call, row), "href": call.url(*here)},
        "pb:pact-version": {"title": "Pact content version", "href": call.url(*by_sha)},
        "pb:previous-distinct": {"href": call.url(*by_version, "previous-distinct")},
        "pb:diff-previous-distinct": {"href": call.url(*by_version, "diff", "previous-distinct")},
        "pb:diff": {
            "href": call.url(*by_sha, "diff", "pact-version") + "/{pactVersion}",
            "templated": True,
        },
        "pb:triggered-webhooks": {"href": call.url(*by_version, "triggered-webhooks")},
        "pb:publish-verification-results": {
            "title": "Publish verification results",
            "href": call.url(*own, "verification-results"),
        },
    }


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
    return Reply(body=pact_reply(call, db, done.row).body, status=201 if done.created else 200)


def _show(call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str) -> Reply:
    return pact_reply(call, db, publishing.get_pact(db, provider, consumer, number))


def _delete(
    _call: Call, db: sqlite3.Connection, provider: str, consumer: str, number: str
) -> Reply:
    row = publishing.get_pact(db, provider, consumer, number)
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
    return pact_reply(call, db, by_content(db, provider, consumer, sha, metadata), metadata)


def _latest(  # noqa: PLR0917 - the parameters of its path
    call: Call,
    db: sqlite3.Connection,
    provider: str,
    consumer: str,
    tag: str | None = None,
    branch: str | None = None,
) -> Reply:
    among = Among(provider=provider, consumer=consumer, tag=tag, branch=branch)
    return pact_reply(call, db, one_newest(db, among))


def _untagged(call: Call, db: sqlite3.Connection, provider: str, consumer: str) -> Reply:
    among = Among(provider=provider, consumer=consumer, untagged=True)
    return pact_reply(call, db, one_newest(db, among))


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
        ("GET", _PAIR + "/latest-untagged", _untagged),
        # As older clients have it.
        ("GET", _PAIR + "/versions/{number}", _show),
        ("PUT", _PAIR + "/versions/{number}", _put),
    )
)
