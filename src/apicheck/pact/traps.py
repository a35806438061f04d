"""What pact-python takes without a word though it does not mean what it says.

A generator written as a value becomes its settings (``{}`` even), and a matcher without an example
becomes null, or nothing at all in a path or a header: found here where they are still objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["Careful", "traps"]

#: Matchers that stand for themselves.
_BARE = {"null", "arrayContains", "contentType"}


def traps(value: Any, place: str = "") -> Iterator[str]:
    """Everything in a value that would be written as something else, each as a sentence."""
    shown = getattr(value, "to_integration_json", None)
    if callable(shown):
        yield from _of_object(shown(), place)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from traps(name, f"{place} key".strip())
            yield from traps(each, f"{place}.{name}".lstrip("."))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from traps(each, f"{place}[]")


def _of_object(data: dict[str, Any], place: str) -> Iterator[str]:
    at = f"{place}: " if place else ""
    kind = data.get("pact:matcher:type")
    if kind is None:
        name = data.get("pact:generator:type", "a generator")
        yield f"{at}{name} is a generator and no value: match.str(generator=…) takes one"
    elif isinstance(kind, list):
        if not any(isinstance(each, dict) and "value" in each for each in kind):
            yield f"{at}none of the matchers joined by & has an example"
    elif "value" not in data and kind not in _BARE:
        yield f"{at}the matcher {kind!r} has no example: give it one, as match.int(7) has"
    for key in ("value", "variants"):
        if key in data:
            yield from traps(data[key], place)


class Careful:
    """An interaction of pact-python, each of whose methods first looks at what it is given."""

    def __init__(self, interaction: Any, refuse: Any) -> None:
        self._interaction = interaction
        self._refuse = refuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._interaction, name)
        if not callable(found):
            return found

        def checked(*given: Any, **named: Any) -> Any:
            told = [each for value in (*given, *named.values()) for each in traps(value)]
            self._refuse(name, told)
            answer = found(*given, **named)
            return self if answer is self._interaction else answer

        return checked
