"""Parts of a document that could not be compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from apicheck.model import Direction, Effect, Example, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.openapi.context import Context, Problem

__all__ = ["PART_IGNORED", "REFERENCE_UNRESOLVED", "RULES", "problems"]

REFERENCE_UNRESOLVED = Rule(
    id="document.reference-unresolved",
    effect=Effect.KEEPS,
    summary="A reference leads nowhere, so what it stands for was not compared.",
    message="$ref {ref} {problem}; what it stands for was not compared",
    why="A change behind the reference would go unseen.",
    fix="Add what the reference names, or correct it.",
    example=Example(
        of="document",
        old='{"paths": {}}',
        new='{"paths": {"/things": {"$ref": "#/nowhere"}}}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Nothing is known to break, but nothing is known to hold either.",
    unknown=True,
)
PART_IGNORED = Rule(
    id="document.part-ignored",
    effect=Effect.KEEPS,
    summary="A part of the document is not as the specification has it and was passed over.",
    message="{part} is not as the specification has it and was passed over",
    why="What stands there was not compared.",
    fix="Correct the document; apicheck contracts lint says what is wrong.",
    example=Example(
        of="document",
        old='{"paths": {}}',
        new='{"paths": {"/things": {"get": ["no", "operation"]}}}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Nothing is known to break, but nothing is known to hold either.",
    unknown=True,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def problems(context: Context) -> Iterator[Problem]:
    """What was passed over on the new side, and on the old side only if it is mended since."""
    found = list(context.problems.values())
    for each in found:
        if not _twin(each, found):
            yield each
        elif each.node.document is context.new.root.document:
            # The same on both sides: nothing is new about it.
            yield replace(each, values={**each.values, "both": True})


def _twin(problem: Problem, found: list[Problem]) -> bool:
    """Whether the same problem is told of the other side."""
    return any(
        each.node.document is not problem.node.document
        and each.rule is problem.rule
        and each.node.value == problem.node.value
        for each in found
    )
