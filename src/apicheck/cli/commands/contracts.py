"""apicheck contracts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from apicheck.cli.options import Common, emit, judging, reporting, settings_of, threshold_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from apicheck.api import Settings
    from apicheck.history import Cell
    from apicheck.model import Bump, Verdict
    from apicheck.store.layout import Stored

__all__ = ["command"]


@click.group("contracts")
def command() -> None:
    """Keep released versions of contracts: add, list, show, lint, log, matrix."""


def _table(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of the commands that print a table instead of a report."""
    for option in (
        click.option("--config", metavar="FILE", help="Settings file instead of the nearest one."),
        click.option(
            "-f",
            "--format",
            "form",
            type=click.Choice(["text", "json", "markdown"]),
            default="text",
            show_default=True,
        ),
    ):
        function = option(function)
    return function


def _settings(config: str | None) -> Settings:
    return settings_of(Common(config=config))


def _stored(settings: Settings, name: str) -> Stored:
    from apicheck.store.layout import contracts, find_contract

    return find_contract(contracts(settings.options.cwd / settings.store), name)


@command.command("add")
@click.argument("spec")
@click.option("--service", required=True, metavar="NAME", help="The service that it belongs to.")
@click.option("--version", metavar="V", help="The version.  [default: what SPEC says]")
@click.option("--kind", metavar="KIND", help="openapi, events/NAME, …  [default: what SPEC is]")
@click.option("--force", is_flag=True, help="Add it in spite of lint errors or a small step.")
@reporting
@judging
def add(
    *,
    spec: str,
    service: str,
    version: str | None,
    kind: str | None,
    force: bool,
    **options: Any,
) -> int:
    """Release SPEC as a new version, and lock it.

    SPEC is what diff takes. It is refused where it is invalid, where its version is a smaller
    step than its changes demand, or where that version is there with another content.
    """
    from apicheck.release import add as release

    common = Common(**options)
    settings = settings_of(common)
    added = release(spec, service, settings, kind=kind or "", version=version or "", force=force)
    written = "refused: nothing was written" if added.path is None else f"in {added.path}"
    report = replace(added.report, notes=(*added.report.notes, written))
    # What breaks is allowed in a new version: that its number says so has been checked.
    emit(report, common, None)
    return 1 if added.path is None else 0


@command.command("lock")
@click.argument("names", nargs=-1, metavar="[NAME@VERSION]...")
@click.option("--config", metavar="FILE", help="Settings file instead of the nearest one.")
def lock(names: tuple[str, ...], config: str | None) -> int:
    """Lock versions that are not locked yet, and those named anew.

    To lock anew is for a version that nobody has seen: the gate still compares with the base.
    """
    from apicheck.release import lock as written

    done = written(_settings(config), names)
    click.echo("\n".join([*(f"locked {each}" for each in done), f"{len(done)} lines written"]))
    return 0


@command.command("sunset")
@click.argument("name", metavar="NAME@VERSION")
@click.argument("day", metavar="DATE", required=False, default="")
@click.option("--cancel", is_flag=True, help="Take the date back.")
@click.option("--config", metavar="FILE", help="Settings file instead of the nearest one.")
def sunset(*, name: str, day: str, cancel: bool, config: str | None) -> int:
    """Announce the DATE after which a released version may be removed."""
    from apicheck.release import announce

    if bool(day) == cancel:
        raise click.UsageError("give either a DATE or --cancel")
    full = announce(_settings(config), name, day)
    click.echo(f"{full}: the sunset was taken back" if cancel else f"{full}: sunset on {day}")
    return 0


