"""The inventory as orders sees it: over HTTP, within a deadline, with retries where safe."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from sample_services.orders.breaker import Breaker
from sample_services.orders.problems import OUT_OF_STOCK, TIMEOUT
from sample_services.web.problems import UNAVAILABLE, Problem
from sample_services.web.tokens import mint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LARGEST_ANSWER = 1024 * 1024
RETRIES = 2
_AGAIN = {429, 502, 503, 504}  # says "later": all our requests may be repeated


def client(base: str) -> httpx.AsyncClient:
    """What asks a base URL. Redirects and proxies of the environment are nothing to follow."""
    # httpx limits each read, and an answer of many short reads could take for ever: the deadline
    # is around the whole call (see ask). Certificates take 20 ms to load, so only where needed.
    return httpx.AsyncClient(trust_env=False, timeout=60, verify=base.startswith("https:"))


class SilentError(Exception):
    """The inventory could not be asked, or its answer is none."""

    def __init__(self, *, late: bool = False, wait: int = 1) -> None:
        super().__init__("late" if late else "unavailable")
        self.late = late
        self.wait = wait

    def problem(self) -> Problem:
        """What our client is told: nothing of the neighbour but that it is not there."""
        if self.late:
            return Problem(504, TIMEOUT)
        return Problem(503, UNAVAILABLE, headers={"Retry-After": str(self.wait)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The inventory at a base URL. One call takes at most `deadline` seconds, retries included."""

    base: str
    secret: str
    deadline: float = 2.0
    client: httpx.AsyncClient
    breaker: Breaker = field(default_factory=Breaker)

    async def levels(self, skus: Iterable[str]) -> dict[str, tuple[str, int]]:
        """For each SKU that is sold: in which warehouse, and how much is free."""
        status, found = await self.ask("POST", "/stock-levels/query", {"skus": list(skus)})
        if status != 200 or not isinstance(found, list):
            raise SilentError
        try:
            return {
                _text(each["sku"]): (
                    _text(each["warehouse"]),
                    _count(each["onHand"]) - _count(each["reserved"]),
                )
                for each in found
            }
        except (KeyError, TypeError):
            raise SilentError from None

    async def reserve(self, order: str, warehouse: str, lines: Iterable[Mapping[str, Any]]) -> str:
        """Hold items back; gives the reservation. 409 when there is not enough.

        The key is made from order and warehouse: asked again, the inventory holds nothing twice.
        """
        body = {"order": order, "warehouse": warehouse, "lines": list(lines)}
        key = f"{order}-{warehouse}"
        status, found = await self.ask("POST", "/reservations", body, key=key)
        if status == 409 and _kind(found) == "out-of-stock":
            raise Problem(409, OUT_OF_STOCK)
        if status != 201 or not isinstance(found, dict):
            raise SilentError
        try:
            return _text(found["id"])
        except (KeyError, TypeError):
            raise SilentError from None

    async def settle(self, reservation: str, state: str) -> bool:
        """Ship or release a reservation; False when it ended in another way before."""
        path = f"/reservations/{reservation}/state"
        status, _ = await self.ask("PUT", path, {"state": state})
        if status not in {200, 404, 409}:
            raise SilentError
        return status == 200

    async def ready(self) -> bool:
        """Whether it answers."""
        try:
            return (await self.ask("GET", "/health/ready"))[0] == 200
        except SilentError:
            return False

    async def ask(
        self, method: str, path: str, body: Any = None, key: str | None = None
    ) -> tuple[int, Any]:
        """Status and JSON value of an answer that means something; SilentError for all others."""
        if not self.breaker.allows():
            raise SilentError
        try:
            async with asyncio.timeout(self.deadline):
                status, found = await self._persistent(method, path, body, key)
        except TimeoutError:
            self.breaker.failed()
            raise SilentError(late=True) from None
        except SilentError:
            self.breaker.failed()
            raise
        except BaseException:  # cancelled: nothing is known
            self.breaker.failed()
            raise
        self.breaker.succeeded()
        return status, found

    async def _persistent(
        self, method: str, path: str, body: Any, key: str | None
    ) -> tuple[int, Any]:
        for tries in range(RETRIES + 1):
            wait = 0
            try:
                status, found, wait = await self._once(method, path, body, key)
                if status not in _AGAIN:
                    return status, found
            except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError):
                pass
            if tries == RETRIES or wait > self.deadline:
                raise SilentError(wait=max(1, wait))
            # Growing, jittered, and not before the neighbour wants to be asked.
            await asyncio.sleep(max(wait, 0.05 * 2**tries * random.uniform(0.5, 1.5)))  # noqa: S311
        raise AssertionError

    async def _once(
        self, method: str, path: str, body: Any, key: str | None
    ) -> tuple[int, Any, int]:
        headers = {"Authorization": f"Bearer {mint(self.secret, 'orders', lifetime=60)}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        async with self.client.stream(
            method, self.base + path, json=body, headers=headers
        ) as response:
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    raise SilentError
            after = response.headers.get("Retry-After", "")
            wait = min(int(after), 3600) if after.isdecimal() and len(after) < 8 else 0
            status = response.status_code
            if status in {401, 403} or status >= 500 or 300 <= status < 400:
                # Our credentials, its trouble: nothing that our client did.
                return (status if status in _AGAIN else 503), None, wait
            if "json" not in response.headers.get("Content-Type", ""):
                raise ValueError("no JSON")
            return status, json.loads(content, parse_constant=_no_constant), wait


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _kind(found: Any) -> str:
    kind = found.get("type") if isinstance(found, dict) else None
    return kind.rpartition("/")[2] if isinstance(kind, str) else ""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value
