"""Two OpenAPI documents compared: the roots of the walk, and what it yields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.openapi.bodies import request_body
from apicheck.formats.openapi.callbacks import (
    CALLBACK_ADDED,
    CALLBACK_REMOVED,
    WEBHOOK_ADDED,
    WEBHOOK_REMOVED,
    callbacks_of,
    hides_webhook,
    webhooks_of,
)
from apicheck.formats.openapi.context import Context
from apicheck.formats.openapi.describe import describe
from apicheck.formats.openapi.document import problems
from apicheck.formats.openapi.lifecycle import lifecycle
from apicheck.formats.openapi.operations import ADDED, REMOVED, Matched, matched, operations_of
from apicheck.formats.openapi.parameters import parameters
from apicheck.formats.openapi.responses import responses
from apicheck.formats.openapi.security import Security
from apicheck.formats.openapi.servers import own_servers, servers
from apicheck.model import Change, Direction, Use
from apicheck.nodes import Node
from apicheck.schema import compare_schemas, compare_text_schemas, unnamed
from apicheck.walk import Fact, Root, Visit, survey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from apicheck.formats.openapi.operations import Operation
    from apicheck.formats.openapi.spec import Spec
    from apicheck.nodes import Steps

__all__ = ["compare"]


def compare(old: Spec, new: Spec, today: date) -> Iterator[Change]:
    """Every change from ``old`` to ``new``; ``today`` decides which sunsets have passed."""
    context = Context.of(old, new, today)
    walked = survey(_roots(context), context, same=context.same, describe=describe)
    changes = list(walked.changes())
    yield from changes
    yield from unnamed(walked, changes, context.schemas)
    for problem in problems(context):
        path, label = describe(None, problem.node)
        mine = problem.node.document is old.root.document
        place = problem.node.place
        yield Change(
            rule=problem.rule,
            path=path,
            label=label,
            direction=Direction.BOTH,
            old=place if mine else None,
            new=None if mine else place,
            values=problem.values,
        )


def _roots(context: Context) -> Iterator[Root]:
    everyone = Use(label="every operation", side="operation", direction=Direction.INBOUND)
    for fact in servers(context):
        yield Root(everyone, fact)
    security = Security(context)
    for each in matched(context):
        if isinstance(each, Matched):
            yield from _operation(context, security, each.old, each.new)
        else:
            operation, fact = each
            yield Root(_use(operation.label, "operation", Direction.INBOUND), fact)
    yield from _webhooks(context)


def _use(label: str, side: str, direction: Direction) -> Use:
    return Use(label=label, side=side, direction=direction)


def _operation(
    context: Context, security: Security, old: Operation, new: Operation
) -> Iterator[Root]:
    for fact in security(old, new):
        yield Root(_use(new.label, "operation", Direction.INBOUND), fact)
    for fact in own_servers(old, new):
        yield Root(_use(new.label, "operation", Direction.INBOUND), fact)
    swagger = old.spec.family.two or new.spec.family.two
    if context.same(old.item, new.item) and not (swagger and _types_changed(context)):
        return
    inside = _inside(context, old, new)
    if inside is not None:
        yield from inside
        return
    yield from _exchange(context, old, new, new.label, turned=False)
    yield from _callbacks(context, old, new)


def _inside(context: Context, old: Operation, new: Operation) -> list[Root] | None:
    """The schemas of an operation that is written alike on both sides.

    Only they can differ then, behind their references. None where that is not so simple: other
    references than to schemas, or not directly as the schema of a body or of its items.
    """
    if old.path != new.path or not context.same.alike(old.item, new.item):
        return None
    found: list[Root] = []
    for holder in (old.item, old.node):
        for key in ("parameters", "requestBody", "responses"):
            if key not in holder.value:
                continue
            for pointer in _references(holder.value[key], (key,)):
                ref_at = holder.pointer + pointer[:-1]
                simple = pointer[-2:] == ("schema", "$ref")
                simple = simple or pointer[-3:] == ("schema", "items", "$ref")
                if not simple or "headers" in pointer:
                    return None
                one, two = _at(old.node, ref_at), _at(new.node, ref_at)
                if not context.same.dirty(one.value["$ref"]):
                    continue
                side, direction = "request", Direction.INBOUND
                if key == "responses":
                    side, direction = f"response {pointer[1]}", Direction.OUTBOUND
                use = _use(new.label, side, direction)
                text = key == "parameters" and _is_text(holder.value[key], pointer)
                compare = compare_text_schemas if text else compare_schemas
                found.append(Root(use, Visit(one, two, compare)))
    return None if "callbacks" in old.node.value else found


def _is_text(parameters: Any, pointer: Steps) -> bool:
    """Whether the values of the parameter that ``pointer`` leads into travel as text."""
    holder = parameters[pointer[1]]
    return "content" not in pointer and not (type(holder) is dict and holder.get("in") == "body")


def _references(value: Any, at: Steps) -> Iterator[Steps]:
    if type(value) is dict:
        for name, each in value.items():
            if name == "$ref" and type(each) is str:
                yield (*at, name)
            elif name not in {"example", "examples"}:
                yield from _references(each, (*at, name))
    elif type(value) is list:
        for index, each in enumerate(value):
            yield from _references(each, (*at, index))


def _at(node: Node, pointer: Steps) -> Node:
    value = node.document.data
    for step in pointer:
        value = value[step]
    return Node(value, node.document, pointer)


def _types_changed(context: Context) -> bool:
    """Whether the media types of a whole Swagger 2.0 document changed."""
    one, two = context.old.root.value, context.new.root.value
    return any(one.get(key) != two.get(key) for key in ("consumes", "produces"))


def _exchange(
    context: Context, old: Operation, new: Operation, label: str, *, turned: bool
) -> Iterator[Root]:
    """One request and its responses; ``turned`` where the provider is the one who calls."""
    inbound = Direction.OUTBOUND if turned else Direction.INBOUND
    outbound = Direction.INBOUND if turned else Direction.OUTBOUND
    for fact in lifecycle(context, old, new):
        yield Root(_use(label, "operation", inbound), fact)
    request = _use(label, "request", inbound)
    for seen in parameters(context, old, new):
        yield Root(request, seen)
    for seen in request_body(context, old, new):
        yield Root(request, seen)
    for status, seen in responses(context, old, new):
        yield Root(_use(label, f"response {status.replace('DEFAULT', 'default')}", outbound), seen)


def _callbacks(context: Context, old: Operation, new: Operation) -> Iterator[Root]:
    before, after = callbacks_of(context, old.node), callbacks_of(context, new.node)
    # An expression may be rewritten; a callback that has only one is matched by its name.
    names = {name for name, _ in before} | {name for name, _ in after}
    for name in sorted(names):
        mine = {key[1]: item for key, item in before.items() if key[0] == name}
        theirs = {key[1]: item for key, item in after.items() if key[0] == name}
        use = _use(f"{new.label} callback {name}", "operation", Direction.OUTBOUND)
        if any(context.hides(each.node.get("callbacks"), name) for each in (old, new)):
            continue
        if not theirs:
            item = next(iter(mine.values()))
            fact = Fact(CALLBACK_REMOVED, item, None, {"name": name}, near=new.node)
            yield Root(use, fact)
        elif not mine:
            item = next(iter(theirs.values()))
            fact = Fact(CALLBACK_ADDED, None, item, {"name": name}, near=old.node)
            yield Root(use, fact)
        elif len(mine) == 1 == len(theirs):
            (one,), (two,) = mine.values(), theirs.values()
            yield from _turned(context, one, two, use.label)
        else:
            for expression in mine.keys() & theirs.keys():
                yield from _turned(context, mine[expression], theirs[expression], use.label)


def _webhooks(context: Context) -> Iterator[Root]:
    before, after = dict(webhooks_of(context, context.old)), dict(webhooks_of(context, context.new))
    for name, item in before.items():
        label = f"webhook {name}"
        if name in after:
            if not context.same(item, after[name]):
                yield from _turned(context, item, after[name], label)
        elif not hides_webhook(context, context.new, name):
            fact = Fact(WEBHOOK_REMOVED, item, None, {"name": name}, near=context.new.root)
            yield Root(_use(label, "operation", Direction.OUTBOUND), fact)
    for name, item in after.items():
        if name not in before and not hides_webhook(context, context.old, name):
            fact = Fact(WEBHOOK_ADDED, None, item, {"name": name}, near=context.old.root)
            yield Root(_use(f"webhook {name}", "operation", Direction.OUTBOUND), fact)


def _turned(context: Context, old: Node, new: Node, label: str) -> Iterator[Root]:
    """The operations of two path items that the provider calls."""
    before = dict(operations_of(context, context.old, old, label))
    after = dict(operations_of(context, context.new, new, label))
    use = _use(label, "operation", Direction.OUTBOUND)
    for method, one in before.items():
        if method in after:
            yield from _exchange(context, one, after[method], label, turned=True)
        else:
            name = {"operation": f"{method.upper()} of {label}"}
            yield Root(use, Fact(REMOVED, one.node, None, name, near=new))
    for method, two in after.items():
        if method not in before:
            name = {"operation": f"{method.upper()} of {label}"}
            yield Root(use, Fact(ADDED, None, two.node, name, near=old))
