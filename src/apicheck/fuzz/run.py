"""One run: every probe at every operation, every answer looked at, and one finding per cause."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apicheck.errors import SourceError
from apicheck.fuzz.documented import CONTENT_UNDOCUMENTED
from apicheck.fuzz.lab import Gone, Lab, NotApplicable, Spent
from apicheck.fuzz.model import Breach, Retry, Skipped, Who
from apicheck.fuzz.oracle import TAG_STUCK
from apicheck.fuzz.phases import PROBES, USUAL, needs_engine
from apicheck.fuzz.probes import AREAS
from apicheck.fuzz.probes import CARDS as PROBED
from apicheck.fuzz.probes.conditions import APPLIED, MATCHED, READ_WRITES
from apicheck.fuzz.probes.content import CODING, DEEP, DUPLICATE, SYNTAX, TYPE
from apicheck.fuzz.probes.resources import PUT_AGAIN
from apicheck.fuzz.probes.validation import INVALID, PARAMETER
from apicheck.fuzz.replay import resent
from apicheck.fuzz.watch import Watch
from apicheck.model import Change, Direction, Effect, Use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from apicheck.fuzz.client import Client
    from apicheck.fuzz.contract import Operation, Service
    from apicheck.fuzz.model import Exchange
    from apicheck.fuzz.phases import Budget
    from apicheck.fuzz.replay import Stored
    from apicheck.model import Rule

__all__ = ["Outcome", "cause_of", "changes", "run", "transcript"]


#: Most parameters that a finding names.
_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run learnt. ``ended`` says why it ended early ("" if it did not)."""

    breaches: tuple[Breach, ...]
    skipped: tuple[Skipped, ...]
    requests: int
    operations: int
    ended: str = ""
    #: The service itself went away: no verdict on the rest is possible.
    died: bool = False
    #: How often each operation (by label) answered with each status, in all phases.
    reached: Mapping[tuple[str, int], int] = field(default_factory=dict)
    #: The operations that were asked, in the order of the contract.
    chosen: tuple[Operation, ...] = ()


def run(
    service: Service,
    client: Client,
    *,
    seed: int = 0,
    budget: Budget = USUAL,
    operations: Sequence[str] = (),
    areas: Sequence[str] = (),
    phases: Sequence[str] = (PROBES,),
    thorough: bool = False,
    examples: int = 20,
    progress: Callable[[str], None] | None = None,
    leave: Callable[[Operation, str], str] | None = None,
    prepared: Callable[[str], dict[str, str] | None] | None = None,
    again: Sequence[Stored] = (),
) -> Outcome:
    """Go through the phases for the operations (all, or those named by id or label).

    ``areas`` are those of the probes, which are all made at every operation if ``thorough``;
    ``examples`` is how much is fuzzed. ``progress`` is called
    with the label of each operation before it is probed; ``leave`` says why an area is left out
    there ("" if it is not); ``prepared`` gives path parameters for a template, if it knows any.
    ``again`` are requests of an older run that are sent again.
    """
    fuzzed = needs_engine(tuple(phases))
    skipped: list[Skipped] = []
    chosen = [
        each
        for each in service.operations
        if not operations or each.id in operations or each.label in operations
    ]
    lab = Lab(service, client, seed=seed, budget=budget, thorough=thorough, chosen=chosen)
    lab.prepared = prepared
    watch = Watch(
        service,
        local=lab.local,
        bearer=client.tokens.get(Who.FIRST) is not None,
        host=urlsplit(client.base).netloc,
    )
    ended, died = "", False
    try:
        _answered(lab)
        watch.probed(lab.sent, ())
        lab.sent.clear()
        if PROBES in phases:
            # What makes things first: others are about them.
            for operation in sorted(
                chosen, key=lambda each: each.method != "POST" or each.names != ()
            ):
                if progress is not None:
                    progress(operation.label)
                for area, probe in _probes(areas):
                    reason = "" if leave is None else leave(operation, area)
                    if reason:
                        skipped.append(_left(probe, operation, reason))
                    else:
                        _made(lab, watch, operation, probe, skipped)
        for old in again:
            skipped += resent(lab, watch, old)
        if fuzzed:
            from apicheck.fuzz.engine import explore

            skipped += explore(
                lab,
                watch.fuzzed,
                phases=phases,
                examples=examples,
                seed=seed,
                labels=[each.label for each in chosen] if operations else (),
            )
    except Spent:
        ended = f"the budget of {budget} was spent"
    except Gone as gone:
        ended, died = f"the service went away: {gone}", True
    return Outcome(
        breaches=watch.end(),
        skipped=tuple(skipped),
        requests=lab.count,
        operations=len(chosen),
        ended=ended,
        died=died,
        reached=watch.reached,
        chosen=tuple(chosen),
    )


