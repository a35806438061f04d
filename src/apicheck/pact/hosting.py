"""A provider's application served in this process, where the functions of its states are.

What states change in memory is then what the application reads. All that is asynchronous runs in
one event loop, of a thread of its own: connections that the application opened there serve the
functions too.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from apicheck.errors import MissingExtra, SourceError
from apicheck.hosting import hosted, is_wsgi, loaded

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["looping", "serving"]

_SECONDS = 20.0


@contextmanager
def looping() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs beside, until the end of the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_SECONDS)
        if not thread.is_alive():
            loop.close()


@contextmanager
def serving(named: str, loop: asyncio.AbstractEventLoop) -> Iterator[str]:
    """The address of the application ``module:app`` (or ``module:make()``), ASGI or WSGI.

    SourceError where it cannot be imported or does not start.
    """
    app = _application(named)
    if is_wsgi(app):
        with hosted(app) as address:
            yield address
        return
    with socket.create_server(("127.0.0.1", 0)) as listener, _asgi(app, named, listener, loop):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def _application(named: str) -> Any:
    from apicheck.pact.hooks import told

    try:
        return loaded(named)
    except Exception as problem:
        raise SourceError(named, f"cannot be loaded: {told(problem)}") from problem


@contextmanager
def _asgi(
    app: Any, named: str, listener: socket.socket, loop: asyncio.AbstractEventLoop
) -> Iterator[None]:
    try:
        import uvicorn
    except ImportError:
        raise MissingExtra("serving an application needs uvicorn", named, "pact") from None
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)

    async def serve() -> None:
        try:
            await server.serve(sockets=[listener])
        except SystemExit as problem:
            # uvicorn's way to say that the start failed; it would end the whole loop.
            raise RuntimeError("its startup failed") from problem

    running = asyncio.run_coroutine_threadsafe(serve(), loop)
    try:
        until = time.monotonic() + _SECONDS
        while not server.started:
            if running.done() or time.monotonic() > until:
                raise SourceError(named, "the application does not start")
            time.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        if not running.done():
            running.result(_SECONDS)
