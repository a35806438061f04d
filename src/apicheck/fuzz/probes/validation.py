"""Content and parameters that break the contract in one place."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.lab import NO_JSON, NotApplicable
from apicheck.fuzz.model import Card, Retry
from apicheck.fuzz.probes.content import fresh
from apicheck.fuzz.probes.shared import breach
from apicheck.fuzz.sample import accepts, sampled, spoilt, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Body, Operation
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach

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
_MOST = 12


def contents(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """One thing wrong at a time; what is refused is to be refused for it."""
    body = lab.body(operation)
    if body is None:
        return
    if not body.media.endswith("json"):
        raise NotApplicable(NO_JSON)
    control = lab.control(operation)
    placed = []
    for where, value in each_named(lab, body):
        request = replace(fresh(lab, operation, control), body=_bytes(value))
        seen = lab.send(request)
        if seen.ok or seen.status >= 500:
            yield breach(INVALID, operation, seen, "422", f"{seen.told} {where}", control)
            return
        if seen.status in {400, 422} and isinstance(seen.json, dict):
            placed.append((seen, bool(seen.json.get("errors"))))
    answer = operation.answers.get("422")
    names = {
        name
        for each in (answer.content.values() if answer else ())
        if isinstance(each, dict)
        for name in each.get("properties", {})
    }
    if placed and "errors" in names and not any(said for _, said in placed):
        yield breach(PLACE, operation, placed[0][0], "errors, as documented", "none", control)


def each_named(lab: Lab, body: Body) -> Iterator[tuple[str, Any]]:
    """Values with one thing wrong, each made of a new value, so that names do not collide."""
    for number in range(_MOST):
        found = next(islice(spoilt(body.schema, _whole(lab, body)), number, None), None)
        if found is None:
            return
        yield found


def each_spoilt(lab: Lab, body: Body) -> Iterator[Any]:
    """The values alone."""
    return (value for _, value in each_named(lab, body))


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

    for path, value in _crossed(whole):
        seen = lab.send(replace(fresh(lab, operation, control), body=_bytes(value)))
        if seen.ok or seen.status >= 500:
            yield breach(SENSE, operation, seen, "422", f"{seen.told} for {path}", control)
    kinds = ((NUMBER, _large), (TEXT, _odd), (REFERENCE, partial(_dangling, lab)))
    for card, changed in kinds:
        for number in range(3):
            # Each of a value of its own: names that must differ do.
            value = next(islice(changed(body.schema, _whole(lab, body)), number, None), None)
            if value is None:
                break
            if not accepts(body.schema, value):
                continue
            seen = lab.send(replace(fresh(lab, operation, control), body=_bytes(value)))
            if seen.status in {500, 502}:
                yield breach(card, operation, seen, "4xx, or taken", control=control)
                break


def queries(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Each query parameter: of another type, out of its bounds, twice, a foreign cursor."""
    if operation.method != "GET":
        return
    ours = [each for each in operation.parameters if each.place == "query"]
    if not ours:
        return
    control = lab.control(operation)
    base, _, given = control.request.target.partition("?")

    def ask(query: str) -> Any:
        # Beside what the operation cannot do without.
        names = {each.partition("=")[0] for each in query.split("&")}
        rest = [each for each in given.split("&") if each and each.partition("=")[0] not in names]
        return lab.send(replace(control.request, target=f"{base}?{'&'.join([*rest, query])}"))

    pairs = [each for each in ours if isinstance(each.schema, dict)]
    for each in pairs:
        name = quote(each.name)
        kind = each.schema.get("type")
        if each.name.lower() in {"cursor", "page_token", "pagetoken", "after", "continuation"}:
            seen = ask(f"{name}=bm9wZS1ub3BlLTk5")
            if seen.status >= 500:
                yield breach(CURSOR, operation, seen, "400", control=control)
            continue
        wrong = "no-number" if kind in {"integer", "number"} else "no-such-value"
        if kind in {"integer", "number"} or "enum" in each.schema:
            seen = ask(f"{name}={wrong}")
            if seen.status >= 500 or seen.ok:
                yield breach(
                    PARAMETER, operation, seen, "400", f"{seen.told} for {each.name}", control
                )
                continue
        if "format" in each.schema:
            continue
        value = quote(text_of(sampled(each.schema, lab.random)), safe="")
        seen = ask(f"{name}={value}&{name}={value}")
        if seen.status >= 500 and ask(f"{name}={value}").status < 500:
            yield breach(REPEATED, operation, seen, "400, or one of them", control=control)
    dates = [each for each in pairs if each.schema.get("format") in {"date", "date-time"}]
    for first, last in _ordered([each.name for each in dates]):
        moment = "T00:00:00Z" if dates[0].schema["format"] == "date-time" else ""
        late, early = quote(f"2031-01-01{moment}"), quote(f"2021-01-01{moment}")
        seen = ask(f"{first}={late}&{last}={early}")
        if seen.status >= 500:
            yield breach(SENSE, operation, seen, "400, or nothing found", control=control)


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


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


def _large(schema: Any, value: Any) -> Iterator[Any]:
    yield from _each(schema, value, {"integer", "number"}, (2**63, 2**31, -(2**63) - 1))


def _odd(schema: Any, value: Any) -> Iterator[Any]:
    yield from _each(schema, value, {"string"}, ("a\x00b",))


def _dangling(lab: Lab, schema: Any, value: Any) -> Iterator[Any]:
    """Another name of the same form, where a pattern or a uuid says that it names something."""

    def other(child: Any) -> Iterator[Any]:
        if "pattern" in child or child.get("format") == "uuid":
            yield sampled({k: v for k, v in child.items() if k != "example"}, lab.random)

    yield from _changed(schema, value, other)


def _each(schema: Any, value: Any, kinds: set[str], options: tuple[Any, ...]) -> Iterator[Any]:
    def other(child: Any) -> Iterator[Any]:
        kind = child.get("type")
        if {kind} & kinds if isinstance(kind, str) else set(kind or ()) & kinds:  # noqa: SIM102 - two questions
            if "enum" not in child and "pattern" not in child and "format" not in child:
                yield from (each for each in options if accepts(child, each))

    yield from _changed(schema, value, other)


def _changed(schema: Any, value: Any, other: Any) -> Iterator[Any]:
    if not isinstance(schema, dict):
        return
    if isinstance(value, dict):
        for name, child in schema.get("properties", {}).items():
            if name in value:
                for made in _changed(child, value[name], other):
                    yield {**value, name: made}
    elif isinstance(value, list) and value:
        for made in _changed(schema.get("items"), value[0], other):
            yield [made, *value[1:]]
    else:
        yield from other(schema)


PROBES = (contents, senses, queries)
