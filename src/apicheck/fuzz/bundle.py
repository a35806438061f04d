"""A contract of several files as one value, for a reader that knows only one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.errors import ApicheckError
from apicheck.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["bundled"]

_HELD = "x-from-other-files"


def bundled(document: Any) -> Any:
    """A copy of a document in which no reference leads to another one.

    What they lead to is copied once, below ``x-from-other-files``. A reference to nothing becomes
    an empty object: anything goes there.
    """
    names: dict[Hashable, str] = {}
    waiting: list[tuple[str, Node]] = []
    root = Node(document.data, document, ())

    def pointer(target: Node) -> str:
        if target.document is document:
            steps = (str(each).replace("~", "~0").replace("/", "~1") for each in target.pointer)
            return "#" + "".join(f"/{each}" for each in steps)
        if target.key not in names:
            names[target.key] = f"part-{len(names) + 1}"
            waiting.append((names[target.key], target))
        return f"#/{_HELD}/{names[target.key]}"

    def copied(node: Node) -> Any:
        value = node.value
        if type(value) is list:
            return [copied(each) for each in node.items()]
        if type(value) is not dict:
            return value
        ref = value.get("$ref")
        if not isinstance(ref, str):
            return {name: copied(each) for name, each in node.members()}
        try:
            target = node.follow(ref)
        except (ApicheckError, LookupError, TypeError):
            return {}
        rest = {name: copied(each) for name, each in node.members() if name != "$ref"}
        return {"$ref": pointer(target), **rest}

    made = copied(root)
    held: dict[str, Any] = {}
    while waiting:
        name, target = waiting.pop()
        held[name] = copied(target)
    return {**made, _HELD: held} if held else made
