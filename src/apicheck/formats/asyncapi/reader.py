"""Reading parts of a document: references followed, misfits remembered instead of compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from apicheck.errors import UnresolvedReference
from apicheck.model import Direction, Effect, Example, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.asyncapi.spec import Spec
    from apicheck.nodes import Node

__all__ = ["RULES", "Problem", "Reader", "fresh"]

REFERENCE_UNRESOLVED = Rule(
    id="asyncapi.reference-unresolved",
    effect=Effect.KEEPS,
    summary="A reference leads nowhere, so what it stands for was not compared.",
    message="$ref {ref} {problem}; what it stands for was not compared",
    why="A change behind the reference would go unseen.",
    fix="Add what the reference names, or correct it.",
    example=Example(
        of="asyncapi",
        old="{}",
        new='{"servers": {"main": {"$ref": "#/nowhere"}}}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Nothing is known to break, but nothing is known to hold either.",
    unknown=True,
)
PART_IGNORED = Rule(
    id="asyncapi.part-ignored",
    effect=Effect.KEEPS,
    summary="A part of the document is not as the specification has it and was passed over.",
    message="{part} is not as the specification has it and was passed over",
    why="What stands there was not compared.",
    fix="Correct the document; an AsyncAPI validator says what is wrong.",
    example=Example(
        of="asyncapi",
        old="{}",
        new='{"servers": {"main": ["no", "server"]}}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Nothing is known to break, but nothing is known to hold either.",
    unknown=True,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A place that could not be compared, and the card that says so."""

    rule: Rule
    node: Node
    values: dict[str, Any]


class Reader:
    """One document, and what was passed over in it."""

    __slots__ = ("problems", "spec")

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.problems: dict[Any, Problem] = {}

    def resolve(self, node: Node) -> Node | None:
        """The place behind a chain of references; None, and a problem, if it leads nowhere."""
        seen = {node.key}
        while type(node.value) is dict and type(node.value.get("$ref")) is str:
            ref = node.value["$ref"]
            try:
                found = node.follow(ref)
            except UnresolvedReference as problem:
                self._dead_end(node, ref, problem.problem)
                return None
            except (KeyError, IndexError, TypeError, ValueError):
                self._dead_end(node, ref, "leads nowhere")
                return None
            if found.key in seen:
                self._dead_end(node, ref, "leads back to itself")
                return None
            seen.add(found.key)
            node = found
        return node

    def _dead_end(self, node: Node, ref: str, problem: str) -> None:
        at = node.step("$ref")
        values = {"ref": ref, "problem": problem}
        self.problems[at.key] = Problem(rule=REFERENCE_UNRESOLVED, node=at, values=values)

    def ignore(self, node: Node, what: str = "") -> None:
        """Remember that a place (``what`` it is) is not as the specification has it."""
        what = what or (str(node.pointer[-1]) if node.pointer else "the document")
        problem = Problem(rule=PART_IGNORED, node=node, values={"part": what})
        self.problems.setdefault(node.key, problem)

    def part(self, node: Node | None, kind: type) -> Node | None:
        """``node`` with its references followed, if it is of the type that is due there."""
        if node is None or node.value is None:
            return None
        found = self.resolve(node)
        if found is None:
            return None
        if type(found.value) is not kind:
            self.ignore(found)
            return None
        return found

    def text(self, node: Node | None) -> str | None:
        """A member that is a string, if it is there."""
        if node is None or node.value is None:
            return None
        if type(node.value) is not str:
            self.ignore(node)
            return None
        return str(node.value)

    def entries(self, node: Node | None) -> Iterator[tuple[str, Node, Node]]:
        """Name, place and resolved place of each object in a map, extensions left out."""
        found = self.part(node, dict)
        if found is None:
            return
        for name, each in found.members():
            if name.startswith("x-") and type(each.value) is not dict:
                continue
            member = self.part(each, dict)
            if member is not None:
                yield name, each, member

    def items(self, node: Node | None) -> Iterator[tuple[Node, Node]]:
        """Place and resolved place of each object in a list."""
        found = self.part(node, list)
        for each in () if found is None else found.items():
            item = self.part(each, dict)
            if item is not None:
                yield each, item


def fresh(old: Reader, new: Reader) -> Iterator[tuple[Problem, bool]]:
    """What was passed over on the new side, and on the old side only if it is mended since.

    With each, whether it is of the new side.
    """

    def told(problem: Problem) -> tuple[str, str]:
        return problem.rule.id, repr(problem.node.value)

    before = {told(each) for each in old.problems.values()}
    after = {told(each) for each in new.problems.values()}
    for each in new.problems.values():
        # The same on both sides: nothing is new about it.
        both = {"both": True} if told(each) in before else {}
        yield replace(each, values={**each.values, **both}), True
    for each in old.problems.values():
        if told(each) not in after:
            yield each, False
