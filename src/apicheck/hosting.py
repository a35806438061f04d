"""An ASGI or WSGI application on a loopback port: in a thread, or as a process of its own.

``python -m apicheck.hosting MODULE:APP PORT EXTRA`` is that process. In-process calls would hide
what a server makes of an application that fails, so it is asked over a socket like any other.
"""

from __future__ import annotations

import importlib
import inspect
import socket
import socketserver
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from apicheck.errors import SourceError, UnsupportedFeature

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["hosted", "is_wsgi", "loaded"]

#: Seconds that a server in a thread may take to begin, and to end.
_PATIENCE = 20.0


def is_wsgi(app: Any) -> bool:
    """Whether an application is called as ``app(environ, start_response)`` (PEP 3333).

    ASGI has three arguments, and is a coroutine as a rule; a function that takes anything is none.
    """
    call = app if inspect.isroutine(app) or inspect.isclass(app) else getattr(app, "__call__", app)  # noqa: B004 - its signature is wanted
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call):
        return False
    try:
        parameters = tuple(inspect.signature(call, follow_wrapped=False).parameters.values())
    except (TypeError, ValueError):
        return False
    fixed = [
        each
        for each in parameters
        if each.kind in {each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD}
        and each.default is each.empty
    ]
    anything = any(each.kind is each.VAR_POSITIONAL for each in parameters)
    return len(fixed) == 2 or (anything and len(fixed) < 2)


def loaded(target: str) -> Any:
    """The application of ``module:app``, or what ``module:make()`` gives."""
    module, _, name = target.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.removesuffix("()").split("."):
        found = getattr(found, part)
    return found() if name.endswith("()") else found


class _Threaded(socketserver.ThreadingMixIn, WSGIServer):
    """One thread for each request, none of which keeps the process alive."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Requests are told of by who sends them."""


def _wsgi_server(app: Any, port: int) -> WSGIServer:
    server = _Threaded(("127.0.0.1", port), _Quiet)
    server.set_app(app)
    return server


def _asgi_server(app: Any, port: int, extra: str = "fuzz") -> Any:
    try:
        import uvicorn
    except ImportError:
        raise UnsupportedFeature(
            "serving an ASGI application needs uvicorn",
            "TARGET",
            hint=f"pip install 'apicheck-toolkit[{extra}]'",
        ) from None
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="warning", access_log=False, ws="none"
    )
    return uvicorn.Server(config)


@contextmanager
def hosted(app: Any) -> Iterator[str]:
    """The address of an application that a thread serves, for as long as the block lasts."""
    if is_wsgi(app):
        server = _wsgi_server(app, 0)
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join(_PATIENCE)
        return
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        running = _asgi_server(app, port)
        # What goes wrong at its start ends the thread with SystemExit: it is told from here.
        thread = threading.Thread(target=_run, args=(running, listener), daemon=True)
        thread.start()
        until = time.monotonic() + _PATIENCE
        while not running.started and thread.is_alive() and time.monotonic() < until:
            time.sleep(0.01)
        if not running.started:
            raise SourceError("the application", "did not start", "its own output says why")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            running.should_exit = True
            thread.join(_PATIENCE)


def _run(server: Any, listener: socket.socket) -> None:
    try:
        server.run(sockets=[listener])
    except SystemExit:
        return


def _main(target: str, port: int, extra: str) -> None:
    """Serve until the process is ended; ``extra`` is what to install where uvicorn is not there."""
    app = loaded(target)
    if is_wsgi(app):
        _wsgi_server(app, port).serve_forever()
    else:
        _asgi_server(app, port, extra).run()


if __name__ == "__main__":
    try:
        _main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    except (ImportError, AttributeError, UnsupportedFeature) as problem:
        sys.exit(f"{type(problem).__name__}: {problem}")
