"""``apicheck.lock``: the fingerprint of every released version, one line each.

TOML, sorted, so that two branches that release different versions merge without a conflict::

    "orders/openapi@1.0.0" = { sha256 = "9f86…", sunset = "2027-01-31" }

The fingerprint of a version that is one file with no references to others is that file's plain
SHA-256; otherwise it covers the names and contents of all files that it is made of.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.errors import ConfigError, SourceError
from apicheck.store.links import closure
from apicheck.store.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from apicheck.store.layout import Release

__all__ = [
    "NAME",
    "Locked",
    "digest",
    "parse_lock",
    "read_lock",
    "reader",
    "write_lock",
    "write_whole",
]

NAME = "apicheck.lock"

_HEAD = """\
# Written by apicheck; commit it. A released version never changes: release a new one instead.
lock = 1

[released]
"""
_SHA = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One line of the lock file; ``sunset`` is the ISO date after which the version may go."""

    sha256: str
    sunset: str = ""


def read_lock(root: Path) -> dict[str, Locked]:
    """The lock file of a store by release name; empty if there is none. ConfigError if broken."""
    path = root / NAME
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as problem:
        raise SourceError(str(path), f"cannot be read: {problem}") from None
    return parse_lock(text, str(path))


def parse_lock(text: str, source: str) -> dict[str, Locked]:
    """The lines of a lock file by release name; ConfigError says which is wrong."""
    import tomllib

    hint = "restore it from git, or write it anew with: apicheck contracts lock"
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        if "overwrite" in str(problem):
            hint = "one version stands in it twice, perhaps after a merge: keep one line"
        raise ConfigError(source, "", f"is not a lock file: {problem}", hint) from None
    if data.get("lock") != 1:
        raise ConfigError(source, "lock", "is not a format of lock file that is known (1)", hint)
    released = data.get("released", {})
    if not isinstance(released, dict):
        raise ConfigError(source, "released", "is no table", hint)
    found = {}
    for name, line in released.items():
        sha = line.get("sha256", "") if isinstance(line, dict) else ""
        sunset = line.get("sunset", "") if isinstance(line, dict) else ""
        if not isinstance(sha, str) or not _SHA.fullmatch(sha):
            raise ConfigError(source, f'"{name}"', "has no sha256 of 64 hex digits", hint)
        if str(sunset) and not _DATE.fullmatch(str(sunset)):
            raise ConfigError(
                source, f'"{name}"', f"has a sunset that is no date: {sunset}", "write 2027-01-31"
            )
        found[name] = Locked(sha256=sha, sunset=str(sunset))
    return found


def write_lock(root: Path, lines: Mapping[str, Locked]) -> None:
    """Write the lock file anew in one step; versions of a contract stand in their order."""
    text = _HEAD
    for name in sorted(lines, key=_order):
        line = lines[name]
        sunset = f', sunset = "{line.sunset}"' if line.sunset else ""
        text += f'"{name}" = {{ sha256 = "{line.sha256}"{sunset} }}\n'
    write_whole(root / NAME, text.encode())


def _order(name: str) -> tuple[str, bool, object]:
    contract, _, text = name.rpartition("@")
    version = parse_version(text)
    return contract, version is None, version or text


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all; SourceError if that fails."""
    import os
    import tempfile

    handle = -1
    name = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)  # noqa: PTH101 - mkstemp gives a name, and 0600
        os.replace(name, path)  # noqa: PTH105 - same
    except OSError as problem:
        if name:
            from contextlib import suppress

            with suppress(OSError):
                os.unlink(name)  # noqa: PTH108 - same
        raise SourceError(str(path), f"cannot be written: {problem.strerror or problem}") from None


def digest(release: Release, read: Callable[[str], bytes]) -> str:
    """The fingerprint of a release; ``read`` gives a file by its path, or raises SourceError.

    Line endings do not count, since git changes them on the way to some machines.
    """
    import hashlib

    texts = {path: text.replace(b"\r\n", b"\n") for path, text in closure(release.files, read)}
    if list(texts) == [release.path]:
        return hashlib.sha256(texts[release.path]).hexdigest()
    whole = hashlib.sha256()
    base = posixpath.dirname(release.path)
    for path in sorted(texts):
        one = hashlib.sha256(texts[path]).hexdigest()
        whole.update(f"{one}  {posixpath.relpath(path, base)}\n".encode())
    return whole.hexdigest()


def reader(root: Path) -> Callable[[str], bytes]:
    """A function that gives the bytes of a regular file by its path below ``root``."""
    from apicheck.sources import Options
    from apicheck.sources.paths import read_file

    options = Options()

    def read(path: str) -> bytes:
        return read_file(root / path, str(root / path), options)

    return read
