"""Two versions of a pact, interaction by interaction."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from apicheck import judge
from apicheck.model import Bump, Direction, Effect, Example, Report, Rule, Severity, Side
from apicheck.pact.contents import inner
from apicheck.pact.told import At

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
#: What an interaction is called by.
_NAMING = ("description", "providerState", "provider_state", "providerStates")
_LONGEST = 80


def changes(old: Pact, new: Pact) -> Iterator[Change]:
    """Every difference that a verification would notice, interaction by interaction.

    They match by description and states; where that fails, by the one or the other.
    """
    before, after = _by_name(old), _by_name(new)
    pairs = _paired(before, after)
    for name, interaction in before.items():
        if name not in pairs:
            at = At(pact=old, interaction=interaction)
            yield replace(at.change(REMOVED, interaction.label, interaction.node), new=None)
    found = {other: name for name, other in pairs.items()}
    for name, interaction in after.items():
        at = At(pact=new, interaction=interaction)
        if name not in found:
            change = at.change(ADDED, interaction.label, interaction.node)
            yield replace(change, old=None, new=interaction.node.place)
        else:
            yield from _differences(at, before[found[name]])


_Name = tuple[str, str, int]


def _by_name(pact: Pact) -> dict[_Name, Interaction]:
    found: dict[_Name, Interaction] = {}
    for each in pact.interactions:
        states = repr(sorted((state.name, repr(state.parameters)) for state in each.states))
        twin = 0
        while (each.description, states, twin) in found:
            twin += 1
        found[each.description, states, twin] = each
    return found


def _paired(
    before: dict[_Name, Interaction], after: dict[_Name, Interaction]
) -> dict[_Name, _Name]:
    """The interactions of both sides that are one: alike by name, else by what is told once."""
    pairs = {name: name for name in before if name in after}
    for key in (_description, _content):
        left = _once(before, set(pairs), key)
        right = _once(after, set(pairs.values()), key)
        pairs |= {left[each]: right[each] for each in left.keys() & right.keys()}
    return pairs


def _once(
    side: dict[_Name, Interaction], taken: set[_Name], key: Callable[[Interaction], str]
) -> dict[str, _Name]:
    """The names of those that are not taken, by a key that only one of them has."""
    named: dict[str, list[_Name]] = {}
    for name, each in side.items():
        if name not in taken:
            named.setdefault(key(each), []).append(name)
    return {told: names[0] for told, names in named.items() if len(names) == 1}


def _description(interaction: Interaction) -> str:
    return interaction.description


def _content(interaction: Interaction) -> str:
    """What is sent and expected, whatever it is called."""
    told = _telling(interaction.node.value)
    return repr({name: each for name, each in told.items() if name not in _NAMING})


def _differences(at: At, old: Interaction) -> Iterator[Change]:
    new = at.interaction
    if old.node.value == new.node.value:
        return
    from deepdiff import DeepDiff
    from deepdiff.helper import NotPresent

    sides = (_telling(old.node.value), _telling(new.node.value))
    found = DeepDiff(*sides, view="tree", ignore_order=False, verbose_level=2)
    for kind in sorted(found):
        for each in sorted(found[kind], key=lambda level: str(level.path(output_format="list"))):
            steps = tuple(each.path(output_format="list"))
            gone, come = isinstance(each.t2, NotPresent), isinstance(each.t1, NotPresent)
            if come:
                said = f"{_shown(each.t2)} is new"
            else:
                before = _shown(each.t1)
                said = f"{before} is gone" if gone else f"{before} → {_shown(each.t2)}"
            what = _place(steps)
            label = f"{new.label} > {what}"
            values: dict[str, Any] = {"what": what, "change": said}
            change = at.change(CHANGED, label, inner(old.node, steps), steps=steps, **values)
            yield replace(change, new=inner(new.node, steps).place)


def _telling(value: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name not in _SILENT}


def _place(steps: tuple[str | int, ...]) -> str:
    """``response.body.lines[1].sku``: which of several items it is matters here."""
    words = ""
    for step in steps:
        words += f"[{step}]" if isinstance(step, int) else f".{step}" if words else step
    return words


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
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
