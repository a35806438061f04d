"""The contract formats: a record of functions each, imported on first use."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.errors import UnsupportedFeature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from apicheck.model import Change, Contract, Rule
    from apicheck.nodes import Document

__all__ = ["KNOWN", "Format", "detect", "named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What the rest of apicheck needs of a format.

    ``detect`` says whether a document is of this format, by content. ``build`` makes a
    Contract of it. ``compare`` yields changes from old to new, as of a date (for sunsets).
    ``rules`` gives all cards that ``compare`` can fire.
    """

    name: str
    detect: Callable[[Document], bool]
    build: Callable[[Document], Contract]
    compare: Callable[[Contract, Contract, date], Iterator[Change]]
    rules: Callable[[], tuple[Rule, ...]]


#: Name of the format -> module that holds its ``FORMAT``.
KNOWN = {"openapi": "apicheck.formats.openapi"}


def named(name: str) -> Format:
    """The format of that name; UnsupportedFeature if there is none."""
    if name not in KNOWN:
        raise UnsupportedFeature(
            f"unknown contract format {name!r}", "--as", hint=f"known: {', '.join(sorted(KNOWN))}"
        )
    found: Format = importlib.import_module(KNOWN[name]).FORMAT
    return found


def detect(document: Document) -> Format:
    """The format of a document, by its content; UnsupportedFeature if none knows it."""
    for name in KNOWN:
        candidate = named(name)
        if candidate.detect(document):
            return candidate
    raise UnsupportedFeature(
        "not a contract of a known format",
        document.source,
        span=document.span(()),
        hint="expected a top-level 'openapi' or 'swagger' field; --as FORMAT overrides detection",
    )
