"""Laws of containment: of an order with meets, joins and complements, and of honest work."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apicheck.schema.relation import (
    BUDGET,
    Proved,
    Reading,
    Refuted,
    Relation,
    Unknown,
    compare,
    contains,
)

_spec = importlib.util.spec_from_file_location("pool", Path(__file__).parent / "pool.py")
pool = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pool)
ask, SCHEMAS = pool.ask, pool.SCHEMAS

lawful = settings(
    max_examples=80,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def equal(a, b):
    """Neither direction is refuted, and at least the work of one is done."""
    return ask(a, b) is not False and ask(b, a) is not False


# The order.


@lawful
@given(a=SCHEMAS)
def test_a_schema_is_contained_in_itself_however_it_is_written(a):
    assert ask(a, a) is True
    # Not the same text: the logic has to see it.
    assert ask(a, {"allOf": [a], "title": "the same"}) is True
    assert ask({"anyOf": [a, a]}, a) is True
    assert ask({"$ref": "#/$defs/it", "$defs": {"it": a}}, a) is True


@lawful
@given(a=SCHEMAS, b=SCHEMAS, c=SCHEMAS)
def test_containment_is_transitive(a, b, c):
    middle = {"anyOf": [a, b]}
    last = {"anyOf": [c, middle]}
    assert ask(a, last) is True
    if ask(a, b) and ask(b, c):
        assert ask(a, c) is not False


@lawful
@given(a=SCHEMAS)
def test_all_lies_between_nothing_and_everything(a):
    assert ask(False, a) is True
    assert ask(a, True) is True
    assert compare(a, True).relation in {Relation.EQUAL, Relation.NARROWER}


# Meets, joins and complements.


@lawful
@given(a=SCHEMAS, b=SCHEMAS, c=SCHEMAS)
def test_all_of_is_the_meet(a, b, c):
    meet = {"allOf": [a, b]}
    assert ask(meet, a) is True
    assert ask(meet, b) is True
    both = [ask(c, a), ask(c, b)]
    if False in both:
        assert ask(c, meet) is not True
    elif None not in both:
        assert ask(c, meet) is True


@lawful
@given(a=SCHEMAS, b=SCHEMAS, c=SCHEMAS)
def test_any_of_is_the_join(a, b, c):
    join = {"anyOf": [a, b]}
    assert ask(a, join) is True
    assert ask(b, join) is True
    both = [ask(a, c), ask(b, c)]
    if False in both:
        assert ask(join, c) is not True
    elif None not in both:
        assert ask(join, c) is True


@lawful
@given(a=SCHEMAS, b=SCHEMAS, c=SCHEMAS)
def test_meets_distribute_over_joins(a, b, c):
    one = {"allOf": [a, {"anyOf": [b, c]}]}
    other = {"anyOf": [{"allOf": [a, b]}, {"allOf": [a, c]}]}
    assert equal(one, other)


@lawful
@given(a=SCHEMAS, b=SCHEMAS)
def test_not_is_the_complement(a, b):
    assert ask({"not": {"not": a}}, a) is True
    assert ask(a, {"not": {"not": a}}) is True
    assert ask({"allOf": [a, {"not": a}]}, False) is True
    assert ask(True, {"anyOf": [a, {"not": a}]}) is True
    # It turns the order round.
    assert {ask(a, b), ask({"not": b}, {"not": a})} != {True, False}


@lawful
@given(a=SCHEMAS, b=SCHEMAS)
def test_one_of_two_is_either_without_both(a, b):
    written = {"anyOf": [{"allOf": [a, {"not": b}]}, {"allOf": [b, {"not": a}]}]}
    assert equal({"oneOf": [a, b]}, written)


@lawful
@given(a=SCHEMAS, b=SCHEMAS)
def test_a_condition_is_a_choice(a, b):
    written = {"anyOf": [{"allOf": [a, b]}, {"not": a}]}
    assert equal({"if": a, "then": b}, written)


@lawful
@given(a=SCHEMAS, b=SCHEMAS)
def test_a_relation_read_backwards_is_its_mirror(a, b):
    mirror = {
        Relation.NARROWER: Relation.WIDER,
        Relation.WIDER: Relation.NARROWER,
    }
    one, other = compare(a, b), compare(b, a)
    if Relation.UNKNOWN not in {one.relation, other.relation}:
        assert other.relation is mirror.get(one.relation, one.relation)
    if isinstance(one.shared, Refuted):
        assert pool.opinions(a, one.shared.witness) == (True, True)
        assert pool.opinions(b, one.shared.witness) == (True, True)


# The declared reading.

LEAVES = st.sampled_from([{"type": "string"}, {"type": "integer"}, {"enum": [1, "a"]}, {}])


def _records(inner):
    return st.fixed_dictionaries(
        {"properties": st.dictionaries(pool.NAMES, inner, min_size=1, max_size=2)},
        optional={
            "type": st.just("object"),
            "required": st.lists(pool.NAMES, max_size=1),
            "additionalProperties": st.just(False),
        },
    ) | st.fixed_dictionaries({"type": st.just("array"), "items": inner})


RECORDS = st.recursive(LEAVES, _records, max_leaves=5)


def closed(schema):
    """The schema with every object shut behind the names that it knows."""
    if "items" in schema:
        return {**schema, "items": closed(schema["items"])}
    if "properties" not in schema:
        return schema
    named = {name: {} for name in schema.get("required", [])}
    named |= {name: closed(each) for name, each in schema["properties"].items()}
    return {**schema, "properties": named, "additionalProperties": False}


@lawful
@given(a=RECORDS, b=RECORDS, other=RECORDS | st.none())
def test_a_sender_of_declared_names_sends_what_the_shut_schema_allows(a, b, other):
    branches = [a] if other is None else [a, other]
    sent = {"anyOf": branches}
    shut = {"anyOf": [{"allOf": [each, closed(each)]} for each in branches]}
    declared = contains(sent, b, reading=Reading.DECLARED)
    assert type(declared) is type(contains(shut, b))
    if isinstance(declared, Refuted):
        assert pool.opinions(shut, declared.witness) == (True, True)
        assert pool.opinions(b, declared.witness) == (False, False)


# Monotone under each keyword.

STEPS = {
    "minimum": (2, 1),
    "maximum": (1, 2),
    "exclusiveMinimum": (1, 0.5),
    "exclusiveMaximum": (1, 1.5),
    "multipleOf": (0.3, 0.1),
    "minLength": (2, 1),
    "maxLength": (1, 2),
    "pattern": ("^ab+$", "^a"),
    "minItems": (2, 1),
    "maxItems": (1, 2),
    "uniqueItems": (True, False),
    "minProperties": (2, 1),
    "maxProperties": (1, 2),
    "required": (["a", "b"], ["b"]),
    "enum": ([1, "a"], [1, "a", None]),
    "type": (["integer", "null"], ["number", "null"]),
    "dependentRequired": ({"a": ["b", "c"]}, {"a": ["c"]}),
}


@pytest.mark.parametrize("keyword", STEPS)
def test_a_tighter_limit_is_contained_in_a_looser_one(keyword):
    tight, loose = ({keyword: value} for value in STEPS[keyword])
    assert ask(tight, loose) is True
    assert ask(loose, tight) is False


PARTS = {
    "properties": lambda x: {"properties": {"a": x}},
    "required property": lambda x: {"type": "object", "properties": {"a": x}, "required": ["a"]},
    "patternProperties": lambda x: {"patternProperties": {"^x": x}},
    "additionalProperties": lambda x: {"properties": {"a": True}, "additionalProperties": x},
    "propertyNames": lambda x: {"propertyNames": {"anyOf": [x, {"minLength": 3}]}},
    "dependentSchemas": lambda x: {"dependentSchemas": {"a": {"properties": {"b": x}}}},
    "unevaluatedProperties": lambda x: {
        "anyOf": [{"properties": {"a": True}}, {"properties": {"b": True}, "required": ["b"]}],
        "unevaluatedProperties": x,
    },
    "items": lambda x: {"items": x},
    "prefixItems": lambda x: {"prefixItems": [True, x], "minItems": 2},
    "items behind a prefix": lambda x: {"prefixItems": [True], "items": x},
    "contains": lambda x: {"contains": x},
    "minContains": lambda x: {"contains": x, "minContains": 2},
    "unevaluatedItems": lambda x: {"prefixItems": [True], "unevaluatedItems": x},
    "allOf": lambda x: {"allOf": [{"type": ["integer", "string"]}, x]},
    "anyOf": lambda x: {"anyOf": [{"type": "null"}, x]},
    "then": lambda x: {"if": {"type": "number"}, "then": x},
    "else": lambda x: {"if": {"type": "null"}, "else": x},
    "$ref": lambda x: {"$ref": "#/$defs/a", "$defs": {"a": x}},
    "recursion": lambda x: {
        "$ref": "#/$defs/list",
        "$defs": {
            "list": {
                "type": "object",
                "properties": {"value": x, "next": {"$ref": "#/$defs/list"}},
                "required": ["value"],
            }
        },
    },
}
TURNED = {
    "not": lambda x: {"not": x},
    "if": lambda x: {"if": x, "then": {"const": "never"}},
    "maxContains": lambda x: {"contains": x, "minContains": 0, "maxContains": 1},
    "not in a property": lambda x: {"properties": {"a": {"not": x}}},
}
NARROW = {"enum": [1, "ab"]}
WIDE = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^a"}]}


@pytest.mark.parametrize("place", PARTS)
def test_a_wider_part_makes_a_wider_whole(place):
    narrow, wide = PARTS[place](NARROW), PARTS[place](WIDE)
    assert ask(narrow, wide) is True
    assert ask(wide, narrow) is False


@pytest.mark.parametrize("place", TURNED)
def test_a_wider_part_makes_a_narrower_whole_where_it_is_denied(place):
    narrow, wide = TURNED[place](NARROW), TURNED[place](WIDE)
    assert ask(wide, narrow) is True
    assert ask(narrow, wide) is False


# Honest work.

QUESTIONS = [
    ({"enum": ["b", "a", "ab"]}, {"enum": ["a"]}),
    ({"required": ["b", "a"], "properties": {"c": {"type": "string"}}}, {"maxProperties": 1}),
    ({"patternProperties": {"^a": {"type": "integer"}, "b$": {"minimum": 3}}}, {"minProperties": 1}),
    ({"type": "array", "uniqueItems": True, "minItems": 3}, {"contains": {"type": "string"}}),
    ({"propertyNames": {"enum": ["x", "y", "z"]}, "minProperties": 2}, {"required": ["x"]}),
    ({"type": "string", "pattern": "^(foo|bar)+$"}, {"not": {"enum": ["foo", "bar", "foofoo"]}}),
    ({"items": {"enum": [1, 2, "a"]}, "uniqueItems": True}, {"maxItems": 2}),
    ({"dependentRequired": {"a": ["b"], "b": ["c"]}, "required": ["a"]}, {"maxProperties": 2}),
]  # fmt: skip
_PRINT = """
import json, sys
from apicheck.schema.relation import contains
print([repr(contains(a, b)) for a, b in json.loads(sys.argv[1])])
"""


def test_an_answer_does_not_hang_on_the_hash_seed_or_on_the_order_of_keys():
    said = set()
    for seed in ("1", "2", "3"):
        run = subprocess.run(
            [sys.executable, "-c", _PRINT, json.dumps(QUESTIONS)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        said.add(run.stdout)
    assert len(said) == 1
    for a, b in QUESTIONS:
        turned = dict(reversed(list(a.items())))
        assert type(contains(turned, b)) is type(contains(a, b))


def test_a_question_answered_before_costs_no_other_its_answer():
    """One prover for a whole contract remembers; what it says must not hang on what came before."""
    from apicheck.nodes import Node
    from apicheck.schema import OPENAPI_31
    from apicheck.schema.logic.resolve import Memory
    from apicheck.schema.relation import Prover

    pairs = [(Node(a, Memory(a), ()), Node(b, Memory(b), ())) for a, b in [*QUESTIONS, *QUICK]]

    def answers(order):
        prover = Prover(OPENAPI_31, OPENAPI_31)
        return {i: type(prover.contains(*pairs[i])) for i in order}

    forth = answers(range(len(pairs)))
    back = answers(reversed(range(len(pairs))))
    assert all(forth[i] is back[i] or Unknown in {forth[i], back[i]} for i in forth)


def levels(deep, wide, join="anyOf", leaf=None):
    """A schema whose branches lead to the next level, ``wide`` to the power of ``deep`` ways."""
    made = {
        f"L{i}": {
            join: [
                {"allOf": [{"$ref": f"#/$defs/L{i + 1}"}, {"required": [f"p{i}{j}"]}]}
                for j in range(wide)
            ]
        }
        for i in range(deep)
    }
    made[f"L{deep}"] = leaf or {"type": "object"}
    return {"$ref": "#/$defs/L0", "$defs": made}


def twice(deep, join):
    """Each level refers twice to the next one: two to the power of ``deep`` for who forgets."""
    made = {
        f"L{i}": {
            join: [
                {"$ref": f"#/$defs/L{i + 1}"},
                {"allOf": [{"$ref": f"#/$defs/L{i + 1}"}, {"minimum": i}]},
            ]
        }
        for i in range(deep)
    }
    made[f"L{deep}"] = {"type": "integer"}
    return {"$ref": "#/$defs/L0", "$defs": made}


def nested(deep, leaf, **beside):
    for _ in range(deep):
        leaf = {"type": "object", "properties": {"a": leaf}, **beside}
    return leaf


def tower(deep, value):
    for _ in range(deep):
        value = [value]
    return value


def overlapping(count):
    """Branches that overlap pairwise, as those of an undiscriminated union do."""
    return [{"required": [f"k{i}"], "properties": {f"k{i}": {"minimum": i}}} for i in range(count)]


def knot(size, changed=None):
    """Components that all refer to one another, one of them perhaps changed."""
    made = {
        f"n{i}": {
            "type": "object",
            "properties": {
                f"e{j}": {"anyOf": [{"type": "string"}, {"$ref": f"#/$defs/n{(i * 7 + j) % size}"}]}
                for j in range(8)
            },
        }
        for i in range(size)
    }
    if changed is not None:
        made[f"n{changed}"]["properties"]["e3"] = {"type": "string", "minLength": 1}
    return {"$ref": "#/$defs/n0", "$defs": made}


#: Schemas that take others exponential time, endless recursion, or all memory.
HARD = {
    "branches of branches": (levels(12, 10), {"required": ["zz"]}),
    "branches of branches, read": ({"required": ["zz"]}, levels(12, 6)),
    "one of one of": (levels(12, 6, "oneOf"), {"required": ["zz"]}),
    "twice at every level, any": (twice(40, "anyOf"), {"type": "integer", "maximum": 5}),
    "twice at every level, one": (twice(40, "oneOf"), {"type": "integer", "maximum": 5}),
    "twice at every level, read": ({"type": "integer"}, twice(40, "anyOf")),
    "unevaluated behind all of it": (
        {"type": "object"},
        {**twice(30, "anyOf"), "unevaluatedProperties": False},
    ),
    "overlapping unions": ({"oneOf": overlapping(40)}, {"oneOf": overlapping(41)}),
    "overlapping unions, reordered": (
        {"oneOf": overlapping(30)},
        {"oneOf": overlapping(30)[::-1]},
    ),
    "more pigeons than holes": (
        {
            "type": "object",
            "allOf": [{"anyOf": [{"required": [f"p{i}h{j}"]} for j in range(5)]} for i in range(6)],
        },
        {
            "anyOf": [
                {"required": [f"p{i}h{j}", f"p{k}h{j}"]}
                for j in range(5)
                for i in range(6)
                for k in range(i)
            ]
        },
    ),
    "a knot": (knot(40), knot(40)),
    "a knot that changed": (knot(40), knot(40, changed=23)),
    "nested": (nested(30, {"type": "string"}), nested(30, {"type": "string", "minLength": 1})),
    "nested beyond reason": (nested(3000, True), nested(3000, {"type": "string"})),
    "denied beyond reason": ({"not": nested(3000, {"not": {}})}, {}),
    "a constant nested beyond reason": ({"const": tower(3000, 0)}, {"type": "array"}),
    "a reference to itself": ({"$ref": "#"}, {"type": "string"}),
    "a denied reference to itself": ({"type": "string"}, {"not": {"$ref": "#"}}),
    "references in a ring": (
        {
            "$ref": "#/$defs/a0",
            "$defs": {f"a{i}": {"$ref": f"#/$defs/a{(i + 1) % 9}"} for i in range(9)},
        },
        {"type": "string"},
    ),
    "a long enum": ({"enum": list(range(20_000))}, {"enum": list(range(1, 20_001))}),
    "a long enum, denied": ({"not": {"enum": [f"v{i}" for i in range(20_000)]}}, {"type": "null"}),
    "many properties": (
        {"properties": {f"p{i}": {"type": "string"} for i in range(2000)}},
        {"properties": {f"p{i}": {"maxLength": i} for i in range(2000)}},
    ),
    "many required": (
        {"required": [f"p{i}" for i in range(1000)], "type": "object"},
        {"required": [f"p{i}" for i in range(1001)]},
    ),
    "a chain of demands": (
        {
            "type": "object",
            "required": ["a0"],
            "dependentRequired": {f"a{i}": [f"a{i + 1}"] for i in range(150)},
        },
        {"required": ["a150"]},
    ),
    "a huge maxLength": ({"type": "string"}, {"maxLength": 10_485_760}),
    "an absurd maxLength": ({"type": "string"}, {"maxLength": 10**15}),
    "an absurd minItems": ({"type": "array", "minItems": 10**9}, {"items": {"type": "string"}}),
    "an absurd minProperties": ({"minProperties": 10**9}, {"properties": {"a": {"type": "null"}}}),
    "a pattern of many states": (
        {"type": "string", "pattern": "^[ab]*a[ab]{18}$"},
        {"pattern": "^[ab]*b[ab]{18}$"},
    ),
    "counts in counts": (
        {"type": "string", "pattern": "^((a{1,50}){1,50}){1,50}$"},
        {"pattern": "^a+$"},
    ),
    "a catastrophic pattern": (
        {"type": "string", "pattern": "^a{28}b$"},
        {"pattern": "^(a+)+$"},
    ),
    "many patterns for names": (
        {"patternProperties": {f"^x{i}.*{i}$": {"minimum": i} for i in range(20)}},
        {"patternProperties": {f"^x{i}.*{i}$": {"minimum": i + 1} for i in range(20)}},
    ),
    "tiny and huge numbers": (
        {"type": "number", "multipleOf": 1e-300},
        {"type": "number", "maximum": 1e308},
    ),
    "multiples of many primes": (
        {
            "type": "integer",
            "minimum": 2,
            "maximum": 40,
            "not": {"anyOf": [{"multipleOf": n} for n in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31)]},
        },
        {"const": 37},
    ),
}
#: Those that do not use up a budget by the slowest of all steps, a pattern's.
QUICK = [pair for story, pair in HARD.items() if story != "a pattern of many states"]
#: What is expected of some; all others may be unknown.
SURE = {
    "overlapping unions, reordered": Proved,
    "more pigeons than holes": Proved,
    "a knot": Proved,
    "a knot that changed": Refuted,
    "nested": Refuted,
    "twice at every level, one": Proved,
    "nested beyond reason": Unknown,
    "a constant nested beyond reason": Unknown,
    "a reference to itself": Unknown,
    "a denied reference to itself": Unknown,
    "references in a ring": Unknown,
    "a long enum": Refuted,
    "many properties": Refuted,
    "many required": Refuted,
    "a chain of demands": Proved,
    "a huge maxLength": Refuted,
    "an absurd maxLength": Unknown,
    "a catastrophic pattern": Refuted,
    "multiples of many primes": Proved,
}


@pytest.mark.parametrize("story", HARD)
def test_what_is_hard_ends_in_an_answer(story):
    a, b = HARD[story]
    answer = contains(a, b)
    assert isinstance(answer, SURE.get(story, (Proved, Refuted, Unknown)))
    if isinstance(answer, Unknown):
        assert answer.reason


@pytest.mark.parametrize("budget", [1, 30])
def test_a_small_budget_is_kept_and_named(budget):
    for a, b in QUICK:
        answer = contains(a, b, budget=budget)
        if isinstance(answer, Unknown) and "budget" in answer.reason:
            assert f"budget of {budget} steps" in answer.reason
        else:
            # Answered with fewer steps, or given up for another reason; more steps change no truth.
            more = contains(a, b, budget=BUDGET)
            assert type(more) is type(answer) or isinstance(answer, Unknown)


def test_what_a_sender_declares_stays_out_of_what_is_denied_twice():
    """Else a denied schema would restrict its reader, and breaks would be proved away."""
    from apicheck.schema.logic.form import Forms

    forms = Forms()
    shape = forms.members([("a", forms.types(["string"]))])
    both = [shape, forms.make("required", "a")]
    declared = forms.all_of([*both, forms.make("declares", frozenset({"a"}), frozenset(), False)])
    assert forms.negate(forms.negate(declared)) == forms.as_reader(declared) == forms.all_of(both)
