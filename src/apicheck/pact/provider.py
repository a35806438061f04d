"""An OpenAPI contract as who is asked: which operation answers a request, and what it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from apicheck.errors import UnresolvedReference
from apicheck.formats.openapi.serialisation import normal_type, schema_of_parameter
from apicheck.formats.openapi.spec import METHODS
from apicheck.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apicheck.formats.openapi.spec import Spec

__all__ = ["Operation", "Parameter", "Provider", "resolved"]

_FORM = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def resolved(node: Node | None) -> Node | None:
    """The object behind a chain of references; None where there is none."""
    seen = set()
    while node is not None and type(node.value) is dict and type(node.value.get("$ref")) is str:
        if node.key in seen:
            return None
        seen.add(node.key)
        try:
            node = node.follow(node.value["$ref"])
        except (UnresolvedReference, KeyError, IndexError, TypeError, ValueError):
            return None
    return node if node is not None and type(node.value) is dict else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter; ``place`` is its ``in``."""

    name: str
    place: str
    required: bool
    node: Node
    schema: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation, with the parameters of its path item and its own."""

    method: str
    template: str
    node: Node
    parameters: tuple[Parameter, ...]

    @property
    def label(self) -> str:
        """``GET /items/{sku}``, as comparisons name it."""
        return f"{self.method.upper()} {self.template}"


class Provider:
    """The operations of one document."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        shared = _bases(spec)
        self._paths = [
            (name, _pattern(name), node, (*shared, *_own_bases(node)))
            for name, each in _members(spec.section("paths"))
            if (node := resolved(each)) is not None
        ]

    def find(self, method: str, path: str) -> tuple[Operation | None, dict[str, str], Node | None]:
        """The operation that answers, its path parameters, and the path item if only that fits.

        The more literal template wins (OpenAPI 3.1.1, section 4.8.8.2). A path may be given with
        or without the base path of a server.
        """
        near: Node | None = None
        plain = _decoded(path.partition("?")[0])
        for name, found, item in self._matching(plain):
            operation = resolved(item.get(method.lower()))
            if operation is None and method == "HEAD":
                operation = resolved(item.get("get"))
            if operation is None or method.lower() not in METHODS:
                near = near or item
                continue
            names = re.findall(r"\{([^{}]+)\}", name)
            given = (each.replace("%2F", "/") for each in found.groups())
            verb = method.lower() if method.lower() in item.value else "get"
            one = self._operation(verb, name, item, operation)
            return one, dict(zip(names, given, strict=True)), None
        return None, {}, near

    def _matching(self, plain: str) -> Iterator[tuple[str, re.Match[str], Node]]:
        """The templates that a path fits by itself, then those that it fits below a base path."""
        for name, pattern, item, _ in self._paths:
            found = pattern.fullmatch(plain)
            if found is not None:
                yield name, found, item
        for name, pattern, item, bases in self._paths:
            for base in bases:
                start = base.match(plain)
                found = start and pattern.fullmatch(plain[start.end() :] or "/")
                if found:
                    yield name, found, item

    def operations(self) -> Iterator[Operation]:
        """Every operation there is."""
        for name, _, item, _ in self._paths:
            for method in METHODS:
                node = resolved(item.get(method))
                if node is not None:
                    yield self._operation(method, name, item, node)

    def _operation(self, method: str, template: str, item: Node, node: Node) -> Operation:
        found: dict[tuple[str, str], Parameter] = {}
        for holder in (item, node):
            listed = holder.get("parameters")
            for each in () if listed is None else listed.items():
                one = resolved(each)
                if one is None or not isinstance(one.value.get("name"), str):
                    continue
                place = str(one.value.get("in"))
                name = one.value["name"].lower() if place == "header" else one.value["name"]
                found[place, name] = Parameter(
                    name=one.value["name"],
                    place=place,
                    required=one.value.get("required") is True,
                    node=one,
                    schema=one.get("schema") if place == "body" else schema_of_parameter(one),
                )
        return Operation(
            method=method, template=template, node=node, parameters=tuple(found.values())
        )

    def request_body(self, operation: Operation) -> tuple[Node | None, bool, Mapping[str, Node]]:
        """The place of the request body, whether it is required, and its media types."""
        if self.spec.family.two:
            body = next((each for each in operation.parameters if each.place == "body"), None)
            forms = [each for each in operation.parameters if each.place == "formData"]
            if body is not None:
                types = self._types(operation, "consumes")
                return body.node, body.required, dict.fromkeys(types, body.node)
            if forms:
                # A form's fields are parameters here; what is in them is not looked at.
                types = [each for each in self._types(operation, "consumes") if each in _FORM]
                bare = Node({}, forms[0].node.document, forms[0].node.pointer)
                wanted = types or sorted(_FORM)
                required = any(each.required for each in forms)
                return forms[0].node, required, dict.fromkeys(wanted, bare)
            return None, False, {}
        body_node = resolved(operation.node.get("requestBody"))
        if body_node is None:
            return None, False, {}
        return (
            body_node,
            body_node.value.get("required") is True,
            _media(body_node.get("content")),
        )

    def response(self, operation: Operation, status: int) -> tuple[str, Node] | None:
        """The response that is declared for a status, with its key (``404``, ``4XX``, default)."""
        responses = resolved(operation.node.get("responses"))
        for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            found = resolved(None if responses is None else responses.get(key))
            if found is not None:
                return key, found
        return None

    def response_media(self, operation: Operation, response: Node) -> Mapping[str, Node]:
        """The media types of a response; empty where it has no body."""
        if self.spec.family.two:
            if response.get("schema") is None:
                return {}
            return dict.fromkeys(self._types(operation, "produces"), response)
        return _media(response.get("content"))

    def _types(self, operation: Operation, key: str) -> list[str]:
        listed = operation.node.value.get(key, self.spec.root.value.get(key))
        types = [each for each in listed if type(each) is str] if type(listed) is list else []
        return [normal_type(each) for each in types] or ["application/json"]

    def needs_credentials(self, operation: Operation) -> Node | None:
        """The requirement of credentials, unless an empty one lets everybody in."""
        at = operation.node.get("security") or self.spec.root.get("security")
        if at is None or type(at.value) is not list or not at.value or {} in at.value:
            return None
        return at

    def credentials(self, requirement: Node) -> list[set[tuple[str, str]]]:
        """Where the credentials of each of the ways to satisfy a requirement travel.

        Each way is a set of ``(in, name)``, all of which must be there.
        """
        if self.spec.family.two:
            schemes = self.spec.section("securityDefinitions")
        else:
            components = self.spec.section("components")
            schemes = None if components is None else resolved(components.get("securitySchemes"))
        ways = []
        for each in requirement.items():
            places: set[tuple[str, str]] = set()
            ways.append(places)
            for name, _ in each.members():
                scheme = resolved(None if schemes is None else schemes.get(name))
                said: Any = {} if scheme is None else scheme.value
                if said.get("type") == "apiKey":
                    places.add((str(said.get("in")), str(said.get("name")).lower()))
                elif said.get("type") == "mutualTLS":
                    places.add(("connection", ""))
                else:
                    places.add(("header", "authorization"))
        return ways


