"""Which places of two contracts surely mean the same, told without walking them.

Two places are the same if they are written alike (sorted keys, as bytes: 1 is not true) and all
that they refer to, however far, is written alike as well. What references lead to is looked at
once for each pair of targets, so the cost is that of the documents.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from apicheck.errors import ApicheckError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.nodes import Document, Node, Steps

__all__ = ["Sameness"]

_REF = re.compile(rb'"\$(?:ref|dynamicRef|recursiveRef)":"((?:[^"\\]|\\.)*)"')
#: A base schema with a discriminator stands for schemas that it does not refer to itself.
_CHOICE = b'"discriminator"'
#: So many bytes are written out at most; then nothing more is said to be the same.
_BUDGET = 1 << 30

#: Two targets that one reference leads to: documents by identity, and pointers.
_Key = tuple[int, "Steps", int, "Steps"]


class Sameness:
    """Callable on a pair of nodes, one of each side; never wrongly true.

    ``comparable`` is False where the two sides read the same words in different ways.
    """

    __slots__ = ("_budget", "_comparable", "_decided", "_places")

    def __init__(self, *, comparable: bool = True) -> None:
        self._comparable = comparable
        self._budget = _BUDGET
        #: Targets -> whether they are the same with all that they refer to.
        self._decided: dict[_Key, bool] = {}
        self._places: dict[_Key, tuple[Document, Any, Document, Any]] = {}

    def __call__(self, old: Node, new: Node) -> bool:
        """Whether the two places mean the same beyond doubt."""
        if not self._comparable or old.parts or new.parts:
            return False
        written = self._alike(old.value, new.value)
        if written is None:
            return False
        return all(self._clean(old.document, new.document, ref) for ref in _refs(written))

    def _alike(self, old: Any, new: Any) -> bytes | None:
        """The bytes of two values written alike; None if they are not, or stand for more."""
        if old != new or self._budget < 0:
            return None
        written = _written(old)
        if written is None or _CHOICE in written or _written(new) != written:
            return None
        self._budget -= len(written)
        return written

    def _clean(self, old: Document, new: Document, ref: str) -> bool:
        """Whether what a reference leads to is the same on both sides."""
        start = self._target(old, new, ref)
        if start is None:
            return False
        if start not in self._decided:
            self._decide(start)
        return self._decided[start]

    def _decide(self, start: _Key) -> None:
        """Look at a target and at all that it refers to and that is not decided yet."""
        users: dict[_Key, list[_Key]] = {}
        dirty: list[_Key] = []
        seen = {start}
        pending = [start]
        while pending:
            key = pending.pop()
            old, one, new, two = self._places[key]
            written = self._alike(one, two)
            if written is None:
                dirty.append(key)
                continue
            for ref in _refs(written):
                target = self._target(old, new, ref)
                if target is None or self._decided.get(target) is False:
                    dirty.append(key)
                elif target not in self._decided:
                    users.setdefault(target, []).append(key)
                    if target not in seen:
                        seen.add(target)
                        pending.append(target)
        spoilt = set(dirty)
        while dirty:
            for user in users.get(dirty.pop(), ()):
                if user not in spoilt:
                    spoilt.add(user)
                    dirty.append(user)
        self._decided.update((key, key not in spoilt) for key in seen)

    def _target(self, old: Document, new: Document, ref: str) -> _Key | None:
        """The pair of places that a reference leads to; None if it leads nowhere on a side."""
        try:
            before, one = old.follow(ref)
            after, two = new.follow(ref)
        except ApicheckError:
            return None
        key = (id(before), one, id(after), two)
        if key not in self._places:
            self._places[key] = (before, _value(before, one), after, _value(after, two))
        return key


def _value(document: Document, pointer: Steps) -> Any:
    value = document.data
    for step in pointer:
        value = value[step]
    return value


def _written(value: Any) -> bytes | None:
    import orjson

    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return None


def _refs(written: bytes) -> Iterator[str]:
    if b'Ref":"' not in written and b'"$ref":"' not in written:
        return
    for each in set(_REF.findall(written)):
        yield each.decode("utf-8", "replace").replace("\\\\", "\\").replace('\\"', '"')
