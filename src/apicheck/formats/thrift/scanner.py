"""The words of a .thrift text, in one pass of a regular expression; their places when asked.

Source: ``thriftl.ll`` of the Apache Thrift compiler. Comments (``//``, ``#``, ``/* */``) are left
out. A word is its own text: a literal keeps its quotes, so that no word stands for two kinds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate, chain

from apicheck.errors import ParseError
from apicheck.model import Span

__all__ = ["END", "MAX_TEXT", "Text", "is_name", "is_number", "unquoted"]

#: Characters of one text; a real contract has thousands, and every word costs memory.
MAX_TEXT = 16 * 2**20
#: The word after the last one.
END = ""

# Possessive throughout: no text makes it go back, so it takes time in the size of the text. The
# last alternative takes any character, so that what no rule knows becomes a word as well.
_BETWEEN = r"(?:[ \t\r\n\f\v\ufeff]++|//[^\n]*+|\#[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/)*+"
_ONE = r"""
    [A-Za-z_][A-Za-z_0-9]*+(?:\.[A-Za-z_0-9]++)*+
    | [:;,{}()=<>\[\]*&]
    | [+-]?(?:0[xX][0-9A-Fa-f]++|(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
    | "(?:[^"\\\n]|\\.)*+"
    | '(?:[^'\\\n]|\\.)*+'
    | \Z
    | .
"""
_WORD = re.compile(f"(?xs){_BETWEEN}({_ONE})")
#: The same with what stands before each word, to add up where it stands.
_BOTH = re.compile(f"(?xs)({_BETWEEN})({_ONE})")
_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9.]*")
_NUMBER = re.compile(r"[+-]?\.?[0-9]")
_ESCAPE = re.compile(r"(?s)\\(.)")
_MEANT = {"r": "\r", "n": "\n", "t": "\t"}


class Text:
    """One .thrift text: ``words``, and the span of the word at an index."""

    __slots__ = ("_lines", "_starts", "source", "text", "words")

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self._starts: list[int] | None = None
        self._lines: list[int] | None = None
        if len(text) > MAX_TEXT:
            raise ParseError(
                source,
                f"has {len(text)} characters, more than the limit of {MAX_TEXT} for Thrift",
                hint="split it into files that include one another",
            )
        self.words: list[str] = _WORD.findall(text)
        self.words.append(END)

    def span(self, index: int) -> Span:
        """Where the word at ``index`` stands."""
        if self._starts is None:
            parts = chain.from_iterable(_BOTH.findall(self.text))
            self._starts = list(accumulate(map(len, parts)))[::2]
        start = self._starts[min(index, len(self._starts) - 1)]
        if self._lines is None:
            # Not by a pattern: that would look for an end from each place of a last, long line.
            lengths = (len(each) + 1 for each in self.text.split("\n")[:-1])
            self._lines = list(accumulate(lengths, initial=0))
        line = bisect_right(self._lines, start)
        column = start - self._lines[line - 1] + 1
        return Span(
            source=self.source,
            line=line,
            column=column,
            end_line=line,
            end_column=column + max(len(self.words[index]), 1),
        )

    def line(self, number: int) -> str:
        """The text of a line, counted from 1."""
        lines = self._lines or [0]
        end = lines[number] if number < len(lines) else len(self.text)
        return self.text[lines[number - 1] : end].rstrip("\r\n")

    def error(
        self, index: int, problem: str, *, hint: str = "", also: Span | None = None
    ) -> ParseError:
        """What is wrong at the word at ``index``, with its place and line."""
        span = self.span(index)
        return ParseError(
            self.source, problem, span=span, excerpt=self.line(span.line), hint=hint, also=also
        )

    def shown(self, index: int) -> str:
        """The word at ``index`` as an error message names it."""
        word = self.words[index]
        if word == END:
            return "the end of the file"
        if word == "/" and self.text.startswith("/*", self._offset(index)):
            return "a comment that never ends"
        if word in {'"', "'"}:
            return "a string that does not end on its line"
        return repr(word if len(word) <= 40 else word[:39] + "…")

    def _offset(self, index: int) -> int:
        self.span(index)
        assert self._starts is not None
        return self._starts[index]


def is_name(word: str) -> bool:
    """Whether a word is an identifier (or a keyword: they are told apart where it matters)."""
    return _NAME.match(word) is not None


def is_number(word: str) -> bool:
    """Whether a word is an integer or a double."""
    return _NUMBER.match(word) is not None


def unquoted(word: str) -> str:
    r"""The value of a literal: ``\r \n \t \" \' \\`` are replaced, others stay as written."""
    inner = word[1:-1]
    if "\\" not in inner:
        return inner
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], _plain(found[1])), inner)


def _plain(char: str) -> str:
    # The compiler refuses other escapes since 0.9.3; before, a backslash stood for itself.
    return char if char in {'"', "'", "\\"} else "\\" + char
