"""How two schemas relate: whether every value of one is a value of the other, or which is not.

``contains(a, b)`` answers for two bare schemas, ``Prover`` for all schemas of two contracts.
Every answer is one of three: *proved*, *refuted* by a value that an independent validator
has confirmed, or *unknown* with the reason. Work is bounded in steps, so that an answer
never depends on the speed of the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from json import dumps, loads
from typing import TYPE_CHECKING, Any, Literal

from apicheck.errors import UnsupportedFeature
from apicheck.nodes import Node
from apicheck.schema import dialects
from apicheck.schema.logic.closure import Closures
from apicheck.schema.logic.compile import Compiler, Library
from apicheck.schema.logic.confirm import Judge
from apicheck.schema.logic.guess import finite, guesses
from apicheck.schema.logic.lift import lift
from apicheck.schema.logic.outcome import NONE, Found
from apicheck.schema.logic.resolve import Memory, names_dialect
from apicheck.schema.logic.solve import Solver
from apicheck.schema.logic.witness import Blame, blame, smaller
from apicheck.schema.values import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.schema.dialects import Dialect
    from apicheck.schema.logic.form import Form

__all__ = [
    "BUDGET",
    "Answer",
    "Blame",
    "Comparison",
    "Proved",
    "Prover",
    "Reading",
    "Refuted",
    "Relation",
    "Unknown",
    "compare",
    "contains",
    "dialect_of",
    "named_dialect",
    "relate",
]

#: Steps that one question may take; the hardest real ones take some hundreds.
BUDGET = 3000
#: Steps that a validator may take to judge a value.
_MOST_EFFORT = 10_000_000
_DIALECTS = {
    each.name: each
    for each in (
        dialects.DRAFT_4,
        dialects.DRAFT_6,
        dialects.DRAFT_7,
        dialects.DRAFT_2019_09,
        dialects.DRAFT_2020_12,
        dialects.OPENAPI_2,
        dialects.OPENAPI_30,
        dialects.OPENAPI_31,
    )
}
Side = Literal["old", "new"]


class Reading(Enum):
    """Which members a sender is taken to send."""

    #: Any that its schema does not forbid.
    STRICT = "strict"
    #: Only those that its schema declares; a schema that declares none is free-form.
    DECLARED = "declared"
    #: The same, and members of free-form objects are not sent either.
    NAMED = "named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """Every value of the one schema is a value of the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuted:
    """``witness`` is valid under the one schema and not under the other, as a validator confirmed.

    ``blame`` is what refuses it, where that can be told.
    """

    witness: Any
    reading: Reading = Reading.STRICT
    blame: Blame | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Neither was shown, for ``reason``."""

    reason: str


Answer = Proved | Refuted | Unknown
_TOO_DEEP = Unknown(reason="a schema is nested too deeply")


class Relation(Enum):
    """How the values of the first schema lie to those of the second."""

    EQUAL = "equal"
    NARROWER = "narrower"
    WIDER = "wider"
    OVERLAPPING = "overlapping"
    DISJOINT = "disjoint"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A relation, and the answers that it rests on.

    ``forth`` answers whether the first is contained in the second, ``back`` the opposite.
    ``shared`` answers whether no value is valid under both; its witness is one that is.
    """

    relation: Relation
    forth: Answer
    back: Answer
    shared: Answer


