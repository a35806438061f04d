"""The newest pact of each integration: of all its versions, of a branch, with a tag.

Builds ask for these most of all. Each is found by walking an index from its newest end, so
that it costs the same for ten versions as for ten thousand.
"""

# ruff: noqa: S608 - what others send goes in as parameters; only our own words are put into SQL
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.broker import publishing
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["Among", "newest", "of_branches", "one_newest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Which integrations, and which versions of their consumers; nothing given means all."""

    provider: str | None = None
    consumer: str | None = None
    tag: str | None = None
    branch: str | None = None
    #: Versions on the main branch of their consumer.
    main: bool = False
    #: Versions without any tag.
    untagged: bool = False


# CROSS JOIN makes SQLite keep the order: from the newest version on, until there is a pact.
_ON_BRANCH = (
    "SELECT o.id FROM branches b CROSS JOIN branch_versions bv ON bv.branch = b.id"
    " CROSS JOIN pacts o ON o.version = bv.version AND o.provider = i.provider"
    " WHERE b.pacticipant = i.consumer AND b.name = {} ORDER BY bv.version DESC LIMIT 1"
)
_MAIN = _ON_BRANCH.format("(SELECT main_branch FROM pacticipants WHERE id = i.consumer)")
_TAGGED = (
    "SELECT o.id FROM tags t CROSS JOIN pacts o ON o.version = t.version"
    " AND o.provider = i.provider AND o.consumer = i.consumer"
    " WHERE t.name = ? ORDER BY t.version DESC LIMIT 1"
)
_ALL = (
    "SELECT o.id FROM pacts o WHERE o.consumer = i.consumer AND o.provider = i.provider"
    " ORDER BY o.version DESC LIMIT 1"
)


_UNTAGGED = (
    "SELECT o.id FROM pacts o WHERE o.consumer = i.consumer AND o.provider = i.provider"
    " AND NOT EXISTS (SELECT 1 FROM tags t WHERE t.version = o.version)"
    " ORDER BY o.version DESC LIMIT 1"
)


def newest(db: sqlite3.Connection, among: Among) -> list[sqlite3.Row]:
    """The newest pact (as of ``publishing.select``) of each integration, by names."""
    values: list[Any] = []
    if among.main:
        head = _MAIN
    elif among.branch is not None:
        head, values = _ON_BRANCH.format("?"), [among.branch]
    elif among.tag is not None:
        head, values = _TAGGED, [among.tag]
    else:
        head = _UNTAGGED if among.untagged else _ALL
    pairs, names = _pairs(among)
    return db.execute(
        f"{publishing.select}WHERE p.id IN (SELECT ({head}) FROM ({pairs}) i)"
        " ORDER BY c.name, q.name",
        (*values, *names),
    ).fetchall()


def one_newest(db: sqlite3.Connection, among: Among) -> sqlite3.Row:
    """The newest pact of the one integration that is meant; ``Refused`` (404) if none."""
    found = newest(db, among)
    if not found:
        words = f"No such pact between {among.consumer} and {among.provider} found"
        raise Refused(404, words)
    return found[0]


def of_branches(db: sqlite3.Connection, among: Among) -> list[tuple[sqlite3.Row, str]]:
    """The newest pact of each branch of each consumer, with the branch's name."""
    pairs, names = _pairs(among)
    head = (
        "SELECT o.id FROM branch_versions bv CROSS JOIN pacts o"
        " ON o.version = bv.version AND o.provider = i.provider"
        " WHERE bv.branch = b.id ORDER BY bv.version DESC LIMIT 1"
    )
    rows = db.execute(
        f"SELECT b.name, ({head}) AS pact FROM ({pairs}) i"
        " JOIN branches b ON b.pacticipant = i.consumer WHERE pact IS NOT NULL ORDER BY b.id",
        names,
    ).fetchall()
    # Ids are our own integers: no parameter, of which SQLite allows only so many.
    wanted = ",".join(str(each["pact"]) for each in rows)
    pacts = {
        each["id"]: each for each in db.execute(f"{publishing.select}WHERE p.id IN ({wanted})")
    }
    found = [(pacts[each["pact"]], each["name"]) for each in rows]
    return sorted(found, key=lambda each: (each[0]["consumer"], each[0]["version"]))


def _pairs(among: Among) -> tuple[str, list[str]]:
    """Consumers and providers that have a pact, as a query, with its parameters."""
    where, values = [], []
    for column, name in (("provider", among.provider), ("consumer", among.consumer)):
        if name is not None:
            where.append(f"{column} = (SELECT id FROM pacticipants WHERE name = ?)")
            values.append(name)
    more = f" WHERE {' AND '.join(where)}" if where else ""
    return f"SELECT DISTINCT consumer, provider FROM pacts{more}", values
