"""Content with things wrong in it, and what refusals say of it."""

import pytest

from apicheck.fuzz.sample import accepts
from apicheck.fuzz.spoiling import applied, by_kind, flawed, named, rounds

SCHEMA = {
    "type": "object",
    "required": ["a", "b"],
    "properties": {
        "a": {"type": "integer", "minimum": 1},
        "b": {"type": "array", "minItems": 1, "items": {"enum": ["x"], "type": "string"}},
        "note": {"type": "string", "maxLength": 3},
    },
}
VALUE = {"a": 1, "b": ["x"], "note": "hey"}


def test_each_flaw_breaks_the_schema_in_one_place():
    found = {each.said: applied(VALUE, [each]) for each in flawed(SCHEMA, VALUE)}
    assert found["/a beyond minimum"] == {**VALUE, "a": 0}
    assert found["/b empty"] == {**VALUE, "b": []}
    assert found["without /a"] == {"b": ["x"], "note": "hey"}
    assert not any(accepts(SCHEMA, value) for value in found.values())
    assert VALUE == {"a": 1, "b": ["x"], "note": "hey"}


def test_what_is_optional_is_known():
    assert {each.path for each in flawed(SCHEMA, VALUE) if each.optional} == {("note",)}


def test_flaws_at_once_are_not_in_each_others_way():
    several = next(rounds(by_kind(flawed(SCHEMA, VALUE))))
    assert len({each.path[0] for each in several}) == len(several) == 3
    assert {each.kind for each in several} >= {"bound", "enum"}


def _flaw(*path, kind="bound"):
    flaws = flawed(SCHEMA, VALUE)
    return next(each for each in flaws if each.path == path and each.kind == kind)


@pytest.mark.parametrize(
    "answer",
    [
        {"errors": [{"pointer": "/b/0", "detail": "does not keep enum"}]},
        {"errors": [{"pointer": "#/b/0"}]},
        {"detail": [{"loc": ["body", "b", 0], "msg": "not permitted"}]},
        {"errors": {"b": {"0": ["is not a choice"]}}},
        {"violations": [{"propertyPath": "b[0]"}]},
    ],
    ids=["pointer", "fragment", "steps", "nested", "property path"],
)
def test_refusals_name_places_in_many_ways(answer):
    assert named(answer, _flaw("b", 0, kind="enum"))
    assert not named(answer, _flaw("a"))


def test_a_member_that_is_missing_is_named_by_its_parent():
    said = {"errors": [{"pointer": "", "detail": "lacks a"}]}
    assert named(said, _flaw("a", kind="missing"))
    assert not named(said, _flaw("b", kind="missing"))


@pytest.mark.parametrize(
    "answer",
    [None, "no", {"title": "bad", "status": 422, "note": "x"}, {"detail": "the note is too long"}],
    ids=["nothing", "text", "a member of the document itself", "prose"],
)
def test_what_names_no_place_names_none(answer):
    assert not named(answer, _flaw("note"))
