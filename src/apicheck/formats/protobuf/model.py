"""The model of a contract: plain values of a FileDescriptorSet, by full names and field numbers.

``data`` has ``files`` by name, ``messages``, ``enums`` and ``services`` by full name, and
``extensions`` by the full name of what they extend and by number. A field is::

    {"name": "sizes", "json": "sizes", "label": "implicit|explicit|required|repeated|map",
     "type": "int32|...|message|group|enum", "ref": "shop.Size" or None, "key": "string" or None,
     "oneof": "kind" or None, "default": text or None, ...}

Of a map, ``type`` and ``ref`` are those of the values, ``key`` is the type of the keys. Features
are resolved and synthetic oneofs are no oneofs, so files of several syntaxes compare.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apicheck.errors import UnresolvedReference
from apicheck.formats.protobuf import features as f
from apicheck.formats.protobuf.protoc import column_of
from apicheck.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.formats.protobuf.imports import Layout
    from apicheck.nodes import Document, Steps

__all__ = ["FILE_OPTIONS", "Model", "read"]

#: FieldDescriptorProto.Type
TYPES = (
    "", "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string",
    "group", "message", "bytes", "uint32", "enum", "sfixed32", "sfixed64", "sint32", "sint64",
)  # fmt: skip
#: Types that are packed where the feature says so: all that are no strings, bytes or messages.
PACKABLE = frozenset(TYPES) - {"", "string", "bytes", "message", "group"}
_REQUIRED, _REPEATED = 2, 3
#: Options of a file that change generated code, by name (descriptor.proto, FileOptions).
FILE_OPTIONS = (
    "cc_enable_arenas", "cc_generic_services", "csharp_namespace", "go_package",
    "java_generic_services", "java_multiple_files", "java_outer_classname", "java_package",
    "java_string_check_utf8", "objc_class_prefix", "optimize_for", "php_class_prefix",
    "php_metadata_namespace", "php_namespace", "py_generic_services", "ruby_package",
    "swift_prefix",
)  # fmt: skip
_SYNTAXES = {998: "proto2", 999: "proto3"}
_IDEMPOTENCY = ("unknown", "no side effects", "idempotent")
#: Where the parts of an element stand below it (descriptor.proto, by field numbers).
_PARTS: dict[str, dict[str, tuple[int, ...]]] = {
    "files": {"package": (2,), "syntax": (12,), "options": (8,)},
    "fields": {
        "name": (1,), "type": (5,), "ref": (6,), "label": (4,), "json": (10,), "default": (7,),
        "number": (3,), "options": (8,), "deprecated": (8, 3),
    },
    "methods": {"request": (2,), "response": (3,), "idempotency": (4, 34), "deprecated": (4, 33)},
    "messages": {"deprecated": (7, 3)},
    "enums": {"deprecated": (3, 3)},
    "values": {"deprecated": (3, 1)},
    "services": {"deprecated": (3, 33)},
}  # fmt: skip
_PARTS["extensions"] = _PARTS["fields"]


@dataclass(slots=True, eq=False)
class Model:
    """A model as a document: what ``nodes.Document`` asks for, with positions in the real files."""

    source: str
    data: dict[str, Any]
    layout: Layout
    #: The FileDescriptorSet itself, for positions and for the prover.
    descriptors: Any
    #: Pointer to (index of the file, path in its descriptor).
    places: dict[Steps, tuple[int, tuple[int, ...]]]
    #: Pointer of a file, definition or extension to the name of the file that it stands in.
    homes: dict[Steps, str] = field(default_factory=dict)
    members: tuple[Document, ...] = ()
    _used: frozenset[str] | None = None
    _spans: dict[int, dict[tuple[int, ...], Any]] = field(default_factory=dict)

    @property
    def own(self) -> frozenset[str]:
        """Names of the contract's own files."""
        return frozenset(self.layout.own)

    @property
    def used(self) -> frozenset[str]:
        """Full names of messages that others, or methods, are made of."""
        if self._used is None:
            held = [each["fields"] for each in self.data["messages"].values()]
            held += self.data["extensions"].values()
            found = {field["ref"] for fields in held for field in fields.values()} - {None}
            for service in self.data["services"].values():
                for method in service["methods"].values():
                    found |= {method["request"], method["response"]}
            self._used = frozenset(found)
        return self._used

    def follow(self, ref: str) -> tuple[Document, Steps]:
        """Where a full name leads."""
        for kind in ("messages", "enums"):
            if ref in self.data[kind]:
                return self, (kind, ref)
        raise UnresolvedReference(ref, self.source, "leads nowhere")

    def span(self, pointer: Sequence[str | int]) -> Span | None:
        """Line and column of the element at ``pointer`` or of its part, in the file it is from."""
        steps: Steps = tuple(pointer)
        rest: Steps = ()
        place = self.places.get(steps)
        while place is None and steps:
            steps, rest = steps[:-1], (steps[-1], *rest)
            place = self.places.get(steps)
        if place is None:
            return Span(source=self.source, line=1, column=1, end_line=1, end_column=1)
        index, path = place
        kind = str(steps[2] if len(steps) == 4 else steps[0])
        # An element is pointed at by its name.
        below = _PARTS[kind].get(str(rest[0]), (1,)) if rest and kind in _PARTS else (1,)
        return self._span(index, (*path, *below) if path else below)

    def _span(self, index: int, path: tuple[int, ...]) -> Span:
        file = self.descriptors.file[index]
        if index not in self._spans:
            self._spans[index] = {tuple(each.path): each for each in file.source_code_info.location}
        while path and path not in self._spans[index]:
            path = path[:-1]
        known = self.layout.files.get(file.name)
        source = file.name if known is None else known.source
        if not path:
            return Span(source=source, line=1, column=1, end_line=1, end_column=1)
        numbers = list(self._spans[index][path].span)
        line, column = numbers[0], numbers[1]
        text = b"" if known is None or known.text is None else known.text
        # Of a definition over several lines, its first word is place enough.
        end = numbers[2] if len(numbers) == 3 else column + 1
        written = text.decode("utf-8", "replace").splitlines()
        excerpt = written[line] if line < len(written) else ""
        column, end = column_of(excerpt, column), column_of(excerpt, end)
        return Span(
            source=source,
            line=line + 1,
            column=column + 1,
            end_line=line + 1,
            end_column=max(end, column + 1) + 1,
        )


