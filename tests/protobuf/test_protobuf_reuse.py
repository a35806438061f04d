"""Numbers that come back with another meaning, seen against all earlier versions."""

from __future__ import annotations

import pytest

from apicheck.formats.protobuf.reuse import reused


@pytest.fixture(name="told")
def _told(build):
    def told(*texts):
        *older, new = (build(text) for text in texts)
        return list(reused(older, new))

    return told


def test_a_number_that_was_another_field_two_versions_ago(told):
    (change,) = told(
        "message A { string id = 1; int32 size = 2; }",
        "message A { string id = 1; }",
        "message A { string id = 1; string note = 2; }",
    )
    assert change.rule.id == "protobuf.former-number-reused"
    assert change.rule.message.format(**change.values) == (
        "number 2 is note (string) now, and was size (int32) in shop.proto"
    )
    assert change.old.span().line == change.new.span().line == 1
    assert len(change.uses) == 2


def test_the_latest_of_the_earlier_meanings_counts(told):
    changes = told(
        "message A { int32 a = 1; }",
        "message A { int32 b = 1; }",
        "message A {}",
        "message A { int32 b = 1; }",
    )
    assert changes == []


def test_a_field_that_comes_back_as_it_was_is_welcome(told):
    texts = ["message A { int32 a = 1; }", "message A {}", "message A { int64 a = 1; }"]
    assert told(*texts) == []


def test_the_last_version_is_left_to_the_comparison(told):
    assert told("message A { int32 a = 1; }", "message A { string b = 1; }") == []
    assert told("message A {}") == []


def test_a_number_of_an_enum(told):
    (change,) = told(
        "enum E { X = 0; OLD = 1; }", "enum E { X = 0; reserved 1; }", "enum E { X = 0; NEW = 1; }"
    )
    assert change.rule.id == "protobuf.former-enum-number-reused"
    assert (change.values["old"], change.values["new"]) == ("OLD", "NEW")


def test_another_type_under_the_same_name_is_another_meaning(told):
    texts = ["message A { int32 a = 1; }", "message A {}", "message A { string a = 1; }"]
    assert len(told(*texts)) == 1
