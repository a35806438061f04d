"""Small data of a schema: the least value of a type, telling values, their bytes and their JSON.

Generators that follow the schema blindly never end on one that contains itself. Here the cost of
the least value of every named type is worked out first.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.formats.avro.model import (
    Array,
    Enumeration,
    Fixed,
    Kind,
    Map,
    Primitive,
    Record,
    Reference,
    Union,
    is_named,
    resolved,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apicheck.formats.avro.model import Logical
    from apicheck.nodes import Node

__all__ = ["Chosen", "Costs", "encoded", "least", "readable", "telling"]

#: Values in one datum; more shows nothing to anybody.
_LARGEST = 5_000
_ROUNDS = 200
_PLAIN: Mapping[Kind, Any] = {
    Kind.NULL: None,
    Kind.BOOLEAN: False,
    Kind.INT: 0,
    Kind.LONG: 0,
    Kind.FLOAT: 0.0,
    Kind.DOUBLE: 0.0,
    Kind.BYTES: b"",
    Kind.STRING: "",
}
#: Values that a reader of another type stumbles over, or rounds.
_TELLING: Mapping[Kind, tuple[Any, ...]] = {
    Kind.NULL: (None,),
    Kind.BOOLEAN: (True,),
    Kind.INT: (1, 2**24 + 1),
    Kind.LONG: (1, 2**53 + 1),
    Kind.FLOAT: (0.5,),
    Kind.DOUBLE: (0.5,),
    Kind.BYTES: (b"\xff", b"a"),
    Kind.STRING: ("a", "00000000-0000-4000-8000-000000000000"),
}
#: Numbers that are times of our days in one unit, and far off in another.
_TIMES: Mapping[str, int] = {
    "date": 19_675,
    "time-millis": 45_000_000,
    "time-micros": 45_000_000_000,
    "timestamp-millis": 1_700_000_000_000,
    "timestamp-micros": 1_700_000_000_000_000,
    "timestamp-nanos": 1_700_000_000_000_000_000,
    "local-timestamp-millis": 1_700_000_000_000,
    "local-timestamp-micros": 1_700_000_000_000_000,
    "local-timestamp-nanos": 1_700_000_000_000_000_000,
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value of a union: the index of its branch, and the value."""

    index: int
    value: Any


class Costs:
    """How many values the least datum of a type has; infinite where there is none."""

    def __init__(self, names: Mapping[str, Node]) -> None:
        #: Whether all is worked out, so that infinite means that there is no value.
        self.known = False
        self._names = names
        self._named = dict.fromkeys(names, math.inf)
        for _ in range(_ROUNDS):
            changed = False
            for name, node in names.items():
                cost = self._definition(node.value)
                if cost < self._named[name]:
                    self._named[name] = cost
                    changed = True
            if not changed:
                self.known = True
                break

    def _definition(self, value: Any) -> float:
        if type(value) is Record:
            return 1 + sum(self(each.value.type) for each in value.fields)
        return 1.0 if type(value) is not Enumeration or value.symbols else math.inf

    def __call__(self, node: Node) -> float:
        """The cost of the least value of the type at a node."""
        value = node.value
        if type(value) is Reference:
            return self._named.get(value.name, math.inf)
        if is_named(value):
            known = self._names.get(value.name.full)
            # The parameters of a message are a record that no name leads to.
            if known is None or known.value is not value:
                return self._definition(value)
            return self._named[value.name.full]
        if type(value) is Union:
            return min((self(each) for each in value.branches), default=math.inf)
        return 1.0


def least(node: Node, costs: Costs) -> Any:
    """The value of a type with the fewest parts; ValueError where it has none, or too many."""
    if costs(node) > _LARGEST:
        raise ValueError("the type has no small value")
    value = resolved(node).value
    if type(value) is Primitive:
        return _PLAIN[value.kind] if value.logical is None else next(telling(node, costs))
    if type(value) is Enumeration:
        return value.symbols[0]
    if type(value) is Fixed:
        return bytes(value.size) if value.size <= _LARGEST else _too_large()
    if type(value) is Array:
        return []
    if type(value) is Map:
        return {}
    if type(value) is Record:
        return {each.value.name: least(each.value.type, costs) for each in value.fields}
    index = min(range(len(value.branches)), key=lambda each: costs(value.branches[each]))
    return Chosen(index, least(value.branches[index], costs))


