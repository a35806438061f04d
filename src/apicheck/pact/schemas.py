"""Questions about the schemas of a provider's contract: is a value valid, declared, promised.

A consumer reads a part of what a provider sends, so what a response *lacks* in the pact is no
fault: for responses the schema is asked without what it requires.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.nodes import Node
from apicheck.schema import DRAFT_2020_12, Views
from apicheck.schema.logic.closure import Closures
from apicheck.schema.logic.compile import Compiler, Library
from apicheck.schema.logic.confirm import VALIDATORS, standalone
from apicheck.schema.logic.resolve import Memory
from apicheck.schema.relation import Prover, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.nodes import Steps
    from apicheck.schema import Dialect
    from apicheck.schema.relation import Answer

__all__ = ["Schemas"]

#: What demands that something be there.
_DEMANDS = frozenset(
    {"required", "minProperties", "minItems", "dependentRequired", "contains", "minContains"}
)
#: Below these, less is not more: they stay as they are.
_TURNED = frozenset({"not", "if", "enum", "const", "default", "example", "examples"})
_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_DEEPEST = 40
#: Schemas that one is taken to be composed of at most.
_MOST_PARTS = 500


class Schemas:
    """The schemas of one contract, in one dialect, for data that flow in one direction.

    ``drop`` is ``readOnly`` for requests and ``writeOnly`` for responses.
    """

    def __init__(self, dialect: Dialect, drop: str) -> None:
        self.dialect = dialect
        self.drop = drop
        self.views = Views(dialect)
        self._compiler = Compiler(Library(Closures()), dialect, drop=drop)
        # A format is a promise here: a regex of uuids is not to be refuted by any other text.
        self._prover = Prover(dialect, DRAFT_2020_12, formats=True, usual=True)
        self._validators: dict[Any, Any] = {}
        #: Places that can be followed to from a schema, by its place; kept for who asks for them.
        self.reached: dict[Any, set[Any]] = {}

    def problems(
        self, schema: Node, value: Any, *, partial: bool = False
    ) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where a value breaks a schema, and how, in words; nothing where it is valid.

        ``partial`` values may lack what is required.
        """
        key = (schema.key, partial)
        if key not in self._validators:
            self._validators[key] = self._validator(schema, partial=partial)
        validator = self._validators[key]
        if validator is None:
            return
        if validator.is_valid(value):
            yield from self._of_kinds(schema, value, partial=partial)
            return
        for error in validator.iter_errors(value):
            path = error.instance_path if hasattr(error, "instance_path") else error.path
            yield tuple(path), _brief(error.message)

    def _of_kinds(self, schema: Node, value: Any, *, partial: bool) -> Iterator[tuple[Steps, str]]:
        """Where parts of a value break the one schema that a discriminator says they are of."""
        if not self._has_kinds(schema):
            return
        for place, each, parts in self._places(schema, value):
            for kind in filter(None, (self.kind(part, each) for part in parts)):
                key = (kind.key, partial)
                if key not in self._validators:
                    self._validators[key] = self._validator(kind, partial=partial)
                validator = self._validators[key]
                for error in () if validator is None else validator.iter_errors(each):
                    path = error.instance_path if hasattr(error, "instance_path") else error.path
                    yield (*place, *path), _brief(error.message)

    def _validator(self, schema: Node, *, partial: bool) -> Any:
        import jsonschema
        import jsonschema_rs

        plain, _ = standalone(self._compiler, schema, sender=False)
        if partial:
            plain = _without_demands(plain)
        name = VALIDATORS[self.dialect.name]
        try:
            return getattr(jsonschema_rs, name)(plain, validate_formats=True, offline=True)
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
            pass
        try:
            # Slower, and less particular about patterns and faults elsewhere.
            made = getattr(jsonschema, name)
            made.check_schema(plain)
            return made(plain)
        except jsonschema.SchemaError:
            return None

    def promised(self, schema: Node, need: Any) -> Answer:
        """Whether everything that the schema allows is something that ``need`` accepts."""
        wanted = Node(need, Memory(need, "need"), ())
        return self._prover.contains(schema, wanted, reading=Reading.DECLARED, drop=self.drop)

    def undeclared(self, schema: Node, value: Any) -> Iterator[tuple[Steps, Node]]:
        """Members of a value that no schema declares, the outermost only, with the nearest schema.

        An object whose schema declares no member at all is free-form; so is one that says what
        further members are. What flows in the other direction only is not declared for this one.
        """
        for place, each, parts in self._places(schema, value):
            for step in each if type(each) is dict else ():
                below = _below(parts, step)
                if below is None or (below and all(map(self._is_dropped, below))):
                    yield (*place, step), parts[0]

    def _is_dropped(self, schema: Node) -> bool:
        """Whether a member flows in the other direction only."""
        return any(
            type(part.value) is dict and part.value.get(self.drop) is True
            for part in (schema, self.views.resolve(schema))
        )

    def _places(self, schema: Node, value: Any) -> Iterator[tuple[Steps, Any, list[Node]]]:
        """The objects and lists of a value, the outermost first, with the schemas of each."""
        pending: list[tuple[Steps, Any, list[Node]]] = [((), value, [schema])]
        while pending:
            place, each, nodes = pending.pop()
            if type(each) not in {dict, list} or len(place) > _DEEPEST:
                continue
            parts = [part for node in nodes for part in self._parts(node, each)]
            yield place, each, parts
            for step, inner in each.items() if type(each) is dict else enumerate(each):
                below = _below(parts, step)
                if below:
                    pending.append(((*place, step), inner, below))

    def _has_kinds(self, schema: Node) -> bool:
        """Whether the contract has discriminators at all: most have none."""
        raw = getattr(schema.document, "raw", None)
        return raw is None or b"discriminator" in raw

    def kinds(self, schema: Node) -> dict[str, Node]:
        """The schemas that a discriminator leads to, by the names that values have of them."""
        said = schema.get("discriminator")
        if said is None:
            return {}
        found: dict[str, Node] = {}
        for keyword in ("oneOf", "anyOf"):
            listed = schema.get(keyword)
            for each in () if listed is None else listed.items():
                ref = each.value.get("$ref") if type(each.value) is dict else None
                if type(ref) is str:
                    found[ref] = found[ref.rpartition("/")[2]] = self.views.resolve(each)
        # Without a union, those that extend it by allOf.
        found = found or dict(self.views.subtypes(self.views.of(schema)))
        mapping = said.value.get("mapping") if type(said.value) is dict else None
        for name, target in mapping.items() if type(mapping) is dict else ():
            last = str(target).rpartition("/")[2]
            if target in found or last in found:
                found[name] = found.get(target) or found[last]
        return found

    def kind(self, schema: Node, value: Any) -> Node | None:
        """The one schema that a discriminator says a value is of; None where it says nothing."""
        said = schema.get("discriminator")
        if said is None or type(value) is not dict:
            return None
        # A name in 2.0, an object in 3.x.
        name = said.value.get("propertyName") if type(said.value) is dict else said.value
        tag = value.get(name) if type(name) is str else None
        return self.kinds(schema).get(tag) if type(tag) is str else None

    def exceeds(self, schema: Node, value: dict[str, Any]) -> bool:
        """Whether an object has members that its schema does not name; True where patterns do."""
        names: set[str] = set()
        for part in self._parts(schema):
            declared = part.get("properties")
            names.update(() if declared is None else (name for name, _ in declared.members()))
            if part.get("patternProperties") is not None:
                return True
        return not names.issuperset(value)

    def _parts(self, node: Node, value: Any = None) -> Iterator[Node]:
        """A schema and those that it is composed of, references followed, each once.

        Of a union with a discriminator only what the ``value`` says that it is.
        """
        pending = [node]
        met: set[Any] = set()
        while pending:
            part = self.views.resolve(pending.pop())
            if part.key in met or len(met) > _MOST_PARTS:
                continue
            met.add(part.key)
            yield part
            ref = part.get("$ref")
            if ref is not None and type(ref.value) is str:
                # One with keywords beside it, which resolve leaves alone.
                bare = Node({"$ref": ref.value}, part.document, (*part.pointer, "$ref"))
                pending.append(bare)
            kind = self.kind(part, value)
            pending += [] if kind is None else [kind]
            for keyword in ("allOf",) if kind is not None else ("allOf", "anyOf", "oneOf"):
                listed = part.get(keyword)
                pending += [] if listed is None else listed.items()
            pending += filter(None, (part.get(keyword) for keyword in ("if", "then", "else")))
            dependent = part.get("dependentSchemas")
            pending += [] if dependent is None else [each for _, each in dependent.members()]


