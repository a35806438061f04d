"""apicheck fuzz."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from apicheck.cli.options import Common, emit, judging, reporting, settings_of, threshold_of
from apicheck.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apicheck.api import Settings
    from apicheck.fuzz.contract import Service
    from apicheck.fuzz.model import Breach
    from apicheck.fuzz.phases import Budget
    from apicheck.fuzz.run import Outcome
    from apicheck.model import Change, Contract, Finding, Report

__all__ = ["command"]


@click.command("fuzz")
@click.argument("target", required=False)
@click.option("--contract", required=True, metavar="FILE", help="The OpenAPI document it keeps.")
@click.option("--token", metavar="TOKEN", help="Bearer token of one who may do everything.")
@click.option("--second-token", metavar="TOKEN", help="Bearer token of somebody else, who may not.")
@click.option("--header", multiple=True, metavar="'NAME: VALUE'", help="Send it with each request.")
@click.option("--operation", multiple=True, metavar="ID", help="Only this operationId (or label).")
@click.option("--area", multiple=True, metavar="AREA", help="Only these probes: access, routing, …")
@click.option(
    "--phases",
    metavar="PHASE,…",
    help="Of probes, examples, coverage, fuzzing, stateful; all, or probes alone with --area.",
)
@click.option(
    "--max-examples",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Most inputs per operation in fuzzing, and chains of requests in stateful.",
)
@click.option(
    "--budget",
    default="5000",
    show_default=True,
    metavar="N|Ns|Nm",
    help="Most requests, seconds or minutes, all phases together.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Makes values differ.")
@click.option(
    "--deadline", type=float, default=10.0, show_default=True, help="Seconds for one answer."
)
@click.option("--coverage", is_flag=True, help="Tell which answers were seen, and why not.")
@click.option("--allow-host", multiple=True, metavar="HOST", help="Ask this host, though remote.")
@click.option("--static", is_flag=True, help="Look at the document only; TARGET is not needed.")
@click.option(
    "--replay", metavar="FILE", help="Try again what a JSON report tells of; nothing else."
)
@reporting
@judging
def command(target: str | None, contract: str, **options: Any) -> int:
    """Probe a running service: whether it says the right thing when a request is wrong.

    TARGET is a web address, module:app (served on a loopback port), or a command that starts the
    service and prints its address. Probes make, change and delete things: use a test system.
    """
    from apicheck import api
    from apicheck.fuzz.contract import read

    ours = (
        *("token", "second_token", "header", "operation", "area", "phases", "max_examples"),
        *("budget", "seed", "deadline", "allow_host", "static", "replay"),
    )
    own = {name: options.pop(name) for name in ours}
    common = Common(**options)
    settings = settings_of(common)
    loaded = api.load(contract, settings)
    service = read(loaded.document)
    if own["static"]:
        from apicheck.fuzz.static import changes

        report = _report(changes(service), loaded, settings, ("only the document was looked at",))
        return emit(report, common, threshold_of(common, settings))
    if target is None:
        raise click.UsageError("Missing argument 'TARGET' (or --static).")
    outcome, base = _run(target, service, own)
    return _told(outcome, base, service, loaded, settings, common, own)


def _run(target: str, service: Service, own: dict[str, Any]) -> tuple[Outcome, str]:
    from apicheck.fuzz.client import Client
    from apicheck.fuzz.model import Who
    from apicheck.fuzz.probes import AREAS
    from apicheck.fuzz.run import run
    from apicheck.fuzz.target import based, opened

    unknown = sorted(set(own["area"]) - AREAS.keys())
    if unknown:
        raise ConfigError("--area", unknown[0], "no such area", f"known: {', '.join(AREAS)}")
    names = {name for each in service.operations for name in (each.id, each.label)}
    phases, budget = _phases(own), _budget(own["budget"])
    missing = [each for each in own["operation"] if each not in names]
    if missing:
        raise ConfigError("--operation", missing[0], "is not in the contract")
    operations = own["operation"]
    if own["replay"]:
        operations = tuple({label for _, label in _recorded(own["replay"])} & names) or operations
    tokens = {
        who: f"Bearer {own[name]}"
        for who, name in ((Who.FIRST, "token"), (Who.SECOND, "second_token"))
        if own[name]
    }
    with opened(target, hosts=own["allow_host"]) as address:
        base = based(address, service.base)
        client = Client(
            base=base,
            deadline=own["deadline"],
            headers=tuple(map(_header, own["header"])),
            tokens=tokens,
        )
        client.wait(10.0)
        outcome = run(
            service,
            client,
            seed=own["seed"],
            budget=budget,
            operations=operations,
            areas=own["area"],
            phases=phases,
            examples=own["max_examples"],
        )
    return outcome, base


def _phases(own: dict[str, Any]) -> tuple[str, ...]:
    from apicheck.fuzz.phases import PHASES, PROBES, needs_engine

    phases: tuple[str, ...]
    if own["phases"] is None:
        phases = (PROBES,) if own["area"] or own["replay"] else PHASES
    else:
        given = tuple(each.strip() for each in own["phases"].split(","))
        for each in given:
            if each not in PHASES:
                raise ConfigError("--phases", each, "no such phase", f"known: {', '.join(PHASES)}")
        phases = tuple(each for each in PHASES if each in given)
    needs_engine(phases)
    return phases


def _budget(text: str) -> Budget:
    from apicheck.fuzz.phases import Budget

    try:
        return Budget.of(text)
    except ValueError:
        raise ConfigError(
            "--budget",
            text,
            "is no budget",
            "500 requests, 30s or 5m: a number with s, m or nothing",
        ) from None


def _told(  # noqa: PLR0917 - a step of command, taken out for its length
    outcome: Outcome,
    base: str,
    service: Service,
    loaded: Contract,
    settings: Settings,
    common: Common,
    own: dict[str, Any],
) -> int:
    from apicheck.fuzz.coverage import covered
    from apicheck.fuzz.run import changes

    notes = [f"{outcome.requests:,} requests to {base}, {outcome.operations:,} operations"]
    breaches: Iterable[Breach] = outcome.breaches
    if own["replay"]:
        recorded = _recorded(own["replay"])
        breaches = [b for b in breaches if (b.card.rule.id, b.operation) in recorded]
        again = {(b.card.rule.id, b.operation) for b in breaches}
        notes.append(f"of {len(recorded):,} recorded, {len(recorded - again):,} no longer occur")
    skipped = {
        f"{each.check} {each.operation}: not applicable: {each.why}" for each in outcome.skipped
    }
    if common.verbose:
        notes += sorted(skipped)
    elif skipped:
        notes.append(f"{len(skipped):,} checks were not applicable (-v says why)")
    if outcome.ended:
        notes.append(outcome.ended)
    report = _report(changes(breaches, service), loaded, settings, tuple(notes))
    report = replace(
        report,
        findings=tuple(_shown(each, outcome, base) for each in report.findings),
        coverage=tuple(
            covered(
                outcome.chosen,
                outcome.reached,
                outcome.skipped,
                areas=own["area"],
                ended=outcome.ended,
            )
        ),
    )
    code = emit(report, common, threshold_of(common, settings))
    return 2 if outcome.died else code


def _report(
    found: Iterable[Change], loaded: Contract, settings: Settings, notes: tuple[str, ...]
) -> Report:
    """Judged as every other command's: policy, waivers, baseline. There is no version to bump."""
    from apicheck import api, judge
    from apicheck.model import Bump, Report

    used: set[int] = set()
    findings = judge.judge(
        found, settings.policy, settings.today, baseline=settings.baseline, used=used
    )
    return Report(
        command="fuzz",
        old=None,
        new=api.side_of(loaded),
        summary=replace(judge.summarise(findings, identical=False), bump=Bump.NONE),
        findings=findings,
        notes=notes,
    )


def _shown(finding: Finding, outcome: Outcome, base: str) -> Finding:
    """With the requests that show it, which are no part of what a fingerprint is made of."""
    from apicheck.fuzz.run import transcript

    for each in outcome.breaches:
        if each.card.rule is finding.rule and each.got == finding.values.get("got"):
            shown = transcript(each, base)
            return replace(finding, values={**finding.values, "transcript": shown})
    return finding


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or any(each in text for each in "\r\n"):
        raise ConfigError("--header", text, "is not of the form NAME: VALUE")
    return name.strip(), value.strip()


def _recorded(path: str) -> set[tuple[str, str]]:
    """Rules and operations that a JSON report tells of."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        return {
            (each["rule"], use["label"])
            for each in data["findings"]
            for use in each["location"]["operations"]
        }
    except OSError as problem:
        raise SourceError(path, f"cannot be read: {problem.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise SourceError(
            path, "is no JSON report of apicheck fuzz", "write one with --output json=FILE"
        ) from None
