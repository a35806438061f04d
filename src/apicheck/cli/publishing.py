"""apicheck pact publish."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from apicheck.cli.brokers import asks_a_broker
from apicheck.cli.versions import version_of, with_versions
from apicheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.broker.client import Remote
    from apicheck.broker.sending import Sending, Sent
    from apicheck.pact.model import Pact

__all__ = ["publish"]

_MOST = 20


@click.command("publish")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--consumer", "consumers", multiple=True, metavar="NAME", help="Only its pacts.")
@click.option(
    "--on-conflict",
    type=click.Choice(["refuse", "overwrite", "merge"]),
    default="refuse",
    show_default=True,
    help="Where this version has a pact of other content already; brokers may refuse the others.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be published, and publish nothing.")
@click.option("-f", "--format", "style", type=click.Choice(["text", "json"]), default="text")
@with_versions("consumer")
@asks_a_broker
def publish(*, broker: Remote, style: str, dry_run: bool, **options: Any) -> int:
    """Give the pacts in PATH, files or folders, to a broker as those of a consumer's version.

    Exit code: 0 all are published; 1 a version has a pact of other content, whose difference is
    shown; 2 something was not published.
    """
    from apicheck.broker.sending import ConsumerVersion, How, OnConflict, joined, send

    build, tags = version_of(options)
    if not build.version:
        raise click.UsageError(
            "give --consumer-version: neither a CI service nor git says which it is"
        )
    version = ConsumerVersion(
        number=build.version, branch=build.branch, tags=tags, build_url=build.url
    )
    pacts = joined([_sending(each) for each in _read(options["paths"], options["consumers"])])
    sent = []
    if style == "text":
        click.echo(_heading(version.number, version.branch, build.source, dry_run=dry_run))
    for each in send(
        broker,
        version,
        pacts,
        on_conflict=OnConflict(options["on_conflict"]),
        only_look=dry_run,
    ):
        sent.append(each)
        if style == "text":
            click.echo("\n".join(_told(each, version.number, dry_run=dry_run)))
    if style == "json":
        click.echo(_json(sent, version.number, version.branch, dry_run=dry_run))
    missing = [each for each in sent if each.how in {How.REFUSED, How.UNHEARD}]
    if missing:
        words = f"{len(missing)} of {len(sent)} pacts were not published:"
        lines = [f"{_pair(each, version.number)}: {each.problem}" for each in missing]
        raise SourceError(broker.url, "\n    ".join([words, *lines]))
    return 1 if any(each.how is How.CONFLICT for each in sent) else 0


def _read(paths: tuple[str, ...], consumers: tuple[str, ...]) -> list[Pact]:
    from apicheck.pact.read import read_pacts
    from apicheck.sources import Options

    found = [each for path in paths for each in read_pacts(path, Options())]
    if not consumers:
        return found
    names = ", ".join(sorted({each.consumer for each in found}))
    for each in consumers:
        if each not in {pact.consumer for pact in found}:
            raise SourceError(each, "is the consumer of none of these pacts", f"they name: {names}")
    return [each for each in found if each.consumer in consumers]


def _sending(pact: Pact) -> Sending:
    from apicheck.broker.sending import Sending

    return Sending(
        consumer=pact.consumer,
        provider=pact.provider,
        specification=pact.version,
        data=pact.document.data,
        source=pact.document.source,
    )


def _heading(number: str, branch: str, source: str, *, dry_run: bool) -> str:
    facts = [f"version {number}", f"branch {branch}" if branch else "no branch"]
    facts += [f"as {source} says"] if source else []
    return ("would publish as " if dry_run else "publishing as ") + ", ".join(facts)


def _pair(each: Sent, number: str) -> str:
    return f"{each.sending.consumer} {number} and {each.sending.provider}"


def _told(each: Sent, number: str, *, dry_run: bool) -> Iterator[str]:
    from apicheck.broker.sending import How

    would = dry_run and each.how in {How.PUBLISHED, How.REPLACED}
    words = f"{'would be ' if would else ''}{each.how.value}: {_pair(each, number)}"
    yield f"{words}  {each.url}".rstrip()
    if each.how is How.CONFLICT:
        yield "  this version has a pact of other content, and a published version does not change:"
        changed = _differences(each)
        yield from (f"    {line}" for line in changed[:_MOST])
        if len(changed) > _MOST:
            yield f"    and {len(changed) - _MOST} more"
        yield "  publish it as another version; values that are new in each run need matchers"
    for notice in each.notices:
        yield f"  broker: {notice}"


def _differences(each: Sent) -> list[str]:
    """What the new pact says otherwise than what the broker has."""
    from apicheck.pact.diff import changes
    from apicheck.pact.read import pact_of
    from apicheck.sources import in_memory

    if each.held is None:
        return [each.problem]
    old = pact_of(in_memory(each.held.data, each.held.url))
    new = pact_of(in_memory(each.sending.data, each.sending.source))
    found = [f"{change.label}: {_message(change)}" for change in changes(old, new)]
    return found or [f"the specification's version: {old.version} → {new.version}"]


def _message(change: Any) -> str:
    text: str = change.rule.message.format(**change.values)
    # The place stands in the label already.
    return text.removeprefix(f"{change.values.get('what', '')}: ")


def _json(sent: list[Sent], number: str, branch: str, *, dry_run: bool) -> str:
    from apicheck.broker.sending import How

    data = {
        "schema": "apicheck-publish/1",
        "version": number,
        "branch": branch or None,
        "dry_run": dry_run,
        "pacts": [
            {
                "consumer": each.sending.consumer,
                "provider": each.sending.provider,
                "source": each.sending.source,
                "state": each.how.value,
                "url": each.url or None,
                "problem": each.problem or None,
                "differences": _differences(each) if each.how is How.CONFLICT else [],
                "notices": list(each.notices),
            }
            for each in sent
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)