def _below(parts: list[Node], step: str | int) -> list[Node] | None:
    """The schemas that declare a member or item; none where it is free, None where it is not."""
    found: list[Node] = []
    free = names = False
    for part in parts:
        if type(part.value) is not dict:
            free = True
            continue
        if isinstance(step, int):
            free = True
            found += filter(None, (part.get("items"), part.get("additionalItems")))
            listed = part.get("prefixItems")
            found += [] if listed is None else list(listed.items())
            continue
        declared = part.get("properties")
        names = names or bool(declared is not None and declared.value)
        inner = None if declared is None else declared.get(step)
        if inner is not None:
            found.append(inner)
        patterns = part.get("patternProperties")
        if patterns is not None and patterns.value:
            names = free = True
        for keyword in ("additionalProperties", "unevaluatedProperties"):
            rest = part.get(keyword)
            if rest is not None and type(rest.value) is dict:
                free = True
                found += [rest] if inner is None else []
            elif rest is not None and rest.value is True:
                free = True
    if found:
        return found
    return [] if free or not names else None


def _without_demands(schema: Any) -> Any:
    """A schema that asks for nothing to be there, so that a part of a value is valid too."""
    if type(schema) is list:
        return [_without_demands(each) for each in schema]
    if type(schema) is not dict:
        return schema
    kept: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _DEMANDS:
            continue
        if keyword in _TURNED:
            kept[keyword] = value
        elif keyword in _MAPS and type(value) is dict:
            kept[keyword] = {name: _without_demands(each) for name, each in value.items()}
        elif keyword == "oneOf":
            # Without what is required, several may fit.
            kept.setdefault("allOf", []).append({"anyOf": _without_demands(value)})
        elif keyword == "allOf":
            kept.setdefault("allOf", []).extend(_without_demands(value))
        else:
            kept[keyword] = _without_demands(value)
    return kept


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else f"{line[:80]} … {line[-70:]}"