def _members(node: Node | None) -> list[tuple[str, Node]]:
    """Paths, the more literal first."""
    if node is None:
        return []
    named = [each for each in node.members() if each[0].startswith("/")]
    return sorted(named, key=lambda each: [("{" in step, step) for step in each[0].split("/")])


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^{}]+\}", template)
    return re.compile("([^/]+)".join(re.escape(_decoded(each)) for each in parts))


def _decoded(path: str) -> str:
    """A path without escapes but that of the slash, which would be another path."""
    return "/".join(unquote(each).replace("/", "%2F") for each in path.split("/"))


def _bases(spec: Spec) -> tuple[re.Pattern[str], ...]:
    if not spec.family.two:
        return _of_servers(spec.root)
    said = spec.root.value.get("basePath")
    base = said.rstrip("/") if type(said) is str else ""
    return (_base(re.escape(base)),) if base else ()


def _own_bases(item: Node) -> Iterator[re.Pattern[str]]:
    """The base paths that a path item or its operations have of their own."""
    yield from _of_servers(item)
    for method in METHODS:
        operation = resolved(item.get(method))
        if operation is not None:
            yield from _of_servers(operation)


def _of_servers(holder: Node) -> tuple[re.Pattern[str], ...]:
    """The paths of servers; a variable is one of its values, or any segment."""
    found = set()
    servers = holder.get("servers")
    for each in () if servers is None else servers.items():
        url = each.value.get("url") if type(each.value) is dict else None
        if type(url) is not str:
            continue
        variables = each.value.get("variables")
        variables = variables if type(variables) is dict else {}
        leading = re.match(r"\{([^{}]+)\}", url)
        if leading:
            # The variable may hold scheme and host too.
            known = variables.get(leading[1])
            said = known.get("default") if type(known) is dict else None
            url = (said if type(said) is str else "") + url[leading.end() :]
        parts = re.split(r"\{([^{}]+)\}", urlsplit(url).path.rstrip("/"))
        texts = (
            _values(variables.get(part)) if index % 2 else re.escape(part)
            for index, part in enumerate(parts)
        )
        found.add("".join(texts))
    return tuple(_base(each) for each in sorted(found - {""}))


def _values(variable: Any) -> str:
    listed = variable.get("enum") if type(variable) is dict else None
    values = [each for each in listed if type(each) is str] if type(listed) is list else []
    return f"(?:{'|'.join(map(re.escape, values))})" if values else "[^/]+"


def _base(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{pattern}(?=/|$)")


def _media(content: Node | None) -> Mapping[str, Node]:
    holder = resolved(content)
    return {
        normal_type(name): node
        for name, each in (() if holder is None else holder.members())
        if (node := resolved(each)) is not None
    }
