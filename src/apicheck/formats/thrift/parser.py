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

from apicheck.formats.thrift.scanner import END, Text, is_name, is_number, unquoted

__all__ = ["BASE", "MAX_NESTING", "File", "parse"]

#: Levels of types in types, or of constants in constants.
MAX_NESTING = 64
#: Words for types of the language -> kind of type. ``byte`` is the old name of ``i8``, and a
#: ``slist`` was a string. ``uuid`` came late and may be a name: ``names`` decides.
BASE = {
    "bool": "bool",
    "byte": "i8",
    "i8": "i8",
    "i16": "i16",
    "i32": "i32",
    "i64": "i64",
    "double": "double",
    "string": "string",
    "binary": "binary",
    "slist": "string",
}
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
_I64 = 2**63
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
    """A position in the words of a text, and what was read so far."""

    __slots__ = ("at", "attributes", "found", "names", "spots", "text", "used", "words")

    def __init__(self, text: Text) -> None:
        self.text = text
        self.words = text.words
        self.at = 0
        #: Levels of ``xsd_attrs`` around the position.
        self.attributes = 0
        self.found = File(text)
        self.spots = self.found.spots
        #: Name of a type or service -> the word that defines it.
        self.names: dict[str, int] = {}
        self.used: list[dict[str, Any]] = []

    def file(self) -> File:
        words = self.words
        while (word := words[self.at]) != END:
            self.used = []
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
                self.at += 1
                self.found.includes.append((self.literal("the path of a file"), self.at - 1))
            elif word == "cpp_include":
                self.at += 1
                self.literal("the path of a header")
            elif word == "senum":
                self.senum()
            elif word in _NAMESPACES:
                self.old_namespace(_NAMESPACES[word])
            else:
                raise self.unexpected(_HEADERS)
            self.separator()
        return self.found

    # Headers

    def namespace(self) -> None:
        start = self.at
        self.at += 1
        scope = self.words[self.at]
        if scope == "*":
            self.at += 1
        else:
            scope = self.name("the language of a namespace, or *")
        self.put_namespace(scope, start)

    def old_namespace(self, scope: str) -> None:
        start = self.at
        self.at += 1
        self.put_namespace(scope, start)

    def put_namespace(self, scope: str, start: int) -> None:
        quoted = self.words[self.at][:1] in {'"', "'"}
        read = self.literal if quoted else self.name
        value: dict[str, Any] = {"name": read("a namespace")}
        self.annotations(value)
        self.spots[id(value)] = start
        self.found.passed.append(value)
        self.found.namespaces[scope] = value

    # Definitions

    def define(self, table: str, name: str, at: int, value: dict[str, Any]) -> None:
        """Enter a definition: names of types and services are one space, constants another."""
        if table == "consts":
            known = self.found.tables["consts"].get(name)
            first = None if known is None else self.spots[id(known)]
        else:
            first = self.names.get(name)
            self.names[name] = at
        if first is not None:
            raise self.text.error(
                at, f"{name!r} is defined twice", also=self.text.span(first), hint="rename one"
            )
        self.spots[id(value)] = at
        self.found.tables[table][name] = value
        if self.used:
            self.found.uses[table, name] = self.used

    def struct(self, kind: str) -> None:
        self.at += 1
        at = self.at
        name = self.plain_name(f"the name of a {kind}" if kind != "exception" else _AN_EXCEPTION)
        if self.words[self.at] == "xsd_all":
            self.at += 1
        self.take("{", f"'{{' after the name of the {kind}")
        value: dict[str, Any] = {"kind": kind, "fields": self.fields("}")}
        if kind == "union":
            # A union has one field at a time, whatever is written (t_struct.h).
            for field in value["fields"].values():
                field["presence"] = "optional"
        self.annotations(value)
        self.define("structs", name, at, value)

    def enum(self) -> None:
        self.at += 1
        at = self.at
        name = self.plain_name("the name of an enum")
        self.take("{", "'{' after the name of the enum")
        values: dict[str, Any] = {}
        words, spots = self.words, self.spots
        number = -1
        while words[self.at] != "}":
            here = self.at
            word = self.name("the name of an enum value, or '}'")
            if word in values:
                first = self.text.span(spots[id(values[word])])
                raise self.text.error(here, f"{word!r} stands twice in enum {name}", also=first)
            number += 1
            if words[self.at] == "=":
                self.at += 1
                number = self.integer("the number of an enum value")
            if not -_I32 <= number < _I32:
                raise self.text.error(self.at - 1, f"{number} is no 32-bit number, as enums have")
            # Two names may have one number: an alias (test/EnumTest.thrift of Apache Thrift).
            value: dict[str, Any] = {"number": number}
            self.annotations(value)
            spots[id(value)] = here
            values[word] = value
            self.separator()
        self.at += 1
        whole: dict[str, Any] = {"values": values}
        self.annotations(whole)
        self.define("enums", name, at, whole)

    def senum(self) -> None:
        """An enum of strings, long gone: a string on the wire."""
        self.at += 1
        at = self.at
        name = self.plain_name("the name of a senum")
        self.take("{", "'{' after the name of the senum")
        while self.words[self.at] != "}":
            self.literal("a string, or '}'")
            self.separator()
        self.at += 1
        value: dict[str, Any] = {"type": {"kind": "string"}}
        self.annotations(value)
        self.define("typedefs", name, at, value)

    def typedef(self) -> None:
        self.at += 1
        value: dict[str, Any] = {"type": self.type(0)}
        at = self.at
        name = self.plain_name("the name of a typedef")
        self.annotations(value)
        self.define("typedefs", name, at, value)

    def const(self) -> None:
        self.at += 1
        kind = self.type(0)
        at = self.at
        name = self.plain_name("the name of a constant")
        self.take("=", "'=' after the name of the constant")
        value = {"type": kind, "value": self.value(0)}
        self.define("consts", name, at, value)

    def service(self) -> None:
        self.at += 1
        at = self.at
        name = self.plain_name("the name of a service")
        parent = None
        if self.words[self.at] == "extends":
            self.at += 1
            parent = {"kind": "service", "name": self.words[self.at]}
            self.spots[id(parent)] = self.at
            self.name("the name of a service")
            self.used.append(parent)
        self.take("{", "'{' after the name of the service")
        methods: dict[str, Any] = {}
        while self.words[self.at] != "}":
            start, method_name, method = self.method()
            if method_name in methods:
                first = self.text.span(self.spots[id(methods[method_name])])
                problem = f"method {method_name!r} stands twice in service {name}"
                raise self.text.error(start, problem, also=first)
            methods[method_name] = method
        self.at += 1
        value: dict[str, Any] = {"extends": parent, "methods": methods}
        self.annotations(value)
        self.define("services", name, at, value)

    def method(self) -> tuple[int, str, dict[str, Any]]:
        words = self.words
        oneway = words[self.at] in {"oneway", "async"}
        self.at += oneway
        returns = None
        if words[self.at] == "void":
            self.at += 1
        else:
            returns = self.type(0, "the return type of a method, or '}'")
        start = self.at
        name = self.name("the name of a method")
        self.take("(", "'(' after the name of the method")
        method: dict[str, Any] = {
            "oneway": oneway,
            "returns": returns,
            "arguments": self.fields(")", listed=True),
            "throws": {},
        }
        if words[self.at] == "throws":
            self.at += 1
            self.take("(", "'(' after throws")
            method["throws"] = self.fields(")", listed=True)
        self.annotations(method)
        self.separator()
        self.spots[id(method)] = start
        return start, name, method

    # Fields

    def fields(self, end: str, *, listed: bool = False) -> dict[str, Any]:
        """Fields up to ``end``; ``listed`` for arguments and exceptions of a method."""
        words, spots = self.words, self.spots
        found: dict[str, Any] = {}
        names: dict[str, int] = {}
        auto = -1
        while (word := words[self.at]) != end:
            start = self.at
            if word != END and words[start + 1] == ":":
                number = self.integer("the id of a field")
                self.at += 1
                # As with --allow-neg-keys: what is written is what was meant.
                if number < 0:
                    auto = number - 1
            else:
                if word == END:
                    raise self.unexpected(f"a field, or {end!r}")
                number, auto = auto, auto - 1
            word = words[self.at]
            presence = "default"
            if word == "required":
                presence = word
                self.at += 1
            elif word == "optional":
                # In an argument list the word is ignored (thrifty.yy).
                presence = "default" if listed else word
                self.at += 1
            field: dict[str, Any] = {"name": "", "type": self.type(0), "presence": presence}
            if words[self.at] == "&":
                self.at += 1
            at = self.at
            field["name"] = name = self.name("the name of a field")
            word = words[self.at]
            if word not in _AFTER_FIELD:
                if word == "=":
                    self.at += 1
                    field["default"] = self.value(0)
                if words[self.at].startswith("xsd_"):
                    self.xsd()
                self.annotations(field)
                self.separator()
            elif word in _SEPARATORS:
                self.at += 1
            key = str(number)
            if key in found:
                first = self.text.span(spots[id(found[key])])
                raise self.text.error(start, f"field id {key} is used twice", also=first)
            if name in names:
                first = self.text.span(names[name])
                raise self.text.error(at, f"field name {name!r} is used twice", also=first)
            names[name] = at
            spots[id(field)] = start
            found[key] = field
        self.at += 1
        return found

    def xsd(self) -> None:
        """Words for XML Schema, which say nothing of the wire."""
        words = self.words
        if words[self.at] == "xsd_optional":
            self.at += 1
        if words[self.at] == "xsd_nillable":
            self.at += 1
        if words[self.at] == "xsd_attrs":
            self.at += 1
            self.take("{", "'{' after xsd_attrs")
            if self.attributes >= MAX_NESTING:
                problem = f"xsd_attrs are nested deeper than {MAX_NESTING} levels"
                raise self.text.error(self.at, problem)
            kept, self.used = self.used, []
            self.attributes += 1
            self.found.passed.append(self.fields("}"))
            self.attributes -= 1
            self.used = kept

    def type(self, depth: int, wanted: str = "a type") -> dict[str, Any]:
        words, at = self.words, self.at
        word = words[at]
        value: dict[str, Any]
        base = BASE.get(word)
        if base is not None:
            self.at += 1
            value = {"kind": base}
        elif word in {"list", "set", "map"}:
            if depth >= MAX_NESTING:
                raise self.text.error(at, f"types are nested deeper than {MAX_NESTING} levels")
            self.at += 1
            self.cpp_type()
            self.take("<", f"'<' after {word}")
            if word == "map":
                key = self.type(depth + 1)
                self.take(",", "',' and the type of the values")
                value = {"kind": word, "key": key, "value": self.type(depth + 1)}
            else:
                value = {"kind": word, "of": self.type(depth + 1)}
            self.take(">", f"'>' that ends the {word}")
            self.cpp_type()
        elif word in _WORDS or not is_name(word):
            raise self.unexpected(wanted)
        else:
            self.at += 1
            value = {"kind": "named", "name": word}
            self.used.append(value)
        self.spots[id(value)] = at
        # Not after the name of a type: there the grammar has no annotations.
        if words[self.at] == "(" and value["kind"] != "named":
            self.annotations(value)
        return value

    def cpp_type(self) -> None:
        if self.words[self.at] == "cpp_type":
            self.at += 1
            self.literal("the name of a C++ type")

    # Constants

    def value(self, depth: int) -> Any:
        """A constant: numbers and strings as they are, ``{ident: NAME}``, ``{map: [[k, v]]}``."""
        at = self.at
        word = self.words[at]
        if word[:1] in {'"', "'"} and len(word) > 1:
            self.at += 1
            return unquoted(word)
        if is_number(word):
            self.at += 1
            return self.number(at, word)
        if word in {"true", "false"}:
            self.at += 1
            return word == "true"
        if is_name(word):
            self.at += 1
            value: dict[str, Any] = {"ident": word}
            self.spots[id(value)] = at
            self.used.append(value)
            return value
        if word not in {"[", "{"}:
            raise self.unexpected("a constant")
        if depth >= MAX_NESTING:
            raise self.text.error(at, f"constants are nested deeper than {MAX_NESTING} levels")
        self.at += 1
        return self.items(depth + 1) if word == "[" else self.pairs(depth + 1)

    def items(self, depth: int) -> list[Any]:
        items = []
        while self.words[self.at] != "]":
            items.append(self.value(depth))
            self.separator()
        self.at += 1
        return items

    def pairs(self, depth: int) -> dict[str, Any]:
        pairs = []
        while self.words[self.at] != "}":
            key = self.value(depth)
            self.take(":", "':' after the key of a map")
            pairs.append([key, self.value(depth)])
            self.separator()
        self.at += 1
        return {"map": pairs}

    def number(self, at: int, word: str) -> int | float:
        digits = word.lstrip("+-")
        try:
            if digits[:2] in {"0x", "0X"}:
                value = int(word, 16)
            elif digits.isdecimal():
                value = int(word) if len(digits) < 40 else _I64
            else:
                return float(word)
        except ValueError:
            raise self.text.error(at, f"{word!r} is no number") from None
        if not -_I64 <= value < _I64:
            raise self.text.error(at, "an integer of more than 64 bits")
        return value

    # Words

    def integer(self, wanted: str) -> int:
        at = self.at
        word = self.words[at]
        if word.isdecimal() and len(word) < 10:
            self.at += 1
            return int(word)
        if not is_number(word):
            raise self.unexpected(wanted)
        value = self.number(at, word)
        if isinstance(value, float):
            raise self.unexpected(wanted)
        self.at += 1
        return value

    def name(self, wanted: str) -> str:
        """An identifier; keywords may be names where nothing else can stand."""
        word = self.words[self.at]
        if not is_name(word):
            raise self.unexpected(wanted)
        self.at += 1
        return word

    def plain_name(self, wanted: str) -> str:
        """An identifier that is no keyword and has no dot."""
        word = self.words[self.at]
        if word in _WORDS or word in BASE or "." in word:
            raise self.unexpected(wanted)
        return self.name(wanted)

    def literal(self, wanted: str) -> str:
        word = self.words[self.at]
        if word[:1] not in {'"', "'"} or len(word) < 2:
            raise self.unexpected(wanted)
        self.at += 1
        return unquoted(word)

    def take(self, word: str, wanted: str) -> None:
        if self.words[self.at] != word:
            raise self.unexpected(wanted)
        self.at += 1

    def separator(self) -> None:
        if self.words[self.at] in _SEPARATORS:
            self.at += 1

    def annotations(self, value: dict[str, Any]) -> None:
        """``(name = "value", flag)``, entered into ``value``; a flag has the value "1"."""
        words = self.words
        if words[self.at] != "(":
            return
        self.at += 1
        found: dict[str, str] = dict(value.get("annotations", ()))
        while words[self.at] != ")":
            name = self.name("the name of an annotation, or ')'")
            told = "1"
            if words[self.at] == "=":
                self.at += 1
                told = self.literal("the value of an annotation in quotes")
            found[name] = told
            self.separator()
        self.at += 1
        if found:
            value["annotations"] = found

    def unexpected(self, wanted: str) -> Exception:
        hint = ""
        if self.words[self.at] == "@":
            hint = "annotations with @ belong to fbthrift; this reads Apache Thrift"
        found = self.text.shown(self.at)
        return self.text.error(self.at, f"found {found}, expected {wanted}", hint=hint)


_AN_EXCEPTION = "the name of an exception"
_SEPARATORS = {",", ";"}
#: What may follow the name of a field and belongs to it no more, or only parts it from the next.
_AFTER_FIELD = {",", ";", "}", ")"}
#: Words that are never the name of a type.
_WORDS = {
    "namespace",
    "cpp_include",
    "include",
    "void",
    "list",
    "set",
    "map",
    "oneway",
    "async",
    "typedef",
    "struct",
    "union",
    "exception",
    "extends",
    "throws",
    "service",
    "enum",
    "senum",
    "const",
    "required",
    "optional",
    "cpp_type",
    "xsd_all",
    "xsd_optional",
    "xsd_nillable",
    "xsd_attrs",
    "true",
    "false",
}
