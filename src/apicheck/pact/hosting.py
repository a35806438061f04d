"""A provider's application served in this process, where the functions of its states are.

What states change in memory is then what the application reads. All that is asynchronous runs in
one event loop, of a thread of its own: connections that the application opened there serve the
functions too.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import socket
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from apicheck.errors import MissingExtra, SourceError

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
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    served = _asgi(app, named, listener, loop) if _is_asgi(app) else _wsgi(app, listener)
    with served:
        yield address


def _application(named: str) -> Any:
    from apicheck.pact.hooks import told

    module, _, attribute = named.removesuffix("()").partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        found: Any = importlib.import_module(module)
        for each in attribute.split("."):
            found = getattr(found, each)
        return found() if named.endswith("()") else found
    except Exception as problem:
        raise SourceError(named, f"cannot be loaded: {told(problem)}") from problem


def _is_asgi(app: Any) -> bool:
    """Whether it is called with ``scope, receive, send``; of WSGI it is two, and no coroutine."""
    call = app if inspect.isfunction(app) or inspect.ismethod(app) else type(app).__call__
    if inspect.iscoroutinefunction(call) or inspect.isclass(app):
        return True
    try:
        return len(inspect.signature(app).parameters) != 2
    except (TypeError, ValueError):
        return True


@contextmanager
def _asgi(
    app: Any, named: str, listener: socket.socket, loop: asyncio.AbstractEventLoop
) -> Iterator[None]:
    try:
        import uvicorn
    except ImportError:
        listener.close()
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
        listener.close()


@contextmanager
def _wsgi(app: Any, listener: socket.socket) -> Iterator[None]:
    import socketserver
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the name is theirs
            """Say nothing of each request."""

    class Threads(socketserver.ThreadingMixIn, WSGIServer):
        daemon_threads = True

    server = Threads(listener.getsockname(), Quiet, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = "127.0.0.1", listener.getsockname()[1]
    server.setup_environ()
    server.set_app(app)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
