"""The normal form of one schema, and what it means that two must hold at once.

Each thing in a ``View`` remembers the node it came from, so that a change is reported where
it was made, and once, however many schemas inherit it. Merging (``meet``) is exact for what
a view holds by itself; what does not merge (unions, ``not``, conditions) is kept side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.nodes import Node
from apicheck.schema.values import ALL_TYPES

if TYPE_CHECKING:
    from apicheck.errors import UnresolvedReference

__all__ = [
    "LIMITS",
    "NUMERIC",
    "Limit",
    "Shape",
    "Union",
    "View",
    "absent",
    "add_null",
    "drop_vacuous",
    "meet",
    "meet_array",
    "meet_enum",
    "meet_limit",
    "meet_shape",
    "meet_types",
]

#: Keyword -> (+1 for a lower bound, -1 for an upper one; the type it speaks of).
LIMITS = {
    "minimum": (1, "number"),
    "maximum": (-1, "number"),
    "minLength": (1, "string"),
    "maxLength": (-1, "string"),
    "minItems": (1, "array"),
    "maxItems": (-1, "array"),
    "minProperties": (1, "object"),
    "maxProperties": (-1, "object"),
}
NUMERIC = frozenset({"integer", "fraction"})


class Limit:
    """A bound: its value, whether it is exclusive, and where it stands."""

    __slots__ = ("at", "exclusive", "value")

    def __init__(self, value: float, at: Node, *, exclusive: bool = False) -> None:
        self.value = value
        self.exclusive = exclusive
        self.at = at


class Union:
    """One ``oneOf`` or ``anyOf``: its branches, and where it stands."""

    __slots__ = ("at", "branches", "kind")

    def __init__(self, kind: str, branches: list[Node], at: Node) -> None:
        self.kind = kind
        self.branches = branches
        self.at = at


class Shape:
    """``properties``, ``patternProperties`` and ``additionalProperties``: one constraint together.

    ``rest`` is what further names must satisfy; None where the keyword is absent.
    """

    __slots__ = ("names", "patterns", "rest")

    def __init__(
        self, names: dict[str, Node], patterns: dict[str, Node], rest: Node | None
    ) -> None:
        self.names = names
        self.patterns = patterns
        self.rest = rest


class View:
    """A schema in normal form; see the module."""

    __slots__ = (
        "conditions",
        "contains",
        "content",
        "default",
        "dependent_required",
        "dependent_schemas",
        "deprecated",
        "discriminators",
        "enum",
        "enum_at",
        "formats",
        "ignored",
        "items",
        "limits",
        "multiples",
        "names",
        "never",
        "node",
        "nots",
        "patterns",
        "prefix",
        "property_names",
        "read_only",
        "required",
        "shape",
        "types",
        "types_at",
        "types_derived",
        "unevaluated_items",
        "unevaluated_properties",
        "unions",
        "unique",
        "unknown",
        "unresolved",
        "write_only",
        "xml",
    )

    def __init__(self, node: Node) -> None:
        self.node = node
        self.never = False
        self.types: frozenset[str] | None = None
        self.types_at = node
        #: The types are only those of the branches of a union.
        self.types_derived = False
        #: canonical text -> value
        self.enum: dict[str, Any] | None = None
        self.enum_at = node
        self.limits: dict[str, Limit] = {}
        self.multiples: list[Limit] = []
        self.patterns: dict[str, Node] = {}
        self.formats: dict[str, Node] = {}
        #: contentEncoding, contentMediaType -> (value, place)
        self.content: dict[str, tuple[str, Node]] = {}
        self.unique: Node | None = None
        self.prefix: list[Node] = []
        #: Schema of the items behind the prefix; None where absent.
        self.items: Node | None = None
        #: (schema, minContains, maxContains or None)
        self.contains: list[tuple[Node, float, float | None]] = []
        self.shape = Shape({}, {}, None)
        self.required: dict[str, Node] = {}
        self.property_names: list[Node] = []
        self.dependent_required: dict[str, dict[str, Node]] = {}
        self.dependent_schemas: dict[str, list[Node]] = {}
        self.unevaluated_items: Node | None = None
        self.unevaluated_properties: Node | None = None
        self.unions: list[Union] = []
        self.nots: list[Node] = []
        self.conditions: list[Node] = []
        self.discriminators: list[Node] = []
        self.default: Node | None = None
        self.deprecated: Node | None = None
        self.read_only: Node | None = None
        self.write_only: Node | None = None
        self.xml: Node | None = None
        #: Keywords that the dialect does not know: name -> place.
        self.unknown: dict[str, Node] = {}
        #: Places of the wrong type, passed over.
        self.ignored: list[Node] = []
        #: ($ref node, problem) of references that lead nowhere.
        self.unresolved: list[tuple[Node, UnresolvedReference]] = []

    def may_be(self, name: str) -> bool:
        """Whether values of a type (a member of ALL_TYPES, or ``number``) can be valid."""
        if self.types is None:
            return True
        return bool(self.types & NUMERIC) if name == "number" else name in self.types


def absent(node: Node, keyword: str) -> Node:
    """The schema that an absent keyword of ``node`` stands for: everything is valid."""
    return Node(True, node.document, (*node.pointer, keyword))


def add_null(view: View) -> None:
    """Allow null beside what the view allows."""
    if view.types is not None:
        view.types |= {"null"}
    if view.enum is not None:
        view.enum = {**view.enum, "null": None}


def drop_vacuous(view: View) -> None:
    """Forget what is said of types that cannot occur."""
    for keyword, (_, kind) in LIMITS.items():
        if keyword in view.limits and not view.may_be(kind):
            del view.limits[keyword]
    if not view.may_be("number"):
        view.multiples = []
    if not view.may_be("string"):
        view.patterns = {}
        view.content = {}
    if not view.may_be("array"):
        view.prefix, view.items, view.contains = [], None, []
        view.unique = view.unevaluated_items = None
    if not view.may_be("object"):
        view.shape = Shape({}, {}, None)
        view.required, view.property_names = {}, []
        view.dependent_required, view.dependent_schemas = {}, {}
        view.unevaluated_properties = None
    if "fraction" not in (view.types or ALL_TYPES):
        _round_limits(view)


def _round_limits(view: View) -> None:
    """Between integers an exclusive or fractional bound is an inclusive integer one."""
    for keyword, sign in (("minimum", 1), ("maximum", -1)):
        limit = view.limits.get(keyword)
        if limit is None or limit.value in {float("inf"), float("-inf")}:
            continue
        whole = -((-limit.value * sign) // 1)
        if limit.exclusive and whole == limit.value * sign:
            whole += 1
        value = int(whole) * sign
        if value != limit.value or limit.exclusive:
            view.limits[keyword] = Limit(value, limit.at)


def meet(view: View, other: View) -> None:
    """Narrow ``view`` to what ``other`` allows too."""
    view.never |= other.never
    if other.types is not None:
        meet_types(view, other.types, other.types_at)
    if other.enum is not None:
        meet_enum(view, other.enum, other.enum_at)
    for keyword, limit in other.limits.items():
        meet_limit(view, keyword, limit)
    view.multiples += other.multiples
    for slot in ("patterns", "formats", "content", "required", "unknown"):
        mine, theirs = getattr(view, slot), getattr(other, slot)
        for name, at in theirs.items():
            mine.setdefault(name, at)
    view.unique = view.unique or other.unique
    if other.prefix or other.items is not None:
        meet_array(view, other.prefix, other.items)
    view.contains += other.contains
    if other.shape.names or other.shape.patterns or other.shape.rest is not None:
        meet_shape(view, other.shape)
    for name, names in other.dependent_required.items():
        view.dependent_required[name] = {**names, **view.dependent_required.get(name, {})}
    for name, schemas in other.dependent_schemas.items():
        view.dependent_schemas[name] = view.dependent_schemas.get(name, []) + schemas
    for slot in (
        "property_names",
        "unions",
        "nots",
        "conditions",
        "discriminators",
        "ignored",
        "unresolved",
    ):
        known = getattr(view, slot)
        setattr(view, slot, known + [each for each in getattr(other, slot) if each not in known])
    for slot in (
        "unevaluated_items",
        "unevaluated_properties",
        "default",
        "deprecated",
        "read_only",
        "write_only",
        "xml",
    ):
        if getattr(view, slot) is None:
            setattr(view, slot, getattr(other, slot))


def meet_types(view: View, types: frozenset[str], at: Node) -> None:
    """Allow only these types."""
    if view.types is None:
        view.types, view.types_at = types, at
    else:
        view.types &= types


def meet_enum(view: View, values: dict[str, Any], at: Node) -> None:
    """Allow only these values, given by their canonical texts."""
    if view.enum is None:
        view.enum, view.enum_at = dict(values), at
    else:
        view.enum = {text: value for text, value in view.enum.items() if text in values}


def meet_limit(view: View, keyword: str, limit: Limit) -> None:
    """Keep the closer of two bounds."""
    known = view.limits.get(keyword)
    sign = LIMITS[keyword][0]
    if sign > 0 and keyword != "minimum" and limit.value <= 0:
        return  # minLength: 0 says nothing
    if (
        known is None
        or limit.value * sign > known.value * sign
        or (limit.value == known.value and limit.exclusive)
    ):
        view.limits[keyword] = limit


def _joined(nodes: list[Node]) -> Node:
    """One node for what several say of the same thing."""
    flat: list[Node] = []
    for node in nodes:
        flat += [each for each in (node.parts or (node,)) if each.key not in {f.key for f in flat}]
    if len(flat) == 1:
        return flat[0]
    value = {"allOf": [each.value for each in flat]}
    return Node(value, flat[0].document, flat[0].pointer, tuple(flat))


def meet_shape(view: View, other: Shape) -> None:
    """Join two object constraints: each name must satisfy what either says of it."""
    mine = view.shape
    if not mine.names and not mine.patterns and mine.rest is None:
        view.shape = other
        return
    names: dict[str, Node] = {}
    for name in {**mine.names, **other.names}:
        said = [
            each
            for shape in (mine, other)
            if (each := shape.names.get(name) or _governing(shape)) is not None
        ]
        names[name] = _joined(said)
    rests = [each for each in (mine.rest, other.rest) if each is not None]
    view.shape = Shape(
        {name: node for name, node in names.items() if not _refused(node)},
        {
            text: _joined([s.patterns[text] for s in (mine, other) if text in s.patterns])
            for text in {**mine.patterns, **other.patterns}
        },
        _joined(rests) if rests else None,
    )


def _governing(shape: Shape) -> Node | None:
    """What a shape says of a name it does not list; unclear (so nothing) beside patterns."""
    if shape.rest is None or shape.rest.value is True or shape.patterns:
        return None
    return shape.rest


def _refused(node: Node) -> bool:
    return any(each.value is False for each in (node.parts or (node,)))


def meet_array(view: View, prefix: list[Node], items: Node | None) -> None:
    """Join two array constraints, position by position."""
    mine, rest = view.prefix, view.items
    if not mine and rest is None:
        view.prefix, view.items = list(prefix), items
        return
    merged = []
    for index in range(max(len(mine), len(prefix))):
        said = [
            mine[index] if index < len(mine) else rest,
            prefix[index] if index < len(prefix) else items,
        ]
        present = [each for each in said if each is not None]
        merged.append(_joined(present) if present else absent(view.node, "items"))
    view.prefix = merged
    tails = [each for each in (rest, items) if each is not None]
    view.items = _joined(tails) if tails else None
