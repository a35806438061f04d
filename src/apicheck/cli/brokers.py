"""The options of every command that asks a broker."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["asks_a_broker", "may_ask_a_broker"]

_URL: dict[str, Any] = {
    "envvar": "PACT_BROKER_BASE_URL",
    "metavar": "URL",
    "help": "The broker, ours or any Pact Broker (PACT_BROKER_BASE_URL).",
}
_OPTIONS = (
    click.option("--broker-username", envvar="PACT_BROKER_USERNAME", help="PACT_BROKER_USERNAME"),
    click.option("--broker-password", envvar="PACT_BROKER_PASSWORD", help="PACT_BROKER_PASSWORD"),
    click.option("--broker-token", envvar="PACT_BROKER_TOKEN", help="PACT_BROKER_TOKEN"),
)


def asks_a_broker(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which broker, and the broker as ``broker``."""
    return _asking(function, click.option("--broker-url", required=True, **_URL))


def may_ask_a_broker(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same where it works without one: ``broker`` is None then.

    ``broker_meant`` says that the address was given to this command, not only in the environment.
    """

    @functools.wraps(function)
    def wrapped(**given: Any) -> Any:
        from click.core import ParameterSource

        source = click.get_current_context().get_parameter_source("broker_url")
        return function(broker_meant=source is ParameterSource.COMMANDLINE, **given)

    return _asking(wrapped, click.option("--broker-url", **_URL))


def _asking(function: Callable[..., Any], url: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(
        broker_url: str | None,
        broker_username: str | None,
        broker_password: str | None,
        broker_token: str | None,
        **others: Any,
    ) -> Any:
        from apicheck.broker.client import remote

        broker = None
        if broker_url is not None:
            broker = remote(
                broker_url, username=broker_username, password=broker_password, token=broker_token
            )
        return function(broker=broker, **others)

    decorated: Callable[..., Any] = wrapped
    for option in (*reversed(_OPTIONS), url):
        decorated = option(decorated)
    return decorated
