"""What one comparison shares: both models, what is alike, and what was met on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.thrift.model import Definition, Idl, bare

if TYPE_CHECKING:
    from apicheck.nodes import Node

__all__ = ["Context"]

#: Characters, and levels, to which a type is written out: typedefs of typedefs may double it.
_BUDGET = 2_000
_DEPTH = 60


class Context:
    """Both sides of a comparison."""

    __slots__ = ("dirty", "met", "new", "old", "renamed")

    def __init__(self, old: Idl, new: Idl) -> None:
        self.old = old
        self.new = new
        self.dirty = _dirty(old, new)
        #: Pairs of definitions (old key, new key by table) that were compared.
        self.met: set[tuple[str, str, str]] = set()
        #: Typedefs of the old side that only have another name now: old key -> new key.
        self.renamed: dict[str, str] = {}

    def same(self, old: Node, new: Node) -> bool:
        """Whether two places mean the same, by the definitions that they stand in."""
        if old.pointer != new.pointer or len(old.pointer) < 2:
            return False
        return (str(old.pointer[0]), str(old.pointer[1])) not in self.dirty

    def untouched(self, old: dict[str, Any], new: dict[str, Any]) -> bool:
        """Whether two fields under one id are equal and lead to nothing that differs."""
        return old == new and not (
            self._leads(old["type"]) or ("default" in old and self._leads(old["default"]))
        )

    def _leads(self, value: Any) -> bool:
        if type(value) is list:
            return any(map(self._leads, value))
        if type(value) is not dict:
            return False
        if "to" in value:
            return tuple(value["to"]) in self.dirty
        return any(self._leads(value[key]) for key in ("of", "key", "value", "map") if key in value)

    def idl(self, node: Node) -> Idl:
        """The side that a node belongs to."""
        return self.old if node.document is self.old else self.new

    def resolved(self, kind: Node) -> Node:
        """The type behind typedefs."""
        return self.idl(kind).resolved(kind)

    def target(self, kind: Node) -> Node:
        """The definition behind a named type."""
        return self.idl(kind).target(kind)

    def wire(self, kind: Node) -> str:
        """How a type is encoded: its base kind, container, ``struct`` or ``enum``."""
        kind = self.resolved(kind)
        word: str = kind.value["kind"]
        if word != "named":
            return word
        return "enum" if kind.value["to"][0] == "enums" else "struct"

    def code(self, kind: Node) -> str:
        """The type code that a type has in binary protocols, by the name of its kind."""
        word = self.wire(kind)
        return {"binary": "string", "enum": "i32"}.get(word, word)

    def spelled(self, kind: Node) -> str:
        """A type as it is written, without the names of programs; renamed typedefs renamed."""
        idl = self.idl(kind)
        return "".join(_spelled(idl, kind.value, self.renamed if idl is self.old else {}))

    def meant(self, kind: Node) -> str | None:
        """A type with its typedefs written out; None where that grows too long."""
        left = [_BUDGET]
        text = _meant(self.idl(kind), kind, left, 0)
        return text if left[0] > 0 else None


def _spelled(idl: Idl, kind: dict[str, Any], renamed: dict[str, str]) -> list[str]:
    word = kind["kind"]
    if word == "named":
        table, key = kind["to"]
        return [bare(renamed.get(key, key) if table == "typedefs" else key)]
    if word == "map":
        key, value = _spelled(idl, kind["key"], renamed), _spelled(idl, kind["value"], renamed)
        return ["map<", *key, ", ", *value, ">"]
    if word in {"list", "set"}:
        return [word, "<", *_spelled(idl, kind["of"], renamed), ">"]
    return [word]


def _meant(idl: Idl, kind: Node, left: list[int], depth: int) -> str:
    if left[0] <= 0 or depth > _DEPTH:
        left[0] = 0
        return ""
    kind = idl.resolved(kind)
    text: str = kind.value["kind"]
    left[0] -= len(text)
    if text == "named":
        text = bare(kind.value["to"][1])
        left[0] -= len(text)
    inner = [kind.step(each) for each in ("of", "key", "value") if each in kind.value]
    if inner:
        text += "<" + ", ".join(_meant(idl, each, left, depth + 1) for each in inner) + ">"
    return text


def _dirty(old: Idl, new: Idl) -> set[Definition]:
    """Definitions that differ or lead to one that does."""
    users: dict[Definition, list[Definition]] = {}
    for idl in (old, new):
        for user, used in idl.edges.items():
            for each in used:
                users.setdefault(each, []).append(user)
    pending: list[Definition] = []
    for table in ("structs", "enums", "typedefs", "services", "consts"):
        before, after = old.data[table], new.data[table]
        pending += [
            (table, key)
            for key in before.keys() | after.keys()
            if key not in before or key not in after or before[key] != after[key]
        ]
    dirty = set(pending)
    while pending:
        for user in users.get(pending.pop(), ()):
            if user not in dirty:
                dirty.add(user)
                pending.append(user)
    return dirty
