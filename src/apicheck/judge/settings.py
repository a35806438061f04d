"""Reading the settings: ``[tool.apicheck]`` of pyproject.toml, or apicheck.toml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["KEYS", "Settings", "at", "find", "levels", "load", "nearest"]

Settings = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting: what it takes, and a check that gives a complaint or ""."""

    takes: str
    check: Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _days(value: Any) -> bool:
    return _whole(value) and value <= 36_500


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def levels(value: Any) -> bool:
    """Whether a value is a table of severities."""
    return isinstance(value, dict) and all(each in _SEVERITIES for each in value.values())


def _one_of(*words: str) -> Callable[[Any], bool]:
    return lambda value: value in words


_SEVERITIES = ("error", "warning", "info", "off")

#: Every key that the settings may have, at the top level.
KEYS: Mapping[str, Key] = {
    "fail-on": Key(
        takes="error, warning, info or never", check=_one_of("error", "warning", "info", "never")
    ),
    "surfaces": Key(
        takes="a list of wire, json, source",
        check=lambda value: _texts(value) and set(value) <= {"wire", "json", "source"},
    ),
    "rules": Key(takes="a table of rule = error, warning, info or off", check=levels),
    "overrides": Key(takes="a list of tables with paths and rules", check=_tables),
    "waivers": Key(takes="a list of tables with rule, path, reason and until", check=_tables),
    "baseline": Key(takes="the path of a baseline file", check=_text),
    "max-bytes": Key(takes="a number of bytes", check=_whole),
    "roots": Key(takes="a list of folders", check=_texts),
    "allow-network": Key(takes="true or false", check=_flag),
    "specs": Key(takes="a list of paths or patterns", check=_texts),
    "store": Key(takes="the path of the folder with the contracts", check=_text),
    "compatibility": Key(
        takes="backward, forward, full (each also with -transitive) or none",
        check=_one_of(
            *("backward", "forward", "full", "none"),
            *("backward-transitive", "forward-transitive", "full-transitive"),
        ),
    ),
    "profile": Key(
        takes="the name of a profile, or a list of names",
        check=lambda value: _text(value) or _texts(value),
    ),
    "pacts": Key(
        takes="the path of a folder with the consumers' pacts, or a broker's address", check=_text
    ),
    "unused-breaks": Key(takes="error, warning or info", check=_one_of("error", "warning", "info")),
    "known-consumers": Key(takes="a list of names of consumers", check=_texts),
    "unused-days": Key(takes="a number of days, up to 36500", check=_days),
    "base": Key(takes="a git revision", check=_text),
    "fuzz": Key(takes="a table", check=lambda value: isinstance(value, dict)),
}


def find(start: Path) -> Path | None:
    """The nearest file with settings, upward from ``start`` to the top of the work tree."""
    for folder in (start, *start.parents):
        own = folder / "apicheck.toml"
        if own.is_file():
            return own
        project = folder / "pyproject.toml"
        if project.is_file() and b"[tool.apicheck" in project.read_bytes():
            return project
        if (folder / ".git").exists():
            return None
    return None


def load(path: Path) -> Settings:
    """The checked settings of a file; ConfigError names the file and the key."""
    import tomllib

    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ConfigError(str(path), "", f"cannot be read: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(str(path), "", f"not valid TOML: {problem}") from None
    if path.name == "pyproject.toml":
        for name in ("tool", "apicheck"):
            data = data.get(name, {})
            if not isinstance(data, dict):
                raise ConfigError(at(str(path), name), name, f"takes a table, not {data!r}")
    check(data, str(path))
    return data


def check(data: Settings, path: str) -> None:
    """Refuse unknown keys and values of the wrong kind."""
    for key, value in data.items():
        known = KEYS.get(key)
        if known is None:
            raise ConfigError(at(path, key), key, "no such setting", nearest(key, KEYS))
        if not known.check(value):
            raise ConfigError(at(path, key), key, f"takes {known.takes}, not {value!r}")


def at(path: str, key: str) -> str:
    """``path:line`` where a file of settings first names a key; the path alone if nowhere.

    Only looked for when something is wrong with it: the reader of TOML keeps no lines.
    """
    import re
    from pathlib import Path

    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return path
    named = re.compile(rf"[^#]*(?<![\w.*@-]){re.escape(key)}(?![\w.*@-])")
    # Other tools keep keys of the same name in pyproject.toml.
    ours = not path.endswith("pyproject.toml")
    for number, line in enumerate(lines, 1):
        ours = ours or line.lstrip().startswith("[tool") or line.startswith("tool")
        if ours and named.match(line):
            return f"{path}:{number}"
    return path


def nearest(word: str, known: Any) -> str:
    """A did-you-mean, or the list of what there is."""
    import difflib

    close = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(sorted(known))}"
