"""Walk two documents side by side, look at each matched pair once, and say who reaches what.

A *comparator* is a generator over one ``Pair``. It yields ``Fact`` (a rule fired here)
and ``Visit`` (compare these two nodes as well). The walk runs every comparator once per
distinct pair of places, so a shared component costs the same whether one operation uses
it or a thousand, and recursion ends by itself: a pair met again is only one more edge.

Direction is no business of a comparator. Each root brings its *use* (an operation side,
INBOUND or OUTBOUND); uses flow along the edges, turned by each edge (``Turn``), and a
fact learns in the end from whom it can be reached. One change in a shared component is
thereby one change that lists its operations.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from apicheck.model import Change, Direction, Rule, Use
from apicheck.nodes import Node

__all__ = ["Comparator", "Describe", "Fact", "Pair", "Root", "Turn", "Visit", "explore", "walk"]


class Turn(Enum):
    """How the direction of data changes on the way from a pair to one inside it."""

    KEEP = "keep"
    #: Under ``not``, or from an operation to its callback: the sender becomes the receiver.
    FLIP = "flip"
    #: Only for requests (a writeOnly property) or only for responses (readOnly).
    ONLY_INBOUND = "only-inbound"
    ONLY_OUTBOUND = "only-outbound"
    #: Where a narrowing inside both narrows and widens outside (``if``, one of ``oneOf``).
    BOTH = "both"


Comparator = Callable[["Pair", Any], Iterator["Fact | Visit"]]


@dataclass(slots=True, eq=False)
class Fact:
    """A rule fired: ``old`` and ``new`` are the places of the cause.

    Where the thing does not exist on one side, that side is None and ``near`` is the place
    on that side where a reader would look for it.
    """

    rule: Rule
    old: Node | None
    new: Node | None
    values: Mapping[str, Any]
    turn: Turn = Turn.KEEP
    #: The schema pair to be proved, when a schema is concerned.
    subject: tuple[Node, Node] | None = None
    near: Node | None = None


@dataclass(slots=True, eq=False)
class Visit:
    """A pair that is to be compared too."""

    old: Node
    new: Node
    compare: Comparator
    turn: Turn = Turn.KEEP


@dataclass(slots=True, eq=False)
class Root:
    """Where the walk starts: a use, and a pair or a fact that it reaches directly."""

    use: Use
    seen: Visit | Fact


class Pair:
    """Two matched places."""

    __slots__ = ("new", "old")

    def __init__(self, old: Node, new: Node) -> None:
        self.old = old
        self.new = new

    def change(self, rule: Rule, *steps: str | int, turn: Turn = Turn.KEEP, **values: Any) -> Fact:
        """A fact at ``steps`` below the pair, on each side as far down as the steps exist."""
        return Fact(rule, _down(self.old, steps), _down(self.new, steps), values, turn)

    def into(self, compare: Comparator, *steps: str | int, turn: Turn = Turn.KEEP) -> Visit:
        """Go on to the members at ``steps``, which must exist on both sides."""
        old, new = self.old, self.new
        for step in steps:
            old, new = old.step(step), new.step(step)
        return Visit(old, new, compare, turn)

    def step(self, *steps: str | int) -> Pair:
        """The pair of members at ``steps``, which must exist on both sides."""
        visit = self.into(_nothing, *steps)
        return Pair(visit.old, visit.new)

    def both(self, name: str) -> tuple[Any, Any]:
        """The two values of a member, None where absent."""
        old, new = self.old.get(name), self.new.get(name)
        return (None if old is None else old.value), (None if new is None else new.value)


def _nothing(_pair: Pair, _context: Any) -> Iterator[Fact | Visit]:
    yield from ()


def _down(node: Node, steps: Iterable[str | int]) -> Node:
    for step in steps:
        try:
            node = node.step(step)
        except (KeyError, IndexError, TypeError):
            break
    return node


Same = Callable[[Node, Node], bool]
#: (old place, new place) -> (path by names, label for people)
Describe = Callable[[Node | None, Node | None], tuple[tuple[str, ...], str]]
_Key = tuple[Hashable, Hashable, Hashable]


@dataclass(slots=True, eq=False)
class _Frame:
    #: None for what a root told directly.
    pair: Pair | None
    compare: Comparator | None
    facts: list[Fact] = field(default_factory=list)
    edges: list[tuple[_Frame, Turn]] = field(default_factory=list)
    #: Uses that reach this frame, judged INBOUND and OUTBOUND: one bit for each root.
    inbound: int = 0
    outbound: int = 0


def walk(
    roots: Iterable[Root], context: Any, *, same: Same, describe: Describe
) -> Iterator[Change]:
    """Compare everything that the roots reach; yield changes in the order first met.

    ``same(old, new)`` may say, cheaply, that two places mean the same so that the walk
    need not enter; it must never say so wrongly. ``describe`` names a place.
    """
    frames: dict[_Key, _Frame] = {}
    numbers: dict[Use, int] = {}
    seeds: list[_Frame] = []
    told: list[_Frame] = []
    for root in roots:
        seen = root.seen
        if isinstance(seen, Fact):
            frame = _Frame(None, None, facts=[seen])
            told.append(frame)
            turn = Turn.KEEP
        else:
            entered = _enter(seen, frames, context, same)
            if entered is None:
                continue
            frame, turn = entered, seen.turn
            seeds.append(frame)
        bit = 1 << numbers.setdefault(root.use, len(numbers))
        inward = root.use.direction is not Direction.OUTBOUND
        outward = root.use.direction is not Direction.INBOUND
        inbound, outbound = _turned(bit if inward else 0, bit if outward else 0, turn)
        frame.inbound |= inbound
        frame.outbound |= outbound
    _spread(seeds)
    yield from _emit([*told, *frames.values()], list(numbers), describe)


def explore(
    visit: Visit, context: Any, *, same: Same, budget: int = 200
) -> list[tuple[Fact, Turn]] | None:
    """The facts of one pair and all below it, without uses; None when over ``budget`` pairs.

    For trying out a match (which branch of a union answers to which) and throwing it away.
    """
    frames: dict[_Key, _Frame] = {}
    _enter(visit, frames, context, same, budget)
    if len(frames) > budget:
        return None
    return [(fact, fact.turn) for frame in frames.values() for fact in frame.facts]


def _enter(
    visit: Visit, frames: dict[_Key, _Frame], context: Any, same: Same, budget: int = -1
) -> _Frame | None:
    """Run the comparators of ``visit`` and of all that it leads to; give its frame.

    None when the two places mean the same. With a budget, stops after that many pairs.
    """
    if same(visit.old, visit.new):
        return None
    known = len(frames)
    first = _frame_of(visit, frames)
    pending = [first] if len(frames) > known else []
    while pending:
        if 0 <= budget < len(frames):
            break
        frame = pending.pop()
        assert frame.pair is not None
        assert frame.compare is not None
        for seen in frame.compare(frame.pair, context):
            if isinstance(seen, Fact):
                frame.facts.append(seen)
                continue
            if same(seen.old, seen.new):
                continue
            known = len(frames)
            child = _frame_of(seen, frames)
            if len(frames) > known:
                pending.append(child)
            frame.edges.append((child, seen.turn))
    return first


def _frame_of(visit: Visit, frames: dict[_Key, _Frame]) -> _Frame:
    key = (visit.compare, visit.old.key, visit.new.key)
    frame = frames.get(key)
    if frame is None:
        frame = frames[key] = _Frame(Pair(visit.old, visit.new), visit.compare)
    return frame


def _spread(start: list[_Frame]) -> None:
    """Carry uses along the edges until nothing changes."""
    queue = deque(start)
    waiting = set(map(id, start))
    while queue:
        frame = queue.popleft()
        waiting.discard(id(frame))
        for child, turn in frame.edges:
            inbound, outbound = _turned(frame.inbound, frame.outbound, turn)
            if (inbound | child.inbound) == child.inbound and (
                outbound | child.outbound
            ) == child.outbound:
                continue
            child.inbound |= inbound
            child.outbound |= outbound
            if id(child) not in waiting:
                waiting.add(id(child))
                queue.append(child)


def _turned(inbound: int, outbound: int, turn: Turn) -> tuple[int, int]:
    if turn is Turn.KEEP:
        return inbound, outbound
    if turn is Turn.FLIP:
        return outbound, inbound
    if turn is Turn.ONLY_INBOUND:
        return inbound, 0
    if turn is Turn.ONLY_OUTBOUND:
        return 0, outbound
    return inbound | outbound, inbound | outbound


@dataclass(slots=True, eq=False)
class _Gathered:
    fact: Fact
    inbound: int
    outbound: int


def _emit(frames: Iterable[_Frame], uses: list[Use], describe: Describe) -> Iterator[Change]:
    gathered: dict[Hashable, _Gathered] = {}
    for frame in frames:
        for fact in frame.facts:
            inbound, outbound = _turned(frame.inbound, frame.outbound, fact.turn)
            if not inbound and not outbound:
                continue
            # The same cause met along several routes (an allOf parent) is one change.
            key = (
                fact.rule.id,
                None if fact.old is None else fact.old.key,
                None if fact.new is None else fact.new.key,
                repr(fact.values),
            )
            known = gathered.get(key)
            if known is None:
                gathered[key] = _Gathered(fact, inbound, outbound)
            else:
                known.inbound |= inbound
                known.outbound |= outbound
    lists: dict[tuple[int, int], tuple[Use, ...]] = {}
    for each in gathered.values():
        bits = (each.inbound, each.outbound)
        if bits not in lists:
            lists[bits] = tuple(_uses(uses, *bits))
        fact = each.fact
        path, label = describe(fact.old, fact.new)
        old, new = fact.old or fact.near, fact.new or fact.near
        yield Change(
            rule=fact.rule,
            path=path,
            label=label,
            direction=_direction(*bits),
            old=None if old is None else old.place,
            new=None if new is None else new.place,
            values=fact.values,
            uses=lists[bits],
            subject=fact.subject,
        )


def _direction(inbound: int, outbound: int) -> Direction:
    if not outbound:
        return Direction.INBOUND
    return Direction.BOTH if inbound else Direction.OUTBOUND


def _uses(uses: list[Use], inbound: int, outbound: int) -> Iterator[Use]:
    bits = inbound | outbound
    while bits:
        bit = bits & -bits
        bits ^= bit
        use = uses[bit.bit_length() - 1]
        if inbound & bit:
            yield _directed(use, Direction.INBOUND)
        if outbound & bit:
            yield _directed(use, Direction.OUTBOUND)


def _directed(use: Use, direction: Direction) -> Use:
    if use.direction is direction:
        return use
    return Use(label=use.label, side=use.side, direction=direction)
