"""Two versions of a pact, interaction by interaction."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from apicheck import judge
from apicheck.model import Bump, Direction, Effect, Example, Report, Rule, Severity, Side
from apicheck.pact.contents import inner
from apicheck.pact.paths import shown
from apicheck.pact.told import At

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.api import Settings
    from apicheck.model import Change
    from apicheck.pact.model import Interaction, Pact

__all__ = ["RULES", "changes", "diff"]

_ONE = (
    '{"description": "an item", "request": {"method": "GET", "path": "/items/1"}, "response": %s}'
)
_NONE = "[]"
_LIST = "[" + _ONE % '{"status": 200}' + "]"
_QUIET = {Direction.OUTBOUND: Severity.INFO, Direction.INBOUND: Severity.INFO}
_BECAUSE = "Whether the provider can do it is for its verification to say, not for the difference."


def _example(old: str, new: str) -> Example:
    return Example(of="pact", old=old, new=new, direction=Direction.OUTBOUND)


ADDED = Rule(
    id="pact.interaction-added",
    mirror="pact.interaction-removed",
    effect=Effect.NARROWS,
    summary="A consumer asks for something that it did not ask for before.",
    message="the interaction is new",
    why="The provider has to verify it before this consumer is deployed.",
    fix="Let the provider verify the new pact.",
    example=_example(_NONE, _LIST),
    override=_QUIET,
    because=_BECAUSE,
)
REMOVED = Rule(
    id="pact.interaction-removed",
    mirror="pact.interaction-added",
    effect=Effect.WIDENS,
    summary="A consumer no longer asks for something.",
    message="the interaction is gone",
    why="The provider no longer learns when it breaks this; if the consumer still does it, a test"
    " was lost.",
    fix="Make sure that the consumer does not do it any more.",
    example=_example(_LIST, _NONE),
    override={Direction.OUTBOUND: Severity.WARNING, Direction.INBOUND: Severity.WARNING},
    because="Two tests of one description replace each other silently.",
)
CHANGED = Rule(
    id="pact.interaction-changed",
    effect=Effect.REPLACES,
    summary="A consumer sends or expects something else in an interaction.",
    message="{what}: {change}",
    why="What the provider verified was another content.",
    fix="Let the provider verify the new pact.",
    example=_example(_LIST, _LIST.replace("200", "204")),
    override=_QUIET,
    because=_BECAUSE,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: What says nothing about what is verified.
_SILENT = ("key", "_id", "comments", "pending", "interactionMarkup", "pluginConfiguration")
_LONGEST = 80


def changes(old: Pact, new: Pact) -> Iterator[Change]:
    """Every difference that a verification would notice; interactions match by name and states."""
    before, after = _by_name(old), _by_name(new)
    for name, interaction in before.items():
        if name not in after:
            at = At(pact=old, interaction=interaction)
            yield replace(at.change(REMOVED, interaction.label, interaction.node), new=None)
    for name, interaction in after.items():
        at = At(pact=new, interaction=interaction)
        if name not in before:
            change = at.change(ADDED, interaction.label, interaction.node)
            yield replace(change, old=None, new=interaction.node.place)
        else:
            yield from _differences(at, before[name])


def _by_name(pact: Pact) -> dict[tuple[str, str, int], Interaction]:
    found: dict[tuple[str, str, int], Interaction] = {}
    for each in pact.interactions:
        states = repr(sorted((state.name, repr(state.parameters)) for state in each.states))
        twin = 0
        while (each.description, states, twin) in found:
            twin += 1
        found[each.description, states, twin] = each
    return found


def _differences(at: At, old: Interaction) -> Iterator[Change]:
    new = at.interaction
    if old.node.value == new.node.value:
        return
    from deepdiff import DeepDiff
    from deepdiff.helper import NotPresent

    one, two = _telling(old.node.value), _telling(new.node.value)
    found = DeepDiff(one, two, view="tree", ignore_order=False, verbose_level=2)
    for kind in sorted(found):
        for each in sorted(found[kind], key=lambda level: str(level.path(output_format="list"))):
            steps = tuple(each.path(output_format="list"))
            gone, come = isinstance(each.t2, NotPresent), isinstance(each.t1, NotPresent)
            if come:
                said = f"{_shown(each.t2)} came"
            else:
                said = (
                    f"{_shown(each.t1)} went" if gone else f"{_shown(each.t1)} → {_shown(each.t2)}"
                )
            label = f"{new.label} > {shown(steps)}"
            values: dict[str, Any] = {"what": shown(steps), "change": said}
            change = at.change(CHANGED, label, inner(old.node, steps), steps=steps, **values)
            yield replace(change, new=inner(new.node, steps).place)


def _telling(value: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name not in _SILENT}


def _shown(value: Any) -> str:
    text = re.sub(r"\s+", " ", repr(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def diff(old: Pact, new: Pact, settings: Settings) -> Report:
    """The report of ``apicheck pact diff``."""
    found = list(changes(old, new))
    findings = judge.judge(
        found,
        settings.policy,
        settings.today,
        baseline=settings.baseline,
        places_from=settings.places_from,
    )
    notes = []
    for role in ("consumer", "provider"):
        one, two = getattr(old, role), getattr(new, role)
        if one != two:
            notes.append(f"the {role} is {two}, was {one}")
    return Report(
        command="pact diff",
        old=_side(old),
        new=_side(new),
        summary=replace(judge.summarise(findings, identical=not found), bump=Bump.NONE),
        findings=findings,
        notes=tuple(notes),
    )


def _side(pact: Pact) -> Side:
    return Side(source=pact.document.source, format="pact", version=str(pact.version))
