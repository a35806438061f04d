"""Laws over random contracts: the way back fires the mirrors, and what is said to be safe is safe.

Parsing costs more than comparing, so one contract holds many messages, each a pair of its own.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest

from apicheck import api, formats
from apicheck.formats.protobuf import values
from apicheck.judge.verdict import by_card
from apicheck.model import Direction, Severity, Surface

MESSAGES = 60
SCALARS = (
    "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "sfixed64", "bool",
    "string", "bytes", "double", "Size", "Item",
)  # fmt: skip
SHARED = "enum Size { ANY = 0; LARGE = 1; } message Item { string id = 1; }"
MIRRORS = {rule.id: rule.mirror or rule.id for rule in api.catalogue()}
WIRE = frozenset({Surface.WIRE})


def fields(chance):
    """Up to four fields by number: (label, type, name, whether in the oneof)."""
    found = {}
    for number in chance.sample(range(1, 6), chance.randrange(1, 5)):
        label = chance.choice(["", "", "optional ", "repeated "])
        found[number] = (label, chance.choice(SCALARS), f"f{number}", chance.random() < 0.3)
    return found


def changed(chance, old):
    """The fields after one change, or two."""
    new = dict(old)
    for _ in range(chance.choice([0, 1, 1, 1, 2])):
        number = chance.choice([*new, 6])
        label, kind, name, inside = new.get(number, ("", "int32", f"f{number}", False))
        match chance.randrange(6):
            case 0 if len(new) > 1 and number in new:
                del new[number]
            case 1:
                kind = chance.choice(SCALARS)
            case 2:
                label = chance.choice(["", "optional ", "repeated "])
            case 3:
                inside = not inside
            case 4:
                name = f"g{number}"
        if number in new or number == 6:
            new[number] = (label, kind, name, inside)
    return new


def message(name, found):
    plain, inner = [], []
    for number, (label, kind, field, inside) in sorted(found.items()):
        if inside:
            inner.append(f"{kind} {field} = {number};")
        else:
            plain.append(f"{label}{kind} {field} = {number};")
    oneof = f"oneof choice {{ {' '.join(inner)} }}" if inner else ""
    return f"message {name} {{ {' '.join(plain)} {oneof} }}"


@pytest.fixture(scope="module", name="pair", params=range(6))
def _pair(request):
    chance = random.Random(request.param)
    texts = [[SHARED], [SHARED]]
    for number in range(MESSAGES):
        old = fields(chance)
        for text, found in zip(texts, (old, changed(chance, old)), strict=True):
            text.append(message(f"M{number}", found))
    import importlib.util
    from pathlib import Path

    path = Path(__file__).parent.parent / "wrap.py"
    spec = importlib.util.spec_from_file_location("wrap", path)
    wrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(wrap)
    return [wrap.built(wrap.proto("\n".join(text)), "contract") for text in texts]


def by_message(changes):
    found = defaultdict(list)
    for change in changes:
        found[change.path[1]].append(change)
    return found


def test_the_way_back_fires_the_mirrors(pair):
    there, back = by_message(api.compare(*pair)), by_message(api.compare(*reversed(pair)))
    for name in there.keys() | back.keys():
        forth = Counter(each.rule.id for each in there[name])
        assert forth == Counter(MIRRORS[each.rule.id] for each in back[name]), name


@pytest.mark.parametrize("side", [Direction.INBOUND, Direction.OUTBOUND])
def test_what_is_safe_reads_as_it_was_written(pair, side):
    writer, reader = pair if side is Direction.INBOUND else pair[::-1]
    loud = {
        name
        for name, changes in by_message(api.compare(*pair)).items()
        if any(by_card(each.rule, side, WIRE) > Severity.INFO for each in changes)
    }
    write, read = values.Runtime(writer.model), values.Runtime(reader.model)
    tried = 0
    for name, held in writer.model.data["messages"].items():
        known = reader.model.data["messages"][name]["fields"]
        for number, field in held["fields"].items():
            if name in loud or number not in known:
                continue
            for value in values.samples(field, writer.model):
                sent = write.message(name)
                values.put(sent, int(number), value)
                taken = read.read(name, sent.SerializeToString())
                one = values.effective(sent, int(number), names=False)
                two = values.effective(taken, int(number), names=False)
                assert listed(one) == listed(two), (name, number, value)
                tried += 1
    assert tried > 50


def listed(value):
    return value if isinstance(value, list | dict) else [value]


@pytest.mark.parametrize("side", [Direction.INBOUND, Direction.OUTBOUND])
def test_witnesses_are_of_what_is_said_to_break(pair, side):
    prove = formats.named("protobuf").prover(*pair)
    shown = 0
    for change in api.compare(*pair):
        proof = prove(change, side)
        shown += proof.witness is not None
        if by_card(change.rule, side, frozenset(Surface)) <= Severity.INFO:
            assert proof.witness is None or change.rule.override
    assert shown > 10
