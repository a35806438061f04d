"""The words every part of apicheck speaks: rules, places, changes and findings.

Nothing here reads files, prints, or knows a format. Records are frozen; closed
choices are enums. The verdict on a change is read off one table (``VERDICTS``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "VERDICTS",
    "Bump",
    "Change",
    "Consumer",
    "Contract",
    "Direction",
    "Effect",
    "Example",
    "Finding",
    "Ground",
    "Location",
    "Place",
    "Profile",
    "Proof",
    "Reached",
    "Report",
    "Rule",
    "Severity",
    "Side",
    "Span",
    "Summary",
    "Surface",
    "Use",
    "Verdict",
    "Waived",
    "Witness",
    "breaks",
]


class Effect(Enum):
    """What a change does to the set of values that a place accepts."""

    NARROWS = "narrows"
    WIDENS = "widens"
    REPLACES = "replaces"
    KEEPS = "keeps"


class Direction(Enum):
    """Which way data flows through a place, seen from the owner of the contract.

    INBOUND: data written by old peers must fit the new contract (a request).
    OUTBOUND: data written under the new contract must fit old peers (a response).
    """

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    BOTH = "both"


class Surface(Enum):
    """Who is hurt: a reader of bytes, of JSON names, or of generated source code."""

    WIRE = "wire"
    JSON = "json"
    SOURCE = "source"


class Ground(Enum):
    """What a rule about values rests on, where there is a prover to ask."""

    #: A value that shows it: where none exists, the change is safe.
    VALUE = "value"
    #: The same, but without one it is only a suspicion, as loud as the card's override says.
    SUSPICION = "suspicion"
    #: What values mean, not which are valid: no value can show it.
    MEANING = "meaning"
    #: It is not said at all unless a value shows it.
    ONLY_WITNESSED = "only-witnessed"
    #: It is not said at all unless the question could not be decided.
    ONLY_UNDECIDED = "only-undecided"


class Severity(IntEnum):
    """How loud a finding is."""

    OFF = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


class Bump(IntEnum):
    """The smallest step of the version number that a set of findings demands."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


class Verdict(Enum):
    """The answer for a whole comparison."""

    IDENTICAL = "identical"
    COMPATIBLE = "compatible"
    BREAKING = "breaking"
    UNKNOWN = "unknown"


#: Effect by direction: does the change break a peer? One table for all formats.
VERDICTS: Mapping[tuple[Effect, Direction], bool] = MappingProxyType(
    {
        (Effect.NARROWS, Direction.INBOUND): True,
        (Effect.NARROWS, Direction.OUTBOUND): False,
        (Effect.NARROWS, Direction.BOTH): True,
        (Effect.WIDENS, Direction.INBOUND): False,
        (Effect.WIDENS, Direction.OUTBOUND): True,
        (Effect.WIDENS, Direction.BOTH): True,
        (Effect.REPLACES, Direction.INBOUND): True,
        (Effect.REPLACES, Direction.OUTBOUND): True,
        (Effect.REPLACES, Direction.BOTH): True,
        (Effect.KEEPS, Direction.INBOUND): False,
        (Effect.KEEPS, Direction.OUTBOUND): False,
        (Effect.KEEPS, Direction.BOTH): False,
    }
)


