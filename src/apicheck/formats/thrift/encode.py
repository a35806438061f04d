"""Values written in TBinaryProtocol.

Source: Thrift binary protocol specification, doc/specs/thrift-binary-protocol.md. Big endian; a
field is its type code, its id as i16 and its value; a struct ends with a zero byte.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from apicheck.formats.thrift.shapes import Shape, of_definition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apicheck.formats.thrift.model import Idl
    from apicheck.nodes import Node

__all__ = ["encode"]

_CODES = {
    "bool": 2,
    "i8": 3,
    "double": 4,
    "i16": 6,
    "i32": 8,
    "i64": 10,
    "string": 11,
    "binary": 11,
    "map": 13,
    "set": 14,
    "list": 15,
    "uuid": 16,
}
_PACKED = {"i8": ">b", "double": ">d", "i16": ">h", "i32": ">i", "i64": ">q", "bool": ">?"}


def encode(idl: Idl, shape: Shape, value: Mapping[int, Any]) -> bytes:
    """The fields of ``value`` by their ids, in their order.

    Values are plain: an enum is its number, a struct a dict of ids, a map a list of pairs.
    """
    parts = []
    for key, each in value.items():
        kind = shape.fields[key].kind
        parts.append(struct.pack(">bh", _code(idl, kind), _short(key)) + _value(idl, kind, each))
    return b"".join(parts) + b"\0"


def _short(key: int) -> int:
    # Ids are i16 on the wire; the compiler only warns of others, and generated code wraps them.
    return (key + 2**15) % 2**16 - 2**15


def _code(idl: Idl, kind: Node) -> int:
    kind = idl.resolved(kind)
    word = kind.value["kind"]
    if word == "named":
        return 8 if kind.value["to"][0] == "enums" else 12
    return _CODES[word]


def _value(idl: Idl, kind: Node, value: Any) -> bytes:
    kind = idl.resolved(kind)
    word = kind.value["kind"]
    if word == "named":
        table, key = kind.value["to"]
        if table == "enums":
            return struct.pack(">i", value)
        return encode(idl, of_definition(idl, key), value)
    if word in _PACKED:
        return struct.pack(_PACKED[word], value)
    if word == "uuid":
        return bytes(value)
    if word in {"string", "binary"}:
        raw = value.encode() if isinstance(value, str) else value
        return struct.pack(">i", len(raw)) + raw
    if word == "map":
        key_kind, value_kind = kind.step("key"), kind.step("value")
        head = struct.pack(">bbi", _code(idl, key_kind), _code(idl, value_kind), len(value))
        return head + b"".join(
            _value(idl, key_kind, key) + _value(idl, value_kind, each) for key, each in value
        )
    of = kind.step("of")
    head = struct.pack(">bi", _code(idl, of), len(value))
    return head + b"".join(_value(idl, of, each) for each in value)
