"""Small values of a type, to be written as a witness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.thrift.shapes import Shape, of_definition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.formats.thrift.model import Idl
    from apicheck.nodes import Node

__all__ = ["samples", "smallest"]

#: Structs within structs; a struct that requires itself has no value at all.
_MAX_DEPTH = 12
#: Fields of one value: structs that require several others each grow without end.
_MAX_FIELDS = 1_000
#: Values tried of one type.
_MAX_SAMPLES = 64


def smallest(idl: Idl, shape: Shape, *, without: int | None = None) -> dict[int, Any] | None:
    """A value with only what it must have; None where there is none.

    A union has its first field that is not ``without``.
    """
    return _smallest(idl, shape, without, 0, [_MAX_FIELDS])


def samples(idl: Idl, kind: Node, numbers: Sequence[int]) -> Iterator[Any]:
    """A few values of a type, containers with one element; ``numbers`` are those for an i32."""
    left = [_MAX_FIELDS]
    for count, each in enumerate(_samples(idl, kind, tuple(numbers) or (1,), 0, left)):
        if count >= _MAX_SAMPLES:
            return
        yield each


def _smallest(
    idl: Idl, shape: Shape, without: int | None, depth: int, left: list[int]
) -> dict[int, Any] | None:
    if depth > _MAX_DEPTH:
        return None
    if shape.union:
        for key, slot in shape.fields.items():
            found = None if key == without else _small(idl, slot.kind, depth, left)
            if found is not None:
                return {key: found}
        return None
    value = {}
    for key, slot in sorted(shape.fields.items()):
        if slot.required and key != without:
            found = _small(idl, slot.kind, depth, left)
            if found is None:
                return None
            value[key] = found
    return value


def _small(idl: Idl, kind: Node, depth: int, left: list[int]) -> Any:
    """The first value of a type, containers empty; None where there is none."""
    left[0] -= 1
    if left[0] < 0:
        return None
    word = idl.resolved(kind).value["kind"]
    if word in {"list", "set", "map"}:
        return []
    return next(_samples(idl, kind, (1,), depth, left), None)


def _samples(
    idl: Idl, kind: Node, numbers: tuple[int, ...], depth: int, left: list[int]
) -> Iterator[Any]:
    kind = idl.resolved(kind)
    word = kind.value["kind"]
    if word == "bool":
        yield True
    elif word in {"i8", "i16", "i64"}:
        yield 1
    elif word == "i32":
        yield from numbers
    elif word == "double":
        yield 1.5
    elif word == "string":
        yield "a"
    elif word == "binary":
        yield from (b"\xff", b"a")
    elif word == "uuid":
        yield bytes(range(16))
    elif word == "named":
        table, key = kind.value["to"]
        if table == "enums":
            yield from (each["number"] for each in idl.data["enums"][key]["values"].values())
        else:
            found = _smallest(idl, of_definition(idl, key), None, depth + 1, left)
            if found is not None:
                yield found
    elif depth > _MAX_DEPTH:
        return
    elif word == "map":
        # The first value of the one with every value of the other.
        keys = list(_few(idl, kind.step("key"), numbers, depth, left))
        values = list(_few(idl, kind.step("value"), numbers, depth, left))
        if keys and values:
            yield from ([[keys[0], each]] for each in values)
            yield from ([[each, values[0]]] for each in keys[1:])
    else:
        yield from ([each] for each in _few(idl, kind.step("of"), numbers, depth, left))


def _few(
    idl: Idl, kind: Node, numbers: tuple[int, ...], depth: int, left: list[int]
) -> Iterator[Any]:
    for count, each in enumerate(_samples(idl, kind, numbers, depth + 1, left)):
        if count >= _MAX_SAMPLES:
            return
        yield each
