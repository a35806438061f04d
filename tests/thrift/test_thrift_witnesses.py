"""Bytes as proof: well-formed, refused or misread by the other side, and silent where it is safe."""

from __future__ import annotations

import importlib.util
import random
import re
import struct
from pathlib import Path

import pytest

from apicheck import formats
from apicheck.errors import ApicheckError
from apicheck.formats.thrift.decode import Refused, read
from apicheck.formats.thrift.encode import encode
from apicheck.formats.thrift.shapes import of_definition, of_method
from apicheck.model import Direction, Severity, Surface, breaks

_spec = importlib.util.spec_from_file_location(
    "contracts", Path(__file__).with_name("contracts.py")
)
contracts = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(contracts)

THRIFT = formats.named("thrift")
SIDES = (Direction.INBOUND, Direction.OUTBOUND)
#: Cards that no bytes can show, or only bytes that are not there.
WITHOUT = {
    "thrift.argument-added",
    "thrift.field-removed",
    "thrift.method-removed",
    "thrift.oneway-changed",
    "thrift.service-removed",
    "thrift.struct-removed",
}
#: Cards that would be loud in a direction in which nothing reaches them.
UNREACHED = {
    "thrift.argument-removed",
    "thrift.exception-removed",
    "thrift.exception-removed-from-void",
    "thrift.method-added",
    "thrift.required-argument-removed",
    "thrift.return-added",
    "thrift.service-added",
}
#: A string is not refused as binary: only TJSONProtocol tells them apart.
ONE_WAY = {
    ("thrift.string-became-binary", Direction.INBOUND),
    ("thrift.binary-became-string", Direction.OUTBOUND),
}


def level(rule, side):
    """How loud a card is in one direction, on the wire."""
    if Surface.WIRE not in rule.surfaces:
        return Severity.INFO
    default = Severity.ERROR if breaks(rule.effect, side) else Severity.INFO
    return rule.override.get(side, default)


def loud(change):
    return [
        side
        for side in SIDES
        if change.direction in {side, Direction.BOTH} and level(change.rule, side) > Severity.INFO
    ]


def proofs(build, old, new):
    """(change, side, proof) of everything loud between two texts."""
    one, two = build(old), build(new)
    prove = THRIFT.prover(one, two)
    for change in THRIFT.compare(one, two, None):
        for side in loud(change):
            yield change, side, prove(change, side)


def plain(raw):
    """Any struct of the protocol without knowing its contract: id -> (type code, value)."""

    def value(code, at):
        width = {2: 1, 3: 1, 4: 8, 6: 2, 8: 4, 10: 8, 16: 16}.get(code)
        if width:
            return raw[at : at + width], at + width
        if code == 11:
            (size,) = struct.unpack_from(">i", raw, at)
            return raw[at + 4 : at + 4 + size], at + 4 + size
        if code == 12:
            return fields(at)
        if code == 13:
            codes, (size,) = raw[at : at + 2], struct.unpack_from(">i", raw, at + 2)
            at += 6
        else:
            assert code in {14, 15}
            codes, (size,) = raw[at : at + 1], struct.unpack_from(">i", raw, at + 1)
            at += 5
        items = []
        for index in range(size * len(codes)):
            item, at = value(codes[index % len(codes)], at)
            items.append(item)
        return items, at

    def fields(at):
        found = {}
        while raw[at]:
            (key,) = struct.unpack_from(">h", raw, at + 1)
            found[key], at = value(raw[at], at + 3)
        return found, at + 1

    found, at = fields(0)
    assert at == len(raw)
    return found


LOUD_CARDS = [
    rule
    for rule in THRIFT.rules()
    if rule.example.of == "thrift" and any(level(rule, side) > Severity.INFO for side in SIDES)
]


