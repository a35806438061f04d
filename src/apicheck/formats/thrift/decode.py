"""Bytes of TBinaryProtocol read the way a strict reader of one contract does.

Source: Thrift binary protocol specification; IDL documentation, 'Field Requiredness', 'Union'.
Shares nothing with ``encode``, so that a mistake in the one is not repeated in the other.

- A field with an unknown id is skipped, and so is one with another type code than expected.
- A missing required field, a union with none or several fields, an answer without a result, a
  text that is not UTF-8 and a number that its enum does not name are refused. Some languages pass
  some of these on to the program instead.
- Elements are read by the expected type; where another is announced, that is refused, since
  generated readers do not look and lose their place.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from apicheck.formats.thrift.constants import canonical, written
from apicheck.formats.thrift.shapes import UNSET, Shape, Slot, of_definition

if TYPE_CHECKING:
    from apicheck.formats.thrift.model import Idl
    from apicheck.nodes import Node

__all__ = ["Refused", "read"]

_NAMES = {
    2: "bool",
    3: "i8",
    4: "double",
    6: "i16",
    8: "i32",
    10: "i64",
    11: "string",
    12: "struct",
    13: "map",
    14: "set",
    15: "list",
    16: "uuid",
}
_WIDTHS = {2: 1, 3: 1, 4: 8, 6: 2, 8: 4, 10: 8, 16: 16}
_FORMATS = {"bool": ">?", "i8": ">b", "double": ">d", "i16": ">h", "i32": ">i", "i64": ">q"}
_MAX_DEPTH = 64


class Refused(Exception):
    """The reader cannot take the bytes: ``problem``, and the ids that lead to where it is."""

    def __init__(self, problem: str, place: tuple[int, ...] = ()) -> None:
        super().__init__(problem, place)
        self.problem = problem
        self.place = place

    def __str__(self) -> str:
        return self.problem


def read(idl: Idl, shape: Shape, raw: bytes) -> dict[str, Any]:
    """Field names and values as the reader sees them, defaults filled in; Refused."""
    reader = _Reader(idl, raw)
    found = reader.struct(shape, 0)
    if reader.at != len(raw):
        raise Refused("there are bytes left after the end of the struct")
    return found


class _Reader:
    """A position in the bytes."""

    def __init__(self, idl: Idl, raw: bytes) -> None:
        self.idl = idl
        self.raw = raw
        self.at = 0

    def struct(self, shape: Shape, depth: int) -> dict[str, Any]:
        if depth > _MAX_DEPTH:
            raise Refused(f"nested deeper than {_MAX_DEPTH} levels")
        seen: dict[int, Any] = {}
        while code := self.take(1)[0]:
            (key,) = struct.unpack(">h", self.take(2))
            slot = shape.fields.get(key)
            if slot is None or self.expected(slot.kind) != _NAMES.get(code):
                self.skip(code, depth)
                continue
            try:
                seen[key] = self.value(slot.kind, depth)
            except Refused as problem:
                raise Refused(problem.problem, (key, *problem.place)) from None
        _complete(shape, seen)
        return {
            slot.name: seen[key] if key in seen else self.default(slot)
            for key, slot in shape.fields.items()
            if key in seen or slot.default is not UNSET
        }

    def default(self, slot: Slot) -> Any:
        value = canonical(self.idl, slot.default, slot.kind)
        kind = self.idl.resolved(slot.kind).value
        if kind["kind"] == "named" and kind["to"][0] == "enums" and type(value) is int:
            return self.named(kind["to"][1], value)
        return value if type(value) in {str, int, float, bool} else written(slot.default)

    def expected(self, kind: Node) -> str:
        """The name of the type code that a type has."""
        kind = self.idl.resolved(kind)
        word: str = kind.value["kind"]
        if word == "named":
            return "i32" if kind.value["to"][0] == "enums" else "struct"
        return "string" if word == "binary" else word

    def value(self, kind: Node, depth: int) -> Any:
        kind = self.idl.resolved(kind)
        word = kind.value["kind"]
        if word == "named":
            table, key = kind.value["to"]
            if table == "enums":
                return self.named(key, self.number("i32"))
            return self.struct(of_definition(self.idl, key), depth + 1)
        if word in _FORMATS:
            return self.number(word)
        if word == "uuid":
            return self.take(16).hex()
        if word == "binary":
            return "0x" + self.chunk().hex()
        if word == "string":
            try:
                return self.chunk().decode()
            except UnicodeDecodeError:
                raise Refused("a string is not UTF-8") from None
        if word == "map":
            codes = self.take(2)
            count = self.count()
            parts = [kind.step("key"), kind.step("value")]
            self.announced(codes, parts, count)
            return [[self.value(each, depth + 1) for each in parts] for _ in range(count)]
        codes = self.take(1)
        count = self.count()
        self.announced(codes, [kind.step("of")], count)
        return [self.value(kind.step("of"), depth + 1) for _ in range(count)]

    def announced(self, codes: bytes, kinds: list[Node], count: int) -> None:
        for code, kind in zip(codes, kinds, strict=True):
            told, wanted = _NAMES.get(code), self.expected(kind)
            # Readers do not look, and an empty container is empty whatever it is of.
            if count and told != wanted:
                raise Refused(f"elements of type {told}, read as {wanted}")

    def named(self, enum: str, number: int) -> str:
        values = self.idl.data["enums"][enum]["values"]
        names: list[str] = [name for name in values if values[name]["number"] == number]
        if not names:
            raise Refused(f"{number} has no name in enum {enum}")
        return names[0]

    def skip(self, code: int, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise Refused(f"nested deeper than {_MAX_DEPTH} levels")
        if code in _WIDTHS:
            self.take(_WIDTHS[code])
        elif code == 11:
            self.chunk()
        elif code == 12:
            while inner := self.take(1)[0]:
                self.take(2)
                self.skip(inner, depth + 1)
        elif code == 13:
            codes = self.take(2)
            for _ in range(self.count()):
                self.skip(codes[0], depth + 1)
                self.skip(codes[1], depth + 1)
        elif code in {14, 15}:
            inner = self.take(1)[0]
            for _ in range(self.count()):
                self.skip(inner, depth + 1)
        else:
            raise Refused(f"there is no type code {code}")

    def number(self, word: str) -> Any:
        layout = _FORMATS[word]
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def count(self) -> int:
        """A size, which cannot be more than the bytes that are left."""
        size: int = self.number("i32")
        if not 0 <= size <= len(self.raw) - self.at:
            raise Refused(f"{size} is no size here")
        return size

    def chunk(self) -> bytes:
        return self.take(self.count())

    def take(self, width: int) -> bytes:
        chunk = self.raw[self.at : self.at + width]
        if len(chunk) < width:
            raise Refused("the bytes end in the middle")
        self.at += width
        return chunk


def _complete(shape: Shape, seen: dict[int, Any]) -> None:
    """Whether all is there that must be."""
    for key, slot in shape.fields.items():
        if slot.required and key not in seen:
            raise Refused(f"required field {key} ({slot.name}) is missing", (key,))
    if shape.union and len(seen) != 1:
        told = "nothing" if not seen else f"{len(seen)} fields"
        raise Refused(f"{shape.title} has {told} set")
    if shape.returns and not seen:
        raise Refused("missing result: neither a value nor a declared exception")
