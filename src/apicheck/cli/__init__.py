"""The command line: a table of commands, each imported when it is used, and the exit codes.

0 clean, 1 findings at or over the threshold, 2 could not check, 101 a bug of ours, 130 interrupted.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from apicheck import __version__
from apicheck.errors import ApicheckError

__all__ = ["COMMANDS", "main", "run", "silence", "stdout_as"]

#: Name -> what ``--help`` says of it. The command stands in ``apicheck.cli.commands.<name>``.
COMMANDS = {
    "diff": "Compare two versions of a contract.",
    "gate": "Check every contract that differs from a base revision.",
    "contracts": "Keep released versions of contracts: add, list, show, lint, log, matrix.",
    "pact": "Consumer-driven contracts: compare, lint, diff, verify and publish.",
    "schema": "Compare two bare JSON Schemas: which values fit both, which only one.",
    "broker": "Keep pacts, results and deployments: serve, backup, clean, export, import.",
    "can-i-deploy": "Say whether a version may be deployed, and of each partner why or why not.",
    "record-deployment": "Record that a version is deployed to an environment now.",
    "record-release": "Record that a version is released, and supported, in an environment.",
    "record-undeployment": "Record that a pacticipant is no longer deployed to an environment.",
    "environments": "List the environments of a broker, or make one.",
    "fuzz": "Probe a running service: whether it says the right thing when a request is wrong.",
    "report": "Join the JSON reports of sharded runs: merge.",
    "rules": "List the rules.",
    "explain": "Explain one rule: why it matters, and what to do instead.",
    "init": "Scaffold contracts/, settings, workflow and pre-commit hook into FOLDER.",
}


class _Lazy(click.Group):
    """A group that imports a command only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"apicheck.cli.commands.{cmd_name.replace('-', '_')}")
        found: click.Command = module.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from apicheck.judge.settings import nearest

            raise click.UsageError(
                f"No such command {args[0]!r}; {nearest(args[0], COMMANDS)}", ctx
            )
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value:
        click.echo(f"apicheck {__version__}")
        ctx.exit()


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def group() -> None:
    """Check API contracts: does this change break anyone, and for whom."""


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line and exit; the one place where errors become exit codes."""
    import gc

    _open_streams()
    # A run makes many values and drops few: looking for circles all the time only costs.
    gc.set_threshold(200_000, 20, 100)
    # A terminal that cannot show an arrow is no reason to fail.
    stdout_as(errors="backslashreplace")
    sys.exit(run(arguments))


def _open_streams() -> None:
    """A stream that was closed before we started is one that nobody reads."""
    import os

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115


def stdout_as(*, errors: str, encoding: str | None = None) -> None:
    """Choose how text becomes bytes on stdout, where that is ours to choose."""
    import io

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=errors, encoding=encoding)


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and give the exit code."""
    import os

    try:
        os.getcwd()  # noqa: PTH109
    except OSError as problem:
        click.echo(f"error: the current folder is gone: {problem.strerror}", err=True)
        return 2
    try:
        code = group.main(args=arguments, prog_name="apicheck", standalone_mode=False)
    except click.exceptions.Abort:
        return 130
    except KeyboardInterrupt:
        return 130
    except click.ClickException as problem:
        problem.show()
        return 2
    except ApicheckError as problem:
        _tell(problem)
        return 2
    except BaseExceptionGroup as problems:
        return _several(problems)
    except (BrokenPipeError, SystemExit):
        # Click makes a SystemExit of a broken pipe, and of nothing else here.
        silence()
        return 0
    except OSError as problem:
        if problem.filename is not None:
            return _bug()
        # No file is named: it is what we print that found no room.
        silence()
        click.echo(f"error: the output cannot be written: {problem.strerror}", err=True)
        return 2
    except Exception:  # noqa: BLE001 - anything else is a bug, and says so
        return _bug()
    return code if isinstance(code, int) else 0


def _tell(problem: BaseException) -> None:
    """Say what is wrong; what names and contracts hold must not steer the terminal."""
    from apicheck.report.words import visible

    lines = f"error: {problem}".split("\n")
    click.echo("\n".join(visible(each) for each in lines), err=True)


def _several(problems: BaseExceptionGroup[BaseException]) -> int:
    ours, others = problems.split(ApicheckError)
    if others is not None or ours is None:
        return _bug()
    for each in _flat(ours):
        _tell(each)
    return 2


def _flat(problems: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for each in problems.exceptions:
        found += _flat(each) if isinstance(each, BaseExceptionGroup) else [each]
    return found


def silence() -> None:
    """Print no more, since nobody reads it or it finds no room; no complaint at exit either."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _bug() -> int:
    import traceback

    traceback.print_exc()
    click.echo(
        f"error: this is a bug in apicheck {__version__}, not in your contract; "
        "please report it with the lines above",
        err=True,
    )
    return 101
