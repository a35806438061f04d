"""Where the API is served: servers of OpenAPI 3, host, basePath and schemes of Swagger 2.0."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.openapi.context import Context
    from apicheck.formats.openapi.spec import Spec
    from apicheck.nodes import Node

__all__ = ["PARAMETER", "RULES", "base_path", "servers", "template_of"]

REMOVED = Rule(
    id="server.removed",
    mirror="server.added",
    effect=Effect.NARROWS,
    summary="An address of the API was removed.",
    message="server {url} was removed",
    why="Clients that were given this address no longer reach the API.",
    fix="Keep the old address answering, or redirect it.",
    example=Example(
        of="document",
        old='{"servers": [{"url": "https://a.example/v1"}, {"url": "https://b.example/v1"}]}',
        new='{"servers": [{"url": "https://a.example/v1"}]}',
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="Addresses are mostly configured apart; the list is documentation.",
)
ADDED = Rule(
    id="server.added",
    mirror="server.removed",
    effect=Effect.WIDENS,
    summary="An address of the API was added.",
    message="server {url} was added",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="document",
        old='{"servers": [{"url": "https://a.example/v1"}]}',
        new='{"servers": [{"url": "https://a.example/v1"}, {"url": "https://b.example/v1"}]}',
    ),
)
BASE_PATH_CHANGED = Rule(
    id="server.base-path-changed",
    effect=Effect.REPLACES,
    summary="The path that all operations stand under changed.",
    message="base path changed from {old} to {new}",
    why="Every call to the old path is answered with 404.",
    fix="Keep the old base path beside the new one until every client has moved.",
    example=Example(
        of="document",
        old='{"servers": [{"url": "https://a.example/api"}]}',
        new='{"servers": [{"url": "https://a.example/rest"}]}',
    ),
)
VERSION_MOVED = Rule(
    id="server.version-moved",
    effect=Effect.REPLACES,
    summary="The version in the path that all operations stand under changed.",
    message="the version in the base path changed from {old} to {new}",
    why="Calls to the old path are answered only if the old version is still served beside it.",
    fix="Keep serving the old version until its sunset.",
    example=Example(
        of="document",
        old='{"servers": [{"url": "https://a.example/v1"}]}',
        new='{"servers": [{"url": "https://a.example/v2"}]}',
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="A version in the path mostly means that both versions live side by side.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: A parameter in a templated path.
PARAMETER = re.compile(r"\{[^{}/]*\}")
_HOST = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")
_VERSION = re.compile(r"(?<=/)v?[0-9]+(?:\.[0-9]+)*(?:(?:alpha|beta|rc)[0-9]*)?(?=/|$)")


def template_of(path: str) -> str:
    """A path without the names of its parameters, which say nothing to a client."""
    return PARAMETER.sub("{}", path)


def base_path(spec: Spec) -> str:
    """The one path that all servers share, without a slash at the end; "" if they differ."""
    paths = {_path(url) for url, _ in _urls(spec)}
    return paths.pop() if len(paths) == 1 else ""


def _path(url: str) -> str:
    """The path of an address, without a slash at the end."""
    return _HOST.sub("", url).partition("?")[0].partition("#")[0].rstrip("/")


def _urls(spec: Spec) -> Iterator[tuple[str, Node]]:
    """Every address with the place that gives it; variables have their defaults."""
    root = spec.root
    if spec.family.two:
        base = str(root.value.get("basePath") or "")
        host = str(root.value.get("host") or "")
        schemes = root.value.get("schemes")
        at = root.get("host") or root.get("basePath") or root
        if not host and not base:
            return
        for scheme in schemes if type(schemes) is list and schemes else ["https"]:
            yield (f"{scheme}://{host}{base}" if host else base).rstrip("/"), at
        return
    listed = root.get("servers")
    for node in () if listed is None else listed.items():
        url = node.value.get("url") if type(node.value) is dict else None
        if type(url) is str:
            yield _filled(url, node.value.get("variables")).rstrip("/"), node


def _filled(url: str, variables: Any) -> str:
    if type(variables) is dict:
        for name, each in variables.items():
            default = each.get("default") if type(each) is dict else None
            url = url.replace(f"{{{name}}}", str(default) if default is not None else f"{{{name}}}")
    return url


def servers(context: Context) -> Iterator[Fact]:
    """Compare the addresses; one fact for a base path that moved with them."""
    before, after = dict(_urls(context.old)), dict(_urls(context.new))
    if not before or not after or before.keys() == after.keys():
        return
    old, new = base_path(context.old), base_path(context.new)
    if old != new and not _in_paths(context, old, new):
        one, two = next(iter(before.values())), next(iter(after.values()))
        same = _VERSION.sub("", old) == _VERSION.sub("", new)
        rule = VERSION_MOVED if same else BASE_PATH_CHANGED
        yield Fact(rule, one, two, {"old": old or "/", "new": new or "/"})
        return
    if old != new:
        return
    near = (context.old.root, context.new.root)
    for url, node in before.items():
        if url not in after:
            yield Fact(REMOVED, node, None, {"url": url or "/"}, near=near[1])
    for url, node in after.items():
        if url not in before:
            yield Fact(ADDED, None, node, {"url": url or "/"}, near=near[0])


def _in_paths(context: Context, old: str, new: str) -> bool:
    """Whether the path only moved between the servers and the paths."""
    sides = []
    for spec, base in ((context.old, old), (context.new, new)):
        node = spec.section("paths")
        paths = node.value if node is not None else {}
        sides.append({template_of(base + path) for path in paths})
    return bool(sides[0] & sides[1])
