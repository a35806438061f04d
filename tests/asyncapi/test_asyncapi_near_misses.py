"""Look-alikes of changes that must stay silent, or be told as something else."""

from __future__ import annotations

import copy

import pytest

from apicheck import formats
from apicheck.model import Direction

TEXT = {"type": "string"}
RECORD = {"type": "record", "name": "A", "fields": []}


def bound(**bindings):
    return {"channel": {"bindings": bindings}}


SILENT = {
    "words": ({}, {"operation": {"summary": "s", "description": "d", "tags": [{"name": "t"}]}}),
    "an address whose parameter is renamed is not a new one": (
        {"channel": {"address": "a.{x}", "parameters": {"x": {}}}},
        {"channel": {"address": "a.{x}", "parameters": {"x": {"description": "d"}}}},
    ),
    "charset utf-8 is the default of JSON": (
        {"message": {"contentType": "application/json"}},
        {"message": {"contentType": "application/JSON; charset=UTF-8"}},
    ),
    "a default content type written out": (
        {"defaultContentType": "application/json"},
        {"message": {"contentType": "application/json"}},
    ),
    "a payload by reference": (
        {"message": {"payload": TEXT}},
        {"message": {"payload": {"$ref": "#/components/schemas/T"}}, "components": {"schemas": {"T": TEXT}}},
    ),
    "a payload in the long form": (
        {"message": {"payload": TEXT}},
        {"message": {"payload": {"schemaFormat": "application/vnd.aai.asyncapi+json;version=3.0.0", "schema": TEXT}}},
    ),
    "a draft that says the same": (
        {"message": {"payload": {"schemaFormat": "application/schema+json;version=draft-04", "schema": {"maximum": 3, "exclusiveMaximum": True}}}},
        {"message": {"payload": {"schemaFormat": "application/schema+json;version=draft-07", "schema": {"exclusiveMaximum": 3}}}},
    ),
    "the schema of OpenAPI is one of JSON": (
        {"message": {"payload": {"schemaFormat": "application/vnd.oai.openapi;version=3.0.0", "schema": {"type": "string", "nullable": True}}}},
        {"message": {"payload": {"type": ["string", "null"]}}},
    ),
    "headers are a map anyway": ({"message": {}}, {"message": {"headers": {"type": "object"}}}),
    "all messages listed": (
        {},
        {"operation": {"messages": [{"$ref": "#/channels/placed/messages/placed"}]}},
    ),
    "messages in another order": (
        {"channel": {"messages": {"a": {"payload": TEXT}, "b": {"payload": {"type": "integer"}}}}},
        {"channel": {"messages": {"b": {"payload": {"type": "integer"}}, "a": {"payload": TEXT}}}},
    ),
    "kafka deletes unless told otherwise": (bound(kafka={}), bound(kafka={"topicConfiguration": {"cleanup.policy": ["delete"]}})),
    "a policy as a text": (
        bound(kafka={"topicConfiguration": {"cleanup.policy": "compact,delete"}}),
        bound(kafka={"topicConfiguration": {"cleanup.policy": ["delete", "compact"]}}),
    ),
    "routingKey is what amqp channels are": (bound(amqp={}), bound(amqp={"is": "routingKey", "exchange": {"vhost": "/"}})),
    "the version of a binding": (bound(kafka={"bindingVersion": "0.4.0"}), bound(kafka={"bindingVersion": "0.5.0"})),
    "extensions of a binding": (bound(kafka={"x-a": 1}), bound(kafka={"x-a": 2})),
    "bindings by reference": (
        bound(kafka={"partitions": 3}),
        {"channel": {"bindings": {"$ref": "#/components/channelBindings/b"}}, "components": {"channelBindings": {"b": {"kafka": {"partitions": 3}}}}},
    ),
    "the topic is the address": ({"channel": {"address": "t"}}, {"channel": {"address": "anything", "bindings": {"kafka": {"topic": "t"}}}}),
    "a login by another key": (
        {"operation": {"security": [{"$ref": "#/components/securitySchemes/a"}]}, "components": {"securitySchemes": {"a": {"type": "plain", "description": "x"}}}},
        {"operation": {"security": [{"type": "plain"}]}},
    ),
    "logins in another order": (
        {"operation": {"security": [{"type": "plain"}, {"type": "scramSha256"}]}},
        {"operation": {"security": [{"type": "scramSha256"}, {"type": "plain"}]}},
    ),
    "all servers listed": (
        {"servers": {"a": {"host": "h", "protocol": "p"}}},
        {"servers": {"a": {"host": "h", "protocol": "p"}}, "channel": {"servers": [{"$ref": "#/servers/a"}]}},
    ),
    "a slash at the end of a path": (
        {"servers": {"a": {"host": "h", "pathname": "/p/", "protocol": "ws"}}},
        {"servers": {"a": {"host": "h", "pathname": "/p", "protocol": "WS"}}},
    ),
    "an Avro payload that is the same": (
        {"message": {"payload": {"schemaFormat": "application/vnd.apache.avro;version=1.8.2", "schema": RECORD}}},
        {"message": {"payload": {"schemaFormat": "application/vnd.apache.avro+json;version=1.9.0", "schema": dict(RECORD)}}},
    ),
    "a name added to the only message": ({"message": {"name": None}}, {"message": {"name": "Placed"}}),
}  # fmt: skip


