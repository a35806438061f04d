"""Look-alikes that must stay silent, or be told as something else than they look like."""

from __future__ import annotations

import pytest

P2 = 'syntax = "proto2"; package shop; '
DURATION = (
    'import "google/protobuf/duration.proto"; message D { int64 seconds = 1; int32 nanos = 2; }'
)
E23 = 'edition = "2023"; package shop; '

#: What a reader may take for a change, and no card may.
SILENT = {
    "fields and messages in another order": (
        "message A { string id = 1; int32 n = 2; } message B {}",
        "message B {} message A { int32 n = 2; string id = 1; }",
    ),
    "a type named in full, or from where it is used": (
        "message A { message B {} B b = 1; }",
        "message A { message B {} .shop.A.B b = 1; }",
    ),
    "comments": ("message A { string id = 1; }", "message A { string id = 1; /* the id */ }"),
    "the default json_name spelled out": (
        "message A { string order_id = 1; }",
        'message A { string order_id = 1 [json_name = "orderId"]; }',
    ),
    "packed spelled out where it is the rule": (
        "message A { repeated int32 n = 1; }",
        "message A { repeated int32 n = 1 [packed = true]; }",
    ),
    "reserved ranges split": (
        "message A { reserved 2 to 5; }",
        "message A { reserved 4, 5; reserved 2 to 3; }",
    ),
    "a map and the entries that protoc makes of it": (
        "message A { map<string, int32> n = 1; }",
        "message A { map < string , int32 > n = 1; }",
    ),
    "a zero default spelled out": (
        P2 + "message A { optional int32 n = 1; optional bool b = 2; optional string s = 3; }",
        P2 + "message A { optional int32 n = 1 [default = 0]; optional bool b = 2"
        ' [default = false]; optional string s = 3 [default = ""]; }',
    ),
    "the first value of an enum as its default": (
        P2 + "enum E { X = 3; Y = 1; } message A { optional E e = 1; }",
        P2 + "enum E { X = 3; Y = 1; } message A { optional E e = 1 [default = X]; }",
    ),
    "a number written otherwise": (
        P2 + "message A { optional double n = 1 [default = 1e3]; }",
        P2 + "message A { optional double n = 1 [default = 1000.0]; }",
    ),
    "not a number, the same": (
        P2 + "message A { optional double n = 1 [default = nan]; repeated int32 x = 2; }",
        P2 + "message A { repeated int32 x = 2; optional double n = 1 [default = nan]; }",
    ),
    "features said where they hold anyway": (
        E23 + "message A { string id = 1; }",
        E23 + "message A { string id = 1 [features.field_presence = EXPLICIT]; }",
    ),
    "features of the file instead of the field": (
        E23 + "message A { int32 n = 1 [features.field_presence = IMPLICIT]; }",
        E23 + "option features.field_presence = IMPLICIT; message A { int32 n = 1; }",
    ),
    "values of an enum but the first in another order": (
        "enum E { A = 0; B = 1; C = 2; }",
        "enum E { A = 0; C = 2; B = 1; }",
    ),
    "recursion": (
        "message A { B b = 1; } message B { A a = 1; B b = 2; }",
        "message B { B b = 2; A a = 1; } message A { B b = 1; }",
    ),
    "a stream spelled with other spaces": (
        "message A {} service S { rpc Get(stream A) returns (A); }",
        "message A {} service S { rpc Get ( stream .shop.A ) returns ( A ) { } }",
    ),
    "an optional message, which tells whether it is set anyway": (
        "message B {} message A { B b = 1; }",
        "message B {} message A { optional B b = 1; }",
    ),
    "no_standard_descriptor_accessor said to be false": (
        "message A {}",
        "message A { option no_standard_descriptor_accessor = false; }",
    ),
    "a file option with its default": (
        "option optimize_for = SPEED; message A {}",
        "message A {}",
    ),
    "the syntax that is meant where none is named": (
        P2 + "message A {}",
        'syntax = "proto2"; package shop; /* as ever */ message A {}',
    ),
    "an idempotency that says nothing": (
        "message A {} service S { rpc Get(A) returns (A); }",
        (
            "message A {} service S { rpc Get(A) returns (A) {"
            " option idempotency_level = IDEMPOTENCY_UNKNOWN; } }"
        ),
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_the_same(name, rules):
    assert rules(*SILENT[name]) == []
    assert rules(*reversed(SILENT[name])) == []


#: What it looks like, and what it is.
TOLD = {
    "a rename is no reuse of the number": (
        "message A { int32 a = 1; }",
        "message A { int32 b = 1; }",
        ["field-renamed"],
    ),
    "a rename within the varints is none either": (
        "message A { int32 a = 1; }",
        "message A { int64 b = 1; }",
        ["field-number-widened", "field-renamed"],
    ),
    "another name and another type are a reuse, and nothing more": (
        "message A { int32 a = 1; }",
        "message A { repeated string b = 1; }",
        ["number-reused"],
    ),
    "another type is told once, whatever else goes with it": (
        P2 + "message A { required int32 a = 1 [default = 5]; }",
        P2 + "message A { repeated string a = 1; }",
        ["field-type-changed"],
    ),
    "a field that moves to a free number is not removed and added": (
        "message A { int32 a = 1; }",
        "message A { reserved 1; int32 a = 2; }",
        ["field-renumbered"],
    ),
    "a number that was reserved for the field that comes back to it": (
        "message A { reserved 1; int32 a = 2; }",
        "message A { int32 a = 1; }",
        ["field-renumbered"],
    ),
    "reserving the number of a removed field is told with the field": (
        "message A { int32 a = 1; int32 b = 2; }",
        'message A { int32 a = 1; reserved 2; reserved "b"; }',
        ["field-removed-reserved"],
    ),
    "reserving the name alone leaves the number free": (
        "message A { int32 a = 1; int32 b = 2; }",
        'message A { int32 a = 1; reserved "b"; }',
        ["field-removed"],
    ),
    "a new oneof with new members is no new member for anybody": (
        "message A { int32 a = 1; }",
        "message A { int32 a = 1; oneof o { int32 b = 2; int32 c = 3; } }",
        ["field-added", "field-added"],
    ),
    "a oneof that goes with all its members": (
        "message A { int32 a = 1; oneof o { int32 b = 2; int32 c = 3; } }",
        'message A { int32 a = 1; reserved 2, 3; reserved "b", "c"; }',
        ["field-removed-reserved", "field-removed-reserved"],
    ),
    "a oneof renamed is told once for all its members": (
        "message A { oneof o { int32 a = 1; int32 b = 2; int32 c = 3; } }",
        "message A { oneof p { int32 a = 1; int32 b = 2; int32 c = 3; } }",
        ["oneof-renamed"],
    ),
    "an enum value under a second name is not renamed": (
        "enum E { A = 0; B = 1; }",
        "enum E { option allow_alias = true; A = 0; B = 1; C = 1; }",
        ["enum-alias-added"],
    ),
    "an enum value that moves is not removed and added": (
        "enum E { A = 0; B = 1; }",
        "enum E { A = 0; B = 7; }",
        ["enum-value-renumbered"],
    ),
    "a first value of another name and the same number": (
        "enum E { A = 0; } message M { E e = 1; }",
        "enum E { B = 0; } message M { E e = 1; }",
        ["enum-value-renamed"],
    ),
    "a first value of another number is another default where it is used": (
        P2 + "enum E { A = 1; B = 2; } message M { optional E e = 1; optional E f = 2"
        " [default = B]; repeated E g = 3; }",
        P2 + "enum E { B = 2; A = 1; } message M { optional E e = 1; optional E f = 2"
        " [default = B]; repeated E g = 3; }",
        ["default-changed", "enum-first-value-changed"],
    ),
    "an enum of the same values is read alike": (
        "enum E { A = 0; } message O { enum F { A = 0; } E e = 1; }",
        "enum E { A = 0; } message O { enum F { A = 0; } F e = 1; }",
        ["field-enum-renamed"],
    ),
    "an enum of other values is not": (
        "enum E { A = 0; } message O { enum F { B = 0; } E e = 1; }",
        "enum E { A = 0; } message O { enum F { B = 0; } F e = 1; }",
        ["field-type-changed"],
    ),
    "a message of more fields reads alike": (
        "message B { int32 n = 1; } message C { int32 n = 1; int32 m = 2; } message A { B b = 1; }",
        "message B { int32 n = 1; } message C { int32 n = 1; int32 m = 2; } message A { C b = 1; }",
        ["field-added", "field-message-renamed"],
    ),
    "a well-known type has a form of its own in JSON": (
        DURATION + " message A { google.protobuf.Duration d = 1; }",
        DURATION + " message A { D d = 1; }",
        ["field-type-changed"],
    ),
    "an implicit field in a oneof tells whether it is set": (
        "message A { int32 a = 1; }",
        "message A { oneof o { int32 a = 1; } }",
        ["field-into-new-oneof", "presence-gained"],
    ),
    "a required field that becomes repeated is told as such": (
        P2 + "message A { required string a = 1; }",
        P2 + "message A { repeated string a = 1; }",
        ["field-made-repeated"],
    ),
    "a nested message goes with the one around it": (
        "message K {} message A { message B { message C {} } B b = 1; }",
        "message K {}",
        ["message-removed"],
    ),
    "a group and a message of the same fields are framed otherwise": (
        P2 + "message A { optional group B = 1 { optional int32 n = 1; } }",
        P2 + "message A { message B { optional int32 n = 1; } optional B b = 1; }",
        ["message-encoding-changed"],
    ),
    "a rename of a group goes with its field": (
        P2 + "message A { map<string, int32> a = 1; }",
        P2 + "message A { map<string, int32> b = 1; }",
        ["field-renamed"],
    ),
    "an extension is no field of the message": (
        P2 + "message A { extensions 4 to 9; } extend A { optional int32 n = 4; }",
        P2 + "message A { extensions 4 to 9; } extend A { optional int64 n = 4; }",
        ["field-number-widened"],
    ),
    "what is deprecated may be a value, a message, a method": (
        "enum E { A = 0; B = 1; } message M {} service S { rpc Get(M) returns (M); }",
        (
            "enum E { A = 0; B = 1 [deprecated = true]; } message M { option deprecated = true; }"
            " service S { rpc Get(M) returns (M) { option deprecated = true; } }"
        ),
        ["deprecated", "deprecated", "deprecated"],
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_these_are_told_for_what_they_are(name, rules):
    old, new, expected = TOLD[name]
    assert rules(old, new) == expected
