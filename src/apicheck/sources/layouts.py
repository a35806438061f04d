"""Places in JSON: indented, where the layout tells the structure, or all on one line."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Compact", "Indented", "Spot", "is_indented"]

_FIRST = re.compile(rb"\n( *)[^ \r\n]")
#: ``"tags": [ {`` and, between the items, ``}, {``.
_HUGGING = re.compile(rb"\[[ \t]*[\[{][ \t\r]*\n")


class Spot(NamedTuple):
    """Line and column, from 0, and width."""

    line: int
    column: int
    width: int


def is_indented(raw: bytes) -> bool:
    """Whether JSON has about one member a line, so that indentation tells its structure."""
    head = raw[:65536]
    return head.count(b"\n") * 400 > len(head) and head.count(b"\n") > 2


class _Place(NamedTuple):
    """A key or item: where it starts, its width, and how far its line is indented."""

    offset: int
    width: int
    indent: int


class Indented:
    """Members are found by searching for their key at their indentation, within their container."""

    def __init__(self, raw: bytes, data: Any) -> None:
        self.raw = raw
        self.data = data
        self.known: dict[tuple[str | int, ...], _Place | None] = {}
        #: Start of a container's inside -> indentation of its members, and its end.
        self.bounds: dict[int, tuple[int, int]] = {}
        #: Offsets whose line is known, and those lines.
        self.marks = [0]
        self.lines = [0]

    def find(self, steps: tuple[str | int, ...]) -> Spot:
        """The place, or the nearest one above it that is found."""
        place = _Place(max(self.raw.find(b"{"), 0), 1, 0)
        value = self.data
        for depth, step in enumerate(steps):
            path = steps[: depth + 1]
            if path not in self.known:
                self.known[path] = self._member(place, value, step)
            found = self.known[path]
            if found is None:
                break
            place = found
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                break
        return self._spot(place)

    def _spot(self, place: _Place) -> Spot:
        index = bisect_right(self.marks, place.offset) - 1
        line = self.lines[index] + self.raw.count(b"\n", self.marks[index], place.offset)
        if self.marks[index] != place.offset:
            self.marks.insert(index + 1, place.offset)
            self.lines.insert(index + 1, line)
        start = self.raw.rfind(b"\n", 0, place.offset) + 1
        column = len(self.raw[start : place.offset].decode("utf-8", "replace"))
        return Spot(line, column, place.width)

    def _member(self, owner: _Place, value: Any, step: str | int) -> _Place | None:
        begin = self.raw.find(b"\n", owner.offset)
        if begin < 0:
            return None
        edge = b"\n" + b" " * owner.indent
        if type(value) is list and _HUGGING.search(self.raw, owner.offset, begin + 1):
            return self._hugged(owner, begin, edge, step)
        if begin not in self.bounds:
            first = _FIRST.match(self.raw, begin)
            end = self.raw.find(edge + (b"}" if type(value) is dict else b"]"), begin)
            indent = 0 if first is None else len(first[1])
            self.bounds[begin] = (indent, len(self.raw) if end < 0 else end)
        indent, end = self.bounds[begin]
        if type(value) is dict:
            return self._key(begin, end, indent, step)
        if type(value) is list and isinstance(step, int):
            starts = re.compile(rb"\n {%d}(?=[^ \r\n\]}])" % indent).finditer(self.raw, begin, end)
            for match in islice(starts, step, step + 1):
                return _Place(match.end(), 1, indent)
        return None

    def _key(self, begin: int, end: int, indent: int, step: str | int) -> _Place | None:
        name = json.dumps(str(step), ensure_ascii=False).encode("utf-8", "surrogatepass")
        line = b"\n" + b" " * indent
        at = self.raw.find(line + name, begin, end)
        if at >= 0:
            return _Place(at + len(line), len(name), indent)
        # The key may be written with escapes.
        keys = re.compile(rb'\n {%d}("(?:[^"\\]|\\.)*")' % indent)
        for match in keys.finditer(self.raw, begin, end):
            if b"\\" in match[1] and json.loads(match[1]) == step:
                return _Place(match.start(1), len(match[1]), indent)
        return None

    def _hugged(self, owner: _Place, begin: int, edge: bytes, step: str | int) -> _Place | None:
        """Items of an array whose brackets share lines."""
        if step == 0:
            return _Place(len(self.raw[:begin].rstrip()) - 1, 1, owner.indent)
        if not isinstance(step, int):
            return None
        end = re.compile(re.escape(edge) + rb"[}\]][ \t]*\]").search(self.raw, begin)
        between = re.compile(re.escape(edge) + rb"[}\]][ \t]*,[ \t]*[\[{](?=[ \t\r]*\n)")
        stop = len(self.raw) if end is None else end.start()
        for match in islice(between.finditer(self.raw, begin, stop), step - 1, step):
            return _Place(match.end() - 1, 1, owner.indent)
        return None


class Compact:
    """JSON without layout: skipped through value by value, in C."""

    def __init__(self, text: str) -> None:
        self.text = text
        # The C scanner of the decoder: (text, offset) -> (value, end).
        self.scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
        self.known: dict[int, dict[str | int, tuple[int, int, int]]] = {}
        self.space = re.compile(r"[ \t\r\n]*")

    def find(self, steps: tuple[str | int, ...]) -> Spot:
        """The key or item, or the nearest one above it."""
        value = self._skip(0)
        start, end = value, value + 1
        for step in steps:
            if value not in self.known:
                self.known[value] = dict(self._scan(value))
            found = self.known[value].get(step)
            if found is None:
                break
            start, end, value = found
        line = self.text.count("\n", 0, start)
        return Spot(line, start - self.text.rfind("\n", 0, start) - 1, end - start)

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
