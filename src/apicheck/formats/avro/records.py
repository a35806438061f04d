"""The fields of two records: which answer to which, what fills a gap, and what changed in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.avro.examples import fields
from apicheck.formats.avro.model import ABSENT
from apicheck.formats.avro.remarks import remarks
from apicheck.formats.avro.types import compare_types
from apicheck.model import Direction, Effect, Rule, Severity
from apicheck.walk import Fact, Turn, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.formats.avro.context import Context
    from apicheck.nodes import Node
    from apicheck.walk import Pair

__all__ = ["RULES", "compare_fields"]

_A = '{"name": "a", "type": "int"}'
_B = '{"name": "b", "type": "int"}'
_B_IF_MISSING = '{"name": "b", "type": "int", "default": 0}'

FIELD_ADDED_WITHOUT_DEFAULT = Rule(
    id="avro.field-added-without-default",
    mirror="avro.field-removed-without-default",
    effect=Effect.NARROWS,
    summary="A field without a default was added.",
    message="field {field} was added without a default",
    why="New readers fail on data written before, which lacks the field.",
    fix="Give the field a default.",
    example=fields(_A, f"{_A}, {_B}"),
)
FIELD_REMOVED_WITHOUT_DEFAULT = Rule(
    id="avro.field-removed-without-default",
    mirror="avro.field-added-without-default",
    effect=Effect.WIDENS,
    summary="A field was removed that has no default.",
    message="field {field}, which has no default, was removed",
    why="Readers of the old version fail on new data, which lacks the field.",
    fix="Give the field a default first, and remove it when all readers know that.",
    example=fields(f"{_A}, {_B}", _A),
)
FIELD_ADDED = Rule(
    id="avro.field-added",
    mirror="avro.field-removed",
    effect=Effect.WIDENS,
    summary="A field with a default was added.",
    message="field {field} was added, {default} where it is missing",
    why="New readers take the default for old data; readers of the old version skip the field.",
    fix="Nothing needs to be done.",
    example=fields(_A, f"{_A}, {_B_IF_MISSING}"),
    override={Direction.OUTBOUND: Severity.INFO},
    because="A reader skips fields that its own schema lacks.",
)
FIELD_REMOVED = Rule(
    id="avro.field-removed",
    mirror="avro.field-added",
    effect=Effect.NARROWS,
    summary="A field was removed that has a default.",
    message="field {field} was removed; old readers take {default} for it",
    why="Readers of the old version take the default for it; new readers skip it in old data.",
    fix="Check that the default is right for what is written without the field.",
    example=fields(f"{_A}, {_B_IF_MISSING}", _A),
    override={Direction.INBOUND: Severity.INFO},
    because="A reader skips fields that its own schema lacks.",
)
FIELD_RENAMED = Rule(
    id="avro.field-renamed",
    effect=Effect.KEEPS,
    summary="A field was given another name, and every reader finds it or takes its default.",
    message="field {before} is called {after}",
    why="Readers with the alias read both names; those without it take the default, not the value.",
    fix="Check that the default is right for readers that do not know the other name.",
    example=fields(
        '{"name": "a", "type": "int", "aliases": ["b"]}',
        '{"name": "b", "type": "int", "aliases": ["a"]}',
    ),
)
FIELD_RENAMED_WITH_NEW_ALIAS = Rule(
    id="avro.field-renamed-with-new-alias",
    mirror="avro.field-renamed-with-old-alias",
    effect=Effect.WIDENS,
    summary="A field was given another name, with its old one as an alias.",
    message="field {before} is called {after} and read under both names",
    why="New readers know both names; readers of the old version miss the field and fail.",
    fix="Upgrade the readers first.",
    example=fields(_A, '{"name": "b", "type": "int", "aliases": ["a"]}'),
)
FIELD_RENAMED_WITH_OLD_ALIAS = Rule(
    id="avro.field-renamed-with-old-alias",
    mirror="avro.field-renamed-with-new-alias",
    effect=Effect.NARROWS,
    summary="A field was given the name that was an alias of it, and the old name dropped.",
    message="field {before} is called {after} only",
    why="New readers miss the field in data that was written under the old name, and fail.",
    fix="Add the old name to the aliases.",
    example=fields('{"name": "b", "type": "int", "aliases": ["a"]}', _A),
)
ALIAS_CLASHES = Rule(
    id="avro.alias-clashes",
    mirror="avro.alias-clashes-for-old-readers",
    effect=Effect.NARROWS,
    summary="A field took for an alias the name of another field of the old version.",
    message="{alias} is an alias of {field}, and old data has fields of both names",
    why="A reader finds two values for one field: Java refuses the schemas, others take either.",
    fix="Remove the alias.",
    example=fields(f"{_A}, {_B}", f'{_A}, {{"name": "b", "type": "int", "aliases": ["a"]}}'),
)
ALIAS_CLASHES_FOR_OLD_READERS = Rule(
    id="avro.alias-clashes-for-old-readers",
    mirror="avro.alias-clashes",
    effect=Effect.WIDENS,
    summary="A field was added under a name that was an alias of another.",
    message="{alias} was an alias of {field}, and new data has fields of both names",
    why="A reader finds two values for one field: Java refuses the schemas, others take either.",
    fix="Give the new field a name that was no alias.",
    example=fields(f'{_A}, {{"name": "b", "type": "int", "aliases": ["a"]}}', f"{_A}, {_B}"),
)
FIELD_ORDER_CHANGED = Rule(
    id="avro.field-order-changed",
    effect=Effect.KEEPS,
    summary="The fields of a record were put in another order.",
    message="the fields are in another order",
    why="Readers with the writer's schema match fields by name; without it they misread the data.",
    fix="Nothing needs to be done where data travels with its schema.",
    example=fields(f"{_A}, {_B}", f"{_B}, {_A}"),
)
FIELD_ALIAS_ADDED = Rule(
    id="avro.field-alias-added",
    mirror="avro.field-alias-removed",
    effect=Effect.KEEPS,
    summary="An alias was added to a field.",
    message="is also read under the name {alias}",
    why="New readers find the field in data that was written under that name.",
    fix="Nothing needs to be done.",
    example=fields(_A, '{"name": "a", "type": "int", "aliases": ["c"]}'),
)
FIELD_ALIAS_REMOVED = Rule(
    id="avro.field-alias-removed",
    mirror="avro.field-alias-added",
    effect=Effect.KEEPS,
    summary="An alias of a field was removed.",
    message="is no longer read under the name {alias}",
    why="Data of the version before is read; older data under that name lacks the field.",
    fix="Keep the alias as long as data under that name is kept.",
    example=fields('{"name": "a", "type": "int", "aliases": ["c"]}', _A),
)
DEFAULT_ADDED = Rule(
    id="avro.default-added",
    mirror="avro.default-removed",
    effect=Effect.KEEPS,
    summary="A field was given a default.",
    message="is {default} where it is missing",
    why="The field can be removed from now on, when all readers know the default.",
    fix="Nothing needs to be done.",
    example=fields(_B, _B_IF_MISSING),
)
DEFAULT_REMOVED = Rule(
    id="avro.default-removed",
    mirror="avro.default-added",
    effect=Effect.KEEPS,
    summary="The default of a field was removed.",
    message="was {default} where it was missing, and must be there now",
    why="Data of the version before has the field; older data, or what others write, may not.",
    fix="Keep the default.",
    example=fields(_B_IF_MISSING, _B),
    override={Direction.INBOUND: Severity.WARNING},
    because="Data of the version before can be read, but not that of versions before the field.",
)
DEFAULT_CHANGED = Rule(
    id="avro.default-changed",
    effect=Effect.KEEPS,
    summary="The default of a field was changed.",
    message="was {before} where it was missing, is {after}",
    why="Data that lacks the field now means something else, to new readers only.",
    fix="Keep the default, unless no data lacks the field.",
    example=fields(_B_IF_MISSING, '{"name": "b", "type": "int", "default": 1}'),
)
SORT_ORDER_CHANGED = Rule(
    id="avro.sort-order-changed",
    effect=Effect.KEEPS,
    summary="The sort order of a field was changed.",
    message="was sorted {before}, is sorted {after}",
    why="Data is read as before; what is sorted by the record comes in another order.",
    fix="Nothing needs to be done where nothing is sorted by the record.",
    example=fields(_A, '{"name": "a", "type": "int", "order": "descending"}'),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_BY_READER = {
    (True, True): FIELD_RENAMED,
    (True, False): FIELD_RENAMED_WITH_NEW_ALIAS,
    (False, True): FIELD_RENAMED_WITH_OLD_ALIAS,
}


def compare_fields(pair: Pair, context: Context) -> Iterator[Fact | Visit]:
    """What changed between the fields of two records, or the parameters of two messages."""
    old, new = pair.old.value.fields, pair.new.value.fields
    before = {each.value.name: each for each in old}
    after = {each.value.name: each for each in new}
    clashes = list(_clashes(pair, before, after))
    clashing = frozenset(each.values["alias"] for each in clashes)
    # A reader's field that the writer lacks -> the writer's field that its aliases find.
    found, found_back = _by_alias(after, before), _by_alias(before, after)
    renamed = {(one, two): None for two, one in found.items()} | dict.fromkeys(found_back.items())
    for name, one in before.items():
        two = after.get(name)
        if two is not None:
            yield from _both(one, two, context, Turn.KEEP, clashing)
        elif all(name != each for each, _ in renamed):
            bare = one.value.default is ABSENT
            rule = FIELD_REMOVED_WITHOUT_DEFAULT if bare else FIELD_REMOVED
            yield _gap(rule, pair, one, None)
    for first, second in renamed:
        one, two = before[first], after[second]
        copes = (
            second in found or two.value.default is not ABSENT,
            first in found_back or one.value.default is not ABSENT,
        )
        values = {"before": first, "after": second}
        yield Fact(_BY_READER[copes], one, two, values, subject=(pair.old, pair.new))
        turn = Turn.KEEP
        if found.get(second) != first or found_back.get(first) != second:
            turn = Turn.ONLY_INBOUND if found.get(second) == first else Turn.ONLY_OUTBOUND
        yield from _both(one, two, context, turn)
    for name, two in after.items():
        if name not in before and all(name != each for _, each in renamed):
            bare = two.value.default is ABSENT
            rule = FIELD_ADDED_WITHOUT_DEFAULT if bare else FIELD_ADDED
            yield _gap(rule, pair, None, two)
    yield from clashes
    if _order(old, after) != _order(new, before):
        yield pair.change(FIELD_ORDER_CHANGED)


def _by_alias(reader: dict[str, Node], writer: dict[str, Node]) -> dict[str, str]:
    """Names of the reader's fields that the writer lacks -> the writer's that an alias finds.

    A field that the reader has under its own name is not taken for another by an alias.
    """
    found: dict[str, str] = {}
    for name, node in reader.items():
        if name not in writer:
            known = (each for each in node.value.aliases if each in writer and each not in reader)
            source = next((each for each in known if each not in found.values()), None)
            if source is not None:
                found[name] = source
    return found


def _clashes(pair: Pair, before: dict[str, Node], after: dict[str, Node]) -> Iterator[Fact]:
    """Aliases that lead a reader to a second value for a field, where they did not before.

    A schema that has a field called like an alias in itself is not told of: nothing changed.
    """
    for name in before.keys() & after.keys():
        one, two = before[name], after[name]
        for reader, written, other, read, rule in (
            (two, before, one, after, ALIAS_CLASHES),
            (one, after, two, before, ALIAS_CLASHES_FOR_OLD_READERS),
        ):
            for alias in reader.value.aliases:
                known = alias in other.value.aliases and alias in read
                if alias != name and alias in written and not known:
                    values = {"alias": alias, "field": name}
                    yield Fact(rule, one, two, values, subject=(pair.old, pair.new))


def _order(nodes: Sequence[Node], others: dict[str, Node]) -> list[str]:
    return [each.value.name for each in nodes if each.value.name in others]


def _gap(rule: Rule, pair: Pair, old: Node | None, new: Node | None) -> Fact:
    """A field that one side lacks."""
    field = (old or new).value  # type: ignore[union-attr]
    near = pair.new if new is None else pair.old
    values = {"field": field.name, "default": _shown(field.default)}
    return Fact(rule, old, new, values, subject=(pair.old, pair.new), near=near)


def _both(
    old: Node,
    new: Node,
    context: Context,
    turn: Turn,
    clashing: frozenset[str] = frozenset(),
) -> Iterator[Fact | Visit]:
    """A field that is there on both sides; aliases that are ``clashing`` are told elsewhere."""
    one, two = old.value, new.value
    yield from compare_types(one.type, two.type, context, turn)
    yield from remarks(old, new, turn)
    if one.aliases != two.aliases:
        told = {one.name, two.name} | clashing
        for alias in sorted(set(two.aliases) - set(one.aliases) - told):
            yield Fact(FIELD_ALIAS_ADDED, old, new, {"alias": alias}, turn)
        for alias in sorted(set(one.aliases) - set(two.aliases) - told):
            yield Fact(FIELD_ALIAS_REMOVED, old, new, {"alias": alias}, turn)
    if one.default is not two.default and one.default != two.default:
        values = {"before": _shown(one.default), "after": _shown(two.default)}
        rule = DEFAULT_CHANGED
        if one.default is ABSENT or two.default is ABSENT:
            rule = DEFAULT_ADDED if one.default is ABSENT else DEFAULT_REMOVED
            values = {"default": values["after" if one.default is ABSENT else "before"]}
        yield Fact(rule, old, new, values, turn)
    orders = [each.raw.get("order", "ascending") for each in (one, two)]
    if orders[0] != orders[1]:
        yield Fact(SORT_ORDER_CHANGED, old, new, {"before": orders[0], "after": orders[1]}, turn)


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "nothing"
    from json import dumps

    text = dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
