"""The options of every command that asks a broker."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["asks_a_broker"]

_OPTIONS = (
    click.option(
        "--broker-url",
        envvar="PACT_BROKER_BASE_URL",
        required=True,
        help="Its address, ours or any Pact Broker's (PACT_BROKER_BASE_URL).",
    ),
    click.option("--broker-username", envvar="PACT_BROKER_USERNAME", help="PACT_BROKER_USERNAME"),
    click.option("--broker-password", envvar="PACT_BROKER_PASSWORD", help="PACT_BROKER_PASSWORD"),
    click.option("--broker-token", envvar="PACT_BROKER_TOKEN", help="PACT_BROKER_TOKEN"),
)


def asks_a_broker(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which broker, and the broker as ``broker``."""

    @functools.wraps(function)
    def wrapped(
        broker_url: str,
        broker_username: str | None,
        broker_password: str | None,
        broker_token: str | None,
        **others: Any,
    ) -> Any:
        from apicheck.broker.client import remote

        broker = remote(
            broker_url, username=broker_username, password=broker_password, token=broker_token
        )
        return function(broker=broker, **others)

    decorated: Callable[..., Any] = wrapped
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
