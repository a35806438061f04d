"""Liveness and readiness: two questions with two answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sample_services.web.problems import UNAVAILABLE, Problem
from sample_services.web.replies import Reply, answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sample_services.web.calls import Call, Handler


async def live(_: Call) -> Reply:
    """The process answers, whatever its neighbours do: restarting it would not help them."""
    return answer(200, {"status": "ok"})


def ready(*checks: Callable[[], Awaitable[bool]]) -> Handler:
    """All that the service cannot do without is there, else 503."""

    async def asked(_: Call) -> Reply:
        for check in checks:
            if not await check():
                raise Problem(503, UNAVAILABLE, headers={"Retry-After": "1"})
        return answer(200, {"status": "ok"})

    return asked
