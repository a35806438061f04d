"""Which pacts a provider must verify: consumer version selectors, pending and WIP pacts.

The rules are those of the Pact Broker's documentation, "Consumer version selectors",
"Pending pacts" and "Work in progress pacts".
"""

# ruff: noqa: S608 - what others send goes in as parameters; only our own words are put into SQL
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from apicheck.broker import participants, publishing
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
        for each in found.values():
            each.pending = not _verified(db, owner, each.pact["content"], asked)
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


_HEADS = (
    "p.version = (SELECT max(o.version) FROM pacts o {join}"
    " WHERE o.consumer = p.consumer AND o.provider = p.provider{where})"
)
_ON_BRANCH = "JOIN branch_versions bv ON bv.version = o.version JOIN branches b ON b.id = bv.branch"
_TAGGED = "JOIN tags t ON t.version = o.version"


def _selected(
    db: sqlite3.Connection, provider: sqlite3.Row, asked: Question, selector: dict[str, Any]
) -> Iterator[tuple[sqlite3.Row, str]]:
    consumer = selector.get("consumer")
    base = publishing.select
    where, values = "WHERE p.provider = ?", [provider["id"]]
    if consumer:
        where, values = where + " AND c.name = ?", [*values, consumer]

    def rows(join: str, more: str, *args: Any) -> Iterator[sqlite3.Row]:
        # join's parameters stand before those of where.
        yield from db.execute(
            f"{base}{join} {where}{more} ORDER BY c.name, p.version", (*values, *args)
        )

    if selector.get("mainBranch"):
        head = _HEADS.format(join=_ON_BRANCH, where=" AND b.name = c.main_branch")
        for row in rows("", f" AND c.main_branch IS NOT NULL AND {head}"):
            main = participants.get(db, row["consumer"])["main_branch"]
            yield row, f"latest from main branch '{main}'"
    elif selector.get("branch") or selector.get("matchingBranch"):
        branch = asked.branch if selector.get("matchingBranch") else selector["branch"]
        yield from _of_branches(db, rows, branch, selector)
    elif selector.get("tag"):
        tag, latest = selector["tag"], bool(selector.get("latest"))
        yield from _of_tag(rows, tag, selector.get("fallbackTag"), latest=latest)
    elif any(selector.get(key) for key in _PLACES):
        yield from _of_places(rows, selector)
    else:
        for row in rows("", " AND " + _HEADS.format(join="", where="")):
            yield row, "latest"


def _of_branches(
    db: sqlite3.Connection, rows: Any, branch: Any, selector: dict[str, Any]
) -> Iterator[tuple[sqlite3.Row, str]]:
    if branch is True:
        for pact, name in _branch_heads(db, rows):
            yield pact, f"latest from branch '{name}'"
        return
    head = _HEADS.format(join=_ON_BRANCH, where=" AND b.name = ?")
    word = "matching branch" if selector.get("matchingBranch") else "branch"
    seen = set()
    for row in rows("", f" AND {head}", branch):
        seen.add(row["consumer"])
        yield row, f"latest from {word} '{branch}'"
    fallback = selector.get("fallbackBranch")
    if fallback:
        for row in rows("", f" AND {head}", fallback):
            if row["consumer"] not in seen:
                yield row, f"latest from branch '{fallback}' (fallback for '{branch}')"


def _branch_heads(db: sqlite3.Connection, rows: Any) -> Iterator[tuple[sqlite3.Row, str]]:
    heads: dict[tuple[str, str], sqlite3.Row] = {}
    branches = defaultdict(list)
    for version, name in db.execute(
        "SELECT bv.version, b.name FROM branch_versions bv JOIN branches b ON b.id = bv.branch"
    ):
        branches[version].append(name)
    for row in rows("", ""):
        for name in branches[row["version"]]:
            heads[row["consumer"], name] = row  # in order: the last one is the newest
    for (_, name), row in heads.items():
        yield row, name


