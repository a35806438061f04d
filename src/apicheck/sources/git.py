"""Files of a git revision, read by git itself without touching the work tree."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from apicheck.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Revision", "git", "top"]


def git(arguments: list[str], cwd: Path) -> bytes:
    """What a git command prints; SourceError with git's own words if it fails.

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
            capture_output=True,
            check=False,
            env=environment,
            timeout=120,
        )
    except FileNotFoundError:
        raise SourceError("git", "is not installed or not on the PATH") from None
    except subprocess.TimeoutExpired:
        raise SourceError("git", f"took too long: git {' '.join(arguments)}") from None
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise SourceError("git", words[-1] if words else f"failed: git {' '.join(arguments)}")
    return done.stdout


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
            raise SourceError(f"git:{rev}", "is not a revision")
        self.rev = rev
        self.cwd = cwd
        self.max_bytes = max_bytes
        try:
            self.commit = git(["rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}"], cwd)
        except SourceError as problem:
            if problem.source == "git" and "not installed" in problem.problem:
                raise
            raise SourceError(
                f"git:{rev}",
                "there is no such revision here",
                "fetch it first; in a shallow clone of a CI, fetch with depth 0",
            ) from None
        self.hash = self.commit.decode().strip()

    def within(self, path: str) -> str:
        """A path given relative to ``cwd``, as a path from the top."""
        prefix = git(["rev-parse", "--show-prefix"], self.cwd).decode().strip()
        if path.startswith("/"):
            path = path.lstrip("/")
        return posixpath.normpath(posixpath.join(prefix, path))

    def name(self, path: str) -> str:
        """``git:REV:path``."""
        return f"git:{self.rev}:{path}"

    def read(self, path: str) -> bytes:
        """The bytes of a file at this revision; SourceError if it is not there or too large."""
        spec = f"{self.hash}:{path}"
        try:
            kind = git(["cat-file", "-t", spec], self.cwd).decode().strip()
        except SourceError:
            raise SourceError(
                self.name(path), "there is no such file at this revision", "check the path"
            ) from None
        if kind != "blob":
            raise SourceError(self.name(path), "is a folder, not a file")
        size = int(git(["cat-file", "-s", spec], self.cwd))
        if size > self.max_bytes:
            raise SourceError(
                self.name(path),
                f"has {size} bytes, more than the limit of {self.max_bytes}",
                "raise the limit with --max-bytes",
            )
        return git(["cat-file", "blob", spec], self.cwd)

    def files(self, folder: str) -> list[str]:
        """Paths of all files below a folder."""
        listed = git(
            ["ls-tree", "-r", "-z", "--name-only", self.hash, "--", folder or "."], self.cwd
        )
        return [each.decode("utf-8", "surrogateescape") for each in listed.split(b"\0") if each]