@command.command("list")
@_table
def list_(form: str, config: str | None) -> int:
    """List the contracts and their versions, the oldest first."""
    from apicheck.store.layout import contracts
    from apicheck.store.lock import read_lock

    settings = _settings(config)
    root = settings.options.cwd / settings.store
    lines = read_lock(root)
    rows = [
        {
            "contract": stored.name,
            "version": str(release.version),
            "path": str(Path(settings.store) / release.path),
            "locked": release.name in lines,
            "sunset": lines[release.name].sunset or None if release.name in lines else None,
        }
        for stored in contracts(root)
        for release in stored.releases
    ]
    if form == "json":
        click.echo(json.dumps(rows, indent=2))
        return 0
    head = ["contract", "version", "locked", "sunset", "path"]
    body = [[_word(row[name]) for name in head] for row in rows]
    click.echo(_drawn(head, body, markdown=form == "markdown"), nl=False)
    return 0


def _word(value: str | bool | None) -> str:  # noqa: FBT001 - a cell of a table
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value or ""


@command.command("show")
@click.argument("name", metavar="NAME@VERSION")
@click.option("--path", "only_path", is_flag=True, help="Print the path instead.")
@click.option(
    "-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--config", metavar="FILE", help="Settings file instead of the nearest one.")
def show(*, name: str, only_path: bool, form: str, config: str | None) -> int:
    """Print one version: its text as it is, or as JSON."""
    from apicheck.sources import open_source
    from apicheck.store.layout import find

    settings = _settings(config)
    contract, at, version = name.rpartition("@")
    found = find(
        settings.options.cwd / settings.store,
        contract if at else name,
        version if at else "latest",
    )
    if only_path:
        click.echo(str(found))
    elif form == "json":
        data = open_source(str(found), settings.options).data
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        document = open_source(str(found), settings.options)
        for each in document.members or (document,):
            if document.members:
                click.echo(f"==> {document.inside(each)} <==")
            click.echo(each.raw, nl=False)
    return 0


@command.command("lint")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@reporting
@judging
def lint(*, paths: tuple[str, ...], **options: Any) -> int:
    """Check contracts against the rules of their own format.

    PATHs are what diff takes; without any, every version in the store is checked.
    """
    from apicheck.errors import SourceError
    from apicheck.gate.linting import lint_all

    common = Common(**options)
    settings = settings_of(common)
    if paths and not any(_there(path, settings) for path in paths):
        raise SourceError(paths[0], "there is no such file")
    report = lint_all(paths or _everything(settings), settings)
    return emit(report, common, threshold_of(common, settings))


def _there(path: str, settings: Settings) -> bool:
    """Whether there may be something to look at; a name with : or @ is looked up elsewhere."""
    return path == "-" or ":" in path or "@" in path or (settings.options.cwd / path).exists()


def _everything(settings: Settings) -> list[str]:
    from apicheck.store.layout import contracts

    root = settings.options.cwd / settings.store
    return [
        str(Path(settings.store) / release.entry)
        for stored in contracts(root)
        for release in stored.releases
    ]


@command.command("log")
@click.argument("name")
@_table
def log(name: str, form: str, config: str | None) -> int:
    """Show each step of a contract's history: its number, and what its changes demand."""
    from apicheck.history import steps
    from apicheck.model import Bump

    settings = _settings(config)
    stored = _stored(settings, name)
    found = steps(stored, settings)
    if form == "json":
        rows = [
            {
                "old": each.old,
                "new": each.new,
                "verdict": each.verdict.value,
                "given": each.given.name.lower(),
                "demanded": each.demanded.name.lower(),
                "breaking": each.breaking,
                "warning": each.warning,
                "info": each.info,
            }
            for each in found
        ]
        bump = max((each.demanded for each in found), default=Bump.NONE)
        verdicts = [each.verdict for each in found]
        _write("contracts log", stored.name, "steps", rows, verdicts=verdicts, bump=bump)
        return 0
    head = ["step", "number says", "changes are", "breaking", "warnings", "other", ""]
    body = [
        [
            f"{each.old} → {each.new}",
            each.given.name.lower(),
            each.demanded.name.lower(),
            str(each.breaking),
            str(each.warning),
            str(each.info),
            "" if each.kept else "too small a step",
        ]
        for each in found
    ]
    text = _drawn(head, body, markdown=form == "markdown")
    click.echo(
        text if body else f"{stored.name} has one version: {stored.latest.version}\n", nl=False
    )
    return 0


