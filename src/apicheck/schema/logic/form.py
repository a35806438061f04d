"""Formulas over JSON values, in a table where equal formulas have equal numbers.

A formula is an ``int``; ``Forms.node(i)`` is its tuple, whose first member is the kind:

==================  ===========================================================
``true`` ``false``  every value, no value
``and`` ``or``      (kind, numbers)
``one`` ``not-one`` exactly one of the numbers holds; not exactly one
``ref`` ``not-ref`` (kind, key): the schema behind a reference, read when needed
``type``            (kind, types); ``integer`` is number and multiple of 1
``enum``            (kind, canonical texts of the values)
``not``             (kind, number of an atom)
``opaque``          (kind, reason, key): something that is not modelled
==================  ===========================================================

The other kinds are atoms (``ATOMS``): each speaks of one type of value and lets every
other type pass. ``members`` is ``properties``, ``patternProperties`` and
``additionalProperties`` together, ``items`` all positions of an array.

``declares`` and ``unsent`` are no constraints of JSON Schema but facts about a sender:
which names it knows, which name it never sends. They stand only where a formula is
affirmed; ``negate`` drops them, ``as_strict`` and ``as_reader`` take them out.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from apicheck.schema.values import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["ATOMS", "FALSE", "TRUE", "TYPES", "Form", "Forms"]

Form = int
Node = tuple[Any, ...]

#: ``number`` includes integers; the order is that in which a witness is looked for.
TYPES = ("null", "boolean", "number", "string", "array", "object")
#: Kind of atom -> the type of value that it speaks of.
ATOMS = {
    "minimum": "number",  # (kind, Fraction, exclusive)
    "maximum": "number",  # (kind, Fraction, exclusive)
    "multiple": "number",  # (kind, Fraction)
    "min-length": "string",
    "max-length": "string",
    "pattern": "string",  # (kind, text)
    "min-items": "array",
    "max-items": "array",
    "unique": "array",
    "items": "array",  # (kind, forms of the first items, form of the rest)
    "contains": "array",  # (kind, form, least number of them)
    "contains-at-most": "array",  # (kind, form, greatest number of them)
    "min-members": "object",
    "max-members": "object",
    "required": "object",  # (kind, name)
    "members": "object",  # (kind, (name, form)…, (pattern, form)…, form of the rest)
    "names": "object",  # (kind, form of every name)
    "declares": "object",  # (kind, names, patterns, whether any other name may be sent)
    "mentions": "object",  # (kind, names): declares them where others declare some too
    "unsent": "object",  # (kind, name)
}
#: Facts about a sender: true of every value as far as JSON Schema goes.
_DECLARING = frozenset({"declares", "mentions"})
_SENDER = _DECLARING | {"unsent"}
TRUE: Form = 0
FALSE: Form = 1


class Forms:
    """The table of formulas; one serves a whole comparison."""

    __slots__ = ("_index", "_negations", "_nodes", "_readers", "_stricts")

    def __init__(self) -> None:
        self._nodes: list[Node] = [("true",), ("false",)]
        self._index: dict[Node, Form] = {("true",): TRUE, ("false",): FALSE}
        self._negations: dict[Form, Form] = {TRUE: FALSE, FALSE: TRUE}
        self._stricts: dict[Form, Form] = {}
        self._readers: dict[Form, Form] = {}

    def node(self, form: Form) -> Node:
        """The tuple of a formula."""
        return self._nodes[form]

    def make(self, *node: Any) -> Form:
        """The formula of a tuple, as it stands."""
        form = self._index.get(node)
        if form is None:
            form = self._index[node] = len(self._nodes)
            self._nodes.append(node)
        return form

    def contradicts(self, form: Form, known: set[Form] | frozenset[Form]) -> bool:
        """Whether the negation of ``form``, as far as one was ever made, is in ``known``."""
        return self._negations.get(form) in known

    def all_of(self, forms: Iterable[Form]) -> Form:
        """The conjunction."""
        return self._join(forms, "and", TRUE, FALSE)

    def any_of(self, forms: Iterable[Form]) -> Form:
        """The disjunction."""
        return self._join(forms, "or", FALSE, TRUE)

    def _join(self, forms: Iterable[Form], kind: str, neutral: Form, final: Form) -> Form:
        parts: set[Form] = set()
        for form in forms:
            if form == final:
                return final
            node = self._nodes[form]
            if node[0] == kind:
                parts.update(node[1])
            elif form != neutral:
                parts.add(form)
        if any(self._negations.get(part) in parts for part in parts):
            return final
        if not parts:
            return neutral
        return next(iter(parts)) if len(parts) == 1 else self.make(kind, tuple(sorted(parts)))

    def one_of(self, forms: Iterable[Form]) -> Form:
        """Exactly one of them holds; a formula given twice counts twice."""
        parts = sorted(form for form in forms if form != FALSE)
        twice = {each for each, next_ in pairwise(parts) if each == next_}
        if twice:
            once = [each for each in parts if each not in twice]
            return self.all_of([*(self.negate(each) for each in twice), self.one_of(once)])
        always = parts.count(TRUE)
        if not parts:
            return FALSE
        if always:
            return self.all_of(self.negate(part) for part in parts if part != TRUE)
        return parts[0] if len(parts) == 1 else self.make("one", tuple(parts))

    def negate(self, form: Form) -> Form:
        """The negation, pushed inwards as far as it goes without touching an atom."""
        known = self._negations.get(form)
        if known is not None:
            return known
        node = self._nodes[form]
        match node[0]:
            case "and":
                negation = self.any_of([self.negate(part) for part in node[1]])
            case "or":
                negation = self.all_of([self.negate(part) for part in node[1]])
            case "one":
                negation = self.make("not-one", node[1])
            case "not-one":
                negation = self.make("one", node[1])
            case "ref":
                negation = self.make("not-ref", node[1])
            case "not-ref":
                negation = self.make("ref", node[1])
            case "type":
                negation = self.types(set(TYPES) - set(node[1]))
            case "not":
                negation = node[1]
            case "declares" | "mentions" | "unsent":
                negation = FALSE
            case _:
                negation = self.make("not", form)
        self._negations[form] = negation
        # The opposite leaves out what a sender says of itself: only without that is it mutual.
        if negation not in {TRUE, FALSE} and self.as_reader(form) == form:
            self._negations.setdefault(negation, form)
        return negation

    def types(self, names: Iterable[str]) -> Form:
        """The value is of one of the types, as the keyword ``type`` names them."""
        named = set(names)
        kept = tuple(each for each in TYPES if each in named)
        if len(kept) == len(TYPES):
            return TRUE
        plain = self.make("type", kept) if kept else FALSE
        if "integer" in named and "number" not in named:
            return self.any_of([plain, self.whole()])
        return plain

    def whole(self) -> Form:
        """The value is an integer."""
        return self.all_of([self.types(["number"]), self.make("multiple", Fraction(1))])

    def enum(self, values: Iterable[Any]) -> Form:
        """The value is one of ``values``."""
        return self.enum_of_texts(map(canonical, values))

    def enum_of_texts(self, texts: Iterable[str]) -> Form:
        """The same, of canonical texts."""
        kept = tuple(sorted(set(texts)))
        return self.make("enum", kept) if kept else FALSE

    def bound(self, kind: str, value: Fraction, *, exclusive: bool) -> Form:
        """``minimum`` or ``maximum``."""
        return self.make(kind, value, exclusive)

    def members(
        self,
        names: Iterable[tuple[str, Form]],
        patterns: Iterable[tuple[str, Form]] = (),
        rest: Form = TRUE,
    ) -> Form:
        """What the members of an object must satisfy, without those that say nothing."""
        named, matched = sorted(names), sorted(patterns)
        if rest == TRUE:
            named = [each for each in named if each[1] != TRUE]
            matched = [each for each in matched if each[1] != TRUE]
        if not named and not matched and rest == TRUE:
            return TRUE
        return self.make("members", tuple(named), tuple(matched), rest)

    def items(self, first: Iterable[Form], rest: Form) -> Form:
        """What the items of an array must satisfy."""
        prefix = list(first)
        while prefix and prefix[-1] == rest:
            prefix.pop()
        return self.make("items", tuple(prefix), rest) if prefix or rest != TRUE else TRUE

    def contains(self, form: Form, *, least: int = 0, most: int | None = None) -> Form:
        """How many items of an array satisfy ``form``."""
        kinds = [("contains", "min-items", least)] if least else []
        if most is not None:
            kinds.append(("contains-at-most", "max-items", most))
        parts = []
        for kind, of_all, number in kinds:
            if form == TRUE:
                parts.append(self.make(of_all, number))
            elif form != FALSE:
                parts.append(self.make(kind, form, number))
            elif kind == "contains":
                parts.append(self.types(set(TYPES) - {"array"}))
        return self.all_of(parts)

    def lacks(self, name: str) -> Form:
        """An object does not have the member ``name``."""
        no_object = self.types(set(TYPES) - {"object"})
        return self.any_of([no_object, self.negate(self.make("required", name))])

    def as_strict(self, form: Form) -> Form:
        """The formula without what a sender declares: any name may be sent."""
        return self._without(form, _DECLARING, self._stricts)

    def as_reader(self, form: Form) -> Form:
        """The formula as a reader judges values: without every fact about senders."""
        return self._without(form, _SENDER, self._readers)

    def _without(self, form: Form, kinds: frozenset[str], memo: dict[Form, Form]) -> Form:
        known = memo.get(form)
        if known is not None:
            return known

        def into(part: Form) -> Form:
            return self._without(part, kinds, memo)

        node = self._nodes[form]
        kind = node[0]
        if kind in kinds:
            result = TRUE
        elif kind in {"ref", "not-ref"}:
            result = self.make(kind, (node[1][0], node[1][1] | kinds))
        else:
            result = self._rebuilt(node, into, form)
        memo[form] = memo[result] = result
        return result

    def _rebuilt(self, node: Node, into: Callable[[Form], Form], form: Form) -> Form:
        """The same formula over other parts; itself where nothing has parts."""
        match node:
            case ("and", parts):
                return self.all_of([into(each) for each in parts])
            case ("or", parts):
                return self.any_of([into(each) for each in parts])
            case ("one", parts):
                return self.one_of([into(each) for each in parts])
            case ("not-one", parts):
                return self.negate(self.one_of([into(each) for each in parts]))
            case ("not", part):
                return self.negate(into(part))
            case ("items", first, rest):
                return self.items([into(each) for each in first], into(rest))
            case ("contains", part, least):
                return self.contains(into(part), least=least)
            case ("contains-at-most", part, most):
                return self.contains(into(part), most=most)
            case ("members", names, patterns, rest):
                return self.members(
                    [(name, into(each)) for name, each in names],
                    [(pattern, into(each)) for pattern, each in patterns],
                    into(rest),
                )
            case ("names", part):
                return self.make("names", into(part))
            case _:
                return form
