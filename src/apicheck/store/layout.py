"""Where the store keeps what: ``<service>/<kind>/<version>.<ext>`` below ``contracts/``.

``kind`` is ``openapi`` or ``asyncapi``, or ``events/<EventName>`` or ``idl/<name>``. A version
is one file, or a folder that holds an entry file and what it refers to.
"""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from apicheck.errors import SourceError
from apicheck.sources.documents import ENDINGS, IDL
from apicheck.store.versions import Version, parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "FOLDER",
    "Release",
    "Stored",
    "arrange",
    "contracts",
    "find",
    "find_contract",
    "find_release",
    "paths_below",
]

#: The usual name of the store's folder.
FOLDER = "contracts"
#: Kinds that a service has one of, and kinds that hold one folder per name.
_SINGLE = ("openapi", "asyncapi")
_NAMED = ("events", "idl")
_ENTRIES = ("openapi", "swagger", "asyncapi", "api", "schema")
#: Endings of files whose neighbours are part of the contract as well.
_TOGETHER = (".avsc", ".avpr", *IDL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version in the store. Paths are POSIX, relative to the store's folder.

    ``path`` is the file or the folder of the version, ``entry`` the file to open, or the folder
    where its files are one contract together; ``files`` are all files of it.
    """

    contract: str
    version: Version
    path: str
    entry: str
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """``orders/openapi@1.2.0``, the name in the lock file."""
        return f"{self.contract}@{self.version}"

    @property
    def first(self) -> str:
        """A file to point at: the entry, or the first of a folder."""
        return self.entry if self.entry in self.files else self.files[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One contract with its versions, the oldest first."""

    service: str
    kind: str
    releases: tuple[Release, ...]

    @property
    def name(self) -> str:
        """``orders/openapi``."""
        return f"{self.service}/{self.kind}"

    @property
    def latest(self) -> Release:
        """The highest version, a pre-release only where there is nothing else."""
        plain = [each for each in self.releases if not each.version.prerelease]
        return (plain or list(self.releases))[-1]

    def before(self, version: Version) -> Release | None:
        """The version that ``version`` is held against: the highest below it.

        A plain version is not held against a pre-release, since that promised nothing.
        """
        lower = [each for each in self.releases if each.version < version]
        if not version.prerelease:
            lower = [each for each in lower if not each.version.prerelease]
        return lower[-1] if lower else None


def contracts(root: Path) -> tuple[Stored, ...]:
    """The contracts in a store's folder; SourceError if it is no folder."""
    return arrange(paths_below(root))


def paths_below(root: Path) -> list[str]:
    """All files below a folder, sorted, hidden ones left out; SourceError if it is no folder."""
    if not root.is_dir():
        raise SourceError(
            str(root), "there is no store of contracts", "make one with: apicheck init"
        )
    found = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(each for each in names if not each.startswith("."))
        inside = Path(folder).relative_to(root).as_posix()
        found += [
            posixpath.normpath(posixpath.join(inside, each))
            for each in sorted(files)
            if not each.startswith(".")
        ]
    return found


def arrange(paths: Iterable[str]) -> tuple[Stored, ...]:
    """The contracts that a list of files below the store's folder holds, by name.

    What does not fit the layout is passed over. SourceError where one version stands there twice.
    """
    versions: dict[tuple[str, str], dict[str, list[str]]] = {}
    for path in paths:
        placed = _placed(path)
        if placed is not None:
            service, kind, at = placed
            versions.setdefault((service, kind), {}).setdefault(at, []).append(path)
    return tuple(
        Stored(service=service, kind=kind, releases=_releases(f"{service}/{kind}", found))
        for (service, kind), found in sorted(versions.items())
    )


def _placed(path: str) -> tuple[str, str, str] | None:
    """Service, kind and the path of the version that a file belongs to."""
    parts = path.split("/")
    if len(parts) >= 3 and parts[1] in _SINGLE:
        depth = 3
    elif len(parts) >= 4 and parts[1] in _NAMED:
        depth = 4
    else:
        return None
    at = "/".join(parts[:depth])
    if len(parts) == depth and posixpath.splitext(at)[1] not in ENDINGS:
        return None
    return parts[0], "/".join(parts[1 : depth - 1]), at


def _releases(contract: str, found: dict[str, list[str]]) -> tuple[Release, ...]:
    releases: dict[Version, Release] = {}
    for path, files in found.items():
        single = files == [path]
        name = posixpath.basename(path)
        version = parse_version(posixpath.splitext(name)[0] if single else name)
        if version is None:
            continue
        if version in releases:
            raise SourceError(path, f"is the same version as {releases[version].path}")
        releases[version] = Release(
            contract=contract,
            version=version,
            path=path,
            entry=path if single else _entry(path, files),
            files=tuple(sorted(files)),
        )
    return tuple(releases[each] for each in sorted(releases))


def _entry(folder: str, files: list[str]) -> str:
    direct = [each for each in files if posixpath.dirname(each) == folder]
    for name in _ENTRIES:
        for ending in ENDINGS:
            if f"{folder}/{name}{ending}" in direct:
                return f"{folder}/{name}{ending}"
    usable = [each for each in direct if posixpath.splitext(each)[1] in ENDINGS]
    if len(usable) == 1 and (len(files) == 1 or not usable[0].endswith(_TOGETHER)):
        return usable[0]
    return folder


def find(root: Path, name: str, version: str) -> Path:
    """The file or folder to open for ``name@version``.

    ``name`` is ``orders/openapi`` or ``orders/events/OrderShipped``, or the end of it that only
    one contract has (``events/OrderShipped``, ``OrderShipped``), or a service that has one
    contract (or one that is OpenAPI); ``version`` may be ``latest``. SourceError lists what
    there is.
    """
    return root / find_release(find_contract(contracts(root), name), version).entry


def find_contract(known: Iterable[Stored], name: str) -> Stored:
    """The contract of that name, of that service or of that short name, if it is one only.

    SourceError with what there is.
    """
    all_known = tuple(known)
    for each in all_known:
        if each.name == name:
            return each
    of_service = [each for each in all_known if each.service == name]
    if len(of_service) > 1:
        named = [each for each in of_service if each.kind == "openapi"]
        if not named:
            listed = ", ".join(each.name for each in of_service)
            raise SourceError(name, "is a service with several contracts", f"name one: {listed}")
        of_service = named
    if of_service:
        return of_service[0]
    short = [each for each in all_known if each.name.endswith(f"/{name}") or _short(each) == name]
    if len(short) > 1:
        listed = ", ".join(each.name for each in short)
        raise SourceError(name, "is what several contracts are called", f"name one: {listed}")
    if short:
        return short[0]
    names = [each.name for each in all_known]
    raise SourceError(
        name,
        "there is no such contract in the store",
        _nearest(name, [*names, *(each.service for each in all_known), *map(_short, all_known)])
        or f"there are: {', '.join(names) or 'none yet (apicheck contracts add)'}",
    )


def _short(stored: Stored) -> str:
    """``orders/OrderShipped`` of ``orders/events/OrderShipped``."""
    return f"{stored.service}/{stored.kind.rpartition('/')[2]}"


def find_release(contract: Stored, version: str) -> Release:
    """The release of that version, or the ``latest``; SourceError with what there is."""
    if version == "latest":
        return contract.latest
    asked = parse_version(version)
    for each in contract.releases:
        if each.version == asked or str(each.version) == version:
            return each
    have = [str(each.version) for each in contract.releases]
    raise SourceError(
        f"{contract.name}@{version}",
        "there is no such version in the store",
        f"there are: {', '.join(_some(have))}, and 'latest'",
    )


def _some(names: list[str]) -> Iterator[str]:
    """The newest names, and how many more there are."""
    if len(names) > 12:
        yield f"{len(names) - 12} older ones"
    yield from names[-12:]


def _nearest(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else ""
