"""Logical types: which annotate what, and how (specification 1.12, "Logical Types")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.avro.model import Kind, Logical

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FAMILIES", "UNITS", "decimal_fault", "logical_of"]

#: Logical type -> the types it may annotate; "fixed" with the size it must have, or None for any.
_BASES: Mapping[str, tuple[Kind | int | None, ...]] = {
    "decimal": (Kind.BYTES, None),
    "big-decimal": (Kind.BYTES,),
    "uuid": (Kind.STRING, 16),
    "date": (Kind.INT,),
    "time-millis": (Kind.INT,),
    "time-micros": (Kind.LONG,),
    "timestamp-millis": (Kind.LONG,),
    "timestamp-micros": (Kind.LONG,),
    "timestamp-nanos": (Kind.LONG,),
    "local-timestamp-millis": (Kind.LONG,),
    "local-timestamp-micros": (Kind.LONG,),
    "local-timestamp-nanos": (Kind.LONG,),
    "duration": (12,),
}
#: Logical type -> its unit in a second.
UNITS: Mapping[str, int] = {
    name: 10**power
    for power, unit in ((3, "millis"), (6, "micros"), (9, "nanos"))
    for name in (f"time-{unit}", f"timestamp-{unit}", f"local-timestamp-{unit}")
}
#: Logical type -> what it says, whatever the unit.
FAMILIES: Mapping[str, str] = {name: name.rpartition("-")[0] for name in UNITS}


def logical_of(raw: Mapping[str, Any], base: Kind | int) -> Logical | None:
    """The logical type of a primitive or of a fixed of that size; None where there is none.

    An unknown one, one on a type that it cannot annotate and one with wrong attributes are no
    logical types: "implementations must ignore" them.
    """
    name = raw.get("logicalType")
    if type(name) is not str or name not in _BASES:
        return None
    bases = _BASES[name]
    if base not in bases and not (isinstance(base, int) and None in bases):
        return None
    if name != "decimal":
        return Logical(name=name)
    if decimal_fault(raw, base) is not None:
        return None
    return Logical(name=name, precision=raw["precision"], scale=raw.get("scale", 0))


def decimal_fault(raw: Mapping[str, Any], base: Kind | int) -> str | None:
    """What is wrong with precision and scale of a decimal, or None."""
    precision, scale = raw.get("precision"), raw.get("scale", 0)
    if type(precision) is not int or precision < 1:
        return "a decimal needs a precision, an integer of at least 1"
    if type(scale) is not int or not 0 <= scale <= precision:
        return f"the scale of a decimal is an integer from 0 to its precision ({precision})"
    # 10 ** precision must fit into the bits, without building numbers of any size.
    if isinstance(base, int) and precision > digits_of(base):
        return f"a fixed of {base} bytes holds decimals of {digits_of(base)} digits at most"
    return None


def digits_of(size: int) -> int:
    """Decimal digits that always fit into a two's complement number of ``size`` bytes."""
    if size <= 0:
        return 0
    if size <= 64:
        return len(str(2 ** (8 * size - 1) - 1)) - 1
    from math import floor, log10

    return floor(log10(2) * (8 * size - 1))
