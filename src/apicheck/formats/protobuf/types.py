"""Types of fields: which changes keep the bytes readable, and which values are then misread.

The groups are those of the language guide ("Updating A Message Type") and of the encoding guide:
a varint may be an int32, uint32, int64, uint64 or bool, but values outside the range of the reader
are cut. In JSON, 64-bit integers are strings, bytes are base64 and enums are names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.protobuf.context import SOURCE_ONLY
from apicheck.model import Effect, Example, Rule, Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RULES", "TYPE_CHANGED", "scalar_change", "spelled"]

_ALL = frozenset(Surface)


def _example(old: str, new: str, more: str = "") -> Example:
    return Example(
        of="proto",
        old=f"message Order {{ {old} size = 1; }}{more}",
        new=f"message Order {{ {new} size = 1; }}{more}",
    )


_ENUM = " enum Size { SMALL = 0; LARGE = 1; }"

TYPE_CHANGED = Rule(
    id="protobuf.field-type-changed",
    effect=Effect.REPLACES,
    summary="The type of a field changed to one that is written otherwise.",
    message="type changed from {old} to {new}, which is written otherwise",
    why="The value is misread, lost or refused by the other side.",
    fix="Add a field with a number of its own, fill both for a while, then remove the old one.",
    example=_example("int32", "string"),
    surfaces=_ALL,
)
SIGN_CHANGED = Rule(
    id="protobuf.field-sign-changed",
    effect=Effect.REPLACES,
    summary="A number changed between signed and unsigned of the same width.",
    message="{name} was {old} and is now {new}: negative and very large values are misread",
    why="The bytes are the same, but -1 of the one is the largest number of the other.",
    fix="Keep the type, or make sure that no such values are written.",
    example=_example("int32", "uint32"),
    surfaces=_ALL,
)
WIDENED = Rule(
    id="protobuf.field-number-widened",
    mirror="protobuf.field-number-narrowed",
    effect=Effect.WIDENS,
    summary="A number got a type with a larger range, which is written alike.",
    message="{name} was {old} and is now {new}, which holds more numbers",
    why="Readers that were not upgraded drop the upper bits of what does not fit, without an error."
    " In JSON, 64-bit integers are strings.",
    fix="Upgrade all readers before larger values are written.",
    example=_example("int32", "int64"),
    surfaces=_ALL,
)
NARROWED = Rule(
    id="protobuf.field-number-narrowed",
    mirror="protobuf.field-number-widened",
    effect=Effect.NARROWS,
    summary="A number got a type with a smaller range, which is written alike.",
    message="{name} was {old} and is now {new}, which holds fewer numbers",
    why="The upper bits of what does not fit are dropped, without an error. In JSON, 64-bit"
    " integers are strings.",
    fix="Keep the type.",
    example=_example("int64", "int32"),
    surfaces=_ALL,
)
NUMBER_CHANGED = Rule(
    id="protobuf.field-number-changed",
    effect=Effect.REPLACES,
    summary="A number got a type of another sign and another width, which is written alike.",
    message="{name} was {old} and is now {new}: negative and large values are misread",
    why="What does not fit the type of the reader becomes another number, without an error.",
    fix="Keep the type.",
    example=_example("int32", "uint64"),
    surfaces=_ALL,
)
BOOL_TO_NUMBER = Rule(
    id="protobuf.field-bool-to-number",
    mirror="protobuf.field-number-to-bool",
    effect=Effect.REPLACES,
    summary="A bool became a number.",
    message="{name} was {old} and is now {new}",
    why="As bytes a bool is 0 or 1, and its readers take any other number for true; in JSON it is"
    " true or false, which the other side refuses.",
    fix="Add a field of its own for the number.",
    example=_example("bool", "int32"),
    surfaces=_ALL,
)
NUMBER_TO_BOOL = Rule(
    id="protobuf.field-number-to-bool",
    mirror="protobuf.field-bool-to-number",
    effect=Effect.REPLACES,
    summary="A number became a bool.",
    message="{name} was {old} and is now {new}",
    why="Every number but 0 becomes true; in JSON a number is refused where a bool is expected.",
    fix="Add a field of its own for the bool.",
    example=_example("int32", "bool"),
    surfaces=_ALL,
)
TEXT_TO_BYTES = Rule(
    id="protobuf.field-text-to-bytes",
    mirror="protobuf.field-bytes-to-text",
    effect=Effect.REPLACES,
    summary="A string became bytes.",
    message="{name} was {old} and is now {new}",
    why="Readers that were not upgraded refuse bytes that are no UTF-8; in JSON, bytes are base64"
    " and a text is misread as such.",
    fix="Add a field of its own for the bytes.",
    example=_example("string", "bytes"),
    surfaces=_ALL,
)
BYTES_TO_TEXT = Rule(
    id="protobuf.field-bytes-to-text",
    mirror="protobuf.field-text-to-bytes",
    effect=Effect.REPLACES,
    summary="Bytes became a string.",
    message="{name} was {old} and is now {new}",
    why="Bytes that are no UTF-8 are refused; in JSON, bytes are base64, which is taken for text.",
    fix="Add a field of its own for the text.",
    example=_example("bytes", "string"),
    surfaces=_ALL,
)
ENUM_TO_NUMBER = Rule(
    id="protobuf.field-enum-to-number",
    mirror="protobuf.field-number-to-enum",
    effect=Effect.REPLACES,
    summary="An enum became a plain number.",
    message="{name} was {old} and is now {new}",
    why="The bytes are alike, but readers of the enum meet numbers without a name, and in JSON an"
    " enum is written as a name.",
    fix="Keep the enum: its open form takes any number.",
    example=_example("Size", "int32", _ENUM),
    surfaces=_ALL,
)
NUMBER_TO_ENUM = Rule(
    id="protobuf.field-number-to-enum",
    mirror="protobuf.field-enum-to-number",
    effect=Effect.REPLACES,
    summary="A plain number became an enum.",
    message="{name} was {old} and is now {new}",
    why="Numbers without a name are unknown values, and in JSON an enum is written as a name.",
    fix="Keep the number, or add a field of its own for the enum.",
    example=_example("int32", "Size", _ENUM),
    surfaces=_ALL,
)
ENCODING_CHANGED = Rule(
    id="protobuf.message-encoding-changed",
    effect=Effect.REPLACES,
    summary="A message inside a message is framed otherwise: by length, or as a group.",
    message="{name} was written {old} and is now written {new}",
    why="The frame has another wire type: the value is not found by the other side.",
    fix="Keep the feature message_encoding as it was.",
    example=Example(
        of="proto",
        old='edition = "2023"; message Order { Order next = 1; }',
        new='edition = "2023"; message Order {'
        " Order next = 1 [features.message_encoding = DELIMITED]; }",
    ),
    surfaces=frozenset({Surface.WIRE}),
)
_TWO = " message Small { int32 n = 1; } message Large { int32 n = 1; }"
MESSAGE_RENAMED = Rule(
    id="protobuf.field-message-renamed",
    effect=Effect.REPLACES,
    summary="The type of a field is another message, which reads alike.",
    message="{name} was {old} and is now {new}, which reads alike",
    why="Bytes and JSON do not name the type; generated code does.",
    fix="Upgrade the code that uses it.",
    example=_example("Small", "Large", _TWO),
    surfaces=SOURCE_ONLY,
)
MESSAGE_MOVED = Rule(
    id="protobuf.field-message-moved",
    effect=Effect.REPLACES,
    summary="The type of a field is a message of the same name that was defined elsewhere.",
    message="{name} was {old} and is now {new}, which reads alike",
    why="Bytes and JSON do not name the type; generated code does.",
    fix="Upgrade the code that uses it.",
    example=_example(
        "Box.Size",
        "Bag.Size",
        " message Box { message Size { int32 n = 1; } }"
        " message Bag { message Size { int32 n = 1; } }",
    ),
    surfaces=SOURCE_ONLY,
)
_ENUMS = " message Box { enum Size { ANY = 0; } } message Bag { enum Width { ANY = 0; } }"
ENUM_RENAMED = Rule(
    id="protobuf.field-enum-renamed",
    effect=Effect.REPLACES,
    summary="The type of a field is an enum of another name, which reads alike.",
    message="{name} was {old} and is now {new}, which reads alike",
    why="Bytes and JSON do not name the type; generated code does.",
    fix="Upgrade the code that uses it.",
    example=_example("Box.Size", "Bag.Width", _ENUMS),
    surfaces=SOURCE_ONLY,
)
ENUM_MOVED = Rule(
    id="protobuf.field-enum-moved",
    effect=Effect.REPLACES,
    summary="The type of a field is an enum that was defined elsewhere.",
    message="{name} was {old} and is now {new}, which has all the same values",
    why="Bytes and JSON do not name the type; generated code does.",
    fix="Upgrade the code that uses it.",
    example=_example(
        "Box.Size",
        "Bag.Size",
        " message Box { enum Size { ANY = 0; } } message Bag { enum Size { ANY = 0; } }",
    ),
    surfaces=SOURCE_ONLY,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
    "sint32": (-(2**31), 2**31 - 1),
    "sint64": (-(2**63), 2**63 - 1),
    "fixed32": (0, 2**32 - 1),
    "sfixed32": (-(2**31), 2**31 - 1),
    "fixed64": (0, 2**64 - 1),
    "sfixed64": (-(2**63), 2**63 - 1),
}
_VARINT, _ZIGZAG, _FOUR, _EIGHT = "varint", "zigzag", "four bytes", "eight bytes"
_WRITTEN = {
    "int32": _VARINT, "int64": _VARINT, "uint32": _VARINT, "uint64": _VARINT,
    "sint32": _ZIGZAG, "sint64": _ZIGZAG, "fixed32": _FOUR, "sfixed32": _FOUR,
    "fixed64": _EIGHT, "sfixed64": _EIGHT,
}  # fmt: skip


def scalar_change(old: str, new: str) -> Rule | None:
    """The card of a change from one type of value to another; None where they are the same."""
    if old == new:
        return None
    if old in _WRITTEN and _WRITTEN[old] == _WRITTEN.get(new):
        return _of_ranges(*_RANGES[old], *_RANGES[new])
    varint = {each for each, written in _WRITTEN.items() if written == _VARINT}
    if old == "bool" and new in varint:
        return BOOL_TO_NUMBER
    if new == "bool" and old in varint:
        return NUMBER_TO_BOOL
    if old == "enum" and new in varint | {"bool"}:
        return ENUM_TO_NUMBER
    if new == "enum" and old in varint | {"bool"}:
        return NUMBER_TO_ENUM
    if (old, new) == ("string", "bytes"):
        return TEXT_TO_BYTES
    if (old, new) == ("bytes", "string"):
        return BYTES_TO_TEXT
    return TYPE_CHANGED


def _of_ranges(low: int, high: int, new_low: int, new_high: int) -> Rule:
    if new_low <= low and high <= new_high:
        return WIDENED
    if low <= new_low and new_high <= high:
        return NARROWED
    same_width = high - low == new_high - new_low
    return SIGN_CHANGED if same_width else NUMBER_CHANGED


def spelled(field: dict[str, Any]) -> str:
    """The type of a field as one would write it."""
    return " ".join(_words(field))


def _words(field: dict[str, Any]) -> Iterator[str]:
    kind = field["ref"] or field["type"]
    if field["label"] == "map":
        yield f"map<{field['key']}, {kind}>"
        return
    if field["label"] in {"repeated", "required"}:
        yield field["label"]
    yield kind
