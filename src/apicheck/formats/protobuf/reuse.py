"""Numbers that had another meaning in an earlier version than the last one.

A comparison of two versions sees a number that changes its meaning at once. One that was given up
without being reserved and is taken again some versions later is seen only against the history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.protobuf.compare import describe
from apicheck.formats.protobuf.files import stored
from apicheck.formats.protobuf.types import TYPE_CHANGED, scalar_change, spelled
from apicheck.model import Change, Direction, Effect, Example, Rule, Surface
from apicheck.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.formats.protobuf.model import Model
    from apicheck.model import Contract

__all__ = ["RULES", "reused"]

FIELD_REUSED = Rule(
    id="protobuf.former-number-reused",
    effect=Effect.REPLACES,
    summary="A new field has the number of another one that an earlier version had.",
    message="number {number} is {new} ({after}) now, and was {old} ({before}) in {version}",
    why="What was written by that version is misread, and so is the new field by its readers.",
    fix="Give the new field a number that was never used, and reserve the old one.",
    example=Example(
        of="history",
        old="message Order { string id = 1; int32 size = 2; }",
        new="message Order { string id = 1; string note = 2; }",
    ),
    surfaces=frozenset(Surface),
)
VALUE_REUSED = Rule(
    id="protobuf.former-enum-number-reused",
    effect=Effect.REPLACES,
    summary="A new enum value has the number of another one that an earlier version had.",
    message="{number} is {new} now, and was {old} in {version}",
    why="What was written by that version is misread, and so is the new value by its readers.",
    fix="Give the new value a number that was never used, and reserve the old one.",
    example=Example(
        of="history",
        old="enum Size { ANY = 0; SMALL = 1; }",
        new="enum Size { ANY = 0; LARGE = 1; }",
    ),
    surfaces=frozenset(Surface),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def reused(older: Sequence[Contract], new: Contract) -> Iterator[Change]:
    """Numbers of ``new`` that the last of ``older`` (oldest first) lacks and one before it used.

    The latest of the earlier meanings is told. A field or value that comes back as what it was is
    none of these.
    """
    if not older:
        return
    last: Model = older[-1].model
    for kind in ("messages", "enums"):
        for name, definition in new.model.data[kind].items():
            if new.model.homes[kind, name] not in new.model.own or name not in last.data[kind]:
                continue
            fresh = _numbers(definition).keys() - _numbers(last.data[kind][name]).keys()
            for number in sorted(fresh, key=int):
                yield from _before(older[:-1], new, kind, name, number)


def _numbers(definition: dict[str, Any]) -> dict[str, Any]:
    """The fields of a message by number, or the names of an enum's values by number."""
    if "fields" in definition:
        fields: dict[str, Any] = definition["fields"]
        return fields
    names: dict[str, Any] = {}
    for name, value in definition["values"].items():
        names.setdefault(str(value["number"]), name)
    return names


def _before(
    older: Sequence[Contract], new: Contract, kind: str, name: str, number: str
) -> Iterator[Change]:
    now = _numbers(new.model.data[kind][name])[number]
    for contract in reversed(older):
        definition = contract.model.data[kind].get(name)
        then = None if definition is None else _numbers(definition).get(number)
        if then is None:
            continue
        if not _alike(then, now):
            yield _change(contract, new, kind, name, number)
        return


def _alike(then: Any, now: Any) -> bool:
    if isinstance(then, str):
        return bool(then == now)
    if then["name"] != now["name"]:
        return False
    changed = scalar_change(then["type"], now["type"]) is TYPE_CHANGED
    return not changed and (then["key"] is None) == (now["key"] is None)


def _change(contract: Contract, new: Contract, kind: str, name: str, number: str) -> Change:
    then = _numbers(contract.model.data[kind][name])[number]
    now = _numbers(new.model.data[kind][name])[number]
    values: dict[str, Any] = {"number": number, "version": contract.document.source}
    if kind == "messages":
        rule = FIELD_REUSED
        one = two = (kind, name, "fields", number)
        values |= {"old": then["name"], "before": spelled(then)}
        values |= {"new": now["name"], "after": spelled(now)}
    else:
        rule = VALUE_REUSED
        one, two = (kind, name, "values", then), (kind, name, "values", now)
        values |= {"old": then, "new": now}
    place = Node(None, new.model, two)
    path, label = describe(None, place)
    return Change(
        rule=rule,
        path=path,
        label=label,
        direction=Direction.BOTH,
        old=Node(None, contract.model, one).place,
        new=place.place,
        values=values,
        uses=stored(name),
    )
