"""The operations of an OpenAPI 3 document as probes need them: everything in reach, no references.

Schemas are written out (references followed, OpenAPI 3.0's own keywords said in JSON Schema). Past
a depth or a size a schema becomes ``True``: it then accepts too much, and nothing is alarmed at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from apicheck.errors import UnsupportedFeature
from apicheck.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["METHODS", "MISSING", "Answer", "Body", "Operation", "Parameter", "Service", "read"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
MISSING: Any = object()
_DEEPEST = 24
_LARGEST = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter; ``example`` is MISSING where the contract gives none."""

    name: str
    place: str
    required: bool
    schema: Any
    example: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One media type that an operation takes."""

    media: str
    schema: Any
    example: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A documented response; ``headers`` by lower-case name, True where it is required."""

    headers: Mapping[str, bool]
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation; ``answers`` by status code, ``4XX`` or ``default``."""

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    bodies: tuple[Body, ...]
    body_required: bool
    answers: Mapping[str, Answer]
    secured: bool
    scopes: tuple[str, ...]
    deprecated: bool
    node: Node
    text: str = ""

    @property
    def label(self) -> str:
        """``GET /orders/{orderId}``."""
        return f"{self.method} {self.path}"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the path parameters, in order."""
        return tuple(re.findall(r"\{([^{}]+)\}", self.path))

    def answer(self, status: int) -> Answer | None:
        """What is documented for a status, or None."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.answers:
                return self.answers[key]
        return None

    def documents(self, *statuses: int) -> bool:
        """Whether one of these statuses is named itself."""
        return any(str(status) in self.answers for status in statuses)

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name, whatever its case."""
        return next((p for p in self.parameters if p.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """All operations of a document; ``base`` is the path of its first server."""

    base: str
    operations: tuple[Operation, ...]
    by_path: Mapping[str, Mapping[str, Operation]] = field(default_factory=dict)

    def find(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The template that a path (below the base) fits, with its bindings; literal ones first."""
        for template in sorted(self.by_path, key=lambda each: each.count("{")):
            pattern = re.sub(r"\\\{[^{}]+\\\}", "([^/]+)", re.escape(template))
            found = re.fullmatch(pattern, path)
            if found:
                names = re.findall(r"\{([^{}]+)\}", template)
                return template, dict(zip(names, map(unquote, found.groups()), strict=True))
        return None

    def get(self, method: str, path: str) -> Operation | None:
        """The operation of a method on a template."""
        return self.by_path.get(path, {}).get(method)

    def reader(self, path: str) -> Operation | None:
        """The GET of this template or of the nearest one above it that has the same parameters."""
        while path:
            found = self.get("GET", path)
            if found is not None:
                return found
            path = path.rpartition("/")[0]
        return None


def read(document: Any) -> Service:
    """The operations of a document; UnsupportedFeature where it is no OpenAPI 3 document."""
    data = document.data
    if not isinstance(data, dict) or not str(data.get("openapi", "")).startswith("3."):
        raise UnsupportedFeature(
            "only OpenAPI 3 documents can be fuzzed", document.source, hint="convert it to 3.1"
        )
    root = Node(data, document, ())
    reader = _Reader()
    operations = []
    paths = root.get("paths")
    for path, entry in () if paths is None else paths.members():
        item = settled(entry)
        shared = item.get("parameters")
        for method in METHODS:
            node = item.get(method)
            if node is not None and type(node.value) is dict:
                operations.append(reader.operation(root, path, method, node, shared))
    if not operations:
        raise UnsupportedFeature("there is no operation in it", document.source)
    by_path: dict[str, dict[str, Operation]] = {}
    for each in operations:
        by_path.setdefault(each.path, {})[each.method] = each
    return Service(base=_base(data), operations=tuple(operations), by_path=by_path)


def _base(data: Any) -> str:
    servers = data.get("servers") or [{}]
    url = servers[0].get("url", "") if isinstance(servers[0], dict) else ""
    return "" if "{" in url else urlsplit(url).path.rstrip("/")


def settled(node: Node) -> Node:
    """What stands behind a chain of references."""
    for _ in range(50):
        ref = node.value.get("$ref") if type(node.value) is dict else None
        if not isinstance(ref, str):
            return node
        node = node.follow(ref)
    return Node({}, node.document, node.pointer)


class _Reader:
    """Reads parts of a document; remembers the schemas that it wrote out."""

    def __init__(self) -> None:
        self._schemas: dict[Any, Any] = {}

    def operation(
        self, root: Node, path: str, method: str, node: Node, shared: Node | None
    ) -> Operation:
        own = node.get("parameters")
        parameters = {
            (each.place, each.name): each
            for group in (shared, own)
            if group is not None
            for each in map(self.parameter, group.items())
            if each is not None
        }
        bodies: tuple[Body, ...] = ()
        required = False
        content = node.get("requestBody")
        if content is not None:
            content = settled(content)
            required = content.value.get("required") is True
            inside = content.get("content")
            bodies = () if inside is None else tuple(map(self.body, inside.members()))
        answers = node.get("responses")
        security = node.value.get("security", root.value.get("security") or [])
        secured = bool(security) and {} not in security
        scopes = security[0] if secured and isinstance(security[0], dict) else {}
        return Operation(
            id=str(node.value.get("operationId", f"{method} {path}")),
            method=method.upper(),
            path=path,
            parameters=tuple(parameters.values()),
            bodies=bodies,
            body_required=required,
            answers={}
            if answers is None
            else {status: self.answer(settled(each)) for status, each in answers.members()},
            secured=secured,
            scopes=tuple(scope for each in scopes.values() for scope in each),
            deprecated=node.value.get("deprecated") is True,
            node=node,
            text=str(node.value.get("description", "")),
        )

    def parameter(self, node: Node) -> Parameter | None:
        node = settled(node)
        value = node.value
        if type(value) is not dict or "name" not in value or "in" not in value:
            return None
        schema = node.get("schema")
        return Parameter(
            name=value["name"],
            place=value["in"],
            required=value.get("required") is True or value["in"] == "path",
            schema=True if schema is None else self.schema(schema),
            example=_example(node),
        )

    def body(self, pair: tuple[str, Node]) -> Body:
        media, node = pair
        schema = node.get("schema")
        return Body(
            media=media.partition(";")[0].strip().lower(),
            schema=True if schema is None else self.schema(schema),
            example=_example(node),
        )

    def answer(self, node: Node) -> Answer:
        headers, content = node.get("headers"), node.get("content")
        return Answer(
            headers={}
            if headers is None
            else {
                n.lower(): settled(e).value.get("required") is True for n, e in headers.members()
            },
            content={}
            if content is None
            else {b.media: b.schema for b in map(self.body, content.members())},
        )

    def schema(self, node: Node) -> Any:
        """The schema written out."""
        if node.key not in self._schemas:
            self._schemas[node.key] = _written(node, [_LARGEST], ())
        return self._schemas[node.key]


def _example(node: Node) -> Any:
    """The first example of a parameter or media type, its schema's included."""
    value = node.value
    if "example" in value:
        return value["example"]
    several = node.get("examples")
    for _, each in () if several is None else several.members():
        given = settled(each).value
        if isinstance(given, dict) and "value" in given:
            return given["value"]
    schema = node.get("schema")
    if schema is not None:
        found = settled(schema).value
        if isinstance(found, dict) and "example" in found:
            return found["example"]
        if (
            isinstance(found, dict)
            and isinstance(found.get("examples"), list)
            and found["examples"]
        ):
            return found["examples"][0]
    return MISSING


_MAPS = {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_ONES = {"items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else"}


def _written(node: Node, left: list[int], above: tuple[Any, ...]) -> Any:
    """The schema at ``node`` without references; True where it recurs or grows too large."""
    left[0] -= 1
    node = settled(node)
    if left[0] < 0 or len(above) > _DEEPEST or node.key in above:
        return True
    if type(node.value) is not dict:
        return node.value if type(node.value) is bool else True
    here = (*above, node.key)
    made: dict[str, Any] = {}
    for name, child in node.members():
        if name in _MAPS:
            made[name] = {key: _written(each, left, here) for key, each in child.members()}
        elif name in _LISTS:
            made[name] = [_written(each, left, here) for each in child.items()]
        elif name in _ONES:
            made[name] = _written(child, left, here)
        else:
            made[name] = child.value
    return _modern(made)


def _modern(schema: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.0's nullable and boolean bounds in words of JSON Schema 2020-12."""
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
    for bound, word in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(word), bool) and schema.pop(word) and bound in schema:
            schema[word] = schema.pop(bound)
    return schema
