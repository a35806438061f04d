"""Folders, imports, IDL and protocols."""

from __future__ import annotations

import json

import pytest

from apicheck import api
from apicheck.errors import ApicheckError, ParseError, UnresolvedReference
from apicheck.model import Direction


def record(name, *fields, **more):
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(name, type_="int", **more):
    return {"name": name, "type": type_, **more}


def put(folder, files):
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text if isinstance(text, str) else json.dumps(text, indent=2))
    return folder


def compared(avro, old, new):
    return list(api.compare(api.load(str(old)), api.load(str(new)), avro.TODAY))


def test_files_of_a_folder_refer_to_one_another_in_any_order(avro, tmp_path):
    line = record("Line", field("sku", "string"), namespace="shop")
    order = record(
        "Order", field("lines", {"type": "array", "items": "shop.Line"}), namespace="shop"
    )
    paid = record("Paid", field("order", "Order"), namespace="shop")
    old = put(tmp_path / "old", {"a/order.avsc": order, "line.avsc": line, "paid.avsc": paid})
    line["fields"].append(field("amount"))
    new = put(tmp_path / "new", {"order.avsc": order, "line.avsc": line, "paid.avsc": paid})
    one, other = api.load(str(old)), api.load(str(new))
    (change,) = api.compare(one, other, avro.TODAY)
    assert change.rule.id == "avro.field-added-without-default"
    assert change.label == "Line > amount"
    assert change.new.span().source.endswith("new/line.avsc")
    # Only what is no part of something else is a message by itself.
    assert {use.label for use in change.uses} == {"Paid"}
    proof = avro.AVRO.prover(one, other)(change, Direction.INBOUND)
    assert proof.witness.value == {"order": {"lines": [{"sku": ""}]}}


def test_an_event_added_to_a_folder_hurts_nobody_and_one_removed_does(avro, tmp_path):
    a, b = record("A", field("x")), record("B", field("x"))
    old = put(tmp_path / "old", {"a.avsc": a, "c.avsc": record("C", field("x"))})
    new = put(tmp_path / "new", {"a.avsc": a, "b.avsc": b, "c.avsc": record("C", field("x"))})
    assert [each.rule.id for each in compared(avro, old, new)] == ["avro.schema-added"]
    back = compared(avro, new, old)
    assert [each.rule.id for each in back] == ["avro.schema-removed"]
    assert avro.broken(compared(avro, old, new)) == set()
    assert avro.broken(back) == {Direction.INBOUND}


def test_files_may_each_bring_the_same_definition_but_not_two(tmp_path):
    shared = {"type": "enum", "name": "State", "symbols": ["X"]}
    files = {
        "a.avsc": record("A", field("s", shared)),
        "b.avsc": record("B", field("s", shared)),
    }
    assert set(api.load(str(put(tmp_path / "fine", files))).model.roots) == {"A", "B"}
    files["b.avsc"] = record("B", field("s", {**shared, "symbols": ["Y"]}))
    with pytest.raises(ParseError, match="State is defined again otherwise") as caught:
        api.load(str(put(tmp_path / "odd", files)))
    assert caught.value.also.source.endswith("a.avsc")


def test_a_type_is_looked_for_in_a_file_of_its_name_beside(avro, tmp_path):
    order = record("Order", field("line", "shop.Line"))
    line = record("Line", field("sku", "string"), namespace="shop")
    old = put(tmp_path / "old", {"order.avsc": order, "shop.Line.avsc": line})
    line["fields"][0]["type"] = "int"
    new = put(tmp_path / "new", {"order.avsc": order, "Line.avsc": line})
    found = compared(avro, old / "order.avsc", new / "order.avsc")
    assert [each.rule.id for each in found] == ["avro.type-changed"]


def test_a_change_behind_an_equal_text_is_seen(avro, tmp_path):
    main = 'import schema "b.avsc";\nprotocol P { record A { B b; } }'
    old = put(tmp_path / "old", {"a.avdl": main, "b.avsc": record("B", field("x"))})
    new = put(tmp_path / "new", {"a.avdl": main, "b.avsc": record("B", field("x", "long"))})
    found = compared(avro, old / "a.avdl", new / "a.avdl")
    assert [each.rule.id for each in found] == ["avro.type-promoted"]


