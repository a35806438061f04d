"""What fuzzing speaks of: requests and answers, controls, checks, and what was found."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apicheck.model import Rule

__all__ = [
    "Breach",
    "Card",
    "Control",
    "Exchange",
    "Key",
    "Request",
    "Retry",
    "Skipped",
    "Who",
]


class Retry(Enum):
    """What a client that believes a status code does next."""

    NEVER = "gives up"
    CHANGE = "changes the request before it sends it again"
    AUTHENTICATE = "gets new credentials and sends it again"
    LATER = "waits and sends it again"
    SAME = "sends the same again"
    NOTHING = "takes it for done"
    BROKEN = "takes the service for broken, and may send the same again"

    @classmethod
    def of(cls, status: int) -> Retry:
        """What a status tells a client to do (RFC 9110, 15; RFC 6585)."""
        if status in {401, 407}:
            return cls.AUTHENTICATE
        if status in {403, 404, 405, 410, 451, 501}:
            return cls.NEVER
        if status in {429, 502, 503, 504}:
            return cls.LATER
        if status in {408, 425}:
            return cls.SAME
        if 400 <= status < 500:
            return cls.CHANGE
        return cls.BROKEN if status >= 500 or not status else cls.NOTHING


class Who(Enum):
    """In whose name a request is sent."""

    FIRST = "first"
    SECOND = "second"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What goes with a request of somebody, in a header, the query or a cookie (``place``).

    It ``proves`` who that is, or only says something of him (a tenant).
    """

    place: str
    name: str
    value: str
    proves: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A check: its rule, the sentence of the RFC it rests on, and what it tells a client to do."""

    rule: Rule
    #: Section of the specification, as ``RFC 9110, 15.5.6``.
    reference: str
    #: What the client should have been told to do.
    retry: Retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it goes out; ``target`` is path and query below the base of the service.

    ``headers`` keep their order and may repeat; credentials are added when it is sent.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    who: Who = Who.FIRST

    def having(self, *headers: tuple[str, str]) -> Request:
        """The same with these headers in place of any of their names."""
        return replace(self, headers=(*self.without(*(n for n, _ in headers)).headers, *headers))

    def without(self, *names: str) -> Request:
        """The same without headers of these names."""
        lower = {name.lower() for name in names}
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in lower)
        return replace(self, headers=kept)

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    def curl(self, base: str) -> str:
        """A command that sends it again; ``$TOKEN`` and ``$OTHER_TOKEN`` stand for credentials."""
        # curl -X HEAD would wait for content that does not come.
        how = "-I" if self.method == "HEAD" else f"-X {shlex.quote(self.method)}"
        parts = ["curl -i --path-as-is", how]
        token = {Who.FIRST: "$TOKEN", Who.SECOND: "$OTHER_TOKEN"}.get(self.who)
        if token is not None and self.header("Authorization") is None:
            parts.append(f'-H "Authorization: Bearer {token}"')
        shown = self.headers if len(self.headers) <= _MOST else self.headers[:3]
        parts += [f"-H {shlex.quote(f'{n}: {_short(v)}')}" for n, v in shown]
        if len(shown) < len(self.headers):
            parts.append(f"…({len(self.headers)} headers)")
        if self.body is not None:
            parts.append(
                f"--data-binary {shlex.quote(_short(self.body.decode('utf-8', 'replace')))}"
            )
        parts.append(shlex.quote(base + _short(self.target)))
        return " ".join(parts)


#: Most headers of a request that are shown.
_MOST = 20


def _short(text: str, most: int = 600) -> str:
    return text if len(text) <= most else f"{text[:most]}…({len(text)} characters)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and what came back; ``status`` is 0 where nothing did, and ``failure`` says why.

    ``headers`` have lower-case names; ``body`` is cut at the client's limit (``cut``).
    """

    request: Request
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    failure: str = ""
    cut: bool = False

    def header(self, name: str) -> str | None:
        """All values of a header, joined (RFC 9110, 5.2), or None."""
        found = [value for each, value in self.headers if each == name.lower()]
        return ", ".join(found) if found else None

    @property
    def ok(self) -> bool:
        """Whether it was answered with success."""
        return 200 <= self.status < 300

    @property
    def media(self) -> str:
        """The media type without parameters, in lower case; "" if there is none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def json(self) -> Any:
        """The content as a JSON value; None where it is not JSON."""
        if self.cut or not self.body:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def told(self) -> str:
        """The answer in a few words."""
        return f"{self.status}" if self.status else f"no answer ({self.failure})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A request of an operation that the service accepted, to be spoilt in one way at a time."""

    request: Request
    exchange: Exchange
    #: Path parameters by name, as they stand in the target.
    bindings: Mapping[str, str] = field(default_factory=dict)
    #: The content as a value, where it is JSON.
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One thing that is wrong: the request that shows it, beside one that was well answered.

    ``got`` is short and the same on every run: findings are grouped by it.
    """

    card: Card
    operation: str
    probe: Exchange
    expected: str
    got: str
    control: Exchange | None = None
    #: The phase in which it was seen.
    phase: str = "probes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A check that could not be made, and why."""

    check: str
    operation: str
    why: str
