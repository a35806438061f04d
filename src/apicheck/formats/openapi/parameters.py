"""Parameters: which answer to which, present or not, required or not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from apicheck.formats.openapi.serialisation import compare_values
from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.schema.values import canonical
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.openapi.context import Context
    from apicheck.formats.openapi.operations import Operation
    from apicheck.nodes import Node
    from apicheck.walk import Visit

__all__ = ["RULES", "parameters", "swagger_parameters"]

_LIMIT = '{"name": "limit", "in": "query", "schema": {"type": "integer"}}'
_OK = '"responses": {"204": {"description": "done"}}'
_NONE = f'{{"parameters": [], {_OK}}}'
_ONE = f'{{"parameters": [{_LIMIT}], {_OK}}}'
_MUST = f'{{"parameters": [{_LIMIT[:-1]}, "required": true}}], {_OK}}}'

REQUIRED_ADDED = Rule(
    id="parameter.required-added",
    mirror="parameter.required-removed",
    effect=Effect.NARROWS,
    summary="A parameter that must be given was added.",
    message="required {where} parameter {name} was added",
    why="Clients that do not know the parameter leave it out and are refused.",
    fix="Make the parameter optional, with a default that keeps the old behaviour.",
    example=Example(of="operation", old=_NONE, new=_MUST),
)
REQUIRED_REMOVED = Rule(
    id="parameter.required-removed",
    mirror="parameter.required-added",
    effect=Effect.WIDENS,
    summary="A parameter that had to be given was removed.",
    message="required {where} parameter {name} was removed",
    why="Clients still send it; it is ignored now, and what it said no longer counts.",
    fix="Keep accepting the parameter until no client sends it.",
    example=Example(of="operation", old=_MUST, new=_NONE),
    override={Direction.INBOUND: Severity.WARNING},
    because="Requests are still accepted, but they may mean something else.",
)
ADDED = Rule(
    id="parameter.added",
    mirror="parameter.removed",
    effect=Effect.WIDENS,
    summary="An optional parameter was added.",
    message="optional {where} parameter {name} was added",
    why="Nobody is hurt: clients may leave it out.",
    fix="Nothing to do.",
    example=Example(of="operation", old=_NONE, new=_ONE),
)
REMOVED = Rule(
    id="parameter.removed",
    mirror="parameter.added",
    effect=Effect.NARROWS,
    summary="An optional parameter was removed.",
    message="optional {where} parameter {name} was removed",
    why="Clients that still send it are ignored, or refused by a strict server.",
    fix="Keep accepting the parameter until no client sends it.",
    example=Example(of="operation", old=_ONE, new=_NONE),
    override={Direction.INBOUND: Severity.WARNING},
    because="Servers mostly ignore parameters that they do not know.",
)
MOVED = Rule(
    id="parameter.moved",
    effect=Effect.REPLACES,
    summary="A parameter is given in another place of the request.",
    message="parameter {name} moved from {old} to {new}",
    why="Clients send it where it is no longer looked for.",
    fix="Accept it in both places until every client has moved.",
    example=Example(of="operation", old=_ONE, new=_ONE.replace('"in": "query"', '"in": "header"')),
)
MADE_REQUIRED = Rule(
    id="parameter.made-required",
    mirror="parameter.made-optional",
    effect=Effect.NARROWS,
    summary="An optional parameter must be given now.",
    message="{where} parameter {name} is now required",
    why="Clients that leave it out, as they were allowed to, are refused.",
    fix="Keep it optional, with a default that keeps the old behaviour.",
    example=Example(of="operation", old=_ONE, new=_MUST),
)
MADE_OPTIONAL = Rule(
    id="parameter.made-optional",
    mirror="parameter.made-required",
    effect=Effect.WIDENS,
    summary="A required parameter may be left out now.",
    message="{where} parameter {name} is no longer required",
    why="Nobody is hurt: clients that give it are served as before.",
    fix="Nothing to do.",
    example=Example(of="operation", old=_MUST, new=_ONE),
)
EMPTY_DISALLOWED = Rule(
    id="parameter.empty-disallowed",
    mirror="parameter.empty-allowed",
    effect=Effect.NARROWS,
    summary="A parameter may no longer be sent without a value.",
    message="{where} parameter {name} may no longer be empty",
    why="Clients that send the bare name, as they were allowed to, are refused.",
    fix="Keep accepting the empty value.",
    example=Example(
        of="parameter",
        old='{"name": "f", "in": "query", "allowEmptyValue": true, "schema": {"type": "string"}}',
        new='{"name": "f", "in": "query", "schema": {"type": "string"}}',
    ),
)
EMPTY_ALLOWED = Rule(
    id="parameter.empty-allowed",
    mirror="parameter.empty-disallowed",
    effect=Effect.WIDENS,
    summary="A parameter may now be sent without a value.",
    message="{where} parameter {name} may now be empty",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="parameter",
        old='{"name": "f", "in": "query", "schema": {"type": "string"}}',
        new='{"name": "f", "in": "query", "allowEmptyValue": true, "schema": {"type": "string"}}',
    ),
)
DEPRECATED = Rule(
    id="parameter.deprecated",
    mirror="parameter.undeprecated",
    effect=Effect.KEEPS,
    summary="A parameter was marked deprecated.",
    message="{where} parameter {name} is now deprecated",
    why="Nobody is hurt yet; clients are told to leave it out.",
    fix="Say in the description what to use instead.",
    example=Example(of="parameter", old=_LIMIT, new=_LIMIT[:-1] + ', "deprecated": true}'),
)
UNDEPRECATED = Rule(
    id="parameter.undeprecated",
    mirror="parameter.deprecated",
    effect=Effect.KEEPS,
    summary="A parameter is no longer marked deprecated.",
    message="{where} parameter {name} is no longer deprecated",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(of="parameter", old=_LIMIT[:-1] + ', "deprecated": true}', new=_LIMIT),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: Header parameters of these names say nothing (OpenAPI 3.1.1 section 4.8.12.2.1).
_IGNORED = frozenset({"accept", "content-type", "authorization"})
_TEMPLATE = re.compile(r"\{([^{}/]*)\}")
_Identity = tuple[str, Any]


def parameters(context: Context, old: Operation, new: Operation) -> Iterator[Fact | Visit]:
    """Compare the parameters of an operation, those of its path included."""
    if _alike(context, old, new):
        return
    before, after = _effective(context, old), _effective(context, new)
    lost = {key: node for key, node in before.items() if key not in after}
    gained = {key: node for key, node in after.items() if key not in before}
    for key, node in before.items():
        if key in after and not context.same(node, after[key]):
            yield from _compare(context, node, after[key])
    for key, node in list(lost.items()):
        name = node.value.get("name")
        twin = next((k for k, each in gained.items() if each.value.get("name") == name), None)
        if twin is not None:
            other = gained.pop(twin)
            del lost[key]
            values = {"name": str(name), "old": key[0], "new": twin[0]}
            yield Fact(MOVED, node, other, values)
    hidden, hidden_now = _misread(context, old), _misread(context, new)
    for node in lost.values() if hidden_now <= hidden else ():
        if node.value.get("in") == "path":
            continue  # the path has the place for it either way; only its description is gone
        rule = REQUIRED_REMOVED if _is_required(context, node) else REMOVED
        yield Fact(rule, node, None, _named(node), near=new.node)
    for node in gained.values() if hidden <= hidden_now else ():
        if node.value.get("in") == "path":
            continue
        rule = REQUIRED_ADDED if _is_required(context, node) else ADDED
        yield Fact(rule, None, node, _named(node), near=old.node)


def _misread(context: Context, operation: Operation) -> set[str]:
    """What stands in for parameters that cannot be read: each may be any that is missing."""
    lists = (holder.get("parameters") for holder in (operation.item, operation.node))
    return {
        canonical(each.value)
        for listed in lists
        if listed is not None
        for each in listed.items()
        if context.misread(each)
    }


def _alike(context: Context, old: Operation, new: Operation) -> bool:
    """Whether neither the operation nor its path has a parameter that may differ."""
    for one, two in ((old.item, new.item), (old.node, new.node)):
        before, after = one.get("parameters"), two.get("parameters")
        if before is None and after is None:
            continue
        if before is None or after is None or not context.same(before, after):
            return False
    return old.path == new.path


def _effective(context: Context, operation: Operation) -> dict[_Identity, Node]:
    """Parameters by identity; those of the operation override those of its path.

    The body and form parameters of Swagger 2.0 are left out.
    """
    positions = {name: index for index, name in enumerate(_TEMPLATE.findall(operation.path))}
    found: dict[_Identity, Node] = {}
    for (where, name), node in _given(context, operation).items():
        if where == "path":
            found[where, positions.get(name, name)] = node
        elif not (operation.spec.family.two and where in {"body", "formData"}):
            found[where, name] = node
    return found


def swagger_parameters(context: Context, operation: Operation, where: str) -> list[Node]:
    """The ``body`` or ``formData`` parameters of a Swagger 2.0 operation."""
    given = _given(context, operation)
    return [node for (place, _), node in given.items() if place == where]


def _given(context: Context, operation: Operation) -> dict[_Identity, Node]:
    """Parameters by place and name, read once for each operation."""
    known = ("parameters", operation.node.key, operation.item.key)
    given: dict[_Identity, Node] | None = context.read.get(known)
    if given is None:
        given = {}
        for holder in (operation.item, operation.node):
            given |= _listed(context, holder, two=operation.spec.family.two)
        context.read[known] = given
    return given


def _listed(context: Context, holder: Node, *, two: bool) -> dict[_Identity, Node]:
    """The parameters that one list holds; of two with one identity, the first."""
    found: dict[_Identity, Node] = {}
    for node in context.items(holder.get("parameters")):
        where, name = node.value.get("in"), node.value.get("name")
        if type(where) is not str or type(name) is not str:
            context.ignore(node)
            continue
        key = (where, name)
        if where == "header":
            key = (where, name.lower())
            if key[1] in _IGNORED:
                continue
        elif two and where == "body":
            key = (where, "")  # there is but one, whatever its name
        if key in found:
            context.ignore(node, f"a second {where} parameter {name}")
        else:
            found[key] = node
    return found


def _named(node: Node) -> dict[str, str]:
    return {"where": str(node.value.get("in")), "name": str(node.value.get("name"))}


def _is_required(context: Context, node: Node) -> bool:
    return node.value.get("in") == "path" or context.flag(node, "required")


def _compare(context: Context, old: Node, new: Node) -> Iterator[Fact | Visit]:
    named = _named(new)
    before, after = _is_required(context, old), _is_required(context, new)
    if before != after:
        yield Fact(MADE_REQUIRED if after else MADE_OPTIONAL, old, new, named)
    before, after = context.flag(old, "allowEmptyValue"), context.flag(new, "allowEmptyValue")
    if before != after:
        yield Fact(EMPTY_ALLOWED if after else EMPTY_DISALLOWED, old, new, named)
    before, after = context.flag(old, "deprecated"), context.flag(new, "deprecated")
    if before != after:
        yield Fact(DEPRECATED if after else UNDEPRECATED, old, new, named)
    what = f"{named['where']} parameter {named['name']}"
    yield from compare_values(context, old, new, named["where"], what)