class Prover:
    """Answers questions about the schemas of two contracts, and remembers what it learned.

    ``old`` and ``new`` are the dialects. With ``formats``, ``format`` is a constraint; with
    ``usual`` too, senders write what they send of known formats as usual (lower-case UUIDs).
    """

    def __init__(
        self, old: Dialect, new: Dialect, *, formats: bool = False, usual: bool = False
    ) -> None:
        self._dialects: dict[Side, Dialect] = {"old": old, "new": new}
        self._formats = formats
        self._usual = usual
        self._library = Library(Closures())
        self._solver = Solver(self._library)
        self._compilers: dict[tuple[str, str | None, bool], Compiler] = {}
        self._judges: dict[tuple[str, str | None, bool], Judge] = {}

    def contains(
        self,
        a: Node,
        b: Node,
        *,
        a_side: Side = "old",
        reading: Reading = Reading.STRICT,
        drop: str | None = None,
        budget: int = BUDGET,
    ) -> Answer:
        """Whether every value that a sender makes by ``a`` is valid for a reader of ``b``.

        ``a`` belongs to ``a_side``, ``b`` to the other. ``drop`` is ``readOnly`` in requests
        and ``writeOnly`` in responses: properties so marked are not sent.
        """
        try:
            question = _Question(self, a, b, a_side, reading, drop)
            if question.same():
                return Proved()
            return question.ask([question.sent, question.refused], budget)
        except RecursionError:
            return _TOO_DEEP

    def proved(
        self,
        a: Node,
        b: Node,
        *,
        a_side: Side = "old",
        reading: Reading = Reading.STRICT,
        drop: str | None = None,
    ) -> bool:
        """Whether containment is proved; where it is not, no value is looked for to show it."""
        try:
            question = _Question(self, a, b, a_side, reading, drop)
            if question.same():
                return True
            outcome = self._solver.question([question.sent, question.refused], BUDGET)
        except RecursionError:
            return False
        return outcome is NONE and not self._library.scoped

    def lift(
        self,
        root_a: Node,
        root_b: Node,
        path: Sequence[str | int],
        a: Node,
        b: Node,
        *,
        a_side: Side = "old",
        reading: Reading = Reading.STRICT,
        drop: str | None = None,
        passed: Sequence[tuple[Sequence[str | int], Node, Node]] = (),
        either: bool = False,
        hint: Any = True,
        masked: bool = True,
        budget: int = BUDGET,
    ) -> Answer:
        """The same for the roots, by a value that shows the difference of ``a`` and ``b``.

        ``path`` leads from the root schema to both, by keywords and names, references left
        out. ``passed`` are the pairs on the way there, each with its path: what is sent must be
        refused at each of them. Proved means that what surrounds them masks the difference.
        With ``either``, a value of ``b`` that is none of ``a`` will do at the path as well (below
        ``not``, or one of ``oneOf``). ``hint`` is a schema that the value there must satisfy too.
        Without ``masked``, one value is tried, and nothing is proved where it is let pass.
        """
        try:
            question = _Question(self, root_a, root_b, a_side, reading, drop)
            inner = _Question(self, a, b, a_side, reading, drop)
            levels = [
                (steps, _Question(self, one, other, a_side, reading, drop))
                for steps, one, other in passed
            ]
        except RecursionError:
            return _TOO_DEEP
        forms = self._library.forms
        differs = forms.all_of([inner.sent, inner.refused])
        if either:
            back = [forms.negate(inner.sent), forms.negate(inner.refused)]
            differs = forms.any_of([differs, forms.all_of(back)])
        if hint is not True:
            compiler = self._compiler(a_side, None)
            told = compiler.form(Node(hint, Memory(hint, "hint"), ()))
            differs = forms.all_of([differs, told])
        there = lift(forms, path, differs)
        if there is None:
            return Unknown(reason="the path leads through a part that holds no values")
        wanted = [question.sent, there]
        for steps, at in levels:
            level = lift(forms, steps, forms.all_of([at.sent, at.refused]))
            if level is not None:
                wanted.append(level)
        if masked:
            return question.ask([*wanted, question.refused], budget)
        return question.attempt(wanted, budget)

    def meet(self, a: Node, b: Node, *, budget: int = BUDGET) -> Answer:
        """Whether no value is valid under both; refuted by one that is."""
        try:
            question = _Question(self, a, b, "old", Reading.STRICT, None)
            question.shared = True
            forms = self._library.forms
            return question.ask([question.sent, forms.negate(question.refused)], budget)
        except RecursionError:
            return _TOO_DEEP

    def accepts_text(self, node: Node, value: Any, side: Side) -> bool:
        """Whether a schema accepts something that the text of ``value`` may be read as."""
        self._compiler(side, None)
        judge = self._judges[self._dialects[side].name, None, False]
        return any(judge.valid(node, each, sender=False) is True for each in readings(value))

    def _compiler(self, side: Side, drop: str | None, *, named: bool = False) -> Compiler:
        dialect = self._dialects[side]
        key = (dialect.name, drop, named)
        if key not in self._compilers:
            self._compilers[key] = Compiler(
                self._library,
                dialect,
                drop=drop,
                formats=self._formats,
                usual=self._usual,
                named=named,
            )
            self._judges[key] = Judge(self._compilers[key])
        return self._compilers[key]


