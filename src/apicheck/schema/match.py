"""Two schemas that answer to each other, in normal form, and how to speak of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from apicheck.walk import Fact, Turn, Visit

if TYPE_CHECKING:
    from apicheck.model import Rule
    from apicheck.nodes import Node, Steps
    from apicheck.schema.view import View
    from apicheck.schema.views import Views
    from apicheck.walk import Comparator, Same

__all__ = ["Context", "Match", "Outer"]


def _never(_old: Node, _new: Node) -> bool:
    return False


@dataclass(slots=True, eq=False)
class Context:
    """What every comparison of schemas within one pair of contracts shares."""

    old: Views
    new: Views
    #: May say that two places mean the same, so that they need not be entered.
    same: Same
    #: May say that two places are written alike, so that only what lies inside can differ.
    alike: Same = _never
    #: Results of trying union branches against each other.
    tried: dict[Any, int | None] = field(default_factory=dict)
    #: How deep such trials are nested just now.
    depth: int = 0


class Outer(Protocol):
    """A format's own context; all that schemas need of it."""

    @property
    def schemas(self) -> Context:
        """The context of its schemas."""


class Match:
    """A matched pair of views. ``compare`` is the comparator for what lies inside."""

    __slots__ = ("compare", "new", "old", "outer", "text")

    def __init__(
        self, old: View, new: View, outer: Outer, compare: Comparator, *, text: bool
    ) -> None:
        self.old = old
        self.new = new
        self.outer = outer
        self.compare = compare
        #: Values travel as text (query, path, header): 12 and "12" are the same there.
        self.text = text

    def lost(self, rule: Rule, at: Node, turn: Turn = Turn.KEEP, /, **values: Any) -> Fact:
        """Something that stands at ``at`` in the old schema has no counterpart."""
        return Fact(rule, at, None, values, turn, (self.old.node, self.new.node), self.new.node)

    def gained(self, rule: Rule, at: Node, turn: Turn = Turn.KEEP, /, **values: Any) -> Fact:
        """Something that stands at ``at`` in the new schema has no counterpart."""
        return Fact(rule, None, at, values, turn, (self.old.node, self.new.node), self.old.node)

    def moved(
        self, rule: Rule, old: Node, new: Node, turn: Turn = Turn.KEEP, /, **values: Any
    ) -> Fact:
        """Something that stands on both sides differs."""
        return Fact(rule, old, new, values, turn, (self.old.node, self.new.node))

    def visit(
        self, old: Node, new: Node, turn: Turn = Turn.KEEP, *, step: Steps | None = ()
    ) -> Visit:
        """Compare two schemas inside; ``step`` leads to the part of the value that they are of.

        It is empty where they are of the same value, None where they are not of a part of it.
        """
        schemas = self.outer.schemas
        one, two = schemas.old.resolve(old), schemas.new.resolve(new)
        return Visit(one, two, self.compare, turn, step)
