"""Line and column of a place in a JSON or YAML text, found when somebody asks.

Only the containers on the way to the place are looked at, and each is indexed once. Block YAML and
indented JSON are read by their indentation, which costs a scan of the lines; JSON on one line is
skipped through value by value in C. Where the layout defeats this (a flow collection over many
lines, a place that exists through an alias only), the nearest place above that was found is given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from apicheck.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

__all__ = ["Positions"]

_KEY = re.compile(
    r"""(?x)
    (?: "(?P<double>(?:[^"\\]|\\.)*)"
      | '(?P<single>(?:[^']|'')*)'
      | (?P<plain>[^\s\#\[\]{},"'&*!|>%@`-][^\#]*?|-[^\s\#][^\#]*?|[^\s"'\[\]{},\#&*!|>%@`-])
    )\s*:(?=\s|$)
    """
)
_ITEM = re.compile(r"-(?:[ \t]+|$)")
_HUGGING = re.compile(r"\[\s*[\[{]\s*$")
_NEXT = re.compile(r"[\]}]\s*,\s*[\[{]\s*$")
_LONELY = re.compile(r"[&!][^\s]*")


class Positions:
    """The places of one text. ``span(pointer)`` never fails: at worst it gives the whole text."""

    def __init__(self, text: str, data: Any, source: str, *, json: bool) -> None:
        self._text = text
        self._data = data
        self._source = source
        self._json = json
        self._indented = self._is_indented(text)
        self._lines: _Lines | None = None
        self._compact: _Compact | None = None

    def span(self, pointer: Sequence[str | int]) -> Span:
        """Where the member (its key) or the item at ``pointer`` stands, or what is nearest."""
        steps = tuple(pointer)
        if not steps:
            return self._at(1, 1, 1)
        if self._json and not self._indented:
            if self._compact is None:
                self._compact = _Compact(self._text)
            start, end = self._compact.find(steps)
            return self._between(start, end)
        if self._lines is None:
            self._lines = _Lines(self._text, self._data, json=self._json)
        spot = self._lines.find(steps)
        return self._at(spot.line + 1, spot.column + 1, spot.width)

    @staticmethod
    def _is_indented(text: str) -> bool:
        """Whether JSON has about one member a line, so that indentation tells its structure."""
        head = text[:65536]
        return head.count("\n") * 400 > len(head) and head.count("\n") > 2

    def _at(self, line: int, column: int, width: int) -> Span:
        return Span(
            source=self._source,
            line=line,
            column=column,
            end_line=line,
            end_column=column + max(width, 1),
        )

    def _between(self, start: int, end: int) -> Span:
        line = self._text.count("\n", 0, start) + 1
        column = start - self._text.rfind("\n", 0, start)
        return self._at(line, column, end - start)


class _Lines:
    """A text read by its indentation, with the parsed value to say what is what."""

    def __init__(self, text: str, data: Any, *, json: bool) -> None:
        self.lines = text.split("\n")
        self.data = data
        self.json = json
        #: Members of the container at a pointer: line and column (from 0) and width of each.
        self.known: dict[tuple[str | int, ...], dict[str | int, _Spot]] = {}

    def find(self, steps: tuple[str | int, ...]) -> _Spot:
        """The place, or the nearest one above it that is found."""
        spot = _Spot(0, 0, 1)
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

    def _inline(self, spot: _Spot, step: str | int) -> _Spot:
        """A member written on the line of its container: ``{type: string}``."""
        text = self.lines[spot.line] if spot.line < len(self.lines) else ""
        if isinstance(step, str):
            name = rf"[{{,]\s*[\"']?{re.escape(step)}[\"']?\s*:"
            match = re.compile(name).search(text, spot.column)
            if match is not None:
                start = match.start() + 1
                start += len(match.group()[1:]) - len(match.group()[1:].lstrip())
                return _Spot(spot.line, start, len(step))
        return spot

    def _members(
        self, owner: _Spot, value: Any, *, root: bool
    ) -> Iterator[tuple[str | int, _Spot]]:
        if type(value) is not dict and type(value) is not list:
            return iter(())
        mapping = type(value) is dict
        if self.json and not mapping and _HUGGING.search(self.lines[owner.line]):
            return self._hugged(owner)
        start = self._json_start(owner) if self.json else self._yaml_start(owner, mapping, root)
        if start is None:
            return iter(())
        return self._keys(start) if mapping else self._items(start)

    def _json_start(self, owner: _Spot) -> _Spot | None:
        """The first line inside a bracket that ends the line of its owner."""
        if not self.lines[owner.line].rstrip().endswith(("{", "[")):
            return None
        for number in range(owner.line + 1, len(self.lines)):
            column = _indent(self.lines[number])
            if column >= 0:
                return _Spot(number, column, 1)
        return None

    def _yaml_start(self, owner: _Spot, mapping: bool, root: bool) -> _Spot | None:  # noqa: FBT001
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
                    return _Spot(owner.line, item.end(), 1)
            elif not mapping:
                # The dashes of a sequence may stand below its key.
                least = owner.column
        first = owner.line if root else owner.line + 1
        for number in range(first, len(self.lines)):
            text = self.lines[number]
            column = _indent(text)
            if column < 0 or (root and text.startswith(("---", "%"))):
                continue
            return _Spot(number, column, 1) if column >= least else None
        return None

    def _keys(self, start: _Spot) -> Iterator[tuple[str, _Spot]]:
        for number, text in self._level(start):
            match = _KEY.match(text, start.column)
            if match is not None:
                yield _name(match), _Spot(number, start.column, match.end() - start.column - 1)

    def _items(self, start: _Spot) -> Iterator[tuple[int, _Spot]]:
        count = 0
        for number, text in self._level(start):
            first = text[start.column : start.column + 1]
            if self.json:
                if first in "}]":
                    continue
            elif _ITEM.match(text, start.column) is None:
                return
            yield count, _Spot(number, start.column, 1)
            count += 1

    def _hugged(self, owner: _Spot) -> Iterator[tuple[int, _Spot]]:
        """Items of a JSON array whose brackets share lines: ``[ {``, then ``}, {``."""
        text = self.lines[owner.line].rstrip()
        yield 0, _Spot(owner.line, len(text) - 1, 1)
        column, count = _indent(text), 0
        for number in range(owner.line + 1, len(self.lines)):
            text = self.lines[number]
            if _indent(text) != column:
                continue
            if _NEXT.match(text, column) is None:
                return
            count += 1
            yield count, _Spot(number, len(text.rstrip()) - 1, 1)

    def _level(self, start: _Spot) -> Iterator[tuple[int, str]]:
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


class _Spot(NamedTuple):
    """Line and column, from 0, and width."""

    line: int
    column: int
    width: int


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


class _Compact:
    """JSON without layout: skipped through value by value."""

    def __init__(self, text: str) -> None:
        import json

        self.text = text
        # The C scanner of the decoder: (text, offset) -> (value, end).
        self.scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
        self.known: dict[int, dict[str | int, tuple[int, int, int]]] = {}
        self.space = re.compile(r"[ \t\r\n]*")

    def find(self, steps: tuple[str | int, ...]) -> tuple[int, int]:
        """Start and end of the key or item, or of the nearest one above it."""
        value = self._skip(0)
        best = (value, value + 1)
        for step in steps:
            if value not in self.known:
                self.known[value] = dict(self._scan(value))
            found = self.known[value].get(step)
            if found is None:
                break
            start, end, value = found
            best = (start, end)
        return best

    def _skip(self, offset: int) -> int:
        match = self.space.match(self.text, offset)
        return offset if match is None else match.end()

    def _scan(self, offset: int) -> Iterator[tuple[str | int, tuple[int, int, int]]]:
        """Members of the container at ``offset``: start and end of the key, start of the value."""
        if self.text[offset : offset + 1] not in {"{", "["}:
            return
        mapping = self.text[offset] == "{"
        at = self._skip(offset + 1)
        count = 0
        while self.text[at] not in "}]":
            if mapping:
                name, end = self.scan(self.text, at)
                value = self._skip(self._skip(end) + 1)
                yield name, (at, end, value)
            else:
                value = at
                yield count, (at, at + 1, value)
                count += 1
            _, at = self.scan(self.text, value)
            at = self._skip(at)
            if self.text[at] == ",":
                at = self._skip(at + 1)
