"""Arrays: one built by giving each demanded item a position.

A *demand* is something that must be somewhere: an item that ``contains`` asks for, or one
that breaks a denied ``items``. Demands are placed one by one on positions, alone or
together; what every position must satisfy anyway is known from the affirmed atoms. All
positions behind the longest prefix are alike, so only as many are told apart as are needed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from apicheck.schema.logic.form import FALSE, TRUE, Form
from apicheck.schema.logic.outcome import NONE, UNKNOWN, Found, Outcome
from apicheck.schema.values import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from apicheck.schema.logic.form import Node
    from apicheck.schema.logic.solve import Solver

__all__ = ["find"]

_MOST_DEMANDS = 14
_LONGEST_PREFIX = 60
_LONGEST = 3000
#: Ways to place demands, and pairs of equal items, that are tried.
_MOST_PLACINGS = 250
_MOST_PAIRS = 60
_Placing = dict[int, frozenset[Form]]


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
        self.prefix = max((len(atom[1]) for atom in [*self.shapes, *self.broken]), default=0)
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
        if self.low > self.high or self._clash():
            return NONE
        demanded = sum(self.least.values()) + len(self.broken)
        if demanded > _MOST_DEMANDS or self.prefix > _LONGEST_PREFIX or self.low > _LONGEST:
            return UNKNOWN
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

    def base(self, position: int) -> frozenset[Form]:
        """What the item at a position must satisfy in any case."""
        asked = {atom[1][position] if position < len(atom[1]) else atom[2] for atom in self.shapes}
        return frozenset(asked | set(self.never)) - {TRUE}

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
            for spare in (False, True) if self.most else (False,):
                built = self._fill(placing, length, twins, spare=spare)
                if built is not None:
                    return built
        return None

    def _twins(self, size: int) -> list[tuple[int, int] | None]:
        """The pairs of positions that may hold equal items, where some must."""
        if not self.repeating:
            return [None]
        # One position more than is in use behind the prefix stands for all further ones.
        reach = min(max(size, self.prefix + 1) + 1, self.high)
        pairs: list[tuple[int, int] | None] = [
            (one, other) for other in range(reach) for one in range(other)
        ]
        if len(pairs) > _MOST_PAIRS:
            self.unsure = True
        return pairs[:_MOST_PAIRS]

    def _fill(
        self, placing: _Placing, length: int, twins: tuple[int, int] | None, *, spare: bool
    ) -> list[Any] | None:
        """Items for all positions; with ``spare``, none of a limited kind beyond the demands."""
        items: list[Any] = []
        for position in range(length):
            if twins is not None and position == twins[1]:
                items.append(items[twins[0]])
                continue
            wanted = self._goal(position, placing, twins, spare=spare)
            if self._same_again(position, placing, items, twins, spare=spare):
                items.append(items[-1])
                continue
            goal = wanted
            if self.unique and items:
                goal = wanted | {self.forms.negate(self.forms.enum(items))}
            outcome = self.solver.sat(goal)
            if not isinstance(outcome, Found):
                self._doubt(outcome, position, placing, wanted, spare=spare)
                return None
            items.append(outcome.value)
        return self._checked(items, placing)

    def _goal(
        self, position: int, placing: _Placing, twins: tuple[int, int] | None, *, spare: bool
    ) -> frozenset[Form]:
        placed = placing.get(position, frozenset())
        wanted = self.base(position) | placed
        if twins is not None and position == twins[0]:
            wanted |= self.base(twins[1]) | placing.get(twins[1], frozenset())
        if spare:
            wanted |= {self.forms.negate(form) for form in self.most if form not in placed}
        return wanted

    def _same_again(
        self,
        position: int,
        placing: _Placing,
        items: list[Any],  # noqa: ARG002 - what stands before, for those that look at it
        twins: tuple[int, int] | None,
        *,
        spare: bool,
    ) -> bool:
        """Whether the item before will do once more: only where nothing else is asked."""
        return (
            not self.unique
            and not spare
            and twins is None
            and position > self.prefix
            and position not in placing
            and position - 1 not in placing
        )

    def _doubt(
        self,
        outcome: Outcome,
        position: int,
        placing: _Placing,
        wanted: frozenset[Form],
        *,
        spare: bool,
    ) -> None:
        """Whether a failure to fill a position may be our own fault."""
        if outcome is UNKNOWN or spare:
            self.unsure = True
        elif self.unique and position and self.solver.sat(wanted) is not NONE:
            # Earlier items were chosen greedily; that is no fault if all were chosen alike.
            before = {self.base(i) | placing.get(i, frozenset()) for i in range(position)}
            if before != {wanted}:
                self.unsure = True

    def _checked(self, items: list[Any], placing: _Placing) -> list[Any] | None:
        holds = self.solver.evaluator.holds
        for form, most in self.most.items():
            if Counter(holds(form, item) for item in items)[False] < len(items) - most:
                self.unsure = True
                return None
        if canonical(items) in self.excluded:
            other = self._another(items, placing)
            if other is None:
                self.unsure = True
            return other
        return items

    def _another(
        self, items: list[Any], placing: Mapping[int, frozenset[Form]]
    ) -> list[Any] | None:
        """The array with one item changed, or some more at the end, that is not excluded."""
        for position, item in enumerate(items):
            taken = items if self.unique else [item]
            wanted = self.base(position) | placing.get(position, frozenset())
            outcome = self.solver.sat(wanted | {self.forms.negate(self.forms.enum(taken))})
            if isinstance(outcome, Found) and not self.most and not self.repeating:
                changed = [*items[:position], outcome.value, *items[position + 1 :]]
                if canonical(changed) not in self.excluded:
                    return changed
        longer = list(items)
        while len(longer) < min(self.high, len(items) + 4) and not self.most:
            wanted = self.base(len(longer))
            if self.unique and longer:
                wanted |= {self.forms.negate(self.forms.enum(longer))}
            outcome = self.solver.sat(wanted)
            if not isinstance(outcome, Found):
                return None
            longer.append(outcome.value)
            if canonical(longer) not in self.excluded:
                return longer
        return None
