"""Words for a place inside a schema, from its pointer alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["schema_path", "with_schema"]

#: Keywords whose members are not part of a schema's path.
_ENDS = frozenset(
    {"type", "enum", "const", "format", "default", "discriminator", "$ref", "not", "xml"}
)


def with_schema(head: str, steps: Sequence[str | int]) -> str:
    """``schema Pet > items[].sku``, or ``head`` alone where no property is named."""
    inner = schema_path(steps)
    return f"{head} > {inner}" if inner else head


def schema_path(steps: Sequence[str | int]) -> str:
    """``items[].sku`` for properties/items/items/properties/sku."""
    text = ""
    index = 0
    while index < len(steps):
        step = steps[index]
        following = steps[index + 1] if index + 1 < len(steps) else None
        if step in {"properties", "patternProperties", "$defs", "definitions"}:
            if following is None:
                break
            text += f".{following}" if text else str(following)
            index += 1
        elif step in {"items", "additionalItems", "contains", "unevaluatedItems"}:
            text += "[]"
            if isinstance(following, int):
                index += 1
        elif step == "prefixItems" and following is not None:
            text += f"[{following}]"
            index += 1
        elif step in {"additionalProperties", "unevaluatedProperties"}:
            text += ".*" if text else "*"
        elif step in _ENDS:
            break
        index += 1
    return text
