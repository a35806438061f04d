"""The options that say which version of a pacticipant a command speaks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from apicheck.cli.build import Build

__all__ = ["version_of", "with_versions"]


def with_versions(role: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Options on the version of a ``consumer`` or ``provider``; ``version_of`` reads them."""

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in (
            click.option("--build-url", default="", metavar="URL", help="Where it was built."),
            click.option(
                "--auto-detect",
                is_flag=True,
                help="Take what is not given from the CI service or git; done anyway if no"
                " version is given.",
            ),
            click.option(
                "--tag",
                f"--{role}-tag",
                "tags",
                multiple=True,
                metavar="TAG",
                help="May be repeated.",
            ),
            click.option("--branch", f"--{role}-branch", "branch", default="", metavar="BRANCH"),
            click.option(
                f"--{role}-version", "version", default="", metavar="VERSION", help="Its version."
            ),
        ):
            command = option(command)
        return command

    return decorated


def version_of(options: dict[str, Any]) -> tuple[Build, tuple[str, ...]]:
    """The version that the options (which are taken out) and the surroundings tell, and its tags.

    Its version is "" where nobody knows it.
    """
    import os
    from pathlib import Path

    from apicheck.cli.build import Build, detected

    given = {name: options.pop(name) for name in ("version", "branch", "build_url")}
    tags, detect = options.pop("tags"), options.pop("auto_detect")
    found = Build()
    if detect or not given["version"]:
        found = detected(os.environ, Path.cwd())
        if given["version"]:
            found = replace(found, source="")
    said = {"version": given["version"], "branch": given["branch"], "url": given["build_url"]}
    return replace(found, **{name: value for name, value in said.items() if value}), tags
