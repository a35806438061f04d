"""Held against jsonsubschema and jsoncompat: where they say otherwise, it is known why.

A peer that says "contained" where we show a value is wrong: two validators share the value's
verdict (``pool.ask`` sees to it). A peer that says "not contained" where we prove the opposite
gives no value; there, small values are tried on our proof. Either way the disagreement must be of
a kind that is listed here with its reason and at least one case; one of another kind fails.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import signal
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

_spec = importlib.util.spec_from_file_location("pool", Path(__file__).parent / "pool.py")
pool = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pool)

pytestmark = [
    pytest.mark.skipif(
        not hasattr(signal, "setitimer"), reason="a peer that hangs can only be stopped by a signal"
    ),
    # The alarm that ends a peer's work may go off where Python can only warn of it.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
#: Seconds for one answer of a peer.
PATIENCE = 0.5

VALUES: list[Any] = [
    None, True, False, 0, 1, 2, 3, -1, -2, 0.5, 1.5, 2.5, "", "a", "b", "ab", "aa", "ba", "abc", "x",
    [], [1], [1, 2], [1, 1], ["a"], ["a", "b"], [None], [[]], [{}], [1, "a", None], [True, 1], ["ab", 1],
    {}, {"a": 1}, {"a": "a"}, {"b": 1}, {"b": "b"}, {"a": 1, "b": 2}, {"a": None}, {"c": 1}, {"a": {}},
    {"a": [1]}, {"a": "ab", "b": "a"}, {"a": 1, "b": 1, "c": 1}, {"x": 1}, {"ab": 1}, {"a": True, "c": ""},
]  # fmt: skip


# The peers: True, False, or None where they give no answer.


class _Late(BaseException):
    """The peer took too long; no ``except Exception`` on the way may stop it."""


def _alarm(*_: object) -> None:
    raise _Late


def _ask(question: Callable[[], Any]) -> bool | None:
    before = signal.signal(signal.SIGALRM, _alarm)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            said = question()
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001
        # jsonsubschema leaves by SystemExit as well, and Rust panics are no Exception.
        said = None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return said if isinstance(said, bool) else None


def jsonsubschema(a, b):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from jsonsubschema import isSubschema
    return _ask(lambda: isSubschema(a, b))


def jsoncompat(a, b):
    from jsoncompat import check_compat

    # What was written under the old schema is read under the new one.
    return _ask(lambda: check_compat(json.dumps(a), json.dumps(b), "deserializer"))


PEERS = {"jsonsubschema": jsonsubschema, "jsoncompat": jsoncompat}


# Kinds of disagreement.


def keywords(schema, found=None):
    """All keywords that a schema uses, anywhere; boolean schemas as ``true`` and ``false``."""
    found = set() if found is None else found
    if isinstance(schema, bool):
        found.add(str(schema).lower())
    if isinstance(schema, list):
        for each in schema:
            keywords(each, found)
    if isinstance(schema, dict):
        for keyword, value in schema.items():
            found.add(keyword)
            if keyword in {"properties", "patternProperties", "dependentSchemas", "$defs"}:
                keywords(list(value.values()), found)
            elif keyword not in {"enum", "const", "required", "type", "dependentRequired"}:
                keywords(value, found)
    return found


ONE_TYPE = {
    "array": {"items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems"},
    "object": {"properties", "patternProperties", "additionalProperties", "required"}
    | {"minProperties", "maxProperties", "dependentRequired", "propertyNames"},
    "string": {"minLength", "maxLength", "pattern"},
    "number": {"minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"},
}


def typeless(schema):
    """Whether a keyword of one type stands anywhere without the type."""
    if isinstance(schema, list):
        return any(map(typeless, schema))
    if not isinstance(schema, dict):
        return False
    if "type" not in schema and any(names & schema.keys() for names in ONE_TYPE.values()):
        return True
    inner = [value for name, value in schema.items() if name not in {"enum", "const"}]
    return any(map(typeless, [*inner, *(v for each in inner if isinstance(each, dict) for v in each.values())]))  # fmt: skip


def has(*names):
    return lambda a, b: bool(set(names) & (keywords(a) | keywords(b)))


def both(one, other):
    return lambda a, b: one(a, b) and other(a, b)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Why a peer answers ``said`` where the opposite is true, and how such pairs look."""

    peer: str
    said: bool
    reason: str
    looks: Callable[[Any, Any], bool]
    cases: tuple[tuple[Any, Any], ...]


