"""The table of what a change means for those on the other side, row by row and role by role.

S: this application sends, so consumers are hurt. R: it receives, so producers are.
"""

from __future__ import annotations

import copy

import pytest

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def payload(**keywords):
    return {"message": {"payload": {"type": "object", **keywords}}}


def closed(**properties):
    return payload(properties=properties, additionalProperties=False)


def values(*enum):
    return payload(properties={"kind": {"enum": list(enum)}})


def headers(**keywords):
    return {"message": {"headers": {"type": "object", **keywords}}}


def kafka(**settings):
    return {"channel": {"bindings": {"kafka": settings}}}


def topic(**settings):
    named = {name.replace("_", "."): value for name, value in settings.items()}
    return kafka(topicConfiguration=named)


def amqp(**binding):
    return {"channel": {"bindings": {"amqp": {"is": "queue", **binding}}}}


def mqtt(**binding):
    return {"operation": {"bindings": {"mqtt": binding}}}


def key(schema):
    return {"message": {"bindings": {"kafka": {"key": schema}}}}


def messages(**named):
    return {"channel": {"messages": named}}


def address(template, **parameters):
    return {"channel": {"address": template, "parameters": parameters}}


def reply(**fields):
    fields = {"channel": {"$ref": "#/channels/replies"}, **fields}
    return {"operation": {"reply": fields}}


def answers(**named):
    return {**reply(), "channels": {"replies": {"address": "replies", "messages": named}}}


def security(*types):
    return {"operation": {"security": [{"type": each} for each in types]}}


def servers(**named):
    return {"servers": {name: {"protocol": "kafka", **value} for name, value in named.items()}}


