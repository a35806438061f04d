"""Files that steer a run, settings and baselines, where they are built to be too much."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from apicheck.errors import ConfigError

if TYPE_CHECKING:
    from apicheck.judge.settings import Settings as Table

__all__ = ["fingerprints_in", "settings_in"]

#: Settings that name files, and the longest name of one.
_NAMES, _LONGEST = ("store", "baseline", "base", "roots", "specs"), 255


def settings_in(path: Path) -> Table:
    """The checked settings of a file; ConfigError."""
    from apicheck.judge.settings import at, load

    try:
        table = load(path)
    except (RecursionError, ValueError):
        # The reader of TOML goes as deep as the text, and makes numbers as long as they stand.
        raise ConfigError(
            str(path), "", "is nested too deep, or holds a number of thousands of digits"
        ) from None
    for key in _NAMES:
        values = table.get(key, ())
        for each in (values,) if isinstance(values, str) else values:
            if "\0" in each or any(len(part) > _LONGEST for part in Path(each).parts):
                raise ConfigError(
                    at(str(path), key), key, f"{each[:40]!r}: no file can have such a name"
                )
    return table


def fingerprints_in(path: str) -> frozenset[str]:
    """The findings that a baseline file knows; ConfigError."""
    from apicheck.judge.baseline import read

    # The functions of os.path take every text for a name.
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
        raise ConfigError(path, "baseline", "is not a file", "write it: --write-baseline")
    try:
        return read(Path(path))
    except RecursionError:
        raise ConfigError(path, "baseline", "is nested too deep to be a baseline") from None
