"""What changed in a released file, in a few words: for people who ask how it came about."""

from __future__ import annotations

from typing import Any

from apicheck.errors import ApicheckError

__all__ = ["told"]

#: So many changed places are named.
_SHOWN = 3
_VERBS = {
    "values_changed": "changed",
    "type_changes": "changed",
    "dictionary_item_added": "added",
    "dictionary_item_removed": "removed",
    "iterable_item_added": "added",
    "iterable_item_removed": "removed",
}


def told(old: bytes, new: bytes) -> str:
    """``info.title changed, paths./a added``; "" where the texts are no JSON or YAML.

    Where the values are equal, only the writing differs, and that is said.
    """
    one, two = _value(old), _value(new)
    if one is _NOTHING or two is _NOTHING or str in {type(one), type(two)}:
        return ""
    from deepdiff import DeepDiff

    found = DeepDiff(one, two, view="tree", max_passes=10, max_diffs=10_000)
    places = [
        f"{'.'.join(map(str, item.path(output_format='list'))) or 'everything'} {verb}"
        for kind, verb in _VERBS.items()
        for item in found.get(kind, ())
    ]
    if not places:
        return "only its layout differs"
    places.sort()
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return ", ".join(places[:_SHOWN]) + more


_NOTHING = object()


def _value(text: bytes) -> Any:
    from apicheck.sources import Options, Tree
    from apicheck.sources.documents import Document

    tree = Tree(Options(), lambda _path: b"", lambda path: path)
    try:
        return Document.parse(text, "", "", tree).data
    except ApicheckError:
        return _NOTHING
