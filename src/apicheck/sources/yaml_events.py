"""YAML text to plain values by the events of a parser, exactly, with errors that name the place."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, NoReturn

from apicheck.errors import ParseError
from apicheck.model import Span
from apicheck.sources.json import excerpt
from apicheck.sources.limits import MAX_ALIASES, MAX_COPIED, MAX_DEPTH, MAX_DIGITS, MAX_VALUES

__all__ = ["Builder", "plain_value"]

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
_LONG_NUMBER = re.compile(
    rf"[-+]?[0-9]{{{MAX_DIGITS},}}|0o[0-7]{{{MAX_DIGITS},}}|0x[0-9a-fA-F]{{{MAX_DIGITS},}}"
)
_HOSTILE = "no real contract is so; the document may be damaged or hostile"
_CORE = "tag:yaml.org,2002:"


def plain_value(text: str) -> Any:
    """The value of a plain (unquoted) scalar: YAML 1.2.2 section 10.3.2, core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if text.startswith("0o") and re.fullmatch(r"0o[0-7]+", text):
        return int(text, base=8)
    if text.startswith("0x") and re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return int(text, base=16)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


class Builder:
    """Puts the events of one document together; iterative, so depth costs no stack."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.anchors: dict[str, _Named] = {}
        self.aliases = 0
        self.values = 0
        self.letters = 0
        #: Values and characters that aliases brought.
        self.copied = (0, 0)

    def build(self) -> Any:
        """The value; ParseError names line and column."""
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
                named = self._alias(event, len(stack))
                stack[-1].height = max(stack[-1].height, named.height)
                self._add(stack[-1], named.value, event.start_mark, "*" + event.anchor)
            elif isinstance(event, yaml.ScalarEvent):
                self.values += 1
                self.letters += len(event.value)
                value = self._scalar(event)
                if event.anchor:
                    self.anchors[event.anchor] = _Named(value, 1, len(event.value), 0)
                self._add(stack[-1], value, event.start_mark, event.value, event.implicit[0])
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._check_tag(event)
                mapping = isinstance(event, yaml.MappingStartEvent)
                if len(stack) > MAX_DEPTH:
                    self._fail(
                        f"nested more than {MAX_DEPTH} levels deep", event.start_mark, _HOSTILE
                    )
                if event.anchor:
                    self.anchors.pop(event.anchor, None)
                done = _Open({} if mapping else [], event.anchor, event.start_mark)
                done.before = (self.values, self.letters)
                self.values += 1
                stack.append(done)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                done = stack.pop()
                if done.merges:
                    done.value = _merged(done.value, done.merges)
                if done.anchor:
                    values, letters = done.before
                    self.anchors[done.anchor] = _Named(
                        done.value, self.values - values, self.letters - letters, done.height + 1
                    )
                stack[-1].height = max(stack[-1].height, done.height + 1)
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
        if _LONG_NUMBER.fullmatch(event.value) and (event.tag or event.implicit[0]):
            if event.tag not in {"!", _CORE + "str"}:
                self._fail(
                    f"a number of more than {MAX_DIGITS} digits",
                    event.start_mark,
                    "quote it, if it is meant as text",
                )
            return event.value
        if event.tag and event.tag not in {"!", _CORE + "str"}:
            kind = event.tag.removeprefix(_CORE)
            value = plain_value(event.value)
            if kind == "float" and type(value) is int:
                # Through the text: a long integer is too much for float() itself.
                return float(str(value))
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

    def _alias(self, event: Any, depth: int) -> _Named:
        """What an alias at a depth stands for, counted in."""
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            self._fail(f"more than {MAX_ALIASES} aliases", event.start_mark, _HOSTILE)
        if event.anchor not in self.anchors:
            self._fail(
                f"alias *{event.anchor} stands for nothing, or for what it is part of",
                event.start_mark,
            )
        named = self.anchors[event.anchor]
        self.values += named.values
        self.letters += named.letters
        values, letters = self.copied
        self.copied = values + named.values, letters + named.letters
        for count, most, what in (
            (self.copied[0], MAX_VALUES, "values"),
            (self.copied[1], MAX_COPIED, "characters"),
        ):
            if count > most:
                self._fail(f"aliases expand to more than {most} {what}", event.start_mark, _HOSTILE)
        if depth - 1 + named.height > MAX_DEPTH:
            self._fail(f"nested more than {MAX_DEPTH} levels deep", event.start_mark, _HOSTILE)
        return named

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


class _Named(NamedTuple):
    """What an anchor names: its value, how much that is, and how deep it nests."""

    value: Any
    values: int
    letters: int
    height: int


class _Open:
    """A mapping or sequence whose end has not come yet."""

    __slots__ = (
        "anchor",
        "before",
        "height",
        "key",
        "key_mark",
        "mark",
        "marks",
        "merges",
        "merging",
        "value",
    )

    def __init__(self, value: Any, anchor: str | None, mark: Any = None) -> None:
        self.value = value
        self.anchor = anchor
        self.mark = mark
        #: Values and characters in the document when it began.
        self.before = (0, 0)
        #: Levels of what is in it.
        self.height = 0
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
