"""The comparator of schemas: two places, two views, every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.schema.arrays import arrays
from apicheck.schema.conditions import conditions
from apicheck.schema.enums import defaults, enums
from apicheck.schema.limits import limits
from apicheck.schema.match import Match
from apicheck.schema.objects import objects
from apicheck.schema.remarks import remarks
from apicheck.schema.strings import strings
from apicheck.schema.types import TYPE_CHANGED, VALUE_FORBIDDEN, VALUE_PERMITTED, disjoint, types
from apicheck.schema.unions import discriminators, entered, subtypes, unions
from apicheck.walk import Turn, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.schema.match import Outer
    from apicheck.schema.view import View
    from apicheck.walk import Fact, Pair

__all__ = ["RULES", "compare_schemas", "compare_text_schemas"]

REFERENCE_UNRESOLVED = Rule(
    id="schema.reference-unresolved",
    effect=Effect.KEEPS,
    summary="A reference inside a schema leads nowhere, so what it stands for was not compared.",
    message="$ref {ref} {problem}; what it stands for was not compared",
    why="A change behind the reference would go unseen.",
    fix="Add what the reference names, or correct it.",
    example=Example(
        old='{"type": "string"}', new='{"allOf": [{"type": "string"}, {"$ref": "#/nowhere"}]}'
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Nothing is known to break, but nothing is known to hold either.",
    unknown=True,
)
PART_IGNORED = Rule(
    id="schema.part-ignored",
    effect=Effect.KEEPS,
    summary="A part of a schema is no valid schema and was passed over.",
    message="{keyword} is not as the specification has it and was passed over",
    why="Validators may refuse the document or ignore the part; we compared without it.",
    fix="Correct the schema; apicheck contracts lint says what is wrong.",
    example=Example(old='{"type": "string"}', new='{"type": "string", "maxLength": "ten"}'),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Nothing is known to break, but nothing is known to hold either.",
    unknown=True,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def compare_schemas(pair: Pair, context: Outer) -> Iterator[Fact | Visit]:
    """Compare two schemas by every rule; see ``walk`` for what is yielded."""
    yield from _compare(pair, context, text=False)


def compare_text_schemas(pair: Pair, context: Outer) -> Iterator[Fact | Visit]:
    """The same where values travel as text (query, path, header, cookie, form)."""
    yield from _compare(pair, context, text=True)


def _compare(pair: Pair, context: Outer, *, text: bool) -> Iterator[Fact | Visit]:
    schemas = context.schemas
    comparator = compare_text_schemas if text else compare_schemas
    old, new = schemas.old.resolve(pair.old), schemas.new.resolve(pair.new)
    if old.key != pair.old.key or new.key != pair.new.key:
        if old.pointer != new.pointer:
            # Another schema is referred to: a new type is the doing of the reference.
            match = Match(schemas.old.of(old), schemas.new.of(new), context, comparator, text=text)
            changed = list(types(match))
            if any(fact.rule is TYPE_CHANGED for fact in changed):
                yield from (
                    match.moved(TYPE_CHANGED, pair.old, pair.new, Turn.KEEP, **fact.values)
                    for fact in changed
                    if fact.rule is TYPE_CHANGED
                )
                return
        yield Visit(old, new, comparator, step=())
        return
    match = Match(schemas.old.of(old), schemas.new.of(new), context, comparator, text=text)
    if schemas.alike(old, new) and "allOf" not in old.value and "$ref" not in old.value:
        for compare in _INSIDE:
            yield from compare(match)
        return
    yield from _passed_over(match)
    if _refs(match.old) != _refs(match.new):
        return  # one side is not known: whatever else seems to differ may come of that
    if match.old.never or match.new.never:
        if not match.old.never:
            yield match.moved(VALUE_FORBIDDEN, old, new)
        elif not match.new.never:
            yield match.moved(VALUE_PERMITTED, old, new)
        return
    union = entered(match)
    if union is not None:
        yield from union
        return
    yield from types(match)
    yield from remarks(match)
    if disjoint(match.old, match.new):
        return  # everything else would only echo the change of type
    for compare in _PARTS:
        yield from compare(match)


#: Those that lead to schemas inside.
_INSIDE = (objects, arrays, unions, subtypes, conditions)
_PARTS = (
    enums,
    defaults,
    limits,
    strings,
    objects,
    arrays,
    unions,
    discriminators,
    subtypes,
    conditions,
)


def _passed_over(match: Match) -> Iterator[Fact]:
    for at, problem in match.new.unresolved:
        yield match.gained(
            REFERENCE_UNRESOLVED, at, ref=problem.ref, problem=problem.problem, **_known(match, at)
        )
    for at, problem in match.old.unresolved:
        if all(each.ref != problem.ref for _, each in match.new.unresolved):
            yield match.lost(REFERENCE_UNRESOLVED, at, ref=problem.ref, problem=problem.problem)
    for at in match.new.ignored:
        yield match.gained(PART_IGNORED, at, keyword=str(at.pointer[-1]) if at.pointer else "")


def _refs(view: View) -> set[str]:
    return {problem.ref for _, problem in view.unresolved}


def _known(match: Match, at: Any) -> dict[str, bool]:
    """Whether the same reference led nowhere before: then nothing is new about it."""
    if any(problem.ref == at.value for _, problem in match.old.unresolved):
        return {"both": True}
    return {}