ONE, TWO = {"payload": {"type": "object"}}, {"payload": TEXT}
NONE = {}
SKU = {"sku": TEXT}
BREAK, SAFE, DANGEROUS = "break", "safe", "dangerous"
#: (story, old, new, what it means for consumers, what for producers)
TABLE = [
    ("operation removed", NONE, {"operations": {}, "channels": {}}, BREAK, BREAK),
    ("new operation and channel", {"operations": {}, "channels": {}}, NONE, SAFE, SAFE),
    ("address changed", NONE, {"channel": {"address": "orders.v2"}}, BREAK, BREAK),
    ("property made required", payload(properties=SKU), payload(properties=SKU, required=["sku"]), SAFE, BREAK),
    ("property made optional", payload(properties=SKU, required=["sku"]), payload(properties=SKU), BREAK, SAFE),
    ("required property removed", payload(properties=SKU, required=["sku"]), payload(), BREAK, DANGEROUS),
    ("property removed, open", payload(properties=SKU), payload(), DANGEROUS, DANGEROUS),
    ("property removed, closed", closed(id=TEXT, **SKU), closed(id=TEXT), DANGEROUS, BREAK),
    ("property added, open", payload(), payload(properties=SKU), SAFE, SAFE),
    ("property added, closed", closed(id=TEXT), closed(id=TEXT, **SKU), BREAK, SAFE),
    ("required property added", payload(), payload(properties=SKU, required=["sku"]), SAFE, BREAK),
    ("type widened", payload(properties={"a": NUMBER}), payload(properties={"a": {"type": ["integer", "string"]}}), BREAK, SAFE),
    ("type narrowed", payload(properties={"a": {"type": ["integer", "string"]}}), payload(properties={"a": NUMBER}), SAFE, BREAK),
    ("bound relaxed", payload(properties={"a": {"maximum": 3}}), payload(properties={"a": {"maximum": 9}}), BREAK, SAFE),
    ("bound tightened", payload(properties={"a": {"maximum": 9}}), payload(properties={"a": {"maximum": 3}}), SAFE, BREAK),
    ("enum value added", values("a"), values("a", "b"), DANGEROUS, SAFE),
    ("enum value removed", values("a", "b"), values("a"), SAFE, BREAK),
    ("message added", messages(a=ONE), messages(a=ONE, b=TWO), DANGEROUS, SAFE),
    ("message removed", messages(a=ONE, b=TWO), messages(a=ONE), DANGEROUS, BREAK),
    ("required header added", headers(), headers(properties=SKU, required=["sku"]), SAFE, BREAK),
    ("required header removed", headers(properties=SKU, required=["sku"]), headers(properties=SKU), BREAK, SAFE),
    ("correlation id moved", {"message": {"correlationId": {"location": "$message.header#/a"}}}, {"message": {"correlationId": {"location": "$message.header#/b"}}}, BREAK, BREAK),
    ("correlation id removed", {"message": {"correlationId": {"location": "$message.header#/a"}}}, NONE, BREAK, BREAK),
    ("content type changed", {"message": {"contentType": "application/json"}}, {"message": {"contentType": "application/cbor"}}, BREAK, BREAK),
    ("schema format changed", payload(), {"message": {"payload": {"schemaFormat": "application/vnd.apache.avro;version=1.9.0", "schema": {"type": "record"}}}}, BREAK, BREAK),
    ("message name changed", messages(a={"name": "A", **ONE}, b=TWO), messages(a={"name": "Z", **ONE}, b=TWO), BREAK, BREAK),
    ("message type changed", {"message": {"bindings": {"amqp": {"messageType": "a"}}}}, {"message": {"bindings": {"amqp": {"messageType": "b"}}}}, BREAK, BREAK),
    ("parameter added", address("o.{a}", a={}), address("o.{a}.{b}", a={}, b={}), BREAK, BREAK),
    ("parameter value added", address("o.{a}", a={"enum": ["x"]}), address("o.{a}", a={"enum": ["x", "y"]}), DANGEROUS, SAFE),
    ("parameter value removed", address("o.{a}", a={"enum": ["x", "y"]}), address("o.{a}", a={"enum": ["x"]}), SAFE, BREAK),
    ("action flipped", NONE, "flip", BREAK, BREAK),
    ("login required", NONE, security("plain"), BREAK, BREAK),
    ("login scheme changed", security("plain"), security("scramSha256"), BREAK, BREAK),
    ("login alternative added", security("plain"), security("plain", "scramSha256"), SAFE, SAFE),
    ("server added", servers(a={"host": "a"}), servers(a={"host": "a"}, b={"host": "b"}), SAFE, SAFE),
    ("server removed", servers(a={"host": "a"}, b={"host": "b"}), servers(a={"host": "a"}), BREAK, BREAK),
    ("server host changed", servers(a={"host": "a"}), servers(a={"host": "b"}), BREAK, BREAK),
    ("server protocol changed", servers(a={"host": "a"}), servers(a={"host": "a", "protocol": "amqp"}), BREAK, BREAK),
    ("kafka key schema narrowed", key(TEXT), key({"type": "string", "maxLength": 3}), BREAK, BREAK),
    ("kafka key schema widened", key({"type": "string", "maxLength": 3}), key(TEXT), BREAK, BREAK),
    ("kafka key removed", key(TEXT), NONE, BREAK, BREAK),
    ("kafka partitions raised", kafka(partitions=3), kafka(partitions=6), DANGEROUS, DANGEROUS),
    ("kafka partitions lowered", kafka(partitions=6), kafka(partitions=3), BREAK, BREAK),
    ("kafka compacted", topic(cleanup_policy=["delete"]), topic(cleanup_policy=["compact"]), BREAK, BREAK),
    ("retention lowered", topic(retention_ms=9), topic(retention_ms=3), DANGEROUS, SAFE),
    ("retention no longer endless", topic(retention_ms=-1), topic(retention_ms=3), DANGEROUS, SAFE),
    ("size limit lowered", topic(max_message_bytes=9), topic(max_message_bytes=3), SAFE, BREAK),
    ("amqp queue durable", amqp(queue={"durable": True}), amqp(queue={"durable": False}), BREAK, BREAK),
    ("amqp exchange type", amqp(exchange={"type": "topic"}), amqp(exchange={"type": "fanout"}), BREAK, BREAK),
    ("mqtt qos lowered", mqtt(qos=2), mqtt(qos=1), BREAK, DANGEROUS),
    ("mqtt qos raised", mqtt(qos=1), mqtt(qos=2), SAFE, DANGEROUS),
    ("mqtt retain changed", mqtt(retain=True), mqtt(retain=False), DANGEROUS, DANGEROUS),
    ("ws query required", {"channel": {"bindings": {"ws": {"query": {"type": "object"}}}}}, {"channel": {"bindings": {"ws": {"query": {"type": "object", "required": ["t"]}}}}}, BREAK, BREAK),
    ("ws method", {"channel": {"bindings": {"ws": {"method": "GET"}}}}, {"channel": {"bindings": {"ws": {"method": "POST"}}}}, BREAK, BREAK),
    ("http method", {"operation": {"bindings": {"http": {"method": "GET"}}}}, {"operation": {"bindings": {"http": {"method": "POST"}}}}, BREAK, BREAK),
    # Who sends asks, who receives answers: replies flow the other way.
    ("reply added", NONE, reply(), BREAK, SAFE),
    ("reply removed", reply(), NONE, SAFE, BREAK),
    ("reply message added", answers(a=ONE), answers(a=ONE, b=TWO), SAFE, DANGEROUS),
    ("reply message removed", answers(a=ONE, b=TWO), answers(a=ONE), BREAK, DANGEROUS),
    ("reply property made required", answers(a={"payload": {"type": "object", "properties": SKU}}), answers(a={"payload": {"type": "object", "properties": SKU, "required": ["sku"]}}), BREAK, SAFE),
    ("reply location", reply(address={"location": "$message.header#/a"}), reply(address={"location": "$message.header#/b"}), BREAK, BREAK),
]  # fmt: skip


