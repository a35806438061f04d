"""What one comparison of two AsyncAPI documents shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.formats.asyncapi.normal import Application
from apicheck.formats.asyncapi.reader import Reader
from apicheck.model import Change, Direction, Proof
from apicheck.schema.sameness import Sameness

if TYPE_CHECKING:
    from datetime import date

    from apicheck import schema
    from apicheck.formats import Format
    from apicheck.formats.asyncapi.spec import Spec
    from apicheck.model import Use
    from apicheck.nodes import Node
    from apicheck.walk import Fact, Visit

__all__ = ["Context", "Foreign", "Prove", "Schemas", "Seen", "Told"]

#: What is known of a change in one direction, beyond its rule.
Prove = Callable[[Change, Direction], Proof]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Something to be told of certain uses: a fact, or two schemas to be compared.

    ``dialects`` are those of the two schemas; the AsyncAPI one where nothing is said.
    """

    uses: tuple[Use, ...]
    seen: Fact | Visit
    dialects: tuple[str, str] = ("asyncapi", "asyncapi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A change that another format found in a payload, at ``at`` in this document."""

    uses: tuple[Use, ...]
    change: Change
    at: Node


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Foreign:
    """The subject of such a change: as its own format told it, and what can prove that."""

    change: Change
    prove: Prove


@dataclass(slots=True, eq=False)
class Context:
    """Both documents as applications. ``other`` gives another format by name, if there is one."""

    old: Application
    new: Application
    today: date
    other: Callable[[str], Format | None]
    #: Whether messages written alike mean the same (not so between major versions).
    same: Sameness
    #: Payloads of other formats that were compared, by both places.
    foreign: dict[Any, tuple[Change, ...] | str]

    @classmethod
    def of(
        cls, old: Spec, new: Spec, today: date, other: Callable[[str], Format | None]
    ) -> Context:
        """The context of one comparison."""
        alike = old.major == new.major and old.content_type == new.content_type
        return cls(
            old=Application(Reader(old)),
            new=Application(Reader(new)),
            today=today,
            other=other,
            same=Sameness(comparable=alike),
            foreign={},
        )


@dataclass(slots=True, eq=False)
class Schemas:
    """What ``compare_schemas`` asks of a format: one pair of dialects."""

    schemas: schema.Context
