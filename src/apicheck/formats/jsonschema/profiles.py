"""Our findings with the severities that schema registries give the same changes.

A registry has one mode; BACKWARD is the usual one and is our INBOUND. FORWARD is the same check
with the two schemas swapped, so a mirrored rule, OUTBOUND, has the same severity.

What selectors cannot express, since our rules do not tell it apart: registries let pass a required
property that has a default (which no validator fills in), and a property added to an open object
whose schema accepts everything or is implied by ``additionalProperties``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Direction, Profile, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROFILES"]

#: What Confluent's policy decides (STRICT refuses, LENIENT lets pass): rule and its mirror.
_BY_POLICY = (
    ("property-added", "property-removed"),
    ("closed-property-removed", "closed-property-added"),
    ("extra-properties-refused", "extra-properties-accepted"),
    ("extra-properties-restricted", "extra-properties-freed"),
    ("map-closed", "map-opened"),
)
#: What registries let pass whatever the policy.
_PASSED = (
    ("property-removed", "property-added"),
    ("required-property-removed", "required-property-added"),
    ("closed-property-added", "closed-property-removed"),
)
#: What they refuse and we are less sure of.
_REFUSED = (
    ("pattern-changed", "pattern-changed"),
    ("enum-value-removed", "enum-value-added"),
    ("any-of-became-one-of", "one-of-became-any-of"),
)
#: Keywords that they do not look at.
_UNSEEN = (
    "schema.format-*",
    "schema.content-*",
    "schema.contains-*",
    "schema.default-*",
    "schema.discriminator-*",
    "schema.xml-*",
    "schema.*-read-only",
    "schema.*-write-only",
    "schema.unevaluated-*",
    "schema.condition-*",
    "jsonschema.*",
)


def _levels(policy: Severity) -> Mapping[str, Severity]:
    levels = dict.fromkeys(_UNSEEN, Severity.INFO)
    for pairs, level in ((_BY_POLICY, policy), (_PASSED, Severity.INFO)):
        for inbound, outbound in pairs:
            levels[f"schema.{inbound}@inbound"] = level
            levels[f"schema.{outbound}@outbound"] = level
    for inbound, outbound in _REFUSED:
        levels[f"schema.{inbound}@inbound"] = Severity.ERROR
        levels[f"schema.{outbound}@outbound"] = Severity.ERROR
    return levels


PROFILES: Mapping[str, Profile] = {
    each.name: each
    for each in (
        Profile(
            name="confluent",
            summary="Confluent Schema Registry, BACKWARD, policy STRICT (its default)",
            levels=_levels(Severity.ERROR),
            compatibility=Direction.INBOUND,
        ),
        Profile(
            name="confluent-lenient",
            summary="Confluent Schema Registry, BACKWARD, policy LENIENT",
            levels=_levels(Severity.INFO),
            compatibility=Direction.INBOUND,
        ),
        Profile(
            name="karapace",
            summary="Karapace, BACKWARD (its rules are those of Confluent's policy STRICT)",
            levels=_levels(Severity.ERROR),
            compatibility=Direction.INBOUND,
        ),
    )
}
