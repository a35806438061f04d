"""Formats as constraints: what is found is of the format, what nobody knows is not guessed."""

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apicheck.nodes import Node
from apicheck.schema import DRAFT_2020_12
from apicheck.schema.logic.resolve import Memory
from apicheck.schema.logic.usual import USUAL
from apicheck.schema.relation import Proved, Prover, Reading, Refuted, Unknown


def asked(a, b, *, usual):
    prover = Prover(DRAFT_2020_12, DRAFT_2020_12, formats=True, usual=usual)
    one, other = Node(a, Memory(a, "a"), ()), Node(b, Memory(b, "b"), ())
    return prover.contains(one, other, reading=Reading.DECLARED)


@pytest.mark.parametrize("name", USUAL)
@given(data=st.data())
def test_what_is_usual_is_of_the_format(name, data):
    text = data.draw(st.from_regex(USUAL[name], fullmatch=True).filter(lambda t: t[-1:] != "\n"))
    assert jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid(
        text
    )


@pytest.mark.parametrize("name", USUAL)
def test_a_value_beside_a_format_is_found(name):
    sent = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string", "format": name}, "b": {"type": "string"}},
    }
    found = asked(sent, {"properties": {"b": {"maxLength": 2}}}, usual=True)
    assert isinstance(found, Refuted)
    assert jsonschema_rs.Draft202012Validator(sent, validate_formats=True).is_valid(found.witness)


def test_capitals_are_not_held_against_a_reader_of_uuids_unless_they_count():
    sent = {"type": "string", "format": "uuid"}
    read = {"pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
    assert isinstance(asked(sent, read, usual=True), Proved)
    assert isinstance(asked(sent, read, usual=False), Unknown)


def test_a_format_that_nobody_knows_is_not_guessed():
    assert isinstance(asked({"format": "ledger"}, {"maxLength": 3}, usual=True), Unknown)
