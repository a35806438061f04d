"""Which field answers to which: the id is the identity, names tell that an id moved."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Fate", "Met", "fates"]


class Fate(Enum):
    """What became of an id or a name."""

    KEPT = "kept"
    RENAMED = "renamed"
    #: The same name under another id.
    MOVED = "moved"
    #: The id belongs to something else now.
    REUSED = "reused"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """One fate; ``old`` and ``new`` are ids, None where there is none."""

    fate: Fate
    old: str | None
    new: str | None


def fates(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    name_of: Callable[[Any], str],
    alike: Callable[[str], bool],
) -> Iterator[Met]:
    """The fates of all ids of two lists of fields (or of numbers of two enums).

    ``alike(id)`` says whether an id that is on both sides under two names, neither of which
    occurs elsewhere, may be the same thing under a new name.
    """
    before = {name_of(value): key for key, value in old.items()}
    after = {name_of(value): key for key, value in new.items()}
    for key, value in old.items():
        name = name_of(value)
        moved = name in after and after[name] != key
        if moved:
            yield Met(fate=Fate.MOVED, old=key, new=after[name])
        if key not in new:
            if not moved:
                yield Met(fate=Fate.REMOVED, old=key, new=None)
            continue
        other = name_of(new[key])
        if other == name:
            yield Met(fate=Fate.KEPT, old=key, new=key)
            continue
        came = other in before
        if not moved and not came and alike(key):
            yield Met(fate=Fate.RENAMED, old=key, new=key)
        elif not (moved and came):
            # Where both names moved, the two moves tell it all.
            yield Met(fate=Fate.REUSED, old=key, new=key)
    for key, value in new.items():
        if key not in old and name_of(value) not in before:
            yield Met(fate=Fate.ADDED, old=None, new=key)
