"""May a version be deployed: which pacts it has with whom, and how they were verified.

``deployable`` is True only if nothing speaks against it and nothing is unknown, False if a
verification failed or a version that was named does not exist, None if something is not known.

A version needs, as a consumer, a successful result of its pact by *every* version of each
provider in the target, and there must be one; as a provider, a successful result of the pact
of *every* version of each consumer in the target. Consumers that are not there need nothing.
"""

# ruff: noqa: S608 - what others send goes in as parameters; only our own words are put into SQL
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING

from apicheck.broker import deployments, participants
from apicheck.broker.asked import Asked, Selector
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

__all__ = ["Answer", "Row", "State", "answer", "ask"]


class State(Enum):
    """How it stands between a version of a consumer and one of a provider."""

    PASSED = "passed"
    FAILED = "failed"
    UNVERIFIED = "never verified"
    ABSENT = "provider not in the target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A pact (ids and names of the consumer's side), a provider version or None, a result."""

    consumer: str
    consumer_version: str
    consumer_version_id: int
    provider: str
    provider_version: str | None
    provider_version_id: int | None
    pact: int
    content: int
    sha: str
    published: str
    result: sqlite3.Row | None
    ignored: bool = False
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer with its rows; ``reasons`` are pairs of (success | error | warning, text)."""

    deployable: bool | None
    rows: list[Row] = field(default_factory=list)
    reasons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """All reasons in one text."""
        return "\n".join(text for _, text in self.reasons)

    def count(self, *states: State) -> int:
        """How many rows that count are in one of these states."""
        return sum(each.state in states and not each.ignored for each in self.rows)


def ask(db: sqlite3.Connection, asked: Asked) -> Answer:
    """Answer a question; ``Refused`` (400) if it names a pacticipant or environment unknown."""
    problems = [
        f"Pacticipant {each.pacticipant} not found"
        for each in (*asked.selectors, *asked.ignored)
        if participants.find(db, each.pacticipant) is None
    ]
    if asked.environment is not None and deployments.named(db, asked.environment) is None:
        problems.append(f"Environment with name '{asked.environment}' does not exist")
    if problems:
        raise Refused(400, errors=problems)
    chosen = {each.pacticipant: _resolve(db, each) for each in asked.selectors}
    absent = [each for each in asked.selectors if not chosen[each.pacticipant] and each.specific]
    rows = list(islice(_rows(db, asked, chosen), asked.limit and asked.limit + 1))
    cut = asked.limit is not None and len(rows) > asked.limit
    rows = rows[: asked.limit]
    if asked.newest_provider:
        rows = _newest(rows)
    rows = [_mark(each, asked.ignored) for each in rows]
    found = _judge(asked, absent, rows)
    if not cut:
        return found
    more = ("warning", f"There are more rows than the {asked.limit} shown: ask for more by limit")
    known = None if found.deployable else found.deployable
    # What was not looked at may not speak in its favour.
    said = [each for each in found.reasons if each[0] != "success"]
    return replace(found, deployable=known, reasons=[*said, more])


def answer(db: sqlite3.Connection, name: str, version: str, environment: str) -> Answer:
    """Whether a version may be deployed to an environment."""
    return ask(
        db,
        Asked(selectors=(Selector(pacticipant=name, version=version),), environment=environment),
    )


def _resolve(db: sqlite3.Connection, each: Selector) -> set[int] | None:
    """The ids of the versions meant; None for all of them."""
    if not each.specific:
        return None
    if each.version is None and (each.latest or each.main) and not (each.branch and each.tag):
        return _newest_version(db, each)
    sql = "SELECT v.id FROM versions v JOIN pacticipants p ON p.id = v.pacticipant"
    where, values = " WHERE p.name = ?", [each.pacticipant]
    if each.branch is not None:
        sql += " JOIN branch_versions bv ON bv.version = v.id JOIN branches b ON b.id = bv.branch"
        where, values = where + " AND b.name = ?", [*values, each.branch]
    if each.tag is not None:
        sql += " JOIN tags t ON t.version = v.id"
        where, values = where + " AND t.name = ?", [*values, each.tag]
    if each.version is not None:
        where, values = where + " AND v.number = ?", [*values, each.version]
    order = " ORDER BY v.id DESC LIMIT 1" if each.latest else ""
    return {row[0] for row in db.execute(sql + where + order, values)}


def _newest_version(db: sqlite3.Connection, each: Selector) -> set[int]:
    branch = each.branch
    if each.main:
        branch = participants.get(db, each.pacticipant)["main_branch"] or ""
    row = participants.latest_version(db, each.pacticipant, tag=each.tag, branch=branch)
    return set() if row is None else {row["id"]}


def _in_target(db: sqlite3.Connection, asked: Asked, name: str) -> set[int] | None:
    """The versions of another pacticipant in the surroundings; None if none were named."""
    if asked.environment is not None:
        return {
            row[0]
            for row in db.execute(
                "SELECT d.version FROM deployments d JOIN environments e ON e.id = d.environment"
                " JOIN versions v ON v.id = d.version JOIN pacticipants p ON p.id = v.pacticipant"
                " WHERE e.name = ? AND p.name = ? AND d.ended_at IS NULL",
                (asked.environment, name),
            )
        }
    if asked.tag is not None:
        return _resolve(db, Selector(pacticipant=name, tag=asked.tag, latest=asked.latest))
    if asked.main:
        return _resolve(db, Selector(pacticipant=name, main=True, latest=True))
    if asked.latest:
        return _resolve(db, Selector(pacticipant=name, latest=True))
    return None


def _rows(
    db: sqlite3.Connection, asked: Asked, chosen: dict[str, set[int] | None]
) -> Iterator[Row]:
    # With one pacticipant and a target, every partner is looked at; with several, those named.
    whole = not asked.selectors
    alone = len(chosen) == 1
    for consumer, provider in _integrations(db):
        sides = [name for name in (consumer, provider) if name in chosen]
        if not whole and len(sides) < (1 if alone or asked.target else 2):
            continue
        of = {
            name: chosen[name] if name in chosen else _in_target(db, asked, name)
            for name in (consumer, provider)
        }
        yield from _between(db, asked, (consumer, provider), of[consumer], of[provider])


def _integrations(db: sqlite3.Connection) -> list[tuple[str, str]]:
    return [
        (row[0], row[1])
        for row in db.execute(
            "SELECT c.name, q.name FROM (SELECT DISTINCT consumer, provider FROM contents) k"
            " JOIN pacticipants c ON c.id = k.consumer JOIN pacticipants q ON q.id = k.provider"
            " ORDER BY c.name, q.name"
        )
    ]


def _between(
    db: sqlite3.Connection,
    asked: Asked,
    pair: tuple[str, str],
    consumers: set[int] | None,
    providers: set[int] | None,
) -> Iterator[Row]:
    """The rows of one integration: each pact with each provider version, or with none."""
    consumer, provider = pair
    pacts = db.execute(
        "SELECT p.id, p.version, p.content, p.created_at, k.sha, v.number FROM pacts p"
        " JOIN versions v ON v.id = p.version JOIN contents k ON k.id = p.content"
        " WHERE p.consumer = (SELECT id FROM pacticipants WHERE name = ?)"
        " AND p.provider = (SELECT id FROM pacticipants WHERE name = ?)"
        f"{_among('p.version', consumers)} ORDER BY p.version DESC LIMIT ?",
        # Every pact has a row: no more of them are needed than rows are.
        (consumer, provider, -1 if asked.limit is None else asked.limit + 1),
    ).fetchall()
    if not pacts:
        return
    results: dict[int, dict[int, sqlite3.Row]] = defaultdict(dict)
    wanted = {each["content"] for each in pacts}
    # Of several results of one pair the last one stays; but what a comparison with the
    # contract concluded never outdoes what happened when the provider ran.
    for row in db.execute(
        "SELECT r.id, r.content, r.version, r.success, r.number, r.created_at, r.kind, r.build_url"
        f" FROM results r WHERE 1{_among('r.content', wanted)}{_among('r.version', providers)}"
        " ORDER BY r.kind = 'pact', r.id"
    ):
        results[row["content"]][row["version"]] = row
    numbers = _numbers(db, providers, results)
    for pact in pacts:
        known = results[pact["content"]]
        versions = sorted(known if providers is None else providers, reverse=True)
        for version in (*versions,) or (None,):
            result = known.get(version) if version is not None else None
            yield Row(
                consumer=consumer,
                consumer_version=pact["number"],
                consumer_version_id=pact["version"],
                provider=provider,
                provider_version=numbers[version] if version is not None else None,
                provider_version_id=version,
                pact=pact["id"],
                content=pact["content"],
                sha=pact["sha"],
                published=pact["created_at"],
                result=result,
                state=_state(version, result, known=providers is None),
            )


def _state(version: int | None, result: sqlite3.Row | None, *, known: bool) -> State:
    if version is None:
        return State.UNVERIFIED if known else State.ABSENT
    if result is None:
        return State.UNVERIFIED
    return State.PASSED if result["success"] else State.FAILED


def _among(column: str, ids: set[int] | None) -> str:
    # Ids are our own integers: no parameter, of which SQLite allows only so many.
    return "" if ids is None else f" AND {column} IN ({','.join(map(str, sorted(ids)))})"


def _numbers(
    db: sqlite3.Connection,
    providers: set[int] | None,
    results: dict[int, dict[int, sqlite3.Row]],
) -> dict[int, str]:
    ids = {version for each in results.values() for version in each} | (providers or set())
    return {
        row[0]: row[1]
        for row in db.execute(f"SELECT id, number FROM versions WHERE 1{_among('id', ids)}")
    }


def _newest(rows: list[Row]) -> list[Row]:
    best: dict[int, Row] = {}
    for each in rows:
        held = best.get(each.pact)
        if held is None or (each.provider_version_id or 0) > (held.provider_version_id or 0):
            best[each.pact] = each
    return list(best.values())


def _mark(row: Row, ignored: tuple[Selector, ...]) -> Row:
    sides = {row.consumer: row.consumer_version, row.provider: row.provider_version}
    hit = any(
        each.pacticipant in sides
        and (each.version is None or each.version == sides[each.pacticipant])
        for each in ignored
    )
    return replace(row, ignored=True) if hit else row


def _judge(asked: Asked, absent: list[Selector], rows: list[Row]) -> Answer:
    reasons: list[tuple[str, str]] = [
        (
            "error",
            (
                f"No pacts or verifications have been published for {each}"
                f" ({each.pacticipant} has no such version)"
            ),
        )
        for each in absent
    ]
    counted = [each for each in rows if not each.ignored]
    for row in counted:
        text = _sentence(row, asked)
        if text:
            reasons.append(("error", text))
    states = {each.state for each in counted}
    reasons += [("warning", _ignored(row)) for row in rows if row.ignored]
    deployable: bool | None = True
    if absent or State.FAILED in states:
        deployable = False
    elif states & {State.UNVERIFIED, State.ABSENT}:
        deployable = None
    if deployable:
        reasons.insert(
            0,
            ("success", "All required verification results are published and successful")
            if counted
            else ("success", "There are no missing dependencies"),
        )
    return Answer(deployable=deployable, rows=rows, reasons=reasons)


def _ignored(row: Row) -> str:
    return (
        f"Ignored: {row.consumer} {row.consumer_version} and {row.provider}"
        f" {row.provider_version or '(none)'}: {row.state.value}"
    )


def _sentence(row: Row, asked: Asked) -> str:
    consumer = f"version {row.consumer_version} of {row.consumer}"
    match row.state:
        case State.PASSED:
            return ""
        case State.FAILED:
            return (
                f"The verification for the pact between {consumer} and version"
                f" {row.provider_version} of {row.provider} failed"
            )
        case State.UNVERIFIED if row.provider_version is not None:
            return (
                f"There is no verified pact between {consumer} and version"
                f" {row.provider_version} of {row.provider}"
                + (f" {asked.target}" if asked.target else "")
            )
        case State.UNVERIFIED:
            return f"There is no verified pact between {consumer} and a version of {row.provider}"
        case State.ABSENT:
            why = (
                " (no version is currently recorded as deployed/released in this environment)"
                if asked.environment is not None
                else " (no such version exists)"
            )
            return (
                f"There is no verified pact between {consumer} and a version of {row.provider}"
                f" {asked.target}{why}"
            )
