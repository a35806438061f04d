"""apicheck can-i-deploy."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import click

from apicheck.cli.brokers import asks_a_broker

if TYPE_CHECKING:
    from apicheck.broker.answer import Verdict
    from apicheck.broker.client import Remote

__all__ = ["command"]

#: Reasons of one failure that are shown; its result has them all.
_MOST = 5


@click.command("can-i-deploy")
@click.option("-a", "--pacticipant", "names", multiple=True, required=True, metavar="NAME")
@click.option("-e", "--version", "versions", multiple=True, metavar="VERSION", help="One for each.")
@click.option("--branch", help="Instead of a version: the newest on this branch.")
@click.option("--to-environment", metavar="NAME", help="Where to.")
@click.option("--to-tag", metavar="TAG", help="With the newest that have this tag instead.")
@click.option("--to-branch", metavar="BRANCH", help="With the newest on this branch instead.")
@click.option("--to-main", is_flag=True, help="With the main branches instead: may it be merged?")
@click.option("--ignore", multiple=True, metavar="NAME", help="Do not count this partner.")
@click.option(
    "--retry-while-unknown",
    type=click.IntRange(min=0),
    default=0,
    metavar="TIMES",
    help="Ask again, at most.",
)
@click.option(
    "--retry-interval",
    type=click.FloatRange(min=0),
    default=10.0,
    metavar="SECONDS",
    show_default=True,
)
@click.option("-f", "--format", "style", type=click.Choice(["text", "json"]), default="text")
@asks_a_broker
def command(
    *,
    broker: Remote,
    names: tuple[str, ...],
    versions: tuple[str, ...],
    branch: str | None,
    to_environment: str | None,
    to_tag: str | None,
    to_branch: str | None,
    to_main: bool,
    ignore: tuple[str, ...],
    retry_while_unknown: int,
    retry_interval: float,
    style: str,
) -> int:
    """Say whether a version may be deployed, and of each partner why or why not.

    Several pacticipants without a target are held against each other. Exit code, in every format:
    0 yes; 1 no, a verification failed; 3 never verified; 4 a partner is not deployed there; 5 no
    such version; 6 no contract between those named; 2 the broker could not be asked.
    """
    from apicheck.broker import answer

    if branch is not None and (versions or len(names) != 1):
        raise click.UsageError("--branch stands for the version of one pacticipant")
    if branch is None and len(versions) != len(names):
        raise click.UsageError("give one --version for each --pacticipant (or --branch)")
    target = answer.Target(environment=to_environment, tag=to_tag, branch=to_branch, main=to_main)
    if sum(map(bool, (to_environment, to_tag, to_branch, to_main))) > 1:
        raise click.UsageError("give one of --to-environment, --to-tag, --to-branch, --to-main")
    selectors = [
        {"pacticipant": name, "version": number}
        for name, number in zip(names, versions, strict=False)
    ]
    if branch is not None:
        selectors = [{"pacticipant": names[0], "branch": branch, "latest": "true"}]
    found = None
    for tried in range(retry_while_unknown + 1):
        if tried:
            again = f"not known yet: asking again in {retry_interval:g} s"
            click.echo(f"{again} ({tried} of {retry_while_unknown})", err=True)
            time.sleep(retry_interval)
        found = answer.ask(broker, selectors, target, ignore)
        if found.deployable is not None:
            break
    assert found is not None
    what = " and ".join(
        f"{each['pacticipant']} {each.get('version') or 'of branch ' + str(branch)}"
        for each in selectors
    )
    click.echo(_json(found) if style == "json" else _text(found, f"{what} {target}".rstrip()))
    return found.code


def _text(found: Verdict, what: str) -> str:
    word = {True: "yes", False: "no", None: "not known"}[found.deployable]
    lines = [f"{word}: {what}"]
    width = max((len(each.how.value) for each in found.findings), default=0)
    for each in found.findings:
        lines.append(f"  {each.how.value:{width}}  {each.text}")
        more = [*each.details[:_MOST]]
        if len(each.details) > _MOST:
            more.append(f"and {len(each.details) - _MOST} more")
        more += [each.url] if each.url and each.how.value == "failed" else []
        lines += [f"  {'':{width}}    {line}" for line in more]
    if not found.findings:
        # No contract is no proof of anything, and must not look like one.
        why = "no contract with anybody there is known" if found.deployable else found.reason
        lines.append(f"  {why}")
    return "\n".join(lines)


def _json(found: Verdict) -> str:
    data = {
        "schema": "apicheck-can-i-deploy/1",
        "deployable": found.deployable,
        "exit_code": found.code,
        "reason": found.reason,
        "integrations": [
            {
                "state": each.how.value,
                "consumer": {"name": each.consumer, "version": each.consumer_version},
                "provider": {"name": each.provider, "version": each.provider_version},
                "text": each.text,
                "details": list(each.details),
                "result": each.url,
            }
            for each in found.findings
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)
