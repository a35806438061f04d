"""Resources that probes share: as they were made, or in a state that a request brought them to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apicheck.fuzz.contract import Operation, Service
    from apicheck.fuzz.model import Control, Exchange, Who

__all__ = ["Pool", "stem"]


class Pool:
    """Path parameters by template, owner and state ("" as it was made).

    Requests that were refused change nothing, so what they were about stays in it.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._held: dict[tuple[str, Who, str], dict[str, str]] = {}

    def put(self, template: str, who: Who, bindings: Mapping[str, str], state: str = "") -> None:
        """Share a resource."""
        self._held[template, who, state] = dict(bindings)

    def get(self, template: str, who: Who, state: str = "") -> dict[str, str] | None:
        """A resource in that state, which stays shared."""
        return self._held.get((template, who, state))

    def take(self, template: str, who: Who) -> dict[str, str] | None:
        """A resource as it was made, for one's own use."""
        return self._held.pop((template, who, ""), None)

    def holds(self, bindings: Mapping[str, str]) -> bool:
        """Whether what is bound is there as far as is known; nothing bound is."""
        return not bindings or any(bindings == held for held in self._held.values())

    def brought(self, operation: Operation, control: Control, who: Who) -> None:
        """Share what an accepted write brought into another state."""
        if operation.method in {"PUT", "POST"} and operation.names:
            template = stem(operation.path)
            if template != operation.path:
                self.put(template, who, control.bindings, state(operation, control.value))

    def wrote(self, seen: Exchange) -> None:
        """Share no more what a write has changed, or may have."""
        request = seen.request
        found = self._service.find(urlsplit(request.target).path)
        if found is None:
            return
        path, bindings = found
        # What is replaced or amended is still there as one of its kind, and so is a parent.
        if request.method == "POST" and seen.status == 201:
            return
        for key, held in list(self._held.items()):
            template, _, brought = key
            if held.items() - bindings.items() or not path.startswith(template):
                continue
            kept = path == template and request.method in {"PUT", "PATCH"} and seen.ok
            # The same step once more leads nowhere else.
            if not kept and not brought.startswith(f"{request.method} {path} "):
                del self._held[key]


def stem(path: str) -> str:
    """The template of the resource that a path is about: up to its last parameter."""
    return path[: path.rindex("}") + 1] if "}" in path else path


def state(operation: Operation, value: Any) -> str:
    """The name of the state that a request leads to."""
    return f"{operation.label} {json.dumps(value, sort_keys=True, default=str)}"
