"""Options that commands share, and the settings that come of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from apicheck.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from apicheck.api import Settings
    from apicheck.judge.settings import Settings as Table
    from apicheck.model import Report, Severity

__all__ = ["Common", "emit", "judging", "loaded", "reporting", "settings_of", "threshold_of"]

#: No file is as large, and no part of a path as long.
_MOST_BYTES, _LONGEST = 2**40, 255
FORMATS = ("text", "json", "markdown", "sarif", "junit", "github", "gitlab")


class Common(NamedTuple):
    """The values of the shared options."""

    format: str = "text"
    output: tuple[str, ...] = ()
    fail_on: str | None = None
    config: str | None = None
    quiet: bool = False
    verbose: int = 0
    no_color: bool = False
    allow_network: bool = False
    max_bytes: int | None = None
    severity: tuple[str, ...] = ()
    baseline: str | None = None
    write_baseline: str | None = None
    as_format: str | None = None


def reporting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options on how the report looks and where it goes."""
    for option in (
        click.option("--no-color", is_flag=True, help="No colours (as with NO_COLOR)."),
        click.option("-v", "--verbose", count=True, help="Say more; twice: fold nothing."),
        click.option("-q", "--quiet", is_flag=True, help="Only errors and the verdict."),
        click.option(
            "--output",
            multiple=True,
            metavar="FORMAT=PATH",
            help="Write a further report to a file; may be repeated.",
        ),
        click.option(
            "-f",
            "--format",
            type=click.Choice(FORMATS),
            default="text",
            show_default=True,
            help="Format of the report on stdout.",
        ),
    ):
        command = option(command)
    return command


