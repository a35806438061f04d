"""Schemas written out: references followed, OpenAPI's own keywords said in JSON Schema 2020-12.

Past a depth or a size a schema becomes ``True``: it then accepts too much, and nothing is alarmed
at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.errors import ApicheckError
from apicheck.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["Written", "settled"]

_DEEPEST = 24
_LARGEST = 4000
_MAPS = {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_ONES = {"items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else"}
#: What may stand in a parameter of OpenAPI 2.0 and belongs to its schema.
_INLINE = {
    *("type", "format", "items", "enum", "default", "pattern", "multipleOf", "uniqueItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("minLength", "maxLength", "minItems", "maxItems"),
}
#: Keywords whose values must be of a kind; others would make the whole schema unusable.
_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("required", "enum"), list),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), int),
    **dict.fromkeys(("minProperties", "maxProperties"), int),
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), (int, float)),
    "pattern": str,
    "format": str,
    "type": (str, list),
}


def settled(node: Node) -> Node:
    """What stands behind a chain of references; nothing where it leads nowhere."""
    try:
        for _ in range(50):
            ref = node.value.get("$ref") if type(node.value) is dict else None
            if not isinstance(ref, str):
                return node
            node = node.follow(ref)
    except ApicheckError:
        pass  # lint says where; here it promises nothing
    return Node({}, node.document, node.pointer)


class Written:
    """Writes schemas out, each once."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def schema(self, node: Node) -> Any:
        """The schema at a node without references."""
        if node.key not in self._known:
            self._known[node.key] = _written(node, [_LARGEST], ())
        return self._known[node.key]

    def inline(self, node: Node) -> Any:
        """The schema of a parameter or header of OpenAPI 2.0, which stands in the open."""
        key = ("inline", node.key)
        if key not in self._known:
            kept = {name: each for name, each in node.value.items() if name in _INLINE}
            if kept.get("type") == "file":
                kept = {"type": "string", "format": "binary"}
            bare = Node(kept, node.document, node.pointer)
            self._known[key] = _written(bare, [_LARGEST], ())
        return self._known[key]


def _written(node: Node, left: list[int], above: tuple[Hashable, ...]) -> Any:
    """The schema at ``node`` without references; True where it recurs or grows too large."""
    left[0] -= 1
    node = settled(node)
    if left[0] < 0 or len(above) > _DEEPEST or node.key in above:
        return True
    if type(node.value) is not dict:
        return node.value if type(node.value) is bool else True
    here = (*above, node.key)
    made: dict[str, Any] = {}
    for name, child in node.members():
        if name in _MAPS:
            made[name] = {key: _written(each, left, here) for key, each in child.members()}
        elif name in _LISTS:
            branches = [_written(each, left, here) for each in child.items()]
            if branches:
                made[name] = branches
        elif name in _ONES:
            made[name] = _written(child, left, here)
        elif isinstance(child.value, _KINDS.get(name, object)):
            made[name] = child.value
    return _modern(made)


def _modern(schema: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI's nullable and boolean bounds in words of JSON Schema 2020-12."""
    nullable = schema.get("nullable") is True or schema.get("x-nullable") is True
    if nullable and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
    for bound, word in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(word), bool) and schema.pop(word) and bound in schema:
            schema[word] = schema.pop(bound)
    return schema
