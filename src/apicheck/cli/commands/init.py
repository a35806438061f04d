"""apicheck init."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from apicheck import __version__
from apicheck.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["command"]

#: A version that is not released yet has no tag.
_REVISION = "main" if "dev" in __version__ else f"v{__version__}"

_README = """\
# Contracts

Every released version of every contract of our services, side by side:

    <service>/openapi/1.4.0.yaml
    <service>/asyncapi/2.0.0.yaml
    <service>/events/<EventName>/1.0.0.json

A released version never changes (`apicheck.lock`); a change is a new version:

    apicheck contracts add openapi.yaml --service orders
    apicheck contracts log orders
    apicheck contracts matrix orders
"""

_SETTINGS = """\
# Settings of apicheck. Everything here is optional.

# Exit 1 from this severity on: error, warning, info or never.
fail-on = "error"

# Where released versions are kept.
store = "{store}"

# Plain contract files to hold against the base revision as well.
# specs = ["services/*/openapi.yaml"]

# [rules]
# "schema.enum-value-added@response" = "info"

# [[waivers]]
# rule = "operation.removed"
# path = "GET /v1/reports"
# reason = "Nobody has called it since March; announced to all teams."
# until = "2027-01-31"
"""

_WORKFLOW = """\
name: contracts

on: pull_request

permissions: {{}}

jobs:
  apicheck:
    runs-on: ubuntu-latest
    permissions: {{ contents: read }}
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with: {{ fetch-depth: 0, persist-credentials: false }}
      - uses: apicheck/apicheck/.github/actions/gate@{revision}
"""

_HOOKS = """\
repos:
  - repo: https://github.com/apicheck/apicheck
    rev: {revision}
    hooks:
      - id: apicheck-gate
      - id: apicheck-lint
"""


@click.command("init")
@click.option(
    "--store", default="contracts", show_default=True, help="Folder for released versions."
)
@click.argument("folder", default=".", metavar="[FOLDER]")
def command(store: str, folder: str) -> int:
    """Scaffold contracts/, settings, workflow and pre-commit hook into FOLDER.

    What is there already is left alone.
    """
    root = Path(folder)
    if not os.path.isdir(root):  # noqa: PTH112 - takes every text for a name
        raise SourceError(folder, "there is no such folder", "make it first")
    parts = Path(store).parts
    odd = not store.isprintable() or '"' in store or "\\" in store
    if odd or not parts or Path(store).is_absolute() or {"..", ".git"}.intersection(parts):
        raise ConfigError(
            "--store", store, "is no folder inside of the repository", "for example: contracts"
        )
    for path, text in _files(root, store):
        _put(root, path, text)
    _advise(root)
    return 0


def _files(root: Path, store: str) -> Iterator[tuple[str, str]]:
    yield f"{store}/README.md", _README
    if not _configured(root):
        yield "apicheck.toml", _SETTINGS.format(store=store)
    else:
        click.echo("kept     [tool.apicheck] in pyproject.toml")
    yield ".github/workflows/apicheck.yml", _WORKFLOW.format(revision=_REVISION)
    yield ".pre-commit-config.yaml", _HOOKS.format(revision=_REVISION)


def _configured(root: Path) -> bool:
    project = root / "pyproject.toml"
    return project.is_file() and b"[tool.apicheck" in project.read_bytes()


def _put(root: Path, path: str, text: str) -> None:
    """Write one file, unless there is one; never through a link that leads elsewhere."""
    target = root / path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        click.echo(f"kept     {path}")
    except OSError as problem:
        raise SourceError(str(target), f"cannot be written: {problem.strerror}") from None
    else:
        click.echo(f"written  {path}")


def _advise(root: Path) -> None:
    """What is left to be done by hand."""
    hooks = root / ".pre-commit-config.yaml"
    if "apicheck-gate" not in hooks.read_text("utf-8", "replace"):
        click.echo("\nto run before each commit, add to the repos of .pre-commit-config.yaml:\n")
        click.echo(_HOOKS.format(revision=_REVISION).removeprefix("repos:\n"), nl=False)
    click.echo("\nnext: apicheck contracts add openapi.yaml --service NAME")
