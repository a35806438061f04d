"""Types compared: promotions, changed types, and the branches of unions.

A type that is no union counts as a union of one branch: so say the rules of resolution, where one
of the two is a union.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.avro.context import Context, within
from apicheck.formats.avro.examples import types as example
from apicheck.formats.avro.matching import INEXACT, PROMOTIONS, TEXT, Readers, is_read
from apicheck.formats.avro.meaning import meanings
from apicheck.formats.avro.model import (
    Array,
    Kind,
    Map,
    Primitive,
    Record,
    Union,
    branches,
    is_named,
    resolved,
    shown,
)
from apicheck.formats.avro.remarks import remarks
from apicheck.model import Direction, Effect, Rule, Severity
from apicheck.nodes import Node
from apicheck.walk import Fact, Turn, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RULES", "compare_types"]

TYPE_CHANGED = Rule(
    id="avro.type-changed",
    effect=Effect.REPLACES,
    summary="A type was changed to one that readers do not read it as.",
    message="type changed from {before} to {after}",
    why="No promotion leads from the one to the other: readers fail on data of the other version.",
    fix="Add a field of the new type beside the old one, or make it a union of both.",
    example=example('"int"', '"string"'),
)
TYPE_PROMOTED = Rule(
    id="avro.type-promoted",
    mirror="avro.type-demoted",
    effect=Effect.WIDENS,
    summary="A number was changed to a wider type.",
    message="type changed from {before} to {after}",
    why="New readers promote old data; readers of the old version fail on what is written now.",
    fix="Upgrade the readers first.",
    example=example('"int"', '"long"'),
)
TYPE_DEMOTED = Rule(
    id="avro.type-demoted",
    mirror="avro.type-promoted",
    effect=Effect.NARROWS,
    summary="A number was changed to a narrower type.",
    message="type changed from {before} to {after}",
    why="Avro promotes but never narrows: new readers fail on data written before.",
    fix="Keep the wider type.",
    example=example('"long"', '"int"'),
)
TYPE_PROMOTED_INEXACTLY = Rule(
    id="avro.type-promoted-inexactly",
    mirror="avro.type-demoted-inexactly",
    effect=Effect.WIDENS,
    summary="A whole number was changed to a floating-point type that cannot hold all of them.",
    message="was {before}, is {after}, which rounds large numbers",
    why="Readers of the old version fail on new data, and new readers round large old numbers.",
    fix="Use a type that holds every value: long for int, or a decimal.",
    example=example('"long"', '"double"'),
    override={Direction.INBOUND: Severity.WARNING},
    because="The specification promotes it; only numbers beyond 2^24 or 2^53 come out changed.",
)
TYPE_DEMOTED_INEXACTLY = Rule(
    id="avro.type-demoted-inexactly",
    mirror="avro.type-promoted-inexactly",
    effect=Effect.NARROWS,
    summary="A floating-point number was changed to a whole one.",
    message="was {before}, which rounds large numbers, is {after}",
    why="New readers fail on data written before, and old readers round large new numbers.",
    fix="Keep the floating-point type.",
    example=example('"double"', '"long"'),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="The specification promotes it; only numbers beyond 2^24 or 2^53 come out changed.",
)
BYTES_TO_STRING = Rule(
    id="avro.bytes-to-string",
    mirror="avro.string-to-bytes",
    effect=Effect.NARROWS,
    summary="Bytes were changed to a string.",
    message="bytes are taken for a string now",
    why="The specification lets readers do it, but bytes that are no UTF-8 fail or are mangled.",
    fix="Keep bytes, unless all that was ever written is UTF-8.",
    example=example('"bytes"', '"string"'),
)
STRING_TO_BYTES = Rule(
    id="avro.string-to-bytes",
    mirror="avro.bytes-to-string",
    effect=Effect.WIDENS,
    summary="A string was changed to bytes.",
    message="bytes may be written now, which old readers take for a string",
    why="Readers of the old version take the bytes for UTF-8, and fail where they are not.",
    fix="Keep the string, or write nothing but UTF-8 until all readers are upgraded.",
    example=example('"string"', '"bytes"'),
)
UNION_BRANCH_ADDED = Rule(
    id="avro.union-branch-added",
    mirror="avro.union-branch-removed",
    effect=Effect.WIDENS,
    summary="A value may be of one more type.",
    message="may be {branch} now",
    why="Readers of the old version fail on a value of the new branch.",
    fix="Upgrade the readers before anything of the new branch is written.",
    example=example('"int"', '["null", "int"]'),
)
UNION_BRANCH_REMOVED = Rule(
    id="avro.union-branch-removed",
    mirror="avro.union-branch-added",
    effect=Effect.NARROWS,
    summary="A value may no longer be of one of its types.",
    message="may no longer be {branch}",
    why="New readers fail on values of that branch that were written before.",
    fix="Keep the branch for reading.",
    example=example('["null", "int"]', '"int"'),
)
UNION_BRANCH_COVERED = Rule(
    id="avro.union-branch-covered",
    effect=Effect.KEEPS,
    summary="A branch was added or removed whose values another branch takes.",
    message="{branch} was {what}; its values are read as {other}",
    why="Nobody fails, since the number is promoted to the other branch.",
    fix="Nothing needs to be done.",
    example=example('["int", "long"]', '"long"'),
)
UNION_ORDER_CHANGED = Rule(
    id="avro.union-order-changed",
    effect=Effect.KEEPS,
    summary="The branches of a union were put in another order.",
    message="the branches were {before}, are {after}",
    why="Readers with the writer's schema follow it; a default may now be for another branch.",
    fix="Nothing needs to be done where data travels with its schema.",
    example=example('["int", "string"]', '["string", "int"]'),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: (written, read) -> card for the way up and for the way back.
_CARDS = {
    **dict.fromkeys(PROMOTIONS, (TYPE_PROMOTED, TYPE_DEMOTED)),
    **dict.fromkeys(INEXACT, (TYPE_PROMOTED_INEXACTLY, TYPE_DEMOTED_INEXACTLY)),
}


#: Pairs of branches that are looked at for a rename.
_TRIES = 10_000
#: (written, read) where every value comes out as it was.
_LOSSLESS = (PROMOTIONS - INEXACT) | {(Kind.STRING, Kind.BYTES)}


def compare_types(
    old: Node, new: Node, context: Context, turn: Turn = Turn.KEEP
) -> Iterator[Fact | Visit]:
    """What changed between two types; goes into arrays and maps, and visits named types.

    Recursion is bounded by the nesting of one document: a named type is another visit.
    """
    before, after = branches(old), branches(new)
    if len(before) == 1 == len(after):
        if _is_paired(before[0], after[0]):
            yield from _inside(before[0], after[0], context, turn)
        else:
            yield _changed(before[0], after[0], turn)
        return
    matching = _Matching(before, after)
    for (i, j), inner in matching.pairs.items():
        through = within(turn, inner)
        if through is None:
            continue
        if inner is not Turn.KEEP and _is_covered(before[i], after[j], inner):
            yield _covered(before[i], after[j], inner, turn)
        else:
            yield from _inside(before[i], after[j], context, through)
    for i, j in matching.changed:
        yield _changed(before[i], after[j], turn)
    both = (old, new)
    for i in matching.lost:
        values = {"branch": shown(before[i])}
        yield Fact(UNION_BRANCH_REMOVED, _site(before[i]), None, values, turn, both, near=new)
    for j in matching.gained:
        values = {"branch": shown(after[j])}
        yield Fact(UNION_BRANCH_ADDED, None, _site(after[j]), values, turn, both, near=old)
    if type(old.value) is Union and type(new.value) is Union and _is_reordered(matching):
        lists = {
            name: ", ".join(map(shown, each))
            for name, each in (("before", before), ("after", after))
        }
        yield Fact(UNION_ORDER_CHANGED, old, new, lists, turn)


def _is_covered(old: Node, new: Node, inner: Turn) -> bool:
    """Whether the one is promoted to the other without loss."""
    writer, reader = (old, new) if inner is Turn.ONLY_INBOUND else (new, old)
    kinds = [getattr(resolved(each).value, "kind", None) for each in (writer, reader)]
    return tuple(kinds) in _LOSSLESS


def _covered(old: Node, new: Node, inner: Turn, turn: Turn) -> Fact:
    """A branch that the other side lacks: the old one where only new readers read it so."""
    removed = inner is Turn.ONLY_INBOUND
    branch, other = (old, new) if removed else (new, old)
    what = "removed" if removed else "added"
    values = {"branch": shown(branch), "what": what, "other": shown(other)}
    return Fact(UNION_BRANCH_COVERED, old, new, values, turn)


def _is_paired(old: Node, new: Node) -> bool:
    """Whether two types, no unions, are one thing that changed rather than two things."""
    if is_read(old, new) or is_read(new, old):
        return True
    one, two = resolved(old).value, resolved(new).value
    return is_named(one) and type(one) is type(two)


def _changed(old: Node, new: Node, turn: Turn) -> Fact:
    values = {"before": shown(old), "after": shown(new)}
    return Fact(TYPE_CHANGED, _site(old), _site(new), values, turn, subject=(old, new))


def _site(node: Node) -> Node:
    """The place of a type, rather than the type that may be defined there."""
    return Node(shown(node), node.document, node.pointer)


def _inside(old: Node, new: Node, context: Context, turn: Turn) -> Iterator[Fact | Visit]:
    """Two branches that are held against each other."""
    before, after = resolved(old), resolved(new)
    one, two = before.value, after.value
    if is_named(one):
        yield Visit(before, after, context.named, turn)
    elif type(one) is Primitive:
        if one.kind is not two.kind:
            yield _promoted(old, new, turn)
        yield from meanings(old, new, (one.logical, two.logical), turn, two.kind.value)
        if one.raw or two.raw:
            known = one.logical is not None or two.logical is not None
            yield from remarks(old, new, turn, logical=known)
    elif type(one) is Array:
        yield from remarks(old, new, turn)
        yield from compare_types(one.items, two.items, context, turn)
    elif type(one) is Map:
        yield from remarks(old, new, turn)
        yield from compare_types(one.values, two.values, context, turn)


def _promoted(old: Node, new: Node, turn: Turn) -> Fact:
    pair = (resolved(old).value.kind, resolved(new).value.kind)
    if pair in TEXT:
        rule = BYTES_TO_STRING if pair[0] is Kind.BYTES else STRING_TO_BYTES
    elif pair in _CARDS:
        rule = _CARDS[pair][0]
    else:
        rule = _CARDS[pair[1], pair[0]][1]
    values = {"before": pair[0].value, "after": pair[1].value}
    return Fact(rule, old, new, values, turn, subject=(old, new))


class _Matching:
    """Branches of two unions put side by side, by who reads what.

    ``pairs`` has, for two indexes, the directions in which the one reads the other; ``lost`` are
    old branches that no new one reads, ``gained`` new ones that no old one reads, and ``changed``
    pairs of such.
    """

    def __init__(self, old: tuple[Node, ...], new: tuple[Node, ...]) -> None:
        read = list(map(Readers(new).select, old))
        read_back = list(map(Readers(old).select, new))
        self.pairs: dict[tuple[int, int], Turn] = {}
        for i, reader in enumerate(read):
            if reader is not None:
                both = read_back[reader] == i
                self.pairs[i, reader] = Turn.KEEP if both else Turn.ONLY_INBOUND
        for j, reader in enumerate(read_back):
            if reader is not None and (reader, j) not in self.pairs:
                self.pairs[reader, j] = Turn.ONLY_OUTBOUND
        self.lost = [i for i, j in enumerate(read) if j is None]
        self.gained = [j for j, i in enumerate(read_back) if i is None]
        self.changed: list[tuple[int, int]] = []
        self._widened(read, read_back)
        self._renamed(old, new)
        if len(self.lost) == 1 == len(self.gained):
            self.changed.append((self.lost.pop(), self.gained.pop()))

    def _widened(self, read: list[int | None], read_back: list[int | None]) -> None:
        """A branch that is read one way only is the same branch, promoted: tell it as that."""
        for j in list(self.gained):
            if j in read:
                self.pairs[read.index(j), j] = Turn.KEEP
                self.gained.remove(j)
        for i in list(self.lost):
            if i in read_back:
                self.pairs[i, read_back.index(i)] = Turn.KEEP
                self.lost.remove(i)

    def _renamed(self, old: tuple[Node, ...], new: tuple[Node, ...]) -> None:
        """Two named types of a kind with much in common are one that was renamed."""
        if len(self.lost) * len(self.gained) > _TRIES:
            return
        for i in list(self.lost):
            for j in self.gained:
                if _is_alike(old[i], new[j]):
                    self.pairs[i, j] = Turn.KEEP
                    self.lost.remove(i)
                    self.gained.remove(j)
                    break


def _is_alike(old: Node, new: Node) -> bool:
    one, two = resolved(old).value, resolved(new).value
    if not is_named(one) or type(one) is not type(two):
        return False
    if one.name.simple == two.name.simple:
        return True
    before, after = _parts(one), _parts(two)
    return 2 * len(before & after) > max(len(before), len(after))


def _parts(value: object) -> frozenset[str]:
    if type(value) is Record:
        return frozenset(each.value.name for each in value.fields)
    return frozenset(getattr(value, "symbols", ()))


def _is_reordered(matching: _Matching) -> bool:
    if matching.lost or matching.gained or matching.changed:
        return False
    kept = [pair for pair, turn in matching.pairs.items() if turn is Turn.KEEP]
    return [j for _, j in sorted(kept)] != sorted(j for _, j in kept)
