"""Paths and operations: which answers to which, and what each says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from apicheck.formats.openapi.serialisation import schema_of_parameter
from apicheck.formats.openapi.servers import PARAMETER, base_path, template_of
from apicheck.formats.openapi.spec import METHODS
from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.openapi.context import Context
    from apicheck.formats.openapi.spec import Spec
    from apicheck.nodes import Node

__all__ = ["RULES", "Matched", "Operation", "matched", "operations_of"]

_GET = '{"responses": {"204": {"description": "done"}}}'
_ONE = (
    '"/things/{id}": {"get": {"parameters": [{"name": "id", "in": "path", "required": true,'
    ' "schema": {"type": "string"}}], "responses": {"204": {"description": "done"}}}}'
)

REMOVED = Rule(
    id="operation.removed",
    mirror="operation.added",
    effect=Effect.NARROWS,
    summary="An operation was removed.",
    message="{operation} was removed",
    why="Every call to it is now answered with 404 or 405.",
    fix="Mark it deprecated with a sunset date, and remove it after that date.",
    example=Example(of="path", old=f'{{"get": {_GET}, "put": {_GET}}}', new=f'{{"get": {_GET}}}'),
)
ADDED = Rule(
    id="operation.added",
    mirror="operation.removed",
    effect=Effect.WIDENS,
    summary="An operation was added.",
    message="{operation} was added",
    why="Nobody is hurt: nobody called it before.",
    fix="Nothing to do.",
    example=Example(of="path", old=f'{{"get": {_GET}}}', new=f'{{"get": {_GET}, "put": {_GET}}}'),
    override={Direction.OUTBOUND: Severity.INFO},
    because="A peer that does not know the new callback or webhook has not asked for it.",
)
RETIRED = Rule(
    id="operation.removed-after-sunset",
    mirror="operation.added",
    effect=Effect.KEEPS,
    summary="A deprecated operation was removed after its announced sunset.",
    message="{operation} was removed; its sunset was {sunset}",
    why="Peers were told by when to move away (RFC 8594), and the date has passed.",
    fix="Nothing to do.",
    example=Example(
        of="path",
        old=f'{{"get": {_GET}, "put": {{"deprecated": true, "x-sunset": "2001-01-01",'
        ' "responses": {"204": {"description": "done"}}}}',
        new=f'{{"get": {_GET}}}',
    ),
)
_FIXED = f'{{"paths": {{"/things/mine": {{"get": {_GET}}}, {_ONE}}}}}'
COVERED = Rule(
    id="operation.covered-by-template",
    mirror="operation.split-from-template",
    effect=Effect.NARROWS,
    summary="An operation with a fixed path was removed, and a templated path answers its calls.",
    message="{operation} was removed; its calls are now answered by {other}",
    why="Requests still find an operation, but perhaps one that means something else.",
    fix="Make sure that the operation gives the same answers for this path.",
    example=Example(of="document", old=_FIXED, new=f'{{"paths": {{{_ONE}}}}}'),
    override={Direction.INBOUND: Severity.WARNING},
    because="Calls are still answered; where the answer differs, that is a finding of its own.",
)
SPLIT = Rule(
    id="operation.split-from-template",
    mirror="operation.covered-by-template",
    effect=Effect.WIDENS,
    summary="An operation with a fixed path was added, whose calls a templated path answered.",
    message="{operation} was added; its calls were answered by {other} so far",
    why="Nobody is hurt, unless the fixed part of the path was in use as a value.",
    fix="Make sure that nothing goes by this name among the values of the path parameter.",
    example=Example(of="document", old=f'{{"paths": {{{_ONE}}}}}', new=_FIXED),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. ``item`` is the path item that the operation stands in."""

    path: str
    method: str
    node: Node
    item: Node
    spec: Spec
    #: How callers know it, where that is not its own path.
    called: str = ""

    @property
    def label(self) -> str:
        """``GET /things``."""
        return self.called or f"{self.method.upper()} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """An operation and its counterpart."""

    old: Operation
    new: Operation


def operations_of(
    context: Context, spec: Spec, item: Node, path: str
) -> Iterator[tuple[str, Operation]]:
    """The operations of one path item by lower-case method; OpenAPI 3.2 has further methods."""
    for method in METHODS:
        node = context.part(item.get(method), dict)
        if node is not None:
            yield method, Operation(path=path, method=method, node=node, item=item, spec=spec)
    for method, node in context.entries(item.get("additionalOperations")):
        yield method.lower(), Operation(path=path, method=method, node=node, item=item, spec=spec)


def matched(context: Context) -> Iterator[Matched | tuple[Operation, Fact]]:
    """Operations of both sides matched by path and method; what is left over as facts.

    Paths match by position: ``/a/{x}`` and ``/a/{y}`` are one (OpenAPI 3.1.1 section 4.8.8.2,
    "templated paths with the same hierarchy but different templated names").
    """
    old, hidden_before = _by_place(context, context.old)
    new, hidden_after = _by_place(context, context.new)
    rest = []
    for key, operation in old.items():
        if key in new:
            yield Matched(old=operation, new=new.pop(key))
        else:
            rest.append((key, operation))
    for key, operation in rest:
        if not hidden_after & {"*", key[0], key}:
            yield from _missing(context, key, operation)
    for key, operation in new.items():
        if not hidden_before & {"*", key[0], key}:
            yield from _surplus(context, key[1], operation)


_Key = tuple[str, str]


def _by_place(context: Context, spec: Spec) -> tuple[dict[_Key, Operation], set[str | _Key]]:
    """Operations by place, and the paths and operations of which it is not known what they hold.

    ``*`` stands for every path.
    """
    found: dict[_Key, Operation] = {}
    hidden: set[str | _Key] = set()
    # A common prefix is a question for the servers; it counts here only where it moved into paths.
    prefix = base_path(spec) if _moved_into_paths(context) else ""
    paths = spec.section("paths")
    if context.misread(spec.root.get("paths")):
        hidden.add("*")
    for path, value in () if paths is None else paths.members():
        if path.startswith("x-"):
            continue
        template = template_of(prefix + path)
        item = context.part(value, dict)
        if item is None:
            hidden.add(template)
            continue
        hidden |= {
            (template, method)
            for method in METHODS
            if method in item.value and type(item.value[method]) is not dict
        }
        for method, operation in operations_of(context, spec, item, path):
            key = (template, method)
            if key in found:
                context.ignore(operation.node)
            else:
                found[key] = operation
    return found, hidden


def _moved_into_paths(context: Context) -> bool:
    """Whether most paths are the same only with the servers' base path in front."""
    if base_path(context.old) == base_path(context.new):
        return False
    sides = []
    for spec in (context.old, context.new):
        node = spec.section("paths")
        paths = [] if node is None else [template_of(name) for name in node.value]
        sides.append((set(paths), {base_path(spec) + path for path in paths}))
    (old, old_full), (new, new_full) = sides
    return len(old_full & new_full) > len(old & new)


