"""Which findings a setting speaks of: rules by id or group, places by path or operation."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from apicheck.errors import ConfigError, UnknownRule
from apicheck.judge.settings import at
from apicheck.model import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apicheck.model import Change, Rule, Use

__all__ = ["Selector", "parse", "places_match", "plain"]

_SIDES = {
    "inbound": Direction.INBOUND,
    "request": Direction.INBOUND,
    "outbound": Direction.OUTBOUND,
    "response": Direction.OUTBOUND,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """``schema.enum-value-added``, ``schema.*``, ``*``; with ``@response`` one direction only."""

    pattern: str
    direction: Direction | None = None

    def matches(self, rule: Rule, direction: Direction) -> bool:
        """Whether the selector names the rule, in this direction (INBOUND or OUTBOUND)."""
        if self.direction is not None and direction is not self.direction:
            return False
        return fnmatchcase(rule.id, self.pattern)


def plain(text: str) -> Selector:
    """Read a selector that is known to be right."""
    pattern, _, side = text.partition("@")
    return Selector(pattern=pattern, direction=_SIDES.get(side))


def parse(text: str, catalogue: Iterable[Rule], path: str) -> Selector:
    """Read a selector; UnknownRule with a did-you-mean where it can match no rule.

    Ids of retired rules are taken for those that replaced them.
    """
    pattern, sign, side = text.partition("@")
    direction = None
    if sign:
        if side not in _SIDES:
            raise ConfigError(
                at(path, text), text, f"no such direction {side!r}", "use @request or @response"
            )
        direction = _SIDES[side]
    rules = list(catalogue)
    for rule in rules:
        if pattern in rule.replaces:
            pattern = rule.id
    if not any(fnmatchcase(rule.id, pattern) for rule in rules):
        import difflib

        close = difflib.get_close_matches(pattern, [rule.id for rule in rules], n=1)
        raise UnknownRule(at(path, text), pattern, close[0] if close else "")
    return Selector(pattern=pattern, direction=direction)


def places_match(pattern: str, change: Change, part: Use) -> bool:
    """Whether a pattern names the place (its label or its path) or the operation of ``part``.

    ``POST /orders``, ``* /internal/*`` or ``schema Pet`` and so on; ``*`` stands for anything.
    A pattern without a space is also tried on the path of the operation alone.
    """
    return _operation_matches(pattern, part.label) or any(
        fnmatchcase(name, pattern)
        for name in (change.label, change.label.partition(" > ")[0], "/".join(change.path))
    )


# Thousands of changes may each reach thousands of operations.
@lru_cache(maxsize=1 << 16)
def _operation_matches(pattern: str, label: str) -> bool:
    if fnmatchcase(label, pattern):
        return True
    bare = label.partition(" ")[2]
    return bool(bare) and " " not in pattern and fnmatchcase(bare, pattern)
