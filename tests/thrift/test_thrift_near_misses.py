"""What looks changed and is not; what looks alike and is not; and the finding that it is instead."""

from __future__ import annotations

import pytest

from apicheck.model import Direction

OLD_SERVICE = "service T { i32 f(1: i32 a) }"


def s(fields, more=""):
    return f"{more} struct S {{ {fields} }}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # Spelling.
        (s("1: i32 a, 2: i32 b"), s("2: i32 b; 1: i32 a")),
        (s("1: byte a"), s("1: i8 a")),
        (s("1: slist a"), s("1: string a")),
        (s("1: string a", "senum E { 'x' }"), s("1: string a", "typedef string E")),
        (s("1: i32 a = 16"), s("1: i32 a = 0x10")),
        (s("1: bool a = 1"), s("1: bool a = true")),
        (s("1: double a = 1"), s("1: double a = 1.0")),
        (s("i32 a"), s("-1: i32 a")),
        (s("1: map<i32, i32> a = {1: 2, 3: 4}"), s("1: map<i32, i32> a = {3: 4, 1: 2}")),
        (s("1: set<i32> a = [1, 2]"), s("1: set<i32> a = [2, 1, 1]")),
        (
            s("1: uuid a = '{00112233-4455-6677-8899-AABBCCDDEEFF}'"),
            s("1: uuid a = '00112233-4455-6677-8899-aabbccddeeff'"),
        ),
        (s("1: E a = 0", "enum E { A }"), s("1: E a = E.A", "enum E { A }")),
        (s("1: i32 a = 3", "const i32 C = 3"), s("1: i32 a = C", "const i32 C = 3")),
        ("enum E { A, B }", "enum E { B = 1, A = 0 }"),
        ("enum E { A = 1 (x = 'y') }", "enum E { A = 1 }"),
        ("union U { 1: i32 a }", "union U { 1: required i32 a }"),
        ("service T { void f(1: optional i32 a) }", "service T { void f(1: i32 a) }"),
        ("service T { void f(), void g() }", "service T { void g(); void f() }"),
        ("service T { async void f() }", "service T { oneway void f() }"),
        ("const list<i32> C = [1]", "const list<i32> C = [0x1]"),
        (s("1: S a"), s("1: S & a")),
        # Names of typedefs that lead to one another.
        (s("1: B a", "typedef i32 A typedef A B"), s("1: B a", "typedef i32 A typedef i32 B")),
    ],
)
def test_silent_both_ways(rules, old, new):
    found = [each for each in rules(old, new) if each != "type-spelling-changed"]
    assert found == []
    assert [each for each in rules(new, old) if each != "type-spelling-changed"] == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        # An id is the field: two that change places are two that moved.
        (s("1: i32 a, 2: i32 b"), s("1: i32 b, 2: i32 a"), ["field-id-changed"] * 2),
        # A new name and a type of the same code is a renaming.
        (s("1: string a"), s("1: binary b"), ["field-renamed", "string-became-binary"]),
        (
            s("1: i32 a", "enum E { A }"),
            s("1: E b", "enum E { A }"),
            ["field-renamed", "integer-became-enum"],
        ),
        # Two structs that both exist are no renaming of one another.
        (
            s("1: A a", "struct A { 1: i32 x } struct B { 1: i32 x }"),
            s("1: B b", "struct A { 1: i32 x } struct B { 1: i32 x }"),
            ["field-id-reused"],
        ),
        # The same name on another struct of another shape: what is inside tells.
        (
            s("1: A a", "struct A { 1: i32 x } struct B { 1: i64 x }"),
            s("1: B a", "struct A { 1: i32 x } struct B { 1: i64 x }"),
            ["field-type-changed", "type-renamed"],
        ),
        # A removed field whose id another takes with another type.
        (s("1: i32 a, 2: i32 b"), s("1: i32 a, 2: string c"), ["field-id-reused"]),
        # One that moved onto the id of one that is gone.
        (s("1: i32 a, 2: i64 b"), s("1: i64 b"), ["field-id-changed", "field-id-reused"]),
        # The default of a required field is of no use to a reader.
        (s("1: required i32 a"), s("1: required i32 a = 1"), ["initial-value-changed"]),
        (s("1: i32 a"), s("1: i32 a = 0"), ["default-changed"]),
        (s("1: required i32 a"), s("1: i32 a"), ["field-no-longer-required"]),
        (s("1: list<i32> a = [1, 2]"), s("1: list<i32> a = [2, 1]"), ["default-changed"]),
        # Inside containers.
        (s("1: map<i32, i32> a"), s("1: map<string, i32> a"), ["element-type-changed"]),
        (s("1: list<list<i32>> a"), s("1: list<set<i32>> a"), ["element-type-changed"]),
        (s("1: list<i32> a"), s("1: set<i32> a"), ["field-type-changed"]),
        (s("1: list<string> a"), s("1: list<binary> a"), ["string-became-binary"]),
        # A typedef on one side only.
        (s("1: i32 a"), s("1: T a", "typedef i64 T"), ["field-type-changed", "typedef-added"]),
        (
            s("1: list<i32> a"),
            s("1: T a", "typedef list<i64> T"),
            ["element-type-changed", "typedef-added"],
        ),
        # A typedef nobody uses here may be used by who includes the file.
        ("typedef i32 T", "typedef i64 T", ["typedef-changed"]),
        # Renamed, and changed: the fields tell.
        (
            s("1: A a", "struct A { 1: i32 x }"),
            s("1: B a", "struct B { 1: i64 x }"),
            ["field-type-changed", "type-renamed"],
        ),
        # A message of its own that only has a new name.
        (
            "struct A { 1: i32 x, 2: A next }",
            "struct B { 1: i32 x, 2: B next }",
            ["type-renamed"],
        ),
        ("struct A { 1: i32 x }", "struct B { 1: i32 x }", ["type-renamed"]),
        # Enums: two names for one number, and numbers that change places.
        ("enum E { A = 1, B = 1 }", "enum E { A = 1 }", ["enum-value-renamed"]),
        ("enum E { A = 1, B = 2 }", "enum E { A = 2, B = 1 }", ["enum-value-renumbered"] * 2),
        ("enum E { A = 1 }", "enum E { A = 1 (deprecated) }", ["deprecated"]),
        # Exceptions and structs are one on the wire.
        ("exception E { 1: i32 a }", "struct E { 1: i32 a }", ["no-longer-exception"]),
        ("exception E { 1: i32 a }", "union E { 1: i32 a }", ["became-union"]),
        (
            "struct E { 1: required i32 a, 2: i32 b }",
            "union E { 1: i32 a, 2: i32 b }",
            ["became-union", "field-no-longer-required"],
        ),
        # Results.
        (
            "exception E {} service T { i32 f() throws (1: E a) }",
            "exception E {} service T { i32 f() throws (1: E b) }",
            ["field-renamed"],
        ),
        (
            "exception E {} service T { i32 f() throws (1: E a) }",
            "exception E {} service T { i32 f() throws (2: E a) }",
            ["field-id-changed"],
        ),
        ("service T { i32 f() }", "service T { i8 f() }", ["return-type-changed"]),
        (
            "service T { list<i32> f() }",
            "service T { list<i8> f() }",
            ["element-type-changed"],
        ),
        (OLD_SERVICE, "service T { i32 f(2: i32 a) }", ["field-id-changed"]),
        (OLD_SERVICE, "service T { i32 f(1: required i32 a) }", ["field-made-required"]),
        (OLD_SERVICE, "service T { i32 f(1: i32 a = 1) }", ["default-changed"]),
        (OLD_SERVICE, "service T { i32 g(1: i32 a) }", ["method-added", "method-removed"]),
        # A method may come from a parent, or go with one.
        (
            OLD_SERVICE,
            "service P { i32 f(1: i32 a) } service T extends P {}",
            ["parent-added", "service-added"],
        ),
        (
            "service P { void g() } service T extends P { void f() }",
            "service P { void g() } service T { void f() }",
            ["method-removed", "parent-removed"],
        ),
        # A struct went with the method that used it.
        (
            "struct A { 1: i32 x } service T { void f() void g(1: A a) }",
            "service T { void f() }",
            ["method-removed", "type-removed"],
        ),
    ],
)
def test_it_is_this_instead(rules, old, new, found):
    assert rules(old, new) == sorted(found)


