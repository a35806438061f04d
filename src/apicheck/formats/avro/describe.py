"""Names for places: the named type that a place stands in, then fields; from the pointer alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.avro.names import name_of

if TYPE_CHECKING:
    from apicheck.formats.avro.model import Name
    from apicheck.nodes import Node

__all__ = ["describe"]

_NAMED = frozenset({"record", "error", "enum", "fixed"})
_WITHIN = {"items": "[]", "values": "{}"}


def describe(old: Node | None, new: Node | None) -> tuple[tuple[str, ...], str]:
    """Path by names and label of a change; the new place names it, where there is one.

    A place belongs to the innermost named type around it, wherever that is written: what
    ``Order > lines[].sku`` refers to is told as ``Line > sku``, once.
    """
    node = old if new is None else new
    assert node is not None
    steps = node.pointer
    path: list[str] = []
    space, value = "", node.document.data
    if type(value) is dict and "protocol" in value:
        name = name_of(str(value["protocol"]), value.get("namespace"), "")
        space = "" if name is None else name.namespace
        path = [str(value["protocol"])]
    elif type(value) is dict and type(value.get("namespace")) is str and "types" in value:
        space = value["namespace"]
    for index in range(len(steps) + 1):
        name = _definition(value, space) if _is_type(steps[:index]) else None
        if index == len(steps) and type(node.value) is str:
            name = None  # the place of a type, whatever is defined there
        if name is not None:
            space = name.namespace
            path = [name.full]
        if index == len(steps):
            break
        above, step = value, steps[index]
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
        path += _named(steps, index, above, value)
    return tuple(path), _label(path)


def _definition(value: Any, space: str) -> Name | None:
    """The name of a definition, None for anything else."""
    if type(value) is not dict or type(value.get("type")) is not str:
        return None
    if value["type"] not in _NAMED or "name" not in value:
        return None
    return name_of(str(value["name"]), value.get("namespace"), space)


def _named(steps: tuple[str | int, ...], index: int, above: Any, value: Any) -> list[str]:
    """What a step adds to the path: fields by name, items and values of containers, messages."""
    step = steps[index]
    before = steps[index - 1] if index else None
    if isinstance(step, int):
        if before in {"fields", "request"} and type(value) is dict:
            return [str(value.get("name", step))]
        return []
    if step in _WITHIN and type(above) is dict and above.get("type") in {"array", "map"}:
        return [_WITHIN[step]]
    if before == "messages" and index == 1:
        return [step]
    if step in {"response", "errors"} and steps[0] == "messages":
        return [step]
    return []


def _is_type(steps: tuple[str | int, ...]) -> bool:
    """Whether what stands there is a type, and not a default or an attribute that looks so."""
    if not steps:
        return True
    last, before = steps[-1], steps[-2] if len(steps) > 1 else None
    if isinstance(last, int):
        return before not in {"fields", "request", "symbols"}
    return last in {"type", "items", "values", "response", "schema"}


def _label(path: list[str]) -> str:
    if not path:
        return "schema"
    head, rest = path[0].rpartition(".")[2], path[1:]
    if not rest:
        return head
    text = "".join(each if each in {"[]", "{}"} else f".{each}" for each in rest)
    return f"{head} > {text.removeprefix('.')}"