def judging(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options on reading contracts and judging changes."""
    for option in (
        click.option(
            "--as", "as_format", metavar="FORMAT", help="Take the contract for this format."
        ),
        click.option("--write-baseline", metavar="FILE", help="Record the findings as known."),
        click.option("--baseline", metavar="FILE", help="Let findings pass that FILE knows."),
        click.option(
            "--severity",
            multiple=True,
            metavar="RULE=LEVEL",
            help="error, warning, info or off for a rule, schema.* or RULE@response.",
        ),
        click.option(
            "--max-bytes", type=click.IntRange(1, _MOST_BYTES), help="Largest file to read."
        ),
        click.option("--allow-network", is_flag=True, help="Follow http(s) addresses."),
        click.option("--config", metavar="FILE", help="Settings file instead of the nearest one."),
        click.option(
            "--fail-on",
            type=click.Choice(["error", "warning", "info", "never"]),
            help="Exit 1 from this severity on.  [default: error]",
        ),
    ):
        command = option(command)
    return command


def tables_of(common: Common) -> list[tuple[Table, str]]:
    """The settings files that apply, weakest first."""
    from apicheck.judge.settings import find

    path = Path(common.config) if common.config else find(Path.cwd())
    # The functions of os.path take every text for a name.
    if common.config and not os.path.isfile(common.config):  # noqa: PTH113
        raise ConfigError(common.config, "", "there is no such settings file")
    return [] if path is None else [(loaded(path), str(path))]


def loaded(path: Path) -> Table:
    """The checked settings of a file; ConfigError also where it is built to be too much."""
    from apicheck.judge.settings import at, load

    try:
        table = load(path)
    except (RecursionError, ValueError):
        # The reader of TOML goes as deep as the text, and makes numbers as long as they stand.
        raise ConfigError(
            str(path), "", "is nested too deep, or holds a number of thousands of digits"
        ) from None
    for key in ("store", "baseline", "base", "roots", "specs"):
        values = table.get(key, ())
        for each in (values,) if isinstance(values, str) else values:
            if "\0" in each or any(len(part) > _LONGEST for part in Path(each).parts):
                raise ConfigError(
                    at(str(path), key), key, f"{each[:40]!r}: no file can have such a name"
                )
    return table


def settings_of(common: Common, more: list[tuple[Table, str]] | None = None) -> Settings:
    """Everything that api needs, from files and flags; ``more`` are further tables, stronger."""
    from apicheck import api
    from apicheck.judge.policy import layer_of_flags, policy_of
    from apicheck.model import Severity
    from apicheck.sources import Options

    tables = tables_of(common) + (more or [])
    merged: dict[str, Any] = {}
    home = Path.cwd()
    for table, path in tables:
        merged.update(table)
        home = Path(path).resolve().parent
    needs_rules = common.severity or any(
        key in table for table, _ in tables for key in ("rules", "overrides", "waivers")
    )
    rules = api.catalogue() if needs_rules else ()
    flags = layer_of_flags(common.severity, rules) if common.severity else None
    known = common.baseline or (str(home / merged["baseline"]) if "baseline" in merged else None)
    options = Options(
        allow_network=common.allow_network or merged.get("allow-network", False),
        roots=tuple(home / each for each in merged.get("roots", ())),
        max_bytes=min(
            common.max_bytes or merged.get("max-bytes") or Options().max_bytes, _MOST_BYTES
        ),
    )
    plain = common.format == "text" and not (common.output or common.verbose)
    return api.Settings(
        # A short text report tells infos by their number only.
        places_from=Severity.WARNING if plain else Severity.INFO,
        policy=policy_of(tables, rules, flags),
        options=options,
        as_format=common.as_format,
        baseline=_baseline(known) if known else frozenset(),
        store=merged.get("store", "contracts"),
    )


def _baseline(path: str) -> frozenset[str]:
    from apicheck.judge.baseline import read

    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
        raise ConfigError(path, "baseline", "is not a file", "write it: --write-baseline")
    try:
        return read(Path(path))
    except RecursionError:
        raise ConfigError(path, "baseline", "is nested too deep to be a baseline") from None


def threshold_of(common: Common, settings: Settings) -> Severity | None:
    """The severity from which a run fails: the flag, else the settings; None for never."""
    from apicheck.judge.policy import threshold

    return threshold(common.fail_on) if common.fail_on else settings.policy.fail_on


def emit(report: Report, common: Common, fail_on: Severity | None) -> int:
    """Write the report and its copies; give the exit code.

    0 clean, 1 findings at or over ``fail_on``, 2 where part of the contract could not be
    compared and nothing else is wrong.
    """
    from apicheck.judge import worst
    from apicheck.model import Verdict
    from apicheck.report import KNOWN, RenderOptions, named

    for target in common.output:
        name, equals, path = target.partition("=")
        if not equals or not path:
            raise ConfigError("--output", target, "is not of the form FORMAT=PATH")
        if name not in KNOWN:
            raise ConfigError(
                "--output", target, "no such report format", f"known: {', '.join(KNOWN)}"
            )
        text = named(name)(report, RenderOptions(verbose=common.verbose, root=str(Path.cwd())))
        _write(Path(path), text)
    colour = sys.stdout.isatty() and not common.no_color and not os.environ.get("NO_COLOR")
    options = RenderOptions(
        colour=colour,
        width=_width(),
        verbose=common.verbose,
        quiet=common.quiet,
        root=str(Path.cwd()),
    )
    _show(named(common.format)(report, options), common.format, colour=colour)
    if common.write_baseline:
        from apicheck.judge.baseline import write

        count = write(Path(common.write_baseline), report.findings)
        click.echo(f"{count} findings written to {common.write_baseline}", err=True)
        return 0
    if fail_on is None:
        return 0
    if worst(report.findings) >= fail_on:
        return 1
    return 2 if report.summary.verdict is Verdict.UNKNOWN else 0


def _show(text: str, style: str, *, colour: bool) -> None:
    """Print a report; a reader that has gone changes nothing about the exit code."""
    from apicheck.cli import silence, stdout_as

    if style != "text":
        # These are read by programs, which expect UTF-8 whatever the terminal speaks.
        stdout_as(encoding="utf-8", errors="backslashreplace")
    try:
        click.echo(text, nl=False, color=colour or None)
    except BrokenPipeError:
        silence()


def _width() -> int:
    if not sys.stdout.isatty():
        return 100
    import shutil

    return shutil.get_terminal_size().columns


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise ConfigError("--output", str(path), f"cannot be written: {problem.strerror}") from None
