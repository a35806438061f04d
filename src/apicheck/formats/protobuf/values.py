"""Messages made, written and read with the runtime library of Protobuf: what the prover works with.

The runtime is another implementation than the compiler's and knows nothing of our rules: each side
of a comparison is a pool of its own, and what one writes the other reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.protobuf.model import Model

__all__ = ["Refused", "Runtime", "effective", "filled", "put", "samples", "view"]

#: Levels of required messages inside messages that are filled.
_DEPTH = 8
_EDGES = {
    "int32": (1, -1, 2**31 - 1, -(2**31)),
    "sint32": (1, -1, 2**31 - 1, -(2**31)),
    "sfixed32": (1, -1, 2**31 - 1, -(2**31)),
    "int64": (1, -1, 2**40 + 1, 2**63 - 1, -(2**63)),
    "sint64": (1, -1, 2**40 + 1, 2**63 - 1, -(2**63)),
    "sfixed64": (1, -1, 2**40 + 1, 2**63 - 1, -(2**63)),
    "uint32": (1, 2**32 - 1),
    "fixed32": (1, 2**32 - 1),
    "uint64": (1, 2**40 + 1, 2**64 - 1),
    "fixed64": (1, 2**40 + 1, 2**64 - 1),
    "bool": (True,),
    "float": (1.5,),
    "double": (1.5,),
    "string": ("a", "1"),
    "bytes": (b"a", b"\xff"),
}


class Refused(Exception):
    """A reader does not take what it was given; its own words are the argument."""


@dataclass(slots=True, eq=False)
class Runtime:
    """One side of a comparison, able to make, write and read its messages."""

    model: Model
    _pool: Any = None
    _classes: dict[str, Any] = field(default_factory=dict)

    def message(self, name: str) -> Any:
        """A new message of that full name; KeyError if there is none."""
        from google.protobuf import descriptor_pool, message_factory

        if self._pool is None:
            self._pool = descriptor_pool.DescriptorPool()
            for file in self.model.descriptors.file:
                self._pool.AddSerializedFile(file.SerializeToString())
        if name not in self._classes:
            found = self._pool.FindMessageTypeByName(name)
            self._classes[name] = message_factory.GetMessageClass(found)
        return self._classes[name]()

    def read(self, name: str, raw: bytes) -> Any:
        """The message that the bytes are to this side; Refused if they are none."""
        from google.protobuf.message import DecodeError

        message = self.message(name)
        try:
            message.ParseFromString(raw)
        except DecodeError as problem:
            raise Refused(_first_line(problem)) from None
        _complete(message)
        return message

    def read_json(self, name: str, value: Any) -> Any:
        """The message that a JSON value is to this side; Refused if it is none."""
        from google.protobuf import json_format

        message = self.message(name)
        try:
            json_format.ParseDict(value, message, descriptor_pool=self._pool)
        except json_format.ParseError as problem:
            raise Refused(_first_line(problem)) from None
        _complete(message)
        return message

    def write_json(self, message: Any) -> Any:
        """A message as JSON; Refused if it has no such form."""
        from google.protobuf import json_format

        try:
            return json_format.MessageToDict(message, descriptor_pool=self._pool)
        except (json_format.Error, TypeError, ValueError) as problem:
            raise Refused(str(problem)) from None


def _first_line(problem: Exception) -> str:
    return str(problem).partition("\n")[0]


def _complete(message: Any) -> None:
    missing = message.FindInitializationErrors()
    if missing:
        raise Refused(f"required field is missing: {', '.join(missing)}")


def filled(message: Any, depth: int = 0) -> Any:
    """``message`` with all that is required set to something simple; Refused where that is deep."""
    if depth > _DEPTH:
        raise Refused("required messages are nested too deeply")
    for each in message.DESCRIPTOR.fields:
        if each.is_required and not message.HasField(each.name):
            if each.message_type is not None:
                getattr(message, each.name).SetInParent()
                filled(getattr(message, each.name), depth + 1)
            else:
                setattr(message, each.name, _simple(each))
    return message


def _simple(descriptor: Any) -> Any:
    if descriptor.enum_type is not None:
        return descriptor.enum_type.values[0].number
    return descriptor.default_value


def put(message: Any, number: int, value: Any) -> None:
    """Set the field of that number: one item of a list, one entry of a map, or the single value.

    A message is given as None and filled with what it has.
    """
    descriptor = message.DESCRIPTOR.fields_by_number[number]
    holder = getattr(message, descriptor.name)
    if _is_map(descriptor):
        entry = descriptor.message_type
        key = _simple(entry.fields_by_number[1])
        inner = entry.fields_by_number[2]
        if inner.message_type is not None:
            _fill_all(holder[key])
        else:
            holder[key] = value
    elif descriptor.is_repeated:
        if descriptor.message_type is not None:
            _fill_all(holder.add())
        else:
            holder.append(value)
    elif descriptor.message_type is not None:
        holder.SetInParent()
        _fill_all(holder)
    else:
        setattr(message, descriptor.name, value)


def _fill_all(message: Any) -> None:
    """Give every plain field of a message a value that is not its default."""
    filled(message)
    for each in message.DESCRIPTOR.fields:
        oneof = each.containing_oneof
        if oneof is not None and message.WhichOneof(oneof.name) is not None:
            continue
        if each.message_type is not None:
            if oneof is not None:
                filled(getattr(message, each.name)).SetInParent()
            continue
        kinds = [name for name in _EDGES if _type_name(each) == name]
        value = _EDGES[kinds[0]][0] if kinds else _simple(each)
        if each.is_repeated:
            getattr(message, each.name).append(value)
        else:
            setattr(message, each.name, value)


def _type_name(descriptor: Any) -> str:
    from apicheck.formats.protobuf.model import TYPES

    return TYPES[descriptor.type]


def _is_map(descriptor: Any) -> bool:
    inner = descriptor.message_type
    return bool(descriptor.is_repeated and inner is not None and inner.GetOptions().map_entry)


def samples(value: dict[str, Any], model: Model, *, named: bool = True) -> Iterator[Any]:
    """Values worth trying for a field of the model, the simplest first; None for a message.

    Of an enum, its values if they are to be ``named``, else a number that is none of them.
    """
    kind = value["type"]
    if kind in {"message", "group"}:
        yield None
    elif kind == "enum":
        numbers = [each["number"] for each in model.data["enums"][value["ref"]]["values"].values()]
        yield from numbers if named else [max(numbers) + 1]
    else:
        yield from _EDGES[kind]


def view(message: Any, *, names: bool) -> dict[Any, Any]:
    """What is set in a message, by numbers, or by names (of fields and enum values)."""
    return {
        (each.name if names else each.number): _seen(each, value, names=names)
        for each, value in message.ListFields()
    }


def effective(message: Any, number: int, *, names: bool) -> Any:
    """What code that reads the field gets: its value or default; None where there is no field."""
    descriptor = message.DESCRIPTOR.fields_by_number.get(number)
    if descriptor is None:
        return None
    single = descriptor.message_type is not None and not descriptor.is_repeated
    if single and not message.HasField(descriptor.name):
        return None
    return _seen(descriptor, getattr(message, descriptor.name), names=names)


def _seen(descriptor: Any, value: Any, *, names: bool) -> Any:
    if _is_map(descriptor):
        inner = descriptor.message_type.fields_by_number[2]
        return {key: _single(inner, value[key], names=names) for key in value}
    if descriptor.is_repeated:
        return [_single(descriptor, each, names=names) for each in value]
    return _single(descriptor, value, names=names)


def _single(descriptor: Any, value: Any, *, names: bool) -> Any:
    if descriptor.message_type is not None:
        return view(value, names=names)
    if descriptor.enum_type is not None and names:
        known = descriptor.enum_type.values_by_number.get(value)
        return value if known is None else known.name
    if isinstance(value, str):
        # A string and bytes of the same bytes are the same on the wire.
        return value.encode()
    return value
