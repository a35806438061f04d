"""The facts that the placeholders of webhooks stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    import sqlite3

__all__ = ["of_pact", "of_provider", "statuses"]


def of_pact(db: sqlite3.Connection, base: str, pact: sqlite3.Row) -> dict[str, str]:
    """What there is to say of a pact (a row of ``publishing.select``)."""
    at = ("pacts", "provider", pact["provider"], "consumer", pact["consumer"])
    url = "/".join(quote(each, safe="") for each in (*at, "pact-version", pact["sha"]))
    branch, tags, build = _of(db, pact["version"])
    return {
        "pactUrl": f"{base}/{url}",
        "consumerName": pact["consumer"],
        "providerName": pact["provider"],
        "consumerVersionNumber": pact["number"],
        "consumerVersionBranch": branch,
        "consumerVersionTags": tags,
        "buildUrl": build,
        "consumerLabels": _labels(db, pact["consumer_id"]),
        "providerLabels": _labels(db, pact["provider_id"]),
        "currentlyDeployedProviderVersionNumber": _running(db, pact["provider_id"]),
        **statuses(None),
    }


#: How each forge says that a check waits, went well, or failed.
_WORDS = {
    "github": ("pending", "success", "failure"),
    "gitlab": ("pending", "success", "failed"),
    "bitbucket": ("INPROGRESS", "SUCCESSFUL", "FAILED"),
    "azureDevOps": ("pending", "succeeded", "failed"),
}


def statuses(success: bool | None) -> dict[str, str]:  # noqa: FBT001 - three values, no switch
    """The word of each forge for a check; None is that it waits."""
    at = {None: 0, True: 1, False: 2}[success]
    return {f"{forge}VerificationStatus": words[at] for forge, words in _WORDS.items()}


def _labels(db: sqlite3.Connection, pacticipant: int) -> str:
    sql = "SELECT name FROM labels WHERE pacticipant = ? ORDER BY name"
    return ", ".join(row[0] for row in db.execute(sql, (pacticipant,)))


def _running(db: sqlite3.Connection, pacticipant: int) -> str:
    """The versions that are deployed now, in any environment."""
    sql = (
        "SELECT DISTINCT v.number FROM deployments d JOIN versions v ON v.id = d.version"
        " WHERE v.pacticipant = ? AND d.kind = 'deployed' AND d.ended_at IS NULL ORDER BY v.id"
    )
    return ", ".join(row[0] for row in db.execute(sql, (pacticipant,)))


def of_provider(db: sqlite3.Connection, version: int) -> dict[str, str]:
    """What there is to say of a version of the provider."""
    (number,) = db.execute("SELECT number FROM versions WHERE id = ?", (version,)).fetchone()
    branch, tags, build = _of(db, version)
    return {
        "providerVersionNumber": number,
        "providerVersionBranch": branch,
        "providerVersionTags": tags,
        "providerVersionDescriptions": branch,
        **({"buildUrl": build} if build else {}),
    }


def _of(db: sqlite3.Connection, version: int) -> tuple[str, str, str]:
    """The branch, tags and build of a version; "" for what it has not."""
    row = db.execute(
        "SELECT (SELECT b.name FROM branch_versions bv JOIN branches b ON b.id = bv.branch"
        " WHERE bv.version = v.id LIMIT 1), (SELECT group_concat(name, ', ') FROM tags t"
        " WHERE t.version = v.id), v.build_url FROM versions v WHERE v.id = ?",
        (version,),
    ).fetchone()
    return row[0] or "", row[1] or "", row[2] or ""
