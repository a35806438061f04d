"""Every card that the comparison of two Avro contracts can fire."""

from __future__ import annotations

from apicheck.formats.avro import (
    compare,
    enums,
    meaning,
    messages,
    named,
    records,
    remarks,
    types,
)

__all__ = ["RULES"]

RULES = (
    compare.RULES
    + messages.RULES
    + named.RULES
    + records.RULES
    + enums.RULES
    + types.RULES
    + meaning.RULES
    + remarks.RULES
)
