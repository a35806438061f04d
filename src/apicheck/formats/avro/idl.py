"""Avro IDL (``.avdl``) read into the JSON that it stands for, with a place for every part.

Follows "IDL Language" of the Avro documentation 1.12: both the protocol and the schema syntax.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from apicheck.errors import UnresolvedReference
from apicheck.formats.avro.idl_tokens import Token, Tokens, string_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apicheck.model import Span
    from apicheck.nodes import Document, Steps

__all__ = ["Idl", "parse_idl"]

#: Types that are short for a logical type.
_SHORT: dict[str, Any] = {
    "date": {"type": "int", "logicalType": "date"},
    "time_ms": {"type": "int", "logicalType": "time-millis"},
    "timestamp_ms": {"type": "long", "logicalType": "timestamp-millis"},
    "local_timestamp_ms": {"type": "long", "logicalType": "local-timestamp-millis"},
    "uuid": {"type": "string", "logicalType": "uuid"},
    "void": "null",
}
_DEEPEST = 100
_KINDS = frozenset({"record", "error", "enum", "fixed"})
#: Stars at the margin of a doc comment.
_MARGIN = re.compile(r"^[ \t]*\*?[ \t]?", re.MULTILINE)


class Idl:
    """The JSON of an IDL text as a document; spans point into the text.

    ``data`` has ``types`` and ``namespace``; a protocol also ``protocol`` and ``messages``, a
    schema with a main type also ``schema``. ``imports`` are paths as written.
    """

    members: Sequence[Document] = ()

    def __init__(self, tokens: Tokens) -> None:
        self.source = tokens.source
        self.data: dict[str, Any] = {"types": []}
        self.imports: list[tuple[str, Span]] = []
        self.places: dict[Steps, int] = {(): 0}
        self._tokens = tokens

    def span(self, pointer: Sequence[str | int]) -> Span | None:
        """Where the part stands, or the nearest one around it."""
        steps = tuple(pointer)
        while steps not in self.places:
            steps = steps[:-1]
        return self._tokens.span(self.places[steps])

    def follow(self, ref: str) -> tuple[Document, Steps]:
        """There are no references by address in Avro."""
        raise UnresolvedReference(ref, self.source, "is not a way to refer in Avro IDL")


def parse_idl(text: str, source: str) -> Idl:
    """Parse the text of an ``.avdl`` file; ParseError with line and column."""
    tokens = Tokens(text, source)
    parser = _Parser(tokens, Idl(tokens))
    parser.file()
    return parser.idl


class _Parser:
    def __init__(self, tokens: Tokens, idl: Idl) -> None:
        self.tokens = tokens
        self.idl = idl
        self.index = 0
        self.doc = ""
        #: Whether the type read last was optional (``T?``).
        self.optional = False

    @property
    def here(self) -> Token:
        """The next word. A doc comment on the way is kept for what follows."""
        word = self.tokens.words[self.index]
        while word.kind == "doc":
            self.doc = _documented(word.text)
            self.index += 1
            word = self.tokens.words[self.index]
        return word

    def upcoming(self) -> Token:
        """The next word, where a new part begins: an earlier doc comment is not of it."""
        self.doc = ""
        return self.here

    def next(self) -> Token:
        """Take the next word."""
        word = self.here
        if word.kind != "end":
            self.index += 1
        return word

    def taken(self, *texts: str) -> bool:
        """Take the next word if it is one of these."""
        word = self.here
        if word.kind in {"name", "sign"} and word.text in texts:
            self.index += 1
            return True
        return False

    def expect(self, text: str) -> Token:
        word = self.here
        if word.text != text or word.kind not in {"name", "sign"}:
            found = word.text or "the end of the file"
            self.tokens.refuse(word.at, f"expected {text!r}, found {found[:40]!r}")
        return self.next()

    def name(self) -> Token:
        word = self.next()
        if word.kind != "name":
            found = word.text or "the end of the file"
            self.tokens.refuse(word.at, f"expected a name, found {found[:40]!r}")
        return Token("name", word.text.strip("`"), word.at)

    def string(self) -> Token:
        word = self.next()
        if word.kind == "string":
            try:
                return Token("string", string_of(word), word.at)
            except ValueError:
                pass
        return self.tokens.refuse(word.at, "expected a string in quotes")

    def file(self) -> None:
        """A protocol, or: namespace, main schema, imports and named types."""
        data = self.idl.data
        while self.upcoming().kind != "end":
            start = self.index
            notes = self.annotations()
            word = self.here
            if self.taken("protocol"):
                self.protocol(notes)
            elif self.taken("namespace"):
                data["namespace"] = self.name().text
                self.expect(";")
            elif self.taken("schema"):
                data["schema"] = self.type(("schema",))
                self.expect(";")
            elif self.taken("import"):
                self.imported()
            elif word.text in _KINDS:
                self.index = start
                self.definition()
            else:
                self.tokens.refuse(
                    word.at,
                    f"unexpected {word.text[:40]!r}",
                    "expected protocol, namespace, schema, import or a named type",
                )

    def protocol(self, notes: dict[str, Any]) -> None:
        data = self.idl.data
        if "protocol" in data:
            self.tokens.refuse(self.here.at, "a second protocol in one file")
        if self.doc:
            data["doc"], self.doc = self.doc, ""
        name = self.name()
        self.idl.places["protocol",] = name.at
        data.update(notes)
        data["protocol"] = name.text
        data["messages"] = {}
        self.expect("{")
        while self.upcoming().text != "}":
            start = self.index
            self.annotations()
            word = self.here.text
            if self.taken("import"):
                self.imported()
                continue
            self.index = start
            # ``error`` and the like start a definition, but are names of types elsewhere.
            if word in _KINDS:
                self.definition()
            else:
                self.message()
        self.next()

    def imported(self) -> None:
        word = self.here
        if not self.taken("idl", "protocol", "schema"):
            self.tokens.refuse(word.at, "expected idl, protocol or schema after import")
        path = self.string()
        self.expect(";")
        self.idl.imports.append((path.text, self.tokens.span(path.at, len(path.text) + 2)))

    def annotations(self) -> dict[str, Any]:
        """``@name(json)`` any number of times, as attributes."""
        found: dict[str, Any] = {}
        while self.taken("@"):
            name = self.name()
            self.expect("(")
            found[name.text] = self.json(0)
            self.expect(")")
        return found

    def definition(self) -> None:
        types = self.idl.data["types"]
        at: Steps = ("types", len(types))
        notes = self.annotations()
        kind = self.next().text
        name = self.name()
        found: dict[str, Any] = {"type": kind, "name": name.text, **notes}
        if self.doc:
            found["doc"], self.doc = self.doc, ""
        self.idl.places[at] = name.at
        types.append(found)
        if kind == "fixed":
            self.expect("(")
            found["size"] = self.json(0)
            self.expect(")")
            self.expect(";")
        elif kind == "enum":
            self.symbols(found, at)
        else:
            found["fields"] = []
            self.expect("{")
            while self.upcoming().text != "}":
                self.variables(found["fields"], (*at, "fields"))
                self.expect(";")
            self.next()

    def symbols(self, found: dict[str, Any], at: Steps) -> None:
        found["symbols"] = []
        self.expect("{")
        while not self.taken("}"):
            self.annotations()
            symbol = self.name()
            self.idl.places[*at, "symbols", len(found["symbols"])] = symbol.at
            found["symbols"].append(symbol.text)
            if not self.taken(","):
                self.expect("}")
                break
        self.doc = ""
        if self.taken("="):
            default = self.name()
            self.idl.places[*at, "default"] = default.at
            found["default"] = default.text
            self.expect(";")

    def variables(self, fields: list[Any], at: Steps, *, one: bool = False) -> None:
        """``type name = default, name``: fields of one type; a parameter is only ``one``."""
        start = self.index
        while True:
            after = self.index
            self.index = start
            where: Steps = (*at, len(fields))
            type_ = self.type((*where, "type"))
            optional = self.optional
            doc, self.doc = self.doc, ""
            if after != start:
                self.index = after
            notes = self.annotations()
            name = self.name()
            self.idl.places[where] = name.at
            found: dict[str, Any] = {"name": name.text, "type": type_, **notes}
            if self.doc or doc:
                found["doc"], self.doc = self.doc or doc, ""
            fields.append(found)
            if self.taken("="):
                self.idl.places[*where, "default"] = self.here.at
                found["default"] = self.json(0)
                if optional and found["default"] is not None:
                    # The default must fit the first branch, until 1.11.
                    found["type"] = type_[::-1]
            if one or not self.taken(","):
                return

    def type(self, at: Steps, depth: int = 0) -> Any:
        """A type as JSON; an optional one (``T?``) is a union with null."""
        if depth > _DEEPEST:
            self.tokens.refuse(self.here.at, f"types nested more than {_DEEPEST} deep")
        notes = self.annotations()
        word = self.name()
        self.idl.places[at] = word.at
        text = word.text
        found: Any
        if text in {"array", "map"} and self.taken("<"):
            key = "items" if text == "array" else "values"
            found = {"type": text, key: self.type((*at, key), depth + 1)}
            self.expect(">")
        elif text == "union" and self.taken("{"):
            found = []
            while not self.taken("}"):
                found.append(self.type((*at, len(found)), depth + 1))
                if not self.taken(","):
                    self.expect("}")
                    break
        elif text == "decimal" and self.taken("("):
            found = {"type": "bytes", "logicalType": "decimal", "precision": self.json(0)}
            if self.taken(","):
                found["scale"] = self.json(0)
            self.expect(")")
        else:
            found = _SHORT.get(text, text)
        if notes and type(found) is not list:
            found = {**(found if type(found) is dict else {"type": found}), **notes}
        self.optional = self.taken("?")
        return ["null", found] if self.optional else found

    def message(self) -> None:
        notes = self.annotations()
        # A named type may be annotated only where it is defined: those are the message's.
        response = self.type(("messages", "?", "response"))
        doc, self.doc = self.doc, ""
        name = self.name()
        at: Steps = ("messages", name.text)
        messages = self.idl.data["messages"]
        if name.text in messages:
            self.tokens.refuse(name.at, f"message {name.text!r} stands twice")
        found: dict[str, Any] = {"request": [], "response": response, **notes}
        if doc:
            found["doc"] = doc
        messages[name.text] = found
        self.idl.places[at] = self.idl.places[*at, "response"] = name.at
        self.expect("(")
        while self.upcoming().text != ")":
            self.variables(found["request"], (*at, "request"), one=True)
            if not self.taken(","):
                break
        self.expect(")")
        if self.taken("oneway"):
            found["one-way"] = True
        elif self.taken("throws"):
            found["errors"] = [self.type((*at, "errors", 0))]
            while self.taken(","):
                found["errors"].append(self.type((*at, "errors", len(found["errors"]))))
        self.expect(";")

    def json(self, depth: int) -> Any:
        """A JSON value, as in annotations and defaults."""
        word = self.here
        if depth > _DEEPEST:
            self.tokens.refuse(word.at, f"values nested more than {_DEEPEST} deep")
        if word.kind == "string":
            return self.string().text
        self.next()
        if word.kind == "number":
            text = word.text if "Infinity" in word.text else word.text.rstrip("lLfFdD")
            return text if "Infinity" in text else json.loads(text.lstrip("+"))
        if word.text == "[":
            items: list[Any] = []
            while not self.taken("]"):
                items.append(self.json(depth + 1))
                if not self.taken(","):
                    self.expect("]")
                    break
            return items
        if word.text == "{":
            members: dict[str, Any] = {}
            while not self.taken("}"):
                key = self.string().text
                self.expect(":")
                members[key] = self.json(depth + 1)
                if not self.taken(","):
                    self.expect("}")
                    break
            return members
        plain = {"true": True, "false": False, "null": None}
        if word.text in plain:
            return plain[word.text]
        if word.text in {"NaN", "Infinity"}:
            return word.text
        return self.tokens.refuse(word.at, f"expected a value, found {word.text[:40]!r}")


def _documented(comment: str) -> str:
    """The text of a doc comment without its stars."""
    return _MARGIN.sub("", comment[3:-2]).strip()
