"""Asking a broker, ours or another, by the addresses that every Pact Broker has."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from apicheck.errors import ConfigError, SourceError

if TYPE_CHECKING:
    import http.client
    from collections.abc import Iterator

__all__ = ["Remote", "Said", "environment_named", "path", "remote", "versions_there"]

_WAITS = (0.5, 1.0, 2.0)
_AGAIN = {408, 429, 502, 503, 504}
_LARGEST = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the broker answered: ``data`` is its JSON, or {}."""

    status: int
    data: dict[str, Any]

    @property
    def problem(self) -> str:
        """Why it refused, in its own words."""
        errors = self.data.get("errors")
        if isinstance(errors, dict):
            return "; ".join(f"{key}: {', '.join(map(str, of))}" for key, of in errors.items())
        if isinstance(errors, list):
            return "; ".join(map(str, errors))
        return str(self.data.get("error") or self.data.get("title") or f"HTTP {self.status}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A broker at ``url`` (without the last slash); ``headers`` say who asks."""

    url: str
    headers: dict[str, str]
    waits: tuple[float, ...] = _WAITS

    def ask(self, method: str, at: str, data: Any = None) -> Said:
        """Send a request; ``SourceError`` if nobody answers, or nothing but failures come.

        ``at`` is a path below the broker or, from one of its links, a whole address there.
        """
        problem = ""
        for wait in (*self.waits, None):
            try:
                said = self._once(method, at, data)
            except OSError as error:
                problem = str(error.strerror or error)
            else:
                if said.status == 401:
                    hint = "set PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD"
                    raise SourceError(self.url, f"{method} needs other rights (401)", hint)
                if said.status not in _AGAIN:
                    return said
                problem = said.problem
            if wait is not None:
                time.sleep(wait)
        raise SourceError(
            self.url,
            f"the broker cannot be reached: {problem}",
            f"tried {len(self.waits) + 1} times; nothing is known to be recorded",
        )

    def get(self, at: str) -> dict[str, Any]:
        """What stands there; ``SourceError`` with the broker's words if it refuses."""
        return self.well(self.ask("GET", at), at)

    def well(self, said: Said, at: str) -> dict[str, Any]:
        """The data of a successful answer; ``SourceError`` for any other."""
        if said.status >= 300:
            raise SourceError(self.url, f"{said.problem} ({said.status} at {at})")
        return said.data

    def _once(self, method: str, at: str, data: Any) -> Said:
        import http.client

        target = urlsplit(at if "://" in at else self.url + at)
        own = urlsplit(self.url)
        if (target.scheme, target.netloc) != (own.scheme, own.netloc):
            # Credentials go to nobody else, whatever a link says.
            raise SourceError(self.url, f"the broker's link leads elsewhere: {at}")
        line: http.client.HTTPConnection
        if target.scheme == "https":
            line = http.client.HTTPSConnection(target.netloc, timeout=30)
        else:
            line = http.client.HTTPConnection(target.netloc, timeout=30)
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Accept": "application/hal+json, application/json", **self.headers}
        body = None
        if data is not None:
            body, headers["Content-Type"] = json.dumps(data).encode(), kind
        where = target.path + (f"?{target.query}" if target.query else "")
        try:
            line.request(method, where or "/", body=body, headers=headers)
            return _read(line.getresponse())
        except http.client.HTTPException as problem:
            raise OSError(f"no HTTP answer: {problem!r}") from None
        finally:
            line.close()


def _read(answer: http.client.HTTPResponse) -> Said:
    raw = answer.read(_LARGEST)
    try:
        data = json.loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError):
        data = {"error": f"not a broker's answer (HTTP {answer.status}, no JSON)"}
        return Said(status=max(answer.status, 400), data=data)
    return Said(status=answer.status, data=data if isinstance(data, dict) else {"list": data})


def remote(
    url: str, *, username: str | None = None, password: str | None = None, token: str | None = None
) -> Remote:
    """A broker to ask; ``ConfigError`` if the address is none."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ConfigError("--broker-url", url, "is not an http or https address")
    headers = {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    elif username:
        pair = base64.b64encode(f"{username}:{password or ''}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    return Remote(url=url.rstrip("/"), headers=headers)


def path(*segments: str) -> str:
    """A path of escaped segments."""
    return "/" + "/".join(quote(each, safe="") for each in segments)


def environment_named(broker: Remote, name: str) -> dict[str, Any]:
    """The environment of that name; ``SourceError`` with those that exist if there is none."""
    found = broker.get("/environments").get("_embedded", {}).get("environments", [])
    for each in found:
        if each.get("name") == name:
            return dict(each)
    there = ", ".join(str(each.get("name")) for each in found) or "none"
    raise SourceError(
        broker.url, f"no environment named {name!r}", f"there are: {there}; make one: environments"
    )


def versions_there(broker: Remote, where: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """What is deployed or released of a pacticipant in an environment now."""
    for words, current, key in (
        ("deployed-versions", "currently-deployed", "deployedVersions"),
        ("released-versions", "currently-supported", "releasedVersions"),
    ):
        at = path("environments", where["uuid"], words, current)
        data = broker.get(f"{at}?pacticipant={quote(name, safe='')}")
        for each in data.get("_embedded", {}).get(key, []):
            held = each.get("_embedded", {})
            owner = held.get("pacticipant", {}).get("name")
            if owner == name or (owner is None and name):
                yield each
