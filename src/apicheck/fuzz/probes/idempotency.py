"""Idempotency-Key: one effect per key, the same answer again, and no two meanings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.lab import NotApplicable
from apicheck.fuzz.model import Card, Retry
from apicheck.fuzz.probes.shared import breach, listed
from apicheck.fuzz.sample import accepts, sampled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach

__all__ = ["CARDS", "PROBES"]

_DRAFT = "draft-ietf-httpapi-idempotency-key-header-07"

REPLAY = check(
    "key-not-replayed",
    Force.SHOULD,
    f"{_DRAFT}, 2.6",
    Retry.SAME,
    summary="The same request under the same Idempotency-Key did not get the first answer.",
    why="A client orders twice after a lost answer.",
    fix="Keep the first answer by its key, and send it again.",
    right="201 with the same Location",
    wrong="201 with another Location",
)
MISMATCH = check(
    "key-reuse-accepted",
    Force.SHOULD,
    f"{_DRAFT}, 2.7",
    Retry.CHANGE,
    summary="Another request under the same Idempotency-Key was accepted.",
    why="A client believes that its second, different request was done.",
    fix="Answer with 422.",
    right="422",
    wrong="201",
)
ABSENT = check(
    "key-not-demanded",
    Force.SHOULD,
    f"{_DRAFT}, 2.7",
    Retry.CHANGE,
    summary="A request without the Idempotency-Key that the contract demands was not refused.",
    why="A client does its request twice after a lost answer.",
    fix="Answer with 400.",
    right="400",
    wrong="201",
)
IN_FLIGHT = check(
    "key-raced",
    Force.SHOULD,
    f"{_DRAFT}, 2.6",
    Retry.LATER,
    summary="The same Idempotency-Key at the same time had several effects.",
    why="A client that is impatient orders twice.",
    fix="Answer the second with 409 until the first is done, or with the first answer.",
    right="one 201, the rest 409",
    wrong="two 201 with different Location",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))


def keys(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """The same again, another one under the same key, none, and several at once."""
    parameter = operation.parameter("Idempotency-Key")
    body = lab.body(operation) if parameter is not None else None
    if parameter is None or body is None:
        return
    control = lab.control(operation)
    first = control.exchange
    again = lab.send(control.request)
    place = ("location", first.header("location"), again.header("location"))
    if again.status != first.status:
        yield breach(REPLAY, operation, again, first.told, f"{again.told} again", control)
    elif place[1] != place[2]:
        got = "another Location" if place[2] else "no Location"
        yield breach(REPLAY, operation, again, "the same Location", got, control)
    else:
        key = control.request.header("Idempotency-Key") or ""
        other = _other(lab, body.schema, control.value)
        changed = lab.request(operation, dict(control.bindings), other, body)
        seen = lab.send(changed.having(("Idempotency-Key", key)))
        if seen.ok or seen.status >= 500:
            yield breach(MISMATCH, operation, seen, "422", control=control)
    if parameter.required:
        bare = lab.request(operation, dict(control.bindings), control.value, body)
        seen = lab.send(bare.without("Idempotency-Key"))
        if seen.ok or seen.status >= 500:
            yield breach(ABSENT, operation, seen, "400", control=control)
    if again.status == first.status and place[1] == place[2]:
        yield from _at_once(lab, operation, control.value, body)


def _at_once(lab: Lab, operation: Operation, value: Any, body: Any) -> Iterator[Breach]:
    request = lab.request(operation, lab.shared(operation), value, body)
    seen = lab.at_once([request] * (8 if lab.thorough else 2))
    places = {each.header("location") or each.body for each in seen if each.ok}
    if len(places) > 1:
        probe = next(each for each in seen if each.ok)
        yield breach(IN_FLIGHT, operation, probe, "one effect", "several effects")


def _other(lab: Lab, schema: Any, value: Any) -> Any:
    """Other content that is valid too."""
    if isinstance(value, dict) and isinstance(schema, dict):
        for name, child in schema.get("properties", {}).items():
            if name in value and isinstance(child, dict) and child.get("format") == "uuid":
                made = {**value, name: sampled(child, lab.random)}
                if accepts(schema, made):
                    return made
    raise NotApplicable("no other valid content could be made")


def events(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """An event again changes nothing; another one under its id is refused where 409 is documented.

    CloudEvents 1.0, 3.1: id and source together are unique.
    """
    body = lab.body(operation) if operation.method == "POST" else None
    known = body.schema.get("properties", {}) if body and isinstance(body.schema, dict) else {}
    if body is None or not {"specversion", "id", "source", "data"} <= known.keys():
        return
    value = {**lab.value(body), "id": lab.key()}
    control = lab.control(operation, value=value)
    before = _shown(lab)
    again = lab.send(lab.request(operation, {}, value, body))
    if not again.ok:
        told = f"{again.told} again"
        yield breach(REPLAY, operation, again, control.exchange.told, told, control)
    elif _shown(lab) - before:
        time.sleep(0.3)  # it may have been an effect of the first that came late
        calm = _shown(lab)
        lab.send(again.request)
        if _shown(lab) - calm:
            yield breach(REPLAY, operation, again, "one effect", "another effect", control)
            return
    if operation.documents(409) and isinstance(value.get("data"), dict):
        data = {n: _moved(lab, v) for n, v in value["data"].items()}
        seen = lab.send(lab.request(operation, {}, {**value, "data": data}, body))
        if seen.ok:
            yield breach(MISMATCH, operation, seen, "409", control=control)


def _shown(lab: Lab) -> set[str]:
    """What the lists of the service show now."""
    found: set[str] = set()
    for each in lab.service.operations:
        if each.method == "GET" and not each.names and each.secured:
            try:
                found |= listed(lab.look(lab.control(each).request))
            except NotApplicable:
                continue
    return found


def _moved(lab: Lab, value: Any) -> Any:
    return lab.key() if isinstance(value, str) and value.count("-") == 4 else value


PROBES = (keys, events)