@pytest.mark.parametrize("rule", LOUD_CARDS, ids=lambda rule: rule.id)
def test_every_loud_card_is_shown_by_bytes(build, rule):
    found = list(proofs(build, rule.example.old, rule.example.new))
    assert bool(found) is (rule.id not in UNREACHED)
    for change, side, proof in found:
        if change.rule.id in WITHOUT or (change.rule.id, side) in ONE_WAY:
            assert proof.kind == "rule"
            continue
        assert proof.kind == "witnessed"
        witness = proof.witness
        assert witness.checked
        assert (witness.accepted_by, witness.rejected_by) == (
            ("old", "new") if side is Direction.INBOUND else ("new", "old")
        )
        plain(bytes.fromhex(witness.value["bytes"]))


@pytest.mark.parametrize("seed", range(60))
def test_witnesses_of_random_changes_are_well_formed(build, seed):
    chance = random.Random(seed)
    old, new = contracts.contract(chance), contracts.contract(chance)
    for _, _, proof in proofs(build, old, new):
        assert proof.kind in {"witnessed", "rule", "proved-safe"}
        if proof.witness is not None:
            plain(bytes.fromhex(proof.witness.value["bytes"]))


def test_the_bytes_are_those_of_the_specification(build):
    idl = build(
        "enum E { A = 7 } struct I { 1: bool x } struct S { 1: i32 a, 2: string b, 3: list<i16> c,"
        " 4: map<i8, E> d, 5: I e, -1: i64 f, 6: double g, 7: uuid h, 8: set<binary> i }"
    ).model
    value = {
        1: 5, 2: "é", 3: [1, -1], 4: [[2, 7]], 5: {1: True}, -1: 1, 6: 1.5,
        7: bytes(16), 8: [b"\xff"],
    }  # fmt: skip
    raw = encode(idl, of_definition(idl, "S"), value)
    assert raw.hex(" ") == (
        "08 00 01 00 00 00 05 "
        "0b 00 02 00 00 00 02 c3 a9 "
        "0f 00 03 06 00 00 00 02 00 01 ff ff "
        "0d 00 04 03 08 00 00 00 01 02 00 00 00 07 "
        "0c 00 05 02 00 01 01 00 "
        "0a ff ff 00 00 00 00 00 00 00 01 "
        "04 00 06 3f f8 00 00 00 00 00 00 "
        "10 00 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
        "0e 00 08 0b 00 00 00 01 00 00 00 01 ff "
        "00"
    )
    assert read(idl, of_definition(idl, "S"), raw) == {
        "a": 5, "b": "é", "c": [1, -1], "d": [[2, "A"]], "e": {"x": True}, "f": 1, "g": 1.5,
        "h": "00" * 16, "i": ["0xff"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "raw",
    [
        "", "08", "08 00 01", "08 00 01 00 00 00", "63 00 01 00", "0b 00 01 7f ff ff ff 00",
        "0b 00 01 ff ff ff ff 00", "0f 00 09 02 7f ff ff ff 00", "00 00",
        "0c 00 09 " * 200 + "00 " * 201,
    ],
)  # fmt: skip
def test_bytes_that_are_no_struct_are_refused(build, raw):
    idl = build("struct S { 1: string a }").model
    with pytest.raises(Refused):
        read(idl, of_definition(idl, "S"), bytes.fromhex(raw))


def test_a_struct_that_requires_itself_has_no_message_to_show(build):
    old = "struct S { 1: required S s, 2: optional i32 a }"
    (found,) = proofs(build, old, old.replace("optional", "required"))
    assert found[2].kind == "rule"
    assert found[2].reason


def test_another_finding_is_not_shown_for_this_one(build):
    old = "struct S { 1: i32 a, 2: optional i32 b }"
    new = "struct S { 1: i64 a, 2: required i32 b }"
    shown = {change.rule.id: proof.witness for change, _, proof in proofs(build, old, new)}
    assert shown["thrift.field-type-changed"].value["written"] == {"a": 1, "b": 1}
    assert shown["thrift.field-made-required"].purpose == "required field 2 (b) is missing"


def test_a_witness_says_what_was_meant_and_what_is_read(build):
    old = "struct S { 1: i32 a, 2: string b = 'x' }"
    ((_, _, proof), *_) = proofs(build, old, old.replace("'x'", "'y'"))
    assert proof.witness.value == {
        "what": "struct S",
        "bytes": "00",
        "written": {"b": "x"},
        "read": {"b": "y"},
    }
    assert proof.witness.purpose == "b = 'x' is read as 'y'"


def value_of(idl, kind, chance, depth=0):
    """A random value of a type; None where it grows too deep."""
    kind = idl.resolved(kind)
    word = kind.value["kind"]
    if word == "named":
        table, key = kind.value["to"]
        if table == "enums":
            return chance.choice([e["number"] for e in idl.data["enums"][key]["values"].values()])
        return message_of(idl, of_definition(idl, key), chance, depth + 1)
    if word in {"list", "set", "map"}:
        parts = [kind.step(each) for each in ("of", "key", "value") if each in kind.value]
        items = [[value_of(idl, p, chance, depth + 1) for p in parts] for _ in range(2)]
        items = [each for each in items if None not in each][: chance.randrange(3)]
        return items if word == "map" else [each for (each,) in items]
    if word in {"string", "binary"}:
        return "text" if word == "string" else bytes([chance.randrange(256)])
    return {"bool": True, "double": 1.5, "uuid": bytes(16)}.get(word, chance.randrange(100))


def message_of(idl, shape, chance, depth=0):
    """A random message; None where it grows too deep."""
    if depth > 5:
        return None
    keys = list(shape.fields)
    if shape.union or shape.returns:
        keys = [chance.choice(keys)]
    found = {}
    for number in keys:
        slot = shape.fields[number]
        if shape.union or shape.returns or slot.required or chance.random() < 0.6:
            value = value_of(idl, slot.kind, chance, depth)
            if value is None and (shape.union or shape.returns or slot.required):
                return None
            if value is not None:
                found[number] = value
    return found


def agree(one, two):
    """Whether two readings are equal in what both have; an enum may be read by name or number."""
    if isinstance(one, dict) and isinstance(two, dict):
        return all(agree(one[name], two[name]) for name in one.keys() & two.keys())
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(agree, one, two))
    return one == two or {type(one), type(two)} == {str, int}


