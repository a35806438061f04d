"""Reports: one function per format from a ``Report`` to text, imported on first use."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from apicheck.errors import ConfigError
from apicheck.model import Report

__all__ = ["KNOWN", "RenderOptions", "Renderer", "named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """How a report is to look; a format ignores what does not concern it.

    ``colour``: ANSI colours. ``width``: columns of the terminal. ``verbose``: 1 lists info
    and waived findings and leaves no line out, 2 folds nothing. ``quiet``: errors and the
    verdict only. ``limit``: most characters of a Markdown report. ``root``: absolute folder
    that file names are told relative to, where a machine reads them ("" leaves them alone).
    ``coverage``: tell answer by answer what a service was seen to give.
    """

    colour: bool = False
    width: int = 100
    verbose: int = 0
    quiet: bool = False
    limit: int = 60_000
    root: str = ""
    coverage: bool = False


Renderer = Callable[[Report, RenderOptions], str]

#: Name of the report format -> module that holds its ``render``.
KNOWN = {
    "text": "apicheck.report.text",
    "json": "apicheck.report.json",
    "markdown": "apicheck.report.markdown",
    "html": "apicheck.report.html",
    "sarif": "apicheck.report.sarif",
    "junit": "apicheck.report.junit",
    "github": "apicheck.report.github",
    "gitlab": "apicheck.report.gitlab",
}


def named(name: str) -> Renderer:
    """The renderer of that name; ConfigError if there is none."""
    if name not in KNOWN:
        known = ", ".join(KNOWN)
        raise ConfigError("--format", name, "no such report format", hint=f"known: {known}")
    found: Renderer = importlib.import_module(KNOWN[name]).render
    return found
