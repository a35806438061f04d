"""JSON text to plain values: fast, with duplicate keys refused."""

from __future__ import annotations

import re
from typing import Any

from apicheck.errors import ParseError
from apicheck.model import Span
from apicheck.sources.limits import MAX_DEPTH

__all__ = ["excerpt", "parse_json", "span_at"]

#: A long number that orjson wrote with an exponent: it may have been an integer.
_ROUNDED = re.compile(rb"\.[0-9]{5,}e[+]?[0-9]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def parse_json(text: bytes, source: str) -> Any:
    """The value of a JSON text (RFC 8259); ParseError names line, column and both duplicates.

    Integers beyond 64 bits stay exact.
    """
    import orjson

    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise _broken(text, source, problem) from None
    except RecursionError:
        raise _too_deep(source) from None
    again = _again(data, source)
    if not _keys_are_unique(text, again):
        _refuse_duplicates(text.decode("utf-8"), source)
    if _ROUNDED.search(again):
        # orjson turns integers beyond 64 bits into floats.
        data = _exact(text)
    return data


def span_at(text: str, offset: int, source: str) -> Span:
    """The span of the one character at ``offset``."""
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return Span(source=source, line=line, column=column, end_line=line, end_column=column + 1)


def excerpt(text: str, line: int) -> str:
    """The text of a line, counted from 1."""
    lines = text.splitlines()
    return lines[line - 1] if 0 < line <= len(lines) else ""


def _broken(text: bytes, source: str, problem: Any) -> ParseError:
    plain = text.decode("utf-8", "replace")
    if "depth" in problem.msg or "recursion" in problem.msg:
        return _too_deep(source)
    span = span_at(plain, min(problem.pos, len(plain)), source)
    return ParseError(
        source,
        f"not valid JSON: {problem.msg}",
        span=span,
        excerpt=excerpt(plain, span.line),
        hint="correct the text at the caret",
    )


def _too_deep(source: str) -> ParseError:
    return ParseError(
        source,
        f"nested more than {MAX_DEPTH} levels deep",
        hint="no real contract is; the document may be damaged or hostile",
    )


def _again(data: Any, source: str) -> bytes:
    """The value written again, which also shows that it is not nested too deep."""
    import orjson

    try:
        return orjson.dumps(data)
    except orjson.JSONEncodeError as problem:
        if "ecursion" in str(problem):
            raise _too_deep(source) from None
        return b""  # a lone surrogate: the slow way decides


def _keys_are_unique(text: bytes, again: bytes) -> bool:
    """Whether the text holds as many quotes as its value written again.

    orjson keeps the last of two keys alike, so a twin costs at least two quotes. Quotes inside
    strings are written alike on both sides, but for those that the text gives by number: such a
    text is read the slow way.
    """
    if b"\\u0022" in text:
        return False
    return text.count(b'"') == again.count(b'"')


def _refuse_duplicates(text: str, source: str) -> None:
    """Read the text token by token; raise ParseError at the first key that stands twice."""
    open_objects: list[dict[str, int] | None] = []
    last = ("", 0)
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word in "{[":
            open_objects.append({} if word == "{" else None)
        elif word in "}]":
            open_objects.pop()
        elif word == ":":
            known = open_objects[-1]
            key, at = last
            if known is not None:
                if key in known:
                    raise _duplicate(text, source, known[key], at, key)
                known[key] = at
        last = (word, token.start())


def _duplicate(text: str, source: str, first: int, second: int, key: str) -> ParseError:
    span = span_at(text, second, source)
    return ParseError(
        source,
        f"duplicate key {key}",
        span=span,
        also=span_at(text, first, source),
        excerpt=excerpt(text, span.line),
        hint="remove one of the two",
    )


def _exact(text: bytes) -> Any:
    import json

    return json.loads(text)
