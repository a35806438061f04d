"""The way from the root of a message to a changed place, as a reader takes it through the data."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import isinf
from typing import TYPE_CHECKING, Any

from apicheck.formats.avro.data import Chosen, least
from apicheck.formats.avro.matching import Readers
from apicheck.formats.avro.model import Array, Map, Record, Union, branches, resolved

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from apicheck.formats.avro.data import Costs
    from apicheck.nodes import Node

__all__ = ["Stop", "route", "through"]


#: Pairs of types that are looked at.
_FARTHEST = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """A writer's type and the reader's that it is held against; ``via`` is the stop before.

    ``step`` leads here in the data: a field by name, ``[]``, ``{}`` or the index of a branch.
    """

    writer: Node
    reader: Node
    via: Stop | None = None
    step: str | int = ""


def route(
    roots: Sequence[tuple[Node, Node]], writer: Node, reader: Node, costs: Costs | None = None
) -> Stop | None:
    """The shortest way to the two places, from pairs (writer, reader); None if there is none.

    With ``costs``, only ways that some datum takes: not through types that have none.
    """
    queue = deque(Stop(*each) for each in roots)
    seen: set[Hashable] = set()
    while queue:
        stop = queue.popleft()
        if costs is not None and isinf(costs(stop.writer)):
            continue
        if _is_at(stop.writer, writer) and _is_at(stop.reader, reader, branches=True):
            return stop
        key = (resolved(stop.writer).key, resolved(stop.reader).key)
        if key in seen:
            continue
        if len(seen) > _FARTHEST:
            return None
        seen.add(key)
        queue.extend(_onward(stop))
    return None


def _is_at(node: Node, wanted: Node, *, branches: bool = False) -> bool:
    known = resolved(node)
    if wanted.key in {node.key, known.key}:
        return True
    if not branches or type(known.value) is not Union:
        return False
    # What a reader's union lacks is held against all of it.
    return any(_is_at(each, wanted) for each in known.value.branches)


def _onward(stop: Stop) -> Iterator[Stop]:
    writer, reader = resolved(stop.writer), resolved(stop.reader)
    one, two = writer.value, reader.value
    if type(one) is Union or type(two) is Union:
        readers = branches(stop.reader)
        select = Readers(readers).select
        for index, branch in enumerate(branches(stop.writer)):
            chosen = select(branch)
            after = stop.reader if chosen is None else readers[chosen]
            if branch is not stop.writer or after is not stop.reader:
                yield Stop(branch, after, stop, index if type(one) is Union else "")
    elif type(one) is Record and type(two) is Record:
        taken = {each.value.name: each.value for each in two.fields}
        aliases = {alias: each for each in taken.values() for alias in each.aliases}
        for field in one.fields:
            match = taken.get(field.value.name) or aliases.get(field.value.name)
            if match is not None:
                yield Stop(field.value.type, match.type, stop, field.value.name)
    elif type(one) is Array and type(two) is Array:
        yield Stop(one.items, two.items, stop, "[]")
    elif type(one) is Map and type(two) is Map:
        yield Stop(one.values, two.values, stop, "{}")


def through(stop: Stop, datum: Any, costs: Costs) -> tuple[Node, Node, Any]:
    """The roots of a way and the least datum of the writer's that has ``datum`` at its end.

    ValueError where what stands around it has no small value.
    """
    while stop.via is not None:
        step, stop = stop.step, stop.via
        value = resolved(stop.writer).value
        if step == "":
            continue  # only the reader has a union there
        if type(value) is Record:
            datum = {
                each.value.name: datum if each.value.name == step else least(each.value.type, costs)
                for each in value.fields
            }
        elif type(value) is Union and isinstance(step, int):
            datum = Chosen(step, datum)
        elif type(value) is Array:
            datum = [datum]
        elif type(value) is Map:
            datum = {"key": datum}
    return stop.writer, stop.reader, datum
