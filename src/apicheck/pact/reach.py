"""Which places of a contract an interaction touches, and with what.

A body is followed along the schemas that describe it, so that each schema knows the values that
stand in its place: a change of one is then known to be used, or not, by where it stands.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apicheck.nodes import Node
from apicheck.pact.needs import is_matched

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from apicheck.model import Change, Place
    from apicheck.nodes import Steps
    from apicheck.pact.model import RuleSet
    from apicheck.pact.schemas import Schemas

__all__ = ["Met", "Reach", "anchors"]

#: Keywords whose schemas are of the same value.
_SAME = ("allOf", "not", "if", "then", "else", "propertyNames")
_UNIONS = ("anyOf", "oneOf")
_ITEMS = ("items", "prefixItems", "additionalItems", "unevaluatedItems", "contains")
_REST = ("additionalProperties", "unevaluatedProperties")
_DEPENDENT = ("dependentSchemas", "dependencies")
#: Places that are followed at most; what lies beyond is taken to be touched.
_MOST = 20_000
_MOST_FITTED = 500
#: Types by which values are told apart; numbers are of several.
_TYPES = {str: "string", bool: "boolean", dict: "object", list: "array", type(None): "null"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A value that stands in the place of a schema.

    ``open`` says that it is not known what stands there. ``steps`` lead to it in a body; of a
    parameter or header, ``texts`` is what is sent and ``steps`` is its name.
    """

    value: Any = None
    steps: Steps = ()
    section: str = "body"
    open: bool = False
    texts: tuple[str, ...] | None = None


@dataclass(slots=True, eq=False)
class Reach:
    """What one side of an interaction touches.

    ``known`` are all places that some interaction could touch here; only of these it can be said
    that they are not touched.
    """

    known: set[Hashable] = field(default_factory=set)
    met: dict[Hashable, list[Met]] = field(default_factory=dict)

    def touch(self, node: Node, met: Met) -> None:
        """Remember that a place is touched."""
        self.may_touch(node)
        self.met.setdefault(_key(node), []).append(met)

    def may_touch(self, node: Node) -> None:
        """Remember that some interaction could touch a place."""
        self.known.add(_key(node))

    def at(self, change: Change) -> tuple[Met, ...] | None:
        """What is met where a change lies; None where that cannot be told."""
        found: list[Met] = []
        placed = False
        for keys in anchors(change):
            # The nearest place above it that is known.
            key = next((each for each in keys if each in self.known), None)
            if key is not None:
                placed = True
                found += self.met.get(key, ())
        return tuple(found) if placed else None

    def knows(self, schemas: Schemas, schema: Node) -> None:
        """Add all places of a schema to those that are known."""
        self.known |= _all(schemas, schema)

    def opens(self, schemas: Schemas, schema: Node, met: Met) -> None:
        """Take every place of a schema for touched: it is not known what stands there."""
        for key in _all(schemas, schema):
            self.known.add(key)
            self.met.setdefault(key, []).append(met)

    def follow(
        self,
        schemas: Schemas,
        schema: Node,
        value: Any,
        rules: Sequence[RuleSet],
        *,
        partial: bool,
    ) -> None:
        """Follow a body along its schema. A ``partial`` one may lack what is required."""
        fits = _Fits(schemas, rules, partial=partial)
        pending: deque[tuple[Node, Any, Steps]] = deque([(schema, value, ())])
        seen: set[Any] = set()
        while pending:
            node, each, steps = pending.popleft()
            node = schemas.views.resolve(node)
            if (_key(node), steps) in seen:
                continue
            seen.add((_key(node), steps))
            if len(seen) > _MOST:
                self.opens(schemas, schema, Met(open=True))
                return
            if each is None and is_matched(rules, steps):
                # A matcher without an example writes null: anything may stand there.
                self.opens(schemas, node, Met(steps=steps, open=True))
                continue
            self.touch(node, Met(value=each, steps=steps))
            pending += ((below, each, steps) for below in _same(node))
            kind = schemas.kind(node, each)
            if kind is not None and is_matched(rules, steps):
                kind = None
            pending += [] if kind is None else [(kind, each, steps)]
            for union in () if kind is not None else _unions(node):
                fitting = [branch for branch in union if fits(branch, each, steps)]
                pending += ((below, each, steps) for below in fitting or union)
            if type(each) is dict:
                for name, inner in each.items():
                    pending += ((below, inner, (*steps, name)) for below in _members(node, name))
            elif type(each) is list:
                listed = list(_items(node))
                for index, inner in enumerate(each):
                    pending += ((below, inner, (*steps, index)) for below in listed)


