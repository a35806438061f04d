"""Profiles: settings under which our findings give the verdict of another tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Direction, Profile, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROFILES"]

#: What the specification lets a reader do, however it comes out.
_RESOLVED = {
    "avro.bytes-to-string": Severity.INFO,
    "avro.string-to-bytes": Severity.INFO,
    "avro.type-promoted-inexactly@inbound": Severity.INFO,
    "avro.type-demoted-inexactly@outbound": Severity.INFO,
    "avro.leaf-namespace-changed": Severity.INFO,
    "avro.default-removed": Severity.INFO,
    "avro.logical-type-*": Severity.INFO,
    "avro.timestamp-unit-changed": Severity.INFO,
    "avro.decimal-*": Severity.INFO,
}
#: A registry compares one schema with another: it knows of no further ones, and of no messages.
_REGISTRY = {
    **_RESOLVED,
    "avro.schema-*": Severity.INFO,
    "avro.message-*": Severity.INFO,
    "avro.one-way-changed": Severity.INFO,
    # The check takes the field of the same name and is content; reading fails in Java all the same.
    "avro.alias-clashes*": Severity.INFO,
}
_EACH = (
    Profile(
        name="avro",
        summary="Schema resolution as the Avro specification has it; logical types do not count.",
        levels=_RESOLVED,
        compatibility=Direction.BOTH,
    ),
    Profile(
        name="confluent",
        summary="Confluent Schema Registry for Avro, in its default mode BACKWARD.",
        levels=_REGISTRY,
        compatibility=Direction.INBOUND,
    ),
    Profile(
        name="karapace",
        summary="Karapace for Avro, in its default mode BACKWARD.",
        levels=_REGISTRY,
        compatibility=Direction.INBOUND,
    ),
)

PROFILES: Mapping[str, Profile] = {each.name: each for each in _EACH}