STRING, NUMBER = {"type": "string"}, {"type": "number"}
KINDS = [
    Kind(
        peer="jsoncompat",
        said=True,
        reason="it does not look at pattern on the side that reads",
        looks=has("pattern"),
        cases=(
            (STRING, {"type": "string", "pattern": "^a"}),
            ({"type": "string", "maxLength": 2}, {"type": "string", "pattern": "aa"}),
        ),
    ),
    Kind(
        peer="jsoncompat",
        said=True,
        reason="it overlooks dependentSchemas and unevaluated members and items",
        looks=has("dependentSchemas", "unevaluatedProperties", "unevaluatedItems"),
        cases=(
            ({"type": "object"}, {"type": "object", "dependentSchemas": {"a": {"maxProperties": 1}}}),
            ({"type": "array"}, {"type": "array", "unevaluatedItems": False}),
        ),
    ),
    Kind(
        peer="jsoncompat",
        said=True,
        reason="it takes a keyword of one type for the type itself",
        looks=lambda a, b: typeless(a) or typeless(b),
        cases=(
            ({"items": {}, "oneOf": [{}]}, {"type": "array"}),
            ({"properties": {"a": {"$ref": "#"}}}, {"type": "object"}),
        ),
    ),
    Kind(
        peer="jsoncompat",
        said=True,
        reason="it does not look at multipleOf beside allOf",
        looks=has("multipleOf"),
        cases=((NUMBER, {"multipleOf": 1.5, "allOf": [NUMBER]}),),
    ),
    Kind(
        peer="jsoncompat",
        said=False,
        reason="its no means 'not proved': that a schema holds nothing, or what several say together, is seen in simple cases only",
        looks=has("allOf", "anyOf", "oneOf", "not", "if", "enum", "const", "false", *(n for names in ONE_TYPE.values() for n in names)),
        cases=(
            ({"allOf": [{"type": "object"}, STRING]}, {"type": "string", "minLength": 1}),
            ({"not": {"not": {"type": "string", "minLength": 1}}}, {"type": "string", "minLength": 1}),
            ({"type": "integer", "minimum": 1, "maximum": 2}, {"enum": [1, 2]}),
        ),
    ),
    Kind(
        peer="jsonsubschema",
        said=True,
        reason="it knows draft 4, and passes over what came later",
        looks=has("if", "contains", "prefixItems", "propertyNames", "dependentRequired", "dependentSchemas"),
        cases=(
            (STRING, {"type": "string", "if": {"minLength": 1}, "then": {"maxLength": 3}}),
            ({"type": "array"}, {"type": "array", "contains": NUMBER}),
            ({"type": "object"}, {"type": "object", "dependentRequired": {"a": ["b"]}}),
        ),
    ),
    Kind(
        peer="jsonsubschema",
        said=True,
        reason="of a length and a pattern together it heeds one",
        looks=both(has("pattern"), has("minLength", "maxLength")),
        cases=(
            ({"type": "string", "pattern": "b$"}, {"type": "string", "pattern": "b$", "minLength": 4}),
            ({"type": "string", "maxLength": 3}, {"type": "string", "maxLength": 3, "pattern": "^a*$"}),
        ),
    ),
    Kind(
        peer="jsonsubschema",
        said=True,
        reason="it takes multiples with an upper bound alone for none at all",
        looks=both(has("multipleOf"), has("maximum")),
        cases=(({"type": "number", "maximum": 0.5, "multipleOf": 1.5}, {"not": {}}),),
    ),
    Kind(
        peer="jsonsubschema",
        said=True,
        reason="it compares schemas of further members loosely",
        looks=has("additionalProperties", "patternProperties"),
        cases=(
            (
                {"type": "object", "additionalProperties": {"type": "null"}},
                {"type": "object", "additionalProperties": False},
            ),
            ({"type": "object"}, {"type": "object", "patternProperties": {"^.$": STRING}}),
        ),
    ),
    Kind(
        peer="jsonsubschema",
        said=True,
        reason="it loses types when it denies a keyword or a list of values",
        looks=has("not", "oneOf"),
        cases=(({"not": {"multipleOf": 1.5}}, {"not": {}}),),
    ),
    Kind(
        peer="jsonsubschema",
        said=False,
        reason="it knows draft 4, and passes over what came later",
        looks=has("if", "contains", "prefixItems", "propertyNames", "dependentRequired"),
        cases=(
            (
                {"type": "string", "if": {"type": "string"}, "then": {"maxLength": 3}},
                {"type": "string", "maxLength": 4},
            ),
        ),
    ),
    Kind(
        peer="jsonsubschema",
        said=False,
        reason="of a length and a pattern together it heeds one",
        looks=has("pattern"),
        cases=(
            ({"type": "string", "maxLength": 2, "pattern": "b$"}, {"type": "string", "maxLength": 2}),
            ({"type": "string", "pattern": "^(a|b)b?$"}, {"type": "string", "maxLength": 2}),
        ),
    ),
    Kind(
        peer="jsonsubschema",
        said=False,
        reason="it does not see which numbers are left between bounds",
        looks=has("minimum", "maximum", "multipleOf"),
        cases=(
            ({"type": "number", "minimum": -1, "multipleOf": 3}, {"type": "number", "minimum": 0}),
            ({"type": "integer"}, {"multipleOf": 0.5}),
        ),
    ),
    Kind(
        peer="jsonsubschema",
        said=False,
        reason="it does not see that a part which holds nothing bounds the size of the whole",
        looks=has("items", "maxItems", "uniqueItems", "additionalProperties", "maxProperties", "patternProperties", "properties"),
        cases=(
            ({"type": "array", "maxItems": 1}, {"type": "array", "uniqueItems": True}),
            ({"type": "array", "items": {"not": {}}, "minItems": 2}, {"type": "array", "minItems": 3}),
            ({"type": "object", "additionalProperties": False}, {"type": "object", "maxProperties": 2}),
        ),
    ),
    Kind(
        peer="jsonsubschema",
        said=False,
        reason="denials and unions are written out, and only some of them are simplified again",
        looks=has("not", "anyOf", "oneOf", "allOf"),
        cases=(({"maximum": 1}, {"not": {"enum": [2]}}),),
    ),
]  # fmt: skip

