"""Regular languages: automata of patterns, and the shortest text that many of them allow.

A pattern is searched for anywhere in the text, as JSON Schema does (2020-12 validation,
section 6.3.3). Determinised as far as a search needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from apicheck.schema.logic.regex import (
    MAX_POINT,
    NEWLINES,
    Choice,
    Edge,
    IrregularError,
    Look,
    Ranges,
    Repeat,
    Sequence,
    Set,
    Tree,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Automaton", "Language", "alphabet", "language"]

_MOST_STATES = 6000
#: Steps that an automaton remembers from one search to the next.
_MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A state of the deterministic automaton: where the pattern may stand by now."""

    places: frozenset[int]
    start: bool
    #: The pattern has been found already; nothing that follows can change it.
    found: bool


@dataclass(frozen=True, slots=True)
class Language:
    """The texts in which every one of ``inside`` is found and none of ``outside``."""

    inside: tuple[Automaton, ...]
    outside: tuple[Automaton, ...]

    def matches(self, text: str) -> bool:
        """Whether a text belongs to it."""
        return all(each.matches(text) for each in self.inside) and not any(
            each.matches(text) for each in self.outside
        )


@lru_cache(maxsize=4096)
def language(pattern: str) -> Language | None:
    """The language of a pattern, or None where it is not regular or not understood."""
    try:
        inside, outside = _split(parse(pattern))
        return Language(
            tuple(Automaton(each) for each in inside), tuple(Automaton(each) for each in outside)
        )
    except (IrregularError, RecursionError):
        return None


def _split(tree: Tree) -> tuple[list[Tree], list[Tree]]:
    """``^(?=A)(?!B)C`` is ``^A`` and ``^C`` without ``^B``."""
    if not isinstance(tree, Sequence) or len(tree.parts) < 2 or tree.parts[0] != Edge(end=False):
        return [tree], []
    inside: list[Tree] = []
    outside: list[Tree] = []
    rest = list(tree.parts[1:])
    while rest and isinstance(rest[0], Look):
        look = rest[0]
        rest = rest[1:]
        (inside if look.wanted else outside).append(Sequence((Edge(end=False), look.part)))
    inside.append(Sequence((Edge(end=False), *rest)))
    return inside, outside


