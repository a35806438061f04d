"""The versions of OpenAPI as rows of differences, and one document read by its row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.errors import UnsupportedFeature
from apicheck.nodes import Node

if TYPE_CHECKING:
    from apicheck.nodes import Document
    from apicheck.schema import Dialect

__all__ = ["METHODS", "Family", "Spec", "family_of", "read"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What one line of versions does differently from the others."""

    name: str
    #: Name of the schema dialect in ``apicheck.schema``.
    dialect: str
    #: Swagger 2.0 has body and form parameters, ``consumes``, ``host`` and ``definitions``.
    two: bool = False


TWO = Family(name="2.0", dialect="OPENAPI_2", two=True)
THREE = Family(name="3.0", dialect="OPENAPI_30")
THREE_ONE = Family(name="3.1", dialect="OPENAPI_31")
THREE_TWO = Family(name="3.2", dialect="OPENAPI_31")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One OpenAPI document: its family and its root."""

    family: Family
    root: Node

    @property
    def dialect(self) -> Dialect:
        """The dialect that its schemas are written in."""
        from apicheck import schema

        found: Dialect = getattr(schema, self.family.dialect)
        return found

    def section(self, name: str) -> Node | None:
        """A top-level member, if it is there and an object."""
        node = self.root.get(name)
        return node if node is not None and type(node.value) is dict else None


def family_of(document: Document) -> Family | None:
    """The family that a document says it is of; None if it is no OpenAPI document.

    Raises UnsupportedFeature for a version of OpenAPI or Swagger that we do not know.
    """
    data = document.data
    if type(data) is not dict:
        return None
    if "swagger" in data:
        if str(data["swagger"]).startswith("2"):
            return TWO
        raise _unknown(document, "swagger", data["swagger"])
    if "swaggerVersion" in data:
        raise _unknown(document, "swaggerVersion", data["swaggerVersion"])
    if "openapi" not in data:
        return None
    version = str(data["openapi"])
    for family in (THREE, THREE_ONE, THREE_TWO):
        if version == family.name or version.startswith(family.name + "."):
            return family
    raise _unknown(document, "openapi", version)


def _unknown(document: Document, key: str, version: Any) -> UnsupportedFeature:
    return UnsupportedFeature(
        f"{key} {version} is not a version that can be compared",
        document.source,
        span=document.span((key,)),
        hint="known are Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2; convert the document first",
    )


def read(document: Document) -> Spec:
    """Read a document as OpenAPI, whatever it says of itself otherwise (3.1 if nothing)."""
    family = family_of(document) or THREE_ONE
    return Spec(family=family, root=Node(document.data, document, ()))
