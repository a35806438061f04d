"""``unevaluatedProperties`` and ``unevaluatedItems``: what no other keyword has looked at.

JSON Schema 2020-12 core, sections 11.2 and 11.3. What is looked at depends on which
branches hold. Each branch that looks at anything is a *guard*; the keyword then means: for
some set of guards that hold, whatever those (and the unconditional part) leave over
satisfies the keyword's schema. Fewer guards leave more over, so no guard need be denied.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

from apicheck.schema.logic import terms
from apicheck.schema.logic.form import TRUE, Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.nodes import Node
    from apicheck.schema.logic.compile import Compiler

__all__ = ["of"]

#: 2 to this power cases are written out; more is not modelled.
_MOST_GUARDS = 6
#: Schemas that are looked through for what they evaluate, each time that one is reached.
_MOST_SCHEMAS = 2000


class _OpaqueError(Exception):
    """Who evaluates what cannot be told: the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What one schema object has looked at, if ``guard`` holds."""

    guard: Form
    everything: bool = False
    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    prefix: int = 0
    #: Items that satisfy one of these (``contains``, from 2020-12 on).
    items: frozenset[Form] = field(default_factory=frozenset)


def of(compiler: Compiler, node: Node, value: dict[str, Any]) -> Iterator[Form]:
    """The formulas of both keywords, where a schema has them."""
    for keyword, plain in (
        ("unevaluatedProperties", "additionalProperties"),
        ("unevaluatedItems", "items"),
    ):
        if not compiler.has(value, keyword):
            continue
        try:
            yield _keyword(compiler, node, keyword, plain)
        except _OpaqueError as problem:
            yield compiler.opaque(f"{keyword} beside {problem}", node)


def _keyword(compiler: Compiler, node: Node, keyword: str, plain: str) -> Form:
    forms = compiler.forms
    rest = compiler.form(node.step(keyword))
    looked = list(_Looking(compiler, plain).through(node, TRUE, top=True))
    always = [each for each in looked if each.guard == TRUE]
    if any(each.everything for each in always):
        return TRUE
    guards = sorted({each.guard for each in looked} - {TRUE})
    if len(guards) > _MOST_GUARDS:
        raise _OpaqueError(f"{len(guards)} branches that evaluate")
    cases = []
    for size in range(len(guards) + 1):
        for chosen in combinations(guards, size):
            seen = always + [each for each in looked if each.guard in chosen]
            left = _left_over(compiler, plain, seen, rest)
            cases.append(forms.all_of([*chosen, left]))
    return forms.any_of(cases)


def _left_over(compiler: Compiler, plain: str, seen: list[_Looked], rest: Form) -> Form:
    """What remains to be satisfied if exactly ``seen`` has looked."""
    forms = compiler.forms
    if any(each.everything for each in seen):
        return TRUE
    if plain == "items":
        prefix = max((each.prefix for each in seen), default=0)
        matched = frozenset().union(*(each.items for each in seen))
        return forms.items([TRUE] * prefix, forms.any_of([rest, *matched]))
    names = frozenset().union(*(each.names for each in seen))
    patterns = frozenset().union(*(each.patterns for each in seen))
    return forms.members(
        [(name, TRUE) for name in names], [(pattern, TRUE) for pattern in patterns], rest
    )


class _Looking:
    """A look through a schema and all that apply to the same value."""

    def __init__(self, compiler: Compiler, plain: str) -> None:
        self.compiler = compiler
        self.plain = plain
        self.schemas = 0

    def through(
        self, node: Node, guard: Form, *, top: bool = False, seen: frozenset[Any] = frozenset()
    ) -> Iterator[_Looked]:
        """What ``node`` and the schemas that apply to the same value have looked at."""
        compiler, value = self.compiler, node.value
        if type(value) is not dict:
            return
        if node.key in seen:
            raise _OpaqueError("a schema that is part of itself")
        self.schemas += 1
        if self.schemas > _MOST_SCHEMAS:
            raise _OpaqueError("too many schemas that apply together")
        seen |= {node.key}
        ref = value.get("$ref")
        if type(ref) is str:
            target = compiler.resolver.target(node, ref)
            if target is None:
                raise _OpaqueError(f"the reference {ref!r} that leads nowhere")
            yield from self.through(target, guard, seen=seen)
        if any(compiler.has(value, each) for each in ("$dynamicRef", "$recursiveRef")):
            raise _OpaqueError("a dynamic reference")
        yield from _looked_here(compiler, node, guard, self.plain, top=top)
        for branch, holds in _branches(compiler, node):
            inner = compiler.forms.all_of([guard, holds])
            yield from self.through(branch, inner, seen=seen)


def _names(value: dict[str, Any], keyword: str) -> frozenset[str]:
    told = value.get(keyword)
    return frozenset(told) if type(told) is dict else frozenset()


def _looked_here(
    compiler: Compiler, node: Node, guard: Form, plain: str, *, top: bool
) -> Iterator[_Looked]:
    value = node.value
    if plain == "additionalProperties":
        everything = plain in value or (not top and "unevaluatedProperties" in value)
        names, patterns = _names(value, "properties"), _names(value, "patternProperties")
        if everything or names or patterns:
            yield _Looked(guard=guard, everything=everything, names=names, patterns=patterns)
        return
    everything = not top and "unevaluatedItems" in value
    prefix: list[Node] = []
    if {"items", "prefixItems"} & value.keys():
        prefix, rest = terms.prefix_and_rest(compiler, node)
        everything = everything or rest is not None
    matched: frozenset[Form] = frozenset()
    if "contains" in value and "prefixItems" in compiler.dialect.keywords:
        matched = frozenset({compiler.form(node.step("contains"))})
    if everything or prefix or matched:
        yield _Looked(guard=guard, everything=everything, prefix=len(prefix), items=matched)


def _branches(compiler: Compiler, node: Node) -> Iterator[tuple[Node, Form]]:
    """Schemas that apply to the same value, each with what must hold for it to count."""
    value = node.value
    for keyword in ("allOf", "anyOf", "oneOf"):
        if keyword in value:
            for branch in node.step(keyword).items():
                yield branch, TRUE if keyword == "allOf" else compiler.form(branch)
    if "if" in value:
        condition = compiler.form(node.step("if"))
        yield node.step("if"), condition
        if "then" in value:
            yield node.step("then"), condition
        if "else" in value:
            yield node.step("else"), compiler.forms.negate(condition)
    if "dependentSchemas" in value:
        for name, branch in node.step("dependentSchemas").members():
            has = [compiler.forms.types(["object"]), compiler.forms.make("required", name)]
            yield branch, compiler.forms.all_of(has)
