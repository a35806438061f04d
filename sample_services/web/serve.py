"""Serving an application on a socket, and the command line that all services share."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sqlite3
import sys
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import uvicorn

from sample_services.web.tokens import SAMPLE_SECRET
from sample_services.web.wire import LARGEST_HEAD, ProblemProtocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from starlette.types import ASGIApp

_GRACE = 3  # seconds for running requests when the service is told to stop


class _Server(uvicorn.Server):
    def capture_signals(self) -> Any:
        """Leave signals to us: uvicorn raises them again in the end, and the exit is unclean."""
        return nullcontext()


@asynccontextmanager
async def serving(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve until the block ends; gives the address. OSError when the port is not to be had."""
    with _listener(host, port) as listener:
        config = uvicorn.Config(
            app,
            http=ProblemProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            h11_max_incomplete_event_size=LARGEST_HEAD,
            timeout_graceful_shutdown=_GRACE,
        )
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started and not running.done():  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.001)
            if running.done():
                await running
                raise RuntimeError("the service did not start; its log says why")
            named = f"[{host}]" if ":" in host else host
            yield f"http://{named}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer on a
    # connection that is kept waits 40 ms for the acknowledgement of its headers.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except BaseException:
        listener.close()
        raise
    return listener


async def until_told(service: AbstractAsyncContextManager[Iterable[str]]) -> None:
    """Run a service (the block gives lines to print) until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(each, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(each, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with service as lines:
        for line in lines:
            print(line, flush=True)  # noqa: T201 - the address is what this command is asked for
        await stop.wait()


def arguments(name: str, about: str, port: int) -> argparse.ArgumentParser:
    """The options that every service has."""
    parser = argparse.ArgumentParser(prog=f"python -m sample_services.{name}", description=about)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=port, help="0 for a free one (default: %(default)s)")
    add("--database", default=":memory:", metavar="FILE", help="SQLite file (default: in memory)")
    add("--secret", default=os.environ.get("TOKEN_SECRET", SAMPLE_SECRET), help="signs tokens")
    add(
        "--fault",
        default=os.environ.get("FAULT") or None,
        metavar="NAME",
        help="switch on one of the faults in faults.toml (or FAULT in the environment)",
    )
    add(
        "--events",
        default=os.environ.get("EVENTS", "local"),
        metavar="URL",
        help="local (within this process) or amqp://… (default: %(default)s)",
    )
    return parser


def main(name: str, service: Callable[[], AbstractAsyncContextManager[Iterable[str]]]) -> None:
    """Run a service as a process; one line and exit 2 where it cannot start."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # uvicorn warns of each malformed request; here they are expected.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # What the bus cannot do is raised too, or said by events/.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    logging.getLogger("aio_pika").setLevel(logging.CRITICAL)
    try:
        asyncio.run(until_told(service()))
    except (OSError, OverflowError, LookupError, sqlite3.Error) as error:
        print(f"{name}: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
