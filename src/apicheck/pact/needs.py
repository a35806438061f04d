"""What a consumer relies on, as a JSON Schema: its matchers count, not only its examples.

Where a matcher says less than a schema could (``arrayContains``), the schema says nothing: too
wide a need finds too little, too narrow a one would be a false alarm.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from apicheck.pact.paths import best

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.pact.model import Matcher, RuleSet

__all__ = ["is_matched", "need", "needs_type", "places"]

_TEXTS = frozenset({"date", "time", "timestamp", "datetime", "include", "semver"})
_PLAIN = {"integer": "integer", "decimal": "number", "number": "number", "boolean": "boolean"}
_DEEPEST = 60
_MOST_PLACES = 20_000


def need(value: Any, rules: Sequence[RuleSet], place: tuple[str | int, ...] = ()) -> Any:
    """The schema of what the consumer's matchers accept at a place, whatever the example is.

    A place without a matcher says nothing here: that its example may be sent is another question.
    """
    schema: dict[str, Any] = {}
    found = best(rules, place)
    # Of alternatives each may do: nothing is relied on alone.
    if found is not None and not found.alternatives:
        for matcher in found.matchers:
            schema |= _of(matcher, value)
    if len(place) > _DEEPEST:
        return schema
    if type(value) is dict:
        inner = {name: need(each, rules, (*place, name)) for name, each in value.items()}
        inner = {name: each for name, each in inner.items() if each}
        if inner:
            schema["properties"] = inner
    elif type(value) is list and value and _each(found):
        inner = need(value[0], rules, (*place, 0))
        if inner:
            schema["items"] = inner
    return schema


def _each(found: RuleSet | None) -> bool:
    """Whether the first item of a list stands for all of them."""
    return found is not None and any(each.kind == "type" for each in found.matchers)


def _of(matcher: Matcher, example: Any) -> dict[str, Any]:
    kind = matcher.kind
    if kind == "type":
        return _typed(example)
    if kind == "regex":
        pattern = matcher.values.get("regex")
        # The text of a number is matched too: then it says nothing of the type.
        if type(pattern) is not str or type(example) not in {str, type(None)}:
            return {}
        return {"type": "string", "pattern": pattern}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if kind in _TEXTS:
        return {"type": "string"}
    return {"type": "null"} if kind == "null" else {}


def _typed(example: Any) -> dict[str, Any]:
    if example is None:
        return {"type": "null"}
    if type(example) is bool:
        return {"type": "boolean"}
    if type(example) in {int, float}:
        return {"type": "number"}
    if type(example) is str:
        return {"type": "string"}
    return {"type": "array" if type(example) is list else "object"}


def needs_type(value: Any, rules: Sequence[RuleSet], place: tuple[str | int, ...]) -> str:
    """The type that a matcher asks for at a place; "" where it asks for none."""
    said = need(None, rules, place).get("type", "")
    return "" if value is not None or said == "null" else str(said)


def is_matched(rules: Sequence[RuleSet], place: tuple[str | int, ...]) -> bool:
    """Whether a matcher other than equality is for a place."""
    found = best(rules, place)
    return found is not None and any(each.kind != "equality" for each in found.matchers)


def places(value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every place of a value with what stands there, the outermost first."""
    pending: deque[tuple[tuple[str | int, ...], Any]] = deque([((), value)])
    count = 0
    while pending and count < _MOST_PLACES:
        place, each = pending.popleft()
        count += 1
        yield place, each
        if type(each) is dict:
            pending += [((*place, name), inner) for name, inner in each.items()]
        elif type(each) is list:
            pending += [((*place, index), inner) for index, inner in enumerate(each)]
