"""Steps from state to state: what is well-formed and only comes too late is a conflict."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from apicheck.fuzz import spoiling
from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.contract import MISSING
from apicheck.fuzz.lab import NotApplicable
from apicheck.fuzz.model import Card, Retry, Who
from apicheck.fuzz.pool import state, stem
from apicheck.fuzz.probes.shared import breach
from apicheck.fuzz.sample import accepts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Operation
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach, Control, Exchange

__all__ = ["CARDS", "PROBES"]

CONFLICT = check(
    "conflict-miscoded",
    Force.SHOULD,
    "RFC 9110, 15.5.10",
    Retry.CHANGE,
    summary="A request that only the state of the resource forbids was not answered with 409.",
    why="A client looks for a mistake in its content instead of reading the resource again.",
    fix="Answer with 409.",
    right="409",
    wrong="400",
)
INEFFECTIVE = check(
    "conflict-hidden",
    Force.SHOULD,
    "RFC 9110, 15.5.10",
    Retry.CHANGE,
    summary="A request that the state of the resource forbids was answered with success.",
    why="A client believes that it was done.",
    fix="Answer with 409.",
    right="409",
    wrong="200, and nothing has changed",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))
_STATES = ("status", "state")


def steps(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Each other step of the resource first, then this one, with content that was good before.

    It may succeed, or be a conflict. What it may not be is a mistake of the content, nor a success
    that leaves the state as it was though it is another one than this step leads to.
    """
    if operation.method in {"GET", "POST"} or not operation.names:
        return
    if not operation.documents(409):
        raise NotApplicable("its contract knows no conflict")
    above = stem(operation.path)
    reader = lab.service.get("GET", above)
    others = [
        each
        for path, methods in lab.service.by_path.items()
        if path.startswith(f"{above}/") and "PUT" in methods
        for each in (methods["PUT"],)
        if each is not operation and each.documents(409)
    ]
    if reader is None or not others:
        raise NotApplicable("the resource has no other step")
    control = lab.control(operation)
    for other in others:
        for value in _values(lab, other):
            try:
                first, bindings = _brought(lab, other, value)
            except NotApplicable:
                continue
            before = None if first is None else _state(first.exchange)
            if before is None and operation.method in {"PUT", "DELETE"}:
                before = _state(lab.seen(reader.path, bindings))
            body = lab.body(operation)
            content = MISSING if body is None else control.value
            seen = lab.send(lab.request(operation, bindings, content, body))
            if seen.status in {400, 422} or seen.status >= 500:
                yield breach(CONFLICT, operation, seen, "409", control=first)
                return
            # Not every success leads to another state: a change of content need not.
            if seen.ok and operation.method in {"PUT", "DELETE"}:
                reached = _state(lab.seen(reader.path, dict(control.bindings)))
                after = before
                if None not in {before, reached} and before != reached:
                    after = _state(lab.seen(reader.path, bindings))
                stays = None not in {before, reached} and before == after != reached
                told = seen.json if isinstance(seen.json, dict) else {}
                if stays and told.get("success") is not False:
                    got = "success, and the state as it was"
                    yield breach(INEFFECTIVE, operation, seen, "409", got, first)
                    return


def referred(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """DELETE of what something else names is a conflict, where the contract knows one.

    What names it is made by a POST whose content has a member called as the path parameter is.
    """
    if operation.method != "DELETE" or len(operation.names) != 1 or operation.path[-1] != "}":
        return
    (name,) = operation.names
    makers = [e for e in lab.service.operations if e.method == "POST" and not e.names]
    naming = [(each, _named(lab, each, name)) for each in makers]
    found = [(each, path) for each, path in naming if path is not None]
    own = lab.producer(operation.path)
    found = [(each, path) for each, path in found if each is not own]
    if not operation.documents(409) or not found:
        raise NotApplicable("nothing is known that would name it")
    maker, path = found[0]
    bindings = lab.fresh(operation.path)
    for below, methods in lab.service.by_path.items():
        # What it needs to be of use, such as a stock.
        if below.startswith(f"{operation.path}/") and "PUT" in methods:
            with suppress(NotApplicable):
                lab.control(methods["PUT"], bindings=bindings)
    flaw = spoiling.Flaw(path=path, kind="odd", said="", value=bindings[name])
    value = spoiling.applied(lab.control(maker).value, [flaw])
    made = lab.control(maker, bindings={}, value=value)
    seen = lab.send(lab.request(operation, bindings))
    if seen.status in {400, 422}:
        yield breach(CONFLICT, operation, seen, "409", control=made)


def _named(lab: Lab, maker: Operation, name: str) -> tuple[str | int, ...] | None:
    """Where the content of a POST has a member of that name, in a valid value."""
    try:
        body, value = lab.body(maker), lab.control(maker).value
    except NotApplicable:
        return None
    places = () if body is None else spoiling.leaves(body.schema, value)
    return next((path for path, _ in places if name in path[-1:]), None)


def _brought(lab: Lab, step: Operation, value: Any) -> tuple[Control | None, dict[str, str]]:
    """A resource that a step was made with; the one that is there, or a new one."""
    known = lab.pool.get(stem(step.path), Who.FIRST, state(step, value))
    if known is not None:
        return None, dict(known)
    made = lab.control(step, bindings=lab.bindings(step), value=value)
    return made, dict(made.bindings)


def _values(lab: Lab, operation: Operation) -> Iterator[Any]:
    """Its content, once for each value of an enum that names a state."""
    body = lab.body(operation)
    if body is None:
        return
    base = lab.control(operation).value  # such as a resource was brought with already
    properties = body.schema.get("properties", {}) if isinstance(body.schema, dict) else {}
    for name in _STATES:
        options = properties.get(name, {}).get("enum", []) if isinstance(base, dict) else []
        for each in islice(options, 4):
            value = {**base, name: each}
            if accepts(body.schema, value):
                yield value
        if options:
            return
    yield base


def _state(seen: Exchange | None) -> str | None:
    """What the resource says of its state; None where it says nothing."""
    value = seen.json if seen is not None and seen.ok else None
    if not isinstance(value, dict):
        return None
    return next((str(value[name]) for name in _STATES if isinstance(value.get(name), str)), None)


PROBES = (steps, referred)
