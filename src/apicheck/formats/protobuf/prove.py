"""Proofs: the smallest message through a changed place that one side writes and the other misreads.

What is tried are messages with the changed field at the edges of its type, and the one without it.
A witness is shown only after the runtime library has read it otherwise, or refused it. That nothing
was found among these proves nothing: then there is only the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.formats.protobuf import values
from apicheck.formats.protobuf.values import Refused, Runtime
from apicheck.model import Direction, Effect, Proof, Surface, Witness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apicheck.model import Change, Contract

__all__ = ["prover"]

#: Rules about names: fields and values are told apart by them, not by number.
_BY_NAME = frozenset({
    "protobuf.field-renumbered", "protobuf.number-reassigned", "protobuf.enum-value-renumbered",
    "protobuf.enum-number-reassigned", "protobuf.number-reused",
})  # fmt: skip
#: Rules about the name of a field.
_NAMES = frozenset({
    "protobuf.field-renamed", "protobuf.json-name-changed", "protobuf.number-reused",
})  # fmt: skip
_PRESENCE = frozenset({"protobuf.presence-gained", "protobuf.presence-lost"})
#: Rules about a field that is not set.
_UNSET = _PRESENCE | {
    "protobuf.default-changed", "protobuf.required-field-added", "protobuf.required-field-removed",
    "protobuf.field-made-required", "protobuf.field-no-longer-required",
}  # fmt: skip
_TEXT = frozenset({"protobuf.text-checked", "protobuf.text-unchecked"})
#: Rules about enum numbers without a name.
_KINDS = frozenset({"protobuf.enum-opened", "protobuf.enum-closed"})
_ONEOFS = frozenset({
    "protobuf.field-into-oneof", "protobuf.field-out-of-oneof", "protobuf.field-between-oneofs",
})  # fmt: skip


def prover(old: Contract, new: Contract) -> Callable[[Change, Direction], Proof]:
    """What is known of changes between two contracts beyond their rules."""
    runtimes = Runtime(old.model), Runtime(new.model)

    def prove(change: Change, direction: Direction) -> Proof:
        """A witness for ``direction``, INBOUND or OUTBOUND; of BOTH, for the first that has one."""
        sides = [direction]
        if direction is Direction.BOTH:
            sides = [Direction.INBOUND, Direction.OUTBOUND]
        proof = Proof()
        for side in sides:
            proof = _prove(change, side, runtimes)
            if proof.witness is not None:
                break
        return proof

    return prove


@dataclass(slots=True, eq=False)
class _Case:
    """One change seen from one direction: who writes, who reads, and which field is concerned."""

    rule: str
    writer: Runtime
    reader: Runtime
    #: Full names of the message on the side that writes and on the side that reads.
    written: str
    read: str
    #: Number of the field on each side.
    number: int
    number_read: int
    accepted: str

    @property
    def held(self) -> dict[str, Any] | None:
        """The field as the writer knows it."""
        found: dict[str, Any] = self.writer.model.data["messages"][self.written]["fields"]
        return found.get(str(self.number))


def _prove(change: Change, direction: Direction, runtimes: tuple[Runtime, Runtime]) -> Proof:
    inbound = direction is Direction.INBOUND
    writer, reader = runtimes if inbound else runtimes[::-1]
    cases = list(_cases(change, writer, reader, inbound=inbound))
    if not cases or not change.rule.surfaces & {Surface.WIRE, Surface.JSON}:
        return Proof(kind="rule")
    if change.rule.effect is Effect.KEEPS:
        return Proof(kind="rule")
    for case in cases:
        reason = _harmless(case)
        if reason:
            return Proof(kind="proved-safe", reason=reason)
        if case.rule not in _UNSET and case.held is None:
            # Who does not know the field writes nothing that could be misread.
            return Proof(kind="rule")
        messages = list(_messages(case))
        for surface in (Surface.WIRE, Surface.JSON):
            for message in messages if surface in change.rule.surfaces else ():
                witness = _try(case, message, surface)
                if witness is not None:
                    return Proof(kind="witnessed", witness=witness)
    return Proof(kind="rule", reason="no message was found that is read otherwise")


def _cases(change: Change, writer: Runtime, reader: Runtime, *, inbound: bool) -> Iterator[_Case]:
    """The fields whose values may show the change; none where a rule is about no value."""
    places = (change.old, change.new) if inbound else (change.new, change.old)
    one, two = (() if place is None else place.pointer for place in places)
    if not one or not two:
        return
    accepted = "old" if inbound else "new"
    if one[0] == "messages" and two[0] == "messages":
        # A field that is there on one side only is told near the message on the other.
        numbers = [int(at[3]) for at in (one, two) if len(at) > 3 and at[2] == "fields"]
        if numbers:
            yield _Case(
                rule=change.rule.id,
                writer=writer,
                reader=reader,
                written=str(one[1]),
                read=str(two[1]),
                number=numbers[0],
                number_read=numbers[-1],
                accepted=accepted,
            )
    elif one[0] == "enums" and two[0] == "enums":
        for name, number in _holders(writer, str(one[1])):
            other = _counterpart(reader, name, number, str(two[1]))
            if other is not None:
                yield _Case(
                    rule=change.rule.id,
                    writer=writer,
                    reader=reader,
                    written=name,
                    read=other,
                    number=number,
                    number_read=number,
                    accepted=accepted,
                )
                return


def _holders(side: Runtime, enum: str) -> Iterator[tuple[str, int]]:
    """Messages with a field of the enum, and its number; the smallest messages first."""
    messages = side.model.data["messages"]
    for name in sorted(messages, key=lambda each: len(messages[each]["fields"])):
        for number, each in messages[name]["fields"].items():
            if each["ref"] == enum:
                yield name, int(number)


def _counterpart(side: Runtime, name: str, number: int, enum: str) -> str | None:
    """The message of a name, or of its last part, whose field of the number is of the enum."""
    short = name.rpartition(".")[2]
    messages = side.model.data["messages"]
    for each in [name, *(other for other in messages if other.endswith(f".{short}"))]:
        found = messages.get(each, {"fields": {}})["fields"].get(str(number))
        if found is not None and found["ref"] == enum:
            return str(each)
    return None


def _harmless(case: _Case) -> str:
    """Why nothing is misread in this direction, where that is sure."""
    if case.rule == "protobuf.json-name-changed" and case.held is not None:
        fields = case.reader.model.data["messages"][case.read]["fields"]
        if fields[str(case.number_read)]["name"] == case.held["json"]:
            return "JSON readers of Protobuf take the original name of a field as well"
    return ""


def _messages(case: _Case) -> Iterator[Any]:
    """Messages of the writer worth trying: without the field, and with each value worth trying."""
    held = case.held
    try:
        if case.rule in _TEXT:
            yield _raw_text(case)
            return
        if case.rule in _UNSET or case.rule == "protobuf.enum-number-reassigned":
            yield values.filled(case.writer.message(case.written))
        if held is None:
            return
        for value in values.samples(held, case.writer.model, named=case.rule not in _KINDS):
            message = values.filled(case.writer.message(case.written))
            values.put(message, case.number, value)
            if case.rule in _ONEOFS:
                yield from _together(case, message)
                continue
            yield message
            if held["label"] == "repeated":
                several = type(message)()
                several.CopyFrom(message)
                values.put(several, case.number, value)
                yield several
    except (Refused, ValueError, TypeError):
        return


def _together(case: _Case, message: Any) -> Iterator[Any]:
    """The message with one other field set besides, for each that shares a oneof on either side."""
    others = {
        int(number)
        for side, name in ((case.writer, case.written), (case.reader, case.read))
        for number, each in side.model.data["messages"][name]["fields"].items()
        if each["oneof"] is not None
    }
    fields = case.writer.model.data["messages"][case.written]["fields"]
    for number in sorted(others - {case.number}):
        if str(number) not in fields:
            continue
        both = type(message)()
        both.CopyFrom(message)
        value = next(values.samples(fields[str(number)], case.writer.model))
        values.put(both, number, value)
        yield both


def _raw_text(case: _Case) -> bytes:
    """A string of one byte that is no UTF-8: field key, length, byte (encoding guide)."""
    key = case.number << 3 | 2
    encoded = bytearray()
    while key > 0x7F:
        encoded.append(key & 0x7F | 0x80)
        key >>= 7
    return bytes([*encoded, key, 1, 0xFF])


def _try(case: _Case, message: Any, surface: Surface) -> Witness | None:
    """A witness, if the reader refuses the message or reads the field otherwise than the writer."""
    try:
        if surface is Surface.WIRE:
            raw = message if isinstance(message, bytes) else message.SerializeToString()
            # The writer's own reading of it: what it means to say.
            meant = case.writer.read(case.written, raw)
            shown: dict[str, Any] = {"message": case.written, "bytes": raw.hex(" ")}
            shown["written"] = None if message is raw else case.writer.write_json(meant)
        else:
            if isinstance(message, bytes) or _renamed(case):
                return None
            meant = message
            shown = {"message": case.written, "json": case.writer.write_json(message)}
    except (Refused, ValueError, UnicodeDecodeError):
        return None
    other = case.number_read
    try:
        if surface is Surface.WIRE:
            taken = case.reader.read(case.read, raw)
        else:
            taken = case.reader.read_json(case.read, shown["json"])
        if not _differs(case, meant, taken):
            return None
        shown["read"] = case.reader.write_json(taken)
        written = shown.get("json", shown.get("written"))
        purpose = f"read as {_json(shown['read'])}"
        if written is not None:
            purpose = f"written as {_json(written)}, {purpose}"
        if case.rule in _UNSET:
            shown["meant"], shown["taken"] = _state(meant, case.number), _state(taken, other)
            purpose = f"meant as {_json(shown['meant'])}, taken for {_json(shown['taken'])}"
    except Refused as problem:
        shown["error"] = str(problem)
        purpose = f"a reader of {case.read.rpartition('.')[2]} fails"
    return Witness(
        value=shown,
        accepted_by=case.accepted,
        rejected_by="new" if case.accepted == "old" else "old",
        purpose=purpose,
        checked=True,
        misread="error" not in shown,
        shown=(f"bytes {shown['bytes']}" if surface is Surface.WIRE else _json(shown["json"]),),
    )


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _renamed(case: _Case) -> bool:
    """Whether JSON would be refused for the name of the field, which another change tells of."""
    fields = case.reader.model.data["messages"][case.read]["fields"]
    other = fields.get(str(case.number_read))
    if case.rule in _ONEOFS:
        # Several fields are set; the wire shows all there is to show.
        return True
    if case.held is None or other is None or case.rule in _NAMES:
        return False
    return bool(case.held["json"] not in {other["json"], other["name"]})


def _differs(case: _Case, meant: Any, taken: Any) -> bool:
    """Whether the reader gets another value of the field than the writer gave."""
    if case.rule in _PRESENCE:
        return bool(_state(meant, case.number) != _state(taken, case.number_read))
    if case.rule.startswith("protobuf.enum-"):
        names = case.rule in _BY_NAME
        one = values.effective(meant, case.number, names=names)
        return bool(one != values.effective(taken, case.number_read, names=names))
    if case.rule in _BY_NAME:
        return values.view(meant, names=True) != values.view(taken, names=True)
    if case.rule in _ONEOFS:
        return values.view(meant, names=False) != values.view(taken, names=False)
    if case.number not in meant.DESCRIPTOR.fields_by_number:
        # What the writer does not know of, it says nothing of.
        return False
    one = _items(values.effective(meant, case.number, names=False))
    two = _items(values.effective(taken, case.number_read, names=False))
    return bool(one != two)


def _items(value: Any) -> Any:
    """A list as it is, a single value as a list of one: which the wire does not tell apart."""
    if value is None:
        return []
    return value if isinstance(value, list | dict) else [value]


def _state(message: Any, number: int) -> Any:
    """What a field that is not set is taken for, as a JSON value: its default, or "not set"."""
    descriptor = message.DESCRIPTOR.fields_by_number.get(number)
    if descriptor is None:
        return "not known"
    unset = descriptor.has_presence and not message.HasField(descriptor.name)
    if unset and (descriptor.message_type is not None or not descriptor.has_default_value):
        return "not set"
    value = getattr(message, descriptor.name)
    return value.hex(" ") if isinstance(value, bytes) else value
