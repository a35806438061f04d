"""What is known of a pair: an instance that refutes it, or that none does.

Only an instance that two independent validators, ``jsonschema`` and ``jsonschema_rs``, judge
alike counts; where they differ (regular expressions, numbers beyond a double) nothing is known.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import jsonschema_rs
from jsonschema_specifications import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oracle.pairs import Pair

__all__ = ["Oracle", "agree", "readable"]

_NAMES = {
    "draft-4": "Draft4Validator",
    "draft-6": "Draft6Validator",
    "draft-7": "Draft7Validator",
    "2019-09": "Draft201909Validator",
    "2020-12": "Draft202012Validator",
}


def _fast(schema: Any, dialect: str) -> Callable[[Any], bool] | None:
    try:
        made = getattr(jsonschema_rs, _NAMES[dialect])
        check: Callable[[Any], bool] = made(schema, validate_formats=False, offline=True).is_valid
    except Exception:  # noqa: BLE001 - whatever it refuses, it has no opinion
        return None
    return check


def _plain(schema: Any, dialect: str) -> Callable[[Any], bool]:
    check: Callable[[Any], bool] = getattr(jsonschema, _NAMES[dialect])(
        schema, registry=REGISTRY
    ).is_valid
    return check


def _asked(check: Callable[[Any], bool] | None, value: Any) -> bool | None:
    if check is None:
        return None
    try:
        return bool(check(value))
    except BaseException as problem:
        # A panic in Rust is no Exception.
        if isinstance(problem, KeyboardInterrupt):
            raise
        return None


def agree(pair: Pair, value: Any) -> bool:
    """Whether both validators say that ``value`` is valid under ``a`` and not under ``b``."""
    if pair.dialect == "draft-4" and _whole_float(value):
        return False
    return all(
        _asked(make(pair.a, pair.dialect), value) is True
        and _asked(make(pair.b, pair.dialect), value) is False
        for make in (_fast, _plain)
    )


def _whole_float(value: Any) -> bool:
    """Whether a number in it is written as 1.0: draft 4 lets validators say what that is.

    The suite has it among the optional tests (``zeroTerminatedFloats``); newer drafts, and we
    in all of them, take it for an integer.
    """
    if isinstance(value, dict):
        return any(map(_whole_float, value.values()))
    if isinstance(value, list):
        return any(map(_whole_float, value))
    return isinstance(value, float) and value.is_integer()


class Oracle:
    """Tries a pool of values on pairs; schemas are judged once."""

    def __init__(self, pool: Sequence[Any]) -> None:
        self.pool = list(pool)
        self._masks: dict[tuple[str, int, str], int] = {}
        #: Lists of values whose ``id`` is part of a key.
        self._kept: dict[int, tuple[Any, ...]] = {}

    def refute(self, pair: Pair) -> list[Any]:
        """``[value]`` for an instance that refutes a pair; ``[]`` where none is found."""
        left = self._mask(pair.a, pair) & ~self._mask(pair.b, pair)
        for _ in range(20):
            if not left:
                break
            lowest = left & -left
            left ^= lowest
            index = lowest.bit_length() - 1
            own = len(pair.values)
            value = pair.values[index] if index < own else self.pool[index - own]
            if agree(pair, value):
                return [value]
        return []

    def _mask(self, schema: Any, pair: Pair) -> int:
        key = (pair.dialect, id(pair.values), json.dumps(schema, sort_keys=True))
        known = self._masks.get(key)
        if known is None:
            if len(self._masks) > 20_000:
                self._masks.clear()
            self._kept[id(pair.values)] = pair.values
            check = _fast(schema, pair.dialect)
            # What is not judged counts as valid, so that it is left to ``agree``.
            opinions = (_asked(check, value) for value in [*pair.values, *self.pool])
            signs = ["0" if opinion is False else "1" for opinion in opinions]
            known = int("".join(reversed(signs)), 2)
            self._masks[key] = known
        return known


def readable(pair: Pair) -> bool:
    """Whether a validator can read both schemas, so that instances can be judged."""
    return _fast(pair.a, pair.dialect) is not None and _fast(pair.b, pair.dialect) is not None
