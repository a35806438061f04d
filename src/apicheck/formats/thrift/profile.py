"""What ``thrift --audit OLD NEW`` of the Apache compiler says, its weak spots included.

Source: ``compiler/cpp/src/thrift/audit/t_audit.cpp``. Its failures are errors here, its warnings
are warnings, and what it does not look at is off: it has no direction, compares types by name, and
does not see unions, new enum values, new exceptions or what a typedef stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Profile, Severity, Surface

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROFILES"]

_FAILURES = (
    "service-removed",
    "parent-removed",
    "parent-changed",
    "method-removed",
    "oneway-changed",
    "return-type-changed",
    "return-added",
    "return-dropped",
    "argument-removed",
    "argument-type-changed",
    "required-argument-removed",
    "required-argument-added",
    "exception-removed",
    "exception-removed-from-void",
    "exception-type-changed",
    "struct-removed",
    "type-removed",
    # It has no renaming: the old name is missing, and a field of the type has "another type".
    "type-renamed",
    "became-exception",
    "no-longer-exception",
    "field-removed",
    "optional-field-removed",
    "required-field-removed",
    "required-field-added",
    # "added in the middle": safe on the wire, and a failure there.
    "field-inserted",
    "optional-field-inserted",
    "union-field-removed",
    "field-id-changed",
    "field-id-reused",
    "field-made-required",
    "field-no-longer-required",
    "field-type-changed",
    "element-type-changed",
    "integer-became-enum",
    "enum-became-integer",
    # Another name for the same type is another type there.
    "type-spelling-changed",
    "typedef-renamed",
    "enum-renamed",
    "enum-value-removed",
    "enum-value-renumbered",
)
_WARNINGS = (
    "namespace-changed",
    "namespace-removed",
    "enum-removed",
    "enum-value-renamed",
    "field-renamed",
    "default-changed",
    "const-removed",
    "const-changed",
)

PROFILES: Mapping[str, Profile] = {
    "thrift-audit": Profile(
        name="thrift-audit",
        summary="What 'thrift --audit' of the Apache Thrift compiler fails on and warns of.",
        levels={
            "thrift.*": Severity.OFF,
            **{f"thrift.{each}": Severity.ERROR for each in _FAILURES},
            **{f"thrift.{each}": Severity.WARNING for each in _WARNINGS},
        },
        surfaces=frozenset(Surface),
    )
}
