"""What one comparison of two OpenAPI documents shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apicheck import schema
from apicheck.errors import UnresolvedReference
from apicheck.formats.openapi.sameness import Sameness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from apicheck.formats.openapi.spec import Spec
    from apicheck.model import Rule
    from apicheck.nodes import Node

__all__ = ["Context", "Problem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A place that could not be compared, and the card that says so."""

    rule: Rule
    node: Node
    values: dict[str, Any]


@dataclass(slots=True, eq=False)
class Context:
    """Both documents, the views of their schemas, and what was passed over on the way."""

    old: Spec
    new: Spec
    today: date
    same: Sameness
    schemas: schema.Context
    problems: dict[Any, Problem] = field(default_factory=dict)
    #: What was read off a place once and is asked for again, by reader and place.
    read: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, old: Spec, new: Spec, today: date) -> Context:
        """The context of one comparison."""
        same = Sameness(old, new)
        schemas = schema.Context(
            old=schema.Views(old.dialect),
            new=schema.Views(new.dialect),
            same=same,
            alike=same.alike,
        )
        return cls(old, new, today, same, schemas)

    def resolve(self, node: Node) -> Node | None:
        """The place behind a chain of references; None, and a problem, if it leads nowhere."""
        if type(node.value) is not dict or "$ref" not in node.value:
            return node
        seen = {node.key}
        while type(node.value) is dict and type(node.value.get("$ref")) is str:
            ref = node.value["$ref"]
            try:
                found = node.follow(ref)
            except UnresolvedReference as problem:
                self._dead_end(node, ref, problem.problem)
                return None
            if found.key in seen:
                self._dead_end(node, ref, "leads back to itself")
                return None
            seen.add(found.key)
            node = found
        return node

    def _dead_end(self, node: Node, ref: str, problem: str) -> None:
        from apicheck.formats.openapi.document import REFERENCE_UNRESOLVED

        at = node.step("$ref")
        values = {"ref": ref, "problem": problem}
        self.problems[at.key] = Problem(rule=REFERENCE_UNRESOLVED, node=at, values=values)

    def part(self, node: Node | None, kind: type) -> Node | None:
        """``node`` with its references followed, if it is of the type that is due there."""
        if node is None:
            return None
        found: Node | None = node
        value = node.value
        if type(value) is not kind or (type(value) is dict and "$ref" in value):
            found = self.resolve(node)
        if found is None:
            return None
        if type(found.value) is not kind:
            self.ignore(found)
            return None
        return found

    def flag(self, node: Node, name: str) -> bool:
        """A member that is true or false, and false where it is left out."""
        value = node.value.get(name)
        if value is not None and type(value) is not bool:
            self.ignore(node.step(name))
        return value is True

    def ignore(self, node: Node, what: str = "") -> None:
        """Remember that a place (``what`` it is) is not as the specification has it."""
        from apicheck.formats.openapi.document import PART_IGNORED

        what = what or (str(node.pointer[-1]) if node.pointer else "the document")
        self.problems.setdefault(
            node.key, Problem(rule=PART_IGNORED, node=node, values={"part": what})
        )

    def misread(self, node: Node | None) -> bool:
        """Whether something stands here that cannot be read, so that nothing is known of it."""
        return node is not None and node.value is not None and self.part(node, dict) is None

    def hides(self, holder: Node | None, name: str, normal: Callable[[str], str] = str) -> bool:
        """Whether ``holder`` has a member of that name, or may have it, that cannot be read.

        What is missing for this reason was not removed. ``normal`` makes names comparable.
        """
        found = None if holder is None else self.resolve(holder)
        if found is None or type(found.value) is not dict:
            return self.misread(holder)
        return any(normal(key) == name and self.misread(node) for key, node in found.members())

    def members(self, node: Node | None) -> Iterator[tuple[str, Node]]:
        """Members of an object node, references followed, extensions and misfits left out."""
        return self._members(node, extensible=True)

    def entries(self, node: Node | None) -> Iterator[tuple[str, Node]]:
        """The same of a map, whose names are free: ``x-key`` is a name like any other there."""
        return self._members(node, extensible=False)

    def _members(self, node: Node | None, *, extensible: bool) -> Iterator[tuple[str, Node]]:
        found = self.part(node, dict)
        if found is None:
            return
        for name, each in found.members():
            # In a map, what has not the shape of an entry is an extension after all.
            if name.startswith("x-") and (extensible or type(each.value) is not dict):
                continue
            member = self.part(each, dict)
            if member is not None:
                yield name, member

    def items(self, node: Node | None) -> Iterator[Node]:
        """Items of an array node, references followed, misfits left out."""
        if node is None:
            return
        found = self.part(node, list)
        if found is None:
            return
        for each in found.items():
            item = self.part(each, dict)
            if item is not None:
                yield item
