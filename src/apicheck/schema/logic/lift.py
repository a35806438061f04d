"""From a finding deep inside a schema to a whole value that shows it.

A path is written as in a JSON Pointer below the root schema, references left out:
``("properties", "items", "items", "properties", "sku")``. Steps that stay in the same value
(``allOf``, ``anyOf``, ``oneOf``, ``then``, …) are let pass: what the finding's own schema says
is demanded anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.schema.logic.form import TRUE, Form

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.schema.logic.form import Forms

__all__ = ["lift"]

_SAME_VALUE = frozenset({"then", "else"})
_BRANCHES = frozenset({"allOf", "anyOf", "oneOf"})
_DEFINITIONS = frozenset({"$defs", "definitions", "components"})
_Step = tuple[str, str | int | None]


def lift(forms: Forms, path: Sequence[str | int], finding: Form) -> Form | None:
    """The formula "there is a value at ``path`` that satisfies ``finding``".

    None for a path that does not lead to a part of the value (through ``not``, say).
    """
    steps = list(_steps(path))
    if any(kind == "" for kind, _ in steps):
        return None
    for kind, name in reversed(steps):
        finding = _around(forms, kind, name, finding)
    return finding


def _steps(path: Sequence[str | int]) -> Iterator[_Step]:
    rest = list(path)
    while rest:
        keyword = rest.pop(0)
        follows = rest[0] if rest else None
        if keyword in {"properties", "patternProperties"} and follows is not None:
            yield str(keyword), rest.pop(0)
        elif keyword in {"prefixItems", "items"} and isinstance(follows, int):
            yield "position", rest.pop(0)
        elif keyword in {"items", "additionalItems", "unevaluatedItems", "contains"}:
            yield "items", None
        elif keyword in {"additionalProperties", "unevaluatedProperties"}:
            yield "any member", None
        elif (keyword in _BRANCHES and isinstance(follows, int)) or (
            keyword == "dependentSchemas" and follows is not None
        ):
            rest.pop(0)
        elif keyword not in _SAME_VALUE:
            yield "", None


def _around(forms: Forms, kind: str, name: str | int | None, finding: Form) -> Form:
    """A value that has a part at one step, which satisfies ``finding``."""
    an_object, an_array = forms.types(["object"]), forms.types(["array"])
    refused = forms.negate(finding)
    if kind == "properties":
        has = forms.make("required", name)
        return forms.all_of([an_object, has, forms.members([(str(name), finding)])])
    if kind == "position":
        assert isinstance(name, int)
        first = forms.items([TRUE] * name + [finding], TRUE)
        return forms.all_of([an_array, forms.make("min-items", name + 1), first])
    if kind == "items":
        return forms.all_of([an_array, forms.contains(finding, least=1)])
    if kind == "patternProperties":
        none_such = forms.members([], [(str(name), refused)])
    else:
        none_such = forms.members([], [], refused)
    return forms.all_of([an_object, forms.negate(none_such)])
