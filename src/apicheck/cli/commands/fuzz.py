"""apicheck fuzz."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from apicheck.cli.options import (
    Common,
    emit,
    judging,
    reporting,
    settings_of,
    shard_of,
    tables_of,
    threshold_of,
)
from apicheck.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apicheck.testing.job import Asked

__all__ = ["command"]


@click.command("fuzz")
@click.argument("target", required=False)
@click.option(
    "--contract",
    metavar="SPEC",
    help="The OpenAPI document it keeps: a file, or /PATH that the service itself serves.",
)
@click.option(
    "--token",
    metavar="TOKEN",
    envvar="APICHECK_TOKEN",
    help="Bearer token of one who may do everything; env:NAME, file:PATH or cmd:COMMAND has it.",
)
@click.option(
    "--second-token",
    metavar="TOKEN",
    envvar="APICHECK_SECOND_TOKEN",
    help="Bearer token of somebody else, who may not.",
)
@click.option(
    "--auth",
    multiple=True,
    metavar="SCHEME=SECRET",
    help="Credentials for a security scheme of the contract, or 'NAME: VALUE', a header.",
)
@click.option(
    "--second-auth", multiple=True, metavar="SCHEME=SECRET", help="The same of somebody else."
)
@click.option("--header", multiple=True, metavar="'NAME: VALUE'", help="Send it with each request.")
@click.option("--operation", multiple=True, metavar="ID", help="Only this operationId (or label).")
@click.option("--area", multiple=True, metavar="AREA", help="Only these probes: access, routing, …")
@click.option(
    "--thorough",
    is_flag=True,
    default=None,
    help="Make all probes at every operation, also where servers answer alike.",
)
@click.option(
    "--phases",
    metavar="PHASE,…",
    help="Of probes, examples, coverage, fuzzing, stateful; all, or probes alone with --area.",
)
@click.option(
    "--max-examples",
    type=click.IntRange(min=1),
    metavar="N",
    help="Most inputs per operation in fuzzing, and chains of requests in stateful.  [default: 20]",
)
@click.option(
    "--budget",
    metavar="N|Ns|Nm",
    help="Most requests, seconds or minutes, all phases together.  [default: 5000]",
)
@click.option("--rate-limit", metavar="N/s|N/m", help="Ask no more often than so.")
@click.option("--safe", is_flag=True, default=None, help="Only read: GET, HEAD and OPTIONS.")
@click.option("--seed", type=int, metavar="N", help="Makes values differ.  [default: 0]")
@click.option("--deadline", type=float, metavar="SECONDS", help="For one answer.  [default: 10]")
@click.option(
    "--wait", type=float, metavar="SECONDS", help="For the service to be up.  [default: 10]"
)
@click.option("--ca", metavar="FILE", help="Certificates to trust besides the machine's (PEM).")
@click.option("--hooks", metavar="FILE|URL", help="What prepares and cleans up around a run.")
@click.option("--shard", metavar="I/N", help="Probe only every N-th operation, from the I-th.")
@click.option("--coverage", is_flag=True, help="Tell which answers were seen, and why not.")
@click.option("--allow-host", multiple=True, metavar="HOST", help="Ask this host, though remote.")
@click.option("--static", is_flag=True, help="Look at the document only; TARGET is not needed.")
@click.option(
    "--replay", metavar="FILE", help="Try again what a JSON report tells of; nothing else."
)
@reporting
@judging
def command(target: str | None, **options: Any) -> int:
    """Probe a running service: whether it says the right thing when a request is wrong.

    TARGET is a web address, module:app (ASGI or WSGI, served on a loopback port), or a command that
    starts the service and prints its address. Probes make, change and delete things: use a test
    system, or --safe. After the probes come inputs from schemathesis (--phases): by default some
    thousand requests and half a minute for twenty operations, which suits a job of CI; --phases
    probes takes seconds, --max-examples 200 --budget 10m a night. Defaults of options, and what
    holds for single operations, stand in the table [fuzz] of the settings.
    """
    from apicheck.testing.job import probed, static

    only = options.pop("static")
    own = {name: options.pop(name) for name in list(options) if name in _OWN}
    common = Common(**options)
    settings = settings_of(common)
    asked = _asked(own, common)
    if only:
        return emit(static(asked, settings), common, threshold_of(common, settings))
    if target is None:
        raise click.UsageError("Missing argument 'TARGET' (or --static).")
    with _progress() as progress:
        report, died = probed(
            target, asked, settings, verbose=common.verbose > 0, progress=progress
        )
    code = emit(report, common, threshold_of(common, settings))
    return 2 if died else code


@contextmanager
def _progress() -> Iterator[Callable[[str], None] | None]:
    """Shows on a terminal which operation is being probed, and takes that away in the end."""
    from apicheck.report.words import visible

    if not sys.stderr.isatty():
        yield None
        return
    wide = shutil.get_terminal_size().columns - 1

    def show(label: str) -> None:
        click.echo(f"\r{f'probing {visible(label)}'[:wide].ljust(wide)}", nl=False, err=True)

    try:
        yield show
    finally:
        click.echo(f"\r{' ' * wide}\r", nl=False, err=True)


_OWN = {
    *(
        "contract",
        "token",
        "second_token",
        "auth",
        "second_auth",
        "header",
        "operation",
        "area",
        "thorough",
    ),
    *("phases", "max_examples", "budget", "rate_limit", "safe", "seed", "deadline", "wait", "ca"),
    *("hooks", "shard", "allow_host", "replay"),
}


def _asked(own: dict[str, Any], common: Common) -> Asked:
    """The flags, and where there are none, what the settings say."""
    from apicheck.testing.job import Asked
    from apicheck.testing.settings import options_in

    table: dict[str, Any] = {}
    path = ""
    for each, where in tables_of(common):
        if "fuzz" in each:
            table, path = each["fuzz"], where
    given = options_in(table, path)
    # Files that the settings name stand beside them.
    for name in ("contract", "ca", "hooks"):
        said = given.get(name, "")
        if said and not said.startswith(("/", "http")):
            beside = Path(path).resolve().parent / said
            given[name] = str(beside) if beside.exists() else said
    given |= {name: value for name, value in own.items() if value not in {None, ()}}
    if "contract" not in given:
        raise click.UsageError("Missing option '--contract' (or contract in [fuzz]).")
    for name in ("deadline", "wait"):
        if not 0 < given.get(name, 1) <= 86_400:
            raise ConfigError(f"--{name}", f"{given[name]}", "is not more than 0 and at most a day")
    given["shard"] = shard_of(given.get("shard"))
    lists = ("auth", "second_auth", "header", "area")
    given |= {name: tuple(given[name]) for name in lists if name in given}
    return Asked(**given, table=table, table_path=path)
