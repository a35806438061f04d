"""Not more often than so: requests are kept apart."""

from __future__ import annotations

import re
import time
from threading import Lock

__all__ = ["Pace"]

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class Pace:
    """At most ``number`` requests in so many seconds, evenly spread; may be shared by threads."""

    def __init__(self, number: int, seconds: float) -> None:
        self._apart = seconds / number
        self._next = 0.0
        self._lock = Lock()

    @classmethod
    def of(cls, text: str) -> Pace:
        """``10/s``, ``300/m`` or ``1000/h``; ValueError where it is none of these."""
        found = re.fullmatch(r"([1-9][0-9]{0,6})/([smh])", text.strip())
        if found is None:
            raise ValueError(text)
        return cls(int(found[1]), _SECONDS[found[2]])

    def wait(self) -> None:
        """Sleep until it is this caller's turn."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._apart
        time.sleep(turn - now)
