"""Ids and numbers that come back with another meaning, over all that was ever released."""

from __future__ import annotations

import pytest

from apicheck.formats.thrift.history import RULES, reused

A = "1: i32 a"


def told(build, *texts):
    *older, new = [build(text, f"{number}.thrift") for number, text in enumerate(texts, 1)]
    return [
        (change.rule.id.removeprefix("thrift."), change.label, change.values["version"])
        for change in reused(older, new)
    ]


def s(fields):
    return f"struct S {{ {fields} }}"


def test_an_id_that_was_another_field_before_the_last_version(build):
    versions = [s(A + ", 2: string b"), s(A), s(A + ", 2: i64 c")]
    assert told(build, *versions) == [("removed-id-reused", "struct S > c", "1.thrift")]


def test_the_newest_of_the_versions_that_had_it_is_named(build):
    versions = [s("2: string b"), s("2: string b, 1: i32 x"), s(""), s("2: string d")]
    assert told(build, *versions) == [("removed-id-reused", "struct S > d", "2.thrift")]


@pytest.mark.parametrize(
    "versions",
    [
        # It came back as it was.
        [s(A + ", 2: string b"), s(A), s(A + ", 2: string b")],
        # The last version still has it: the comparison with that one tells.
        [s("2: string b"), s("2: i64 c")],
        [s("2: string b"), s(""), s("2: i64 c"), s("2: i64 c")],
        # Never used.
        [s(A), s(A), s(A + ", 2: i64 c")],
        # Another struct.
        ["struct R { 2: string b }", s(A), s(A + ", 2: i64 c")],
        [s(A)],
    ],
)
def test_silent(build, versions):
    assert told(build, *versions) == []


def test_the_same_name_with_another_type_is_another_field(build):
    versions = [s("2: string b"), s(A), s("2: i64 b")]
    assert told(build, *versions) == [("removed-id-reused", "struct S > b", "1.thrift")]


def test_numbers_of_enums_and_ids_of_arguments(build):
    versions = [
        "enum E { A = 1, B = 2 } service T { void f(1: i32 a, 2: string b) }",
        "enum E { A = 1 } service T { void f(1: i32 a) }",
        "enum E { A = 1, C = 2 } service T { void f(1: i32 a, 2: bool c) }",
    ]
    assert told(build, *versions) == [
        ("removed-number-reused", "enum E > C", "1.thrift"),
        ("removed-id-reused", "T.f argument > c", "1.thrift"),
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_example_fires_over_a_version_without_it(build, rule):
    old, new = rule.example.old, rule.example.new
    between = "struct S { 1: i32 a } enum E { A = 1 }"
    (change,) = reused([build(old), build(between)], build(new))
    assert change.rule is rule
    assert change.rule.message.format(**change.values)
    assert change.old.span() is not None
