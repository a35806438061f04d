"""What all pages for people share: the links above them, and the words for how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.broker.calls import HTML, Reply
from apicheck.broker.markup import Html, html, joined, page

if TYPE_CHECKING:
    from apicheck.broker.calls import Call

__all__ = ["link", "shown", "verdict"]

_PAGES = {
    "Contracts": ("ui",),
    "Pacticipants": ("ui", "pacticipants"),
    "Environments": ("ui", "environments"),
    "Network": ("ui", "network"),
}


def shown(call: Call, title: str, body: Html) -> Reply:
    """A page with the links to all others above it."""
    links = joined(
        html(
            '<a href="{}"{}>{}</a>',
            call.url(*at),
            Html(' aria-current="page"') if words == title else Html(""),
            words,
        )
        for words, at in _PAGES.items()
    )
    return Reply(body=page(title, links, body), media=HTML)


def link(call: Call, words: str, *at: str) -> Html:
    """A link to one of our pages."""
    return html('<a href="{}">{}</a>', call.url("ui", *at), words)


def verdict(
    success: Any, yes: str = "verified", no: str = "failed", unknown: str = "never verified"
) -> Html:
    """A word with a sign and a colour; any of them alone says it."""
    kind, words = (
        ("unknown", unknown) if success is None else (("yes", yes) if success else ("no", no))
    )
    return html('<span class="{}">{}</span>', kind, words)