def _of_tag(
    rows: Any, tag: str, fallback: str | None, *, latest: bool
) -> Iterator[tuple[sqlite3.Row, str]]:
    if not latest:
        more = " AND EXISTS (SELECT 1 FROM tags t WHERE t.version = p.version AND t.name = ?)"
        for row in rows("", more, tag):
            yield row, f"with tag '{tag}'"
        return
    head = " AND " + _HEADS.format(join=_TAGGED, where=" AND t.name = ?")
    seen = set()
    for row in rows("", head, tag):
        seen.add(row["consumer"])
        yield row, f"latest with tag '{tag}'"
    if fallback:
        for row in rows("", head, fallback):
            if row["consumer"] not in seen:
                yield row, f"latest with tag '{fallback}' (fallback for '{tag}')"


def _of_places(rows: Any, selector: dict[str, Any]) -> Iterator[tuple[sqlite3.Row, str]]:
    kinds = ["deployed", "released"]
    if selector.get("deployed"):
        kinds = ["deployed"]
    elif selector.get("released"):
        kinds = ["released"]
    words = {"deployed": "currently deployed to", "released": "currently released in"}
    environment = selector.get("environment")
    for kind in kinds:
        more = (
            " AND EXISTS (SELECT 1 FROM deployments d JOIN environments e ON e.id = d.environment"
            " WHERE d.version = p.version AND d.ended_at IS NULL AND d.kind = ?"
        )
        args: list[str] = [kind]
        if environment:
            more += " AND e.name = ?"
            args.append(environment)
        for row in rows("", more + ")", *args):
            yield row, f"{words[kind]} {environment or 'an environment'}"


def _verified(db: sqlite3.Connection, provider: sqlite3.Row, content: int, asked: Question) -> bool:
    """Whether the content was verified with success on each branch or tag asked from.

    A success of a WIP pact does not count: the next change of the provider would make a
    pact fail the build that nobody ever asked this branch to verify.
    """
    base = "SELECT 1 FROM results r WHERE r.content = ? AND r.success AND r.kind = 'pact'"
    if asked.branch is not None:
        return _any(
            db,
            base + " AND r.version IN (SELECT bv.version FROM branch_versions bv"
            " JOIN branches b ON b.id = bv.branch WHERE b.pacticipant = ? AND b.name = ?)"
            " AND NOT r.wip",
            content,
            provider["id"],
            asked.branch,
        )
    if asked.tags:
        return all(
            _any(
                db,
                base + " AND r.version IN (SELECT t.version FROM tags t WHERE t.name = ?)"
                " AND NOT r.wip",
                content,
                tag,
            )
            for tag in asked.tags
        )
    return _any(db, base, content)


def _any(db: sqlite3.Connection, sql: str, *values: Any) -> bool:
    return db.execute(sql + " LIMIT 1", values).fetchone() is not None


def _in_progress(
    db: sqlite3.Connection, provider: sqlite3.Row, asked: Question, found: dict[int, Chosen]
) -> Iterator[tuple[sqlite3.Row, str]]:
    """The heads of all branches of consumers that nobody selected and this branch never passed."""
    since = asked.wip_since
    assert since is not None
    began = _began(db, provider, asked)
    if began is None:
        return  # a branch of which the broker has heard nothing yet gets no WIP

    def rows(join: str, more: str) -> Iterator[sqlite3.Row]:
        yield from db.execute(
            f"{publishing.select}{join} WHERE p.provider = ?{more} ORDER BY c.name, p.version",
            (provider["id"],),
        )

    limit = datetime.fromisoformat(since)
    for pact, name in _branch_heads(db, rows):
        if pact["content"] in found or datetime.fromisoformat(pact["created_at"]) < limit:
            continue
        if _verified(db, provider, pact["content"], asked):
            continue
        if _any(
            db,
            "SELECT 1 FROM results r WHERE r.content = ? AND r.success AND r.kind = 'pact'"
            " AND r.created_at < ? AND NOT r.wip",
            pact["content"],
            began,
        ):
            continue
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