def _probes(areas: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for area, probes in AREAS.items():
        if not areas or area in areas:
            yield from ((area, probe) for probe in probes)


def _left(probe: Any, operation: Operation, reason: str) -> Skipped:
    why = f"left out: {reason}"
    return Skipped(check=probe.__name__, operation=operation.label, why=why)


def _answered(lab: Lab) -> None:
    """See that this is the service, and that we may ask it; SourceError where it is not."""
    asked = [each for each in lab.service.operations if each.method == "GET" and not each.names]
    secured = [each for each in asked if each.secured]
    asked = asked[:5] + secured[:1]
    seen = [lab.look(lab.request(each, {})) for each in asked]
    where = lab.client.base
    led = {_elsewhere(lab, each) for each in seen}
    if seen and None not in led:
        raise SourceError(
            where,
            f"every request is redirected to {min(map(str, led))}",
            "redirects are not followed: give that address, if it is the service",
        )
    if seen and all(each.status in {404, 410} for each in seen):
        raise SourceError(
            where,
            "none of the paths of the contract is there (404)",
            "is it the right contract, and the right path below which it is served?",
        )
    inner = [one for one, each in zip(seen, asked, strict=True) if each.secured]
    if inner and all(each.status == 401 for each in inner):
        raise SourceError(
            where, "every request is answered with 401", "give good credentials: --token"
        )
    if seen and not any(each.status for each in seen):
        raise SourceError(where, f"does not answer: {seen[0].failure}")
    for each in asked:
        with suppress(NotApplicable):
            lab.control(each)  # that was it


def _elsewhere(lab: Lab, seen: Exchange) -> str | None:
    """The other place that an answer sends everybody to; None where it does not."""
    to = urlsplit(seen.header("location") or "") if 300 <= seen.status < 400 else None
    if to is None or not to.netloc or to.netloc == urlsplit(lab.client.base).netloc:
        return None
    return f"{to.scheme}://{to.netloc}"


def _made(lab: Lab, watch: Watch, operation: Operation, probe: Any, skipped: list[Skipped]) -> None:
    """What a probe finds, then what else is wrong with the answers that it got."""
    lab.sent.clear()
    own: list[Breach] = []
    try:
        own += probe(lab, operation)
    except NotApplicable as why:
        if str(why):
            skipped.append(Skipped(check=probe.__name__, operation=operation.label, why=str(why)))
    finally:
        watch.found += own
        watch.probed(lab.sent, own)
        lab.sent.clear()


def changes(breaches: Iterable[Breach], service: Service) -> Iterator[Change]:
    """One change per rule and cause, reached by every operation that shows it."""
    groups: dict[tuple[str, str], list[Breach]] = {}
    breaches = tuple(breaches)
    probed = [each for each in breaches if each.card in PROBED and each.phase == PROBES]
    causes = [*probed, *(each for each in breaches if each.card is TAG_STUCK)]
    known_of = {told for each in probed for told in _answers(each)}
    for each in breaches:
        # Where a probe knows why an operation answers so, the answer itself is no second cause.
        told = (each.card in PROBED and each.phase == PROBES) or each.card is TAG_STUCK
        # Failures that fuzzing kept are new.
        told |= each.phase != PROBES and each.probe.status >= 500
        if not told and known_of.intersection(_answers(each)):
            continue
        if any(_explained(each, one) for one in causes):
            continue
        if each.card is CONTENT_UNDOCUMENTED and any(_echoes(each, one) for one in breaches):
            continue
        groups.setdefault((each.card.rule.id, cause_of(each.card.rule, each.got)), []).append(each)
    known = {each.label: each for each in service.operations}
    for group in groups.values():
        first = group[0]
        labels = list(dict.fromkeys(each.operation for each in group))
        operation = known.get(first.operation)
        yield Change(
            rule=_rule(group),
            path=("paths", *first.operation.split(" ", 1)[::-1]),
            label=first.operation,
            direction=Direction.OUTBOUND,
            new=None if operation is None else operation.node.place,
            values={
                "expected": first.expected,
                "got": _got(group),
                "reference": first.card.reference,
                "client": _client(first),
            },
            uses=tuple(
                Use(label=each, side=f"answer {first.probe.status}", direction=Direction.OUTBOUND)
                for each in labels
            ),
        )


def _rule(group: Sequence[Breach]) -> Rule:
    """The rule of a group, an error where the service fails: no advice of ours excuses a 500."""
    rule = group[0].card.rule
    if all(each.probe.status != 500 for each in group) or rule.effect is Effect.REPLACES:
        return rule
    return replace(rule, effect=Effect.REPLACES, override={}, because="")


def _answers(breach: Breach) -> Iterator[tuple[str, int]]:
    """What was answered so: the operation, and the very method and path."""
    request = breach.probe.request
    yield breach.operation, breach.probe.status
    yield f"{request.method} {urlsplit(request.target).path}", breach.probe.status


def _client(breach: Breach) -> str:
    """What a client does that believes the answer, and what it should do."""
    does, should = Retry.of(breach.probe.status).value, breach.card.retry.value
    if breach.card.reference.startswith("OpenAPI"):
        return does  # it breaks the contract; which answer would be right, nobody says
    return does if does == should else f"{does}; told rightly, it {should}"


def _explained(seen: Breach, cause: Breach) -> bool:
    """Whether one breach only echoes another one at the same resource."""
    if seen.card is cause.card:
        return False
    if cause.card is READ_WRITES:
        # It only seems to be changed by writes: each look changes it.
        path, other = (each.operation.partition(" ")[2] for each in (cause, seen))
        return path == other or (seen.card is APPLIED and other.startswith(path))
    if (cause.card, seen.card) in _ECHOES:
        return seen.probe.status == cause.probe.status or seen.probe.ok == cause.probe.ok
    if seen.operation != cause.operation:
        return False
    if cause.card is PUT_AGAIN:
        return seen.probe.status == cause.probe.status
    return cause.card is TAG_STUCK and seen.card is MATCHED


#: What a fault in one place of a service shows elsewhere, whatever the operation.
_ECHOES = ((TYPE, CODING), (SYNTAX, DUPLICATE), (SYNTAX, DEEP))


def _echoes(shown: Breach, taken: Breach) -> bool:
    """Whether content is wrong only because wrong content was accepted before."""
    member = re.search(r"/([\w-]+) ", f"{taken.got} ")
    return taken.card is INVALID and member is not None and f".{member[1]} " in shown.got


def cause_of(rule: Rule, got: str) -> str:
    """What breaches of one cause have in common: 200 here and 201 there are both a success."""
    # A service that does not look at one parameter does not look at others either.
    cause = got.partition(" for ")[0] if rule is PARAMETER.rule else got
    return re.sub(r"\b2\d\d\b", "2xx", cause)


def _got(group: list[Breach]) -> str:
    """What was got, with the names of all parameters that it was got for."""
    got, _, name = group[0].got.partition(" for ")
    if group[0].card is not PARAMETER or not name:
        return group[0].got
    names = list(dict.fromkeys(each.got.partition(" for ")[2] for each in group))
    more = len(names) - _NAMED
    return f"{got} for {', '.join(names[:_NAMED])}" + (f" and {more} more" if more > 0 else "")


def transcript(breach: Breach, base: str) -> dict[str, str]:
    """The two requests as commands, and what was answered."""
    told = {"probe": breach.probe.request.curl(base), "answer": _answer(breach.probe)}
    if breach.control is not None:
        told = {
            "control": breach.control.request.curl(base),
            "control-answer": _answer(breach.control),
            **told,
        }
    return told if breach.phase == PROBES else {**told, "phase": breach.phase}


def _answer(seen: Exchange) -> str:
    """The status, the headers that matter and the start of the content."""
    if not seen.status:
        return seen.told
    names = ("content-type", "allow", "www-authenticate", "etag", "location", "retry-after")
    lines = [str(seen.status)]
    lines += [f"{name}: {seen.header(name)}" for name in names if seen.header(name) is not None]
    text = seen.body[:300].decode("utf-8", "replace")
    return "; ".join(lines) + (f"; {text}" if text else "")
