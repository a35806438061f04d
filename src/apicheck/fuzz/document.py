"""From an OpenAPI document (2.0, 3.0, 3.1, 3.2) to its operations."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apicheck.errors import UnsupportedFeature
from apicheck.fuzz.contract import (
    METHODS,
    MISSING,
    Answer,
    Body,
    Contents,
    Operation,
    Parameter,
    Scheme,
    Service,
)
from apicheck.fuzz.written import Written, settled
from apicheck.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["service_of"]

#: Where a parameter is -> the style that it has unless it says another (OpenAPI 3.1, 4.8.12.2).
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
#: collectionFormat of OpenAPI 2.0 -> style, and whether each item stands alone.
_COLLECTIONS = {
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


def service_of(document: Any) -> Service:
    """The operations of a document; UnsupportedFeature where it is no OpenAPI document."""
    data = document.data
    version = _version(document)
    root = Node(data, document, ())
    reader = _Reader(root, old=version.startswith("2."))
    operations = [
        reader.operation(path, method, node, item.get("parameters"))
        for path, item in _items(root)
        for method, node in _methods(item)
    ]
    if not operations:
        only = "it describes webhooks only" if "webhooks" in data else "there is no operation in it"
        raise UnsupportedFeature(only, document.source, hint="probes need operations to call")
    by_path: dict[str, dict[str, Operation]] = {}
    for each in operations:
        by_path.setdefault(each.path, {})[each.method] = each
    return Service(
        base=_base(data),
        operations=tuple(operations),
        by_path=by_path,
        schemes=reader.schemes(),
        document=document,
        routes=tuple(
            _route(path, next(iter(by_path[path].values())))
            for path in sorted(by_path, key=lambda each: each.count("{"))
        ),
    )


def _route(path: str, operation: Operation) -> tuple[str, re.Pattern[str], tuple[str, ...]]:
    """What paths of a template look like; a label or matrix parameter begins with its mark."""
    known = {each.name: each.style for each in operation.parameters if each.place == "path"}
    pattern, last = "", 0
    for found in re.finditer(r"\{([^{}]+)\}", path):
        mark = {"label": r"\.", "matrix": f";{re.escape(found[1])}="}.get(known.get(found[1], ""))
        pattern += re.escape(path[last : found.start()]) + (mark or "") + "([^/]+)"
        last = found.end()
    return path, re.compile(pattern + re.escape(path[last:])), operation.names


def _version(document: Any) -> str:
    data = document.data
    data = data if isinstance(data, dict) else {}
    version = str(data.get("openapi", data.get("swagger", "")))
    if version.startswith(("2.", "3.")):
        return version
    names = {"asyncapi": "AsyncAPI", "openrpc": "OpenRPC", "arazzo": "Arazzo"}
    what = next((f"it is {said}" for name, said in names.items() if name in data), "it is none")
    raise UnsupportedFeature(
        f"probes need an OpenAPI document; {what}",
        document.source,
        hint="an OpenAPI document starts with 'openapi: 3.1.0' or 'swagger: \"2.0\"'",
    )


def _items(root: Node) -> Iterator[tuple[str, Node]]:
    paths = root.get("paths")
    for path, entry in () if paths is None else paths.members():
        if path.startswith("/"):
            yield path, settled(entry)


def _methods(item: Node) -> Iterator[tuple[str, Node]]:
    more = item.get("additionalOperations")
    for method, node in (
        *((method, item.get(method)) for method in METHODS),
        *(() if more is None else more.members()),
    ):
        if node is not None and type(node.value) is dict:
            yield method, node


def _base(data: Any) -> str:
    """The path of the first server, its variables at their defaults."""
    if "swagger" in data:
        return str(data.get("basePath") or "").rstrip("/")
    servers = data.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    url = str(first.get("url", "")) if isinstance(first, dict) else ""
    variables = first.get("variables") if isinstance(first, dict) else None
    for name, each in variables.items() if isinstance(variables, dict) else ():
        if isinstance(each, dict):
            url = url.replace("{" + name + "}", str(each.get("default", "")))
    try:
        path = urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""
    if "{" in path or path in {"", "."}:
        return ""
    return path if path.startswith("/") else f"/{path.removeprefix('./')}"


class _Reader:
    """Reads parts of one document. ``old`` is OpenAPI 2.0."""

    def __init__(self, root: Node, *, old: bool) -> None:
        self._root = root
        self._old = old
        self._written = Written()

    def operation(self, path: str, method: str, node: Node, shared: Node | None) -> Operation:
        given = {
            (value["in"], value["name"]): each
            for group in (shared, node.get("parameters"))
            if group is not None
            for each in map(settled, group.items())
            for value in (each.value,)
            if type(value) is dict
            and isinstance(value.get("name"), str)
            and isinstance(value.get("in"), str)
        }
        in_body = [each for (place, _), each in given.items() if place in {"body", "formData"}]
        if self._old:
            bodies, required = self._old_bodies(node, in_body)
        else:
            bodies, required = self._bodies(node.get("requestBody"))
        answers = node.get("responses")
        security = self._security(node)
        return Operation(
            id=str(node.value.get("operationId", f"{method} {path}")),
            method=method.upper(),
            path=path,
            parameters=tuple(
                self._parameter(each)
                for (place, _), each in given.items()
                if place in {"path", "query", "header", "cookie"}
            ),
            bodies=bodies,
            body_required=required,
            answers={}
            if answers is None
            else {
                status: self._answer(settled(each), node)
                for status, each in answers.members()
                if not status.startswith("x-")
            },
            secured=bool(security) and {} not in security,
            scopes=_scopes(security),
            deprecated=node.value.get("deprecated") is True,
            node=node,
            text=str(node.value.get("description", "")),
            security=tuple(tuple(each) for each in security),
            open=node.value.get("security") == [],
        )

    def _security(self, node: Node) -> list[dict[str, Any]]:
        given = node.value.get("security", self._root.value.get("security"))
        return [each for each in given if isinstance(each, dict)] if type(given) is list else []

    def _parameter(self, node: Node) -> Parameter:
        value = node.value
        place = value["in"]
        schema, style = node.get("schema"), str(value.get("style") or _STYLES[place])
        explode = value.get("explode", style == "form") is True
        content = node.get("content")
        if self._old:
            style, explode = _COLLECTIONS.get(
                str(value.get("collectionFormat")), (_STYLES[place], False)
            )
            written = self._written.inline(node)
        else:
            for media, inside in () if content is None else content.members():
                node, schema = inside, inside.get("schema")
                style = "json" if media.endswith("json") else style
            written = True if schema is None else self._written.schema(schema)
        return Parameter(
            name=value["name"],
            place=place,
            required=value.get("required") is True or place == "path",
            schema=written,
            example=_example(node),
            style=style,
            explode=explode,
        )

    def _bodies(self, node: Node | None) -> tuple[tuple[Body, ...], bool]:
        if node is None:
            return (), False
        node = settled(node)
        content = node.get("content")
        required = type(node.value) is dict and node.value.get("required") is True
        return () if content is None else tuple(map(self._body, content.members())), required

    def _body(self, pair: tuple[str, Node]) -> Body:
        media, node = pair
        schema = node.get("schema")
        return Body(
            media=_plain(media),
            example=_example(node),
            written=self._lazily(schema),
        )

    def _lazily(self, schema: Node | None) -> Callable[[], Any]:
        return partial(bool, True) if schema is None else partial(self._written.schema, schema)

    def _old_bodies(self, node: Node, given: list[Node]) -> tuple[tuple[Body, ...], bool]:
        """A body parameter in each type that is consumed; or the fields of a form."""
        if not given:
            return (), False
        medias = self._medias(node, "consumes")
        required = any(each.value.get("required") is True for each in given)
        whole = next((each for each in given if each.value["in"] == "body"), None)
        if whole is not None:
            schema = whole.get("schema")
            written: Callable[[], Any] = self._lazily(schema)
            example = _example(whole)
        else:
            files = any(each.value.get("type") == "file" for each in given)
            medias = [each for each in medias if each in {_FORM, _MULTIPART}]
            medias = medias or [_MULTIPART if files else _FORM]
            written, example = partial(self._fields, tuple(given)), MISSING
        bodies = (Body(media=each, example=example, written=written) for each in medias)
        return tuple(bodies), required

    def _fields(self, given: tuple[Node, ...]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {each.value["name"]: self._written.inline(each) for each in given},
            "required": [e.value["name"] for e in given if e.value.get("required") is True],
        }

    def _medias(self, node: Node, word: str) -> list[str]:
        given = node.value.get(word, self._root.value.get(word))
        medias = [_plain(each) for each in given if isinstance(each, str)] if given else []
        return medias or ["application/json"]

    def _answer(self, node: Node, operation: Node) -> Answer:
        headers, content = node.get("headers"), node.get("content")
        bodies: dict[str, Body] = {}
        if self._old:
            schema = node.get("schema")
            for media in () if schema is None else self._medias(operation, "produces"):
                bodies[media] = self._body((media, node))
        elif content is not None:
            bodies = {body.media: body for body in map(self._body, content.members())}
        return Answer(
            headers={}
            if headers is None
            else {
                n.lower(): type(v := settled(e).value) is dict and v.get("required") is True
                for n, e in headers.members()
            },
            content=Contents(bodies),
        )

    def schemes(self) -> dict[str, Scheme]:
        """The security schemes by name."""
        home = self._root if self._old else self._root.get("components")
        given = None if home is None else home.get(_SCHEMES[self._old])
        found = () if given is None else given.members()
        return {
            name: _scheme(name, value)
            for name, each in found
            if type(value := settled(each).value) is dict
        }


_SCHEMES = {True: "securityDefinitions", False: "securitySchemes"}


def _scheme(name: str, value: dict[str, Any]) -> Scheme:
    kind, scheme = str(value.get("type")), str(value.get("scheme", "")).lower()
    if kind == "apiKey":
        place, key = str(value.get("in", "header")), str(value.get("name", "Authorization"))
        return Scheme(name=name, kind="key", place=place, field=key)
    if kind == "basic" or (kind, scheme) == ("http", "basic"):
        return Scheme(name=name, kind="basic")
    if kind in {"oauth2", "openIdConnect"} or (kind, scheme) == ("http", "bearer"):
        return Scheme(name=name, kind="bearer")
    return Scheme(name=name, kind="other")


def _scopes(security: list[dict[str, Any]]) -> tuple[str, ...]:
    """The scopes of the first group."""
    first = security[0] if security and {} not in security else {}
    return tuple(s for each in first.values() if isinstance(each, list) for s in map(str, each))


def _plain(media: str) -> str:
    return media.partition(";")[0].strip().lower()


def _example(node: Node) -> Any:
    """The first example of a parameter or media type, its schema's included."""
    value = node.value if type(node.value) is dict else {}
    for name in ("example", "x-example"):
        if name in value:
            return value[name]
    several = node.get("examples")
    for _, each in () if several is None else several.members():
        given = settled(each).value
        if isinstance(given, dict) and "value" in given:
            return given["value"]
    schema = node.get("schema")
    found = None if schema is None else settled(schema).value
    if isinstance(found, dict):
        if "example" in found:
            return found["example"]
        if isinstance(found.get("examples"), list) and found["examples"]:
            return found["examples"][0]
    return MISSING
