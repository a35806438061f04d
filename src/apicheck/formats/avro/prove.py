"""Shows what a change breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Proof

if TYPE_CHECKING:
    from collections.abc import Callable

    from apicheck.formats.avro.model import Model
    from apicheck.model import Change, Direction

__all__ = ["prover_of"]


def prover_of(_old: Model, _new: Model) -> Callable[[Change, Direction], Proof]:
    """Nothing is proved yet."""
    return lambda _change, _direction: Proof()
