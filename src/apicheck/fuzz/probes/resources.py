"""What is there, what is not, and what writes leave behind."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.lab import NotApplicable
from apicheck.fuzz.model import Card, Request, Retry
from apicheck.fuzz.probes.shared import breach, listed
from apicheck.fuzz.probes.validation import left_behind
from apicheck.fuzz.sample import accepts, sampled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Body, Operation
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach, Control, Exchange

__all__ = ["CARDS", "PROBES", "ends_otherwise"]

ABSENT = check(
    "absent-not-said",
    Force.MUST,
    "RFC 9110, 15.5.5, and the contract",
    Retry.NEVER,
    summary="A resource that is not there was not answered with 404.",
    why="A client works on with nothing, or looks for a mistake elsewhere.",
    fix="Answer with 404 (or 410).",
    right="404",
    wrong="200",
)
MALFORMED = check(
    "malformed-id-failed",
    Force.SHOULD,
    "RFC 9110, 15.5.1 and 15.5.5",
    Retry.NEVER,
    summary="An identifier that can be none made the service fail.",
    why="A client repeats what can never succeed.",
    fix="Answer with 404 (or 400).",
    right="404",
    wrong="500",
)
GONE = check(
    "deleted-still-there",
    Force.SHOULD,
    "RFC 9110, 9.3.5",
    Retry.NEVER,
    summary="What was deleted is still there.",
    why="A client believes that it is gone.",
    fix="Answer GET with 404 or 410 after DELETE.",
    right="404",
    wrong="200",
)
TWICE = check(
    "second-delete-failed",
    Force.MUST,
    "RFC 9110, 9.2.2",
    Retry.SAME,
    summary="Deleting again what is gone made the service fail.",
    why="A client cannot repeat a DELETE whose answer was lost.",
    fix="Answer with 404, 410 or 204.",
    right="404",
    wrong="500",
)
CHILD = check(
    "child-of-another",
    Force.HOUSE,
    "RFC 9110, 15.5.5",
    Retry.NEVER,
    summary="What belongs to one resource is shown below another one too.",
    why="A client works on with what belongs to somebody else.",
    fix="Look for it below its parent only; answer with 404.",
    right="404 for /orders/2/lines/7 where the line is of order 1",
    wrong="200",
)
LISTED = check(
    "deleted-still-listed",
    Force.HOUSE,
    "RFC 9110, 9.3.5",
    Retry.NOTHING,
    summary="What was deleted is still listed.",
    why="A client offers what is not there.",
    fix="Take it out of the list.",
    right="not listed",
    wrong="listed",
)
LOST = check(
    "location-leads-nowhere",
    Force.MUST,
    "RFC 9110, 10.2.2",
    Retry.NEVER,
    summary="A Location leads to what is not there.",
    why="A client takes what it made for lost, and makes another.",
    fix="Send the address of the resource.",
    right="200 at Location",
    wrong="404 at Location",
)
ENDLESS = check(
    "monitor-never-ends",
    Force.SHOULD,
    "RFC 9110, 15.3.3",
    Retry.LATER,
    summary="The monitor of an accepted request never came to an end.",
    why="A client asks for ever.",
    fix="Lead to the result, or say that it failed.",
    right="303",
    wrong="200 running, for ever",
)
PUT_AGAIN = check(
    "put-not-idempotent",
    Force.MUST,
    "RFC 9110, 9.2.2",
    Retry.SAME,
    summary="The same PUT again failed, or left something else behind.",
    why="A client cannot repeat it after a lost answer.",
    fix="Let a PUT set the state, whatever it was.",
    right="200 twice, the same state",
    wrong="409 the second time",
)
PUT_STATUS = check(
    "put-status-wrong",
    Force.MUST,
    "RFC 9110, 9.3.4",
    Retry.NOTHING,
    summary="PUT did not say rightly whether it made or replaced something.",
    why="A client does not know whether there is something new.",
    fix="Answer with 201 the first time, and with 200 or 204 then.",
    right="201, then 200",
    wrong="200, then 200",
)
PUT_KEPT = check(
    "put-keeps-old",
    Force.SHOULD,
    "RFC 9110, 9.3.4",
    Retry.NOTHING,
    summary="What a PUT left out kept its value.",
    why="A client cannot take a value away.",
    fix="Replace the whole state.",
    right="no weight",
    wrong="the old weight",
)
PATCH_TOUCHED = check(
    "patch-touches-others",
    Force.MUST,
    "RFC 7396, 2",
    Retry.CHANGE,
    summary="A merge patch changed members that it does not name.",
    why="A client loses data when it corrects something else.",
    fix="Leave alone what the patch does not name.",
    right="the reference is kept",
    wrong="the reference is gone",
)
PATCH_NULL = check(
    "patch-ignores-null",
    Force.MUST,
    "RFC 7396, 2",
    Retry.CHANGE,
    summary="A null in a merge patch did not take the member away.",
    why="A client believes that it is gone.",
    fix="Remove members that are null in the patch.",
    right="no note",
    wrong="the old note",
)
TAKEN = check(
    "duplicate-accepted",
    Force.SHOULD,
    "RFC 9110, 15.5.10",
    Retry.CHANGE,
    summary="A name that is taken was not answered with 409, as the contract has it.",
    why="A client has two for one, or destroys the first.",
    fix="Answer with 409 and leave the first as it is.",
    right="409",
    wrong="201",
)
RACE = check(
    "race-lost",
    Force.MUST,
    "RFC 9110, 13.1.1 and 15.5.10",
    Retry.CHANGE,
    summary="Requests at the same time were accepted of which only one may be.",
    why="A client's write is lost, though it was told that it was done.",
    fix="Check and write in one transaction.",
    right="one 200, the rest 412",
    wrong="two 200",
)
PAGES = check(
    "pages-never-end",
    Force.HOUSE,
    "OpenAPI, the contract's own paging",
    Retry.NOTHING,
    summary="The pages of a list come round again.",
    why="A client reads the list for ever.",
    fix="Leave the cursor out on the last page.",
    right="no next on the last page",
    wrong="next leads to the first page",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))


def absent(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """A well-formed identifier of nothing, and one that can be none."""
    if not operation.names or not operation.documents(404):
        return
    control = lab.control(operation)
    # A PUT that makes what is not there is no case of it.
    if not (operation.method == "PUT" and operation.documents(201)) or operation.path[-1] != "}":
        request = _about(lab, operation, control, lab.absent(operation))
        seen = lab.look(request) if operation.method == "GET" else lab.send(request)
        # Something before it may be missing too, such as a precondition or valid content.
        # A DELETE that fails for what is gone is told of by ``deletes``.
        failed = seen.status >= 500 and operation.method != "DELETE"
        made = operation.method == "PUT" and operation.documents(201) and seen.ok
        if not made and (seen.ok or seen.status in {400, 409, 422} or failed):
            yield breach(ABSENT, operation, seen, "404", control=control)
            return
    if not lab.thorough and operation.method != "GET":
        return
    named = [each for each in lab.chosen if each.method == "GET" and each.path.endswith("}")]
    # One of each form of identifier is enough.
    if not lab.thorough and operation != _like(operation, named):
        return
    wrong = dict.fromkeys(operation.names, "~not-an-id~")
    schemas = [p.schema for p in operation.parameters if p.place == "path"]
    if any(accepts(schema, "~not-an-id~") and not _formed(schema) for schema in schemas):
        return
    seen = lab.send(_about(lab, operation, control, wrong))
    if seen.status >= 500:
        yield breach(MALFORMED, operation, seen, "404", control=control)


def _like(operation: Operation, others: list[Operation]) -> Operation | None:
    """The first operation whose identifiers have the same form."""

    def form(each: Operation) -> list[str]:
        return [
            json.dumps(p.schema, sort_keys=True, default=str)
            for p in each.parameters
            if p.place == "path"
        ]

    return next((each for each in others if form(each) == form(operation)), None)


def _formed(schema: Any) -> bool:
    return isinstance(schema, dict) and ("format" in schema or "pattern" in schema)


def _about(lab: Lab, operation: Operation, control: Control, bindings: dict[str, str]) -> Request:
    """The control's request about something else."""
    query = control.request.target.partition("?")[2]
    target = lab.target(operation.path, bindings) + (f"?{query}" if query else "")
    return replace(control.request, target=target)


