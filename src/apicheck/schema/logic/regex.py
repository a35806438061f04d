r"""Patterns as JSON Schema means them: ECMA-262 regular expressions, read into a tree.

Only what is a regular language is read: no back references, no look-behind, no word
boundaries, look-ahead only right after a leading ``^``. ``\A``, ``\Z``, flags and property
classes are refused too, since validators disagree on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "MAX_POINT",
    "NEWLINES",
    "Choice",
    "Edge",
    "IrregularError",
    "Look",
    "Ranges",
    "Repeat",
    "Sequence",
    "Set",
    "Tree",
    "parse",
]

Ranges = tuple[tuple[int, int], ...]
MAX_POINT = 0x10FFFF
#: The last character that is no pair of halves in UTF-16.
_PLANE = 0xFFFF
#: What may be escaped to stand for itself (ECMA-262 section 22.2.1, with ``u``).
_SYNTAX = frozenset("^$\\.*+?()[]{}|/")
#: A pattern that repeats more than this is left alone.
_MOST_REPEATS = 1000


class IrregularError(Exception):
    """A pattern that is not read: not regular, not ECMA, or too large."""


@dataclass(frozen=True, slots=True)
class Set:
    """One character out of ``ranges``."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Sequence:
    """All parts, one after another."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of the parts."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """``part``, at least ``least`` times and at most ``most`` times (None: no limit)."""

    part: Tree
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Edge:
    """The start of the text, or its end."""

    end: bool


@dataclass(frozen=True, slots=True)
class Look:
    """Look-ahead: what follows must (or must not) begin with ``part``."""

    part: Tree
    wanted: bool


Tree = Set | Sequence | Choice | Repeat | Edge | Look


def union(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The same characters as few sorted ranges."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """All other characters."""
    others: list[tuple[int, int]] = []
    start = 0
    for low, high in union(ranges):
        if low > start:
            others.append((start, low - 1))
        start = high + 1
    if start <= MAX_POINT:
        others.append((start, MAX_POINT))
    return tuple(others)


#: ECMA-262 section 12.3: what ``.`` does not match.
NEWLINES = union([(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)])
_DIGITS: Ranges = ((0x30, 0x39),)
_WORDS = union([(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)])
_SPACES = union(
    [
        *[(0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A)],
        *[(0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)],
    ]
)
_CLASSES = {
    "d": _DIGITS,
    "D": complement(_DIGITS),
    "w": _WORDS,
    "W": complement(_WORDS),
    "s": _SPACES,
    "S": complement(_SPACES),
}
_CONTROLS = {"t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D, "0": 0x00}


def parse(pattern: str) -> Tree:
    """Read a pattern; IrregularError for one that is not read."""
    parser = _Parser(pattern)
    tree = parser.choice()
    if parser.at < len(pattern):
        raise IrregularError("an unmatched bracket")
    if parser.lenient and (parser.braced or any(ord(char) > _PLANE for char in pattern)):
        # What browsers let pass (annex B) they read by halves of characters.
        raise IrregularError("syntax of two modes that exclude each other")
    return tree


class _Parser:
    """Recursive descent over the text of a pattern."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        #: Something was met that only the mode without ``u`` lets pass; only the one with it.
        self.lenient = False
        self.braced = False

    def peek(self, size: int = 1) -> str:
        return self.text[self.at : self.at + size]

    def take(self, wanted: str) -> bool:
        if self.text.startswith(wanted, self.at):
            self.at += len(wanted)
            return True
        return False

    def next(self) -> str:
        if self.at >= len(self.text):
            raise IrregularError("an end too early")
        self.at += 1
        return self.text[self.at - 1]

    def choice(self) -> Tree:
        branches = [self.sequence()]
        while self.take("|"):
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def sequence(self) -> Tree:
        parts: list[Tree] = []
        while self.at < len(self.text) and self.peek() not in {"|", ")"}:
            parts.append(self.term())
        return Sequence(tuple(parts))

    def term(self) -> Tree:
        part = self.atom()
        bounds = self.quantifier()
        if bounds is None:
            return part
        if isinstance(part, (Edge, Look)):
            raise IrregularError("a repeated assertion")
        least, most = bounds
        if max(least, most or 0) > _MOST_REPEATS:
            raise IrregularError("too many repetitions")
        return Repeat(part, least, most)

    def quantifier(self) -> tuple[int, int | None] | None:
        bounds: tuple[int, int | None]
        if self.take("*"):
            bounds = (0, None)
        elif self.take("+"):
            bounds = (1, None)
        elif self.take("?"):
            bounds = (0, 1)
        elif self.peek() == "{":
            counted = self.counted()
            if counted is None:
                return None
            bounds = counted
        else:
            return None
        self.take("?")  # lazy or greedy, the language is the same
        if self.peek() in {"*", "+", "?"}:
            raise IrregularError("a quantifier of a quantifier")
        return bounds

    def counted(self) -> tuple[int, int | None] | None:
        """``{2}``, ``{2,}`` or ``{2,5}``; anything else is a plain brace (annex B.1.2)."""
        end = self.text.find("}", self.at)
        body = self.text[self.at + 1 : end] if end > 0 else ""
        least, comma, most = body.partition(",")
        if not (least.isascii() and least.isdigit() and len(least) < 7):
            return None
        if most and not (most.isascii() and most.isdigit() and len(most) < 7):
            return None
        self.at = end + 1
        if not comma:
            return int(least), int(least)
        if most and int(most) < int(least):
            raise IrregularError("a count that runs backwards")
        return int(least), int(most) if most else None

    def atom(self) -> Tree:
        char = self.next()
        match char:
            case "^":
                return Edge(end=False)
            case "$":
                return Edge(end=True)
            case ".":
                return Set(complement(NEWLINES))
            case "(":
                return self.group()
            case "[":
                return Set(self.bracket())
            case "\\":
                return Set(self.escape(inside=False))
            case "*" | "+" | "?":
                raise IrregularError("a quantifier of nothing")
            case "{":
                self.at -= 1
                if self.counted() is not None:
                    raise IrregularError("a quantifier of nothing")
                self.at += 1
                self.lenient = True
            case "}" | "]":
                self.lenient = True
        return Set(((ord(char), ord(char)),))

    def group(self) -> Tree:
        look: bool | None = None
        if self.take("?"):
            if self.take("="):
                look = True
            elif self.take("!"):
                look = False
            elif not self.take(":"):
                self.group_name()
        inner = self.choice()
        if not self.take(")"):
            raise IrregularError("an open bracket")
        return inner if look is None else Look(inner, look)

    def group_name(self) -> None:
        if not self.take("<") or self.peek() in {"=", "!"}:
            raise IrregularError("flags or look-behind")
        while (char := self.next()) != ">":
            if not (char.isalnum() or char in {"_", "$"}):
                raise IrregularError("a malformed group name")

    def bracket(self) -> Ranges:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        while not self.take("]"):
            low = self.member()
            if self.peek() == "-" and self.peek(2) not in {"-]", "-"}:
                self.at += 1
                high = self.member()
                if len(low) != 1 or low[0][0] != low[0][1] or len(high) != 1:
                    raise IrregularError("a range of classes")
                if high[0][0] != high[0][1] or high[0][0] < low[0][0]:
                    raise IrregularError("a range that runs backwards")
                ranges.append((low[0][0], high[0][0]))
            else:
                ranges += low
        return complement(ranges) if negated else union(ranges)

    def member(self) -> Ranges:
        char = self.next()
        if char == "\\":
            return self.escape(inside=True)
        if char == "[" and self.peek() == ":":
            raise IrregularError("a POSIX class")
        return ((ord(char), ord(char)),)

    def escape(self, *, inside: bool) -> Ranges:
        char = self.next()
        if char in _CLASSES:
            return _CLASSES[char]
        if char == "0" and self.peek().isdigit():
            raise IrregularError("an octal escape")
        if char in _CONTROLS:
            point = _CONTROLS[char]
        elif char == "b" and inside:
            point = 0x08
        elif char == "c" and self.peek().isascii() and self.peek().isalpha():
            point = ord(self.next()) % 32
        elif char == "x":
            point = self.hexadecimal(2)
        elif char == "u":
            point = self.unicode()
        elif char.isalnum():
            raise IrregularError(f"the escape \\{char}")
        else:
            point = ord(char)
            self.lenient = self.lenient or not (char in _SYNTAX or (inside and char == "-"))
        return ((point, point),)

    def hexadecimal(self, size: int) -> int:
        digits = self.peek(size)
        if len(digits) < size or not all(each in "0123456789abcdefABCDEF" for each in digits):
            raise IrregularError("a malformed escape")
        self.at += size
        return int(digits, 16)

    def unicode(self) -> int:
        if self.take("{"):
            self.braced = True
            end = self.text.find("}", self.at)
            point = self.hexadecimal(max(end - self.at, 1))
            if not self.take("}") or point > MAX_POINT:
                raise IrregularError("a malformed escape")
            return point
        point = self.hexadecimal(4)
        if 0xD800 <= point <= 0xDFFF:
            raise IrregularError("half of a surrogate pair")
        return point
