"""Objects: one built by giving each demanded member a name.

A *demand* is a member that breaks a denied ``members`` or a name that breaks a denied
``names``. It is met by a name that some formula mentions, or by a *fresh* one. Fresh names
matter only by which patterns they match: each way to match is a *cell*, and a name for it
is found as a text. Two demands in one cell may share a fresh name or have one each.
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

from apicheck.schema.logic.evaluate import applied, matches
from apicheck.schema.logic.form import FALSE, TRUE, Form
from apicheck.schema.logic.outcome import NONE, UNKNOWN, Found, Outcome
from apicheck.schema.values import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from apicheck.schema.logic.form import Node
    from apicheck.schema.logic.solve import Solver

__all__ = ["find"]

_MOST_PATTERNS = 5
_MOST_PLACINGS = 400
_MOST_MEMBERS = 2000
#: Steps away from excluded objects that are tried.
_MOST_STEPS_AWAY = 300
#: Name -> what its value must satisfy beyond what every value of that name must.
_Placing = dict[str, frozenset[Form]]
#: For each pattern, whether the name matches it.
_Cell = tuple[bool, ...]


def find(
    solver: Solver, affirmed: Sequence[Node], denied: Sequence[Node], excluded: set[str]
) -> Outcome:
    """An object that satisfies the atoms and is none of ``excluded``."""
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
        #: Placings that were tried in order to get away from excluded objects.
        self.away: set[frozenset[tuple[str, frozenset[Form]]]] = set()
        self._ways_of: dict[int, list[tuple[str, Form]]] = {}
        self._limits(affirmed, denied)
        self.required = {atom[1] for atom in affirmed if atom[0] == "required"}
        self.absent = {atom[1] for atom in denied if atom[0] == "required"}
        self.absent |= {atom[1] for atom in affirmed if atom[0] == "unsent"}
        self.shapes = [atom for atom in affirmed if atom[0] == "members"]
        self.naming = [atom[1] for atom in affirmed if atom[0] == "names"]
        self.broken = [atom for atom in denied if atom[0] == "members"]
        self.misnamed = [atom[1] for atom in denied if atom[0] == "names"]
        self._senders(affirmed)
        mentioned = [*self.shapes, *self.broken]
        self.names = self.required | self.absent
        self.names |= {name for atom in mentioned for name, _ in atom[1]} | (self.declared or set())
        # No fresh name makes an excluded object by chance.
        self.names |= {name for text in excluded for name in json.loads(text)}
        patterns = {pattern for atom in mentioned for pattern, _ in atom[2]}
        self.patterns = sorted(patterns | self.declared_patterns)
        if len(self.patterns) > _MOST_PATTERNS:
            self.unsure = True
        self._values: dict[str, frozenset[Form]] = {}
        #: Fresh name -> its cell, and what else the name must satisfy.
        self._fresh: dict[str, tuple[_Cell, tuple[Form, ...]]] = {}

    def _limits(self, affirmed: Sequence[Node], denied: Sequence[Node]) -> None:
        self.low = max(
            [0]
            + [atom[1] for atom in affirmed if atom[0] == "min-members"]
            + [atom[1] + 1 for atom in denied if atom[0] == "max-members"]
        )
        highs = [atom[1] for atom in affirmed if atom[0] == "max-members"]
        highs += [atom[1] - 1 for atom in denied if atom[0] == "min-members"]
        self.high = min(highs, default=1 << 30)

    def _senders(self, affirmed: Sequence[Node]) -> None:
        """The names that the sender declares; None if it may send any."""
        declarations = [atom for atom in affirmed if atom[0] == "declares"]
        self.declared: set[str] | None = None
        self.declared_patterns: set[str] = set()
        if declarations and not any(opened for _, _, _, opened in declarations):
            self.declared = set().union(*(names for _, names, _, _ in declarations))
            self.declared |= {n for atom in affirmed if atom[0] == "mentions" for n in atom[1]}
            self.declared_patterns = set().union(*(each for _, _, each, _ in declarations))

    def run(self) -> Outcome:
        if self.low > self.high or len(self.required) > self.high or self.required & self.absent:
            return NONE
        for name in sorted(self.required):
            outcome = self.value(name)
            if outcome is NONE:
                return NONE
            if outcome is UNKNOWN:
                self.unsure = True
        demands: list[Node | Form] = [*self.broken, *self.misnamed]
        self.several = len(demands) > 1
        if self.several:
            # That with the fewest ways first: it fails soonest, and others may share its name.
            demands.sort(key=lambda each: len(self._mentioned(each)))
        found = self._place(demands, {})
        if found is not None:
            return Found(found)
        return UNKNOWN if self.unsure else NONE

    def base(self, name: str) -> frozenset[Form]:
        """What the value of a member must satisfy in any case; with FALSE, it cannot be there."""
        known = self._values.get(name)
        if known is None:
            known = self._values[name] = self._base(name)
        return known

    def _base(self, name: str) -> frozenset[Form]:
        if name in self.absent or not self._may_send(name):
            return frozenset({FALSE})
        for form in self.naming:
            truth = self.solver.evaluator.holds(form, name)
            if truth is False:
                return frozenset({FALSE})
            if truth is None:
                self.unsure = True
        wanted: set[Form] = set()
        for atom in self.shapes:
            forms, sure = applied(atom, name)
            wanted.update(forms)
            if not sure:
                self.unsure = True
        return frozenset(wanted) - {TRUE}

    def _may_send(self, name: str) -> bool:
        if self.declared is None or name in self.declared:
            return True
        # A pattern that is not read may match: then the name is let pass.
        return any(matches(pattern, name) is not False for pattern in self.declared_patterns)

    def value(self, name: str, more: Iterable[Form] = ()) -> Outcome:
        """A value for a member."""
        return self.solver.sat(self.base(name) | set(more))

    def _cells(self) -> Iterator[_Cell]:
        patterns = self.patterns if len(self.patterns) <= _MOST_PATTERNS else []
        for cell in product((False, True), repeat=len(patterns)):
            if self.declared is None or any(
                matched and pattern in self.declared_patterns
                for pattern, matched in zip(patterns, cell, strict=True)
            ):
                yield cell

    def _fresh_name(
        self, cell: _Cell, taken: Iterable[str], more: Iterable[Form] = ()
    ) -> str | None:
        """A name of a cell that nobody mentions and that is not taken."""
        forms = self.forms
        wanted = {forms.types(["string"]), *self.naming, *more}
        for pattern, matched in zip(self.patterns, cell, strict=False):
            form = forms.make("pattern", pattern)
            wanted.add(form if matched else forms.negate(form))
        known = self.names | set(taken)
        if known:
            wanted.add(forms.negate(forms.enum(known)))
        outcome = self.solver.sat(wanted)
        if outcome is UNKNOWN:
            self.unsure = True
        return outcome.value if isinstance(outcome, Found) else None

    def _place(self, demands: Sequence[Node | Form], placing: _Placing) -> dict[str, Any] | None:
        """Meet the first demand in every way there is, and go on with the others."""
        self.placings += 1
        self.solver.spend()
        if self.placings > _MOST_PLACINGS:
            self.unsure = True
            return None
        if not demands:
            return self._build(placing)
        for name, placed in self._ways(demands[0], placing):
            if len(self.required | placed.keys()) > self.high:
                continue
            outcome = self.value(name, placed[name])
            if outcome is UNKNOWN:
                self.unsure = True
            if not isinstance(outcome, Found):
                continue
            found = self._place(demands[1:], placed)
            if found is not None:
                return found
        return None

    def _ways(self, demand: Node | Form, placing: _Placing) -> Iterator[tuple[str, _Placing]]:
        """The ways to meet a demand: a mentioned name, a fresh one in use, a new fresh one."""
        ways = self._mentioned(demand) if self.several else self._by_mentioned(demand)
        # A name that is used already may do for this demand as well.
        for name, form in sorted(ways, key=lambda way: way[0] not in placing) if placing else ways:
            yield name, _with(placing, name, form)
        for name in [each for each in placing if each not in self.names]:
            yield from self._by_fresh_in_use(demand, placing, name)
        for cell in self._cells():
            forms, more = self._by_cell(demand, cell)
            name_of_cell = self._fresh_name(cell, placing, more) if forms else None
            if name_of_cell is not None:
                self._fresh[name_of_cell] = (cell, more)
                for form in forms:
                    yield name_of_cell, _with(placing, name_of_cell, form)

    def _mentioned(self, demand: Node | Form) -> list[tuple[str, Form]]:
        """The mentioned names by which a demand may be met, if there is nothing else to meet."""
        key = id(demand) if isinstance(demand, tuple) else demand
        known = self._ways_of.get(key)
        if known is None:
            known = self._ways_of[key] = [
                (name, form)
                for name, form in self._by_mentioned(demand)
                if self.value(name, (form,)) is not NONE
            ]
        return known

    def _by_mentioned(self, demand: Node | Form) -> Iterator[tuple[str, Form]]:
        """Names by which a demand may be met, with what their value must satisfy for it."""
        if isinstance(demand, int):
            for name in sorted(self.names):
                truth = self.solver.evaluator.holds(demand, name)
                if truth is None:
                    self.unsure = True
                elif not truth and name not in self.absent:
                    yield name, TRUE
            return
        # What the demand names itself comes first: it makes the better example.
        own = [name for name, _ in demand[1]]
        for name in dict.fromkeys([*own, *sorted(self.names)]):
            forms, sure = applied(demand, name)
            if not sure:
                self.unsure = True
            for form in forms:
                if form != TRUE and name not in self.absent:
                    yield name, self.forms.negate(form)

    def _by_fresh_in_use(
        self, demand: Node | Form, placing: _Placing, name: str
    ) -> Iterator[tuple[str, _Placing]]:
        cell, asked = self._fresh[name]
        forms, more = self._by_cell(demand, cell)
        shared = name
        if forms and more and any(self.solver.evaluator.holds(m, name) is not True for m in more):
            others = [each for each in placing if each != name]
            found = self._fresh_name(cell, others, (*asked, *more))
            if found is None:
                return
            shared = found
        self._fresh[shared] = (cell, (*asked, *more))
        for form in forms:
            if form != FALSE:
                moved = {each: wanted for each, wanted in placing.items() if each != name}
                moved[shared] = placing[name]
                yield shared, _with(moved, shared, form)

    def _by_cell(self, demand: Node | Form, cell: _Cell) -> tuple[list[Form], tuple[Form, ...]]:
        """What a value, and what a fresh name of a cell must satisfy to meet a demand."""
        negate = self.forms.negate
        if isinstance(demand, int):
            return [TRUE], (negate(demand),)
        _, _, patterns, rest = demand
        met = {p for p, matched in zip(self.patterns, cell, strict=False) if matched}
        forms = [negate(form) for pattern, form in patterns if pattern in met]
        if not any(pattern in met for pattern, _ in patterns):
            forms.append(negate(rest))
        return [form for form in forms if form != FALSE], ()

    def _build(self, placing: _Placing) -> dict[str, Any] | None:
        return self._apart({**dict.fromkeys(sorted(self.required), frozenset()), **placing})

    def _apart(self, placing: _Placing) -> dict[str, Any] | None:
        """An object with the members of ``placing`` at least, that is none of the excluded."""
        members = self._filled(placing)
        if members is None or not self.excluded or canonical(members) not in self.excluded:
            return members
        # It must differ from that object: in one of its members, or by having another one. It
        # cannot have fewer: only as many are there as must be.
        ways = [
            _with(placing, name, self.forms.negate(self.forms.enum([value])))
            for name, value in members.items()
        ]
        if len(placing) < self.high:
            fresh = [self._fresh_name(cell, members) for cell in self._cells()]
            more = [
                *sorted(self.names - members.keys()),
                *(each for each in fresh if each is not None),
            ]
            ways += [_with(placing, name, TRUE) for name in more]
        for way in ways:
            key = frozenset(way.items())
            if key in self.away:
                continue
            self.away.add(key)
            if len(self.away) > _MOST_STEPS_AWAY:
                self.unsure = True
                return None
            found = self._apart(way)
            if found is not None:
                return found
        return None

    def _filled(self, placing: _Placing) -> dict[str, Any] | None:
        if len(placing) > self.high:
            return None
        members: dict[str, Any] = {}
        for name in sorted(placing):
            outcome = self.value(name, placing[name])
            if not isinstance(outcome, Found):
                self.unsure = self.unsure or outcome is UNKNOWN
                return None
            members[name] = outcome.value
        if len(members) < self.low and not self._grow(members, self.low):
            return None
        return members

    def _grow(self, members: dict[str, Any], size: int) -> bool:
        """Add members until there are ``size``: those mentioned first."""
        if size > _MOST_MEMBERS:
            self.unsure = True
            return False
        for name in sorted(self.names - members.keys()):
            if len(members) >= size:
                return True
            self._add(members, name)
        for cell in self._cells():
            while len(members) < size:
                name_of_cell = self._fresh_name(cell, members)
                if name_of_cell is None or not self._add(members, name_of_cell):
                    break
        return len(members) >= size

    def _add(self, members: dict[str, Any], name: str) -> bool:
        outcome = self.value(name)
        if outcome is UNKNOWN:
            self.unsure = True
        if not isinstance(outcome, Found):
            return False
        members[name] = outcome.value
        return True


def _with(placing: _Placing, name: str, form: Form) -> _Placing:
    return {**placing, name: placing.get(name, frozenset()) | ({form} - {TRUE})}