@pytest.mark.parametrize("story", SILENT)
@pytest.mark.parametrize("action", ["send", "receive"])
def test_silent(rules, three, story, action):
    old, new = (
        three({"payload": TEXT, **parts.pop("message", {})}, action, **parts)
        for parts in map(copy.deepcopy, SILENT[story])
    )
    assert rules(old, new) == []
    assert rules(new, old) == []


def test_more_scopes_are_needed(rules, three):
    def document(*scopes):
        return three({}, operation={"security": [{"type": "oauth2", "scopes": list(scopes)}]})

    old, new = document("read"), document("read", "write")
    assert rules(old, new) == ["asyncapi.security-alternative-removed"]
    assert rules(new, old) == ["asyncapi.security-alternative-added"]


def test_an_anonymous_way_in_is_a_way_in(rules, two):
    schemes = {"components": {"securitySchemes": {"a": {"type": "plain"}}}}

    def document(*ways):
        return two({"publish": {"security": list(ways)}}, **schemes)

    assert rules(document({}), document({}, {"a": []})) == []
    assert rules(document({}, {"a": []}), document({"a": []})) == ["asyncapi.security-required"]
    assert rules(document({"a": []}), document()) == ["asyncapi.security-dropped"]


def test_a_message_moved_to_another_channel_is_told_once(rules, three):
    old = three({"name": "Placed", "payload": TEXT})
    new = three({"name": "Placed", "payload": TEXT}, channel={"address": "elsewhere"})
    new["channels"]["other"] = new["channels"].pop("placed")
    new["operations"]["another"] = new["operations"].pop("place")
    new["operations"]["another"]["channel"]["$ref"] = "#/channels/other"
    assert rules(old, new) == [
        "asyncapi.address-changed",
        "asyncapi.channel-key-changed",
        "asyncapi.operation-key-changed",
    ]


def test_one_change_in_a_shared_schema_is_one_finding_of_all_operations(changes, three):
    def document(kind):
        found = three(
            {"payload": {"$ref": "#/components/schemas/A"}},
            components={"schemas": {"A": {"type": kind}}},
        )
        found["channels"]["paid"] = {
            "address": "orders.paid",
            "messages": {"m": {"payload": {"$ref": "#/components/schemas/A"}}},
        }
        found["operations"]["pay"] = {"action": "receive", "channel": {"$ref": "#/channels/paid"}}
        return found

    (change,) = changes(document("string"), document("integer"))
    assert {use.label for use in change.uses} == {"SEND orders.placed", "RECEIVE orders.paid"}
    assert change.direction is Direction.BOTH
    assert change.label.endswith(" > schema A")


def test_a_channel_without_operations_is_compared_both_ways(changes, three):
    def document(kind):
        found = three({"payload": {"type": kind}})
        del found["operations"]
        return found

    (change,) = changes(document("string"), document("integer"))
    assert change.direction is Direction.BOTH
    assert {use.label for use in change.uses} == {"CHANNEL orders.placed"}
    # Once an operation says who sends, that is whose change it is.
    said = three({"payload": {"type": "integer"}})
    for found, rule in (
        (changes(document("string"), said), "asyncapi.operation-added"),
        (changes(said, document("string")), "asyncapi.operation-removed"),
    ):
        assert {each.rule.id for each in found} == {"schema.type-changed", rule}
        assert {each.direction for each in found} == {Direction.OUTBOUND}


def test_a_channel_of_no_known_address_is_matched_by_its_key(rules, three):
    old = three({"payload": TEXT}, channel={"address": None})
    assert rules(old, copy.deepcopy(old)) == []
    new = three({"payload": {"type": "integer"}}, channel={"address": None})
    assert rules(old, new) == ["schema.type-changed"]


def test_what_cannot_be_read_was_not_removed(rules, three):
    old = three({"payload": TEXT})
    for broken in (
        {**old, "operations": {"place": {"$ref": "#/nowhere"}}},
        {**old, "operations": {"place": ["no"]}},
        {**old, "channels": {"placed": {"$ref": "#/nowhere"}}},
        {**old, "operations": "none"},
    ):
        found = set(rules(old, broken))
        assert found
        assert found <= {"asyncapi.reference-unresolved", "asyncapi.part-ignored"}


