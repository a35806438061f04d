"""What a provider is to verify, as verifiers ask for it, with the notices that they print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.broker import selection
from apicheck.broker.addresses import marked, pact_at
from apicheck.broker.calls import Call, Reply, Route

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES"]


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
    url = call.url(*pact_at(pact), "pact-version", pact["sha"], "metadata", marked(facts))
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


_AT = "/pacts/provider/{provider}/for-verification"
ROUTES = (
    Route(method="GET", path=_AT, handler=_for_verification, writes=False),
    # A question, though it is asked by POST: those who may only read may ask it.
    Route(method="POST", path=_AT, handler=_for_verification, writes=False),
)
