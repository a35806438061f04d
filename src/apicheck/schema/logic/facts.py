"""Cheap facts that keep branches apart: types, and required members with few values.

Real unions are mostly told apart by a *discriminator*, a required member whose value is a
constant. Knowing that two branches cannot both hold turns ``oneOf`` into ``anyOf``, its
negation into a conjunction, and drops the branches that cannot hold. Facts say less than
the formula (never more), so that what they exclude is excluded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from apicheck.schema.logic.form import ATOMS, TYPES, Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apicheck.schema.logic.compile import Library
    from apicheck.schema.logic.form import Node

__all__ = ["Facts", "kind_of_text", "kinds_of_texts"]

_ALL = frozenset(TYPES)
_OBJECT = frozenset({"object"})
_DEEPEST = 12


_KINDS = {'"': "string", "{": "object", "[": "array", "n": "null", "t": "boolean", "f": "boolean"}


def kind_of_text(text: str) -> str:
    """The type of a value given by its canonical text: the first character tells."""
    return _KINDS.get(text[0], "number")


def kinds_of_texts(texts: tuple[str, ...]) -> frozenset[str]:
    """The types of values given by their canonical texts."""
    return frozenset(map(kind_of_text, texts))


@dataclass(frozen=True, slots=True)
class _Known:
    """Types that a value may have, and of objects: required member -> values it may have."""

    types: frozenset[str] = _ALL
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Facts:
    """Facts about the formulas of one library."""

    __slots__ = ("_apart", "_cases", "_exclusive", "_firm", "_known", "forms", "library")

    def __init__(self, library: Library, *, cases: bool = True) -> None:
        self.library = library
        #: Whether cases (``or``, ``one``) tell anything; without, only what holds in all of them.
        self._cases = cases
        self._firm = Facts(library, cases=False) if cases else self
        self.forms = library.forms
        self._known: dict[Form, _Known] = {}
        self._apart: dict[tuple[Form, Form], bool] = {}
        self._exclusive: dict[tuple[Form, ...], bool] = {}

    def disjoint(self, one: Form, other: Form) -> bool:
        """Whether no value can satisfy both, as far as facts tell."""
        pair = (one, other) if one < other else (other, one)
        known = self._apart.get(pair)
        if known is None:
            known = self._apart[pair] = self._disjoint(self._of(one), self._of(other))
        return known

    def excludes(self, known: Form, other: Form) -> bool:
        """Whether ``known`` excludes ``other`` without help from the cases that are in it.

        To drop a case because of itself would be to forget it.
        """
        return self._disjoint(self._firm._of(known), self._of(other))  # noqa: SLF001 - its like

    def exclusive(self, parts: tuple[Form, ...]) -> bool:
        """Whether the parts are disjoint, each from each."""
        known = self._exclusive.get(parts)
        if known is None:
            known = self._exclusive[parts] = all(
                self.disjoint(one, other) for one, other in combinations(parts, 2)
            )
        return known

    @staticmethod
    def _disjoint(one: _Known, other: _Known) -> bool:
        shared = one.types & other.types
        if not shared:
            return True
        return shared == _OBJECT and any(
            not values & other.values[name]
            for name, values in one.values.items()
            if name in other.values
        )

    def _of(self, form: Form) -> _Known:
        known = self._known.get(form)
        if known is None:
            known = self._known[form] = self._found(form, {}, 0)
        return known

    def _found(self, form: Form, met: dict[Form, _Known], depth: int) -> _Known:
        """Facts as far as ``_DEEPEST`` allows; ``met`` is what was found out on the way."""
        known = self._known.get(form) or met.get(form)
        if known is not None:
            return known
        if depth > _DEEPEST:
            return _Known()
        node = self.forms.node(form)
        match node[0]:
            case "ref" | "not-ref":
                known = self._found(self.library.meaning(form), met, depth + 1)
            case "type":
                known = _Known(frozenset(node[1]))
            case "enum":
                known = _Known(kinds_of_texts(node[1]))
            case "not" if (kind := self.forms.node(node[1])[0]) in ATOMS:
                known = _Known(frozenset({ATOMS[kind]}))
            case "and":
                known = self._all(node, met, depth)
            case "or" | "one" if self._cases:
                known = self._any(node, met, depth)
            case _:
                known = _Known()
        met[form] = known
        return known

    def _all(self, node: Node, met: dict[Form, _Known], depth: int) -> _Known:
        types = _ALL
        values: dict[str, frozenset[str]] = {}
        required: set[str] = set()
        named: dict[str, list[Form]] = {}
        for part in node[1]:
            inner = self.forms.node(part)
            if inner[0] == "required":
                required.add(inner[1])
            elif inner[0] == "members":
                for name, form in inner[1]:
                    named.setdefault(name, []).append(form)
            else:
                known = self._found(part, met, depth + 1)
                types &= known.types
                for name, texts in known.values.items():
                    values[name] = values.get(name, texts) & texts
        if types <= _OBJECT:
            for name in required & named.keys():
                for form in named[name]:
                    texts_of = self._values(form)
                    if texts_of is not None:
                        values[name] = values.get(name, texts_of) & texts_of
        return _Known(types, values)

    def _any(self, node: Node, met: dict[Form, _Known], depth: int) -> _Known:
        branches = [self._found(part, met, depth + 1) for part in node[1]]
        types = frozenset().union(*(each.types for each in branches))
        if not types <= _OBJECT:
            return _Known(types)
        names = frozenset.intersection(*(frozenset(each.values) for each in branches))
        return _Known(
            types,
            {name: frozenset().union(*(each.values[name] for each in branches)) for name in names},
        )

    def _values(self, form: Form, depth: int = 0) -> frozenset[str] | None:
        """The values that a formula allows, if it lists them."""
        node = self.forms.node(form)
        if node[0] == "enum":
            return frozenset(node[1])
        if depth > _DEEPEST:
            return None
        if node[0] == "ref":
            return self._values(self.library.meaning(form), depth + 1)
        if node[0] == "and":
            inner = (self._values(part, depth + 1) for part in node[1])
            return next((values for values in inner if values is not None), None)
        return None