MUTATIONS = [
    (r"\bi32\b", "i64"), (r"\bi16\b", "E0"), (r"\bstring\b", "binary"), (r"\bbinary\b", "string"),
    (r"\brequired \b", ""), (r"\boptional \b", "required "), (r": (?=i\d)", ": required "),
    (r"\bS1\b(?! {)", "S2"), (r"\bE0\b(?! {)", "i32"), (r"\bE0\b(?! {)", "E1"), (r"\blist<", "set<"),
    (r"\b3: ", "9: "), (r"= (\d), ", r"= 1\1, "), (r"\bstruct\b", "union"), (r"\bunion\b", "struct"),
    (r", \d: [^{},]*(?= })", ""), (r", \d: [^{},]*(?=\))", ""), (r"\((?=1)", "(9: required i32 q, "),
    (r" throws \(1", " throws (2"), (r"void (?=[fghk]\()", "i32 "), (r"i32 (?=[fghk]\()", "void "),
    (r", \w = \d(?= })", ""), (r"\b([a-g]) }", r"\1, 8: required i32 z }"),
    (r"\b([a-g]) }", r"\1, 8: i32 z }"), (r"typedef \w+ T0", "typedef double T0"),
]  # fmt: skip


def mutated(text, chance):
    """The text with one small change."""
    pattern, other = chance.choice([each for each in MUTATIONS if re.search(each[0], text)])
    place = chance.choice(list(re.finditer(pattern, text)))
    return text[: place.start()] + place.expand(other) + text[place.end() :]


def assert_read(writer, reader, shapes, chance):
    """Random messages of the one side are read by the other as they were meant."""
    mine, theirs = shapes
    for _ in range(20):
        value = message_of(writer, mine, chance)
        if value is None:
            continue
        raw = encode(writer, mine, value)
        meant, seen = read(writer, mine, raw), read(reader, theirs, raw)
        assert agree(meant, seen), (mine.title, meant, seen)


