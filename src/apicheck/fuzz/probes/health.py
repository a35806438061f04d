"""What a service says of itself: that it runs, and that it can do its work.

Names of such operations are guessed by their paths.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.lab import NotApplicable
from apicheck.fuzz.model import Card, Retry
from apicheck.fuzz.probes.shared import breach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach

__all__ = ["CARDS", "PROBES"]

LIVE = check(
    "liveness-depends",
    Force.HOUSE,
    "RFC 9110, 15.6.4",
    Retry.NOTHING,
    summary="A service that answers says that it does not live.",
    why="What watches over it restarts a healthy process, for ever.",
    fix="Answer with 200 as long as the process can answer, whatever its neighbours do.",
    right="200",
    wrong="503",
)
READY = check(
    "readiness-hidden",
    Force.HOUSE,
    "RFC 9110, 15.6.4",
    Retry.LATER,
    summary="A service says that it is ready while it refuses its work with 502, 503 or 504.",
    why="A load balancer goes on sending requests to where they fail.",
    fix="Answer with 503 as long as what the service cannot do without is not there.",
    right="503",
    wrong="200",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))
_LIVE = {"live", "livez", "liveness", "alive"}
_READY = {"ready", "readyz", "readiness"}
_NOT_NOW = {502, 503, 504}


def lives(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Liveness is no matter of neighbours."""
    if operation.method != "GET" or operation.path.rpartition("/")[2].lower() not in _LIVE:
        return
    with suppress(NotApplicable):
        lab.control(operation)
    seen = lab.refused.get(operation.label)
    if seen is not None and seen.status == 503 and not operation.documents(503):
        yield breach(LIVE, operation, seen, "200")


def ready(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Readiness is: what was refused for now is refused again, and it says that it is ready."""
    if operation.method != "GET" or operation.path.rpartition("/")[2].lower() not in _READY:
        return
    refused = [each for each in lab.refused.values() if each.status in _NOT_NOW]
    if not refused:
        raise NotApplicable("nothing was refused for now")
    before = lab.send(refused[0].request)
    seen = lab.send(lab.request(operation, {}))
    if before.status in _NOT_NOW and seen.ok:
        got = f"{seen.told}, and {before.told} to the work"
        yield breach(READY, operation, seen, "503", got, before)


PROBES = (lives, ready)
