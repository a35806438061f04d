"""The paths of matching rules (a small part of JSONPath), and which rule is for a place.

``$.items[*].sku``, ``$['a b'][0]``, ``$.*``. Pact specification version 2, matching rules: each
step weighs 2 where it names the member and 1 where it is a wildcard; the heaviest path wins, and
a ``type`` matcher is for everything below it too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from apicheck.pact.model import ANY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from apicheck.pact.model import RuleSet

__all__ = ["best", "matches", "parse_path", "shown"]

_STEP = re.compile(
    r"""\.(?P<name>[^.\[\]]+)|\[(?P<index>\d{1,9})\]|\[(?P<any>\*)\]"""
    r"""|\['(?P<single>(?:[^'\\]|\\.)*)'\]|\["(?P<double>(?:[^"\\]|\\.)*)"\]"""
)
#: Matchers that are for everything below their place.
_CASCADING = frozenset({"type"})


def parse_path(text: str) -> tuple[str | int, ...]:
    """The steps of a path; what cannot be read ends it, so that the rule is for all below."""
    steps: list[str | int] = []
    at = 1 if text.startswith("$") else 0
    if at == 0 and text and text[0] not in ".[":
        text = f".{text}"
    while found := _STEP.match(text, at):
        at = found.end()
        if found["index"] is not None:
            steps.append(int(found["index"]))
        elif found["any"] is not None:
            steps.append(ANY)
        else:
            name = found["name"] or found["single"] or found["double"] or ""
            steps.append(name.replace("\\'", "'").replace('\\"', '"'))
    return tuple(steps)


def shown(steps: Iterable[str | int]) -> str:
    """``items[].sku``; ``the whole body`` for no step at all."""
    words = ""
    for step in steps:
        if isinstance(step, int):
            words += "[]"
        else:
            words += f".{step}" if words else step
    return words or "the whole body"


def matches(path: Sequence[str | int], place: Sequence[str | int]) -> bool:
    """Whether a path with wildcards leads to a place."""
    return len(path) == len(place) and all(
        step in {ANY, at} for step, at in zip(path, place, strict=True)
    )


def best(rules: Iterable[RuleSet], place: Sequence[str | int]) -> RuleSet | None:
    """The rules for a place: its own, or of what is above it as far as they cascade."""
    heaviest: tuple[int, int] = (-1, -1)
    chosen: RuleSet | None = None
    for each in rules:
        length = len(each.path)
        if not matches(each.path, place[:length]):
            continue
        cascades = any(matcher.kind in _CASCADING for matcher in each.matchers)
        if length < len(place) and not cascades:
            continue
        weight = (length, sum(1 if step == ANY else 2 for step in each.path))
        if weight > heaviest:
            heaviest, chosen = weight, each
    return chosen