CASES = {
    f"{kind.peer} says {'yes' if kind.said else 'no'}: {kind.reason} ({number})": (kind, *pair)
    for kind in KINDS
    for number, pair in enumerate(kind.cases, 1)
}


def refuting(a, b):
    """Small values that two validators find in ``a`` and not in ``b``."""
    return [
        value
        for value in VALUES
        if pool.opinions(a, value) == (True, True) and pool.opinions(b, value) == (False, False)
    ]


def explained(peer, said, a, b):
    return any(k.peer == peer and k.said is said and k.looks(a, b) for k in KINDS)


@pytest.mark.parametrize("case", CASES)
def test_a_pinned_disagreement_stands(case):
    """The peer still says so, we still say the opposite, and the kind still covers its case."""
    kind, a, b = CASES[case]
    assert PEERS[kind.peer](a, b) is kind.said
    assert pool.ask(a, b) is not kind.said
    assert kind.looks(a, b)
    if not kind.said:
        assert refuting(a, b) == []


#: Pairs as people write them, and the answer.
WRITTEN = [
    ({"type": "integer"}, NUMBER, True),
    (NUMBER, {"type": "integer"}, False),
    ({"enum": ["a", "b"]}, STRING, True),
    (STRING, {"enum": ["a", "b"]}, False),
    ({"type": "string", "minLength": 2}, {"type": "string", "minLength": 1}, True),
    ({"type": "string", "maxLength": 2}, {"type": "string", "maxLength": 1}, False),
    ({"type": "integer", "minimum": 5, "maximum": 9}, {"type": "integer", "minimum": 0}, True),
    ({"type": "integer", "multipleOf": 10}, {"type": "integer", "multipleOf": 5}, True),
    ({"type": "integer", "multipleOf": 5}, {"type": "integer", "multipleOf": 10}, False),
    ({"type": "array", "items": {"type": "integer"}}, {"type": "array", "items": NUMBER}, True),
    ({"type": "array", "items": NUMBER}, {"type": "array", "items": {"type": "integer"}}, False),
    ({"type": "object", "required": ["a", "b"]}, {"type": "object", "required": ["a"]}, True),
    ({"type": "object", "required": ["a"]}, {"type": "object", "required": ["a", "b"]}, False),
    (
        {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
        {"type": "object", "properties": {"a": NUMBER}},
        True,
    ),
    (
        {"type": "object", "properties": {"a": NUMBER}},
        {"type": "object", "properties": {"a": NUMBER}, "additionalProperties": False},
        False,
    ),
    ({"anyOf": [STRING, {"type": "integer"}]}, {"anyOf": [NUMBER, STRING]}, True),
    ({"type": ["string", "null"]}, STRING, False),
    ({"type": "string", "pattern": "^ab*$"}, {"type": "string", "pattern": "^a"}, True),
    ({"allOf": [{"type": "integer"}, {"minimum": 3}]}, {"type": "integer", "minimum": 2}, True),
    ({"not": STRING}, {"not": {"type": "string", "minLength": 1}}, True),
]  # fmt: skip


@pytest.mark.parametrize("peer", PEERS)
def test_on_pairs_as_people_write_them_peers_agree_or_it_is_known_why(peer):
    for a, b, answer in WRITTEN:
        assert pool.ask(a, b) is answer, (a, b)
        said = PEERS[peer](a, b)
        assert said in {answer, None} or explained(peer, said, a, b), (peer, said, a, b)


def test_a_new_kind_of_disagreement_with_a_peer_is_noticed():
    asked = dict.fromkeys(PEERS, 0)
    told: list[tuple[str, bool, Any, Any]] = []

    @settings(
        max_examples=250,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(a=pool.SCHEMAS, b=pool.SCHEMAS, how=st.integers(0, 3))
    def compare(a, b, how):
        # Schemas drawn apart are hardly ever contained in one another.
        if how == 1:
            a = {"allOf": [a, b]}
        elif how == 2:
            b = {"anyOf": [b, a]}
        elif how == 3 and isinstance(a, dict) and isinstance(b, dict):
            b = {**a, **b}
        ours = pool.ask(a, b)
        assert ours is not None, ("undecided", a, b)
        for peer, question in PEERS.items():
            said = question(a, b)
            asked[peer] += said is not None
            if said is None or said is ours:
                continue
            if not said:
                assert refuting(a, b) == [], ("our proof is wrong", a, b)
            if not explained(peer, said, a, b):
                told.append((peer, said, a, b))

    compare()
    assert told == []
    assert min(asked.values()) >= 50
