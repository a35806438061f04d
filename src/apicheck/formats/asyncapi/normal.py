"""A document of either major version read into the one model.

2.x speaks from the other side: ``publish`` is what others publish to this application, which
receives it, and ``subscribe`` is what it sends (AsyncAPI 2.6.0, Channel Item Object).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats.asyncapi.model import Action, Channel, Message, Operation, Reply, Server
from apicheck.formats.asyncapi.traits import Fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.asyncapi.reader import Reader
    from apicheck.nodes import Node

__all__ = ["Application"]

_ACTIONS_2 = {"publish": Action.RECEIVE, "subscribe": Action.SEND}
_ACTIONS_3 = {"receive": Action.RECEIVE, "send": Action.SEND}


class Application:
    """What one document says of its application; read when made."""

    __slots__ = ("_fields", "_messages", "channels", "hidden", "operations", "reader", "servers")

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._fields: dict[object, Fields] = {}
        self._messages: dict[object, Message] = {}
        #: Keys of operations and channels that cannot be read; "*" where that may be any.
        self.hidden: set[str] = set()
        #: Identities of all channels, whether or not an operation uses them.
        self.channels: set[str] = set()
        two = reader.spec.major == 2
        self.operations = tuple(self._operations_2() if two else self._operations_3())
        self.servers = tuple(self._servers())

    def fields(self, node: Node) -> Fields:
        """The members of an operation or message, its traits merged."""
        known = self._fields.get(node.key)
        if known is None:
            traits = [found for _, found in self.reader.items(node.get("traits"))]
            layers = [node, *traits] if self.reader.spec.major == 2 else [*traits, node]
            known = self._fields[node.key] = Fields(layers, self.reader.resolve)
        return known

    def _note_hidden(self, holder: Node, section: str, read: set[str]) -> None:
        node = holder.get(section)
        if node is None or node.value is None:
            return
        if type(node.value) is not dict:
            self.hidden.add("*")
            return
        self.hidden |= {name for name in node.value if name not in read and name[:2] != "x-"}

    def _operations_2(self) -> Iterator[Operation]:
        root = self.reader.spec.root
        read = set()
        for address, _, item in self.reader.entries(root.get("channels")):
            read.add(address)
            channel = self._channel(address, item)
            self.channels.add(channel.identity)
            for verb, action in _ACTIONS_2.items():
                node = self.reader.part(item.get(verb), dict)
                if node is None:
                    if item.get(verb) is not None:
                        self.hidden.add(address)
                    continue
                fields = self.fields(node)
                yield Operation(
                    key=self.reader.text(fields.get("operationId")) or "",
                    action=action,
                    channel=channel,
                    node=node,
                    fields=fields,
                    messages=tuple(self._messages_2(node)),
                    reply=None,
                )
        self._note_hidden(root, "channels", read)

    def _messages_2(self, operation: Node) -> Iterator[Message]:
        node = self.reader.part(operation.get("message"), dict)
        if node is None:
            return
        if "oneOf" in node.value:
            for place, found in self.reader.items(node.get("oneOf")):
                yield self._message(place, found, "")
        else:
            at = operation.get("message")
            assert at is not None
            yield self._message(at, node, "")

    def _message(self, place: Node, node: Node, key: str) -> Message:
        known = self._messages.get((node.key, key))
        if known is None:
            fields = self.fields(node)
            text = self.reader.text
            component = ""
            if node.pointer[:-1] == ("components", "messages") or node.key != place.key:
                component = str(node.pointer[-1]) if node.pointer else ""
            known = self._messages[node.key, key] = Message(
                node=node,
                fields=fields,
                names=(
                    text(fields.get("name")) or "",
                    key or text(fields.get("messageId")) or "",
                    component,
                    text(fields.get("title")) or "",
                ),
            )
        return known

    def _channel(self, key: str, node: Node) -> Channel:
        two = self.reader.spec.major == 2
        address = key if two else self.reader.text(node.get("address"))
        kafka = self.reader.part(node.get("bindings"), dict)
        kafka = None if kafka is None else self.reader.part(kafka.get("kafka"), dict)
        # Kafka binding, channel, topic: the name of the topic if it is not that of the channel.
        topic = None if kafka is None else self.reader.text(kafka.get("topic"))
        return Channel(
            key="" if two else key,
            address=topic or address,
            node=node,
            servers=self._names_of_servers(node),
        )

    def _names_of_servers(self, channel: Node) -> tuple[str, ...] | None:
        listed = self.reader.part(channel.get("servers"), list)
        if listed is None or not listed.value:
            return None
        names = []
        for each in listed.items():
            said = each.value
            if type(said) is dict and type(said.get("$ref")) is str:
                said = said["$ref"].rpartition("/")[2]
            if type(said) is str:
                names.append(said)
            else:
                self.reader.ignore(each)
        return tuple(names)

    def _operations_3(self) -> Iterator[Operation]:
        root = self.reader.spec.root
        channels = {
            node.key: self._channel(key, node)
            for key, _, node in self.reader.entries(root.get("channels"))
        }
        self.channels |= {each.identity for each in channels.values()}
        read, used = set(), set()
        for key, _, node in self.reader.entries(root.get("operations")):
            fields = self.fields(node)
            channel = self._channel_of(fields.get("channel"), channels)
            action = _ACTIONS_3.get(str(node.value.get("action")))
            if action is None:
                self.reader.ignore(node.get("action") or node)
            if channel is None or action is None:
                if channel is not None:
                    used.add(channel.node.key)
                continue
            read.add(key)
            used.add(channel.node.key)
            reply = self._reply(fields, channels)
            if reply is not None and reply.channel is not None:
                used.add(reply.channel.node.key)
            yield Operation(
                key=key,
                action=action,
                channel=channel,
                node=node,
                fields=fields,
                messages=tuple(self._messages_3(node, channel)),
                reply=reply,
            )
        self._note_hidden(root, "operations", read)
        self._note_hidden(root, "channels", {each.key for each in channels.values()})
        for place, channel in channels.items():
            if place not in used:
                # Nothing says who sends here: both directions count.
                yield Operation(
                    key="",
                    action=Action.CARRY,
                    channel=channel,
                    node=channel.node,
                    fields=self.fields(channel.node),
                    messages=tuple(self._messages_3(None, channel)),
                    reply=None,
                )

    def _channel_of(self, ref: Node | None, channels: dict[object, Channel]) -> Channel | None:
        node = self.reader.part(ref, dict)
        if node is None:
            return None
        known = channels.get(node.key)
        return known or self._channel(str(node.pointer[-1]) if node.pointer else "", node)

    def _messages_3(self, holder: Node | None, channel: Channel) -> Iterator[Message]:
        """The messages that an operation (or a reply) lists; without a list, all of its channel."""
        listed = None if holder is None else holder.get("messages")
        if listed is None or listed.value is None:
            for key, place, node in self.reader.entries(channel.node.get("messages")):
                yield self._message(place, node, key)
            return
        for place, node in self.reader.items(listed):
            ref = str(place.value.get("$ref", ""))
            key = ref.rpartition("/")[2] if "/messages/" in ref and "/channels/" in ref else ""
            yield self._message(place, node, key)

    def _reply(self, fields: Fields, channels: dict[object, Channel]) -> Reply | None:
        node = self.reader.part(fields.get("reply"), dict)
        if node is None:
            return None
        address = self.reader.part(node.get("address"), dict)
        channel = self._channel_of(node.get("channel"), channels)
        return Reply(
            node=node,
            location=None if address is None else address.get("location"),
            channel=channel,
            messages=() if channel is None else tuple(self._messages_3(node, channel)),
        )

    def _servers(self) -> Iterator[Server]:
        text = self.reader.text
        for name, _, node in self.reader.entries(self.reader.spec.root.get("servers")):
            protocol = text(node.get("protocol")) or ""
            if self.reader.spec.major == 2:
                url = text(node.get("url")) or ""
                host, slash, path = url.partition("://")[2].partition("/")
                if "://" not in url:
                    host, slash, path = url.partition("/")
                path = slash + path
            else:
                host, path = text(node.get("host")) or "", text(node.get("pathname")) or ""
            yield Server(
                name=name, node=node, host=host, path=path.rstrip("/"), protocol=protocol.lower()
            )
