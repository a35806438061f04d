"""Proving or refuting what the rules say of schemas, and looking for what no rule names.

A change is asked about in each direction that the judge rules on. First the pair of schemas
that it is about, alone; then the whole values that hold it: is there a value that goes through
the changed place and that the other side refuses? The one that is found is shown.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from apicheck.model import (
    Change,
    Direction,
    Ground,
    Proof,
    Witness,
)
from apicheck.schema.compare import compare_text_schemas
from apicheck.schema.hints import hint
from apicheck.schema.relation import Proved, Prover, Reading, Refuted, Unknown
from apicheck.schema.whole import Whole
from apicheck.walk import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from apicheck.model import Change, Use
    from apicheck.nodes import Node
    from apicheck.schema.match import Context
    from apicheck.schema.relation import Answer, Side
    from apicheck.walk import Route

__all__ = ["Proofs"]

#: So many whole values are looked at for one change.
_MOST_ROUTES = 12
#: After so many that could not be decided it is given up.
_MOST_DOUBTS = 3
_DROPPED = {Direction.INBOUND: "readOnly", Direction.OUTBOUND: "writeOnly"}
_SIDES: dict[Direction, tuple[Side, Side]] = {
    Direction.INBOUND: ("old", "new"),
    Direction.OUTBOUND: ("new", "old"),
}


class Proofs:
    """Answers for the changes between two contracts, remembering what was asked before."""

    def __init__(self) -> None:
        #: By the schemas that are compared: a contract may have some of several dialects.
        self._answering: dict[int, _Answers] = {}

    def __call__(self, change: Change, direction: Direction) -> Proof:
        """What is known of a change in one direction."""
        subject = change.subject
        if isinstance(subject, Whole):
            return self._of(subject.schemas).whole_value(subject)
        if isinstance(subject, Subject):
            return self._of(subject.context.schemas)(change, direction)
        return Proof()

    def _of(self, schemas: Context) -> _Answers:
        known = self._answering.get(id(schemas))
        if known is None:
            known = self._answering[id(schemas)] = _Answers(schemas)
        return known


class _Answers:
    """Answers for changes between schemas of one dialect on each side."""

    def __init__(self, schemas: Context) -> None:
        #: Kept, since its ``id`` is what these answers are found by.
        self._schemas = schemas
        self._views = {"old": schemas.old, "new": schemas.new}
        self._prover = Prover(schemas.old.dialect, schemas.new.dialect)
        self._answers: dict[Any, Answer] = {}
        self._safe: set[tuple[int, Direction]] = set()

    def __call__(self, change: Change, direction: Direction) -> Proof:
        """What is known of a change in one direction."""
        subject = change.subject
        if change.rule.ground is Ground.MEANING:
            return Proof()
        routes = list(islice(self._distinct(subject.routes(direction)), _MOST_ROUTES + 1))
        if not routes:
            return Proof()
        answer, route = self._search(change, direction, routes, Reading.DECLARED)
        if isinstance(answer, Proved):
            strict, where = self._search(change, direction, routes, Reading.STRICT)
            if isinstance(strict, Refuted) and where is not None:
                return _witnessed(strict, where, undeclared=True)
            self._safe.add((id(subject), direction))
            return Proof(kind="proved-safe", reason="every value that is sent is still valid")
        if isinstance(answer, Refuted) and route is not None:
            return _witnessed(answer, route)
        return Proof(kind="rule", reason=answer.reason if isinstance(answer, Unknown) else "")

    def _distinct(self, routes: Iterable[Route]) -> Iterator[Route]:
        """The routes without those that go the same way in the same value of another operation."""
        met = set()
        for route in routes:
            old, new = self._views["old"].resolve(route.old), self._views["new"].resolve(route.new)
            key = (old.key, new.key, route.steps, route.direction, route.compare)
            if key not in met:
                met.add(key)
                yield route

    def _search(
        self, change: Change, direction: Direction, routes: list[Route], reading: Reading
    ) -> tuple[Answer, Route | None]:
        """A value that shows the change in one of the whole values; Proved if there is none."""
        subject: Subject = change.subject
        if all(route.straight for route in routes):
            inbound = direction is Direction.INBOUND
            a, b = (subject.old, subject.new) if inbound else (subject.new, subject.old)
            side, drop = _SIDES[direction][0], _DROPPED[direction]
            if self._prover.proved(a, b, a_side=side, reading=reading, drop=drop):
                return Proved(), None
        doubt: Unknown | None = None
        doubts = 0
        for route in routes[:_MOST_ROUTES]:
            answer = self._lifted(change, direction, route, reading)
            if isinstance(answer, Refuted):
                if not _reads_otherwise(self, route, answer.witness):
                    return answer, route
                doubt = Unknown(reason="as text, the value may be read in another way")
            elif isinstance(answer, Unknown):
                doubt = answer
                doubts += 1
                if doubts == _MOST_DOUBTS:
                    break
        if doubt is None and len(routes) > _MOST_ROUTES:
            doubt = Unknown(reason="it is used in more places than were looked at")
        return doubt or Proved(), None

    def _contains(self, old: Node, new: Node, direction: Direction, reading: Reading) -> Answer:
        """Whether what is sent by one schema is valid under the other."""
        one = self._views["old"].resolve(old)
        two = self._views["new"].resolve(new)
        key = (one.key, two.key, direction, reading)
        if key not in self._answers:
            a, b = (one, two) if direction is Direction.INBOUND else (two, one)
            self._answers[key] = self._prover.contains(
                a,
                b,
                a_side=_SIDES[direction][0],
                reading=reading,
                drop=_DROPPED[direction],
            )
        return self._answers[key]

    def _lifted(
        self, change: Change, direction: Direction, route: Route, reading: Reading
    ) -> Answer:
        subject: Subject = change.subject
        inbound = route.direction is Direction.INBOUND
        old, new = self._views["old"], self._views["new"]
        pairs = (old.resolve(route.old), new.resolve(route.new)), (subject.old, subject.new)
        (root_a, root_b), (a, b) = pairs if inbound else ((y, x) for x, y in pairs)
        told = hint(change, direction) if route.straight else True
        lift = partial(
            self._prover.lift,
            root_a,
            root_b,
            route.steps,
            a,
            b,
            a_side=_SIDES[route.direction][0],
            reading=reading,
            drop=_DROPPED[route.direction],
            passed=[(steps, *((y, x), (x, y))[inbound]) for steps, x, y in route.passed]
            if route.straight
            else (),
            either=not route.straight,
        )
        # Mostly the whole is refused wherever the part is: that is tried first, and is cheap.
        for each in dict.fromkeys((told is not True, False)):
            answer = lift(hint=told if each else True, masked=False)
            if isinstance(answer, Refuted):
                return answer
        answer = self._contains(route.old, route.new, route.direction, reading)
        return answer if isinstance(answer, Proved) else lift()

    def whole_value(self, whole: Whole) -> Proof:
        """Whether a whole value may be refused although no rule says so."""
        route = whole.route
        for subject in whole.suspects:
            if (id(subject), route.direction) not in self._safe:
                return Proof()
        answer = self._contains(route.old, route.new, route.direction, Reading.DECLARED)
        if isinstance(answer, Refuted):
            if _reads_otherwise(self, route, answer.witness):
                return Proof()
            # What only the members of free-form objects break hurts nobody for sure.
            named = self._contains(route.old, route.new, route.direction, Reading.NAMED)
            return _witnessed(answer, route, undeclared=isinstance(named, Proved))
        if isinstance(answer, Unknown) and not whole.blind:
            return Proof(kind="unknown", reason=answer.reason)
        return Proof()


def _witnessed(answer: Refuted, route: Route, *, undeclared: bool = False) -> Proof:
    accepted, rejected = _SIDES[route.direction]
    witness = Witness(
        value=answer.witness,
        accepted_by=accepted,
        rejected_by=rejected,
        purpose=_whose(route.use),
        checked=True,
        at=() if answer.blame is None else answer.blame.path,
        undeclared=undeclared,
    )
    return Proof(kind="witnessed", witness=witness)


def _reads_otherwise(answers: _Answers, route: Route, value: Any) -> bool:
    """Whether a value that travels as text may be read as one that is accepted.

    The text 12 is a number to one and a string to another (RFC 6570 knows no types).
    """
    if route.compare is not compare_text_schemas:
        return False
    side = _SIDES[route.direction][1]
    reader = route.new if side == "new" else route.old
    return answers._prover.accepts_text(answers._views[side].resolve(reader), value, side)  # noqa: SLF001 - one module


def _whose(use: Use) -> str:
    """``POST /orders request``; of an event, ``consumer of OrderShipped`` says it all."""
    return use.side if " of " in use.side else f"{use.label} {use.side}"
