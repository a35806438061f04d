"""What a file, message, field or enum is under its syntax: the features of editions, resolved.

Every syntax is an edition with defaults (language guide "Feature Settings for Editions"); a feature
set on a file, message, field, oneof or enum holds for it and for what stands in it. Here by number,
as protoc's descriptors have it; features of languages (``pb.cpp`` and so on) are left alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Features", "inherited", "of_file"]

#: FeatureSet.FieldPresence
EXPLICIT, IMPLICIT, LEGACY_REQUIRED = 1, 2, 3
#: FeatureSet.EnumType
OPEN, CLOSED = 1, 2
#: FeatureSet.RepeatedFieldEncoding
PACKED, EXPANDED = 1, 2
#: FeatureSet.Utf8Validation
VERIFY, NONE = 2, 3
#: FeatureSet.MessageEncoding
LENGTH_PREFIXED, DELIMITED = 1, 2
#: FeatureSet.JsonFormat
ALLOW, LEGACY_BEST_EFFORT = 1, 2
#: Edition.EDITION_2023
_EDITIONS = 1000


class Features(NamedTuple):
    """The resolved features of one element."""

    field_presence: int
    enum_type: int
    repeated_field_encoding: int
    utf8_validation: int
    message_encoding: int
    json_format: int


PROTO2 = Features(EXPLICIT, CLOSED, EXPANDED, NONE, LENGTH_PREFIXED, LEGACY_BEST_EFFORT)
PROTO3 = Features(IMPLICIT, OPEN, PACKED, VERIFY, LENGTH_PREFIXED, ALLOW)
EDITION_2023 = Features(EXPLICIT, OPEN, PACKED, VERIFY, LENGTH_PREFIXED, ALLOW)


def of_file(file: Any) -> Features:
    """The features that everything in a file starts from."""
    if file.syntax == "proto3":
        base = PROTO3
    elif file.syntax == "editions" and file.edition >= _EDITIONS:
        base = EDITION_2023
    else:
        base = PROTO2
    return inherited(base, file)


def inherited(outer: Features, element: Any) -> Features:
    """The features of ``element``, a descriptor that stands in something of features ``outer``."""
    if not element.HasField("options") or not element.options.HasField("features"):
        return outer
    own = element.options.features
    return Features(*(getattr(own, name) or value for name, value in outer._asdict().items()))
