"""What a pact says, in one form for all versions of the specification (1 to 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apicheck.nodes import Node
    from apicheck.sources import Document

__all__ = ["ANY", "Body", "Interaction", "Kind", "Matcher", "Pact", "Part", "RuleSet", "State"]

#: The step of a matcher's path that stands for every member or item.
ANY = "*"


class Kind(Enum):
    """What an interaction is about."""

    HTTP = "http"
    MESSAGE = "message"
    SYNC = "synchronous message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One matcher: its kind (``type``, ``regex``, ...) and its further values."""

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The matchers of one path; ``path`` is made of names, indexes and ``ANY``.

    ``alternatives`` says that one of the matchers is enough (``combine: OR``).
    """

    path: tuple[str | int, ...]
    matchers: tuple[Matcher, ...]
    alternatives: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body that is there: ``value`` is None for the JSON null too.

    ``opaque`` says that it is no JSON (text, or bytes): nothing can be said of what is in it.
    """

    value: Any
    node: Node
    content_type: str
    opaque: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A request, a response or a message.

    ``rules`` and ``generators`` are by section: ``body``, ``header``, ``query``, ``path``,
    ``metadata``. Names of headers are in lower case.
    """

    node: Node
    body: Body | None = None
    method: str = ""
    path: str = ""
    status: int = 0
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, tuple[RuleSet, ...]] = field(default_factory=dict)
    generators: Mapping[str, frozenset[tuple[str | int, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state that the provider is to be in."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One interaction. A message that is only sent has a ``response`` and no ``request``."""

    kind: Kind
    description: str
    states: tuple[State, ...]
    node: Node
    request: Part | None = None
    response: Part | None = None
    #: Names in other specifications, such as ``("AsyncAPI", "operationId")``.
    references: Mapping[tuple[str, str], str] = field(default_factory=dict)
    pending: bool = False

    @property
    def label(self) -> str:
        """``an item (given TEA-100 is sold)``."""
        given = " and ".join(each.name for each in self.states)
        return f"{self.description} (given {given})" if given else self.description


@dataclass(frozen=True, slots=True, kw_only=True)
class Pact:
    """One pact file: what ``consumer`` needs of ``provider``."""

    consumer: str
    provider: str
    version: int
    interactions: tuple[Interaction, ...]
    document: Document