def deletes(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """After DELETE: not there, not listed; again: no failure."""
    if operation.method != "DELETE":
        return
    if not operation.path.endswith("}"):
        raise NotApplicable("what has a fixed place may be empty, or a default, when it is deleted")
    control = lab.control(operation)
    bindings = dict(control.bindings)
    seen = lab.seen(operation.path, bindings)
    kept = seen is not None and seen.ok
    if kept and not ends_otherwise(None, seen):
        # It may only be ended: then another one will show that it has changed.
        bindings = lab.bindings(operation)
        before = lab.read(operation.path, bindings)
        control = lab.control(operation, bindings=bindings)
        seen = lab.read(operation.path, bindings)
        if seen is not None and seen.ok and not ends_otherwise(before, seen):
            yield breach(GONE, operation, seen, "404", f"{seen.told} after DELETE", control)
            return
    again = lab.send(control.request)
    if again.status >= 500:
        yield breach(TWICE, operation, again, "404 or 204", control=control)
    listing = lab.service.get("GET", operation.path.rpartition("/")[0])
    if listing is not None and not kept and len(bindings) == 1:
        page = lab.look(lab.control(listing).request)
        (identifier,) = bindings.values()
        if f'"{identifier}"'.encode() in page.body:
            yield breach(LISTED, operation, page, "not listed", "listed after DELETE", control)


def ends_otherwise(before: Exchange | None, seen: Exchange | None) -> bool:
    """Whether DELETE only ends what stays readable: a state says so, or a member that changed."""
    value = seen.json if seen is not None else None
    if before is not None and before.ok and before.json != value:
        return True
    return isinstance(value, dict) and bool({"state", "status"} & value.keys())


def children(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """A child is not there below another parent, which is there itself."""
    above = operation.path.rpartition("/")[0].rpartition("/")[0]
    if operation.method != "GET" or len(operation.names) < 2 or not operation.path.endswith("}"):
        return
    if not above.endswith("}") or lab.service.get("GET", above) is None:
        raise NotApplicable("nothing shows that another parent is there")
    control = lab.control(operation)
    other = lab.fresh(above)
    seen = lab.read(above, other)
    bindings = {**control.bindings, **other}
    if seen is None or not seen.ok or bindings == control.bindings:
        raise NotApplicable("no other parent could be had")
    wrong = lab.send(_about(lab, operation, control, bindings))
    # The same below each parent may be one that they share: it must then not name its parent.
    name = operation.names[-2]
    parent = control.bindings[name].encode()
    if wrong.ok and wrong.body == control.exchange.body and parent in wrong.body:
        yield breach(CHILD, operation, wrong, "404", control=control)


def creates(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Where a POST leads: Location, the monitor, and the result behind it."""
    if operation.method != "POST":
        return
    control = lab.control(operation)
    url = control.exchange.header("location")
    if url is None or control.exchange.status not in {201, 202}:
        return
    path = lab.local(url)
    if path is None:
        raise NotApplicable("Location leads elsewhere")
    lab.harvest.of(control)
    seen = lab.look(Request(method="GET", target=path, who=control.request.who))
    if seen.status in {404, 410}:
        yield breach(LOST, operation, seen, "200", f"{seen.told} at Location", control)
    elif control.exchange.status == 202:
        if seen.status == 303 and seen.header("location"):
            onward = lab.local(seen.header("location") or "")
            if onward is not None:
                end = lab.look(Request(method="GET", target=onward, who=control.request.who))
                if end.status in {404, 410}:
                    yield breach(LOST, operation, end, "200", "404 behind the monitor", seen)
        elif seen.status == 200 and seen.header("retry-after") is not None:
            yield breach(ENDLESS, operation, seen, "an end", "still running after 5 s", control)


def _unique(lab: Lab, operation: Operation) -> list[str]:
    """Members of the content that no two resources share, as far as the contract says so."""
    body = lab.body(operation)
    properties = body.schema.get("properties", {}) if body and isinstance(body.schema, dict) else {}
    if not operation.documents(409):
        return []
    paths = [
        path
        for path in lab.service.by_path
        if path.startswith(f"{operation.path}/{{") and path.endswith("}") and path.count("{") == 1
    ]
    named = [path.rpartition("{")[2][:-1] for path in paths]
    said = [
        name
        for name, each in properties.items()
        if isinstance(each, dict) and "no two" in str(each.get("description", "")).lower()
    ]
    return [name for name in (*named, *said) if name in properties]


def puts(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """The same PUT twice; 201 then 200; what is left out is gone."""
    if operation.method != "PUT":
        return
    body = lab.body(operation)
    if body is None:
        return
    control = lab.control(operation)
    fresh: dict[str, Any] | None = None
    if operation.path.endswith("}"):
        made = dict(control.bindings)
        if operation.documents(201):
            made = lab.absent(operation, own=True)
        else:
            old = lab.seen(operation.path, made)
            fresh = old.json if old is not None and isinstance(old.json, dict) else {}
        control = lab.control(operation, bindings=made, value=_full(lab, body))
    # Numbers that add up to something else when they are added twice.
    value = _counting(control.value)
    if value != control.value and accepts(body.schema, value):
        control = lab.control(operation, bindings=dict(control.bindings), value=value)
    bindings = dict(control.bindings)
    first = control.exchange
    before = lab.seen(operation.path, bindings)
    if before is not None and before.ok and _sent(before, control.value) != control.value:
        # It was written since, or shows something else than what was sent.
        lab.control(operation, bindings=bindings, value=control.value)
        before = lab.seen(operation.path, bindings)
    again = lab.send(lab.request(operation, bindings, control.value, body))
    if again.status in {409, 500}:
        yield breach(PUT_AGAIN, operation, again, "200 or 204", f"{again.told} again", control)
        return
    if again.status == 201:
        yield breach(PUT_STATUS, operation, again, "200 or 204", "201 for a replacement", control)
        return
    after = lab.read(operation.path, bindings)
    if before is not None and after is not None and before.ok and after.ok:  # noqa: SIM102 - two questions
        if _sent(before, control.value) != _sent(after, control.value):
            got = "another state after the same PUT"
            yield breach(PUT_AGAIN, operation, again, "the same state", got, control)
            return
    if first.ok and operation.documents(201) and operation.documents(200, 204):  # noqa: SIM102 - two questions
        if first.status != 201 and operation.path.endswith("}"):
            got = f"{first.told} where there was nothing"
            yield breach(PUT_STATUS, operation, first, "201", got)
            return
    if before is not None and operation.path.endswith("}"):
        yield from _replaced(lab, operation, bindings, control, fresh)


def _counting(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {n: 7 if type(v) in {int, float} and v == 0 else v for n, v in value.items()}


def _sent(seen: Exchange, value: Any) -> Any:
    """Of the state, what a client sent: other members may change by themselves."""
    state = seen.json
    return _part(state, value) if isinstance(state, dict) and isinstance(value, dict) else None


def _part(state: Any, value: Any) -> Any:
    """The members that a value has; lists in any order, as they may stand for sets."""
    if isinstance(state, dict) and isinstance(value, dict):
        return {name: _part(state.get(name), each) for name, each in value.items()}
    if isinstance(state, list) and not any(isinstance(each, dict | list) for each in state):
        return sorted(map(repr, state))
    return state


def _replaced(
    lab: Lab,
    operation: Operation,
    bindings: dict[str, str],
    control: Control,
    fresh: dict[str, Any] | None,
) -> Iterator[Breach]:
    """All members first (the control), then without the optional ones."""
    body = lab.body(operation)
    assert body is not None
    whole = control.value
    if not isinstance(whole, dict) or not isinstance(body.schema, dict):
        return
    required = body.schema.get("required", [])
    optional = [name for name in whole if name not in required and whole[name] is not None]
    less = {name: whole[name] for name in required if name in whole}
    if not optional or not accepts(body.schema, less):
        return
    bare = lab.send(lab.request(operation, bindings, less, body))
    state = lab.read(operation.path, bindings)
    shown = state.json if state is not None else None
    if bare.ok and isinstance(shown, dict):
        kept = [n for n in optional if shown.get(n) == whole[n] and not _defaulted(body.schema, n)]
        if kept and fresh is None:
            new = lab.absent(operation, own=True)
            lab.send(lab.request(operation, new, less, body))
            first = lab.read(operation.path, new)
            fresh = first.json if first is not None and isinstance(first.json, dict) else {}
        # What it is at first is what the service takes for want of another value.
        kept = [n for n in kept if fresh is not None and fresh.get(n) != whole[n]]
        if kept:
            yield breach(PUT_KEPT, operation, bare, "no value", f"{kept[0]} as before", control)


def _full(lab: Lab, body: Body) -> Any:
    """A value with its optional members, where the contract allows that."""
    whole = sampled(body.schema, lab.random, full=True, anew=True)
    return whole if accepts(body.schema, whole) else lab.value(body)


def _defaulted(schema: Any, name: str) -> bool:
    return "default" in schema.get("properties", {}).get(name, {})


def patches(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """A merge patch of one member leaves the others; null takes one away."""
    if operation.method != "PATCH":
        return
    body = (
        lab.body(operation, "application/merge-patch+json")
        if any(each.media == "application/merge-patch+json" for each in operation.bodies)
        else None
    )
    reader = lab.service.get("GET", operation.path)
    if body is None or reader is None or not isinstance(body.schema, dict):
        raise NotApplicable("it takes no merge patch")
    known = body.schema.get("properties", {})
    bindings = dict(lab.shared(operation))
    plain = {
        name: sampled(child, lab.random, anew=True)
        for name, child in known.items()
        if isinstance(child, dict) and _scalar(child)
    }
    if len(plain) < 2 or not accepts(body.schema, plain):
        raise NotApplicable("there are not two members to patch")
    control = lab.control(operation, bindings=bindings, value=plain)
    order = sorted(plain, key=lambda name: accepts(known[name], None))
    one, last = order[0], order[-1]
    steps = [{one: _moved(plain[one])}, {last: _moved(plain[last])}]
    if accepts(known[last], None):
        steps[1] = {last: None}
    for step in steps:
        whole = lab.seen(operation.path, bindings)
        seen = lab.send(lab.request(operation, bindings, step, body))
        state = lab.seen(operation.path, bindings)
        old = whole.json if whole is not None else None
        new = state.json if state is not None else None
        if not seen.ok or not isinstance(old, dict) or not isinstance(new, dict):
            raise NotApplicable(f"a patch of {next(iter(step))} was not accepted")
        if any(new.get(name) != old.get(name) for name in plain if name not in step):
            got = "a member that was not named is changed"
            expected = "the other members as before"
            yield breach(PATCH_TOUCHED, operation, seen, expected, got, control)
            return
        if step == {last: None} and None is not new.get(last) == old.get(last):
            yield breach(PATCH_NULL, operation, seen, f"no {last}", f"{last} as before", control)


def _moved(value: Any) -> Any:
    """Another value of the kind."""
    return f"{value}2" if isinstance(value, str) else value


def _scalar(schema: dict[str, Any]) -> bool:
    kinds = schema.get("type", [])
    return bool({"string", "integer", "number"} & set([kinds] if isinstance(kinds, str) else kinds))


def duplicates(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """The same unique name twice: one after the other, and at once."""
    body = lab.body(operation) if operation.method == "POST" and not operation.names else None
    if body is None or not operation.documents(409):
        return
    unique = _unique(lab, operation)
    if not unique:
        raise NotApplicable("nothing in the contract says what is unique")
    properties = body.schema["properties"]
    listing = lab.service.get("GET", operation.path)
    for name in unique:
        value = lab.content(operation)
        value = {**value, name: sampled(properties[name], lab.random, anew=True)}
        first = None if listing is None else lab.look(lab.control(listing).request, sure=True)
        seen = lab.at_once([lab.request(operation, {}, value, body) for _ in range(_many(lab))])
        done = [each for each in seen if each.ok]
        if not done:
            raise NotApplicable(f"it was not accepted: {seen[0].told}")
        before = None if listing is None else lab.look(lab.control(listing).request, sure=True)
        more = listed(before) - listed(first) if before is not None and first is not None else ()
        if len(done) == 1 and len(more) <= 1 and {e.status for e in seen} <= {done[0].status, 409}:
            continue  # all others were refused, and left nothing behind
        again = lab.send(lab.request(operation, {}, value, body))
        if again.status != 409:
            yield breach(TAKEN, operation, again, "409", control=done[0])
            return
        if before is not None:
            yield from left_behind(lab, operation, before, again, lab.control(operation))
        if len(done) > 1:
            got = "several successes at once"
            yield breach(RACE, operation, done[0], "one success, the rest 409", got, again)
            return


def _many(lab: Lab) -> int:
    """How many requests make a race."""
    return 8 if lab.thorough else 2


def races(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Several writes at once with one ETag."""
    match = operation.parameter("If-Match")
    body = lab.body(operation) if operation.method in {"PUT", "PATCH"} else None
    if match is None or body is None or not operation.names:
        return
    if not isinstance(body.schema, dict):
        return
    numbers = [
        name
        for name, each in body.schema.get("properties", {}).items()
        if isinstance(each, dict) and each.get("type") == "integer"
    ]
    if not numbers:
        raise NotApplicable("writes that differ cannot be made")
    bindings = dict(lab.control(operation).bindings)
    tag = lab.tag(operation, bindings)
    base = lab.value(body)
    requests = [
        lab.request(operation, bindings, {**base, numbers[0]: 100 + number}, body).having(
            ("If-Match", tag)
        )
        for number in range(_many(lab))
    ]
    seen = lab.at_once(requests)
    if sum(each.ok for each in seen) > 1:
        probe = [each for each in seen if each.ok][1]
        got = "several successes at once"
        yield breach(RACE, operation, probe, "one success, the rest 412", got)


def pages(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """Follow the cursor from page to page; it must not come round, nor end with an error."""
    cursor = next(
        (p for p in operation.parameters if p.place == "query" and p.name.lower() == "cursor"), None
    )
    limit = operation.parameter("limit")
    if operation.method != "GET" or cursor is None or limit is None:
        return
    maker = lab.service.get("POST", operation.path)
    control = lab.control(operation)
    number = len(listed(lab.look(control.request)))
    for _ in range(2 - number if maker is not None else 0):
        assert maker is not None
        lab.control(maker, value=lab.content(maker))
        number += 1
    base = control.request.target.partition("?")[0]
    # As few as make two pages.
    size = f"limit={max(1, (number + 1) // 2)}"
    met: set[bytes] = set()
    target, following = f"{base}?{size}", ""
    for _ in range(6):
        seen = lab.send(replace(control.request, target=target))
        value = seen.json
        if not seen.ok:
            if seen.status == 404 and following:
                yield breach(PAGES, operation, seen, "200 or 400", "404 past the end", control)
            return
        if seen.body in met:
            yield breach(PAGES, operation, seen, "an end", "the first page again", control)
            return
        met.add(seen.body)
        onward = value.get("next") if isinstance(value, dict) else None
        if not isinstance(onward, str):
            break
        following = f"{cursor.name}={quote(onward, safe='')}"
        target = f"{base}?{size}&{following}"
    if following:
        yield from _past_end(lab, operation, control, following)


def _past_end(lab: Lab, operation: Operation, control: Control, following: str) -> Iterator[Breach]:
    """A cursor where nothing is left of what is looked for: an empty page, as without it."""
    base = control.request.target.partition("?")[0]
    for each in operation.parameters:
        named = isinstance(each.schema, dict) and each.schema.get("format") == "uuid"
        if each.place == "query" and named:
            nothing = f"{each.name}={sampled(each.schema, lab.random, anew=True)}"
            seen = lab.send(replace(control.request, target=f"{base}?{nothing}&{following}"))
            if seen.status == 404:
                first = lab.send(replace(control.request, target=f"{base}?{nothing}"))
                if first.ok:
                    got = "404 past the end"
                    yield breach(PAGES, operation, seen, "an empty page", got, first)
            return


PROBES = (
    absent,
    deletes,
    children,
    creates,
    puts,
    patches,
    duplicates,
    races,
    pages,
)
