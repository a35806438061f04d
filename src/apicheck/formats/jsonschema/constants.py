"""Constants by which a message says of which version it is.

Wikimedia's ``$schema: {const: /error/1.0.0}``, CloudEvents' ``dataschema``, ``version: {enum:
["1-0-0"]}`` and so on change with every version, and are meant to. They are set apart before the
schemas are compared: where both sides hold the version of their own document in one place, both
are read as the same constant.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from apicheck.formats.jsonschema.messages import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.nodes import Steps

__all__ = ["own_constants", "settled"]

#: What stands for the version of the document in both.
_TOKEN = "the version of this schema"  # noqa: S105 - no secret
_KEYWORDS = ("const", "enum", "default")
#: A version that says so by its form may stand anywhere; a mere number only where it is named so.
_TELLING = re.compile(r"\d+[.-]\d+")
_NAMED = re.compile(r"version|schema|revision", re.IGNORECASE)


def own_constants(data: Any) -> dict[Steps, Any]:
    """Places of keywords whose only value is the version, or the ``$id``, of the document."""
    names = set(_names(data))
    if not names:
        return {}
    found: dict[Steps, Any] = {}
    pending: list[tuple[Any, Steps]] = [(data, ())]
    while pending:
        value, at = pending.pop()
        if type(value) is list:
            pending += [
                (each, (*at, index))
                for index, each in enumerate(value)
                if type(each) is dict or type(each) is list
            ]
        elif type(value) is dict:
            for keyword in _KEYWORDS:
                if keyword in value:
                    said = _only(keyword, value[keyword])
                    if type(said) is str and said.rstrip("#") in names and _telling(said, at):
                        found[*at, keyword] = said
            pending += [
                (each, (*at, name))
                for name, each in value.items()
                if (type(each) is dict or type(each) is list)
                and name not in {"examples", "example", "enum"}
            ]
    return found


def _names(data: Any) -> Iterator[str]:
    """All that the document calls itself."""
    version = version_of(data)
    if not version:
        return
    yield version
    yield f"v{version}"
    for key in ("$id", "id"):
        said = data.get(key)
        if type(said) is str:
            yield said.rstrip("#")
    self = data.get("self")
    if type(self) is dict:
        path = f"{self.get('vendor')}/{self.get('name')}/{self.get('format')}/{version}"
        yield path
        yield f"iglu:{path}"


def _only(keyword: str, value: Any) -> Any:
    if keyword != "enum":
        return value
    return value[0] if type(value) is list and len(value) == 1 else None


def _telling(said: str, at: Steps) -> bool:
    if _TELLING.search(said):
        return True
    return bool(at) and _NAMED.search(str(at[-1])) is not None


def settled(data: Any, places: Iterator[Steps] | list[Steps]) -> Any:
    """A copy of ``data``, as deep as needed, with one and the same constant at the places."""
    for place in places:
        data = _replaced(data, place, [_TOKEN] if place[-1] == "enum" else _TOKEN)
    return data


def _replaced(value: Any, place: Steps, new: Any) -> Any:
    if not place:
        return new
    copy: Any = list(value) if type(value) is list else dict(value)
    copy[place[0]] = _replaced(value[place[0]], place[1:], new)
    return copy
