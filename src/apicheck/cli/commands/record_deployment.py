"""apicheck record-deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from apicheck.cli.brokers import asks_a_broker
from apicheck.cli.recording import record

if TYPE_CHECKING:
    from apicheck.broker.client import Remote

__all__ = ["command"]


@click.command("record-deployment")
@click.option("-a", "--pacticipant", "name", required=True)
@click.option("-e", "--version", "number", required=True)
@click.option("--environment", required=True, metavar="NAME")
@click.option("--instance", help="Which one, if it is deployed there more than once.")
@asks_a_broker
def command(
    *, broker: Remote, name: str, number: str, environment: str, instance: str | None
) -> int:
    """Record that a version is deployed to an environment now."""
    data = {"applicationInstance": instance} if instance else {}
    return record(broker, name, number, environment, "deployment", data)
