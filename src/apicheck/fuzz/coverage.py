"""Which documented answers a run saw, which it never did, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.fuzz.probes import AREAS
from apicheck.model import Reached

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.model import Skipped
    from apicheck.model import Span

__all__ = ["PROVOKED", "covered"]

#: Status -> the probes that lead to it.
PROVOKED: Mapping[str, tuple[str, ...]] = {
    "206": ("ranges",),
    "304": ("tags",),
    "400": ("forms", "contents", "queries", "keys", "paths"),
    "401": ("without",),
    "403": ("scopes", "objects"),
    "404": ("absent", "absences", "deletes"),
    "406": ("reads",),
    "409": ("steps", "duplicates", "keys", "events"),
    "410": ("deletes",),
    "412": ("writes", "stars", "races"),
    "413": ("forms",),
    "414": ("reads",),
    "415": ("types",),
    "416": ("ranges",),
    "417": ("paths",),
    "422": ("contents", "senses", "queries", "keys"),
    "426": ("reads",),
    "428": ("writes",),
    "429": ("limits",),
    "431": ("reads",),
}
#: What servers and frameworks answer for all operations alike: it is asked of some.
_ALIKE = frozenset({"400", "404", "406", "413", "414", "415", "417", "426", "431"})
#: What no request can bring about from outside.
_OUTSIDE = {
    "408": "needs a request that is left half sent",
    "405": "only methods that the contract does not have are answered so",
    "500": "no request is meant to make a service fail",
    "502": "needs a failing neighbour",
    "503": "needs a failing neighbour, or a service that is overloaded",
    "504": "needs a slow neighbour",
    "507": "needs a full store",
}
_AREA_OF = {probe.__name__: area for area, probes in AREAS.items() for probe in probes}


def covered(
    operations: Sequence[Operation],
    reached: Mapping[tuple[str, int], int],
    skipped: Sequence[Skipped],
    *,
    areas: Sequence[str] = (),
    ended: str = "",
) -> Iterator[Reached]:
    """Every documented answer of the operations, then what was seen undocumented.

    ``reached`` counts answers by operation and status; ``ended`` says why a run ended early.
    """
    why: dict[str, list[Skipped]] = {}
    for each in skipped:
        why.setdefault(each.operation, []).append(each)
    asked = {str(status): label for label, status in reached if str(status) in _ALIKE}
    for operation in operations:
        seen = {status: n for (label, status), n in reached.items() if label == operation.label}
        counts = dict.fromkeys(operation.answers, 0)
        other: dict[int, int] = {}
        for status, number in sorted(seen.items()):
            key = _key(operation, status)
            if key is None:
                other[status] = number
            else:
                counts[key] += number
        for key, number in sorted(counts.items()):
            yield Reached(
                operation=operation.label,
                status=key,
                documented=True,
                seen=number,
                why=""
                if number
                else _why(
                    operation,
                    key,
                    seen,
                    why.get(operation.label, []),
                    areas,
                    ended,
                    asked.get(key, ""),
                ),
                at=_place(operation, key),
            )
        for status, number in other.items():
            yield Reached(
                operation=operation.label, status=str(status), documented=False, seen=number
            )


def _key(operation: Operation, status: int) -> str | None:
    """The response of the contract that a status falls under."""
    names = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
    return next((name for name in names if name in operation.answers), None)


def _place(operation: Operation, key: str) -> Span | None:
    answers = operation.node.get("responses")
    node = None if answers is None else answers.get(key)
    return None if node is None else node.place.span()


def _why(  # noqa: PLR0917 - a step of covered, taken out for its length
    operation: Operation,
    key: str,
    seen: Mapping[int, int],
    skipped: Sequence[Skipped],
    areas: Sequence[str],
    ended: str,
    others: str,
) -> str:
    """Why an answer was never seen: the first that holds, from the surest on."""
    if key in _OUTSIDE:
        return _OUTSIDE[key]
    if not seen:
        return f"it was never asked: {ended}" if ended else "it was never asked"
    if key[:1] in {"2", "3"} and key not in PROVOKED:
        refused = [each.why for each in skipped if not any(200 <= s < 400 for s in seen)]
        return refused[0] if refused else "no request of ours leads to it"
    if not key.isdigit():
        return "every answer is documented by its own status"
    unfit = _unfit(operation, key)
    if unfit:
        return unfit
    probes = PROVOKED.get(key, ())
    wanted = list(dict.fromkeys(_AREA_OF[each] for each in probes))
    if areas and wanted and not set(wanted) & set(areas):
        return f"only with --area {' or '.join(wanted)}"
    reasons = list(dict.fromkeys(each.why for each in skipped if each.check in probes))
    if reasons:
        return "; ".join(reasons[:2])
    if ended:
        return f"the run ended before: {ended}"
    if not probes:
        return "no probe provokes it"
    if others:
        return f"asked of others that stand for it, such as {others} (--thorough asks all)"
    return "no probe led to it"


def _unfit(operation: Operation, key: str) -> str:
    """What an operation lacks that an answer is about."""
    if key in {"401", "403"} and not operation.secured:
        return "it needs no credentials by its contract"
    if key == "404" and not operation.names:
        return "its path names nothing that may be missing"
    if key in {"413", "415"} and not operation.bodies:
        return "it takes no content"
    if key in {"400", "422"} and not operation.bodies and not operation.parameters:
        return "it takes nothing that may be wrong"
    reads = operation.method in {"GET", "HEAD"}
    if key == "409" and reads:
        return "reading conflicts with nothing"
    if key in {"412", "428"} and reads:
        return "reading is asked without If-Match"
    if key in {"406", "414", "416", "431"} and not reads:
        return "only asked of GET"
    return ""
