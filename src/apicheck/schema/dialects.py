"""The dialects of JSON Schema that contracts are written in, as rows of differences."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "DRAFT_4",
    "DRAFT_6",
    "DRAFT_7",
    "DRAFT_2019_09",
    "DRAFT_2020_12",
    "OPENAPI_2",
    "OPENAPI_30",
    "OPENAPI_31",
    "Dialect",
]

#: Keywords that every dialect knows, annotations included.
_COMMON = frozenset(
    [
        "$ref",
        "title",
        "description",
        "default",
        "type",
        "enum",
        "multipleOf",
        "maximum",
        "minimum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "pattern",
        "maxItems",
        "minItems",
        "uniqueItems",
        "maxProperties",
        "minProperties",
        "required",
        "properties",
        "additionalProperties",
        "items",
        "allOf",
        "format",
    ]
)
_COMPOSITION = frozenset({"anyOf", "oneOf", "not"})
_OPENAPI = frozenset({"discriminator", "readOnly", "xml", "externalDocs", "example"})
_CLASSIC = frozenset(
    {
        "$schema",
        "id",
        "definitions",
        "patternProperties",
        "dependencies",
        "additionalItems",
    }
)
_SIX = frozenset({"$id", "const", "contains", "propertyNames", "examples"})
_SEVEN = frozenset(
    {
        "if",
        "then",
        "else",
        "readOnly",
        "writeOnly",
        "contentEncoding",
        "contentMediaType",
        "$comment",
    }
)
_NINETEEN = frozenset(
    {
        "$anchor",
        "$defs",
        "$recursiveRef",
        "$recursiveAnchor",
        "$vocabulary",
        "dependentRequired",
        "dependentSchemas",
        "unevaluatedItems",
        "unevaluatedProperties",
        "minContains",
        "maxContains",
        "contentSchema",
        "deprecated",
    }
)
_TWENTY = frozenset({"prefixItems", "$dynamicRef", "$dynamicAnchor"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one dialect differs from the others where a comparison must know."""

    name: str
    keywords: frozenset[str]
    #: Keywords beside ``$ref`` count (2019-09 on; before, they are ignored).
    ref_siblings: bool = False
    #: The keyword that adds null to ``type``, if the dialect has one.
    nullable: str = ""
    #: ``exclusiveMinimum`` is a flag on ``minimum`` (draft 4 and OpenAPI up to 3.0).
    exclusive_flag: bool = False


DRAFT_4 = Dialect(name="draft-4", keywords=_COMMON | _COMPOSITION | _CLASSIC, exclusive_flag=True)
DRAFT_6 = Dialect(name="draft-6", keywords=DRAFT_4.keywords | _SIX)
DRAFT_7 = Dialect(name="draft-7", keywords=DRAFT_6.keywords | _SEVEN)
DRAFT_2019_09 = Dialect(name="2019-09", keywords=DRAFT_7.keywords | _NINETEEN, ref_siblings=True)
DRAFT_2020_12 = Dialect(
    name="2020-12", keywords=DRAFT_2019_09.keywords | _TWENTY, ref_siblings=True
)
#: Swagger 2.0, Schema Object. ``x-nullable`` is no keyword of it, but what its tools use.
OPENAPI_2 = Dialect(
    name="openapi-2.0",
    keywords=_COMMON | _OPENAPI | {"x-nullable"},
    nullable="x-nullable",
    exclusive_flag=True,
)
#: OpenAPI 3.0.4 section 4.7.24, Schema Object.
OPENAPI_30 = Dialect(
    name="openapi-3.0",
    keywords=_COMMON | _COMPOSITION | _OPENAPI | {"writeOnly", "nullable", "deprecated"},
    nullable="nullable",
    exclusive_flag=True,
)
#: OpenAPI 3.1 and 3.2: JSON Schema 2020-12 with the OpenAPI base vocabulary.
OPENAPI_31 = Dialect(
    name="openapi-3.1", keywords=DRAFT_2020_12.keywords | _OPENAPI, ref_siblings=True
)
