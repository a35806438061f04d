"""A conjunction taken apart for one type of value: its atoms, and its cases that remain.

Parts that say nothing of the type fall away, and every case (``or``, ``one``, ``not-one``)
is reduced by what is already known, until nothing changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.schema.logic.facts import kinds_of_texts
from apicheck.schema.logic.form import ATOMS, FALSE, TRUE, Form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from apicheck.schema.logic.compile import Library
    from apicheck.schema.logic.facts import Facts
    from apicheck.schema.logic.form import Node

__all__ = ["Expansion"]

#: References within references that are followed.
_DEEPEST = 8
#: Cases that are looked at in one step.
_CASES = 40


class Expansion:
    """What a set of formulas says of values of one type.

    ``dead`` says that no such value exists. ``opaque`` are the reasons of what is not modelled.
    ``known`` are the formulas that were taken in.
    """

    __slots__ = (
        "_glances",
        "affirmed",
        "cases",
        "dead",
        "denied",
        "facts",
        "forms",
        "kind",
        "known",
        "library",
        "opaque",
        "spend",
    )

    def __init__(
        self, library: Library, facts: Facts, kind: str, spend: Callable[[int], None]
    ) -> None:
        self.library = library
        self.forms = library.forms
        self.facts = facts
        self.kind = kind
        #: Is told of work done, and may raise.
        self.spend = spend
        self.affirmed: list[Node] = []
        self.denied: list[Node] = []
        self.cases: list[Form] = []
        self.known: set[Form] = set()
        self.opaque: set[str] = set()
        self.dead = False
        self._glances: dict[Form, Form] = {}

    def take(self, wanted: Iterable[Form]) -> None:
        """Take in all of ``wanted`` and simplify."""
        self._absorb(list(wanted))
        while not self.dead and self._reduce_cases():
            self.spend(len(self.cases) // _CASES)

    def _absorb(self, pending: list[Form]) -> None:
        while pending:
            form = pending.pop()
            if form == TRUE or form in self.known:
                continue
            if form == FALSE or self.forms.contradicts(form, self.known):
                self.dead = True
                return
            self._glances.clear()
            self.known.add(form)
            self._sort(form, pending)
            plain = self.forms.as_reader(form)
            if plain != form:
                # What a sender says implies the same without its facts about itself.
                pending.append(plain)
            if self.dead:
                return

    def _sort(self, form: Form, pending: list[Form]) -> None:
        node = self.forms.node(form)
        kind = node[0]
        if kind in ATOMS:
            if ATOMS[kind] == self.kind:
                self.affirmed.append(node)
        elif kind == "and":
            pending += node[1]
        elif kind in {"ref", "not-ref"}:
            pending.append(self.library.meaning(form))
        elif kind == "type":
            self.dead = self.kind not in node[1]
        elif kind == "enum":
            self.affirmed.append(node)
        elif kind == "opaque":
            self.opaque.add(node[1])
        elif kind == "not":
            self._deny(self.forms.node(node[1]))
        elif kind == "one" and self.facts.exclusive(node[1]):
            pending.append(self.forms.any_of(node[1]))
        elif kind == "not-one" and self.facts.exclusive(node[1]):
            pending += [self.forms.negate(part) for part in node[1]]
        else:
            self.cases.append(form)

    def _deny(self, node: Node) -> None:
        if node[0] in ATOMS:
            # Atoms hold of every value of another type.
            self.dead = ATOMS[node[0]] != self.kind
            self.denied.append(node)
        elif node[0] == "enum":
            self.denied.append(node)
        else:
            self.opaque.add(node[1])

    def _reduce_cases(self) -> bool:
        """One round; whether anything changed."""
        cases, self.cases = self.cases, []
        solid = [form for form in self.known if self.forms.node(form)[0] in {"and", "ref"}]
        changed = False
        for case in cases:
            reduced = self._reduced(case, solid)
            if reduced is None:
                self.cases.append(case)
                continue
            changed = True
            self._absorb(reduced)
            if self.dead:
                return True
        return changed

    def _reduced(self, case: Form, solid: list[Form]) -> list[Form] | None:
        """What a case comes to, given what is known; None if that is the case itself."""
        kind, parts = self.forms.node(case)[:2]
        glances = [self.glance(part) for part in parts]
        true = glances.count(TRUE)
        live = [
            part for part, glance in zip(parts, glances, strict=True) if glance not in {TRUE, FALSE}
        ]
        if kind == "or":
            if true:
                return []
            # Of branches that say what is sent, one must be chosen though any would do.
            if self.forms.as_reader(case) == case and self._holds_anyway(case, solid):
                return []
            live = [part for part in live if not self._impossible(part, solid)]
            return [self.forms.any_of(live)] if len(live) < len(parts) else None
        if true > 1:
            return [FALSE] if kind == "one" else []
        if true:
            others = [self.forms.negate(part) for part in live]
            return others if kind == "one" else [self.forms.any_of(live)]
        if len(live) == len(parts):
            return None
        rest = self.forms.one_of(live)
        return [rest if kind == "one" else self.forms.negate(rest)]

    def _holds_anyway(self, case: Form, solid: list[Form]) -> bool:
        """Whether what is known, apart from the case itself, excludes its opposite."""
        opposite = self.forms.negate(case)
        return self.forms.node(opposite)[0] == "and" and any(
            self.facts.excludes(each, opposite) for each in solid
        )

    def _impossible(self, part: Form, solid: list[Form]) -> bool:
        if self.forms.node(part)[0] not in {"and", "ref"}:
            return False
        return any(self.facts.disjoint(part, each) for each in solid)

    def glance(self, form: Form, depth: int = 0) -> Form:
        """TRUE or FALSE where what is known and the type decide at once; else the formula."""
        if form in self.known:
            return TRUE
        if self.forms.contradicts(form, self.known):
            return FALSE
        known = self._glances.get(form)
        if known is None:
            known = self._glances[form] = self._glance(form, depth)
        return known

    def _glance(self, form: Form, depth: int) -> Form:
        node = self.forms.node(form)
        kind = node[0]
        if kind in ATOMS:
            return form if ATOMS[kind] == self.kind else TRUE
        match kind:
            case "type":
                return TRUE if self.kind in node[1] else FALSE
            case "enum":
                return form if self.kind in kinds_of_texts(node[1]) else FALSE
            case "not":
                return self._glance_denied(form, self.forms.node(node[1]))
            case "and" | "or":
                neutral, final = (TRUE, FALSE) if kind == "and" else (FALSE, TRUE)
                glances = {self.glance(part, depth) for part in node[1]}
                if final in glances:
                    return final
                return neutral if glances == {neutral} else form
            case "ref" | "not-ref" if depth < _DEEPEST:
                glance = self.glance(self.library.meaning(form), depth + 1)
                return glance if glance in {TRUE, FALSE} else form
        return form

    def _glance_denied(self, form: Form, node: Node) -> Form:
        if node[0] in ATOMS:
            return form if ATOMS[node[0]] == self.kind else FALSE
        if node[0] == "enum":
            return form if self.kind in kinds_of_texts(node[1]) else TRUE
        return form
