"""The fields of protocol bindings, and what a change of each means: one table of data.

Fields and versions after https://github.com/asyncapi/bindings; what a change means was tried on
real brokers where it could be (a queue declared otherwise is refused by RabbitMQ with 406).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

__all__ = ["FIELDS", "PROTOCOLS", "Field", "Kind"]


class Kind(Enum):
    """What a change of a field means."""

    #: The broker refuses it, or peers no longer understand each other.
    CONTRACT = "contract"
    #: Messages are lost, kept, ordered or shared out otherwise.
    BEHAVIOUR = "behaviour"
    #: A setting of this application or of the broker that peers do not notice.
    SETTING = "setting"
    #: A JSON Schema, read by who receives.
    SCHEMA = "schema"
    #: A JSON Schema that whoever connects must satisfy.
    HANDSHAKE = "handshake"
    #: A JSON Schema of what both sides must agree on to the letter.
    KEY = "key"
    #: Numbers of which less, or more, is worse.
    PARTITIONS = "partitions"
    RETENTION = "retention"
    SIZE = "size"
    QUALITY = "quality"
    #: Part of the address of the channel, and compared as that.
    ADDRESS = "address"
    #: delete, compact: a list without an order.
    CLEANUP = "cleanup"


@dataclass(frozen=True, slots=True)
class Field:
    """One field; ``default`` is what its absence means, None if that is not said.

    ``text`` says of a schema that its values travel as text (headers, queries).
    """

    kind: Kind
    default: Any = None
    text: bool = False


_CONTRACT, _BEHAVIOUR, _SETTING = (
    Field(each) for each in (Kind.CONTRACT, Kind.BEHAVIOUR, Kind.SETTING)
)
_SIZE, _RETENTION = Field(Kind.SIZE), Field(Kind.RETENTION)
_TOPIC = "topicConfiguration"
_CONFLUENT = ("key.schema.validation", "value.schema.validation")
_STRATEGY = ("key.subject.name.strategy", "value.subject.name.strategy")

#: (protocol, object) -> path of the field -> what it is.
FIELDS: dict[tuple[str, str], dict[tuple[str, ...], Field]] = {
    ("kafka", "server"): {
        ("schemaRegistryUrl",): _BEHAVIOUR,
        ("schemaRegistryVendor",): _BEHAVIOUR,
    },
    ("kafka", "channel"): {
        ("topic",): Field(Kind.ADDRESS),
        ("partitions",): Field(Kind.PARTITIONS),
        ("replicas",): _SETTING,
        (_TOPIC, "cleanup.policy"): Field(Kind.CLEANUP, ["delete"]),
        (_TOPIC, "retention.ms"): _RETENTION,
        (_TOPIC, "retention.bytes"): _RETENTION,
        (_TOPIC, "delete.retention.ms"): _RETENTION,
        (_TOPIC, "max.message.bytes"): _SIZE,
        **{(_TOPIC, f"confluent.{each}"): _BEHAVIOUR for each in (*_CONFLUENT, *_STRATEGY)},
    },
    ("kafka", "operation"): {("groupId",): _BEHAVIOUR, ("clientId",): _SETTING},
    ("kafka", "message"): {
        ("key",): Field(Kind.KEY),
        ("schemaIdLocation",): _CONTRACT,
        ("schemaIdPayloadEncoding",): _CONTRACT,
        ("schemaLookupStrategy",): _BEHAVIOUR,
    },
    ("amqp", "channel"): {
        ("is",): Field(Kind.CONTRACT, "routingKey"),
        ("name",): _CONTRACT,
        ("channel", "$ref"): _CONTRACT,
        ("exchange", "name"): _CONTRACT,
        ("exchange", "type"): _CONTRACT,
        ("exchange", "durable"): _CONTRACT,
        ("exchange", "autoDelete"): _CONTRACT,
        ("exchange", "vhost"): Field(Kind.CONTRACT, "/"),
        ("queue", "name"): _CONTRACT,
        ("queue", "durable"): _CONTRACT,
        ("queue", "exclusive"): _CONTRACT,
        ("queue", "autoDelete"): _CONTRACT,
        ("queue", "vhost"): Field(Kind.CONTRACT, "/"),
    },
    ("amqp", "operation"): {
        ("expiration",): _BEHAVIOUR,
        ("userId",): _SETTING,
        ("cc",): _BEHAVIOUR,
        ("bcc",): _BEHAVIOUR,
        ("priority",): _BEHAVIOUR,
        ("deliveryMode",): _BEHAVIOUR,
        ("mandatory",): _BEHAVIOUR,
        ("timestamp",): _BEHAVIOUR,
        ("ack",): _BEHAVIOUR,
        ("replyTo",): _CONTRACT,
    },
    ("amqp", "message"): {("contentEncoding",): _CONTRACT, ("messageType",): _CONTRACT},
    ("mqtt", "server"): {
        ("clientId",): _SETTING,
        ("cleanSession",): _BEHAVIOUR,
        ("lastWill", "topic"): _BEHAVIOUR,
        ("lastWill", "qos"): _BEHAVIOUR,
        ("lastWill", "message"): _BEHAVIOUR,
        ("lastWill", "retain"): _BEHAVIOUR,
        ("keepAlive",): _SETTING,
        ("sessionExpiryInterval",): _BEHAVIOUR,
        ("maximumPacketSize",): _SIZE,
    },
    ("mqtt", "operation"): {
        ("qos",): Field(Kind.QUALITY),
        ("retain",): _BEHAVIOUR,
        ("messageExpiryInterval",): _BEHAVIOUR,
    },
    ("mqtt", "message"): {
        ("payloadFormatIndicator",): _SETTING,
        ("correlationData",): Field(Kind.SCHEMA),
        ("contentType",): _CONTRACT,
        ("responseTopic",): _CONTRACT,
    },
    ("nats", "operation"): {("queue",): _BEHAVIOUR},
    ("http", "operation"): {
        ("type",): _CONTRACT,
        ("method",): _CONTRACT,
        ("query",): Field(Kind.SCHEMA, text=True),
    },
    ("http", "message"): {("headers",): Field(Kind.SCHEMA, text=True), ("statusCode",): _CONTRACT},
    ("ws", "channel"): {
        ("method",): Field(Kind.CONTRACT, "GET"),
        ("query",): Field(Kind.HANDSHAKE, text=True),
        ("headers",): Field(Kind.HANDSHAKE, text=True),
    },
}
#: Names of bindings -> the protocol in the table.
PROTOCOLS = {
    "kafka": "kafka",
    "amqp": "amqp",
    "mqtt": "mqtt",
    "mqtt5": "mqtt",
    "nats": "nats",
    "http": "http",
    "ws": "ws",
}
