"""Reading the keywords of one schema object into a view, one small reader each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.errors import UnresolvedReference
from apicheck.schema.values import canonical
from apicheck.schema.view import (
    LIMITS,
    NUMERIC,
    Limit,
    Shape,
    Union,
    View,
    meet_array,
    meet_enum,
    meet_limit,
    meet_shape,
    meet_types,
)

if TYPE_CHECKING:
    from apicheck.nodes import Node
    from apicheck.schema.dialects import Dialect

__all__ = ["read_keywords"]


def read_keywords(view: View, node: Node, dialect: Dialect) -> None:
    """Narrow ``view`` by every keyword of the schema object at ``node``, allOf and $ref aside."""
    value: dict[str, Any] = node.value
    for keyword in sorted(value):
        if keyword in _READERS:
            if keyword in dialect.keywords:
                _READERS[keyword](view, node.step(keyword), node)
            else:
                view.unknown[keyword] = node.step(keyword)
        elif keyword not in dialect.keywords and not keyword.startswith("x-"):
            view.unknown[keyword] = node.step(keyword)
    _read_bounds(view, node, dialect)
    _read_object(view, node)
    _read_array(view, node, dialect)


def _read_types(view: View, at: Node, _node: Node) -> None:
    names = at.value if type(at.value) is list else [at.value]
    types: set[str] = set()
    for name in names:
        if name == "number":
            types |= NUMERIC
        elif type(name) is str:
            types.add(name)
        else:
            view.ignored.append(at)
            return
    meet_types(view, frozenset(types), at)


def _read_enum(view: View, at: Node, _node: Node) -> None:
    if type(at.value) is not list:
        view.ignored.append(at)
        return
    meet_enum(view, {canonical(each): each for each in at.value}, at)


def _read_const(view: View, at: Node, _node: Node) -> None:
    meet_enum(view, {canonical(at.value): at.value}, at)


def _read_bounds(view: View, node: Node, dialect: Dialect) -> None:
    value = node.value
    for keyword in LIMITS:
        if keyword in value:
            at = node.step(keyword)
            if not _is_number(at.value):
                view.ignored.append(at)
                continue
            flag = "exclusive" + keyword.capitalize()
            exclusive = dialect.exclusive_flag and value.get(flag) is True
            meet_limit(view, keyword, Limit(at.value, at, exclusive=exclusive))
    if not dialect.exclusive_flag:
        for keyword in ("minimum", "maximum"):
            flag = "exclusive" + keyword.capitalize()
            if flag in value:
                at = node.step(flag)
                if _is_number(at.value):
                    meet_limit(view, keyword, Limit(at.value, at, exclusive=True))
                else:
                    view.ignored.append(at)


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and value == value  # noqa: PLR0124 - not NaN


def _read_multiple(view: View, at: Node, _node: Node) -> None:
    if _is_number(at.value) and at.value > 0:
        view.multiples.append(Limit(at.value, at))
    else:
        view.ignored.append(at)


def _read_text(slot: str) -> Any:
    def read(view: View, at: Node, _node: Node) -> None:
        if type(at.value) is str:
            getattr(view, slot).setdefault(at.value, at)
        else:
            view.ignored.append(at)

    return read


def _read_format(view: View, at: Node, _node: Node) -> None:
    """``byte`` and ``binary`` of OpenAPI up to 3.0 are content keywords from 3.1 on.

    OpenAPI 3.1.1 section 4.7.14.3 and the migration notes of OpenAPI 3.0.4 Appendix.
    """
    if type(at.value) is not str:
        view.ignored.append(at)
    elif at.value == "byte":
        view.content["contentEncoding"] = ("base64", at)
    elif at.value == "binary":
        view.content["contentMediaType"] = ("application/octet-stream", at)
    else:
        view.formats.setdefault(at.value, at)


def _read_content(view: View, at: Node, _node: Node) -> None:
    if type(at.value) is str:
        view.content[str(at.pointer[-1])] = (at.value.lower(), at)
    else:
        view.ignored.append(at)


def _read_unique(view: View, at: Node, _node: Node) -> None:
    if at.value is True:
        view.unique = at


def _read_required(view: View, at: Node, _node: Node) -> None:
    if type(at.value) is not list:
        # Draft 3 had a boolean here; it says nothing in any dialect of ours.
        view.ignored.append(at)
        return
    for item in at.items():
        if type(item.value) is str:
            view.required.setdefault(item.value, item)


def _read_object(view: View, node: Node) -> None:
    value = node.value
    if not (
        "properties" in value or "patternProperties" in value or "additionalProperties" in value
    ):
        return
    names = _named(view, node.get("properties"))
    patterns = _named(view, node.get("patternProperties"))
    rest = node.get("additionalProperties")
    meet_shape(view, Shape(names, patterns, rest))


def _named(view: View, at: Node | None) -> dict[str, Node]:
    if at is None:
        return {}
    if type(at.value) is not dict:
        view.ignored.append(at)
        return {}
    return dict(at.members())


def _read_array(view: View, node: Node, dialect: Dialect) -> None:
    value = node.value
    items = node.get("items")
    prefix: list[Node] = []
    if "prefixItems" in dialect.keywords:
        listed = node.get("prefixItems")
        prefix = [] if listed is None else list(listed.items())
    elif items is not None and type(items.value) is list:
        prefix = list(items.items())
        items = node.get("additionalItems")
    if prefix or items is not None:
        meet_array(view, prefix, items)
    if "contains" in value and "contains" in dialect.keywords:
        low, high = value.get("minContains", 1), value.get("maxContains")
        view.contains.append(
            (
                node.step("contains"),
                low if _is_number(low) else 1,
                high if _is_number(high) else None,
            )
        )


def _read_dependencies(view: View, at: Node, _node: Node) -> None:
    for name, each in at.members():
        if type(each.value) is list:
            view.dependent_required.setdefault(name, {}).update(
                (item.value, item) for item in each.items() if type(item.value) is str
            )
        else:
            view.dependent_schemas.setdefault(name, []).append(each)


def _read_union(view: View, at: Node, _node: Node) -> None:
    if type(at.value) is list and at.value:
        view.unions.append(Union(str(at.pointer[-1]), list(at.items()), at))
    else:
        view.ignored.append(at)


def _read_one(slot: str) -> Any:
    def read(view: View, at: Node, _node: Node) -> None:
        setattr(view, slot, at)

    return read


def _read_more(slot: str) -> Any:
    def read(view: View, at: Node, _node: Node) -> None:
        getattr(view, slot).append(at)

    return read


def _read_condition(view: View, _at: Node, node: Node) -> None:
    if "then" in node.value or "else" in node.value:
        view.conditions.append(node)


def _read_flag(slot: str) -> Any:
    def read(view: View, at: Node, _node: Node) -> None:
        if at.value is True:
            setattr(view, slot, at)

    return read


def _read_dynamic(view: View, at: Node, _node: Node) -> None:
    """What a dynamic reference stands for depends on the way to it: it is not followed."""
    problem = UnresolvedReference(
        str(at.value), at.document.source, "is dynamic, and such references are not followed"
    )
    view.unresolved.append((at, problem))


_READERS = {
    "$dynamicRef": _read_dynamic,
    "$recursiveRef": _read_dynamic,
    "type": _read_types,
    "enum": _read_enum,
    "const": _read_const,
    "multipleOf": _read_multiple,
    "pattern": _read_text("patterns"),
    "format": _read_format,
    "contentEncoding": _read_content,
    "contentMediaType": _read_content,
    "uniqueItems": _read_unique,
    "required": _read_required,
    "propertyNames": _read_more("property_names"),
    "dependencies": _read_dependencies,
    "dependentRequired": _read_dependencies,
    "dependentSchemas": _read_dependencies,
    "unevaluatedItems": _read_one("unevaluated_items"),
    "unevaluatedProperties": _read_one("unevaluated_properties"),
    "oneOf": _read_union,
    "anyOf": _read_union,
    "not": _read_more("nots"),
    "if": _read_condition,
    "discriminator": _read_more("discriminators"),
    "default": _read_one("default"),
    "deprecated": _read_flag("deprecated"),
    "readOnly": _read_flag("read_only"),
    "writeOnly": _read_flag("write_only"),
    "xml": _read_one("xml"),
}
