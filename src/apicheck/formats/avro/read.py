"""JSON schemas and protocols read into the model, with every fault of theirs found on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.errors import ParseError
from apicheck.formats.avro.defaults import fits
from apicheck.formats.avro.logical import decimal_fault, logical_of
from apicheck.formats.avro.model import (
    ABSENT,
    PRIMITIVES,
    Array,
    Enumeration,
    Field,
    Fixed,
    Kind,
    Map,
    Message,
    Name,
    Primitive,
    Record,
    Reference,
    Union,
    is_named,
    resolved,
)
from apicheck.formats.avro.names import is_name, name_of, qualified
from apicheck.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apicheck.formats.avro.model import Logical
    from apicheck.nodes import Document, Steps

__all__ = ["Reader"]

#: Steps of the pointer to a type; a field in a record in a record takes three.
_DEEPEST = 120
#: The namespace of the records that requests are, beside those of types.
REQUESTS = "apicheck.requests"
_NONE: Mapping[str, Any] = {}
_BROKEN = Primitive(kind=Kind.NULL)


class Reader:
    """Reads documents into one table of names; ``finish`` raises what was wrong with them.

    ``uses`` has the first place of every name referred to; ``inner`` the names that are referred
    to, or defined, within another type.
    """

    def __init__(self) -> None:
        self.names: dict[str, Node] = {}
        self.uses: dict[str, Node] = {}
        self.inner: set[str] = set()
        self.messages: dict[str, Message] = {}
        self._problems: dict[str, ParseError] = {}
        self._defaults: list[Node] = []
        self._unions: list[Node] = []

    def schema(self, document: Document, pointer: Steps, value: Any, space: str = "") -> Node:
        """The type at ``pointer``, whose JSON is ``value``, in the enclosing namespace."""
        if type(value) is str:
            return self._named(document, pointer, value, space, _NONE)
        if len(pointer) > _DEEPEST:
            return self._bad(document, pointer, "types nested too deep", "give inner types names")
        if type(value) is list:
            return self._union(document, pointer, value, space)
        if type(value) is not dict:
            return self._bad(document, pointer, f"{_word(value)} is no Avro type", _TYPES)
        kind = value.get("type")
        if type(kind) is str:
            if kind in _READERS:
                return _READERS[kind](self, document, pointer, value, space)
            return self._named(document, pointer, kind, space, value)
        if type(kind) in {dict, list}:
            # Attributes around a type of its own; Java and C# read it so.
            return self.schema(document, (*pointer, "type"), kind, space)
        return self._bad(document, pointer, "a type without 'type'", _TYPES)

    def finish(self) -> None:
        """Check what needs every definition; ParseError or an ExceptionGroup of them."""
        for node in self._unions:
            self._branches(node)
        for node in self._defaults:
            if not fits(node.value.default, node.value.type):
                self._report(
                    node.document,
                    (*node.pointer, "default"),
                    f"the default of field {node.value.name!r} is no value of its type",
                    "null is written without quotes; the default of a union is a value of one "
                    "of its branches",
                )
        found = list(self._problems.values())
        if len(found) == 1:
            raise found[0]
        if found:
            # All of them cannot be wanted on one screen.
            raise ExceptionGroup("not a valid Avro schema", found[:20])

    def protocol(self, document: Document, pointer: Steps, value: dict[str, Any]) -> list[Node]:
        """The types that a protocol defines; its messages go to ``messages``."""
        space = value.get("namespace")
        name = name_of(str(value.get("protocol")), space, "")
        if name is None:
            self._report(document, (*pointer, "protocol"), "is no name of a protocol", _NAMES)
            name = Name(simple="protocol", namespace="")
        types = value.get("types", [])
        if type(types) is not list:
            self._report(document, (*pointer, "types"), "the types of a protocol are a list", "")
            types = []
        found = []
        for index, each in enumerate(types):
            node = self.schema(document, (*pointer, "types", index), each, name.namespace)
            found.append(node)
        messages = value.get("messages", {})
        if type(messages) is not dict:
            self._report(document, (*pointer, "messages"), "messages are an object", "")
            messages = {}
        for key, each in messages.items():
            self._message(document, (*pointer, "messages", key), each, name, key)
        return found

    def _message(
        self, document: Document, pointer: Steps, value: Any, protocol: Name, key: str
    ) -> None:
        if type(value) is not dict or type(value.get("request")) is not list:
            self._report(document, pointer, f"message {key!r} has no list 'request'", "")
            return
        space = protocol.namespace
        fields = self._fields(document, (*pointer, "request"), value["request"], space)
        request = Record(
            name=Name(simple=key, namespace=REQUESTS), aliases=frozenset(), fields=fields, raw=value
        )
        one_way = value.get("one-way") is True
        response = Node(_BROKEN, document, pointer)
        if "response" in value:
            response = self._part(document, (*pointer, "response"), value["response"], space)
        errors = value.get("errors", [])
        if type(errors) is not list:
            self._report(document, (*pointer, "errors"), "the errors of a message are a list", "")
            errors = []
        declared = [
            self._part(document, (*pointer, "errors", index), each, space)
            for index, each in enumerate(errors)
        ]
        # Every message may fail with a string ("Protocol Declaration", effective errors).
        failed = Node(Primitive(kind=Kind.STRING), document, pointer)
        union = Union(branches=(failed, *declared))
        self.messages[f"{protocol.simple}.{key}"] = Message(
            name=key,
            node=Node(value, document, pointer),
            request=Node(request, document, (*pointer, "request")),
            response=response,
            errors=Node(union, document, (*pointer, "errors") if declared else pointer),
            one_way=one_way,
        )

    def _part(self, document: Document, pointer: Steps, value: Any, space: str) -> Node:
        """A type within another; it is not what a message is by itself."""
        node = self.schema(document, pointer, value, space)
        if is_named(node.value):
            self.inner.add(node.value.name.full)
        elif type(node.value) is Reference:
            self.inner.add(node.value.name)
        return node

    def _named(
        self, document: Document, pointer: Steps, text: str, space: str, raw: Mapping[str, Any]
    ) -> Node:
        """A primitive type, or a reference to a name that may be defined later or elsewhere."""
        kind = PRIMITIVES.get(text)
        if kind is not None:
            logical = logical_of(raw, kind) if "logicalType" in raw else None
            self._check_decimal(document, pointer, raw, kind, logical)
            return Node(Primitive(kind=kind, logical=logical, raw=raw), document, pointer)
        name = name_of(text, None, space)
        if name is None:
            return self._bad(document, pointer, f"{_quoted(text)} is no name of a type", _TYPES)
        full = qualified(text, space)
        node = Node(Reference(name=full, table=self.names), document, pointer)
        self.uses.setdefault(full, node)
        return node

    def _union(self, document: Document, pointer: Steps, value: list[Any], space: str) -> Node:
        found = tuple(
            self._part(document, (*pointer, index), each, space) for index, each in enumerate(value)
        )
        node = Node(Union(branches=found), document, pointer)
        self._unions.append(node)
        return node

    def _branches(self, node: Node) -> None:
        """No union in a union, and no two branches that a reader cannot tell apart ("Unions")."""
        seen: dict[object, Node] = {}
        for branch in node.value.branches:
            known = resolved(branch).value
            if type(known) is Union:
                self._report(
                    branch.document,
                    branch.pointer,
                    "a union stands in a union",
                    "write the branches of the inner union into the outer one",
                )
                continue
            what: object = type(known)
            if type(known) is Primitive:
                what = known.kind.value
            elif is_named(known):
                what = known.name.full
            elif type(known) is Reference:
                what = known.name
            if what in seen:
                self._report(
                    branch.document,
                    branch.pointer,
                    "a union with two branches of one type",
                    "only records, enums and fixed may stand in a union more than once, under "
                    "different names",
                    also=seen[what],
                )
            seen[what] = branch

    def _array(self, document: Document, pointer: Steps, value: Any, space: str) -> Node:
        if "items" not in value:
            return self._bad(document, pointer, "an array without 'items'", "")
        items = self._part(document, (*pointer, "items"), value["items"], space)
        return Node(Array(items=items, raw=value), document, pointer)

    def _map(self, document: Document, pointer: Steps, value: Any, space: str) -> Node:
        if "values" not in value:
            return self._bad(document, pointer, "a map without 'values'", "")
        values = self._part(document, (*pointer, "values"), value["values"], space)
        return Node(Map(values=values, raw=value), document, pointer)

    def _record(self, document: Document, pointer: Steps, value: Any, space: str) -> Node:
        name = self._name(document, pointer, value, space)
        fields = value.get("fields")
        if type(fields) is not list:
            self._report(document, pointer, f"record {name.full} has no list 'fields'", "")
            fields = []
        # The name is known inside its own definition.
        inside = (*pointer, "fields")
        found = Record(
            name=name,
            aliases=self._aliases(document, pointer, value, name),
            fields=self._fields(document, inside, fields, name.namespace),
            raw=value,
        )
        return self._define(Node(found, document, pointer))

    def _fields(
        self, document: Document, pointer: Steps, values: list[Any], space: str
    ) -> tuple[Node, ...]:
        found: list[Node] = []
        seen: dict[str, Node] = {}
        for index, value in enumerate(values):
            at = (*pointer, index)
            name = value.get("name") if type(value) is dict else None
            if type(name) is not str or not is_name(name):
                problem = (
                    "a field without a name" if name is None else f"{_quoted(name)} is no name"
                )
                self._report(document, at, problem, _NAMES)
                continue
            if "type" not in value:
                self._report(document, at, f"field {name!r} has no type", "")
                continue
            aliases = value.get("aliases")
            field = Field(
                name=name,
                aliases=tuple(each for each in aliases if type(each) is str)
                if type(aliases) is list
                else (),
                type=self._part(document, (*at, "type"), value["type"], space),
                default=value.get("default", ABSENT),
                raw=value,
            )
            node = Node(field, document, at)
            if name in seen:
                self._report(document, at, f"field {name!r} stands twice", "", also=seen[name])
                continue
            seen[name] = node
            found.append(node)
            if field.default is not ABSENT:
                self._defaults.append(node)
        return tuple(found)

    def _enum(self, document: Document, pointer: Steps, value: Any, space: str) -> Node:
        name = self._name(document, pointer, value, space)
        symbols = value.get("symbols")
        if type(symbols) is not list:
            self._report(document, pointer, f"enum {name.full} has no list 'symbols'", "")
            symbols = []
        seen: dict[str, int] = {}
        for index, symbol in enumerate(symbols):
            at = (*pointer, "symbols", index)
            if not is_name(symbol):
                self._report(document, at, f"{_quoted(symbol)} is no enum symbol", _NAMES)
            elif symbol in seen:
                first = Node(symbol, document, (*pointer, "symbols", seen[symbol]))
                self._report(document, at, f"symbol {symbol} stands twice", "", also=first)
            else:
                seen[symbol] = index
        default = value.get("default")
        if default is not None and (type(default) is not str or default not in seen):
            self._report(
                document,
                (*pointer, "default"),
                f"the default {_quoted(default)} of enum {name.full} is none of its symbols",
                "it is the symbol that a reader takes for one it does not know",
            )
            default = None
        found = Enumeration(
            name=name,
            aliases=self._aliases(document, pointer, value, name),
            symbols=tuple(seen),
            default=default,
            raw=value,
        )
        return self._define(Node(found, document, pointer))

    def _fixed(self, document: Document, pointer: Steps, value: Any, space: str) -> Node:
        name = self._name(document, pointer, value, space)
        size = value.get("size")
        if type(size) is not int or size < 0:
            self._report(document, pointer, f"fixed {name.full} has no size in bytes", "")
            size = 0
        logical = logical_of(value, size)
        self._check_decimal(document, pointer, value, size, logical)
        found = Fixed(
            name=name,
            aliases=self._aliases(document, pointer, value, name),
            size=size,
            logical=logical,
            raw=value,
        )
        return self._define(Node(found, document, pointer))

    def _check_decimal(
        self,
        document: Document,
        pointer: Steps,
        raw: Mapping[str, Any],
        base: Kind | int,
        logical: Logical | None,
    ) -> None:
        """A decimal on bytes or fixed that readers would ignore for its precision or scale."""
        if logical is None and raw.get("logicalType") == "decimal":
            fault = decimal_fault(raw, base)
            if fault is not None and (base is Kind.BYTES or isinstance(base, int)):
                self._report(
                    document, pointer, fault, "readers ignore it and see bare bytes; correct it"
                )

    def _name(self, document: Document, pointer: Steps, value: Any, space: str) -> Name:
        text = value.get("name")
        name = name_of(text, value.get("namespace"), space) if type(text) is str else None
        if name is not None and (name.full not in PRIMITIVES):
            return name
        what = (
            f"a {value['type']} without a name" if text is None else f"{_quoted(text)} is no name"
        )
        if type(text) is str and text not in PRIMITIVES and is_name(text.rpartition(".")[2]):
            what = f"the namespace of {text!r} is not made of names with dots between"
        key = "namespace" if "namespace of" in what and "namespace" in value else "name"
        self._report(document, (*pointer, key) if key in value else pointer, what, _NAMES)
        # A name that no text can refer to: what stands inside is read all the same.
        return Name(simple=f"?{len(self._problems)}", namespace=space)

    def _aliases(
        self, document: Document, pointer: Steps, value: Any, name: Name
    ) -> frozenset[str]:
        aliases = value.get("aliases")
        if aliases is None:
            return frozenset()
        if type(aliases) is not list or not all(type(each) is str for each in aliases):
            self._report(
                document,
                (*pointer, "aliases"),
                f"the aliases of {name.full} are a list of names",
                "",
            )
            return frozenset()
        return frozenset(qualified(each, name.namespace) for each in aliases)

    def _define(self, node: Node) -> Node:
        """Enter a definition. Files may each bring the same definition along; one may not."""
        full = node.value.name.full
        first = self.names.setdefault(full, node)
        twice = first is not node
        if twice and (first.document is node.document or first.value.raw != node.value.raw):
            how = "" if first.document is node.document else " otherwise"
            self._report(
                node.document,
                node.pointer,
                f"{full} is defined again{how}",
                "refer to it by its name, or give the two different names",
                also=first,
            )
        return node

    def _bad(self, document: Document, pointer: Steps, problem: str, hint: str) -> Node:
        self._report(document, pointer, problem, hint)
        return Node(_BROKEN, document, pointer)

    def _report(
        self, document: Document, pointer: Steps, problem: str, hint: str, also: Node | None = None
    ) -> None:
        span = document.span(pointer)
        found = ParseError(
            document.source,
            problem,
            span=span,
            hint=hint,
            also=None if also is None else also.document.span(also.pointer),
        )
        self._problems.setdefault(str(found), found)


_TYPES = "a type is a name, a list (a union), or an object with a 'type'"
_NAMES = "a name starts with a letter or _ and goes on with letters, digits and _"
_READERS = {
    "record": Reader._record,  # noqa: SLF001 - a table of the class's own methods
    "error": Reader._record,  # noqa: SLF001
    "enum": Reader._enum,  # noqa: SLF001
    "fixed": Reader._fixed,  # noqa: SLF001
    "array": Reader._array,  # noqa: SLF001
    "map": Reader._map,  # noqa: SLF001
}


def _quoted(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _word(value: object) -> str:
    return "null" if value is None else _quoted(value)
