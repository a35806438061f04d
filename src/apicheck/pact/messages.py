"""A message of a pact held against an AsyncAPI contract, or against JSON Schemas of messages.

Which message of the contract it is, is told by an operation that the interaction refers to, by the
channel in its metadata, by a name (in the metadata, in a CloudEvent, in the description), and in
the end by its content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from apicheck.formats.asyncapi.model import PARAMETER, Action
from apicheck.formats.asyncapi.normal import Application
from apicheck.formats.asyncapi.payloads import DIALECTS, payload
from apicheck.formats.asyncapi.reader import Reader
from apicheck.formats.jsonschema.files import Family
from apicheck.model import Change, Direction, Effect, Example, Rule, Severity
from apicheck.pact.contents import contents
from apicheck.pact.model import Kind
from apicheck.pact.schemas import Schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from apicheck.formats.asyncapi.spec import Spec
    from apicheck.formats.jsonschema.messages import Messages
    from apicheck.nodes import Node
    from apicheck.pact.model import Body, Interaction, Part
    from apicheck.pact.told import At
    from apicheck.schema import Dialect

__all__ = [
    "RULES",
    "Known",
    "Messaging",
    "named_alike",
    "names_in",
    "of_application",
    "of_schemas",
    "said_by",
]

_CHANNEL = (
    '{"asyncapi": "3.0.0", "channels": {"placed": {"address": "orders.placed", "messages":'
    ' {"OrderPlaced": {"name": "OrderPlaced", %s}}}}, "operations": {"tell":'
    ' {"action": "send", "channel": {"$ref": "#/channels/placed"}}}}'
)
_EVENT = '{"description": "%s", "contents": {"id": "7"}, "metadata": {"channel": "%s"}}'
_AVRO = (
    '"payload": {"schemaFormat": "application/vnd.apache.avro;version=1.9.0",'
    ' "schema": {"type": "record", "name": "R", "fields": []}}'
)

MESSAGE_UNKNOWN = Rule(
    id="pact.message-unknown",
    effect=Effect.WIDENS,
    summary="A consumer expects a message that the contract does not have.",
    message="the contract has no message like {name}; it has {known}",
    why="The provider does not promise to send this at all.",
    fix="Name the channel in the message's metadata (channel), or add the message to the contract.",
    example=Example(
        of="pact",
        old=_CHANNEL % '"payload": {"type": "integer"}',
        new=_EVENT % ("stock is low", "stock.low"),
        direction=Direction.OUTBOUND,
    ),
)
NO_REPLY = Rule(
    id="pact.reply-unknown",
    effect=Effect.WIDENS,
    summary="A consumer expects a reply to a message, and the contract declares none.",
    message="a reply to {name} is read, and the contract declares none",
    why="The provider does not promise to answer this message.",
    fix="Declare the reply of the operation (AsyncAPI 3).",
    example=Example(
        of="pact",
        old=(_CHANNEL % '"payload": {"type": "object"}').replace('"send"', '"receive"'),
        new='{"description": "OrderPlaced", "request": {"contents": {"id": "7"}},'
        ' "response": {"contents": {"done": true}}}',
        direction=Direction.OUTBOUND,
    ),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="AsyncAPI 2 cannot declare replies at all.",
)
NOT_COMPARED = Rule(
    id="pact.message-not-compared",
    effect=Effect.KEEPS,
    summary="The payload of a message is described in a way that a pact cannot be held against.",
    message="{name} is described as {format}, which a JSON content cannot be held against",
    why="Nothing is known of whether the consumer can read it.",
    fix="Verify this pact against the running provider.",
    example=Example(
        of="pact",
        old=_CHANNEL % _AVRO,
        new=_EVENT % ("OrderPlaced", "orders.placed"),
        direction=Direction.OUTBOUND,
    ),
    override={Direction.OUTBOUND: Severity.WARNING, Direction.INBOUND: Severity.WARNING},
    because="Nothing is known to break, but nothing is known to hold either.",
    unknown=True,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_CHANNELS = ("channel", "topic", "destination", "queue", "routingkey", "kafkatopic", "address")
_TYPES = ("type", "messagetype", "eventtype", "cetype", "event", "name", "messagename", "schema")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One message of a contract, on one channel."""

    label: str
    names: tuple[str, ...]
    address: str
    operation: str
    action: Action
    node: Node
    schema: Node | None
    dialect: Dialect | None
    #: What the payload is described as, where that is no JSON Schema.
    foreign: str = ""
    replies: tuple[Known, ...] = ()


