"""Whether a document is a JSON Schema, and of which draft.

``$schema`` is written in many ways: http or https, with and without ``#``, ``latest``, and by
registries with a name of their own (Iglu's self-describing schemas are draft 4).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from apicheck import schema
from apicheck.errors import UnsupportedFeature

if TYPE_CHECKING:
    from apicheck.nodes import Document
    from apicheck.schema import Dialect

__all__ = ["DECLARED", "FOREIGN", "OTHER", "SHAPED", "dialect_of", "kind_of"]

#: What a file may be: it says that it is a schema, it looks like one, it is a contract of another
#: format, or none of these (an example, a setting).
DECLARED, SHAPED, FOREIGN, OTHER = "declared", "shaped", "foreign", "other"

#: Keywords that say of a schema which version it is; told by the version, not by a rule.
_OWN = frozenset({"self", "version", "schemaVersion", "meta", "$schema", "$id", "id"})
_DRAFTS = {
    "draft-04": schema.DRAFT_4,
    "draft-06": schema.DRAFT_6,
    "draft-07": schema.DRAFT_7,
    "draft/2019-09": schema.DRAFT_2019_09,
    "draft/2020-12": schema.DRAFT_2020_12,
}
#: json-schema.org/schema and json-schema.org/latest/schema stood for the draft of their day.
_UNNAMED = schema.DRAFT_7
#: Iglu: com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0.
_IGLU = re.compile(r"/schema/jsonschema/\d+-\d+-\d+")
_HOME = re.compile(r"^(?:https?:)?//json-schema\.org/", re.IGNORECASE)
_DRAFT = re.compile(r"draft[-/](20\d\d-\d\d|\d+)", re.IGNORECASE)
_FOREIGN_KEYS = frozenset({"openapi", "swagger", "swaggerVersion", "asyncapi"})
_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_AVRO_TYPES = frozenset({"record", "error", "fixed", "map"})
_AVRO_KEYS = frozenset({"symbols", "fields", "namespace", "logicalType"})
#: Of these, one beside a type makes a schema.
_ASSERTIONS = frozenset(
    {
        "properties",
        "required",
        "additionalProperties",
        "patternProperties",
        "enum",
        "const",
        "pattern",
        "format",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "oneOf",
        "anyOf",
        "allOf",
        "$defs",
        "definitions",
        "$id",
    }
)


def kind_of(document: Document) -> str:
    """DECLARED, SHAPED, FOREIGN or OTHER; UnsupportedFeature for drafts that we do not know."""
    data = document.data
    if type(data) is str:
        return FOREIGN
    if type(data) is not dict:
        return OTHER
    if _FOREIGN_KEYS & data.keys():
        return FOREIGN
    said = data.get("$schema")
    if type(said) is str and _named(said, document) is not None:
        return DECLARED
    if _is_avro(data) or document.source.endswith(".avsc"):
        return FOREIGN
    return SHAPED if _is_shaped(data) else OTHER


def dialect_of(document: Document) -> Dialect:
    """The dialect that a schema is written in; the newest that fits where it does not say."""
    data = document.data
    said = data.get("$schema") if type(data) is dict else None
    found = _named(said, document) if type(said) is str else None
    if found is None:
        # No $schema, or a metaschema of one's own: 2020-12, or 7 where its words are used.
        older = type(data) is dict and not data.keys() & {"$defs"} and "definitions" in data
        found = schema.DRAFT_7 if older else schema.DRAFT_2020_12
    return replace(found, keywords=found.keywords | _OWN)


def _named(said: str, document: Document) -> Dialect | None:
    """The dialect that ``$schema`` names, if it is one of JSON Schema's own or Iglu's."""
    if _IGLU.search(said):
        return schema.DRAFT_4
    if not _HOME.match(said):
        return None
    draft = _DRAFT.search(said)
    if draft is None:
        return _UNNAMED
    name = draft[1]
    key = f"draft/{name}" if "-" in name else f"draft-{int(name):02}"
    if key not in _DRAFTS:
        raise UnsupportedFeature(
            f"$schema {said} is not a draft that can be compared",
            document.source,
            span=document.span(("$schema",)),
            hint="known are the drafts 4, 6, 7, 2019-09 and 2020-12; convert the schema first",
        )
    return _DRAFTS[key]


def _is_avro(data: dict[str, Any]) -> bool:
    kind = data.get("type")
    if type(kind) is str and kind in _AVRO_TYPES:
        return True
    if type(kind) is str and _AVRO_KEYS & data.keys() and "properties" not in data:
        return True
    items = data.get("items")
    among = items if type(items) is list else [items]
    return kind == "array" and any(
        type(each) is str or (type(each) is dict and _is_avro(each)) for each in among
    )


def _is_shaped(data: dict[str, Any]) -> bool:
    kind = data.get("type")
    kinds = kind if type(kind) is list else [kind]
    typed = kind is not None and all(type(each) is str and each in _TYPES for each in kinds)
    if typed and ("items" in data or _ASSERTIONS & data.keys()):
        return True
    if type(data.get("properties")) is dict:
        inner = data["properties"].values()
        return bool(inner) and all(type(each) in {dict, bool} for each in inner)
    for keyword in ("oneOf", "anyOf", "allOf"):
        branches = data.get(keyword)
        if type(branches) is list and branches and all(type(each) is dict for each in branches):
            return True
    for keyword in ("$defs", "definitions"):
        inner = data.get(keyword)
        if type(inner) is dict and inner and all(type(i) in {dict, bool} for i in inner.values()):
            return True
    return False
