"""A position in the words of a text: names, numbers, annotations, types and constants.

What ``parser`` builds definitions from. Each method reads one thing, moves on, and says in an
error what it found and what it expected.
"""

from __future__ import annotations

from typing import Any

from apicheck.formats.thrift.scanner import Text, is_name, is_number, unquoted

__all__ = ["MAX_NESTING", "Cursor"]

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
_I64 = 2**63
_SEPARATORS = {",", ";"}
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


class Cursor:
    """``at`` is the index of the next word; ``used`` gathers the names that are mentioned."""

    __slots__ = ("at", "spots", "text", "used", "words")

    def __init__(self, text: Text, spots: dict[int, int]) -> None:
        self.text = text
        self.words = text.words
        self.at = 0
        self.spots = spots
        self.used: list[dict[str, Any]] = []

    def type(self, depth: int, wanted: str = "a type") -> dict[str, Any]:
        """A type as ``parser`` describes it; ``depth`` types are around it."""
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
        """``cpp_type "NAME"``, where it stands; it says nothing of the wire."""
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
        """The constants of a list, up to its bracket."""
        items = []
        while self.words[self.at] != "]":
            items.append(self.value(depth))
            self.separator()
        self.at += 1
        return items

    def pairs(self, depth: int) -> dict[str, Any]:
        """The pairs of a map, up to its brace."""
        pairs = []
        while self.words[self.at] != "}":
            key = self.value(depth)
            self.take(":", "':' after the key of a map")
            pairs.append([key, self.value(depth)])
            self.separator()
        self.at += 1
        return {"map": pairs}

    def number(self, at: int, word: str) -> int | float:
        """The value of a number; the word stands at ``at``."""
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
        """An integer."""
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
        """A string in quotes."""
        word = self.words[self.at]
        if word[:1] not in {'"', "'"} or len(word) < 2:
            raise self.unexpected(wanted)
        self.at += 1
        return unquoted(word)

    def take(self, word: str, wanted: str) -> None:
        """This word and no other."""
        if self.words[self.at] != word:
            raise self.unexpected(wanted)
        self.at += 1

    def separator(self) -> None:
        """A comma or semicolon, where one stands."""
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
        """The error that the next word is not what was expected."""
        hint = ""
        if self.words[self.at] == "@":
            hint = "annotations with @ belong to fbthrift; this reads Apache Thrift"
        found = self.text.shown(self.at)
        return self.text.error(self.at, f"found {found}, expected {wanted}", hint=hint)
