"""Laws of holding pacts against contracts, over contracts and interactions made at random."""

from __future__ import annotations

import copy
import itertools
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from apicheck import api
from apicheck.formats import detect
from apicheck.model import Severity
from apicheck.pact.against import held_against
from apicheck.pact.read import pact_of
from apicheck.pact.sources import Folder
from apicheck.pact.usage import Usage
from apicheck.sources.documents import in_memory

TEXTS = st.text("abcXYZ09 äß€", max_size=6)
NAMES = st.sampled_from(["id", "name", "a b", "größe", "x-y", "state", "$ref2", "0"])
SCALARS = st.one_of(
    st.builds(lambda more: {"type": "string", **more}, st.sampled_from([{}, {"maxLength": 6}])),
    st.lists(TEXTS, min_size=1, max_size=3, unique=True).map(
        lambda values: {"type": "string", "enum": values}
    ),
    st.sampled_from([{"type": "integer"}, {"type": "integer", "minimum": -3, "maximum": 9}]),
    st.just({"type": "number"}),
    st.just({"type": "boolean"}),
)
#: A value that the type of a leaf does not take.
OTHER = {"string": 7, "integer": "seven", "number": "seven", "boolean": "yes"}


def objects(inner):
    def made(members, required, closed):
        schema = {"type": "object", "properties": members}
        named = [name for name in members if required and len(name) % 2]
        return schema | ({"required": named} if named else {}) | closed

    closed = st.sampled_from([{}, {"additionalProperties": False}])
    members = st.dictionaries(NAMES, inner, min_size=1, max_size=4)
    return st.builds(made, members, st.booleans(), closed)


def within(inner):
    arrays = inner.map(lambda items: {"type": "array", "items": items})
    maps = inner.map(lambda rest: {"type": "object", "additionalProperties": rest})
    together = st.builds(
        lambda one, two: {
            "allOf": [
                {"type": "object", "properties": {"left": one}, "required": ["left"]},
                {"type": "object", "properties": {"right": two}},
            ]
        },
        inner,
        inner,
    )
    return st.one_of(objects(inner), objects(inner), arrays, maps, together)


SCHEMAS = objects(st.recursive(SCALARS, within, max_leaves=6))


def values(schema):
    """Values that a schema allows."""
    if "allOf" in schema:
        parts = st.tuples(*map(values, schema["allOf"]))
        return parts.map(lambda each: dict(itertools.chain(*(part.items() for part in each))))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "object":
        if "properties" not in schema:
            return st.dictionaries(NAMES, values(schema["additionalProperties"]), max_size=2)
        needed = schema.get("required", ())
        members = {name: values(each) for name, each in schema["properties"].items()}
        return st.fixed_dictionaries(
            {name: each for name, each in members.items() if name in needed},
            optional={name: each for name, each in members.items() if name not in needed},
        )
    if schema["type"] == "array":
        return st.lists(values(schema["items"]), max_size=2)
    return {
        "string": TEXTS,
        "integer": st.integers(schema.get("minimum", -99), schema.get("maximum", 99)),
        "number": st.floats(-9, 9).map(lambda each: round(each, 3)) | st.integers(-9, 9),
        "boolean": st.booleans(),
    }[schema["type"]]


def parts(value):
    """A value, or a part of it: a consumer reads what it wants to."""
    if type(value) is dict:
        members = {name: parts(each) for name, each in value.items()}
        return st.fixed_dictionaries({}, optional=members)
    if type(value) is list:
        return st.tuples(*map(parts, value)).map(list)
    return st.just(value)


def leaves(schema, value, place=(), way=()):
    """The scalars of a value: where each stands, and where its schema does."""
    if "allOf" in schema:
        for index, each in enumerate(schema["allOf"]):
            mine = {name: value[name] for name in each["properties"] if name in value}
            yield from leaves(each, mine, place, (*way, "allOf", index))
    elif schema["type"] == "object":
        for name, each in value.items():
            if "properties" in schema:
                step, inner = ("properties", name), schema["properties"][name]
            else:
                step, inner = ("additionalProperties",), schema["additionalProperties"]
            yield from leaves(inner, each, (*place, name), (*way, *step))
    elif schema["type"] == "array":
        for index, each in enumerate(value):
            yield from leaves(schema["items"], each, (*place, index), (*way, "items"))
    else:
        yield place, way, schema["type"]


