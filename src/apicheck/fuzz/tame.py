"""A contract that nobody can be made to choke on: what makes values from it takes it at its word.

The generator tries patterns with Python's regular expressions, which may take for ever, and which
nothing can stop; and it makes texts and lists as long as they are asked for.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_wild", "tamed"]

#: Longer texts and lists are not made.
_LONGEST = {"minLength": 50_000, "minItems": 500, "minProperties": 500}
#: Seconds that a pattern may take for the texts it is tried with.
_PATIENCE = 0.7
#: So many patterns are tried; further ones that look wild are taken for it.
_TRIED = 20
#: Repeats this often, and more, are what makes a search long.
_OFTEN = 10
_TRIAL = """
import re, sys
found = re.compile(sys.argv[1])
for text in sys.argv[2:]:
    found.search(text), found.fullmatch(text)
"""


def tamed(document: Any) -> Any:
    """The document, changed in place: no wild patterns, nothing of endless length."""
    known: dict[str, bool] = {}
    for schema in _objects(document):
        for word, most in _LONGEST.items():
            if isinstance(schema.get(word), int | float) and schema[word] > most:
                del schema[word]
        pattern = schema.get("pattern")
        if isinstance(pattern, str) and _known(pattern, known):
            del schema["pattern"]
        named = schema.get("patternProperties")
        if isinstance(named, dict) and any(_known(each, known) for each in named):
            del schema["patternProperties"]
    return document


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document, without going as deep as it does."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            yield each
            pending += each.values()
        elif isinstance(each, list):
            pending += each


def _known(pattern: str, known: dict[str, bool]) -> bool:
    if pattern not in known:
        known[pattern] = is_wild(pattern, tried=len(known) < _TRIED)
    return known[pattern]


def is_wild(pattern: str, *, tried: bool = True) -> bool:
    """Whether a search for a pattern may take for ever.

    It looks so where something repeated can be read in several ways; those are ``tried`` in a
    process of their own, which can be ended.
    """
    try:
        # The parser of ``re`` has no public name.
        tree = importlib.import_module("re._parser").parse(pattern)
    except (re.error, RecursionError, OverflowError, ValueError):
        return False  # it is no pattern to the generator either
    if not any(_ambiguous(each, within=0) for each in tree):
        return False
    if not tried:
        return True
    letters = sorted(set(re.findall(r"\w", pattern)))[:6] or ["a"]
    texts = [each * 40 + "\x01\x01" for each in (*letters, "a", "1", "x", " ")]
    try:
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", "-c", _TRIAL, pattern, *texts],
            timeout=_PATIENCE,
            check=False,
            capture_output=True,
        )
    except (subprocess.TimeoutExpired, OSError, ValueError):
        return True
    return False


def _ambiguous(node: Any, *, within: int) -> bool:
    """Whether something of no fixed length, or a choice, stands within what is often repeated.

    Two such repeats beside each other are not seen: they cost the square of a text, not more.
    """
    name, value = str(node[0]), node[1]
    if name in {"MAX_REPEAT", "MIN_REPEAT"}:
        low, high, inside = value
        often = int(high) >= _OFTEN
        if within and low != high:
            return True
        return any(_ambiguous(each, within=within + often) for each in inside)
    if name == "BRANCH":
        if within:
            return True
        return any(_ambiguous(each, within=within) for part in value[1] for each in part)
    if name == "SUBPATTERN":
        return any(_ambiguous(each, within=within) for each in value[-1])
    if name in {"ASSERT", "ASSERT_NOT"}:
        return any(_ambiguous(each, within=within) for each in value[1])
    if name == "ATOMIC_GROUP":
        return any(_ambiguous(each, within=within) for each in value)
    return False
