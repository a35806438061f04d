"""apicheck broker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from apicheck.cli.brokers import asks_a_broker
from apicheck.errors import ConfigError, SourceError, UnsupportedFeature

if TYPE_CHECKING:
    from apicheck.broker.client import Remote

__all__ = ["command"]


@click.group(
    "broker",
    help="Keep pacts, results and deployments: serve, backup, clean, export, import.",
)
def command() -> None:
    """A group: the broker runs, or its data are looked after."""


@command.command("serve")
@click.option("--port", default=9292, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--data", default="broker.db", show_default=True, type=click.Path(path_type=Path))
@click.option(
    "--auth",
    type=click.Path(path_type=Path),
    help="A file that says who may come in: write USER:PASSWORD, read-token TOKEN … a line each.",
)
@click.option("--no-auth", is_flag=True, help="Let everybody in, even from other machines.")
@click.option("--public-url", help="The address that others reach it at, for links.")
@click.option("--webhook-host", multiple=True, help="A host that webhooks may call, *.name too.")
@click.option("--webhook-http", is_flag=True, help="Webhooks may go over http, not only https.")
@click.option("--allow-modification", is_flag=True, help="Published pacts may change content.")
@click.option(
    "--clean-days",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Delete old versions every day, as 'broker clean --keep-days DAYS' does.",
)
@click.option(
    "--stale-branches",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="With --clean-days: delete branches that are older than this too.",
)
def serve(
    *,
    port: int,
    host: str,
    data: Path,
    auth: Path | None,
    no_auth: bool,
    public_url: str | None,
    webhook_host: tuple[str, ...],
    webhook_http: bool,
    allow_modification: bool,
    clean_days: int | None,
    stale_branches: int | None,
) -> int:
    """Serve the broker until it is stopped."""
    import ipaddress

    from apicheck.broker import access, cleaning
    from apicheck.broker.calls import Settings
    from apicheck.broker.database import Store
    from apicheck.broker.delivery import Courier
    from apicheck.broker.listening import address, listen

    try:
        import starlette  # noqa: F401 - the application imports it when it is made
        import uvicorn

        from apicheck.broker.app import application
    except ImportError:
        raise UnsupportedFeature(
            "the broker needs more libraries",
            "broker serve",
            hint="pip install 'apicheck-toolkit[broker]'",
        ) from None
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local and auth is None and not no_auth:
        raise ConfigError(
            "broker serve",
            "--host",
            f"{host} is open to other machines, and nobody would have to say who he is",
            "give --auth FILE, or --no-auth if that is meant",
        )
    known = access.from_file(auth) if auth is not None else access.OPEN
    settings = Settings(
        public_url=public_url,
        modify=allow_modification,
        webhook_hosts=webhook_host,
        webhook_http=webhook_http,
    )
    store = Store(data)
    app = application(store, settings, known)
    try:
        listening = listen(host, port)
    except OSError as problem:
        what = f"cannot be listened on: {problem.strerror}"
        raise SourceError(f"{host}:{port}", what, "choose another --port") from None
    click.echo(f"the broker listens on {address(listening)}, data in {data}", err=True)
    config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
    threads: list[Courier | cleaning.Janitor] = [Courier(store, settings)]
    if clean_days is not None:
        rules = cleaning.Rules(days=clean_days, branch_days=stale_branches)
        threads.append(cleaning.Janitor(store, rules))
    uvicorn.Server(config).run(sockets=[listening])
    for each in threads:
        each.stop()
    store.close()
    return 0


@command.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--data", default="broker.db", show_default=True, type=click.Path(path_type=Path))
def backup(*, target: Path, data: Path) -> int:
    """Copy the data of a broker, which may be running, to the file TARGET."""
    from apicheck.broker.database import Store

    if not data.is_file():
        raise SourceError(str(data), "there is no such file", "name it: --data FILE")
    if target.exists():
        raise SourceError(str(target), "exists already", "choose another name")
    store = Store(data)
    store.backup(target)
    store.close()
    click.echo(f"copied to {target}")
    return 0


@command.command("clean")
@click.option("--data", default="broker.db", show_default=True, type=click.Path(path_type=Path))
@click.option("--keep-days", default=90, show_default=True, type=click.IntRange(min=0))
@click.option("--keep-tag", multiple=True, metavar="TAG", help="All with this tag, release-* too.")
@click.option("--keep-main", is_flag=True, help="All versions on the main branches.")
@click.option(
    "--stale-branches",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Delete branches (not main ones) that had no new version for so long.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
def clean(
    *,
    data: Path,
    keep_days: int,
    keep_tag: tuple[str, ...],
    keep_main: bool,
    stale_branches: int | None,
    dry_run: bool,
) -> int:
    """Delete old versions with their pacts and results; the broker may be running.

    Always kept: what is deployed or released, the newest version of each branch, tag and
    pacticipant, and the results by which a pact that stays is not pending.
    """
    from apicheck.broker import cleaning
    from apicheck.broker.database import Store

    if not data.is_file():
        raise SourceError(str(data), "there is no such file", "name it: --data FILE")
    rules = cleaning.Rules(
        days=keep_days, tags=keep_tag, main=keep_main, branch_days=stale_branches
    )
    store = Store(data)
    done = cleaning.would_go(store, rules) if dry_run else cleaning.clean(store, rules)
    store.close()
    for each in done.versions:
        on = f", {each.branches}" if each.branches else ""
        click.echo(f"  {each.pacticipant} {each.number} ({each.made[:10]}{on})")
    for name, branch in done.branches:
        click.echo(f"  branch {branch} of {name}")
    kept = ", ".join(f"{count} {reason}" for reason, count in done.kept.items()) or "none"
    word = "would delete" if dry_run else "deleted"
    click.echo(f"{word} {len(done.versions)} versions, {len(done.branches)} branches; kept: {kept}")
    return 0


@command.command("export")
@click.argument("target", type=click.Path(path_type=Path))
@asks_a_broker
def export(*, broker: Remote, target: Path) -> int:
    """Read all that a broker (ours or any Pact Broker) holds into TARGET.

    TARGET is a file if it ends with .json, else a folder.
    """
    from apicheck.broker import bundle, exporting

    if target.exists() and target.is_dir() and any(target.iterdir()):
        known = (target / "export.json").is_file() or (target / "contents").is_dir()
        if not known:
            raise SourceError(str(target), "holds other things", "name an empty or a new folder")
    found = exporting.export(broker, _say)
    bundle.save(found, target)
    click.echo(f"exported to {target}: {_counted(found.counts)}")
    _not_moved()
    return 0


@command.command("import")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@asks_a_broker
def import_(*, broker: Remote, source: Path) -> int:
    """Make in a broker (ours or any Pact Broker) what export has read.

    What is there already stays; run it again to go on after a failure. Exit code 1 if the broker
    refused something, 2 if it could not be asked.
    """
    from apicheck.broker import bundle, importing

    done = importing.restore(broker, bundle.load(source), _say)
    for each in done.refused:
        click.echo(f"refused: {each}")
    click.echo(f"imported from {source}: {_counted(done.done)}")
    _not_moved()
    return 1 if done.refused else 0


def _say(text: str) -> None:
    click.echo(f"… {text}", err=True)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {part}" for part, count in counts.items() if count) or "nothing"


def _not_moved() -> None:
    from apicheck.broker.bundle import NOT_MOVED

    click.echo("not moved:")
    for each in NOT_MOVED:
        click.echo(f"  {each}")
