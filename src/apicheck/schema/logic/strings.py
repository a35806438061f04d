"""Texts: a shortest one within length limits, patterns and exclusions."""

from __future__ import annotations

import string
from itertools import islice, product
from typing import TYPE_CHECKING

from apicheck.schema.logic.automata import Automaton, alphabet, language
from apicheck.schema.logic.outcome import NONE, UNKNOWN, Found, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from apicheck.schema.logic.automata import State
    from apicheck.schema.logic.form import Node

__all__ = ["find"]

#: Longer texts are not built.
_LONGEST = 1 << 24
#: A pattern is followed through this many characters at most.
_LONGEST_MATCHED = 200_000
#: So many characters and sets of characters are told apart, and no more.
_MOST_CLASSES = 120
#: Line terminators (ECMA-262 section 12.3).
_ENDS = frozenset("\n\r\u2028\u2029")
_Point = tuple[tuple["State", ...], int | None]


def find(
    affirmed: Sequence[Node],
    denied: Sequence[Node],
    excluded: Iterable[str],
    spend: Callable[[int], None],
) -> Outcome:
    """A text that satisfies the atoms. ``spend`` is told of work done, and may raise."""
    low, high = _lengths(affirmed, denied)
    if high is not None and low > high:
        return NONE
    ways, unread = _ways(affirmed, denied)
    excluded = set(excluded)
    results = [_search(way, low, high, excluded, spend) for way in ways]
    for result in results:
        if isinstance(result, Found):
            # A pattern that was not read may still refuse it.
            return UNKNOWN if unread else result
    return NONE if all(result is NONE for result in results) else UNKNOWN


#: Automata to be found in the text, and automata not to be found in it.
_Way = tuple[tuple[Automaton, ...], tuple[Automaton, ...]]


def _ways(affirmed: Sequence[Node], denied: Sequence[Node]) -> tuple[list[_Way], bool]:
    """The ways to satisfy all patterns, and whether some pattern could not be read."""
    ways: list[_Way] = [((), ())]
    unread = False
    for atoms, wanted in ((affirmed, True), (denied, False)):
        for atom in atoms:
            if atom[0] != "pattern":
                continue
            found = language(atom[1])
            if found is None:
                unread = True
                continue
            more: list[_Way] = [(found.inside, found.outside)]
            if not wanted:
                # One of what should be inside is missing, or one of the others is there.
                more = [((), (each,)) for each in found.inside]
                more += [((each,), ()) for each in found.outside]
            ways = [(way[0] + add[0], way[1] + add[1]) for way in ways for add in more]
    return ways, unread


def _lengths(affirmed: Sequence[Node], denied: Sequence[Node]) -> tuple[int, int | None]:
    low = max(
        [0]
        + [atom[1] for atom in affirmed if atom[0] == "min-length"]
        + [atom[1] + 1 for atom in denied if atom[0] == "max-length"]
    )
    highs = [atom[1] for atom in affirmed if atom[0] == "max-length"]
    highs += [atom[1] - 1 for atom in denied if atom[0] == "min-length"]
    return low, min(highs, default=None)


def _search(
    way: _Way, low: int, high: int | None, excluded: set[str], spend: Callable[[int], None]
) -> Outcome:
    inside, outside = way
    if not inside and not outside:
        return _free(low, high, excluded)
    letters = {ord(char) for text in excluded for char in text}
    sets = {each for one in [*inside, *outside] for each in one.sets}
    if len(sets) + len(letters) > _MOST_CLASSES or low > _LONGEST_MATCHED:
        return UNKNOWN
    points = alphabet(sets, letters)
    found = _Product(inside, outside, excluded, points).shortest(low, high, spend)
    if isinstance(found, Found) and not _ENDS.isdisjoint(found.value):
        # For some validators "." stands for all of them but one, and "$" before a last one.
        plain = [point for point in points if chr(point) not in _ENDS]
        most = len(found.value) + 3 if high is None else min(high, len(found.value) + 3)
        other = _Product(inside, outside, excluded, plain).shortest(low, most, spend)
        return other if isinstance(other, Found) else found
    return found


