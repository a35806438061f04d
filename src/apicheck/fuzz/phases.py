"""What a run does one after the other, and how much of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec

from apicheck.errors import UnsupportedFeature

__all__ = ["PHASES", "PROBES", "UNBOUND", "USUAL", "Budget", "needs_engine"]

PROBES = "probes"
#: Our own probes, then what schemathesis makes of the contract.
PHASES = (PROBES, "examples", "coverage", "fuzzing", "stateful")

_SINCE, _BEFORE = (4, 30), (4, 40)
_GET_IT = "pip install 'apicheck-toolkit[fuzz]', or --phases probes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that a run may ask for, all phases together."""

    requests: int | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, text: str) -> Budget:
        """``500`` requests, ``30s`` or ``5m``; ValueError where it is none of these."""
        found = re.fullmatch(r"([0-9]{1,9})(s|m)?", text.strip())
        if found is None or not int(found[1]):
            raise ValueError(text)
        number = int(found[1])
        if found[2] is None:
            return cls(requests=number)
        return cls(seconds=number * (60.0 if found[2] == "m" else 1.0))

    def spent(self, requests: int, seconds: float) -> bool:
        """Whether so much is all that it allows."""
        if self.requests is not None and requests >= self.requests:
            return True
        return self.seconds is not None and seconds >= self.seconds

    def __str__(self) -> str:
        if self.seconds is not None:
            return f"{self.seconds:g} seconds"
        return "no end of requests" if self.requests is None else f"{self.requests:,} requests"


UNBOUND = Budget()
#: Enough for all phases of a service of some fifty operations.
USUAL = Budget(requests=5000)


def needs_engine(phases: tuple[str, ...]) -> bool:
    """Whether a phase needs schemathesis; UnsupportedFeature where it is not there, or unknown."""
    if set(phases) <= {PROBES}:
        return False
    if find_spec("schemathesis") is None:
        raise UnsupportedFeature("fuzzing needs schemathesis", "--phases", hint=_GET_IT)
    found = version("schemathesis")
    if not _SINCE <= tuple(map(int, found.split(".")[:2])) < _BEFORE:
        raise UnsupportedFeature(
            f"schemathesis {found} is none whose engine is known", "--phases", hint=_GET_IT
        )
    return True