class _Fits:
    """Which branches of a union a value may be of."""

    def __init__(self, schemas: Schemas, rules: Sequence[RuleSet], *, partial: bool) -> None:
        self._schemas = schemas
        self._rules = rules
        self._partial = partial
        self._asked = 0

    def __call__(self, branch: Node, value: Any, steps: Steps) -> bool:
        self._asked += 1
        if self._asked > _MOST_FITTED:
            return True
        views = self._schemas.views
        types = views.of(views.resolve(branch)).types
        if types is not None and _TYPES.get(type(value)) not in {None, *types}:
            # Most are told apart so, at no cost.
            return is_matched(self._rules, steps)
        problems = self._schemas.problems(branch, value, partial=self._partial)
        # Where a matcher stands, the example says little.
        return all(is_matched(self._rules, (*steps, *inner)) for inner, _ in problems)


def anchors(change: Change) -> Iterator[Iterable[Hashable]]:
    """The places that a change lies in, the innermost first: one row for each place it has.

    They are those of the old contract, which the interactions were written for.
    """
    subject = getattr(change.subject, "old", None)
    if isinstance(subject, Node):
        for part in subject.parts or (subject,):
            yield _upward(part)
    elif change.old is not None:
        yield _upward(change.old)


def _upward(place: Node | Place) -> Iterator[Hashable]:
    pointer = place.pointer
    for length in range(len(pointer), -1, -1):
        yield (place.document.source, pointer[:length])


def _key(node: Node) -> Hashable:
    """A place of one contract: some formats read a file anew, so that its name tells it."""
    return (node.document.source, node.pointer)


def _all(schemas: Schemas, schema: Node) -> set[Hashable]:
    """Every place that can be followed to from a schema, whatever the value is."""
    known = schemas.reached.get(_key(schema))
    if known is None:
        known = schemas.reached[_key(schema)] = set()
        pending = [schema]
        while pending:
            node = schemas.views.resolve(pending.pop())
            if _key(node) in known:
                continue
            known.add(_key(node))
            pending += _same(node)
            pending += schemas.kinds(node).values()
            pending += [branch for union in _unions(node) for branch in union]
            pending += _members(node, None)
            pending += _items(node)
    return known


def _same(node: Node) -> Iterator[Node]:
    """Schemas of the same value."""
    ref = node.get("$ref")
    if ref is not None and type(ref.value) is str:
        # One with keywords beside it, which resolve leaves alone.
        yield Node({"$ref": ref.value}, node.document, (*node.pointer, "$ref"))
    for keyword in _SAME:
        yield from _schemas(node.get(keyword))
    for keyword in _DEPENDENT:
        holder = node.get(keyword)
        if holder is not None:
            for _, each in holder.members():
                if type(each.value) is not list:
                    yield each


def _unions(node: Node) -> Iterator[list[Node]]:
    for keyword in _UNIONS:
        branches = list(_schemas(node.get(keyword)))
        if branches:
            yield branches


def _members(node: Node, name: str | None) -> Iterator[Node]:
    """The schemas of a member; of any member where no name is given."""
    declared = node.get("properties")
    for key, each in () if declared is None else declared.members():
        if name in {None, key}:
            yield each
    own = declared is not None and name is not None and declared.get(name) is not None
    patterns = node.get("patternProperties")
    for _, each in () if patterns is None else patterns.members():
        yield each
    for keyword in () if own else _REST:
        yield from _schemas(node.get(keyword))


def _items(node: Node) -> Iterator[Node]:
    for keyword in _ITEMS:
        yield from _schemas(node.get(keyword))


def _schemas(node: Node | None) -> Iterator[Node]:
    """The schema or schemas that a keyword holds."""
    if node is not None and type(node.value) is list:
        yield from node.items()
    elif node is not None and type(node.value) in {dict, bool}:
        yield node
