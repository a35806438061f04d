"""The client never hangs, whatever answers."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from apicheck.errors import SourceError
from apicheck.fuzz.client import LARGEST, Client
from apicheck.fuzz.model import Request


@contextmanager
def server(answer):
    """A server of one's own making: ``answer(connection)`` is called for each connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            with connection, suppress(OSError):
                connection.recv(65536)
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def ask(base, deadline=0.5, **more):
    return Client(base=base, deadline=deadline).send(Request(method="GET", target="/", **more))


def test_a_silent_service_is_given_up_at_the_deadline():
    with server(lambda _: time.sleep(1)) as base:
        seen = ask(base)
    assert (seen.status, seen.failure) == (0, "no answer within the deadline")


def test_headers_that_drip_are_given_up_at_the_deadline():
    def drip(connection):
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: yes and very slow indeed\r\n\r\n":
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    with server(drip) as base:
        assert ask(base).failure == "no answer within the deadline"


def test_an_endless_body_is_cut():
    def endless(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with server(endless) as base:
        seen = ask(base, deadline=10)
    assert seen.status == 200
    assert seen.cut
    assert len(seen.body) == LARGEST


def test_a_gigabyte_that_is_announced_is_cut():
    def large(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        with suppress(OSError):
            for _ in range(16_000):
                connection.sendall(b"x" * 65536)

    with server(large) as base:
        seen = ask(base, deadline=10)
    assert seen.cut
    assert seen.json is None


@pytest.mark.parametrize(
    "said", [b"\x00\x01\x02 nonsense\r\n\r\n", b"", b"HTTP/1.1 banana\r\n\r\n"]
)
def test_what_is_no_http_is_a_failure_and_no_crash(said):
    with server(lambda connection: connection.sendall(said)) as base:
        seen = ask(base)
    assert seen.status == 0
    assert seen.failure


def test_redirects_are_not_followed():
    away = b"HTTP/1.1 302 Found\r\nLocation: http://203.0.113.1/\r\nContent-Length: 0\r\n\r\n"
    with server(lambda connection: connection.sendall(away)) as base:
        assert ask(base).status == 302


def test_a_service_that_is_not_up_is_said_to_be_so():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(SourceError, match="no service answered"):
        Client(base=f"http://127.0.0.1:{port}").wait(0.2)


def test_credentials_go_by_a_name_in_commands_that_are_shown():
    request = Request(method="GET", target="/x?a='b'", headers=(("Accept", "a/b"),))
    command = request.curl("http://127.0.0.1:1")
    assert '"Authorization: Bearer $TOKEN"' in command
    assert command.endswith("""'http://127.0.0.1:1/x?a='"'"'b'"'"''""")
