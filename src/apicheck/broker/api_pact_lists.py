"""The lists of pacts, and of the provider states that they ask for."""

# ruff: noqa: S608 - what others send goes in as parameters; only our own words are put into SQL
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.broker import content, deployments, participants, publishing
from apicheck.broker.addresses import pact_at, pact_link
from apicheck.broker.api_versions import version_link
from apicheck.broker.calls import Call, Reply, Route
from apicheck.broker.heads import Among, newest
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

__all__ = ["ROUTES"]


def _every(db: sqlite3.Connection, among: Among) -> list[sqlite3.Row]:
    """Every pact that satisfies what is given, from the oldest version on."""
    where, values = ["1"], []
    for column, value in (("q.name", among.provider), ("c.name", among.consumer)):
        if value is not None:
            where.append(f"{column} = ?")
            values.append(value)
    if among.tag is not None:
        where.append("EXISTS (SELECT 1 FROM tags t WHERE t.version = p.version AND t.name = ?)")
        values.append(among.tag)
    if among.branch is not None or among.main:
        name = "c.main_branch" if among.main else "?"
        where.append(
            "EXISTS (SELECT 1 FROM branch_versions bv JOIN branches b ON b.id = bv.branch"
            f" WHERE bv.version = p.version AND b.name = {name})"
        )
        values += [] if among.branch is None else [among.branch]
    return db.execute(
        publishing.select + "WHERE " + " AND ".join(where) + " ORDER BY p.version", values
    ).fetchall()


def _listed(*, main: bool = False, every: bool = False) -> Callable[..., Reply]:
    """A list of pacts; the parameters of its path say which."""

    def handler(call: Call, db: sqlite3.Connection, **given: str) -> Reply:
        if "provider" in given:
            participants.get(db, given["provider"])
        among = Among(
            provider=given.get("provider"),
            consumer=given.get("consumer"),
            tag=given.get("tag"),
            branch=given.get("branch"),
            main=main,
        )
        rows = _every(db, among) if every else newest(db, among)
        links = [pact_link(call, each) for each in rows]
        pacts = [_summary(call, db, each) for each in rows]
        return Reply(
            body={
                # Both places are read, by clients of different ages.
                "pacts": pacts,
                "_embedded": {"pacts": pacts},
                "_links": {
                    "self": {"href": call.here or call.base},
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
            "self": pact_link(call, row),
            "pb:pact-version": {
                "href": call.url(*pact_at(row), "pact-version", row["sha"]),
            },
        },
    }


def _delete_many(
    _call: Call,
    db: sqlite3.Connection,
    provider: str,
    consumer: str,
    tag: str | None = None,
    branch: str | None = None,
) -> Reply:
    """Delete what the list at that address shows; 404 rather than success if that is nothing."""
    rows = _every(db, Among(provider=provider, consumer=consumer, tag=tag, branch=branch))
    if not rows:
        raise Refused(404, f"No such pact between {consumer} and {provider} found")
    db.executemany("DELETE FROM pacts WHERE id = ?", [(each["id"],) for each in rows])
    return Reply(status=204)


def _states(_call: Call, db: sqlite3.Connection, provider: str, branch: str | None = None) -> Reply:
    """Every provider state that the newest pacts ask for, and who asks.

    Newest of a branch; else of each consumer's main branch, or of all if it has none there.
    """
    participants.get(db, provider)
    if branch is not None:
        return _asked_for(db, newest(db, Among(provider=provider, branch=branch)))
    pacts = {each["consumer"]: each for each in newest(db, Among(provider=provider))}
    pacts |= {e["consumer"]: e for e in newest(db, Among(provider=provider, main=True))}
    return _asked_for(db, list(pacts.values()))


def _states_there(_call: Call, db: sqlite3.Connection, provider: str, uuid: str) -> Reply:
    """Every provider state that a pact deployed or released in an environment asks for."""
    participants.get(db, provider)
    where = deployments.environment(db, uuid)
    pacts = db.execute(
        publishing.select + "WHERE q.name = ? AND p.version IN (SELECT d.version"
        " FROM deployments d WHERE d.environment = ? AND d.ended_at IS NULL)",
        (provider, where["id"]),
    )
    return _asked_for(db, pacts.fetchall())


def _asked_for(db: sqlite3.Connection, pacts: list[sqlite3.Row]) -> Reply:
    states: dict[str, dict[str, Any]] = {}
    for row in pacts:
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
_SEVERAL = (_PAIR + "/versions", _PAIR + "/tag/{tag}", _PAIR + "/branch/{branch}")
ROUTES = tuple(
    Route(method="DELETE", path=path, handler=_delete_many, writes=True) for path in _SEVERAL
) + tuple(
    Route(method="GET", path=path, handler=handler, writes=False)
    for path, handler in (
        (_SEVERAL[0], _listed(every=True)),
        (_SEVERAL[1], _listed(every=True)),
        (_SEVERAL[2], _listed(every=True)),
        (_PROVIDER + "/provider-states", _states),
        (_PROVIDER + "/provider-states/branch/{branch}", _states),
        (_PROVIDER + "/provider-states/environment/{uuid}", _states_there),
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
    )
)
