"""YAML text to plain values, with the core schema of YAML 1.2 and string keys.

Keys keep their source text (``200:``, ``1.10:`` and ``on:`` are "200", "1.10" and "on"), dates are
strings, duplicate keys are errors. Merge keys (``<<``) work as contracts use them.

A fast parser does the bulk. Where it refuses, or the text holds what it reads differently
(tags, anchors, merge keys, odd numbers), the events of a slower one are put together here, which
also gives exact errors.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from apicheck.errors import ParseError
from apicheck.model import Span
from apicheck.sources.json import excerpt
from apicheck.sources.limits import MAX_ALIASES, MAX_DEPTH, MAX_VALUES

__all__ = ["HEAD", "MARKER", "parse_yaml", "plain_value"]

#: What may be a tag or an anchor, wherever it stands; ``_VALUE`` then looks at what is before it.
_MARKS = (re.compile(r"!(?=[\w!<])"), re.compile(r"&([^\s,\[\]{}]+)"))
_VALUE = re.compile(
    r"""(?x)
    [ ]*(?:-[ ]+)*(?:[^\s\#:'"][^:]*:[ ]+|"[^"]*":[ ]+|'[^']*':[ ]+)?
    | .*[\[,{][ ]*
    """
)
_MERGE = re.compile(r"(?m)^[ ]*(?:-[ ]+)*<<[ ]*:|[{,][ ]*<<[ ]*:")
#: Numbers of YAML 1.1 that the fast parser takes for numbers.
_OLD_NUMBERS = tuple(
    re.compile(re.escape(mark) + r" +[+-]?(?:0b[01]|[0-9]+_)") for mark in (":", "-", ",", "[")
)
#: A cheap sign that a key may be such a number as ``0200`` or ``+1``.
_MAYBE_ODD = (re.compile(r"0[0-9xo][0-9a-f]+ *:"), re.compile(r"[+][0-9]+ *:"))
_ODD_INTEGER_KEY = re.compile(r"(?m)^[ ]*(?:-[ ]+)*[{]?[+-]?0[0-9xo]\w*[ ]*:|[+][0-9]+[ ]*:")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_NESTED = (dict, list)
#: Comments, directives and the marker before a document (YAML 1.2.2, section 9.1).
HEAD = re.compile(r"(?:(?:[ \t]*(?:#[^\n]*)?|%[^\n]*)\r?\n)*+---(?=\s|\Z)")
#: A marker that ends a document; none can stand inside of a value (section 9.1.4).
MARKER = re.compile(r"(?m)^(?:---|\.\.\.)(?=\s|\Z)")
_LAST = re.compile(r"\.\.\.(?:\s+|#[^\n]*)*+\Z")
_CORE = "tag:yaml.org,2002:"


def parse_yaml(text: str, source: str) -> Any:
    """The value of a YAML text; ParseError names line and column, and both duplicates."""
    if not _is_special(text) and not _goes_on(text):
        import yaml_rs

        try:
            data = yaml_rs.loads(text, parse_datetime=False)
        except (yaml_rs.YAMLDecodeError, ValueError, RecursionError):
            pass  # the slow way accepts it, or says exactly what is wrong
        else:
            try:
                return _with_text_keys(data, text)
            except _NeedsTextError:
                pass
    return _Builder(text, source).build()


def _is_special(text: str) -> bool:
    """Whether the text may hold what the fast parser reads in its own way."""
    if text.startswith("%") or "\n%" in text or any(each.search(text) for each in _OLD_NUMBERS):
        return True
    if "<<" in text and _MERGE.search(text) is not None:
        return True
    tag, anchor = _MARKS
    return any(_starts_value(text, mark.start()) for mark in tag.finditer(text)) or _tangled(
        text, [mark for mark in anchor.finditer(text) if _starts_value(text, mark.start())]
    )


def _goes_on(text: str) -> bool:
    """Whether something may follow the first document: the fast parser makes a list of them."""
    head = HEAD.match(text)
    marker = MARKER.search(text, 0 if head is None else head.end())
    return marker is not None and _LAST.match(text, marker.start()) is None


def _starts_value(text: str, offset: int) -> bool:
    """Whether a value begins at the offset, by what stands before it on its line."""
    return _VALUE.fullmatch(text, text.rfind("\n", 0, offset) + 1, offset) is not None


def _tangled(text: str, anchors: list[re.Match[str]]) -> bool:
    """Whether an alias may stand inside the very node that its anchor names.

    The fast parser reads such an alias as null. An alias is surely outside when a line between
    the two, or its own, is indented no deeper than the anchor's.
    """
    for anchor in anchors:
        alias = text.find("*" + anchor[1], anchor.end())
        if alias < 0:
            continue
        start = text.rfind("\n", 0, anchor.start()) + 1
        line = re.compile(rf"\n {{0,{_indent_at(text, start)}}}(?=[^ \n#])")
        ends = line.search(text, anchor.end(), alias)
        if ends is None:
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


def plain_value(text: str) -> Any:
    """The value of a plain (unquoted) scalar: YAML 1.2.2 section 10.3.2, core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= 4000 else text
    if text.startswith("0o") and re.fullmatch(r"0o[0-7]+", text):
        return int(text, base=8)
    if text.startswith("0x") and re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return int(text, base=16)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


class _Builder:
    """Puts the events of one document together; iterative, so depth costs no stack."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open_anchors: list[str | None] = []
        self.aliases = 0
        self.values = 0

    def build(self) -> Any:
        import yaml

        loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
        try:
            return self._read(yaml, yaml.parse(self.text, Loader=loader))
        except yaml.MarkedYAMLError as problem:
            mark = problem.problem_mark or problem.context_mark
            self._fail(f"not valid YAML: {problem.problem or problem}", mark)
        except (yaml.YAMLError, UnicodeError) as problem:
            self._fail(f"not valid YAML: {problem}".splitlines()[0], None)

    def _read(self, yaml: Any, events: Any) -> Any:
        root: list[Any] = []
        #: (container, pending key and its mark, marks of keys, values at the start)
        stack: list[_Open] = [_Open(root, None)]
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._fail(
                        "more than one YAML document in one file",
                        event.start_mark,
                        "a contract is one document: put the others in files of their own",
                    )
            elif isinstance(event, yaml.AliasEvent):
                value, size = self._alias(event)
                self._count(size, event.start_mark)
                self._add(stack[-1], value, event.start_mark, "*" + event.anchor)
            elif isinstance(event, yaml.ScalarEvent):
                self._count(1, event.start_mark)
                value = self._scalar(event)
                if event.anchor:
                    self.anchors[event.anchor] = (value, 1)
                self._add(stack[-1], value, event.start_mark, event.value, event.implicit[0])
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._check_tag(event)
                self._count(1, event.start_mark)
                mapping = isinstance(event, yaml.MappingStartEvent)
                if len(stack) > MAX_DEPTH:
                    self._fail(f"nested more than {MAX_DEPTH} levels deep", event.start_mark)
                if event.anchor:
                    self.anchors.pop(event.anchor, None)
                stack.append(
                    _Open({} if mapping else [], event.anchor, event.start_mark, self.values)
                )
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                done = stack.pop()
                if done.anchor:
                    self.anchors[done.anchor] = (done.value, self.values - done.before + 1)
                if done.merges:
                    done.value = _merged(done.value, done.merges)
                    if done.anchor:
                        self.anchors[done.anchor] = (done.value, self.values - done.before + 1)
                self._add(stack[-1], done.value, done.mark, None)
        return root[0] if root else None

    def _add(
        self,
        into: _Open,
        value: Any,
        mark: Any,
        text: str | None,
        plain: bool = False,  # noqa: FBT001, FBT002 - as the events say it
    ) -> None:
        if type(into.value) is list:
            into.value.append(value)
        elif into.key is None:
            if text is None:
                self._fail("a mapping key must be a plain word", mark)
            into.key = text
            into.key_mark = mark
            into.merging = plain and text == "<<"
        else:
            key, into.key = into.key, None
            if into.merging:
                into.merges += value if type(value) is list else [value]
                if not all(type(each) is dict for each in into.merges):
                    self._fail("a merge key (<<) must name mappings", into.key_mark)
                return
            if key in into.marks:
                self._duplicate(key, into.marks[key], into.key_mark)
            into.marks[key] = into.key_mark
            into.value[key] = value

    def _scalar(self, event: Any) -> Any:
        self._check_tag(event)
        if event.tag and event.tag not in {"!", _CORE + "str"}:
            kind = event.tag.removeprefix(_CORE)
            value = plain_value(event.value)
            if kind == "float" and type(value) is int:
                return float(value)
            return value if kind in {"int", "float", "bool", "null"} else event.value
        if event.tag or not event.implicit[0]:
            return event.value
        return plain_value(event.value)

    def _check_tag(self, event: Any) -> None:
        tag = event.tag
        if tag is None or tag == "!":
            return
        known = {"str", "int", "float", "bool", "null", "map", "seq", "binary", "timestamp", "set"}
        if tag.removeprefix(_CORE) not in known:
            self._fail(
                f"unknown YAML tag {tag}",
                event.start_mark,
                "contracts are plain data: remove the tag",
            )

    def _alias(self, event: Any) -> tuple[Any, int]:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            self._fail(f"more than {MAX_ALIASES} aliases", event.start_mark)
        if event.anchor not in self.anchors:
            self._fail(
                f"alias *{event.anchor} stands for nothing, or for what it is part of",
                event.start_mark,
            )
        return self.anchors[event.anchor]

    def _count(self, size: int, mark: Any) -> None:
        self.values += size
        if self.values > MAX_VALUES:
            self._fail(f"aliases expand to more than {MAX_VALUES} values", mark)

    def _fail(
        self, problem: str, mark: Any, hint: str = "correct the text at the caret"
    ) -> NoReturn:
        span = None if mark is None else self._span(mark)
        line = "" if span is None else excerpt(self.text, span.line)
        raise ParseError(self.source, problem, span=span, excerpt=line, hint=hint) from None

    def _duplicate(self, key: str, first: Any, second: Any) -> NoReturn:
        span = self._span(second)
        raise ParseError(
            self.source,
            f"duplicate key {key!r}",
            span=span,
            also=self._span(first),
            excerpt=excerpt(self.text, span.line),
            hint="remove one of the two",
        )

    def _span(self, mark: Any) -> Span:
        line, column = mark.line + 1, mark.column + 1
        return Span(
            source=self.source, line=line, column=column, end_line=line, end_column=column + 1
        )


class _Open:
    """A mapping or sequence whose end has not come yet."""

    __slots__ = (
        "anchor",
        "before",
        "key",
        "key_mark",
        "mark",
        "marks",
        "merges",
        "merging",
        "value",
    )

    def __init__(self, value: Any, anchor: str | None, mark: Any = None, before: int = 0) -> None:
        self.value = value
        self.anchor = anchor
        self.mark = mark
        self.before = before
        self.key: str | None = None
        self.key_mark: Any = None
        self.marks: dict[str, Any] = {}
        #: Whether the key is ``<<``, and what such keys have brought.
        self.merging = False
        self.merges: list[Any] = []


def _merged(own: dict[str, Any], merges: list[dict[str, Any]]) -> dict[str, Any]:
    """Own keys win over merged ones, earlier merges over later ones (YAML 1.1 merge type)."""
    merged: dict[str, Any] = {}
    for each in reversed(merges):
        merged.update(each)
    merged.update(own)
    return merged
