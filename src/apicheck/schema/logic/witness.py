"""Making a witness small, and saying which part of a formula it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.schema.logic.evaluate import applied
from apicheck.schema.values import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apicheck.schema.logic.evaluate import Evaluator
    from apicheck.schema.logic.form import Form, Node

__all__ = ["Blame", "blame", "smaller"]

#: Smaller values that are tried, and how many parts all of them may have together.
_MOST_TRIALS = 80
_MOST_PARTS = 20_000
#: Longer arrays are halved before items are taken out one by one.
_LONG = 8
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Blame:
    """What refuses a value: the place in the value, the keyword, and what it asks for."""

    path: tuple[str | int, ...]
    keyword: str
    wanted: Any = None

    def __str__(self) -> str:
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        said = self.keyword if self.wanted is None else f"{self.keyword} {self.wanted}"
        return f"{where.removeprefix('.') or 'the value'}: {said}"


def smaller(value: Any, good: Callable[[Any], bool]) -> Any:
    """The value with every member and item left out that can be, as long as it stays good."""
    trials, parts = _MOST_TRIALS, _MOST_PARTS
    progress = True
    while progress:
        progress = False
        size = _size(value)
        for candidate in _with_less(value):
            trials -= 1
            parts -= size
            if trials < 0 or parts < 0:
                return value
            if good(candidate):
                value = candidate
                progress = True
                break
    return value


def _size(value: Any) -> int:
    """How many values it consists of, or more than ``_MOST_PARTS``."""
    pending, count = [value], 0
    while pending and count <= _MOST_PARTS:
        each = pending.pop()
        count += 1
        if isinstance(each, dict):
            pending += each.values()
        elif isinstance(each, list):
            pending += each
    return count


def _with_less(value: Any) -> Iterator[Any]:
    """The value with something taken out, anywhere in it; outer parts first."""
    if isinstance(value, dict):
        for name in value:
            yield {each: inner for each, inner in value.items() if each != name}
        for name, member in value.items():
            for less in _with_less(member):
                yield {**value, name: less}
    elif isinstance(value, list):
        if len(value) > _LONG:
            yield value[: len(value) // 2]
            yield value[len(value) // 2 :]
        # Of equal neighbours one stands for all.
        firsts = [i for i, item in enumerate(value) if not i or item != value[i - 1]]
        for index in reversed(firsts):
            yield value[:index] + value[index + 1 :]
        for index in firsts:
            for less in _with_less(value[index]):
                yield [*value[:index], less, *value[index + 1 :]]


#: Kind of atom -> keyword.
_KEYWORDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "multiple": "multipleOf",
    "min-length": "minLength",
    "max-length": "maxLength",
    "pattern": "pattern",
    "min-items": "minItems",
    "max-items": "maxItems",
    "unique": "uniqueItems",
    "contains": "contains",
    "contains-at-most": "maxContains",
    "min-members": "minProperties",
    "max-members": "maxProperties",
    "required": "required",
    "names": "propertyNames",
    "enum": "enum",
    "type": "type",
    "one": "oneOf",
    "not": "not",
    "not-one": "not",
    "not-ref": "not",
    "opaque": "",
}


def blame(evaluator: Evaluator, form: Form, value: Any) -> Blame | None:
    """The deepest thing in ``form`` that ``value`` fails; None where that cannot be told."""
    return _blame(evaluator, form, value, (), 0)


def _blame(
    evaluator: Evaluator, form: Form, value: Any, path: tuple[str | int, ...], depth: int
) -> Blame | None:
    # Below the first step, what was found on the way is still known.
    if depth > _DEEPEST or evaluator.holds(form, value, min(depth, 1)) is not False:
        return None
    node = evaluator.forms.node(form)
    match node[0]:
        case "and":
            found = [_blame(evaluator, part, value, path, depth + 1) for part in node[1]]
            return next((each for each in found if each is not None), None)
        case "ref":
            return _blame(evaluator, evaluator.library.meaning(form), value, path, depth + 1)
        case "or":
            found = [_blame(evaluator, part, value, path, depth + 1) for part in node[1]]
            told = [each for each in found if each is not None]
            return max(told, key=lambda each: len(each.path), default=None)
        case "items":
            return _blame_items(evaluator, node, value, path, depth)
        case "members":
            return _blame_members(evaluator, node, value, path, depth)
        case "false":
            return Blame(path, "false")
    return Blame(path, str(_KEYWORDS.get(node[0], node[0])), _asked(node))


def _asked(node: Node) -> Any:
    match node:
        case ("minimum" | "maximum", limit, exclusive):
            return (
                f"{'above ' if node[0] == 'minimum' else 'below '}{limit}"
                if exclusive
                else (str(limit))
            )
        case ("enum", texts):
            return ", ".join(texts[:5]) + (", …" if len(texts) > 5 else "")
        case ("type", kinds):
            return " or ".join(kinds)
        case ("contains" | "contains-at-most", _, number):
            return number
        case (_, plain) if isinstance(plain, (str, int)) and node[0] not in {"not", "names"}:
            return plain
        case ("multiple", step):
            return str(step)
    return None


def _blame_items(
    evaluator: Evaluator, node: Node, value: Any, path: tuple[str | int, ...], depth: int
) -> Blame | None:
    _, first, rest = node
    for index, item in enumerate(value):
        form = first[index] if index < len(first) else rest
        found = _blame(evaluator, form, item, (*path, index), depth + 1)
        if found is not None:
            return found
    return None


def _blame_members(
    evaluator: Evaluator, node: Node, value: Any, path: tuple[str | int, ...], depth: int
) -> Blame | None:
    for name, member in sorted(value.items(), key=lambda item: canonical(item[0])):
        for form in applied(node, name)[0]:
            found = _blame(evaluator, form, member, (*path, name), depth + 1)
            if found is not None:
                if found.keyword == "false" and found.path == (*path, name):
                    return Blame(found.path, "additionalProperties", "false")
                return found
    return None
