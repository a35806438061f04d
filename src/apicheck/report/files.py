"""From the name of a source to what machines call a file: a path, or a URI."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Artifact", "artifact", "file_path"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_DRIVE = re.compile(r"[A-Za-z]:/")
_STDIN = ("-", "<stdin>")


class Artifact(NamedTuple):
    """A valid URI reference; ``based`` says that it is relative to the root of the sources."""

    uri: str
    based: bool


def file_path(source: str, root: str = "") -> str | None:
    """The path of a source, with ``/`` on every system; None if it is no file.

    ``git:REV:PATH`` gives PATH. A path inside ``root`` is told relative to it.
    """
    if source in _STDIN or not source or _URL.match(source):
        return None
    path = source
    if path.startswith("git:"):
        path = path.split(":", 2)[-1]
    path = path.replace("\\", "/")
    base = root.replace("\\", "/").rstrip("/") + "/"
    if root and path.startswith(base):
        path = path[len(base) :]
    while path.startswith("./"):
        path = path[2:]
    return path or None


def artifact(source: str, root: str = "") -> Artifact:
    """The URI of a source (RFC 3986): relative for a path, absolute for a URL."""
    from urllib.parse import quote

    if _URL.match(source):
        # What is already percent-encoded stays so.
        return Artifact(quote(source, safe="/:?#[]@!$&'()*+,;=%~", errors="replace"), based=False)
    path = file_path(source, root)
    if path is None:
        return Artifact("stdin", based=False)
    encoded = quote(path, safe="/@!$&'()*+,;=~", errors="replace")
    if _DRIVE.match(path):
        return Artifact(f"file:///{encoded.replace('%3A', ':', 1)}", based=False)
    if encoded.startswith("/"):
        return Artifact(f"file://{encoded}", based=False)
    return Artifact(encoded, based=True)
