"""apicheck pact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from apicheck.cli.comparing import compare
from apicheck.cli.options import Common, emit, judging, reporting, settings_of, threshold_of
from apicheck.cli.publishing import publish
from apicheck.cli.verifying import verify

if TYPE_CHECKING:
    from apicheck.api import Settings

__all__ = ["command"]


@click.group("pact")
def command() -> None:
    """Consumer-driven contracts: compare, lint, diff, verify and publish."""


@command.command("lint")
@click.argument("pact")
@click.option(
    "--states", metavar="FILE", help="The states that the provider knows: one a line, or JSON."
)
@reporting
@judging
def lint(*, pact: str, states: str | None, **options: Any) -> int:
    """Check PACT, a file or a folder, for what makes pacts brittle or says something else."""
    from apicheck.pact.lint import lint as linted
    from apicheck.pact.read import read_pacts

    common = Common(**options)
    settings = settings_of(common)
    pacts = read_pacts(pact, settings.options)
    known = None if states is None else _states(states, settings)
    return emit(linted(pacts, settings, known, pact), common, threshold_of(common, settings))


def _states(name: str, settings: Settings) -> frozenset[str]:
    from apicheck.errors import ParseError
    from apicheck.sources.paths import read_file

    text = read_file(settings.options.cwd / name, name, settings.options).decode(errors="replace")
    if not text.lstrip().startswith(("[", "{")):
        return frozenset(line.strip() for line in text.splitlines() if line.strip())
    from apicheck.sources.json import parse_json

    listed = parse_json(text.encode(), name)
    if isinstance(listed, dict):
        listed = listed.get("providerStates", listed.get("states"))
    names: list[Any] = [
        each.get("name") if isinstance(each, dict) else each for each in listed or ()
    ]
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in names):
        raise ParseError(name, "is no list of states", hint="a list of names, or of {name: ...}")
    return frozenset(names)


@command.command("diff")
@click.argument("old")
@click.argument("new")
@reporting
@judging
def diff(*, old: str, new: str, **options: Any) -> int:
    """Compare two versions of a pact, interaction by interaction.

    OLD and NEW are each a file, git:REV:PATH or REV:PATH, or - for stdin.
    """
    from apicheck.pact.diff import diff as compared
    from apicheck.pact.read import read_pact

    # What changed is all that is asked here, though it is seldom wrong.
    common = Common(**{**options, "verbose": max(1, options["verbose"])})
    settings = settings_of(common)
    one, two = read_pact(old, settings.options), read_pact(new, settings.options)
    return emit(compared(one, two, settings), common, threshold_of(common, settings))


command.add_command(compare)
command.add_command(verify)
command.add_command(publish)
