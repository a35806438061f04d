"""Version numbers of contracts: semantic ones, short ones such as ``v2``, and dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

from apicheck.model import Bump

__all__ = ["Version", "bump_between", "parse_version", "raised"]

_FORM = re.compile(
    r"""(?x)
    v?
    (?P<numbers> [0-9]{1,9} (?: [.-] [0-9]{1,9} ){0,3} )
    (?: [-.] (?P<label> [0-9A-Za-z][0-9A-Za-z.-]* ) )?
    (?: \+ (?P<build> [0-9A-Za-z.-]+ ) )?
    """
)
_DATE = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}(?:-[0-9]{2})?(?![0-9])")


@total_ordering
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Version:
    """One version as written (``text``), ordered by its ``numbers`` and then its ``label``.

    Numbers left out count as zero (``v1`` equals ``1.0.0``), and the build part of SemVer does
    not count. A label after a number is a pre-release and comes before the plain version
    (SemVer 2.0.0 section 11); after a date it is a name and comes after it.
    """

    text: str
    numbers: tuple[int, int, int, int]
    label: str
    #: ``2020-08-27`` and the like: every new date is a version of its own.
    dated: bool

    @property
    def prerelease(self) -> bool:
        """Whether this is ``2.0.0-rc.1`` and the like, which promises nothing."""
        return bool(self.label) and not self.dated

    @property
    def _order(self) -> tuple[tuple[int, ...], int, tuple[tuple[int, int, str], ...]]:
        named = 0 if not self.label else (1 if self.dated else -1)
        return self.numbers, named, tuple(_part(each) for each in re.split(r"[.-]", self.label))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._order == other._order

    def __lt__(self, other: Version) -> bool:
        return self._order < other._order

    def __hash__(self) -> int:
        return hash(self._order)

    def __str__(self) -> str:
        return self.text


def _part(identifier: str) -> tuple[int, int, str]:
    """SemVer 2.0.0 section 11.4: numbers by value, and before words."""
    return (0, int(identifier), "") if identifier.isdecimal() else (1, 0, identifier)


def parse_version(text: str) -> Version | None:
    """The version that ``text`` is, or None if it is none.

    Known are SemVer (``1.4.0``, ``2.0.0-rc.1``), one to four numbers with or without ``v``, and
    dates (``2020-08``, ``2020-08-27``, ``2024-09-30.acacia``).
    """
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    dated = _DATE.match(text) is not None
    if "-" in found["numbers"] and not dated:
        # 1.2.0-3: what follows the dash is a pre-release, not a fourth number.
        head, _, tail = found["numbers"].partition("-")
        label = ".".join(each for each in (tail, found["label"]) if each)
    else:
        head, label = found["numbers"], found["label"] or ""
    numbers = [int(each) for each in re.split(r"[.-]", head)]
    one, two, three, four = (*numbers, 0, 0, 0, 0)[:4]
    return Version(text=text, numbers=(one, two, three, four), label=label, dated=dated)


def bump_between(old: Version, new: Version) -> Bump:
    """The step from ``old`` to ``new``; NONE where ``new`` is the same or lower.

    Below 1.0.0 the second number is the one that may break (as package managers of Cargo's and
    npm's school read SemVer section 4); a later date, and any step from a pre-release, may break
    anything.
    """
    if new <= old:
        return Bump.NONE
    if old.dated or new.dated or old.prerelease:
        return Bump.MAJOR
    differs = next((at for at in range(4) if old.numbers[at] != new.numbers[at]), 3)
    if old.numbers[0] == 0 and differs > 0:
        differs -= 1
    return (Bump.MAJOR, Bump.MINOR, Bump.PATCH, Bump.PATCH)[differs]


def raised(old: Version, bump: Bump) -> str:
    """The nearest plain version that is ``bump`` above ``old``; "" where dates are counted."""
    if old.dated:
        return ""
    if bump is Bump.NONE:
        return old.text
    major, minor, patch, _ = old.numbers
    step = {Bump.MAJOR: 0, Bump.MINOR: 1, Bump.PATCH: 2}[bump]
    if major == 0:
        step = min(step + 1, 2)
    numbers = [(major + 1, 0, 0), (major, minor + 1, 0), (major, minor, patch + 1)][step]
    prefix = "v" if old.text.startswith("v") else ""
    return prefix + ".".join(map(str, numbers))
