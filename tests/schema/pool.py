"""Schemas that laws and peers are tried on: chosen by hypothesis, and chosen by hand."""

from __future__ import annotations

import jsonschema
import jsonschema_rs
from hypothesis import strategies as st

from apicheck.schema.relation import Proved, Refuted, contains

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.sampled_from([None, True, False, 0, 1, 2, -1, 0.5, "", "a", "ab", "b"])
COUNTS = st.integers(0, 3)
LEAVES = st.sampled_from(
    [
        *[True, False, {}, {"type": "string"}, {"type": "integer"}, {"type": "null"}],
        *[{"type": ["number", "string"]}, {"enum": ["a", "b", 1]}, {"const": 1}],
    ]
)


def _one_type(kind, **optional):
    return st.fixed_dictionaries({"type": st.just(kind)}, optional=optional)


def _of_parts(inner):
    joined = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        _one_type(
            "array",
            items=inner,
            prefixItems=st.lists(inner, min_size=1, max_size=2),
            contains=inner,
            minItems=COUNTS,
            maxItems=COUNTS,
            uniqueItems=st.booleans(),
        ),
        _one_type(
            "object",
            properties=st.dictionaries(NAMES, inner, max_size=2),
            required=st.lists(NAMES, max_size=2, unique=True),
            additionalProperties=inner,
            patternProperties=st.dictionaries(st.sampled_from(["^a", "b$"]), inner, max_size=1),
            dependentRequired=st.dictionaries(NAMES, st.lists(NAMES, max_size=1), max_size=1),
            minProperties=COUNTS,
            maxProperties=COUNTS,
        ),
        st.fixed_dictionaries({"anyOf": joined}),
        st.fixed_dictionaries({"oneOf": joined}),
        st.fixed_dictionaries({"allOf": joined}),
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"if": inner, "then": inner}, optional={"else": inner}),
    )


_NUMBERS = {
    keyword: st.sampled_from([-1, 0, 0.5, 1, 2])
    for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
}
_PLAIN = st.one_of(
    LEAVES,
    st.fixed_dictionaries({"enum": st.lists(SCALARS, min_size=1, max_size=3)}),
    _one_type("integer", **_NUMBERS),
    _one_type("number", multipleOf=st.sampled_from([1, 2, 0.5]), **_NUMBERS),
    _one_type(
        "string",
        minLength=COUNTS,
        maxLength=COUNTS,
        pattern=st.sampled_from(["^a", "b$", "^[ab]*$", "^.{2}$"]),
    ),
)
#: Small schemas of draft 2020-12.
SCHEMAS = st.recursive(_PLAIN, _of_parts, max_leaves=6)


def opinions(schema, value):
    """What two validators that share no code say of a value."""
    return (
        jsonschema.Draft202012Validator(schema).is_valid(value),
        jsonschema_rs.Draft202012Validator(schema).is_valid(value),
    )


def ask(a, b):
    """True, False or None, as ``a`` is contained in ``b``; a witness is held against both validators."""
    answer = contains(a, b)
    if isinstance(answer, Proved):
        return True
    if isinstance(answer, Refuted):
        assert opinions(a, answer.witness) == (True, True), (a, b, answer)
        assert opinions(b, answer.witness) == (False, False), (a, b, answer)
        return False
    return None
