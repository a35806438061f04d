"""A second opinion on a value, by a JSON Schema validator that knows nothing of us.

The validators read the drafts of JSON Schema only, so a schema from inside a contract is
first made into one that stands alone: what it refers to becomes its definitions,
``nullable`` an alternative, and properties that are not sent are taken out. Where a part is
broken (a reference that leads nowhere, an empty ``oneOf``) two schemas are made, one in which
that part allows everything and one in which it allows nothing: an opinion counts if both agree.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from apicheck.schema.logic.resolve import Memory
from apicheck.schema.logic.terms import not_sent

if TYPE_CHECKING:
    from apicheck.nodes import Node
    from apicheck.schema.logic.compile import Compiler

__all__ = ["VALIDATORS", "Judge", "standalone"]

#: Dialect -> the class that judges it, of this name in jsonschema and in jsonschema_rs.
VALIDATORS = {
    "draft-4": "Draft4Validator",
    "draft-6": "Draft6Validator",
    "draft-7": "Draft7Validator",
    "2019-09": "Draft201909Validator",
    "2020-12": "Draft202012Validator",
    "asyncapi": "Draft7Validator",
    "openapi-2.0": "Draft4Validator",
    "openapi-3.0": "Draft4Validator",
    "openapi-3.1": "Draft202012Validator",
}
_IDENTITY = frozenset({"$id", "id", "$schema", "$anchor", "$dynamicAnchor", "$recursiveAnchor"})
_DATA = frozenset({"enum", "const"})
_MAPS = frozenset(
    {"properties", "patternProperties", "dependentRequired", "dependentSchemas", "dependencies"}
)
_SILENT = frozenset(
    {"definitions", "$defs", "example", "examples", "default", "xml", "description", "title"}
)


_Check = Callable[[Any], bool]


class Judge:
    """Says whether values are valid under schemas of one side."""

    __slots__ = ("_checks", "_copies", "compiler")

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self._checks: dict[Any, tuple[_Check, ...]] = {}
        #: By what the schemas are copied for: the sender or not, and what is broken.
        self._copies: dict[tuple[bool, bool], _Copies] = {}

    def valid(self, node: Node, value: Any, *, sender: bool) -> bool | None:
        """Whether ``value`` is valid, or None where the validator cannot tell.

        ``sender`` says that the schema is that of who sends the value: what is not sent is
        then forbidden, and else let pass.
        """
        checks = self._of(node, sender=sender)
        try:
            opinions = {check(value) for check in checks}
        except BaseException as problem:
            # Whatever a validator dies of, it has no opinion; a panic in Rust is no Exception.
            if isinstance(problem, (KeyboardInterrupt, SystemExit)):
                raise
            return None
        return opinions.pop() if len(opinions) == 1 else None

    def whole(self, node: Node, *, sender: bool) -> bool:
        """Whether the schema could be read as it is, without a part that had to be guessed."""
        return len(self._of(node, sender=sender)) == 1

    def _of(self, node: Node, *, sender: bool) -> tuple[_Check, ...]:
        key = (node.key, sender)
        if key not in self._checks:
            self._checks[key] = self._made(node, sender=sender)
        return self._checks[key]

    def _made(self, node: Node, *, sender: bool) -> tuple[_Check, ...]:
        name, formats = VALIDATORS[self.compiler.dialect.name], self.compiler.formats
        bare = isinstance(node.document, Memory) and not node.pointer and not node.parts
        try:
            if bare and not self.compiler.dialect.nullable and not self.compiler.drop:
                with suppress(Exception):
                    return (_fast(name, node.document.data, formats=formats),)
            schema, gaps = self._copy(node, sender, True)
            schemas = [schema, self._copy(node, sender, False)[0]] if gaps else [schema]
            return tuple(_validator(name, each, formats=formats) for each in schemas)
        except Exception:  # noqa: BLE001 - see valid()
            return ()

    def _copy(self, node: Node, sender: bool, broken: bool) -> tuple[dict[str, Any], bool]:  # noqa: FBT001 - a key of two
        copies = self._copies.get((sender, broken))
        if copies is None:
            copies = _Copies(self.compiler, sender=sender, broken=broken)
            self._copies[sender, broken] = copies
        return copies.whole(node)


def _validator(name: str, schema: Any, *, formats: bool) -> _Check:
    """The faster validator, or the other where it refuses a schema."""
    with suppress(Exception):
        return _fast(name, schema, formats=formats)
    import jsonschema
    from jsonschema_specifications import REGISTRY

    made = getattr(jsonschema, name)
    checker = jsonschema.FormatChecker(()) if formats else None
    if checker is not None:
        for each, check in _formats(schema).items():
            checker.checks(each)(check)
    # With a registry of its own it never asks the network.
    found: _Check = made(schema, registry=REGISTRY, format_checker=checker).is_valid
    return found


def _fast(name: str, schema: Any, *, formats: bool) -> _Check:
    """Thirty times as fast; but it refuses schemas that are faulty anywhere, and some patterns."""
    import jsonschema_rs

    made = getattr(jsonschema_rs, name)
    own = _formats(schema) if formats else None
    check: _Check = made(schema, validate_formats=formats, formats=own, offline=True).is_valid
    return check


def _formats(schema: Any) -> dict[str, _Check]:
    """How texts are held against each format that a schema names, whatever its draft knows."""
    import jsonschema_rs

    newest = jsonschema_rs.Draft202012Validator
    checks: dict[str, _Check] = {}
    for each in _named(schema):
        known = newest({"format": each}, validate_formats=True).is_valid
        # What every text passes is a name that the validator does not know.
        checks[each] = _free if each in _FREE else _unknown if known(_ODD) else known
    return checks


#: A text of no format, and formats that any text has.
_ODD = "\x00 [\ud7ff%"
_FREE = frozenset({"password", "binary"})


def _free(_: Any) -> bool:
    return True


def _unknown(text: Any) -> bool:
    """Nothing is known of such texts, so that there is no opinion; numbers are no texts."""
    if not isinstance(text, str):
        return True
    raise LookupError("a format that nobody knows")


def _named(schema: Any) -> set[str]:
    """The values of ``format`` anywhere in a schema."""
    found: set[str] = set()
    pending = [schema]
    while pending:
        each = pending.pop()
        if type(each) is dict:
            if type(each.get("format")) is str:
                found.add(each["format"])
            pending += each.values()
        elif type(each) is list:
            pending += each
    return found


def standalone(compiler: Compiler, node: Node, *, sender: bool) -> tuple[dict[str, Any], bool]:
    """The schema at ``node`` as one JSON Schema document that refers to nothing outside.

    With it, whether a part of it is broken and was left out.
    """
    return _Copies(compiler, sender=sender, broken=True).whole(node)


class _Copies:
    """Copies schemas; what is referred to is copied once, under a number.

    ``broken`` is what a broken part allows: everything or nothing.
    """

    def __init__(self, compiler: Compiler, *, sender: bool, broken: bool) -> None:
        self.compiler = compiler
        self.sender = sender
        self.broken = broken
        self.home = "$defs" if compiler.dialect.ref_siblings else "definitions"
        self.numbers: dict[Any, int] = {}
        self.nodes: list[Node] = []
        #: By number: the copy, the numbers that it refers to, whether a part of it is broken.
        self.copied: dict[int, tuple[Any, set[int], bool]] = {}
        self._refers: set[int] = set()
        self._gap = False

    def whole(self, node: Node) -> tuple[dict[str, Any], bool]:
        """A schema with all that it refers to, and whether a part of that is broken."""
        parts = [self.number(part) for part in node.parts or (node,)]
        definitions: dict[str, Any] = {}
        gaps = False
        pending = list(parts)
        while pending:
            number = pending.pop()
            if str(number) in definitions:
                continue
            if number not in self.copied:
                self._refers, self._gap = set(), False
                copy = self.schema(self.nodes[number])
                self.copied[number] = (copy, self._refers, self._gap)
            definitions[str(number)], refers, gap = self.copied[number]
            gaps = gaps or gap
            pending += refers
        return {"allOf": [self.reference(each) for each in parts], self.home: definitions}, gaps

    def number(self, node: Node) -> int:
        if node.key not in self.numbers:
            self.numbers[node.key] = len(self.numbers)
            self.nodes.append(node)
        return self.numbers[node.key]

    def reference(self, number: int) -> dict[str, Any]:
        return {"$ref": f"#/{self.home}/{number}"}

    def schema(self, node: Node) -> Any:
        """One schema object, or boolean, or anything that stands in the place of one."""
        value = node.value
        if type(value) is list:
            return [self.schema(each) for each in node.items()]
        if type(value) is not dict:
            return value
        gaps = [name for name in value if self.gap(node, name)]
        if gaps:
            self._gap = True
            if not self.broken:
                return {"not": {}}
        ref = value.get("$ref")
        target = self.compiler.resolver.target(node, ref) if type(ref) is str else None
        copied: dict[str, Any] = {}
        if target is not None:
            number = self.number(target)
            self._refers.add(number)
            copied = self.reference(number)
        if type(ref) is str and not self.compiler.dialect.ref_siblings:
            return copied
        for name, each in value.items():
            if name in _SILENT or name == "$ref" or (name in _IDENTITY and type(each) is str):
                continue
            if name in gaps or name.startswith("x-"):
                continue
            if name in _DATA or type(each) not in {dict, list}:
                copied[name] = each
            elif name in _MAPS and type(each) is dict:
                inner = node.step(name).members()
                copied[name] = {key: self.schema(member) for key, member in inner}
            else:
                copied[name] = self.schema(node.step(name))
        if type(copied.get("required")) is bool:
            del copied["required"]
        self._hide(node, copied)
        nullable = self.compiler.dialect.nullable
        if nullable and value.get(nullable) is True:
            return {"anyOf": [{"type": "null"}, copied]}
        return copied

    def gap(self, node: Node, name: str) -> bool:
        """Whether a keyword is broken so that no validator would take the schema."""
        value = node.value[name]
        match name:
            case "$ref":
                return type(value) is str and self.compiler.resolver.target(node, value) is None
            case "$dynamicRef" | "$recursiveRef":
                return self.compiler.has(node.value, name)
            case "allOf" | "anyOf" | "oneOf":
                return type(value) is not list or not value
        return False

    def _hide(self, node: Node, copied: dict[str, Any]) -> None:
        properties = node.get("properties")
        if self.compiler.drop is None or properties is None:
            return
        hidden = [name for name, each in properties.members() if not_sent(self.compiler, each)]
        for name in hidden:
            copied["properties"][name] = {"not": {}} if self.sender else {}
        if hidden and type(copied.get("required")) is list:
            copied["required"] = [name for name in copied["required"] if name not in hidden]
            if not copied["required"]:
                del copied["required"]