IDL = """
/** Orders. */
@namespace("shop")
protocol Orders {
  import idl "common.avdl";
  /** States. */
  enum State { NEW, DONE } = NEW;
  fixed Hash(16);
  record Order {
    /** The id. */
    string id;
    State @aliases(["status"]) state = "NEW";
    union { null, Hash } hash = null;
    array<Line> lines = [];
    map<decimal(9, 2)> prices = {};
    string? note = null;
    int? @order("ignore") count = 5;
    timestamp_ms `date`;
    shop.common.Money total;
  }
  record Line { int a = 1, b; }
  error Refused { string why; }
  Order get(string id, boolean full = false) throws Refused;
  void forget(string id) oneway;
}
"""
COMMON = "namespace shop.common;\nrecord Money { long amount; string currency = 'EUR'; }\n"
SAME = {
    "protocol": "Orders",
    "namespace": "shop",
    "doc": "Orders.",
    "types": [
        {
            "type": "record",
            "name": "Money",
            "namespace": "shop.common",
            "fields": [field("amount", "long"), field("currency", "string", default="EUR")],
        },
        {"type": "enum", "name": "State", "symbols": ["NEW", "DONE"], "default": "NEW", "doc": "States."},
        {"type": "fixed", "name": "Hash", "size": 16},
        record(
            "Order",
            field("id", "string", doc="The id."),
            field("state", "State", aliases=["status"], default="NEW"),
            field("hash", ["null", "Hash"], default=None),
            field("lines", {"type": "array", "items": "Line"}, default=[]),
            field(
                "prices",
                {
                    "type": "map",
                    "values": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
                },
                default={},
            ),
            field("note", ["null", "string"], default=None),
            field("count", ["int", "null"], order="ignore", default=5),
            field("date", {"type": "long", "logicalType": "timestamp-millis"}),
            field("total", "shop.common.Money"),
        ),
        record("Line", field("a", default=1), field("b")),
        {"type": "error", "name": "Refused", "fields": [field("why", "string")]},
    ],
    "messages": {
        "get": {
            "request": [field("id", "string"), field("full", "boolean", default=False)],
            "response": "Order",
            "errors": ["Refused"],
        },
        "forget": {"request": [field("id", "string")], "response": "null", "one-way": True},
    },
}  # fmt: skip


def test_an_idl_says_what_its_json_says(avro, tmp_path):
    put(tmp_path, {"old.avdl": IDL, "common.avdl": COMMON, "new.avpr": SAME})
    assert compared(avro, tmp_path / "old.avdl", tmp_path / "new.avpr") == []
    assert compared(avro, tmp_path / "new.avpr", tmp_path / "old.avdl") == []


def test_places_in_an_idl(avro, tmp_path):
    put(tmp_path, {"old.avdl": IDL, "common.avdl": COMMON})
    put(tmp_path, {"new.avdl": IDL.replace("int a = 1, b;", "int a = 1;\n    long b;")})
    (change,) = compared(avro, tmp_path / "old.avdl", tmp_path / "new.avdl")
    assert change.rule.id == "avro.type-promoted"
    assert change.label == "Line > b"
    old, new = change.old.span(), change.new.span()
    assert IDL.splitlines()[old.line - 1].strip().startswith("record Line")
    assert (new.line, new.column) == (old.line + 1, 5)


def test_a_protocol_says_who_sends(avro, tmp_path):
    put(tmp_path, {"old.avdl": IDL, "common.avdl": COMMON})

    def directions(text):
        put(tmp_path, {"new.avdl": text})
        return {
            each.rule.id: (each.direction, {use.label for use in each.uses})
            for each in compared(avro, tmp_path / "old.avdl", tmp_path / "new.avdl")
        }

    # A parameter more: old clients do not send it.
    found = directions(IDL.replace("string id, boolean", "string id, int n, boolean"))
    assert found == {"avro.field-added-without-default": (Direction.INBOUND, {"get"})}
    one, two = (api.load(str(tmp_path / each)) for each in ("old.avdl", "new.avdl"))
    (change,) = api.compare(one, two, avro.TODAY)
    proof = avro.AVRO.prover(one, two)(change, Direction.INBOUND)
    assert proof.witness.value == {"id": "", "full": False}
    assert proof.witness.purpose == "a reader fails: No default value for field n in get"
    # A type that is answered only: what is written now meets old readers.
    found = directions(IDL.replace("NEW, DONE", "NEW, DONE, GONE"))
    assert found["avro.enum-symbol-added-with-default"] == (Direction.OUTBOUND, {"get"})
    found = directions(IDL.replace("throws Refused", ""))
    assert found["avro.union-branch-removed"] == (Direction.OUTBOUND, {"get"})
    assert avro.broken(compared(avro, tmp_path / "old.avdl", tmp_path / "new.avdl")) == set()
    found = directions(IDL.replace("  void forget(string id) oneway;\n", ""))
    assert found == {"avro.message-removed": (Direction.INBOUND, {"forget"})}


