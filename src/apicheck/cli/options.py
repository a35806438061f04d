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

__all__ = [
    "Common",
    "emit",
    "flags_of",
    "judging",
    "reporting",
    "settings_of",
    "shard_of",
    "threshold_of",
    "using",
    "with_usage",
]

COMPATIBILITIES = (
    *("backward", "forward", "full", "none"),
    *("backward-transitive", "forward-transitive", "full-transitive"),
)
#: No file is as large; what reads is asked for one byte more than the limit.
_MOST_BYTES = 2**40
FORMATS = ("text", "json", "markdown", "html", "sarif", "junit", "github", "gitlab")


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
    witness: str = "short"
    compatibility: str | None = None
    profile: tuple[str, ...] = ()
    pacts: str | None = None
    provider: str = ""
    coverage: bool = False


def using(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options on who is known to use the contracts."""
    for option in (
        click.option(
            "--provider", default="", metavar="NAME", help="What the pacts call the provider."
        ),
        click.option(
            "--pacts",
            metavar="DIR|URL",
            help="Pacts of the consumers, in a folder or a broker: say whom each finding breaks.",
        ),
    ):
        command = option(command)
    return command


def reporting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options on how the report looks and where it goes."""
    for option in (
        click.option("--no-color", is_flag=True, help="No colours (as with NO_COLOR)."),
        click.option("-v", "--verbose", count=True, help="Say more; twice: fold nothing."),
        click.option("-q", "--quiet", is_flag=True, help="Only errors and the verdict."),
        click.option(
            "--witness",
            type=click.Choice(["none", "short", "full"]),
            default="short",
            show_default=True,
            help="Payloads that show a break: none, with long parts cut, or whole.",
        ),
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
            "--profile",
            multiple=True,
            metavar="NAME",
            help="Judge as another tool does: confluent, buf-wire, avro, …",
        ),
        click.option(
            "--compatibility",
            type=click.Choice(COMPATIBILITIES),
            help="What counts where a contract does not say who sends.  [default: full]",
        ),
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
    from apicheck.cli.files import settings_in
    from apicheck.judge.settings import find

    path = Path(common.config) if common.config else find(Path.cwd())
    # The functions of os.path take every text for a name.
    if common.config and not os.path.isfile(common.config):  # noqa: PTH113
        raise ConfigError(common.config, "", "there is no such settings file")
    return [] if path is None else [(settings_in(path), str(path))]


def flags_of(common: Common) -> list[tuple[Table, str]]:
    """The flags that are settings, as the strongest table of them."""
    given: Table = {}
    if common.compatibility:
        given["compatibility"] = common.compatibility
    if common.profile:
        given["profile"] = list(common.profile)
    return [(given, "--profile")] if given else []


def settings_of(common: Common, more: list[tuple[Table, str]] | None = None) -> Settings:
    """Everything that api needs, from files and flags; ``more`` are further tables, stronger."""
    from apicheck import api
    from apicheck.cli.files import fingerprints_in
    from apicheck.judge.policy import layer_of_flags, policy_of
    from apicheck.model import Severity
    from apicheck.sources import Options

    flagged = flags_of(common)
    tables = tables_of(common) + (more or []) + flagged
    merged: dict[str, Any] = {}
    home = Path.cwd()
    for table, path in tables:
        merged.update(table)
        if (table, path) not in flagged:
            home = Path(path).resolve().parent
    needs_rules = common.severity or any(
        key in table for table, _ in tables for key in ("rules", "overrides", "waivers")
    )
    rules = api.catalogue() if needs_rules else ()
    if "profile" in merged:
        _check_profiles(merged["profile"], api.profile_names(), tables)
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
        baseline=fingerprints_in(known) if known else frozenset(),
        store=merged.get("store", "contracts"),
    )


def with_usage(settings: Settings, common: Common) -> Settings:
    """The settings with what the pacts show, if there are any to look at.

    A folder that is named on the command line must have some; that of the settings must be there.
    """
    from dataclasses import replace

    given, home = common.pacts, Path.cwd()
    for table, path in () if given else tables_of(common):
        if "pacts" in table:
            given, home = table["pacts"], Path(path).resolve().parent
    if given is None:
        if common.provider:
            raise ConfigError("--provider", common.provider, "is of use with --pacts only")
        return settings
    from apicheck.cli.pacts import source_of
    from apicheck.pact.usage import Usage

    source = source_of(given, home, settings.options)
    usage = Usage(source=source, provider=common.provider, today=settings.today)
    return replace(settings, usage=usage)


def _check_profiles(
    said: str | list[str], known: tuple[str, ...], tables: list[tuple[Table, str]]
) -> None:
    from apicheck.judge.settings import at, nearest

    for name in [said] if isinstance(said, str) else said:
        if name not in known:
            path = next(path for table, path in reversed(tables) if "profile" in table)
            raise ConfigError(at(path, "profile"), name, "no such profile", nearest(name, known))


def threshold_of(common: Common, settings: Settings) -> Severity | None:
    """The severity from which a run fails: the flag, else the settings; None for never."""
    from apicheck.judge.policy import threshold

    return threshold(common.fail_on) if common.fail_on else settings.policy.fail_on


def shard_of(text: str | None) -> tuple[int, int]:
    """``2/3`` as numbers; the whole where nothing is said."""
    if text is None:
        return 1, 1
    number, slash, of = text.partition("/")
    if slash and _is_count(number) and _is_count(of) and 1 <= int(number) <= int(of):
        return int(number), int(of)
    raise ConfigError("--shard", text, "is not of the form I/N with I from 1 to N")


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def emit(report: Report, common: Common, fail_on: Severity | None) -> int:
    """Write the report and its copies; give the exit code.

    0 clean, 1 findings at or over ``fail_on``, 2 where part of the contract could not be
    compared and nothing else is wrong.
    """
    from apicheck.judge import worst
    from apicheck.model import Verdict
    from apicheck.report import KNOWN, RenderOptions, named
    from apicheck.report.shorten import with_witnesses

    report = with_witnesses(report, common.witness)
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
        coverage=common.coverage,
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
