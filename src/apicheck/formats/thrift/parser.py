"""One .thrift text into plain values, by recursive descent.

Source: ``thrifty.yy`` of the Apache Thrift compiler (and what its older versions accepted). The
values are JSON: what the file defines, by kind and name. Where each stands is kept apart
(``File.spots``), so that equal definitions are equal values wherever they stand.

| table | value |
| --- | --- |
| structs | ``{kind: struct | union | exception, fields}`` |
| enums | ``{values: {NAME: {number}}}`` |
| typedefs | ``{type}`` |
| services | ``{extends, methods: {NAME: {oneway, returns, arguments, throws}}}`` |
| consts | ``{type, value}`` |

A field is ``{name, type, presence: required|optional|default, default}`` under its id; a type is
``{kind: i32}``, ``{kind: list|set, of}``, ``{kind: map, key, value}`` or ``{kind: named, name}``.
Each of these may have ``annotations``.
"""

from __future__ import annotations

from typing import Any

from apicheck.formats.thrift.cursor import MAX_NESTING, Cursor
from apicheck.formats.thrift.scanner import END, Text

__all__ = ["File", "parse"]

_KINDS = {"struct", "union", "exception"}
#: Before there was ``namespace LANGUAGE NAME``: the word -> the language.
_NAMESPACES = {
    "cpp_namespace": "cpp",
    "java_package": "java",
    "csharp_namespace": "csharp",
    "cocoa_prefix": "cocoa",
    "delphi_namespace": "delphi",
    "php_namespace": "php",
    "py_module": "py",
    "perl_package": "perl",
    "ruby_namespace": "rb",
    "smalltalk_category": "smalltalk.category",
    "smalltalk_prefix": "smalltalk.prefix",
    "xsd_namespace": "xsd",
}
_I32 = 2**31
_HEADERS = "namespace, include, const, typedef, enum, struct, union, exception or service"


class File:
    """What one text defines; ``spots`` leads from the id of a value to the word it starts at."""

    __slots__ = ("includes", "namespaces", "passed", "spots", "tables", "text", "uses")

    def __init__(self, text: Text) -> None:
        self.text = text
        self.tables: dict[str, dict[str, Any]] = {
            "structs": {},
            "enums": {},
            "typedefs": {},
            "services": {},
            "consts": {},
        }
        self.namespaces: dict[str, Any] = {}
        #: Path as written, and the index of its word.
        self.includes: list[tuple[str, int]] = []
        self.spots: dict[int, int] = {}
        #: Values that are in no table; kept, since ``spots`` knows them by their ids.
        self.passed: list[Any] = []
        #: (table, name) -> the named types and named constants that the definition mentions.
        self.uses: dict[tuple[str, str], list[dict[str, Any]]] = {}


def parse(text: str, source: str) -> File:
    """Parse one text; ParseError with the place, what was found and what was expected."""
    return _Parser(Text(text, source)).file()


