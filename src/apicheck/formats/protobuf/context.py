"""What one comparison of two Protobuf contracts shares: names matched, and what is the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from posixpath import basename
from typing import TYPE_CHECKING, Any

from apicheck.model import Direction, Severity, Surface
from apicheck.nodes import Node
from apicheck.walk import Fact, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apicheck.formats.protobuf.model import Model
    from apicheck.model import Rule
    from apicheck.walk import Comparator, Pair

__all__ = [
    "INFO", "SOURCE_ONLY", "WARNING", "WIRE_ONLY", "Context", "gained", "hurts", "lost", "told",
]  # fmt: skip

INFO: Mapping[Direction, Severity] = {
    Direction.INBOUND: Severity.INFO,
    Direction.OUTBOUND: Severity.INFO,
}
WARNING: Mapping[Direction, Severity] = {
    Direction.INBOUND: Severity.WARNING,
    Direction.OUTBOUND: Severity.WARNING,
}
WIRE_ONLY = frozenset({Surface.WIRE})
SOURCE_ONLY = frozenset({Surface.SOURCE})


@dataclass(slots=True, eq=False)
class Context:
    """Both models, how names of the old answer to names of the new, and what differs."""

    old: Model
    new: Model
    #: Own files of the old side by name, to their counterparts.
    files: dict[str, str]
    #: Packages that became others together with their file.
    packages: dict[str, str]
    #: Old messages and enums that differ, or lead to some that do.
    dirty: set[str] = field(default_factory=set)
    #: Pairs of types held against each other, and whether the new reads as the old did.
    alike: dict[tuple[str, str], bool] = field(default_factory=dict)

    @classmethod
    def of(cls, old: Model, new: Model) -> Context:
        """The context of one comparison."""
        files = dict(_matched(old, new))
        packages = {}
        for one, two in files.items():
            before, after = (
                side.data["files"][name]["package"] for side, name in ((old, one), (new, two))
            )
            if before != after:
                packages[before] = after
        context = cls(old, new, files, packages)
        context.dirty = _dirty(context)
        return context

    def renamed(self, kind: str, name: str) -> str:
        """The name by which an old definition goes on, if it does: its own, or in a new package."""
        if name in self.new.data[kind]:
            return name
        for before, after in self.packages.items():
            prefix = f"{before}." if before else ""
            if name.startswith(prefix):
                moved = f"{after}." if after else ""
                other = moved + name[len(prefix) :]
                if other in self.new.data[kind]:
                    return other
        return name

    def same(self, old: Node, new: Node) -> bool:
        """Whether two definitions, and all that they lead to, are alike."""
        kind, name = old.pointer[0], str(old.pointer[1])
        if kind == "services":
            return False
        return name == new.pointer[1] and name not in self.dirty

    def definition(self, side: Model, kind: str, name: str) -> Node:
        """The node of a message, enum or service."""
        return Node(side.data[kind][name], side, (kind, name))

    def visit(self, kind: str, old: str, new: str, compare: Comparator) -> Visit:
        """A visit of two definitions."""
        return Visit(
            self.definition(self.old, kind, old), self.definition(self.new, kind, new), compare
        )


def _matched(old: Model, new: Model) -> Iterator[tuple[str, str]]:
    """Own files and their counterparts: the entry, else by name, else by the last part of it."""
    if old.layout.entry is not None and new.layout.entry is not None:
        yield old.layout.entry, new.layout.entry
        return
    before, after = set(old.own), set(new.own)
    if len(before) == len(after) == 1:
        yield before.pop(), after.pop()
        return
    for name in sorted(before & after):
        yield name, name
    rest = sorted(after - before)
    for name in sorted(before - after):
        twins = [each for each in sorted(before - after) if basename(each) == basename(name)]
        found = [each for each in rest if basename(each) == basename(name)]
        if len(found) == len(twins) == 1:
            yield name, found[0]


def _dirty(context: Context) -> set[str]:
    """Old definitions that differ from their counterparts, spread backwards along the fields."""
    one, two = context.old.data, context.new.data
    dirty = set()
    users: dict[str, list[str]] = {}
    for name, message in one["messages"].items():
        extensions = one["extensions"].get(name)
        if message != two["messages"].get(name) or extensions != two["extensions"].get(name):
            dirty.add(name)
        for each in (*message["fields"].values(), *(extensions or {}).values()):
            if each["ref"] is not None:
                users.setdefault(each["ref"], []).append(name)
    dirty |= {name for name, enum in one["enums"].items() if enum != two["enums"].get(name)}
    # An enum is told apart by the order of its values as well: the first is the default.
    dirty |= {
        name
        for name, enum in one["enums"].items()
        if name not in dirty
        and next(iter(enum["values"])) != next(iter(two["enums"][name]["values"]))
    }
    pending = list(dirty)
    while pending:
        for user in users.get(pending.pop(), ()):
            if user not in dirty:
                dirty.add(user)
                pending.append(user)
    return dirty


def told(pair: Pair, rule: Rule, *steps: str, **values: Any) -> Fact:
    """A fact of something that is there on both sides."""
    return pair.change(rule, *steps, **values)


def lost(pair: Pair, rule: Rule, *steps: str, **values: Any) -> Fact:
    """A fact of something that is gone: told of its old place, near what held it."""
    old = pair.old
    for step in steps:
        old = old.step(step)
    return Fact(rule, old, None, values, near=pair.new)


def gained(pair: Pair, rule: Rule, *steps: str, **values: Any) -> Fact:
    """A fact of something new: told of its new place, near what holds it."""
    new = pair.new
    for step in steps:
        new = new.step(step)
    return Fact(rule, None, new, values, near=pair.old)


def hurts(rule: Rule) -> bool:
    """Whether a card says, by itself, that bytes or JSON are read otherwise."""
    from apicheck.model import breaks

    if not rule.surfaces & {Surface.WIRE, Surface.JSON}:
        return False
    return any(
        rule.override.get(side, Severity.ERROR if breaks(rule.effect, side) else Severity.INFO)
        is Severity.ERROR
        for side in (Direction.INBOUND, Direction.OUTBOUND)
    )
