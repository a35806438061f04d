"""Two Avro contracts compared: which types answer to which, and by whom they are reached.

INBOUND means a reader of the new version and data written under the old one, OUTBOUND a reader of
the old version and data written under the new. A schema by itself is reached both ways; in a
protocol a request is INBOUND and a response OUTBOUND.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.errors import ParseError
from apicheck.formats.avro.context import Context
from apicheck.formats.avro.describe import describe
from apicheck.formats.avro.examples import schemas
from apicheck.formats.avro.messages import compare_messages
from apicheck.formats.avro.model import is_named
from apicheck.formats.avro.named import compare_named
from apicheck.formats.avro.types import compare_types
from apicheck.model import Change, Direction, Effect, Example, Rule, Severity, Use
from apicheck.walk import Fact, Root, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apicheck.formats.avro.model import Model
    from apicheck.nodes import Node

__all__ = ["RULES", "compare", "matched"]

_A = '{"type": "record", "name": "A", "fields": []}'
_B = '{"type": "record", "name": "B", "fields": []}'
_ONE = f'{{"protocol": "P", "types": [{_A}]}}'
_TWO = f'{{"protocol": "P", "types": [{_A}, {_B}]}}'

SCHEMA_REMOVED = Rule(
    id="avro.schema-removed",
    mirror="avro.schema-added",
    effect=Effect.NARROWS,
    summary="A schema that data may be of was removed.",
    message="schema {name} was removed",
    why="Nothing of the new version reads data that was written under it.",
    fix="Keep the schema as long as such data is kept.",
    example=schemas(_TWO, _ONE),
)
SCHEMA_ADDED = Rule(
    id="avro.schema-added",
    mirror="avro.schema-removed",
    effect=Effect.WIDENS,
    summary="A schema that data may be of was added.",
    message="schema {name} was added",
    why="Readers of the old version do not ask for data of it.",
    fix="Nothing needs to be done.",
    example=schemas(_ONE, _TWO),
    override={Direction.OUTBOUND: Severity.INFO},
    because="Data of a schema of its own is read by those who know the schema.",
)
REFERENCE_UNRESOLVED = Rule(
    id="avro.reference-unresolved",
    effect=Effect.KEEPS,
    summary="A type is defined in none of the files, so it was not compared.",
    message="type {name} is defined in none of the files; it was not compared",
    why="A change of that type would go unseen.",
    fix="Give the folder that has the file with the type in it.",
    example=Example(
        of="avro",
        old='{"type": "record", "name": "A", "fields": [{"name": "a", "type": "x.Y"}]}',
        new='{"type": "record", "name": "A", "fields": [{"name": "a", "type": "x.Y"}]}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Nothing is known to break, but nothing is known to hold either.",
    unknown=True,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def compare(old: Model, new: Model) -> Iterator[Change]:
    """Every change from ``old`` to ``new``.

    ParseError where a type is known to one version only: the two cannot be compared.
    """
    _check(old, new)
    context = Context(named=compare_named)
    yield from walk(_roots(old, new, context), context, same=_same, describe=describe)
    for name, node in new.unresolved.items():
        path, label = describe(None, node)
        yield Change(
            rule=REFERENCE_UNRESOLVED,
            path=path,
            label=label,
            direction=Direction.BOTH,
            old=old.unresolved[name].place,
            new=node.place,
            values={"name": name, "both": True},
        )


def _check(old: Model, new: Model) -> None:
    """A type unknown to both versions is of another contract; one unknown to one only is lost."""
    for one, other in ((old, new), (new, old)):
        for name, node in one.unresolved.items():
            if name not in other.unresolved:
                raise ParseError(
                    node.document.source,
                    f"type {name} is defined in none of the files",
                    span=node.document.span(node.pointer),
                    hint="correct the name, or give the folder that has the file with the type",
                )


def _same(old: Node, new: Node) -> bool:
    return old.document is new.document and old.pointer == new.pointer


def _roots(old: Model, new: Model, context: Context) -> Iterator[Root]:
    yield from compare_messages(old, new, context)
    pairs, removed, added = matched(old, new)
    for before, after in pairs:
        label = _label(after, new.roots)
        for use in _uses(label):
            for seen in compare_types(before, after, context):
                yield Root(use, seen)
    # What went, or came, as a part of something else is told there.
    for name in removed:
        near = next(iter(new.roots.values()), None)
        fact = Fact(SCHEMA_REMOVED, old.roots[name], None, {"name": name}, near=near)
        for use in _uses(name):
            yield Root(use, fact)
    for name in added:
        near = next(iter(old.roots.values()), None)
        fact = Fact(SCHEMA_ADDED, None, new.roots[name], {"name": name}, near=near)
        for use in _uses(name):
            yield Root(use, fact)


def _uses(label: str) -> tuple[Use, Use]:
    short = label.rpartition(".")[2] if "/" not in label and " " not in label else label
    return (
        Use(label=short, side="old data", direction=Direction.INBOUND),
        Use(label=short, side="old readers", direction=Direction.OUTBOUND),
    )


def _label(node: Node, roots: Mapping[str, Node]) -> str:
    return next((name for name, each in roots.items() if each is node), "schema")


def matched(old: Model, new: Model) -> tuple[list[tuple[Node, Node]], list[str], list[str]]:
    """Pairs of roots that answer to each other, and the labels of those that came and went.

    By full name, also if the one is a part of others now; then by unqualified name or alias; and
    where each side has but one, that one, whatever it is called.
    """
    pairs: list[tuple[Node, Node]] = []
    gone, come = dict(old.roots), dict(new.roots)
    if len(gone) == 1 == len(come):
        return [(next(iter(gone.values())), next(iter(come.values())))], [], []
    for name in list(gone):
        after = come.pop(name, None) or new.names.get(name)
        if after is not None:
            pairs.append((gone.pop(name), after))
    known = [name for name in come if name in old.names]
    pairs += [(old.names[name], come.pop(name)) for name in known]
    for name, before in list(gone.items()):
        for other, after in come.items():
            if _is_renamed(before, after):
                pairs.append((gone.pop(name), come.pop(other)))
                break
    if len(gone) == 1 == len(come) and len(old.roots) == 1 == len(new.roots):
        pairs.append((gone.popitem()[1], come.popitem()[1]))
    return pairs, list(gone), list(come)


def _is_renamed(old: Node, new: Node) -> bool:
    one, two = old.value, new.value
    if not is_named(one) or type(one) is not type(two):
        return False
    alias = one.name.full in two.aliases or two.name.full in one.aliases
    return alias or one.name.simple == two.name.simple