class Messaging:
    """The messages of one contract. A ``partial`` one knows some messages of a provider only."""

    def __init__(self, known: Iterable[Known], *, partial: bool = False) -> None:
        self.known = tuple(known)
        self.partial = partial
        self._schemas: dict[tuple[str, str], Schemas] = {}

    def against(self, at: At) -> Iterator[Change]:
        """Everything about an interaction that the contract does not allow or promise."""
        interaction = at.interaction
        if interaction.kind is Kind.SYNC:
            assert interaction.request is not None
            known = [each for each in self.known if each.action is not Action.SEND] or self.known
            taken, found = self._best(at, interaction.request, known)
            yield from found
            if taken is not None and interaction.response is not None:
                yield from self._reply(at, interaction.response, taken)
            return
        assert interaction.response is not None
        known = [each for each in self.known if each.action is not Action.RECEIVE] or self.known
        _, found = self._best(at, interaction.response, known)
        yield from found

    def meant(self, interaction: Interaction, part: Part, *, sent: bool) -> list[Known] | None:
        """The messages that a part of an interaction may be, the one or a few; None if unclear.

        ``sent`` says that the consumer sends it. Without a name that tells, the content does. None
        at all are meant where it has another name and another content than any of them.
        """
        other = Action.SEND if sent else Action.RECEIVE
        known = [each for each in self.known if each.action is not other]
        named = _meant(interaction, part, known)
        fitting = [each for each in named or known if self._fits(each, part)]
        if named:
            return fitting or named
        if not said_by(interaction, part):
            return fitting or None
        told = all(each.schema is not None for each in known)
        told = told and part.body is not None and not part.body.opaque
        return [] if told and not fitting else None

    def replies(self, interaction: Interaction, known: Sequence[Known]) -> list[Known]:
        """What may come back for one of some messages."""
        found = [reply for each in known for reply in each.replies]
        part = interaction.response
        fitting = [each for each in found if part is not None and self._fits(each, part)]
        return fitting or found

    def inside(self, part: Part, known: Known) -> tuple[Part, Body, Schemas] | None:
        """The body that the message's schema describes; None where none can be read."""
        if known.schema is None or known.dialect is None or part.body is None or part.body.opaque:
            return None
        schemas = self.schemas(known)
        return (*_unwrapped(part, part.body, known.schema, schemas), schemas)

    def _fits(self, known: Known, part: Part) -> bool:
        """Whether a content is one that the message's schema describes, as far as that tells."""
        found = self.inside(part, known)
        if found is None or known.schema is None:
            return True
        _, body, schemas = found
        if any(True for _ in schemas.problems(known.schema, body.value, partial=True)):
            return False
        return not any(True for _ in schemas.undeclared(known.schema, body.value))

    def schemas(self, known: Known) -> Schemas:
        """What answers questions on the message's schema."""
        assert known.dialect is not None
        key = (known.dialect.name, "writeOnly")
        if key not in self._schemas:
            self._schemas[key] = Schemas(known.dialect, "writeOnly")
        return self._schemas[key]

    def _reply(self, at: At, response: Part, taken: Known) -> Iterator[Change]:
        if not taken.replies:
            yield at.change(
                NO_REPLY, f"{taken.label} reply", response.node, taken.node, name=taken.label
            )
            return
        _, found = self._fitting(at, response, taken.replies)
        yield from found

    def _best(
        self, at: At, part: Part, known: Sequence[Known]
    ) -> tuple[Known | None, list[Change]]:
        """The message that is meant, and what is wrong with it."""
        candidates = _meant(at.interaction, part, known)
        if candidates:
            return self._fitting(at, part, candidates)
        if self.partial:
            return None, []
        # No name tells: one that it fits by its content will do, if there is any.
        best, found = self._fitting(at, part, known) if known else (None, [])
        if best is not None and not found:
            return best, found
        listed = ", ".join(sorted({each.label for each in self.known})[:6]) or "none"
        label = at.interaction.description
        place = known[0].node if known else None
        return None, [
            at.change(
                MESSAGE_UNKNOWN, f"message {label}", part.node, place, name=label, known=listed
            )
        ]

    def _fitting(
        self, at: At, part: Part, known: Sequence[Known]
    ) -> tuple[Known | None, list[Change]]:
        """Of several messages the one that fits best."""
        results = [(each, list(self._held(at, part, each))) for each in known]
        return min(results, key=lambda result: len(result[1]))

    def _held(self, at: At, part: Part, known: Known) -> Iterator[Change]:
        if known.foreign:
            yield at.change(
                NOT_COMPARED,
                known.label,
                part.node,
                known.node,
                name=known.label,
                format=known.foreign,
            )
            return
        inside = self.inside(part, known)
        if inside is None or known.schema is None:
            return
        part, body, schemas = inside
        yield from contents(at, part, body, known.schema, schemas, known.label)


