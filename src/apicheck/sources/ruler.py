"""From an offset in a text to its line and column."""

from __future__ import annotations

from bisect import bisect_right
from typing import AnyStr, Generic

__all__ = ["Ruler"]


class Ruler(Generic[AnyStr]):
    """Lines and columns of one text, both from 0; columns count characters.

    A line ends at a line feed, as in editors. What was asked before is a start for what comes
    next, so that many places of one long text cost little more than one pass over it. ``feed``
    is the line feed in the type of the text.
    """

    def __init__(self, text: AnyStr, feed: AnyStr) -> None:
        self._text: AnyStr = text
        self._feed: AnyStr = feed
        self._offsets = [0]
        self._places = [(0, 0)]

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, which must not stand inside of a character."""
        index = bisect_right(self._offsets, offset) - 1
        start = self._offsets[index]
        line, column = self._places[index]
        if start == offset:
            return line, column
        feeds = self._text.count(self._feed, start, offset)
        if feeds:
            line, column = line + feeds, 0
            start = self._text.rfind(self._feed, start, offset) + 1
        between = self._text[start:offset]
        column += len(between if isinstance(between, str) else between.decode("utf-8", "replace"))
        self._offsets.insert(index + 1, offset)
        self._places.insert(index + 1, (line, column))
        return line, column
