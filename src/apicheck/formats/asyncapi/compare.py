"""Two AsyncAPI documents compared: what each operation tells, and to whom it matters."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from apicheck import schema
from apicheck.formats.asyncapi.bindings import bindings, is_retained
from apicheck.formats.asyncapi.channels import parameters, servers_of
from apicheck.formats.asyncapi.context import Context, Schemas, Seen, Told
from apicheck.formats.asyncapi.describe import describe
from apicheck.formats.asyncapi.messages import messages
from apicheck.formats.asyncapi.model import Action
from apicheck.formats.asyncapi.operations import Matched, matched, remarks
from apicheck.formats.asyncapi.payloads import DIALECTS
from apicheck.formats.asyncapi.reader import fresh
from apicheck.formats.asyncapi.replies import replies
from apicheck.formats.asyncapi.security import security
from apicheck.formats.asyncapi.servers import pairs, servers
from apicheck.formats.asyncapi.uses import Stories, of_handshake, of_message, of_operation
from apicheck.model import Change, Direction
from apicheck.schema.sameness import Sameness
from apicheck.walk import Root, survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from apicheck.formats import Format
    from apicheck.formats.asyncapi.spec import Spec

__all__ = ["compare"]


def compare(
    old: Spec, new: Spec, today: date, other: Callable[[str], Format | None]
) -> Iterator[Change]:
    """Every change from ``old`` to ``new``; ``other`` gives a format of payloads by name."""
    context = Context.of(old, new, today, other)
    found: dict[tuple[str, str], list[Seen]] = {("asyncapi", "asyncapi"): []}
    told: list[Told] = []
    for each in _everything(context):
        if isinstance(each, Told):
            told.append(each)
        else:
            found.setdefault(each.dialects, []).append(each)
    stories = Stories()
    for dialects, seen in found.items():
        for change in _walked(dialects, seen):
            yield _labelled(change, stories)
    for change in _foreign(told):
        yield _labelled(change, stories)
    yield from _problems(context)


def _walked(dialects: tuple[str, str], seen: Iterable[Seen]) -> Iterator[Change]:
    one, two = (DIALECTS[each] for each in dialects)
    same = Sameness(comparable=one.name == two.name)
    schemas = schema.Context(old=schema.Views(one), new=schema.Views(two), same=same)
    roots = (Root(use, each.seen) for each in seen for use in each.uses)
    walked = survey(roots, Schemas(schemas), same=same, describe=describe)
    changes = list(walked.changes())
    yield from changes
    yield from schema.unnamed(walked, changes, schemas)


def _everything(context: Context) -> Iterator[Seen | Told]:
    yield from servers(context)
    names = {one.name: two.name for one, two in pairs(context)[0]}
    for each in matched(context):
        if isinstance(each, Seen):
            yield each
            continue
        yield from remarks(each)
        yield from parameters(context, each)
        yield from servers_of(each, names)
        yield from _operation(context, each)


def _operation(context: Context, pair: Matched) -> Iterator[Seen | Told]:
    old, new = pair.old, pair.new
    places = (old.node, new.node)
    uses = of_operation(new)
    yield from bindings(
        context,
        "channel",
        old.channel.node,
        new.channel.node,
        near=(old.channel.node, new.channel.node),
        uses=uses,
        handshake=of_handshake(new),
    )
    if old.node is not old.channel.node and new.node is not new.channel.node:
        yield from bindings(context, "operation", old.fields, new.fields, near=places, uses=uses)
        one, two = old.fields.get("security"), new.fields.get("security")
        yield from security(context, one, two, places, uses)
        yield from replies(context, pair)
    retained = new.action is not Action.RECEIVE and any(
        is_retained(application, each.channel.node, each.fields)
        for application, each in ((context.old, old), (context.new, new))
    )
    yield from messages(
        context,
        old.messages,
        new.messages,
        places,
        partial(of_message, new, retained=retained),
    )


def _labelled(change: Change, stories: Stories) -> Change:
    """The change with a label that says who sends and who is hurt, then where."""
    sentence = stories.of(change)
    return replace(change, label=f"{sentence} > {change.label}") if sentence else change


def _foreign(told: Iterable[Told]) -> Iterator[Change]:
    """What other formats found: once each, with all the operations that the payload reaches."""
    gathered: dict[int, Told] = {}
    for each in told:
        known = gathered.get(id(each.change))
        uses = each.uses if known is None else tuple(dict.fromkeys((*known.uses, *each.uses)))
        gathered[id(each.change)] = replace(each, uses=uses)
    for each in gathered.values():
        path, words = describe(None, each.at)
        directions = {use.direction for use in each.uses}
        yield replace(
            each.change,
            path=(*path, *each.change.path),
            label=f"{words}: {each.change.label}",
            uses=each.uses,
            direction=directions.pop() if len(directions) == 1 else Direction.BOTH,
        )


def _problems(context: Context) -> Iterator[Change]:
    """What could not be compared."""
    for problem, is_new in fresh(context.old.reader, context.new.reader):
        path, label = describe(None, problem.node)
        place = problem.node.place
        yield Change(
            rule=problem.rule,
            path=path,
            label=label,
            direction=Direction.BOTH,
            old=None if is_new else place,
            new=place if is_new else None,
            values=problem.values,
        )
