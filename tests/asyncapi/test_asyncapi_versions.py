"""2.x and 3.x are one model: verbs turned, traits merged, addresses and logins alike."""

from __future__ import annotations

import pytest

from apicheck import formats
from apicheck.errors import UnsupportedFeature
from apicheck.sources import in_memory

TEXT = {"type": "string"}
MESSAGE = {
    "name": "Placed",
    "contentType": "application/json",
    "headers": {"type": "object", "properties": {"trace": TEXT}},
    "payload": {"type": "object", "properties": {"id": TEXT}},
    "correlationId": {"location": "$message.header#/trace"},
    "bindings": {"kafka": {"key": TEXT}},
}
OAUTH = {"authorizationUrl": "https://login.example.com"}
TWO = {
    "asyncapi": "2.6.0",
    "info": {"title": "Orders", "version": "1"},
    "defaultContentType": "application/json",
    "servers": {
        "main": {
            "url": "kafka://broker.example.com:9092/base/",
            "protocol": "kafka",
            "variables": {"zone": {"enum": ["a", "b"], "default": "a"}},
            "security": [{"scram": []}, {"web": ["read"]}],
        }
    },
    "channels": {
        "orders.{id}.placed": {
            "servers": ["main"],
            "parameters": {"id": {"schema": {"type": "string", "enum": ["1", "2"]}}},
            "bindings": {"kafka": {"partitions": 3}},
            "subscribe": {
                "operationId": "place",
                "message": MESSAGE,
                "bindings": {"kafka": {"groupId": TEXT}},
            },
        },
        "orders.wanted": {
            "publish": {
                "operationId": "want",
                "message": {
                    "oneOf": [
                        {"$ref": "#/components/messages/a"},
                        {"$ref": "#/components/messages/b"},
                    ]
                },
            }
        },
    },
    "components": {
        "messages": {"a": {"payload": {"$ref": "#/components/schemas/A"}}, "b": {"payload": TEXT}},
        "schemas": {
            "A": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/A"}}}
        },
        "securitySchemes": {
            "scram": {"type": "scramSha256"},
            "web": {"type": "oauth2", "flows": {"implicit": {**OAUTH, "scopes": {"read": ""}}}},
        },
    },
}
THREE = {
    "asyncapi": "3.0.0",
    "info": {"title": "Orders", "version": "1"},
    "defaultContentType": "application/json",
    "servers": {
        "main": {
            "host": "broker.example.com:9092",
            "pathname": "/base",
            "protocol": "kafka",
            "variables": {"zone": {"enum": ["a", "b"], "default": "a"}},
            "security": [
                {"$ref": "#/components/securitySchemes/scram"},
                {
                    "type": "oauth2",
                    "flows": {"implicit": {**OAUTH, "availableScopes": {"read": ""}}},
                    "scopes": ["read"],
                },
            ],
        }
    },
    "channels": {
        "placed": {
            "address": "orders.{id}.placed",
            "servers": [{"$ref": "#/servers/main"}],
            "parameters": {"id": {"enum": ["1", "2"]}},
            "bindings": {"kafka": {"partitions": 3}},
            "messages": {"Placed": MESSAGE},
        },
        "wanted": {
            "address": "orders.wanted",
            "messages": {
                "a": {"$ref": "#/components/messages/a"},
                "b": {"$ref": "#/components/messages/b"},
            },
        },
    },
    "operations": {
        "place": {
            "action": "send",
            "channel": {"$ref": "#/channels/placed"},
            "messages": [{"$ref": "#/channels/placed/messages/Placed"}],
            "bindings": {"kafka": {"groupId": TEXT}},
        },
        "want": {"action": "receive", "channel": {"$ref": "#/channels/wanted"}},
    },
    "components": {
        "messages": TWO["components"]["messages"],
        "schemas": TWO["components"]["schemas"],
        "securitySchemes": {"scram": {"type": "scramSha256"}},
    },
}


@pytest.mark.parametrize("version", ["2.0.0", "2.3.0", "2.6.0"])
@pytest.mark.parametrize("later", ["3.0.0", "3.1.0"])
def test_a_document_converted_to_the_next_major_says_the_same(rules, version, later):
    old, new = {**TWO, "asyncapi": version}, {**THREE, "asyncapi": later}
    assert rules(old, new) == []
    assert rules(new, old) == []


