"""What the prover writes and reads: a struct, the arguments or the result of a method.

Source: binary protocol specification, 'Struct' and 'Message'. The result of a method is a struct
whose field 0 is what it returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apicheck.formats.thrift.model import Idl
    from apicheck.nodes import Node

__all__ = ["UNSET", "Shape", "Slot", "alone", "of_definition", "of_method"]


class _Unset:
    """The default of a field that has none."""


UNSET = _Unset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A field: its type as a place in the model, and what is said of it."""

    name: str
    kind: Node
    required: bool = False
    #: A plain value, or UNSET where there is none or one that only code knows.
    default: Any = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Fields by id. ``returns`` says that one of them must come (the result of a method)."""

    title: str
    fields: Mapping[int, Slot]
    union: bool = False
    returns: bool = False


def of_definition(idl: Idl, key: str) -> Shape:
    """The shape of a struct, union or exception."""
    node = idl.at("structs", key)
    kind = node.value["kind"]
    return Shape(
        title=f"{kind} {key}",
        fields=_slots(node.step("fields"), union=kind == "union"),
        union=kind == "union",
    )


def of_method(idl: Idl, service: str, method: str, part: str) -> Shape:
    """The shape of the arguments (``arguments``) or of the result (``throws``) of a method."""
    node = idl.at("services", service, "methods", method)
    fields = dict(_slots(node.step(part), union=False))
    if part == "arguments":
        return Shape(title=f"arguments of {method}", fields=fields)
    returns = node.value["returns"] is not None
    if returns:
        fields[0] = Slot(name="success", kind=node.step("returns"))
    return Shape(title=f"result of {method}", fields=fields, returns=returns)


def alone(kind: Node, title: str) -> Shape:
    """A struct of one field, for a type that stands in no struct of its own."""
    return Shape(title=title, fields={1: Slot(name="value", kind=kind)})


def _slots(fields: Node, *, union: bool) -> dict[int, Slot]:
    return {
        int(key): Slot(
            name=field.value["name"],
            kind=field.step("type"),
            required=field.value["presence"] == "required" and not union,
            default=field.value.get("default", UNSET),
        )
        for key, field in fields.members()
    }
