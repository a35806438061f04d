"""A broker that answers on a free port of this machine, and a client that says what it got."""

import contextlib
import threading
import time

import httpx
import pytest

from apicheck.broker.access import OPEN
from apicheck.broker.app import application
from apicheck.broker.calls import Settings
from apicheck.broker.database import Store
from apicheck.broker.listening import address, listen


class Server:
    """One uvicorn for all tests, which takes a quarter of a second to start and to stop.

    It listens on some ports; each test puts a broker of its own behind one of them.
    """

    def __init__(self):
        import uvicorn

        self._sockets = [listen("127.0.0.1", 0) for _ in range(4)]
        self.free = [address(each) for each in self._sockets]
        self.apps = {}
        config = uvicorn.Config(
            self._serve, log_level="warning", lifespan="off", ws="none", interface="asgi3"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": self._sockets}, daemon=True
        )
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    async def _serve(self, scope, receive, send):
        host, port = scope["server"]
        await self.apps[f"http://{host}:{port}"](scope, receive, send)

    def stop(self):
        self._server.should_exit = True
        self._thread.join()
        for each in self._sockets:
            each.close()


_RUNNING = []


@contextlib.contextmanager
def running(path, settings=None, access=OPEN):
    """The address of a broker over that file, until the end of the block."""
    if not _RUNNING:
        _RUNNING.append(Server())
    server = _RUNNING[0]
    store = Store(path)
    url = server.free.pop()
    server.apps[url] = application(store, settings or Settings(), access)
    try:
        yield url
    finally:
        server.free.append(url)
        store.close()


@pytest.fixture(scope="session", autouse=True)
def _stopped_in_the_end():
    yield
    while _RUNNING:
        _RUNNING.pop().stop()


@pytest.fixture
def broker(tmp_path):
    with running(tmp_path / "broker.db") as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client