def _missing(
    context: Context, key: _Key, operation: Operation
) -> Iterator[Matched | tuple[Operation, Fact]]:
    near = context.new.section("paths") or context.new.root
    other = _covering(context, context.new, key[0], key[1])
    if other is not None:
        covered = {"operation": operation.label, "other": other.label}
        yield operation, Fact(COVERED, operation.node, None, covered, near=other.node)
        yield Matched(old=operation, new=replace(other, called=operation.label))
        return
    values = {"operation": operation.label}
    sunset = operation.node.value.get("x-sunset")
    if operation.node.value.get("deprecated") is True and sunset is not None:
        from apicheck.formats.openapi.lifecycle import read_date

        date = read_date(sunset)
        if date is not None:
            values["sunset"] = date.isoformat()
        if date is not None and date <= context.today:
            yield operation, Fact(RETIRED, operation.node, None, values, near=near)
            return
    yield operation, Fact(REMOVED, operation.node, None, values, near=near)


def _surplus(
    context: Context, method: str, operation: Operation
) -> Iterator[Matched | tuple[Operation, Fact]]:
    near = context.old.section("paths") or context.old.root
    other = _covering(context, context.old, operation.path, method)
    if other is not None:
        # Not compared with it: hardly anyone has called the template by just this value.
        split = {"operation": operation.label, "other": other.label}
        yield operation, Fact(SPLIT, None, operation.node, split, near=other.node)
        return
    yield operation, Fact(ADDED, None, operation.node, {"operation": operation.label}, near=near)


def _templates(context: Context, spec: Spec) -> list[tuple[str, list[str], Node]]:
    """The templated paths of a document, with their segments."""
    known = ("templates", spec.root.key)
    if known not in context.read:
        context.read[known] = [
            (name, name.split("/"), item)
            for name, item in context.members(spec.section("paths"))
            if "{" in name
        ]
    found: list[tuple[str, list[str], Node]] = context.read[known]
    return found


def _takes_in(segments: list[str], path: list[str]) -> bool:
    """Whether a fixed path is one of those that a templated one stands for."""
    if len(segments) != len(path):
        return False
    for pattern, segment in zip(segments, path, strict=True):
        whole = pattern.startswith("{") and pattern.find("}") == len(pattern) - 1
        if pattern == segment or (whole and segment):
            continue
        if whole or "{" not in pattern:
            return False
        if not re.fullmatch(".+".join(map(re.escape, PARAMETER.split(pattern))), segment):
            return False
    return True


def _covering(context: Context, spec: Spec, path: str, method: str) -> Operation | None:
    """An operation of ``spec`` whose template takes in the fixed path."""
    if "{" in path:
        return None
    segments = path.split("/")
    for name, template, item in _templates(context, spec):
        if _takes_in(template, segments):
            for found, operation in operations_of(context, spec, item, name):
                if found == method and _may_be(context, operation, template, segments):
                    return operation
    return None


def _may_be(context: Context, operation: Operation, template: list[str], path: list[str]) -> bool:
    """Whether path parameters may have the values that a fixed path gives them."""
    values = {
        pattern[1:-1]: segment
        for pattern, segment in zip(template, path, strict=True)
        if pattern.startswith("{") and pattern.endswith("}")
    }
    views = context.schemas.old if operation.spec is context.old else context.schemas.new
    for holder in (operation.item, operation.node):
        for node in context.items(holder.get("parameters")):
            value = values.get(str(node.value.get("name")))
            schema = schema_of_parameter(node)
            if value is None or schema is None or node.value.get("in") != "path":
                continue
            at = views.resolve(schema)
            types = views.of(at).types
            if types is not None and not types & _types_of(value):
                return False
            listed = at.value.get("enum") if type(at.value) is dict else None
            if type(listed) is list and value not in map(str, listed):
                return False
    return True


def _types_of(value: str) -> set[str]:
    """The types of JSON that a piece of a path may be read as."""
    found = {"string", "array", "object"}
    if re.fullmatch(r"-?[0-9]+", value):
        found |= {"integer", "number"}
    elif re.fullmatch(r"-?[0-9.]+(?:[eE][-+]?[0-9]+)?", value):
        found.add("number")
    elif value in {"true", "false"}:
        found.add("boolean")
    return found
