"""What is wrong with a pact by itself, whatever the provider does."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from apicheck import judge
from apicheck.model import Bump, Direction, Effect, Example, Report, Rule, Severity, Side
from apicheck.pact.contents import inner
from apicheck.pact.model import Kind
from apicheck.pact.needs import is_matched, places
from apicheck.pact.paths import best, shown
from apicheck.pact.told import At

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.api import Settings
    from apicheck.model import Change
    from apicheck.pact.model import Interaction, Pact, Part

__all__ = ["RULES", "lint", "remarks"]

_OUT = Direction.OUTBOUND
_ONE = (
    '{"description": "an item", "request": {"method": "GET", "path": "/items/1"}, "response": %s}'
)
_BODY = '{"status": 200, "body": %s}'
_WARNING = {Direction.INBOUND: Severity.WARNING, _OUT: Severity.WARNING}
_STATED = '{"providerState": "%s", ' + (_ONE % '{"status": 200}')[1:]


def _example(old: str, new: str) -> Example:
    return Example(of="pact", old=old, new=new, direction=_OUT)


BARE_GENERATOR = Rule(
    id="pact.bare-generator",
    effect=Effect.NARROWS,
    summary="A generator was written into a body as a value.",
    message="{what} is {value}: the settings of a generator, written as a value",
    why="The consumer was tested with an object where it thinks it read a text or number, and the"
    " provider is asked for that object.",
    fix='Give a generator to a matcher: match.uuid("…") or match.str("…", generator=…).',
    example=_example(
        _ONE % (_BODY % '{"id": "3f1e"}'), _ONE % (_BODY % '{"id": {"format": "lowercase"}}')
    ),
)
NULL_EXAMPLE = Rule(
    id="pact.null-example",
    effect=Effect.NARROWS,
    summary="A matcher has no example, so that null stands in its place.",
    message="{what} has a matcher and no example: null stands there",
    why="Whoever reads the pact without the matching rules sees null, and each run of the"
    " consumer's test sees another value.",
    fix='Give the matcher an example: match.int(7), match.uuid("…").',
    example=_example(
        _ONE % (_BODY % '{"id": 7}'),
        _ONE % '{"status": 200, "body": {"id": null}, "matchingRules":'
        ' {"$.body.id": {"match": "integer"}}}',
    ),
    override=_WARNING,
    because="The verification of the provider heeds the matcher.",
)
OVER_STRICT = Rule(
    id="pact.over-strict",
    effect=Effect.NARROWS,
    summary="A whole response body is demanded exactly as the example is.",
    message="none of the {count} values of {what} has a matcher: each must be as it is here",
    why="Any other data of the provider fail the verification, so that its owners must keep test"
    " data for this consumer.",
    fix="Put matchers on what the consumer only reads, and keep exact what it decides on.",
    example=_example(
        _ONE % '{"status": 200, "body": {"a": 1, "b": "x"}, "matchingRules":'
        ' {"$.body.b": {"match": "type"}}}',
        _ONE % (_BODY % '{"a": 1, "b": "x"}'),
    ),
    override=_WARNING,
    because="It may be meant so.",
)
VOLATILE = Rule(
    id="pact.volatile-value",
    effect=Effect.NARROWS,
    summary="A value that looks made anew in each run is demanded exactly.",
    message="{what} is {value}, which looks like {kind} of the moment, and has no matcher",
    why="If each run of the consumer's test makes another one, each publishes another pact, and a"
    " broker refuses it for a version that it knows.",
    fix="Put a matcher there, or write a fixed value into the test.",
    example=_example(
        _ONE % '{"status": 200, "body": {"at": "2026-01-05T10:11:12Z"}, "matchingRules":'
        ' {"$.body.at": {"match": "type"}}}',
        _ONE % '{"status": 200, "body": {"at": "2026-01-05T10:11:12Z", "n": 1}, "matchingRules":'
        ' {"$.body.n": {"match": "type"}}}',
    ),
    override=_WARNING,
    because="It may be a fixed value after all.",
)
DUPLICATE = Rule(
    id="pact.duplicate-interaction",
    effect=Effect.NARROWS,
    summary="Two interactions of a pact have the same description and states.",
    message="another interaction of this pact is called {name!r} too",
    why="They are told apart by description and states only: writing the pact again keeps one of"
    " them, and says nothing.",
    fix="Give each interaction a description of its own.",
    example=_example(
        "[" + _ONE % '{"status": 200}' + "]",
        "[" + _ONE % '{"status": 200}' + ", " + _ONE % '{"status": 404}' + "]",
    ),
)
STATE_UNKNOWN = Rule(
    id="pact.state-unknown",
    effect=Effect.NARROWS,
    summary="An interaction asks for a provider state that is not among the known ones.",
    message="the state {state!r} is not known{hint}",
    why="The provider cannot be brought into the state, so that the verification fails.",
    fix="Use a known state, or teach the provider this one and add it to the list (--states).",
    example=_example(_STATED % "an item exists", _STATED % "an item exist"),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: What ``pact.generate`` writes where it is given as a value by itself; {"size": 3} is written
#: too, but looks like any other data.
_GENERATOR_TYPES = re.compile(
    r"Random\w+|Uuid|Regex|Date|Time|DateTime|ProviderState|MockServerURL|RandomBoolean"
)
_UUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
_VOLATILE = (
    ("a time", re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?\S*")),
    ("a time", re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")),
    ("a random id", _UUID),
)
#: Seconds since 1970 in the year 2001; twice that is 2033.
_SECONDS = 1_000_000_000
_TIMELY = re.compile(
    r"(?i)time|date|stamp|epoch|expir|(?:^|_)(?:at|on|ts|iat|exp|nbf)$|(?-i:At|On)$"
)
_UUID_FORMATS = {"simple", "lower-case-hyphenated", "lowercase", "upper-case-hyphenated", "URN"}


def remarks(pact: Pact, states: frozenset[str] | None = None) -> Iterator[Change]:
    """What is wrong with a pact; ``states`` are those that the provider knows, if that is known."""
    met: set[tuple[str, tuple[str, ...]]] = set()
    for interaction in pact.interactions:
        at = At(pact=pact, interaction=interaction)
        name = (interaction.description, tuple(sorted(map(str, interaction.states))))
        if name in met:
            yield at.change(DUPLICATE, interaction.label, interaction.node, name=interaction.label)
        met.add(name)
        yield from _states(at, interaction, states)
        for part, side in ((interaction.request, "request"), (interaction.response, "response")):
            if part is not None:
                yield from _part(at, part, side)


def _states(at: At, interaction: Interaction, states: frozenset[str] | None) -> Iterator[Change]:
    for each in interaction.states if states is not None else ():
        if each.name not in (states or ()):
            import difflib

            close = difflib.get_close_matches(each.name, sorted(states or ()), n=1)
            yield at.change(
                STATE_UNKNOWN,
                interaction.label,
                interaction.node,
                state=each.name,
                hint=f"; did you mean {close[0]!r}?" if close else "",
            )


def _part(at: At, part: Part, side: str) -> Iterator[Change]:
    if side == "response":
        yield from _headers(at, part)
    body = part.body
    if body is None or body.opaque:
        return
    where = (
        f"{at.interaction.label} {side if at.interaction.kind is not Kind.MESSAGE else 'message'}"
    )
    rules = part.rules.get("body", part.rules.get("content", ()))
    generated = part.generators.get("body", frozenset())
    loose = exact = 0
    for steps, value in places(body.value):
        matched = is_matched(rules, steps)
        told: dict[str, Any] = {"what": shown(steps)}
        label = f"{where} body > {shown(steps)}" if steps else f"{where} body"
        found = inner(body.node, steps)
        if type(value) is dict and _is_generator(value) and not matched:
            value_text = json.dumps(value)
            yield at.change(BARE_GENERATOR, label, found, steps=steps, **told, value=value_text)
        if type(value) in {dict, list}:
            loose += matched
            continue
        loose, exact = loose + matched, exact + (not matched)
        if value is None and matched and not _means_null(rules, steps):
            yield at.change(NULL_EXAMPLE, label, found, steps=steps, **told)
        if matched or steps in generated:
            continue
        kind = _volatile(str(steps[-1]) if steps else "", value) if side == "response" else ""
        if kind:
            values = {**told, "value": value, "kind": kind}
            yield at.change(VOLATILE, label, found, steps=steps, **values)
    if side == "response" and not loose and exact > 1 and _succeeds(part):
        yield at.change(
            OVER_STRICT, f"{where} body", body.node, what="the response body", count=exact
        )


def _headers(at: At, part: Part) -> Iterator[Change]:
    """Headers of a response that are demanded as they were in one run."""
    where = f"{at.interaction.label} response header"
    holder = part.node.get("headers")
    for name, node in () if holder is None else holder.members():
        generated = (name,) in part.generators.get("header", frozenset())
        rules = part.rules.get("header", ())
        matched = any(is_matched(rules, (each, *rest)) for each in _cases(name) for rest in _FIRST)
        value = ", ".join(part.headers.get(name.lower(), ()))
        kind = "" if matched or generated else _volatile(name, value)
        if kind:
            yield at.change(
                VOLATILE, f"{where} {name}", node, what=f"header {name}", value=value, kind=kind
            )


#: A header's matchers are for all its values, or for the first.
_FIRST: tuple[tuple[int, ...], ...] = ((), (0,))


def _cases(name: str) -> tuple[str, str]:
    return name, name.lower()


def _volatile(name: str, value: Any) -> str:
    """What a value looks like that is made anew in each run; "" if it does not."""
    if type(value) is str:
        return next((kind for kind, pattern in _VOLATILE if pattern.fullmatch(value)), "")
    seconds = type(value) is int and any(
        _SECONDS <= each < 2 * _SECONDS for each in (value, value // 1000)
    )
    # A number of this size may be anything, unless its name says that it is a time.
    return "a time" if seconds and _TIMELY.search(name) else ""


def _succeeds(part: Part) -> bool:
    """An error is often told by its whole body."""
    return part.status < 400


def _means_null(rules: Sequence[Any], steps: tuple[str | int, ...]) -> bool:
    found = best(rules, steps)
    return found is not None and any(each.kind in {"null", "type"} for each in found.matchers)


def _is_generator(value: dict[str, Any]) -> bool:
    said = value.get("type")
    if type(said) is str and _GENERATOR_TYPES.fullmatch(said) and len(value) <= 3:
        return True
    return set(value) == {"format"} and value["format"] in _UUID_FORMATS


def lint(
    pacts: Sequence[Pact], settings: Settings, states: frozenset[str] | None, named: str
) -> Report:
    """The report of ``apicheck pact lint``."""
    found = [change for each in pacts for change in remarks(each, states)]
    findings = judge.judge(
        found,
        settings.policy,
        settings.today,
        baseline=settings.baseline,
        places_from=settings.places_from,
    )
    count = sum(len(each.interactions) for each in pacts)
    return Report(
        command="pact lint",
        old=None,
        new=Side(source=named, format="pact", version=""),
        summary=replace(judge.summarise(findings, identical=False), bump=Bump.NONE),
        findings=findings,
        notes=(f"{count} interactions of {len(pacts)} pacts were looked at",),
    )
