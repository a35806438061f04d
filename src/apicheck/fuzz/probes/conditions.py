"""Conditional requests, HEAD, entity tags and ranges."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from apicheck.fuzz import spoiling
from apicheck.fuzz.cards import Force, check
from apicheck.fuzz.headers import another_tag
from apicheck.fuzz.lab import NotApplicable
from apicheck.fuzz.model import Card, Retry
from apicheck.fuzz.probes.shared import breach, listed
from apicheck.fuzz.sample import accepts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.fuzz.contract import Body, Operation
    from apicheck.fuzz.lab import Lab
    from apicheck.fuzz.model import Breach, Control, Exchange

__all__ = ["CARDS", "PROBES"]

HEAD = check(
    "head-differs",
    Force.SHOULD,
    "RFC 9110, 9.3.2",
    Retry.NEVER,
    summary="HEAD was not answered as GET is.",
    why="A client that checks cheaply is told something else than is true.",
    fix="Answer HEAD with status and headers of GET.",
    right="HEAD 404 where GET is 404",
    wrong="HEAD 200 where GET is 404",
)
MATCHED = check(
    "not-modified-missing",
    Force.MUST,
    "RFC 9110, 13.1.2 and 15.4.5",
    Retry.SAME,
    summary="A GET with the current ETag in If-None-Match was not answered with 304.",
    why="A client loads everything again.",
    fix="Compare If-None-Match weakly with the current ETag, and answer with 304 and the ETag.",
    right="304 with ETag",
    wrong="200",
)
UNMATCHED = check(
    "not-modified-wrongly",
    Force.MUST,
    "RFC 9110, 13.1.2",
    Retry.NOTHING,
    summary="A GET with another ETag in If-None-Match was answered with 304.",
    why="A client shows an outdated copy for ever.",
    fix="Compare the tags; answer with 200 where none is the current one.",
    right="200",
    wrong="304",
)
SINCE = check(
    "modified-since-wrong",
    Force.SHOULD,
    "RFC 9110, 13.1.3 and 13.2.2",
    Retry.SAME,
    summary="If-Modified-Since was ignored, or was looked at beside If-None-Match.",
    why="A client loads everything again, or keeps an outdated copy.",
    fix="Obey If-Modified-Since where Last-Modified is sent, unless If-None-Match is there.",
    right="304",
    wrong="200",
)
STALE = check(
    "stale-match-not-refused",
    Force.MUST,
    "RFC 9110, 13.1.1",
    Retry.CHANGE,
    summary="A write with a stale If-Match was not answered with 412.",
    why="A client overwrites somebody else's change, or does not know that reading again helps.",
    fix="Answer with 412 and change nothing.",
    right="412",
    wrong="200",
)
APPLIED = check(
    "refused-write-applied",
    Force.MUST,
    "RFC 9110, 13.1.1 and 9.3.4",
    Retry.CHANGE,
    summary="A write that was refused changed the resource.",
    why="A client corrects its request and writes on top of what it never meant.",
    fix="Check first; change only what is accepted.",
    right="412, nothing changed",
    wrong="412, changed",
)
UNCONDITIONAL = check(
    "unconditional-write-accepted",
    Force.SHOULD,
    "RFC 6585, 3",
    Retry.CHANGE,
    summary="A write without If-Match was not refused with 428, as the contract says.",
    why="A client overwrites what it has not seen.",
    fix="Answer with 428.",
    right="428",
    wrong="200",
)
STAR = check(
    "star-overwrites",
    Force.MUST,
    "RFC 9110, 13.1.2",
    Retry.CHANGE,
    summary="A PUT with If-None-Match: * replaced what was there.",
    why="A client overwrites what it wanted to make only once.",
    fix="Answer with 412 where the resource exists.",
    right="412",
    wrong="200",
)
TAG_VARIES = check(
    "tag-varies",
    Force.SHOULD,
    "RFC 9110, 8.8.1",
    Retry.SAME,
    summary="The ETag changed though the resource did not.",
    why="A client never gets 304, and its conditional writes fail.",
    fix="Make the tag of the representation.",
    right="the same ETag twice",
    wrong="two ETags for the same bytes",
)
READ_WRITES = check(
    "reading-changes",
    Force.SHOULD,
    "RFC 9110, 9.2.1",
    Retry.SAME,
    summary="Reading a resource changed it.",
    why="A client's ETag is stale as soon as it has it.",
    fix="Change nothing when asked to read.",
    right="two equal answers",
    wrong="another answer the second time",
)
RANGE = check(
    "range-wrong",
    Force.MUST,
    "RFC 9110, 14.4 and 15.3.7",
    Retry.SAME,
    summary="Status 206 did not hold the bytes that its Content-Range names.",
    why="A client puts a broken file together.",
    fix="Send the bytes of the range, or 200 with everything.",
    right="206 with bytes 0-9",
    wrong="206 with other bytes",
)

CARDS = tuple(each for each in list(vars().values()) if isinstance(each, Card))


def heads(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """HEAD beside GET, for what is there and for what is not."""
    if operation.method != "GET":
        return
    if operation.path.endswith("}") or lab.thorough:
        yield from _head(lab, operation, lab.control(operation))
        return
    among = lambda each: each.method == "GET" and not each.path.endswith("}")  # noqa: E731 - short
    yield from lab.spread(operation, among, (_head,))


def _head(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    pairs = [(control.exchange, lab.send(replace(control.request, method="HEAD")))]
    if operation.names and (lab.thorough or operation == _first(lab)):
        request = replace(control.request, target=lab.target(operation.path, lab.absent(operation)))
        pairs.append((lab.look(request), lab.send(replace(request, method="HEAD"))))
    for get, head in pairs:
        if head.status != get.status:
            # A resource on its way (202, 303) may have arrived in between.
            if lab.send(get.request).status == get.status:
                got = head.told
                yield breach(HEAD, operation, head, f"{get.status}", got, get)
                return
            continue
        for name in ("etag", "content-type"):
            if get.header(name) is not None and head.header(name) is None:
                yield breach(HEAD, operation, head, f"{name} as with GET", f"no {name}", get)
                return


def _first(lab: Lab) -> Operation | None:
    """Where HEAD of what is not there is asked for, unless everywhere."""
    named = (each for each in lab.chosen if each.method == "GET" and each.path.endswith("}"))
    return next(named, None)


def tags(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """If-None-Match with another tag, and with the current one in a weak form among others."""
    if operation.method != "GET":
        return
    control = lab.control(operation)
    if control.exchange.header("etag") is None:
        raise NotApplicable("it has no ETag")
    other = lab.send(control.request.having(("If-None-Match", '"no-such-tag"')))
    if other.status == 304:
        yield breach(UNMATCHED, operation, other, "200", control=control)
        return
    first, again = _steady(lab, control, other)
    if again is None:
        yield from _reading(lab, operation, control)
        return
    tag = first.header("etag")
    if tag is None:
        raise NotApplicable("it has no ETag")
    if again.header("etag") != tag and not tag.startswith("W/"):
        yield breach(TAG_VARIES, operation, again, "the same ETag", "another one", first)
        return
    yield from _matching(lab, operation, control, tag)
    date = first.header("last-modified")
    if date is not None:
        yield from _since(lab, operation, control, date)


def _steady(lab: Lab, control: Control, again: Exchange) -> tuple[Exchange, Exchange | None]:
    """Two answers in a row with equal content; None for the second where there are none."""
    first = control.exchange
    for _ in range(4):
        if again.body == first.body:
            return first, again
        first, again = again, lab.send(control.request)
        time.sleep(0.05)
    return first, None


def _matching(lab: Lab, operation: Operation, control: Control, tag: str) -> Iterator[Breach]:
    """304 for a weak form of the tag among others; where it is not, the tag is tried alone."""
    opaque = tag.removeprefix("W/")
    listed = f'"x-other", W/{opaque}'
    known = operation.parameter("If-None-Match")
    if known is not None and not accepts(known.schema, listed):
        listed = tag  # its contract takes part of what the RFC has
    seen = lab.send(control.request.having(("If-None-Match", listed)))
    if seen.status == 304 and seen.header("etag") is None:
        yield breach(MATCHED, operation, seen, "304 with ETag", "304 without ETag", control)
    elif seen.status != 304:
        alone = lab.send(control.request.having(("If-None-Match", tag)))
        probe = seen if alone.status == 304 else alone
        yield breach(MATCHED, operation, probe, "304", control=control)
    elif lab.thorough and (known is None or accepts(known.schema, "*")):
        seen = lab.send(control.request.having(("If-None-Match", "*")))
        if seen.status != 304:
            yield breach(MATCHED, operation, seen, "304", control=control)


def _since(lab: Lab, operation: Operation, control: Control, date: str) -> Iterator[Breach]:
    seen = lab.send(control.request.having(("If-Modified-Since", date)))
    if seen.status != 304:
        yield breach(SINCE, operation, seen, "304", f"{seen.told} though not modified", control)
        return
    both = (("If-Modified-Since", date), ("If-None-Match", '"no-such-tag"'))
    seen = lab.send(control.request.having(*both))
    if seen.status == 304:
        got = "304 by the date, though the tag differs"
        yield breach(SINCE, operation, seen, "200", got, control)


def _reading(lab: Lab, operation: Operation, control: Control) -> Iterator[Breach]:
    """A resource that differs each time it is read: then reading it may change its ETag."""
    if not control.bindings:
        raise NotApplicable("its content is never the same twice")
    found = [control.exchange]
    for _ in range(3):
        time.sleep(0.05)
        found.append(lab.send(control.request))
    if len({each.header("etag") for each in found}) == len(found):
        yield breach(READ_WRITES, operation, found[-1], "what was read before", "other", control)


def writes(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """If-Match with another tag, and without any where it is demanded; then whether it held."""
    if operation.method not in {"PUT", "PATCH", "DELETE"}:
        return
    reader = lab.service.reader(operation.path)
    match = operation.parameter("If-Match")
    if reader is None or not operation.names or not (match or operation.documents(412)):
        raise NotApplicable("it takes no conditions")
    control = lab.control(operation)
    made = operation.method == "PUT" and reader.path == operation.path
    if made and not reader.path.endswith("}"):
        bindings = dict(control.bindings)  # what is read was made by it
    else:
        bindings = lab.shared(operation)
    before = lab.look(lab.request(reader, bindings))
    if before.header("etag") is None:
        raise NotApplicable(f"{reader.label} has no ETag")
    body = lab.body(operation)
    if body is None:
        request = lab.request(operation, bindings)
    else:
        value = _another(lab, body, control.value, before)
        request = lab.request(operation, bindings, value, body)
    other = another_tag(before.header("etag") or "")
    stale = lab.send(request.having(("If-Match", other)))
    after = lab.read(reader.path, bindings)
    assert after is not None
    same = after.ok and (after.header("etag") == before.header("etag") or after.body == before.body)
    if stale.ok and operation.method == "DELETE" and after.ok and after.body == before.body:
        raise NotApplicable("it deletes nothing")
    if stale.status != 412:
        yield breach(STALE, operation, stale, "412", control=control)
        return
    if after.ok and not same and body is not None:
        # It may have been changed by what was done elsewhere: once more, with something else.
        request = lab.request(operation, bindings, _another(lab, body, control.value, after), body)
        lab.send(request.having(("If-Match", other)))
        then = lab.read(reader.path, bindings)
        same = then is None or then.body == after.body
    if after.ok and not same:
        yield breach(
            APPLIED, operation, stale, "nothing changed", "412, and it is changed", control
        )
        return
    if match is not None and match.required and operation.documents(428):
        bare = lab.send(request.without("If-Match"))
        if bare.status != 428:
            yield breach(UNCONDITIONAL, operation, bare, "428", control=control)


def _another(lab: Lab, body: Body, value: Any, before: Exchange) -> Any:
    """Content that would be seen if it were stored: numbers are moved, else a text is changed."""
    told = before.json if isinstance(before.json, dict) else {}
    texts = []
    for path, schema in spoiling.leaves(body.schema, value):
        kinds = schema.get("type", ())
        other: Any = None
        if "integer" in kinds and len(path) == 1:
            other = (told.get(path[0]) or 0) + 7
        elif "string" in kinds and not {"enum", "pattern", "format"} & schema.keys():
            other = f"probe {lab.random.getrandbits(16):04x}"
        flaw = spoiling.Flaw(path=path, kind="odd", said="", value=other)
        changed = spoiling.applied(value, [flaw])
        if other is None or not accepts(body.schema, changed):
            continue
        if type(other) is int:
            return changed
        texts.append(changed)
    return texts[0] if texts else value


def stars(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """If-None-Match: * for what is there."""
    if operation.method != "PUT" or not operation.documents(201) or not operation.documents(412):
        return
    control = lab.control(operation)
    there = lab.service.get("GET", operation.path)
    if there is None or not lab.look(lab.request(there, dict(control.bindings))).ok:
        raise NotApplicable("nothing shows that it is there")
    body = lab.body(operation)
    request = lab.request(operation, dict(control.bindings), control.value, body)
    request = request.without("If-Match")
    seen = lab.send(request.having(("If-None-Match", "*")))
    if seen.status != 412:
        yield breach(STAR, operation, seen, "412", control=control)


def ranges(lab: Lab, operation: Operation) -> Iterator[Breach]:
    """The first ten bytes of a list, and bytes that are not there; ignoring ranges is allowed."""
    if operation.method != "GET" or operation.names:
        return
    control = lab.control(operation)
    if not lab.thorough and not listed(control.exchange):
        raise NotApplicable("it is no list")
    part = control.request.having(("Range", "bytes=2-9"))
    # The oracle looks at 416.
    lab.send(control.request.having(("Range", "bytes=99999999-")))
    if lab.send(part).status != 206:
        return
    # Between two looks that are equal.
    before, seen, after = lab.send(control.request), lab.send(part), lab.send(control.request)
    said, whole = seen.header("content-range") or "", before.body
    if seen.status == 206 and whole == after.body and len(whole) > 10:  # noqa: SIM102 - two questions
        if not (said.startswith("bytes 2-9/") and seen.body == whole[2:10]):
            yield breach(RANGE, operation, seen, "206 with bytes 2-9", "206 with others", control)


PROBES = (heads, tags, writes, stars, ranges)
