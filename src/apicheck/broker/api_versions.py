"""The resources of versions, their branches and their tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.broker import deployments, participants, publishing
from apicheck.broker.calls import Call, Reply, Route, paged
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES", "version", "version_link"]


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


def _versions(
    call: Call,
    db: sqlite3.Connection,
    name: str,
    branch: str | None = None,
    tag: str | None = None,
) -> Reply:
    owner = participants.get(db, name)
    sql = "SELECT v.*, p.name FROM versions v JOIN pacticipants p ON p.id = v.pacticipant"
    values: tuple[Any, ...] = (owner["id"],)
    at: tuple[str, ...] = ("pacticipants", name, "versions")
    if branch is not None:
        sql += " JOIN branch_versions bv ON bv.version = v.id AND bv.branch = ?"
        values = (participants.branch(db, name, branch)["id"], owner["id"])
        at = ("pacticipants", name, "branches", branch, "versions")
    if tag is not None:
        sql += " JOIN tags t ON t.version = v.id AND t.name = ?"
        values, at = (tag, owner["id"]), ("pacticipants", name, "tags", tag, "versions")
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


def _delete_branches(call: Call, db: sqlite3.Connection, name: str) -> Reply:
    """Delete all branches but the main one and those that ``exclude[]`` names."""
    owner = participants.get(db, name)
    kept = {value for key, value in call.query if key in {"exclude[]", "exclude"}}
    kept.add(owner["main_branch"] or "")
    found = db.execute("SELECT name FROM branches WHERE pacticipant = ?", (owner["id"],))
    gone = [row[0] for row in found.fetchall() if row[0] not in kept]
    for each in gone:
        participants.remove_branch(db, name, each)
    text = f"{len(gone)} branches of {name} deleted: {', '.join(gone) or 'none'}"
    return Reply(body={"notices": [{"type": "success", "text": text}]})


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
        ("GET", _ONE + "/tags/{tag}/versions", _versions),
        ("GET", _ONE + "/branches", _branches),
        ("DELETE", _ONE + "/branches", _delete_branches),
        ("GET", _BRANCH, _branch),
        ("DELETE", _BRANCH, _delete_branch),
        ("GET", _BRANCH + "/latest-version", _latest),
        ("GET", _BRANCH + "/versions", _versions),
        ("GET", _BRANCH + "/versions/{number}", _branch_version),
        ("PUT", _BRANCH + "/versions/{number}", _put_branch_version),
    )
)
