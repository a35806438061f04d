"""Which pacts of a broker a command is about, and for which version of their provider."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from apicheck.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from apicheck.broker.client import Remote
    from apicheck.broker.fetching import Fetched
    from apicheck.broker.telling import ProviderVersion
    from apicheck.cli.build import Build
    from apicheck.pact.model import Pact

__all__ = [
    "CHOOSING",
    "choosing",
    "nothing_to_verify",
    "of_broker",
    "pact_in",
    "provider_version",
    "source_of",
]

CHOOSING = ("selectors", "enable_pending", "include_wip_since", "ignore_no_pacts")


def choosing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options on which pacts of a broker are wanted."""
    for option in (
        click.option("--ignore-no-pacts", is_flag=True, help="Nothing to verify is nothing wrong."),
        click.option(
            "--include-wip-since",
            default="",
            metavar="DATE",
            help="Also those of other branches since then, as work in progress.",
        ),
        click.option(
            "--enable-pending",
            is_flag=True,
            help="A pact that never was verified with success cannot fail the run.",
        ),
        click.option(
            "--selector",
            "selectors",
            multiple=True,
            metavar="SELECTOR",
            help="mainBranch, matchingBranch, deployedOrReleased, branch=X, tag=X, environment=X,"
            " consumer=X, latest; joined by commas, or JSON.  [default: the broker's]",
        ),
    ):
        command = option(command)
    return command


def source_of(
    broker: Remote | None, pacts: str | None, chosen: dict[str, Any], *, meant: bool
) -> Remote | None:
    """The broker that pacts come from, or None for files; files that are named win."""
    if pacts is None:
        asked = broker
    elif meant:
        raise click.UsageError("--pacts or --broker-url, not both")
    else:
        asked = None
    given = [name for name, value in chosen.items() if value]
    if asked is None and given:
        option = given[0].removesuffix("s") if given[0] == "selectors" else given[0]
        raise click.UsageError(
            f"--{option.replace('_', '-')} is a question to a broker: give --broker-url"
        )
    return asked


def provider_version(
    provider: str, build: Build, tags: tuple[str, ...], *, needed: bool
) -> ProviderVersion:
    """The version of the provider that is spoken for."""
    from apicheck.broker.telling import ProviderVersion

    if needed and not build.version:
        raise click.UsageError(
            "--publish needs the version: give --provider-version (no CI service or git says one)"
        )
    return ProviderVersion(
        provider=provider,
        number=build.version,
        branch=build.branch,
        tags=tags,
        build_url=build.url,
    )


def of_broker(
    broker: Remote, provider: str, branch: str, tags: tuple[str, ...], chosen: dict[str, Any]
) -> tuple[Fetched, ...]:
    """The pacts that the broker gives; those without an answer are an error of it."""
    from apicheck.broker.fetching import Question, fetch, selectors

    since = chosen["include_wip_since"]
    if since:
        try:
            dt.date.fromisoformat(since)
        except ValueError:
            hint = "write it as 2026-01-31"
            raise ConfigError("--include-wip-since", since, "is no date", hint) from None
        if not (branch or tags):
            raise click.UsageError(
                "--include-wip-since needs to know the provider's branch: give --branch"
            )
    return fetch(
        broker,
        Question(
            provider=provider,
            selectors=selectors(chosen["selectors"]),
            pending=chosen["enable_pending"],
            wip_since=since,
            branch=branch,
            tags=tags,
        ),
    )


def pact_in(fetched: Fetched, provider: str) -> Pact:
    """The pact that a broker gave; SourceError where it is of another provider."""
    from apicheck.pact.read import pact_of
    from apicheck.sources import in_memory

    found = pact_of(in_memory(fetched.data, fetched.url))
    if found.provider != provider:
        raise SourceError(fetched.url, f"is a pact with {found.provider!r}, not {provider!r}")
    return found


def nothing_to_verify(broker: Remote, provider: str, chosen: dict[str, Any]) -> int:
    """Say that the broker has no such pacts: an error, unless that was expected."""
    words = f"it has no pacts of the provider {provider!r} that are asked for"
    if not chosen["ignore_no_pacts"]:
        hint = "see --selector; --ignore-no-pacts if that is no error"
        raise SourceError(broker.url, words, hint)
    click.echo(f"{broker.url}: {words}: nothing to verify", err=True)
    return 0
