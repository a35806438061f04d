"""Content and parameters that break the contract in one place."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from apicheck.fuzz import spoiling
from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.lab import NO_JSON, NotApplicable
from apicheck.fuzz.model import Card, Retry
from apicheck.fuzz.probes.shared import breach, listed
from apicheck.fuzz.sample import accepts, sampled, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apicheck.fuzz.contract import Body, Operation, Parameter
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach, Control, Exchange

__all__ = ["CARDS", "PROBES"]

INVALID = check(
    "invalid-content-not-refused",
    Force.SHOULD,
    "RFC 9110, 15.5.21",
    Retry.CHANGE,
    summary="Content that breaks the contract was not refused as such.",
    why="A client believes that nonsense was accepted, or repeats it.",
    fix="Answer with 422 (or 400).",
    right="422",
    wrong="201",
)
REFUSED_MADE = check(
    "refused-create-made",
    Force.SHOULD,
    "RFC 9110, 15.5",
    Retry.CHANGE,
    summary="What a refused POST asked for was made nonetheless.",
    why="A client corrects its request, and has two of them.",
    fix="Make nothing where the request is refused.",
    right="422, nothing made",
    wrong="422, made",
)
PLACE = check(
    "invalid-content-unplaced",
    Force.HOUSE,
    "RFC 9457, 3.2",
    Retry.CHANGE,
    summary="A refusal does not say which member of the content is wrong, as others do.",
    why="A client cannot show its user what to correct.",
    fix="Name the member, for example by a JSON Pointer.",
    right='422 {"errors": [{"pointer": "/quantity"}]}',
    wrong="422 without errors",
)
SENSE = check(
    "senseless-content-accepted",
    Force.HOUSE,
    "RFC 9110, 15.5.21",
    Retry.CHANGE,
    summary="Dates that cross each other were accepted, or made the service fail.",
    why="A client gets something that it did not ask for.",
    fix="Answer with 422.",
    right="422",
    wrong="201",
)
REFERENCE = check(
    "dangling-reference-failed",
    Force.HOUSE,
    "RFC 9110, 15.5.21",
    Retry.CHANGE,
    summary="A reference to what is not there made the service fail.",
    why="A client repeats what can never succeed.",
    fix="Answer with 422 or 409.",
    right="422",
    wrong="500",
)
NUMBER = check(
    "large-number-failed",
    Force.MUST,
    "RFC 9110, 15.6.1",
    Retry.CHANGE,
    summary="A large number made the service fail.",
    why="A client repeats what can never succeed.",
    fix="Take it, or answer with 422.",
    right="422",
    wrong="500",
)
TEXT = check(
    "odd-text-failed",
    Force.MUST,
    "RFC 9110, 15.6.1",
    Retry.CHANGE,
    summary="An unusual character that the contract allows made the service fail.",
    why="A client repeats it, and one record stops a whole import.",
    fix="Take it, or answer with 422.",
    right="422",
    wrong="500",
)
PARAMETER = check(
    "invalid-parameter-not-refused",
    Force.SHOULD,
    "RFC 9110, 15.5.1",
    Retry.CHANGE,
    summary="A parameter that breaks the contract was not refused as such.",
    why="A client repeats what can never succeed, or believes that it was obeyed.",
    fix="Answer with 400 (or 422).",
    right="400",
    wrong="500",
)
REPEATED = check(
    "repeated-parameter-failed",
    Force.HOUSE,
    "RFC 9110, 15.6.1",
    Retry.CHANGE,
    summary="A parameter that is there twice made the service fail.",
    why="A client repeats what can never succeed.",
    fix="Answer with 400, or take one of them.",
    right="400",
    wrong="500",
)
CURSOR = check(
    "foreign-cursor-failed",
    Force.HOUSE,
    "RFC 9110, 15.5.1",
    Retry.CHANGE,
    summary="A cursor that is none made the service fail.",
    why="A client repeats the page for ever instead of starting over.",
    fix="Answer with 400.",
    right="400",
    wrong="500",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))
#: Most flaws of content that are asked for alone.
_MOST, _THOROUGH = 5, 40


def contents(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """What is invalid is refused as such, one thing wrong at a time.

    First everything at once: what the refusal names needs not be asked for alone. Nothing of what
    a refused POST asked for is listed afterwards.
    """
    body = lab.body(operation)
    if body is None:
        return
    if not body.media.endswith("json"):
        raise NotApplicable(NO_JSON)
    control = lab.control(operation)
    listing = lab.service.get("GET", operation.path) if operation.method == "POST" else None
    before = None if listing is None else lab.look(lab.control(listing).request, sure=True)
    refused: list[Exchange] = []
    for where, value in _suspects(lab, operation, control, body, refused):
        seen = lab.send(replace(lab.again(operation, control), body=_bytes(value)))
        if seen.ok or seen.status >= 500:
            yield breach(INVALID, operation, seen, "422", f"{seen.told} {where}", control)
            return
        refused.append(seen)
    yield from _placed(operation, refused)
    if before is not None and refused:
        yield from left_behind(lab, operation, before, refused[-1], control)


def left_behind(
    lab: Lab, operation: Operation, before: Exchange, refused: Exchange, control: Control
) -> Iterator[Breach]:
    """Whether a list has grown though all was refused, unless it grows by itself."""
    after = lab.send(before.request)
    lab.keep(before.request, after)
    if listed(after) - listed(before) and listed(lab.send(before.request)) == listed(after):
        got = "refused, and made"
        yield breach(REFUSED_MADE, operation, refused, "nothing made", got, control)


def _suspects(
    lab: Lab, operation: Operation, control: Control, body: Body, refused: list[Exchange]
) -> Iterator[tuple[str, Any]]:
    """Values with one thing wrong, less those that the service named when several were wrong."""
    whole = _whole(lab, body)
    ranked = spoiling.by_kind(spoiling.flawed(body.schema, whole))
    known: list[spoiling.Flaw] = []
    tried: list[spoiling.Flaw] = []
    for several in spoiling.rounds(ranked):
        new = {each.kind for each in several} - {each.kind for each in tried}
        if not lab.thorough and tried and new <= {"type", "format"}:
            break  # each kind of mistake once is enough
        value = spoiling.applied(_whole(lab, body), several)
        if accepts(body.schema, value):
            continue
        tried += several
        if len(several) == 1:
            continue
        seen = lab.send(replace(lab.again(operation, control), body=_bytes(value)))
        if seen.status not in {400, 422}:
            continue
        refused.append(seen)
        told = [each for each in several if spoiling.named(seen.json, each)]
        known += told
        if len(told) < 2:
            break  # it stops at the first
    left = [each for each in tried if each not in known]
    # Where a refusal must leave nothing behind, one that is nearly right is asked for, too.
    if operation.method == "POST":
        near = [each for each in known if each.optional and len(each.path) == 1]
        limits = [each for each in known if type(each.value) in {int, float}]
        left += (limits or near)[:1]
    for each in left[: _THOROUGH if lab.thorough else _MOST]:
        # Each made of a new value, so that names do not collide.
        value = spoiling.applied(_whole(lab, body), [each])
        if not accepts(body.schema, value):
            yield each.said, value


def _placed(operation: Operation, refused: list[Exchange]) -> Iterator[Breach]:
    """Refusals that say where, as the contract has it."""
    answer = operation.answers.get("422")
    known = {
        name
        for each in (answer.content.values() if answer else ())
        if isinstance(each, dict)
        for name in each.get("properties", {})
    }
    told = [each for each in refused if each.status in {400, 422} and isinstance(each.json, dict)]
    if told and "errors" in known and not any(each.json.get("errors") for each in told):
        yield breach(PLACE, operation, told[0], "errors, as documented", "none")


def _whole(lab: Lab, body: Body) -> Any:
    """A new valid value with its optional members, where they fit."""
    value = lab.value(body)
    if not isinstance(value, dict):
        return value
    more = sampled(body.schema, lab.random, full=True)
    whole = {**more, **value} if isinstance(more, dict) else value
    return whole if accepts(body.schema, whole) else value


def senses(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Dates in the wrong order, names of what is not there, numbers and texts out of the common."""
    body = lab.body(operation)
    if body is None:
        return
    if not body.media.endswith("json"):
        raise NotApplicable(NO_JSON)
    control = lab.control(operation)
    whole = _whole(lab, body)

    def ask(value: Any) -> Exchange:
        return lab.send(replace(lab.again(operation, control), body=_bytes(value)))

    for path, value in _crossed(whole):
        seen = ask(value)
        if seen.ok or seen.status >= 500:
            yield breach(SENSE, operation, seen, "422", f"{seen.told} for {path}", control)
    yield from _odds(lab, operation, whole, body, control)
    loose = _dangling(lab, whole, body)
    alone = [[each] for each in loose[: len(loose) if lab.thorough else 1]]
    for several in [loose, *alone] if len(loose) > 1 else alone:
        seen = ask(spoiling.applied(_whole(lab, body), several))
        if seen.status in {500, 502}:
            yield breach(REFERENCE, operation, seen, "4xx, or taken", control=control)
        if seen.ok or seen.status in {500, 502}:
            break


