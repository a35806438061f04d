"""Badges for README pages: how it stands, in a small picture drawn here."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from apicheck.broker import matrix, participants
from apicheck.broker.asked import Asked, Selector
from apicheck.broker.calls import SVG, Call, Reply, Route
from apicheck.broker.heads import Among, newest
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES"]

_COLOURS = {True: "#2c7a2c", False: "#b3261e", None: "#6b6b6b"}


def _badge(label: str, message: str, verdict: bool | None) -> Reply:  # noqa: FBT001
    """A small picture of two words, drawn here: nothing is fetched from anybody."""
    left, right = 7 * len(label) + 12, 7 * len(message) + 12
    words = escape(f"{label}: {message}")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img"'
        f' aria-label="{words}"><title>{words}</title>'
        f'<rect width="{left}" height="20" fill="#444"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_COLOURS[verdict]}"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,sans-serif" font-size="11">'
        f'<text x="{left / 2}" y="14">{escape(label)}</text>'
        f'<text x="{left + right / 2}" y="14">{escape(message)}</text></g></svg>'
    )
    return Reply(body=svg, media=SVG, headers={"cache-control": "no-cache"})


def _pact_badge(
    _call: Call, db: sqlite3.Connection, provider: str, consumer: str, tag: str | None = None
) -> Reply:
    return _pair_badge(db, Among(provider=provider, consumer=consumer, tag=tag))


def _untagged_badge(_call: Call, db: sqlite3.Connection, provider: str, consumer: str) -> Reply:
    return _pair_badge(db, Among(provider=provider, consumer=consumer, untagged=True))


def _pair_badge(db: sqlite3.Connection, among: Among) -> Reply:
    label = f"{among.consumer}/{among.provider} pact"
    found = newest(db, among)
    if not found:
        return _badge(label, "not found", None)
    last = db.execute(
        "SELECT success FROM results WHERE content = ? ORDER BY id DESC LIMIT 1",
        (found[0]["content"],),
    ).fetchone()
    if last is None:
        return _badge(label, "unknown", None)
    return _badge(label, "verified" if last[0] else "failed", bool(last[0]))


def _deploy_badge(
    _call: Call, db: sqlite3.Connection, name: str, branch: str, environment: str
) -> Reply:
    one = Selector(pacticipant=name, branch=branch, latest=True)
    return _verdict_badge(
        db, f"can-i-deploy to {environment}", Asked(selectors=(one,), environment=environment)
    )


def _merge_badge(_call: Call, db: sqlite3.Connection, name: str, branch: str) -> Reply:
    one = Selector(pacticipant=name, branch=branch, latest=True)
    return _verdict_badge(db, "can-i-merge", Asked(selectors=(one,), main=True))


def _verdict_badge(db: sqlite3.Connection, label: str, asked: Asked) -> Reply:
    for each in asked.selectors:
        if participants.find(db, each.pacticipant) is None:
            return _badge(label, "pacticipant not found", None)
    try:
        found = matrix.ask(db, asked)
    except Refused:
        return _badge(label, "environment not found", None)
    words = {True: "yes", False: "no", None: "unknown"}[found.deployable]
    return _badge(label, words, found.deployable)


def _merge_main_badge(call: Call, db: sqlite3.Connection, name: str) -> Reply:
    owner = participants.find(db, name)
    if owner is None:
        return _badge("can-i-merge", "pacticipant not found", None)
    if owner["main_branch"] is None:
        return _badge("can-i-merge", "main branch not set", None)
    return _merge_badge(call, db, name, owner["main_branch"])


def _tag_badge(_call: Call, db: sqlite3.Connection, name: str, tag: str, to: str) -> Reply:
    one = Selector(pacticipant=name, tag=tag, latest=True)
    asked = Asked(selectors=(one,), tag=to, latest=True)
    return _verdict_badge(db, f"can-i-deploy to {to}", asked)


def _tags_badge(
    _call: Call, db: sqlite3.Connection, provider: str, provider_tag: str, consumer: str, tag: str
) -> Reply:
    both = (
        Selector(pacticipant=consumer, tag=tag, latest=True),
        Selector(pacticipant=provider, tag=provider_tag, latest=True),
    )
    return _verdict_badge(
        db, f"{consumer} {tag} and {provider} {provider_tag}", Asked(selectors=both)
    )


_ONE = "/pacticipants/{name}"
_BRANCH = _ONE + "/branches/{branch}/latest-version"
_PAIR = "/pacts/provider/{provider}/consumer/{consumer}"
_TAGS = "/matrix/provider/{provider}/latest/{provider_tag}/consumer/{consumer}/latest/{tag}"
ROUTES = tuple(
    Route(method="GET", path=path + end, handler=handler, writes=False)
    for end in ("/badge", "/badge.svg")
    for path, handler in (
        (_PAIR + "/latest", _pact_badge),
        (_PAIR + "/latest/{tag}", _pact_badge),
        (_PAIR + "/latest-untagged", _untagged_badge),
        (_BRANCH + "/can-i-deploy/to-environment/{environment}", _deploy_badge),
        (_BRANCH + "/can-i-merge", _merge_badge),
        (_ONE + "/main-branch/can-i-merge", _merge_main_badge),
        (_ONE + "/latest-version/{tag}/can-i-deploy/to/{to}", _tag_badge),
        (_TAGS, _tags_badge),
    )
)
