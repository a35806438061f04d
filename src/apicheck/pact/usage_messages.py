"""Which changes of a contract of messages concern an interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.pact.concern import concerned, hurt
from apicheck.pact.messages import named_alike, names_in, of_application, of_schemas
from apicheck.pact.model import Kind
from apicheck.pact.reach import Met, Reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.model import Change, Contract, Use
    from apicheck.pact.messages import Known, Messaging
    from apicheck.pact.model import Interaction, Part
    from apicheck.pact.schemas import Schemas

__all__ = ["Foreign", "Messages", "messaging_of"]

#: Who is on the other side of a use, where the consumer sends the message, and where it reads it.
_SENDING = frozenset({"producer", "client", "operation", "old data", "old readers"})
_READING = frozenset({"consumer", "replay", "client", "operation", "old data", "old readers"})
_ANSWERED = frozenset({"requester", "responder", "client", "operation"})


def messaging_of(contract: Contract) -> Messaging:
    """The messages of an AsyncAPI document or of JSON Schemas."""
    if contract.format == "asyncapi":
        return of_application(contract.model)
    return of_schemas(contract.model)


class Messages:
    """Interactions as messages whose contents are JSON."""

    def __init__(self, old: Messaging) -> None:
        self._old = old
        self._addresses = {each.address for each in old.known}
        self._labels = {each.label for each in old.known}
        #: What an interaction is about, and whether nothing of it is unclear.
        self._sides: dict[int, tuple[list[_Side], bool]] = {}

    def places(self, interaction: Interaction) -> bool:
        """Whether it can be told which message an interaction is about."""
        return interaction.kind is Kind.HTTP or self._of(interaction)[1]

    def tells(self, _change: Change) -> bool:
        """Whether interactions can show who uses what a change is about."""
        return True

    def __call__(self, change: Change, interaction: Interaction) -> bool:
        """Whether a change concerns an interaction; True in doubt."""
        if interaction.kind is Kind.HTTP:
            return False
        return any(
            side.concerned(change)
            for side in self._of(interaction)[0]
            if not change.uses or any(self._may_be(use, side) for use in hurt(change))
        )

    def _may_be(self, use: Use, side: _Side) -> bool:
        """Whether a use is one of this message on this side."""
        kind, _, name = use.side.partition(" of ")
        if kind not in side.uses:
            return False
        known = side.known
        if not known.address:
            # A schema, which says no channel.
            return use.label == known.label or use.label not in self._labels
        if name and name not in known.names and not known.label.startswith(f"{name} on "):
            return False
        at = use.label.partition(" ")[2]
        return at == known.address or at not in self._addresses

    def _of(self, interaction: Interaction) -> tuple[list[_Side], bool]:
        if id(interaction) not in self._sides:
            found = list(self._read(interaction))
            sides = [side for each in found for side in each or ()]
            self._sides[id(interaction)] = (sides, bool(found) and None not in found)
        return self._sides[id(interaction)]

    def _read(self, interaction: Interaction) -> Iterator[list[_Side] | None]:
        """The messages that each part of an interaction may be; None where that is unclear."""
        request, response = interaction.request, interaction.response
        found = None
        if request is not None:
            found = self._old.meant(interaction, request, sent=True)
            yield None if found is None else list(self._met(found, request, _SENDING))
        if response is None:
            return
        if interaction.kind is Kind.SYNC and not self._old.partial:
            # An operation says what comes back.
            replies = self._old.replies(interaction, found or [])
            yield list(self._met(replies, response, _ANSWERED))
            return
        meant = self._old.meant(interaction, response, sent=False)
        yield None if meant is None else list(self._met(meant, response, _READING))

    def _met(self, known: list[Known], part: Part | None, uses: frozenset[str]) -> Iterator[_Side]:
        for each in known if part is not None else ():
            assert part is not None
            reach, inside, schemas = Reach(), self._old.inside(part, each), None
            if each.schema is not None and each.dialect is not None:
                schemas = self._old.schemas(each)
                reach.knows(schemas, each.schema)
                if inside is None:
                    reach.opens(schemas, each.schema, Met(open=True))
                else:
                    rules = inside[0].rules.get("body", inside[0].rules.get("content", ()))
                    partial = uses is not _SENDING
                    reach.follow(schemas, each.schema, inside[1].value, rules, partial=partial)
            yield _Side(each, part if inside is None else inside[0], reach, schemas, uses)


class _Side:
    """One message of an interaction, with what of it is looked at."""

    __slots__ = ("known", "part", "reach", "schemas", "uses")

    def __init__(
        self,
        known: Known,
        part: Part,
        reach: Reach,
        schemas: Schemas | None,
        uses: frozenset[str],
    ) -> None:
        self.known = known
        self.part = part
        self.reach = reach
        self.schemas = schemas
        self.uses = uses

    def concerned(self, change: Change) -> bool:
        """Whether a change of this message is about what is sent or read."""
        schemas = self.schemas
        met = self.reach.at(change)
        if met is None or schemas is None:
            return True
        sent = self.uses is _SENDING
        return any(concerned(change, each, self.part, schemas, sent=sent) for each in met)


class Foreign:
    """Interactions as messages or calls whose contents are not JSON: told apart by name only."""

    def places(self, interaction: Interaction) -> bool:
        """Whether it can be told which message an interaction is about."""
        # Another name may be another message, or the same in other words.
        return interaction.kind is Kind.HTTP

    def tells(self, _change: Change) -> bool:
        """Whether interactions can show who uses what a change is about."""
        return True

    def __call__(self, change: Change, interaction: Interaction) -> bool:
        """Whether a change concerns an interaction, which names the same message or call."""
        if interaction.kind is Kind.HTTP:
            return False
        called = _called(interaction)
        if called:
            return any(use.label.rpartition(".")[2] == called for use in hurt(change))
        parts = [each for each in (interaction.request, interaction.response) if each is not None]
        labels = [use.label.rpartition(".")[2] for use in hurt(change)]
        return any(named_alike(labels, names_in(interaction, each)) for each in parts)


def _called(interaction: Interaction) -> str:
    """The call that a plugin for gRPC wrote down, without the package: ``Area/compute``."""
    settings = interaction.node.value.get("pluginConfiguration")
    found = settings.get("protobuf") if isinstance(settings, dict) else None
    said = found.get("service") if isinstance(found, dict) else None
    return said.rpartition(".")[2] if isinstance(said, str) else ""
