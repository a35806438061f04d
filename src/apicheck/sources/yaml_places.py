"""Where the members of a YAML text stand.

Members of a block collection begin lines at one and the same column. All lines of its stretch of
text at that column are taken for members; when they are as many, and as called, as the parsed
value says, they are the members, since every member is among them. Where they are not (quoted
text or flow collections that run over lines, merge keys, ``? `` keys), and inside of flow
collections, the parser's own marks are used, for the whole stretch at once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, NamedTuple

from apicheck.sources.ruler import Ruler
from apicheck.sources.yaml import HEAD, MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["YamlPlaces"]

#: A key that stands on one line.
_KEY = re.compile(
    r"""(?x)
    (?: "(?P<double>(?:[^"\\\n]|\\.)*+)"
      | '(?P<single>(?:[^'\n]|'')*+)'
      | (?P<plain>(?:[^\s\#\[\]{},"'&*!|>%@`?:-]|[?:-](?=\S))(?:(?!\s\#)[^\n])*?)
    )[ \t]*:(?=\s|\Z)
    """
)
_DASH = re.compile(r"-(?=\s|\Z)")
#: What may stand between the name of a member and its value: spaces, comments, anchor and tag.
_LEAD = re.compile(r"(?:[ \t\r\n]++|\#[^\n]*+|[&!][^\s,\[\]{}]*+(?=\s|\Z))*+")


class _Member(NamedTuple):
    """Offset and length of the key (or dash, or flow item), and the stretch with the value."""

    offset: int
    width: int
    begin: int = 0
    end: int = 0


class YamlPlaces:
    """``find(pointer)`` gives line, column (from 0) and width; containers are read as asked."""

    def __init__(self, text: str, data: Any) -> None:
        self._text = text
        self._data = data
        self._ruler = Ruler(text, "\n")
        head = HEAD.match(text)
        begin = 0 if head is None else head.end()
        tail = MARKER.search(text, begin)
        self._root = _Member(0, 1, begin, len(text) if tail is None else tail.start())
        #: Members of the container at a pointer.
        self._known: dict[tuple[str | int, ...], dict[str | int, _Member]] = {}

    def find(self, steps: tuple[str | int, ...]) -> tuple[int, int, int]:
        """The member or item, or the nearest place above it that is written out."""
        place, value = self._root, self._data
        for depth, step in enumerate(steps):
            above = steps[:depth]
            if above not in self._known:
                self._read(above, place, value)
            found = self._known[above].get(step)
            if found is None:
                break
            place, value = found, value[step]
        return (*self._ruler.at(place.offset), place.width)

    def _read(self, above: tuple[str | int, ...], place: _Member, value: Any) -> None:
        """Find the members of one container, or of all in its stretch where need be."""
        self._known[above] = {}
        if type(value) not in {dict, list}:
            return
        lead = _LEAD.match(self._text, place.begin, place.end)
        start = place.begin if lead is None else lead.end()
        first = self._text[start : min(start + 1, place.end)]
        if first in {"", "*"}:
            # An alias: its members are written elsewhere.
            return
        members = None if first in "[{" else self._block(start, place.end, value)
        if members is not None:
            self._known[above] = members
            return
        for pointer, step, member in _marked(self._text, start, place.end):
            self._known.setdefault((*above, *pointer), {})[step] = member

    def _block(self, start: int, end: int, value: Any) -> dict[str | int, _Member] | None:
        """The members of a block collection; None where lines alone do not tell."""
        column = start - (self._text.rfind("\n", 0, start) + 1)
        lines = re.compile(rf"\n {{{column}}}(?=[^ \n\r#])")
        offsets = [start, *(match.end() for match in lines.finditer(self._text, start, end))]
        named = type(value) is dict
        if named:
            # The dashes of a list may stand right below its key.
            offsets = [each for each in offsets if _DASH.match(self._text, each) is None]
        if len(offsets) != len(value):
            return None
        members: dict[str | int, _Member] = {}
        names = iter(value) if named else iter(range(len(value)))
        for at, (offset, name) in enumerate(zip(offsets, names, strict=True)):
            match = (_KEY if named else _DASH).match(self._text, offset, end)
            if match is None or (named and _name(match) != name):
                return None
            width = match.end() - offset
            until = offsets[at + 1] if at + 1 < len(offsets) else end
            if named:
                width = len(match.group()[:-1].rstrip())
            members[name] = _Member(offset, width, match.end(), until)
        return members


def _name(match: re.Match[str]) -> str | None:
    """The name of a key; None for one with escapes, which are the parser's business."""
    if (text := match["double"]) is not None:
        return None if "\\" in text else text
    if (text := match["single"]) is not None:
        return text.replace("''", "'")
    return match["plain"].rstrip()


class _Open:
    """A collection whose end has not come yet, in a stream of events."""

    __slots__ = ("block", "count", "key", "mapping", "pointer")

    def __init__(self, pointer: tuple[str | int, ...], event: Any, *, mapping: bool) -> None:
        self.pointer = pointer
        self.mapping = mapping
        self.block = not event.flow_style
        self.count = 0
        #: The key whose value comes next.
        self.key: tuple[str, int, int] | None = None

    def next(self, offset: int, dashes: list[int]) -> tuple[str | int, int, int]:
        """The step to the value that starts at an offset; where it is written, and its width."""
        if self.key is not None:
            key, self.key = self.key, None
            return key
        self.count += 1
        if self.block:
            # The last dash before it is its own.
            offset = dashes[max(bisect_left(dashes, offset) - 1, 0)]
        return self.count - 1, offset, 1


def _marked(
    text: str, start: int, end: int
) -> Iterator[tuple[tuple[str | int, ...], str | int, _Member]]:
    """Every member below the collection at ``start``, by the parser: pointer above, step, place.

    Aliases, and what merge keys bring, have no members here.
    """
    import yaml

    column = start - (text.rfind("\n", 0, start) + 1)
    # The stretch begins in the column that it has in the text.
    stretch = " " * column + text[start:end]
    shift = start - column
    loader: Any = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
    stack: list[_Open] = []
    try:
        tokens: Any = yaml.scan(stretch, Loader=loader)
        dashes = [
            each.start_mark.index for each in tokens if isinstance(each, yaml.BlockEntryToken)
        ]
        events: Any = yaml.parse(stretch, Loader=loader)
        for event in events:
            begin, after = event.start_mark.index, event.end_mark.index
            if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                stack.pop()
                if not stack:
                    return
                continue
            if not isinstance(event, yaml.NodeEvent):
                continue
            pointer: tuple[str | int, ...] = ()
            if stack:
                owner = stack[-1]
                if owner.mapping and owner.key is None:
                    if not isinstance(event, yaml.ScalarEvent):
                        return  # reading refuses keys that are no words
                    owner.key = (event.value, begin, after - begin)
                    continue
                step, at, width = owner.next(begin, dashes)
                pointer = (*owner.pointer, step)
                yield owner.pointer, step, _Member(at + shift, width)
            mapping = isinstance(event, yaml.MappingStartEvent)
            if mapping or isinstance(event, yaml.SequenceStartEvent):
                stack.append(_Open(pointer, event, mapping=mapping))
    except (yaml.YAMLError, UnicodeError):
        # The stretch alone is no YAML, though the whole is: what was found so far is right.
        return
