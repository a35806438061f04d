"""Enums: their symbols, and the default that stands for unknown ones ("Enums")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.avro.examples import types
from apicheck.model import Direction, Effect, Rule, Severity
from apicheck.nodes import Node
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.avro.model import Enumeration
    from apicheck.walk import Pair

__all__ = ["RULES", "compare_enums"]


def _enum(symbols: str, more: str = "") -> str:
    return f'{{"type": "enum", "name": "State", "symbols": [{symbols}]{more}}}'


_DEFAULT = ', "default": "NEW"'

ENUM_SYMBOL_REMOVED = Rule(
    id="avro.enum-symbol-removed",
    mirror="avro.enum-symbol-added",
    effect=Effect.NARROWS,
    summary="A symbol was taken out of an enum that has no default.",
    message="symbol {symbol} was removed",
    why="New readers fail on the symbol in data that was written before.",
    fix="Keep the symbol, or give the enum a default symbol for those it does not know.",
    example=types(_enum('"NEW", "DONE"'), _enum('"NEW"')),
)
ENUM_SYMBOL_ADDED = Rule(
    id="avro.enum-symbol-added",
    mirror="avro.enum-symbol-removed",
    effect=Effect.WIDENS,
    summary="A symbol was added to an enum, and readers of the old version have no default for it.",
    message="symbol {symbol} was added",
    why="Readers of the old version fail on the symbol; a default that comes with it is too late.",
    fix="Upgrade the readers before the symbol is written; give the enum a default for next time.",
    example=types(_enum('"NEW"'), _enum('"NEW", "DONE"')),
)
ENUM_SYMBOL_REMOVED_WITH_DEFAULT = Rule(
    id="avro.enum-symbol-removed-with-default",
    mirror="avro.enum-symbol-added-with-default",
    effect=Effect.NARROWS,
    summary="A symbol was taken out of an enum that has a default.",
    message="symbol {symbol} was removed and is read as {default}",
    why="New readers take the default for the symbol, where it was written before.",
    fix="Check that readers may treat it as the default.",
    example=types(_enum('"NEW", "DONE"', _DEFAULT), _enum('"NEW"', _DEFAULT)),
    override={Direction.INBOUND: Severity.INFO},
    because="The default of an enum is there for this.",
)
ENUM_SYMBOL_ADDED_WITH_DEFAULT = Rule(
    id="avro.enum-symbol-added-with-default",
    mirror="avro.enum-symbol-removed-with-default",
    effect=Effect.WIDENS,
    summary="A symbol was added to an enum whose old version has a default.",
    message="symbol {symbol} was added and is read as {default} by old readers",
    why="Readers of the old version take the default for the symbol.",
    fix="Check that they may treat it as the default.",
    example=types(_enum('"NEW"', _DEFAULT), _enum('"NEW", "DONE"', _DEFAULT)),
    override={Direction.OUTBOUND: Severity.INFO},
    because="The default of an enum is there for this.",
)
ENUM_DEFAULT_CHANGED = Rule(
    id="avro.enum-default-changed",
    effect=Effect.KEEPS,
    summary="The default symbol of an enum was changed.",
    message="unknown symbols were read as {before}, are read as {after}",
    why="It counts only for symbols of versions still to come, or long gone.",
    fix="Nothing needs to be done.",
    example=types(_enum('"NEW", "DONE"', _DEFAULT), _enum('"NEW", "DONE"', ', "default": "DONE"')),
)
ENUM_DEFAULT_ADDED = Rule(
    id="avro.enum-default-added",
    mirror="avro.enum-default-removed",
    effect=Effect.KEEPS,
    summary="An enum was given a default symbol.",
    message="unknown symbols are read as {default} now",
    why="From the next version on, symbols can be added without breaking readers of this one.",
    fix="Nothing needs to be done.",
    example=types(_enum('"NEW"'), _enum('"NEW"', _DEFAULT)),
)
ENUM_DEFAULT_REMOVED = Rule(
    id="avro.enum-default-removed",
    mirror="avro.enum-default-added",
    effect=Effect.KEEPS,
    summary="The default symbol of an enum was removed.",
    message="unknown symbols were read as {default}, and are refused now",
    why="Symbols of versions still to come, or long gone, can no longer be read.",
    fix="Keep the default.",
    example=types(_enum('"NEW"', _DEFAULT), _enum('"NEW"')),
)
ENUM_SYMBOLS_REORDERED = Rule(
    id="avro.enum-symbols-reordered",
    effect=Effect.KEEPS,
    summary="The symbols of an enum were put in another order.",
    message="the symbols are in another order",
    why="Readers with the writer's schema match symbols by name; only the sort order differs.",
    fix="Nothing needs to be done where data travels with its schema.",
    example=types(_enum('"NEW", "DONE"'), _enum('"DONE", "NEW"')),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def compare_enums(pair: Pair) -> Iterator[Fact]:
    """What changed between two enums; each direction asks the default of its own reader."""
    old: Enumeration = pair.old.value
    new: Enumeration = pair.new.value
    both = (pair.old, pair.new)
    before, after = frozenset(old.symbols), frozenset(new.symbols)
    for symbol in old.symbols:
        if symbol not in after:
            rule = ENUM_SYMBOL_REMOVED if new.default is None else ENUM_SYMBOL_REMOVED_WITH_DEFAULT
            values = {"symbol": symbol, "default": new.default}
            yield Fact(rule, _symbol(pair.old, symbol), None, values, subject=both, near=pair.new)
    for symbol in new.symbols:
        if symbol not in before:
            rule = ENUM_SYMBOL_ADDED if old.default is None else ENUM_SYMBOL_ADDED_WITH_DEFAULT
            values = {"symbol": symbol, "default": old.default}
            yield Fact(rule, None, _symbol(pair.new, symbol), values, subject=both, near=pair.old)
    if old.default != new.default:
        values = {"before": old.default, "after": new.default}
        rule = ENUM_DEFAULT_CHANGED
        if old.default is None or new.default is None:
            rule = ENUM_DEFAULT_ADDED if old.default is None else ENUM_DEFAULT_REMOVED
            values = {"default": new.default or old.default}
        yield Fact(rule, *both, values)
    kept = [each for each in old.symbols if each in after]
    if kept != [each for each in new.symbols if each in before]:
        yield pair.change(ENUM_SYMBOLS_REORDERED)


def _symbol(enum: Node, symbol: str) -> Node:
    """The place of a symbol in its enum."""
    index = enum.value.raw["symbols"].index(symbol)
    return Node(symbol, enum.document, (*enum.pointer, "symbols", index))
