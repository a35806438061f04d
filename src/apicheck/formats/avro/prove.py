"""Shows what a change breaks: a datum of the one version that fastavro, with the other, refuses.

The datum is the least that goes through the changed place. It is encoded here, and read by fastavro
three times: with the writer's schema alone (it is a datum of that version), at the changed place by
itself (it is this change that breaks it), and as a whole with the reader's schema.

Where fastavro 1.13 reads otherwise than the specification says:

- it takes the logical type of the writer's schema, Java that of the reader's. A value that is only
  taken for something else is shown by decoding its bytes with either schema alone, as Java would;
- it has no float of 32 bits: what a reader rounds to ``float`` is written and read again as one;
- it takes the first branch of a union that matches, as the specification says, where Java and this
  package prefer the same type (a writer's bytes meet a reader's ["string", "bytes"]);
- it holds an enum, a fixed and a record for the same if they are called alike: where that
  happens, the kind is put before the name;
- an alias without a namespace matches any; it is given here with its namespace, as it is meant.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

from apicheck.formats.avro.compare import matched
from apicheck.formats.avro.data import Chosen, Costs, encoded, readable, telling
from apicheck.formats.avro.model import Kind, Primitive, Record, Union, resolved
from apicheck.formats.avro.plain import Unwritable, plain
from apicheck.formats.avro.route import route, through
from apicheck.model import Direction, Proof, Severity, Surface, Witness, breaks

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from apicheck.formats.avro.model import Model
    from apicheck.model import Change, Rule
    from apicheck.nodes import Node

__all__ = ["prover_of"]

_TRIES = 40
#: What ``plain`` puts before names.
_LENT = re.compile(
    r"\b(?:none|alone|apicheck\.requests)\.|\b(?:Record|Enumeration|Fixed)__(?=[A-Za-z_])"
)
_RULE = Proof()
_MISSING = Proof(reason="pip install 'apicheck-toolkit[avro]' to see data that shows it")


def prover_of(old: Model, new: Model) -> Callable[[Change, Direction], Proof]:
    """The function that proves changes between two models; without fastavro nothing is proved.

    The comparison stands without it: rules say what breaks, and only the data that shows it is
    missing.
    """
    try:
        import fastavro
    except ImportError:
        return lambda _change, _direction: _MISSING
    return _Prover(old, new, fastavro).prove


class _Prover:
    def __init__(self, old: Model, new: Model, fastavro: Any) -> None:
        self.fastavro = fastavro
        pairs = matched(old, new)[0]
        for name, message in old.messages.items():
            other = new.messages.get(name)
            if other is not None:
                pairs += [
                    (message.request, other.request),
                    (message.response, other.response),
                    (message.errors, other.errors),
                ]
        self.roots = {
            Direction.INBOUND: pairs,
            Direction.OUTBOUND: [(after, before) for before, after in pairs],
        }
        self.costs = {Direction.INBOUND: Costs(old.names), Direction.OUTBOUND: Costs(new.names)}
        self.missing = [*old.unresolved, *new.unresolved]
        self.parsed: dict[Hashable, Any] = {}
        kinds: dict[str, set[object]] = {}
        for node in (*old.names.values(), *new.names.values()):
            kinds.setdefault(node.value.name.simple, set()).add(type(node.value))
        self.clashes = frozenset(name for name, each in kinds.items() if len(each) > 1)

    def prove(self, change: Change, direction: Direction) -> Proof:
        """What is known of a change in one direction."""
        if change.subject is None or not _is_told(change.rule, direction):
            return _RULE
        if change.rule.surfaces == {Surface.SOURCE}:
            return _RULE  # data is read as before
        old, new = change.subject.old, change.subject.new
        writer, reader = (old, new) if direction is Direction.INBOUND else (new, old)
        if self.missing:
            return Proof(kind="unknown", reason=f"type {self.missing[0]} is defined in no file")
        costs, roots = self.costs[direction], self.roots[direction]
        stop = route(roots, writer, reader, costs)
        if stop is None:
            if costs.known and route(roots, writer, reader) is not None:
                reason = "no data can be of a type that always contains itself"
                return Proof(kind="proved-safe", reason=reason)
            return Proof(
                kind="unknown", reason="another change keeps readers from getting to the place"
            )
        try:
            for tries, datum in enumerate(_candidates(change, direction, stop.writer, costs)):
                if tries >= _TRIES:
                    break
                if not _is_about(change, datum):
                    continue
                purpose = self._alone(change, stop.writer, stop.reader, datum)
                if not purpose:
                    continue
                whole = through(stop, datum, costs)
                fails = "read as" in purpose or self._failure(*whole, shown=True)
                if fails and self._is_valid(whole[0], whole[2]):
                    return _witnessed(whole[2], direction, purpose)
        except (ValueError, Unwritable, StopIteration) as problem:
            return Proof(kind="unknown", reason=str(problem))
        if not breaks(change.rule.effect, direction) or direction in change.rule.override:
            return _RULE  # hurts readers that fastavro is not
        return Proof(kind="unknown", reason="fastavro reads all values that were tried")

    def _schema(self, node: Node) -> Any:
        key = resolved(node).key
        if key not in self.parsed:
            self.parsed[key] = self._parsed(plain(node, self.clashes))
        return self.parsed[key]

    def _parsed(self, schema: Any) -> Any:
        # In a record of its own: fastavro hangs all that it knows to types at the top, and prints
        # it with every error.
        field = {"name": "value", "type": schema}
        around = {"type": "record", "name": "apicheck.Datum", "fields": [field]}
        try:
            return self.fastavro.parse_schema(around)
        except self.fastavro.schema.SchemaParseException as problem:
            raise Unwritable(str(problem)) from None

    def _read(self, raw: bytes, writer: Any, reader: Any = None) -> Any:
        return self.fastavro.schemaless_reader(BytesIO(raw), writer, reader)["value"]

    def _is_valid(self, writer: Node, datum: Any) -> bool:
        """Whether fastavro reads the bytes with the schema that they were written with."""
        try:
            self._read(encoded(writer, datum), self._schema(writer))
        except Exception:  # noqa: BLE001 - whatever it is, the datum shows nothing
            return False
        return True

    def _alone(self, change: Change, writer: Node, reader: Node, datum: Any) -> str:
        """How the reader fails for this change alone, whatever else changed in the same record."""
        one, two = resolved(writer), resolved(reader)
        if type(one.value) is not Record or type(two.value) is not Record:
            return self._failure(writer, reader, datum)
        writes, reads = (plain(each, self.clashes) for each in (one, two))
        named = {str(each) for each in change.values.values()}
        alone = self._parsed(_isolated(writes, reads, named))
        try:
            self._read(encoded(one, datum), self._schema(one), alone)
        except self.fastavro.read.SchemaResolutionError as problem:
            return f"a reader fails: {_short(problem)}"
        except Exception:  # noqa: BLE001 - a bug of fastavro's is no proof
            return ""
        return ""

    def _failure(self, writer: Node, reader: Node, datum: Any, *, shown: bool = False) -> str:
        """How the reader fails on the datum, or what it takes it for; "" if it reads it rightly.

        ``shown`` says that the cause is known: then fastavro may fail however it likes.
        """
        raw = encoded(writer, datum)
        writes, reads = self._schema(writer), self._schema(reader)
        try:
            meant = self._read(raw, writes)
        except Exception:  # noqa: BLE001 - whatever it is, this is no datum of the writer's
            return ""
        try:
            taken = self._read(raw, writes, reads)
            if type(datum) is not Chosen and _is_plain(writer) and _is_plain(reader):
                taken = self._taken(raw, taken, writer, reader)
        except self.fastavro.read.SchemaResolutionError as problem:
            return f"a reader fails: {_short(problem)}"
        except (ValueError, OverflowError, EOFError, ArithmeticError) as problem:
            return f"a reader fails: {_short(problem)}"
        except Exception as problem:  # noqa: BLE001 - a bug of fastavro's is no proof by itself
            return f"a reader fails: {_short(problem)}" if shown else ""
        if isinstance(meant, dict | list) or not _is_misread(meant, taken):
            return ""
        return f"written as {_value(meant, writer)}, read as {_value(taken, reader)}"

    def _taken(self, raw: bytes, taken: Any, writer: Node, reader: Node) -> Any:
        """What a reader makes of a value by its own logical type, as Java does."""
        one, two = resolved(writer).value, resolved(reader).value
        kinds = {getattr(one, "kind", None), getattr(two, "kind", None)}
        if len(kinds) == 1 or kinds in ({Kind.INT, Kind.LONG}, {Kind.STRING, Kind.BYTES}):
            return self._read(raw, self._schema(reader))
        out = BytesIO()
        self.fastavro.schemaless_writer(out, self._schema(reader), {"value": taken})
        return self._read(out.getvalue(), self._schema(reader))


def _isolated(writer: Any, reader: Any, named: set[str]) -> Any:
    """The record of the writer with only so much of the reader's as one change is about.

    That is the reader's name, the names and aliases of its fields, and of the fields that the
    writer lacks those which the change names. All types are the writer's, and so are fields that
    the reader lacks, since types may be defined in them.
    """
    by_name = {each["name"]: each for each in reader["fields"]}
    by_alias = {alias: each for each in by_name.values() for alias in each.get("aliases", ())}
    fields, found_names = [], set()
    for each in writer["fields"]:
        match = by_name.get(each["name"]) or by_alias.get(each["name"])
        if match is None or match["name"] in found_names:
            fields.append({"name": each["name"], "type": each["type"]})
            continue
        found_names.add(match["name"])
        field = {"name": match["name"], "type": each["type"]}
        fields.append({**field, "aliases": match["aliases"]} if "aliases" in match else field)
    for name, each in by_name.items():
        if name not in found_names and name in named:
            gap: dict[str, Any] = {"name": name, "type": "null"}
            fields.append({**gap, "default": None} if "default" in each else gap)
    # In a namespace of its own, since the writer may have that name for another type; a record that
    # refers to itself does so under the name that it has now.
    name = f"alone.{reader['name'].rpartition('.')[2]}"
    found = {**reader, "name": name, "fields": fields}
    return _renamed(found, writer["name"], name)


def _renamed(value: Any, before: str, after: str) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(each, before, after) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, before, after) for each in value]
    return after if value == before else value


def _is_misread(meant: Any, taken: Any) -> bool:
    """Whether two values are not the same: a number may be whole or not, a text be bytes."""
    if isinstance(meant, int) and isinstance(taken, float):
        return meant != taken
    if {type(meant), type(taken)} == {str, bytes}:
        return False
    return type(meant) is not type(taken) or meant != taken


def _is_told(rule: Rule, direction: Direction) -> bool:
    """Whether the rule says that somebody may be hurt in that direction."""
    if direction in rule.override:
        return rule.override[direction] >= Severity.WARNING
    return breaks(rule.effect, direction)


def _candidates(change: Change, direction: Direction, writer: Node, costs: Costs) -> Iterator[Any]:
    """Data of the writer's type; of a union where one branch came or went, only of that branch."""
    place = change.old if direction is Direction.INBOUND else change.new
    if type(writer.value) is Union and place is not None:
        for index, branch in enumerate(writer.value.branches):
            if branch.pointer == place.pointer:
                return (Chosen(index, each) for each in telling(branch, costs))
    return telling(writer, costs)


