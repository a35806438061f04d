"""What is to be fuzzed: a web address, ``module:app``, or a command that prints its address.

Only loopback addresses are asked, unless a host is allowed by name.
"""

from __future__ import annotations

import ipaddress
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from apicheck.errors import SourceError
from apicheck.serving import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["based", "opened"]


@contextmanager
def opened(target: str, *, hosts: Sequence[str] = (), seconds: float = 20.0) -> Iterator[str]:
    """The address of a target, for as long as the block lasts.

    ``hosts`` may be asked though they are not this machine. SourceError where nothing starts
    within so many seconds, or the host is not allowed.
    """
    if target.startswith(("http://", "https://")):
        _allowed(target, hosts)
        yield target.rstrip("/")
    else:
        with served(target, extra="fuzz", seconds=seconds) as address:
            _allowed(address, hosts)
            yield address


def based(address: str, base: str) -> str:
    """The address that the contract's paths are below: its own path, else the contract's."""
    return address if urlsplit(address).path.strip("/") else address.rstrip("/") + base


def _allowed(address: str, hosts: Sequence[str]) -> None:
    host = urlsplit(address).hostname or ""
    if host in hosts:
        return
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        raise SourceError(address, "its host is not known") from None
    if not all(ipaddress.ip_address(str(each).partition("%")[0]).is_loopback for each in found):
        raise SourceError(
            address,
            "is not this machine; probes write and delete",
            f"--allow-host {host} if that is what you want",
        )
