"""What a search for a value ends with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

__all__ = ["NONE", "UNKNOWN", "BudgetError", "Failure", "Found", "Outcome"]


@dataclass(frozen=True, slots=True)
class Found:
    """A value that satisfies everything that was asked, as far as it is modelled."""

    value: Any


class Failure(Enum):
    """Why no value was found."""

    #: There is none: proved.
    NONE = "none"
    #: Nobody knows.
    UNKNOWN = "unknown"


NONE: Literal[Failure.NONE] = Failure.NONE
UNKNOWN: Literal[Failure.UNKNOWN] = Failure.UNKNOWN
Outcome = Found | Failure


class BudgetError(Exception):
    """The steps that a question was allowed are used up."""
