"""Names for places: a path by names, and words for people, from the pointer alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.asyncapi.traits import Merged
from apicheck.nodes import Node
from apicheck.schema.names import with_schema

if TYPE_CHECKING:
    from apicheck.nodes import Steps

__all__ = ["describe"]

_SINGULAR = {
    "schemas": "schema",
    "messages": "message",
    "messageTraits": "message trait",
    "operationTraits": "operation trait",
    "channels": "channel",
    "operations": "operation",
    "servers": "server",
    "replies": "reply",
    "parameters": "parameter",
    "correlationIds": "correlation id",
    "securitySchemes": "security scheme",
    "serverVariables": "server variable",
    "channelBindings": "channel bindings",
    "operationBindings": "operation bindings",
    "messageBindings": "message bindings",
    "serverBindings": "server bindings",
}
#: Where a schema begins, and what it is called.
_SCHEMAS = {"payload": "payload", "headers": "headers", "key": "key", "query": "query"}
#: Words that say nothing beside what they hold.
_SILENT = frozenset({"schema", "bindings", "location", "oneOf", "message"})


def describe(old: Node | None, new: Node | None) -> tuple[tuple[str, ...], str]:
    """Path by names and words for a place; the new place names it, where there is one."""
    node = old if new is None else new
    assert node is not None
    if isinstance(node.document, Merged):
        # Put together from traits: named as a part of the object itself.
        home = node.document.home
        node = Node(node.value, home.document, (*home.pointer, *node.pointer))
    root = node.document.data
    names = tuple(_names(root, node.pointer))
    if type(root) is dict and "asyncapi" in root:
        return names, _words(root, node.pointer)
    # A file that the contract refers to.
    return (node.document.source, *names), _elsewhere(node)


def _elsewhere(node: Node) -> str:
    steps = node.pointer
    head = node.document.source
    if len(steps) > 1 and steps[0] in _SINGULAR:
        return _inside(f"{head} {_SINGULAR[str(steps[0])]} {steps[1]}", steps[2:])
    return _inside(head, steps) if steps and steps[0] in _SCHEMAS else with_schema(head, steps)


def _names(root: Any, pointer: Steps) -> list[str]:
    """The pointer with every index replaced by a name, where there is one."""
    names = []
    value = root
    for step in pointer:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
        names.append(_name_of(value, step) if isinstance(step, int) else step)
    return names


def _name_of(value: Any, index: int) -> str:
    if type(value) is str:
        return value
    if type(value) is dict:
        for key in ("$ref", "name", "messageId", "title", "type"):
            if type(value.get(key)) is str:
                return str(value[key]).rsplit("/", 1)[-1]
    return str(index)


def _words(root: Any, pointer: Steps) -> str:
    steps = list(pointer)
    if len(steps) > 2 and steps[0] == "components":
        kind = str(steps[1])
        head = f"{_SINGULAR.get(kind, kind)} {steps[2]}"
        rest = steps[3:]
        return with_schema(head, rest) if kind == "schemas" else _inside(head, rest)
    if len(steps) > 1 and steps[0] in _SINGULAR:
        head = f"{_SINGULAR[str(steps[0])]} {steps[1]}"
        rest = steps[2:]
        if rest and rest[0] in {"publish", "subscribe"}:
            head, rest = f"{head} {rest[0]}", rest[1:]
        index = 2 if rest[:1] == ["message"] and len(rest) > 2 and rest[1] == "oneOf" else 0
        if index:
            name = _names(root, pointer)[len(pointer) - len(rest) + index]
            return _inside(f"{head} message {name}", rest[index + 1 :])
        return _inside(head, rest)
    return "/".join(map(str, steps)) or "the document"


def _inside(head: str, rest: Steps | list[str | int]) -> str:
    """What stands inside an operation, a message or a server: words until a schema begins."""
    words = [head]
    index = 0
    while index < len(rest):
        step = rest[index]
        following = rest[index + 1] if index + 1 < len(rest) else None
        if step in _SCHEMAS and following != "properties":
            words.append(_SCHEMAS[str(step)])
            inner = rest[index + 1 :]
            return with_schema(" ".join(words), inner[1:] if inner[:1] == ("schema",) else inner)
        if step in _SCHEMAS:
            return with_schema(" ".join([*words, _SCHEMAS[str(step)]]), rest[index + 1 :])
        if step in {"messages", "parameters", "variables"} and isinstance(following, str):
            words += [_SINGULAR.get(str(step), str(step).removesuffix("s")), following]
            index += 1
        elif step in {"traits", "security", "servers"}:
            break
        elif isinstance(step, str) and step not in _SILENT:
            words.append(step)
        index += 1
    return " ".join(words)
