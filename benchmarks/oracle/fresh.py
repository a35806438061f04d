"""Random pairs of small schemas, so small that trying values refutes most wrong proofs.

Names, texts and numbers are those of the brute-force pool. Most pairs are a schema and an
edited copy of it: unrelated schemas are almost never contained.
"""

from __future__ import annotations

import copy
import random
from functools import cache
from typing import TYPE_CHECKING, Any

from oracle.pairs import Pair

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["fresh"]

_PATTERNS = ["^a", "b$", "^[ab]+$", "^a*$", "aa", "^.{2}$", "^(a|b)b?$", "[^a]", "^(?!a)", r"^\w$"]
_LEAVES: list[Any] = [
    True, {}, {"type": "string"}, {"type": "integer"}, {"type": "null"}, {"type": "boolean"},
    {"type": ["number", "string"]}, {"type": "object"}, {"type": "array"}, {"const": "a"},
    {"const": 1}, {"const": None}, {"const": True}, {"enum": ["a", "b", 1]}, {"enum": [1, 2]},
    {"enum": [[], [1], {}, {"a": 1}]}, {"const": []},
]  # fmt: skip
#: Names of properties that are keywords or annotations elsewhere.
_KEYWORDS = [
    "title",
    "default",
    "description",
    "$ref",
    "$id",
    "type",
    "enum",
    "items",
    "x-a",
    "not",
]
_JOINS = ("anyOf", "oneOf", "allOf")
_COUNTS = frozenset(
    {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
    | {"minContains", "maxContains"}
)


def fresh(count: int, seed: int) -> Iterator[Pair]:
    """``count`` pairs; the same for the same seed."""
    maker = _Maker(seed)
    for index in range(count):
        a = maker.knot() if maker.often(0.1) else maker.schema(3)
        b = maker.edited(a) if maker.often(0.8) else maker.schema(3)
        if maker.often(0.5):
            a, b = b, a
        name = maker.chance.choice(_KEYWORDS) if maker.often(0.06) else ""
        if name:
            a, b = _renamed(a, name), _renamed(b, name)
        yield Pair(
            family="random",
            dialect="2020-12",
            origin=f"random {seed}/{index}",
            a=a,
            b=b,
            values=_values(name),
        )


@cache
def _values(name: str) -> tuple[Any, ...]:
    """Objects with a member of that name."""
    parts: list[Any] = [None, True, 0, 1, 2, 0.5, "", "a", "aa", [], [1], {}, {name: 1}]
    alone = [{name: each} for each in parts] if name else []
    return (*alone, *({**one, "b": each} for one in alone for each in parts))


def _renamed(schema: Any, name: str, at: str = "") -> Any:
    """The schema with the property ``a`` called as a keyword is: names are not keywords."""
    if isinstance(schema, list):
        if at in {"required", "dependentRequired"}:
            return [name if each == "a" else each for each in schema]
        return [_renamed(each, name) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if at in {"properties", "dependentSchemas", "dependentRequired"}:
        inner = at if at == "dependentRequired" else ""
        return {name if k == "a" else k: _renamed(v, name, inner) for k, v in schema.items()}
    if at in {"patternProperties", "$defs"}:
        return {k: _renamed(v, name) for k, v in schema.items()}
    return {
        k: v if k in {"enum", "const", "type"} else _renamed(v, name, k) for k, v in schema.items()
    }


class _Maker:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        #: Definitions that parts may refer to.
        self.names: list[str] = []

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    def schema(self, depth: int) -> Any:
        pick = self.chance.choice
        if depth <= 0 or self.often(0.12):
            return copy.deepcopy(pick(_LEAVES)) if self.often(0.96) else False
        if self.often(0.35):
            return self.composed(depth)
        made: dict[str, Any] = {}
        kind = pick(["number", "string", "array", "array", "object", "object"])
        if self.often(0.85):
            whole = kind == "number" and self.often(0.5)
            made["type"] = "integer" if whole else kind
        getattr(self, kind)(made, depth)
        if self.often(0.1):
            made["not"] = self.schema(depth - 1)
        if self.often(0.06):
            made[pick(_JOINS)] = [self.schema(depth - 1) for _ in range(2)]
        return made

    def part(self, depth: int) -> Any:
        """The schema of a part of the value, which may be one that is being made."""
        if self.often(0.35 if self.names else 0.02):
            name = self.chance.choice(self.names or [""])
            return {"$ref": f"#/$defs/{name}" if name else "#"}
        return self.schema(depth - 1)

    def knot(self) -> Any:
        """Schemas that refer to one another."""
        self.names = ["A", "B", "C"][: self.chance.randint(2, 3)]
        made = {name: self.schema(2) for name in self.names}
        root = {"$ref": "#/$defs/A"} if self.often(0.5) else self.schema(2)
        self.names = []
        return {**root, "$defs": made} if isinstance(root, dict) else root

    def composed(self, depth: int) -> Any:
        keyword = self.chance.choice([*_JOINS, "anyOf", "oneOf", "not", "if"])
        if keyword == "not":
            return {"not": self.schema(depth - 1)}
        if keyword == "if":
            words = ["if", "then"] + ["else"] * self.often(0.6)
            return {word: self.schema(depth - 1) for word in words}
        return {keyword: [self.schema(depth - 1) for _ in range(self.chance.choice([2, 2, 3]))]}

    def number(self, made: dict[str, Any], _depth: int) -> None:
        for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
            if self.often(0.35):
                made[keyword] = self.chance.choice([0, 1, 2, 3, -1, 0.5, 1.5])
        if self.often(0.3):
            made["multipleOf"] = self.chance.choice([1, 2, 3, 0.5, 1.5])

    def string(self, made: dict[str, Any], _depth: int) -> None:
        for keyword in ("minLength", "maxLength"):
            if self.often(0.4):
                made[keyword] = self.chance.randint(0, 3)
        if self.often(0.5):
            made["pattern"] = self.chance.choice(_PATTERNS)

    def array(self, made: dict[str, Any], depth: int) -> None:
        if self.often(0.5):
            made["items"] = self.part(depth)
        if self.often(0.3):
            made["prefixItems"] = [self.part(depth) for _ in range(self.chance.randint(1, 2))]
        if self.often(0.3):
            made["contains"] = self.part(depth)
            if self.often(0.4):
                made[self.chance.choice(["minContains", "maxContains"])] = self.chance.randint(0, 2)
        for keyword in ("minItems", "maxItems"):
            if self.often(0.3):
                made[keyword] = self.chance.randint(0, 3)
        if self.often(0.2):
            made["uniqueItems"] = True
        if self.often(0.05):
            made["unevaluatedItems"] = self.often(0.3) and self.schema(depth - 1)

    def object(self, made: dict[str, Any], depth: int) -> None:
        pick = self.chance.choice
        if self.often(0.7):
            names = self.chance.sample(["a", "b", "ab"], self.chance.randint(1, 2))
            made["properties"] = {name: self.part(depth) for name in names}
        if self.often(0.25):
            made["patternProperties"] = {pick(["^a", "b$", "^.$"]): self.part(depth)}
        if self.often(0.4):
            made["additionalProperties"] = self.often(0.5) and self.part(depth)
        if self.often(0.4):
            made["required"] = self.chance.sample("abc", self.chance.randint(1, 2))
        for keyword in ("minProperties", "maxProperties"):
            if self.often(0.15):
                made[keyword] = self.chance.randint(0, 2)
        if self.often(0.12):
            made["propertyNames"] = {"pattern": pick(_PATTERNS)}
        if self.often(0.12):
            made["dependentRequired"] = {"a": ["b"]}
        if self.often(0.06):
            made["dependentSchemas"] = {"a": self.schema(depth - 1)}
        if self.often(0.06):
            made["unevaluatedProperties"] = self.often(0.3) and self.schema(depth - 1)

    def edited(self, schema: Any) -> Any:
        """A copy with one thing added, taken out or moved, at any depth."""
        if not isinstance(schema, dict) or not schema or self.often(0.15):
            return self.schema(1)
        made = copy.deepcopy(schema)
        keyword = self.chance.choice([each for each in made if each != "$ref"] or list(made))
        if keyword == "$ref":
            return made
        value = made[keyword]
        if isinstance(value, bool):
            made[keyword] = self.schema(1) if keyword != "uniqueItems" else not value
        elif isinstance(value, (int, float)) and keyword not in {"const", "multipleOf"}:
            moved = value + self.chance.choice([1, -1])
            made[keyword] = max(0, moved) if keyword in _COUNTS else moved
        elif keyword in {"properties", "patternProperties", "dependentSchemas", "$defs"}:
            name = self.chance.choice(list(value))
            value[name] = self.edited(value[name])
        elif keyword in {*_JOINS, "prefixItems"} and self.often(0.7):
            index = self.chance.randrange(len(value))
            value[index] = self.edited(value[index])
        elif keyword in _JOINS:
            value.append(self.schema(1))
        elif keyword == "dependentRequired":
            value[self.chance.choice("ab")] = self.chance.sample("abc", 1)
        elif isinstance(value, dict) and self.often(0.7):
            made[keyword] = self.edited(value)
        else:
            del made[keyword]
        return made
