"""`python -m sample_services.orders`; brings an inventory of its own unless it is given one."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from sample_services import orders
from sample_services.events.bus import bus
from sample_services.inventory import app as inventory_app
from sample_services.orders.app import CONTRACT, Settings, build
from sample_services.web.contract import load
from sample_services.web.serve import arguments, main, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable


@asynccontextmanager
async def service() -> AsyncIterator[Iterable[str]]:
    """The service that the command line asks for."""
    parser = arguments("orders", orders.__doc__ or "", 8801)
    parser.add_argument("--inventory", metavar="URL", help="base URL (default: one of its own)")
    parser.add_argument(
        "--deadline",
        type=float,
        default=2.0,
        help="seconds for an answer of the inventory (default: %(default)s)",
    )
    options = parser.parse_args()
    async with AsyncExitStack() as stack:
        lines = []
        base = options.inventory
        if base is None:
            own = inventory_app.build(inventory_app.Settings(secret=options.secret))
            address = await stack.enter_async_context(serving(own, options.host))
            base = address + load(inventory_app.CONTRACT).base
            lines = [f"its inventory listens on {base}"]
        settings = Settings(
            inventory=base.rstrip("/"),
            database=options.database,
            secret=options.secret,
            deadline=options.deadline,
            fault=options.fault,
        )
        events = await stack.enter_async_context(bus(options.events))
        app = build(settings, events)
        address = await stack.enter_async_context(serving(app, options.host, options.port))
        yield [f"orders listens on {address}{load(CONTRACT).base}", *lines]


if __name__ == "__main__":
    main("orders", service)
