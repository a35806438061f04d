"""Laws over schemas by chance: silence, mirror, soundness, a witness for every break.

Readers are held against fastavro 1.13. Left out, since fastavro reads otherwise: unions in which a
branch is read by another than the same one (strings beside bytes; two types called alike in two
namespaces). There it takes the first branch that matches, as the specification has it, and refuses
data of a schema that only gained a branch elsewhere; Java and we take the same branch.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from io import BytesIO

import fastavro
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apicheck.errors import ApicheckError, ParseError
from apicheck.formats.avro.data import encoded
from apicheck.formats.avro.plain import plain
from apicheck.model import Direction

CALM = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SEEDS = st.integers(0, 10**9)
FLIP = {Direction.INBOUND: Direction.OUTBOUND, Direction.OUTBOUND: Direction.INBOUND}
#: Java refuses such schemas; fastavro takes one of the two values.
ONLY_JAVA = {"avro.alias-clashes", "avro.alias-clashes-for-old-readers"}


def two(avro, seed):
    """Two contracts by chance and what changed between them; None where they cannot be compared."""
    old, new = avro.pair(seed)
    try:
        one, other = avro.contract(old, "old.avsc"), avro.contract(new, "new.avsc")
        if one.model.unresolved or other.model.unresolved:
            return None
        return one, other, list(avro.AVRO.compare(one, other, avro.TODAY))
    except (ApicheckError, ExceptionGroup):
        return None


@CALM
@given(SEEDS)
def test_a_schema_does_not_differ_from_itself(avro, seed):
    schema = avro.Grower(random.Random(seed)).named(kind="record")
    try:
        contract = avro.contract(schema)
    except (ApicheckError, ExceptionGroup):
        return
    found = avro.AVRO.compare(contract, avro.contract(schema, "twin.avsc"), avro.TODAY)
    assert {each.rule.id for each in found} <= {"avro.reference-unresolved"}


@CALM
@given(SEEDS)
def test_the_way_back_fires_the_mirrors_and_breaks_the_other_side(avro, seed):
    found = two(avro, seed)
    if found is None:
        return
    one, other, there = found
    back = list(avro.AVRO.compare(other, one, avro.TODAY))
    mirrors = {rule.id: rule.mirror or rule.id for rule in avro.AVRO.rules()}
    assert Counter(each.rule.id for each in there) == Counter(
        mirrors[each.rule.id] for each in back
    )
    assert avro.broken(there) == {FLIP[side] for side in avro.broken(back)}


@CALM
@given(SEEDS)
def test_what_is_judged_safe_is_read(avro, seed):
    found = two(avro, seed)
    if found is None or any(avro.is_ambiguous(each.model) for each in found[:2]):
        return
    one, other, there = found
    for side, writer, reader in ((Direction.INBOUND, one, other), (Direction.OUTBOUND, other, one)):
        clashes = avro.clashes(writer.model, reader.model)
        (writes,), (reads,) = writer.model.roots.values(), reader.model.roots.values()
        costs = avro.costs_of(writer.model)
        if side in avro.broken(there) or costs(writes) > 1e6:
            continue
        schemas = [fastavro.parse_schema(plain(each, clashes)) for each in (writes, reads)]
        chance = random.Random(seed)
        for _ in range(200):
            raw = encoded(writes, avro.datum(writes, chance, costs))
            fastavro.schemaless_reader(BytesIO(raw), schemas[0])
            # TypeError and KeyError are bugs of fastavro's: it asks a name for its fields, or hashes
            # a schema, where a union of the reader names a type defined earlier.
            with contextlib.suppress(TypeError, KeyError):
                fastavro.schemaless_reader(BytesIO(raw), *schemas)


@CALM
@given(SEEDS)
def test_every_break_has_a_witness_or_nobody_can_be_hurt(avro, seed):
    found = two(avro, seed)
    if found is None or any(avro.is_ambiguous(each.model) for each in found[:2]):
        return
    one, other, there = found
    if any(each.rule.id in ONLY_JAVA for each in there):
        return  # fastavro may take the other field, and skip the one that changed
    if any(avro.has_shared_alias(each.model) for each in (one, other)):
        return  # the same: it takes the last of the fields that the alias would find
    prove = avro.AVRO.prover(one, other)
    for change in there:
        for side in avro.sides_of(change):
            if not avro.is_break(change, side):
                continue
            proof = prove(change, side)
            masked = "another change" in proof.reason
            assert proof.kind in {"witnessed", "proved-safe"} or masked, (change.rule.id, proof)
            if proof.witness is not None:
                assert proof.witness.checked
            if proof.kind == "proved-safe":
                costs = [avro.costs_of(each.model) for each in (one, other)]
                names = [
                    (each.model.names, cost) for each, cost in zip((one, other), costs, strict=True)
                ]
                assert any(cost(node) > 1e6 for known, cost in names for node in known.values())


WORDS = st.sampled_from([
    "type", "name", "fields", "record", "enum", "fixed", "array", "map", "items", "values", "symbols",
    "size", "default", "aliases", "namespace", "logicalType", "decimal", "precision", "scale", "null",
    "int", "string", "A", "a.B", "doc", "order", "protocol", "types", "messages", "request", "response",
])  # fmt: skip
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=25,
)


@CALM
@given(ANY, ANY)
def test_no_json_crashes_reading_or_comparing(avro, one, other):
    kept = []
    for value in (one, other):
        dressed = {
            "name": "R",
            "fields": [],
            **(value if isinstance(value, dict) else {"fields": value}),
            "type": "record",
        }
        try:
            kept.append(avro.contract(dressed))
        except* ApicheckError:
            pass
    if len(kept) == 2:
        try:
            for change in avro.AVRO.compare(*kept, avro.TODAY):
                assert change.rule.message.format(**change.values)
        except ParseError:
            pass


@pytest.mark.parametrize("length", [3000])
def test_a_long_chain_and_a_wide_knot_end_soon(avro, length):
    def chain(leaf):
        links = [avro.record(avro.field("next", f"R{n + 1}"), name=f"R{n}") for n in range(length)]
        last = avro.record(avro.field("a", leaf), name=f"R{length}")
        return {"protocol": "P", "types": [*links, last]}

    found = avro.changes(chain("int"), chain("string"))
    assert [each.rule.id for each in found] == ["avro.type-changed"]
    prove = avro.AVRO.prover(avro.contract(chain("int")), avro.contract(chain("string")))
    assert prove(found[0], Direction.INBOUND).kind == "unknown"

    def knot(leaf):
        wide = [
            avro.record(*(avro.field(each, f"R{n + 1}") for each in "abc"), name=f"R{n}")
            for n in range(60)
        ]
        return {"protocol": "P", "types": [*wide, avro.record(avro.field("a", leaf), name="R60")]}

    found = avro.changes(knot("int"), knot("string"))
    assert [each.rule.id for each in found] == ["avro.type-changed"]
    prove = avro.AVRO.prover(avro.contract(knot("int")), avro.contract(knot("string")))
    assert prove(found[0], Direction.INBOUND).kind == "unknown"


def test_a_wide_union_and_a_deep_default_end_soon(avro):
    def union(count, more):
        return avro.typed(
            [avro.record(avro.field(f"x{n}"), name=f"R{n}{more}") for n in range(count)]
        )

    assert len(avro.changes(union(3000, ""), union(3000, "b"))) == 6000
    # Every record of the union may hold the default but for what stands deepest in it.
    default = {"a": "no number"}
    for _ in range(40):
        default = {"a": default}
    twins = [avro.record(avro.field("a", ["int", "A", "B"]), name=name) for name in "AB"]
    broken = {
        "protocol": "P",
        "types": [*twins, avro.record(avro.field("a", "A", default=default))],
    }
    with pytest.raises(ParseError, match="the default of field"):
        avro.contract(broken)


@pytest.mark.parametrize(
    "wrap", [lambda t: [t], lambda t: {"type": "array", "items": t}, lambda t: {"type": t}]
)
@pytest.mark.parametrize("depth", [100, 240])
def test_deep_nesting_is_refused_or_read(avro, wrap, depth):
    schema = "int"
    for _ in range(depth):
        schema = wrap(schema)
    with contextlib.suppress(ParseError, ExceptionGroup):
        assert avro.rules(avro.typed(schema), avro.typed(schema)) == []


def test_a_deep_default_is_refused(avro):
    default = {"a": None}
    for _ in range(230):
        default = {"a": default}
    types = [avro.record(avro.field("a", ["null", "A"]), name="A")]
    with pytest.raises(ParseError, match="the default of field"):
        avro.contract(
            {"protocol": "P", "types": [*types, avro.record(avro.field("a", "A", default=default))]}
        )
