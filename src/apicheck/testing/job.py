"""One run from what was asked for to the report: open, ask, judge."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from apicheck.errors import ConfigError, SourceError
from apicheck.fuzz.client import Client
from apicheck.fuzz.contract import read
from apicheck.fuzz.coverage import covered
from apicheck.fuzz.hooks import Hooks, hooks_of
from apicheck.fuzz.identity import Credentials, credentials_of, mask
from apicheck.fuzz.keys import spelled
from apicheck.fuzz.lab import SAFE
from apicheck.fuzz.model import Request, Who
from apicheck.fuzz.pace import Pace
from apicheck.fuzz.phases import PHASES, PROBES, Budget, needs_engine
from apicheck.fuzz.probes import AREAS
from apicheck.fuzz.replay import Stored, kept, stored
from apicheck.fuzz.run import Outcome, cause_of, changes, run, transcript
from apicheck.fuzz.target import based, opened
from apicheck.model import Bump, Reached, Report
from apicheck.report.words import enumerated
from apicheck.testing.settings import Rules, rules_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from apicheck.api import Settings
    from apicheck.fuzz.contract import Operation, Service
    from apicheck.fuzz.model import Breach
    from apicheck.model import Change, Contract, Finding

__all__ = ["Asked", "judged", "probed", "static"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run is to do, in the words of the command's options.

    ``table`` is ``[fuzz]`` of the settings, which stands in ``table_path``.
    """

    contract: str
    token: str | None = None
    second_token: str | None = None
    auth: tuple[str, ...] = ()
    second_auth: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    operation: tuple[str, ...] = ()
    area: tuple[str, ...] = ()
    thorough: bool = False
    phases: str | None = None
    max_examples: int = 20
    budget: str = "5000"
    seed: int = 0
    deadline: float = 10.0
    wait: float = 10.0
    ca: str | None = None
    rate_limit: str | None = None
    safe: bool = False
    shard: tuple[int, int] = (1, 1)
    allow_host: tuple[str, ...] = ()
    hooks: str | None = None
    replay: str | None = None
    table: Mapping[str, Any] = field(default_factory=dict)
    table_path: str = ""