def _free(low: int, high: int | None, excluded: set[str]) -> Outcome:
    """A text of which nothing is asked but its length."""
    if low > _LONGEST:
        return UNKNOWN
    wanted = len(excluded) + 1
    size = low
    while high is None or size <= high:
        tail = min(size, 3)
        # 26 ** 3 texts of each length are enough to find one that is not excluded.
        for letters in islice(product(string.ascii_lowercase, repeat=tail), wanted):
            text = "a" * (size - tail) + "".join(letters)
            if text not in excluded:
                return Found(text)
        size += 1
        if size > low + 3 and wanted > 26**3:
            return UNKNOWN
    # Of one or more characters there are always more texts than the letters show.
    return NONE if high == 0 else UNKNOWN


class _Product:
    """Several automata run side by side, with a trie of excluded texts."""

    def __init__(
        self,
        inside: tuple[Automaton, ...],
        outside: tuple[Automaton, ...],
        excluded: set[str],
        points: list[int],
    ) -> None:
        self.all = [*inside, *outside]
        self.wanted = len(inside)
        self.points = points
        self.trie: list[dict[int, int]] = [{}]
        self.ends: set[int] = set()
        for text in excluded:
            at = 0
            for char in text:
                if ord(char) not in self.trie[at]:
                    self.trie[at][ord(char)] = len(self.trie)
                    self.trie.append({})
                at = self.trie[at][ord(char)]
            self.ends.add(at)

    def shortest(self, low: int, high: int | None, spend: Callable[[int], None]) -> Outcome:
        """Breadth first: the first accepted text is a shortest one."""
        first: _Point = (tuple(each.first() for each in self.all), 0)
        path = _Path()
        layer: list[_Point] = [first]
        layers: dict[frozenset[_Point], int] = {}
        seen: set[_Point] = set()
        size = 0
        while layer:
            if size >= low:
                seen.update(layer)
                for point in layer:
                    if self.accepts(point):
                        return Found(path.text(point, size))
            else:
                # Too short yet. Where the same points come again, they go on doing so.
                before = layers.setdefault(frozenset(layer), size)
                if before < size and path.period == 0:
                    path.start, path.period = before, size - before
                    size += (low - size) // path.period * path.period
                    continue
            if size == high:
                break
            following: dict[_Point, None] = {}
            for point in layer:
                for char, target in self.moves(point):
                    if target not in following and target not in seen:
                        following[target] = None
                        path.came[target, size + 1] = (point, char)
            spend(1 + len(layer) * len(self.points) // 25)
            layer = list(following)
            size += 1
        return NONE

    def moves(self, point: _Point) -> Iterator[tuple[int, _Point]]:
        """What one more character leads to, unless a pattern that is not wanted is found."""
        states, at = point
        for char in self.points:
            moved = tuple(
                each.step(state, char) for each, state in zip(self.all, states, strict=True)
            )
            if not any(state.found for state in moved[self.wanted :]):
                yield char, (moved, None if at is None else self.trie[at].get(char))

    def accepts(self, point: _Point) -> bool:
        states, at = point
        return at not in self.ends and all(
            each.accepts(state) == (index < self.wanted)
            for index, (each, state) in enumerate(zip(self.all, states, strict=True))
        )


class _Path:
    """How points were reached; those after ``start`` may stand for as many periods as it takes."""

    def __init__(self) -> None:
        #: (point, number of characters) -> the point before, and the last character.
        self.came: dict[tuple[_Point, int], tuple[_Point, int]] = {}
        self.start = 0
        self.period = 0

    def text(self, point: _Point, size: int) -> str:
        """The text that leads to a point."""
        letters = []
        while size:
            known = self.came.get((point, size))
            if known is None:
                known = self.came[point, self.start + (size - self.start - 1) % self.period + 1]
            point, char = known
            letters.append(chr(char))
            size -= 1
        return "".join(reversed(letters))
