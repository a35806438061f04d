"""Two definitions: their names, namespaces, aliases and sizes; then what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.avro.enums import compare_enums
from apicheck.formats.avro.examples import schemas, types
from apicheck.formats.avro.meaning import meanings
from apicheck.formats.avro.model import Enumeration, Fixed, Record
from apicheck.formats.avro.records import compare_fields
from apicheck.formats.avro.remarks import remarks
from apicheck.model import Direction, Effect, Rule, Severity, Surface
from apicheck.walk import Fact, Turn, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.avro.context import Context
    from apicheck.formats.avro.model import Named
    from apicheck.walk import Pair

__all__ = ["RULES", "compare_named"]


def _record(name: str, more: str = "") -> str:
    return f'{{"type": "record", "name": "{name}", "fields": []{more}}}'


NAME_CHANGED = Rule(
    id="avro.name-changed",
    effect=Effect.REPLACES,
    summary="A named type was given another name, without an alias.",
    message="was called {before}, is called {after}",
    why="Records, enums and fixed match by name: readers refuse data of the other version.",
    fix="Keep the name, or add the old one to the aliases of the new type.",
    example=schemas(_record("Order"), _record("Purchase")),
)
NAME_CHANGED_WITH_NEW_ALIAS = Rule(
    id="avro.name-changed-with-new-alias",
    mirror="avro.name-changed-with-old-alias",
    effect=Effect.WIDENS,
    summary="A named type was given another name, with its old one as an alias.",
    message="was called {before}, is called {after} and read under both names",
    why="New readers know both names; readers of the old version refuse the new one.",
    fix="Upgrade the readers first.",
    example=schemas(_record("Order"), _record("Purchase", ', "aliases": ["Order"]')),
)
NAME_CHANGED_WITH_OLD_ALIAS = Rule(
    id="avro.name-changed-with-old-alias",
    mirror="avro.name-changed-with-new-alias",
    effect=Effect.NARROWS,
    summary="A named type was given the name that was an alias of it, and the old name dropped.",
    message="was called {before} or {after}, is called {after} only",
    why="New readers refuse data that was written under the old name.",
    fix="Add the old name to the aliases.",
    example=schemas(_record("Purchase", ', "aliases": ["Order"]'), _record("Order")),
)
NAME_CHANGED_WITH_BOTH_ALIASES = Rule(
    id="avro.name-changed-with-both-aliases",
    effect=Effect.KEEPS,
    summary="A named type was given another name that both versions know.",
    message="was called {before}, is called {after}; both versions know both names",
    why="Each reader knows the name of the other version by an alias.",
    fix="Nothing needs to be done.",
    example=schemas(
        _record("Order", ', "aliases": ["Purchase"]'),
        _record("Purchase", ', "aliases": ["Order"]'),
    ),
)
NAMESPACE_CHANGED = Rule(
    id="avro.namespace-changed",
    effect=Effect.REPLACES,
    summary="A named type was moved to another namespace.",
    message="was in namespace {before}, is in {after}",
    why="Readers match unqualified names; generated classes and subjects by name are others now.",
    fix="Keep the namespace, or move the code that uses the generated classes along.",
    example=schemas(_record("Order", ', "namespace": "a"'), _record("Order", ', "namespace": "b"')),
    surfaces=frozenset({Surface.SOURCE}),
)
LEAF_NAMESPACE_CHANGED = Rule(
    id="avro.leaf-namespace-changed",
    effect=Effect.REPLACES,
    summary="An enum or a fixed was moved to another namespace, without an alias.",
    message="was in namespace {before}, is in {after}",
    why="By the specification readers match unqualified names; older Java ones compare full names.",
    fix="Keep the namespace, or add the old full name to the aliases of the new type.",
    example=types(
        '{"type": "fixed", "size": 1, "name": "a.Hash"}',
        '{"type": "fixed", "size": 1, "name": "b.Hash"}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Which readers there are is not known; the specification lets them read it.",
)
ALIAS_ADDED = Rule(
    id="avro.alias-added",
    mirror="avro.alias-removed",
    effect=Effect.KEEPS,
    summary="An alias was added.",
    message="is also read under the name {alias}",
    why="New readers find data that was written under that name.",
    fix="Nothing needs to be done.",
    example=schemas(_record("Order"), _record("Order", ', "aliases": ["Purchase"]')),
)
ALIAS_REMOVED = Rule(
    id="avro.alias-removed",
    mirror="avro.alias-added",
    effect=Effect.KEEPS,
    summary="An alias was removed.",
    message="is no longer read under the name {alias}",
    why="Data of the version before is read; older data under that name is not.",
    fix="Keep the alias as long as data under that name is kept.",
    example=schemas(_record("Order", ', "aliases": ["Purchase"]'), _record("Order")),
)
FIXED_SIZE_CHANGED = Rule(
    id="avro.fixed-size-changed",
    effect=Effect.REPLACES,
    summary="A fixed was given another size.",
    message="was {before} bytes long, is {after}",
    why="Two fixed match only if their sizes do: readers refuse data of the other version.",
    fix="Define a fixed of the new size under a new name, in a new field.",
    example=types(
        '{"type": "fixed", "name": "Hash", "size": 16}',
        '{"type": "fixed", "name": "Hash", "size": 20}',
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def compare_named(pair: Pair, context: Context) -> Iterator[Fact | Visit]:
    """What changed between two definitions of one kind.

    Where nobody reads the one for the other, no more is said: what differs inside comes after.
    """
    old, new = pair.old.value, pair.new.value
    name = _name(pair, old, new)
    if name is not None:
        yield name
        if name.rule is NAME_CHANGED:
            return
    yield from _aliases(pair, old, new)
    if type(old) is Record:
        yield from remarks(pair.old, pair.new, Turn.KEEP)
        yield from compare_fields(pair, context)
    elif type(old) is Enumeration:
        yield from remarks(pair.old, pair.new, Turn.KEEP)
        yield from compare_enums(pair)
    elif type(old) is Fixed:
        known = old.logical is not None or new.logical is not None
        yield from remarks(pair.old, pair.new, Turn.KEEP, logical=known)
        if old.size != new.size:
            values = {"before": old.size, "after": new.size}
            both = (pair.old, pair.new)
            yield Fact(FIXED_SIZE_CHANGED, pair.old, pair.new, values, subject=both)
        else:
            logicals = (old.logical, new.logical)
            yield from meanings(pair.old, pair.new, logicals, Turn.KEEP, "fixed")


def _name(pair: Pair, old: Named, new: Named) -> Fact | None:
    """One card for a change of name, by who knows the other's: unqualified, or as an alias."""
    if old.name == new.name:
        return None
    new_reads = old.name.full in new.aliases
    old_reads = new.name.full in old.aliases
    values = {"before": old.name.full, "after": new.name.full}
    if old.name.simple == new.name.simple:
        leaf = type(old) is not Record and not (new_reads and old_reads)
        rule = LEAF_NAMESPACE_CHANGED if leaf else NAMESPACE_CHANGED
        values = {
            "before": old.name.namespace or "none",
            "after": new.name.namespace or "none",
        }
    elif new_reads and old_reads:
        rule = NAME_CHANGED_WITH_BOTH_ALIASES
    elif new_reads:
        rule = NAME_CHANGED_WITH_NEW_ALIAS
    else:
        rule = NAME_CHANGED_WITH_OLD_ALIAS if old_reads else NAME_CHANGED
    return Fact(rule, pair.old, pair.new, values, subject=(pair.old, pair.new))


def _aliases(pair: Pair, old: Named, new: Named) -> Iterator[Fact]:
    """Aliases that came and went, but for those that a change of the name itself explains."""
    told = {old.name.full, new.name.full}
    for alias in sorted(new.aliases - old.aliases - told):
        yield Fact(ALIAS_ADDED, pair.old, pair.new, {"alias": alias})
    for alias in sorted(old.aliases - new.aliases - told):
        yield Fact(ALIAS_REMOVED, pair.old, pair.new, {"alias": alias})
