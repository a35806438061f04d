"""A circuit breaker: who failed often is left alone for a while, and then asked once."""

from __future__ import annotations

import time


class Breaker:
    """Opens after `most` failures in a row; after `rest` seconds lets one call through."""

    def __init__(self, most: int = 5, rest: float = 1.0) -> None:
        self._most = most
        self._rest = rest
        self._failures = 0
        self._since = 0.0
        self._probing = False

    def allows(self) -> bool:
        """May a call be made? Each call that may must end in `succeeded` or `failed`."""
        if self._failures < self._most:
            return True
        if self._probing or time.monotonic() - self._since < self._rest:
            return False
        self._probing = True  # one call finds out, the others wait for what it finds
        return True

    def succeeded(self) -> None:
        """The neighbour answered, whatever it said."""
        self._failures, self._probing = 0, False

    def failed(self) -> None:
        """It did not."""
        self._failures, self._probing = self._failures + 1, False
        self._since = time.monotonic()
