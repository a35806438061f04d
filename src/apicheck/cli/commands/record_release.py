"""apicheck record-release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from apicheck.cli.brokers import asks_a_broker
from apicheck.cli.recording import record

if TYPE_CHECKING:
    from apicheck.broker.client import Remote

__all__ = ["command"]


@click.command("record-release")
@click.option("-a", "--pacticipant", "name", required=True)
@click.option("-e", "--version", "number", required=True)
@click.option("--environment", required=True, metavar="NAME")
@asks_a_broker
def command(*, broker: Remote, name: str, number: str, environment: str) -> int:
    """Record that a version is released, and supported, in an environment."""
    return record(broker, name, number, environment, "release", {})