def _too_large() -> bytes:
    raise ValueError("the type has no small value")


def telling(node: Node, costs: Costs) -> Iterator[Any]:
    """Values of a type of which one shows what changed in it, if any does; the best first."""
    value = resolved(node).value
    if type(value) is Primitive:
        yield from _meant(value.logical, None)
        if value.logical is None or value.kind is not Kind.BYTES:
            yield from _TELLING[value.kind]
        yield _PLAIN[value.kind]
    elif type(value) is Enumeration:
        yield from reversed(value.symbols)
    elif type(value) is Fixed and value.logical is not None and value.size <= _LARGEST:
        yield from _meant(value.logical, value.size)
        yield bytes(value.size)
    elif type(value) is Array:
        for each in telling(value.items, costs):
            yield [each]
    elif type(value) is Map:
        for each in telling(value.values, costs):
            yield {"key": each}
    elif type(value) is Union:
        for index, branch in enumerate(value.branches):
            if costs(branch) < math.inf:
                yield from (Chosen(index, each) for each in telling(branch, costs))
    else:
        yield least(node, costs)


def _meant(logical: Logical | None, size: int | None) -> Iterator[Any]:
    """Values by their logical type: a time of today, an amount with all its digits."""
    if logical is None:
        return
    if logical.name in _TIMES:
        yield _TIMES[logical.name]
    elif logical.name == "decimal":
        for digits in (min(5, logical.precision), min(logical.precision, 60)):
            number = int("1234567890"[:digits].ljust(digits, "1"))
            width = size or number.bit_length() // 8 + 1
            yield number.to_bytes(width, "big", signed=True)
    elif logical.name == "duration":
        yield struct.pack("<III", 1, 2, 3)
    elif logical.name == "uuid":
        yield bytes(16) if size else "00000000-0000-4000-8000-000000000000"


def encoded(node: Node, datum: Any) -> bytes:
    """The datum in the binary encoding ("Binary Encoding")."""
    return b"".join(_encoded(node, datum))


def _encoded(node: Node, datum: Any) -> Iterator[bytes]:
    value = resolved(node).value
    if type(value) is Primitive:
        yield _primitive(value.kind, datum)
    elif type(value) is Enumeration:
        yield _long(value.symbols.index(datum))
    elif type(value) is Fixed:
        yield datum
    elif type(value) is Record:
        for each in value.fields:
            yield from _encoded(each.value.type, datum[each.value.name])
    elif type(value) is Union:
        yield _long(datum.index)
        yield from _encoded(value.branches[datum.index], datum.value)
    elif type(value) is Array:
        if datum:
            yield _long(len(datum))
            for each in datum:
                yield from _encoded(value.items, each)
        yield b"\0"
    elif type(value) is Map:
        if datum:
            yield _long(len(datum))
            for key, each in datum.items():
                yield _primitive(Kind.STRING, key)
                yield from _encoded(value.values, each)
        yield b"\0"


def _primitive(kind: Kind, datum: Any) -> bytes:
    if kind is Kind.NULL:
        return b""
    if kind is Kind.BOOLEAN:
        return b"\1" if datum else b"\0"
    if kind in {Kind.INT, Kind.LONG}:
        return _long(datum)
    if kind in {Kind.FLOAT, Kind.DOUBLE}:
        return struct.pack("<f" if kind is Kind.FLOAT else "<d", datum)
    raw: bytes = datum.encode() if kind is Kind.STRING else datum
    return _long(len(raw)) + raw


def _long(number: int) -> bytes:
    """Zig-zag and variable length."""
    left = (number << 1) ^ (number >> 63)
    found = bytearray()
    while left > 0x7F:
        found.append(left & 0x7F | 0x80)
        left >>= 7
    found.append(left)
    return bytes(found)


def readable(datum: Any) -> Any:
    """The datum as JSON for people: bytes in hexadecimal digits, unions by their value."""
    if type(datum) is Chosen:
        return readable(datum.value)
    if type(datum) is bytes:
        return f"0x{datum.hex()}"
    if type(datum) is list:
        return [readable(each) for each in datum]
    if type(datum) is dict:
        return {name: readable(each) for name, each in datum.items()}
    return datum
