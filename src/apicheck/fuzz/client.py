"""Asking a service that may be wrong in any way.

Never longer than a deadline, never more than a limit of bytes, and never anybody else: redirects
are not followed here.

A connection serves one request: what is wrong with an answer cannot spoil the next.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apicheck.errors import ConfigError, SourceError
from apicheck.fuzz.keys import carrying, in_kind
from apicheck.fuzz.model import Exchange, Request, Who

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apicheck.fuzz.model import Key
    from apicheck.fuzz.pace import Pace

__all__ = ["LARGEST", "Client"]

#: Most bytes of an answer that are read.
LARGEST = 1024 * 1024
_CHUNK = 64 * 1024


def _hurry(waiting: socket.socket, until: float) -> None:
    """Let the next read end by a moment; TimeoutError where that is over."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    waiting.settimeout(left)


class _Bounded(socket.socket):
    """A socket whose reads all end at one moment, however slowly bytes drip in."""

    until: float = 0.0

    def recv_into(self, *given: Any, **named: Any) -> int:
        _hurry(self, self.until)
        return super().recv_into(*given, **named)


class _BoundedTls(ssl.SSLSocket):
    """The same over TLS."""

    until: float = 0.0

    def recv_into(self, *given: Any, **named: Any) -> int:
        _hurry(self, self.until)
        return super().recv_into(*given, **named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A door to one service. ``base`` is its address with the path that contracts are below.

    ``deadline`` is in seconds for a whole exchange. ``headers`` go with every request;
    ``tokens`` are the Authorization headers of those who have one, ``keys`` their other secrets.
    ``ca`` is a file of certificates to trust. ``pace`` keeps requests apart. A ``safe`` client is
    for reading only (whoever uses it has to see to that).
    """

    base: str
    deadline: float = 10.0
    headers: tuple[tuple[str, str], ...] = ()
    tokens: Mapping[Who, str] = field(default_factory=dict)
    keys: Mapping[Who, tuple[Key, ...]] = field(default_factory=dict)
    ca: str | None = None
    pace: Pace | None = None
    safe: bool = False

    def send(self, request: Request, *, deadline: float | None = None) -> Exchange:
        """Send it and read the answer, or say why there is none; nothing is raised."""
        if request.who not in self.tokens:
            request = replace(request, who=Who.NOBODY)  # so that what is shown is what was sent
        request = in_kind(request, self.tokens, self.keys.get(Who.FIRST, ()))
        if self.pace is not None:
            self.pace.wait()
        until = time.monotonic() + (deadline or self.deadline)
        parts = urlsplit(self.base)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        try:
            connection.sock = self._connected(until)
            return self._asked(connection, parts, request)
        except TimeoutError:
            return Exchange(request=request, status=0, failure="no answer within the deadline")
        except (OSError, http.client.HTTPException, ValueError) as problem:
            why = f"{type(problem).__name__}: {problem}".rstrip(": ")
            return Exchange(request=request, status=0, failure=why)
        finally:
            connection.close()

    def _connected(self, until: float) -> socket.socket:
        parts = urlsplit(self.base)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        left = max(0.001, until - time.monotonic())
        context = _trusting(self.ca) if parts.scheme == "https" else None
        plain = socket.create_connection((parts.hostname or "", port), timeout=left)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            with plain:  # it is detached from where all is well
                secured = context.wrap_socket(plain, server_hostname=parts.hostname)
            assert isinstance(secured, _BoundedTls)
            secured.until = until
            return secured
        bounded = _Bounded(plain.family, plain.type, plain.proto, fileno=plain.detach())
        bounded.settimeout(left)
        bounded.until = until
        return bounded

    def _asked(
        self, connection: http.client.HTTPConnection, parts: Any, request: Request
    ) -> Exchange:
        plain = request
        names = {name.lower() for name, _ in request.headers}
        request = carrying(request, self.keys.get(request.who, ()))
        target = parts.path.rstrip("/") + request.target
        connection.putrequest(request.method, target, skip_accept_encoding=True, skip_host=True)
        if "host" not in names:
            connection.putheader("Host", parts.netloc.rpartition("@")[2])
        for name, value in (*self.headers, *request.headers):
            connection.putheader(name, value.encode("latin-1", "replace"))
        token = self.tokens.get(request.who)
        if token and "authorization" not in names:
            connection.putheader("Authorization", token)
        if request.body is not None and not names & {"content-length", "transfer-encoding"}:
            connection.putheader("Content-Length", str(len(request.body)))
        if "connection" not in names:
            connection.putheader("Connection", "close")
        # The service may have answered before it read everything (413).
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.endheaders(request.body)
        response = connection.getresponse()
        body, cut = _content(response)
        return Exchange(
            request=plain,
            status=response.status,
            headers=tuple((name.lower(), value) for name, value in response.getheaders()),
            body=body,
            cut=cut,
        )

    def wait(self, seconds: float) -> Exchange:
        """Wait until something answers at all; SourceError after so many seconds."""
        until = time.monotonic() + seconds
        while True:
            seen = self.send(Request(method="GET", target="/", who=Who.NOBODY), deadline=2.0)
            if seen.status:
                return seen
            _refused_for_good(self.base, seen.failure)
            if time.monotonic() > until:
                raise SourceError(
                    self.base,
                    f"no service answered within {seconds:g} s ({seen.failure})",
                    "start it, or give the command that starts it",
                )
            time.sleep(0.05)


@lru_cache(maxsize=8)
def _trusting(ca: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca is not None:
        try:
            context.load_verify_locations(ca)
        except (OSError, ssl.SSLError) as problem:
            why = "holds no certificate" if isinstance(problem, ssl.SSLError) else problem.strerror
            raise ConfigError("--ca", ca, f"{why}", "give a file of certificates (PEM)") from None
    context.sslsocket_class = _BoundedTls
    return context


def _refused_for_good(base: str, failure: str) -> None:
    """Raise where waiting is of no use: what TLS says does not change."""
    if "WRONG_VERSION_NUMBER" in failure or "UNKNOWN_PROTOCOL" in failure:
        raise SourceError(base, "does not speak TLS", f"ask http://{urlsplit(base).netloc}")
    if "CERTIFICATE_VERIFY_FAILED" not in failure:
        return
    why = failure.partition("certificate verify failed: ")[2].rpartition(" (_ssl.c")[0]
    raise SourceError(
        base,
        f"its certificate is not trusted: {why or failure}",
        "ask it by a name in its certificate"
        if "mismatch" in why.lower() or "not valid for" in why
        else "--ca FILE with the certificate of who signed it",
    )


def _content(response: http.client.HTTPResponse) -> tuple[bytes, bool]:
    """At most LARGEST bytes, and whether there was more or it broke off."""
    parts, size = [], 0
    try:
        while size <= LARGEST and (chunk := response.read1(_CHUNK)):
            parts.append(chunk)
            size += len(chunk)
    except (OSError, http.client.HTTPException):
        return b"".join(parts)[:LARGEST], True
    return b"".join(parts)[:LARGEST], size > LARGEST
