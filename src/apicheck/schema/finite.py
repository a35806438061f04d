"""Views with a list of allowed values: whether a bound or pattern of the other side says more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from apicheck.schema.values import type_of

if TYPE_CHECKING:
    from apicheck.schema.view import Limit, View

__all__ = ["all_match", "all_within"]


def all_within(view: View, keyword: str, sign: int, limit: Limit) -> bool:
    """Whether every listed value keeps a bound (values of other types always do)."""
    if view.enum is None:
        return False
    measured = (_measure(keyword, value) for value in view.enum.values())
    return all(each is None or _keeps(each, sign, limit) for each in measured)


def _measure(keyword: str, value: Any) -> float | None:
    """What a keyword measures of a value; None where it does not speak of its type."""
    kind = type_of(value)
    if keyword in {"minimum", "maximum"}:
        return value if kind in {"integer", "fraction"} else None
    counted = {"Length": "string", "Items": "array", "Properties": "object"}
    return len(value) if counted[keyword[3:]] == kind else None


def _keeps(value: float, sign: int, limit: Limit) -> bool:
    distance = (value - limit.value) * sign
    return distance > 0 or (distance == 0 and not limit.exclusive)


def all_match(view: View, pattern: str) -> bool:
    """Whether every listed string matches; False also where the pattern cannot be read here."""
    if view.enum is None:
        return False
    try:
        search = re.compile(pattern).search
    except re.error:
        return False
    texts = [each for each in view.enum.values() if type(each) is str]
    return not any("\n" in each for each in texts) and all(map(search, texts))
