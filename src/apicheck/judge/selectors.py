"""Which findings a setting speaks of: rules by id or group, places by path or operation."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from apicheck.errors import ConfigError, UnknownRule
from apicheck.model import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apicheck.model import Change, Rule

__all__ = ["Selector", "parse", "places_match"]

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

    def matches(self, change: Change) -> bool:
        """Whether the change is of a rule and a direction that the selector names."""
        if self.direction is not None and change.direction not in {self.direction, Direction.BOTH}:
            return False
        return fnmatchcase(change.rule.id, self.pattern)


def parse(text: str, catalogue: Iterable[Rule], path: str) -> Selector:
    """Read a selector; UnknownRule with a did-you-mean where it can match no rule.

    Ids of retired rules are taken for those that replaced them.
    """
    pattern, at, side = text.partition("@")
    direction = None
    if at:
        if side not in _SIDES:
            raise ConfigError(
                path, text, f"no such direction {side!r}", "use @request or @response"
            )
        direction = _SIDES[side]
    rules = list(catalogue)
    for rule in rules:
        if pattern in rule.replaces:
            pattern = rule.id
    if not any(fnmatchcase(rule.id, pattern) for rule in rules):
        import difflib

        close = difflib.get_close_matches(pattern, [rule.id for rule in rules], n=1)
        raise UnknownRule(path, pattern, close[0] if close else "")
    return Selector(pattern=pattern, direction=direction)


def places_match(pattern: str, change: Change) -> bool:
    """Whether a pattern names the place: its label, its path, or an operation that reaches it.

    ``POST /orders``, ``* /internal/*`` or ``schema Pet`` and so on; ``*`` stands for anything.
    A pattern without a space is also tried on the paths of operations alone.
    """
    names = [change.label, change.label.partition(" > ")[0], "/".join(change.path)]
    names += [use.label for use in change.uses]
    if any(fnmatchcase(name, pattern) for name in names):
        return True
    bare = [use.label.partition(" ")[2] for use in change.uses]
    return " " not in pattern and any(fnmatchcase(name, pattern) for name in bare)
