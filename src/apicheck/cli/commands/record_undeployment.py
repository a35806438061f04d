"""apicheck record-undeployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from apicheck.cli.brokers import asks_a_broker
from apicheck.errors import SourceError

if TYPE_CHECKING:
    from apicheck.broker.client import Remote

__all__ = ["command"]


@click.command("record-undeployment")
@click.option("-a", "--pacticipant", "name", required=True)
@click.option("--environment", required=True, metavar="NAME")
@click.option("--instance", default="", help="Which one, if it is deployed there more than once.")
@asks_a_broker
def command(*, broker: Remote, name: str, environment: str, instance: str) -> int:
    """Record that a pacticipant is no longer deployed to an environment."""
    from apicheck.broker.client import environment_named, path, versions_there

    where = environment_named(broker, environment)
    deployed = [each for each in versions_there(broker, where, name) if "currentlyDeployed" in each]
    meant = [each for each in deployed if (each.get("applicationInstance") or "") == instance]
    if not meant:
        others = ", ".join(each.get("applicationInstance") or "(no name)" for each in deployed)
        raise SourceError(
            broker.url,
            f"{name} is not recorded as deployed to {environment}",
            f"other instances are: {others}" if others else "",
        )
    for each in meant:
        at = path("deployed-versions", each["uuid"])
        broker.well(broker.ask("PATCH", at, {"currentlyDeployed": False}), at)
        number = each.get("_embedded", {}).get("version", {}).get("number", "?")
        click.echo(f"recorded: {name} {number} is no longer deployed to {environment}")
    return 0
