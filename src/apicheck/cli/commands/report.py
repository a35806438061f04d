"""apicheck report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from apicheck.cli.options import Common, emit, reporting, settings_of, threshold_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apicheck.model import Finding, Summary

__all__ = ["command"]


@click.group("report")
def command() -> None:
    """Join the JSON reports of sharded runs: merge."""


@command.command("merge")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@reporting
@click.option("--coverage", is_flag=True, help="Tell which answers were seen, and why not.")
@click.option("--config", metavar="FILE", help="Settings file instead of the nearest one.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="Exit 1 from this severity on.  [default: error]",
)
def merge(*, files: tuple[str, ...], **options: Any) -> int:
    """Join the JSON reports of sharded runs into one.

    FILEs are what --format json or --output json=FILE wrote; - is stdin. Each finding counts
    once, the summary is made anew, and the exit code is that of a run over everything.
    """
    from apicheck.judge import summarise
    from apicheck.judge.waivers import WAIVER_UNUSED
    from apicheck.model import Verdict
    from apicheck.report.merge import merge as merged
    from apicheck.report.read import read
    from apicheck.sources import open_source

    if files.count("-") > 1:
        raise click.UsageError("stdin can be read once")
    common = Common(**options)
    settings = settings_of(common)
    reports = [read(open_source(each, settings.options)) for each in files]
    identical = all(each.summary.verdict is Verdict.IDENTICAL for each in reports)

    def summary(findings: Iterable[Finding]) -> Summary:
        found = summarise(findings, identical=identical)
        # A run may demand more of a version than its findings do, never less of the whole.
        return replace(found, bump=max(each.summary.bump for each in reports))

    report = merged(reports, summary, frozenset({WAIVER_UNUSED.id}))
    return emit(report, common, threshold_of(common, settings))
