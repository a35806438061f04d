"""YAML text to plain values, with the core schema of YAML 1.2 and string keys.

Keys keep their source text (``200:``, ``1.10:`` and ``on:`` are "200", "1.10" and "on"), dates are
strings, duplicate keys are errors. Merge keys (``<<``) work as contracts use them.

A fast parser does the bulk. Where it refuses, or the text holds what it reads differently
(tags, anchors, merge keys, odd numbers), the events of a slower one are put together here, which
also gives exact errors (``yaml_events``).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache
from typing import Any

from apicheck.sources.limits import MAX_COPIED, MAX_DEPTH, MAX_DIGITS

__all__ = ["HEAD", "MARKER", "parse_yaml"]

#: What may be a tag or an anchor, wherever it stands; ``_VALUE`` then looks at what is before it.
_MARKS = (re.compile(r"!(?=[\w!<])"), re.compile(r"&([^\s,\[\]{}]+)"))
_VALUE = re.compile(
    r"""[ ]*(?:-[ ]+)*(?:[^\s\#:'"][^:]*:[ ]+|"[^"]*":[ ]+|'[^']*':[ ]+)?""", re.VERBOSE
)
_LONG = 1000
#: What may be an alias. A colon behind it belongs to the key that it is.
_ALIAS = re.compile(r"\*([^\s,\[\]{}]+?)(?=:?[\s,\[\]{}]|:?\Z)")
_MERGE = re.compile(r"(?m)^[ ]*(?:-[ ]+)*<<[ ]*:|[{,][ ]*<<[ ]*:")
#: Numbers of YAML 1.1 that the fast parser takes for numbers.
_OLD_NUMBERS = tuple(
    re.compile(re.escape(mark) + r" +[+-]?(?:0b[01]|[0-9]+_)") for mark in (":", "-", ",", "[")
)
#: A cheap sign that a key may be such a number as ``0200`` or ``+1``.
_MAYBE_ODD = (re.compile(r"0[0-9xo][0-9a-f]+ *:"), re.compile(r"[+][0-9]+ *:"))
_ODD_INTEGER_KEY = re.compile(r"(?m)^[ ]*(?:-[ ]+)*[{]?[+-]?0[0-9xo]\w*[ ]*:|[+][0-9]+[ ]*:")
_NESTED = (dict, list)
#: Lines long enough for what follows.
_LONG_LINE = re.compile(rf"\n.{{{2 * MAX_DEPTH},}}")
#: A line that may open a block collection so deep that the fast parser runs out of stack: each
#: level stands a column further right, after spaces and the marks of the levels above it.
_DEEP = re.compile(rf"\n[ \t?:-]{{{2 * MAX_DEPTH}}}")
#: What may be an integer longer than Python writes out.
_DIGITS = re.compile(rf"[0-9a-fA-F]{{{MAX_DIGITS}}}")

#: Comments, directives and the marker before a document (YAML 1.2.2, section 9.1).
HEAD = re.compile(r"(?:(?:[ \t]*(?:#[^\n]*)?|%[^\n]*)\r?\n)*+---(?=\s|\Z)")
#: A marker that ends a document; none can stand inside of a value (section 9.1.4).
MARKER = re.compile(r"(?m)^(?:---|\.\.\.)(?=\s|\Z)")
_LAST = re.compile(r"\.\.\.(?:\s+|#[^\n]*)*+\Z")


def parse_yaml(text: str, source: str) -> Any:
    """The value of a YAML text; ParseError names line and column, and both duplicates."""
    if not (_strains(text) or _is_special(text) or _goes_on(text)):
        import yaml_rs

        try:
            data = yaml_rs.loads(text, parse_datetime=False, alias_limits=_limits())
        except (yaml_rs.YAMLDecodeError, ValueError, RecursionError):
            pass  # the slow way accepts it, or says exactly what is wrong
        else:
            try:
                return _with_text_keys(data, text)
            except _NeedsTextError:
                pass
    from apicheck.sources.yaml_events import Builder

    return Builder(text, source).build()


def _strains(text: str) -> bool:
    """Whether a line may be more than the fast parser, or Python with what it gives, can take."""
    return any(
        _DEEP.match(line[0]) or _DIGITS.search(line[0]) for line in _LONG_LINE.finditer("\n" + text)
    )


@cache
def _limits() -> Any:
    """Aliases in what an alias stands for may double it again and again: that is read slowly."""
    import yaml_rs

    return yaml_rs.AliasLimits(max_replay_stack_depth=1)


def _is_special(text: str) -> bool:
    """Whether the text may hold what the fast parser reads in its own way."""
    if text.startswith("%") or "\n%" in text or any(each.search(text) for each in _OLD_NUMBERS):
        return True
    if "<<" in text and _MERGE.search(text) is not None:
        return True
    tag, anchor = _MARKS
    if any(_starts_value(text, mark.start()) for mark in tag.finditer(text)):
        return True
    anchors = [mark for mark in anchor.finditer(text) if _starts_value(text, mark.start())]
    if not anchors:
        return False
    names = {mark[1] for mark in anchors}
    aliases: dict[str, list[int]] = {}
    for mark in _ALIAS.finditer(text):
        if mark[1] in names:
            aliases.setdefault(mark[1], []).append(mark.start())
    # The fast parser copies what aliases stand for, by the letter.
    copied = len(text) * sum(map(len, aliases.values()))
    return copied > MAX_COPIED or _tangled(text, anchors, aliases)


def _goes_on(text: str) -> bool:
    """Whether something may follow the first document: the fast parser makes a list of them."""
    if not (text.startswith("---") or "\n---" in text or "\n..." in text):
        return False
    head = HEAD.match(text)
    marker = MARKER.search(text, 0 if head is None else head.end())
    return marker is not None and _LAST.match(text, marker.start()) is None


def _starts_value(text: str, offset: int) -> bool:
    """Whether a value begins at the offset, by what stands before it on its line."""
    before = offset
    while text[before - 1 : before] == " ":
        before -= 1
    last = text[before - 1 : before]
    if last in "[,{\n" or last not in ":-":
        return last in "[,{\n"
    start = text.rfind("\n", 0, offset) + 1
    # The line is read to its start only where that is near: a long line may have many marks.
    return (
        offset - start > _LONG
        or _VALUE.fullmatch(text, start, offset) is not None
        or any(each in text[start:before] for each in "[{,")
    )


def _tangled(text: str, anchors: list[re.Match[str]], aliases: dict[str, list[int]]) -> bool:
    """Whether an alias may stand inside the very node that its anchor names.

    The fast parser reads such an alias as null. An alias is surely outside when a line between
    the two, or its own, is indented no deeper than the anchor's.
    """
    for anchor in anchors:
        known = aliases.get(anchor[1], [])
        index = bisect_left(known, anchor.end())
        if index == len(known):
            continue
        start = text.rfind("\n", 0, anchor.start()) + 1
        line = re.compile(rf"\n {{0,{_indent_at(text, start)}}}(?=[^ \n#])")
        if line.search(text, anchor.end(), known[index]) is None:
            return True
    return False


def _indent_at(text: str, start: int) -> int:
    end = start
    while end < len(text) and text[end] == " ":
        end += 1
    return end - start


def _has_odd_key(text: str) -> bool:
    maybe = any(each.search(text) for each in _MAYBE_ODD)
    return maybe and _ODD_INTEGER_KEY.search(text) is not None


class _NeedsTextError(Exception):
    """A key was read as something whose source text is lost."""


def _with_text_keys(data: Any, text: str) -> Any:
    """Turn integer keys into strings, in place; others need their text."""
    pending: list[tuple[Any, int]] = [(data, 1)]
    odd: bool | None = None
    while pending:
        value, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise _NeedsTextError
        if type(value) is dict:
            for key in value:
                if type(key) is str:
                    continue
                if odd is None:
                    odd = _has_odd_key(text)
                if odd or not all(type(each) in {str, int} for each in value):
                    raise _NeedsTextError
                items = [(str(name), each) for name, each in value.items()]
                if len({name for name, _ in items}) < len(items):
                    raise _NeedsTextError
                value.clear()
                value.update(items)
                break
            pending += [(each, depth + 1) for each in value.values() if type(each) in _NESTED]
        elif type(value) is list:
            pending += [(each, depth + 1) for each in value if type(each) in _NESTED]
    return data
