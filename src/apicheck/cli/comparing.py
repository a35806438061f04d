"""apicheck pact compare."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from apicheck.cli.brokers import may_ask_a_broker
from apicheck.cli.choosing import CHOOSING, choosing, nothing_to_verify, of_broker, pact_in
from apicheck.cli.options import Common, emit, judging, reporting, settings_of, threshold_of
from apicheck.errors import SourceError

if TYPE_CHECKING:
    from apicheck.api import Settings
    from apicheck.broker.client import Remote
    from apicheck.broker.fetching import Fetched
    from apicheck.broker.telling import Result
    from apicheck.model import Contract
    from apicheck.pact.model import Pact

__all__ = ["compare"]


@click.command("compare")
@click.argument("sources", nargs=-1, required=True, metavar="[PACT] CONTRACT")
@click.option(
    "--provider", default="", metavar="NAME", help="Whose pacts these are; needed without PACT."
)
@choosing
@click.option(
    "--publish", is_flag=True, help="Tell the broker what was found, as a static verification."
)
@click.option(
    "--provider-version", default="", metavar="VERSION", help="That CONTRACT is the contract of."
)
@click.option("--provider-branch", "--branch", "branch", default="", metavar="BRANCH")
@click.option(
    "--consumer-version",
    default="",
    metavar="VERSION",
    help="With PACT: that the broker has it as the pact of.",
)
@click.option("--build-url", default="", metavar="URL", help="Where this is done.")
@may_ask_a_broker
@reporting
@judging
def compare(
    *, sources: tuple[str, ...], broker: Remote | None, broker_meant: bool, **options: Any
) -> int:
    """Check that CONTRACT allows every interaction of PACT.

    PACT is a file or a folder of pacts; without it, a broker gives those of --provider. CONTRACT
    is the provider's: OpenAPI, AsyncAPI, or the JSON Schema of a message; a file, REV:PATH or
    NAME@VERSION, as diff takes it.
    """
    from apicheck import api
    from apicheck.pact.against import compare as compared
    from apicheck.pact.read import read_pacts

    names = ("provider", "publish", "provider_version", "branch", "consumer_version", "build_url")
    given = {name: options.pop(name) for name in names}
    chosen = {name: options.pop(name) for name in CHOOSING}
    common = Common(**options)
    settings = settings_of(common)
    if len(sources) > 2:
        raise click.UsageError("give PACT and CONTRACT; PACT may be a folder")
    _checked(given, broker, chosen, meant=broker_meant, has_pact=len(sources) == 2)
    fetched: tuple[Fetched | None, ...] = ()
    if len(sources) == 2:
        named = sources[0]
        pacts = _of_one(read_pacts(named, settings.options), given)
        if given["publish"] and broker is not None:
            fetched = tuple(_there(broker, each, given["consumer_version"]) for each in pacts)
    else:
        assert broker is not None
        fetched = of_broker(broker, given["provider"], given["branch"], (), chosen)
        if not fetched:
            return nothing_to_verify(broker, given["provider"], chosen)
        pacts = tuple(pact_in(each, given["provider"]) for each in fetched if each is not None)
        named = f"{given['provider']} at {broker.url}"
    contract = api.load(sources[-1], settings)
    report = compared(pacts, contract, settings, named)
    problem = None
    if given["publish"] and broker is not None:
        pairs = list(zip(pacts, fetched, strict=True))
        told, problem = _published(broker, given, pairs, contract, settings)
        report = replace(report, notes=(*report.notes, *told))
    code = emit(report, common, threshold_of(common, settings))
    if problem is not None:
        raise problem
    return code


def _checked(
    given: dict[str, Any],
    broker: Remote | None,
    chosen: dict[str, Any],
    *,
    meant: bool,
    has_pact: bool,
) -> None:
    """UsageError where options do not go together."""
    publish = given["publish"]
    if has_pact and any(chosen.values()):
        raise click.UsageError("selectors choose pacts of a broker: leave PACT out")
    if has_pact and meant and not publish:
        raise click.UsageError("--broker-url is of use without PACT, or with --publish")
    if not has_pact and (broker is None or not given["provider"]):
        raise click.UsageError("without PACT, give --broker-url and --provider")
    if publish and broker is None:
        raise click.UsageError("--publish needs --broker-url")
    if publish and not given["provider_version"]:
        raise click.UsageError("--publish needs --provider-version, which CONTRACT belongs to")
    if publish and has_pact and not given["consumer_version"]:
        raise click.UsageError("--publish needs --consumer-version, which PACT is published as")


def _of_one(pacts: tuple[Pact, ...], given: dict[str, Any]) -> tuple[Pact, ...]:
    """The pacts of the provider that is named; one contract speaks for one provider's version."""
    found = tuple(each for each in pacts if given["provider"] in {"", each.provider})
    names = ", ".join(sorted({each.provider for each in pacts}))
    if not found:
        what = "is the provider of none of these pacts"
        raise SourceError(given["provider"], what, f"they name: {names}")
    if given["publish"] and len({each.provider for each in found}) > 1:
        raise click.UsageError(f"say whose contract it is: --provider, one of {names}")
    return found


def _there(broker: Remote, pact: Pact, version: str) -> Fetched | None:
    """The pact as the broker has it; None where it has none of that version."""
    from apicheck.broker.fetching import fetch_one

    return fetch_one(broker, pact.consumer, pact.provider, version)


def _published(
    broker: Remote,
    given: dict[str, Any],
    pairs: list[tuple[Pact, Fetched | None]],
    contract: Contract,
    settings: Settings,
) -> tuple[list[str], SourceError | None]:
    """Tell the broker; what was published, and what is wrong if not all was."""
    from apicheck.broker.telling import ProviderVersion, tell

    results: list[Result] = []
    missing = []
    for pact, there in pairs:
        if there is None:
            name = f"{pact.consumer} {given['consumer_version']} and {pact.provider}"
            missing.append(f"{name}: the broker has no such pact: apicheck pact publish")
        else:
            results.append(_result(pact, there, contract, settings))
    version = ProviderVersion(
        provider=pairs[0][0].provider,
        number=given["provider_version"],
        branch=given["branch"],
        build_url=given["build_url"],
    )
    told, problem = tell(broker, version, results)
    problems = [] if problem is None else [problem.problem]
    if missing:
        words = f"{len(missing)} results were not published:"
        problems.append("\n    ".join([words, *missing]))
    return told, SourceError(broker.url, "\n  ".join(problems)) if problems else None


def _result(pact: Pact, there: Fetched, contract: Contract, settings: Settings) -> Result:
    """What one pact comes to, which may be withheld: a part that was not looked at is no pass."""
    from apicheck.broker import content
    from apicheck.broker.telling import Result
    from apicheck.pact.against import compare as compared
    from apicheck.pact.against import passed_over
    from apicheck.pact.results import of_comparison

    held = pact_in(there, pact.provider)
    withheld = ""
    if content.identity(there.data) != content.identity(pact.document.data):
        withheld = "the broker has it with other content: apicheck pact publish"
    left = passed_over(held, contract)
    if left:
        withheld = f"{left} interactions cannot be held against a contract of {contract.format}"
    findings = compared([held], contract, settings).findings
    unknown = sum(each.proof == "unknown" for each in findings)
    if unknown:
        withheld = f"of {unknown} interactions nothing is known"
    tests, success = of_comparison(held, findings)
    return Result(of=there, success=success, tests=tests, static=True, withheld=withheld)
