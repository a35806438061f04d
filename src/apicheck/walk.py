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
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from apicheck.model import Change, Direction, Rule, Use
from apicheck.nodes import Node, Steps

__all__ = [
    "Comparator",
    "Describe",
    "Fact",
    "Pair",
    "Root",
    "Route",
    "Subject",
    "Turn",
    "Visit",
    "Walked",
    "explore",
    "survey",
    "walk",
]


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
    #: From the value that the visiting pair describes to the one that these describe, as the
    #: steps of a schema: empty for the same value, None where a value of its own begins.
    step: Steps | None = None


@dataclass(slots=True, eq=False)
class Root:
    """Where the walk starts: a use, and a pair or a fact that it reaches directly."""

    use: Use
    seen: Visit | Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A whole value that a change is part of: the schemas of it, and the way from there.

    ``direction`` is that of the whole value; on a way that is not ``straight`` it says nothing
    about the direction of the part. ``use`` is one of those that send the value; ``bits`` are
    all of them, as numbers of the walk.
    """

    old: Node
    new: Node
    compare: Comparator
    direction: Direction
    use: Use
    bits: int
    steps: Steps = ()
    straight: bool = True
    #: The pairs passed on the way that are about parts of the value, with the steps to each.
    passed: tuple[tuple[Steps, Node, Node], ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """The pair of schemas that a change is about, and where values of them are sent.

    ``routes(direction)`` leads to the whole values, for the direction that the change has there.
    """

    old: Node
    new: Node
    routes: Callable[[Direction], Iterator[Route]]
    #: The context of the walk.
    context: Any


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
    edges: list[tuple[_Frame, Turn, Steps | None]] = field(default_factory=list)
    #: Uses that begin here, and the edges from other frames.
    seeds: tuple[int, int] = (0, 0)
    above: list[tuple[_Frame, Turn, Steps | None]] = field(default_factory=list)
    #: Uses that reach this frame, judged INBOUND and OUTBOUND: one bit for each root.
    inbound: int = 0
    outbound: int = 0


@dataclass(slots=True, eq=False)
class Walked:
    """What a walk has seen: the changes, and the pairs of values that differ."""

    frames: list[_Frame]
    uses: list[Use]
    describe: Describe
    context: Any

    def changes(self) -> Iterator[Change]:
        """Every change, in the order first met."""
        return _emit(self.frames, self.uses, self.describe, self.context)

    def uses_of(self, routes: Iterable[Route]) -> tuple[Use, ...]:
        """All uses that send the whole values at the end of some routes."""
        inbound = outbound = 0
        for route in routes:
            if route.direction is Direction.INBOUND:
                inbound |= route.bits
            else:
                outbound |= route.bits
        return tuple(_uses(self.uses, inbound, outbound))

    def values(self) -> Iterator[Route]:
        """The pairs of whole values that may differ: one for each direction that they are sent."""
        for frame in self.frames:
            if frame.pair is not None:
                yield from _ends(frame, (Direction.INBOUND, Direction.OUTBOUND), self.uses)


def walk(
    roots: Iterable[Root], context: Any, *, same: Same, describe: Describe
) -> Iterator[Change]:
    """The changes of ``survey``."""
    return survey(roots, context, same=same, describe=describe).changes()


def survey(roots: Iterable[Root], context: Any, *, same: Same, describe: Describe) -> Walked:
    """Compare everything that the roots reach.

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
        frame.seeds = (frame.seeds[0] | inbound, frame.seeds[1] | outbound)
    _spread(seeds)
    return Walked([*told, *frames.values()], list(numbers), describe, context)


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
            frame.edges.append((child, seen.turn, seen.step))
            child.above.append((frame, seen.turn, seen.step))
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
        for child, turn, _ in frame.edges:
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
    frames: list[_Frame]


def _emit(
    frames: Iterable[_Frame], uses: list[Use], describe: Describe, context: Any
) -> Iterator[Change]:
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
                gathered[key] = _Gathered(fact, inbound, outbound, [frame])
            else:
                known.frames.append(frame)
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
            subject=_subject(each, uses, context),
        )


def _subject(gathered: _Gathered, uses: list[Use], context: Any) -> Subject | None:
    if gathered.fact.subject is None:
        return None
    old, new = gathered.fact.subject

    def routes(direction: Direction) -> Iterator[Route]:
        wanted = _before(gathered.fact.turn, (direction,))
        return _routes(gathered.frames, wanted, _straight(gathered.fact.turn), uses)

    return Subject(old, new, routes, context)


_Way = tuple[Direction, ...]


def _routes(frames: list[_Frame], wanted: _Way, straight: bool, uses: list[Use]) -> Iterator[Route]:  # noqa: FBT001
    """Ways up from frames to the whole values, the shortest first; each frame is passed once."""
    pending: deque[tuple[_Frame, _Way, bool, Steps, tuple[tuple[int, Pair], ...]]] = deque(
        (frame, wanted, straight, (), ()) for frame in frames
    )
    met = set()
    while pending:
        frame, wanted, straight, steps, below = pending.popleft()
        if not wanted or (id(frame), wanted) in met:
            continue
        met.add((id(frame), wanted))
        for route in _ends(frame, wanted, uses):
            passed = tuple((steps[: len(steps) - rest], pair.old, pair.new) for rest, pair in below)
            yield replace(route, steps=steps, straight=straight, passed=passed)
        for above, turn, step in frame.above:
            if step is not None:
                plain = straight and _straight(turn)
                assert frame.pair is not None
                # Of the pairs about one value the outermost says most.
                inner = ((len(steps), frame.pair), *below) if step else below
                pending.append((above, _before(turn, wanted), plain, (*step, *steps), inner))


def _ends(frame: _Frame, wanted: _Way, uses: list[Use]) -> Iterator[Route]:
    """The whole value that a frame is about, if it is one, for each direction that it is sent."""
    inbound, outbound = frame.seeds
    for above, turn, step in frame.above:
        if step is None:
            more = _turned(above.inbound, above.outbound, turn)
            inbound, outbound = inbound | more[0], outbound | more[1]
    assert frame.pair is not None
    assert frame.compare is not None
    for direction, bits in ((Direction.INBOUND, inbound), (Direction.OUTBOUND, outbound)):
        if bits and direction in wanted:
            lists = (bits, 0) if direction is Direction.INBOUND else (0, bits)
            yield Route(
                old=frame.pair.old,
                new=frame.pair.new,
                compare=frame.compare,
                direction=direction,
                use=next(_uses(uses, *lists)),
                bits=bits,
            )


def _straight(turn: Turn) -> bool:
    return turn not in {Turn.FLIP, Turn.BOTH}


def _before(turn: Turn, wanted: _Way) -> _Way:
    """The directions before a turn that give one of those wanted after it."""
    if turn is Turn.BOTH:
        return (Direction.INBOUND, Direction.OUTBOUND)
    if turn is Turn.FLIP:
        return tuple(each for each in _FLIPPED if _FLIPPED[each] in wanted)
    only = {Turn.ONLY_INBOUND: Direction.INBOUND, Turn.ONLY_OUTBOUND: Direction.OUTBOUND}.get(turn)
    return tuple(each for each in wanted if only in {None, each})


_FLIPPED = {Direction.INBOUND: Direction.OUTBOUND, Direction.OUTBOUND: Direction.INBOUND}


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
