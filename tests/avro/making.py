"""Contracts from values, pairs of schemas by chance, data of a schema by chance."""

from __future__ import annotations

import copy
import random
import struct
from datetime import date

from apicheck import formats
from apicheck.formats.avro.data import Chosen, Costs
from apicheck.formats.avro.model import (
    Array,
    Enumeration,
    Fixed,
    Map,
    Primitive,
    Record,
    Union,
    branches,
    is_named,
    resolved,
)
from apicheck.model import Direction, Severity, breaks
from apicheck.sources import in_memory

AVRO = formats.named("avro")
TODAY = date(2026, 11, 21)
SIDES = (Direction.INBOUND, Direction.OUTBOUND)


def contract(value, name="x.avsc"):
    return AVRO.build(in_memory(value, name))


def changes(old, new):
    return list(AVRO.compare(contract(old, "old.avsc"), contract(new, "new.avsc"), TODAY))


def rules(old, new):
    return [each.rule.id for each in changes(old, new)]


def record(*fields, name="Order", **more):
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(name, type_="int", **more):
    return {"name": name, "type": type_, **more}


def typed(type_, **more):
    """A record with one field of the type."""
    return record(field("a", type_, **more))


def enum(*symbols, name="State", **more):
    return {"type": "enum", "name": name, "symbols": list(symbols), **more}


def sides_of(change):
    return SIDES if change.direction is Direction.BOTH else (change.direction,)


def is_break(change, side):
    """Whether table and card say that the change breaks a peer in that direction."""
    if change.rule.override.get(side, Severity.ERROR) is not Severity.ERROR:
        return False
    return breaks(change.rule.effect, side) and "wire" in {s.value for s in change.rule.surfaces}


def broken(found):
    """The directions in which any of the changes breaks."""
    return {side for each in found for side in sides_of(each) if is_break(each, side)}


# -- schemas by chance

PLAIN = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
NAMES = ["m.A", "m.B", "n.A", "n.B", "m.C"]


class Grower:
    """Makes a schema, each named type defined where it comes first."""

    def __init__(self, chance, *, plain=PLAIN, names=NAMES):
        self.chance = chance
        self.plain = plain
        self.names = names
        self.known = []
        #: Records whose fields are being made, and whether a way out of recursion is around.
        self.open = []

    def type(self, depth=0, *, union=True):
        roll = self.chance.random()
        if roll < 0.4 or depth > 3:
            return self.chance.choice(self.plain)
        if roll < 0.5:
            return {"type": "array", "items": self.type(depth + 1)}
        if roll < 0.58:
            return {"type": "map", "values": self.type(depth + 1)}
        if roll < 0.75 and union:
            return self.union(depth)
        return self.named(depth)

    def union(self, depth):
        found, seen = [], set()
        for _ in range(self.chance.choice([1, 2, 2, 3, 3])):
            each = self.type(depth + 1, union=False)
            kind = each if isinstance(each, str) else each.get("name", each["type"])
            if kind not in seen:
                seen.add(kind)
                found.append(each)
        return found

    def named(self, depth=0, kind=None):
        free = [each for each in self.names if each not in self.known]
        done = [each for each in self.known if each not in self.open or self.chance.random() < 0.05]
        if done and kind is None and (not free or self.chance.random() < 0.35):
            return self.chance.choice(done)
        if self.open and self.chance.random() < 0.1:
            return (
                ["null", self.chance.choice(self.open)]
                if not free
                else {"type": "array", "items": self.chance.choice(self.open)}
            )
        if not free:
            return "int"
        name = self.chance.choice(free)
        self.known.append(name)
        kind = kind or self.chance.choice(["record", "record", "enum", "fixed"])
        found = {"type": kind, "name": name}
        if kind == "fixed":
            found["size"] = self.chance.choice([1, 2])
        elif kind == "enum":
            found["symbols"] = self.chance.sample(["X", "Y", "Z"], self.chance.choice([1, 2, 3]))
            if self.chance.random() < 0.3:
                found["default"] = found["symbols"][0]
        else:
            self.open.append(name)
            found["fields"] = [self.field(each, depth) for each in self.some("abc")]
            self.open.remove(name)
        return found

    def some(self, letters):
        return self.chance.sample(letters, self.chance.choice([1, 2, 3]))

    def field(self, name, depth):
        found = {"name": name, "type": self.type(depth + 1)}
        if self.chance.random() < 0.4:
            default = default_of(found["type"])
            if default is not _NONE:
                found["default"] = default
        if self.chance.random() < 0.15:
            found["aliases"] = [self.chance.choice("abcd")]
        return found