def test_a_request_and_an_answer_are_told_apart(changes):
    old = "struct A { 1: i32 x } struct B { 1: i32 x } service T { B f(1: A a) }"
    new = old.replace("{ 1: i32 x }", "{ 1: i32 x, 2: required i32 y }")
    found = {change.label: change.direction for change in changes(old, new)}
    assert found == {
        "struct A > y": Direction.INBOUND,
        "struct B > y": Direction.OUTBOUND,
    }


def test_one_change_of_a_shared_struct_lists_all_its_methods(changes):
    old = "struct A { 1: i32 x } " + " ".join(
        f"service T{number} {{ A f(1: A a) }}" for number in range(20)
    )
    (change,) = changes(old, old.replace("1: i32 x", "1: i64 x"))
    assert len({use.label for use in change.uses}) == 20
    assert change.direction is Direction.BOTH


def test_a_message_has_one_pair_of_uses_and_not_one_for_each_of_its_parts(changes):
    old = "struct C { 1: i32 x } struct B { 1: C c } struct A { 1: B b }"
    (change,) = changes(old, old.replace("1: i32 x", "1: i64 x"))
    assert [(use.label, use.side) for use in change.uses] == [
        ("struct A", "old data"),
        ("struct A", "old readers"),
    ]


def test_structs_that_refer_to_one_another_are_met_too(changes):
    old = "struct A { 1: optional B b } struct B { 1: optional A a, 2: i32 x }"
    (change,) = changes(old, old.replace("2: i32 x", "2: i64 x"))
    assert change.rule.id == "thrift.field-type-changed"


def test_a_parent_shared_by_two_services_is_one_finding(changes):
    old = "service P { void f(1: i32 a) } service T extends P {} service U extends P {}"
    (change,) = changes(old, old.replace("i32", "i64"))
    assert {use.label for use in change.uses} == {"P.f", "T.f", "U.f"}


def test_places_are_exact(changes):
    old = "struct S {\n  1: i32 a,\n  2: map<string,\n         i32> b\n}\nenum E {\n A\n}"
    new = old.replace("i32>", "i64>").replace(" A\n", " A,\n B\n")
    places = {
        change.rule.id: [
            None if each is None else (each.span().line, each.span().column)
            for each in (change.old, change.new)
        ]
        for change in changes(old, new)
    }
    assert places == {
        "thrift.element-type-changed": [(4, 10), (4, 10)],
        "thrift.enum-value-added": [(6, 6), (8, 2)],
    }
