"""The values of constants and defaults, with the names in them looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apicheck.formats.thrift.model import Idl
    from apicheck.nodes import Node

__all__ = ["canonical", "written"]

#: Constants that one value may lead through, and levels of values in values on the way; what is
#: beyond is compared by its name.
_STEPS = 1_000
_DEPTH = 200
#: Characters of a value in a message.
_SHOWN = 60


def canonical(idl: Idl, value: Any, kind: Node) -> Any:
    """A value that is equal for equal constants of a type: names looked up, sets in any order."""
    found = _canonical(idl, value, [_STEPS], 0)
    word = idl.resolved(kind).value["kind"]
    if word == "set" and type(found) is tuple:
        return ("set", frozenset(found))
    if word == "uuid" and type(found) is str:
        return found.strip("{}").lower()
    return found


def _canonical(idl: Idl, value: Any, left: list[int], depth: int) -> Any:
    depth += 1
    if type(value) is list:
        return ("list", *[_canonical(idl, each, left, depth) for each in value])
    if type(value) is not dict:
        return value
    if "map" in value:
        pairs = [
            (_canonical(idl, key, left, depth), _canonical(idl, each, left, depth))
            for key, each in value["map"]
        ]
        return ("map", frozenset(pairs))
    left[0] -= 1
    table, key = value.get("to", ("", ""))
    if table == "enums":
        number = idl.data["enums"][key]["values"].get(value["member"])
        return value["ident"] if number is None else number["number"]
    # One that leads back to itself has no value and ends here too.
    if table == "consts" and depth < _DEPTH and left[0] > 0:
        return _canonical(idl, idl.data["consts"][key]["value"], left, depth)
    return value["ident"]


def written(value: Any) -> str:
    """A constant as it is written in a file, shortened."""
    text = _written(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _written(value: Any) -> str:
    if type(value) is list:
        return "[" + ", ".join(map(_written, value)) + "]"
    if type(value) is str:
        return '"' + value + '"'
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is dict:
        if "map" in value:
            inner = (f"{_written(key)}: {_written(each)}" for key, each in value["map"])
            return "{" + ", ".join(inner) + "}"
        return str(value["ident"])
    return str(value)
