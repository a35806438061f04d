"""What a schema says, whatever way it is written: references followed, ``allOf`` merged.

A ``View`` is the normal form that comparison works on. Each thing in it remembers the node
it came from, so that a change is reported where it was made, and once, however many
schemas inherit it.

Merging ``allOf`` is exact for what a view holds (types, enums, limits, objects' and arrays'
members); what does not merge (unions, ``not``, conditions) is kept side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.errors import UnresolvedReference
from apicheck.nodes import Node
from apicheck.schema.values import ALL_TYPES, NULL_ONLY, canonical, type_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.schema.dialects import Dialect

__all__ = ["LIMITS", "Limit", "Shape", "Union", "View", "Views", "absent"]

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
#: Keywords beside ``$ref`` that say nothing of values, so that the target stands for the whole.
_SILENT = frozenset({"$ref", "description", "title", "summary", "example", "examples", "$comment"})
_NUMERIC = frozenset({"integer", "fraction"})


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
        return bool(self.types & _NUMERIC) if name == "number" else name in self.types


class Views:
    """The views of one side of a comparison, each made once."""

    __slots__ = ("_made", "_open", "dialect")

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._made: dict[Any, View] = {}
        self._open: set[Any] = set()

    def resolve(self, node: Node) -> Node:
        """The place that stands for ``node``: the end of a chain of plain references.

        A reference that cannot be followed, or goes in circles, ends the chain where it is.
        """
        seen = set()
        while (ref := self._plain_reference(node)) is not None and node.key not in seen:
            seen.add(node.key)
            try:
                node = node.follow(ref)
            except (UnresolvedReference, KeyError, IndexError, TypeError, ValueError):
                return node
        return node

    def _plain_reference(self, node: Node) -> str | None:
        value = node.value
        if type(value) is not dict or node.parts:
            return None
        ref = value.get("$ref")
        if type(ref) is not str:
            return None
        if not self.dialect.ref_siblings or len(value) == 1 or value.keys() <= _SILENT:
            return ref
        return None

    def of(self, node: Node) -> View:
        """The normal form of the schema at ``node``."""
        key = node.key
        view = self._made.get(key)
        if view is not None:
            return view
        view = View(node)
        if key in self._open:
            # A schema that is part of itself by allOf adds nothing new to itself.
            return view
        self._open.add(key)
        if node.parts:
            for part in node.parts:
                _meet(view, self.of(self.resolve(part)))
        else:
            self._read(view, node)
        self._settle(view)
        self._open.discard(key)
        # Inside a circle of allOf the view is incomplete: it may not be kept.
        if not self._open or not self._circular(node):
            self._made[key] = view
        return view

    def _circular(self, node: Node) -> bool:
        """Whether ``node`` reaches an open schema through allOf and references alone."""
        seen = set()
        pending = [node]
        while pending:
            each = pending.pop()
            if each.key in seen:
                continue
            seen.add(each.key)
            for part in self._conjuncts(each):
                if part.key in self._open:
                    return True
                pending.append(part)
        return False

    def _conjuncts(self, node: Node) -> Iterator[Node]:
        value = node.value
        if node.parts:
            yield from (self.resolve(part) for part in node.parts)
            return
        if type(value) is not dict:
            return
        ref = value.get("$ref")
        if type(ref) is str:
            try:
                yield node.follow(ref)
            except (UnresolvedReference, KeyError, IndexError, TypeError, ValueError):
                return
            if not self.dialect.ref_siblings:
                return
        for keyword in ("allOf", "oneOf", "anyOf"):
            branches = node.get(keyword)
            if branches is not None:
                yield from (self.resolve(each) for each in branches.items())

    def _read(self, view: View, node: Node) -> None:
        """Fill ``view`` from the keywords of one schema object and its conjuncts."""
        value = node.value
        if value is True:
            return
        if value is False:
            view.never = True
            return
        if type(value) is not dict:
            view.ignored.append(node)
            return
        ref = value.get("$ref")
        if type(ref) is str:
            self._read_reference(view, node, ref)
            if not self.dialect.ref_siblings:
                return
        _read_own(view, node, self.dialect)
        branches = node.get("allOf")
        if branches is not None:
            for branch in branches.items():
                _meet(view, self.of(self.resolve(branch)))
        # OpenAPI 3.0.4 section 4.7.24: nullable adds null to what the schema says; tools apply
        # it to a schema that is all allOf or $ref as well.
        nullable = self.dialect.nullable
        if nullable and value.get(nullable) is True:
            _add_null(view)

    def _read_reference(self, view: View, node: Node, ref: str) -> None:
        try:
            target = self.resolve(node.follow(ref))
        except UnresolvedReference as problem:
            view.unresolved.append((node.step("$ref"), problem))
            return
        except (KeyError, IndexError, TypeError, ValueError):
            nowhere = UnresolvedReference(ref, node.document.source, "leads nowhere")
            view.unresolved.append((node.step("$ref"), nowhere))
            return
        if target.key == node.key or self._plain_reference(target) is not None:
            # What resolve() could not follow further.
            view.unresolved.append((target.step("$ref"), _dead_end(target)))
            return
        _meet(view, self.of(target))

    def _settle(self, view: View) -> None:
        """Simplify what only the whole shows."""
        unions, view.unions = view.unions, []
        for union in unions:
            self._settle_union(view, union)
        if view.enum is not None:
            kept = {
                text: value
                for text, value in view.enum.items()
                if view.types is None or type_of(value) in view.types
            }
            view.enum = kept
            view.types = frozenset(map(type_of, kept.values()))
        if view.types is not None:
            _drop_vacuous(view)

    def _settle_union(self, view: View, union: Union) -> None:
        """Turn a union into something simpler where that is exactly the same."""
        branches = [each for each in union.branches if each.value is not False]
        if len(branches) == 1:
            _meet(view, self.of(self.resolve(branches[0])))
            return
        views = [self.of(self.resolve(each)) for each in branches]
        if views and all(map(_only_types, views)):
            sets = [ALL_TYPES if each.types is None else each.types for each in views]
            joined = frozenset().union(*sets)
            if union.kind == "anyOf" or sum(map(len, sets)) == len(joined):
                _meet_types(view, joined, union.at)
                return
        if views and all(map(_only_enum, views)):
            values = {text: value for each in views for text, value in (each.enum or {}).items()}
            if union.kind == "anyOf" or sum(len(each.enum or {}) for each in views) == len(values):
                _meet_enum(view, values, union.at)
                return
        nulls = [each for each in views if each.types == NULL_ONLY]
        if len(views) == 2 and len(nulls) == 1:
            other = views[0] if views[1] is nulls[0] else views[1]
            if other.types is not None and not (other.unions or other.nots or other.conditions):
                widened = View(other.node)
                _meet(widened, other)
                _add_null(widened)
                _meet(view, widened)
                return
        view.unions.append(Union(union.kind, branches, union.at))
        if all(each.types is not None for each in views):
            view.types_derived = view.types is None
            _meet_types(view, frozenset().union(*(each.types or () for each in views)), union.at)


def absent(node: Node, keyword: str) -> Node:
    """The schema that an absent keyword of ``node`` stands for: everything is valid."""
    return Node(True, node.document, (*node.pointer, keyword))


def _dead_end(node: Node) -> UnresolvedReference:
    ref = node.value["$ref"]
    try:
        node.follow(ref)
    except UnresolvedReference as problem:
        return problem
    except (KeyError, IndexError, TypeError, ValueError):
        return UnresolvedReference(ref, node.document.source, "leads nowhere")
    return UnresolvedReference(
        ref, node.document.source, "leads back to itself", span=node.document.span(node.pointer)
    )


def _only_types(view: View) -> bool:
    """Whether a view says nothing but which types are valid."""
    return view.types is not None and view.enum is None and _says_no_more(view)


def _only_enum(view: View) -> bool:
    return view.enum is not None and _says_no_more(view)


def _says_no_more(view: View) -> bool:
    return not (
        view.never
        or view.limits
        or view.multiples
        or view.patterns
        or view.formats
        or view.content
        or view.unique
        or view.prefix
        or view.items
        or view.contains
        or view.shape.names
        or view.shape.patterns
        or view.shape.rest
        or view.required
        or view.property_names
        or view.dependent_required
        or view.dependent_schemas
        or view.unevaluated_items
        or view.unevaluated_properties
        or view.unions
        or view.nots
        or view.conditions
        or view.unresolved
    )


def _add_null(view: View) -> None:
    if view.types is not None:
        view.types |= {"null"}
    if view.enum is not None:
        view.enum = {**view.enum, "null": None}


def _drop_vacuous(view: View) -> None:
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


# ---------------------------------------------------------------- reading one schema object


def _read_own(view: View, node: Node, dialect: Dialect) -> None:
    value: dict[str, Any] = node.value
    for keyword in value:
        if keyword in _READERS:
            if keyword in dialect.keywords:
                _READERS[keyword](view, node.step(keyword), node)
            else:
                view.unknown[keyword] = node.step(keyword)
        elif keyword not in dialect.keywords and not keyword.startswith("x-"):
            view.unknown[keyword] = node.step(keyword)
    _read_bounds(view, node, dialect)
    _read_object(view, node)
    _read_array(view, node, dialect)


def _read_types(view: View, at: Node, _node: Node) -> None:
    names = at.value if type(at.value) is list else [at.value]
    types: set[str] = set()
    for name in names:
        if name == "number":
            types |= _NUMERIC
        elif type(name) is str:
            types.add(name)
        else:
            view.ignored.append(at)
            return
    _meet_types(view, frozenset(types), at)


def _read_enum(view: View, at: Node, _node: Node) -> None:
    if type(at.value) is not list:
        view.ignored.append(at)
        return
    _meet_enum(view, {canonical(each): each for each in at.value}, at)


def _read_const(view: View, at: Node, _node: Node) -> None:
    _meet_enum(view, {canonical(at.value): at.value}, at)


def _read_bounds(view: View, node: Node, dialect: Dialect) -> None:
    value = node.value
    for keyword in LIMITS:
        if keyword in value:
            at = node.step(keyword)
            if not _is_number(at.value):
                view.ignored.append(at)
                continue
            flag = "exclusive" + keyword.capitalize()
            exclusive = dialect.exclusive_flag and value.get(flag) is True
            _meet_limit(view, keyword, Limit(at.value, at, exclusive=exclusive))
    if not dialect.exclusive_flag:
        for keyword in ("minimum", "maximum"):
            flag = "exclusive" + keyword.capitalize()
            if flag in value:
                at = node.step(flag)
                if _is_number(at.value):
                    _meet_limit(view, keyword, Limit(at.value, at, exclusive=True))
                else:
                    view.ignored.append(at)


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and value == value  # noqa: PLR0124 - not NaN


def _read_multiple(view: View, at: Node, _node: Node) -> None:
    if _is_number(at.value) and at.value > 0:
        view.multiples.append(Limit(at.value, at))
    else:
        view.ignored.append(at)


def _read_text(slot: str) -> Any:
    def read(view: View, at: Node, _node: Node) -> None:
        if type(at.value) is str:
            getattr(view, slot).setdefault(at.value, at)
        else:
            view.ignored.append(at)

    return read


def _read_format(view: View, at: Node, _node: Node) -> None:
    """``byte`` and ``binary`` of OpenAPI up to 3.0 are content keywords from 3.1 on.

    OpenAPI 3.1.1 section 4.7.14.3 and the migration notes of OpenAPI 3.0.4 Appendix.
    """
    if type(at.value) is not str:
        view.ignored.append(at)
    elif at.value == "byte":
        view.content["contentEncoding"] = ("base64", at)
    elif at.value == "binary":
        view.content["contentMediaType"] = ("application/octet-stream", at)
    else:
        view.formats.setdefault(at.value, at)


def _read_content(view: View, at: Node, _node: Node) -> None:
    if type(at.value) is str:
        view.content[str(at.pointer[-1])] = (at.value.lower(), at)
    else:
        view.ignored.append(at)


def _read_unique(view: View, at: Node, _node: Node) -> None:
    if at.value is True:
        view.unique = at


def _read_required(view: View, at: Node, _node: Node) -> None:
    if type(at.value) is not list:
        # Draft 3 had a boolean here; it says nothing in any dialect of ours.
        view.ignored.append(at)
        return
    for item in at.items():
        if type(item.value) is str:
            view.required.setdefault(item.value, item)


def _read_object(view: View, node: Node) -> None:
    value = node.value
    if not (
        "properties" in value or "patternProperties" in value or "additionalProperties" in value
    ):
        return
    names = _named(view, node.get("properties"))
    patterns = _named(view, node.get("patternProperties"))
    rest = node.get("additionalProperties")
    _meet_shape(view, Shape(names, patterns, rest))


def _named(view: View, at: Node | None) -> dict[str, Node]:
    if at is None:
        return {}
    if type(at.value) is not dict:
        view.ignored.append(at)
        return {}
    return dict(at.members())


def _read_array(view: View, node: Node, dialect: Dialect) -> None:
    value = node.value
    items = node.get("items")
    prefix: list[Node] = []
    if "prefixItems" in dialect.keywords:
        listed = node.get("prefixItems")
        prefix = [] if listed is None else list(listed.items())
    elif items is not None and type(items.value) is list:
        prefix = list(items.items())
        items = node.get("additionalItems")
    if prefix or items is not None:
        _meet_array(view, prefix, items)
    if "contains" in value and "contains" in dialect.keywords:
        low, high = value.get("minContains", 1), value.get("maxContains")
        view.contains.append(
            (
                node.step("contains"),
                low if _is_number(low) else 1,
                high if _is_number(high) else None,
            )
        )


def _read_dependencies(view: View, at: Node, _node: Node) -> None:
    for name, each in at.members():
        if type(each.value) is list:
            view.dependent_required.setdefault(name, {}).update(
                (item.value, item) for item in each.items() if type(item.value) is str
            )
        else:
            view.dependent_schemas.setdefault(name, []).append(each)


def _read_union(view: View, at: Node, _node: Node) -> None:
    if type(at.value) is list and at.value:
        view.unions.append(Union(str(at.pointer[-1]), list(at.items()), at))
    else:
        view.ignored.append(at)


def _read_one(slot: str) -> Any:
    def read(view: View, at: Node, _node: Node) -> None:
        setattr(view, slot, at)

    return read


def _read_more(slot: str) -> Any:
    def read(view: View, at: Node, _node: Node) -> None:
        getattr(view, slot).append(at)

    return read


def _read_condition(view: View, _at: Node, node: Node) -> None:
    if "then" in node.value or "else" in node.value:
        view.conditions.append(node)


def _read_flag(slot: str) -> Any:
    def read(view: View, at: Node, _node: Node) -> None:
        if at.value is True:
            setattr(view, slot, at)

    return read


_READERS = {
    "type": _read_types,
    "enum": _read_enum,
    "const": _read_const,
    "multipleOf": _read_multiple,
    "pattern": _read_text("patterns"),
    "format": _read_format,
    "contentEncoding": _read_content,
    "contentMediaType": _read_content,
    "uniqueItems": _read_unique,
    "required": _read_required,
    "propertyNames": _read_more("property_names"),
    "dependencies": _read_dependencies,
    "dependentRequired": _read_dependencies,
    "dependentSchemas": _read_dependencies,
    "unevaluatedItems": _read_one("unevaluated_items"),
    "unevaluatedProperties": _read_one("unevaluated_properties"),
    "oneOf": _read_union,
    "anyOf": _read_union,
    "not": _read_more("nots"),
    "if": _read_condition,
    "discriminator": _read_more("discriminators"),
    "default": _read_one("default"),
    "deprecated": _read_flag("deprecated"),
    "readOnly": _read_flag("read_only"),
    "writeOnly": _read_flag("write_only"),
    "xml": _read_one("xml"),
}


# ---------------------------------------------------------------- meeting: both must hold


def _meet(view: View, other: View) -> None:
    """Narrow ``view`` to what ``other`` allows too."""
    view.never |= other.never
    if other.types is not None:
        _meet_types(view, other.types, other.types_at)
    if other.enum is not None:
        _meet_enum(view, other.enum, other.enum_at)
    for keyword, limit in other.limits.items():
        _meet_limit(view, keyword, limit)
    view.multiples += other.multiples
    for slot in ("patterns", "formats", "content", "required", "unknown"):
        mine, theirs = getattr(view, slot), getattr(other, slot)
        for name, at in theirs.items():
            mine.setdefault(name, at)
    view.unique = view.unique or other.unique
    if other.prefix or other.items is not None:
        _meet_array(view, other.prefix, other.items)
    view.contains += other.contains
    if other.shape.names or other.shape.patterns or other.shape.rest is not None:
        _meet_shape(view, other.shape)
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


def _meet_types(view: View, types: frozenset[str], at: Node) -> None:
    if view.types is None:
        view.types, view.types_at = types, at
    else:
        view.types &= types


def _meet_enum(view: View, values: dict[str, Any], at: Node) -> None:
    if view.enum is None:
        view.enum, view.enum_at = dict(values), at
    else:
        view.enum = {text: value for text, value in view.enum.items() if text in values}


def _meet_limit(view: View, keyword: str, limit: Limit) -> None:
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


def _meet_shape(view: View, other: Shape) -> None:
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


def _meet_array(view: View, prefix: list[Node], items: Node | None) -> None:
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
