"""Line and column of a place in a text, found when somebody asks.

Only the containers on the way to the place are looked at. Block YAML is read by its indentation;
``layouts`` has the ways of JSON. Where the layout defeats this (a flow collection over many lines,
a place that exists through an alias only), the nearest place above that was found is given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from apicheck.model import Span
from apicheck.sources.layouts import Compact, Indented, Spot, is_indented

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["Positions"]

#: Bytes of JSON up to which it is read value by value: exact for any layout, and fast enough.
_SMALL = 2**18
_KEY = re.compile(
    r"""(?x)
    (?: "(?P<double>(?:[^"\\]|\\.)*)"
      | '(?P<single>(?:[^']|'')*)'
      | (?P<plain>[^\s\#\[\]{},"'&*!|>%@`-][^\#]*?|-[^\s\#][^\#]*?|[^\s"'\[\]{},\#&*!|>%@`-])
    )\s*:(?=\s|$)
    """
)
_ITEM = re.compile(r"-(?:[ \t]+|$)")
_LONELY = re.compile(r"[&!][^\s]*")


class Positions:
    """The places of one text. ``span(pointer)`` never fails: at worst it gives the whole text."""

    def __init__(self, raw: bytes, data: Any, source: str, *, json: bool) -> None:
        self._source = source
        self._places: Indented | Compact | _Lines
        if json and len(raw) > _SMALL and is_indented(raw):
            self._places = Indented(raw, data)
        elif json:
            self._places = Compact(raw.decode("utf-8-sig", "replace"))
        else:
            self._places = _Lines(raw.decode("utf-8-sig", "replace"), data)

    def span(self, pointer: Sequence[str | int]) -> Span:
        """Where the member (its key) or the item at ``pointer`` stands, or what is nearest."""
        spot = self._places.find(tuple(pointer)) if pointer else Spot(0, 0, 1)
        line, column = spot.line + 1, spot.column + 1
        return Span(
            source=self._source,
            line=line,
            column=column,
            end_line=line,
            end_column=column + max(spot.width, 1),
        )


class _Lines:
    """A text read by its indentation, with the parsed value to say what is what."""

    def __init__(self, text: str, data: Any) -> None:
        self.lines = text.split("\n")
        self.data = data
        #: Members of the container at a pointer: line and column (from 0) and width of each.
        self.known: dict[tuple[str | int, ...], dict[str | int, Spot]] = {}

    def find(self, steps: tuple[str | int, ...]) -> Spot:
        """The place, or the nearest one above it that is found."""
        spot = Spot(0, 0, 1)
        value = self.data
        for depth, step in enumerate(steps):
            above = steps[:depth]
            if above not in self.known:
                self.known[above] = dict(self._members(spot, value, root=not above))
            found = self.known[above].get(step)
            if found is None:
                return self._inline(spot, step)
            spot = found
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                break
        return spot

    def _inline(self, spot: Spot, step: str | int) -> Spot:
        """A member written on the line of its container: ``{type: string}``."""
        text = self.lines[spot.line] if spot.line < len(self.lines) else ""
        if isinstance(step, str):
            name = rf"[{{,]\s*[\"']?{re.escape(step)}[\"']?\s*:"
            match = re.compile(name).search(text, spot.column)
            if match is not None:
                start = match.start() + 1
                start += len(match.group()[1:]) - len(match.group()[1:].lstrip())
                return Spot(spot.line, start, len(step))
        return spot

    def _members(self, owner: Spot, value: Any, *, root: bool) -> Iterator[tuple[str | int, Spot]]:
        if type(value) is not dict and type(value) is not list:
            return iter(())
        mapping = type(value) is dict
        start = self._start(owner, mapping, root)
        if start is None:
            return iter(())
        return self._keys(start) if mapping else self._items(start)

    def _start(self, owner: Spot, mapping: bool, root: bool) -> Spot | None:  # noqa: FBT001
        """Where a block collection begins: behind the dash of an item, or on a line below."""
        least = owner.column + 1
        if root:
            least = 0
        else:
            text = self.lines[owner.line]
            item = _ITEM.match(text, owner.column)
            if item is not None:
                rest = text[item.end() :].strip()
                if rest and rest[0] != "#" and _LONELY.fullmatch(rest) is None:
                    return Spot(owner.line, item.end(), 1)
            elif not mapping:
                # The dashes of a sequence may stand below its key.
                least = owner.column
        first = owner.line if root else owner.line + 1
        for number in range(first, len(self.lines)):
            text = self.lines[number]
            column = _indent(text)
            if column < 0 or (root and text.startswith(("---", "%"))):
                continue
            return Spot(number, column, 1) if column >= least else None
        return None

    def _keys(self, start: Spot) -> Iterator[tuple[str, Spot]]:
        for number, text in self._level(start):
            match = _KEY.match(text, start.column)
            if match is not None:
                yield _name(match), Spot(number, start.column, match.end() - start.column - 1)

    def _items(self, start: Spot) -> Iterator[tuple[int, Spot]]:
        for count, (number, text) in enumerate(self._level(start)):
            if _ITEM.match(text, start.column) is None:
                return
            yield count, Spot(number, start.column, 1)

    def _level(self, start: Spot) -> Iterator[tuple[int, str]]:
        """The lines of one collection that are indented just as its first one."""
        column = start.column
        yield start.line, self.lines[start.line]
        # At this level: as many spaces, then something that is neither space nor comment.
        deeper = " " * (column + 1)
        for number in range(start.line + 1, len(self.lines)):
            text = self.lines[number]
            if text.startswith(deeper):
                continue
            indent = _indent(text)
            if indent < 0 or indent > column:
                continue
            if indent < column:
                return
            yield number, text


def _indent(line: str) -> int:
    bare = line.lstrip(" \t")
    if not bare or bare[0] == "#":
        return -1
    return len(line) - len(bare)


def _name(match: re.Match[str]) -> str:
    if (text := match["double"]) is not None:
        if "\\" in text:
            import json

            try:
                return str(json.loads(f'"{text}"'))
            except ValueError:
                return text
        return text
    if (text := match["single"]) is not None:
        return text.replace("''", "'")
    return str(match["plain"]).rstrip()