_NOTHING = Outcome(breaches=(), skipped=(), requests=0, operations=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What a run came to, with what its report needs."""

    outcome: Outcome
    service: Service
    loaded: Contract
    base: str
    credentials: Credentials
    secrets: tuple[str, ...]
    rules: Rules
    skipped: tuple[tuple[Operation, str], ...]


def probed(
    target: str,
    asked: Asked,
    settings: Settings,
    *,
    verbose: bool = False,
    progress: Callable[[str], None] | None = None,
) -> tuple[Report, bool]:
    """The report on a target, and whether the service went away while it was asked."""
    ready = None if _from_target(asked.contract) else _contract(asked, settings)
    hooks = Hooks() if asked.hooks is None else hooks_of(asked.hooks)
    phases, budget, pace = _phases(asked), _budget(asked.budget), _pace(asked.rate_limit)
    with opened(target, hosts=asked.allow_host, seconds=max(20.0, asked.wait)) as address:
        door = Client(base=address, deadline=asked.deadline, ca=asked.ca, pace=pace)
        if ready is None:
            door.wait(asked.wait)
            loaded, service = _fetched(door, asked, settings)
        else:
            loaded, service = ready
        rules = rules_in(asked.table, asked.table_path, service, AREAS)
        known, service = service, rules.applied(service)
        chosen, skipped = _chosen(asked, known, rules)
        credentials = _credentials(asked, service)
        base = based(address, service.base)
        client = replace(
            door,
            base=base,
            headers=tuple(map(_header, asked.header)),
            tokens=credentials.tokens,
            keys=credentials.keys,
            safe=asked.safe,
        )
        client.wait(asked.wait)
        with _framed(hooks, base):
            # A shard may be left with nothing.
            outcome = (
                _NOTHING
                if not chosen
                else run(
                    service,
                    client,
                    seed=asked.seed,
                    budget=budget,
                    operations=chosen,
                    areas=asked.area,
                    phases=phases,
                    thorough=asked.thorough,
                    examples=asked.max_examples,
                    progress=partial(_before, hooks, progress),
                    leave=rules.left_out,
                    prepared=hooks.resource if "resource" in hooks.known else None,
                    again=_stored(asked),
                )
            )
    done = _Run(
        outcome=outcome,
        service=service,
        loaded=loaded,
        base=base,
        credentials=credentials,
        secrets=(*credentials.secrets, *_said(asked.header)),
        rules=rules,
        skipped=skipped,
    )
    return _told(done, asked, settings, verbose=verbose), outcome.died


def static(asked: Asked, settings: Settings) -> Report:
    """The report on the document alone."""
    from apicheck.fuzz.static import changes as told

    loaded, service = _contract(asked, settings)
    return judged(told(service), loaded, settings, ("only the document was looked at",))


@contextmanager
def _framed(hooks: Hooks, base: str) -> Iterator[None]:
    """What is to be done before and after, whatever comes between."""
    hooks.call("before_run", base)
    try:
        yield
    finally:
        hooks.call("after_run")


def _before(hooks: Hooks, progress: Callable[[str], None] | None, label: str) -> None:
    hooks.call("before_operation", label)
    if progress is not None:
        progress(label)


# What is asked for, made ready.


def _from_target(spec: str) -> bool:
    """Whether the contract is to be had from the service itself."""
    return spec.startswith("/") and not Path(spec).exists()


def _contract(asked: Asked, settings: Settings) -> tuple[Contract, Service]:
    from apicheck import api

    loaded = api.load(asked.contract, settings)
    return loaded, read(loaded.document)


def _fetched(door: Client, asked: Asked, settings: Settings) -> tuple[Contract, Service]:
    """The contract that the service serves itself; at most one step to another of its places."""
    from apicheck import api
    from apicheck.sources.documents import Document, alone

    root = replace(door, base=door.base.removesuffix(urlsplit(door.base).path))
    credentials = _credentials(asked, None) if asked.token else Credentials()
    root = replace(root, tokens=credentials.tokens, headers=tuple(map(_header, asked.header)))
    target = asked.contract
    for _ in range(3):
        seen = root.send(Request(method="GET", target=target))
        where = urljoin(root.base + target, seen.header("location") or "")
        if seen.status not in {301, 302, 303, 307, 308} or not where.startswith(f"{root.base}/"):
            break
        target = where.removeprefix(root.base)
    name = root.base + target
    if not seen.ok or seen.cut:
        why = "is too large" if seen.cut else f"cannot be had from the service: {seen.told}"
        raise SourceError(name, why, "give --contract FILE")
    document = Document.parse(
        seen.body, name, "", alone(settings.options, "a contract that a service serves")
    )
    loaded = api.build(document, settings)
    return loaded, read(loaded.document)


def _credentials(asked: Asked, service: Service | None) -> Credentials:
    tokens = {
        who: (option, said)
        for who, option, said in (
            (Who.FIRST, "--token", asked.token),
            (Who.SECOND, "--second-token", asked.second_token),
        )
        if said
    }
    return credentials_of(
        {} if service is None else service.schemes,
        tokens=tokens,
        given={}
        if service is None
        else {
            Who.FIRST: [("--auth", each) for each in asked.auth],
            Who.SECOND: [("--second-auth", each) for each in asked.second_auth],
        },
    )


def _chosen(
    asked: Asked, service: Service, rules: Rules
) -> tuple[tuple[str, ...], tuple[tuple[Operation, str], ...]]:
    """Labels of the operations to be probed, and what is left out with its reason."""
    for area in asked.area:
        if area not in AREAS:
            raise ConfigError("--area", area, "no such area", f"known: {', '.join(AREAS)}")
    names = {name for each in service.operations for name in (each.id, each.label)}
    missing = [each for each in asked.operation if each not in names]
    if missing:
        raise ConfigError("--operation", missing[0], "is not in the contract")
    wanted = set(asked.operation)
    if asked.replay is not None:
        wanted = {each.label for each in recorded(asked.replay)} & names or wanted
    mine, skipped = [], []
    for each in service.operations:
        if wanted and not wanted & {each.id, each.label}:
            continue
        reason = rules.skipped(each)
        if not reason and asked.safe and each.method not in SAFE:
            reason = "it writes (--safe)"
        if reason:
            skipped.append((each, reason))
        else:
            mine.append(each.label)
    if not mine:
        raise ConfigError("--operation", "", "no operation is left to be probed")
    number, of = asked.shard
    return tuple(mine[number - 1 :: of]), tuple(skipped if number == 1 else ())


def _phases(asked: Asked) -> tuple[str, ...]:
    phases: tuple[str, ...]
    if asked.phases is None:
        phases = (PROBES,) if asked.area else PHASES
        if asked.replay is not None:
            probes = any(not each.fuzzed for each in recorded(asked.replay))
            phases = (PROBES,) if probes else ()
    else:
        given = tuple(each.strip() for each in asked.phases.split(","))
        for each in given:
            if each not in PHASES:
                raise ConfigError("--phases", each, "no such phase", f"known: {', '.join(PHASES)}")
        phases = tuple(each for each in PHASES if each in given)
    needs_engine(phases)
    return phases


def _budget(text: str) -> Budget:
    try:
        return Budget.of(text)
    except ValueError:
        raise ConfigError(
            "--budget",
            text,
            "is no budget",
            "500 requests, 30s or 5m: a number with s, m or nothing",
        ) from None


def _pace(text: str | None) -> Pace | None:
    try:
        return None if text is None else Pace.of(text)
    except ValueError:
        hint = "10/s, 300/m or 1000/h"
        raise ConfigError("--rate-limit", str(text), "is no rate", hint) from None


def _header(text: str) -> tuple[str, str]:
    from apicheck.fuzz.identity import secret_of

    name, colon, value = text.partition(":")
    if not colon or not name.strip() or any(each in text for each in "\r\n"):
        raise ConfigError("--header", text, "is not of the form NAME: VALUE")
    return name.strip(), secret_of(value.strip(), "--header") if value.strip() else ""


def _said(headers: tuple[str, ...]) -> tuple[str, ...]:
    """Values of headers that were given as references: those are secrets."""
    return tuple(
        _header(each)[1]
        for each in headers
        if each.partition(":")[2].strip().startswith(("env:", "file:", "cmd:"))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A finding of an older report: what to send again, where no probe finds it (``fuzzed``)."""

    rule: str
    label: str
    fuzzed: bool
    stored: Stored | None


def _stored(asked: Asked) -> list[Stored]:
    old = () if asked.replay is None else recorded(asked.replay)
    return [each.stored for each in old if each.stored is not None]


def recorded(path: str) -> tuple[Recorded, ...]:
    """What a JSON report tells of."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        return tuple(
            _recorded(each["rule"], use["label"], each["values"].get("transcript") or {})
            for each in data["findings"]
            for use in each["location"]["operations"]
        )
    except OSError as problem:
        raise SourceError(path, f"cannot be read: {problem.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SourceError(
            path, "is no JSON report of apicheck fuzz", "write one with --output json=FILE"
        ) from None


def _recorded(rule: str, label: str, told: dict[str, Any]) -> Recorded:
    old = told.get("stored", {})
    return Recorded(
        rule=rule,
        label=label,
        fuzzed=label in old,
        stored=None if old.get(label) is None else stored(rule, label, old[label]),
    )


# What came of it.


def _told(done: _Run, asked: Asked, settings: Settings, *, verbose: bool) -> Report:
    outcome = done.outcome
    known = {each.label: each for each in done.service.operations}
    wanted = {
        id(each): f"{each.operation}: {each.probe.status} let pass: {why}"
        for each in outcome.breaches
        if each.operation in known and (why := done.rules.expected(known[each.operation], each))
    }
    breaches = [each for each in outcome.breaches if id(each) not in wanted]
    notes = [f"{outcome.requests:,} requests to {done.base}, {outcome.operations:,} operations"]
    if asked.shard != (1, 1):
        notes[0] += f" in shard {asked.shard[0]} of {asked.shard[1]}"
    notes += dict.fromkeys(wanted.values())
    if asked.replay is not None:
        old = {(each.rule, each.label): each for each in recorded(asked.replay)}
        breaches = [b for b in breaches if (b.card.rule.id, b.operation) in old]
        notes += _replayed(old, breaches, outcome)
    notes += _left_out(done, verbose=verbose)
    if outcome.ended:
        notes.append(outcome.ended)
    report = judged(changes(breaches, done.service), done.loaded, settings, tuple(notes))
    return _masked(
        replace(
            report,
            findings=tuple(_shown(each, breaches, done) for each in report.findings),
            coverage=_coverage(done, asked),
        ),
        done.secrets,
    )


def _replayed(
    old: dict[tuple[str, str], Recorded], breaches: list[Breach], outcome: Outcome
) -> Iterator[str]:
    """How many findings of an older report there still are; and which could not be tried again."""
    again = {(b.card.rule.id, b.operation) for b in breaches}
    untried = {
        key: "what was sent is not in the report"
        for key, each in old.items()
        if each.fuzzed and each.stored is None
    } | {(e.check, e.operation): e.why for e in outcome.skipped if (e.check, e.operation) in old}
    gone = old.keys() - again - untried.keys()
    yield f"of {len(old):,} recorded, {len(gone):,} no longer occur"
    for (rule, label), why in untried.items():
        yield f"{rule} {label}: could not be tried again: {why}"


def _left_out(done: _Run, *, verbose: bool) -> Iterator[str]:
    """What was not checked, and why."""
    for operation, reason in done.skipped:
        if verbose or "--safe" not in reason:
            yield f"{operation.label}: left out: {reason}"
    unsafe = sum("--safe" in reason for _, reason in done.skipped)
    if unsafe and not verbose:
        yield f"{unsafe:,} operations left out because they write (--safe)"
    skipped: dict[tuple[str, str], dict[str, None]] = {}
    for each in done.outcome.skipped:
        skipped.setdefault((each.check, each.why), {})[each.operation] = None
    if verbose:
        for (check, why), labels in sorted(skipped.items()):
            yield f"{check}: not applicable: {why} ({enumerated(labels, 3, 'operation')})"
    elif skipped:
        count = sum(map(len, skipped.values()))
        yield f"{count:,} checks were not applicable (-v says why)"


def _coverage(done: _Run, asked: Asked) -> tuple[Reached, ...]:
    outcome = done.outcome
    mine = covered(
        outcome.chosen, outcome.reached, outcome.skipped, areas=asked.area, ended=outcome.ended
    )
    others = (
        replace(each, why=f"left out: {reason}") if not each.seen else each
        for operation, reason in done.skipped
        for each in covered([operation], outcome.reached, ())
    )
    return (*mine, *others)


def judged(
    found: Iterable[Change], loaded: Contract, settings: Settings, notes: tuple[str, ...]
) -> Report:
    """Judged as every other command's: policy, waivers, baseline. There is no version to bump."""
    from apicheck import api, judge

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


def _shown(finding: Finding, breaches: Iterable[Breach], done: _Run) -> Finding:
    """With the requests that show it, which are no part of what a fingerprint is made of."""
    rule, who = finding.rule, done.credentials
    cause = cause_of(rule, str(finding.values.get("got")))
    mine = [e for e in breaches if e.card.rule.id == rule.id and cause_of(rule, e.got) == cause]
    first = next((each for each in mine if each.operation == finding.location.label), None)
    if first is None:
        return finding
    told = transcript(first, done.base).items()
    shown: dict[str, Any] = {name: spelled(text, who.tokens, who.keys) for name, text in told}
    whole = {each.operation: kept(each) for each in mine if each.phase != PROBES}
    if whole:
        shown["stored"] = whole
    return replace(finding, values={**finding.values, "transcript": shown})


def _masked(report: Report, secrets: tuple[str, ...]) -> Report:
    """The report without secrets, wherever an answer or a request brought one in."""
    if not secrets:
        return report
    return replace(
        report,
        notes=tuple(mask(each, secrets) for each in report.notes),
        findings=tuple(
            replace(
                each, message=mask(each.message, secrets), values=_without(each.values, secrets)
            )
            for each in report.findings
        ),
        coverage=None
        if report.coverage is None
        else tuple(replace(each, why=mask(each.why, secrets)) for each in report.coverage),
    )


def _without(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return mask(value, secrets)
    if isinstance(value, dict):
        return {name: _without(each, secrets) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without(each, secrets) for each in value]
    return value
