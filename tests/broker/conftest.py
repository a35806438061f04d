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


@contextlib.contextmanager
def running(path, settings=None, access=OPEN):
    """The address of a broker over that file, until the end of the block."""
    import uvicorn

    store = Store(path)
    listening = listen("127.0.0.1", 0)
    app = application(store, settings or Settings(), access)
    config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield address(listening)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
        store.close()


@pytest.fixture
def broker(tmp_path):
    with running(tmp_path / "broker.db") as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client