class _Question:
    """One containment: the formulas of both sides, and who judges a witness."""

    def __init__(  # noqa: PLR0917 - both sides of one question
        self,
        prover: Prover,
        a: Node,
        b: Node,
        a_side: Side,
        reading: Reading,
        drop: str | None,
    ) -> None:
        self.prover = prover
        self.a, self.b = a, b
        self.reading = reading
        #: Ask for a value of both instead of one of ``a`` alone.
        self.shared = False
        b_side: Side = "new" if a_side == "old" else "old"
        named = reading is Reading.NAMED
        sender = prover._compiler(a_side, drop, named=named)  # noqa: SLF001 - one module
        reader = prover._compiler(b_side, drop)  # noqa: SLF001
        self.judges = (
            prover._judges[sender.dialect.name, drop, named],  # noqa: SLF001
            prover._judges[reader.dialect.name, drop, False],  # noqa: SLF001
        )
        self.solver = prover._solver  # noqa: SLF001
        forms = sender.forms
        self.sent = self._sent(sender, a, drop)
        self.refused: Form = forms.negate(forms.as_reader(reader.form(b)))

    def _sent(self, sender: Compiler, a: Node, drop: str | None) -> Form:
        form = sender.form(a)
        if self.reading is not Reading.STRICT:
            return form
        return sender.forms.as_strict(form) if drop else sender.forms.as_reader(form)

    def same(self) -> bool:
        """Whether both are the same text from the same place, whatever it means."""
        one, other = self.judges
        return (
            one is other
            and isinstance(self.a.document, Memory)
            and isinstance(self.b.document, Memory)
            and self.a.pointer == self.b.pointer
            and canonical(self.a.document.data) == canonical(self.b.document.data)
        )

    def ask(self, wanted: list[Form], budget: int) -> Answer:
        outcome = self.solver.question(wanted, budget)
        scoped = self.solver.library.scoped
        if outcome is NONE and not scoped:
            return Proved()
        doubts = self.solver.doubts | scoped
        if isinstance(outcome, Found):
            if self.confirmed(outcome.value) and self.whole(outcome.value, wanted):
                return self.answer(outcome.value, wanted)
            doubts = doubts or {self.disagreement(outcome.value)}
        if self.reading is Reading.STRICT and len(wanted) == 2 and self.refused in wanted:
            guess = self.guess(outcome.value if isinstance(outcome, Found) else None)
            if guess is not None:
                return guess
        return Unknown(reason="; ".join(sorted(doubts)) or "no value was found")

    def attempt(self, wanted: list[Form], budget: int) -> Answer:
        """The first value that is found, if it is refused."""
        outcome = self.solver.question(wanted, budget)
        if isinstance(outcome, Found) and self.confirmed(outcome.value):
            return self.answer(outcome.value, [*wanted, self.refused])
        return Unknown(reason="the first value that was found is let pass")

    def confirmed(self, value: Any) -> bool:
        """Whether validators agree that the value tells ``a`` from ``b`` (or is shared)."""
        return self.light(value) and self.judged(value)

    def judged(self, value: Any) -> bool:
        """The same of a value that is no larger than one that was light."""
        mine, theirs = self.judges
        return (
            mine.valid(self.a, value, sender=True) is True
            and theirs.valid(self.b, value, sender=False) is self.shared
        )

    def light(self, value: Any) -> bool:
        """Whether validators can be asked about a value without waiting for ever."""
        effort = self.solver.evaluator.effort
        return all(effort(form, value) < _MOST_EFFORT for form in (self.sent, self.refused))

    def whole(self, value: Any, wanted: list[Form]) -> bool:
        """Whether a broken part of a schema, whatever it meant, leaves the value what it is.

        Broken are references that lead nowhere or in circles, and malformed compositions.
        """
        mine, theirs = self.judges
        circles = self.solver.library.circles
        if not circles and mine.whole(self.a, sender=True) and theirs.whole(self.b, sender=False):
            return True
        return all(self.solver.evaluator.holds(form, value) is True for form in wanted)

    def disagreement(self, value: Any) -> str:
        """Why a value that the logic found was not confirmed."""
        if not self.light(value):
            return "a validator would take too long to judge the value that was found"
        mine, theirs = self.judges
        opinions = (
            mine.valid(self.a, value, sender=True),
            theirs.valid(self.b, value, sender=False),
        )
        if None in opinions:
            return "no validator can judge the value that was found"
        return "a validator disagrees about the value that was found"

    def answer(self, value: Any, wanted: list[Form]) -> Answer:
        holds = self.solver.evaluator.holds

        def good(candidate: Any) -> bool:
            # The validators are the faster ones: most candidates lack what is required.
            return self.judged(candidate) and all(holds(form, candidate) is True for form in wanted)

        small = smaller(value, good)
        accepted = self.solver.forms.negate(self.refused)
        cause = None if self.shared else blame(self.solver.evaluator, accepted, small)
        return Refuted(witness=small, reading=self.reading, blame=cause)

    def guess(self, near: Any) -> Answer | None:
        """Try values that both schemas suggest, where logic alone did not decide."""
        holds = self.solver.evaluator.holds
        listed = finite(self.solver.library, self.sent)
        values = guesses(self.a.value, self.b.value, near) if listed is None else listed
        wanted = [self.sent, self.refused]
        for value in values:
            if (
                holds(self.sent, value) is not False
                and self.confirmed(value)
                and self.whole(value, wanted)
            ):
                return self.answer(value, wanted)
        return None


