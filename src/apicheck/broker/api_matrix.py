"""The resources that answer: the matrix and can-i-deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.broker import matrix
from apicheck.broker.asked import Asked, Selector
from apicheck.broker.calls import Call, Reply, Route
from apicheck.broker.matrix import Answer, Row, State
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES", "asked_in"]


_MOST = 10_000


def _nested(query: tuple[tuple[str, str], ...], name: str) -> list[dict[str, str]]:
    """The list of objects that ``name[][key]=value`` pairs stand for, as Rack reads them."""
    found: list[dict[str, str]] = []
    for key, value in query:
        if not (key.startswith(f"{name}[][") and key.endswith("]")):
            continue
        inner = key[len(name) + 3 : -1]
        # A key that is there already begins the next object.
        if not found or inner in found[-1]:
            found.append({})
        found[-1][inner] = value
    return found


def _selector(each: dict[str, str]) -> Selector:
    if not each.get("pacticipant"):
        raise Refused(400, errors=["Please specify the pacticipant of each selector"])
    return Selector(
        pacticipant=each["pacticipant"],
        version=each.get("version") or None,
        branch=each.get("branch") or None,
        tag=each.get("tag") or None,
        main=each.get("mainBranch") == "true",
        latest=each.get("latest") == "true",
    )


def asked_in(call: Call) -> Asked:
    """The question that the query of ``/matrix`` puts."""
    selectors = tuple(_selector(each) for each in _nested(call.query, "q"))
    return Asked(
        selectors=selectors,
        limit=_limit(call, selectors),
        environment=call.asked("environment"),
        tag=call.asked("tag"),
        main=call.flag("mainBranch"),
        latest=call.flag("latest"),
        ignored=tuple(_selector(each) for each in _nested(call.query, "ignore")),
        newest_provider=call.asked("latestby") == "cvp" and not call.asked("environment"),
    )


def _limit(call: Call, selectors: tuple[Selector, ...]) -> int | None:
    """As many rows as asked for; of a whole history 100, else all."""
    limit = call.asked("limit")
    if limit is not None:
        if not (limit.isascii() and limit.isdigit() and 0 < int(limit) <= _MOST):
            raise Refused(400, errors=[f"limit must be a number from 1 to {_MOST}"])
        return int(limit)
    target = call.asked("environment") or call.asked("tag") or call.asked("latest")
    whole = not target and not call.flag("mainBranch")
    return 100 if whole and not any(each.specific for each in selectors) else None


def _matrix(call: Call, db: sqlite3.Connection) -> Reply:
    return Reply(body=_body(call, db, matrix.ask(db, asked_in(call))))


def _can_i_deploy(call: Call, db: sqlite3.Connection) -> Reply:
    name, number = call.asked("pacticipant"), call.asked("version")
    environment, tag = call.asked("environment"), call.asked("to")
    problems = [
        f"Please specify the {key}"
        for key, value in (("pacticipant", name), ("version", number))
        if value is None
    ]
    if (environment is None) == (tag is None):
        problems.append("Please specify either the environment or to (a tag)")
    if problems:
        raise Refused(400, errors=problems)
    assert name is not None
    one = Selector(pacticipant=name, version=number)
    found = matrix.ask(
        db,
        Asked(selectors=(one,), environment=environment, tag=tag, latest=tag is not None),
    )
    return Reply(body=_body(call, db, found))


def _body(call: Call, db: sqlite3.Connection, found: Answer) -> dict[str, Any]:
    ignored = sum(each.ignored for each in found.rows)
    summary: dict[str, Any] = {
        "deployable": found.deployable,
        "reason": found.reason,
        "success": found.count(State.PASSED),
        "failed": found.count(State.FAILED),
        "unknown": found.count(State.UNVERIFIED, State.ABSENT),
    }
    if ignored:
        summary["ignored"] = ignored
    facts = _Versions(call, db)
    return {
        "summary": summary,
        "notices": [{"type": kind, "text": text} for kind, text in found.reasons],
        "matrix": [_row(call, facts, each) for each in found.rows],
    }


class _Versions:
    """Branches, tags and environments of versions, each looked up once for an answer."""

    def __init__(self, call: Call, db: sqlite3.Connection) -> None:
        self._call = call
        self._db = db
        self._known: dict[int, dict[str, Any]] = {}

    def of(self, name: str, number: str, version: int) -> dict[str, Any]:
        found = self._known.get(version)
        if found is None:
            found = self._known[version] = self._look(name, number, version)
        return found

    def _look(self, name: str, number: str, version: int) -> dict[str, Any]:
        db = self._db
        branches = [
            {"name": row[0], "latest": bool(row[1])}
            for row in db.execute(
                "SELECT b.name, bv.version = (SELECT max(version) FROM branch_versions o"
                " WHERE o.branch = b.id) FROM branch_versions bv"
                " JOIN branches b ON b.id = bv.branch WHERE bv.version = ?",
                (version,),
            )
        ]
        tags = [
            {"name": row[0], "latest": bool(row[1])}
            for row in db.execute(
                "SELECT t.name, t.version = (SELECT max(o.version) FROM tags o"
                " JOIN versions w ON w.id = o.version WHERE o.name = t.name"
                " AND w.pacticipant = (SELECT pacticipant FROM versions WHERE id = t.version))"
                " FROM tags t WHERE t.version = ?",
                (version,),
            )
        ]
        environments = [
            {
                "uuid": row[0],
                "name": row[1],
                "displayName": row[2] or row[1],
                "production": bool(row[3]),
            }
            for row in db.execute(
                "SELECT DISTINCT e.uuid, e.name, e.display_name, e.production FROM deployments d"
                " JOIN environments e ON e.id = d.environment"
                " WHERE d.version = ? AND d.ended_at IS NULL",
                (version,),
            )
        ]
        found: dict[str, Any] = {
            "number": number,
            "branches": branches,
            "branchVersions": branches,
            "environments": environments,
            "tags": tags,
            "_links": {"self": {"href": self._call.url("pacticipants", name, "versions", number)}},
        }
        if branches:
            found["branch"] = branches[0]["name"]
        return found


def _row(call: Call, facts: _Versions, row: Row) -> dict[str, Any]:
    at = ("pacts", "provider", row.provider, "consumer", row.consumer)
    consumer = facts.of(row.consumer, row.consumer_version, row.consumer_version_id)
    provider = None
    if row.provider_version is not None and row.provider_version_id is not None:
        provider = facts.of(row.provider, row.provider_version, row.provider_version_id)
    result = None
    if row.result is not None:
        url = call.url(
            *at, "pact-version", row.sha, "verification-results", str(row.result["number"])
        )
        result = {
            "success": bool(row.result["success"]),
            "verifiedAt": row.result["created_at"],
            "kind": row.result["kind"],
            "_links": {"self": {"href": url}},
        }
    body = {
        "consumer": {
            "name": row.consumer,
            "version": consumer,
            "_links": {"self": {"href": call.url("pacticipants", row.consumer)}},
        },
        "provider": {
            "name": row.provider,
            "version": provider,
            "_links": {"self": {"href": call.url("pacticipants", row.provider)}},
        },
        "pact": {
            "createdAt": row.published,
            "_links": {"self": {"href": call.url(*at, "version", row.consumer_version)}},
        },
        "verificationResult": result,
        # Ours: why this row speaks against deploying, if it does.
        "state": row.state.value,
    }
    if row.ignored:
        body["ignored"] = True
    return body


def _latest_to_environment(
    call: Call, db: sqlite3.Connection, name: str, branch: str, environment: str
) -> Reply:
    one = Selector(pacticipant=name, branch=branch, latest=True)
    return Reply(
        body=_body(call, db, matrix.ask(db, Asked(selectors=(one,), environment=environment)))
    )


def _latest_to_tag(call: Call, db: sqlite3.Connection, name: str, tag: str, to: str) -> Reply:
    one = Selector(pacticipant=name, tag=tag, latest=True)
    asked = Asked(selectors=(one,), tag=to, latest=True)
    return Reply(body=_body(call, db, matrix.ask(db, asked)))


def _of_pair(call: Call, db: sqlite3.Connection, provider: str, consumer: str) -> Reply:
    both = (Selector(pacticipant=consumer), Selector(pacticipant=provider))
    asked = Asked(selectors=both, limit=_limit(call, both))
    return Reply(body=_body(call, db, matrix.ask(db, asked)))


_BRANCH = "/pacticipants/{name}/branches/{branch}/latest-version"
ROUTES = tuple(
    Route(method="GET", path=path, handler=handler, writes=False)
    for path, handler in (
        ("/matrix", _matrix),
        ("/matrix/provider/{provider}/consumer/{consumer}", _of_pair),
        ("/can-i-deploy", _can_i_deploy),
        (_BRANCH + "/can-i-deploy/to-environment/{environment}", _latest_to_environment),
        ("/pacticipants/{name}/latest-version/{tag}/can-i-deploy/to/{to}", _latest_to_tag),
    )
)
