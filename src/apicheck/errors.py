"""The errors of apicheck: each holds its facts and writes them in ``__str__``.

``ApicheckError``
    ``SourceError``            cannot read
    ``ParseError``             read, but not JSON or YAML (or with duplicate keys)
    ``UnresolvedReference``    a ``$ref`` that leads nowhere, in circles or out of bounds
    ``UnsupportedFeature``     well-formed, but not something we can compare
    ``ConfigError``            a wrong setting
        ``UnknownRule``        a rule id that does not exist

The command line maps every one of them to exit code 2. They are no frozen
dataclasses, since ``contextlib`` assigns ``__traceback__``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apicheck.model import Span

__all__ = [
    "ApicheckError",
    "ConfigError",
    "MissingExtra",
    "ParseError",
    "SourceError",
    "UnknownRule",
    "UnresolvedReference",
    "UnsupportedFeature",
]


class ApicheckError(Exception):
    """Anything that keeps apicheck from doing what was asked."""


class SourceError(ApicheckError):
    """A source cannot be read: ``source`` as the user named it, ``problem``, ``hint``."""

    def __init__(self, source: str, problem: str, hint: str = "") -> None:
        super().__init__(source, problem, hint)
        self.source = source
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        return _lines(f"{self.source}: {self.problem}", self.hint)


class ParseError(ApicheckError):
    """A text that is not what it should be, with the place and the line itself.

    ``excerpt`` is the offending line of the source, printed with a caret under ``span.column``.
    ``also`` is a second place that matters (the first of two duplicate keys).
    """

    def __init__(
        self,
        source: str,
        problem: str,
        *,
        span: Span | None = None,
        excerpt: str = "",
        hint: str = "",
        also: Span | None = None,
    ) -> None:
        super().__init__(source, problem)
        self.source = source
        self.problem = problem
        self.span = span
        self.excerpt = excerpt
        self.hint = hint
        self.also = also

    def __str__(self) -> str:
        head = f"{_where(self.source, self.span)}: {self.problem}"
        if self.excerpt and self.span is not None:
            shown, column = _window(self.excerpt, self.span.column)
            head += f"\n    {shown}\n    {' ' * (column - 1)}^"
        if self.also is not None:
            head += f"\n  first seen at {_where(self.also.source, self.also)}"
        return _lines(head, self.hint)


class UnresolvedReference(ApicheckError):
    """A reference ``ref`` standing at ``span`` in ``source`` that cannot be followed."""

    def __init__(
        self, ref: str, source: str, problem: str, *, span: Span | None = None, hint: str = ""
    ) -> None:
        super().__init__(ref, source, problem)
        self.ref = ref
        self.source = source
        self.problem = problem
        self.span = span
        self.hint = hint

    def __str__(self) -> str:
        head = f"{_where(self.source, self.span)}: $ref {self.ref!r} {self.problem}"
        return _lines(head, self.hint)


class UnsupportedFeature(ApicheckError):
    """A construct ``feature`` in ``source`` that this version cannot compare."""

    def __init__(
        self, feature: str, source: str, *, span: Span | None = None, hint: str = ""
    ) -> None:
        super().__init__(feature, source)
        self.feature = feature
        self.source = source
        self.span = span
        self.hint = hint

    def __str__(self) -> str:
        return _lines(f"{_where(self.source, self.span)}: {self.feature}", self.hint)


class MissingExtra(UnsupportedFeature):
    """A ``feature`` that needs the optional dependencies ``extra``, which are not installed."""

    def __init__(self, feature: str, source: str, extra: str) -> None:
        super().__init__(feature, source, hint=f"pip install 'apicheck-toolkit[{extra}]'")
        self.args = (feature, source, extra)
        self.extra = extra


class ConfigError(ApicheckError):
    """A setting ``key`` of the file ``path`` that cannot be used as it stands."""

    def __init__(self, path: str, key: str, problem: str, hint: str = "") -> None:
        super().__init__(path, key, problem, hint)
        self.path = path
        self.key = key
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        at = f"{self.path}: {self.key}" if self.key else self.path
        return _lines(f"{at}: {self.problem}", self.hint)


class UnknownRule(ConfigError):
    """A rule id that no card has; ``suggestion`` is the nearest one that exists, or ""."""

    def __init__(self, path: str, rule: str, suggestion: str = "") -> None:
        hint = f"did you mean {suggestion!r}?" if suggestion else "see: apicheck rules"
        super().__init__(path, rule, "no such rule", hint)
        self.rule = rule
        self.suggestion = suggestion


def _where(source: str, span: Span | None) -> str:
    return source if span is None else f"{source}:{span.line}:{span.column}"


def _lines(head: str, hint: str) -> str:
    return f"{head}\n  hint: {hint}" if hint else head


def _window(excerpt: str, column: int, width: int = 100) -> tuple[str, int]:
    """Cut a long line to what surrounds ``column``; give it and the column within it."""
    plain = excerpt.replace("\t", " ")
    if len(plain) <= width:
        return plain, max(1, min(column, len(plain) + 1))
    start = max(0, min(column - width // 2, len(plain) - width))
    return plain[start : start + width], max(1, column - start)