@command.command("matrix")
@click.argument("name")
@click.option(
    "--last", type=click.IntRange(min=1), default=10, show_default=True, help="Newest versions."
)
@_table
def matrix(name: str, last: int, form: str, config: str | None) -> int:
    """Show which versions can talk to which: clients down, services across.

    Of an event, who reads and who writes it by which version.
    """
    from apicheck import history
    from apicheck.model import Bump

    settings = _settings(config)
    stored = _stored(settings, name)
    rows = history.matrix(stored.releases[-last:], settings)
    if form == "json":
        cells = [
            {
                "client": cell.client,
                "service": cell.service,
                "verdict": cell.verdict.value,
                "breaking": cell.breaking,
                "warning": cell.warning,
            }
            for row in rows
            for cell in row
        ]
        verdicts = [cell.verdict for row in rows for cell in row]
        _write("contracts matrix", stored.name, "cells", cells, verdicts=verdicts, bump=Bump.NONE)
        return 0
    head = [_corner(stored, settings), *(cell.service for cell in rows[0])]
    body = [[row[0].client, *(_cell(cell) for cell in row)] for row in rows]
    click.echo(_drawn(head, body, markdown=form == "markdown"), nl=False)
    left = len(stored.releases) - len(rows)
    if left > 0:
        click.echo(f"{left} older versions left out (--last {len(stored.releases)})", err=True)
    return 0


def _corner(stored: Stored, settings: Settings) -> str:
    """What rows and columns are: of events the mode of compatibility says who reads."""
    from apicheck.judge.policy import COMPATIBILITY

    if not stored.kind.startswith("events/"):
        return "client \\ service"
    mode = settings.policy.compatibility
    if mode == COMPATIBILITY["forward"]:
        return "reader \\ writer"
    return "one \\ other" if mode == COMPATIBILITY["full"] else "writer \\ reader"


def _write(
    command: str,
    name: str,
    table: str,
    rows: list[dict[str, Any]],
    *,
    verdicts: Sequence[Verdict],
    bump: Bump,
) -> None:
    """A table in the envelope of every report: the answer is the worst, and no findings of its own.

    What is behind a row is what ``apicheck diff NAME@OLD NAME@NEW`` finds.
    """
    from apicheck.model import Report, Summary, Verdict
    from apicheck.report.json import as_data
    from apicheck.report.plain import write

    order = (Verdict.IDENTICAL, Verdict.COMPATIBLE, Verdict.UNKNOWN, Verdict.BREAKING)
    worst = max(verdicts, key=order.index, default=Verdict.IDENTICAL)
    report = Report(
        command=command,
        old=None,
        new=None,
        summary=Summary(verdict=worst, bump=bump, error=0, warning=0, info=0, unproved=0),
        findings=(),
    )
    click.echo(write({**as_data(report), "contract": name, table: rows}), nl=False)


def _cell(cell: Cell) -> str:
    words = {"identical": "same", "compatible": "ok", "breaking": "breaks", "unknown": "unknown"}
    word = words[cell.verdict.value]
    if cell.breaking:
        return f"{word} ({cell.breaking})"
    return f"{word} ({cell.warning} to look at)" if cell.warning else word


def _drawn(head: Sequence[str], body: Iterable[Sequence[str]], *, markdown: bool) -> str:
    """A table as text, or as Markdown."""
    rows = [list(head), *(list(row) for row in body)]
    if markdown:
        rows.insert(1, ["---"] * len(head))
        lines = ["| " + " | ".join(each.replace("|", "\\|") for each in row) + " |" for row in rows]
    else:
        widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
        lines = [
            "  ".join(each.ljust(width) for each, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
    return "".join(f"{line}\n" for line in lines)
