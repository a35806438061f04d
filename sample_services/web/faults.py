"""Faults: what a service can be started with that is wrong on purpose.

A fault takes the description of the clean service (an `Api`) and gives another one: with a handler
replaced, a step left out, something wrapped around. The clean code knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, TYPE_CHECKING

from starlette.requests import Request

from sample_services.web.calls import Around, Call, Handler, Proceed, Step
from sample_services.web.replies import Reply, dumped

if TYPE_CHECKING:
    from sample_services.web.calls import Api

Change = Callable[[Request, Reply], Reply]


P = TypeVar("P")


def applied(
    faults: Mapping[str, Callable[[Api, P], Api]], name: str | None, api: Api, parts: P
) -> Api:
    """The service with the fault of that name, or as it is. LookupError: there is no such fault."""
    if name is None:
        return api
    if name not in faults:
        raise LookupError(f"{api.name} has no fault {name}; see faults.toml")
    return faults[name](api, parts)
