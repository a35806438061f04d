"""Responses: status codes, bodies, headers and links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.openapi.bodies import (
    Media,
    compare_media,
    media_of,
    same_types,
    swagger_types,
)
from apicheck.formats.openapi.operations import operations_of
from apicheck.formats.openapi.serialisation import compare_values
from apicheck.formats.openapi.servers import template_of
from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.nodes import Node
from apicheck.schema import compare_schemas
from apicheck.schema.values import canonical
from apicheck.walk import Fact, Turn, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.openapi.context import Context
    from apicheck.formats.openapi.operations import Operation
    from apicheck.formats.openapi.spec import Spec

__all__ = ["RULES", "responses"]


def _operation(responses: str) -> str:
    return f'{{"responses": {{{responses}}}}}'


_200 = '"200": {"description": "done"}'
_404 = '"404": {"description": "none"}'
_HEADER = '"200": {"description": "done", "headers": {"X-Rate": {"schema": {"type": "integer"}}}}'
_SURE = _HEADER.replace('"schema"', '"required": true, "schema"', 1)
_LINK = '"200": {"description": "done", "links": {"next": {"operationId": "list"}}}'

SUCCESS_REMOVED = Rule(
    id="response.success-removed",
    mirror="response.success-added",
    effect=Effect.NARROWS,
    summary="A success status is no longer returned.",
    message="success status {status} was removed",
    why="Clients that wait for this status take every other answer for a failure.",
    fix="Keep answering with the status.",
    example=Example(
        of="operation",
        old=_operation(f'{_200}, "201": {{"description": "made"}}'),
        new=_operation(_200),
    ),
    override={Direction.OUTBOUND: Severity.ERROR},
    because="Clients depend on the status itself, not only on what may come.",
)
SUCCESS_ADDED = Rule(
    id="response.success-added",
    mirror="response.success-removed",
    effect=Effect.WIDENS,
    summary="A success status may now be returned that was not before.",
    message="success status {status} was added",
    why="Clients that check for the known status take the new one for a failure.",
    fix="Return the new status only when a client asked for what needs it.",
    example=Example(
        of="operation",
        old=_operation(_200),
        new=_operation(f'{_200}, "201": {{"description": "made"}}'),
    ),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="A client treats an unknown 2xx like 200 (RFC 9110 section 15), if it is well made.",
)
SUCCESS_UNDOCUMENTED = Rule(
    id="response.success-undocumented",
    mirror="response.success-documented",
    effect=Effect.KEEPS,
    summary="No success status is documented any more.",
    message="success status {status} was removed, and no other is documented",
    why="Clients can no longer know what a success looks like.",
    fix="Document the success status.",
    example=Example(of="operation", old=_operation(f"{_200}, {_404}"), new=_operation(_404)),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="The operation must still succeed somehow; only its description is gone.",
)
SUCCESS_DOCUMENTED = Rule(
    id="response.success-documented",
    mirror="response.success-undocumented",
    effect=Effect.KEEPS,
    summary="A success status was documented where none was.",
    message="success status {status} was documented, where none was",
    why="Nobody is hurt: there was nothing to rely on.",
    fix="Nothing to do.",
    example=Example(of="operation", old=_operation(_404), new=_operation(f"{_200}, {_404}")),
)
ERROR_REMOVED = Rule(
    id="response.error-removed",
    mirror="response.error-added",
    effect=Effect.NARROWS,
    summary="An error status is no longer documented.",
    message="error status {status} was removed",
    why="Clients may have code for it that no longer runs; nothing fails.",
    fix="Keep the status if the service still returns it.",
    example=Example(of="operation", old=_operation(f"{_200}, {_404}"), new=_operation(_200)),
)
ERROR_ADDED = Rule(
    id="response.error-added",
    mirror="response.error-removed",
    effect=Effect.WIDENS,
    summary="An error status was documented.",
    message="error status {status} was added",
    why="Nobody is hurt: clients must treat an unknown error like the first of its class.",
    fix="Nothing to do.",
    example=Example(of="operation", old=_operation(_200), new=_operation(f"{_200}, {_404}")),
    override={Direction.OUTBOUND: Severity.INFO},
    because="Any operation may fail; unknown codes count as x00 of their class (RFC 9110, 15).",
)
HEADER_REMOVED = Rule(
    id="response.header-removed",
    mirror="response.header-added",
    effect=Effect.NARROWS,
    summary="A response header that might be there was removed.",
    message="header {name} was removed",
    why="Clients that read the header no longer find it.",
    fix="Keep sending the header until no client reads it.",
    example=Example(of="operation", old=_operation(_HEADER), new=_operation(_200)),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="The header was optional, so clients must do without it already.",
)
HEADER_ADDED = Rule(
    id="response.header-added",
    mirror="response.header-removed",
    effect=Effect.WIDENS,
    summary="A response header was added.",
    message="header {name} was added",
    why="Nobody is hurt: clients skip headers that they do not know.",
    fix="Nothing to do.",
    example=Example(of="operation", old=_operation(_200), new=_operation(_HEADER)),
    override={Direction.OUTBOUND: Severity.INFO},
    because="Recipients ignore header fields that they do not know (RFC 9110 section 5.1).",
)
REQUIRED_HEADER_REMOVED = Rule(
    id="response.required-header-removed",
    mirror="response.required-header-added",
    effect=Effect.WIDENS,
    summary="A response header that was always there was removed.",
    message="required header {name} was removed",
    why="Clients rely on the header and no longer find it.",
    fix="Keep sending the header.",
    example=Example(of="operation", old=_operation(_SURE), new=_operation(_200)),
)
REQUIRED_HEADER_ADDED = Rule(
    id="response.required-header-added",
    mirror="response.required-header-removed",
    effect=Effect.NARROWS,
    summary="A response header that is always there was added.",
    message="required header {name} was added",
    why="Nobody is hurt: clients skip headers that they do not know.",
    fix="Nothing to do.",
    example=Example(of="operation", old=_operation(_200), new=_operation(_SURE)),
)
HEADER_MADE_OPTIONAL = Rule(
    id="response.header-made-optional",
    mirror="response.header-made-required",
    effect=Effect.WIDENS,
    summary="A response header that was always there may be absent now.",
    message="header {name} is no longer always there",
    why="Clients rely on the header and fail where it is absent.",
    fix="Keep sending the header always.",
    example=Example(of="operation", old=_operation(_SURE), new=_operation(_HEADER)),
)
HEADER_MADE_REQUIRED = Rule(
    id="response.header-made-required",
    mirror="response.header-made-optional",
    effect=Effect.NARROWS,
    summary="A response header is now always there.",
    message="header {name} is now always there",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(of="operation", old=_operation(_HEADER), new=_operation(_SURE)),
)
LINK_REMOVED = Rule(
    id="response.link-removed",
    mirror="response.link-added",
    effect=Effect.NARROWS,
    summary="A link to another operation was removed from a response.",
    message="link {name} was removed",
    why="Clients that follow the link by its name no longer find it.",
    fix="Keep the link.",
    example=Example(of="operation", old=_operation(_LINK), new=_operation(_200)),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Links describe what may be done next; the message itself is the same.",
)
LINK_ADDED = Rule(
    id="response.link-added",
    mirror="response.link-removed",
    effect=Effect.WIDENS,
    summary="A link to another operation was added to a response.",
    message="link {name} was added",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(of="operation", old=_operation(_200), new=_operation(_LINK)),
    override={Direction.OUTBOUND: Severity.INFO},
    because="Links describe what may be done next; the message itself is the same.",
)
LINK_CHANGED = Rule(
    id="response.link-changed",
    effect=Effect.REPLACES,
    summary="A link leads to another operation, or hands other values to it.",
    message="link {name} changed from {old} to {new}",
    why="Clients that follow the link by its name end up elsewhere.",
    fix="Keep the link, and give the new one another name.",
    example=Example(
        of="operation",
        old=_operation(_LINK),
        new=_operation(_LINK.replace('"list"', '"search"')),
    ),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Links describe what may be done next; the message itself is the same.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def responses(
    context: Context, old: Operation, new: Operation
) -> Iterator[tuple[str, Fact | Visit]]:
    """Compare the responses of an operation; each fact or visit comes with its status."""
    before = {name.upper(): each for name, each in context.members(old.node.get("responses"))}
    after = {name.upper(): each for name, each in context.members(new.node.get("responses"))}
    used = set()
    for status, node in before.items():
        twin = _counterpart(status, before, after)
        if twin != status and context.hides(new.node.get("responses"), status, str.upper):
            continue
        if twin is None:
            rule = ERROR_REMOVED
            if _is_success(status):
                rule = SUCCESS_REMOVED if _tells_success(after) else SUCCESS_UNDOCUMENTED
            yield status, Fact(rule, node, None, {"status": _shown(status)}, near=new.node)
            continue
        used.add(twin)
        for seen in _pair(context, (old, node), (new, after[twin])):
            yield status, seen
    for status, node in after.items():
        if status in used or context.hides(old.node.get("responses"), status, str.upper):
            continue
        twin = _counterpart(status, after, before)
        if twin == "DEFAULT" and not _is_success(status) and not _tells_success(before):
            continue  # default stood for the success: it says nothing of this error
        if twin is not None:
            # Covered by a range or by default so far, whose body and headers clients expect.
            for seen in _pair(context, (old, before[twin]), (new, node)):
                yield status, seen
            continue
        rule = ERROR_ADDED
        if _is_success(status):
            rule = SUCCESS_ADDED if _tells_success(before) else SUCCESS_DOCUMENTED
        yield status, Fact(rule, None, node, {"status": _shown(status)}, near=old.node)


def _pair(
    context: Context, old: tuple[Operation, Node], new: tuple[Operation, Node]
) -> Iterator[Fact | Visit]:
    swagger = old[0].spec.family.two or new[0].spec.family.two
    if swagger or not context.same(old[1], new[1]):
        yield from _response(context, old, new)


def _counterpart(status: str, mine: dict[str, Node], theirs: dict[str, Node]) -> str | None:
    """The same status, else the range that takes it in, else a status that the range takes in."""
    if status == "DEFAULT" and _tells_success(mine) != _tells_success(theirs):
        # Where no success is told, default stands for it.
        return None if _tells_success(mine) else next(filter(_is_success, theirs))
    if status in theirs:
        return status
    if status == "DEFAULT":
        return None
    if (wide := f"{status[:1]}XX") in theirs:
        return wide
    if status.endswith("XX"):
        inside = [each for each in theirs if each[:1] == status[:1] and each not in mine]
        return inside[0] if inside else None
    if "DEFAULT" in theirs and not (_is_success(status) and _tells_success(theirs)):
        return "DEFAULT"
    return None


def _tells_success(statuses: dict[str, Node]) -> bool:
    return any(map(_is_success, statuses))


def _shown(status: str) -> str:
    return "default" if status == "DEFAULT" else status


def _is_success(status: str) -> bool:
    return status[:1] in {"2", "3"}


def _response(
    context: Context, old: tuple[Operation, Node], new: tuple[Operation, Node]
) -> Iterator[Fact | Visit]:
    one, two = _swagger_schema(old[1]), _swagger_schema(new[1])
    if one is not None and two is not None and same_types(old[0], new[0], "produces"):
        # Swagger 2.0: one schema for all media types, which are the same.
        if not context.same(one, two):
            yield Visit(one, two, compare_schemas)
    else:
        before, after = _media(context, *old), _media(context, *new)
        yield from compare_media(context, (before, old[1]), (after, new[1]), Turn.FLIP)
    yield from _headers(context, old[1], new[1])
    yield from _links(context, old[1], new[1])


def _media(context: Context, operation: Operation, node: Node) -> dict[str, Media]:
    if not operation.spec.family.two:
        return media_of(context, node)
    schema = _swagger_schema(node)
    if schema is None:
        return {}
    types = swagger_types(context, operation, "produces")
    return {name: Media(at=at or node, schema=schema) for name, at in types.items()}


def _swagger_schema(node: Node) -> Node | None:
    """The schema of a Swagger 2.0 response; its ``file`` is what 3.0 calls a binary string."""
    schema = node.get("schema")
    if schema is not None and type(schema.value) is dict and schema.value.get("type") == "file":
        return Node({"type": "string", "format": "binary"}, schema.document, schema.pointer)
    return schema


def _headers(context: Context, old: Node, new: Node) -> Iterator[Fact | Visit]:
    """Header names are compared without case; Content-Type says nothing (OpenAPI 3.1.1, 4.8.17)."""
    before = {name.lower(): (name, each) for name, each in _named(context, old)}
    after = {name.lower(): (name, each) for name, each in _named(context, new)}
    for key, (name, node) in before.items():
        sure = context.flag(node, "required")
        if key not in after:
            if context.hides(new.get("headers"), key, str.lower):
                continue
            rule = REQUIRED_HEADER_REMOVED if sure else HEADER_REMOVED
            yield Fact(rule, node, None, {"name": name}, near=new)
            continue
        other = after[key][1]
        if sure != context.flag(other, "required"):
            rule = HEADER_MADE_OPTIONAL if sure else HEADER_MADE_REQUIRED
            yield Fact(rule, node, other, {"name": name})
        yield from compare_values(context, node, other, "header", f"header {name}")
    for key, (name, node) in after.items():
        if key not in before and not context.hides(old.get("headers"), key, str.lower):
            sure = context.flag(node, "required")
            rule = REQUIRED_HEADER_ADDED if sure else HEADER_ADDED
            yield Fact(rule, None, node, {"name": name}, near=old)


def _named(context: Context, node: Node) -> Iterator[tuple[str, Node]]:
    for name, header in context.entries(node.get("headers")):
        if name.lower() != "content-type":
            yield name, header


def _links(context: Context, old: Node, new: Node) -> Iterator[Fact]:
    before = dict(context.entries(old.get("links")))
    after = dict(context.entries(new.get("links")))
    for name, node in before.items():
        if name not in after:
            if context.hides(new.get("links"), name):
                continue
            yield Fact(LINK_REMOVED, node, None, {"name": name}, near=new)
            continue
        other = after[name]
        if context.same(node, other):
            continue
        ways = (_target(context, context.old, node), _target(context, context.new, other))
        if ways[0] != ways[1]:
            yield Fact(LINK_CHANGED, node, other, {"name": name, "old": ways[0], "new": ways[1]})
    for name, node in after.items():
        if name not in before and not context.hides(old.get("links"), name):
            yield Fact(LINK_ADDED, None, node, {"name": name}, near=old)


def _target(context: Context, spec: Spec, link: Node) -> str:
    """Where a link leads and what it hands over; an operation by its place, not by its id."""
    told = {key: link.value[key] for key in ("parameters", "requestBody") if key in link.value}
    name = link.value.get("operationId")
    place = str(link.value.get("operationRef")) if name is None else str(name)
    if name is not None:
        place = _named_operations(context, spec).get(place, place)
    return f"{place} with {canonical(told)}" if told else place


def _named_operations(context: Context, spec: Spec) -> dict[str, str]:
    """Operations by their operationId: method, and path without names of parameters."""
    known = ("operations by id", spec.root.key)
    if known not in context.read:
        found = {}
        for path, item in context.members(spec.section("paths")):
            for method, operation in operations_of(context, spec, item, path):
                if "operationId" in operation.node.value:
                    label = f"{method.upper()} {template_of(path)}"
                    found[str(operation.node.value["operationId"])] = label
        context.read[known] = found
    named: dict[str, str] = context.read[known]
    return named
