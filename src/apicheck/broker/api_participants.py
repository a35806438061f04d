"""The resources of pacticipants, versions, branches, tags and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.broker import deployments, participants, publishing
from apicheck.broker.calls import Call, Reply, Route, paged
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES", "pacticipant", "version", "version_link"]


def pacticipant(call: Call, db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """A pacticipant as HAL."""
    name = row["name"]
    at = ("pacticipants", name)
    here = call.url(*at)
    labels = [
        each[0]
        for each in db.execute(
            "SELECT name FROM labels WHERE pacticipant = ? ORDER BY name", (row["id"],)
        )
    ]
    embedded: dict[str, Any] = {
        "labels": [
            {"name": each, "_links": {"self": {"href": call.url(*at, "labels", each)}}}
            for each in labels
        ]
    }
    latest = participants.latest_version(db, name)
    if latest is not None:
        embedded["latestVersion"] = {
            "number": latest["number"],
            "_links": {"self": {"href": call.url(*at, "versions", latest["number"])}},
        }
    return {
        **_facts(row),
        "_embedded": embedded,
        "_links": {
            "self": {"href": here},
            "pb:versions": {"href": f"{here}/versions"},
            "pb:version": {"href": f"{here}/versions/{{version}}", "templated": True},
            "pb:version-tag": {
                "href": f"{here}/versions/{{version}}/tags/{{tag}}",
                "templated": True,
            },
            "pb:branches": {"href": f"{here}/branches"},
            "pb:branch": {"href": f"{here}/branches/{{branch}}", "templated": True},
            "pb:branch-version": {
                "href": f"{here}/branches/{{branch}}/versions/{{version}}",
                "templated": True,
            },
            "pb:label": {"href": f"{here}/labels/{{label}}", "templated": True},
            "pb:latest-version": {"href": f"{here}/latest-version"},
            "pb:can-i-deploy-badge": {
                "href": f"{here}/branches/{{branch}}/latest-version/can-i-deploy"
                "/to-environment/{environment}/badge",
                "templated": True,
            },
        },
    }


def _facts(row: sqlite3.Row) -> dict[str, Any]:
    facts = {
        "name": row["name"],
        "displayName": row["display_name"] or row["name"],
        "mainBranch": row["main_branch"],
        "repositoryUrl": row["repository_url"],
        "createdAt": row["created_at"],
    }
    return {key: value for key, value in facts.items() if value is not None}


def version_link(call: Call, row: sqlite3.Row) -> dict[str, str]:
    """A link to a version, with its number as the name."""
    return {
        "title": "Pacticipant version",
        "name": row["number"],
        "href": call.url("pacticipants", row["name"], "versions", row["number"]),
    }


def version(call: Call, db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """A version as HAL."""
    name, number = row["name"], row["number"]
    here = ("pacticipants", name, "versions", number)
    branches = db.execute(
        "SELECT b.name, bv.version = (SELECT max(version) FROM branch_versions o"
        " WHERE o.branch = b.id) AS latest FROM branch_versions bv"
        " JOIN branches b ON b.id = bv.branch WHERE bv.version = ? ORDER BY b.name",
        (row["id"],),
    ).fetchall()
    tags = db.execute(
        "SELECT name FROM tags WHERE version = ? ORDER BY name", (row["id"],)
    ).fetchall()
    pacts = db.execute(publishing.select + "WHERE p.version = ?", (row["id"],)).fetchall()
    environments = db.execute("SELECT * FROM environments ORDER BY name").fetchall()
    current = db.execute(
        deployments.select + "WHERE d.version = ? AND d.ended_at IS NULL", (row["id"],)
    ).fetchall()
    facts = {"number": number, "createdAt": row["created_at"], "buildUrl": row["build_url"]}
    return {
        **{key: value for key, value in facts.items() if value is not None},
        "_embedded": {
            "branchVersions": [
                {
                    "name": each["name"],
                    "latest": bool(each["latest"]),
                    "_links": {
                        "self": {
                            "title": "Branch version",
                            "href": call.url(
                                "pacticipants", name, "branches", each["name"], "versions", number
                            ),
                        }
                    },
                }
                for each in branches
            ],
            "tags": [
                {
                    "name": each["name"],
                    "_links": {"self": {"href": call.url(*here, "tags", each["name"])}},
                }
                for each in tags
            ],
        },
        "_links": {
            "self": {
                "title": "Version",
                "name": f"{number}",
                "href": call.url(*here),
            },
            "pb:pacticipant": {"name": name, "href": call.url("pacticipants", name)},
            "pb:tag": {"href": call.url(*here) + "/tags/{tag}", "templated": True},
            "pb:pact-versions": [
                {
                    "title": "Pact",
                    "name": f"Pact between {each['consumer']} ({number}) and {each['provider']}",
                    "href": call.url(
                        "pacts",
                        "provider",
                        each["provider"],
                        "consumer",
                        name,
                        "version",
                        number,
                    ),
                }
                for each in pacts
            ],
            **{
                rel: [
                    {
                        "title": title,
                        "name": each["environment_name"],
                        "href": call.url(f"{kind}-versions", each["uuid"]),
                    }
                    for each in current
                    if each["kind"] == kind
                ]
                for rel, title, kind in (
                    ("pb:deployed-environments", "Version deployed to environment", "deployed"),
                    ("pb:released-environments", "Version released to environment", "released"),
                )
            },
            **{
                f"pb:record-{rel}": [
                    {
                        "title": f"Record {rel} for version in environment",
                        "name": each["name"],
                        "href": call.url(*here, kind, "environment", each["uuid"]),
                    }
                    for each in environments
                ]
                for rel, kind in (
                    ("deployment", "deployed-versions"),
                    ("release", "released-versions"),
                )
            },
        },
    }


def _list(call: Call, db: sqlite3.Connection, label: str | None = None) -> Reply:
    sql, values = "SELECT p.* FROM pacticipants p", ()
    at: tuple[str, ...] = ("pacticipants",)
    if label is not None:
        sql += " JOIN labels l ON l.pacticipant = p.id AND l.name = ?"
        values, at = (label,), ("pacticipants", "label", label)  # type: ignore[assignment]
    rows, more, links = paged(call, db, sql + " ORDER BY p.name", values, *at)
    found = [pacticipant(call, db, each) for each in rows]
    here = [{"title": each["name"], **each["_links"]["self"]} for each in found]
    return Reply(
        body={
            # Both places are read, by clients of different ages.
            "pacticipants": found,
            "_embedded": {"pacticipants": found},
            "_links": {
                "self": {"href": call.url(*at)},
                "pb:pacticipants": here,
                "pacticipants": here,
                "pb:pacticipants-with-label": {
                    "href": call.url("pacticipants", "label") + "/{label}",
                    "templated": True,
                },
                **links,
            },
            **more,
        }
    )


def _create(call: Call, db: sqlite3.Connection) -> Reply:
    row = participants.create(db, call.data)
    body = pacticipant(call, db, row)
    return Reply(body=body, status=201, headers={"location": body["_links"]["self"]["href"]})


def _show(call: Call, db: sqlite3.Connection, name: str) -> Reply:
    return Reply(body=pacticipant(call, db, participants.get(db, name)))


def _put(call: Call, db: sqlite3.Connection, name: str) -> Reply:
    new = participants.find(db, name) is None
    participants.ensure(db, name)
    row = participants.update(db, name, call.data, whole=not new)
    return Reply(body=pacticipant(call, db, row), status=201 if new else 200)


def _patch(call: Call, db: sqlite3.Connection, name: str) -> Reply:
    new = participants.find(db, name) is None
    participants.ensure(db, name)
    row = participants.update(db, name, call.data)
    return Reply(body=pacticipant(call, db, row), status=201 if new else 200)


def _delete(_call: Call, db: sqlite3.Connection, name: str) -> Reply:
    db.execute("DELETE FROM pacticipants WHERE id = ?", (participants.get(db, name)["id"],))
    return Reply(status=204)


def _label(call: Call, db: sqlite3.Connection, name: str, label: str) -> Reply:
    owner = participants.get(db, name)
    if not db.execute(
        "SELECT 1 FROM labels WHERE pacticipant = ? AND name = ?", (owner["id"], label)
    ).fetchone():
        raise Refused(404, f"No label '{label}' of pacticipant '{name}' found")
    here = call.url("pacticipants", name, "labels", label)
    return Reply(body={"name": label, "_links": {"self": {"href": here}}})


def _put_label(call: Call, db: sqlite3.Connection, name: str, label: str) -> Reply:
    done = db.execute(
        "INSERT OR IGNORE INTO labels VALUES (?, ?)", (participants.get(db, name)["id"], label)
    )
    return Reply(body=_label(call, db, name, label).body, status=201 if done.rowcount == 1 else 200)


def _delete_label(call: Call, db: sqlite3.Connection, name: str, label: str) -> Reply:
    _label(call, db, name, label)
    owner = participants.get(db, name)
    db.execute("DELETE FROM labels WHERE pacticipant = ? AND name = ?", (owner["id"], label))
    return Reply(status=204)


def _versions(call: Call, db: sqlite3.Connection, name: str, branch: str | None = None) -> Reply:
    owner = participants.get(db, name)
    sql = "SELECT v.*, p.name FROM versions v JOIN pacticipants p ON p.id = v.pacticipant"
    values: tuple[Any, ...] = (owner["id"],)
    at: tuple[str, ...] = ("pacticipants", name, "versions")
    if branch is not None:
        sql += " JOIN branch_versions bv ON bv.version = v.id AND bv.branch = ?"
        values = (participants.branch(db, name, branch)["id"], owner["id"])
        at = ("pacticipants", name, "branches", branch, "versions")
    sql += " WHERE v.pacticipant = ? ORDER BY v.id DESC"
    rows, more, links = paged(call, db, sql, values, *at)
    return Reply(
        body={
            "_embedded": {"versions": [version(call, db, each) for each in rows]},
            "_links": {
                "self": {"href": call.url(*at)},
                "pb:versions": [version_link(call, each) for each in rows],
                "pb:pacticipant": {"name": name, "href": call.url("pacticipants", name)},
                **links,
            },
            **more,
        }
    )


def _version(call: Call, db: sqlite3.Connection, name: str, number: str) -> Reply:
    return Reply(body=version(call, db, participants.get_version(db, name, number)))


def _put_version(call: Call, db: sqlite3.Connection, name: str, number: str) -> Reply:
    new = participants.find_version(db, name, number) is None
    url = call.data.get("buildUrl")
    if url is not None and not isinstance(url, str):
        raise Refused(400, errors={"buildUrl": ["must be a string"]})
    row = participants.ensure_version(db, name, number, url)
    for each in _names(call.data, "branch", "branches"):
        participants.on_branch(db, row, each)
    for each in _names(call.data, "tag", "tags"):
        participants.tagged(db, row, each)
    row = participants.get_version(db, name, number)
    return Reply(body=version(call, db, row), status=201 if new else 200)


def _names(data: dict[str, Any], one: str, many: str) -> list[str]:
    found = data.get(many) or []
    found = [each.get("name") if isinstance(each, dict) else each for each in found]
    if data.get(one):
        found.append(data[one])
    if not all(isinstance(each, str) and each for each in found):
        raise Refused(400, errors={many: ["must be a list of names"]})
    return found


def _delete_version(_call: Call, db: sqlite3.Connection, name: str, number: str) -> Reply:
    db.execute(
        "DELETE FROM versions WHERE id = ?", (participants.get_version(db, name, number)["id"],)
    )
    return Reply(status=204)


def _latest(
    call: Call,
    db: sqlite3.Connection,
    name: str,
    tag: str | None = None,
    branch: str | None = None,
) -> Reply:
    participants.get(db, name)
    row = participants.latest_version(db, name, tag=tag, branch=branch)
    if row is None:
        of = f" with tag '{tag}'" if tag else f" on branch '{branch}'" if branch else ""
        raise Refused(404, f"No version of pacticipant '{name}'{of} found")
    return Reply(body=version(call, db, row))


def _branch_body(call: Call, name: str, row: sqlite3.Row) -> dict[str, Any]:
    at = ("pacticipants", name, "branches", row["name"])
    return {
        "name": row["name"],
        "createdAt": row["created_at"],
        "_links": {
            "self": {"title": "Branch", "href": call.url(*at)},
            "pb:latest-version": {"href": call.url(*at, "latest-version")},
            "pb:pacticipant": {"name": name, "href": call.url("pacticipants", name)},
        },
    }


def _branches(call: Call, db: sqlite3.Connection, name: str) -> Reply:
    owner = participants.get(db, name)
    at = ("pacticipants", name, "branches")
    rows, more, links = paged(
        call,
        db,
        "SELECT * FROM branches WHERE pacticipant = ? ORDER BY id DESC",
        (owner["id"],),
        *at,
    )
    return Reply(
        body={
            "_embedded": {"branches": [_branch_body(call, name, each) for each in rows]},
            "_links": {"self": {"href": call.url(*at)}, **links},
            **more,
        }
    )


def _branch(call: Call, db: sqlite3.Connection, name: str, branch: str) -> Reply:
    return Reply(body=_branch_body(call, name, participants.branch(db, name, branch)))


def _delete_branch(_call: Call, db: sqlite3.Connection, name: str, branch: str) -> Reply:
    participants.remove_branch(db, name, branch)
    return Reply(status=204)


def _branch_version(
    call: Call, db: sqlite3.Connection, name: str, branch: str, number: str
) -> Reply:
    row = participants.get_version(db, name, number)
    if not db.execute(
        "SELECT 1 FROM branch_versions WHERE branch = ? AND version = ?",
        (participants.branch(db, name, branch)["id"], row["id"]),
    ).fetchone():
        raise Refused(404, f"Version {number} of '{name}' is not on branch '{branch}'")
    at = ("pacticipants", name, "branches", branch, "versions", number)
    return Reply(
        body={
            "_links": {
                "self": {"title": "Branch version", "href": call.url(*at)},
                "pb:pacticipant-version": version_link(call, row),
            }
        }
    )


def _put_branch_version(
    call: Call, db: sqlite3.Connection, name: str, branch: str, number: str
) -> Reply:
    row = participants.ensure_version(db, name, number)
    new = participants.on_branch(db, row, branch)
    reply = _branch_version(call, db, name, branch, number)
    return Reply(body=reply.body, status=201 if new else 200)


def _tag(call: Call, db: sqlite3.Connection, name: str, number: str, tag: str) -> Reply:
    row = participants.get_version(db, name, number)
    found = db.execute(
        "SELECT * FROM tags WHERE version = ? AND name = ?", (row["id"], tag)
    ).fetchone()
    if found is None:
        raise Refused(404, f"Version {number} of '{name}' has no tag '{tag}'")
    at = ("pacticipants", name, "versions", number, "tags", tag)
    return Reply(
        body={
            "name": tag,
            "createdAt": found["created_at"],
            "_links": {
                "self": {"title": "Tag", "name": tag, "href": call.url(*at)},
                "pb:version": version_link(call, row),
                "pb:pacticipant": {"name": name, "href": call.url("pacticipants", name)},
            },
        }
    )


def _put_tag(call: Call, db: sqlite3.Connection, name: str, number: str, tag: str) -> Reply:
    row = participants.ensure_version(db, name, number)
    new = participants.tagged(db, row, tag)
    where = deployments.named(db, tag)
    if new and where is not None:
        # Clients of before environments: a tag of that name says that it is deployed there.
        deployments.record(db, deployments.Kind.DEPLOYED, row, where)
    return Reply(body=_tag(call, db, name, number, tag).body, status=201 if new else 200)


def _delete_tag(call: Call, db: sqlite3.Connection, name: str, number: str, tag: str) -> Reply:
    _tag(call, db, name, number, tag)
    row = participants.get_version(db, name, number)
    db.execute("DELETE FROM tags WHERE version = ? AND name = ?", (row["id"], tag))
    return Reply(status=204)


_ONE = "/pacticipants/{name}"
_VERSION = _ONE + "/versions/{number}"
_BRANCH = _ONE + "/branches/{branch}"
ROUTES = tuple(
    Route(method=method, path=path, handler=handler, writes=method != "GET")
    for method, path, handler in (
        ("GET", "/pacticipants", _list),
        ("POST", "/pacticipants", _create),
        ("GET", "/pacticipants/label/{label}", _list),
        ("GET", _ONE, _show),
        ("PUT", _ONE, _put),
        ("PATCH", _ONE, _patch),
        ("DELETE", _ONE, _delete),
        ("GET", _ONE + "/labels/{label}", _label),
        ("PUT", _ONE + "/labels/{label}", _put_label),
        ("DELETE", _ONE + "/labels/{label}", _delete_label),
        ("GET", _ONE + "/versions", _versions),
        ("GET", _ONE + "/latest-version", _latest),
        ("GET", _ONE + "/latest-version/{tag}", _latest),
        ("GET", _ONE + "/versions/latest", _latest),
        ("GET", _VERSION, _version),
        ("PUT", _VERSION, _put_version),
        ("PATCH", _VERSION, _put_version),
        ("DELETE", _VERSION, _delete_version),
        ("GET", _VERSION + "/tags/{tag}", _tag),
        ("PUT", _VERSION + "/tags/{tag}", _put_tag),
        ("DELETE", _VERSION + "/tags/{tag}", _delete_tag),
        ("GET", _ONE + "/branches", _branches),
        ("GET", _BRANCH, _branch),
        ("DELETE", _BRANCH, _delete_branch),
        ("GET", _BRANCH + "/latest-version", _latest),
        ("GET", _BRANCH + "/versions", _versions),
        ("GET", _BRANCH + "/versions/{number}", _branch_version),
        ("PUT", _BRANCH + "/versions/{number}", _put_branch_version),
    )
)
