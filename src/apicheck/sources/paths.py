"""Files and folders: which file is the contract, and what its references may read."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from apicheck.errors import SourceError
from apicheck.sources.git import top

if TYPE_CHECKING:
    from pathlib import Path

    from apicheck.sources.limits import Options

__all__ = ["Folder", "entry_of"]

#: Names of the entry file of a contract in a folder, without ending.
_ENTRIES = ("openapi", "swagger", "asyncapi", "api")
_ENDINGS = (".yaml", ".yml", ".json")


class Folder:
    """The files that the references of one contract may read.

    That is the git work tree which the contract is in, else its own folder, and ``options.roots``.
    Symbolic links count by where they lead.
    """

    def __init__(self, entry: Path, options: Options) -> None:
        self.options = options
        self.top = (top(entry.parent) or entry.parent).resolve()
        self.allowed = [self.top, *((options.cwd / each).resolve() for each in options.roots)]

    def path_of(self, file: Path) -> str:
        """A file as a path from the top."""
        return file.relative_to(self.top).as_posix()

    def name(self, path: str) -> str:
        """The path as the user would type it, from the current folder where that is shorter."""
        file = self.top / path
        try:
            return file.relative_to(self.options.cwd.resolve()).as_posix()
        except ValueError:
            return str(file)

    def read(self, path: str) -> bytes:
        """The bytes of a file; SourceError if it is not there, not allowed or too large."""
        file = self.top / path
        real = file.resolve()
        if not any(real.is_relative_to(each) for each in self.allowed):
            raise SourceError(
                self.name(path),
                "is a link that leads out of the contract's folder",
                "allow its folder with the setting 'roots'",
            )
        return read_file(real, self.name(path), self.options)


def read_file(file: Path, name: str, options: Options) -> bytes:
    """The bytes of a regular file within the limit."""
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SourceError(name, "is a folder, not a file")
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(name, "is not a regular file")
        if status.st_size > options.max_bytes:
            raise SourceError(
                name,
                f"has {status.st_size} bytes, more than the limit of {options.max_bytes}",
                "raise the limit with --max-bytes",
            )
        return file.read_bytes()
    except FileNotFoundError:
        raise SourceError(name, "there is no such file", "check the path") from None
    except OSError as problem:
        raise SourceError(name, f"cannot be read: {problem.strerror or problem}") from None


def entry_of(folder: Path, name: str) -> Path:
    """The one file in a folder that is the contract: openapi.yaml and the like."""
    found = [
        folder / f"{each}{ending}"
        for each in _ENTRIES
        for ending in _ENDINGS
        if (folder / f"{each}{ending}").is_file()
    ]
    if not found:
        found = [each for each in sorted(folder.iterdir()) if each.suffix in _ENDINGS]
    if len(found) == 1:
        return found[0]
    if not found:
        raise SourceError(name, "is a folder without a contract", "name the file itself")
    listed = ", ".join(each.name for each in found[:5])
    raise SourceError(name, f"is a folder with several contracts: {listed}", "name the file itself")
