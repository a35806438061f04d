"""Values that two schemas suggest, tried where the logic does not decide."""

from __future__ import annotations

import json
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.schema.logic.compile import Library
    from apicheck.schema.logic.form import Form

__all__ = ["finite", "guesses"]

_MOST_GUESSES = 400
_PLAIN: list[Any] = [None, True, False, 0, 1, -1, 2, 3, 5, 10, 42, 100, 1.5, 0.5, "", "a", "ab"]
_PLAIN += ["abc", "foo", "bar", "x" * 40, [], [1], [1, 1], ["foo"], ["foo", "bar"], [1, 2, 3]]
_PLAIN += [["foo", 42], [None, None], {}, {"foo": 1}, {"foo": "foo"}, {"foo": "bar", "bar": "x"}]
_NAMES = ("properties", "patternProperties", "dependentRequired", "dependencies")
_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


def finite(library: Library, form: Form, depth: int = 0) -> list[Any] | None:
    """All values that a formula can possibly have, if it lists them."""
    node = library.forms.node(form)
    if node[0] == "enum":
        return [json.loads(text) for text in node[1]]
    if depth > 20:
        return None
    if node[0] == "or":
        lists = [finite(library, part, depth + 1) for part in node[1]]
        return None if None in lists else [value for each in lists if each for value in each]
    if node[0] == "and":
        lists = [finite(library, part, depth + 1) for part in node[1]]
        return min((each for each in lists if each is not None), key=len, default=None)
    return None


def guesses(a: Any, b: Any, near: Any) -> Iterator[Any]:
    """Boundary values, constants and names of both schemas, put together in small ways."""
    return islice(_guesses(a, b, near), _MOST_GUESSES)


def _guesses(a: Any, b: Any, near: Any) -> Iterator[Any]:
    names: set[str] = set()
    values: list[Any] = []
    _collect(a, names, values)
    _collect(b, names, values)
    some = [*sorted(names)[:8], "zz"]
    values = values[:12] + _PLAIN[:19]
    yield from values
    yield from _PLAIN
    if isinstance(near, dict):
        yield from ({**near, name: value} for name in some for value in values[:10])
    if isinstance(near, list):
        yield from ([*near, value] for value in values[:14])
        yield from ([*near, value, value] for value in values[:14])
    yield from ({name: value} for name in some for value in values)
    for value in values:
        yield from ([value], [value, value], [values[0], value])
    for value in values[:8]:
        yield dict.fromkeys(some, value)
        yield dict.fromkeys(some[:-1], value)
    for one, other in combinations(some, 2):
        for value in values[:6]:
            yield from ({one: value, other: value}, {one: value, other: "foo"})


def _collect(schema: Any, names: set[str], values: list[Any]) -> None:
    if isinstance(schema, list):
        for each in schema:
            _collect(each, names, values)
    if not isinstance(schema, dict):
        return
    for keyword, each in schema.items():
        if keyword in _NAMES and isinstance(each, dict):
            names.update(each)
        elif keyword == "required" and isinstance(each, list):
            names.update(name for name in each if isinstance(name, str))
        elif keyword == "enum" and isinstance(each, list):
            values += each
        elif keyword in {"const", "default", "example"}:
            values.append(each)
        elif keyword in _LIMITS and isinstance(each, (int, float)) and not isinstance(each, bool):
            values += [each, each + 1, each - 1]
        _collect(each, names, values)