_NONE = object()
_DEFAULTS = {
    "null": None, "boolean": True, "int": 1, "long": 2, "float": 0.5, "double": 1.5,
    "bytes": "\u00ff", "string": "s",
}  # fmt: skip


def default_of(type_):
    if isinstance(type_, str):
        return _DEFAULTS.get(type_, _NONE)
    if isinstance(type_, list):
        return default_of(type_[0]) if type_ else _NONE
    return {"array": [], "map": {}}.get(type_["type"], _NONE)


def places(value, at=()):
    """Every object and list in a schema with its path."""
    if isinstance(value, dict | list):
        yield at
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in list(pairs):
            yield from places(each, (*at, key))


def mutated(schema, chance, times=1):
    """The schema with a few changes such as people make; it may be invalid then."""
    schema = copy.deepcopy(schema)
    for _ in range(times):
        spots = [at for at in places(schema) if isinstance(_at(schema, at), dict)]
        spot = _at(schema, chance.choice(spots))
        _mutate(spot, chance)
    return schema


def _at(value, path):
    for step in path:
        value = value[step]
    return value


_WIDER = {"int": "long", "long": "double", "float": "double", "string": "bytes", "bytes": "string"}


def _mutate(spot, chance):
    roll = chance.random()
    if "fields" in spot and roll < 0.7:
        fields = spot["fields"]
        act = chance.choice(["add", "drop", "shuffle", "rename"])
        if act == "add":
            extra = {"name": chance.choice("defg"), "type": chance.choice(PLAIN)}
            if chance.random() < 0.5:
                extra["default"] = default_of(extra["type"])
            fields.append(extra)
        elif act == "drop" and fields:
            fields.pop(chance.randrange(len(fields)))
        elif act == "shuffle":
            chance.shuffle(fields)
        elif fields:
            one = chance.choice(fields)
            if chance.random() < 0.5:
                one["aliases"] = [one["name"]]
            one["name"] = chance.choice("hij")
    elif "symbols" in spot and roll < 0.7:
        if chance.random() < 0.5:
            spot["symbols"].append(chance.choice("PQR"))
        else:
            spot["symbols"][1:] = []
    elif "size" in spot and roll < 0.5:
        spot["size"] = 3 - spot["size"]
    elif spot.get("type") in ("array", "map"):
        key = "items" if spot["type"] == "array" else "values"
        spot[key] = _changed(spot[key], chance)
    elif "name" in spot and "type" in spot and spot["type"] in ("record", "enum", "fixed"):
        simple = spot["name"].rpartition(".")[2]
        if chance.random() < 0.5:
            spot["aliases"] = [spot["name"]]
        spot["name"] = chance.choice([f"k.{simple}", f"{spot['name']}2"])
    elif "type" in spot:
        spot["type"] = _changed(spot["type"], chance)
        spot.pop("default", None)


def _changed(type_, chance):
    if isinstance(type_, list):
        act = chance.choice(["add", "drop", "shuffle"])
        type_ = list(type_)
        if act == "add":
            extra = chance.choice(PLAIN)
            if extra not in type_:
                type_.insert(chance.randrange(len(type_) + 1), extra)
        elif act == "drop" and len(type_) > 1:
            type_.pop(chance.randrange(len(type_)))
        else:
            chance.shuffle(type_)
        return type_
    roll = chance.random()
    if roll < 0.4 and type_ != "null":
        return ["null", type_]
    if isinstance(type_, str) and roll < 0.7:
        return _WIDER.get(type_, type_)
    return chance.choice(PLAIN)


