"""Turn any value into plain JSON, and plain JSON into text; never fails on odd values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

__all__ = ["compact", "plain", "well_formed", "write"]

#: Deeper values are cut: the JSON writers have limits of their own, near 250 and 1000.
DEPTH = 100


def plain(value: Any, depth: int = DEPTH) -> Any:
    """The value in JSON's own types, exact where JSON can be exact.

    Numbers that JSON has no word for become the strings ``NaN``, ``Infinity`` and
    ``-Infinity``; sets become sorted lists; what is no JSON at all becomes its text.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value, depth)
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, int):
        # Python refuses to write more than 4300 decimal digits; hexadecimal has no limit.
        return int(value) if value.bit_length() < 14_000 else hex(value)
    if isinstance(value, float):
        return _float(value)
    if depth == 0:
        return "…"
    if isinstance(value, Mapping):
        return {_key(name): plain(each, depth - 1) for name, each in value.items()}
    if isinstance(value, bytes | bytearray):
        return well_formed(bytes(value).decode("utf-8", "backslashreplace"))
    if isinstance(value, AbstractSet):
        return sorted((plain(each, depth - 1) for each in value), key=compact)
    if isinstance(value, Sequence):
        return [plain(each, depth - 1) for each in value]
    return well_formed(str(value))


def compact(value: Any) -> str:
    """The value as JSON on one line, with the key order of the value."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))


def well_formed(text: str) -> str:
    """The text with lone surrogates written out as escapes, so that it can be encoded."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def write(data: Any) -> str:
    """JSON text of ``data``, indented by two spaces, ending in a newline.

    ``data`` holds only what ``plain`` gives, but its strings need not be well-formed.
    """
    import orjson

    try:
        return orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n"
    except TypeError:
        # An integer over 64 bits or a lone surrogate: the slower writer knows the one,
        # and ``plain`` mends the other.
        return json.dumps(plain(data), ensure_ascii=False, indent=2) + "\n"


def _float(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float(value)


def _key(name: Any) -> str:
    return well_formed(name) if isinstance(name, str) else compact(name)
