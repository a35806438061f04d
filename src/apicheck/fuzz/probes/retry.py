"""The retry contract: do what the code told the client to do, and see whether the code was honest.

Give-up codes must repeat unchanged; a wait must have helped when it is over.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.headers import waiting_time
from apicheck.fuzz.lab import NotApplicable
from apicheck.fuzz.model import Card, Retry, Who
from apicheck.fuzz.probes.shared import breach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach, Control, Exchange

__all__ = ["CARDS", "PROBES", "honest"]

LIMIT = check(
    "rate-limit-miscoded",
    Force.SHOULD,
    "RFC 6585, 4",
    Retry.LATER,
    summary="Too many requests were not answered with 429, as the contract has it.",
    why="A client takes the service for down.",
    fix="Answer with 429 and Retry-After.",
    right="429",
    wrong="503",
)
SHARED = check(
    "rate-limit-shared",
    Force.HOUSE,
    "RFC 6585, 4",
    Retry.LATER,
    summary="Too many requests of one caller locked out another.",
    why="A client is locked out by somebody else.",
    fix="Count for each caller, as the contract says.",
    right="201 for another caller",
    wrong="429 for another caller",
)
EARLY = check(
    "retry-after-dishonest",
    Force.HOUSE,
    "RFC 9110, 10.2.3; RFC 6585, 4",
    Retry.LATER,
    summary="A request that waited as Retry-After told it to was refused again.",
    why="A client repeats as it was told, in vain.",
    fix="Say when it will really work.",
    right="201 after Retry-After",
    wrong="429 after Retry-After",
)
CHANGED = check(
    "refusal-not-repeated",
    Force.HOUSE,
    "RFC 9110, 15.5",
    Retry.NEVER,
    summary="A refusal that tells clients to give up was gone when the same was sent again.",
    why="A client gives up what would have worked.",
    fix="Answer with 503 or 429 where trying again may help.",
    right="404, then 404",
    wrong="404, then 200",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))

#: Most seconds that are waited because an answer says so.
_PATIENCE = 5.0
_BURST = re.compile(r"at most (\d+)\b", re.IGNORECASE)


def limits(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Ask until 429 where the contract says after how many requests it comes."""
    if not operation.documents(429):
        return
    said = _BURST.search(operation.text)
    if said is None or int(said[1]) > 50:
        raise NotApplicable("the contract does not say after how many requests")
    control = lab.control(operation)
    for _ in range(int(said[1]) + 2):
        seen = lab.send(lab.again(operation, control), patient=False)
        if seen.status >= 400:
            break
    if seen.status < 400:
        raise NotApplicable("there was no limit")
    if seen.status != 429:
        yield breach(LIMIT, operation, seen, "429", control=control)
        return
    if lab.has(Who.SECOND) and "each caller" in operation.text:
        other = lab.send(replace(lab.again(operation, control), who=Who.SECOND), patient=False)
        if other.status == 429:
            yield breach(SHARED, operation, other, "another limit for another caller", "429", seen)
            return
    yield from _waited(lab, operation, seen)


def _waited(lab: Lab, operation: Operation, seen: Exchange) -> Iterator[Breach]:
    seconds = waiting_time(seen.header("retry-after") or "")
    if seconds is None or not 0 < seconds <= _PATIENCE:
        return
    time.sleep(seconds + 0.05)
    again = lab.send(seen.request, patient=False)
    if again.status in {429, 503}:
        got = f"{again.told} after {seen.header('retry-after')} s"
        yield breach(EARLY, operation, again, "success", got, seen)


def honest(lab: Lab, operation: Operation, seen: Exchange) -> Iterator[Breach]:
    """Send a refused request again: what said "never" must say so again."""
    if seen.status not in {400, 404, 405, 410, 415, 422}:
        return
    again = lab.send(seen.request)
    if again.ok:
        got = f"{seen.told}, then {again.told}"
        yield breach(CHANGED, operation, again, f"{seen.told} again", got, seen)


def absences(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """404 for what is not there must last; only thorough runs ask twice."""
    if not lab.thorough:
        return
    among = lambda each: each.method == "GET" and bool(each.names)  # noqa: E731 - short
    yield from lab.spread(operation, among, (_lasting,))


def _lasting(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    target = lab.target(operation.path, lab.absent(operation))
    yield from honest(lab, operation, lab.look(replace(control.request, target=target)))


PROBES = (limits, absences)
