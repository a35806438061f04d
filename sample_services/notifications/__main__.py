"""`python -m sample_services.notifications`."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sample_services import notifications
from sample_services.events.bus import bus
from sample_services.notifications.app import CONTRACT, Settings, build
from sample_services.web.contract import load
from sample_services.web.serve import arguments, main, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable


@asynccontextmanager
async def service() -> AsyncIterator[Iterable[str]]:
    """The service that the command line asks for."""
    options = arguments("notifications", notifications.__doc__ or "", 8803).parse_args()
    settings = Settings(database=options.database, secret=options.secret, fault=options.fault)
    async with (
        bus(options.events) as events,
        serving(build(settings, events), options.host, options.port) as address,
    ):
        yield [f"notifications listens on {address}{load(CONTRACT).base}"]


if __name__ == "__main__":
    main("notifications", service)
