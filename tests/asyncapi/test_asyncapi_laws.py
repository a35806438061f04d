"""Laws of whole documents: no crash on any JSON, termination, silence, mirrors."""

from __future__ import annotations

import copy
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apicheck import api

CALM = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MIRRORS = {rule.id: rule.mirror or rule.id for rule in api.catalogue()}
SCALARS = (
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["", "a", "{id}", "send"])
)
WORDS = st.sampled_from([
    "channels", "operations", "components", "messages", "servers", "subscribe", "publish", "message",
    "oneOf", "payload", "headers", "schema", "schemaFormat", "traits", "bindings", "kafka", "amqp",
    "ws", "query", "key", "partitions", "topicConfiguration", "cleanup.policy", "queue", "address",
    "parameters", "action", "channel", "reply", "location", "correlationId", "security", "scopes",
    "$ref", "type", "name", "enum", "properties", "a", "url", "host", "variables", "contentType",
    "x-retained", "defaultContentType", "messageId", "operationId",
])  # fmt: skip
REFS = st.sampled_from(["#/components/messages/a", "#", "#/channels/a", "nowhere.yaml", "#/x/0"])
ANY = st.recursive(
    SCALARS | REFS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=25,
)


@CALM
@given(ANY, ANY, st.sampled_from(["2.0.0", "2.6.0", "3.0.0"]), st.sampled_from(["2.6.0", "3.1.0"]))
def test_no_json_crashes_a_comparison(changes, one, two, version, later):
    def dressed(value, says):
        parts = value if isinstance(value, dict) else {"channels": value}
        return {**parts, "asyncapi": says}

    for change in changes(dressed(one, version), dressed(two, later)):
        assert change.rule.message.format(**change.values)
        assert change.label


def holder(chance, section, make):
    """One of the named parts, inline or by reference."""
    name = f"{section}{chance.randrange(3)}"
    return {"$ref": f"#/components/{section}/{name}"} if chance.random() < 0.5 else make(chance)


def schema(chance, depth=0):
    kind = chance.choice(["object", "string", "array", "ref"]) if depth < 3 else "string"
    if kind == "ref":
        return {"$ref": f"#/components/schemas/schemas{chance.randrange(3)}"}
    if kind == "object":
        names = chance.sample("abcd", 2)
        return {
            "type": "object",
            "properties": {n: schema(chance, depth + 1) for n in names},
            "required": names[:1],
        }
    if kind == "array":
        return {
            "type": "array",
            "items": schema(chance, depth + 1),
            "maxItems": chance.randrange(9),
        }
    return {"type": "string", "maxLength": chance.randrange(9)}


def message(chance):
    found = {
        "payload": schema(chance),
        "headers": {"type": "object", "properties": {"h": schema(chance, 2)}},
    }
    if chance.random() < 0.5:
        found["contentType"] = chance.choice(["application/json", "text/plain"])
    if chance.random() < 0.5:
        found["bindings"] = {"kafka": {"key": {"type": "string", "maxLength": chance.randrange(5)}}}
    if chance.random() < 0.5:
        found["traits"] = [{"headers": {"properties": {"t": {"type": "string"}}}}]
    return found


def application(chance):
    """A document of 3.0 with shared and recursive parts."""
    channels = {
        f"c{n}": {
            "address": f"topic.{n}" + chance.choice(["", ".{id}"]),
            "messages": {
                f"m{k}": holder(chance, "messages", message) for k in range(chance.randrange(1, 4))
            },
            "bindings": {"kafka": {"partitions": chance.randrange(1, 4)}},
        }
        for n in range(4)
    }
    return {
        "asyncapi": "3.0.0",
        "info": {},
        "servers": {"main": {"host": chance.choice("ab"), "protocol": "kafka"}},
        "channels": channels,
        "operations": {
            f"o{n}": {
                "action": chance.choice(["send", "receive"]),
                "channel": {"$ref": f"#/channels/c{n}"},
            }
            for n in range(3)
        },
        "components": {
            "schemas": {
                f"schemas{n}": {"type": "object", "properties": {"x": schema(chance, 1)}}
                for n in range(3)
            },
            "messages": {f"messages{n}": message(chance) for n in range(3)},
        },
    }


@pytest.mark.parametrize("seed", range(25))
def test_silence_of_rewrites(rules, seed):
    chance = random.Random(seed)
    old = application(chance)
    assert rules(old, copy.deepcopy(old)) == []
    listed = copy.deepcopy(old)
    for each in listed["operations"].values():
        ref = each["channel"]["$ref"]
        names = old["channels"][ref.rpartition("/")[2]]["messages"]
        each["messages"] = [{"$ref": f"{ref}/messages/{name}"} for name in names]
    assert rules(old, listed) == []
    assert rules(old, {**copy.deepcopy(old), "asyncapi": "3.1.0"}) == []


@pytest.mark.parametrize("seed", range(25))
def test_the_way_back_fires_the_mirrors(changes, seed):
    chance = random.Random(seed)
    old = application(chance)
    new = copy.deepcopy(old)
    # Something is changed in each of the parts that both documents have.
    new["components"]["schemas"] = application(chance)["components"]["schemas"]
    new["channels"]["c0"]["bindings"] = {"kafka": {"partitions": 9}}
    new["servers"] = {"main": {"host": "z", "protocol": "kafka"}}
    del new["operations"]["o2"]
    there, back = changes(old, new), changes(new, old)
    assert sorted(MIRRORS[each.rule.id] for each in there) == sorted(each.rule.id for each in back)


def test_a_shared_knot_is_compared_in_its_size(rules):
    def document(leaf):
        schemas = {"S0": leaf}
        for level in range(1, 60):
            ref = {"$ref": f"#/components/schemas/S{level - 1}"}
            schemas[f"S{level}"] = {"type": "object", "properties": {"a": ref, "b": ref, "c": ref}}
        shared = {"payload": {"$ref": "#/components/schemas/S59"}}
        return {
            "asyncapi": "3.0.0",
            "channels": {
                f"c{n}": {"address": f"c{n}", "messages": {"m": shared}} for n in range(50)
            },
            "operations": {
                f"o{n}": {"action": "send", "channel": {"$ref": f"#/channels/c{n}"}}
                for n in range(50)
            },
            "components": {"schemas": schemas},
        }

    assert rules(document({"type": "string"}), document({"type": "integer"})) == [
        "schema.type-changed"
    ]
