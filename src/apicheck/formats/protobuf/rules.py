"""Every card that the comparison of two Protobuf contracts can fire."""

from __future__ import annotations

from apicheck.formats.protobuf import (
    enums,
    fields,
    files,
    messages,
    options,
    reserved,
    reuse,
    services,
    shapes,
    types,
)

__all__ = ["RULES"]

RULES = (
    files.RULES
    + services.RULES
    + messages.RULES
    + fields.RULES
    + types.RULES
    + shapes.RULES
    + options.RULES
    + enums.RULES
    + reserved.RULES
    + reuse.RULES
)