def test_what_changes_on_the_way_to_the_next_major_is_told(changes):
    new = {
        **THREE,
        "components": {
            **THREE["components"],
            "schemas": {"A": {"type": "object", "required": ["next"]}},
        },
    }
    found = {(each.rule.id, each.direction.value) for each in changes(TWO, new)}
    assert found == {
        ("schema.property-removed", "inbound"),
        ("schema.property-made-required", "inbound"),
    }


def test_publish_is_what_this_application_receives(changes, two):
    def document(verb, kind):
        return two({verb: {"message": {"payload": {"type": kind}}}})

    (change,) = changes(document("publish", "string"), document("publish", "integer"))
    assert change.direction.value == "inbound"
    assert change.label.startswith("you receive a message on orders.placed; producers send")
    (change,) = changes(document("subscribe", "string"), document("subscribe", "integer"))
    assert change.direction.value == "outbound"
    assert change.label.startswith("you send a message on orders.placed; consumers read")


HEADERS = {"headers": {"type": "object", "properties": {"a": TEXT}, "required": ["a"]}}
LOUD = {"headers": {"type": "object", "properties": {"a": {"type": "integer"}}}}


def test_a_trait_adds_what_the_message_does_not_say(rules, two, three):
    inline = {"payload": TEXT, **HEADERS}
    trait = {"payload": TEXT, "traits": [{"$ref": "#/components/messageTraits/t"}]}
    parts = {"components": {"messageTraits": {"t": HEADERS}}}
    assert rules(three(inline), three(trait, **parts)) == []
    assert (
        rules(
            two({"subscribe": {"message": inline}}), two({"subscribe": {"message": trait}}, **parts)
        )
        == []
    )


def test_the_trait_wins_in_2_and_the_message_in_3(rules, two, three):
    parts = {"components": {"messageTraits": {"t": LOUD}}}
    both = {**HEADERS, "traits": [{"$ref": "#/components/messageTraits/t"}]}
    # JSON Merge Patch: what the two do not share is kept.
    loud = {
        "headers": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    }
    assert (
        rules(two({"subscribe": {"message": loud}}), two({"subscribe": {"message": both}}, **parts))
        == []
    )
    assert rules(three(HEADERS), three(both, **parts)) == []


def test_later_traits_win_over_earlier_ones(rules, two, three):
    listed = {"traits": [HEADERS, LOUD]}
    merged = {"headers": {**LOUD["headers"], "required": ["a"]}}
    assert rules(three(merged), three(listed)) == []
    assert rules(two({"publish": {"message": merged}}), two({"publish": {"message": listed}})) == []


def test_a_change_in_a_trait_is_found_where_it_was_made(changes, three):
    message = {
        "payload": TEXT,
        "headers": {"type": "object", "properties": {"b": TEXT}},
        "traits": [{"$ref": "#/components/messageTraits/t"}],
    }
    old = three(message, components={"messageTraits": {"t": HEADERS}})
    found = changes(old, three(message, components={"messageTraits": {"t": LOUD}}))
    assert {each.rule.id for each in found} == {
        "schema.type-changed",
        "schema.property-made-optional",
    }
    assert {each.label.partition(" > ")[2] for each in found} == {
        "channel placed message placed headers > a",
        "channel placed message placed headers",
    }
    assert all(each.new.span().line >= 1 for each in found)


def test_operation_traits_bring_bindings(rules, three):
    def document(qos):
        traits = {"operationTraits": {"mqtt": {"bindings": {"mqtt": {"qos": qos}}}}}
        operation = {
            "traits": [{"$ref": "#/components/operationTraits/mqtt"}],
            "bindings": {"mqtt": {"retain": True}},
        }
        return three({}, operation=operation, components=traits)

    assert rules(document(2), document(1)) == ["asyncapi.qos-lowered"]


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        ("1.2.0", "asyncapi convert"),
        ("2.7.0", "known are"),
        ("4.0.0", "known are"),
        ("3", "known are"),
    ],
)
def test_other_versions_are_refused_by_name(version, advice):
    document = in_memory({"asyncapi": version, "info": {}})
    with pytest.raises(UnsupportedFeature, match=f"asyncapi {version} ") as caught:
        formats.detect(document)
    assert advice in caught.value.hint


def test_detection_and_version():
    contract = formats.detect(in_memory(TWO)).build(in_memory(TWO))
    assert (contract.format, contract.version) == ("asyncapi", "1")
    assert not formats.named("asyncapi").detect(in_memory({"openapi": "3.1.0"}))
    with pytest.raises(UnsupportedFeature, match="no object"):
        formats.named("asyncapi").build(in_memory([1]))
