"""An OpenAPI 3.1 document as what a server needs of it: resources, operations, their schemas.

References are followed into the same document only, and recursive schemas are not supported: the
contracts of the samples need neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

from sample_services.web.schemas import compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

STORE = Path(__file__).resolve().parents[2] / "contracts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter in the path, query or header."""

    name: str
    place: str
    required: bool
    schema: Any  # compiled


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one resource."""

    id: str
    method: str
    parameters: tuple[Parameter, ...]
    bodies: Mapping[str, Any]  # compiled schema by media type; empty: takes no content
    offers: tuple[str, ...]  # media types of its successful answers
    secured: bool
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One path with all that can be done there."""

    template: str
    pattern: re.Pattern[str]
    operations: Mapping[str, Operation]  # by method

    @property
    def allowed(self) -> str:
        """The value of Allow: HEAD comes with GET, and OPTIONS is always there."""
        methods = {*self.operations, "OPTIONS"}
        return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """All resources of a service, below the path of its server."""

    title: str
    base: str  # "/v2"
    resources: tuple[Resource, ...]

    def find(self, path: str) -> tuple[Resource, dict[str, str]] | None:
        """The resource at a path (decoded, with the base), and the values of its template."""
        for each in self.resources:
            if found := each.pattern.fullmatch(path):
                return each, found.groupdict()
        return None


@cache
def load(name: str) -> Contract:
    """Read a contract from the store: `orders/openapi/2.1.0.yaml`."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it was built
    document = yaml.load((STORE / name).read_text(encoding="utf-8"), loader)  # noqa: S506 - safe
    base = urlsplit(document["servers"][0]["url"]).path
    resources = [
        _resource(document, base, template, item) for template, item in document["paths"].items()
    ]
    # OpenAPI: concrete paths are matched before templated ones.
    resources.sort(key=lambda each: each.template.count("{"))
    return Contract(title=document["info"]["title"], base=base, resources=tuple(resources))


def _resource(document: Any, base: str, template: str, item: Any) -> Resource:
    pieces = re.split(r"\{(\w+)\}", template)
    literal, names = pieces[::2], pieces[1::2]
    pattern = re.escape(base + literal[0])
    for name, rest in zip(names, literal[1:], strict=True):
        pattern += f"(?P<{name}>[^/]+)" + re.escape(rest)
    shared = item.get("parameters", [])
    operations = {
        method.upper(): _operation(document, method.upper(), shared, item[method])
        for method in ("get", "put", "post", "delete", "patch")
        if method in item
    }
    return Resource(template=template, pattern=re.compile(pattern), operations=operations)


def _operation(document: Any, method: str, shared: list[Any], node: Any) -> Operation:
    parameters = [_followed(document, each) for each in (*shared, *node.get("parameters", []))]
    body = _followed(document, node.get("requestBody", {})).get("content", {})
    offers = [
        media
        for status, response in node["responses"].items()
        if status.startswith("2")
        for media in _followed(document, response).get("content", {})
    ]
    security = node.get("security", document.get("security", []))
    return Operation(
        id=node["operationId"],
        method=method,
        parameters=tuple(
            Parameter(
                name=each["name"],
                place=each["in"],
                required=each.get("required", False),
                schema=compiled(_inlined(document, each["schema"])),
            )
            for each in parameters
        ),
        bodies={
            media: compiled(_inlined(document, each["schema"])) for media, each in body.items()
        },
        offers=tuple(dict.fromkeys(offers)),
        secured=bool(security),
        scopes=frozenset(scope for each in security for names in each.values() for scope in names),
    )


def _followed(document: Any, node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def _inlined(document: Any, node: Any) -> Any:
    node = _followed(document, node)
    if isinstance(node, dict):
        return {key: _inlined(document, value) for key, value in node.items()}
    if isinstance(node, list):
        return [_inlined(document, each) for each in node]
    return node
