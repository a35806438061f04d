"""Files and folders: which file is the contract, and what its references may read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from apicheck.errors import SourceError
from apicheck.sources.documents import ENDINGS
from apicheck.sources.git import top
from apicheck.sources.limits import MAX_FILES, check_name, read_bounded

if TYPE_CHECKING:
    from apicheck.sources.limits import Options

__all__ = ["ENTRIES", "Folder", "entry_of", "files_below", "kind_of", "read_file"]

#: Names of the entry file of a contract in a folder, without ending.
ENTRIES = ("openapi", "swagger", "asyncapi", "api")


class Folder:
    """The files that the references of one contract may read.

    That is the git work tree which the contract is in, else its own folder, and ``options.roots``.
    Symbolic links count by where they lead.
    """

    def __init__(self, entry: Path, options: Options) -> None:
        self.options = options
        self.top = (top(entry.parent) or entry.parent).resolve()
        self.roots = [(options.cwd / each).resolve() for each in options.roots]

    def path_of(self, file: Path) -> str:
        """A file as a path from the top."""
        return file.relative_to(self.top).as_posix()

    def outside(self, path: str) -> str:
        """A path that leads out of the top, as ``read`` takes it; SourceError if no root has it.

        What leads out and in again is the file inside.
        """
        check_name(path)
        file = Path(os.path.normpath(self.top / path))
        if file.is_relative_to(self.top):
            return self.path_of(file)
        if not any(file.resolve().is_relative_to(each) for each in self.roots):
            raise SourceError(self.name(path), "leads out of the contract's folder", self._advice())
        return Path(os.path.relpath(file, self.top)).as_posix()

    def _advice(self) -> str:
        listed = ", ".join(map(str, self.roots))
        advice = "move the file inside, or allow its folder with the setting 'roots'"
        return f"{advice} (now: {listed})" if listed else advice

    def name(self, path: str) -> str:
        """The path as the user would type it, from the current folder where that is shorter."""
        file = Path(os.path.normpath(self.top / path))
        try:
            return file.relative_to(self.options.cwd.resolve()).as_posix()
        except ValueError:
            return str(file)

    def read(self, path: str) -> bytes:
        """The bytes of a file; SourceError if it is not there, not allowed or too large."""
        check_name(path)
        real = (self.top / path).resolve()
        if not any(real.is_relative_to(each) for each in (self.top, *self.roots)):
            raise SourceError(
                self.name(path), "is a link that leads out of the contract's folder", self._advice()
            )
        return read_file(real, self.name(path), self.options)


def read_file(file: Path, name: str, options: Options) -> bytes:
    """The bytes of a regular file within the limit.

    The file may be exchanged or grow while we look: what was opened is what is checked and read,
    without waiting, and no further than the limit.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(file, flags), "rb") as opened:  # noqa: PTH123 - a descriptor
            status = os.fstat(opened.fileno())
            if stat.S_ISDIR(status.st_mode):
                raise SourceError(name, "is a folder, not a file", "name a file in it")
            if not stat.S_ISREG(status.st_mode):
                raise SourceError(name, "is not a regular file", "give a file, or - for stdin")
            text = read_bounded(opened, options.max_bytes, status.st_size)
    except FileNotFoundError:
        raise SourceError(name, "there is no such file", "check the path") from None
    except IsADirectoryError:
        raise SourceError(name, "is a folder, not a file", "name a file in it") from None
    except OSError as problem:
        if problem.errno == errno.ENXIO:
            raise SourceError(
                name, "is not a regular file", "give a file, or - for stdin"
            ) from None
        raise SourceError(
            name,
            f"cannot be read: {problem.strerror or problem}",
            "check the path and the rights of the file",
        ) from None
    if len(text) > options.max_bytes:
        raise SourceError(
            name,
            f"has {max(status.st_size, len(text))} bytes, "
            f"more than the limit of {options.max_bytes}",
            "raise the limit with --max-bytes",
        )
    return text


def kind_of(path: Path, spec: str) -> str:
    """``file``, ``folder`` or "" where there is nothing; SourceError if that cannot be told."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError) as problem:
        words = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise SourceError(
            spec, f"cannot be read: {words}", "check the path and the rights of the file"
        ) from None
    return "folder" if stat.S_ISDIR(status.st_mode) else "file"


def entry_of(folder: Path) -> Path | None:
    """The one file in a folder that is the contract: openapi.yaml and the like, or the only one."""
    found = [
        folder / f"{each}{ending}"
        for each in ENTRIES
        for ending in (".yaml", ".yml", ".json")
        if (folder / f"{each}{ending}").is_file()
    ]
    if not found:
        found = [each for each in files_below(folder) if each.parent == folder]
        found = found if len(files_below(folder)) == len(found) else []
    elif len(found) > 1:
        listed = ", ".join(each.name for each in found)
        raise SourceError(
            str(folder), f"is a folder with several contracts: {listed}", "name the file itself"
        )
    return found[0] if len(found) == 1 else None


def files_below(folder: Path) -> list[Path]:
    """The files in a folder and the folders in it that can be contracts, hidden ones left out."""
    found = []
    for above, names, files in os.walk(folder):
        names[:] = sorted(each for each in names if not each.startswith("."))
        found += [
            Path(above) / each
            for each in sorted(files)
            if each.endswith(ENDINGS) and not each.startswith(".")
        ]
        if len(found) > MAX_FILES:
            raise SourceError(
                str(folder), f"has over {MAX_FILES} files that may be contracts", "name one of them"
            )
    return found
