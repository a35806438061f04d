"""Which places of two documents surely mean the same, told without walking them.

Components and path items are written out with sorted keys and compared as bytes (exact: 1 is not
true). What differs is dirty, and so is all that refers to it, however far. A place is the same on
both sides if its bytes are and it refers to nothing dirty.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.openapi.spec import Spec
    from apicheck.nodes import Node

__all__ = ["Sameness"]

_REF = re.compile(rb'"\$ref":"((?:[^"\\]|\\.)*)"')
#: Two levels of names below ``components``, one below these.
_FLAT = ("definitions", "parameters", "responses", "paths", "webhooks", "x-webhooks")
#: The names that lead to a component or path item: ``("components", "schemas", "Pet")``.
_Key = tuple[str, ...]


class Sameness:
    """Callable on a pair of nodes of the two documents; never wrongly true."""

    __slots__ = (
        "_comparable",
        "_dirty",
        "_discriminates",
        "_equal",
        "_new",
        "_old",
        "_refs",
        "_same",
    )

    def __init__(self, old: Spec, new: Spec) -> None:
        self._old = old.root.document
        self._new = new.root.document
        # Another family reads the same words in another way.
        self._comparable = old.family.dialect == new.family.dialect and (
            old.family.two == new.family.two
        )
        self._dirty: set[str] = set()
        #: Components and path items with equal bytes, whatever they refer to.
        self._equal: set[tuple[str | int, ...]] = set()
        #: Reference -> whether what it leads to is the same on both sides.
        self._refs: dict[str, bool] = {}
        #: Results for whole components and path items.
        self._same: dict[tuple[str | int, ...], bool] = {}
        self._discriminates = _discriminates(new)
        if self._comparable:
            self._mark(dict(_parts(old.root.value)), dict(_parts(new.root.value)))

    def __call__(self, old: Node, new: Node) -> bool:
        """Whether the two places mean the same beyond doubt."""
        if not self._comparable:
            return False
        if old.document is not self._old or new.document is not self._new:
            return False
        if old.pointer == new.pointer:
            known = self._same.get(old.pointer)
            if known is not None:
                return known
            if self._part(old.pointer) in self._equal:
                # Inside a part whose bytes are the same: only what it refers to may differ.
                if (leaf := self._leaf(new.value)) is not None:
                    return leaf
                written = _written(new.value)
                return written is not None and self._clean(written)
        if old.value != new.value:
            return False
        written = _written(old.value)
        return written is not None and written == _written(new.value) and self._clean(written)

    def _leaf(self, value: Any) -> bool | None:
        """The answer for a value that holds nothing nested; None for any other."""
        if type(value) is not dict:
            return None if type(value) is list else True
        for each in value.values():
            if type(each) is dict or type(each) is list:
                return None
        ref = value.get("$ref")
        return type(ref) is not str or self._leads_to_clean(ref)

    def alike(self, old: Node, new: Node) -> bool:
        """Whether the two places are written alike, whatever stands behind their references."""
        return (
            self._comparable
            and old.document is self._old
            and new.document is self._new
            and old.pointer == new.pointer
            and self._part(old.pointer) in self._equal
        )

    def dirty(self, ref: str) -> bool:
        """Whether what a local reference leads to may differ between the two sides."""
        return not self._leads_to_clean(ref)

    @staticmethod
    def _chosen(key: _Key, value: Any, written: bytes) -> Iterator[str]:
        """The components that the mapping of a discriminator names, by reference or by name."""
        if b'"mapping"' not in written or type(value) is not dict:
            return
        discriminator = value.get("discriminator")
        mapping = discriminator.get("mapping") if type(discriminator) is dict else None
        for target in mapping.values() if type(mapping) is dict else ():
            if type(target) is str:
                ref = target if target.startswith("#/") else f"#/{'/'.join(key[:-1])}/{target}"
                yield _target(ref)

    @staticmethod
    def _part(pointer: tuple[str | int, ...]) -> tuple[str | int, ...]:
        return pointer[: 3 if pointer[:1] == ("components",) else 2]

    def _clean(self, written: bytes) -> bool:
        return all(map(self._leads_to_clean, _refs(written)))

    def _leads_to_clean(self, ref: str) -> bool:
        known = self._refs.get(ref)
        if known is None:
            known = ref.startswith("#/") and _target(ref) not in self._dirty
            self._refs[ref] = known
        return known

    def _mark(self, old: dict[_Key, Any], new: dict[_Key, Any]) -> None:
        users: dict[str, list[_Key]] = {}
        names = {"/".join(key): key for key in (*old, *new)}
        dirty: list[_Key] = []
        pending = list(names.values())
        while pending:
            key = pending.pop()
            if key not in old or key not in new:
                dirty.append(key)
                continue
            two = new[key]
            written = _written(two)
            if written is None or _written(old[key]) != written:
                dirty.append(key)
            else:
                self._equal.add(key)
            if written is None:
                continue
            for ref in _refs(written):
                if not ref.startswith("#/"):
                    # Other files are not looked at here: what refers to them is walked.
                    dirty.append(key)
                    continue
                target = _target(ref)
                users.setdefault(target, []).append(key)
                if target not in names:
                    names[target] = place = _place(ref)
                    pending += self._elsewhere(place, old, new)
            for parent in self._chosen(key, two, written):
                users.setdefault(parent, []).append(key)
            if self._discriminates and b'"allOf"' in written:
                # What extends a schema may be chosen by its discriminator: dirt spreads up, too.
                mine = users.setdefault("/".join(key), [])
                mine += [names[up] for up in map(_target, _refs(written)) if up in names]
        seen = set(dirty)
        while dirty:
            key = dirty.pop()
            for user in users.get("/".join(key), ()):
                if user not in seen:
                    seen.add(user)
                    dirty.append(user)
        self._dirty = {"/".join(key) for key in seen}
        self._same = {key: key not in seen for key in old if key in new}

    def _elsewhere(self, place: _Key, old: dict[_Key, Any], new: dict[_Key, Any]) -> list[_Key]:
        """Take up a place outside the sections of the specification that something refers to.

        Where it is on neither side there is nothing to compare.
        """
        found = False
        for document, parts in ((self._old, old), (self._new, new)):
            value = document.data
            try:
                for step in place:
                    value = value[int(step) if type(value) is list else step]
            except (KeyError, IndexError, TypeError, ValueError):
                continue
            parts[place] = value
            found = True
        return [place] if found else []


def _discriminates(spec: Spec) -> bool:
    """Whether any component has a discriminator at its top."""
    return any(
        type(each) is dict and "discriminator" in each for _, each in _parts(spec.root.value)
    )


def _parts(root: Any) -> Iterator[tuple[_Key, Any]]:
    if type(root) is not dict:
        return
    components = root.get("components")
    if type(components) is dict:
        for section, members in components.items():
            if type(members) is dict and section != "examples":
                for name, each in members.items():
                    yield ("components", section, name), each
    for section in _FLAT:
        members = root.get(section)
        if type(members) is dict:
            for name, each in members.items():
                yield (section, name), each


def _written(value: Any) -> bytes | None:
    import orjson

    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return None


def _refs(written: bytes) -> set[str]:
    if b'"$ref"' not in written:
        return set()
    return {each.decode("utf-8", "replace") for each in _REF.findall(written)}


def _target(ref: str) -> str:
    """The component or path item that a local reference leads into, as its key in one string."""
    return "/".join(_place(ref))


def _place(ref: str) -> _Key:
    from urllib.parse import unquote

    steps = [
        part.replace("~1", "/").replace("~0", "~")
        for part in (unquote(ref) if "%" in ref else ref)[2:].split("/")
    ]
    return tuple(steps[: 3 if steps[0] == "components" else 2])
