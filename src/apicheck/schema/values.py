"""JSON values as JSON Schema sees them: their type, and when two are equal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ALL_TYPES", "NULL_ONLY", "canonical", "shown_types", "type_of"]

#: The types apart: ``number`` is ``integer`` and ``fraction`` together, so that sets of
#: types can be compared as sets.
ALL_TYPES = frozenset({"null", "boolean", "object", "array", "string", "integer", "fraction"})


NULL_ONLY = frozenset({"null"})


def type_of(value: Any) -> str:
    """The member of ``ALL_TYPES`` that a JSON value belongs to."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    if isinstance(value, int) or float(value).is_integer():
        return "integer"
    return "fraction"


def canonical(value: Any) -> str:
    """A text that two JSON values share exactly when JSON Schema calls them equal.

    1 and 1.0 are equal, 1 and true are not (JSON Schema 2020-12 core, section 4.2.2).
    """
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def shown_types(types: Iterable[str] | None) -> str:
    """A set of types in the words of the specification: ``integer or null``."""
    if types is None:
        return "any type"
    names = set(types)
    if "fraction" in names:
        names -= {"fraction", "integer"}
        names.add("number")
    if not names:
        return "no type"
    return " or ".join(sorted(names, key=lambda name: (name == "null", name)))
