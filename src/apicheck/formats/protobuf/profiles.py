"""Severities under which our findings give the verdict of another tool.

buf's categories are its own rules (buf 1.75, ``buf config ls-breaking-rules``), Confluent's and
Karapace's the incompatible ones of their lists of differences. None of them asks who sends, so a
card is an error in both directions or in none. Where they look at something else than we do, and so
cannot agree, tests/protobuf/test_protobuf_buf.py has the case and the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Direction, Profile, Severity, Surface

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["profiles"]

_REMOVED = ("field-removed", "field-removed-name-free", "field-removed-reserved")
_MEMBERS_REMOVED = (
    "oneof-member-removed", "oneof-member-removed-name-free", "oneof-member-removed-reserved",
)  # fmt: skip
_VALUES_REMOVED = (
    "enum-value-removed", "enum-value-removed-name-free", "enum-value-removed-reserved",
)  # fmt: skip
_FREED = (
    "reserved-numbers-freed", "reserved-names-freed",
    "field-added-on-reserved-number", "field-added-on-reserved",
    "oneof-member-added-on-reserved-number", "oneof-member-added-on-reserved",
    "enum-value-added-on-reserved-number", "enum-value-added-on-reserved",
)  # fmt: skip
_REQUIRED = (
    "required-field-added", "required-field-removed", "field-made-required",
    "field-no-longer-required",
)  # fmt: skip
_ONEOFS = (
    "field-into-new-oneof", "field-into-oneof", "field-out-of-oneof", "field-out-of-lone-oneof",
    "field-between-oneofs", "oneof-renamed",
)  # fmt: skip
_RPCS = (
    "client-streaming-added", "client-streaming-removed", "server-streaming-added",
    "server-streaming-removed", "idempotency-weakened", "idempotency-strengthened",
    "rpc-request-type-changed", "rpc-request-type-renamed", "rpc-response-type-changed",
    "rpc-response-type-renamed",
)  # fmt: skip
_PACKAGES = ("package-changed", "package-of-services-changed")
#: Written otherwise, or by a message of another name, which buf takes for the same.
_TYPES = (
    "field-type-changed", "number-reused", "field-enum-to-number", "field-number-to-enum",
    "field-bytes-to-text", "message-encoding-changed", "field-message-renamed",
    "field-message-moved", "field-enum-renamed",
)  # fmt: skip
#: Written alike in bytes, but otherwise in JSON.
_JSON_TYPES = (
    "field-number-widened", "field-number-narrowed", "field-number-changed",
    "field-bool-to-number", "field-number-to-bool", "field-text-to-bytes",
)  # fmt: skip
_REPEATED = (
    "number-made-repeated", "number-made-single", "field-made-repeated", "field-made-single",
)  # fmt: skip
_FIELD_NAMES = (
    "field-renamed", "field-renamed-json-kept", "number-reassigned", "json-name-changed",
)  # fmt: skip
_VALUE_NAMES = ("enum-value-renamed", "enum-alias-removed", "enum-number-reassigned")

#: What all four categories of buf have.
_BUF = (
    *_FREED, *_REQUIRED, *_ONEOFS, *_RPCS, *_PACKAGES, *_TYPES, *_REPEATED, "default-changed",
    "field-renumbered", "enum-value-renumbered", "field-removed", "oneof-member-removed",
    "enum-value-removed",
)  # fmt: skip
_BUF_WIRE_JSON = (
    *_BUF, *_JSON_TYPES, *_FIELD_NAMES, *_VALUE_NAMES, "json-dropped", "field-removed-name-free",
    "oneof-member-removed-name-free", "enum-value-removed-name-free",
)  # fmt: skip
_BUF_PACKAGE = (
    *_BUF_WIRE_JSON, *_REMOVED, *_MEMBERS_REMOVED, *_VALUES_REMOVED, "field-sign-changed",
    "field-enum-moved", "presence-gained", "presence-lost", "enum-opened", "enum-closed",
    "extension-numbers-removed", "extension-removed", "text-checked", "text-unchecked",
    "code-type-changed", "syntax-changed", "file-option-changed", "descriptor-accessor-removed",
    "rpc-removed", "service-removed", "message-removed", "message-type-removed", "enum-removed",
    "package-moved", "package-of-services-moved",
)  # fmt: skip
_BUF_FILE = (*_BUF_PACKAGE, "file-removed", "file-moved", "definition-moved")

_CONFLUENT = (
    *_PACKAGES, "package-moved", "package-of-services-moved", "message-removed",
    "message-type-removed",
    *_MEMBERS_REMOVED, "field-type-changed", "number-reused", "field-message-renamed",
    "message-encoding-changed", "number-made-repeated", "number-made-single",
    "required-field-added", "required-field-removed", "field-made-required",
    "field-no-longer-required", "field-into-oneof", "field-between-oneofs",
)  # fmt: skip
_KARAPACE = (
    "message-removed", "message-type-removed", *_MEMBERS_REMOVED, "field-type-changed",
    "number-reused", "message-encoding-changed", "number-made-repeated", "number-made-single",
    "field-made-required", "field-no-longer-required", "field-renumbered", "field-into-oneof",
)  # fmt: skip


def profiles() -> Mapping[str, Profile]:
    """The profiles by name."""
    named = (
        ("buf-file", "What buf calls breaking in its category FILE, its default.", _BUF_FILE),
        ("buf-package", "What buf calls breaking in its category PACKAGE.", _BUF_PACKAGE),
        ("buf-wire-json", "What buf calls breaking in its category WIRE_JSON.", _BUF_WIRE_JSON),
        ("buf-wire", "What buf calls breaking in its category WIRE.", _BUF),
        ("confluent", "What Confluent Schema Registry refuses under BACKWARD.", _CONFLUENT),
        ("karapace", "What Karapace refuses under BACKWARD.", _KARAPACE),
    )
    return {name: _profile(name, summary, errors) for name, summary, errors in named}


def _profile(name: str, summary: str, errors: Iterable[str]) -> Profile:
    return Profile(
        name=name,
        summary=summary,
        levels={
            "protobuf.*": Severity.INFO,
            **{f"protobuf.{each}": Severity.ERROR for each in errors},
        },
        surfaces=frozenset(Surface),
        compatibility=Direction.INBOUND if name in {"confluent", "karapace"} else None,
    )
