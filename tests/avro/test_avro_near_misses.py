"""What each rule must tell, and the look-alikes at which it must keep silent."""

from __future__ import annotations

import pytest

from apicheck.model import Direction

IN, OUT = Direction.INBOUND, Direction.OUTBOUND


def record(*fields, name="Order", **more):
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(name, type_="int", **more):
    return {"name": name, "type": type_, **more}


def typed(type_, **more):
    return record(field("a", type_, **more))


def enum(*symbols, **more):
    return {"type": "enum", "name": "State", "symbols": list(symbols), **more}


def decimal(precision, scale=0):
    return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}


def logical(name, base="long"):
    return {"type": base, "logicalType": name}


LINKED = record(field("a"), field("next", ["null", "Node"]), name="Node")
TREE = {
    "type": "record",
    "name": "Tree",
    "fields": [field("a"), field("kids", {"type": "array", "items": "Tree"})],
}

#: story: old, new, rules that fire, directions in which readers break
STORIES = {
    # spelling makes no difference
    "a-primitive-written-as-object": (typed("int"), typed({"type": "int"}), [], set()),
    "a-type-moved-to-where-it-is-used-first": (
        record(field("a", enum("X")), field("b", "State")),
        record(field("a", enum("X")), field("b", "State")),
        [],
        set(),
    ),
    "a-namespace-in-the-name": (
        record(name="n.Order"),
        record(name="Order", namespace="n"),
        [],
        set(),
    ),
    "an-inherited-namespace-written-out": (
        record(field("a", enum("X")), namespace="n"),
        record(field("a", {**enum("X"), "namespace": "n"}), namespace="n"),
        [],
        set(),
    ),
    "an-alias-qualified": (
        record(aliases=["Old"], namespace="n"),
        record(aliases=["n.Old"], namespace="n"),
        [],
        set(),
    ),
    # fields
    "a-field-without-default-is-added": (
        typed("int"),
        record(field("a"), field("b")),
        ["avro.field-added-without-default"],
        {IN},
    ),
    "null-is-a-default": (
        typed("int"),
        record(field("a"), field("b", ["null", "int"], default=None)),
        ["avro.field-added"],
        set(),
    ),
    "a-nullable-field-without-default-is-added": (
        typed("int"),
        record(field("a"), field("b", ["null", "int"])),
        ["avro.field-added-without-default"],
        {IN},
    ),
    "an-enum-default-is-no-default-of-the-field": (
        record(),
        typed(enum("X", default="X")),
        ["avro.field-added-without-default"],
        {IN},
    ),
    "a-field-renamed-with-alias-and-old-default": (
        record(field("a", default=1)),
        record(field("b", aliases=["a"])),
        ["avro.field-renamed", "avro.default-removed"],
        set(),
    ),
    "a-field-renamed-without-alias": (
        record(field("a")),
        record(field("b")),
        ["avro.field-removed-without-default", "avro.field-added-without-default"],
        {IN, OUT},
    ),
    "a-field-renamed-and-promoted-is-read-one-way": (
        record(field("a", "int", default=1)),
        record(field("b", "long", aliases=["a"], default=1)),
        ["avro.field-renamed", "avro.type-promoted"],
        set(),
    ),
    "an-alias-of-a-field-that-is-there-still": (
        record(field("a"), field("b")),
        record(field("a"), field("b", aliases=["z"])),
        ["avro.field-alias-added"],
        set(),
    ),
    "fields-in-another-order-with-one-added": (
        record(field("a"), field("b")),
        record(field("c", default=0), field("a"), field("b")),
        ["avro.field-added"],
        set(),
    ),
    # types
    "int-to-long": (typed("int"), typed("long"), ["avro.type-promoted"], {OUT}),
    "float-to-double": (typed("float"), typed("double"), ["avro.type-promoted"], {OUT}),
    "long-to-float": (typed("long"), typed("float"), ["avro.type-promoted-inexactly"], {OUT}),
    "int-to-double-is-exact": (typed("int"), typed("double"), ["avro.type-promoted"], {OUT}),
    "int-to-boolean": (typed("int"), typed("boolean"), ["avro.type-changed"], {IN, OUT}),
    "array-to-map": (
        typed({"type": "array", "items": "int"}),
        typed({"type": "map", "values": "int"}),
        ["avro.type-changed"],
        {IN, OUT},
    ),
    "items-promoted": (
        typed({"type": "array", "items": "int"}),
        typed({"type": "array", "items": "long"}),
        ["avro.type-promoted"],
        {OUT},
    ),
    "values-changed": (
        typed({"type": "map", "values": "int"}),
        typed({"type": "map", "values": "string"}),
        ["avro.type-changed"],
        {IN, OUT},
    ),
    "a-string-becomes-an-enum": (
        typed("string"),
        typed(enum("X")),
        ["avro.type-changed"],
        {IN, OUT},
    ),
    # unions
    "a-type-becomes-nullable": (
        typed("int"),
        typed(["null", "int"]),
        ["avro.union-branch-added"],
        {OUT},
    ),
    "a-union-of-one": (typed("int"), typed(["int"]), [], set()),
    "a-branch-promoted": (
        typed(["null", "int"]),
        typed(["null", "long"]),
        ["avro.type-promoted"],
        {OUT},
    ),
    "a-branch-exchanged": (
        typed(["null", "int"]),
        typed(["null", "string"]),
        ["avro.type-changed"],
        {IN, OUT},
    ),
    "a-branch-that-another-takes": (
        typed(["int", "long"]),
        typed(["long"]),
        ["avro.union-branch-covered"],
        set(),
    ),
    "two-branches-promoted-to-one": (
        typed(["int", "float"]),
        typed("double"),
        ["avro.type-promoted", "avro.union-branch-covered"],
        {OUT},
    ),
    "bytes-beside-a-string-are-taken-for-one": (
        typed("string"),
        typed(["string", "bytes"]),
        ["avro.string-to-bytes"],
        {OUT},
    ),
    "a-string-that-bytes-take": (
        typed(["string", "bytes"]),
        typed("bytes"),
        ["avro.union-branch-covered"],
        set(),
    ),
    "branches-in-another-order": (
        typed(["null", "int"]),
        typed(["int", "null"]),
        ["avro.union-order-changed"],
        set(),
    ),
    "an-event-added-to-a-union-of-events": (
        [record(name="A"), record(field("x"), name="B")],
        [record(name="A"), record(field("x"), name="B"), record(field("y"), name="C")],
        ["avro.union-branch-added"],
        {OUT},
    ),
    "an-event-of-a-union-renamed-with-alias": (
        [record(name="A"), record(field("x"), name="B")],
        [record(name="A"), record(field("x"), name="C", aliases=["B"])],
        ["avro.name-changed-with-new-alias"],
        {OUT},
    ),
    "two-records-called-alike-in-two-namespaces": (
        [record(field("x"), name="n.A"), record(field("y"), name="m.A")],
        [record(field("x"), name="n.A"), record(field("y"), name="m.A", doc="d")],
        ["avro.doc-changed"],
        set(),
    ),
    # enums
    "a-symbol-added-beside-a-new-default": (
        typed(enum("X")),
        typed(enum("X", "Y", default="X")),
        ["avro.enum-symbol-added", "avro.enum-default-added"],
        {OUT},
    ),
    "a-symbol-removed-and-a-default-given": (
        typed(enum("X", "Y")),
        typed(enum("X", default="X")),
        ["avro.enum-symbol-removed-with-default", "avro.enum-default-added"],
        set(),
    ),
    # names
    "the-namespace-of-the-whole": (
        record(field("a", enum("X", default="X")), namespace="n"),
        record(field("a", enum("X", default="X")), namespace="m"),
        ["avro.namespace-changed", "avro.leaf-namespace-changed"],
        set(),
    ),
    "an-alias-in-another-namespace-does-not-count": (
        record(name="n.Order"),
        record(name="m.Purchase", aliases=["Order"]),
        ["avro.name-changed"],
        {IN, OUT},
    ),
    "an-alias-by-full-name-counts": (
        record(name="n.Order"),
        record(name="m.Purchase", aliases=["n.Order"]),
        ["avro.name-changed-with-new-alias"],
        {OUT},
    ),
    "what-differs-in-a-renamed-type-is-not-told": (
        record(field("a"), name="A"),
        record(field("b"), name="B"),
        ["avro.name-changed"],
        {IN, OUT},
    ),
    # meaning
    "millis-to-micros": (
        typed(logical("timestamp-millis")),
        typed(logical("timestamp-micros")),
        ["avro.timestamp-unit-changed"],
        {IN, OUT},
    ),
    "time-millis-to-micros-is-promoted-too": (
        typed(logical("time-millis", "int")),
        typed(logical("time-micros")),
        ["avro.type-promoted", "avro.timestamp-unit-changed"],
        {IN, OUT},
    ),
    "a-timestamp-becomes-local": (
        typed(logical("timestamp-millis")),
        typed(logical("local-timestamp-millis")),
        ["avro.logical-type-changed"],
        {IN, OUT},
    ),
    "scale-and-precision": (
        typed(decimal(9, 2)),
        typed(decimal(11, 4)),
        ["avro.decimal-scale-changed", "avro.decimal-precision-widened"],
        {IN, OUT},
    ),
    "a-scale-of-zero-written-out": (
        typed({"type": "bytes", "logicalType": "decimal", "precision": 4}),
        typed(decimal(4, 0)),
        [],
        set(),
    ),
    "an-unknown-logical-type-is-an-attribute": (
        typed({"type": "string", "logicalType": "url"}),
        typed("string"),
        ["avro.attribute-changed"],
        set(),
    ),
    "a-logical-type-where-it-cannot-stand-is-ignored": (
        typed({"type": "string", "logicalType": "date"}),
        typed({"type": "string", "logicalType": "time-millis"}),
        ["avro.attribute-changed"],
        set(),
    ),
    "the-precision-of-a-fixed": (
        typed({"type": "fixed", "name": "D", "size": 8, "logicalType": "decimal", "precision": 9}),
        typed({"type": "fixed", "name": "D", "size": 8, "logicalType": "decimal", "precision": 5}),
        ["avro.decimal-precision-narrowed"],
        {IN},
    ),
    # recursion
    "a-linked-list": (
        LINKED,
        record(field("a", "long"), field("next", ["null", "Node"]), name="Node"),
        ["avro.type-promoted"],
        {OUT},
    ),
    "a-tree": (
        TREE,
        {**TREE, "fields": [*TREE["fields"], field("b")]},
        ["avro.field-added-without-default"],
        {IN},
    ),
    "a-shared-type-is-told-once": (
        record(field("a", enum("X")), field("b", "State"), field("c", ["null", "State"])),
        record(field("a", enum("X", "Y")), field("b", "State"), field("c", ["null", "State"])),
        ["avro.enum-symbol-added"],
        {OUT},
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_change_is_told_and_no_other(avro, story):
    old, new, rules, broken = STORIES[story]
    found = avro.changes(old, new)
    assert [each.rule.id for each in found] == rules
    assert avro.broken(found) == broken


@pytest.mark.parametrize("story", STORIES)
def test_a_break_is_shown_by_data_that_fails(avro, story):
    old, new, _, _ = STORIES[story]
    prove = avro.AVRO.prover(avro.contract(old), avro.contract(new))
    for change in avro.changes(old, new):
        for side in avro.sides_of(change):
            if avro.is_break(change, side):
                proof = prove(change, side)
                masked = "another change" in proof.reason
                assert masked or proof.witness.checked, (change.rule.id, side, proof)


def test_every_card_fires_in_some_story_or_example(avro):
    told = {rule for _, _, rules, _ in STORIES.values() for rule in rules}
    assert told <= {rule.id for rule in avro.AVRO.rules()}