def breaks(effect: Effect, direction: Direction) -> bool:
    """Whether a change of this effect breaks a peer in this direction."""
    return VERDICTS[effect, direction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The smallest pair of fragments that shows a rule; it is also the rule's test.

    ``old`` and ``new`` are JSON or YAML text. What they are fragments of is said by
    ``of``: ``schema`` (a JSON Schema), or a format's own word such as ``operation``,
    ``parameter`` or ``document``; the format says how to wrap one into a document.
    """

    old: str
    new: str
    of: str = "schema"
    direction: Direction = Direction.INBOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of change, declared once: everything that is said of it is read here."""

    id: str
    effect: Effect
    #: One sentence, past tense, no subject-specific values.
    summary: str
    #: ``str.format`` template over the values of the change.
    message: str
    #: What a peer suffers (or why nobody does).
    why: str
    #: What to do instead.
    fix: str
    example: Example
    #: Id of the rule that fires when old and new are swapped ("" if it is its own mirror).
    mirror: str = ""
    surfaces: frozenset[Surface] = frozenset({Surface.WIRE, Surface.JSON})
    #: Exceptions to the verdict table, each of which needs ``because``.
    override: Mapping[Direction, Severity] = field(default_factory=dict)
    because: str = ""
    ground: Ground = Ground.VALUE
    #: Whether it says that something could not be compared, so that nothing is known of it.
    unknown: bool = False
    since: str = "0.1.0"
    #: Ids of retired rules that this one took over.
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a source text; lines and columns count from 1, the end is exclusive."""

    source: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One operation side that reaches a changed place.

    ``label`` reads like ``POST /orders`` and ``side`` like ``request`` or
    ``response 200``; ``direction`` is INBOUND or OUTBOUND.
    """

    label: str
    side: str
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a change stands in one of the two documents: a pointer, and its span when asked.

    ``document`` is anything with ``source: str`` and ``span(pointer) -> Span | None``.
    """

    document: Any
    pointer: tuple[str | int, ...]

    def span(self) -> Span | None:
        """Find line and column; costs a scan of the document the first time."""
        found: Span | None = self.document.span(self.pointer)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One observed difference; no severity, no mode."""

    rule: Rule
    #: Names from the root to the place, stable against reordering: no indexes where a name exists.
    path: tuple[str, ...]
    #: The same for people: ``POST /orders request body > items[].sku``.
    label: str
    direction: Direction
    old: Place | None = None
    new: Place | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    #: Every operation side that reaches the place.
    uses: tuple[Use, ...] = ()
    #: The pair of schema nodes to be proved, or None where no schema is concerned.
    subject: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One version of one contract, ready to be compared with another of its format.

    ``version`` is what the document says of itself ("" if nothing); ``model`` belongs to
    the format; ``document`` is the entry document.
    """

    format: str
    version: str
    model: Any
    document: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where a finding stands, with spans found in both documents."""

    path: tuple[str, ...]
    label: str
    old: Span | None = None
    new: Span | None = None
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A concrete value that one version accepts and the other refuses.

    ``accepted_by`` and ``rejected_by`` are ``"old"`` or ``"new"``; ``checked`` says that
    an independent validator agreed.
    """

    value: Any
    accepted_by: str
    rejected_by: str
    purpose: str = ""
    checked: bool = False
    #: Where in the value it is refused, as member names and item numbers.
    at: tuple[str | int, ...] = ()
    #: It holds members that no schema declares: only who sends such is hurt.
    undeclared: bool = False
    #: Long texts and lists in it were cut: the value as it stands shows the idea only.
    shortened: bool = False
    #: It is not refused, but taken for something else than was meant.
    misread: bool = False
    #: How people are shown it, a line each, where JSON would not show what is sent (bytes).
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is known of a change in one direction, beyond its rule.

    ``kind`` is ``witnessed`` (``witness`` shows the break), ``proved-safe`` (nobody can be hurt,
    ``reason`` says why), ``unknown`` (asked, not decided) or ``rule`` (there was nothing to ask).
    """

    kind: str = "rule"
    witness: Witness | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named set of severities that equals what another tool, or a way of working, says.

    ``levels`` are rows of the policy (selector to severity), the later the stronger.
    ``compatibility`` is the direction that counts where the contract does not say who sends:
    INBOUND (backward: new readers of old data), OUTBOUND (forward), BOTH (full).
    """

    name: str
    summary: str
    levels: Mapping[str, Severity]
    surfaces: frozenset[Surface] = frozenset({Surface.WIRE, Surface.JSON})
    compatibility: Direction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """Why a finding was let pass, and until when (ISO date, or None for ever)."""

    reason: str
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A known consumer that a finding breaks, with the interactions concerned."""

    name: str
    interactions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A judged change: it holds its rule, never only the rule's id."""

    rule: Rule
    severity: Severity
    direction: Direction
    message: str
    location: Location
    #: Whether a peer is broken, by the table or its override; independent of loudness.
    breaking: bool
    #: The directions in which it counts, where that is known: a compatibility mode or a proof may
    #: leave one of two.
    hurts: frozenset[Direction] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    witness: Witness | None = None
    #: ``witnessed``, ``proved-safe``, ``rule`` or ``unknown``; and what that rests on.
    proof: str = "rule"
    reason: str = ""
    consumers: tuple[Consumer, ...] | None = None
    waived: Waived | None = None
    #: The contract the finding belongs to when one report covers several (gate).
    contract: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One answer of one operation of a running service, and how often it was seen.

    ``status`` is a code, a range (``4XX``) or ``default``, as the contract names it. ``why`` says
    why it was never seen.
    """

    operation: str
    status: str
    documented: bool
    seen: int
    why: str = ""
    at: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two things compared, as the report names it."""

    source: str
    format: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The counts and the answer of one report; waived findings are not counted."""

    verdict: Verdict
    bump: Bump
    error: int
    warning: int
    info: int
    unproved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What every command hands to ``report``: the envelope of the JSON contract."""

    command: str
    old: Side | None
    new: Side | None
    summary: Summary
    findings: tuple[Finding, ...]
    #: Lines for people about the run itself (what was skipped, which revision was compared).
    notes: tuple[str, ...] = ()
    #: Which answers were seen, where a service was asked.
    coverage: tuple[Reached, ...] | None = None