@pytest.mark.parametrize("seed", range(250))
def test_where_nothing_is_told_every_message_is_read(build, seed):
    """Silence checked: what one side writes the other reads, unless some finding speaks of it."""
    chance = random.Random(seed)
    # Without services all is data, and each struct is reached from both sides.
    old = re.sub(r"service .*", "", contracts.contract(chance))
    try:
        sides = build(old), build(mutated(old, chance))
    except ApicheckError:
        # No contract any more, and nothing to hold together.
        return
    told = {side for change in THRIFT.compare(*sides, None) for side in loud(change)}
    one, two = (each.model for each in sides)
    for side, (writer, reader) in zip(SIDES, ((one, two), (two, one)), strict=True):
        if side not in told:
            for key in writer.data["structs"].keys() & reader.data["structs"].keys():
                shapes = of_definition(writer, key), of_definition(reader, key)
                assert_read(writer, reader, shapes, chance)


@pytest.mark.parametrize("seed", range(250))
def test_where_nothing_is_told_every_call_is_read(build, seed):
    """The same of what clients send and servers answer, each in its own direction."""
    chance = random.Random(seed)
    old = contracts.contract(chance)
    try:
        sides = build(old), build(mutated(old, chance))
    except ApicheckError:
        return
    told = {side for change in THRIFT.compare(*sides, None) for side in loud(change)}
    one, two = (each.model for each in sides)
    for side, part in ((Direction.INBOUND, "arguments"), (Direction.OUTBOUND, "throws")):
        if side in told:
            continue
        writer, reader = (one, two) if side is Direction.INBOUND else (two, one)
        for name, service in writer.data["services"].items():
            for method in service["methods"]:
                if method in reader.data["services"][name]["methods"]:
                    ends = [of_method(each, name, method, part) for each in (writer, reader)]
                    assert_read(writer, reader, ends, chance)


#: To Python an enum is its number and a text that is none is its bytes: it sees no difference.
SAME_TO_PYTHON = {
    "thrift.binary-became-string",
    "thrift.string-became-binary",
    "thrift.integer-became-enum",
    "thrift.enum-became-integer",
}


@pytest.mark.parametrize(
    "rule", [r for r in LOUD_CARDS if r.id not in SAME_TO_PYTHON], ids=lambda rule: rule.id
)
def test_another_implementation_reads_the_witness_so_too(build, rule, tmp_path):
    """thriftpy2 as the judge: the reader's class does not see what the writer's class does."""
    import thriftpy2
    from thriftpy2.protocol import TBinaryProtocolFactory
    from thriftpy2.utils import deserialize

    modules = {}
    for name in ("old", "new"):
        file = tmp_path / f"{rule.id.rpartition('.')[2].replace('-', '_')}_{name}.thrift"
        file.write_text(getattr(rule.example, name))
        modules[name] = thriftpy2.load(str(file), module_name=f"{file.stem}_thrift")

    def seen(name, kind, raw):
        made = getattr(modules[name], kind)()
        try:
            return vars(deserialize(made, raw, TBinaryProtocolFactory()))
        except Exception as problem:  # noqa: BLE001 - each refusal is of a class of its own
            return problem

    for _, _, proof in proofs(build, rule.example.old, rule.example.new):
        if proof.witness is None or not proof.witness.value["what"].startswith(
            ("struct S", "union")
        ):
            continue
        kind = proof.witness.value["what"].split()[-1]
        raw = bytes.fromhex(proof.witness.value["bytes"])
        mine = seen(proof.witness.accepted_by, kind, raw)
        theirs = seen(proof.witness.rejected_by, kind, raw)
        assert isinstance(mine, dict)
        written = proof.witness.value["written"]
        if "is missing" in proof.witness.purpose or "has nothing set" in proof.witness.purpose:
            # It leaves such checks to the program, which finds nothing there.
            assert isinstance(theirs, Exception) or None in theirs.values() or not written
        else:
            assert isinstance(theirs, Exception) or theirs != mine
