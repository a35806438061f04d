"""The search for a value that satisfies a set of formulas.

For each type, the atoms alone are given to the type's theory, which builds a value; only a
case that this value violates is split (lazily, guided by the model). If the atoms alone
allow no value, no case is looked at.

Recursion ends by coinduction: a smallest value of a set never contains another value of
the same set, so that inside the search for a set, one for a superset finds nothing. A
"there is none" that leaned on this is true only as long as the searches that it leaned on are
open. It is kept so long, and no longer: when the last of them ends with "there is none", what
leaned on it rests on what that one leaned on itself (on nothing: then it is true for good);
when it ends otherwise, all that leaned on it is forgotten.
"""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING, Any

from apicheck.schema.logic import arrays, numbers, objects, strings
from apicheck.schema.logic.evaluate import Evaluator, every
from apicheck.schema.logic.expand import Expansion
from apicheck.schema.logic.facts import Facts, kind_of_text, kinds_of_texts
from apicheck.schema.logic.form import ATOMS, FALSE, TRUE, TYPES, Form
from apicheck.schema.logic.outcome import NONE, UNKNOWN, BudgetError, Found, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from apicheck.schema.logic.compile import Library
    from apicheck.schema.logic.form import Forms, Node

__all__ = ["Solver"]

#: Values nested deeper, and cases split deeper, are given up.
_DEEPEST = 40
_DEEPEST_SPLIT = 120
#: Pairs of branches of a denied ``oneOf`` that are tried.
_MOST_BRANCHES = 40
#: Answers from memory that count as one step.
_REMEMBERED = 25


