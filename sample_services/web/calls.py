"""One request on its way to a handler, and the service as the way's description."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sample_services.web.replies import Reply
from sample_services.web.tokens import Caller

if TYPE_CHECKING:
    from sample_services.web.contract import Contract, Operation, Resource

Handler = Callable[["Call"], Awaitable[Reply]]
Step = Callable[["Call"], "Call"]
Proceed = Callable[[Request], Awaitable[Reply]]
Around = Callable[[Request, Proceed], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request for an operation. Steps before the handler fill in and refuse."""

    api: Api
    request: Request
    resource: Resource
    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, Any] = field(default_factory=dict)
    caller: Caller = field(default_factory=lambda: Caller(subject="", scopes=frozenset()))
    read: Callable[[Call], Awaitable[Any]]

    async def body(self) -> Any:
        """The content as a JSON value that keeps the contract; Problem 400, 408, 413, 415, 422."""
        return await self.read(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A service: its contract, a handler for each operation, and the steps on the way to them."""

    name: str
    contract: Contract
    problems: str  # the URI below which its kinds of problems are documented
    secret: str
    handlers: Mapping[str, Handler]  # by operationId
    steps: tuple[Step, ...]
    check: Callable[[Request], None]  # of the request before it is routed
    read: Callable[[Call], Awaitable[Any]]  # of the body
    around: tuple[Around, ...] = ()