def _unwrapped(part: Part, body: Body, schema: Node, schemas: Schemas) -> tuple[Part, Body]:
    """The data of a CloudEvent, where the contract describes these and not the envelope."""
    value = body.value
    if type(value) is not dict or "specversion" not in value or "data" not in value:
        return part, body
    envelope = {name: each for name, each in value.items() if name != "data"}
    if not any(True for _ in schemas.undeclared(schema, envelope)):
        return part, body
    rules = tuple(
        replace(each, path=each.path[1:])
        for each in part.rules.get("body", ())
        if each.path[:1] == ("data",)
    )
    inner = replace(body, value=value["data"], node=body.node.step("data"))
    return replace(part, rules={**part.rules, "body": rules}), inner


def _meant(interaction: Interaction, part: Part, known: Sequence[Known]) -> list[Known]:
    """The messages that an interaction names in one way or another; the surest way counts."""
    referred = {
        value
        for (group, name), value in interaction.references.items()
        if group.lower() == "asyncapi" and name.lower() in {"operationid", "operation"}
    }
    found = [each for each in known if each.operation and each.operation in referred]
    channels = _channels(part)
    on_channel = [each for each in found or known if _carries(each.address, channels)]
    found = on_channel or found
    names = names_in(interaction, part)
    return [each for each in found or known if named_alike(each.names, names)] or found


def _channels(part: Part) -> set[str]:
    return {
        value
        for name, value in part.metadata.items()
        if _plain(name) in _CHANNELS and type(value) is str
    }


def said_by(interaction: Interaction, part: Part) -> bool:
    """Whether an interaction says a name or channel that could be trusted to be of its message."""
    return bool(names_in(interaction, part)[0] or _channels(part) or interaction.references)


def names_in(interaction: Interaction, part: Part) -> tuple[tuple[str, ...], str]:
    """What an interaction calls its message: the names that it says, and its description."""
    said = [
        value
        for name, value in part.metadata.items()
        if _plain(name) in _TYPES and type(value) is str
    ]
    said += [value for (_, name), value in interaction.references.items() if _plain(name) in _TYPES]
    value = None if part.body is None else part.body.value
    if type(value) is dict and "specversion" in value and type(value.get("type")) is str:
        said.append(value["type"])
    return tuple(said), interaction.description


def named_alike(names: Iterable[str], said: tuple[tuple[str, ...], str]) -> bool:
    """Whether one of a message's names is said: ``OrderPlaced`` is ``order-placed`` too."""
    words, description = said
    exact = {_plain(each) for each in words} | {_plain(each.rpartition(".")[2]) for each in words}
    told = re.sub(r"[^a-z0-9]+", " ", _spaced(description).lower())
    for name in filter(None, names):
        if _plain(name) in exact:
            return True
        if not words and f" {_spaced(name).lower()} " in f" {told} ":
            return True
        if not words and name.isalnum() and f" {name.lower()} " in f" {description.lower()} ":
            return True
    return False


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _spaced(name: str) -> str:
    """``OrderPlaced`` and ``order-placed`` as ``Order Placed`` and ``order placed``."""
    return re.sub(r"[^A-Za-z0-9]+", " ", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)).strip()


def _carries(address: str, channels: set[str]) -> bool:
    if not address or not channels:
        return False
    pattern = "[^/.]+".join(map(re.escape, PARAMETER.split(address)))
    return any(re.fullmatch(pattern, each) for each in channels)


def of_application(spec: Spec) -> Messaging:
    """The messages of an AsyncAPI document."""
    application = Application(Reader(spec))
    return Messaging(_of_application(application))


def _of_application(application: Application) -> Iterator[Known]:
    for operation in application.operations:
        replies: tuple[Known, ...] = ()
        if operation.reply is not None:
            answers = operation.reply.messages
            replies = tuple(
                _known(application, each, operation.channel.label, "", operation.action)
                for each in answers
            )
        for message in operation.messages:
            known = _known(
                application, message, operation.channel.label, operation.key, operation.action
            )
            yield replace(known, replies=replies)


def _known(
    application: Application, message: Any, address: str, operation: str, action: Action
) -> Known:
    found = payload(application, message)
    json = found is not None and found.family == "json"
    return Known(
        label=f"{message.label} on {address}",
        names=tuple(message.names),
        address=address,
        operation=operation,
        action=action,
        node=message.node,
        schema=found.node if json and found is not None else None,
        dialect=DIALECTS[found.dialect] if json and found is not None else None,
        foreign=found.said if found is not None and not json else "",
    )


def of_schemas(messages: Messages) -> Messaging:
    """The messages of a JSON Schema, or of a folder of them."""
    family = Family(messages.documents)

    def known() -> Iterator[Known]:
        for each in messages.messages:
            node = family.of(each.document).root
            for step in each.pointer:
                node = node.step(step)
            yield Known(
                label=each.label,
                names=(each.label, *(key.rpartition(":")[2] for key in each.keys)),
                address="",
                operation="",
                action=Action.CARRY,
                node=node,
                schema=node,
                dialect=each.dialect,
            )

    return Messaging(known(), partial=True)
