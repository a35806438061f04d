"""The index that clients start from, and the numbers for those who watch the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.broker.calls import Call, Reply, Route

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES", "VERSION"]

#: The Pact Broker whose interface this is; some clients look at the number.
VERSION = "2.120.0"

_P = "/pacticipants/{pacticipant}"
_PACTS = "/pacts/provider/{provider}"
_RELS = {
    "pb:publish-pact": _PACTS + "/consumer/{consumer}/version/{consumerApplicationVersion}",
    "pb:publish-contracts": "/contracts/publish",
    "pb:latest-pact-versions": "/pacts/latest",
    "pb:tagged-pact-versions": _PACTS + "/consumer/{consumer}/tag/{tag}",
    "pb:latest-tagged-pact-versions": "/pacts/latest/{tag}",
    "pb:latest-branch-pact-versions": "/pacts/branch/{branch}/latest",
    "pb:latest-main-branch-pact-versions": "/pacts/main-branch/latest",
    "pb:provider-pacts": _PACTS,
    "pb:provider-pacts-with-tag": _PACTS + "/tag/{tag}",
    "pb:provider-pacts-with-branch": _PACTS + "/branch/{branch}",
    "pb:provider-pacts-with-main-branch": _PACTS + "/branch",
    "pb:latest-provider-pacts": _PACTS + "/latest",
    "pb:latest-provider-pacts-with-tag": _PACTS + "/latest/{tag}",
    "pb:latest-provider-pacts-with-branch": _PACTS + "/branch/{branch}/latest",
    "pb:latest-provider-pacts-with-main-branch": _PACTS + "/branch/latest",
    "pb:provider-pacts-for-verification": _PACTS + "/for-verification",
    "beta:provider-pacts-for-verification": _PACTS + "/for-verification",
    "pb:pacticipants": "/pacticipants",
    "pb:pacticipant": _P,
    "pb:latest-version": _P + "/latest-version",
    "pb:latest-tagged-version": _P + "/latest-version/{tag}",
    "pb:pacticipant-version": _P + "/versions/{version}",
    "pb:pacticipant-version-tag": _P + "/versions/{version}/tags/{tag}",
    "pb:pacticipant-branch": _P + "/branches/{branch}",
    "pb:pacticipant-branch-version": _P + "/branches/{branch}/versions/{version}",
    "pb:integrations": "/integrations",
    "pb:dashboard": "/dashboard",
    "pb:labels": "/labels",
    "pb:relationships": "/relationships",
    "pb:group": "/groups/{pacticipant}",
    "pb:metrics": "/metrics",
    "pb:can-i-deploy-pacticipant-version-to-tag": "/can-i-deploy"
    "?pacticipant={pacticipant}&version={version}&to={tag}",
    "pb:can-i-deploy-pacticipant-version-to-environment": "/can-i-deploy"
    "?pacticipant={pacticipant}&version={version}&environment={environment}",
    "pb:environments": "/environments",
    "pb:environment": "/environments/{uuid}",
    "pb:webhooks": "/webhooks",
    "pb:webhook": "/webhooks/{uuid}",
}


def _index(call: Call, _db: sqlite3.Connection) -> Reply:
    links: dict[str, Any] = {"self": {"href": call.base, "title": "Index"}}
    for rel, path in _RELS.items():
        links[rel] = {"href": call.base + path, "templated": "{" in path}
    links["curies"] = [
        {"name": name, "href": call.base + "/doc/{rel}", "templated": True}
        for name in ("pb", "beta")
    ]
    return Reply(body={"_links": links})


_COUNTED = {
    "pacticipants": "pacticipants",
    "versions": "versions",
    "branches": "branches",
    "tags": "tags",
    "pact_contents": "contents",
    "pacts": "pacts",
    "verification_results": "results",
    "environments": "environments",
    "current_deployments": "deployments WHERE ended_at IS NULL",
    "webhooks": "webhooks",
    "webhook_deliveries_waiting": "triggered WHERE status = 'waiting'",
    "webhook_deliveries_failed": "triggered WHERE status = 'failed'",
}


def _metrics(call: Call, db: sqlite3.Connection) -> Reply:
    """In the text form of Prometheus; as JSON for who asks for that alone."""
    counts = {
        name: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own
        for name, table in _COUNTED.items()
    }
    if "json" in call.accept and "text/" not in call.accept:
        return Reply(body={name: {"count": count} for name, count in counts.items()})
    lines = []
    for name, count in counts.items():
        lines += [f"# TYPE apicheck_broker_{name} gauge", f"apicheck_broker_{name} {count}"]
    return Reply(body="\n".join(lines) + "\n", media="text/plain;version=0.0.4;charset=utf-8")


def _heartbeat(_call: Call, db: sqlite3.Connection) -> Reply:
    db.execute("SELECT 1 FROM pacticipants LIMIT 1").fetchone()
    return Reply(body={"ok": True})


ROUTES = (
    Route(method="GET", path="/", handler=_index, writes=False),
    Route(method="GET", path="/metrics", handler=_metrics, writes=False),
    Route(method="GET", path="/diagnostic/status/heartbeat", handler=_heartbeat, writes=False),
)