class _Parser:
    """What was read so far, and where reading goes on."""

    __slots__ = ("attributes", "cursor", "found", "names")

    def __init__(self, text: Text) -> None:
        self.found = File(text)
        self.cursor = Cursor(text, self.found.spots)
        #: Levels of ``xsd_attrs`` around the position.
        self.attributes = 0
        #: Name of a type or service -> the word that defines it.
        self.names: dict[str, int] = {}

    def file(self) -> File:
        cursor = self.cursor
        words = cursor.words
        while (word := words[cursor.at]) != END:
            cursor.used = []
            if word in _KINDS:
                self.struct(word)
            elif word == "enum":
                self.enum()
            elif word == "typedef":
                self.typedef()
            elif word == "service":
                self.service()
            elif word == "const":
                self.const()
            elif word == "namespace":
                self.namespace()
            elif word == "include":
                cursor.at += 1
                self.found.includes.append((cursor.literal("the path of a file"), cursor.at - 1))
            elif word == "cpp_include":
                cursor.at += 1
                cursor.literal("the path of a header")
            elif word == "senum":
                self.senum()
            elif word in _NAMESPACES:
                self.old_namespace(_NAMESPACES[word])
            else:
                raise cursor.unexpected(_HEADERS)
            cursor.separator()
        return self.found

    # Headers

    def namespace(self) -> None:
        cursor = self.cursor
        start = cursor.at
        cursor.at += 1
        scope = cursor.words[cursor.at]
        if scope == "*":
            cursor.at += 1
        else:
            scope = cursor.name("the language of a namespace, or *")
        self.put_namespace(scope, start)

    def old_namespace(self, scope: str) -> None:
        cursor = self.cursor
        start = cursor.at
        cursor.at += 1
        self.put_namespace(scope, start)

    def put_namespace(self, scope: str, start: int) -> None:
        cursor = self.cursor
        quoted = cursor.words[cursor.at][:1] in {'"', "'"}
        read = cursor.literal if quoted else cursor.name
        value: dict[str, Any] = {"name": read("a namespace")}
        cursor.annotations(value)
        cursor.spots[id(value)] = start
        self.found.passed.append(value)
        self.found.namespaces[scope] = value

    # Definitions

    def define(self, table: str, name: str, at: int, value: dict[str, Any]) -> None:
        """Enter a definition: names of types and services are one space, constants another."""
        cursor = self.cursor
        if table == "consts":
            known = self.found.tables["consts"].get(name)
            first = None if known is None else cursor.spots[id(known)]
        else:
            first = self.names.get(name)
            self.names[name] = at
        if first is not None:
            raise cursor.text.error(
                at, f"{name!r} is defined twice", also=cursor.text.span(first), hint="rename one"
            )
        cursor.spots[id(value)] = at
        self.found.tables[table][name] = value
        if cursor.used:
            self.found.uses[table, name] = cursor.used

    def struct(self, kind: str) -> None:
        cursor = self.cursor
        cursor.at += 1
        at = cursor.at
        name = cursor.plain_name(f"the name of a {kind}" if kind != "exception" else _AN_EXCEPTION)
        if cursor.words[cursor.at] == "xsd_all":
            cursor.at += 1
        cursor.take("{", f"'{{' after the name of the {kind}")
        value: dict[str, Any] = {"kind": kind, "fields": self.fields("}")}
        if kind == "union":
            # A union has one field at a time, whatever is written (t_struct.h).
            for field in value["fields"].values():
                field["presence"] = "optional"
        cursor.annotations(value)
        self.define("structs", name, at, value)

    def enum(self) -> None:
        cursor = self.cursor
        cursor.at += 1
        at = cursor.at
        name = cursor.plain_name("the name of an enum")
        cursor.take("{", "'{' after the name of the enum")
        values: dict[str, Any] = {}
        words, spots = cursor.words, cursor.spots
        number = -1
        while words[cursor.at] != "}":
            here = cursor.at
            word = cursor.name("the name of an enum value, or '}'")
            if word in values:
                first = cursor.text.span(spots[id(values[word])])
                raise cursor.text.error(here, f"{word!r} stands twice in enum {name}", also=first)
            number += 1
            if words[cursor.at] == "=":
                cursor.at += 1
                number = cursor.integer("the number of an enum value")
            if not -_I32 <= number < _I32:
                raise cursor.text.error(
                    cursor.at - 1, f"{number} is no 32-bit number, as enums have"
                )
            # Two names may have one number: an alias (test/EnumTest.thrift of Apache Thrift).
            value: dict[str, Any] = {"number": number}
            cursor.annotations(value)
            spots[id(value)] = here
            values[word] = value
            cursor.separator()
        cursor.at += 1
        whole: dict[str, Any] = {"values": values}
        cursor.annotations(whole)
        self.define("enums", name, at, whole)

    def senum(self) -> None:
        """An enum of strings, long gone: a string on the wire."""
        cursor = self.cursor
        cursor.at += 1
        at = cursor.at
        name = cursor.plain_name("the name of a senum")
        cursor.take("{", "'{' after the name of the senum")
        while cursor.words[cursor.at] != "}":
            cursor.literal("a string, or '}'")
            cursor.separator()
        cursor.at += 1
        value: dict[str, Any] = {"type": {"kind": "string"}}
        cursor.annotations(value)
        self.define("typedefs", name, at, value)

    def typedef(self) -> None:
        cursor = self.cursor
        cursor.at += 1
        value: dict[str, Any] = {"type": cursor.type(0)}
        at = cursor.at
        name = cursor.plain_name("the name of a typedef")
        cursor.annotations(value)
        self.define("typedefs", name, at, value)

    def const(self) -> None:
        cursor = self.cursor
        cursor.at += 1
        kind = cursor.type(0)
        at = cursor.at
        name = cursor.plain_name("the name of a constant")
        cursor.take("=", "'=' after the name of the constant")
        value = {"type": kind, "value": cursor.value(0)}
        self.define("consts", name, at, value)

    def service(self) -> None:
        cursor = self.cursor
        cursor.at += 1
        at = cursor.at
        name = cursor.plain_name("the name of a service")
        parent = None
        if cursor.words[cursor.at] == "extends":
            cursor.at += 1
            parent = {"kind": "service", "name": cursor.words[cursor.at]}
            cursor.spots[id(parent)] = cursor.at
            cursor.name("the name of a service")
            cursor.used.append(parent)
        cursor.take("{", "'{' after the name of the service")
        methods: dict[str, Any] = {}
        while cursor.words[cursor.at] != "}":
            start, method_name, method = self.method()
            if method_name in methods:
                first = cursor.text.span(cursor.spots[id(methods[method_name])])
                problem = f"method {method_name!r} stands twice in service {name}"
                raise cursor.text.error(start, problem, also=first)
            methods[method_name] = method
        cursor.at += 1
        value: dict[str, Any] = {"extends": parent, "methods": methods}
        cursor.annotations(value)
        self.define("services", name, at, value)

    def method(self) -> tuple[int, str, dict[str, Any]]:
        cursor = self.cursor
        words = cursor.words
        oneway = words[cursor.at] in {"oneway", "async"}
        cursor.at += oneway
        returns = None
        if words[cursor.at] == "void":
            cursor.at += 1
        else:
            returns = cursor.type(0, "the return type of a method, or '}'")
        start = cursor.at
        name = cursor.name("the name of a method")
        cursor.take("(", "'(' after the name of the method")
        method: dict[str, Any] = {
            "oneway": oneway,
            "returns": returns,
            "arguments": self.fields(")", listed=True),
            "throws": {},
        }
        if words[cursor.at] == "throws":
            cursor.at += 1
            cursor.take("(", "'(' after throws")
            method["throws"] = self.fields(")", listed=True)
        cursor.annotations(method)
        cursor.separator()
        cursor.spots[id(method)] = start
        return start, name, method

    # Fields

    def fields(self, end: str, *, listed: bool = False) -> dict[str, Any]:
        """Fields up to ``end``; ``listed`` for arguments and exceptions of a method."""
        cursor = self.cursor
        words, spots = cursor.words, cursor.spots
        found: dict[str, Any] = {}
        names: dict[str, int] = {}
        auto = -1
        while (word := words[cursor.at]) != end:
            start = cursor.at
            if word != END and words[start + 1] == ":":
                number = cursor.integer("the id of a field")
                cursor.at += 1
                # As with --allow-neg-keys: what is written is what was meant.
                if number < 0:
                    auto = number - 1
            else:
                if word == END:
                    raise cursor.unexpected(f"a field, or {end!r}")
                number, auto = auto, auto - 1
            word = words[cursor.at]
            presence = "default"
            if word == "required":
                presence = word
                cursor.at += 1
            elif word == "optional":
                # In an argument list the word is ignored (thrifty.yy).
                presence = "default" if listed else word
                cursor.at += 1
            field: dict[str, Any] = {"name": "", "type": cursor.type(0), "presence": presence}
            if words[cursor.at] == "&":
                cursor.at += 1
            at = cursor.at
            field["name"] = name = cursor.name("the name of a field")
            word = words[cursor.at]
            if word not in _AFTER_FIELD:
                if word == "=":
                    cursor.at += 1
                    field["default"] = cursor.value(0)
                if words[cursor.at].startswith("xsd_"):
                    self.xsd()
                cursor.annotations(field)
                cursor.separator()
            elif word in _SEPARATORS:
                cursor.at += 1
            key = str(number)
            if key in found:
                raise self.twice(start, f"field id {key}", spots[id(found[key])])
            if name in names:
                raise self.twice(at, f"field name {name!r}", names[name])
            names[name] = at
            spots[id(field)] = start
            found[key] = field
        cursor.at += 1
        return found

    def twice(self, at: int, what: str, first: int) -> Exception:
        text = self.cursor.text
        return text.error(at, f"{what} is used twice", also=text.span(first))

    def xsd(self) -> None:
        """Words for XML Schema, which say nothing of the wire."""
        cursor = self.cursor
        words = cursor.words
        if words[cursor.at] == "xsd_optional":
            cursor.at += 1
        if words[cursor.at] == "xsd_nillable":
            cursor.at += 1
        if words[cursor.at] == "xsd_attrs":
            cursor.at += 1
            cursor.take("{", "'{' after xsd_attrs")
            if self.attributes >= MAX_NESTING:
                problem = f"xsd_attrs are nested deeper than {MAX_NESTING} levels"
                raise cursor.text.error(cursor.at, problem)
            kept, cursor.used = cursor.used, []
            self.attributes += 1
            self.found.passed.append(self.fields("}"))
            self.attributes -= 1
            cursor.used = kept


_AN_EXCEPTION = "the name of an exception"
_SEPARATORS = {",", ";"}
#: What may follow the name of a field and belongs to it no more, or only parts it from the next.
_AFTER_FIELD = {",", ";", "}", ")"}
