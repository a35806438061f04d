"""JSON Schemas compared: what changed between two of them, by named rules.

A format gives its own context an attribute ``schemas`` (a ``Context`` with the views of both
sides) and visits pairs of schema nodes with ``compare_schemas``.
"""

from __future__ import annotations

from apicheck.schema import (
    arrays,
    compare,
    conditions,
    enums,
    limits,
    objects,
    remarks,
    senders,
    strings,
    types,
    unions,
    whole,
)
from apicheck.schema.compare import compare_schemas, compare_text_schemas
from apicheck.schema.dialects import (
    DRAFT_4,
    DRAFT_6,
    DRAFT_7,
    DRAFT_2019_09,
    DRAFT_2020_12,
    OPENAPI_2,
    OPENAPI_30,
    OPENAPI_31,
    Dialect,
)
from apicheck.schema.match import Context
from apicheck.schema.views import Views
from apicheck.schema.whole import unnamed

__all__ = [
    "DRAFT_4",
    "DRAFT_6",
    "DRAFT_7",
    "DRAFT_2019_09",
    "DRAFT_2020_12",
    "OPENAPI_2",
    "OPENAPI_30",
    "OPENAPI_31",
    "RULES",
    "Context",
    "Dialect",
    "Views",
    "compare_schemas",
    "compare_text_schemas",
    "unnamed",
]

#: Every card that ``compare_schemas`` can fire.
RULES = (
    types.RULES
    + enums.RULES
    + limits.RULES
    + strings.RULES
    + objects.RULES
    + senders.RULES
    + arrays.RULES
    + tuple(each for each in unions.RULES if each not in types.RULES)
    + conditions.RULES
    + remarks.RULES
    + compare.RULES
    + whole.RULES
)
