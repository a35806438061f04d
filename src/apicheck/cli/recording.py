"""What the commands that record deployments and releases share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from apicheck.errors import SourceError

if TYPE_CHECKING:
    from apicheck.broker.client import Remote

__all__ = ["record"]


def record(  # noqa: PLR0917 - a sentence: record this of that there
    broker: Remote, name: str, number: str, environment: str, words: str, data: dict[str, Any]
) -> int:
    """Record a deployment or release by the broker's own link, and say so."""
    from apicheck.broker.client import environment_named, path

    where = environment_named(broker, environment)
    at = path("pacticipants", name, "versions", number)
    links = broker.get(at).get("_links", {}).get(f"pb:record-{words}", [])
    found = next((each["href"] for each in links if each.get("name") == where["name"]), None)
    if found is None:
        raise SourceError(broker.url, f"offers no {words} of {name} {number} to {environment}")
    broker.well(broker.ask("POST", found, data), at)
    click.echo(f"recorded: {words} of {name} {number} to {environment}")
    return 0
