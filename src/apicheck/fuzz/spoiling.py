"""Content with things wrong in it: one at a time, or several at once to see which are named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.fuzz.contract import MISSING
from apicheck.fuzz.sample import first_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Flaw", "applied", "by_kind", "flawed", "leaves", "named", "rounds"]

_LONGEST = 100_000
#: What tells most first.
_KINDS = ("bound", "enum", "missing", "format", "type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing wrong: at ``path`` stands ``value`` (MISSING: the member is left out)."""

    path: tuple[str | int, ...]
    kind: str
    said: str
    value: Any
    #: Whether what stands there may be left out.
    optional: bool = False


def flawed(schema: Any, value: Any) -> Iterator[Flaw]:
    """All single flaws of a valid value; each breaks the schema."""
    for each in _flawed(schema, value, (), optional=False):
        if first_error(schema, applied(value, [each])) is not None:
            yield each


def _flawed(
    schema: Any, value: Any, path: tuple[str | int, ...], *, optional: bool
) -> Iterator[Flaw]:
    if not isinstance(schema, dict) or len(path) > 6:
        return
    at = "".join(f"/{step}" for step in path)

    def flaw(kind: str, said: str, wrong: Any) -> Flaw:
        return Flaw(path=path, kind=kind, said=said, value=wrong, optional=optional)

    if isinstance(value, dict):
        required = schema.get("required", [])
        for name in required:
            if name in value:
                below = (*path, name)
                yield Flaw(path=below, kind="missing", said=f"without {at}/{name}", value=MISSING)
        for name, child in schema.get("properties", {}).items():
            if name in value:
                free = optional or name not in required
                yield from _flawed(child, value[name], (*path, name), optional=free)
    elif isinstance(value, list):
        if schema.get("minItems"):
            yield flaw("bound", f"{at} empty", [])
        if value:
            yield from _flawed(schema.get("items"), value[0], (*path, 0), optional=optional)
    elif isinstance(value, str):
        if "enum" in schema:
            yield flaw("enum", f"{at} not in the enum", "no-such-value")
        if schema.get("maxLength", _LONGEST) < _LONGEST:
            yield flaw("bound", f"{at} too long", "x" * (schema["maxLength"] + 1))
        if schema.get("minLength"):
            yield flaw("bound", f"{at} too short", "")
        yield flaw("type", f"{at} of another type", {"not": "a string"})
    elif isinstance(value, int | float) and not isinstance(value, bool):
        for word, step in (("minimum", -1), ("maximum", 1), ("exclusiveMinimum", 0)):
            if word in schema:
                yield flaw("bound", f"{at} beyond {word}", schema[word] + step)
        yield flaw("type", f"{at} of another type", "not a number")


def leaves(
    schema: Any, value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Places of plain values, with their schemas."""
    if not isinstance(schema, dict):
        return
    if isinstance(value, dict):
        for name, child in schema.get("properties", {}).items():
            if name in value:
                yield from leaves(child, value[name], (*path, name))
    elif isinstance(value, list):
        if value:
            yield from leaves(schema.get("items"), value[0], (*path, 0))
    else:
        yield path, schema


def applied(value: Any, flaws: Iterable[Flaw]) -> Any:
    """A copy of the value with these flaws."""
    for each in flaws:
        value = _changed(value, each.path, each.value)
    return value


def _changed(value: Any, path: tuple[str | int, ...], wrong: Any) -> Any:
    if not path:
        return wrong
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and step in value:
        if not rest and wrong is MISSING:
            return {name: each for name, each in value.items() if name != step}
        return {**value, step: _changed(value[step], rest, wrong)}
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return [*value[:step], _changed(value[step], rest, wrong), *value[step + 1 :]]
    return value


def by_kind(flaws: Iterable[Flaw]) -> list[Flaw]:
    """The first of each kind, then the second of each, and so on; deeper ones before others."""
    groups: dict[str, list[Flaw]] = {kind: [] for kind in _KINDS}
    for each in sorted(flaws, key=lambda flaw: -len(flaw.path)):
        groups[each.kind].append(each)
    longest = max(map(len, groups.values()))
    return [group[n] for n in range(longest) for group in groups.values() if n < len(group)]


def rounds(flaws: Sequence[Flaw]) -> Iterator[list[Flaw]]:
    """The flaws in sets that can be made at once: none at, above or below another."""
    left = list(flaws)
    while left:
        taken: list[Flaw] = []
        for each in left:
            if not any(_touch(each.path, other.path) for other in taken):
                taken.append(each)
        yield taken
        left = [each for each in left if each not in taken]


def _touch(one: tuple[str | int, ...], other: tuple[str | int, ...]) -> bool:
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def named(answer: Any, flaw: Flaw) -> bool:
    """Whether an error document names the place of a flaw: by pointer, path or list of steps.

    What is left out may be named by where it is missing, and its name.
    """
    steps = tuple(map(str, flaw.path))
    if any(place[-len(steps) :] == steps for place, _ in _places(answer, ())):
        return True
    if flaw.kind != "missing":
        return False
    above, last = steps[:-1], re.compile(rf"\b{re.escape(steps[-1])}\b")
    return any(
        place[len(place) - len(above) :] == above and last.search(text)
        for place, text in _places(answer, ())
        if text
    )


def _places(answer: Any, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What may name places: texts without blanks, lists of steps, and names below the first level.

    Each with the other texts that stand beside it.
    """
    if isinstance(answer, dict):
        texts = " ".join(each for each in answer.values() if isinstance(each, str))
        for name, child in answer.items():
            below = (*above, name)
            if above:
                yield below, ""
            if isinstance(child, str) and " " not in child:
                yield tuple(re.findall(r"[^/.\[\]#]+", child)), texts
            if isinstance(child, list) and child and all(type(e) in {str, int} for e in child):
                yield tuple(map(str, child)), texts
            yield from _places(child, below)
    elif isinstance(answer, list):
        for child in answer:
            yield from _places(child, above)
