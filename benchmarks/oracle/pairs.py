"""Pairs of schemas whose containment is asked, and the values that may refute it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

__all__ = ["Pair", "brute"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Is every value of ``a`` a value of ``b``?

    ``values`` are instances to try beside the brute-force pool. ``said`` is what the publisher
    of the pair answers, if it does.
    """

    family: str
    dialect: str
    origin: str
    a: Any
    b: Any
    values: tuple[Any, ...] = ()
    said: bool | None = None


_TEXTS = ["", "a", "b", "c", "aa", "ab", "ba", "bb", "abc", "aaa", "abb", "cc", "aaaa", "foo", "1"]
_NUMBERS = [0, 1, 2, 3, 4, 6, -1, -2, 0.5, 1.5, 2.5, 0.25, 10, 100, 1.1, 1e300]
_SMALL: list[Any] = [None, True, 0, 1, 2, 0.5, -1, "a", "b", "", "aa", "c", "ab", [], {}]
_FEW: list[Any] = [None, 1, "a", 2, "b", True]
_NAMES = ["a", "b", "c", "ab", "", "aa", "bb", "x"]


def brute() -> list[Any]:
    """Some two thousand small values: every shape that small schemas tell apart."""
    plain = [None, True, False, *_NUMBERS, *_TEXTS]
    values: list[Any] = [*plain, [], *([each] for each in plain)]
    values += [[one, two] for one in _SMALL for two in _SMALL]
    values += [list(each) for each in product(_FEW[:4], repeat=3)]
    values += [[[]], [{}], [[1]], [["a"]], [{"a": 1}], [{"b": "a"}], [[[]]], [1, 2, 3, 4], [{}, {}]]
    values += [[1, 1, 2], ["a", "b", "c", "d"], [True, 1], [0, False], [[1], [1]]]
    inner = [*_SMALL, 3, "aaa", [1], ["a"], {"a": 1}, {"b": "a"}, {"c": None}, {"a": {"a": 1}}]
    values += [{}, *({name: value} for name in _NAMES for value in inner)]
    values += [
        {one: x, two: y}
        for one, two in combinations(_NAMES[:4], 2)
        for x in _SMALL[:13]
        for y in _SMALL[:13]
    ]
    values += [dict(zip("abc", each, strict=True)) for each in product(_FEW, repeat=3)]
    values += [
        {"a": x, "b": y, "ab": z} for x in (None, 1, "a") for y in (1, "a") for z in (1, "a", None)
    ]
    return values
