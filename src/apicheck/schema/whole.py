"""Whole values that may differ: what to look for in them beyond what the rules have named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.model import Change, Direction, Effect, Example, Ground, Rule, Severity, breaks
from apicheck.walk import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from apicheck.schema.match import Context
    from apicheck.walk import Route, Walked

__all__ = ["RULES", "Whole", "told", "unnamed"]

NOT_CONTAINED = Rule(
    id="schema.not-contained",
    effect=Effect.REPLACES,
    summary="A value is valid under one version and not under the other, and no rule names why.",
    message="some values that were valid are not valid on the other side any more",
    why="A peer that sends such a value is refused.",
    fix="Look at the value shown, and at the schemas on both sides.",
    example=Example(
        old='{"type": "string"}',
        new='{"oneOf": [{"type": "string"}, {"enum": ["a", "b"]}]}',
    ),
    ground=Ground.ONLY_WITNESSED,
)
NOT_DECIDED = Rule(
    id="schema.not-decided",
    effect=Effect.KEEPS,
    summary="Whether all values of a schema are still valid could not be decided.",
    message="it could not be decided whether all values are still valid; no rule says otherwise",
    why="A change that no rule names may have gone unseen.",
    fix="Compare the two schemas by eye, or write the unusual part in a simpler way.",
    example=Example(
        old='{"items": {"$schema": "http://json-schema.org/draft-04/schema#", "maxLength": 3}}',
        new='{"items": {"$schema": "http://json-schema.org/draft-04/schema#", "maxLength": 4}}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Nothing is known to break, but nothing is known to hold either.",
    ground=Ground.ONLY_UNDECIDED,
    unknown=True,
)

RULES = (NOT_CONTAINED, NOT_DECIDED)


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """The subject of a change that may be found in a whole value: the value, and its suspects.

    ``suspects`` are the changes that break it by their rules.
    """

    route: Route
    schemas: Context
    suspects: tuple[Subject, ...]
    #: Whether part of it could not be compared, which is told apart.
    blind: bool


def unnamed(walked: Walked, changes: Iterable[Change], schemas: Context) -> Iterator[Change]:
    """For every pair of values that may differ, the changes to look for when no rule fired.

    They are said only where a proof finds them (see ``Ground``).
    """
    suspects: dict[Any, list[Change]] = {}
    for change in changes:
        if not isinstance(change.subject, Subject):
            continue
        for direction in (Direction.INBOUND, Direction.OUTBOUND):
            if _may_break(change.rule, direction):
                for route in change.subject.routes(direction):
                    suspects.setdefault(_key(route, schemas), []).append(change)
    groups: dict[Any, list[Route]] = {}
    for route in walked.values():
        groups.setdefault(_key(route, schemas), []).append(route)
    for key, routes in groups.items():
        known = suspects.get(key, [])
        whole = Whole(
            route=routes[0],
            schemas=schemas,
            suspects=tuple(each.subject for each in known if not each.rule.unknown),
            blind=any(each.rule.unknown for each in known),
        )
        old, new = schemas.old.resolve(routes[0].old), schemas.new.resolve(routes[0].new)
        path, label = walked.describe(old, new)
        for rule in RULES:
            yield Change(
                rule=rule,
                path=path,
                label=label,
                direction=routes[0].direction,
                old=old.place,
                new=new.place,
                uses=walked.uses_of(routes),
                subject=whole,
            )


def told(candidates: Iterable[Change]) -> Iterator[Change]:
    """The changes that need no proof to be told."""
    return (each for each in candidates if each.rule not in RULES)


def _key(route: Route, schemas: Context) -> Any:
    old, new = schemas.old.resolve(route.old), schemas.new.resolve(route.new)
    return old.key, new.key, route.compare, route.direction


def _may_break(rule: Rule, direction: Direction) -> bool:
    told = breaks(rule.effect, direction) and rule.ground is not Ground.MEANING
    return rule.unknown or told
