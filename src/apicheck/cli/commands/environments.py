"""apicheck environments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from apicheck.cli.brokers import asks_a_broker

if TYPE_CHECKING:
    from apicheck.broker.client import Remote

__all__ = ["command"]


@click.command("environments")
@click.option("--create", metavar="NAME", help="Make this one first.")
@click.option("--production", is_flag=True, help="It is one that customers use.")
@click.option("-f", "--format", "style", type=click.Choice(["text", "json"]), default="text")
@asks_a_broker
def command(*, broker: Remote, create: str | None, production: bool, style: str) -> int:
    """List the environments of a broker, or make one."""
    if create is not None:
        data = {"name": create, "displayName": create, "production": production}
        broker.well(broker.ask("POST", "/environments", data), "/environments")
    found = broker.get("/environments").get("_embedded", {}).get("environments", [])
    if style == "json":
        keys = ("name", "uuid", "displayName", "production")
        click.echo(json.dumps([{key: each.get(key) for key in keys} for each in found], indent=2))
        return 0
    for each in found:
        click.echo(f"{each['name']}{'  (production)' if each.get('production') else ''}")
    return 0
