"""Witnesses: messages that the runtime library itself reads otherwise, or refuses."""

from __future__ import annotations

import json

import pytest

from apicheck import formats
from apicheck.model import Direction, Effect, Severity, Surface, breaks

PROTOBUF = formats.named("protobuf")
#: Rules whose examples show no values of a field; there is nothing to send.
VALUELESS = (
    "file-", "package-", "syntax-", "message-removed", "message-added", "message-type-", "enum-removed",
    "enum-added", "definition-", "service-", "rpc-", "client-", "server-", "idempotency-",
    "descriptor-", "reserved-", "numbers-", "names-", "extension", "json-", "message-set",
    "enum-", "code-", "oneof-renamed", "former-",
)  # fmt: skip
#: Breaks of which the example has no witness in one direction, and why.
UNSEEN = {
    ("field-number-to-enum", Direction.INBOUND): "an open enum keeps a number without a name",
    ("field-enum-to-number", Direction.OUTBOUND): "an open enum keeps a number without a name",
    ("field-added-on-reserved", Direction.INBOUND): "the old side does not know the field",
    ("field-added-on-reserved-number", Direction.INBOUND): "the old side does not know the field",
    ("oneof-member-added-on-reserved", Direction.INBOUND): "the same",
    ("oneof-member-added-on-reserved-number", Direction.INBOUND): "the same",
}
SIDES = (Direction.INBOUND, Direction.OUTBOUND)


def breaking():
    for rule in PROTOBUF.rules():
        name = rule.id.removeprefix("protobuf.")
        if name.startswith(VALUELESS) or not rule.surfaces & {Surface.WIRE, Surface.JSON}:
            continue
        for side in SIDES:
            level = rule.override.get(side, Severity.ERROR)
            if breaks(rule.effect, side) and level is Severity.ERROR:
                yield rule, side


@pytest.fixture(name="prove")
def _prove(build, changes):
    """What is known of the only change between two texts, in one direction."""

    def prove(old, new, side, rule=None):
        found = [each for each in changes(old, new) if rule in {None, each.rule.id}]
        (change,) = found
        return PROTOBUF.prover(build(old), build(new))(change, side)

    return prove


@pytest.mark.parametrize(
    ("rule", "side"), list(breaking()), ids=lambda each: getattr(each, "id", None) or each.value
)
def test_every_break_of_values_has_a_witness(rule, side, prove):
    proof = prove(rule.example.old, rule.example.new, side)
    if (rule.id.removeprefix("protobuf."), side) in UNSEEN:
        assert proof.witness is None
        return
    witness = proof.witness
    assert proof.kind == "witnessed"
    assert witness.checked
    writer = "old" if side is Direction.INBOUND else "new"
    assert (witness.accepted_by, witness.rejected_by) == (
        writer,
        {"old": "new", "new": "old"}[writer],
    )
    assert json.loads(json.dumps(witness.value)) == witness.value


@pytest.mark.parametrize("rule", PROTOBUF.rules(), ids=lambda rule: rule.id)
def test_what_breaks_nobody_has_no_witness(rule, prove):
    if rule.example.of != "proto" or rule.effect is Effect.REPLACES:
        return
    for side in SIDES:
        if not breaks(rule.effect, side) and rule.id != "protobuf.required-field-added":
            proof = prove(rule.example.old, rule.example.new, side)
            if rule.id != "protobuf.required-field-removed":
                assert proof.witness is None


def test_a_narrowed_number_is_shown_by_the_bytes_that_are_cut(prove):
    old, new = "message A { int64 n = 1; }", "message A { int32 n = 1; }"
    witness = prove(old, new, Direction.INBOUND).witness
    assert witness.value == {
        "message": "shop.A",
        "bytes": "08 81 80 80 80 80 20",
        "written": {"n": "1099511627777"},
        "read": {"n": 1},
    }
    assert prove(old, new, Direction.OUTBOUND).witness is None


def test_fields_moved_into_a_oneof_lose_all_but_the_last(prove):
    old = "message A { optional int32 a = 1; oneof o { int32 b = 2; } }"
    new = "message A { oneof o { int32 a = 1; int32 b = 2; } }"
    witness = prove(old, new, Direction.INBOUND).witness
    assert witness.value["written"] == {"a": 1, "b": 1}
    assert witness.value["read"] == {"b": 1}


def test_an_enum_value_that_old_readers_do_not_know(prove):
    message = " message A { Size size = 1; }"
    old = "enum Size { ANY = 0; }" + message
    new = "enum Size { ANY = 0; LARGE = 1; }" + message
    witness = prove(old, new, Direction.OUTBOUND).witness
    assert witness.value["json"] == {"size": "LARGE"}
    assert "LARGE" in witness.value["error"]
    assert prove(old, new, Direction.INBOUND).witness is None


def test_a_closed_enum_sets_the_new_value_aside(prove):
    head = 'syntax = "proto2"; message A { optional Size size = 1; } '
    old, new = head + "enum Size { ANY = 0; }", head + "enum Size { ANY = 0; LARGE = 1; }"
    witness = prove(old, new, Direction.OUTBOUND).witness
    assert witness.value["bytes"] == "08 01"
    assert witness.value["read"] == {}


def test_an_enum_that_was_closed_drops_numbers_without_a_name(prove):
    head = 'edition = "2023"; message A { Size size = 1; } enum Size { '
    old, new = head + "ANY = 0; }", head + "option features.enum_type = CLOSED; ANY = 0; }"
    witness = prove(old, new, Direction.INBOUND).witness
    assert (witness.value["written"], witness.value["read"]) == ({"size": 1}, {})


def test_required_messages_are_filled_on_the_way(prove):
    head = 'syntax = "proto2"; message B { required string s = 1; required C c = 2; }'
    head += " message C { required double d = 1; } message A { required B b = 1;"
    old, new = head + " optional int64 n = 2; }", head + " optional uint64 n = 2; }"
    witness = prove(old, new, Direction.INBOUND).witness
    assert witness.value["written"]["n"] == "-1"
    assert witness.value["written"]["b"]["c"] == {"d": 0.0}


def test_values_of_maps_and_items_of_lists_are_tried(prove):
    for kind in ("map<string, {}>", "repeated {}"):
        old = f"message A {{ {kind.format('int32')} n = 1; }}"
        new = f"message A {{ {kind.format('uint32')} n = 1; }}"
        assert prove(old, new, Direction.INBOUND).kind == "witnessed"


def test_a_message_that_became_another_one_is_shown(prove):
    head = "message B { int32 x = 1; } message C { string x = 1; } "
    witness = prove(
        head + "message A { B b = 1; }", head + "message A { C b = 1; }", Direction.INBOUND
    ).witness
    assert witness.value["written"] == {"b": {"x": 1}}


def test_a_json_name_that_is_the_original_name_is_still_taken(prove):
    old = "message A { string id = 1; }"
    new = 'message A { string id = 1 [json_name = "key"]; }'
    assert prove(old, new, Direction.INBOUND).kind == "proved-safe"
    assert prove(old, new, Direction.OUTBOUND).kind == "witnessed"


def test_what_sends_no_value_is_left_to_its_rule(prove):
    text = "message A {} service S { rpc Get(A) returns (A); }"
    assert prove(text, "message A {}", Direction.INBOUND).kind == "rule"