class Solver:
    """Searches over the formulas of one library; what it found it remembers."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.forms = library.forms
        self.facts = Facts(library)
        self.evaluator = Evaluator(library)
        self._memo: dict[frozenset[Form], Outcome] = {}
        #: Unknown so far, in this question only: another may have more steps left.
        self._given_up: set[frozenset[Form]] = set()
        self._open: list[frozenset[Form]] = []
        #: The open searches that the current one has leaned on: bits by depth.
        self._leaned = 0
        #: "There is none" that leans on open searches, and by depth, those that lean on this
        #: search and on none that is deeper.
        self._leaning: dict[frozenset[Form], int] = {}
        self._resting: list[list[frozenset[Form]]] = []
        self._remembered = 0
        self._declaring: dict[Form, bool] = {}
        self._weights: dict[Form, int] = {}
        self.steps = 0
        self.budget = 0
        #: Why something is unknown, in this question.
        self.doubts: set[str] = set()

    def question(self, wanted: Iterable[Form], budget: int) -> Outcome:
        """A value of all of ``wanted``, within ``budget`` steps."""
        self.steps, self.budget = 0, budget
        self._open.clear()
        self._given_up.clear()
        self._leaning.clear()
        self._resting.clear()
        self._leaned = self._remembered = 0
        self.doubts = set()
        try:
            return self.sat(wanted)
        except BudgetError:
            self.doubts.add(f"the budget of {budget} steps is used up")
        except RecursionError:
            self.doubts.add("the schema is nested too deeply")
        return UNKNOWN

    def spend(self, steps: int = 1) -> None:
        """Note work done; BudgetError when there was too much."""
        self.steps += steps
        if self.steps > self.budget:
            raise BudgetError

    def sat(self, wanted: Iterable[Form]) -> Outcome:
        """A value of any type that satisfies all of ``wanted``."""
        goal = frozenset(wanted) - {TRUE}
        if FALSE in goal or any(self.forms.contradicts(form, goal) for form in goal):
            return NONE
        self._remembered += 1
        if not self._remembered % _REMEMBERED:
            self.spend()
        known = self._memo.get(goal)
        if known is not None:
            return known
        leaning = self._leaning.get(goal)
        if leaning is None:
            leaning = next((1 << at for at, each in enumerate(self._open) if each <= goal), None)
        if leaning is not None:
            self._leaned |= leaning
            return NONE
        if goal in self._given_up:
            return UNKNOWN
        if len(self._open) > _DEEPEST:
            self.doubts.add("values are nested too deeply")
            return UNKNOWN
        self.spend()
        return self._search(goal)

    def _search(self, goal: frozenset[Form]) -> Outcome:
        depth = len(self._open)
        self._open.append(goal)
        self._resting.append([])
        outer, self._leaned = self._leaned, 0
        outcome = self._of_any_type(goal)
        self._open.pop()
        resting = self._resting.pop()
        # That it leaned on itself, and others on it, is over.
        leaned = self._leaned & ~(1 << depth)
        self._leaned = outer
        if outcome is NONE:
            self._leaned |= leaned
            self._rest(goal, leaned)
            for each in resting:
                self._rest(each, self._leaning.pop(each) & ~(1 << depth) | leaned)
            return NONE
        for each in resting:
            del self._leaning[each]
        if isinstance(outcome, Found):
            self._memo[goal] = outcome
        else:
            self._given_up.add(goal)
        return outcome

    def _rest(self, goal: frozenset[Form], leaned: int) -> None:
        """Note that there is no value of ``goal``, as long as what it leaned on is open."""
        if leaned:
            self._leaning[goal] = leaned
            self._resting[leaned.bit_length() - 1].append(goal)
        else:
            self._memo[goal] = NONE

    def _of_any_type(self, goal: frozenset[Form]) -> Outcome:
        outcome: Outcome = NONE
        for kind in self._kinds(goal):
            result = self._of_type(goal, kind, 0)
            if isinstance(result, Found):
                return result
            if result is UNKNOWN:
                outcome = UNKNOWN
        return outcome

    def _kinds(self, goal: frozenset[Form]) -> list[str]:
        """The types that are not excluded at first sight."""
        kinds = set(TYPES)
        for form in goal:
            node = self.forms.node(form)
            if node[0] == "type":
                kinds &= set(node[1])
            elif node[0] == "enum":
                kinds &= kinds_of_texts(node[1])
            elif node[0] == "not":
                denied = self.forms.node(node[1])[0]
                if denied in ATOMS:
                    kinds &= {ATOMS[denied]}
        return [kind for kind in TYPES if kind in kinds]

    def _of_type(self, wanted: frozenset[Form], kind: str, depth: int) -> Outcome:
        self.spend()
        if depth > _DEEPEST_SPLIT:
            self.doubts.add("too many cases within cases")
            return UNKNOWN
        expansion = Expansion(self.library, self.facts, kind, self.spend)
        expansion.take(wanted)
        if expansion.dead:
            return NONE
        self.doubts |= expansion.opaque
        outcome = self._atoms(expansion)
        if outcome is NONE:
            return NONE
        if not isinstance(outcome, Found):
            if not expansion.cases:
                return UNKNOWN
            return self._split(expansion, expansion.cases, None, depth)
        violated = [
            case
            for case in expansion.cases
            if self._to_split(case, kind) or self.evaluator.holds(case, outcome.value) is not True
        ]
        if not violated:
            return outcome
        return self._split(expansion, violated, outcome, depth)

    def _to_split(self, case: Form, kind: str) -> bool:
        """Whether a branch says which names may be sent, so that it must be chosen."""
        return kind in {"object", "array"} and self._declares(case)

    def _declares(self, form: Form) -> bool:
        """Whether a formula says, of a value or of a part of it, which names may be sent."""
        known = self._declaring.get(form)
        if known is not None:
            return known
        reached = {form}
        pending = [form]
        while pending:
            each = pending.pop()
            if self.forms.node(each)[0] in {
                "declares",
                "mentions",
                "unsent",
            } or self._declaring.get(each):
                self._declaring[form] = True
                return True
            more = set(self._parts(each)) - reached
            reached |= more
            pending += more
        self._declaring.update(dict.fromkeys(reached, False))
        return False

    def _parts(self, form: Form) -> tuple[Form, ...]:
        """The formulas that a formula asks of a value and of its parts."""
        parts: tuple[Form, ...] = ()
        match self.forms.node(form):
            case ("and" | "or" | "one" | "not-one", joined):
                parts = joined
            case ("ref", _):
                parts = (self.library.meaning(form),)
            case ("items", first, rest):
                parts = (*first, rest)
            case ("members", names, patterns, rest):
                parts = (*(each for _, each in names), *(each for _, each in patterns), rest)
        return parts

    def _split(
        self, expansion: Expansion, cases: Sequence[Form], model: Found | None, depth: int
    ) -> Outcome:
        """Try the branches of the smallest of ``cases`` one after another."""
        case = min(cases, key=lambda form: (len(self.forms.node(form)[1]), form))
        kind, parts = self.forms.node(case)[:2]
        known = frozenset(expansion.known - {case})
        outcome: Outcome = NONE
        excluded: set[Form] = set()
        branches = self._branches(kind, parts, model)
        if kind == "not-one" and len(parts) > _MOST_BRANCHES:
            self.doubts.add("a denied oneOf with too many branches")
            outcome = UNKNOWN
        for branch in branches:
            result = self._of_type(known | set(branch) | excluded, expansion.kind, depth + 1)
            if isinstance(result, Found):
                return result
            if result is UNKNOWN:
                outcome = UNKNOWN
            elif kind == "or" and self.forms.as_reader(branch[0]) == branch[0]:
                # Of a branch that says what is sent, only that has been refuted, not the rest.
                excluded.add(self.forms.negate(branch[0]))
        return outcome

    def _branches(
        self, kind: str, parts: tuple[Form, ...], model: Found | None
    ) -> list[list[Form]]:
        negate = self.forms.negate
        if kind == "or":
            return [[part] for part in sorted(parts, key=self._weight)]
        if kind == "one":
            return [
                [part, *(negate(each) for each in parts if each != part)]
                for part in sorted(parts, key=self._weight)
            ]
        branches = [[negate(part) for part in parts]]
        if len(parts) <= _MOST_BRANCHES:
            # Two of them hold: first those of which the value at hand satisfies one.
            pairs = [list(pair) for pair in combinations(parts, 2)]
            if model is not None:
                met = {p for p in parts if self.evaluator.holds(p, model.value) is True}
                pairs.sort(key=lambda pair: not met & set(pair))
            branches += pairs
        return branches

    def _weight(self, form: Form) -> int:
        """How much a formula says, references followed once: small ones are tried first."""
        known = self._weights.get(form)
        if known is None:
            body = self.library.meaning(form)
            known = self._weights[form] = 1 + _size(self.forms.node(body), self.forms)
        return known

    def _atoms(self, expansion: Expansion) -> Outcome:
        """A value of the expansion's type that satisfies its atoms."""
        listed = [set(node[1]) for node in expansion.affirmed if node[0] == "enum"]
        excluded = {
            text
            for node in expansion.denied
            if node[0] == "enum"
            for text in node[1]
            if kind_of_text(text) == expansion.kind
        }
        if listed:
            return self._listed(expansion, set.intersection(*listed) - excluded)
        affirmed = expansion.affirmed
        denied = [node for node in expansion.denied if node[0] != "enum"]
        values = [json.loads(text) for text in sorted(excluded)]
        match expansion.kind:
            case "null":
                return NONE if values else Found(None)
            case "boolean":
                return next((Found(each) for each in (True, False) if each not in values), NONE)
            case "number":
                outcome: Outcome = numbers.find(affirmed, denied, values)
            case "string":
                outcome = strings.find(affirmed, denied, values, self.spend)
            case "array":
                outcome = arrays.find(self, affirmed, denied, excluded)
            case _:
                outcome = objects.find(self, affirmed, denied, excluded)
        if outcome is UNKNOWN:
            self.doubts.add(f"no {expansion.kind} could be built")
        return outcome

    def _listed(self, expansion: Expansion, texts: set[str]) -> Outcome:
        """One of finitely many values: each is tried."""
        outcome: Outcome = NONE
        affirmed = [node for node in expansion.affirmed if node[0] != "enum"]
        denied = [node for node in expansion.denied if node[0] != "enum"]
        for text in sorted(texts, key=lambda each: (len(each), each)):
            if kind_of_text(text) != expansion.kind:
                continue
            value: Any = json.loads(text)
            truth = every(
                [
                    *(self._atom(node, value, wanted=True) for node in affirmed),
                    *(self._atom(node, value, wanted=False) for node in denied),
                    *(self.evaluator.holds(case, value) for case in expansion.cases),
                ]
            )
            if truth:
                return Found(value)
            if truth is None:
                outcome = UNKNOWN
        return outcome

    def _atom(self, node: Node, value: Any, *, wanted: bool) -> bool | None:
        truth = self.evaluator.atom(node, value)
        return None if truth is None else truth == wanted


def _size(node: Node, forms: Forms, depth: int = 3) -> int:
    """The number of parts of a formula, to a depth; references count as one."""
    if node[0] in {"and", "or", "one", "not-one"}:
        return sum(1 + _size(forms.node(part), forms, depth - 1) for part in node[1] if depth)
    return len(node[1]) if node[0] in {"members", "enum"} else 1
