"""Where answers lead: by Location, through the monitor of an accepted request, or by an id."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from apicheck.fuzz.model import Request

if TYPE_CHECKING:
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Control

__all__ = ["Harvest"]

#: Seconds that an accepted request may take to be done (RFC 9110, 15.3.3).
_PATIENCE = 5.0


class Harvest:
    """Follows answers to resources; learns how long accepted requests take."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._patience = _PATIENCE
        self._takes = 0.0
        self._known: dict[int, tuple[Control, dict[str, dict[str, str]]]] = {}

    def of(self, control: Control) -> dict[str, dict[str, str]]:
        """The resources that an answer leads to, by template; followed once."""
        # The control is kept with what it led to: an identity is only good while it lives.
        if id(control) not in self._known:
            self._known[id(control)] = control, self._followed(control) or self._by_id(control)
        return self._known[id(control)][1]

    def _followed(self, control: Control) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        lab, seen, url = self._lab, control.exchange, control.exchange.header("location")
        began = time.monotonic()
        until, pause = began + self._patience, 0.01
        if seen.status == 202:
            time.sleep(min(self._takes, self._patience))
        while url is not None and time.monotonic() < until:
            path = lab.local(url)
            match = None if path is None else lab.service.find(path)
            if path is None or match is None:
                break
            found[match[0]] = match[1]
            if seen.status not in {202, 303} or lab.service.get("GET", match[0]) is None:
                break
            if seen.status == 303:
                break  # behind the monitor
            ask = Request(method="GET", target=path, who=control.request.who)
            now = lab.send(ask)
            lab.keep(ask, now)
            if now.status == 303:
                self._takes = 1.1 * (time.monotonic() - began)
                seen, url = now, now.header("location")
                continue
            if now.status != 200 or now.header("retry-after") is None:
                break  # it is there, or it has failed
            # A hint for clients (RFC 9110, 10.2.3); we may look sooner.
            if time.monotonic() + pause >= until:
                self._patience = 0.2  # it will not end the next time either
            time.sleep(pause)
            pause = min(pause * 2, 0.3)
        return found

    def _by_id(self, control: Control) -> dict[str, dict[str, str]]:
        """The child of the collection that the content names."""
        value = control.exchange.json
        path = urlsplit(control.request.target).path
        if not isinstance(value, dict):
            return {}
        for template, methods in self._lab.service.by_path.items():
            parent, _, last = template.rpartition("/")
            above = self._lab.target(parent, dict(control.bindings))
            if above == path and last.startswith("{") and methods:
                name = last[1:-1]
                for key in (name, "id", name.removesuffix("Id"), name.removesuffix("_id")):
                    if isinstance(value.get(key), str | int):
                        return {template: {**control.bindings, name: str(value[key])}}
        return {}
