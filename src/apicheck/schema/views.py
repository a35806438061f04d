"""What schemas say, whatever way they are written: references followed, ``allOf`` merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.errors import UnresolvedReference
from apicheck.nodes import Node
from apicheck.schema.keywords import read_keywords
from apicheck.schema.values import ALL_TYPES, NULL_ONLY, type_of
from apicheck.schema.view import Union, View, add_null, drop_vacuous, meet, meet_enum, meet_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.schema.dialects import Dialect

__all__ = ["Views"]

#: Schemas composed of schemas (allOf, oneOf, anyOf) are followed to this depth.
_DEPTH = 60
#: So many schemas are looked at to see whether one is part of a circle.
_FAR = 300
#: Keywords beside ``$ref`` that say nothing of values, so that the target stands for the whole.
_SILENT = frozenset({"$ref", "description", "title", "summary", "example", "examples", "$comment"})


class Views:
    """The views of one side of a comparison, each made once."""

    __slots__ = ("_extending", "_made", "_open", "_partial", "dialect")

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._made: dict[Any, View] = {}
        self._open: set[Any] = set()
        self._partial: dict[Any, View] = {}
        #: Schema -> those that extend it by allOf: name and place.
        self._extending: dict[Any, dict[str, Node]] | None = None

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
        known = self._made.get(key) or self._partial.get(key)
        if known is not None:
            return known
        view = View(node)
        if key in self._open:
            # A schema that is part of itself by allOf adds nothing new to itself.
            return view
        if len(self._open) >= _DEPTH:
            view.unresolved.append((node, _too_deep(node)))
            return view
        self._open.add(key)
        if node.parts:
            for part in node.parts:
                meet(view, self.of(self.resolve(part)))
        else:
            self._read(view, node)
        self._settle(view)
        self._open.discard(key)
        # Inside a circle of allOf the view may lack what the schemas around it say: it is kept
        # only until the outermost of them is done, so that a knot costs no more than its size.
        if not self._open:
            self._made[key] = view
            self._partial.clear()
        elif self._circular(node):
            self._partial[key] = view
        else:
            self._made[key] = view
        return view

    def subtypes(self, view: View) -> dict[str, Node]:
        """The schemas that a discriminator of this schema's own may choose, by component name.

        Those of its mapping, and those that extend it by allOf (OpenAPI 3.0.4 section 4.7.25).
        """
        found: dict[str, Node] = {}
        for at in view.discriminators:
            if at.pointer[:-1] != view.node.pointer:
                continue  # inherited: another schema's
            mapping = at.value.get("mapping") if type(at.value) is dict else None
            for target in mapping.values() if type(mapping) is dict else ():
                node = self._named(at, target)
                if node is not None:
                    found[str(node.pointer[-1])] = node
            found.update(self._extensions(view.node).get(view.node.key, {}))
        return found

    def _named(self, at: Node, target: Any) -> Node | None:
        if type(target) is not str:
            return None
        for ref in (target, f"#/components/schemas/{target}", f"#/definitions/{target}"):
            try:
                node = at.follow(ref)
            except (UnresolvedReference, KeyError, IndexError, TypeError, ValueError):
                continue
            if node.pointer:
                return node
        return None

    def _extensions(self, node: Node) -> dict[Any, dict[str, Node]]:
        if self._extending is None:
            self._extending = {}
            root = Node(node.document.data, node.document, ())
            components = root.get("components")
            sections = (components and components.get("schemas"), root.get("definitions"))
            for name, each in (
                pair for section in sections if section for pair in section.members()
            ):
                parts = each.get("allOf")
                for part in () if parts is None else parts.items():
                    parent = self.resolve(part)
                    if parent.key != part.key:
                        self._extending.setdefault(parent.key, {})[name] = each
        return self._extending

    def _circular(self, node: Node) -> bool:
        """Whether ``node`` reaches an open schema through allOf and references alone."""
        seen = set()
        pending = [node]
        while pending:
            each = pending.pop()
            if each.key in seen:
                continue
            seen.add(each.key)
            if len(seen) > _FAR:
                return True  # who knows: the view is not kept, which is never wrong
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
        read_keywords(view, node, self.dialect)
        branches = node.get("allOf")
        if branches is not None:
            for branch in branches.items():
                meet(view, self.of(self.resolve(branch)))
        # OpenAPI 3.0.4 section 4.7.24: nullable adds null to what the schema says; tools apply
        # it to a schema that is all allOf or $ref as well.
        nullable = self.dialect.nullable
        if nullable and value.get(nullable) is True:
            add_null(view)

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
        meet(view, self.of(target))

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
            drop_vacuous(view)

    def _settle_union(self, view: View, union: Union) -> None:
        """Turn a union into something simpler where that is exactly the same."""
        branches = [each for each in union.branches if each.value is not False]
        if len(branches) == 1:
            meet(view, self.of(self.resolve(branches[0])))
            return
        views = [self.of(self.resolve(each)) for each in branches]
        if views and all(map(_only_types, views)):
            sets = [ALL_TYPES if each.types is None else each.types for each in views]
            joined = frozenset().union(*sets)
            if union.kind == "anyOf" or sum(map(len, sets)) == len(joined):
                meet_types(view, joined, union.at)
                return
        if views and all(map(_only_enum, views)):
            values = {text: value for each in views for text, value in (each.enum or {}).items()}
            if union.kind == "anyOf" or sum(len(each.enum or {}) for each in views) == len(values):
                meet_enum(view, values, union.at)
                return
        nulls = [each for each in views if each.types == NULL_ONLY]
        if len(views) == 2 and len(nulls) == 1:
            other = views[0] if views[1] is nulls[0] else views[1]
            if other.types is not None and not (other.unions or other.nots or other.conditions):
                widened = View(other.node)
                meet(widened, other)
                add_null(widened)
                meet(view, widened)
                return
        view.unions.append(Union(union.kind, branches, union.at))
        if all(each.types is not None for each in views):
            view.types_derived = view.types is None
            meet_types(view, frozenset().union(*(each.types or () for each in views)), union.at)


def _too_deep(node: Node) -> UnresolvedReference:
    where = "/".join(map(str, node.pointer))
    return UnresolvedReference(
        f"#/{where}", node.document.source, f"is composed more than {_DEPTH} levels deep"
    )


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
