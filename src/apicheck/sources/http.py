"""Documents from the web, only where the user allowed the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.errors import SourceError
from apicheck.sources.limits import read_bounded

if TYPE_CHECKING:
    from apicheck.sources.limits import Options

__all__ = ["fetch"]

#: Seconds to wait for a server.
_PATIENCE = 20
_BY_HAND = "fetch the document yourself, and give the file or pipe it in"


def fetch(url: str, options: Options) -> bytes:
    """The body of an ``http`` or ``https`` address, within ``options.max_bytes``."""
    if not options.allow_network:
        raise SourceError(
            url, "is a web address, and the network is not to be used", "pass --allow-network"
        )
    import http.client
    import urllib.error
    import urllib.request

    _check(url)
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "apicheck"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
            if not answer.geturl().startswith(("http://", "https://")):
                raise SourceError(url, "redirects to something that is not on the web", _BY_HAND)
            body = read_bounded(answer, options.max_bytes)
    except urllib.error.HTTPError as problem:
        raise SourceError(url, f"answered {problem.code} {problem.reason}", _BY_HAND) from None
    except (OSError, ValueError, http.client.HTTPException) as problem:
        words = getattr(problem, "reason", None) or problem
        raise SourceError(url, f"cannot be fetched: {words}", _BY_HAND) from None
    if len(body) > options.max_bytes:
        raise SourceError(
            url,
            f"has more than the limit of {options.max_bytes} bytes",
            "raise the limit with --max-bytes",
        )
    return body


def _check(url: str) -> None:
    """SourceError for an address that is none, or that tells a password to whoever reads logs."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        parts, host = None, None
    odd = " " in url or not url.isprintable()
    if odd or parts is None or not host or parts.scheme not in {"http", "https"}:
        raise SourceError(repr(url), "is no valid http or https address", "correct the address")
    if "@" in parts.netloc:
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        raise SourceError(bare, "was given with a password, which reports would show", _BY_HAND)
