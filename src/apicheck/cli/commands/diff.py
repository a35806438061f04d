"""apicheck diff."""

from __future__ import annotations

from typing import Any

import click

from apicheck.cli.options import (
    Common,
    emit,
    judging,
    reporting,
    settings_of,
    threshold_of,
    using,
    with_usage,
)

__all__ = ["command"]


@click.command("diff")
@click.argument("old")
@click.argument("new")
@using
@reporting
@judging
def command(old: str, new: str, **options: Any) -> int:
    """Compare two versions of a contract.

    OLD and NEW are each a file, a folder with one contract, git:REV:PATH or REV:PATH,
    NAME@VERSION from the store, - for stdin, or a web address with --allow-network.
    """
    from apicheck import api

    if old == new == "-":
        raise click.UsageError("stdin can be read once: give a file for OLD or for NEW")
    common = Common(**options)
    settings = with_usage(settings_of(common), common)
    report = api.check(api.load(old, settings), api.load(new, settings), settings)
    return emit(report, common, threshold_of(common, settings))
