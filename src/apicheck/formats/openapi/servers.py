"""Where the API is served: servers of OpenAPI 3, host, basePath and schemes of Swagger 2.0."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from apicheck.formats.openapi.context import Context
    from apicheck.formats.openapi.operations import Operation
    from apicheck.formats.openapi.spec import Spec
    from apicheck.nodes import Node

__all__ = ["PARAMETER", "RULES", "base_path", "own_servers", "servers", "template_of"]

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

#: So many addresses of one server are told apart; of more, only that of the defaults.
_MANY = 64
#: A parameter in a templated path.
PARAMETER = re.compile(r"\{[^{}/]*\}")
_HOST = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")
_VERSION = re.compile(r"(?<=/)v?[0-9]+(?:\.[0-9]+)*(?:(?:alpha|beta|rc)[0-9]*)?(?=/|$)")


def template_of(path: str) -> str:
    """A path without the names of its parameters, which say nothing to a client."""
    return PARAMETER.sub("{}", path)


def base_path(spec: Spec) -> str:
    """The one path that all servers share, without a slash at the end; "" if they differ."""
    return _common(url for url, _ in _urls(spec))


def _common(urls: Iterable[str]) -> str:
    paths = {_path(url) for url in urls}
    return paths.pop() if len(paths) == 1 else ""


def _path(url: str) -> str:
    """The path of an address, without a slash at the end."""
    return _HOST.sub("", url).partition("?")[0].partition("#")[0].rstrip("/")


def _urls(spec: Spec) -> Iterator[tuple[str, Node]]:
    """Every address of a document with the place that gives it."""
    root = spec.root
    if not spec.family.two:
        yield from _listed(root.get("servers"))
        return
    base = str(root.value.get("basePath") or "")
    host = str(root.value.get("host") or "")
    schemes = root.value.get("schemes")
    at = root.get("host") or root.get("basePath") or root
    if not host and not base:
        return
    for scheme in schemes if type(schemes) is list and schemes else ["https"]:
        yield (f"{scheme}://{host}{base}" if host else base).rstrip("/"), at


def _listed(servers: Node | None) -> Iterator[tuple[str, Node]]:
    for node in () if servers is None else servers.items():
        url = node.value.get("url") if type(node.value) is dict else None
        if type(url) is str:
            for each in _filled(url, node.value.get("variables")):
                yield each.rstrip("/"), node


def _filled(url: str, variables: Any) -> list[str]:
    """The addresses that a server stands for: each value that is listed, else the default."""
    found = [url]
    for name, each in variables.items() if type(variables) is dict else ():
        if type(each) is not dict or f"{{{name}}}" not in url:
            continue
        listed, default = each.get("enum"), each.get("default")
        values = [str(value) for value in listed] if type(listed) is list else []
        if len(found) * len(values) > _MANY:
            values = []
        if not values and default is not None:
            values = [str(default)]
        found = [one.replace(f"{{{name}}}", value) for one in found for value in values] or found
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    """One side: addresses with the places that give them, where they stand, and for which path."""

    urls: dict[str, Node]
    near: Node
    path: str = ""


def servers(context: Context) -> Iterator[Fact]:
    """Compare the addresses; one fact for a base path that moved with them."""
    before, after = dict(_urls(context.old)), dict(_urls(context.new))
    old, new = base_path(context.old), base_path(context.new)
    if old != new and _in_paths(context, old, new):
        return
    yield from _compare(
        _Served(urls=before, near=context.old.root), _Served(urls=after, near=context.new.root)
    )


def own_servers(old: Operation, new: Operation) -> Iterator[Fact]:
    """Compare the addresses of an operation, where it or its path has others than the document."""
    one, two = _own(old), _own(new)
    if one is None and two is None:
        return
    before = dict(_urls(old.spec) if one is None else _listed(one))
    after = dict(_urls(new.spec) if two is None else _listed(two))
    yield from _compare(
        _Served(urls=before, near=one or old.node, path=old.path),
        _Served(urls=after, near=two or new.node, path=new.path),
    )


def _own(operation: Operation) -> Node | None:
    """OpenAPI 3.1.1 sections 4.8.9 and 4.8.10: the operation's servers override the path's."""
    own = operation.node.get("servers") or operation.item.get("servers")
    return None if operation.spec.family.two else own


def _compare(old: _Served, new: _Served) -> Iterator[Fact]:
    before, after = old.urls, new.urls
    if not before or not after or before.keys() == after.keys():
        return
    base, base_now = _common(before), _common(after)
    moved = template_of(base + old.path) != template_of(base_now + new.path)
    if base != base_now and moved:
        one, two = next(iter(before.values())), next(iter(after.values()))
        same = _VERSION.sub("", base) == _VERSION.sub("", base_now)
        rule = VERSION_MOVED if same else BASE_PATH_CHANGED
        yield Fact(rule, one, two, {"old": base or "/", "new": base_now or "/"})
        return
    for url, node in before.items():
        if url not in after:
            yield Fact(REMOVED, node, None, {"url": url or "/"}, near=new.near)
    for url, node in after.items():
        if url not in before:
            yield Fact(ADDED, None, node, {"url": url or "/"}, near=old.near)


def _in_paths(context: Context, old: str, new: str) -> bool:
    """Whether the path only moved between the servers and the paths."""
    sides = []
    for spec, base in ((context.old, old), (context.new, new)):
        node = spec.section("paths")
        paths = node.value if node is not None else {}
        sides.append({template_of(base + path) for path in paths})
    return bool(sides[0] & sides[1])
