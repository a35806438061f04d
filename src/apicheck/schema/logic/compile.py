"""Schemas made into formulas: references, composition and conditions.

What a keyword of one type means stands in ``terms``, what is evaluated by whom in
``evaluated``. Everything that is not modelled becomes an ``opaque`` formula, so that
nothing can be proved by overlooking it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.schema.logic import evaluated, terms
from apicheck.schema.logic.form import FALSE, TRUE, Form, Forms
from apicheck.schema.logic.resolve import Resolver, dialect_uri, global_name, names_dialect
from apicheck.schema.values import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.nodes import Document, Node
    from apicheck.schema.dialects import Dialect
    from apicheck.schema.logic.closure import Closures

__all__ = ["Compiler", "Library"]

#: Keywords of other dialects that tools assert in OpenAPI too, although it lacks them.
_FOREIGN = frozenset(
    {"const", "contains", "dependencies", "if", "patternProperties", "propertyNames"}
    | {"anyOf", "oneOf", "not", "additionalItems", "prefixItems"}
    | {"unevaluatedItems", "unevaluatedProperties", "dependentRequired", "dependentSchemas"}
)


_MAPS = frozenset({"dependencies", "dependentRequired", "dependentSchemas", "patternProperties"})


class Library:
    """The formulas of both sides, and the schemas behind their references."""

    __slots__ = ("_bodies", "_meanings", "circles", "closures", "forms", "scoped", "targets")

    def __init__(self, closures: Closures) -> None:
        self.forms = Forms()
        self.closures = closures
        #: Key of a reference -> who compiles it, and what.
        self.targets: dict[int, tuple[Compiler, Node]] = {}
        #: Dynamic references that were met and mean different things in different places.
        #: Formulas cannot tell these apart, so that nothing is proved any more.
        self.scoped: set[str] = set()
        #: Whether a reference was met that leads back to itself.
        self.circles = False
        self._bodies: dict[int, Form] = {}
        self._meanings: dict[Form, Form] = {}

    def meaning(self, form: Form) -> Form:
        """What a ``ref`` or ``not-ref`` stands for; any other formula as it is."""
        known = self._meanings.get(form)
        if known is not None:
            return known
        kind, *rest = self.forms.node(form)
        if kind not in {"ref", "not-ref"}:
            return form
        key, without = rest[0]
        if key not in self._bodies:
            self._unroll(key)
        body = self._bodies[key]
        if "unsent" in without:
            body = self.forms.as_reader(body)
        elif without:
            body = self.forms.as_strict(body)
        self._meanings[form] = meaning = self.forms.negate(body) if kind == "not-ref" else body
        return meaning

    def _unroll(self, key: int) -> None:
        """Read the schema behind a reference, and those that judge the same value for it.

        One that leads back to itself before the value is entered means nothing, or anything
        (2020-12 core, section 9.4.1): it becomes something that is not modelled.
        """
        open_: dict[int, Iterator[int]] = {key: self._referred(key)}
        while open_:
            current = next(reversed(open_))
            for inner in open_[current]:
                if inner in open_:
                    self.circles = True
                    reason = "a reference that leads back to itself"
                    self._bodies[inner] = self.forms.make("opaque", reason, inner)
                elif inner not in self._bodies:
                    open_[inner] = self._referred(inner)
                    break
            else:
                del open_[current]

    def _referred(self, key: int) -> Iterator[int]:
        """The references that stand in the schema behind one and judge the same value."""
        compiler, node = self.targets[key]
        body = self._bodies[key] = compiler.form(node)
        pending = [body]
        met: set[Form] = set()
        while pending:
            form = pending.pop()
            if form in met:
                continue
            met.add(form)
            kind, *rest = self.forms.node(form)
            if kind in {"and", "or", "one", "not-one"}:
                pending += rest[0]
            elif kind in {"ref", "not-ref"}:
                yield rest[0][0]


class Compiler:
    """Formulas of the schemas of one side.

    ``drop`` is ``readOnly`` or ``writeOnly`` where properties marked so are not sent. With
    ``formats``, the keyword ``format`` is a constraint and not a remark; with ``usual``, values of
    known formats are those that are written as usual. With ``named``, a free-form object
    declares that it has no members.
    """

    def __init__(
        self,
        library: Library,
        dialect: Dialect,
        *,
        drop: str | None = None,
        formats: bool = False,
        usual: bool = False,
        named: bool = False,
    ) -> None:
        self.library = library
        self.forms = library.forms
        self.dialect = dialect
        self.drop = drop
        self.formats = formats
        self.usual = usual
        self.named = named
        self.resolver = Resolver(dialect)
        self._made: dict[Any, Form] = {}
        self._kept: dict[int, Document] = {}

    def has(self, value: dict[str, Any], keyword: str) -> bool:
        """Whether a schema uses a keyword that its dialect knows."""
        return keyword in value and keyword in self.dialect.keywords

    def form(self, node: Node) -> Form:
        """The formula of the schema at ``node``."""
        known = self._made.get(node.key)
        if known is None:
            # A key holds the identity of the document, which must live as long.
            self._kept[id(node.document)] = node.document
            known = self._made[node.key] = self._form(node)
        return known

    def opaque(self, reason: str, node: Node, *content: Any) -> Form:
        """Something that is not modelled; the same content is the same unknown."""
        said = canonical(content) if content else str(node.key)
        return self.forms.make("opaque", reason, (self.dialect.name, said))

    def reference(self, node: Node, ref: str) -> Form:
        """The formula of a reference that stands in ``node``."""
        target = self.resolver.target(node, ref)
        if target is None:
            # What is missing on both sides is the same unknown, unless its name is relative.
            content = (ref,) if global_name(ref) else ()
            return self.opaque(f"the reference {ref!r} that leads nowhere", node, *content)
        if target.document is not node.document and self.resolver.scoped(target.document):
            self.library.scoped.add(f"a dynamic reference in {target.document.source}")
        flavour = (self.dialect.name, self.drop, self.formats, self.usual, self.named)
        key = self.library.closures.key(target, self.resolver.target, flavour)
        self.library.targets.setdefault(key, (self, target))
        return self.forms.make("ref", (key, frozenset()))

    def _form(self, node: Node) -> Form:
        value = node.value
        if node.parts:
            return self.forms.all_of([self.form(part) for part in node.parts])
        if value is True:
            return TRUE
        if value is False:
            return FALSE
        if type(value) is not dict:
            return self.opaque("a value that is no schema", node, value)
        parts: list[Form] = []
        ref = value.get("$ref")
        if type(ref) is str:
            parts.append(self.reference(node, ref))
            if not self.dialect.ref_siblings:
                return parts[0]
        parts += self._foreign(node, value)
        parts += terms.of(self, node, value)
        parts += self._composed(node, value)
        parts += self._dynamic(node, value)
        parts += evaluated.of(self, node, value)
        whole = self.forms.all_of(parts)
        nullable = self.dialect.nullable
        if nullable and value.get(nullable) is True:
            # Beside "enum" too: the structural comparison reads it so, as most tools do.
            return self.forms.any_of([whole, self.forms.types(["null"])])
        return whole

    def _foreign(self, node: Node, value: dict[str, Any]) -> list[Form]:
        """What another dialect says, and whether a tool heeds it nobody knows."""
        said = value.get("$schema")
        ours = self.dialect.name
        parts: list[Form] = []
        if (
            type(said) is str
            and dialect_uri(ours)
            and node.pointer
            and not names_dialect(said, ours)
        ):
            parts.append(self.opaque(f"a part written in another dialect ({said})", node))
        if self.dialect.name.startswith("openapi") and self.dialect.nullable:
            parts += [
                self.opaque(
                    f"{keyword}, which {self.dialect.name} lacks",
                    node,
                    self._said(node.step(keyword), keyword),
                )
                for keyword in sorted(_FOREIGN - self.dialect.keywords)
                if keyword in value
            ]
        return parts

    def _said(self, node: Node, keyword: str) -> Any:
        """What a keyword says, references followed: the same for two that say the same."""
        if keyword == "const":
            return node.value
        if keyword in _MAPS:
            return {name: self._said(each, "") for name, each in node.members()}
        if type(node.value) is list:
            return [self._said(each, "") for each in node.items()]
        return self.form(node) if type(node.value) in {dict, bool} else node.value

    def _composed(self, node: Node, value: dict[str, Any]) -> list[Form]:
        forms = self.forms
        parts: list[Form] = []
        for keyword, join in (
            ("allOf", forms.all_of),
            ("anyOf", forms.any_of),
            ("oneOf", forms.one_of),
        ):
            if self.has(value, keyword):
                branches = node.step(keyword)
                if type(branches.value) is list and branches.value:
                    parts.append(join([self.form(each) for each in branches.items()]))
                else:
                    parts.append(self.opaque(f"a malformed {keyword}", node))
        if self.has(value, "not"):
            parts.append(forms.negate(self.form(node.step("not"))))
        if self.has(value, "if"):
            condition = self.form(node.step("if"))
            if "then" in value:
                then = self.form(node.step("then"))
                parts.append(forms.any_of([forms.negate(condition), then]))
            if "else" in value:
                parts.append(forms.any_of([condition, self.form(node.step("else"))]))
        return parts

    def _dynamic(self, node: Node, value: dict[str, Any]) -> list[Form]:
        """Dynamic references, where they can lead to one place only; else they are refused."""
        parts = []
        for keyword in ("$dynamicRef", "$recursiveRef"):
            if self.has(value, keyword):
                ref = value[keyword]
                if self.resolver.scoped(node.document):
                    self.library.scoped.add(f"{keyword} {ref!r}")
                    parts.append(self.opaque(f"{keyword} {ref!r}", node))
                else:
                    parts.append(self.reference(node, str(ref)))
        return parts