def test_the_schema_syntax_has_a_main_type(avro, tmp_path):
    text = "namespace n;\nschema array<A>;\nrecord A { int x; }\nrecord Unused { int y; }\n"
    put(tmp_path, {"a.avdl": text, "b.avdl": text.replace("int", "long")})
    (change,) = compared(avro, tmp_path / "a.avdl", tmp_path / "b.avdl")
    assert change.label == "A > x"
    assert {use.label for use in change.uses} == {"array of A"}


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("protocol P {\n  record A { int }\n}", 2, "expected a name"),
        ("protocol P {\n  record A {\n", 3, "expected a name"),
        ("protocol P {\n  fixed F(x);\n}", 2, "expected a value"),
        ("protocol P {\n  #\n}", 2, "unexpected '#'"),
        ("protocol P { int a(); int a(); }", 1, "message 'a' stands twice"),
        ("record A { int a; }\nnonsense", 2, "unexpected 'nonsense'"),
        ("protocol P { record A { Unknown? a = 5x; } }", 1, "expected ';'"),
        ("protocol P { record A { " + "array<" * 200 + "int" + ">" * 200 + " a; } }", 1, "nested"),
        ("protocol P { @x(" + "[" * 200 + "]" * 200 + ") record A { int a; } }", 1, "nested"),
    ],
)
def test_faults_of_an_idl_have_a_place(tmp_path, text, line, problem):
    put(tmp_path, {"a.avdl": text})
    with pytest.raises(ParseError, match=r"a\.avdl:") as caught:
        api.load(str(tmp_path / "a.avdl"))
    assert problem in caught.value.problem
    assert caught.value.span.line == line


def test_imports_stay_in_the_tree_and_may_go_in_circles(tmp_path):
    put(tmp_path, {"in/a.avdl": 'import idl "../../x.avdl";\nrecord A { int a; }'})
    with pytest.raises(UnresolvedReference, match="leads out of"):
        api.load(str(tmp_path / "in" / "a.avdl"))
    put(tmp_path, {"in/a.avdl": 'import idl "gone.avdl";\nrecord A { int a; }'})
    with pytest.raises(ParseError, match="there is no such file"):
        api.load(str(tmp_path / "in" / "a.avdl"))
    put(
        tmp_path,
        {
            "in/a.avdl": 'import idl "b.avdl";\nrecord A { B? b = null; }',
            "in/b.avdl": 'import idl "a.avdl";\nrecord B { A? a = null; }',
        },
    )
    assert set(api.load(str(tmp_path / "in" / "a.avdl")).model.names) == {"A", "B"}


@pytest.mark.parametrize("seed", range(40))
def test_no_text_crashes_the_idl_parser(tmp_path, seed):
    import random

    chance = random.Random(seed)
    text = list(IDL)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(text))
        text[at : at + chance.randrange(4)] = chance.choice(
            ["", "{", "}", '"', "/*", "<", "é", "\\", "\x00"]
        )
    file = put(tmp_path, {"a.avdl": "".join(text), "common.avdl": COMMON}) / "a.avdl"
    try:
        api.load(str(file))
    except* ApicheckError:
        pass


def test_without_fastavro_only_the_data_is_missing(avro, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "fastavro", None)
    put(tmp_path, {"a.avsc": record("A", field("x", "long")), "b.avsc": record("A", field("x"))})
    one, two = (api.load(str(tmp_path / each)) for each in ("a.avsc", "b.avsc"))
    report = api.check(one, two)
    assert [(each.rule.id, each.breaking, each.proof) for each in report.findings] == [
        ("avro.type-demoted", True, "rule")
    ]
    (change,) = api.compare(one, two, avro.TODAY)
    reason = avro.AVRO.prover(one, two)(change, Direction.INBOUND).reason
    assert "apicheck-toolkit[avro]" in reason


def test_a_diff_of_avro_loads_no_library(tmp_path):
    import subprocess
    import sys

    # Nothing is to be shown where nothing breaks.
    put(tmp_path, {"a.avsc": record("A"), "b.avsc": record("A", field("x", default=1))})
    code = (
        "import sys; from apicheck.cli import run; run(sys.argv[1:]);"
        "print([m for m in ('fastavro', 'avro', 'yaml', 'yaml_rs', 'typing_extensions') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "diff", str(tmp_path / "a.avsc"), str(tmp_path / "b.avsc")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
