"""Bounds on what a contract may cost to read; contracts are not trusted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from apicheck.errors import SourceError

__all__ = [
    "MAX_ALIASES",
    "MAX_COPIED",
    "MAX_DEPTH",
    "MAX_DIGITS",
    "MAX_FILES",
    "MAX_VALUES",
    "Options",
]

#: Levels of nesting in one document (the JSON writer that we compare with ends there).
MAX_DEPTH = 250
#: Values that the aliases of one YAML document may expand to.
MAX_VALUES = 2_000_000
#: Aliases in one YAML document.
MAX_ALIASES = 100_000
#: Characters that the aliases of one YAML document may expand to.
MAX_COPIED = 2**26
#: Digits of one number.
MAX_DIGITS = 1_000
#: Files that one contract may refer to.
MAX_FILES = 2_000


class Reader(Protocol):
    """Something open to be read."""

    def read(self, most: int, /) -> bytes | None:
        """At most so many bytes; none at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How contracts may be read.

    ``cwd`` is the folder that relative paths start from. ``roots`` are folders, besides the
    contract's own tree, that a reference may read. ``max_bytes`` bounds each file.
    """

    cwd: Path = Path()
    allow_network: bool = False
    max_bytes: int = 64 * 2**20
    roots: tuple[Path, ...] = ()


def read_bounded(opened: Reader, most: int, likely: int = 2**16) -> bytes:
    """Everything that is to be read, but no more than one byte beyond ``most``.

    ``likely`` is how much there may be: room for more is made only when it comes.
    """
    parts = [opened.read(min(likely, most) + 1) or b""]
    length = len(parts[0])
    while length <= most and (more := opened.read(min(2**20, most + 1 - length))):
        parts.append(more)
        length += len(more)
    return b"".join(parts)


def check_name(path: str) -> None:
    """SourceError unless a system may have a file of that name: no NUL, no half of a surrogate."""
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise SourceError(repr(path), "is no name that a file can have") from None
    if "\0" in path:
        raise SourceError(repr(path), "is no name that a file can have")
