"""A running provider held against its consumers' pacts, by the verifier of pact-python."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from apicheck import judge
from apicheck.errors import SourceError
from apicheck.model import Bump, Direction, Effect, Example, Report, Rule, Severity, Side
from apicheck.pact.contents import inner
from apicheck.pact.model import Kind
from apicheck.pact.paths import parse_path, shown
from apicheck.pact.playing import play
from apicheck.pact.told import At, with_consumers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.api import Settings
    from apicheck.model import Change
    from apicheck.nodes import Node
    from apicheck.pact.model import Interaction, Pact
    from apicheck.pact.playing import Run, Target

__all__ = ["RULES", "Checked", "Outcome", "Wanted", "verify"]

_ONE = (
    '{"description": "an item", "request": {"method": "GET", "path": "/items/1"}, "response": %s}'
)


def _example(sent: str) -> Example:
    """``old`` is the interaction, ``new`` what the provider answers."""
    asked = _ONE % '{"status": 200, "body": {"id": 1}}'
    return Example(of="pact", old=asked, new=sent, direction=Direction.OUTBOUND)


FAILED = Rule(
    id="pact.verification-failed",
    effect=Effect.WIDENS,
    summary="The provider answered in another way than a consumer needs.",
    message="{what}: expected {expected}, got {actual}{more}",
    why="The consumer breaks on this answer.",
    fix="Correct the provider, or agree with the consumer on another pact.",
    example=_example('{"status": 200, "body": {"id": "one"}}'),
)
NOT_VERIFIED = Rule(
    id="pact.not-verified",
    effect=Effect.WIDENS,
    summary="An interaction could not be verified at all.",
    message="not verified: {problem}",
    why="Nothing is known of whether the provider does what the consumer needs.",
    fix="Look whether the provider runs, and whether it can be brought into the state.",
    example=_example("nobody listens"),
)
PENDING_FAILED = Rule(
    id="pact.pending-verification-failed",
    effect=Effect.WIDENS,
    summary="The provider does not do yet what a pending interaction asks for.",
    message="{what}: expected {expected}, got {actual}{more}",
    why="The consumer cannot be deployed before the provider does.",
    fix="Teach the provider, when it is time.",
    example=_example('{"status": 404}'),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="A pending interaction never was verified, so that nothing that worked is broken.",
)

PENDING_NOT_VERIFIED = Rule(
    id="pact.pending-not-verified",
    effect=Effect.WIDENS,
    summary="A pending interaction could not be verified at all.",
    message="not verified: {problem}",
    why="The consumer cannot be deployed before the provider can be asked.",
    fix="Give the provider what the interaction needs, when it is time: a state, a message.",
    example=_example("nobody listens"),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="A pending interaction never was verified, so that nothing that worked is broken.",
)

NOT_ASKED = Rule(
    id="pact.not-asked",
    effect=Effect.WIDENS,
    summary="Nobody was asked about an interaction, since it was not said who could answer.",
    message="not asked: {problem}",
    why="Nothing is known of whether the provider does what the consumer needs.",
    fix="Say where the provider runs (--target), or what makes its messages (--messages).",
    example=_example("no --target"),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Nothing is known to break, but nothing is known to hold either.",
    unknown=True,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


#: So many pacts are named one by one.
_FEW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A pact to verify; one that is pending cannot fail the run. ``notices`` are a broker's."""

    pact: Pact
    pending: bool = False
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found of one interaction.

    ``problem`` says why it could not be verified; ``mismatches`` are those of the verifier.
    """

    interaction: Interaction
    problem: str = ""
    mismatches: tuple[dict[str, Any], ...] = ()
    pending: bool = False

    @property
    def holds(self) -> bool:
        """Whether the provider does what it asks for."""
        return not self.problem and not self.mismatches


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was found of one pact."""

    wanted: Wanted
    checked: tuple[Checked, ...]
    #: Interactions that nobody was asked about, and why.
    left_out: tuple[tuple[Interaction, str], ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all of it was verified with success."""
        return not self.left_out and all(each.holds for each in self.checked)


def verify(
    wanted: Sequence[Wanted], target: Target, settings: Settings, named: str = ""
) -> tuple[Report, tuple[Outcome, ...]]:
    """Verify pacts: the report, and what was found of each pact whatever the policy says of it.

    ``named`` is what the user called them, for when they are many. SourceError where it cannot be
    done at all.
    """
    chosen = [each for each in wanted if each.pact.provider == target.provider]
    if not chosen:
        names = ", ".join(sorted({each.pact.provider for each in wanted})) or "none"
        raise SourceError(
            target.provider, "is the provider of none of these pacts", f"they name: {names}"
        )
    run = play([each.pact for each in chosen], target)
    outcomes = tuple(_outcomes(chosen, run, target))
    findings = with_consumers(
        judge.judge(
            [change for each in outcomes for change in _changes(each)],
            settings.policy,
            settings.today,
            baseline=settings.baseline,
            places_from=settings.places_from,
        )
    )
    sources = tuple(dict.fromkeys(each.pact.document.source for each in chosen))
    told = ", ".join(sources) if len(sources) <= _FEW or not named else named
    report = Report(
        command="pact verify",
        old=Side(source=told, format="pact", version=""),
        new=Side(source=target.named, format="provider", version=""),
        summary=replace(judge.summarise(findings, identical=False), bump=Bump.NONE),
        findings=findings,
        notes=(*_notes(outcomes, target), *_last_words(outcomes, run)),
    )
    return report, outcomes


def _outcomes(chosen: Sequence[Wanted], run: Run, target: Target) -> Iterator[Outcome]:
    for number, each in enumerate(chosen):
        checked, left_out = [], []
        for index, interaction in enumerate(each.pact.interactions):
            reason = target.missing(each.pact, interaction)
            if reason:
                left_out.append((interaction, reason))
                continue
            found = run.played[number, index]
            checked.append(
                Checked(
                    interaction=interaction,
                    problem=found.problem,
                    mismatches=found.mismatches,
                    pending=each.pending or interaction.pending,
                )
            )
        yield Outcome(wanted=each, checked=tuple(checked), left_out=tuple(left_out))


def _notes(outcomes: Sequence[Outcome], target: Target) -> Iterator[str]:
    checked = [each for outcome in outcomes for each in outcome.checked]
    hold = sum(each.holds for each in checked)
    if not any(each.wanted.pact.interactions for each in outcomes):
        yield "there are no interactions in these pacts"
    if checked:
        yield f"{hold} of {len(checked)} interactions of {len(outcomes)} pacts hold"
    lost = sum(bool(each.interaction.states) and not each.holds for each in checked)
    if lost and not (target.states or target.state_url):
        yield f"{lost} that do not hold ask for a state, and nothing sets it: see --states"
    for each in outcomes:
        yield from each.wanted.notices


def _last_words(outcomes: Sequence[Outcome], run: Run) -> Iterator[str]:
    """What the application wrote last, if it answered with an error of its own."""
    mismatches = (m for each in outcomes for checked in each.checked for m in checked.mismatches)
    statuses = (m.get("actual") for m in mismatches if m.get("type") == "StatusMismatch")
    if run.said and any(isinstance(each, int) and each >= 500 for each in statuses):
        yield f"the application says: {_short(run.said)}"


def _changes(outcome: Outcome) -> Iterator[Change]:
    for interaction, reason in outcome.left_out:
        at = At(pact=outcome.wanted.pact, interaction=interaction)
        yield at.change(NOT_ASKED, interaction.label, interaction.node, problem=reason)
    for each in outcome.checked:
        if each.holds:
            continue
        at = At(pact=outcome.wanted.pact, interaction=each.interaction)
        request = each.interaction.request
        http = each.interaction.kind is Kind.HTTP and request is not None
        where = f"{request.method} {request.path}" if http and request else each.interaction.label
        if each.problem:
            rule = PENDING_NOT_VERIFIED if each.pending else NOT_VERIFIED
            yield at.change(rule, where, each.interaction.node, problem=each.problem)
            continue
        rule = PENDING_FAILED if each.pending else FAILED
        for one in _by_key(each.mismatches, each.interaction):
            what, steps, seen = _place(one, each.interaction)
            label = f"{where} {what}" if not steps else f"{where} {what} > {shown(steps)}"
            text = str(one.get("mismatch") or "")
            yield at.change(
                rule,
                label,
                seen,
                steps=steps,
                what=_exact(steps) if steps else what,
                expected=_short(one.get("expected")),
                actual=_short(one.get("actual")),
                more=f" ({_short(text)})" if text else "",
                state=" and ".join(state.name for state in each.interaction.states),
            )


_MISSING = "Actual map is missing the following keys: "


def _by_key(
    mismatches: Sequence[dict[str, Any]], interaction: Interaction
) -> Iterator[dict[str, Any]]:
    """Mismatches, that of an object that lacks members told apart by member."""
    body = None if interaction.response is None else interaction.response.body
    for one in mismatches:
        text = str(one.get("mismatch") or "")
        if body is None or not text.startswith(_MISSING):
            yield one
            continue
        path = str(one.get("path") or "$")
        held = inner(body.node, parse_path(path)).value
        names = text.removeprefix(_MISSING).split(", ")
        if not isinstance(held, dict) or not all(each in held for each in names):
            yield one
            continue
        for each in names:
            gone = {"path": f"{path}[{each!r}]", "expected": json.dumps(held[each])}
            yield {**one, **gone, "actual": "nothing", "mismatch": ""}


def _place(
    mismatch: dict[str, Any], interaction: Interaction
) -> tuple[str, tuple[str | int, ...], Node]:
    """What does not fit: in words, as steps in the body, and as a place of the pact."""
    response = interaction.response
    node = interaction.node if response is None else response.node
    of = {Kind.HTTP: "response", Kind.MESSAGE: "message", Kind.SYNC: "reply"}[interaction.kind]
    kind = str(mismatch.get("type") or "")
    key = str(mismatch.get("key") or "")
    if kind == "BodyMismatch" and response is not None and response.body is not None:
        steps = parse_path(str(mismatch.get("path") or "$"))
        return f"{of} body", steps, inner(response.body.node, steps)
    if kind == "StatusMismatch":
        return f"{of} status", (), node.get("status") or node
    if kind == "HeaderMismatch":
        return f"{of} header {key}".strip(), (), node.get("headers") or node
    if kind == "MetadataMismatch":
        held = node.get("metadata") or node.get("metaData")
        return f"{of} metadata {key}".strip(), (), (held and held.get(key)) or held or node
    if kind == "BodyTypeMismatch":
        return f"{of} media type", (), node
    return f"{of} {kind.removesuffix('Mismatch').lower()}".strip(), (), node


def _exact(steps: tuple[str | int, ...]) -> str:
    """``items[3].sku``: which one it was, where a label is for all of them."""
    words = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in steps)
    return words.removeprefix(".")


def _short(value: Any) -> str:
    text = " ".join((value if isinstance(value, str) else json.dumps(value)).split())
    return text if len(text) <= 120 else f"{text[:119]}…"