@pytest.fixture(name="document")
def _document(three):
    def document(parts, action):
        if parts == "flip":
            parts, action = {}, {"send": "receive", "receive": "send"}[action]
        parts = copy.deepcopy(parts)
        message = {"name": "Placed", **parts.pop("message", {})}
        channels = parts.pop("channels", None)
        found = three(message, action, **parts)
        if channels is not None:
            found["channels"] = {**found["channels"], **channels} if channels else {}
        found["channels"].setdefault("replies", {"address": "replies"})
        return found

    return document


@pytest.mark.parametrize(
    ("story", "old", "new", "consumers", "producers"),
    TABLE,
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_the_table(worst, document, story, old, new, consumers, producers):
    assert worst(document(old, "send"), document(new, "send")) == consumers, story
    assert worst(document(old, "receive"), document(new, "receive")) == producers, story


KEYS = {
    "operation": lambda d: d["operations"].update(other=d["operations"].pop("place")),
    "channel": lambda d: (
        d["channels"].update(other=d["channels"].pop("placed")),
        d["operations"]["place"]["channel"].update({"$ref": "#/channels/other"}),
    ),
    "message": lambda d: d["channels"]["placed"]["messages"].update(
        other=d["channels"]["placed"]["messages"].pop("placed")
    ),
}


@pytest.mark.parametrize("what", KEYS)
@pytest.mark.parametrize("action", ["send", "receive"])
def test_a_key_is_a_name_for_code_generators_only(changes, worst, three, what, action):
    old = three({"payload": {"type": "object"}}, action)
    new = copy.deepcopy(old)
    KEYS[what](new)
    (change,) = changes(old, new)
    assert change.rule.id == f"asyncapi.{what}-key-changed"
    assert {each.value for each in change.rule.surfaces} == {"source"}
    assert worst(old, new) == "safe"


@pytest.mark.parametrize(
    "kept",
    [
        {
            "channel": {
                "bindings": {"kafka": {"topicConfiguration": {"cleanup.policy": ["compact"]}}}
            }
        },
        {"channel": {"bindings": {"kafka": {"topicConfiguration": {"retention.ms": -1}}}}},
        {"channel": {"x-retained": True}},
        {"operation": {"x-retained": True}},
    ],
    ids=str,
)
def test_where_messages_are_kept_new_consumers_read_old_ones(changes, three, kept):
    old = three({"payload": {"type": "object", "properties": SKU}}, **kept)
    new = three({"payload": {"type": "object", "properties": SKU, "required": ["sku"]}}, **kept)
    (change,) = changes(old, new)
    assert change.direction.value == "both"
    assert change.label.startswith(
        "you send placed on orders.placed; consumers replay what is kept"
    )


def test_a_message_that_is_not_kept_is_not_replayed(changes, three):
    kept = {"channel": {"bindings": {"kafka": {"topicConfiguration": {"retention.ms": 60_000}}}}}
    old = three({"payload": {"type": "object", "properties": SKU}}, **kept)
    new = three({"payload": {"type": "object", "properties": SKU, "required": ["sku"]}}, **kept)
    (change,) = changes(old, new)
    assert change.direction.value == "outbound"


@pytest.mark.parametrize(
    ("action", "label"),
    [
        ("send", "you send placed on orders.placed; consumers read > "),
        ("receive", "you receive placed on orders.placed; producers send > "),
    ],
)
def test_a_finding_says_who_sends_and_who_is_hurt(changes, three, action, label):
    old = three({"payload": {"type": "object", "properties": {"a": TEXT}}}, action)
    new = three({"payload": {"type": "object", "properties": {"a": NUMBER}}}, action)
    (change,) = changes(old, new)
    assert change.label == label + "channel placed message placed payload > a"
    (use,) = change.uses
    assert use.label == f"{action.upper()} orders.placed"
