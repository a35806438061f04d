"""What may be asked, and what is started."""

import subprocess
import sys
from functools import partial

import pytest

from apicheck.errors import SourceError
from apicheck.fuzz.client import Client
from apicheck.fuzz.model import Request
from apicheck.fuzz.target import based, opened
from apicheck.hosting import hosted, is_wsgi

SERVE = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print("hello from http://127.0.0.1:%d/v1" % server.server_port, flush=True)
server.serve_forever()
"""
APP = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
"""


def test_a_command_is_started_found_by_its_address_and_ended(tmp_path):
    (tmp_path / "serve.py").write_text(SERVE)
    with opened(f"{sys.executable} {tmp_path / 'serve.py'}") as address:
        assert address.endswith("/v1")
        assert Client(base=address).wait(5).status == 200
    with pytest.raises(SourceError, match="no service answered"):
        Client(base=address).wait(0.1)


WSGI = """
def app(environ, start_response):
    start_response("204 No Content", [("X-Path", environ["PATH_INFO"])])
    return []

class Maker:
    def __call__(self, environ, start_response):
        return app(environ, start_response)

def make():
    return Maker()
"""


@pytest.mark.parametrize(
    ("text", "target"),
    [(APP, "app"), (WSGI, "app"), (WSGI, "make()"), (WSGI, "Maker()")],
    ids=["asgi", "wsgi", "factory", "class"],
)
def test_an_application_is_served(tmp_path, monkeypatch, text, target):
    name = f"probed_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    with opened(f"{name}:{target}") as address:
        assert Client(base=address).wait(5).status == 204


def test_an_application_at_hand_is_served_in_a_thread():
    scope = {}
    exec(APP + WSGI.replace("app", "wsgi"), scope)
    for app in (scope["app"], scope["make"]()):
        with hosted(app) as address:
            assert Client(base=address).wait(5).status == 204
        assert Client(base=address).send(Request(method="GET", target="/")).status == 0


def test_what_is_wsgi_is_seen_by_how_it_is_called():
    class Asgi:
        async def __call__(self, scope, receive, send): ...

    class Wsgi:
        def __call__(self, environ, start_response): ...

    async def three(scope, receive, send): ...

    def two(environ, start_response, *, more=None): ...

    def anything(*given): ...

    def plain(scope, receive, send): ...

    assert not any(is_wsgi(each) for each in (Asgi(), three, partial(three), plain))
    assert all(is_wsgi(each) for each in (Wsgi(), two, Wsgi().__call__, anything))


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (f"{sys.executable} -c pass", "ended with exit code 0"),
        (f"{sys.executable} -c 'import time; time.sleep(9)'", "printed no address"),
        ("no-such-command-at-all", "cannot be started"),
        ("no_such_module:app", "ended with exit code"),
        ("http://203.0.113.7/", "is not this machine"),
    ],
)
def test_what_cannot_be_asked_says_why(target, why):
    with (
        pytest.raises(SourceError, match=why),
        opened(target, seconds=0.8 if "sleep" in target else 20),
    ):
        pass


def test_a_host_is_asked_when_it_is_allowed_by_name():
    with opened("http://203.0.113.7/", hosts=["203.0.113.7"]) as address:
        assert address == "http://203.0.113.7"


def test_an_address_with_a_path_is_taken_as_it_is():
    assert based("http://127.0.0.1:1", "/v2") == "http://127.0.0.1:1/v2"
    assert based("http://127.0.0.1:1/api", "/v2") == "http://127.0.0.1:1/api"


def test_what_was_started_ends_with_a_run_that_is_told_to_end(tmp_path):
    (tmp_path / "serve.py").write_text(SERVE)
    command = f"{sys.executable} {tmp_path / 'serve.py'}"
    code = (
        "import time\n"
        "from apicheck.fuzz.target import opened\n"
        f"with opened({command!r}) as address:\n"
        "    print(address, flush=True)\n"
        "    time.sleep(30)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as run:
        address = run.stdout.readline().decode().strip()
        assert Client(base=address).wait(5).status == 200
        run.terminate()
        run.wait(10)
    assert Client(base=address).send(Request(method="GET", target="/")).status == 0
