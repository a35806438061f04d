"""Which pacts a provider must verify: consumer version selectors, pending and WIP pacts.

The rules are those of the Pact Broker's documentation, "Consumer version selectors",
"Pending pacts" and "Work in progress pacts".
"""

# ruff: noqa: S608 - what others send goes in as parameters; only our own words are put into SQL
from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from apicheck.broker import heads, participants, publishing
from apicheck.broker.heads import Among
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

__all__ = ["Chosen", "Question", "for_verification", "question"]

_BRANCHES = ("mainBranch", "branch", "matchingBranch")
_PLACES = ("deployed", "released", "deployedOrReleased", "environment")
_KNOWN = {*_BRANCHES, *_PLACES, "tag", "latest", "consumer", "fallbackTag", "fallbackBranch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a verifier asks for; ``wip_since`` is an ISO time or None."""

    branch: str | None = None
    tags: tuple[str, ...] = ()
    pending: bool = False
    wip_since: str | None = None
    selectors: tuple[dict[str, Any], ...] = ()


@dataclass(slots=True, kw_only=True)
class Chosen:
    """A pact to verify, once for each content, with every reason why it was chosen."""

    pact: sqlite3.Row
    reasons: list[str] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    pending: bool = False
    wip: bool = False


def question(data: dict[str, Any]) -> Question:
    """Read the body of a for-verification request; ``Refused`` (400) names what is wrong."""
    errors: dict[str, list[str]] = {}
    branch, tags = data.get("providerVersionBranch"), data.get("providerVersionTags") or []
    if branch is not None and not (isinstance(branch, str) and branch.strip()):
        errors["providerVersionBranch"] = ["must be a string"]
    if isinstance(tags, str):
        tags = [tags]
    if not isinstance(tags, list) or not all(isinstance(each, str) for each in tags):
        errors["providerVersionTags"] = ["must be a list of names"]
        tags = []
    pending = data.get("includePendingStatus", False)
    if not isinstance(pending, bool):
        errors["includePendingStatus"] = ["must be true or false"]
    since, asked = None, data.get("includeWipPactsSince")
    if asked is not None:
        since = _time(asked)
        if since is None:
            errors["includeWipPactsSince"] = ["must be a date"]
        elif branch is None and not tags:
            errors["includeWipPactsSince"] = [
                "needs providerVersionBranch (or providerVersionTags)"
            ]
    selectors = data.get("consumerVersionSelectors") or []
    if not isinstance(selectors, list):
        errors["consumerVersionSelectors"] = ["must be a list"]
        selectors = []
    for index, each in enumerate(selectors):
        for problem in _problems(each, branch):
            errors.setdefault("consumerVersionSelectors", []).append(
                f"{problem} (at index {index})"
            )
    if errors:
        raise Refused(400, errors=errors)
    return Question(
        branch=branch,
        tags=tuple(tags),
        pending=pending,
        wip_since=since,
        selectors=tuple(selectors),
    )


def _time(text: Any) -> str | None:
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _problems(each: Any, branch: str | None) -> Iterator[str]:
    if not isinstance(each, dict):
        yield "must be an object"
        return
    asked = {key: value for key, value in each.items() if value not in (None, False)}
    for key in sorted(asked.keys() - _KNOWN):
        yield f"{key} is not a known property of a selector"
    for key in ("tag", "consumer", "fallbackTag", "fallbackBranch", "environment"):
        if key in asked and not (isinstance(asked[key], str) and asked[key].strip()):
            yield f"{key} must be a name"
    if "branch" in asked and not (
        asked["branch"] is True or (isinstance(asked["branch"], str) and asked["branch"].strip())
    ):
        yield "branch must be a name, or true for all branches"
    places, branches = asked.keys() & set(_PLACES), asked.keys() & set(_BRANCHES)
    if not places and not branches and "tag" not in asked and "latest" not in asked:
        yield (
            "must specify one of mainBranch, branch, matchingBranch, tag, latest, deployed,"
            " released, deployedOrReleased, environment"
        )
    if places and (branches or "tag" in asked):
        others = _one(branches | {"tag"} & asked.keys())
        yield f"cannot specify {_one(places)} together with {others}"
    if "tag" in asked and branches:
        yield f"cannot specify tag together with {_one(branches)}"
    if len(branches) > 1:
        yield f"cannot specify {' and '.join(sorted(branches))} together"
    if len(places - {"environment"}) > 1:
        yield f"cannot specify {' and '.join(sorted(places - {'environment'}))} together"
    if "matchingBranch" in asked and not branch:
        yield "matchingBranch needs providerVersionBranch"
    if "fallbackTag" in asked and not ("tag" in asked and "latest" in asked):
        yield "fallbackTag needs tag and latest"
    if "fallbackBranch" in asked and "branch" not in asked and "matchingBranch" not in asked:
        yield "fallbackBranch needs branch"


def _one(keys: set[str]) -> str:
    return ", ".join(sorted(keys))


def for_verification(db: sqlite3.Connection, provider: str, asked: Question) -> list[Chosen]:
    """The pacts of a provider that were asked for, each content once; WIP pacts last."""
    owner = participants.get(db, provider)
    found: dict[int, Chosen] = {}
    selectors = asked.selectors or ({"mainBranch": True}, {"deployedOrReleased": True})
    for selector in selectors:
        for pact, reason in _selected(db, owner, asked, selector):
            _add(found, pact, reason)
    if not found and not asked.selectors:
        # A broker that knows of no main branch and no deployment: the newest is all there is.
        for pact, reason in _selected(db, owner, asked, {"latest": True}):
            _add(found, pact, reason)
    if asked.pending:
        verified = _verified(db, owner, set(found), asked)
        for content, each in found.items():
            each.pending = content not in verified
    if asked.wip_since is None:
        return list(found.values())
    wip: dict[int, Chosen] = {}
    for pact, reason in _in_progress(db, owner, asked, found):
        _add(wip, pact, reason)
    for each in wip.values():
        each.wip = each.pending = True
    return [*found.values(), *wip.values()]


def _add(found: dict[int, Chosen], pact: sqlite3.Row, reason: str) -> None:
    chosen = found.setdefault(pact["content"], Chosen(pact=pact))
    # The newest version stands for the content.
    if pact["version"] > chosen.pact["version"]:
        chosen.pact = pact
    if reason not in chosen.reasons:
        chosen.reasons.append(reason)
    if pact["version"] not in chosen.versions:
        chosen.versions.append(pact["version"])


def _selected(
    db: sqlite3.Connection, provider: sqlite3.Row, asked: Question, selector: dict[str, Any]
) -> Iterator[tuple[sqlite3.Row, str]]:
    among = Among(provider=provider["name"], consumer=selector.get("consumer") or None)
    if selector.get("mainBranch"):
        for pact in heads.newest(db, replace(among, main=True)):
            main = participants.get(db, pact["consumer"])["main_branch"]
            yield pact, f"latest from main branch '{main}'"
    elif selector.get("branch") is True:
        for pact, name in heads.of_branches(db, among):
            yield pact, f"latest from branch '{name}'"
    elif selector.get("branch") or selector.get("matchingBranch"):
        branch = asked.branch if selector.get("matchingBranch") else selector["branch"]
        word = "matching branch" if selector.get("matchingBranch") else "branch"
        other = selector.get("fallbackBranch")
        found = heads.newest(db, replace(among, branch=branch))
        yield from ((pact, f"latest from {word} '{branch}'") for pact in found)
        if other:
            why = f"latest from branch '{other}' (fallback for '{branch}')"
            rest = heads.newest(db, replace(among, branch=other))
            yield from ((pact, why) for pact in _others(rest, found))
    elif selector.get("tag"):
        yield from _of_tag(db, among, selector)
    elif any(selector.get(key) for key in _PLACES):
        yield from _of_places(db, among, selector)
    else:
        yield from ((pact, "latest") for pact in heads.newest(db, among))


def _others(pacts: list[sqlite3.Row], found: list[sqlite3.Row]) -> list[sqlite3.Row]:
    """The pacts of consumers that nothing was found of."""
    known = {each["consumer"] for each in found}
    return [each for each in pacts if each["consumer"] not in known]


def _of_tag(
    db: sqlite3.Connection, among: Among, selector: dict[str, Any]
) -> Iterator[tuple[sqlite3.Row, str]]:
    tag, other = selector["tag"], selector.get("fallbackTag")
    if not selector.get("latest"):
        more = "p.version IN (SELECT t.version FROM tags t WHERE t.name = ?)"
        yield from ((pact, f"with tag '{tag}'") for pact in _every(db, among, more, tag))
        return
    found = heads.newest(db, replace(among, tag=tag))
    yield from ((pact, f"latest with tag '{tag}'") for pact in found)
    if other:
        why = f"latest with tag '{other}' (fallback for '{tag}')"
        rest = heads.newest(db, replace(among, tag=other))
        yield from ((pact, why) for pact in _others(rest, found))


def _every(db: sqlite3.Connection, among: Among, more: str, *values: str) -> list[sqlite3.Row]:
    """All pacts of the provider (and consumer) for whose version ``more`` holds."""
    where, names = "q.name = ?", [among.provider]
    if among.consumer is not None:
        where, names = where + " AND c.name = ?", [*names, among.consumer]
    return db.execute(
        f"{publishing.select}WHERE {where} AND {more} ORDER BY c.name, p.version",
        (*names, *values),
    ).fetchall()


def _of_places(
    db: sqlite3.Connection, among: Among, selector: dict[str, Any]
) -> Iterator[tuple[sqlite3.Row, str]]:
    kinds = ["deployed", "released"]
    if selector.get("deployed"):
        kinds = ["deployed"]
    elif selector.get("released"):
        kinds = ["released"]
    words = {"deployed": "currently deployed to", "released": "currently released in"}
    environment = selector.get("environment")
    for kind in kinds:
        more = (
            "p.version IN (SELECT d.version FROM deployments d"
            " JOIN environments e ON e.id = d.environment WHERE d.ended_at IS NULL AND d.kind = ?"
        )
        args: list[str] = [kind]
        if environment:
            more += " AND e.name = ?"
            args.append(environment)
        why = f"{words[kind]} {environment or 'an environment'}"
        yield from ((pact, why) for pact in _every(db, among, more + ")", *args))


def _verified(
    db: sqlite3.Connection, provider: sqlite3.Row, contents: set[int], asked: Question
) -> set[int]:
    """Those contents that were verified with success on each branch or tag asked from.

    A success of a WIP pact does not count: the next change of the provider would make a
    pact fail the build that nobody ever asked this branch to verify.
    """
    if asked.branch is not None:
        # A subquery: as a join SQLite would go through the branch once for each content.
        where = (
            "NOT r.wip AND EXISTS (SELECT 1 FROM branch_versions bv WHERE bv.version = r.version"
            " AND bv.branch = (SELECT id FROM branches WHERE pacticipant = ? AND name = ?))"
        )
        return _successes(db, contents, where, provider["id"], asked.branch)
    found = contents
    for tag in asked.tags:
        where = (
            "NOT r.wip AND EXISTS (SELECT 1 FROM tags t WHERE t.version = r.version AND t.name = ?)"
        )
        found = found & _successes(db, contents, where, tag)
    return found if asked.tags else _successes(db, contents, "1")


def _successes(db: sqlite3.Connection, contents: set[int], where: str, *values: Any) -> set[int]:
    """Those contents that have a success, of a provider that ran, for which ``where`` holds."""
    # Ids are our own integers: no parameter, of which SQLite allows only so many.
    ids = ",".join(map(str, contents))
    rows = db.execute(
        "SELECT DISTINCT r.content FROM results r"
        f" WHERE r.content IN ({ids}) AND r.success AND r.kind = 'pact' AND {where}",
        values,
    )
    return {row[0] for row in rows}


def _in_progress(
    db: sqlite3.Connection, provider: sqlite3.Row, asked: Question, found: dict[int, Chosen]
) -> Iterator[tuple[sqlite3.Row, str]]:
    """The heads of all branches of consumers that nobody selected and this branch never passed."""
    assert asked.wip_since is not None
    since = datetime.fromisoformat(asked.wip_since)
    began = _began(db, provider, asked)
    if began is None:
        return  # a branch of which the broker has heard nothing yet gets no WIP
    pacts = [
        (pact, name)
        for pact, name in heads.of_branches(db, Among(provider=provider["name"]))
        if pact["content"] not in found and datetime.fromisoformat(pact["created_at"]) >= since
    ]
    contents = {pact["content"] for pact, _ in pacts}
    done = _verified(db, provider, contents, asked)
    done |= _successes(db, contents - done, "r.created_at < ? AND NOT r.wip", began)
    for pact, name in pacts:
        if pact["content"] not in done:
            yield pact, f"latest from branch '{name}'"


def _began(db: sqlite3.Connection, provider: sqlite3.Row, asked: Question) -> str | None:
    """When the first version of the provider's branch (or tag) came into being."""
    if asked.branch is not None:
        row = db.execute(
            "SELECT created_at FROM branches WHERE pacticipant = ? AND name = ?",
            (provider["id"], asked.branch),
        ).fetchone()
    else:
        row = db.execute(
            "SELECT min(t.created_at) FROM tags t JOIN versions v ON v.id = t.version"
            f" WHERE v.pacticipant = ? AND t.name IN ({','.join('?' * len(asked.tags))})",
            (provider["id"], *asked.tags),
        ).fetchone()
    return row[0] if row is not None else None
