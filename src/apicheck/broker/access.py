"""Who may read and who may write."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OPEN", "Access", "Credential", "from_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a client sends after the scheme, in clear: ``user:password``, or a token."""

    scheme: str
    secret: str
    writes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Everybody who is known; with nobody known, everybody may do everything."""

    known: tuple[Credential, ...] = ()

    def allows(self, header: str, *, writes: bool) -> bool:
        """Whether a request with that ``Authorization`` header may read, or write."""
        if not self.known:
            return True
        scheme, _, value = header.partition(" ")
        scheme, sent = scheme.lower(), value.strip().encode()
        if scheme == "basic":
            try:
                sent = base64.b64decode(sent, validate=True)
            except binascii.Error:
                return False
        allowed = False
        for each in self.known:
            # Every one is compared, in constant time: how long it takes says nothing.
            same = hmac.compare_digest(each.secret.encode(), sent) and each.scheme == scheme
            allowed |= same and (each.writes or not writes)
        return allowed


OPEN = Access()
_WORDS = {
    "write": ("basic", True),
    "read": ("basic", False),
    "write-token": ("bearer", True),
    "read-token": ("bearer", False),
}


def from_file(path: Path) -> Access:
    """Read the file of ``--auth``: ``write USER:PASSWORD``, ``read-token TOKEN`` …, one a line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise SourceError(str(path), f"cannot be read: {problem}") from None
    known = []
    for number, line in enumerate(lines, start=1):
        word, _, secret = line.strip().partition(" ")
        if not word or word.startswith("#"):
            continue
        if word not in _WORDS or not secret.strip():
            hint = "a line is: write USER:PASSWORD, read USER:PASSWORD, write-token TOKEN or"
            raise ConfigError(
                str(path), f"line {number}", "not understood", hint + " read-token TOKEN"
            )
        scheme, writes = _WORDS[word]
        if scheme == "basic" and ":" not in secret:
            raise ConfigError(str(path), f"line {number}", "needs USER:PASSWORD")
        known.append(Credential(scheme=scheme, secret=secret.strip(), writes=writes))
    if not known:
        raise ConfigError(str(path), "", "names nobody", "leave --auth out to let everybody in")
    return Access(known=tuple(known))
