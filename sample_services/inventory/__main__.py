"""`python -m sample_services.inventory`."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sample_services.inventory.app import CONTRACT, Settings, build
from sample_services.web.contract import load
from sample_services.web.serve import arguments, main, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable


@asynccontextmanager
async def service() -> AsyncIterator[Iterable[str]]:
    """The service that the command line asks for."""
    options = arguments("inventory", "What is in stock, and what is held back.", 8802).parse_args()
    settings = Settings(database=options.database, secret=options.secret, fault=options.fault)
    async with serving(build(settings), options.host, options.port) as address:
        yield [f"inventory listens on {address}{load(CONTRACT).base}"]


if __name__ == "__main__":
    main("inventory", service)
