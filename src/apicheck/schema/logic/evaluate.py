"""Whether a value satisfies a formula: yes, no, or not known."""

from __future__ import annotations

from bisect import bisect_left
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from apicheck.schema.logic.automata import language
from apicheck.schema.logic.form import ATOMS, Form
from apicheck.schema.logic.terms import exact
from apicheck.schema.values import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apicheck.schema.logic.compile import Library
    from apicheck.schema.logic.form import Node

__all__ = ["Evaluator", "kind_of", "matches"]

#: References followed without entering the value: more is a circle.
_DEEPEST = 60
#: Formulas that say something of other formulas at the same value.
_JOINING = frozenset({"and", "or", "one", "not-one", "ref", "not-ref", "not"})
#: In longer arrays, items that are one object in memory are looked at once.
_SHORT = 16
Truth = bool | None


def kind_of(value: Any) -> str:
    """The type of a value, integers being numbers."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def listed(text: str, texts: tuple[str, ...]) -> bool:
    """Whether a canonical text is one of those of an ``enum``, which are sorted."""
    at = bisect_left(texts, text)
    return at < len(texts) and texts[at] == text


def matches(pattern: str, text: str) -> Truth:
    """Whether a pattern is found in a text; None for a pattern that is not read."""
    found = language(pattern)
    return None if found is None else found.matches(text)


def _different(items: list[Any]) -> Iterable[Any]:
    """The items, those that are one object in memory once: long arrays repeat themselves."""
    return {id(each): each for each in items}.values() if len(items) > _SHORT else items


def every(truths: Iterable[Truth]) -> Truth:
    """Kleene's conjunction."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth


class Evaluator:
    """Evaluates formulas of one library."""

    __slots__ = ("_known", "forms", "library")

    def __init__(self, library: Library) -> None:
        self.library = library
        self.forms = library.forms
        #: What was found in the current evaluation, by formula and value; None while it is open,
        #: so that a formula which asks for itself of the same value is unknown.
        self._known: dict[tuple[Form, int], Truth] = {}

    def holds(self, form: Form, value: Any, depth: int = 0) -> Truth:
        """Whether ``value`` satisfies ``form``."""
        if depth > _DEEPEST:
            return None
        node = self.forms.node(form)
        if node[0] not in _JOINING:
            return self._plain(node, value, depth)
        if depth == 0:
            self._known = {}
        key = (form, id(value))
        if key in self._known:
            return self._known[key]
        self._known[key] = None
        truth = self._known[key] = self._joined(form, node, value, depth + 1)
        return truth

    def _joined(self, form: Form, node: Node, value: Any, deeper: int) -> Truth:
        match node[0]:
            case "and":
                return every(self.holds(part, value, deeper) for part in node[1])
            case "or":
                return _not(every(_not(self.holds(part, value, deeper)) for part in node[1]))
            case "one":
                return self._one(node[1], value, deeper)
            case "not-one":
                return _not(self._one(node[1], value, deeper))
            case "not":
                return _not(self.holds(node[1], value, deeper))
        return self.holds(self.library.meaning(form), value, deeper)

    def _plain(self, node: Node, value: Any, depth: int) -> Truth:
        match node[0]:
            case "true":
                return True
            case "false":
                return False
            case "type":
                return kind_of(value) in node[1]
            case "enum":
                return listed(canonical(value), node[1])
            case "opaque":
                return None
        if ATOMS[node[0]] != kind_of(value):
            return True
        return self.atom(node, value, depth + 1)

    def effort(self, form: Form, value: Any) -> int:
        """How many steps it takes to judge a value if nothing is judged only once.

        Validators remember nothing, so that schemas which refer twice to ones that refer twice
        cost them twice as much with every level.
        """
        return self._effort(form, value, {}, 0)

    def _effort(
        self, form: Form, value: Any, known: dict[tuple[Form, int], int], depth: int
    ) -> int:
        if depth > _DEEPEST * 2:
            return 1
        key = (form, id(value))
        steps = known.get(key)
        if steps is None:
            inner = self._inner(form, value)
            steps = 1 + sum(self._effort(part, each, known, depth + 1) for part, each in inner)
            known[key] = steps
        return steps

    def _inner(self, form: Form, value: Any) -> Iterable[tuple[Form, Any]]:
        """The formulas that a formula asks of a value and of its parts."""
        node = self.forms.node(form)
        match node:
            case ("and" | "or" | "one" | "not-one", parts):
                return [(part, value) for part in parts]
            case ("not", part):
                return [(part, value)]
            case ("ref" | "not-ref", _):
                return [(self.library.meaning(form), value)]
            case ("items", first, rest) if isinstance(value, list):
                forms = [*first, *[rest] * (len(value) - len(first))]
                return list(zip(forms, value, strict=False))
            case ("contains" | "contains-at-most", part, _) if isinstance(value, list):
                return [(part, each) for each in value]
            case ("members", *_) if isinstance(value, dict):
                found = [(applied(node, name)[0], each) for name, each in value.items()]
                return [(part, each) for parts, each in found for part in parts]
            case ("names", part) if isinstance(value, dict):
                return [(part, name) for name in value]
        return ()

    def _one(self, parts: tuple[Form, ...], value: Any, depth: int) -> Truth:
        truths = [self.holds(part, value, depth) for part in parts]
        yes = truths.count(True)
        if yes > 1:
            return False
        return None if None in truths else yes == 1

    def atom(self, node: Node, value: Any, depth: int = 0) -> Truth:
        """Whether a value of the right type satisfies an atom."""
        match node:
            case ("minimum" | "maximum" | "multiple", *_):
                return _number(node, value)
            case ("min-length" | "min-items" | "min-members", least):
                return bool(len(value) >= least)
            case ("max-length" | "max-items" | "max-members", most):
                return bool(len(value) <= most)
            case ("pattern", pattern):
                return matches(pattern, value)
            case ("unique",):
                return len({canonical(each) for each in value}) == len(value)
            case ("items", first, rest):
                return every(
                    [
                        *(self.holds(form, each, depth) for form, each in zip(first, value)),  # noqa: B905 - either may be longer
                        *(
                            self.holds(rest, each, depth)
                            for each in _different(value[len(first) :])
                        ),
                    ]
                )
            case ("contains" | "contains-at-most" as kind, form, limit):
                truths = [self.holds(form, each, depth) for each in value]
                sure, perhaps = truths.count(True), len(truths) - truths.count(False)
                if kind == "contains":
                    return True if sure >= limit else None if perhaps >= limit else False
                return False if sure > limit else None if perhaps > limit else True
            case ("required", name):
                return name in value
            case ("names", form):
                return every(self.holds(form, name, depth) for name in value)
            case ("members", *_):
                return every(self._member(node, name, each, depth) for name, each in value.items())
            case _:
                return True

    def _member(self, node: Node, name: str, value: Any, depth: int) -> Truth:
        forms, sure = applied(node, name)
        truth = every(self.holds(form, value, depth) for form in forms)
        return truth if sure or truth is False else None


def applied(node: Node, name: str) -> tuple[list[Form], bool]:
    """The formulas that a ``members`` atom asks of the member ``name``.

    The second member is False where that hangs on a pattern that is not read; then the
    formulas are those that apply in any case.
    """
    _, names, patterns, rest = node
    at = bisect_left(names, name, key=itemgetter(0))
    forms = [form for each, form in names[at : at + 1] if each == name]
    met = bool(forms)
    sure = True
    for pattern, form in patterns:
        truth = matches(pattern, name)
        if truth is None:
            sure = False
        elif truth:
            forms.append(form)
            met = True
    if not met and sure:
        forms.append(rest)
    return forms, sure


def _number(node: Node, value: Any) -> Truth:
    number = exact(value)
    if number is None:
        return None
    limit = node[1]
    if node[0] == "multiple":
        return bool((number / limit).denominator == 1)
    if number == limit:
        return not node[2]
    return bool((number > limit) == (node[0] == "minimum"))
