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

__all__ = ["BUF_RULES", "profiles"]

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
    "field-enum-renamed",
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
    "rpc-removed", "service-removed", "message-removed", "type-removed", "package-moved",
    "package-of-services-moved",
)  # fmt: skip
_BUF_FILE = (*_BUF_PACKAGE, "file-removed", "file-moved", "definition-moved")

_CONFLUENT = (
    *_PACKAGES, "package-moved", "package-of-services-moved", "message-removed",
    *_MEMBERS_REMOVED, "field-type-changed", "number-reused", "field-message-renamed",
    "message-encoding-changed", "number-made-repeated", "number-made-single",
    "required-field-added", "required-field-removed", "field-into-oneof",
)  # fmt: skip
_KARAPACE = (
    "message-removed", *_MEMBERS_REMOVED, "field-type-changed", "number-reused",
    "message-encoding-changed", "number-made-repeated", "number-made-single", "field-made-required",
    "field-no-longer-required", "field-renumbered", "field-into-oneof",
)  # fmt: skip

#: Our card to buf's rule, where the one fires exactly when the other does.
BUF_RULES = {
    "field-type-changed": "FIELD_SAME_TYPE",
    "field-number-widened": "FIELD_SAME_TYPE",
    "field-number-narrowed": "FIELD_SAME_TYPE",
    "field-number-changed": "FIELD_SAME_TYPE",
    "field-sign-changed": "FIELD_SAME_TYPE",
    "field-text-to-bytes": "FIELD_SAME_TYPE",
    "field-bytes-to-text": "FIELD_SAME_TYPE",
    "field-bool-to-number": "FIELD_SAME_TYPE",
    "field-number-to-bool": "FIELD_SAME_TYPE",
    "field-enum-to-number": "FIELD_SAME_TYPE",
    "field-number-to-enum": "FIELD_SAME_TYPE",
    "field-message-renamed": "FIELD_SAME_TYPE",
    "field-enum-renamed": "FIELD_SAME_TYPE",
    "field-enum-moved": "FIELD_SAME_TYPE",
    "message-encoding-changed": "FIELD_SAME_TYPE",
    "field-removed": "FIELD_NO_DELETE",
    "field-removed-name-free": "FIELD_NO_DELETE",
    "field-removed-reserved": "FIELD_NO_DELETE",
    "oneof-member-removed": "FIELD_NO_DELETE",
    "field-renumbered": "FIELD_NO_DELETE",
    "field-renamed": "FIELD_SAME_NAME",
    "field-renamed-json-kept": "FIELD_SAME_NAME",
    "number-reassigned": "FIELD_SAME_NAME",
    "json-name-changed": "FIELD_SAME_JSON_NAME",
    "default-changed": "FIELD_SAME_DEFAULT",
    "presence-gained": "FIELD_SAME_CARDINALITY",
    "presence-lost": "FIELD_SAME_CARDINALITY",
    "number-made-repeated": "FIELD_SAME_CARDINALITY",
    "number-made-single": "FIELD_SAME_CARDINALITY",
    "field-made-repeated": "FIELD_SAME_CARDINALITY",
    "field-made-single": "FIELD_SAME_CARDINALITY",
    "field-made-required": "MESSAGE_SAME_REQUIRED_FIELDS",
    "field-no-longer-required": "MESSAGE_SAME_REQUIRED_FIELDS",
    "required-field-added": "MESSAGE_SAME_REQUIRED_FIELDS",
    "required-field-removed": "MESSAGE_SAME_REQUIRED_FIELDS",
    "field-into-new-oneof": "FIELD_SAME_ONEOF",
    "field-into-oneof": "FIELD_SAME_ONEOF",
    "field-out-of-oneof": "FIELD_SAME_ONEOF",
    "field-out-of-lone-oneof": "FIELD_SAME_ONEOF",
    "field-between-oneofs": "FIELD_SAME_ONEOF",
    "oneof-renamed": "FIELD_SAME_ONEOF",
    "text-checked": "FIELD_SAME_UTF8_VALIDATION",
    "text-unchecked": "FIELD_SAME_UTF8_VALIDATION",
    "enum-opened": "ENUM_SAME_TYPE",
    "enum-closed": "ENUM_SAME_TYPE",
    "enum-value-removed": "ENUM_VALUE_NO_DELETE",
    "enum-value-removed-name-free": "ENUM_VALUE_NO_DELETE",
    "enum-value-removed-reserved": "ENUM_VALUE_NO_DELETE",
    "enum-value-renumbered": "ENUM_VALUE_NO_DELETE",
    "enum-value-renamed": "ENUM_VALUE_SAME_NAME",
    "enum-alias-removed": "ENUM_VALUE_SAME_NAME",
    "enum-number-reassigned": "ENUM_VALUE_SAME_NAME",
    "extension-numbers-removed": "EXTENSION_MESSAGE_NO_DELETE",
    "extension-removed": "EXTENSION_NO_DELETE",
    "message-removed": "MESSAGE_NO_DELETE",
    "service-removed": "SERVICE_NO_DELETE",
    "rpc-removed": "RPC_NO_DELETE",
    "rpc-request-type-changed": "RPC_SAME_REQUEST_TYPE",
    "rpc-request-type-renamed": "RPC_SAME_REQUEST_TYPE",
    "rpc-response-type-changed": "RPC_SAME_RESPONSE_TYPE",
    "rpc-response-type-renamed": "RPC_SAME_RESPONSE_TYPE",
    "client-streaming-added": "RPC_SAME_CLIENT_STREAMING",
    "client-streaming-removed": "RPC_SAME_CLIENT_STREAMING",
    "server-streaming-added": "RPC_SAME_SERVER_STREAMING",
    "server-streaming-removed": "RPC_SAME_SERVER_STREAMING",
    "idempotency-weakened": "RPC_SAME_IDEMPOTENCY_LEVEL",
    "idempotency-strengthened": "RPC_SAME_IDEMPOTENCY_LEVEL",
    "file-removed": "FILE_NO_DELETE",
    "file-moved": "FILE_NO_DELETE",
    "syntax-changed": "FILE_SAME_SYNTAX",
    "package-changed": "FILE_SAME_PACKAGE",
    "package-of-services-changed": "FILE_SAME_PACKAGE",
}


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
