"""How often a caller may ask (RFC 6585, 4)."""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from sample_services.web.problems import TOO_MANY, Problem

if TYPE_CHECKING:
    from sample_services.web.calls import Call, Handler
    from sample_services.web.replies import Reply


def limited(most: int, seconds: float, handler: Handler) -> Handler:
    """At most so many requests of a caller in any so many seconds; then 429 with an honest wait."""
    asked: defaultdict[str, deque[float]] = defaultdict(deque)

    async def slowed(call: Call) -> Reply:
        now = time.monotonic()
        times = asked[call.caller.subject]
        while times and times[0] <= now - seconds:
            times.popleft()
        if len(times) >= most:
            wait = max(1, math.ceil(times[0] + seconds - now))
            raise Problem(429, TOO_MANY, headers={"Retry-After": str(wait)})
        times.append(now)
        return await handler(call)

    return slowed
