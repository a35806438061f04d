"""Services by the methods that they answer, their own and those of their parents.

Source: Thrift IDL, 'Service'. The name of a method is on the wire; that of its service is only with
TMultiplexedProtocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.thrift.lifecycle import deprecation
from apicheck.formats.thrift.methods import arguments, result, whole
from apicheck.formats.thrift.model import bare
from apicheck.model import Direction, Effect, Example, Rule, Surface, Use
from apicheck.walk import Fact, Pair, Root, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.thrift.context import Context
    from apicheck.formats.thrift.model import Idl
    from apicheck.nodes import Node

__all__ = ["ADDED", "REMOVED", "RULES", "services"]

_SOURCE = frozenset({Surface.SOURCE})
_PARENTS = "service P {} service Q {} "

REMOVED = Rule(
    id="thrift.service-removed",
    mirror="thrift.service-added",
    effect=Effect.NARROWS,
    summary="A service was removed.",
    message="service {name} was removed",
    why="Every call to it now fails.",
    fix="Keep it, marked deprecated, until no client uses it.",
    example=Example(
        of="thrift", old="service S { void f() } service T {}", new="service S { void f() }"
    ),
)
ADDED = Rule(
    id="thrift.service-added",
    mirror="thrift.service-removed",
    effect=Effect.WIDENS,
    summary="A service was added.",
    message="service {name} was added",
    why="Nobody is hurt: nobody called it before.",
    fix="Nothing to do.",
    example=Example(
        of="thrift", old="service S { void f() }", new="service S { void f() } service T {}"
    ),
)
METHOD_REMOVED = Rule(
    id="thrift.method-removed",
    mirror="thrift.method-added",
    effect=Effect.NARROWS,
    summary="A method was removed from a service.",
    message="method {method} was removed",
    why="Every call to it is now answered with 'unknown method'.",
    fix="Keep it, marked deprecated, until no client calls it.",
    example=Example(
        of="thrift",
        old="service T { void f(), void g() }",
        new="service T { void f() }",
    ),
)
METHOD_ADDED = Rule(
    id="thrift.method-added",
    mirror="thrift.method-removed",
    effect=Effect.WIDENS,
    summary="A method was added to a service.",
    message="method {method} was added",
    why="Nobody is hurt: nobody called it before.",
    fix="Nothing to do.",
    example=Example(
        of="thrift",
        old="service T { void f() }",
        new="service T { void f(), void g() }",
    ),
)
PARENT_REMOVED = Rule(
    id="thrift.parent-removed",
    mirror="thrift.parent-added",
    effect=Effect.NARROWS,
    surfaces=_SOURCE,
    summary="A service no longer extends another one.",
    message="{service} no longer extends {parent}",
    why="Methods that went with the parent are findings of their own; generated classes no longer"
    " inherit.",
    fix="Keep the parent where clients are compiled from this file.",
    example=Example(
        of="thrift",
        old=_PARENTS + "service T extends P { void f() }",
        new=_PARENTS + "service T { void f() }",
    ),
)
PARENT_ADDED = Rule(
    id="thrift.parent-added",
    mirror="thrift.parent-removed",
    effect=Effect.WIDENS,
    surfaces=_SOURCE,
    summary="A service extends another one now.",
    message="{service} extends {parent} now",
    why="Nobody is hurt: the service answers more methods.",
    fix="Nothing to do.",
    example=Example(
        of="thrift",
        old=_PARENTS + "service T { void f() }",
        new=_PARENTS + "service T extends P { void f() }",
    ),
)
PARENT_CHANGED = Rule(
    id="thrift.parent-changed",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="A service extends another service than before.",
    message="{service} extends {new}, it extended {old}",
    why="Methods that went or came with the parents are findings of their own; generated classes"
    " inherit from another one.",
    fix="Keep the parent where clients are compiled from this file.",
    example=Example(
        of="thrift",
        old=_PARENTS + "service T extends P { void f() }",
        new=_PARENTS + "service T extends Q { void f() }",
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def services(context: Context, old: Node, new: Node) -> Iterator[Root]:
    """Two services: their parents and every method that they answer."""
    name = bare(str(new.pointer[1]))
    use = Use(label=f"service {name}", side="operation", direction=Direction.INBOUND)
    pair = Pair(old, new)
    for fact in (*_parents(context, pair, name), *deprecation(pair, f"service {name}")):
        yield Root(use, fact)
    before, after = _answered(context.old, old), _answered(context.new, new)
    for method, one in before.items():
        label = f"{name}.{method}"
        two = after.get(method)
        if two is None:
            fact = Fact(METHOD_REMOVED, one, None, {"method": method}, near=new)
            yield Root(_use(label, "operation", Direction.INBOUND), fact)
        elif not context.same(one, two):
            yield Root(_use(label, "operation", Direction.INBOUND), Visit(one, two, whole))
            yield Root(_use(label, "argument", Direction.INBOUND), Visit(one, two, arguments))
            yield Root(_use(label, "result", Direction.OUTBOUND), Visit(one, two, result))
    for method, two in after.items():
        if method not in before:
            fact = Fact(METHOD_ADDED, None, two, {"method": method}, near=old)
            yield Root(_use(f"{name}.{method}", "operation", Direction.INBOUND), fact)


def _use(label: str, side: str, direction: Direction) -> Use:
    return Use(label=label, side=side, direction=direction)


def _parents(context: Context, pair: Pair, name: str) -> Iterator[Fact]:
    one, two = pair.old.value["extends"], pair.new.value["extends"]
    before = None if one is None else context.old.target(pair.old.step("extends"))
    after = None if two is None else context.new.target(pair.new.step("extends"))
    names = [None if each is None else bare(str(each.pointer[1])) for each in (before, after)]
    if names[0] == names[1]:
        return
    if after is None:
        yield pair.change(PARENT_REMOVED, "extends", service=name, parent=names[0])
    elif before is None:
        yield pair.change(PARENT_ADDED, "extends", service=name, parent=names[1])
    else:
        values: dict[str, Any] = {"service": name, "old": names[0], "new": names[1]}
        yield pair.change(PARENT_CHANGED, "extends", **values)


def _answered(idl: Idl, service: Node) -> dict[str, Node]:
    """Name -> method, of a service and of those that it extends (names.py refuses circles)."""
    found: dict[str, Node] = {}
    here: Node | None = service
    while here is not None:
        for name, method in here.step("methods").members():
            found.setdefault(name, method)
        parent = here.get("extends")
        here = None if parent is None or parent.value is None else idl.target(parent)
    return found
