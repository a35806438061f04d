"""The resources of pacts: publishing, reading, pacts for verification and their results."""

# ruff: noqa: S608 - what others send goes in as parameters; only our own words are put into SQL
from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from apicheck.broker import content, participants, publishing, results, selection, webhooks
from apicheck.broker.api_participants import pacticipant, version, version_link
from apicheck.broker.calls import Call, Reply, Route
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

__all__ = ["ROUTES", "result_url"]


def _at(row: sqlite3.Row) -> tuple[str, ...]:
    return ("pacts", "provider", row["provider"], "consumer", row["consumer"])


def _link(call: Call, row: sqlite3.Row) -> dict[str, str]:
    return {
        "title": "Pact",
        "name": f"Pact between {row['consumer']} ({row['number']}) and {row['provider']}",
        "href": call.url(*_at(row), "version", row["number"]),
    }


def _pact(call: Call, db: sqlite3.Connection, row: sqlite3.Row, metadata: str = "") -> Reply:
    """A pact as HAL: the pact itself with links beside its own properties."""
    by_content = (*_at(row), "pact-version", row["sha"])
    own = (*by_content, "metadata", metadata) if metadata else by_content
    pact = content.identified(publishing.body(db, row))
    latest = db.execute(
        results.select + "WHERE r.content = ? ORDER BY r.id DESC LIMIT 1", (row["content"],)
    ).fetchone()
    consumer = {"name": row["consumer"], "number": row["number"]}
    links: dict[str, Any] = {
        "self": {
            **_link(call, row),
            "href": call.url(*own) if metadata else call.url(*_at(row), "version", row["number"]),
        },
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
        "pb:pact-version": {"title": "Pact content version", "href": call.url(*by_content)},
        "pb:latest-pact-version": {"href": call.url(*_at(row), "latest")},
        "pb:all-pact-versions": {"href": call.url(*_at(row), "versions")},
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


def result_url(call: Call, row: sqlite3.Row) -> str:
    """The address of a verification result (a row of ``results.select``)."""
    return call.url(
        *("pacts", "provider", row["provider"], "consumer", row["consumer"]),
        *("pact-version", row["sha"], "verification-results", str(row["number"])),
    )


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
            {"type": "debug", "text": f"View the published pact at {_link(call, row)['href']}"}
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
                "pb:contracts": [_link(call, each.row) for each in pacts],
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


def _by_content(
    db: sqlite3.Connection, provider: str, consumer: str, sha: str, metadata: str = ""
) -> sqlite3.Row:
    """The newest pact of that content, or the one that the metadata of its address names."""
    rows = db.execute(
        publishing.select + "WHERE q.name = ? AND c.name = ? AND k.sha = ? ORDER BY p.version DESC",
        (provider, consumer, sha),
    ).fetchall()
    if not rows:
        raise Refused(404, f"No pact between {consumer} and {provider} with content {sha} found")
    meant = {value for key, value in _metadata(metadata) if key == "cv"}
    found: sqlite3.Row = next((each for each in rows if str(each["version"]) in meant), rows[0])
    return found


def _metadata(text: str) -> list[tuple[str, str]]:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return []
    return parse_qsl(raw)


def _show_content(  # noqa: PLR0917 - the parameters of its path
    call: Call,
    db: sqlite3.Connection,
    provider: str,
    consumer: str,
    sha: str,
    metadata: str = "",
) -> Reply:
    return _pact(call, db, _by_content(db, provider, consumer, sha, metadata), metadata)


def _latest(  # noqa: PLR0917 - the parameters of its path
    call: Call,
    db: sqlite3.Connection,
    provider: str,
    consumer: str,
    tag: str | None = None,
    branch: str | None = None,
) -> Reply:
    rows = _newest(db, provider=provider, consumer=consumer, tag=tag, branch=branch)
    if not rows:
        raise Refused(404, f"No such pact between {consumer} and {provider} found")
    return _pact(call, db, rows[0])


def _latest_main(call: Call, db: sqlite3.Connection, provider: str, consumer: str) -> Reply:
    main = participants.get(db, consumer)["main_branch"]
    if main is None:
        raise Refused(404, f"Pacticipant '{consumer}' has no main branch")
    return _latest(call, db, provider, consumer, branch=main)


def _newest(
    db: sqlite3.Connection,
    *,
    provider: str | None = None,
    consumer: str | None = None,
    tag: str | None = None,
    branch: str | None = None,
    main: bool = False,
    every: bool = False,
) -> list[sqlite3.Row]:
    """The newest pact of each integration (or every one) that satisfies what is given."""
    where, values = ["1"], []
    for column, value in (("q.name", provider), ("c.name", consumer)):
        if value is not None:
            where.append(f"{column} = ?")
            values.append(value)
    if tag is not None:
        where.append("EXISTS (SELECT 1 FROM tags t WHERE t.version = p.version AND t.name = ?)")
        values.append(tag)
    if branch is not None or main:
        name = "c.main_branch" if main else "?"
        where.append(
            "EXISTS (SELECT 1 FROM branch_versions bv JOIN branches b ON b.id = bv.branch"
            f" WHERE bv.version = p.version AND b.name = {name})"
        )
        values += [] if branch is None else [branch]
    rows = db.execute(
        publishing.select + "WHERE " + " AND ".join(where) + " ORDER BY p.version", values
    ).fetchall()
    if every:
        return rows
    found = {(each["consumer"], each["provider"]): each for each in rows}
    return [found[key] for key in sorted(found)]


def _listed(**fixed: bool) -> Callable[..., Reply]:
    """A list of pacts; the parameters of its path say which."""

    def handler(call: Call, db: sqlite3.Connection, **given: str) -> Reply:
        if "provider" in given:
            participants.get(db, given["provider"])
        rows = _newest(db, **given, **fixed)  # type: ignore[arg-type]
        links = [_link(call, each) for each in rows]
        pacts = [_summary(call, db, each) for each in rows]
        return Reply(
            body={
                # Both places are read, by clients of different ages.
                "pacts": pacts,
                "_embedded": {"pacts": pacts},
                "_links": {
                    "self": {"href": call.base},
                    "pb:pacts": links,
                    "pacts": links,
                },
            }
        )

    return handler


def _summary(call: Call, db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    consumer = participants.get_version(db, row["consumer"], row["number"])
    return {
        "createdAt": row["created_at"],
        "_embedded": {
            "consumer": {
                "name": row["consumer"],
                "_embedded": {
                    "version": {
                        "number": row["number"],
                        "_links": {"self": version_link(call, consumer)},
                    }
                },
                "_links": {"self": {"href": call.url("pacticipants", row["consumer"])}},
            },
            "provider": {
                "name": row["provider"],
                "_links": {"self": {"href": call.url("pacticipants", row["provider"])}},
            },
        },
        "_links": {
            "self": _link(call, row),
            "pb:pact-version": {
                "href": call.url(*_at(row), "pact-version", row["sha"]),
            },
        },
    }


def _for_verification(call: Call, db: sqlite3.Connection, provider: str) -> Reply:
    asked = selection.question(_asked(call))
    return Reply(
        body={
            "_embedded": {
                "pacts": [
                    _chosen(call, provider, asked, each)
                    for each in selection.for_verification(db, provider, asked)
                ]
            },
            "_links": {
                "self": {
                    "title": "Pacts to be verified",
                    "href": call.url("pacts", "provider", provider, "for-verification"),
                }
            },
        }
    )


def _asked(call: Call) -> dict[str, Any]:
    if call.data:
        return call.data
    # The older form by GET: selectors as in a Rails query.
    data: dict[str, Any] = {}
    for key, name in (
        ("provider_version_branch", "providerVersionBranch"),
        ("include_wip_pacts_since", "includeWipPactsSince"),
    ):
        if call.asked(key):
            data[name] = call.asked(key)
    data["includePendingStatus"] = call.flag("include_pending_status")
    data["providerVersionTags"] = [v for k, v in call.query if k == "provider_version_tags[]"]
    return data


def _chosen(
    call: Call, provider: str, asked: selection.Question, each: selection.Chosen
) -> dict[str, Any]:
    pact = each.pact
    facts = [("cv", str(one)) for one in each.versions]
    facts += [("p", "true")] if each.pending else []
    facts += [("w", "true")] if each.wip else []
    metadata = base64.urlsafe_b64encode(urlencode(facts).encode()).decode().rstrip("=")
    url = call.url(*_at(pact), "pact-version", pact["sha"], "metadata", metadata)
    properties: dict[str, Any] = {"notices": list(_notices(url, provider, asked, each))}
    if asked.pending or each.wip:
        properties["pending"] = each.pending
    if each.wip:
        properties["wip"] = True
    return {
        "shortDescription": ", ".join(each.reasons),
        "verificationProperties": properties,
        "_links": {
            "self": {
                "href": url,
                "name": f"Pact between {pact['consumer']} ({pact['number']}) and {provider}",
            }
        },
    }


def _notices(
    url: str, provider: str, asked: selection.Question, each: selection.Chosen
) -> list[dict[str, str]]:
    before, of = "before_verification", each.pact
    why = "\n".join(f"    * {one} ({of['number']})" for one in each.reasons)
    start = (
        "is a work in progress pact: it is the"
        if each.wip
        else "is being verified because its content belongs to the consumer version(s) matching:"
    )
    found = [{"when": before, "text": f"The pact at {url} {start}\n{why}"}]
    if not asked.pending and not each.wip:
        return found
    branch = f" from branch '{asked.branch}'" if asked.branch else ""
    if each.pending:
        found += [
            {
                "when": before,
                "text": f"This pact is in pending state for this version of {provider}: no version"
                f"{branch} has published a successful result of it. If this verification fails,"
                " the build does not.",
            },
            {
                "when": "after_verification:success_true_published_false",
                "text": "This pact is still in pending state: publish the successful result to"
                " end it.",
            },
            {
                "when": "after_verification:success_false_published_false",
                "text": "This pact is still in pending state, so the build does not fail.",
            },
            {
                "when": "after_verification:success_true_published_true",
                "text": f"This pact is no longer in pending state: a successful result of a version"
                f"{branch} is published."
                if not each.wip
                else "This pact is a work in progress: it stays pending until it is selected.",
            },
            {
                "when": "after_verification:success_false_published_true",
                "text": "This pact is still in pending state, so the build does not fail.",
            },
        ]
    else:
        found.append(
            {
                "when": before,
                "text": f"This pact has been verified with success by a version of {provider}"
                f"{branch}. If this verification fails, the build does too.",
            }
        )
    return found


def _publish_result(  # noqa: PLR0917 - the parameters of its path
    call: Call,
    db: sqlite3.Connection,
    provider: str,
    consumer: str,
    sha: str,
    metadata: str = "",
) -> Reply:
    pact = _by_content(db, provider, consumer, sha, metadata)
    held = db.execute("SELECT * FROM contents WHERE id = ?", (pact["content"],)).fetchone()
    wip = ("w", "true") in _metadata(metadata)
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
) -> Reply:
    pact = _by_content(db, provider, consumer, sha)
    if number == "latest":
        more, values = "ORDER BY r.id DESC LIMIT 1", (pact["content"],)
    else:
        more, values = "AND r.number = ?", (pact["content"], number)  # type: ignore[assignment]
    row = db.execute(results.select + "WHERE r.content = ? " + more, values).fetchone()
    if row is None:
        raise Refused(404, f"No verification result {number} of this pact found")
    return Reply(body=_result(call, row))


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


def _states(_call: Call, db: sqlite3.Connection, provider: str) -> Reply:
    """Every provider state that a newest pact of the provider asks for, and who asks."""
    participants.get(db, provider)
    states: dict[str, dict[str, Any]] = {}
    for row in _newest(db, provider=provider):
        for _, each in content.interactions(publishing.body(db, row)):
            for state in _given(each):
                known = states.setdefault(
                    state["name"], {"name": state["name"], "params": {}, "consumers": []}
                )
                if isinstance(state.get("params"), dict):
                    known["params"].update(state["params"])
                if row["consumer"] not in known["consumers"]:
                    known["consumers"].append(row["consumer"])
    return Reply(body={"providerStates": [states[name] for name in sorted(states)]})


def _given(interaction: dict[str, Any]) -> list[dict[str, Any]]:
    found = interaction.get("providerStates") or interaction.get("providerState") or []
    if isinstance(found, str):
        found = [{"name": found}]
    return [each for each in found if isinstance(each, dict) and isinstance(each.get("name"), str)]


_PROVIDER = "/pacts/provider/{provider}"
_PAIR = _PROVIDER + "/consumer/{consumer}"
_VERSION = _PAIR + "/version/{number}"
_CONTENT = _PAIR + "/pact-version/{sha}"
_MARKED = _CONTENT + "/metadata/{metadata}"
ROUTES = (
    Route(method="POST", path="/contracts/publish", handler=_publish_all, writes=True),
    Route(method="PUT", path=_VERSION, handler=_put, writes=True),
    Route(method="PATCH", path=_VERSION, handler=_merge, writes=True),
    Route(method="DELETE", path=_VERSION, handler=_delete, writes=True),
    # A question, though it is asked by POST: those who may only read may ask it.
    Route(
        method="POST", path=_PROVIDER + "/for-verification", handler=_for_verification, writes=False
    ),
    *(
        Route(
            method="POST", path=path + "/verification-results", handler=_publish_result, writes=True
        )
        for path in (_CONTENT, _MARKED)
    ),
    *(
        Route(method="GET", path=path, handler=handler, writes=False)
        for path, handler in (
            (_VERSION, _show),
            (_CONTENT, _show_content),
            (_MARKED, _show_content),
            (_CONTENT + "/verification-results/{number}", _show_result),
            (_PAIR + "/latest", _latest),
            (_PAIR + "/latest/{tag}", _latest),
            (_PAIR + "/branch/{branch}/latest", _latest),
            (_PAIR + "/branch/latest", _latest_main),
            (_PAIR + "/versions", _listed(every=True)),
            (_PAIR + "/tag/{tag}", _listed(every=True)),
            (_PROVIDER + "/for-verification", _for_verification),
            (_PROVIDER + "/provider-states", _states),
            (_PROVIDER, _listed(every=True)),
            (_PROVIDER + "/tag/{tag}", _listed(every=True)),
            (_PROVIDER + "/branch/{branch}", _listed(every=True)),
            (_PROVIDER + "/branch", _listed(every=True, main=True)),
            (_PROVIDER + "/latest", _listed()),
            (_PROVIDER + "/latest/{tag}", _listed()),
            (_PROVIDER + "/branch/{branch}/latest", _listed()),
            (_PROVIDER + "/branch/latest", _listed(main=True)),
            ("/pacts/latest", _listed()),
            ("/pacts/latest/{tag}", _listed()),
            ("/pacts/branch/{branch}/latest", _listed()),
            ("/pacts/main-branch/latest", _listed(main=True)),
            ("/verification-results/consumer/{consumer}/version/{number}/latest", _results_of),
        )
    ),
)
