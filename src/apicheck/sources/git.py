"""Files of a git revision, read by git itself without touching the work tree."""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING

from apicheck.errors import SourceError
from apicheck.sources.limits import check_name

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Revision", "git", "top"]

#: What git says of an object that there is; it says other words of one that there is not.
_OBJECT = re.compile(rb"(?P<id>[0-9a-f]{40,64}) (?P<kind>[a-z]+) (?P<size>[0-9]+)")


def git(arguments: list[str], cwd: Path, given: bytes = b"") -> bytes:
    """What a git command prints, ``given`` on its stdin; SourceError with git's words if it fails.

    No pager, no prompts, no hooks: git is only asked to read.
    """
    import subprocess

    environment = {
        **os.environ,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(  # noqa: S603 - a list, no shell; revisions are checked
            ["git", "-c", "core.fsmonitor=false", *arguments],  # noqa: S607 - git of the PATH
            cwd=cwd,
            input=given,
            capture_output=True,
            check=False,
            env=environment,
            timeout=120,
        )
    except FileNotFoundError:
        raise SourceError("git", "is not installed or not on the PATH", "install git") from None
    except ValueError:
        raise SourceError("git", f"cannot be asked for {arguments!r}") from None
    except subprocess.TimeoutExpired:
        raise SourceError("git", f"took too long: git {' '.join(arguments)}") from None
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        # What is wrong comes first; advice may follow.
        fatal = [each for each in words if each.startswith(("fatal:", "error:"))] or words[-1:]
        raise SourceError("git", fatal[0] if fatal else f"failed: git {' '.join(arguments)}")
    return done.stdout


def _need_repository(source: str, cwd: Path) -> None:
    """SourceError, in git's words, where there is no repository that git would use."""
    try:
        git(["rev-parse", "--git-dir"], cwd)
    except SourceError as problem:
        raise SourceError(
            source,
            f"git cannot be used here: {problem.problem}",
            "run it inside of a git repository that is yours",
        ) from None


def top(folder: Path) -> Path | None:
    """The top of the git work tree that ``folder`` is in, or None."""
    for each in (folder, *folder.parents):
        if (each / ".git").exists():
            return each
    return None


class Revision:
    """The tree of one revision; paths are POSIX and relative to the top of the repository."""

    def __init__(self, rev: str, cwd: Path, max_bytes: int) -> None:
        if rev.startswith("-") or not rev:
            raise SourceError(
                f"git:{rev}", "is not a revision", "name a branch, tag or commit: REV:PATH"
            )
        self.rev = rev
        self.cwd = cwd
        self.max_bytes = max_bytes
        try:
            self.commit = git(["rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}"], cwd)
        except SourceError as problem:
            if "not installed" in problem.problem:
                raise
            _need_repository(f"git:{rev}", cwd)
            raise SourceError(
                f"git:{rev}",
                "there is no such revision here",
                "fetch it first; in a shallow clone of a CI, fetch with depth 0",
            ) from None
        self.hash = self.commit.decode().strip()

    def within(self, path: str) -> str:
        """A path given relative to ``cwd``, as a path from the top."""
        prefix = os.fsdecode(git(["rev-parse", "--show-prefix"], self.cwd).removesuffix(b"\n"))
        if path.startswith("/"):
            path = path.lstrip("/")
        return posixpath.normpath(posixpath.join(prefix, path))

    def name(self, path: str) -> str:
        """``git:REV:path``."""
        return f"git:{self.rev}:{path}"

    def outside(self, path: str) -> str:
        """SourceError: there is nothing above the top of a repository."""
        raise SourceError(
            self.name(path),
            "leads out of the repository",
            "a revision is read inside of its repository only: commit the file to it",
        )

    def read(self, path: str) -> bytes:
        """The bytes of a file at this revision; SourceError if it is not there or too large."""
        check_name(path)
        if path == ".." or path.startswith("../"):
            self.outside(path)
        name = os.fsencode(f"{self.hash}:{'' if path == '.' else path}")
        if b"\n" in name:
            raise self._missing(path)
        # Symbolic links are followed by git itself, within the tree of the revision only.
        answer = git(
            ["cat-file", "--batch-check", "--follow-symlinks"], self.cwd, name + b"\n"
        ).split(b"\n")[0]
        match = _OBJECT.fullmatch(answer)
        if match is None:
            if answer.startswith(b"symlink "):
                raise SourceError(
                    self.name(path),
                    "is a link that leads out of the repository",
                    "commit the file itself",
                )
            raise self._missing(path)
        if match["kind"] != b"blob":
            raise SourceError(self.name(path), "is a folder, not a file")
        size = int(match["size"])
        if size > self.max_bytes:
            raise SourceError(
                self.name(path),
                f"has {size} bytes, more than the limit of {self.max_bytes}",
                "raise the limit with --max-bytes",
            )
        return git(["cat-file", "blob", match["id"].decode()], self.cwd)

    def _missing(self, path: str) -> SourceError:
        return SourceError(
            self.name(path), "there is no such file at this revision", "check the path"
        )

    def files(self, folder: str) -> list[str]:
        """Paths of all files below a folder."""
        listed = git(
            ["ls-tree", "-r", "-z", "--full-tree", "--name-only", self.hash, "--", folder or "."],
            self.cwd,
        )
        return [each.decode("utf-8", "surrogateescape") for each in listed.split(b"\0") if each]
