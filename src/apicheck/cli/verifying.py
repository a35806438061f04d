"""apicheck pact verify."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from apicheck.cli.options import Common, emit, judging, reporting, settings_of, threshold_of
from apicheck.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.pact.playing import Target

__all__ = ["verify"]

_APP = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(\))?")


@click.command("verify")
@click.argument("provider")
@click.option(
    "--target",
    default="",
    metavar="URL|MODULE:APP|COMMAND",
    help="Where the provider runs, or what to start: an application, or a command that prints its"
    " address.",
)
@click.option("--base-path", default="", metavar="PATH", help="What a started one is served below.")
@click.option("--pacts", metavar="PATH", help="File or folder.  [default: contracts/pacts]")
@click.option(
    "--states",
    default="",
    metavar="FILE|MODULE",
    help="Functions that bring the provider into the states of the pacts.",
)
@click.option(
    "--messages", default="", metavar="FILE|MODULE", help="Functions that make its messages."
)
@click.option(
    "--state-url", default="", metavar="URL", help="Asked to bring the provider into a state."
)
@click.option("--state-teardown", is_flag=True, help="Ask it again afterwards.")
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="Sent with each.")
@click.option("--timeout", type=float, default=600, show_default=True, help="Seconds for the run.")
@click.option(
    "--request-timeout", type=float, default=5, show_default=True, help="Seconds for one request."
)
@reporting
@judging
def verify(*, provider: str, **options: Any) -> int:
    """Hold PROVIDER, running or as functions, against its consumers' pacts."""
    from apicheck.pact.read import read_pacts
    from apicheck.pact.verify import Wanted
    from apicheck.pact.verify import verify as verified

    given = {name: value for name, value in options.items() if name not in Common._fields}
    given |= {name: options[name] for name in ("pacts",)}
    common = Common(**{name: options[name] for name in options.keys() - given.keys()})
    settings = settings_of(common)
    pacts = read_pacts(given["pacts"] or "contracts/pacts", settings.options)
    with _target(provider, given) as target:
        report, _ = verified([Wanted(pact=each) for each in pacts], target, settings)
    return emit(report, common, threshold_of(common, settings))


@contextmanager
def _target(provider: str, given: dict[str, Any]) -> Iterator[Target]:
    """The provider as it is to be asked; what has to be started runs until the end of the block."""
    from apicheck.pact.playing import Target

    if given["states"] and given["state_url"]:
        raise click.UsageError("--states or --state-url, not both")
    _web_address("--state-url", given["state_url"])
    named = given["target"]
    target = Target(
        provider=provider,
        base=_base(given["base_path"]),
        states=given["states"],
        messages=given["messages"],
        state_url=given["state_url"],
        teardown=given["state_teardown"],
        headers=tuple(_headers(given["headers"])),
        timeout=given["timeout"],
        request_timeout=given["request_timeout"],
    )
    from dataclasses import replace

    if not named:
        if not given["messages"]:
            raise click.UsageError("give --target (where it runs), or --messages, or both")
        yield target
    elif named.startswith(("http://", "https://")):
        yield replace(target, url=named.rstrip("/") + target.base)
    elif _APP.fullmatch(named):
        yield replace(target, app=named)
    else:
        from apicheck.serving import served

        with served(named, extra="pact") as address:
            yield replace(target, url=address + target.base)


def _web_address(option: str, value: str) -> None:
    if value and not value.startswith(("http://", "https://")):
        raise ConfigError(option, value, "is not of the form http://HOST:PORT")


def _base(path: str) -> str:
    return f"/{path.strip('/')}" if path.strip("/") else ""


def _headers(listed: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for each in listed:
        name, colon, value = each.partition(":")
        if not colon:
            raise ConfigError("--header", name, "is not of the form NAME:VALUE")
        yield name.strip(), value.strip()