def test_unknown_bindings_are_told_as_not_compared(changes, three):
    def document(**fields):
        return three(
            {},
            channel={
                "bindings": {
                    "solace": fields,
                    "kafka": {"colour": fields.get("a"), "partitions": 3},
                }
            },
        )

    found = changes(document(a=1, b={"c": 2}, same=3), document(a=2, b={"c": 3}, same=3))
    assert [each.rule.id for each in found] == ["asyncapi.binding-not-compared"] * 2
    assert {each.values["fields"] for each in found} == {"a, b", "colour"}
    assert all(each.rule.unknown for each in found)


# --- payloads of other formats: handed to whoever knows them


def avro(schema, version="1.9.0"):
    return {
        "payload": {
            "schemaFormat": f"application/vnd.apache.avro;version={version}",
            "schema": schema,
        }
    }


def test_a_format_that_is_not_there_leaves_an_unknown(monkeypatch, changes, three):
    monkeypatch.delitem(formats.KNOWN, "avro", raising=False)
    (change,) = changes(three(avro(RECORD)), three(avro({**RECORD, "name": "B"})))
    assert change.rule.id == "asyncapi.payload-not-compared"
    assert "avro is not a format that can be compared here" in change.values["problem"]
    assert change.rule.unknown


class Recorded:
    """A module that stands for a format of payloads."""

    def __init__(self, rule):
        self.rule = rule
        self.built = []
        self.FORMAT = formats.Format(
            name="avro", detect=bool, build=self.build, compare=self.compare, rules=lambda: (rule,)
        )

    def build(self, document):
        self.built.append(document)
        return document

    def compare(self, old, new, _today):
        from apicheck.model import Change, Place

        for direction in Direction:
            yield Change(
                rule=self.rule,
                path=("name",),
                label=f"record {new.data['name']}",
                direction=direction,
                old=Place(document=old, pointer=("name",)),
                new=Place(document=new, pointer=("name",)),
                values={"value": direction.value},
            )


@pytest.mark.parametrize(
    ("action", "directions"), [("send", {"outbound", "both"}), ("receive", {"inbound", "both"})]
)
def test_a_payload_of_another_format_is_compared_by_it_in_the_direction_it_flows(
    monkeypatch, changes, three, action, directions
):
    import sys

    from apicheck.formats.asyncapi.messages import ADDED

    module = Recorded(ADDED)
    monkeypatch.setitem(formats.KNOWN, "avro", "recorded_avro")
    monkeypatch.setitem(sys.modules, "recorded_avro", module)
    found = changes(three(avro(RECORD), action), three(avro({**RECORD, "name": "B"}), action))
    assert {each.values["value"] for each in found} == directions
    assert len(module.built) == 2
    for each in found:
        assert each.direction.value == ("outbound" if action == "send" else "inbound")
        assert [use.label for use in each.uses] == [f"{action.upper()} orders.placed"]
        assert each.label.endswith("placed payload: record B")
        assert each.path == (
            "channels",
            "placed",
            "messages",
            "placed",
            "payload",
            "schema",
            "name",
        )
        assert each.new.span().line >= 1


def test_a_text_that_imports_others_is_looked_at_again(monkeypatch, changes, three):
    import sys

    from apicheck.formats.asyncapi.messages import ADDED
    from apicheck.model import Change

    class Text(Recorded):
        def compare(self, old, new, _today):
            assert old.data == new.data
            yield Change(rule=ADDED, path=(), label="x", direction=Direction.BOTH)

    monkeypatch.setitem(formats.KNOWN, "protobuf", "recorded_protobuf")
    monkeypatch.setitem(sys.modules, "recorded_protobuf", Text(ADDED))

    def document(text):
        said = "application/vnd.google.protobuf;version=3"
        return three({"payload": {"schemaFormat": said, "schema": text}})

    text = 'syntax = "proto3"; import "money.proto"; message Order { Money price = 1; }'
    assert [each.rule for each in changes(document(text), document(text))] == [ADDED]
    plain = 'syntax = "proto3"; message Order { string id = 1; }'
    assert changes(document(plain), document(plain)) == []


def test_a_payload_behind_a_dead_reference_is_an_unknown(rules, three):
    old, new = three(avro({"$ref": "https://a/1.avsc"})), three(avro({"$ref": "https://a/2.avsc"}))
    assert set(rules(old, new)) == {
        "asyncapi.payload-not-compared",
        "asyncapi.reference-unresolved",
    }
