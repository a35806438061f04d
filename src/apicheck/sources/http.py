"""Documents from the web, only where the user allowed the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.errors import SourceError

if TYPE_CHECKING:
    from apicheck.sources.limits import Options

__all__ = ["fetch"]

#: Seconds to wait for a server.
_PATIENCE = 20


def fetch(url: str, options: Options) -> bytes:
    """The body of an ``http`` or ``https`` address, within ``options.max_bytes``."""
    if not options.allow_network:
        raise SourceError(
            url, "is a web address, and the network is not to be used", "pass --allow-network"
        )
    import urllib.error
    import urllib.request

    request = urllib.request.Request(url, headers={"User-Agent": "apicheck"})  # noqa: S310
    if request.type not in {"http", "https"}:
        raise SourceError(url, "is not an http or https address")
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
            if not answer.geturl().startswith(("http://", "https://")):
                raise SourceError(url, "redirects to something that is not on the web")
            body: bytes = answer.read(options.max_bytes + 1)
    except urllib.error.HTTPError as problem:
        raise SourceError(url, f"answered {problem.code} {problem.reason}") from None
    except (urllib.error.URLError, OSError, ValueError) as problem:
        raise SourceError(url, f"cannot be fetched: {problem}") from None
    if len(body) > options.max_bytes:
        raise SourceError(
            url,
            f"has more than the limit of {options.max_bytes} bytes",
            "raise the limit with --max-bytes",
        )
    return body
