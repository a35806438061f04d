"""Names of places: a path that survives reordering, and words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.thrift.model import bare

if TYPE_CHECKING:
    from apicheck.nodes import Node, Steps

__all__ = ["describe"]

_PARTS = {"key": "{key}", "value": "{value}", "of": "[]"}


def describe(old: Node | None, new: Node | None) -> tuple[tuple[str, ...], str]:
    """``struct Work > op``, ``Calculator.add argument num1``; the new side where it has both."""
    node = new or old
    assert node is not None
    if old is not None and new is not None and new.pointer[:1] == ("typedefs",):
        # A typedef on one side only: the field that now uses it says more.
        node = old
    pointer = node.pointer
    return tuple(str(each) for each in pointer), _label(node.document.data, pointer)


def _label(data: Any, pointer: Steps) -> str:
    if len(pointer) < 2:
        return "the whole contract"
    table, key = str(pointer[0]), str(pointer[1])
    name, rest = bare(key), pointer[2:]
    if table == "files":
        return f"namespace {rest[1]}" if len(rest) > 1 else "the whole contract"
    if table == "services":
        return _method(data, key, rest)
    if table == "structs":
        head = f"{data[table][key]['kind']} {name}"
        return f"{head} > {_field(data[table][key], rest)}" if len(rest) > 1 else head
    if table == "enums":
        return f"enum {name} > {rest[1]}" if len(rest) > 1 else f"enum {name}"
    if table == "consts":
        return f"constant {name}"
    inner = _inside(rest[1:])
    return f"typedef {name} > {inner}" if inner else f"typedef {name}"


def _method(data: Any, key: str, rest: Steps) -> str:
    if len(rest) < 2:
        return f"service {bare(key)}"
    head = f"{bare(key)}.{rest[1]}"
    method, inner = data["services"][key]["methods"][rest[1]], rest[2:]
    if len(inner) > 1 and inner[0] in {"arguments", "throws"}:
        word = "argument" if inner[0] == "arguments" else "exception"
        return f"{head} {word} > {_field(method, inner)}"
    if inner[:1] == ("returns",):
        more = _inside(inner[1:])
        return f"{head} result > {more}" if more else f"{head} result"
    return head


def _field(holder: Any, steps: Steps) -> str:
    """``fields/3/type/of`` as ``name[]``."""
    field = holder[steps[0]].get(steps[1])
    name = str(steps[1]) if field is None else str(field["name"])
    return name + _inside(steps[3:])


def _inside(steps: Steps) -> str:
    return "".join(_PARTS.get(str(each), "") for each in steps)
