"""The socket that a broker is served on."""

from __future__ import annotations

import socket

__all__ = ["address", "listen"]


def listen(host: str, port: int) -> socket.socket:
    """A socket for uvicorn that listens there, on a free port for 0; ``OSError`` if it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family)
    # asyncio sets this only on sockets that say they are TCP, which these do not. Without it an
    # answer of two parts waits 40 ms for the client to acknowledge the first (Nagle).
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def address(listening: socket.socket) -> str:
    """The address that clients on this machine reach the socket at."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
