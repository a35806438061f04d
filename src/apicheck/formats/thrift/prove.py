"""Bytes that one side writes and the other refuses or takes for something else.

For a change and a direction the writer is the old contract (INBOUND) or the new one (OUTBOUND). The
smallest message that shows the change is written by ``encode``; ``decode`` must read it by the
writer's contract, and by the reader's must refuse it or read something else at that field.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from apicheck.formats.thrift.decode import Refused, read
from apicheck.formats.thrift.encode import encode
from apicheck.formats.thrift.samples import samples, smallest
from apicheck.formats.thrift.shapes import Shape, alone, of_definition, of_method
from apicheck.model import Direction, Proof, Severity, Surface, Witness, breaks
from apicheck.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apicheck.formats.thrift.model import Idl
    from apicheck.model import Change
    from apicheck.nodes import Steps

__all__ = ["prover_of"]

#: Cards that a message without the field shows.
_ABSENT = {
    "thrift.required-field-added",
    "thrift.required-field-removed",
    "thrift.required-argument-added",
    "thrift.field-made-required",
    "thrift.field-no-longer-required",
    "thrift.default-changed",
    "thrift.return-dropped",
}
#: Cards of which no message says anything, or only that something is not there.
_SILENT = {
    "thrift.argument-added",
    "thrift.field-removed",
    "thrift.oneway-changed",
    "thrift.struct-removed",
}
#: Cards whose values are told apart by a strict reader alone.
_TEXTS = {"thrift.string-became-binary", "thrift.binary-became-string"}
_WHOLE = {"thrift.became-union", "thrift.no-longer-union"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """One side of the wire: its contract, what it reads and writes, and the field in question."""

    name: str
    idl: Idl
    shape: Shape
    focus: int | None


def prover_of(old: Idl, new: Idl) -> Callable[[Change, Direction], Proof]:
    """A function that says what is known of a change in one direction."""

    def prove(change: Change, direction: Direction) -> Proof:
        if not _counts(change, direction):
            return Proof()
        ends = _ends(old, new, change)
        if ends is None:
            return Proof()
        writer, reader = ends if direction is Direction.INBOUND else reversed(ends)
        return _proved(change, writer, reader)

    return prove


def _counts(change: Change, direction: Direction) -> bool:
    rule = change.rule
    if rule.id in _SILENT or Surface.WIRE not in rule.surfaces:
        return False
    if change.old is None or change.new is None:
        return False
    level = rule.override.get(
        direction, Severity.ERROR if breaks(rule.effect, direction) else Severity.INFO
    )
    return level > Severity.INFO


def _ends(old: Idl, new: Idl, change: Change) -> tuple[_End, _End] | None:
    """Both sides of the place of a change; None where no message is concerned."""
    assert change.old is not None
    assert change.new is not None
    one, two = change.old.pointer, change.new.pointer
    # Where a thing is on one side only, the other points to what it would stand in.
    part = _part(one) or _part(two)
    first = _end("old", old, one, part, two)
    second = _end("new", new, two, part, one)
    if first is None or second is None or one[:1] != two[:1]:
        kinds = _kind(old, one), _kind(new, two)
        if kinds[0] is None or kinds[1] is None:
            return None
        first, second = (
            _End(name=name, idl=idl, shape=alone(kind, "a struct"), focus=1)
            for name, idl, kind in (("old", old, kinds[0]), ("new", new, kinds[1]))
        )
    return first, second


def _part(pointer: Steps) -> str | None:
    """The part of a method that a place stands in: ``arguments`` or ``throws`` (the result)."""
    if pointer[:1] != ("services",) or len(pointer) < 5:
        return None
    return "arguments" if pointer[4] == "arguments" else "throws"


def _end(name: str, idl: Idl, pointer: Steps, part: str | None, other: Steps) -> _End | None:
    if pointer[:1] == ("structs",):
        shape = of_definition(idl, str(pointer[1]))
        return _End(name=name, idl=idl, shape=shape, focus=_focus(pointer[2:], other[2:]))
    if pointer[:1] == ("services",) and part is not None and len(pointer) > 3:
        shape = of_method(idl, str(pointer[1]), str(pointer[3]), part)
        return _End(name=name, idl=idl, shape=shape, focus=_focus(pointer[4:], other[4:]))
    return None


def _focus(pointer: Steps, other: Steps) -> int | None:
    for steps in (pointer, other):
        if steps[:1] == ("returns",):
            return 0
        if len(steps) > 1 and steps[0] in {"fields", "arguments", "throws"}:
            return int(steps[1])
    return None


def _kind(idl: Idl, pointer: Steps) -> Node | None:
    """The type at a place, as something that can be written: an enum, or a type itself."""
    if pointer[:1] == ("enums",):
        key = str(pointer[1])
        value = {"kind": "named", "name": key, "to": ["enums", key]}
        return Node(value, idl, ("enums", key))
    if "type" not in pointer and "returns" not in pointer:
        return None
    return idl.at(*pointer)


def _proved(change: Change, writer: _End, reader: _End) -> Proof:
    for value in _candidates(change, writer, reader):
        raw = encode(writer.idl, writer.shape, value)
        try:
            meant = read(writer.idl, writer.shape, raw)
        except Refused:
            continue
        told = _told(change, writer, reader, meant, raw)
        if told is not None:
            witness = Witness(
                value=_shown(raw, writer, meant, reader),
                accepted_by=writer.name,
                rejected_by=reader.name,
                purpose=told,
                checked=True,
                misread=" is read as " in told,
                shown=(f"bytes {raw.hex(' ')}", f"written from {_json(meant)}"),
            )
            return Proof(kind="witnessed", witness=witness)
    slot = None if writer.focus is None else writer.shape.fields.get(writer.focus)
    if change.rule.id == "thrift.default-changed" and slot is not None and slot.required:
        return Proof(kind="proved-safe", reason="the field is required: it is always written")
    if change.rule.id in _TEXTS:
        return Proof(reason="binary protocols read it alike; TJSONProtocol does not")
    # The rule stands by itself: a struct that requires itself, say, has no message at all.
    return Proof(reason="no message was found that shows it")


def _candidates(change: Change, writer: _End, reader: _End) -> Iterator[dict[int, Any]]:
    """Messages of the writer that may show the change, the smaller first."""
    idl, shape, focus = writer.idl, writer.shape, writer.focus
    rule = change.rule.id
    if rule in _WHOLE:
        yield from _several(idl, shape)
        return
    slot = None if focus is None else shape.fields.get(focus)
    if rule in _ABSENT:
        if slot is None or not slot.required:
            base = _base(writer, reader)
            if base is not None:
                yield base
        return
    base = _base(writer, reader)
    if slot is None or focus is None or base is None:
        return
    for each in _values(change, writer, reader, slot.kind):
        yield dict(sorted({**base, focus: each}.items()))


def _base(writer: _End, reader: _End) -> dict[int, Any] | None:
    """The smallest message without the field in question that is no trouble otherwise.

    What the reader requires is there if the writer knows it: another finding tells of that.
    """
    shape = writer.shape
    if writer.focus is not None and (shape.union or shape.returns):
        return {}
    base = smallest(writer.idl, shape, without=writer.focus)
    if base is None:
        return None
    for key, slot in reader.shape.fields.items():
        if slot.required and key not in base and key in shape.fields and key != writer.focus:
            found = next(iter(samples(writer.idl, shape.fields[key].kind, ())), None)
            if found is not None:
                base[key] = found
    return dict(sorted(base.items()))


def _values(change: Change, writer: _End, reader: _End, kind: Node) -> Iterator[Any]:
    """Values of the field in question."""
    if change.rule.id.startswith("thrift.enum-value-"):
        values = change.values
        yield values["number"] if "number" in values else values[writer.name]
    else:
        yield from samples(writer.idl, kind, _numbers(writer, reader))


def _several(idl: Idl, shape: Shape) -> Iterator[dict[int, Any]]:
    """A struct with all that it must have, and then with more fields than a union may."""
    base = smallest(idl, shape)
    if base is None:
        return
    yield base
    more = dict(base)
    for key, slot in shape.fields.items():
        found = next(iter(samples(idl, slot.kind, ())), None)
        if key not in more and found is not None:
            more[key] = found
            yield dict(sorted(more.items()))
            if len(more) > 1:
                return


def _numbers(writer: _End, reader: _End) -> tuple[int, ...]:
    """Numbers that an i32 may be: small ones, and one past each enum of the reader."""
    known = {
        value["number"]
        for enum in (*reader.idl.data["enums"].values(), *writer.idl.data["enums"].values())
        for value in enum["values"].values()
    }
    past = max(known, default=0) + 1
    return (1, 0, past if past < 2**31 else min(known) - 1)


def _told(
    change: Change, writer: _End, reader: _End, meant: dict[str, Any], raw: bytes
) -> str | None:
    """What goes wrong at the field in question when the reader reads; None if nothing does."""
    try:
        seen = read(reader.idl, _forgiving(reader, writer.focus), raw)
    except Refused as problem:
        # At another field it is another finding.
        place = problem.place[:1]
        return str(problem) if place in {(), (writer.focus,), (reader.focus,)} else None
    if change.rule.id in _WHOLE | _TEXTS or writer.focus is None:
        return None
    mine = writer.shape.fields.get(writer.focus)
    theirs = reader.shape.fields.get(writer.focus)
    one = None if mine is None else meant.get(mine.name)
    if mine is not None and (theirs is None or theirs.name not in seen):
        # Renaming is no harm, so ids are held together; a name that moved is looked for as well.
        if mine.name in seen and seen[mine.name] == one:
            return None
        return f"{mine.name} = {_short(one)} is read as nothing"
    if theirs is None:
        return None
    two = seen.get(theirs.name)
    moved = change.rule.id in {"thrift.field-id-changed", "thrift.field-id-reused"}
    if one != two:
        name = theirs.name if mine is None else mine.name
        return f"{name} = {_short(one)} is read as {_short(two)}"
    if moved and mine is not None and mine.name != theirs.name:
        return f"{mine.name} = {_short(one)} is read as {theirs.name}"
    return None


def _forgiving(reader: _End, focus: int | None) -> Shape:
    """What the reader reads, without its other demands: those are findings of their own."""
    fields = {
        key: slot if key in {focus, reader.focus} else replace(slot, required=False)
        for key, slot in reader.shape.fields.items()
    }
    return replace(reader.shape, fields=fields)


def _short(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _shown(raw: bytes, writer: _End, meant: dict[str, Any], reader: _End) -> dict[str, Any]:
    """The witness as JSON: the bytes, what was meant, and what is read."""
    shown: dict[str, Any] = {
        "bytes": raw.hex(" "),
        "what": writer.shape.title,
        "written": meant,
    }
    try:
        shown["read"] = read(reader.idl, reader.shape, raw)
    except Refused:
        shown["read"] = None
    return shown
