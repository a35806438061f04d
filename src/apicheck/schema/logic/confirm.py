"""A second opinion on a value, by a JSON Schema validator that knows nothing of us.

The validators read the drafts of JSON Schema only, so a schema from inside a contract is
first made into one that stands alone: what it refers to becomes its definitions,
``nullable`` an alternative, and properties that are not sent are taken out.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from apicheck.schema.logic.resolve import Memory
from apicheck.schema.logic.terms import not_sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from apicheck.nodes import Node
    from apicheck.schema.logic.compile import Compiler

__all__ = ["Judge", "standalone"]

_CLASSES = {
    "draft-4": "Draft4Validator",
    "draft-6": "Draft6Validator",
    "draft-7": "Draft7Validator",
    "2019-09": "Draft201909Validator",
    "2020-12": "Draft202012Validator",
    "openapi-2.0": "Draft4Validator",
    "openapi-3.0": "Draft4Validator",
    "openapi-3.1": "Draft202012Validator",
}
_IDENTITY = frozenset({"$id", "id", "$schema", "$anchor", "$dynamicAnchor", "$recursiveAnchor"})
_DATA = frozenset({"enum", "const"})
_JOINED = frozenset({"allOf", "anyOf", "oneOf"})
_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas", "dependencies"})
_SILENT = frozenset({"definitions", "$defs", "example", "examples", "default", "xml"})


class Judge:
    """Says whether values are valid under schemas of one side."""

    __slots__ = ("_checks", "compiler")

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self._checks: dict[Any, Callable[[Any], bool] | None] = {}

    def valid(self, node: Node, value: Any, *, sender: bool) -> bool | None:
        """Whether ``value`` is valid, or None where the validator cannot tell.

        ``sender`` says that the schema is that of who sends the value: what is not sent is
        then forbidden, and else let pass.
        """
        key = (node.key, sender)
        if key not in self._checks:
            self._checks[key] = self._check(node, sender=sender)
        check = self._checks[key]
        if check is None:
            return None
        try:
            return check(value)
        except Exception:  # noqa: BLE001 - whatever a validator dies of, it has no opinion
            return None

    def _check(self, node: Node, *, sender: bool) -> Callable[[Any], bool] | None:
        dialect = self.compiler.dialect
        try:
            bare = isinstance(node.document, Memory) and not node.pointer and not node.parts
            if bare and not dialect.nullable and not self.compiler.drop:
                schema = node.document.data
            else:
                schema = standalone(self.compiler, node, sender=sender)
            return _validator(_CLASSES[dialect.name], schema, formats=self.compiler.formats)
        except Exception:  # noqa: BLE001 - see valid()
            return None


def _validator(name: str, schema: Any, *, formats: bool) -> Callable[[Any], bool]:
    # Thirty times as fast; but it refuses schemas that are faulty anywhere, and some patterns.
    import jsonschema_rs

    made = getattr(jsonschema_rs, name)
    with suppress(jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        fast: Callable[[Any], bool] = made(schema, validate_formats=formats, offline=True).is_valid
        return fast
    import jsonschema
    from jsonschema_specifications import REGISTRY

    made = getattr(jsonschema, name)
    checker = made.FORMAT_CHECKER if formats else None
    # With a registry of its own it never asks the network.
    check: Callable[[Any], bool] = made(schema, registry=REGISTRY, format_checker=checker).is_valid
    return check


def standalone(compiler: Compiler, node: Node, *, sender: bool) -> dict[str, Any]:
    """The schema at ``node`` as one JSON Schema document that refers to nothing outside."""
    return _Copy(compiler, sender=sender).whole(node)


class _Copy:
    """Copies schemas; what is referred to is copied once, under a number."""

    def __init__(self, compiler: Compiler, *, sender: bool) -> None:
        self.compiler = compiler
        self.sender = sender
        self.home = "$defs" if compiler.dialect.ref_siblings else "definitions"
        self.numbers: dict[Any, int] = {}
        self.pending: list[Node] = []

    def whole(self, node: Node) -> dict[str, Any]:
        root = {"allOf": [self.reference(part) for part in node.parts or (node,)]}
        definitions: dict[str, Any] = {}
        while self.pending:
            target = self.pending.pop()
            definitions[str(self.numbers[target.key])] = self.schema(target)
        return {**root, self.home: definitions}

    def reference(self, node: Node) -> dict[str, Any]:
        if node.key not in self.numbers:
            self.numbers[node.key] = len(self.numbers)
            self.pending.append(node)
        return {"$ref": f"#/{self.home}/{self.numbers[node.key]}"}

    def schema(self, node: Node) -> Any:
        """One schema object, or boolean, or anything that stands in the place of one."""
        value = node.value
        if type(value) is list:
            return [self.schema(each) for each in node.items()]
        if type(value) is not dict:
            return value
        ref = value.get("$ref")
        target = self.compiler.resolver.target(node, ref) if type(ref) is str else None
        copied: dict[str, Any] = {}
        if type(ref) is str:
            # One that leads nowhere stays: the validator shall stumble over it as well.
            copied = {"$ref": ref} if target is None else self.reference(target)
            if not self.compiler.dialect.ref_siblings:
                return copied
        for name, each in node.members():
            if name in _SILENT or name == "$ref" or (name in _IDENTITY and type(each.value) is str):
                continue
            if name in _JOINED and each.value == []:
                # No schema: nobody knows what is meant, so nothing shall rest on it.
                if self.sender:
                    copied["not"] = {}
            elif name in _DATA:
                copied[name] = each.value
            elif name in _MAPS and type(each.value) is dict:
                copied[name] = {key: self.schema(inner) for key, inner in each.members()}
            else:
                copied[name] = self.schema(each)
        if type(copied.get("required")) is bool:
            del copied["required"]
        self._hide(node, copied)
        nullable = self.compiler.dialect.nullable
        if nullable and value.get(nullable) is True:
            return {"anyOf": [{"type": "null"}, copied]}
        return copied

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
