"""What the comparators share: how to go on to named types, and how directions add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.walk import Turn

if TYPE_CHECKING:
    from apicheck.walk import Comparator

__all__ = ["Context", "within"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """``named`` compares two definitions; types lead to it, and it leads to types."""

    named: Comparator


def within(outer: Turn, inner: Turn) -> Turn | None:
    """One turn after another, of those that Avro knows; None where nothing gets through."""
    if outer is Turn.KEEP or outer is inner:
        return inner
    return outer if inner is Turn.KEEP else None