def pair(seed):
    """Two schemas that may well have something to do with each other."""
    chance = random.Random(seed)
    old = Grower(chance).named(kind="record")
    if chance.random() < 0.15:
        return old, Grower(chance).named(kind="record")
    return old, mutated(old, chance, chance.choice([1, 1, 2, 3]))


# -- data by chance

_VALUES = {
    "null": [None], "boolean": [True, False], "int": [0, -1, 2**31 - 1], "long": [0, 2**53 + 1, -(2**63)],
    "float": [0.5], "double": [1e300], "bytes": [b"", b"\xff\x00"], "string": ["", "\u20ac"],
}  # fmt: skip


def datum(node, chance, costs, depth=0):
    """A value of the type, deeper than the least one for a while."""
    value = resolved(node).value
    if type(value) is Primitive:
        found = chance.choice(_VALUES[value.kind.value])
        return (
            struct.unpack("<f", struct.pack("<f", found))[0]
            if isinstance(found, float) and value.kind.value == "float"
            else found
        )
    if type(value) is Enumeration:
        return chance.choice(value.symbols)
    if type(value) is Fixed:
        return chance.randbytes(value.size)
    if type(value) is Record:
        return {
            each.value.name: datum(each.value.type, chance, costs, depth + 1)
            for each in value.fields
        }
    more = chance.choice([0, 1, 2]) if depth < 5 else 0
    if type(value) is Array:
        return (
            [datum(value.items, chance, costs, depth + 1) for _ in range(more)]
            if costs(value.items) < 1e6
            else []
        )
    if type(value) is Map:
        return (
            {f"k{n}": datum(value.values, chance, costs, depth + 1) for n in range(more)}
            if costs(value.values) < 1e6
            else {}
        )
    assert type(value) is Union
    fit = [i for i in range(len(value.branches)) if costs(value.branches[i]) < 1e6]
    if depth >= 5:
        fit = [min(fit, key=lambda i: costs(value.branches[i]))]
    index = chance.choice(fit)
    return Chosen(index, datum(value.branches[index], chance, costs, depth + 1))


def is_ambiguous(model):
    """Whether a branch of a union is read otherwise by fastavro than by us (see test_avro_laws).

    Strings beside bytes, or two named types that are called alike in two namespaces: fastavro takes
    the first that matches, we the one that is the same.
    """
    from apicheck.formats.avro.model import Kind

    def unions(node):
        value = node.value
        kinds = {getattr(resolved(each).value, "kind", None) for each in branches(node)}
        names = [
            v.name.simple for v in (resolved(each).value for each in branches(node)) if is_named(v)
        ]
        if {Kind.STRING, Kind.BYTES} <= kinds or len(names) > len(set(names)):
            yield node
        if type(value) is Union:
            for each in value.branches:
                yield from unions(each)
        elif type(value) is Array:
            yield from unions(value.items)
        elif type(value) is Map:
            yield from unions(value.values)
        elif type(value) is Record:
            for each in value.fields:
                yield from unions(each.value.type)

    return any(True for node in model.names.values() for _ in unions(node))


def costs_of(model):
    return Costs(model.names)


def clashes(*models):
    """Simple names of types of different kinds, which fastavro does not tell apart."""
    kinds = {}
    for model in models:
        for node in model.names.values():
            kinds.setdefault(node.value.name.simple, set()).add(type(node.value))
    return frozenset(name for name, each in kinds.items() if len(each) > 1)


def has_shared_alias(model):
    """Whether two fields of a record have an alias in common."""
    for node in model.names.values():
        aliases = [
            name for each in getattr(node.value, "fields", ()) for name in set(each.value.aliases)
        ]
        if len(aliases) > len(set(aliases)):
            return True
    return False
