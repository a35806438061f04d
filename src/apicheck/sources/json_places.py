"""Where the members of a JSON text stand, exactly, whatever its layout.

The parsed value says what comes next (names are unique and in the order of the text), so the
text is only skipped through. A value that is laid out as the usual writers do is skipped at
once, by writing it the same way and comparing; any other bracket by bracket.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from apicheck.sources.ruler import Ruler

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["JsonPlaces"]

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\]}]+")
_SPACE = re.compile(rb"[ \t\r\n]*")
_COLON = re.compile(rb"[ \t\r\n]*:[ \t\r\n]*")
_COMMA = re.compile(rb"[ \t\r\n]*,[ \t\r\n]*")
#: Everything up to the next bracket that is not inside of a string.
_BESIDES = re.compile(rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+', re.DOTALL)
_INDENT = re.compile(rb" *")
#: How far a line is followed back to see how it is indented.
_LONG = 4096


class _Member(NamedTuple):
    """Offset and length of the name (of the first byte, for an item), and where the value is."""

    offset: int
    width: int
    value: int


class JsonPlaces:
    """``find(pointer)`` gives line, column (from 0) and width; containers are read as asked."""

    def __init__(self, raw: bytes, data: Any) -> None:
        self._raw = raw
        self._data = data
        self._ruler = Ruler(raw, b"\n")
        self._pretty = b"\n" in raw[:_LONG].strip()
        #: By the offset of a container: its members as far as they were asked for, and the rest.
        self._seen: dict[
            int, tuple[dict[str | int, _Member], Iterator[tuple[str | int, _Member]]]
        ] = {}

    def find(self, steps: tuple[str | int, ...]) -> tuple[int, int, int]:
        """The member or item, or the nearest place above it that exists."""
        place = _Member(0, 1, self._after(_SPACE, 0) or 0)
        value = self._data
        for step in steps:
            found = self._member(place.value, value, step)
            if found is None:
                break
            place, value = found, value[step]
        line, column = self._ruler.at(place.offset)
        name = self._raw[place.offset : place.offset + place.width]
        return line, column, len(name.decode("utf-8", "replace"))

    def _member(self, at: int, value: Any, step: str | int) -> _Member | None:
        if at not in self._seen:
            self._seen[at] = ({}, self._members(at, value))
        known, rest = self._seen[at]
        if step in known:
            return known[step]
        for name, member in rest:
            known[name] = member
            if name == step:
                return member
        return None

    def _members(self, at: int, value: Any) -> Iterator[tuple[str | int, _Member]]:
        """The members of the container that starts at an offset, in the order of the text."""
        if type(value) not in {dict, list} or self._raw[at : at + 1] not in {b"{", b"["}:
            return
        named = type(value) is dict
        here = self._after(_SPACE, at + 1)
        for name, child in value.items() if named else enumerate(value):
            begin = here
            if named and here is not None:
                begin = self._after(_STRING, here)
                width = 0 if begin is None else begin - here
                begin = None if begin is None else self._after(_COLON, begin)
            else:
                width = 1
            if here is None or begin is None:
                return
            yield name, _Member(here, width, begin)
            end = self._end(begin, child)
            here = None if end is None else self._after(_COMMA, end)

    def _after(self, pattern: re.Pattern[bytes], offset: int) -> int | None:
        match = pattern.match(self._raw, offset)
        return None if match is None else match.end()

    def _end(self, at: int, value: Any) -> int | None:
        """Where the value that starts at an offset ends."""
        if type(value) is str:
            return self._after(_STRING, at)
        if type(value) not in {dict, list}:
            return self._after(_SCALAR, at)
        written = self._written(at, value)
        if written is not None and self._raw.startswith(written, at):
            return at + len(written)
        depth = 0
        while True:
            at = self._after(_BESIDES, at) or at
            bracket = self._raw[at : at + 1]
            if not bracket:
                return None
            at += 1
            depth += 1 if bracket in b"{[" else -1
            if depth == 0:
                return at

    def _written(self, at: int, value: Any) -> bytes | None:
        """The value as the usual writers lay it out, if they can write it."""
        import orjson

        try:
            if not self._pretty:
                return orjson.dumps(value)
            text = orjson.dumps(value, option=orjson.OPT_INDENT_2)
        except TypeError:
            return None
        line = self._raw.rfind(b"\n", max(0, at - _LONG), at) + 1
        indent = _INDENT.match(self._raw, line)
        return text if indent is None else text.replace(b"\n", b"\n" + indent[0])