def contract(sent, read, name="shop.json"):
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sent"}}}}
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Read"}}}}
    document = in_memory(
        {
            "openapi": "3.0.3",
            "info": {"title": "Shop", "version": "1.0.0"},
            "paths": {
                "/things/{id}": {
                    "post": {
                        "parameters": [
                            {
                                "name": "id",
                                "in": "path",
                                "required": True,
                                "schema": {"type": "integer"},
                            }
                        ],
                        "requestBody": body,
                        "responses": {"200": {"description": "", **answer}},
                    }
                }
            },
            "components": {"schemas": {"Sent": sent, "Read": read}},
        },
        name,
    )
    return detect(document).build(document)


def recorded(sent, read, *, typed=False):
    rules = {"matchingRules": {"$.body": {"match": "type"}}} if typed else {}
    headers = {"Content-Type": "application/json"}
    return pact_of(
        in_memory(
            {
                "consumer": {"name": "web"},
                "provider": {"name": "shop"},
                "interactions": [
                    {
                        "description": "a thing",
                        "request": {
                            "method": "POST",
                            "path": "/things/7",
                            "headers": headers,
                            "body": sent,
                        },
                        "response": {"status": 200, "headers": headers, "body": read, **rules},
                    }
                ],
                "metadata": {"pactSpecification": {"version": "2.0.0"}},
            },
            "pact.json",
        )
    )


@st.composite
def exchanges(draw):
    """Schemas of a request and a response, and what was sent and read of each."""
    sent, read = draw(SCHEMAS), draw(SCHEMAS)
    return sent, read, draw(values(sent)), draw(values(read).flatmap(parts))


@settings(deadline=None)
@given(exchange=exchanges(), typed=st.booleans())
def test_what_a_provider_that_keeps_its_contract_says_is_within_it(exchange, typed):
    sent, read, request, response = exchange
    found = list(held_against([recorded(request, response, typed=typed)], contract(sent, read)))
    assert [(each.rule.id, each.label, dict(each.values)) for each in found] == []


@settings(deadline=None)
@given(exchange=exchanges(), data=st.data())
def test_a_value_of_another_type_is_always_found_where_it_stands(exchange, data):
    sent, read, request, response = exchange
    known = list(leaves(read, response))
    if not known:
        return
    place, _, kind = data.draw(st.sampled_from(known))
    changed = copy.deepcopy(response)
    holder = changed
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = OTHER[kind]
    found = list(held_against([recorded(request, changed)], contract(sent, read)))
    assert [each.rule.id for each in found] == ["pact.content-unlike"]
    assert found[0].path[4:] == tuple(map(str, place))


@settings(deadline=None)
@given(exchange=exchanges(), data=st.data())
def test_a_changed_type_names_the_consumer_if_and_only_if_it_reads_the_place(exchange, data):
    sent, read, request, response = exchange
    full = data.draw(values(read))
    known = {way: kind for _, way, kind in leaves(read, full)}
    if not known:
        return
    way, kind = data.draw(st.sampled_from(sorted(known.items(), key=repr)))
    changed = copy.deepcopy(read)
    holder = changed
    for step in way[:-1]:
        holder = holder[step]
    holder[way[-1]] = {"type": "integer" if kind in {"string", "boolean"} else "boolean"}
    used = way in {each for _, each, _ in leaves(read, response)}
    known_use = Usage(source=Folder(pacts=(recorded(request, response),)))
    sides = (contract(sent, read), contract(sent, changed, "new.json"))
    report = api.check(*sides, api.Settings(usage=known_use))
    found = [each for each in report.findings if each.severity > Severity.INFO]
    assert found, json.dumps(changed)
    for each in found:
        assert bool(each.consumers) is used, (each.rule.id, each.location.label)
