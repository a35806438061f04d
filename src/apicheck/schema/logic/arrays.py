"""Arrays: one built by giving each demanded item a position.

A *demand* is something that must be somewhere: an item that ``contains`` asks for, or one
that breaks a denied ``items``. Demands are placed one by one on positions, alone or
together; what every position must satisfy anyway is known from the affirmed atoms. All
positions behind the longest prefix are alike, so only as many are told apart as are needed.

When all demands have their positions, every position has its *goal*, and items are found
for the goals: different ones where they must be unique, two equal ones where they must not
be, no more of a kind than ``maxContains`` allows, and none of the arrays that are excluded.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from apicheck.schema.logic.form import FALSE, TRUE, Form
from apicheck.schema.logic.outcome import NONE, UNKNOWN, Found, Outcome
from apicheck.schema.values import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from apicheck.schema.logic.form import Node
    from apicheck.schema.logic.solve import Solver

__all__ = ["find"]

_MOST_DEMANDS = 14
_LONGEST_PREFIX = 500
_LONGEST = 200_000
#: Items that must differ from one another are chosen one by one.
_LONGEST_UNIQUE = 300
_LONGEST_MATCHED = 60
#: Ways to place demands, pairs of equal items, choices of items that may be of a limited
#: kind, and steps away from excluded arrays that are tried.
_MOST_PLACINGS = 250
_MOST_PAIRS = 60
_MOST_CHOICES = 100
_MOST_STEPS_AWAY = 300
_Goal = frozenset[Form]
_Placing = dict[int, _Goal]


def find(
    solver: Solver, affirmed: Sequence[Node], denied: Sequence[Node], excluded: set[str]
) -> Outcome:
    """An array that satisfies the atoms and is none of ``excluded``."""
    return _Search(solver, affirmed, denied, excluded).run()


class _Search:
    """One search; ``unsure`` says that something was left out of it."""

    def __init__(
        self, solver: Solver, affirmed: Sequence[Node], denied: Sequence[Node], excluded: set[str]
    ) -> None:
        self.solver = solver
        self.forms = solver.forms
        self.excluded = excluded
        self.unsure = False
        self.placings = 0
        #: Goals that were tried in order to get away from excluded arrays.
        self.away: set[object] = set()
        self.unique = any(atom[0] == "unique" for atom in affirmed)
        self.repeating = any(atom[0] == "unique" for atom in denied)
        self.low = max(
            [0]
            + [atom[1] for atom in affirmed if atom[0] == "min-items"]
            + [atom[1] + 1 for atom in denied if atom[0] == "max-items"]
        )
        highs = [atom[1] for atom in affirmed if atom[0] == "max-items"]
        highs += [atom[1] - 1 for atom in denied if atom[0] == "min-items"]
        self.high = min(highs, default=1 << 30)
        self.shapes = [atom for atom in affirmed if atom[0] == "items"]
        self.broken = [atom for atom in denied if atom[0] == "items"]
        prefixes = [len(atom[1]) for atom in [*self.shapes, *self.broken]]
        # Positions that an excluded array has are not alike either.
        prefixes += [len(json.loads(text)) for text in excluded]
        self.prefix = max(prefixes, default=0)
        self._bases: dict[int, _Goal] = {}
        self._count(affirmed, denied)

    def _count(self, affirmed: Sequence[Node], denied: Sequence[Node]) -> None:
        """Least and greatest numbers of items of a kind; those that must not occur at all."""
        self.least: dict[Form, int] = {}
        most: dict[Form, int] = {}
        for atoms, keep in ((affirmed, True), (denied, False)):
            for kind, form, number in (atom for atom in atoms if "contains" in atom[0]):
                if (kind == "contains") == keep:
                    wanted = number if keep else number + 1
                    self.least[form] = max(self.least.get(form, 0), wanted)
                else:
                    allowed = number if keep else number - 1
                    most[form] = min(most.get(form, allowed), allowed)
        self.never = [self.forms.negate(form) for form, number in most.items() if number <= 0]
        self.most = {form: number for form, number in most.items() if number > 0}
        self.limits = most

    def _clash(self) -> bool:
        """Whether more items of a kind are demanded than of a kind that includes it are allowed."""
        return any(
            wanted > allowed
            and (form == limited or self.solver.sat({form, self.forms.negate(limited)}) is NONE)
            for form, wanted in self.least.items()
            for limited, allowed in self.limits.items()
        )

    def run(self) -> Outcome:
        if self.low > self.high or (self.unique and self.repeating) or self._clash():
            return NONE
        demanded = sum(self.least.values()) + len(self.broken)
        longest = _LONGEST_UNIQUE if self.unique else _LONGEST
        if demanded > _MOST_DEMANDS or self.prefix > _LONGEST_PREFIX:
            return UNKNOWN
        if self.low > longest:
            # Too long to be built; but perhaps no item can be there at all.
            some = self._values(self.base(self.prefix), 2 if self.unique else 1)
            return NONE if len(some) < 1 + self.unique and not self.unsure else UNKNOWN
        self._find_end()
        if self.low > self.high:
            return NONE
        demands: list[Node | Form] = [*self.broken]
        for form, number in self.least.items():
            demands += [form] * number
        found = self._place(demands, {})
        if found is not None:
            return Found(found)
        return UNKNOWN if self.unsure else NONE

    def base(self, position: int) -> _Goal:
        """What the item at a position must satisfy in any case."""
        at = min(position, self.prefix)
        known = self._bases.get(at)
        if known is None:
            asked = {atom[1][at] if at < len(atom[1]) else atom[2] for atom in self.shapes}
            known = self._bases[at] = frozenset(asked | set(self.never)) - {TRUE}
        return known

    def _find_end(self) -> None:
        """An array ends before the first position that nothing can stand at."""
        for position in range(min(self.prefix + 1, self.high)):
            outcome = self.solver.sat(self.base(position))
            if outcome is NONE:
                self.high = min(self.high, position)
                return
            if outcome is UNKNOWN:
                self.unsure = True

    def _place(self, demands: Sequence[Node | Form], placing: _Placing) -> list[Any] | None:
        """Place the first demand everywhere it can stand, and go on with the others."""
        self.placings += 1
        if self.placings > _MOST_PLACINGS:
            self.unsure = True
            return None
        if not demands:
            return self._build(placing)
        demand, rest = demands[0], demands[1:]
        for position in self._positions(placing):
            wanted = self._wanted(demand, position)
            there = placing.get(position, frozenset())
            # Two demands for the same kind of item are two items.
            if wanted == FALSE or (isinstance(demand, int) and wanted in there):
                continue
            together = there | {wanted}
            outcome = self.solver.sat(self.base(position) | together)
            if outcome is UNKNOWN:
                self.unsure = True
            if not isinstance(outcome, Found):
                continue
            found = self._place(rest, {**placing, position: together})
            if found is not None:
                return found
        return None

    def _positions(self, placing: _Placing) -> Iterator[int]:
        """Every position of the prefix, those behind it that are used, and one more."""
        behind = sorted(position for position in placing if position >= self.prefix)
        last = behind[-1] + 1 if behind else self.prefix
        for position in [*range(self.prefix), *behind, last]:
            if position < self.high:
                yield position

    def _wanted(self, demand: Node | Form, position: int) -> Form:
        if isinstance(demand, int):
            return demand
        _, first, rest = demand
        return self.forms.negate(first[position] if position < len(first) else rest)

    def _build(self, placing: _Placing) -> list[Any] | None:
        size = max([self.low, *(position + 1 for position in placing)])
        if size > self.high:
            return None
        for twins in self._twins(size):
            length = size if twins is None else max(size, twins[1] + 1)
            # Each excluded array can spoil one length.
            longest = min(self.high, length + len(self.excluded))
            for longer in range(length, longest + 1):
                built = self._of_length(placing, longer, twins)
                if built is not None:
                    return built
        return None

    def _of_length(
        self, placing: _Placing, length: int, twins: tuple[int, int] | None
    ) -> list[Any] | None:
        self.solver.spend(1 + length // 1000)
        goals = self._goals(placing, length, twins, {})
        found = self._apart(goals, twins)
        if found is None or self._within_limits(found):
            return found
        for barred in self._barred(placing, length):
            found = self._apart(self._goals(placing, length, twins, barred), twins)
            if found is not None and self._within_limits(found):
                return found
        return None

    def _twins(self, size: int) -> list[tuple[int, int] | None]:
        """The pairs of positions that may hold equal items, where some must."""
        if not self.repeating:
            return [None]
        # Two positions more than are in use behind the prefix stand for all further ones.
        reach = min(max(min(size, _LONGEST_UNIQUE), self.prefix) + 2, self.high)
        pairs: list[tuple[int, int] | None] = [
            (one, other) for other in range(reach) for one in range(other)
        ]
        if len(pairs) > _MOST_PAIRS:
            self.unsure = True
        return pairs[:_MOST_PAIRS]

    def _goals(
        self,
        placing: _Placing,
        length: int,
        twins: tuple[int, int] | None,
        barred: Mapping[int, _Goal],
    ) -> list[_Goal]:
        """What the item at each position must satisfy; twins have one goal."""
        goals = [self.base(position) for position in range(length)]
        for more in (placing, barred):
            for position, forms in more.items():
                goals[position] |= forms
        if twins is not None:
            goals[twins[0]] = goals[twins[1]] = goals[twins[0]] | goals[twins[1]]
        return goals

    def _barred(self, placing: _Placing, length: int) -> Iterator[Mapping[int, _Goal]]:
        """The choices of items that may be of a limited kind: all others must not be.

        Each choice says of what kinds the item at a position must not be.
        """
        choices = []
        for form, most in self.most.items():
            fixed = [at for at, forms in placing.items() if form in forms]
            others = [at for at in range(length) if at not in fixed]
            if len(fixed) > most:
                return
            free = min(most - len(fixed), len(others))
            choices.append([(form, {*others} - {*each}) for each in combinations(others, free)])
            if len(choices[-1]) > _MOST_CHOICES:
                self.unsure = True
                return
        for count, choice in enumerate(product(*choices)):
            if count > _MOST_CHOICES:
                self.unsure = True
                return
            barred: dict[int, _Goal] = {}
            for form, positions in choice:
                for position in positions:
                    refused = {self.forms.negate(form)}
                    barred[position] = barred.get(position, frozenset()) | refused
            yield barred

    def _within_limits(self, items: list[Any]) -> bool:
        """Whether no more items are of a limited kind than may be."""
        for form, most in self.most.items():
            truths = [self.solver.evaluator.holds(form, item) for item in items]
            if truths.count(True) > most:
                return False
            if len(items) - truths.count(False) > most:
                self.unsure = True
                return False
        return True

    def _apart(self, goals: list[_Goal], twins: tuple[int, int] | None) -> list[Any] | None:
        """Items for all goals that make none of the excluded arrays."""
        items = self._fill(goals, twins)
        if items is None or not self.excluded or canonical(items) not in self.excluded:
            return items
        # It must differ from that array somewhere.
        for position, item in enumerate(items):
            other = list(goals)
            for at in twins if twins is not None and position in twins else (position,):
                other[at] = goals[at] | {self.forms.negate(self.forms.enum([item]))}
            key = (twins, *other)
            if key in self.away:
                continue
            self.away.add(key)
            if len(self.away) > _MOST_STEPS_AWAY:
                self.unsure = True
                return None
            found = self._apart(other, twins)
            if found is not None:
                return found
        return None

    def _fill(self, goals: list[_Goal], twins: tuple[int, int] | None) -> list[Any] | None:
        items: list[Any] = []
        for position, goal in enumerate(goals):
            if twins is not None and position == twins[1]:
                items.append(items[twins[0]])
                continue
            if not self.unique and items and goal is goals[position - 1]:
                items.append(items[-1])
                continue
            others = {self.forms.negate(self.forms.enum(items))} if self.unique and items else set()
            outcome = self.solver.sat(goal | others)
            if outcome is NONE and others:
                # Those before it were chosen without regard to it.
                return self._matched(goals)
            if not isinstance(outcome, Found):
                self.unsure = self.unsure or outcome is UNKNOWN
                return None
            items.append(outcome.value)
        return items

    def _matched(self, goals: list[_Goal]) -> list[Any] | None:
        """Different items for all goals: a matching of goals and the values that they allow.

        As many values as there are goals are enough of each: the others cannot take them all.
        """
        allowed: dict[_Goal, dict[str, Any]] = {}
        for goal, asked in Counter(goals).items():
            allowed[goal] = self._values(goal, min(len(goals), _LONGEST_MATCHED))
            if len(allowed[goal]) < min(asked, _LONGEST_MATCHED):
                return None
        if len(goals) > _LONGEST_MATCHED:
            self.unsure = True
            return None
        taken: dict[str, int] = {}

        def assign(position: int, tried: set[str]) -> bool:
            for text in allowed[goals[position]]:
                if text in tried:
                    continue
                tried.add(text)
                if text not in taken or assign(taken[text], tried):
                    taken[text] = position
                    return True
            return False

        if not all(assign(position, set()) for position in range(len(goals))):
            return None
        found = {position: text for text, position in taken.items()}
        return [allowed[goal][found[position]] for position, goal in enumerate(goals)]

    def _values(self, goal: Iterable[Form], most: int) -> dict[str, Any]:
        """Up to ``most`` different values that satisfy a goal, by their canonical texts."""
        values: dict[str, Any] = {}
        while len(values) < most:
            others = {self.forms.negate(self.forms.enum_of_texts(values))} if values else set()
            outcome = self.solver.sat({*goal, *others})
            if not isinstance(outcome, Found):
                self.unsure = self.unsure or outcome is UNKNOWN
                break
            values[canonical(outcome.value)] = outcome.value
        return values
