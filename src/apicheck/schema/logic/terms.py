"""Keywords that speak of one type of value, as atoms.

JSON Schema 2020-12 validation, section 6, and core, section 10.3; draft 4 validation,
section 5, for the boolean ``exclusiveMinimum``.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from apicheck.schema.logic.form import FALSE, TRUE, Form
from apicheck.schema.logic.usual import USUAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.nodes import Node
    from apicheck.schema.logic.compile import Compiler

__all__ = ["exact", "of", "prefix_and_rest"]

_TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
#: Keyword -> kind of atom, for limits that are counts; those that begin with "min" hold at 0.
_COUNTS = {
    "minLength": "min-length",
    "maxLength": "max-length",
    "minItems": "min-items",
    "maxItems": "max-items",
    "minProperties": "min-members",
    "maxProperties": "max-members",
}


def exact(value: Any) -> Fraction | None:
    """A JSON number as it is written in decimal; None for any other value."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, int):
        return Fraction(value)
    text = repr(value)
    return None if "n" in text else Fraction(text)


def of(compiler: Compiler, node: Node, value: dict[str, Any]) -> Iterator[Form]:
    """The atoms of the keywords of one schema object."""
    yield from _values(compiler, node, value)
    yield from _numbers(compiler, node, value)
    yield from _counts(compiler, node, value)
    yield from _strings(compiler, node, value)
    yield from _arrays(compiler, node, value)
    yield from _objects(compiler, node, value)
    yield from _dependencies(compiler, node, value)


def _values(compiler: Compiler, node: Node, value: dict[str, Any]) -> Iterator[Form]:
    forms = compiler.forms
    if "type" in value:
        named = value["type"]
        names = [named] if type(named) is str else named
        if type(names) is list and all(type(name) is str and name in _TYPES for name in names):
            yield forms.types(names)
        else:
            yield compiler.opaque("a type that is none of JSON Schema", node)
    if "enum" in value:
        if type(value["enum"]) is list:
            yield forms.enum(value["enum"])
        else:
            yield compiler.opaque("a malformed enum", node)
    if compiler.has(value, "const"):
        yield forms.enum([value["const"]])


def _numbers(compiler: Compiler, node: Node, value: dict[str, Any]) -> Iterator[Form]:
    forms = compiler.forms
    for kind, exclusively in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        strict = value.get(exclusively)
        flag = compiler.dialect.exclusive_flag
        if kind in value:
            limit = exact(value[kind])
            if limit is None:
                yield compiler.opaque(f"a malformed {kind}", node)
            else:
                yield forms.bound(kind, limit, exclusive=flag and strict is True)
        if strict is not None and not (flag and isinstance(strict, bool)):
            limit = exact(strict)
            if limit is None or flag:
                yield compiler.opaque(f"a malformed {exclusively}", node)
            else:
                yield forms.bound(kind, limit, exclusive=True)
    if "multipleOf" in value:
        step = exact(value["multipleOf"])
        if step is None or step <= 0:
            yield compiler.opaque("a malformed multipleOf", node)
        else:
            yield forms.make("multiple", step)


def count(value: Any) -> int | None:
    """A limit that counts something; None for a value that is no such limit."""
    number = exact(value)
    if number is None or number < 0 or number.denominator != 1:
        return None
    return int(number)


def _counts(compiler: Compiler, node: Node, value: dict[str, Any]) -> Iterator[Form]:
    for keyword, kind in _COUNTS.items():
        if keyword in value:
            limit = count(value[keyword])
            if limit is None:
                yield compiler.opaque(f"a malformed {keyword}", node)
            elif limit or kind.startswith("max"):
                yield compiler.forms.make(kind, limit)


def _strings(compiler: Compiler, node: Node, value: dict[str, Any]) -> Iterator[Form]:
    pattern = value.get("pattern")
    if type(pattern) is str:
        yield compiler.forms.make("pattern", pattern)
    elif pattern is not None:
        yield compiler.opaque("a malformed pattern", node)
    name = value.get("format")
    if compiler.usual and type(name) is str and name in USUAL:
        yield compiler.forms.make("pattern", USUAL[name])
    elif compiler.formats and type(name) is str:
        yield compiler.opaque(f"format {name!r}", node, name)


