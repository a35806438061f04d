"""Names for places: a path by names, and a label for people, from the pointer alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.openapi.spec import METHODS
from apicheck.schema.names import with_schema

if TYPE_CHECKING:
    from apicheck.nodes import Node, Steps

__all__ = ["describe"]

_SINGULAR = {
    "schemas": "schema",
    "definitions": "schema",
    "parameters": "parameter",
    "responses": "response",
    "requestBodies": "request body",
    "headers": "header",
    "securitySchemes": "security scheme",
    "securityDefinitions": "security scheme",
    "pathItems": "path item",
    "links": "link",
    "callbacks": "callback",
    "mediaTypes": "media type",
}
#: What a schema starts with that stands at the top of a file.
_INNER = frozenset({"type", "properties", "items", "required", "allOf", "oneOf", "anyOf", "enum"})


def describe(old: Node | None, new: Node | None) -> tuple[tuple[str, ...], str]:
    """Path by names and label of a change; the new place names it, where there is one."""
    node = old if new is None else new
    assert node is not None
    root = node.document.data
    names = tuple(_names(root, node.pointer))
    if type(root) is dict and ("openapi" in root or "swagger" in root or "paths" in root):
        return names, _label(root, node.pointer)
    # A file that the contract refers to: path items, schemas and so on, at the top or under a name.
    return (node.document.source, *names), _elsewhere(root, node)


def _elsewhere(root: Any, node: Node) -> str:
    file, steps = node.document.source, list(node.pointer)
    if steps and steps[0] in METHODS:
        return _inside(root, f"{file} {str(steps[0]).upper()}", steps[1:], steps[:1])
    if steps and steps[0] not in _INNER:
        return with_schema(f"{file} {steps[0]}", steps[1:])
    return with_schema(file, steps)


def _names(root: Any, pointer: Steps) -> list[str]:
    """The pointer with every index replaced by a name, where there is one."""
    names = []
    value, parent = root, ""
    for step in pointer:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
        if isinstance(step, int):
            names.append(_name_of(parent, value, step))
        else:
            names.append(step)
        parent = str(step)
    return names


def _name_of(parent: str, value: Any, index: int) -> str:
    if type(value) is str:
        return value
    if type(value) is dict:
        if parent == "parameters" and "name" in value:
            return f"{value.get('in')}:{value['name']}"
        if type(value.get("$ref")) is str:
            return str(value["$ref"]).rsplit("/", 1)[-1]
        if type(value.get("title")) is str:
            return str(value["title"])
        if type(value.get("url")) is str:
            return str(value["url"])
    return str(index)


def _label(root: Any, pointer: Steps) -> str:
    steps = list(pointer)
    if not steps:
        return "the whole API"
    first = str(steps[0])
    if first in {"paths", "webhooks", "x-webhooks"} and len(steps) > 1:
        return _operation(root, steps)
    if first in {"produces", "consumes"}:
        return "the whole API"
    if first == "components" and len(steps) > 2:
        return _component(root, str(steps[1]), steps[2:], 3, pointer)
    if first in _SINGULAR and len(steps) > 1:
        return _component(root, first, steps[1:], 2, pointer)
    if len(steps) > 1 and isinstance(steps[1], str):
        # A place that the specification does not name, which something refers to.
        return with_schema(f"{first} {steps[1]}", steps[2:])
    return "the whole API"


def _component(root: Any, section: str, rest: Any, used: int, pointer: Steps) -> str:
    head = f"{_SINGULAR.get(section, section)} {rest[0]}"
    inner = list(rest[1:])
    if section in {"schemas", "definitions"}:
        return with_schema(head, inner)
    return _inside(root, head, inner, list(pointer[:used]))


def _operation(root: Any, steps: list[str | int]) -> str:
    kind, name, rest = steps[0], str(steps[1]), steps[2:]
    at = steps[:2]
    if kind == "paths" and rest and (rest[0] in METHODS or rest[0] == "additionalOperations"):
        taken = 1 if rest[0] in METHODS else 2
        head = f"{str(rest[taken - 1]).upper()} {name}"
        return _inside(root, head, rest[taken:], at + rest[:taken])
    if kind == "paths":
        return _inside(root, f"path {name}", rest, at)
    head = f"webhook {name}"
    if rest and rest[0] in METHODS:
        return _inside(root, head, rest[1:], at + rest[:1])
    return _inside(root, head, rest, at)


def _inside(root: Any, head: str, rest: list[str | int], at: list[str | int]) -> str:
    """What stands inside an operation, a response, a parameter …: words until a schema begins."""
    words = [head]
    index = 0
    while index < len(rest):
        step = rest[index]
        following = rest[index + 1] if index + 1 < len(rest) else None
        if step in {"schema", "itemSchema"}:
            return with_schema(" ".join(words), rest[index + 1 :])
        if step == "requestBody":
            words.append("request body")
        elif step == "parameters" and following is not None:
            words.append(_parameter(root, [*at, *rest[: index + 2]]))
            index += 1
        elif step == "responses" and following is not None:
            words.append(f"response {following}")
            index += 1
        elif step == "headers" and following is not None:
            words.append(f"header {following}")
            index += 1
        elif step == "content" and following is not None:
            if "responses" in rest[:index] or words[0].startswith("response "):
                words.append("body")
            if _several(root, [*at, *rest[: index + 1]]):
                words.append(str(following))
            index += 1
        elif step == "callbacks" and following is not None:
            return _callback(root, " ".join(words), rest[index + 1 :], [*at, *rest[: index + 1]])
        elif step in {"links", "encoding", "examples", "security", "servers"}:
            words.append(str(step).removesuffix("s"))
            if isinstance(following, str):
                words.append(following)
                index += 1
        elif step in {"items", "properties"}:
            return with_schema(" ".join(words), rest[index:])
        index += 1
    return " ".join(words)


def _callback(root: Any, head: str, rest: list[str | int], at: list[str | int]) -> str:
    words = f"{head} callback {rest[0]}"
    inner = rest[1:]
    if inner and len(inner) > 1 and inner[1] in METHODS:
        return _inside(root, words, inner[2:], [*at, rest[0], *inner[:2]])
    return words


def _parameter(root: Any, pointer: list[str | int]) -> str:
    value = root
    try:
        for step in pointer:
            value = value[step]
        if "$ref" in value:
            return f"parameter {str(value['$ref']).rsplit('/', 1)[-1]}"
        return f"{value['in']} parameter {value['name']}"
    except (KeyError, IndexError, TypeError):
        return f"parameter {pointer[-1]}"


def _several(root: Any, pointer: list[str | int]) -> bool:
    value = root
    try:
        for step in pointer:
            value = value[step]
        return len(value) > 1
    except (KeyError, IndexError, TypeError):
        return False
