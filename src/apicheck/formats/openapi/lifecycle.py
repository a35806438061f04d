"""What an operation says of itself: deprecation, sunset, stability, and its name in code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.model import Direction, Effect, Example, Rule, Severity, Surface
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from apicheck.formats.openapi.context import Context
    from apicheck.formats.openapi.operations import Operation

__all__ = ["RULES", "lifecycle", "read_date"]

_OK = '"responses": {"204": {"description": "done"}}'
_SOURCE = frozenset({Surface.SOURCE})

DEPRECATED = Rule(
    id="operation.deprecated",
    mirror="operation.undeprecated",
    effect=Effect.KEEPS,
    summary="An operation was marked deprecated.",
    message="{operation} is now deprecated",
    why="Nobody is hurt yet; clients are told to move away.",
    fix="Say in the description what to use instead, and give an x-sunset date.",
    example=Example(of="operation", old=f"{{{_OK}}}", new=f'{{"deprecated": true, {_OK}}}'),
)
UNDEPRECATED = Rule(
    id="operation.undeprecated",
    mirror="operation.deprecated",
    effect=Effect.KEEPS,
    summary="An operation is no longer marked deprecated.",
    message="{operation} is no longer deprecated",
    why="Nobody is hurt; clients need no longer move away.",
    fix="Nothing to do.",
    example=Example(of="operation", old=f'{{"deprecated": true, {_OK}}}', new=f"{{{_OK}}}"),
)
SUNSET_ANNOUNCED = Rule(
    id="operation.sunset-announced",
    mirror="operation.sunset-withdrawn",
    effect=Effect.KEEPS,
    summary="A date was set after which an operation may be gone.",
    message="{operation} has its sunset on {sunset}",
    why="Nobody is hurt yet; clients know by when to move away (RFC 8594).",
    fix="Nothing to do.",
    example=Example(
        of="operation",
        old=f'{{"deprecated": true, {_OK}}}',
        new=f'{{"deprecated": true, "x-sunset": "2099-12-31", {_OK}}}',
    ),
)
SUNSET_WITHDRAWN = Rule(
    id="operation.sunset-withdrawn",
    mirror="operation.sunset-announced",
    effect=Effect.KEEPS,
    summary="The date after which an operation may be gone was taken back.",
    message="{operation} no longer has a sunset (was {sunset})",
    why="While it stays deprecated, clients no longer know how long they may use it.",
    fix="Keep the date, or end the deprecation.",
    example=Example(
        of="operation",
        old=f'{{"deprecated": true, "x-sunset": "2099-12-31", {_OK}}}',
        new=f'{{"deprecated": true, {_OK}}}',
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="A promise was taken back, though no call fails.",
)
SUNSET_SHORTENED = Rule(
    id="operation.sunset-shortened",
    mirror="operation.sunset-prolonged",
    effect=Effect.NARROWS,
    summary="The date after which an operation may be gone was moved nearer.",
    message="the sunset of {operation} moved from {old} to {new}",
    why="Clients planned with the old date and may still call the operation after the new one.",
    fix="Keep the date that was announced.",
    example=Example(
        of="operation",
        old=f'{{"deprecated": true, "x-sunset": "2099-12-31", {_OK}}}',
        new=f'{{"deprecated": true, "x-sunset": "2098-12-31", {_OK}}}',
    ),
)
SUNSET_PROLONGED = Rule(
    id="operation.sunset-prolonged",
    mirror="operation.sunset-shortened",
    effect=Effect.WIDENS,
    summary="The date after which an operation may be gone was moved away.",
    message="the sunset of {operation} moved from {old} to {new}",
    why="Nobody is hurt: clients have more time.",
    fix="Nothing to do.",
    example=Example(
        of="operation",
        old=f'{{"deprecated": true, "x-sunset": "2098-12-31", {_OK}}}',
        new=f'{{"deprecated": true, "x-sunset": "2099-12-31", {_OK}}}',
    ),
)
SUNSET_UNREADABLE = Rule(
    id="operation.sunset-unreadable",
    effect=Effect.KEEPS,
    summary="The sunset of an operation is no date.",
    message="the sunset of {operation} is no date: {sunset}",
    why="Neither clients nor apicheck can tell when the operation may be gone.",
    fix="Write a date as in 2027-01-31, or an HTTP date (RFC 8594).",
    example=Example(
        of="operation",
        old=f'{{"deprecated": true, {_OK}}}',
        new=f'{{"deprecated": true, "x-sunset": "soon", {_OK}}}',
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="No call fails, but the announcement says nothing.",
)
STABILITY_DECREASED = Rule(
    id="operation.stability-decreased",
    mirror="operation.stability-increased",
    effect=Effect.NARROWS,
    summary="An operation promises less stability than before.",
    message="stability of {operation} went from {old} to {new}",
    why="Clients built on the promise that the operation stays as it is.",
    fix="Keep the level that was promised.",
    example=Example(
        of="operation",
        old=f'{{"x-stability-level": "stable", {_OK}}}',
        new=f'{{"x-stability-level": "beta", {_OK}}}',
    ),
)
STABILITY_INCREASED = Rule(
    id="operation.stability-increased",
    mirror="operation.stability-decreased",
    effect=Effect.WIDENS,
    summary="An operation promises more stability than before.",
    message="stability of {operation} went from {old} to {new}",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="operation",
        old=f'{{"x-stability-level": "beta", {_OK}}}',
        new=f'{{"x-stability-level": "stable", {_OK}}}',
    ),
)
ID_CHANGED = Rule(
    id="operation.id-changed",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="The operationId changed, was given or was taken away.",
    message="operationId changed from {old} to {new}",
    why="Code generated from the contract calls the operation by this name.",
    fix="Keep the operationId.",
    example=Example(
        of="operation",
        old=f'{{"operationId": "make", {_OK}}}',
        new=f'{{"operationId": "create", {_OK}}}',
    ),
)
TAGS_CHANGED = Rule(
    id="operation.tags-changed",
    effect=Effect.KEEPS,
    surfaces=_SOURCE,
    summary="The tags of an operation changed.",
    message="tags changed from {old} to {new}",
    why="Generators group operations into modules or classes by their first tag.",
    fix="Keep the first tag.",
    example=Example(
        of="operation", old=f'{{"tags": ["a"], {_OK}}}', new=f'{{"tags": ["b"], {_OK}}}'
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_LEVELS = ("draft", "alpha", "beta", "stable")


def lifecycle(context: Context, old: Operation, new: Operation) -> Iterator[Fact]:
    """Compare what both operations say of themselves."""
    one, two = old.node, new.node
    name = {"operation": new.label}
    before, after = one.value.get("deprecated") is True, two.value.get("deprecated") is True
    if before != after:
        yield Fact(DEPRECATED if after else UNDEPRECATED, one, two, name)
    yield from _sunset(context, old, new)
    yield from _stability(old, new)
    ids = (one.value.get("operationId"), two.value.get("operationId"))
    if ids[0] != ids[1]:
        values = {"old": ids[0] or "none", "new": ids[1] or "none"}
        yield Fact(ID_CHANGED, one.get("operationId") or one, two.get("operationId") or two, values)
    tags = (_tags(one.value), _tags(two.value))
    if set(tags[0]) != set(tags[1]):
        values = {"old": ", ".join(tags[0]) or "none", "new": ", ".join(tags[1]) or "none"}
        yield Fact(TAGS_CHANGED, one.get("tags") or one, two.get("tags") or two, values)


def _tags(operation: dict[str, Any]) -> list[str]:
    tags = operation.get("tags")
    return [str(each) for each in tags] if type(tags) is list else []


def _sunset(_context: Context, old: Operation, new: Operation) -> Iterator[Fact]:
    one, two = old.node, new.node
    before, after = one.value.get("x-sunset"), two.value.get("x-sunset")
    if before == after:
        return
    name = new.label
    first, second = read_date(before), read_date(after)
    at = two.get("x-sunset") or two
    if after is not None and second is None:
        values = {"operation": name, "sunset": str(after)}
        yield Fact(SUNSET_UNREADABLE, one, at, values)
    elif first is None and second is not None:
        yield Fact(SUNSET_ANNOUNCED, one, at, {"operation": name, "sunset": second.isoformat()})
    elif first is not None and second is None:
        values = {"operation": name, "sunset": first.isoformat()}
        yield Fact(SUNSET_WITHDRAWN, one.step("x-sunset"), two, values)
    elif first is not None and second is not None and first != second:
        rule = SUNSET_SHORTENED if second < first else SUNSET_PROLONGED
        values = {"operation": name, "old": first.isoformat(), "new": second.isoformat()}
        yield Fact(rule, one.step("x-sunset"), at, values)


def _stability(old: Operation, new: Operation) -> Iterator[Fact]:
    key = "x-stability-level"
    before, after = old.node.value.get(key), new.node.value.get(key)
    if before == after or before not in _LEVELS or after not in _LEVELS:
        return
    worse = _LEVELS.index(str(after)) < _LEVELS.index(str(before))
    rule = STABILITY_DECREASED if worse else STABILITY_INCREASED
    values = {"operation": new.label, "old": before, "new": after}
    yield Fact(rule, old.node.step(key), new.node.step(key), values)


def read_date(value: Any) -> date | None:
    """A sunset as a date: ISO 8601, or the HTTP date of RFC 8594; None if it is neither."""
    if type(value) is not str:
        return None
    from datetime import date, datetime

    for attempt in (date.fromisoformat, _moment):
        try:
            return attempt(value)
        except ValueError:
            continue
    try:
        return datetime.strptime(value, "%a, %d %b %Y %H:%M:%S GMT").date()  # noqa: DTZ007
    except ValueError:
        return None


def _moment(value: str) -> date:
    from datetime import datetime

    return datetime.fromisoformat(value).date()