def _odds(
    lab: Lab, operation: Operation, whole: Any, body: Body, control: Control
) -> Iterator[Breach]:
    """Numbers and texts out of the common: all at once, then as far as that was refused alone."""

    def ask(several: list[spoiling.Flaw]) -> Exchange:
        value = spoiling.applied(_whole(lab, body), several)
        return lab.send(replace(lab.again(operation, control), body=_bytes(value)))

    kinds = ((NUMBER, _large(whole, body)), (TEXT, _odd(lab, whole, body)))
    if all(odd for _, odd in kinds) and ask([each for _, odd in kinds for each in odd]).ok:
        return
    for card, odd in kinds:
        alone = [[each] for each in odd[: len(odd) if lab.thorough else 1]]
        for several in [odd, *alone] if len(odd) > 1 else alone:
            seen = ask(several)
            if seen.status in {500, 502}:
                yield breach(card, operation, seen, "4xx, or taken", control=control)
            if seen.ok or seen.status in {500, 502}:
                break


def queries(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Query parameters: of another type or not in their enum, twice, a foreign cursor."""
    ours = [p for p in operation.parameters if p.place == "query" and isinstance(p.schema, dict)]
    if operation.method != "GET" or not ours:
        return
    control = lab.control(operation)
    base, _, given = control.request.target.partition("?")

    def ask(*pairs: tuple[str, str]) -> Exchange:
        # Beside what the operation cannot do without.
        names = {quote(name) for name, _ in pairs}
        rest = [each for each in given.split("&") if each and each.partition("=")[0] not in names]
        query = [f"{quote(name)}={quote(value, safe='')}" for name, value in pairs]
        return lab.send(replace(control.request, target=f"{base}?{'&'.join([*rest, *query])}"))

    told = set() if lab.thorough else _told(ours, ask)
    for each in ours:
        kind = each.schema.get("type")
        if each.name in told:
            continue
        if each.name.lower() in _CURSORS:
            seen = ask((each.name, "bm9wZS1ub3BlLTk5"))
            if seen.status >= 500:
                yield breach(CURSOR, operation, seen, "400", control=control)
        elif kind in {"integer", "number"} or "enum" in each.schema:
            seen = ask((each.name, "no-such-value"))
            if seen.status >= 500 or seen.ok:
                got = f"{seen.told} for {each.name}"
                yield breach(PARAMETER, operation, seen, "400", got, control)
    plain = [
        (each.name, text_of(sampled(each.schema, lab.random)))
        for each in ours
        if "format" not in each.schema and each.name.lower() not in _CURSORS
    ]
    # A thorough run has one of them twice at a time.
    several = [[pair] for pair in plain] if lab.thorough else [plain]
    for pairs in several if plain else ():
        seen = ask(*pairs, *pairs)
        if seen.status >= 500 and ask(*pairs).status < 500:
            yield breach(REPEATED, operation, seen, "400, or one of them", control=control)
        if seen.status >= 500 or not lab.thorough:
            break
    dates = [each for each in ours if each.schema.get("format") in {"date", "date-time"}]
    for first, last in _ordered([each.name for each in dates]):
        moment = "T00:00:00Z" if dates[0].schema["format"] == "date-time" else ""
        seen = ask((first, f"2031-01-01{moment}"), (last, f"2021-01-01{moment}"))
        if seen.status >= 500:
            yield breach(SENSE, operation, seen, "400, or nothing found", control=control)


def _told(ours: list[Parameter], ask: Callable[..., Exchange]) -> set[str]:
    """Parameters that are named when several are wrong at once: they need not be asked alone."""
    wrong = [
        each.name
        for each in ours
        if each.name.lower() not in _CURSORS
        and (each.schema.get("type") in {"integer", "number"} or "enum" in each.schema)
    ]
    if len(wrong) < 2:
        return set()
    seen = ask(*((name, "no-such-value") for name in wrong))
    text = seen.body.decode("utf-8", "replace")
    if seen.status not in {400, 422}:
        return set()
    return {name for name in wrong if re.search(rf"\b{re.escape(name)}\b", text)}


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


_CURSORS = {"cursor", "page_token", "pagetoken", "after", "continuation"}
_ORDERED = (("earliest", "latest"), ("from", "to"), ("start", "end"), ("begin", "end"))


def _ordered(names: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names of which the first is not to be after the second."""
    for first, last in _ORDERED:
        for name in names:
            other = next(
                (n for n in names if n != name and n.lower() == _swap(name.lower(), first, last)),
                None,
            )
            if other is not None and first in name.lower():
                yield name, other


def _swap(name: str, first: str, last: str) -> str:
    head, found, tail = name.rpartition(first)
    return f"{head}{last}{tail}" if found else ""


def _crossed(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """The value with a pair of dates the wrong way round."""
    if not isinstance(value, dict):
        return
    for first, last in _ordered([n for n, v in value.items() if _is_date(v)]):
        moment = value[first][10:]
        yield (
            f"{at}/{first} after {last}",
            {**value, first: f"2031-01-01{moment}", last: f"2021-01-01{moment}"},
        )
    for name, child in value.items():
        for path, made in _crossed(child, f"{at}/{name}"):
            yield path, {**value, name: made}


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= 10 and value[:4].isdigit() and value[4] == "-"


def _large(value: Any, body: Body) -> list[spoiling.Flaw]:
    """Numbers that the contract allows and machines may not hold."""
    return _replaced(value, body, {"integer", "number"}, (2**63, 2**31, -(2**63) - 1))


def _odd(lab: Lab, value: Any, body: Body) -> list[spoiling.Flaw]:
    """A character that the contract allows and databases may not hold."""
    return _replaced(value, body, {"string"}, (f"a\x00{lab.random.getrandbits(24):06x}", "\x00"))


def _replaced(
    value: Any, body: Body, kinds: set[str], options: tuple[Any, ...]
) -> list[spoiling.Flaw]:
    """Each plain value of one of these kinds by the first option that the contract allows."""
    found = []
    for path, schema in spoiling.leaves(body.schema, value):
        kind = schema.get("type")
        fits = {kind} & kinds if isinstance(kind, str) else set(kind or ()) & kinds
        if not fits or {"enum", "pattern", "format"} & schema.keys():
            continue
        for each in options:
            flaw = spoiling.Flaw(path=path, kind="odd", said="", value=each)
            if accepts(schema, each) and accepts(body.schema, spoiling.applied(value, [flaw])):
                found.append(flaw)
                break
    return found


def _dangling(lab: Lab, value: Any, body: Body) -> list[spoiling.Flaw]:
    """Another name of the same form, where a pattern or a uuid says that it names something."""
    found = []
    for path, schema in spoiling.leaves(body.schema, value):
        if "pattern" in schema or schema.get("format") == "uuid":
            other = sampled(schema, lab.random, anew=True)
            found.append(spoiling.Flaw(path=path, kind="odd", said="", value=other))
    return [f for f in found if accepts(body.schema, spoiling.applied(value, [f]))]


PROBES = (contents, senses, queries)