def _is_about(change: Change, datum: Any) -> bool:
    """Whether the datum has the symbol that the change is about, if it is about one."""
    return "symbol" not in change.values or change.values["symbol"] == datum


def _is_plain(node: Node) -> bool:
    """Whether the type has no parts: bytes of it can be read with another such type."""
    value = resolved(node).value
    return type(value) is Primitive or hasattr(value, "size")


def _witnessed(datum: Any, direction: Direction, purpose: str) -> Proof:
    sides = ("old", "new") if direction is Direction.INBOUND else ("new", "old")
    witness = Witness(
        value=readable(datum),
        accepted_by=sides[0],
        rejected_by=sides[1],
        purpose=purpose,
        checked=True,
        misread="read as" in purpose,
    )
    return Proof(kind="witnessed", witness=witness)


def _value(value: Any, node: Node) -> str:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    logical = getattr(resolved(node).value, "logical", None)
    if logical is not None and logical.name.endswith("-nanos"):
        # fastavro does not know these and gives the number.
        return f"{value} nanoseconds"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _short(problem: Exception) -> str:
    """The words of fastavro without the schemas that it prints, and the namespace we lent it."""
    text = " ".join(str(problem)[:2000].split()) or type(problem).__name__
    if "{'" in text:
        text = text.partition(":")[0] if ":" in text else "schema mismatch"
    text = _LENT.sub("", text)
    return text if len(text) <= 120 else f"{text[:117]}..."
