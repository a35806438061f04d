"""All three services in one process, with a bus between them: `python -m sample_services`."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import sample_services
from sample_services.events.bus import bus
from sample_services.inventory import app as inventory
from sample_services.notifications import app as notifications
from sample_services.orders import app as orders
from sample_services.web.contract import load
from sample_services.web.serve import arguments, main, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable


@asynccontextmanager
async def service() -> AsyncIterator[Iterable[str]]:
    """The services that the command line asks for; a fault belongs to the one it is named after."""
    parser = arguments("", sample_services.__doc__ or "", 8801)
    parser.prog = "python -m sample_services"
    parser.epilog = "The port is that of orders; the others have the two after it, or free ones."
    options = parser.parse_args()
    fault = options.fault or ""
    if fault and fault.partition(".")[0] not in {"orders", "inventory", "notifications"}:
        raise LookupError(f"there is no fault {fault}; see faults.toml")
    host = options.host
    second, third = (options.port + 1, options.port + 2) if options.port else (0, 0)

    def of(name: str) -> str | None:
        return fault if fault.startswith(f"{name}.") else None

    def database(name: str) -> str:
        return options.database if options.database == ":memory:" else f"{options.database}.{name}"

    async with AsyncExitStack() as stack:
        events = await stack.enter_async_context(bus(options.events))
        stocked = inventory.build(
            inventory.Settings(
                database=database("inventory"), secret=options.secret, fault=of("inventory")
            )
        )
        address = await stack.enter_async_context(serving(stocked, host, second))
        base = address + load(inventory.CONTRACT).base
        lines = [f"inventory listens on {base}"]
        notified = notifications.build(
            notifications.Settings(
                database=database("notifications"),
                secret=options.secret,
                fault=of("notifications"),
            ),
            events,
        )
        address = await stack.enter_async_context(serving(notified, host, third))
        lines += [f"notifications listens on {address}{load(notifications.CONTRACT).base}"]
        ordered = orders.build(
            orders.Settings(
                inventory=base,
                database=database("orders"),
                secret=options.secret,
                fault=of("orders"),
            ),
            events,
        )
        address = await stack.enter_async_context(serving(ordered, host, options.port))
        yield [f"orders listens on {address}{load(orders.CONTRACT).base}", *lines]


if __name__ == "__main__":
    main("sample_services", service)