class Automaton:
    """One pattern: a non-deterministic automaton, determinised on demand."""

    __slots__ = (
        "_accepting",
        "_accepts",
        "_empty",
        "_first",
        "_found",
        "_moves",
        "_states",
        "_steps",
        "sets",
    )

    def __init__(self, tree: Tree) -> None:
        #: Per state: (edge of the text that must be here, or None; next state).
        self._empty: list[list[tuple[str | None, int]]] = []
        self._moves: list[tuple[Ranges, int] | None] = []
        self._first, self._accepting = self._build(tree)
        self._found = State(frozenset(), False, True)
        self._states: dict[tuple[frozenset[int], bool], State] = {}
        self._steps: dict[tuple[State, int], State] = {}
        self._accepts: dict[State, bool] = {}
        self.sets = frozenset(move[0] for move in self._moves if move is not None)

    def _new(self) -> int:
        if len(self._empty) > _MOST_STATES:
            raise IrregularError("too large")
        self._empty.append([])
        self._moves.append(None)
        return len(self._empty) - 1

    def _build(self, tree: Tree) -> tuple[int, int]:
        """Entry and exit of a part (Thompson's construction)."""
        entry = self._new()
        match tree:
            case Set(ranges):
                end = self._new()
                self._moves[entry] = (ranges, end)
            case Edge(end=at_end):
                end = self._new()
                self._empty[entry].append(("$" if at_end else "^", end))
            case Sequence(parts):
                end = entry
                for part in parts:
                    start, stop = self._build(part)
                    self._empty[end].append((None, start))
                    end = stop
            case Choice(parts):
                end = self._new()
                for part in parts:
                    start, stop = self._build(part)
                    self._empty[entry].append((None, start))
                    self._empty[stop].append((None, end))
            case Repeat(part, least, most):
                end = self._repeat(entry, part, least, most)
            case _:
                raise IrregularError("a look-ahead in the middle")
        return entry, end

    def _repeat(self, entry: int, part: Tree, least: int, most: int | None) -> int:
        at = entry
        for _ in range(least):
            start, stop = self._build(part)
            self._empty[at].append((None, start))
            at = stop
        end = self._new()
        self._empty[at].append((None, end))
        if most is None:
            start, stop = self._build(part)
            self._empty[at].append((None, start))
            self._empty[stop] += [(None, start), (None, end)]
            return end
        for _ in range(most - least):
            start, stop = self._build(part)
            self._empty[at].append((None, start))
            self._empty[stop].append((None, end))
            at = stop
        return end

    def _closure(self, places: Iterable[int], *, start: bool, end: bool) -> set[int]:
        reached = set(places)
        pending = list(reached)
        while pending:
            for edge, place in self._empty[pending.pop()]:
                if place not in reached and (
                    edge is None or (edge == "^" and start) or (edge == "$" and end)
                ):
                    reached.add(place)
                    pending.append(place)
        return reached

    def _state(self, places: Iterable[int], *, start: bool) -> State:
        reached = self._closure(places, start=start, end=False)
        if self._accepting in reached:
            return self._found
        kept = frozenset(
            place
            for place in reached
            if self._moves[place] is not None or any(edge == "$" for edge, _ in self._empty[place])
        )
        state = self._states.get((kept, start))
        if state is None:
            state = self._states[kept, start] = State(kept, start, False)
        return state

    def first(self) -> State:
        """The state before any character."""
        return self._state([self._first], start=True)

    def step(self, state: State, point: int) -> State:
        """The state after one more character."""
        if state.found:
            return state
        known = self._steps.get((state, point))
        if known is None:
            places = [self._first]
            for place in state.places:
                move = self._moves[place]
                if move is not None and any(low <= point <= high for low, high in move[0]):
                    places.append(move[1])
            known = self._steps[state, point] = self._state(places, start=False)
        return known

    def accepts(self, state: State) -> bool:
        """Whether the pattern is found in a text that ends in this state."""
        if state.found:
            return True
        known = self._accepts.get(state)
        if known is None:
            reached = self._closure(state.places, start=state.start, end=True)
            known = self._accepts[state] = self._accepting in reached
        return known

    def trim(self) -> None:
        """Forget what was found out, if it is much: patterns outlive the questions about them."""
        if len(self._steps) > _MOST_KEPT:
            self._states.clear()
            self._steps.clear()
            self._accepts.clear()

    def matches(self, text: str) -> bool:
        """Whether the pattern is found in ``text``."""
        state = self.first()
        for char in text:
            state = self.step(state, ord(char))
            if state.found:
                return True
        return self.accepts(state)


#: Characters that people like to read, best first.
_LIKED = [ord(char) for char in "abcdexyz0123456789ABCZ-_. /:@#$%+"]
_RANK = {point: rank for rank, point in enumerate(_LIKED)}


def alphabet(sets: Iterable[Ranges], points: Iterable[int]) -> list[int]:
    """One character for each class that the sets and single characters tell apart."""
    sets = list(sets)
    single = set(points)
    borders = {0, MAX_POINT + 1, 0x20, 0x7F, 0xD800, 0xE000}
    for ranges in [*sets, NEWLINES]:
        for low, high in ranges:
            borders.update((low, high + 1))
    for point in single:
        borders.update((point, point + 1))
    ordered = sorted(borders)
    classes: dict[object, list[tuple[int, int]]] = {}
    for index, low in enumerate(ordered[:-1]):
        if 0xD800 <= low < 0xE000:
            continue
        sign = (
            tuple(any(a <= low <= b for a, b in ranges) for ranges in sets),
            low if low in single else None,
            any(a <= low <= b for a, b in NEWLINES),
            low < 0x20,
        )
        classes.setdefault(sign, []).append((low, ordered[index + 1] - 1))
    chosen = [_readable(ranges) for ranges in classes.values()]
    return sorted(chosen, key=lambda point: (not 0x20 <= point < 0x7F, _RANK.get(point, 99), point))


def _readable(ranges: list[tuple[int, int]]) -> int:
    for point in _LIKED:
        if any(low <= point <= high for low, high in ranges):
            return point
    return next((max(low, 0x21) for low, high in ranges if high >= 0x21), ranges[0][0])