def read(source: str, layout: Layout, descriptors: Any) -> Model:
    """The model of a parsed contract."""
    data: dict[str, Any] = {
        "files": {}, "messages": {}, "enums": {}, "services": {}, "extensions": {},
    }  # fmt: skip
    model = Model(source, data, layout, descriptors, {})
    for index, file in enumerate(descriptors.file):
        _File(model, index, file).read()
    return model


class _File:
    """The reader of one file's descriptor."""

    def __init__(self, model: Model, index: int, file: Any) -> None:
        self.model = model
        self.data = model.data
        self.index = index
        self.file = file
        self.features = f.of_file(file)

    def read(self) -> None:
        file = self.file
        edition = _SYNTAXES.get(file.edition, "")
        if file.syntax == "editions":
            edition = f"edition {file.edition + 1023}" if file.edition >= 1000 else edition
        self.put(
            ("files", file.name),
            (),
            {
                "package": file.package,
                "syntax": edition or file.syntax or "proto2",
                "options": _options(file.options),
            },
        )
        prefix = f"{file.package}." if file.package else ""
        for number, message in enumerate(file.message_type):
            self.message(message, prefix, (4, number), self.features)
        for number, enum in enumerate(file.enum_type):
            self.enum(enum, prefix, (5, number), self.features)
        for number, service in enumerate(file.service):
            self.service(service, prefix, (6, number))
        for number, extension in enumerate(file.extension):
            self.extension(extension, prefix, (7, number), self.features)

    def put(self, pointer: Steps, path: tuple[int, ...], value: dict[str, Any]) -> None:
        """Store ``value`` at ``pointer``, and where it was found."""
        holder: dict[Any, Any] = self.data
        for step in pointer[:-1]:
            holder = holder.setdefault(step, {})
        holder[pointer[-1]] = value
        self.model.places[pointer] = (self.index, path)
        self.model.homes[pointer] = self.file.name

    def message(self, message: Any, prefix: str, path: tuple[int, ...], outer: f.Features) -> None:
        """A message and all that is defined inside it."""
        name = prefix + message.name
        own = f.inherited(outer, message)
        maps = {
            f".{name}.{each.name}": each for each in message.nested_type if each.options.map_entry
        }
        oneofs = [each.name for each in message.oneof_decl]
        options = message.options
        at = ("messages", name)
        fields: dict[str, Any] = {}
        for number, each in enumerate(message.field):
            fields[str(each.number)] = self.field(each, own, maps, oneofs)
            self.model.places[(*at, "fields", str(each.number))] = (self.index, (*path, 2, number))
        real = {each["oneof"] for each in fields.values()} - {None}
        self.put(at, path, {
            "fields": fields,
            "oneofs": [each for each in oneofs if each in real],
            # In messages the end is exclusive, in enums inclusive.
            "reserved": [[each.start, each.end - 1] for each in message.reserved_range],
            "reserved-names": list(message.reserved_name),
            "extensions": [[each.start, each.end - 1] for each in message.extension_range],
            "json-format": own.json_format,
            "deprecated": options.deprecated,
            "no-accessor": options.no_standard_descriptor_accessor,
            "message-set": options.message_set_wire_format,
        })  # fmt: skip
        for number, each in enumerate(message.oneof_decl):
            self.model.places[(*at, "oneofs", each.name)] = (self.index, (*path, 8, number))
        for number, each in enumerate(message.nested_type):
            if not each.options.map_entry:
                self.message(each, f"{name}.", (*path, 3, number), own)
        for number, each in enumerate(message.enum_type):
            self.enum(each, f"{name}.", (*path, 4, number), own)
        for number, each in enumerate(message.extension):
            self.extension(each, f"{name}.", (*path, 6, number), own)

    def extension(
        self, extension: Any, prefix: str, path: tuple[int, ...], outer: f.Features
    ) -> None:
        """A field that a message gets from outside."""
        value = self.field(extension, outer, {}, [])
        value["name"] = prefix + extension.name
        extended = extension.extendee.removeprefix(".")
        self.put(("extensions", extended, str(extension.number)), path, value)

    def field(
        self, field: Any, outer: f.Features, maps: dict[str, Any], oneofs: list[str]
    ) -> dict[str, Any]:
        """The value of a field; see the module."""
        own = f.inherited(outer, field)
        kind = TYPES[field.type]
        ref = field.type_name.removeprefix(".") or None
        options = field.options
        real = field.HasField("oneof_index") and not field.proto3_optional
        entry = maps.get(field.type_name) if field.label == _REPEATED else None
        key = None
        if entry is not None:
            label = "map"
            one, two = entry.field
            key, kind = TYPES[one.type], TYPES[two.type]
            ref = two.type_name.removeprefix(".") or None
        elif field.label == _REPEATED:
            label = "repeated"
        elif field.label == _REQUIRED or own.field_presence == f.LEGACY_REQUIRED:
            label = "required"
        elif (
            real
            or field.proto3_optional
            or field.HasField("extendee")
            or kind in {"message", "group"}
            or own.field_presence == f.EXPLICIT
        ):
            label = "explicit"
        else:
            label = "implicit"
        if entry is None and kind == "message" and own.message_encoding == f.DELIMITED:
            kind = "group"
        packed = False
        if label == "repeated" and kind in PACKABLE:
            packed = own.repeated_field_encoding == f.PACKED
            if options.HasField("packed"):
                packed = options.packed
        return {
            "name": field.name,
            "json": field.json_name,
            "label": label,
            "type": kind,
            "ref": ref,
            "key": key,
            "oneof": oneofs[field.oneof_index] if real else None,
            "default": field.default_value if field.HasField("default_value") else None,
            "packed": packed,
            "utf8": own.utf8_validation == f.VERIFY if "string" in {kind, key} else None,
            "jstype": options.jstype,
            "ctype": options.ctype,
            "deprecated": options.deprecated,
        }

    def enum(self, enum: Any, prefix: str, path: tuple[int, ...], outer: f.Features) -> None:
        """An enum with its values by name."""
        name = prefix + enum.name
        own = f.inherited(outer, enum)
        at = ("enums", name)
        values = {}
        for number, each in enumerate(enum.value):
            values[each.name] = {"number": each.number, "deprecated": each.options.deprecated}
            self.model.places[(*at, "values", each.name)] = (self.index, (*path, 2, number))
        self.put(at, path, {
            "values": values,
            "closed": own.enum_type == f.CLOSED,
            "reserved": [[each.start, each.end] for each in enum.reserved_range],
            "reserved-names": list(enum.reserved_name),
            "json-format": own.json_format,
            "deprecated": enum.options.deprecated,
        })  # fmt: skip

    def service(self, service: Any, prefix: str, path: tuple[int, ...]) -> None:
        """A service with its methods by name."""
        name = prefix + service.name
        at = ("services", name)
        methods = {}
        for number, each in enumerate(service.method):
            methods[each.name] = {
                "request": each.input_type.removeprefix("."),
                "response": each.output_type.removeprefix("."),
                "client-streaming": each.client_streaming,
                "server-streaming": each.server_streaming,
                "idempotency": _IDEMPOTENCY[each.options.idempotency_level],
                "deprecated": each.options.deprecated,
            }
            self.model.places[(*at, "methods", each.name)] = (self.index, (*path, 2, number))
        self.put(at, path, {
            "methods": methods, "deprecated": service.options.deprecated,
        })  # fmt: skip


def _options(options: Any) -> dict[str, Any]:
    """The options of a file that generated code depends on, with their defaults."""
    return dict(_each_option(options))


def _each_option(options: Any) -> Iterator[tuple[str, Any]]:
    for name in FILE_OPTIONS:
        value = getattr(options, name)
        if name == "optimize_for":
            value = ("", "SPEED", "CODE_SIZE", "LITE_RUNTIME")[value]
        yield name, value
