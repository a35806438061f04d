"""apicheck pact verify."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from apicheck.cli.brokers import may_ask_a_broker
from apicheck.cli.choosing import (
    CHOOSING,
    choosing,
    nothing_to_verify,
    of_broker,
    pact_in,
    provider_version,
    source_of,
)
from apicheck.cli.options import Common, emit, judging, reporting, settings_of, threshold_of
from apicheck.cli.versions import version_of, with_versions
from apicheck.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.broker.client import Remote
    from apicheck.broker.fetching import Fetched
    from apicheck.broker.telling import ProviderVersion
    from apicheck.errors import SourceError
    from apicheck.pact.playing import Target
    from apicheck.pact.verify import Outcome

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
@click.option(
    "--pacts",
    metavar="PATH",
    help="File or folder.  [default: those of the broker, else contracts/pacts]",
)
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
@choosing
@click.option("--publish", is_flag=True, help="Tell the broker what was found.")
@with_versions("provider")
@may_ask_a_broker
@reporting
@judging
def verify(
    *, provider: str, broker: Remote | None, broker_meant: bool, publish: bool, **options: Any
) -> int:
    """Hold PROVIDER, running or as functions, against its consumers' pacts."""
    from apicheck.pact.read import read_pacts
    from apicheck.pact.verify import Wanted
    from apicheck.pact.verify import verify as verified

    build, tags = version_of(options)
    chosen = {name: options.pop(name) for name in CHOOSING}
    names = options.keys() - (set(Common._fields) - {"pacts"})
    given = {name: options.pop(name) for name in names}
    common = Common(**options)
    settings = settings_of(common)
    asked = source_of(broker, given["pacts"], chosen, meant=broker_meant)
    version = provider_version(provider, build, tags, needed=publish)
    if publish and asked is None:
        raise click.UsageError("results go to a broker: give --broker-url, and no --pacts")
    if asked is None:
        named = given["pacts"] or "contracts/pacts"
        pacts = read_pacts(named, settings.options)
        fetched: tuple[Fetched, ...] = ()
        wanted = [Wanted(pact=each) for each in pacts]
    else:
        named = f"{provider} at {asked.url}"
        fetched = of_broker(asked, provider, build.branch, tags, chosen)
        wanted = [
            Wanted(
                pact=pact_in(each, provider),
                pending=each.pending or each.wip,
                notices=tuple(_why(each)),
            )
            for each in fetched
        ]
        if not wanted:
            return nothing_to_verify(asked, provider, chosen)
    with _target(provider, given) as target:
        report, outcomes = verified(wanted, target, settings, named)
    problem: SourceError | None = None
    told: list[str] = []
    if publish and asked is not None:
        told, problem = _published(asked, version, fetched, outcomes)
    after = [*_after(fetched, outcomes, published=publish and problem is None), *told]
    report = replace(report, notes=(*report.notes, *after))
    code = emit(report, common, threshold_of(common, settings))
    if problem is not None:
        raise problem
    return code


def _why(each: Fetched) -> Iterator[str]:
    """What the broker says of a pact before it is verified."""
    marks = [each.why] if each.why else []
    marks += ["a work in progress"] if each.wip else []
    marks += ["pending: it cannot fail the run"] if each.pending or each.wip else []
    yield f"{each.name}: {', '.join(marks)}" if marks else each.name


def _after(
    fetched: tuple[Fetched, ...], outcomes: tuple[Outcome, ...], *, published: bool
) -> Iterator[str]:
    """What the broker has to say to how it went."""
    seen = set()
    for one, outcome in zip(fetched, outcomes, strict=bool(fetched)):
        held, told = str(outcome.holds).lower(), str(published).lower()
        for each in one.said(f"after_verification:success_{held}_published_{told}"):
            seen.add(f"{one.name}: {each}")
    yield from sorted(seen)


def _published(
    broker: Remote,
    version: ProviderVersion,
    fetched: tuple[Fetched, ...],
    outcomes: tuple[Outcome, ...],
) -> tuple[list[str], SourceError | None]:
    """Tell the broker; what was published, and what is wrong if not all was."""
    from apicheck.broker.telling import Result, tell
    from apicheck.pact.results import of_outcome

    results = [
        Result(
            of=one,
            success=outcome.holds,
            tests=of_outcome(outcome),
            withheld=f"{len(outcome.left_out)} interactions were not asked about"
            if outcome.left_out
            else "",
        )
        for one, outcome in zip(fetched, outcomes, strict=True)
    ]
    return tell(broker, version, results)


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
    if not named:
        if not given["messages"]:
            raise click.UsageError("give --target (where it runs), or --messages, or both")
        yield target
    elif named.startswith(("http://", "https://")):
        _web_address("--target", named)
        yield replace(target, url=named.rstrip("/") + target.base)
    elif _APP.fullmatch(named):
        yield replace(target, app=named)
    else:
        from apicheck.serving import served

        with served(named, extra="pact") as address:
            yield replace(target, url=address + target.base)


def _web_address(option: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        wrong = bool(value) and (parts.scheme not in {"http", "https"} or not parts.hostname)
        _ = parts.port
    except ValueError:
        wrong = True
    if wrong:
        raise ConfigError(option, value, "is not of the form http://HOST:PORT")


def _base(path: str) -> str:
    return f"/{path.strip('/')}" if path.strip("/") else ""


def _headers(listed: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for each in listed:
        name, colon, value = each.partition(":")
        if not colon:
            raise ConfigError("--header", name, "is not of the form NAME:VALUE")
        yield name.strip(), value.strip()
