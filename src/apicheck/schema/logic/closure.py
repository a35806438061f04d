"""When two references mean the same, in one document or in two.

What a reference means is its target and all that the target reaches. Targets are grouped
into knots (Tarjan's strongly connected components); the identity of a knot is what its
members say, with annotations left out, and the identities of what they refer to outside.
Linear in the size of what is reached, and exact: texts are compared, not their hashes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from apicheck.nodes import Node
from apicheck.schema.logic.resolve import global_name

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from apicheck.nodes import Steps

__all__ = ["Closures"]

#: Keywords that say nothing of values.
_SILENT = frozenset(
    {
        "$comment",
        "default",
        "deprecated",
        "description",
        "discriminator",
        "example",
        "examples",
        "externalDocs",
        "summary",
        "title",
        "xml",
    }
)
#: Keywords whose members go by names of the value, which are no annotations.
_MAPS = frozenset(
    {"properties", "patternProperties", "$defs", "definitions"}
    | {"dependentRequired", "dependentSchemas", "dependencies"}
)
_DATA = frozenset({"enum", "const"})
#: Knots of more members are known by the names of these.
_LARGE = 100
#: A schema that says one of these means something else in another place.
_PLACED = frozenset({"$id", "id", "$dynamicRef", "$recursiveRef"})


class Closures:
    """Identities of reference targets, as numbers; one serves both sides of a comparison."""

    __slots__ = ("_kept", "_keys", "_numbers")

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._keys: dict[Hashable, int] = {}
        #: Documents whose ``id`` is part of a key must live as long as the keys do.
        self._kept: list[Any] = []

    def key(self, node: Node, follow: Callable[[Node, str], Node | None], flavour: Hashable) -> int:
        """The number of what ``node`` means. ``flavour`` is how its side reads schemas."""
        found = self._keys.get((node.key, flavour))
        if found is None:
            self._find(node, follow, flavour)
            found = self._keys[node.key, flavour]
        return found

    def _number(self, content: Hashable) -> int:
        return self._numbers.setdefault(content, len(self._numbers))

    def _find(
        self, start: Node, follow: Callable[[Node, str], Node | None], flavour: Hashable
    ) -> None:
        """Tarjan's algorithm, with a stack of its own."""
        order: dict[Hashable, int] = {}
        low: dict[Hashable, int] = {}
        open_: dict[Hashable, _Target] = {}
        calls: list[tuple[_Target, Iterator[Node]]] = []

        def enter(node: Node) -> None:
            target = _Target(node, follow)
            order[node.key] = low[node.key] = len(order)
            open_[node.key] = target
            calls.append((target, iter([each for each in target.refs.values() if each])))

        enter(start)
        while calls:
            target, successors = calls[-1]
            key = target.node.key
            for node in successors:
                if node.key in open_:
                    low[key] = min(low[key], order[node.key])
                elif (node.key, flavour) not in self._keys:
                    enter(node)
                    break
            else:
                calls.pop()
                if calls:
                    above = calls[-1][0].node.key
                    low[above] = min(low[above], low[key])
                if low[key] == order[key]:
                    self._close(key, open_, flavour)

    def _close(self, root: Hashable, open_: dict[Hashable, _Target], flavour: Hashable) -> None:
        """Name the members of the knot that ends in ``root``."""
        knot: list[_Target] = []
        while True:
            key, target = open_.popitem()
            knot.append(target)
            if key == root:
                break
        documents = {id(each.node.document) for each in knot}
        if len(documents) > 1 or any(each.placed for each in knot):
            for each in knot:
                self._kept.append(each.node.document)
                self._keys[each.node.key, flavour] = self._number(("at", each.node.key, flavour))
            return
        members = {each.node.key: each for each in knot}
        if len(knot) > _LARGE:
            # Where the names of components are part of it, one text serves all members.
            whole = frozenset(
                (each.node.pointer, each.text, self._refs(each, members, flavour, None))
                for each in knot
            )
            for each in knot:
                content: Hashable = ("knot", whole, each.node.pointer, flavour)
                self._keys[each.node.key, flavour] = self._number(content)
            return
        for each in knot:
            content = ("said", self._told(each, members, flavour), flavour)
            self._keys[each.node.key, flavour] = self._number(content)

    def _told(
        self, start: _Target, members: dict[Hashable, _Target], flavour: Hashable
    ) -> Hashable:
        """What a member of a knot says, with all members numbered as they are met from there."""
        numbers: dict[Hashable, int] = {start.node.key: 0}
        said = []
        pending = [start]
        for each in pending:
            for node in each.refs.values():
                if node is not None and node.key in members and node.key not in numbers:
                    numbers[node.key] = len(numbers)
                    pending.append(members[node.key])
            said.append((each.text, self._refs(each, members, flavour, numbers)))
        return tuple(said)

    def _refs(
        self,
        target: _Target,
        members: dict[Hashable, _Target],
        flavour: Hashable,
        numbers: dict[Hashable, int] | None,
    ) -> Hashable:
        """What each reference of a target leads to: a member of its knot, or what is outside."""
        found: list[Hashable] = []
        for ref, node in target.refs.items():
            if node is None:
                found.append(ref)
            elif node.key not in members:
                found.append(self._keys[node.key, flavour])
            else:
                found.append(("in", node.pointer if numbers is None else numbers[node.key]))
        return tuple(found)


class _Target:
    """A target: what it says, and where its references lead."""

    __slots__ = ("node", "placed", "refs", "text")

    def __init__(self, node: Node, follow: Callable[[Node, str], Node | None]) -> None:
        self.node = node
        self.placed = bool(node.parts)
        #: In the order in which ``text``, which has only their numbers, mentions them.
        self.refs: dict[str, Node | None] = {}

        def reference(ref: str, at: Steps) -> int:
            if ref not in self.refs:
                found = self.refs[ref] = follow(Node(None, node.document, at), ref)
                if found is None and not global_name(ref):
                    self.placed = True
            return list(self.refs).index(ref)

        plain = _plain(node.value, node.pointer, reference, self)
        self.text = json.dumps(plain, sort_keys=True, ensure_ascii=False)


def _plain(value: Any, at: Steps, reference: Callable[[str, Steps], int], target: _Target) -> Any:
    """A schema without its annotations; ``reference`` gives the number of each it meets."""
    if type(value) is list:
        return [_plain(each, (*at, i), reference, target) for i, each in enumerate(value)]
    if type(value) is not dict:
        return value
    if not _PLACED.isdisjoint(value):
        target.placed = True
    kept: dict[str, Any] = {}
    for name, each in sorted(value.items()):
        if name in _SILENT or (name.startswith("x-") and name != "x-nullable"):
            continue
        if name == "$ref" and type(each) is str:
            kept[name] = [reference(each, at)]
        elif name in _DATA:
            kept[name] = each
        elif name in _MAPS and type(each) is dict:
            kept[name] = {
                key: _plain(inner, (*at, name, key), reference, target)
                for key, inner in sorted(each.items())
            }
        else:
            kept[name] = _plain(each, (*at, name), reference, target)
    return kept