def prefix_and_rest(compiler: Compiler, node: Node) -> tuple[list[Node], Node | None]:
    """The schemas of the first items by position, and that of the others, if there is one."""
    value = node.value
    first, rest = "items", "additionalItems"
    if "prefixItems" in compiler.dialect.keywords:
        first, rest = "prefixItems", "items"
    elif type(value.get("items")) is not list:
        first, rest = "", "items"
    prefix = list(node.step(first).items()) if first and first in value else []
    return prefix, node.get(rest)


def _arrays(compiler: Compiler, node: Node, value: dict[str, Any]) -> Iterator[Form]:
    forms = compiler.forms
    if value.get("uniqueItems") is True:
        yield forms.make("unique")
    if {"items", "prefixItems"} & value.keys():
        prefix, rest = prefix_and_rest(compiler, node)
        last = TRUE if rest is None else compiler.form(rest)
        yield forms.items([compiler.form(each) for each in prefix], last)
    if compiler.has(value, "contains"):
        least: int | None = 1
        most: int | None = None
        if compiler.has(value, "minContains"):
            least = count(value["minContains"])
        if compiler.has(value, "maxContains"):
            most = count(value["maxContains"])
            if most is None:
                yield compiler.opaque("a malformed maxContains", node)
        if least is None:
            yield compiler.opaque("a malformed minContains", node)
        yield forms.contains(compiler.form(node.step("contains")), least=least or 0, most=most)


def _objects(compiler: Compiler, node: Node, value: dict[str, Any]) -> Iterator[Form]:
    forms = compiler.forms
    names = node.get("properties")
    patterns = node.get("patternProperties") if compiler.has(value, "patternProperties") else None
    rest = node.get("additionalProperties")
    unsent = frozenset(
        name for name, each in (names.members() if names else ()) if not_sent(compiler, each)
    )
    named = [
        (name, TRUE if name in unsent else compiler.form(each))
        for name, each in (names.members() if names else ())
    ]
    matched = [
        (pattern, compiler.form(each)) for pattern, each in (patterns.members() if patterns else ())
    ]
    last = TRUE if rest is None else compiler.form(rest)
    yield forms.members(named, matched, last)
    for name in sorted(unsent):
        yield forms.make("unsent", name)
    required = value.get("required")
    if required is not None and type(required) not in {list, bool}:
        yield compiler.opaque("a malformed required", node)
    # ``required: true`` in a property is a slip of the pen that no tool heeds.
    demanded = [n for n in required if type(n) is str] if type(required) is list else []
    for name in demanded:
        if name not in unsent:
            yield forms.make("required", name)
    if compiler.has(value, "propertyNames"):
        yield forms.make("names", compiler.form(node.step("propertyNames")))
    if named or matched or last != TRUE or compiler.named:
        # A schema that speaks of no member at all is a free-form object: anything may be sent.
        # To others ``additionalProperties: true`` adds no name: it says what is so anyway.
        known = frozenset(name for name, _ in named) | set(demanded)
        opened = last not in {TRUE, FALSE}
        yield forms.make("declares", known, frozenset(each for each, _ in matched), opened)
    elif demanded:
        yield forms.make("mentions", frozenset(demanded))


def not_sent(compiler: Compiler, node: Node) -> bool:
    """Whether a property is marked ``readOnly`` (or ``writeOnly``), directly or by reference."""
    if compiler.drop is None:
        return False
    for _ in range(8):
        value = node.value
        if type(value) is not dict:
            return False
        if value.get(compiler.drop) is True:
            return True
        branches = value.get("allOf")
        if type(branches) is list and any(
            type(each) is dict and each.get(compiler.drop) is True for each in branches
        ):
            return True
        ref = value.get("$ref")
        target = compiler.resolver.target(node, ref) if type(ref) is str else None
        if target is None:
            return False
        node = target
    return False


def _dependencies(compiler: Compiler, node: Node, value: dict[str, Any]) -> Iterator[Form]:
    forms = compiler.forms
    for keyword in ("dependencies", "dependentRequired", "dependentSchemas"):
        if not compiler.has(value, keyword):
            continue
        if keyword == "dependencies" and compiler.dialect.ref_siblings:
            # Gone since 2019-09, and kept by some validators only.
            yield compiler.opaque("dependencies, which newer dialects lack", node)
            continue
        for name, each in node.step(keyword).members():
            if type(each.value) is list:
                wanted = forms.all_of([forms.make("required", str(n)) for n in each.value])
            elif keyword == "dependentRequired":
                wanted = compiler.opaque(f"a malformed {keyword}", node)
            else:
                wanted = compiler.form(each)
            yield forms.any_of([forms.lacks(name), wanted])
