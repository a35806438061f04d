"""apicheck gate."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from apicheck.cli.options import (
    Common,
    emit,
    flags_of,
    judging,
    reporting,
    settings_of,
    shard_of,
    tables_of,
    threshold_of,
    using,
    with_usage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from apicheck.api import Settings
    from apicheck.judge.policy import Policy

__all__ = ["command"]


@click.command("gate")
@click.option(
    "--base",
    metavar="REV",
    help="Revision to compare with, where this branch left it.  [default: the main branch]",
)
@click.option("--staged", is_flag=True, help="Check what is staged against HEAD (pre-commit).")
@click.option("--spec", "specs", multiple=True, metavar="PATTERN", help="Plain contract files.")
@click.option("--allow-major", is_flag=True, help="Plain files may break in a new major version.")
@click.option("--shard", metavar="I/N", help="Check only every N-th contract, from the I-th.")
@using
@reporting
@judging
def command(
    *,
    base: str | None,
    specs: tuple[str, ...],
    shard: str | None,
    staged: bool,
    allow_major: bool,
    **options: Any,
) -> int:
    """Check every contract that differs from a base revision.

    With a store (contracts/), new versions are linted, held against the version before them and
    must be numbered as their changes demand; released versions must not change. Without one,
    each OpenAPI file is compared with itself at the base. One report, one exit code.
    """
    from apicheck.gate import Request, default_base, gate

    common = Common(**options)
    settings = with_usage(settings_of(common), common)
    table: dict[str, Any] = {}
    for each, _ in tables_of(common):
        table.update(each)
    request = Request(
        base=base or default_base(os.environ) or table.get("base"),
        staged=staged,
        specs=specs or tuple(table.get("specs", ())),
        shard=shard_of(shard),
        allow_major=allow_major,
    )
    report = gate(request, settings, _policies(common, settings))
    return emit(report, common, threshold_of(common, settings))


def _policies(common: Common, settings: Settings) -> Callable[[str], Policy]:
    """The policy of a service: the settings, and over them ``contracts/SERVICE/apicheck.toml``."""
    from apicheck import api
    from apicheck.cli.files import settings_in
    from apicheck.judge.policy import layer_of_flags
    from apicheck.judge.policy import policy_of as combined

    known: dict[str, Policy] = {"": settings.policy}

    def policy_of(service: str) -> Policy:
        if service not in known:
            path = Path(settings.store) / service / "apicheck.toml"
            known[service] = settings.policy
            if path.is_file():
                rules = api.catalogue()
                tables = [*tables_of(common), (settings_in(path), str(path)), *flags_of(common)]
                known[service] = combined(tables, rules, layer_of_flags(common.severity, rules))
        return known[service]

    return policy_of
