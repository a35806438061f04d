"""The base revision that a change is held against, and the files that differ from it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.errors import SourceError
from apicheck.sources.git import Revision, git

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["Base", "Changed", "changed_files", "default_base", "find_base", "unstaged"]

_DEEP = "in GitHub Actions, check out with 'fetch-depth: 0'; elsewhere: git fetch --unshallow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A revision as the user named it, and the commit that is compared with.

    ``commit`` is "" in a repository without commits: then nothing was there before. Paths are
    relative to the folder that apicheck runs in.
    """

    rev: str
    commit: str
    cwd: Path
    max_bytes: int

    @property
    def short(self) -> str:
        """The commit in 10 digits, as sources and reports show it."""
        return self.commit[:10]

    @property
    def shown(self) -> str:
        """``origin/main (a1b2c3d4e5)``."""
        return f"{self.rev} ({self.short})" if self.commit else "nothing (there is no commit yet)"

    def source(self, path: str) -> str:
        """A file of the base, for ``api.load``."""
        return f"git:{self.short}:{path}"

    def files(self, folder: str = "") -> list[str]:
        """All files below a folder, or below the current one."""
        if not self.commit:
            return []
        revision, prefix = self._revision()
        inside = posixpath.normpath(posixpath.join(prefix, folder))
        found = revision.files("" if inside == "." else inside)
        return [posixpath.relpath(each, prefix or ".") for each in found]

    def reader(self) -> Callable[[str], bytes]:
        """A function that gives the bytes of a file of the base; SourceError if it is not there."""
        if not self.commit:

            def nothing(path: str) -> bytes:
                raise SourceError(path, "there is no commit yet")

            return nothing
        revision, prefix = self._revision()

        def read(path: str) -> bytes:
            inside = posixpath.normpath(posixpath.join(prefix, path))
            if inside == ".." or inside.startswith(("../", "/")):
                raise SourceError(path, "is outside of the repository")
            return revision.read(inside)

        return read

    def _revision(self) -> tuple[Revision, str]:
        return Revision(self.commit, self.cwd, self.max_bytes), _prefix(self.cwd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One file that differs: ``old`` and ``new`` are its paths, "" where it does not exist."""

    old: str
    new: str


def default_base(environment: Mapping[str, str]) -> str | None:
    """The base that a CI names in its environment: GitHub's, else GitLab's; None if neither."""
    branch = environment.get("GITHUB_BASE_REF") or environment.get(
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
    )
    return f"origin/{branch}" if branch else None


def find_base(asked: str | None, cwd: Path, max_bytes: int, *, staged: bool = False) -> Base:
    """The commit to compare with: where HEAD branched off ``asked``.

    Without ``asked``, the main branch as it is known here. ``staged`` compares with HEAD itself.
    SourceError where there is no such revision, or a shallow clone hides it.
    """
    try:
        _prefix(cwd)
    except SourceError as problem:
        raise SourceError(
            str(cwd), f"git cannot be used here: {problem.problem}", "run it in a git work tree"
        ) from None
    head = _commit("HEAD", cwd)
    if not head and not _unborn(cwd):
        raise SourceError(
            str(cwd), "HEAD names a commit that cannot be read", "look at it with: git fsck"
        )
    if staged or not head:
        return Base(rev="HEAD", commit=head, cwd=cwd, max_bytes=max_bytes)
    rev = asked or _main(cwd)
    commit = _commit(rev, cwd)
    if not commit and asked and "/" not in rev:
        commit = _commit(f"origin/{rev}", cwd)
    if not commit:
        raise SourceError(f"--base {rev}", "there is no such revision here", _hint(cwd))
    try:
        common = git(["merge-base", commit, head], cwd).decode().strip()
    except SourceError:
        raise SourceError(
            f"--base {rev}", "has no common ancestor with HEAD here", _hint(cwd)
        ) from None
    return Base(rev=rev, commit=common, cwd=cwd, max_bytes=max_bytes)


def _unborn(cwd: Path) -> bool:
    """Whether HEAD names no commit at all, as in a new repository."""
    try:
        git(["rev-parse", "--verify", "--quiet", "HEAD"], cwd)
    except SourceError:
        return True
    return False


def _main(cwd: Path) -> str:
    for each in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        if _commit(each, cwd):
            return each
    raise SourceError("--base", "cannot tell what the main branch is called", "give --base REV")


def _commit(rev: str, cwd: Path) -> str:
    if rev.startswith("-"):
        return ""
    try:
        return git(["rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}"], cwd).decode().strip()
    except SourceError:
        return ""


def _hint(cwd: Path) -> str:
    shallow = git(["rev-parse", "--is-shallow-repository"], cwd).decode().strip() == "true"
    return f"this clone is shallow: {_DEEP}" if shallow else f"fetch it first ({_DEEP})"


def _prefix(cwd: Path) -> str:
    return git(["rev-parse", "--show-prefix"], cwd).decode().strip()


def changed_files(base: Base, *, staged: bool = False) -> tuple[Changed, ...]:
    """The files at and below the current folder that differ from the base, renames followed.

    That is the work tree with files not yet known to git, or with ``staged`` the index.
    """
    cwd = base.cwd
    if not base.commit:
        option = ["--cached"] if staged else ["--cached", "--others", "--exclude-standard"]
        listed = _split(git(["ls-files", "-z", *option], cwd))
        return tuple(Changed(old="", new=each) for each in sorted(set(listed)))
    arguments = ["diff", "--name-status", "-z", "-M", "--relative", "--no-ext-diff"]
    if staged:
        arguments.append("--cached")
    fields = _split(git([*arguments, "--ignore-submodules", base.commit, "--"], cwd))
    found = []
    while fields:
        status, path = fields.pop(0), fields.pop(0)
        if status.startswith(("R", "C")):
            # A copy leaves the old file where it was: the new one is new.
            found.append(Changed(old=path if status[0] == "R" else "", new=fields.pop(0)))
        else:
            found.append(
                Changed(old="" if status == "A" else path, new="" if status == "D" else path)
            )
    if not staged:
        others = _split(git(["ls-files", "-z", "--others", "--exclude-standard"], cwd))
        # A file that is deleted in the index but lies in the work tree is no change of its own.
        gone = {each.old for each in found if not each.new}
        found = [each for each in found if each.new or each.old not in others]
        found += [Changed(old=each if each in gone else "", new=each) for each in others]
    return tuple(sorted(found, key=lambda each: each.new or each.old))


def unstaged(cwd: Path) -> set[str]:
    """Files whose work tree differs from the index."""
    return set(_split(git(["diff", "--name-only", "-z", "--relative", "--no-ext-diff"], cwd)))


def _split(listed: bytes) -> list[str]:
    return [each.decode("utf-8", "surrogateescape") for each in listed.split(b"\0") if each]