def dialect_of(schema: Any, default: str = "2020-12") -> Dialect:
    """The dialect that ``$schema`` names; UnsupportedFeature for one that is not known."""
    said = schema.get("$schema") if isinstance(schema, dict) else None
    if not isinstance(said, str):
        return _DIALECTS[default]
    for dialect in _DIALECTS.values():
        if names_dialect(said, dialect.name):
            return dialect
    raise UnsupportedFeature(f"the dialect {said!r}", "$schema", hint="use draft 4 or newer")


def named_dialect(name: str) -> Dialect:
    """The dialect of that name, such as ``draft-7``; UnsupportedFeature if there is none."""
    if name not in _DIALECTS:
        known = ", ".join(_DIALECTS)
        raise UnsupportedFeature(f"the dialect {name!r}", "--dialect", hint=f"known: {known}")
    return _DIALECTS[name]


def contains(
    a: Any,
    b: Any,
    *,
    dialect_a: str | None = None,
    dialect_b: str | None = None,
    reading: Reading = Reading.STRICT,
    formats: bool = False,
    budget: int = BUDGET,
) -> Answer:
    """Whether every value valid under schema ``a`` is valid under schema ``b``.

    Dialects are names such as ``draft-7``, ``2020-12`` or ``openapi-3.0``; without one, what
    ``$schema`` says, else 2020-12.
    """
    prover, one, other = _bare(a, b, dialect_a, dialect_b, formats=formats)
    return prover.contains(one, other, reading=reading, budget=budget)


def compare(
    a: Any,
    b: Any,
    *,
    dialect_a: str | None = None,
    dialect_b: str | None = None,
    formats: bool = False,
    budget: int = BUDGET,
) -> Comparison:
    """How the values of ``a`` lie to those of ``b``, with witnesses both ways."""
    prover, one, other = _bare(a, b, dialect_a, dialect_b, formats=formats)
    return relate(prover, one, other, budget=budget)


def relate(prover: Prover, one: Node, other: Node, *, budget: int = BUDGET) -> Comparison:
    """The same for two schemas that stand in documents, the first on the old side."""
    forth = prover.contains(one, other, budget=budget)
    back = prover.contains(other, one, a_side="new", budget=budget)
    shared: Answer = prover.meet(one, other, budget=budget)
    match forth, back, shared:
        case Proved(), Proved(), _:
            relation = Relation.EQUAL
        case Proved(), Refuted(), _:
            relation = Relation.NARROWER
        case Refuted(), Proved(), _:
            relation = Relation.WIDER
        case Refuted(), Refuted(), Refuted():
            relation = Relation.OVERLAPPING
        case Refuted(), Refuted(), Proved():
            relation = Relation.DISJOINT
        case _:
            relation = Relation.UNKNOWN
    return Comparison(relation=relation, forth=forth, back=back, shared=shared)


def _bare(
    a: Any, b: Any, dialect_a: str | None, dialect_b: str | None, *, formats: bool
) -> tuple[Prover, Node, Node]:
    old = dialect_of(a) if dialect_a is None else _DIALECTS[dialect_a]
    new = dialect_of(b) if dialect_b is None else _DIALECTS[dialect_b]
    prover = Prover(old, new, formats=formats)
    return prover, Node(a, Memory(a, "a"), ()), Node(b, Memory(b, "b"), ())


def readings(value: Any) -> Iterator[Any]:
    """What the text of a scalar, or of a list of scalars, may be read as."""
    if isinstance(value, list):
        for each in zip(*([*readings(item), item] for item in value), strict=False):
            yield list(each)
    if isinstance(value, list | dict):
        return
    if isinstance(value, str):
        try:
            parsed = loads(value)
        except ValueError:
            return
        if not isinstance(parsed, list | dict):
            yield parsed
    else:
        yield dumps(value)
    if value in {"", None}:
        yield from ("", None)
