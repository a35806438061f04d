"""Every card of Thrift: of two contracts compared, and of one held against its history."""

from __future__ import annotations

from apicheck.formats.thrift import (
    definitions,
    enums,
    fields,
    history,
    lifecycle,
    methods,
    services,
    structs,
    types,
)

__all__ = ["RULES"]

RULES = (
    services.RULES
    + methods.RULES
    + structs.RULES
    + fields.RULES
    + types.RULES
    + enums.RULES
    + definitions.RULES
    + lifecycle.RULES
    + history.RULES
)
