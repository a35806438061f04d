"""The words of an Avro IDL text (``.avdl``), with doc comments kept."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from apicheck.errors import ParseError
from apicheck.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Token", "Tokens", "string_of"]

_TOKEN = re.compile(
    r"""(?xs)
      (?P<space> \s+ | //[^\n]* | /\*(?!\*(?!/)) .*? \*/ | /\*\*/ )
    | (?P<doc> /\*\* .*? \*/ )
    | (?P<string> "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' )
    | (?P<number> -?(?:Infinity\b|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[lLfFdD]?) )
    | (?P<name> `[^`\n]+` | [^\W\d][\w]*(?:[.-][^\W\d][\w]*)* )
    | (?P<sign> [{}()\[\]<>,;:=@?] )
    """
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word: ``kind`` is doc, string, number, name, sign or end; ``at`` its offset."""

    kind: str
    text: str
    at: int


class Tokens:
    """The words of a text and the way from an offset to its line."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self._lines = [0, *(each.end() for each in re.finditer("\n", text))]
        self.words = list(self._read())

    def _read(self) -> Iterator[Token]:
        at = 0
        while at < len(self.text):
            match = _TOKEN.match(self.text, at)
            if match is None:
                self.refuse(at, f"unexpected {self.text[at]!r}")
            if match.lastgroup != "space":
                yield Token(str(match.lastgroup), match.group(), at)
            at = match.end()
        yield Token("end", "", at)

    def span(self, at: int, width: int = 1) -> Span:
        """The span of ``width`` characters at an offset."""
        line = bisect_right(self._lines, at)
        column = at - self._lines[line - 1] + 1
        return Span(
            source=self.source, line=line, column=column, end_line=line, end_column=column + width
        )

    def refuse(self, at: int, problem: str, hint: str = "") -> NoReturn:
        """Raise ParseError at an offset."""
        span = self.span(at)
        lines = self.text.split("\n")
        raise ParseError(
            self.source, problem, span=span, excerpt=lines[span.line - 1].rstrip("\r"), hint=hint
        )


def string_of(token: Token) -> str:
    """The value of a string word; ValueError where it is none. Single quotes are allowed."""
    text = token.text
    if text.startswith("'"):
        text = '"' + text[1:-1].replace('"', '\\"').replace("\\'", "'") + '"'
    return str(json.loads(text, strict=False))
